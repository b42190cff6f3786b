//! Scores: mentions and relations of predicted documents against gold ones.
//!
//! Documents are paired by identifier. A *strict* mention match has the same span and type; an *overlap* match the
//! same type and at least one shared character. A relation matches when the predicate is the same and both
//! arguments overlap (either order for symmetric predicates); a *pair* match ignores predicate and direction. All
//! pairing is one to one, each gold item taking the first free prediction in text order. Because gold sets mark
//! cytokine-centred relations only, a predicted relation counts when it has a cytokine or receptor argument, or when
//! both its arguments overlap arguments of gold relations.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::tally::{Tally, round4};
use crate::document::{Document, EntityType, Mention, Predicate, Relation};

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
    pub mentions_by_type: BTreeMap<&'static str, Tally>,
    /// Strict matches by type.
    pub mentions_strict_by_type: BTreeMap<&'static str, Tally>,
    /// Relations with the same predicate and overlapping arguments.
    pub relations: Tally,
    /// The same without predicate and direction.
    pub relations_pair: Tally,
    /// Relations by predicate.
    pub relations_by_predicate: BTreeMap<&'static str, Tally>,
    /// Share of matched relations whose `negated` and `hedged` are both right.
    pub flags_right: f64,
    /// Relations flagged negated.
    pub negated: Tally,
    /// Relations flagged hedged.
    pub hedged: Tally,
}

/// Scores predictions against gold documents; predictions for other documents are ignored.
pub fn score(gold: &[Document], predicted: &[Document]) -> Scores {
    let by_id: HashMap<&str, &Document> = predicted.iter().map(|d| (d.id.as_str(), d)).collect();
    let nothing = Document::default();
    let mut scores = Scores { documents: gold.len() as u64, ..Scores::default() };
    let mut flags_right = 0;
    for document in gold {
        let prediction = by_id.get(document.id.as_str()).copied();
        scores.missing_documents += u64::from(prediction.is_none());
        let prediction = prediction.unwrap_or(&nothing);
        score_mentions(&mut scores, &document.mentions, &prediction.mentions);
        flags_right += score_relations(&mut scores, document, prediction);
    }
    // Types and predicates that gold does not hold are left out, as there is nothing to find.
    scores.mentions_by_type.retain(|_, t| t.gold > 0);
    scores.mentions_strict_by_type.retain(|_, t| t.gold > 0);
    scores.relations_by_predicate.retain(|_, t| t.gold > 0);
    if scores.relations.true_positives > 0 {
        scores.flags_right = round4(flags_right as f64 / scores.relations.true_positives as f64);
    }
    scores
}

fn score_mentions(scores: &mut Scores, gold: &[Mention], predicted: &[Mention]) {
    let strict = |a: &Mention, b: &Mention| a.span == b.span && a.kind == b.kind;
    let overlap = |a: &Mention, b: &Mention| a.kind == b.kind && a.span.overlaps(b.span);
    let strict: BTreeSet<usize> = pair_up(gold, predicted, strict).into_iter().map(|(g, _)| g).collect();
    let overlap: BTreeSet<usize> = pair_up(gold, predicted, overlap).into_iter().map(|(g, _)| g).collect();
    for (matched, total, by_type) in [
        (strict, &mut scores.mentions_strict, &mut scores.mentions_strict_by_type),
        (overlap, &mut scores.mentions_overlap, &mut scores.mentions_by_type),
    ] {
        for kind in EntityType::ALL {
            let tally = Tally {
                true_positives: matched.iter().filter(|&&g| gold[g].kind == kind).count() as u64,
                predicted: predicted.iter().filter(|m| m.kind == kind).count() as u64,
                gold: gold.iter().filter(|m| m.kind == kind).count() as u64,
            };
            *total += tally;
            *by_type.entry(kind.as_str()).or_default() += tally;
        }
    }
}

/// A relation with its two mentions at hand.
struct Resolved<'a> {
    relation: &'a Relation,
    subject: &'a Mention,
    object: &'a Mention,
}

fn resolve(document: &Document) -> Vec<Resolved<'_>> {
    let mut resolved = Vec::with_capacity(document.relations.len());
    for relation in &document.relations {
        let (subject, object) = (document.mention(relation.subject), document.mention(relation.object));
        resolved.push(Resolved { relation, subject, object });
    }
    resolved
}

/// Adds a document's relations; returns how many matched ones have both flags right.
fn score_relations(scores: &mut Scores, gold: &Document, predicted: &Document) -> u64 {
    let gold = resolve(gold);
    let arguments: Vec<&Mention> = gold.iter().flat_map(|r| [r.subject, r.object]).collect();
    let known = |m: &Mention| arguments.iter().any(|a| a.span.overlaps(m.span));
    let focus = |m: &Mention| matches!(m.kind, EntityType::Cytokine | EntityType::Receptor);
    let mut predicted = resolve(predicted);
    predicted.retain(|r| focus(r.subject) || focus(r.object) || known(r.subject) && known(r.object));

    let matches = pair_up(&gold, &predicted, |g, p| {
        g.relation.predicate == p.relation.predicate
            && (straight(g, p) || g.relation.predicate.is_symmetric() && crossed(g, p))
    });
    let pairs = pair_up(&gold, &predicted, |g, p| straight(g, p) || crossed(g, p)).len();
    let both = |flag: fn(&Relation) -> bool| {
        matches.iter().filter(|&&(g, p)| flag(gold[g].relation) && flag(predicted[p].relation)).count() as u64
    };
    let count = |items: &[Resolved], keep: &dyn Fn(&Relation) -> bool| {
        items.iter().filter(|r| keep(r.relation)).count() as u64
    };
    let tally = |true_positives: u64, keep: &dyn Fn(&Relation) -> bool| Tally {
        true_positives,
        predicted: count(&predicted, keep),
        gold: count(&gold, keep),
    };
    scores.relations += tally(matches.len() as u64, &|_| true);
    scores.relations_pair += tally(pairs as u64, &|_| true);
    scores.negated += tally(both(|r| r.negated), &|r| r.negated);
    scores.hedged += tally(both(|r| r.hedged), &|r| r.hedged);
    for predicate in Predicate::ALL {
        let right = matches.iter().filter(|(g, _)| gold[*g].relation.predicate == predicate).count() as u64;
        *scores.relations_by_predicate.entry(predicate.as_str()).or_default() +=
            tally(right, &|r| r.predicate == predicate);
    }
    let right = |&&(g, p): &&(usize, usize)| {
        let (g, p) = (gold[g].relation, predicted[p].relation);
        (g.negated, g.hedged) == (p.negated, p.hedged)
    };
    matches.iter().filter(right).count() as u64
}

fn straight(a: &Resolved, b: &Resolved) -> bool {
    a.subject.span.overlaps(b.subject.span) && a.object.span.overlaps(b.object.span)
}

fn crossed(a: &Resolved, b: &Resolved) -> bool {
    a.subject.span.overlaps(b.object.span) && a.object.span.overlaps(b.subject.span)
}

/// Pairs each gold item with the first free prediction that is the same; returns index pairs.
fn pair_up<T>(gold: &[T], predicted: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<(usize, usize)> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{MentionId, Sentence, Span};

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
    fn a_missing_document_is_counted_and_costs_recall() {
        let gold = document([Cytokine, Cancer, Gene], &[(0, Treats, 1, false)]);
        let scores = score(&[gold], &[]);
        assert_eq!((scores.missing_documents, scores.relations.gold, scores.relations.predicted), (1, 1, 0));
    }
}
