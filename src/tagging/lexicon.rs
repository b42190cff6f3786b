//! Names: candidates from the lexicon, with the choice among a name's meanings.

use std::collections::BTreeSet;

use crate::document::{CytokineRole, EntityType};
use crate::lexicon::{Lexicon, Sense};

use super::phrases::names_a_virus;
use super::qualifiers::starts_with_state;
use super::scene::{Candidate, Joint, Scene, Source};

/// Letters before a symbol that say where the protein comes from: recombinant, human, murine, ...
const ORIGIN: [&str; 16] =
    ["r", "rh", "rhu", "hr", "h", "hu", "m", "mu", "rm", "rmu", "p", "n", "nh", "rhum", "rr", "peg"];

/// Letters before the symbol of a receptor or of a ligand that is cut off its cell: soluble.
const SOLUBLE: [&str; 2] = ["s", "sol"];

/// Concepts that the document names without doubt: evidence for names that need context.
pub(super) type Evidence = BTreeSet<u32>;

/// Adds a candidate for each name that stands in a sentence.
pub(super) fn find(scene: &mut Scene<'_>, lexicon: &Lexicon, evidence: &dyn Fn() -> Evidence) {
    for first in 0..scene.len() {
        if !scene.may_start(first) {
            continue;
        }
        let name = if is_prefix(scene, first) { first + 1 } else { first };
        let mut found = lexicon.longest(&scene.masked, &scene.keyed, name);
        if name > first {
            let focus = found.as_ref().is_some_and(|m| {
                m.senses.iter().any(|s| matches!(s.kind, EntityType::Cytokine | EntityType::Receptor))
            });
            if !focus {
                found = lexicon.longest(&scene.masked, &scene.keyed, first);
            }
            let start = if focus { name } else { first };
            add(scene, found, first, start, evidence);
        } else {
            add(scene, found, first, first, evidence);
        }
    }
}

fn add(
    scene: &mut Scene<'_>,
    found: Option<crate::lexicon::NameMatch>,
    first: usize,
    name: usize,
    evidence: &dyn Fn() -> Evidence,
) {
    let Some(found) = found else { return };
    let last = name + found.atoms - 1;
    let Some(senses) = choose(found.senses, evidence) else { return };
    let kind = senses[0].kind;
    if names_a_virus(scene, kind, last) || starts_with_state(scene, kind, (first, last)) {
        return;
    }
    let (span, role, parts) = (scene.span(first, last), CytokineRole::None, Vec::new());
    scene.push(Candidate { atoms: (first, last), span, kind, senses, role, parts, source: Source::Lexicon });
}

/// Tells whether an atom is a prefix of the symbol that follows: `r` in `rIL-2`, `s` in `sIL-2R`.
pub(super) fn is_prefix(scene: &Scene<'_>, i: usize) -> bool {
    let known = ORIGIN.contains(&scene.atom(i)) || SOLUBLE.contains(&scene.atom(i));
    known && i + 1 < scene.len() && scene.joint(i + 1) != Joint::Space && scene.is_word(i + 1)
}

/// Chooses the type of a name and returns the meanings of that type.
///
/// Meanings in exact case go before others; meanings that need context are dropped unless the document names their
/// concept elsewhere; then the order of [`EntityType`] decides.
fn choose(senses: Vec<Sense>, evidence: &dyn Fn() -> Evidence) -> Option<Vec<Sense>> {
    let mut senses: Vec<Sense> = if senses.iter().any(|s| s.needs_context) {
        let known = evidence();
        senses.into_iter().filter(|s| !s.needs_context || known.contains(&s.concept)).collect()
    } else {
        senses
    };
    if senses.iter().any(|s| s.exact) {
        senses.retain(|s| s.exact);
    }
    let kind = senses.iter().map(|s| s.kind).min()?;
    senses.retain(|s| s.kind == kind);
    Some(senses)
}

/// Collects the concepts that a text names without doubt.
pub(super) fn evidence(text: &str, lexicon: &Lexicon) -> Evidence {
    let keyed = crate::lexicon::key::fold(text);
    let mut known = Evidence::new();
    for first in 0..keyed.atoms.len() {
        if let Some(found) = lexicon.longest(text, &keyed, first) {
            known.extend(found.senses.iter().filter(|s| !s.needs_context).map(|s| s.concept));
        }
    }
    known
}
