//! Learned: pairs of mentions as a model classifies them, alone or together with the rules (the hybrid engine).
//!
//! The model is asked of the pairs that it was trained on: those with a mention in focus, and treatments with treatments and
//! conditions. The others, which only a run after all triples has, are the rules' in the hybrid engine and nobody's in the
//! learned one.

use std::sync::Arc;

use super::conditions::Pair;
use super::syntax::{Member, View};
use super::weights::{READINGS, Reading, softmax};
use super::{Found, Rules, candidates, compose, fill, scope};
use crate::document::{EntityType, Relation, Sentence};
use crate::inference::{Ask, Marked, Model, Pieces};
use crate::{Document, Result, Stage};

/// The source of relations that a model found.
pub(super) const SOURCE: &str = "model";

/// The lowest log probability that the rules add.
const LEAST: f32 = -10.0;

/// The relation classifier of the engines `learned` and `hybrid`: fills [`Document::relations`].
pub struct LearnedRelations {
    model: Arc<Model>,
    rules: Rules,
    hybrid: bool,
}

/// The candidate pairs of a sentence.
struct Candidates<'a> {
    sentence: usize,
    view: View<'a>,
    pairs: Vec<(Member, Member, Judge)>,
}

/// Who decides on a pair.
enum Judge {
    Rules,
    /// The model, with the log probabilities of the rules if they have a say.
    Model(Option<[f32; READINGS]>),
}

impl Judge {
    fn is_model(&self) -> bool {
        matches!(self, Self::Model(_))
    }
}

impl LearnedRelations {
    /// Makes a classifier over a model, for documents that have names; `hybrid`: the rules have a say.
    pub fn new(model: Arc<Model>, rules: Rules, hybrid: bool) -> Self {
        Self { model, rules, hybrid }
    }

    /// Returns the relations of each document; the model is asked of all their pairs at once.
    fn relate(&self, documents: &[Document]) -> Result<Vec<Vec<Relation>>> {
        let mut candidates = Vec::new();
        for (at, document) in documents.iter().enumerate() {
            candidates.extend(self.candidates(document).into_iter().map(|of| (at, of)));
        }
        let read = |(at, of): &(usize, Candidates<'_>)| {
            self.model.read(&documents[*at], documents[*at].sentences[of.sentence].span)
        };
        let pieces: Vec<Pieces> = candidates.iter().map(read).collect::<Result<_>>()?;
        let asks: Vec<Ask<'_>> = candidates
            .iter()
            .zip(&pieces)
            .map(|((at, of), pieces)| self.ask(&documents[*at], of, pieces))
            .collect();
        let mut out = vec![Vec::new(); documents.len()];
        for ((at, of), answers) in candidates.iter().zip(self.model.relate(&asks)?) {
            let mut answers = answers.into_iter();
            for (a, b, judge) in &of.pairs {
                out[*at].extend(match judge {
                    Judge::Rules => self.rules.decide(&documents[*at], &of.view, of.sentence, (*a, *b)),
                    Judge::Model(known) => {
                        let answer = answers.next().flatten();
                        answer.and_then(|logits| self.decide(of, (*a, *b), &logits, known.as_ref()))
                    }
                });
            }
        }
        Ok(out)
    }

    /// Returns what the model is asked of the candidate pairs of a sentence.
    fn ask<'a>(&self, document: &Document, of: &Candidates<'_>, pieces: &'a Pieces) -> Ask<'a> {
        let start = document.sentences[of.sentence].span.start;
        let marked = |member: Member| marked(document, member, start);
        let asked = || of.pairs.iter().filter(|(.., judge)| judge.is_model());
        let known = asked().flat_map(|(.., judge)| match judge {
            Judge::Model(known) if self.model.is_told_rules() => *known,
            _ => None,
        });
        let pairs = asked().map(|(a, b, _)| (marked(*a), marked(*b))).collect();
        Ask { pieces, pairs, known: known.flatten().collect() }
    }

