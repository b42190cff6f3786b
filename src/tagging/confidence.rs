//! Confidence: how often a mention of a source and type is right.

use super::scene::{Candidate, Source};

/// Share of mentions that overlap a gold mention of their type, by type in the order of [`crate::EntityType`].
///
/// Measured on train.jsonl (152 abstracts, 5,661 mentions) with name priors from the other training files. Where fewer
/// than 20 mentions of a type were found, the figure is the source's own over all types.
const PRECISION: [(Source, [f32; 8]); 4] = [
    // cytokine, receptor, gene, therapy, cancer, disease, cell, process
    (Source::Abbreviation, [0.99, 0.92, 0.92, 0.88, 0.98, 0.96, 0.99, 0.96]),
    (Source::Lexicon, [0.96, 0.92, 0.87, 0.91, 0.95, 0.89, 0.91, 0.89]),
    (Source::Pattern, [0.90, 0.90, 0.85, 0.91, 0.85, 0.94, 0.96, 0.79]),
    (Source::Coordination, [0.56; 8]),
];

/// What is left of the confidence when the name stands for one of several concepts; not measured.
const AMBIGUOUS: f32 = 0.65;

/// Returns the probability that a candidate is a mention.
///
/// A name that the training documents mark less often than its kind keeps its own, lower figure.
pub(super) fn of(candidate: &Candidate) -> f32 {
    let row = PRECISION.iter().find(|(source, _)| *source == candidate.source);
    let measured = row.map_or(0.5, |(_, row)| row[candidate.kind as usize]);
    let p = match candidate.source {
        Source::Lexicon => measured.min(candidate.probability),
        _ => measured,
    };
    if candidate.senses.len() > 1 { p * AMBIGUOUS } else { p }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntityType;
    use crate::document::{CytokineRole, Span};

    #[test]
    fn doubtful_names_are_less_sure_than_their_kind() {
        let candidate = |source, probability| Candidate {
            atoms: (0, 0),
            span: Span::new(0, 1),
            kind: EntityType::Gene,
            senses: Vec::new(),
            role: CytokineRole::None,
            parts: Vec::new(),
            source,
            probability,
        };
        for (source, probability, wanted) in
            [(Source::Lexicon, 0.99, 0.87), (Source::Lexicon, 0.6, 0.6), (Source::Abbreviation, 0.6, 0.92)]
        {
            assert_eq!(of(&candidate(source, probability)), wanted, "{source:?} {probability}");
        }
    }
}
