//! Linking: gives concepts to mentions that came without them, and decides among candidates.
//!
//! The lexicon tagger attaches the candidates of a name. This stage looks up the rest: mentions of a gold document or of
//! another tagger, noun phrases that are themselves a name, the parts of coordinations. A short form is looked up by its
//! long form. A mention is linked by its words and its sentence, so a run that tags fewer sentences links alike.

use std::collections::BTreeSet;

use crate::document::{Concept, EntityType, Mention};
use crate::lexicon::{Lexicon, Sense, key};
use crate::{Document, Result, Stage};

/// The stage that fills [`Mention::concepts`] where the tagger left none, and narrows candidates.
#[derive(Debug)]
pub struct Link {
    lexicon: &'static Lexicon,
}

impl Link {
    /// Makes a linker over the lexicon that the library carries.
    pub fn new() -> Self {
        Self::with_lexicon(Lexicon::embedded())
    }

    /// Makes a linker over another lexicon.
    pub fn with_lexicon(lexicon: &'static Lexicon) -> Self {
        Self { lexicon }
    }

    fn link(&self, document: &mut Document) {
        let mut mentions = std::mem::take(&mut document.mentions);
        for mention in mentions.iter_mut().filter(|m| m.concepts.is_empty()) {
            let text = document.slice(mention.span);
            let long = document.abbreviations.iter().find(|a| document.slice(a.short) == text);
            self.look_up(mention, long.map_or(text, |a| document.slice(a.long)));
        }
        for sentence in &document.sentences {
            let from = mentions.partition_point(|m| m.span.start < sentence.span.start);
            let to = mentions.partition_point(|m| m.span.start < sentence.span.end);
            narrow(&mut mentions[from..to], document);
        }
        document.mentions = mentions;
    }

    /// Links a mention by its whole text, or by the names joined in it.
    fn look_up(&self, mention: &mut Mention, text: &str) {
        if let Some(senses) = self.senses(text, mention.kind) {
            mention.ambiguous = senses.len() > 1;
            mention.concepts = senses.iter().map(|s| self.lexicon.concept(s.concept)).collect();
            return;
        }
        let parts: Option<Vec<Vec<Sense>>> =
            conjuncts(text).iter().map(|name| self.senses(name, mention.kind)).collect();
        for senses in parts.unwrap_or_default() {
            let concept = self.lexicon.concept(senses[0].concept);
            if !mention.concepts.contains(&concept) {
                mention.concepts.push(concept);
            }
        }
    }

    /// Returns the meanings of a whole name that are of a type.
    fn senses(&self, name: &str, kind: EntityType) -> Option<Vec<Sense>> {
        let keyed = key::fold(name);
        if keyed.atoms.is_empty() {
            return None;
        }
        let found = self.lexicon.longest_of(kind, name, &keyed, 0)?;
        (found.atoms == keyed.atoms.len()).then_some(found.senses)
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage for Link {
    fn name(&self) -> &'static str {
        "link"
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        documents.iter_mut().for_each(|document| self.link(document));
        Ok(())
    }
}

/// Writes out the names of a coordination with one head: `breast cancer` and `ovarian cancer` of
/// `breast and ovarian cancer`; none if there is no conjunction.
fn conjuncts(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(last) = words.iter().rposition(|w| matches!(*w, "and" | "or" | "and/or")) else {
        return Vec::new();
    };
    let Some((head, modifiers)) = words[last + 1..].split_last() else { return Vec::new() };
    let mut names: Vec<String> = words[..last]
        .join(" ")
        .split([',', '/'])
        .map(str::trim)
        .filter(|first| !first.is_empty())
        .map(|first| format!("{} {head}", first.trim_end_matches('-')))
        .collect();
    names.push([modifiers, &[head]].concat().join(" "));
    names
}

/// Decides among the candidates of ambiguous mentions: the one whose name is written, else the only one that the
/// sentence names without doubt.
fn narrow(mentions: &mut [Mention], document: &Document) {
    if !mentions.iter().any(|m| m.ambiguous) {
        return;
    }
    let sure: BTreeSet<String> =
        mentions.iter().filter(|m| !m.ambiguous).flat_map(|m| &m.concepts).map(|c| c.id.clone()).collect();
    for mention in mentions.iter_mut().filter(|m| m.ambiguous) {
        let written = key::key(document.slice(mention.span));
        let by_name = |c: &Concept| key::key(&c.name) == written;
        let chosen =
            only(&mention.concepts, by_name).or_else(|| only(&mention.concepts, |c| sure.contains(&c.id)));
        if let Some(i) = chosen {
            mention.concepts = vec![mention.concepts.swap_remove(i)];
            mention.ambiguous = false;
        }
    }
}

/// Returns the only concept that fits.
fn only(concepts: &[Concept], fits: impl Fn(&Concept) -> bool) -> Option<usize> {
    let mut fitting = (0..concepts.len()).filter(|&i| fits(&concepts[i]));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Abbreviation, Sentence, Span};

