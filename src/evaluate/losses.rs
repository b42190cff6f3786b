//! Losses: at which stage of an engine each gold item is lost, so that one sees which stage costs what.

use super::corpus::{LabelledDocument, LabelledMention};
use super::matching::{Matching, share};
use super::results::{Layer, StageLoss};

/// Stages of mentions in their order, and what losing an item there means.
const MENTIONS: [(&str, &str); 7] = [
    ("sentences", "a sentence boundary of the engine falls into the gold mention"),
    ("lexicon", "nothing is predicted there, and the name is in no lexicon"),
    ("tagging", "nothing is predicted there, though the name is in a lexicon"),
    ("type", "what is predicted there has another type"),
    ("pairing", "the prediction there is taken by another gold mention"),
    ("span", "the mention is found with other edges"),
    ("linking", "the mention is found, but none of its gold identifiers"),
];

/// Stages of relations.
const RELATIONS: [(&str, &str); 5] = [
    ("mentions", "an argument is not found as a mention of its type"),
    ("sentences", "the engine has the arguments in different sentences"),
    ("classification", "nothing is predicted between the arguments"),
    ("predicate", "another predicate is predicted between the arguments"),
    ("direction", "subject and object are exchanged, or the prediction is taken by another gold relation"),
];

/// Gold items by the stage that loses them; the last place is for those that are right.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses {
    mentions: [u64; MENTIONS.len() + 1],
    relations: [u64; RELATIONS.len() + 1],
}

impl Losses {
    /// Adds the gold items of a document; `known` tells whether a name is in a lexicon.
    pub(super) fn add(
        &mut self,
        gold: &LabelledDocument,
        predicted: &LabelledDocument,
        matching: &Matching,
        known: &dyn Fn(&str) -> bool,
    ) {
        for i in 0..gold.mentions.len() {
            self.mentions[mention_stage(i, gold, predicted, matching, known)] += 1;
        }
        for i in 0..gold.relations.len() {
            self.relations[relation_stage(i, gold, predicted, matching)] += 1;
        }
    }

    /// Returns the table: for each stage, what it loses and what is left after it.
    pub(super) fn table(&self) -> Vec<StageLoss> {
        let rows = |layer: Layer, stages: &[(&str, &str)], counts: &[u64]| {
            let mut left: u64 = counts.iter().sum();
            let mut rows = Vec::new();
            for ((stage, meaning), &lost) in stages.iter().zip(counts) {
                left -= lost;
                let (stage, meaning) = ((*stage).to_owned(), (*meaning).to_owned());
                rows.push(StageLoss { layer, stage, meaning, lost, left });
            }
            if counts.iter().all(|c| *c == 0) { Vec::new() } else { rows }
        };
        let mut table = rows(Layer::Mentions, &MENTIONS, &self.mentions);
        table.extend(rows(Layer::Relations, &RELATIONS, &self.relations));
        table
    }
}

fn mention_stage(
    index: usize,
    gold: &LabelledDocument,
    predicted: &LabelledDocument,
    matching: &Matching,
    known: &dyn Fn(&str) -> bool,
) -> usize {
    let mention = &gold.mentions[index];
    if let Some((_, p)) = matching.overlap.iter().find(|(g, _)| *g == index) {
        let found = &predicted.mentions[*p];
        let linked = |a: &Vec<String>| found.concepts.iter().any(|b| share(a, b));
        return match () {
            () if mention.spans != found.spans => 5,
            () if !mention.concepts.is_empty() && !mention.concepts.iter().any(linked) => 6,
            () => 7,
        };
    }
    let cover = mention.cover();
    let whole = predicted.sentences.iter().any(|s| s.contains(cover));
    let there: Vec<&LabelledMention> = predicted.mentions.iter().filter(|p| p.overlaps(mention)).collect();
    match () {
        () if !whole && !predicted.sentences.is_empty() => 0,
        () if there.is_empty() && !known(cover.slice(&gold.text)) => 1,
        () if there.is_empty() => 2,
        () if !there.iter().any(|p| share(&p.labels, &mention.labels)) => 3,
        () => 4,
    }
}

fn relation_stage(
    index: usize,
    gold: &LabelledDocument,
    predicted: &LabelledDocument,
    matching: &Matching,
) -> usize {
    if matching.relations.iter().any(|(g, _)| *g == index) {
        return RELATIONS.len();
    }
    let relation = &gold.relations[index];
    if let Some((_, p)) = matching.confused.iter().find(|(g, _)| *g == index) {
        let same = share(&relation.labels, &predicted.relations[*p].labels);
        return if same { 4 } else { 3 };
    }
    let found = |mention: usize| {
        let mention = &gold.mentions[mention];
        predicted.mentions.iter().find(|p| p.overlaps(mention) && share(&p.labels, &mention.labels))
    };
    let (Some(subject), Some(object)) = (found(relation.subject), found(relation.object)) else { return 0 };
    let both = subject.cover().cover(object.cover());
    if predicted.sentences.iter().any(|s| s.contains(both)) { 2 } else { 1 }
}
