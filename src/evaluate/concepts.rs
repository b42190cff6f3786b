//! Concepts: identifiers of mentions and of documents, and relations between them.
//!
//! An identifier counts once a document (or once a mention). A predicted concept is compared by those of its
//! equivalent identifiers that belong to a vocabulary of the gold set; one that has none there is no prediction.
//! Relations between concepts are distinct (subject, predicate, object) of a document, as CDR and BioRED score them;
//! relations between mentions make them for every pair of their arguments' concepts.

use std::collections::{BTreeSet, HashMap};

use super::corpus::{Corpus, LabelledDocument, LabelledMention};
use super::counts::{Counts, Frame};
use super::matching::{Scheme, pair_up, share};
use super::tally::Tally;

/// Prefixes of the gold set's identifiers: `MESH` of `MESH:D003920`, nothing of `D003920`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Vocabularies(pub(super) BTreeSet<String>);

fn prefix(id: &str) -> &str {
    id.split_once(':').map_or("", |(prefix, _)| prefix)
}

impl Vocabularies {
    pub(super) fn of(gold: &Corpus) -> Self {
        let of_mentions = gold.documents.iter().flat_map(|d| &d.mentions).flat_map(|m| &m.concepts);
        let relations = gold.documents.iter().flat_map(|d| &d.concept_relations);
        let concepts = of_mentions.chain(relations.flat_map(|r| [&r.subject, &r.object]));
        Self(concepts.flatten().map(|id| prefix(id).to_owned()).collect())
    }

    /// Returns a mention's concepts as far as they are in these vocabularies.
    pub(super) fn of_mention(&self, mention: &LabelledMention) -> Vec<Vec<String>> {
        mention.concepts.iter().filter_map(|c| self.keep(c)).collect()
    }

    /// Returns a concept's identifiers in these vocabularies, sorted; `None` if it has none.
    fn keep(&self, concept: &[String]) -> Option<Vec<String>> {
        let kept: BTreeSet<&String> = concept.iter().filter(|id| self.0.contains(prefix(id))).collect();
        (!kept.is_empty()).then(|| kept.into_iter().cloned().collect())
    }
}

/// A concept of a document, with its labels.
type Item = (Vec<String>, Vec<String>);

/// A relation between two concepts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    subject: Vec<String>,
    object: Vec<String>,
    labels: Vec<String>,
}

/// Adds the tallies of concepts and of relations between them.
pub(super) fn count(
    counts: &mut Counts,
    gold: &LabelledDocument,
    predicted: &LabelledDocument,
    (scheme, frame): (&Scheme, &Frame),
) {
    if frame.vocabularies.0.is_empty() {
        return;
    }
    let same = |a: &Item, b: &Item| share(&a.0, &b.0) && share(&a.1, &b.1);
    let distinct = |d: &LabelledDocument| -> Vec<Item> {
        let items = d.mentions.iter().flat_map(|m| m.concepts.iter().map(|c| (c, m.labels.clone())));
        let kept = items.filter_map(|(c, labels)| Some((frame.vocabularies.keep(c)?, labels)));
        kept.collect::<BTreeSet<Item>>().into_iter().collect()
    };
    let (of_gold, of_system) = (distinct(gold), distinct(predicted));
    of_gold.iter().for_each(|(_, labels)| counts.concepts[frame.types.row(labels)].gold += 1);
    of_system.iter().for_each(|(_, labels)| counts.concepts[frame.types.row(labels)].predicted += 1);
    for (g, _) in pair_up(&of_gold, &of_system, same) {
        counts.concepts[frame.types.row(&of_gold[g].1)].true_positives += 1;
    }
    counts.concepts_by_mention += by_mention(gold, predicted, &frame.vocabularies);
    count_links(counts, &links(gold, frame, true), &links(predicted, frame, false), (scheme, frame));
}

