//! Overlap: the one rule for competing candidates.

use std::cmp::Reverse;

use super::scene::Candidate;
use crate::document::{CytokineRole, Span};

/// Keeps candidates that do not overlap, in text order.
///
/// Where two cross and what the second leaves is a candidate too, the second is cut: `tumor cell` and `growth`, not
/// `tumor` and `cell growth`. Then the longest wins; of equal length one with a meaning, then the one from the stronger source, then the first in the order of
/// [`crate::EntityType`], then the first in the text.
pub(super) fn resolve(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    if candidates.len() < 2 {
        return candidates;
    }
    let crossed: Vec<bool> = candidates.iter().map(|c| is_cut(c.span, &candidates)).collect();
    let mut crossed = crossed.into_iter();
    candidates.retain(|_| !crossed.next().unwrap_or(false));
    candidates
        .sort_by_key(|c| (Reverse(c.span.len()), !c.has_meaning(), Reverse(c.source), c.kind, c.span.start));
    let mut kept: Vec<Candidate> = Vec::new();
    let composed: Vec<Candidate> =
        candidates.iter().filter(|c| c.role != CytokineRole::None).cloned().collect();
    for mut candidate in candidates {
        let inside = |c: &&Candidate| c.kind == candidate.kind && candidate.span.contains(c.span);
        if !candidate.has_meaning()
            && let Some(inner) = composed.iter().find(inside)
        {
            (candidate.role, candidate.parts) = (inner.role, inner.parts.clone());
        }
        if !kept.iter().any(|k| k.span.overlaps(candidate.span)) {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|c| c.span.start);
    kept
}

/// Tells whether a candidate's start lies in another one that starts before it, and a third has the rest.
fn is_cut(span: Span, candidates: &[Candidate]) -> bool {
    let crosses =
        |c: &&Candidate| c.span.start < span.start && span.start < c.span.end && c.span.end < span.end;
    candidates
        .iter()
        .filter(crosses)
        .any(|left| candidates.iter().any(|c| c.span.end == span.end && c.span.start >= left.span.end))
}

#[cfg(test)]
mod tests {
    use super::super::scene::Source;
    use super::*;
    use crate::document::EntityType;

    fn candidate(start: usize, end: usize, kind: EntityType, source: Source) -> Candidate {
        Candidate {
            atoms: (0, 0),
            span: Span::new(start, end),
            kind,
            senses: Vec::new(),
            role: CytokineRole::None,
            parts: Vec::new(),
            source,
            probability: 1.0,
        }
    }

    #[test]
    fn the_longest_wins_then_the_source_then_the_type() {
        use EntityType::{Cell, Cytokine, Gene, Receptor};
        use Source::{Abbreviation, Lexicon, Pattern};
        for (name, given, kept) in [
            ("longest", vec![(0, 4, Cytokine, Lexicon), (0, 13, Receptor, Pattern)], vec![(0, 13, Receptor)]),
            ("source", vec![(0, 2, Cytokine, Lexicon), (0, 2, Cell, Abbreviation)], vec![(0, 2, Cell)]),
            ("type", vec![(0, 3, Gene, Lexicon), (0, 3, Cytokine, Lexicon)], vec![(0, 3, Cytokine)]),
            (
                "touching",
                vec![(4, 6, Gene, Lexicon), (0, 4, Cell, Lexicon)],
                vec![(0, 4, Cell), (4, 6, Gene)],
            ),
            (
                "cut",
                vec![(0, 10, Cell, Lexicon), (6, 17, Gene, Lexicon), (11, 17, Gene, Lexicon)],
                vec![(0, 10, Cell), (11, 17, Gene)],
            ),
            (
                "crossing",
                vec![(0, 5, Gene, Lexicon), (4, 10, Cell, Lexicon), (9, 12, Gene, Lexicon)],
                vec![(4, 10, Cell)],
            ),
        ] {
            let given = given.into_iter().map(|(s, e, k, o)| candidate(s, e, k, o)).collect();
            let found: Vec<_> =
                resolve(given).iter().map(|c| (c.span.start as usize, c.span.end as usize, c.kind)).collect();
            assert_eq!(found, kept, "{name}");
        }
    }
}
