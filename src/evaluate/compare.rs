//! Compare: fills the results of all systems on one gold set.

use super::concepts::Vocabularies;
use super::confidence::Outcomes;
use super::corpus::Corpus;
use super::counts::{Counts, Frame, Rows, total};
use super::losses::Losses;
use super::matching::{Matching, Scheme};
use super::mistakes::Case;
use super::resample::{Resampled, randomisation};
use super::results::{
    ConceptResults, Confusion, DocumentRelationResults, Errors, Labelled, Layer, Macro, MentionResults,
    PairedTest, RelationResults, Resampling, SystemResults, TypeScore,
};
use super::score::Pairs;
use super::tally::{Tally, round4};

/// A system under comparison.
pub struct System<'a> {
    /// The name that tables show.
    pub name: String,
    /// `engine`, or the file of predictions.
    pub source: String,
    /// Version of the engine; empty if unknown.
    pub version: String,
    /// What it predicts.
    pub predicted: &'a Corpus,
    /// For an engine of ours: whether a name is in its lexicons, by which losses are told apart.
    pub known: Option<&'a (dyn Fn(&str) -> bool + Sync)>,
}

/// Measures systems on a gold set, and tests each pair of them.
pub fn compare(
    gold: &Corpus,
    systems: &[System],
    scheme: &Scheme,
    resampling: &Resampling,
) -> (Vec<SystemResults>, Vec<PairedTest>) {
    let predictions: Vec<&Corpus> = systems.iter().map(|s| s.predicted).collect();
    let frame = Frame::new(gold, &predictions);
    let measured: Vec<Measured> =
        systems.iter().map(|s| Measured::new(gold, s, (scheme, &frame), resampling)).collect();
    let mut tests = Vec::new();
    for (i, first) in measured.iter().enumerate() {
        for (j, second) in measured.iter().enumerate().skip(i + 1) {
            for (name, measure) in MEASURES {
                if measure(&first.counts.total).gold == 0 || resampling.randomisation_rounds == 0 {
                    continue;
                }
                let (difference, p_value) = randomisation(&first.counts, &second.counts, measure, resampling);
                let (first, second) = (systems[i].name.clone(), systems[j].name.clone());
                tests.push(PairedTest { measure: (*name).to_owned(), first, second, difference, p_value });
            }
        }
    }
    let results = measured.into_iter().zip(systems).map(|(m, system)| m.results(system, &frame));
    (results.collect(), tests)
}

type Measure = fn(&Counts) -> Tally;

/// What paired tests compare.
const MEASURES: &[(&str, Measure)] = &[
    ("mentions, strict F1", |c| total(&c.strict)),
    ("mentions, overlap F1", |c| total(&c.overlap)),
    ("identifiers of documents, F1", |c| total(&c.concepts)),
    ("relations, F1", |c| total(&c.relations)),
    ("relations without predicate and direction, F1", |c| c.pairs),
    ("relations between concepts, F1", |c| total(&c.concept_relations)),
];

/// What was counted for one system.
struct Measured {
    counts: Resampled,
    missing: u64,
    mentions: Outcomes,
    relations: Outcomes,
    confusion: Vec<Vec<u64>>,
    losses: Losses,
    errors: Errors,
}

impl Measured {
    fn new(
        gold: &Corpus,
        system: &System,
        (scheme, frame): (&Scheme, &Frame),
        resampling: &Resampling,
    ) -> Self {
        let pairs = Pairs::new(gold, system.predicted);
        let mut documents = Vec::with_capacity(gold.documents.len());
        let (mut mentions, mut relations) = (Outcomes::default(), Outcomes::default());
        let none = frame.predicates.names().len();
        let mut confusion = vec![vec![0; none + 1]; none + 1];
        let (mut losses, mut errors) = (Losses::default(), Errors::default());
        for (gold, predicted) in pairs.iter(gold) {
            let matching = Matching::new(gold, predicted, scheme);
            documents.push(Counts::new(gold, predicted, &matching, (scheme, frame)));
            let mut right = vec![false; predicted.mentions.len()];
            matching.overlap.iter().for_each(|(_, p)| right[*p] = true);
            mentions.add(predicted.mentions.iter().map(|m| m.confidence).zip(right), gold.mentions.len());
            let right = |p: usize| matching.relations.iter().any(|(_, x)| *x == p);
            let counted = matching.counted.iter().map(|&p| (predicted.relations[p].confidence, right(p)));
            relations.add(counted, gold.relations.len());
            let row = |labels: &[String]| frame.predicates.row(labels);
            for (g, p) in matching.relations.iter().chain(&matching.confused) {
                confusion[row(&gold.relations[*g].labels)][row(&predicted.relations[*p].labels)] += 1;
            }
            let paired = || matching.relations.iter().chain(&matching.confused);
            for g in (0..gold.relations.len()).filter(|g| paired().all(|(x, _)| x != g)) {
                confusion[row(&gold.relations[g].labels)][none] += 1;
            }
            for p in matching.counted.iter().filter(|p| paired().all(|(_, x)| x != *p)) {
                confusion[none][row(&predicted.relations[*p].labels)] += 1;
            }
            if let Some(known) = system.known {
                losses.add(gold, predicted, &matching, known);
            }
            let vocabularies = &frame.vocabularies;
            Case { gold, predicted, matching: &matching, vocabularies }.add(&mut errors);
        }
        let counts = Resampled::new(documents, &Counts::empty(frame), resampling);
        Self { counts, missing: pairs.missing, mentions, relations, confusion, losses, errors }
    }

