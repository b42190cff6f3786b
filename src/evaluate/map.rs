//! Label maps: types and predicates of several schemas brought to those that a comparison is made in.
//!
//! A map is a TOML file. `[types]` and `[predicates]` hold `LABEL = "NEW"`, `LABEL = ["A", "B"]` (each of which then
//! counts as right) or `LABEL = []` (left out, and counted); they serve gold and predictions alike. `[gold.types]`,
//! `[predictions.types]`, `[gold.predicates]` and `[predictions.predicates]` override them for one side. A label that
//! stands nowhere is an error, unless `"*"` names what becomes of all others. `[vocabularies]` names, by new type, the vocabulary of bare identifiers: `Gene = "NCBIGene"`
//! makes `NCBIGene:3558` of `3558`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::corpus::{Corpus, LabelledDocument};
use super::matching::Scheme;
use super::results::{Layer, LeftOut};
use crate::{Error, Result};

/// A label map.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelMap {
    /// Name that reports show.
    #[serde(default)]
    pub name: String,
    /// What the labels are, for people.
    #[serde(default)]
    pub about: String,
    /// Predicates, after the map, whose arguments may be exchanged.
    #[serde(default)]
    symmetric: Vec<String>,
    /// Types, after the map, around which gold marks relations; none if it marks all.
    #[serde(default)]
    focus: Vec<String>,
    /// Whether gold marks what a text denies; if not, negated predictions are left out, for gold lists what holds.
    #[serde(default = "yes")]
    marks_negation: bool,
    #[serde(default)]
    types: Labels,
    #[serde(default)]
    predicates: Labels,
    #[serde(default)]
    gold: Overrides,
    #[serde(default)]
    predictions: Overrides,
    #[serde(default)]
    vocabularies: BTreeMap<String, String>,
}

