//! Marked: pairs of mentions as a sequence classifier of others labels a text in which they are marked (engine `rust-bert`).
//!
//! Each way of a pair that the schema allows is asked; the most probable predicate of both ways is the relation. What is
//! negated or hedged the scopes of the rules say.

use std::sync::Arc;

use super::conditions::Pair;
use super::learned::{SOURCE, marked};
use super::syntax::{Member, View};
use super::{Found, Rules, candidates, compose, fill, scope};
use crate::document::{Predicate, Relation};
use crate::inference::{Marking, Model};
use crate::{Document, Result, Stage};

/// The relation classifier over a checkpoint of others: fills [`Document::relations`] from the mentions of each sentence.
pub struct MarkedRelations {
    model: Arc<Model>,
    marking: Marking,
    rules: Rules,
}

/// What the model says of a pair.
#[derive(Clone, Copy)]
struct Answer {
    predicate: Predicate,
    /// Whether the earlier mention was shown as the subject.
    forward: bool,
    probability: f32,
}

impl MarkedRelations {
    /// Makes a classifier over a model that is asked by marking.
    pub fn new(model: Arc<Model>, marking: Marking, rules: Rules) -> Self {
        Self { model, marking, rules }
    }

    fn relate(&self, document: &Document) -> Result<Vec<Relation>> {
        let mut out = Vec::new();
        for (index, sentence) in document.sentences.iter().enumerate() {
            let Some(view) = View::new(document, *sentence, &self.rules.triggers) else { continue };
            let pairs = candidates::pairs(document, &view, self.rules.focus);
            for ((a, b), answer) in pairs.iter().zip(self.ask(document, index, &pairs)?) {
                let Some(Answer { predicate, forward, probability }) = answer else { continue };
                let pair = Pair::new(&view, *a, *b);
                let flags = scope::flags(&view, &pair, predicate);
                // As in the other engines, the earlier of two that may be exchanged is the subject.
                let forward = forward || predicate.is_symmetric();
                let found = Found { predicate, forward, flags, confidence: probability, source: SOURCE };
                out.push(compose(&view, &pair, index, found));
            }
        }
        Ok(out)
    }

    /// Returns the most probable relation of each pair of a sentence, if it reaches the threshold.
    fn ask(
        &self,
        document: &Document,
        sentence: usize,
        pairs: &[(Member, Member)],
    ) -> Result<Vec<Option<Answer>>> {
        let span = document.sentences[sentence].span;
        let (mut asked, mut asks) = (Vec::new(), Vec::new());
        for (at, (a, b)) in pairs.iter().enumerate() {
            for (forward, subject, object) in [(true, *a, *b), (false, *b, *a)] {
                let meant = |p: &Predicate| self.marking.has(*p) && p.allows(subject.kind, object.kind);
                let predicates: Vec<Predicate> = Predicate::ALL.into_iter().filter(meant).collect();
                if !predicates.is_empty() {
                    asked.push((at, forward, predicates));
                    let place = |member| marked(document, member, span.start);
                    asks.push((place(subject), place(object)));
                }
            }
        }
        let answers = self.model.classify(document.slice(span), &asks)?;
        let threshold = self.model.calibration().threshold;
        let mut best: Vec<Option<Answer>> = vec![None; pairs.len()];
        for ((at, forward, predicates), probabilities) in asked.into_iter().zip(answers) {
            let Some(probabilities) = probabilities else { continue };
            for predicate in predicates {
                let probability = probabilities[predicate as usize];
                // Of equally probable ones the first, so that a pair whose marks are alike is read from left to right.
                if probability >= threshold && best[at].is_none_or(|top| probability > top.probability) {
                    best[at] = Some(Answer { predicate, forward, probability });
                }
            }
        }
        Ok(best)
    }
}

impl Stage for MarkedRelations {
    fn name(&self) -> &'static str {
        "relations"
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        let found = documents.iter().map(|document| self.relate(document)).collect::<Result<_>>()?;
        fill(documents, found);
        Ok(())
    }
}
