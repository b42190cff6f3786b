//! Matching: which predicted items of a document stand for which gold items, one to one.
//!
//! A *strict* mention match has the same spans and a common label; an *overlap* match a common label and at least one
//! shared character. A relation matches when a predicate is common and both arguments overlap (either order for
//! symmetric predicates); an *undirected* match ignores the order, a *pair* match the predicate as well. Each gold
//! item takes the first free prediction in text order.

use std::collections::BTreeSet;

use super::corpus::{Corpus, LabelledDocument, LabelledMention, LabelledRelation};
use crate::document::{EntityType, Predicate};

/// What a schema says beside its labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scheme {
    /// Predicates whose subject and object may be exchanged.
    pub symmetric: BTreeSet<String>,
    /// Types around which gold marks relations; empty if it marks all.
    ///
    /// A predicted relation then counts only with an argument of such a type, or with both its arguments overlapping
    /// arguments of gold relations.
    pub focus: BTreeSet<String>,
}

impl Scheme {
    /// Returns our schema's: gold marks relations of cytokines and receptors only.
    pub fn ours() -> Self {
        let symmetric = Predicate::ALL.into_iter().filter(|p| p.is_symmetric());
        let focus = [EntityType::Cytokine, EntityType::Receptor];
        Self {
            symmetric: symmetric.map(|p| p.as_str().to_owned()).collect(),
            focus: focus.into_iter().map(|t| t.as_str().to_owned()).collect(),
        }
    }

    /// Returns our schema's if every label of a corpus is one of it; otherwise that of an unknown schema.
    pub fn of(gold: &Corpus) -> Self {
        let types = gold.documents.iter().flat_map(|d| &d.mentions).flat_map(|m| &m.labels);
        let known = types.into_iter().all(|l| EntityType::parse(l).is_some());
        if known { Self::ours() } else { Self { focus: BTreeSet::new(), ..Self::ours() } }
    }

    /// Tells whether a corpus marks relations around the focus: most of them have an argument of its types.
    pub fn is_kept_by(&self, gold: &Corpus) -> bool {
        let (mut inside, mut all) = (0, 0);
        for document in &gold.documents {
            let is_focus = |at: usize| document.mentions[at].labels.iter().any(|l| self.focus.contains(l));
            all += document.relations.len();
            inside += document.relations.iter().filter(|r| is_focus(r.subject) || is_focus(r.object)).count();
        }
        2 * inside > all || all == 0 && !self.focus.is_empty()
    }

    pub(super) fn is_symmetric(&self, labels: &[String]) -> bool {
        labels.iter().any(|l| self.symmetric.contains(l))
    }
}

/// Matches of one document; every pair is an index of gold and one of the predictions.
#[derive(Clone, Debug, Default)]
pub(super) struct Matching {
    pub(super) strict: Vec<(usize, usize)>,
    pub(super) overlap: Vec<(usize, usize)>,
    /// Predicted relations that count, for they are in the gold set's focus.
    pub(super) counted: Vec<usize>,
    pub(super) relations: Vec<(usize, usize)>,
    pub(super) undirected: Vec<(usize, usize)>,
    pub(super) pairs: Vec<(usize, usize)>,
    /// Relations between the same mentions that do not match otherwise.
    pub(super) confused: Vec<(usize, usize)>,
}

/// A relation and its mentions.
#[derive(Clone, Copy)]
struct Resolved<'a> {
    relation: &'a LabelledRelation,
    subject: &'a LabelledMention,
    object: &'a LabelledMention,
}

fn resolve<'a>(document: &'a LabelledDocument, relation: &'a LabelledRelation) -> Resolved<'a> {
    let (subject, object) = (&document.mentions[relation.subject], &document.mentions[relation.object]);
    Resolved { relation, subject, object }
}

/// Tells whether two lists of labels have one in common.
pub(super) fn share(a: &[String], b: &[String]) -> bool {
    a.iter().any(|label| b.contains(label))
}

impl Matching {
    /// Matches a prediction with a gold document.
    pub(super) fn new(gold: &LabelledDocument, predicted: &LabelledDocument, scheme: &Scheme) -> Self {
        let (gm, pm) = (&gold.mentions, &predicted.mentions);
        let strict = pair_up(gm, pm, |g, p| g.spans == p.spans && share(&g.labels, &p.labels));
        let overlap = pair_up(gm, pm, |g, p| g.overlaps(p) && share(&g.labels, &p.labels));
        let gr: Vec<Resolved> = gold.relations.iter().map(|r| resolve(gold, r)).collect();
        let all: Vec<Resolved> = predicted.relations.iter().map(|r| resolve(predicted, r)).collect();
        let counted = in_focus(&gr, &all, scheme);
        let pr: Vec<Resolved> = counted.iter().map(|&i| all[i]).collect();
        let same = |g: &Resolved, p: &Resolved| share(&g.relation.labels, &p.relation.labels);
        let relations = pair_up(&gr, &pr, |g, p| {
            same(g, p) && (straight(g, p) || scheme.is_symmetric(&g.relation.labels) && crossed(g, p))
        });
        let undirected = pair_up(&gr, &pr, |g, p| same(g, p) && (straight(g, p) || crossed(g, p)));
        let pairs = pair_up(&gr, &pr, |g, p| straight(g, p) || crossed(g, p));
        let left: Vec<usize> = (0..gr.len()).filter(|i| relations.iter().all(|(g, _)| g != i)).collect();
        let right: Vec<usize> = (0..pr.len()).filter(|i| relations.iter().all(|(_, p)| p != i)).collect();
        let confused = pair_up(&left, &right, |&g, &p| straight(&gr[g], &pr[p]) || crossed(&gr[g], &pr[p]));
        let confused = confused.into_iter().map(|(g, p)| (left[g], right[p])).collect();
        let place = |pairs: Vec<(usize, usize)>| pairs.into_iter().map(|(g, p)| (g, counted[p])).collect();
        let (relations, undirected, pairs, confused) =
            (place(relations), place(undirected), place(pairs), place(confused));
        Self { strict, overlap, counted, relations, undirected, pairs, confused }
    }
}

/// Lists the predicted relations that gold would have marked if they were right.
fn in_focus(gold: &[Resolved], predicted: &[Resolved], scheme: &Scheme) -> Vec<usize> {
    let arguments: Vec<&LabelledMention> = gold.iter().flat_map(|r| [r.subject, r.object]).collect();
    let known = |m: &LabelledMention| arguments.iter().any(|a| a.overlaps(m));
    let focus = |m: &LabelledMention| m.labels.iter().any(|l| scheme.focus.contains(l));
    let counts = |r: &Resolved| {
        scheme.focus.is_empty() || focus(r.subject) || focus(r.object) || known(r.subject) && known(r.object)
    };
    (0..predicted.len()).filter(|&i| counts(&predicted[i])).collect()
}

fn straight(a: &Resolved, b: &Resolved) -> bool {
    a.subject.overlaps(b.subject) && a.object.overlaps(b.object)
}

fn crossed(a: &Resolved, b: &Resolved) -> bool {
    a.subject.overlaps(b.object) && a.object.overlaps(b.subject)
}

/// Pairs each gold item with the first free prediction that is the same; returns index pairs.
pub(super) fn pair_up<T>(gold: &[T], predicted: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<(usize, usize)> {
    let mut taken = vec![false; predicted.len()];
    let mut pairs = Vec::new();
    for (g, item) in gold.iter().enumerate() {
        if let Some(p) = (0..predicted.len()).find(|&p| !taken[p] && same(item, &predicted[p])) {
            taken[p] = true;
            pairs.push((g, p));
        }
    }
    pairs
}
