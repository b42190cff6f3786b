//! Names: candidates from the lexicon, with the choice among a name's meanings.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::document::{CytokineRole, EntityType};
use crate::lexicon::{Lexicon, Sense, Start};

use super::gate::Gate;
use super::phrases::names_a_virus;
use super::priors::{Prior, Priors};
use super::qualifiers::starts_with_state;
use super::scene::{Candidate, Joint, Scene, Source};

/// Letters before a symbol that say where the protein comes from: recombinant, human, murine, ...
const ORIGIN: [&str; 16] =
    ["r", "rh", "rhu", "hr", "h", "hu", "m", "mu", "rm", "rmu", "p", "n", "nh", "rhum", "rr", "peg"];

/// Letters before the symbol of a receptor or of a ligand that is cut off its cell: soluble.
const SOLUBLE: [&str; 2] = ["s", "sol"];

/// What the rest of the document says for a name. Collected when first asked for.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    text: &'a str,
    gate: &'a Gate,
    known: OnceCell<BTreeSet<u32>>,
    on_focus: OnceCell<bool>,
}

impl<'a> Evidence<'a> {
    /// Makes the evidence of a document's text.
    pub(super) fn new(text: &'a str, gate: &'a Gate) -> Self {
        Self { text, gate, known: OnceCell::new(), on_focus: OnceCell::new() }
    }

    /// Tells whether the document holds a listed name of the focus, as those do that names were counted in.
    pub(super) fn is_on_focus(&self) -> bool {
        *self.on_focus.get_or_init(|| self.gate.opens_document(self.text))
    }

    /// Tells whether the document names a concept without doubt, which is evidence for names that need context.
    fn holds(&self, concept: u32) -> bool {
        self.known.get_or_init(|| sure_concepts(self.text, self.gate.names().lexicon)).contains(&concept)
    }
}

/// Tells whether a family's symbol ends here before its number: `IL` in `IL-99`, a member that no table knows.
fn is_cut_number(scene: &Scene<'_>, last: usize) -> bool {
    let digit = |i: usize| scene.atom(i).starts_with(|c: char| c.is_ascii_digit());
    let symbol = scene.surface(last, last).chars().all(char::is_uppercase);
    symbol && last + 1 < scene.len() && scene.joint(last + 1) == Joint::Dash && digit(last + 1)
}

/// Where names come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    /// Names with their concepts.
    pub(super) lexicon: &'static Lexicon,
    /// Names with their counts in the training documents.
    pub(super) priors: &'static Priors,
}

/// Adds a candidate for each name that stands in a sentence.
pub(super) fn find(scene: &mut Scene<'_>, names: Names, evidence: &Evidence<'_>) {
    let starts = names.lexicon.starts(&scene.keyed);
    let counted = names.priors.rows(starts.iter().map(|start| &start.beginning));
    for first in 0..scene.len() {
        if !scene.may_start(first) {
            continue;
        }
        let prefix = is_prefix(scene, first);
        let longest = |first: usize| longest(scene, names, (&starts[first], counted[first]), evidence);
        let found = prefix.then(|| longest(first + 1)).flatten();
        let focus = |f: &Found| matches!(f.kind, EntityType::Cytokine | EntityType::Receptor);
        let Some(mut found) = found.filter(focus).or_else(|| longest(first)) else {
            continue;
        };
        found.atoms.0 = first;
        let (kind, atoms) = (found.kind, found.atoms);
        if names_a_virus(scene, kind, atoms.1) || starts_with_state(scene, kind, atoms) {
            continue;
        }
        scene.push(Candidate {
            atoms,
            span: scene.span(atoms.0, atoms.1),
            kind,
            senses: found.senses,
            role: CytokineRole::None,
            parts: Vec::new(),
            source: Source::Lexicon,
            probability: found.probability,
        });
    }
}

/// A name with its type settled.
struct Found {
    atoms: (usize, usize),
    kind: EntityType,
    senses: Vec<Sense>,
    probability: f32,
}

