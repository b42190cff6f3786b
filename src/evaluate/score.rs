//! Scores: the measures of `score.py` for one system, as `evaluate --json` writes them.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::corpus::{Corpus, LabelledDocument};
use super::counts::{Counts, Frame, Rows, total};
use super::matching::{Matching, Scheme};
use super::tally::{Tally, round4};

/// The measures over a set of documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Gold documents.
    pub documents: u64,
    /// Gold documents without a prediction.
    pub missing_documents: u64,
    /// Mentions with the same span and type.
    pub mentions_strict: Tally,
    /// Mentions of the same type that share a character.
    pub mentions_overlap: Tally,
    /// Overlap matches by type.
    pub mentions_by_type: BTreeMap<String, Tally>,
    /// Strict matches by type.
    pub mentions_strict_by_type: BTreeMap<String, Tally>,
    /// Relations with the same predicate and overlapping arguments.
    pub relations: Tally,
    /// The same without predicate and direction.
    pub relations_pair: Tally,
    /// Relations by predicate.
    pub relations_by_predicate: BTreeMap<String, Tally>,
    /// Share of matched relations whose `negated` and `hedged` are both right.
    pub flags_right: f64,
    /// Relations flagged negated.
    pub negated: Tally,
    /// Relations flagged hedged.
    pub hedged: Tally,
}

/// Scores predictions against gold documents; predictions for other documents are ignored.
///
/// Pairing is one to one: see [`Scheme`] for the relations that count.
pub fn score(gold: &Corpus, predicted: &Corpus, scheme: &Scheme) -> Scores {
    let frame = Frame::new(gold, &[predicted]);
    let pairs = Pairs::new(gold, predicted);
    let mut sum = Counts::empty(&frame);
    for (gold, predicted) in pairs.iter(gold) {
        let matching = Matching::new(gold, predicted, scheme);
        sum += &Counts::new(gold, predicted, &matching, (scheme, &frame));
    }
    // Labels that gold does not hold are left out, as there is nothing to find.
    let by_row = |rows: &Rows, tallies: &[Tally]| {
        let named = rows.names().iter().cloned().zip(tallies.iter().copied());
        named.filter(|(_, t)| t.gold > 0).collect()
    };
    let relations = total(&sum.relations);
    let flags_right = match relations.true_positives {
        0 => 0.0,
        matched => round4(sum.flags_right as f64 / matched as f64),
    };
    Scores {
        documents: gold.documents.len() as u64,
        missing_documents: pairs.missing,
        mentions_strict: total(&sum.strict),
        mentions_overlap: total(&sum.overlap),
        mentions_by_type: by_row(&frame.types, &sum.overlap),
        mentions_strict_by_type: by_row(&frame.types, &sum.strict),
        relations,
        relations_pair: sum.pairs,
        relations_by_predicate: by_row(&frame.predicates, &sum.relations),
        flags_right,
        negated: sum.negated,
        hedged: sum.hedged,
    }
}