    const CANCERS: &str = "id\tname\txrefs\trole\ttarget\tnames\n\
        D:1\tbreast cancer\t\t\t\tbreast cancer\n\
        D:2\tovarian cancer\t\t\t\tovarian cancer|ovary tumor\n\
        D:3\tovary tumor\t\t\t\tovary tumor\n\
        D:4\trenal cell carcinoma\t\t\t\tRCC|renal cell carcinoma\n\
        D:5\tRathke cleft cyst\t\t\t\tRCC|Rathke cleft cyst\n";

    /// Links mentions at the given texts of one sentence; the first two columns of a mention are its text and candidates.
    fn linked(text: &str, mentions: &[(&str, &[&str])]) -> Vec<(Vec<String>, bool)> {
        let tables = [(EntityType::Cancer, CANCERS)];
        let lexicon: &'static Lexicon = Box::leak(Box::new(Lexicon::from_tables(&tables).unwrap()));
        let mut document = Document::new("1", "", text);
        document.sentences.push(Sentence {
            span: Span::new(1, text.len() + 1),
            first_token: 0,
            end_token: 0,
        });
        for (name, candidates) in mentions {
            let start = document.text().find(name).unwrap();
            let mut mention =
                Mention::new(Span::new(start, start + name.len()), EntityType::Cancer, "pattern");
            for id in *candidates {
                let (name, id) = (lexicon.lookup(id)[0].1.name.clone(), lexicon.lookup(id)[0].1.id.clone());
                mention.concepts.push(Concept { id, name, ..Concept::default() });
            }
            mention.ambiguous = mention.concepts.len() > 1;
            document.mentions.push(mention);
        }
        Link::with_lexicon(lexicon).apply(std::slice::from_mut(&mut document)).unwrap();
        let ids = |m: &Mention| m.concepts.iter().map(|c| c.id.clone()).collect();
        document.mentions.iter().map(|m| (ids(m), m.ambiguous)).collect()
    }

    #[test]
    fn mentions_are_linked_by_their_words_and_their_sentence() {
        let both: &[&str] = &["renal cell carcinoma", "Rathke cleft cyst"];
        for (name, text, mentions, wanted) in [
            ("whole name", "In breast cancer.", vec![("breast cancer", &[][..])], vec![(vec!["D:1"], false)]),
            (
                "coordination",
                "In breast and ovarian cancer.",
                vec![("breast and ovarian cancer", &[][..])],
                vec![(vec!["D:1", "D:2"], false)],
            ),
            ("unknown", "In odd cancer.", vec![("odd cancer", &[][..])], vec![(vec![], false)]),
            ("ambiguous", "In RCC.", vec![("RCC", both)], vec![(vec!["D:4", "D:5"], true)]),
            (
                "settled by the sentence",
                "In renal cell carcinoma, RCC.",
                vec![("renal cell carcinoma", &[][..]), ("RCC", both)],
                vec![(vec!["D:4"], false), (vec!["D:4"], false)],
            ),
            (
                "settled by the name",
                "In ovary tumor.",
                vec![("ovary tumor", &["breast cancer", "D3"][..1])],
                vec![(vec!["D:1"], false)],
            ),
        ] {
            let found = linked(text, &mentions);
            let wanted: Vec<(Vec<String>, bool)> = wanted
                .into_iter()
                .map(|(ids, a)| (ids.into_iter().map(str::to_owned).collect(), a))
                .collect();
            assert_eq!(found, wanted, "{name}");
        }
    }

    #[test]
    fn a_short_form_is_linked_by_its_long_form() {
        let mut document = Document::new("1", "", "Of interleukin-2 (XQZ).");
        let (short, long) = (Span::new(19, 22), Span::new(4, 17));
        document.abbreviations.push(Abbreviation { short, long });
        document.mentions.push(Mention::new(short, EntityType::Cytokine, "gold"));
        Link::new().apply(std::slice::from_mut(&mut document)).unwrap();
        assert_eq!(document.mentions[0].concepts[0].id, "HGNC:6001");
    }

    #[test]
    fn a_mention_gets_concepts_of_its_type_only() {
        for (kind, linked) in [(EntityType::Cytokine, 1), (EntityType::Cell, 0)] {
            let mut document = Document::new("1", "", "Given aldesleukin.");
            document.mentions.push(Mention::new(Span::new(7, 18), kind, "gold"));
            Link::new().apply(std::slice::from_mut(&mut document)).unwrap();
            assert_eq!(document.mentions[0].concepts.len(), linked, "{kind:?}");
        }
    }

    #[test]
    fn coordinations_share_their_head() {
        for (text, wanted) in [
            ("breast and ovarian cancer", vec!["breast cancer", "ovarian cancer"]),
            ("breast, lung and ovarian cancer", vec!["breast cancer", "lung cancer", "ovarian cancer"]),
            ("T- and B-cells", vec!["T B-cells", "B-cells"]),
            ("breast cancer", vec![]),
        ] {
            assert_eq!(conjuncts(text), wanted, "{text}");
        }
    }
}
