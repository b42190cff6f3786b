//! Confidence: how often a mention of a source and type is right.

use crate::document::EntityType;

use super::scene::Source;

/// Returns the prior probability that a mention is right.
pub(super) fn prior(source: Source, kind: EntityType, ambiguous: bool) -> f32 {
    let _ = kind;
    match source {
        _ if ambiguous => 0.6,
        Source::Abbreviation => 0.9,
        Source::Lexicon | Source::Coordination => 0.95,
        Source::Pattern => 0.8,
    }
}
