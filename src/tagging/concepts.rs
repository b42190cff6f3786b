//! Concepts: what a candidate's meanings become in its mention.

use crate::document::{Concept, CytokineRole};
use crate::lexicon::Lexicon;

use super::scene::Candidate;

/// Returns a candidate's concepts.
///
/// A composed therapy (`anti-IL-6 antibody`) gets one concept for each cytokine or receptor that it names: the role is
/// the composition's, the target the named one.
pub(super) fn of(candidate: &Candidate, lexicon: &Lexicon, text: &str) -> Vec<Concept> {
    if candidate.role == CytokineRole::None {
        return candidate.senses.iter().chain(&candidate.parts).map(|s| lexicon.concept(s.concept)).collect();
    }
    let (prefix, word) = match candidate.role {
        CytokineRole::Antagonist => ("antagonist", "antagonist"),
        _ => ("based", "therapy"),
    };
    if candidate.parts.is_empty() {
        // A class without an identifier: "cytokine antagonists".
        let name = candidate.span.slice(text).to_owned();
        return vec![Concept {
            id: format!("CYTOSIFT:{prefix}"),
            name,
            role: candidate.role,
            ..Concept::default()
        }];
    }
    let composed = |part: Concept| {
        let target = part.target.unwrap_or(crate::document::Target { id: part.id, name: part.name });
        Concept {
            id: format!("CYTOSIFT:{prefix}-{}", target.id.trim_start_matches("CYTOSIFT:").replace(':', "-")),
            name: format!("{} {word}", target.name),
            role: candidate.role,
            target: Some(target),
            ..Concept::default()
        }
    };
    let mut concepts: Vec<Concept> =
        candidate.parts.iter().map(|s| composed(lexicon.concept(s.concept))).collect();
    concepts.dedup_by(|a, b| a.id == b.id);
    concepts
}
