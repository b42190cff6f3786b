//! Lists: the half-written names of coordinations (`IL-1, -2 and -6`) become candidates.

use crate::document::{CytokineRole, EntityType, Span};
use crate::lexicon::{Lexicon, Sense, key};

use super::coordination::{self, Standing};
use super::overlap;
use super::scene::{Candidate, Source};

/// Types whose names are written in lists with ellipsis.
const LISTED: [EntityType; 3] = [EntityType::Cytokine, EntityType::Receptor, EntityType::Gene];

/// Adds the further names of the lists that begin or end at a candidate.
///
/// A piece with a place of its own becomes a candidate; one within the anchor's place (`IFN-α/β`) adds its meanings to
/// the anchor, which then stands for several concepts.
pub(super) fn expand(candidates: Vec<Candidate>, text: &str, lexicon: &Lexicon) -> Vec<Candidate> {
    let mut pieces = Vec::new();
    let mut all = Vec::with_capacity(candidates.len());
    for mut anchor in candidates {
        if LISTED.contains(&anchor.kind) && !anchor.senses.is_empty() && may_list(text, anchor.span) {
            let resolve = |name: &str| meaning(name, lexicon);
            let whole = Span::new(0, text.len());
            let found = coordination::expand(text, whole, anchor.span, &resolve);
            if let Some((end, (kind, senses))) = found.head {
                (anchor.span.end, anchor.kind, anchor.senses) = (end, kind, senses);
            }
            for piece in found.pieces {
                let (kind, senses) = piece.meaning;
                if piece.standing == Standing::Shared {
                    anchor.span = anchor.span.cover(piece.span);
                    anchor.parts.extend(senses);
                } else {
                    pieces.push(Candidate {
                        atoms: anchor.atoms,
                        span: piece.span,
                        kind,
                        senses,
                        role: CytokineRole::None,
                        parts: Vec::new(),
                        source: Source::Coordination,
                        probability: anchor.probability,
                    });
                }
            }
        }
        all.push(anchor);
    }
    all.extend(pieces);
    overlap::resolve(all)
}

/// Tells whether a mark or word of a list stands beside a name: a quick test.
fn may_list(text: &str, span: Span) -> bool {
    let (before, after) = (&text[..span.start as usize], text[span.end as usize..].trim_start());
    after.starts_with(['/', ',', '&', '-'])
        || after.starts_with("and")
        || after.starts_with("or")
        || before.ends_with('/')
        || before.ends_with("and ")
        || before.ends_with("or ")
}

/// Returns what a full name means: the type and the meanings of that type.
fn meaning(name: &str, lexicon: &Lexicon) -> Option<(EntityType, Vec<Sense>)> {
    let keyed = key::fold(name);
    let found = lexicon.longest(name, &keyed, 0).filter(|m| m.atoms == keyed.atoms.len())?;
    let kind = found.senses.iter().map(|s| s.kind).min()?;
    let senses = found.senses.into_iter().filter(|s| s.kind == kind).collect();
    LISTED.contains(&kind).then_some((kind, senses))
}