    /// Returns the candidate pairs of the sentences that have any.
    ///
    /// After the focus it looks only in sentences with a name in focus: as many relations are right, at half the work.
    fn candidates<'a>(&'a self, document: &'a Document) -> Vec<Candidates<'a>> {
        let mut out = Vec::new();
        let looked_at = |(_, s): &(usize, &Sentence)| document.is_looked_at(s.span, self.rules.focus);
        for (sentence, of) in document.sentences.iter().enumerate().filter(looked_at) {
            let Some(view) = View::new(document, *of, &self.rules.triggers) else { continue };
            let pairs: Vec<(Member, Member, Judge)> = candidates::pairs(document, &view, self.rules.focus)
                .into_iter()
                .filter_map(|(a, b)| Some((a, b, self.judge(document, &view, sentence, (a, b))?)))
                .collect();
            if !pairs.is_empty() {
                out.push(Candidates { sentence, view, pairs });
            }
        }
        out
    }

    /// Chooses who decides on a pair; nobody does if the rules are sure that it is no relation.
    fn judge(
        &self,
        document: &Document,
        view: &View<'_>,
        sentence: usize,
        (a, b): (Member, Member),
    ) -> Option<Judge> {
        if !is_known(document, view, a, b) {
            return self.hybrid.then_some(Judge::Rules);
        }
        let calibration = self.model.calibration();
        if !self.hybrid || calibration.rules == 0.0 && !self.model.is_told_rules() {
            return Some(Judge::Model(None));
        }
        let said = self.rules.probabilities(document, view, sentence, &Pair::new(view, a, b));
        let best = said[1..].iter().copied().fold(0.0, f32::max);
        (best >= calibration.least).then(|| Judge::Model(Some(said.map(|p| p.ln().max(LEAST)))))
    }

    /// Turns the logits of a pair into a relation, if it is one.
    fn decide(
        &self,
        of: &Candidates<'_>,
        (a, b): (Member, Member),
        logits: &[f32],
        known: Option<&[f32; READINGS]>,
    ) -> Option<Relation> {
        let calibration = self.model.calibration();
        let (readings, flags) = logits.split_at(READINGS);
        let mut sums = [0.0; READINGS];
        sums.iter_mut().zip(readings).for_each(|(sum, logit)| *sum = logit / calibration.temperature);
        let pair = Pair::new(&of.view, a, b);
        if let Some(known) = known {
            sums.iter_mut().zip(known).for_each(|(sum, known)| *sum += calibration.rules * known);
        }
        let probabilities = softmax(&sums, a.kind, b.kind);
        let best =
            (2..READINGS).fold(1, |top, i| if probabilities[i] > probabilities[top] { i } else { top });
        if probabilities[best] < calibration.threshold {
            return None;
        }
        let (predicate, forward) = Reading(best as u8).relation()?;
        let told =
            if self.hybrid { scope::flags(&of.view, &pair, predicate) } else { scope::Flags::default() };
        let flags = scope::Flags {
            negated: calibration.negated.is_set(flags[0], told.negated),
            hedged: calibration.hedged.is_set(flags[1], told.hedged),
        };
        let confidence = calibration.confidence(predicate, probabilities[best]);
        Some(compose(
            &of.view,
            &pair,
            of.sentence,
            Found { predicate, forward, flags, confidence, source: SOURCE },
        ))
    }
}

/// Returns a mention's place in its sentence.
pub(super) fn marked(document: &Document, member: Member, start: u32) -> Marked {
    let span = document.mention(member.id).span;
    Marked { start: (span.start - start) as usize, end: (span.end - start) as usize, kind: member.kind }
}

/// Tells whether pairs like this one were among those that models are trained on.
fn is_known(document: &Document, view: &View<'_>, a: Member, b: Member) -> bool {
    use EntityType::{Cancer, Disease, Therapy};
    let care = |m: Member| matches!(m.kind, Therapy | Cancer | Disease);
    candidates::is_focus(document, a, view)
        || candidates::is_focus(document, b, view)
        || care(a) && care(b) && (a.kind == Therapy || b.kind == Therapy)
}

impl Stage for LearnedRelations {
    fn name(&self) -> &'static str {
        "relations"
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        let found = self.relate(documents)?;
        fill(documents, found);
        Ok(())
    }
}