    fn results(self, system: &System, frame: &Frame) -> SystemResults {
        let sum = &self.counts.total;
        let (mentions, relations) = (total(&sum.strict), total(&sum.relations));
        let concepts = total(&sum.concepts);
        let mut results = SystemResults {
            name: system.name.clone(),
            source: system.source.clone(),
            version: system.version.clone(),
            missing_documents: self.missing,
            mentions: (mentions.gold > 0).then(|| self.mention_results(frame)),
            concepts: (concepts.gold > 0).then(|| self.concept_results(frame)),
            relations: (relations.gold > 0).then(|| self.relation_results(frame)),
            document_relations: (sum.concept_pairs.gold > 0).then(|| self.document_relation_results(frame)),
            confusion: (relations.gold > 0).then(|| self.confusion(frame)),
            losses: self.losses.table(),
            ..SystemResults::default()
        };
        for (layer, outcomes, gold) in [
            (Layer::Mentions, &self.mentions, mentions.gold),
            (Layer::Relations, &self.relations, relations.gold),
        ] {
            if gold > 0 && outcomes.is_graded() {
                results.curves.push(outcomes.curve(layer));
                results.calibration.push(outcomes.calibration(layer));
            }
        }
        results.errors = self.errors;
        results
    }

    fn mention_results(&self, frame: &Frame) -> MentionResults {
        let score = |rows: fn(&Counts) -> &[Tally], row: usize| self.counts.score(|c| rows(c)[row]);
        let by_type = |(row, name): (usize, &String)| TypeScore {
            label: name.clone(),
            strict: score(|c| &c.strict, row),
            overlap: score(|c| &c.overlap, row),
        };
        let in_gold = |row: usize| self.counts.total.strict[row].gold > 0;
        MentionResults {
            strict: self.counts.score(|c| total(&c.strict)),
            overlap: self.counts.score(|c| total(&c.overlap)),
            strict_macro: mean(&self.counts.total.strict),
            overlap_macro: mean(&self.counts.total.overlap),
            by_type: frame
                .types
                .names()
                .iter()
                .enumerate()
                .filter(|(row, _)| in_gold(*row))
                .map(by_type)
                .collect(),
        }
    }

    fn concept_results(&self, frame: &Frame) -> ConceptResults {
        let Vocabularies(vocabularies) = &frame.vocabularies;
        ConceptResults {
            vocabularies: vocabularies.iter().filter(|v| !v.is_empty()).cloned().collect(),
            by_document: self.counts.score(|c| total(&c.concepts)),
            by_mention: self.counts.score(|c| c.concepts_by_mention),
            by_type: self.labelled(&frame.types, |c| &c.concepts),
        }
    }

    fn relation_results(&self, frame: &Frame) -> RelationResults {
        let sum = &self.counts.total;
        let flags_right = match total(&sum.relations).true_positives {
            0 => 0.0,
            matched => round4(sum.flags_right as f64 / matched as f64),
        };
        RelationResults {
            full: self.counts.score(|c| total(&c.relations)),
            undirected: self.counts.score(|c| c.undirected),
            pair: self.counts.score(|c| c.pairs),
            full_macro: mean(&sum.relations),
            by_predicate: self.labelled(&frame.predicates, |c| &c.relations),
            negated: self.counts.score(|c| c.negated),
            hedged: self.counts.score(|c| c.hedged),
            flags_right,
        }
    }

    fn document_relation_results(&self, frame: &Frame) -> DocumentRelationResults {
        DocumentRelationResults {
            full: self.counts.score(|c| total(&c.concept_relations)),
            pair: self.counts.score(|c| c.concept_pairs),
            by_predicate: self.labelled(&frame.predicates, |c| &c.concept_relations),
        }
    }

    /// Lists the rows that gold has items of.
    fn labelled(&self, rows: &Rows, tallies: fn(&Counts) -> &[Tally]) -> Vec<Labelled> {
        let named = rows.names().iter().enumerate();
        let in_gold = named.filter(|(row, _)| tallies(&self.counts.total)[*row].gold > 0);
        in_gold
            .map(|(row, name)| Labelled {
                label: name.clone(),
                score: self.counts.score(|c| tallies(c)[row]),
            })
            .collect()
    }

    /// Returns the matrix of the predicates that occur.
    fn confusion(&self, frame: &Frame) -> Confusion {
        let mut labels: Vec<String> = frame.predicates.names().to_vec();
        labels.push("none".into());
        let occurs = |i: usize| {
            self.confusion[i].iter().sum::<u64>() + self.confusion.iter().map(|r| r[i]).sum::<u64>() > 0
        };
        let kept: Vec<usize> = (0..labels.len()).filter(|&i| occurs(i) || i + 1 == labels.len()).collect();
        let row = |i: &usize| kept.iter().map(|j| self.confusion[*i][*j]).collect();
        Confusion {
            counts: kept.iter().map(row).collect(),
            labels: kept.iter().map(|i| labels[*i].clone()).collect(),
        }
    }
}

/// Returns the plain mean over the rows that gold has items of.
fn mean(rows: &[Tally]) -> Macro {
    let rows: Vec<&Tally> = rows.iter().filter(|t| t.gold > 0).collect();
    let of = |measure: fn(Tally) -> f64| {
        if rows.is_empty() { 0.0 } else { rows.iter().map(|t| measure(**t)).sum::<f64>() / rows.len() as f64 }
    };
    Macro { precision: of(Tally::precision), recall: of(Tally::recall), f1: of(Tally::f1) }
}
