//! Relations: candidate pairs of mentions, classified by weighted rules.
//!
//! Each sentence becomes a view (`syntax`) of mentions, groups of coordinated mentions and triggers (`triggers`, the words
//! of `data/rules/triggers.tsv`). For each candidate pair the conditions that hold are listed (`conditions`), their weights
//! (`weights`, `data/rules/weights.tsv`) give every reading a probability, and `scope` sets the two flags.
//! docs/rules.md explains the grammar of both tables.

mod candidates;
mod conditions;
mod confidence;
mod learned;
mod marked;
mod parts;
mod scope;
mod syntax;
mod triggers;
mod weights;

use crate::document::{Focus, MentionId, Predicate, Relation};
use crate::{Document, Result, Stage};

use conditions::Pair;
pub use learned::LearnedRelations;
pub use marked::MarkedRelations;
use syntax::{Member, View};
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
    /// The predicates that the sentence would deny.
    pub negated: Vec<Predicate>,
    /// The predicates that the sentence would offer as possible.
    pub hedged: Vec<Predicate>,
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
                let pair = Pair::new(&view, a, b);
                conditions::describe(&view, &pair, title, &mut conditions);
                conditions.sort();
                conditions.dedup();
                let (mut negated, mut hedged) = (Predicate::ALL.to_vec(), Predicate::ALL.to_vec());
                negated.retain(|predicate| scope::flags(&view, &pair, *predicate).negated);
                hedged.retain(|predicate| scope::flags(&view, &pair, *predicate).hedged);
                out.push(Described { a: a.id, b: b.id, conditions, negated, hedged });
            }
        }
        out
    }

    fn relate(&self, document: &Document) -> Vec<Relation> {
        let mut out = Vec::new();
        for (index, sentence) in document.sentences.iter().enumerate() {
            let Some(view) = View::new(document, *sentence, &self.triggers) else { continue };
            let pairs = candidates::pairs(document, &view, self.focus);
            out.extend(pairs.into_iter().filter_map(|pair| self.decide(document, &view, index, pair)));
        }
        out
    }

    /// Returns the relation of a pair, if there is one.
    fn decide(
        &self,
        document: &Document,
        view: &View<'_>,
        sentence: usize,
        (a, b): (Member, Member),
    ) -> Option<Relation> {
        let pair = Pair::new(view, a, b);
        let probabilities = self.probabilities(document, view, sentence, &pair);
        let (reading, probability) = best(&probabilities, || approves(view))?;
        let (predicate, forward) = reading.relation()?;
        let predicate = match predicate {
            Predicate::Promotes | Predicate::Inhibits if forward => {
                conditions::effect_when_blocked(view, &pair).unwrap_or(predicate)
            }
            _ => predicate,
        };
        let flags = scope::flags(view, &pair, predicate);
        let confidence = confidence::confidence(probability);
        Some(compose(view, &pair, sentence, Found { predicate, forward, flags, confidence, source: "rules" }))
    }

    /// Returns the probability of each reading of a pair.
    fn probabilities(
        &self,
        document: &Document,
        view: &View<'_>,
        sentence: usize,
        pair: &Pair,
    ) -> [f32; READINGS] {
        let title = (document.sentences[sentence].span.end as usize) <= document.title().len();
        let mut scorer = self.weights.scorer();
        conditions::describe(view, pair, title, &mut scorer);
        scorer.probabilities(pair.a.kind, pair.b.kind)
    }
}

/// What an engine found of a pair.
struct Found {
    predicate: Predicate,
    /// Whether the earlier mention is the subject.
    forward: bool,
    flags: scope::Flags,
    confidence: f32,
    source: &'static str,
}

/// Makes a relation of what was found of a pair.
fn compose(view: &View<'_>, pair: &Pair, sentence: usize, found: Found) -> Relation {
    let Found { predicate, forward, flags, confidence, source } = found;
    let (a, b) = (pair.a.id, pair.b.id);
    let (subject, object) = if forward { (a, b) } else { (b, a) };
    Relation {
        subject,
        object,
        predicate,
        negated: flags.negated,
        hedged: flags.hedged,
        sentence: sentence as u32,
        qualifiers: scope::settings(view, pair, predicate),
        confidence,
        source,
    }
}

/// Tells whether a sentence has a word of approval.
fn approves(view: &View<'_>) -> bool {
    (0..view.items.len()).any(|i| view.is(i, &[view.triggers.known.approve]))
}

/// Returns the best reading that is a relation, if it reaches the threshold.
///
/// An approval needs a word of one in the sentence (`approves`), however much the rest looks like it.
fn best(probabilities: &[f32; READINGS], approves: impl Fn() -> bool) -> Option<(Reading, f32)> {
    let (mut at, mut top) = (0, THRESHOLD);
    for (i, p) in probabilities.iter().enumerate().skip(1) {
        let predicate = Reading(i as u8).relation().map(|(predicate, _)| predicate);
        if *p > top && (predicate != Some(Predicate::ApprovedFor) || approves()) {
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
        let found = documents.iter().map(|document| self.relate(document)).collect();
        fill(documents, found);
        Ok(())
    }
}

/// Fills [`Document::relations`] by what is found in each document.
fn fill(documents: &mut [Document], found: Vec<Vec<Relation>>) {
    for (document, relations) in documents.iter_mut().zip(found) {
        document.relations = relations;
        document.sort_relations();
    }
}

#[cfg(test)]
mod tests;