/// Counts (mention, identifier) items: right if the mentions overlap, and share a label and the identifier.
fn by_mention(gold: &LabelledDocument, predicted: &LabelledDocument, vocabularies: &Vocabularies) -> Tally {
    let items = |d: &LabelledDocument| -> Vec<(usize, Vec<String>)> {
        let of =
            |(i, m): (usize, &LabelledMention)| vocabularies.of_mention(m).into_iter().map(move |c| (i, c));
        d.mentions.iter().enumerate().flat_map(of).collect()
    };
    let (of_gold, of_system) = (items(gold), items(predicted));
    let right = pair_up(&of_gold, &of_system, |(g, a), (p, b)| {
        let (g, p) = (&gold.mentions[*g], &predicted.mentions[*p]);
        g.overlaps(p) && share(&g.labels, &p.labels) && share(a, b)
    });
    Tally {
        true_positives: right.len() as u64,
        predicted: of_system.len() as u64,
        gold: of_gold.len() as u64,
    }
}

/// Lists the relations between concepts: given ones, and those that relations between mentions make.
fn links(document: &LabelledDocument, frame: &Frame, gold: bool) -> Vec<Link> {
    let mut links = BTreeSet::new();
    for r in &document.concept_relations {
        let ends = (frame.vocabularies.keep(&r.subject), frame.vocabularies.keep(&r.object));
        if let (Some(subject), Some(object)) = ends {
            links.insert(Link { subject, object, labels: r.labels.clone() });
        }
    }
    let derive = !(gold && frame.concept_relations);
    for r in document.relations.iter().filter(|r| derive && !r.negated) {
        let ids = |mention: usize| frame.vocabularies.of_mention(&document.mentions[mention]);
        for subject in ids(r.subject) {
            for object in ids(r.object).into_iter().filter(|o| *o != subject) {
                links.insert(Link { subject: subject.clone(), object, labels: r.labels.clone() });
            }
        }
    }
    links.into_iter().collect()
}

fn count_links(counts: &mut Counts, gold: &[Link], predicted: &[Link], (scheme, frame): (&Scheme, &Frame)) {
    let straight = |g: &Link, p: &Link| share(&g.subject, &p.subject) && share(&g.object, &p.object);
    let crossed = |g: &Link, p: &Link| share(&g.subject, &p.object) && share(&g.object, &p.subject);
    gold.iter().for_each(|l| counts.concept_relations[frame.predicates.row(&l.labels)].gold += 1);
    predicted.iter().for_each(|l| counts.concept_relations[frame.predicates.row(&l.labels)].predicted += 1);
    let full = pair_up(gold, predicted, |g, p| {
        share(&g.labels, &p.labels) && (straight(g, p) || scheme.is_symmetric(&g.labels) && crossed(g, p))
    });
    for (g, _) in full {
        counts.concept_relations[frame.predicates.row(&gold[g].labels)].true_positives += 1;
    }
    let unordered = |links: &[Link]| -> Vec<Link> {
        let pair = |l: &Link| {
            let (subject, object) =
                (l.subject.clone().min(l.object.clone()), l.object.clone().max(l.subject.clone()));
            Link { subject, object, labels: Vec::new() }
        };
        links.iter().map(pair).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let (gold, predicted) = (unordered(gold), unordered(predicted));
    let right = pair_up(&gold, &predicted, |g, p| straight(g, p) || crossed(g, p));
    counts.concept_pairs += Tally {
        true_positives: right.len() as u64,
        predicted: predicted.len() as u64,
        gold: gold.len() as u64,
    };
}

/// Gives each predicted mention that has no identifier of the gold set's vocabularies those of the first gold mention of
/// its type that it overlaps, so that relations between concepts can be scored apart from linking.
pub fn lend_concepts(gold: &Corpus, predicted: &mut Corpus) {
    let vocabularies = Vocabularies::of(gold);
    let by_id: HashMap<&str, &LabelledDocument> = gold.documents.iter().map(|d| (d.id.as_str(), d)).collect();
    for document in &mut predicted.documents {
        let Some(gold) = by_id.get(document.id.as_str()) else { continue };
        for mention in &mut document.mentions {
            let same = |g: &&LabelledMention| g.overlaps(mention) && share(&g.labels, &mention.labels);
            let found = gold.mentions.iter().find(same);
            if let (true, Some(found)) = (vocabularies.of_mention(mention).is_empty(), found) {
                mention.concepts.clone_from(&found.concepts);
            }
        }
    }
}
