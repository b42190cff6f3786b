//! Labels: those of a checkpoint brought to ours, by their own names or by a `labels.toml` beside it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::document::EntityType;

/// The file that says what a checkpoint's types are.
pub(super) const FILE: &str = "labels.toml";

/// Share of a further word's probability that counts for a first word, too: schemes without labels for first words begin
/// mentions with it, and within a mention it stays the less probable.
const BEGINNING: f32 = 0.99;

/// `[types]`: `Chemical = "therapy"`, or `Other = []` for what is no mention of ours.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    #[serde(default)]
    types: BTreeMap<String, Target>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Target {
    One(String),
    Many(Vec<String>),
}

/// What one label says of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Outside,
    First(EntityType),
    Further(EntityType),
}

/// What the labels of a checkpoint say, in its order.
#[derive(Clone, Debug)]
pub(super) struct Labels(Vec<Meaning>);

impl Map {
    /// Reads `labels.toml`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| format!("{FILE}: {}", e.to_string().trim_end()))
    }

    /// Returns the type that a name means; nothing if it is left out.
    fn find(&self, name: &str) -> Result<Option<EntityType>, String> {
        let ours = |name: &str| EntityType::parse(&name.to_lowercase());
        let all = || EntityType::ALL.map(EntityType::as_str).join(", ");
        match self.types.get(name) {
            Some(Target::Many(none)) if none.is_empty() => Ok(None),
            Some(Target::One(target)) => match ours(target) {
                Some(kind) => Ok(Some(kind)),
                None => Err(format!("{FILE}: {name:?} is {target:?}, which is none of {}", all())),
            },
            Some(Target::Many(_)) => Err(format!("{FILE}: {name:?} must be one type, or [] to leave it out")),
            None => ours(name).map(Some).ok_or_else(|| {
                format!(
                    "config.json: the label {name:?} is none of {}; name its type in {FILE} beside it, under [types]: \
                     {name:?} = \"gene\", or [] to leave it out",
                    all()
                )
            }),
        }
    }
}

impl Labels {
    /// Reads the labels of a checkpoint: `O`, types with `B-`, `I-` and their kin before them, or types alone.
    pub(super) fn new(names: &[String], map: &Map) -> Result<Self, String> {
        let meaning = |name: &String| {
            if name == "O" {
                return Ok(Meaning::Outside);
            }
            let (part, kind) = match name.split_once('-') {
                Some((part @ ("B" | "I" | "M" | "E" | "L" | "S" | "U"), kind)) => (part, kind),
                _ => ("I", name.as_str()),
            };
            Ok(match (map.find(kind)?, part) {
                (None, _) => Meaning::Outside,
                (Some(kind), "B" | "S" | "U") => Meaning::First(kind),
                (Some(kind), _) => Meaning::Further(kind),
            })
        };
        let labels = Self(names.iter().map(meaning).collect::<Result<_, String>>()?);
        if labels.types().is_empty() {
            return Err(format!("config.json: none of the labels {names:?} is of a type of ours"));
        }
        Ok(labels)
    }

    /// Returns the types that are marked, in the order of the schema.
    pub(super) fn types(&self) -> Vec<EntityType> {
        let says = |kind: &EntityType| {
            self.0.contains(&Meaning::First(*kind)) || self.0.contains(&Meaning::Further(*kind))
        };
        EntityType::ALL.into_iter().filter(says).collect()
    }

    /// Turns the log probabilities of the labels, piece after piece, into those of ours.
    pub(super) fn fold(&self, scores: &[f32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(scores.len() / self.0.len() * OURS);
        for row in scores.chunks(self.0.len()) {
            let mut sums = [0.0f32; OURS];
            for (meaning, score) in self.0.iter().zip(row) {
                let at = match *meaning {
                    Meaning::Outside => 0,
                    Meaning::First(kind) => 1 + 2 * kind as usize,
                    Meaning::Further(kind) => 2 + 2 * kind as usize,
                };
                sums[at] += score.exp();
            }
            for pair in sums[1..].chunks_mut(2) {
                pair[0] = pair[0].max(BEGINNING * pair[1]);
            }
            out.extend(sums.map(|p| p.max(f32::MIN_POSITIVE).ln()));
        }
        out
    }
}

/// Number of our labels: outside, and first and further words of each type.
const OURS: usize = 1 + 2 * EntityType::ALL.len();

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(names: &[&str], map: &str) -> Result<Labels, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Labels::new(&names, &Map::parse(map)?)
    }

    #[test]
    fn types_are_known_by_name_or_by_the_map() {
        let found = labels(&["O", "B-Disease", "I-Disease"], "").unwrap();
        assert_eq!(found.types(), [EntityType::Disease]);
        let map = "[types]\nDNA = 'gene'\nRNA = 'gene'\nMISC = []\n";
        let found = labels(&["B-DNA", "I-DNA", "B-RNA", "I-RNA", "B-MISC", "Cytokine", "O"], map).unwrap();
        assert_eq!(found.types(), [EntityType::Cytokine, EntityType::Gene]);
        for (names, map, expected) in [
            (&["O", "B-Chemical"][..], "", "the label \"Chemical\" is none of cytokine, receptor, "),
            (&["LABEL_0", "LABEL_1"], "", "the label \"LABEL_0\" is none of cytokine"),
            (
                &["O", "B-DNA"],
                "[types]\nDNA = 'dna'",
                "labels.toml: \"DNA\" is \"dna\", which is none of cytokine",
            ),
            (&["O", "B-DNA"], "[types]\nDNA = ['gene', 'cell']", "\"DNA\" must be one type"),
            (
                &["O", "B-DNA"],
                "[types]\nDNA = []",
                "none of the labels [\"O\", \"B-DNA\"] is of a type of ours",
            ),
            (&["O", "B-DNA"], "[kinds]\nDNA = []", "labels.toml: "),
        ] {
            let message = labels(names, map).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }

    /// Folds probabilities and returns those of outside, and of first and further words of genes.
    fn fold(labels: &Labels, probabilities: &[f32]) -> Vec<f32> {
        let logs: Vec<f32> = probabilities.iter().map(|p| p.ln()).collect();
        let out = labels.fold(&logs);
        assert_eq!(out.len(), OURS);
        [0, 5, 6].map(|at: usize| (out[at].exp() * 1000.0).round() / 1000.0).to_vec()
    }

    #[test]
    fn probabilities_of_one_meaning_are_added_up() {
        let several = labels(
            &["O", "B-DNA", "I-DNA", "S-RNA", "E-RNA", "B-X"],
            "[types]\nDNA = 'gene'\nRNA = 'gene'\nX = []",
        )
        .unwrap();
        assert_eq!(fold(&several, &[0.1, 0.2, 0.1, 0.25, 0.15, 0.2]), [0.3, 0.45, 0.25]);
        // Schemes that begin a mention with I- (IOB1) or with nothing.
        for names in [&["O", "B-gene", "I-gene"][..], &["O", "gene"]] {
            let scheme = labels(names, "").unwrap();
            let mut probabilities = vec![0.1; names.len()];
            *probabilities.last_mut().unwrap() = 0.8;
            let found = fold(&scheme, &probabilities);
            assert_eq!(found, [0.1, 0.792, 0.8]);
        }
    }
}
