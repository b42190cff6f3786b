//! Counts: the tallies of one document, which add up to those of a corpus.

use std::collections::{BTreeMap, BTreeSet};

use super::concepts::{self, Vocabularies};
use super::corpus::{Corpus, LabelledDocument};
use super::matching::{Matching, Scheme};
use super::tally::Tally;

/// Rows of a table by label. Labels of which one item bears several stand in one row, named `a|b`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    names: Vec<String>,
    row_of: BTreeMap<String, usize>,
}

impl Rows {
    /// Makes rows in the order of `first`, then of the alphabet.
    fn new<'a>(items: impl Iterator<Item = &'a [String]>, first: &[&str]) -> Self {
        let mut sets: BTreeSet<&[String]> = items.collect();
        sets.retain(|set| !set.is_empty());
        // Each label begins as its own row; a set of labels joins the rows of its members.
        let mut row: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for set in sets {
            let mut joined: BTreeSet<&str> = set.iter().map(String::as_str).collect();
            for label in set {
                joined.extend(row.get(label.as_str()).into_iter().flatten());
            }
            for label in joined.clone() {
                row.insert(label, joined.clone());
            }
        }
        let rank = |labels: &BTreeSet<&str>| {
            let known = labels.iter().filter_map(|l| first.iter().position(|f| f == l)).min();
            known.unwrap_or(usize::MAX)
        };
        let mut distinct: Vec<&BTreeSet<&str>> = row.values().collect::<BTreeSet<_>>().into_iter().collect();
        distinct.sort_by_key(|labels| rank(labels));
        let names = distinct.iter().map(|l| l.iter().copied().collect::<Vec<_>>().join("|")).collect();
        let row_of =
            distinct.iter().enumerate().flat_map(|(i, ls)| ls.iter().map(move |l| ((*l).to_owned(), i)));
        Self { names, row_of: row_of.collect() }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the row of an item's labels.
    pub(super) fn row(&self, labels: &[String]) -> usize {
        labels.first().and_then(|l| self.row_of.get(l)).copied().unwrap_or(0)
    }
}

/// The rows and vocabularies that gold and all systems are counted in.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) types: Rows,
    pub(super) predicates: Rows,
    pub(super) vocabularies: Vocabularies,
    /// Whether gold has relations between concepts; otherwise they are made of those between mentions.
    pub(super) concept_relations: bool,
}

impl Frame {
    pub(super) fn new(gold: &Corpus, systems: &[&Corpus]) -> Self {
        use crate::document::{EntityType, Predicate};
        let all = || std::iter::once(gold).chain(systems.iter().copied()).flat_map(|c| &c.documents);
        let types = all().flat_map(|d| &d.mentions).map(|m| m.labels.as_slice());
        let predicates = all().flat_map(|d| {
            let between = d.concept_relations.iter().map(|r| r.labels.as_slice());
            d.relations.iter().map(|r| r.labels.as_slice()).chain(between)
        });
        Self {
            types: Rows::new(types, &EntityType::ALL.map(EntityType::as_str)),
            predicates: Rows::new(predicates, &Predicate::ALL.map(Predicate::as_str)),
            vocabularies: Vocabularies::of(gold),
            concept_relations: gold.documents.iter().any(|d| !d.concept_relations.is_empty()),
        }
    }
}

/// Tallies of one document, or of several; those in a vector by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) strict: Vec<Tally>,
    pub(super) overlap: Vec<Tally>,
    pub(super) relations: Vec<Tally>,
    pub(super) undirected: Tally,
    pub(super) pairs: Tally,
    pub(super) negated: Tally,
    pub(super) hedged: Tally,
    pub(super) flags_right: u64,
    pub(super) concepts: Vec<Tally>,
    pub(super) concepts_by_mention: Tally,
    pub(super) concept_relations: Vec<Tally>,
    pub(super) concept_pairs: Tally,
}

impl Counts {
    /// Counts one document.
    pub(super) fn new(
        gold: &LabelledDocument,
        predicted: &LabelledDocument,
        matching: &Matching,
        (scheme, frame): (&Scheme, &Frame),
    ) -> Self {
        let mut counts = Self::empty(frame);
        counts.add_mentions(gold, predicted, matching, frame);
        counts.add_relations(gold, predicted, matching, frame);
        concepts::count(&mut counts, gold, predicted, (scheme, frame));
        counts
    }

    pub(super) fn empty(frame: &Frame) -> Self {
        let types = vec![Tally::default(); frame.types.names.len()];
        let predicates = vec![Tally::default(); frame.predicates.names.len()];
        Self {
            strict: types.clone(),
            overlap: types.clone(),
            relations: predicates.clone(),
            concepts: types,
            concept_relations: predicates,
            ..Self::default()
        }
    }

    fn add_mentions(
        &mut self,
        gold: &LabelledDocument,
        predicted: &LabelledDocument,
        matching: &Matching,
        frame: &Frame,
    ) {
        for (tallies, pairs) in [(&mut self.strict, &matching.strict), (&mut self.overlap, &matching.overlap)]
        {
            gold.mentions.iter().for_each(|m| tallies[frame.types.row(&m.labels)].gold += 1);
            predicted.mentions.iter().for_each(|m| tallies[frame.types.row(&m.labels)].predicted += 1);
            for (g, _) in pairs {
                tallies[frame.types.row(&gold.mentions[*g].labels)].true_positives += 1;
            }
        }
    }

    fn add_relations(
        &mut self,
        gold: &LabelledDocument,
        predicted: &LabelledDocument,
        matching: &Matching,
        frame: &Frame,
    ) {
        for r in &gold.relations {
            self.relations[frame.predicates.row(&r.labels)].gold += 1;
            self.negated.gold += u64::from(r.negated);
            self.hedged.gold += u64::from(r.hedged);
        }
        for r in matching.counted.iter().map(|&i| &predicted.relations[i]) {
            self.relations[frame.predicates.row(&r.labels)].predicted += 1;
            self.negated.predicted += u64::from(r.negated);
            self.hedged.predicted += u64::from(r.hedged);
        }
        for (g, p) in &matching.relations {
            let (g, p) = (&gold.relations[*g], &predicted.relations[*p]);
            self.relations[frame.predicates.row(&g.labels)].true_positives += 1;
            self.negated.true_positives += u64::from(g.negated && p.negated);
            self.hedged.true_positives += u64::from(g.hedged && p.hedged);
            self.flags_right += u64::from((g.negated, g.hedged) == (p.negated, p.hedged));
        }
        for (tally, pairs) in
            [(&mut self.undirected, &matching.undirected), (&mut self.pairs, &matching.pairs)]
        {
            *tally += Tally {
                true_positives: pairs.len() as u64,
                predicted: matching.counted.len() as u64,
                gold: gold.relations.len() as u64,
            };
        }
    }
}

impl std::ops::AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, other: &Counts) {
        for (mine, theirs) in [
            (&mut self.strict, &other.strict),
            (&mut self.overlap, &other.overlap),
            (&mut self.relations, &other.relations),
            (&mut self.concepts, &other.concepts),
            (&mut self.concept_relations, &other.concept_relations),
        ] {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += *b);
        }
        self.undirected += other.undirected;
        self.pairs += other.pairs;
        self.negated += other.negated;
        self.hedged += other.hedged;
        self.flags_right += other.flags_right;
        self.concepts_by_mention += other.concepts_by_mention;
        self.concept_pairs += other.concept_pairs;
    }
}

/// Adds up the rows of a table.
pub(super) fn total(rows: &[Tally]) -> Tally {
    let mut sum = Tally::default();
    rows.iter().for_each(|t| sum += *t);
    sum
}
