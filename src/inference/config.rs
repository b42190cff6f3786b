//! Config: what `config.json` of a model says, held against what the program knows.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::marking::Marking;
use super::pieces::SHAPES;
use crate::document::{EntityType, Predicate};

/// The tagging head whose types are the program's own.
pub(super) const HEAD: &str = "cytosift";

/// What `config.json` says; more may stand there.
#[derive(Debug, Deserialize)]
pub(super) struct ModelConfig {
    heads: BTreeMap<String, Head>,
    /// Pieces of a row, its two ends among them.
    pub(super) window: usize,
    /// Pieces that two neighbouring windows share, at most.
    pub(super) overlap: usize,
    /// Whether pieces are told of what the lexicon tagger finds.
    #[serde(default)]
    pub(super) names: bool,
    /// The pair head; a checkpoint of others has none.
    pub(super) pairs: Option<PairHead>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) calibration: Calibration,
    /// The types of ours that it marks.
    #[serde(skip)]
    pub(super) marked: Vec<EntityType>,
    /// How it is asked of pairs, if that is by a text for each with both mentions marked.
    #[serde(skip)]
    pub(super) marking: Option<Marking>,
}

#[derive(Debug, Deserialize)]
struct Head {
    labels: Vec<String>,
    /// Sentences of a text that it reads together, at most.
    #[serde(default = "alone")]
    run: usize,
}

/// Most heads read each sentence by itself.
fn alone() -> usize {
    1
}

/// What is said of the pair head.
#[derive(Debug, Deserialize)]
pub(super) struct PairHead {
    kind: String,
    types: Vec<String>,
    /// The first piece that is a marker.
    pub(super) first_marker: i32,
    /// Pairs of a row, at most.
    pub(super) most_pairs: usize,
    readings: Vec<String>,
    flags: Vec<String>,
}

/// How scores become decisions and probabilities; fitted on dev documents together with the weights.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Calibration {
    /// Divides the logits of the readings.
    pub temperature: f32,
    /// Probability from which the best reading of a pair is a relation.
    pub threshold: f32,
    /// Weight of the rule engine's log probabilities beside the logits; for the hybrid engine.
    pub rules: f32,
    /// Probability that the rules must give a pair's best relation for the model to be asked; for the hybrid engine.
    pub least: f32,
    /// What a label gains where the rule tagger has it, in log probability; for the hybrid engine.
    pub trust: f32,
    /// What the logit of `negated` gains, everywhere and where the rules say so; for the hybrid engine.
    pub negated: Flag,
    /// The same of `hedged`.
    pub hedged: Flag,
    /// Confidence by predicate.
    pub predicates: BTreeMap<String, Confidence>,
}

/// How a flag is decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Flag {
    /// Is added to the logit.
    pub shift: f32,
    /// Is added to the logit where the rules set the flag.
    pub rules: f32,
}

impl Flag {
    /// Tells whether a flag of some logit is set.
    pub fn is_set(self, logit: f32, by_rules: bool) -> bool {
        logit + self.shift + if by_rules { self.rules } else { 0.0 } > 0.0
    }
}

/// A line in log odds: how often a reading of some probability is right.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Confidence(pub f32, pub f32);

impl Default for Calibration {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            threshold: 0.4,
            rules: 0.0,
            least: 0.0,
            trust: 0.0,
            negated: Flag::default(),
            hedged: Flag::default(),
            predicates: BTreeMap::new(),
        }
    }
}

impl Calibration {
    /// Returns the share of relations of a predicate and probability that are right.
    pub fn confidence(&self, predicate: Predicate, probability: f32) -> f32 {
        let Some(Confidence(slope, shift)) = self.predicates.get(predicate.as_str()) else {
            return probability;
        };
        let probability = probability.clamp(1e-6, 1.0 - 1e-6);
        let odds = (probability / (1.0 - probability)).ln();
        1.0 / (1.0 + (-(slope * odds + shift)).exp())
    }
}