/// The predictions of a system by document.
pub(super) struct Pairs<'a> {
    by_id: HashMap<&'a str, &'a LabelledDocument>,
    nothing: LabelledDocument,
    /// Gold documents without a prediction.
    pub(super) missing: u64,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(gold: &Corpus, predicted: &'a Corpus) -> Self {
        let by_id: HashMap<&str, &LabelledDocument> =
            predicted.documents.iter().map(|d| (d.id.as_str(), d)).collect();
        let missing = gold.documents.iter().filter(|d| !by_id.contains_key(d.id.as_str())).count() as u64;
        Self { by_id, nothing: LabelledDocument::default(), missing }
    }

    /// Pairs each gold document with its prediction, or with an empty one.
    pub(super) fn iter<'b>(
        &'b self,
        gold: &'b Corpus,
    ) -> impl Iterator<Item = (&'b LabelledDocument, &'b LabelledDocument)> {
        gold.documents.iter().map(|g| (g, self.by_id.get(g.id.as_str()).copied().unwrap_or(&self.nothing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, EntityType, Mention, MentionId, Predicate, Relation, Sentence, Span};

    fn score(gold: &[Document], predicted: &[Document]) -> Scores {
        super::score(&Corpus::of(gold), &Corpus::of(predicted), &Scheme::ours())
    }

    /// Three mentions over `abc def ghi`, typed by the argument, and relations as (subject, predicate, object, negated).
    fn document(kinds: [EntityType; 3], relations: &[(u32, Predicate, u32, bool)]) -> Document {
        let mut document = Document::new("1", "", "abc def ghi");
        document.sentences = vec![Sentence { span: Span::new(1, 12), first_token: 0, end_token: 0 }];
        for (i, kind) in kinds.into_iter().enumerate() {
            document.mentions.push(Mention::new(Span::new(1 + 4 * i, 4 + 4 * i), kind, "test"));
        }
        for &(subject, predicate, object, negated) in relations {
            let (subject, object) = (MentionId(subject), MentionId(object));
            document.relations.push(Relation {
                subject,
                object,
                predicate,
                negated,
                hedged: false,
                sentence: 0,
                qualifiers: Vec::new(),
                confidence: 1.0,
                source: "test",
            });
        }
        document
    }

    use EntityType::{Cancer, Cytokine, Gene, Therapy};
    use Predicate::{CombinedWith, Inhibits, Promotes, Treats};

    #[test]
    fn equal_documents_score_one() {
        let gold = document([Cytokine, Cancer, Gene], &[(0, Treats, 1, false)]);
        let scores = score(std::slice::from_ref(&gold), std::slice::from_ref(&gold));
        assert_eq!(scores.mentions_strict.f1(), 1.0);
        assert_eq!(scores.relations.f1(), 1.0);
        assert_eq!(scores.flags_right, 1.0);
    }

    #[test]
    fn a_longer_span_is_an_overlap_match_only() {
        let gold = document([Cytokine, Cancer, Gene], &[]);
        let mut predicted = gold.clone();
        predicted.mentions[0].span = Span::new(1, 6);
        let scores = score(&[gold], &[predicted]);
        assert_eq!(scores.mentions_strict.true_positives, 2);
        assert_eq!(scores.mentions_overlap.true_positives, 3);
    }

    #[test]
    fn direction_counts_except_for_symmetric_predicates() {
        for (predicate, right) in [(Promotes, 0), (CombinedWith, 1)] {
            let gold = document([Cytokine, Therapy, Gene], &[(0, predicate, 1, false)]);
            let predicted = document([Cytokine, Therapy, Gene], &[(1, predicate, 0, false)]);
            let scores = score(&[gold], &[predicted]);
            assert_eq!(scores.relations.true_positives, right, "{predicate:?}");
            assert_eq!(scores.relations_pair.true_positives, 1, "{predicate:?}");
        }
    }

    #[test]
    fn flags_are_counted_on_matched_relations() {
        let gold = document([Cytokine, Cancer, Gene], &[(0, Inhibits, 1, true), (0, Promotes, 2, false)]);
        let predicted =
            document([Cytokine, Cancer, Gene], &[(0, Inhibits, 1, false), (0, Promotes, 2, false)]);
        let scores = score(&[gold], &[predicted]);
        assert_eq!((scores.relations.true_positives, scores.flags_right), (2, 0.5));
        assert_eq!(scores.negated, Tally { true_positives: 0, predicted: 0, gold: 1 });
    }

    #[test]
    fn relations_away_from_the_focus_are_not_held_against_precision() {
        let gold = document([Gene, Therapy, Cancer], &[]);
        let predicted = document([Gene, Therapy, Cancer], &[(1, Treats, 2, false)]);
        assert_eq!(score(&[gold], &[predicted]).relations.predicted, 0);
    }

    #[test]
    fn the_focus_is_that_of_most_relations() {
        use EntityType::{Cancer, Cytokine, Therapy};
        let gold =
            |kinds, count: u32| document(kinds, &vec![(0, Predicate::Treats, 2, false); count as usize]);
        let (around, apart) = ([Cytokine, Therapy, Cancer], [Therapy, Cytokine, Cancer]);
        for (name, with, without, kept) in
            [("most", 3, 2, true), ("half", 2, 2, false), ("few", 1, 2, false), ("no relations", 0, 0, true)]
        {
            let corpus = Corpus::of(&[gold(around, with), gold(apart, without)]);
            assert_eq!(Scheme::ours().is_kept_by(&corpus), kept, "{name}");
        }
    }

    #[test]
    fn a_missing_document_is_counted_and_costs_recall() {
        let gold = document([Cytokine, Cancer, Gene], &[(0, Treats, 1, false)]);
        let scores = score(&[gold], &[]);
        assert_eq!((scores.missing_documents, scores.relations.gold, scores.relations.predicted), (1, 1, 0));
    }
}
