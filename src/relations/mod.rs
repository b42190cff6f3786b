//! Relations: candidate pairs of mentions, classified by weighted rules.
//!
//! Each sentence becomes a view (`syntax`) of mentions, groups of coordinated mentions and triggers (`triggers`, the words
//! of `data/rules/triggers.tsv`). For each candidate pair the conditions that hold are listed (`conditions`), their weights
//! (`weights`, `data/rules/weights.tsv`) give every reading a probability, and `scope` sets the two flags.
//! docs/rules.md explains the grammar of both tables.

mod candidates;
mod conditions;
mod confidence;
mod scope;
mod syntax;
mod triggers;
mod weights;

use crate::document::{Focus, MentionId, Predicate, Relation};
use crate::{Document, Result, Stage};

use conditions::Pair;
use syntax::View;
use triggers::Triggers;
use weights::{READINGS, Reading, Weights};

/// Probability from which a relation is written: near the best F1 on held-out documents, on the side of precision.
const THRESHOLD: f32 = 0.27;

/// The rule engine: fills [`Document::relations`] from the mentions of each sentence.
#[derive(Debug)]
pub struct Rules {
    focus: Focus,
    triggers: Triggers,
    weights: Weights,
}

/// A candidate pair and the conditions that it meets, for fitting the weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// The earlier mention.
    pub a: MentionId,
    /// The later mention.
    pub b: MentionId,
    /// The conditions.
    pub conditions: Vec<String>,
}

impl Rules {
    /// Makes the engine from the tables that are built in.
    ///
    /// # Errors
    /// [`Error::Lexicon`](crate::Error::Lexicon) if a table is malformed.
    pub fn new(focus: Focus) -> Result<Self> {
        Ok(Self { focus, triggers: Triggers::built_in()?, weights: Weights::built_in()? })
    }

    /// Lists the conditions of every candidate pair, as `examples/fit_rules.rs` needs them.
    pub fn describe(&self, document: &Document) -> Vec<Described> {
        let mut out = Vec::new();
        for sentence in &document.sentences {
            let Some(view) = View::new(document, *sentence, &self.triggers) else { continue };
            let title = (sentence.span.end as usize) <= document.title().len();
            for (a, b) in candidates::pairs(document, &view, self.focus) {
                let mut conditions = Vec::new();
                conditions::describe(&view, &Pair::new(&view, a, b), title, &mut conditions);
                conditions.sort();
                conditions.dedup();
                out.push(Described { a: a.id, b: b.id, conditions });
            }
        }
        out
    }

    fn relate(&self, document: &Document) -> Vec<Relation> {
        let mut out = Vec::new();
        for (index, sentence) in document.sentences.iter().enumerate() {
            let Some(view) = View::new(document, *sentence, &self.triggers) else { continue };
            let title = (sentence.span.end as usize) <= document.title().len();
            let approves = (0..view.items.len()).any(|i| view.is(i, &[self.triggers.known.approve]));
            for (a, b) in candidates::pairs(document, &view, self.focus) {
                let pair = Pair::new(&view, a, b);
                let mut scorer = self.weights.scorer();
                conditions::describe(&view, &pair, title, &mut scorer);
                let probabilities = scorer.probabilities(a.kind, b.kind);
                let Some((reading, probability)) = best(&probabilities, approves) else { continue };
                let Some((predicate, forward)) = reading.relation() else { continue };
                let predicate = match predicate {
                    Predicate::Promotes | Predicate::Inhibits if forward => {
                        conditions::effect_when_blocked(&view, &pair).unwrap_or(predicate)
                    }
                    _ => predicate,
                };
                let (subject, object) = if forward { (a.id, b.id) } else { (b.id, a.id) };
                let flags = scope::flags(&view, &pair, predicate);
                out.push(Relation {
                    subject,
                    object,
                    predicate,
                    negated: flags.negated,
                    hedged: flags.hedged,
                    sentence: index as u32,
                    qualifiers: scope::settings(&view, &pair, predicate),
                    confidence: confidence::confidence(probability),
                    source: "rules",
                });
            }
        }
        out
    }
}

/// Returns the best reading that is a relation, if it reaches the threshold.
///
/// An approval needs a word of one in the sentence (`approves`), however much the rest looks like it.
fn best(probabilities: &[f32; READINGS], approves: bool) -> Option<(Reading, f32)> {
    let (mut at, mut top) = (0, THRESHOLD);
    for (i, p) in probabilities.iter().enumerate().skip(1) {
        let predicate = Reading(i as u8).relation().map(|(predicate, _)| predicate);
        if *p > top && (approves || predicate != Some(Predicate::ApprovedFor)) {
            (at, top) = (i, *p);
        }
    }
    (at > 0).then_some((Reading(at as u8), top))
}

impl Stage for Rules {
    fn name(&self) -> &'static str {
        "rules"
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        for document in documents {
            document.relations = self.relate(document);
            document.sort_relations();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