fn or_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl ModelConfig {
    /// Reads and checks the file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let config: Self = serde_json::from_slice(bytes).map_err(|e| format!("config.json: {e}"))?;
        config.check().map_err(|message| format!("config.json: {message}"))?;
        Ok(Self { marked: EntityType::ALL.to_vec(), ..config })
    }

    /// Makes the configuration of a model of others, which marks mentions of these types or else is asked of marked pairs.
    #[cfg(feature = "rust-bert")]
    pub(super) fn of_checkpoint(
        window: usize,
        marked: Vec<EntityType>,
        marking: Option<Marking>,
    ) -> Result<Self, String> {
        let head = Head { labels: labels(EntityType::ALL.map(EntityType::as_str)), run: alone() };
        let heads = marking.is_none().then(|| (HEAD.to_owned(), head)).into_iter().collect();
        let (overlap, names, calibration) = (window / 4, false, Calibration::default());
        let config = Self { heads, window, overlap, names, pairs: None, calibration, marked, marking };
        config.check_window()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let Some(head) = self.heads.get(HEAD) else {
            let heads: Vec<&str> = self.heads().collect();
            return Err(format!("no tagging head {HEAD:?} among {heads:?}"));
        };
        expect("labels of the tagging head", &head.labels, &labels(EntityType::ALL.map(EntityType::as_str)))?;
        for (name, head) in &self.heads {
            let types = self.types(name).unwrap_or_default();
            expect(&format!("labels of the tagging head {name:?}"), &head.labels, &labels(types))?;
        }
        let Some(pairs) = &self.pairs else { return Err("no pair head".into()) };
        pairs.check()?;
        self.check_window()?;
        let Calibration { temperature, threshold, .. } = self.calibration;
        if temperature.is_nan() || temperature <= 0.0 || !(0.0..=1.0).contains(&threshold) {
            return Err(format!(
                "calibration: temperature {temperature} or threshold {threshold} is out of range"
            ));
        }
        Ok(())
    }

    /// Lists the tagging heads.
    pub(super) fn heads(&self) -> impl Iterator<Item = &str> {
        self.heads.keys().map(String::as_str)
    }

    /// Returns the types of a tagging head.
    pub(super) fn types(&self, head: &str) -> Option<Vec<&str>> {
        let labels = &self.heads.get(head)?.labels;
        Some(labels.iter().filter_map(|label| label.strip_prefix("B-")).collect())
    }

    /// Returns how many sentences of a text a tagging head reads together, at most.
    pub(super) fn run_of(&self, head: &str) -> usize {
        self.heads.get(head).map_or_else(alone, |head| head.run)
    }

    /// Returns how many shapes pieces may have, with the labels of names.
    pub(super) fn shapes(&self) -> usize {
        if self.names { SHAPES * self.labels(HEAD) } else { SHAPES }
    }

    /// Returns the number of labels of a tagging head.
    pub(super) fn labels(&self, head: &str) -> usize {
        self.heads.get(head).map_or(0, |head| head.labels.len())
    }

    fn check_window(&self) -> Result<(), String> {
        if self.window < 8 || self.overlap + 4 > self.window {
            let (window, overlap) = (self.window, self.overlap);
            return Err(format!("windows of {window} pieces with an overlap of {overlap} cannot be used"));
        }
        Ok(())
    }
}

impl PairHead {
    fn check(&self) -> Result<(), String> {
        if !["packed", "starts"].contains(&self.kind.as_str()) {
            let kind = &self.kind;
            return Err(format!(
                "pairs are of the kind {kind:?}; this version reads \"packed\" and \"starts\""
            ));
        }
        let types: Vec<String> = EntityType::ALL.iter().map(|t| t.as_str().to_owned()).collect();
        expect("types of the pair head", &self.types, &types)?;
        expect("readings of the pair head", &self.readings, &readings())?;
        expect("flags of the pair head", &self.flags, &["negated".to_owned(), "hedged".to_owned()])?;
        if self.most_pairs == 0 || self.first_marker < 0 {
            return Err("pairs.most_pairs must be 1 or more and pairs.first_marker 0 or more".into());
        }
        Ok(())
    }

    /// Returns which places of a pair have markers: 0 and 1 start and end of the earlier mention, 2 and 3 of the later.
    pub(super) fn marks(&self) -> &'static [usize] {
        if self.kind == "starts" { &[0, 2] } else { &[0, 1, 2, 3] }
    }

    /// Returns the number of readings of a pair.
    pub(super) fn readings(&self) -> usize {
        self.readings.len()
    }

    /// Returns the number of logits of a pair.
    pub(super) fn width(&self) -> usize {
        self.readings.len() + self.flags.len()
    }
}

/// Compares a list with what the program goes by; the message says which label is missing or stands elsewhere.
fn expect(what: &str, found: &[String], wanted: &[String]) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    match wanted.iter().find(|label| !found.contains(label)) {
        Some(missing) => Err(format!("{what}: {missing:?} is missing")),
        None => Err(format!("{what} are {found:?}; this version needs {wanted:?}")),
    }
}

/// Returns the labels of a head of some types.
fn labels<'a>(types: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let of = |kind: &str| ["B", "I"].map(|part| format!("{part}-{kind}"));
    std::iter::once("O".to_owned()).chain(types.into_iter().flat_map(of)).collect()
}

fn readings() -> Vec<String> {
    let of = |predicate: &Predicate| ["A B", "B A"].map(|way| format!("{} {way}", predicate.as_str()));
    std::iter::once("none".to_owned()).chain(Predicate::ALL.iter().flat_map(of)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_a_line_in_log_odds() {
        let predicates = BTreeMap::from([("treats".to_owned(), Confidence(0.5, 0.0))]);
        let calibration = Calibration { predicates, ..Calibration::default() };
        assert!((calibration.confidence(Predicate::Treats, 0.9) - 0.75).abs() < 1e-3);
        assert_eq!(calibration.confidence(Predicate::Causes, 0.9), 0.9);
        assert!(calibration.confidence(Predicate::Treats, 1.0) < 1.0);
    }

    #[test]
    fn the_rules_and_the_logit_set_a_flag_together() {
        let flag = Flag { shift: 0.5, rules: 2.0 };
        let set =
            [(-3.0, true), (-2.0, true), (-0.4, false), (-0.6, false)].map(|(x, told)| flag.is_set(x, told));
        assert_eq!(set, [false, true, true, false]);
    }

    #[test]
    fn calibration_may_be_missing_null_or_partial() {
        for (text, threshold) in [("null", 0.4), (r#"{"threshold": 0.3, "spare": 1}"#, 0.3)] {
            let read: Wrap = serde_json::from_str(&format!(r#"{{"calibration": {text}}}"#)).unwrap();
            assert_eq!(read.calibration.threshold, threshold);
        }
    }

    #[derive(Deserialize)]
    struct Wrap {
        #[serde(deserialize_with = "or_default")]
        calibration: Calibration,
    }
}