type Labels = BTreeMap<String, Targets>;

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Targets {
    One(String),
    Many(Vec<String>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Overrides {
    #[serde(default)]
    types: Labels,
    #[serde(default)]
    predicates: Labels,
}

/// Whose labels are mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The gold set's.
    Gold,
    /// A system's.
    Predictions,
}

/// Counts of labels left out.
type Dropped = BTreeMap<(Layer, String), u64>;

/// The maps that come with the program.
const SHIPPED: [(&str, &str); 11] = [
    ("anatem", include_str!("../../data/maps/anatem.toml")),
    ("bc2gm", include_str!("../../data/maps/bc2gm.toml")),
    ("bc5cdr", include_str!("../../data/maps/bc5cdr.toml")),
    ("bionlp13cg", include_str!("../../data/maps/bionlp13cg.toml")),
    ("biored", include_str!("../../data/maps/biored.toml")),
    ("cdr", include_str!("../../data/maps/cdr.toml")),
    ("drugprot", include_str!("../../data/maps/drugprot.toml")),
    ("jnlpba", include_str!("../../data/maps/jnlpba.toml")),
    ("ncbi-disease", include_str!("../../data/maps/ncbi-disease.toml")),
    ("nlm-gene", include_str!("../../data/maps/nlm-gene.toml")),
    ("semrep", include_str!("../../data/maps/semrep.toml")),
];

impl LabelMap {
    /// Reads a map: a TOML file, or one that comes with the program, by its name (`bc5cdr`).
    ///
    /// # Errors
    /// [`Error::Io`] if there is no such file, [`Error::Line`] if it is malformed.
    pub fn open(path: &Path) -> Result<Self> {
        let shipped = SHIPPED.iter().find(|(name, _)| path.as_os_str() == *name);
        let content = match shipped {
            Some((_, content)) => (*content).to_owned(),
            None => std::fs::read_to_string(path).map_err(|e| match e.kind() {
                std::io::ErrorKind::NotFound => {
                    let names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
                    let known = format!("no such file, and no map of the program's: {}", names.join(", "));
                    Error::io(path, std::io::Error::new(e.kind(), known))
                }
                _ => Error::io(path, e),
            })?,
        };
        let mut map = Self::parse(&content, path)?;
        if map.name.is_empty() {
            map.name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        }
        Ok(map)
    }

    fn parse(content: &str, path: &Path) -> Result<Self> {
        toml::from_str(content).map_err(|e| {
            let before = &content[..e.span().map_or(0, |s| s.start)];
            let line = 1 + before.matches('\n').count();
            Error::Line { path: path.to_path_buf(), line, message: e.message().to_owned() }
        })
    }

    /// Returns what the map says of the schema it leads to.
    pub fn scheme(&self) -> Scheme {
        let set = |labels: &[String]| labels.iter().cloned().collect();
        Scheme { symmetric: set(&self.symmetric), focus: set(&self.focus) }
    }

    /// Maps the labels of a corpus, leaves out what the map drops, and returns what was left out, most frequent first.
    ///
    /// A relation of a mention that was left out goes with it.
    ///
    /// # Errors
    /// The first label that the map does not name, with its line.
    pub fn apply(&self, corpus: &mut Corpus, side: Side, name: &str) -> Result<Vec<LeftOut>> {
        let mut dropped = Dropped::new();
        let path = corpus.path.clone();
        for document in &mut corpus.documents {
            self.map_document(document, side, &mut dropped).map_err(|(line, message)| Error::Line {
                path: path.clone(),
                line,
                message,
            })?;
        }
        let mut left_out: Vec<LeftOut> = dropped
            .into_iter()
            .map(|((layer, label), count)| LeftOut { side: name.to_owned(), layer, label, count })
            .collect();
        left_out.sort_by_key(|l| std::cmp::Reverse(l.count));
        Ok(left_out)
    }

    fn targets(&self, layer: Layer, side: Side, label: &str) -> Option<&[String]> {
        let own = if side == Side::Gold { &self.gold } else { &self.predictions };
        let (own, shared) = match layer {
            Layer::Mentions => (&own.types, &self.types),
            Layer::Relations => (&own.predicates, &self.predicates),
        };
        own.get(label).or(shared.get(label)).or(shared.get("*")).map(|targets| match targets {
            Targets::One(label) => std::slice::from_ref(label),
            Targets::Many(labels) => labels,
        })
    }

    /// Maps labels; an empty result is an item to leave out.
    fn map_labels(
        &self,
        (layer, side): (Layer, Side),
        labels: &[String],
        line: usize,
        dropped: &mut Dropped,
    ) -> Result<Vec<String>, (usize, String)> {
        let mut mapped = Vec::new();
        for label in labels {
            let Some(targets) = self.targets(layer, side, label) else {
                let table = if layer == Layer::Mentions { "types" } else { "predicates" };
                let message = format!(
                    "{label:?} is not in [{table}] of the label map {:?}; map it, or drop it with {label:?} = []",
                    self.name
                );
                return Err((line, message));
            };
            mapped.extend(targets.iter().cloned());
        }
        if mapped.is_empty() {
            *dropped.entry((layer, labels.join("|"))).or_default() += 1;
        }
        mapped.sort();
        mapped.dedup();
        Ok(mapped)
    }

    fn map_document(
        &self,
        document: &mut LabelledDocument,
        side: Side,
        dropped: &mut Dropped,
    ) -> Result<(), (usize, String)> {
        let mut place = Vec::with_capacity(document.mentions.len());
        let mut kept = Vec::with_capacity(document.mentions.len());
        let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mut mention in std::mem::take(&mut document.mentions) {
            mention.labels =
                self.map_labels((Layer::Mentions, side), &mention.labels, mention.line, dropped)?;
            place.push((!mention.labels.is_empty()).then_some(kept.len()));
            if mention.labels.is_empty() {
                continue;
            }
            for concept in &mut mention.concepts {
                let bare = concept[0].clone();
                self.name_concept(concept, &mention.labels);
                named.entry(bare).or_insert_with(|| concept.clone());
            }
            kept.push(mention);
        }
        document.mentions = kept;
        for mut relation in std::mem::take(&mut document.relations) {
            relation.labels =
                self.map_labels((Layer::Relations, side), &relation.labels, relation.line, dropped)?;
            if relation.negated && !self.marks_negation && !relation.labels.is_empty() {
                *dropped
                    .entry((Layer::Relations, format!("{} (negated)", relation.labels.join("|"))))
                    .or_default() += 1;
                continue;
            }
            if let (Some(subject), Some(object), false) =
                (place[relation.subject], place[relation.object], relation.labels.is_empty())
            {
                (relation.subject, relation.object) = (subject, object);
                document.relations.push(relation);
            }
        }
        for mut relation in std::mem::take(&mut document.concept_relations) {
            relation.labels =
                self.map_labels((Layer::Relations, side), &relation.labels, relation.line, dropped)?;
            for end in [&mut relation.subject, &mut relation.object] {
                if let Some(concept) = named.get(&end[0]) {
                    end.clone_from(concept);
                }
            }
            if !relation.labels.is_empty() {
                document.concept_relations.push(relation);
            }
        }
        Ok(())
    }

    /// Puts the vocabulary before bare identifiers and writes all prefixes in capitals.
    fn name_concept(&self, concept: &mut [String], labels: &[String]) {
        let vocabulary = labels.iter().find_map(|l| self.vocabularies.get(l));
        for id in concept {
            *id = match (id.split_once(':'), vocabulary) {
                (Some((prefix, local)), _) => format!("{}:{local}", prefix.to_ascii_uppercase()),
                (None, Some(vocabulary)) => format!("{}:{id}", vocabulary.to_ascii_uppercase()),
                (None, None) => continue,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Span;
    use crate::evaluate::{LabelledMention, LabelledRelation};

    fn corpus(labels: &[&str], relation: &str) -> Corpus {
        let mention = |(i, label): (usize, &&str)| LabelledMention {
            spans: vec![Span::new(1 + i, 2 + i)],
            labels: vec![(*label).to_owned()],
            concepts: vec![vec!["7".into()]],
            confidence: 1.0,
            line: 3 + i,
        };
        let mentions = labels.iter().enumerate().map(mention).collect();
        let relation = LabelledRelation {
            object: 1,
            labels: vec![relation.into()],
            line: 9,
            ..LabelledRelation::default()
        };
        let relations = vec![relation];
        let text = "\nabcdef".into();
        let document = LabelledDocument { text, mentions, relations, ..LabelledDocument::default() };
        Corpus { path: "gold.txt".into(), documents: vec![document], ..Corpus::default() }
    }

    fn map(content: &str) -> LabelMap {
        LabelMap::parse(content, Path::new("map.toml")).unwrap()
    }

    const MAP: &str = "[types]\nA = 'X'\nB = ['X', 'Y']\nC = []\n[predicates]\nr = 's'\n[vocabularies]\nX = 'mesh'\n\
                       [predictions.types]\nA = []\n";

    #[test]
    fn labels_become_one_or_several_or_none() {
        let mut corpus = corpus(&["A", "B", "C"], "r");
        let left_out = map(MAP).apply(&mut corpus, Side::Gold, "gold").unwrap();
        let document = &corpus.documents[0];
        assert_eq!(document.mentions[0].labels, ["X"]);
        assert_eq!(document.mentions[1].labels, ["X", "Y"]);
        assert_eq!(document.mentions[0].concepts, [["MESH:7"]]);
        assert_eq!(document.relations[0].labels, ["s"]);
        assert_eq!(left_out.len(), 1);
        assert_eq!((left_out[0].label.as_str(), left_out[0].count), ("C", 1));
    }

    #[test]
    fn a_relation_goes_with_its_mention() {
        let mut corpus = corpus(&["A", "B"], "r");
        map(MAP).apply(&mut corpus, Side::Predictions, "system").unwrap();
        assert_eq!(corpus.documents[0].mentions.len(), 1);
        assert!(corpus.documents[0].relations.is_empty());
    }

    #[test]
    fn negated_relations_are_left_out_where_gold_marks_none() {
        for (head, left) in [("", 1), ("marks_negation = false\n", 0)] {
            let mut corpus = corpus(&["A", "B"], "r");
            corpus.documents[0].relations[0].negated = true;
            let left_out = map(&format!("{head}{MAP}")).apply(&mut corpus, Side::Gold, "gold").unwrap();
            assert_eq!(corpus.documents[0].relations.len(), left);
            assert_eq!(left_out.len(), 1 - left);
        }
    }

    #[test]
    fn an_unknown_label_names_its_line() {
        let error = map(MAP).apply(&mut corpus(&["A", "Z"], "r"), Side::Gold, "gold").unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("gold.txt, line 4: \"Z\" is not in [types]"), "{said}");
    }

    #[test]
    fn a_malformed_map_names_its_line() {
        let error = LabelMap::parse("name = 'x'\n[tpyes]\nA = 'B'\n", Path::new("map.toml")).unwrap_err();
        assert!(error.to_string().starts_with("map.toml, line 2"), "{error}");
    }

    #[test]
    fn the_maps_of_the_program_are_well_formed() {
        for (name, content) in SHIPPED {
            let map = LabelMap::parse(content, Path::new(name)).unwrap();
            assert!(!map.name.is_empty() && !map.about.is_empty(), "{name}");
        }
    }
}