/// Returns the longest name that starts at an atom, if it is more likely a mention than not.
fn longest(
    scene: &Scene<'_>,
    names: Names,
    (start, counted): (&Start, [u32; 2]),
    evidence: &Evidence<'_>,
) -> Option<Found> {
    let listed = names.lexicon.longest_from(start, &scene.masked, &scene.keyed);
    let (counted, _) = names.priors.longest_from(counted, &start.beginning, &scene.masked, &scene.keyed);
    let atoms = listed.as_ref().map_or(0, |m| m.atoms).max(counted.map_or(0, |(n, _)| n));
    let senses = listed.filter(|m| m.atoms == atoms).map_or(Vec::new(), |m| m.senses);
    let prior = counted.filter(|(n, _)| *n == atoms).map(|(_, p)| p);
    let first = start.beginning.first;
    let last = first + atoms.checked_sub(1)?;
    let (kind, senses, probability) = choose(senses, prior, evidence)?;
    let short = atoms == 1 && senses.is_empty() && scene.atom(first).len() <= 3;
    if short && prior.is_none_or(|p| p.marked(kind) < 2.0) {
        return None;
    }
    if matches!(kind, EntityType::Cytokine | EntityType::Receptor) && is_cut_number(scene, last) {
        return None;
    }
    Some(Found { atoms: (first, last), kind, senses, probability })
}

/// Tells whether an atom is a prefix of the symbol that follows: `r` in `rIL-2`, `s` in `sIL-2R`.
pub(super) fn is_prefix(scene: &Scene<'_>, i: usize) -> bool {
    // Most atoms stand before a space.
    let joined = i + 1 < scene.len() && scene.joint(i + 1) != Joint::Space && scene.is_word(i + 1);
    let known = |atom: &str| atom.len() <= 4 && (ORIGIN.contains(&atom) || SOLUBLE.contains(&atom));
    joined && known(scene.atom(i))
}

/// What a table of the lexicon says for its names where counts are few, in the order of [`EntityType`].
///
/// Set by hand near the precision of each type's names (confidence.rs), lower for the tables that hold many ordinary
/// words: therapies, diseases and processes.
const TABLE_PRECISION: [f32; 8] = [0.95, 0.9, 0.8, 0.65, 0.9, 0.7, 0.85, 0.6];

/// The same for a name that is also an ordinary word or a common abbreviation.
const NEEDS_CONTEXT: f32 = 0.2;

/// How many documents the table's precision weighs against the counts.
const TABLE_WEIGHT: f32 = 1.0;

/// What a name loses for which there are counts alone.
const UNLISTED: f32 = 0.5;

/// Chooses the type of a name and returns the meanings of that type and its probability.
///
/// Meanings in exact case go before others; the counts decide among types together with the precision of the tables;
/// a name that is less likely a mention than not is none.
fn choose(
    mut senses: Vec<Sense>,
    prior: Option<Prior>,
    evidence: &Evidence<'_>,
) -> Option<(EntityType, Vec<Sense>, f32)> {
    if senses.iter().any(|s| s.exact) {
        senses.retain(|s| s.exact);
    }
    let prior = prior.unwrap_or_default();
    let weight = if senses.is_empty() { UNLISTED } else { TABLE_WEIGHT };
    let mut best: Option<(EntityType, f32)> = None;
    for kind in EntityType::ALL {
        let reaches = |table: f32| (prior.marked(kind) + weight * table) / (prior.documents() + weight);
        let precision = TABLE_PRECISION[kind as usize];
        let mut listed = senses.iter().filter(|s| s.kind == kind);
        let sure = |s: &Sense| !s.needs_context;
        // Evidence is dear, so it is looked for only where it can decide.
        let decides = || reaches(precision) >= best.map_or(0.5, |(_, b)| b.max(0.5));
        let table = match listed.clone().next() {
            None => 0.0,
            Some(_) if listed.clone().any(sure) => precision,
            Some(_) if decides() && listed.any(|s| evidence.holds(s.concept)) => precision,
            Some(_) => NEEDS_CONTEXT,
        };
        let p = reaches(table);
        if best.is_none_or(|(_, b)| p > b) {
            best = Some((kind, p));
        }
    }
    let (kind, p) = best.filter(|(_, p)| *p >= 0.5)?;
    senses.retain(|s| s.kind == kind);
    Some((kind, senses, p))
}

/// Collects the concepts that a text names without doubt.
fn sure_concepts(text: &str, lexicon: &Lexicon) -> BTreeSet<u32> {
    let keyed = crate::lexicon::key::fold(text);
    let mut known = BTreeSet::new();
    for start in lexicon.starts(&keyed) {
        if let Some(found) = lexicon.longest_from(&start, text, &keyed) {
            known.extend(found.senses.iter().filter(|s| !s.needs_context).map(|s| s.concept));
        }
    }
    known
}
