//! Abbreviations: a short form stands for its long form everywhere in the document.

use std::cell::OnceCell;

use crate::document::{Abbreviation, CytokineRole, EntityType};
use crate::lexicon::Sense;

use super::gate::Gate;
use super::scene::{Candidate, Scene, Source};

/// A short form that the document defines.
struct ShortForm<'a> {
    text: &'a str,
    long: &'a str,
    meaning: OnceCell<Option<Meaning>>,
    is_focus: OnceCell<bool>,
}

#[derive(Debug)]
struct Meaning {
    kind: EntityType,
    senses: Vec<Sense>,
    role: CytokineRole,
    parts: Vec<Sense>,
    probability: f32,
}

impl Meaning {
    /// Tells whether it is a cytokine, a receptor or a therapy aimed at one.
    fn is_focus(&self) -> bool {
        matches!(self.kind, EntityType::Cytokine | EntityType::Receptor)
            || self.kind == EntityType::Therapy
                && (self.role != CytokineRole::None || self.senses.iter().any(Sense::is_focus))
    }
}

/// Finds the candidates of a long form on its own.
pub(super) type Tag<'a> = dyn Fn(&'a str) -> Scene<'a> + 'a;

/// The short forms of a document. What they stand for is found out when it is first asked for, as most sentences hold none.
pub(super) struct ShortForms<'a> {
    forms: Vec<ShortForm<'a>>,
    gate: &'a Gate,
    tag: &'a Tag<'a>,
}

impl<'a> ShortForms<'a> {
    /// Collects the abbreviations of a text.
    pub(super) fn new(
        text: &'a str,
        abbreviations: &[Abbreviation],
        gate: &'a Gate,
        tag: &'a Tag<'a>,
    ) -> Self {
        let mut forms: Vec<ShortForm<'_>> = Vec::new();
        for abbreviation in abbreviations {
            let (short, long) = (singular(abbreviation.short.slice(text)), abbreviation.long.slice(text));
            if short.chars().count() < 2 || forms.iter().any(|f| f.text == short) {
                continue;
            }
            forms.push(ShortForm { text: short, long, meaning: OnceCell::new(), is_focus: OnceCell::new() });
        }
        Self { forms, gate, tag }
    }

    /// Returns what a short form stands for.
    fn meaning<'f>(&self, form: &'f ShortForm<'a>) -> Option<&'f Meaning> {
        let resolve = || {
            let scene = (self.tag)(form.long);
            scene.len().checked_sub(1).and_then(|last| meaning(&scene, last))
        };
        form.meaning.get_or_init(resolve).as_ref()
    }

    /// Tells whether a cytokine, a receptor or a therapy aimed at one has a short form here that stands in a text.
    pub(super) fn focus_in(&self, text: &str) -> bool {
        // The gate is quicker than the tagger, and most long forms do not pass it.
        let is_focus = |form: &ShortForm<'a>| {
            self.gate.opens_sentence(form.long) && self.meaning(form).is_some_and(Meaning::is_focus)
        };
        self.forms.iter().any(|f| *f.is_focus.get_or_init(|| is_focus(f)) && text.contains(f.text))
    }

    /// Adds a candidate for each short form in a sentence, and removes names that it is defined not to be.
    pub(super) fn find(&self, scene: &mut Scene<'_>) {
        for form in &self.forms {
            for first in 0..scene.len() {
                let Some(last) = occurrence(scene, first, form.text) else { continue };
                match self.meaning(form) {
                    Some(m) => {
                        scene.push(Candidate {
                            atoms: (first, last),
                            span: scene.span(first, last),
                            kind: m.kind,
                            senses: m.senses.clone(),
                            role: m.role,
                            parts: m.parts.clone(),
                            source: Source::Abbreviation,
                            probability: m.probability,
                        });
                    }
                    None if is_weak(form.text) => scene.remove((first, last)),
                    None => {}
                }
            }
        }
    }
}

/// A plural short form (`MDSCs`) without its `s`.
fn singular(short: &str) -> &str {
    match short.strip_suffix('s') {
        Some(stem) if stem.ends_with(char::is_uppercase) => stem,
        _ => short,
    }
}

/// Tells whether a short form is so short that it stands for many things: letters only, four at most.
fn is_weak(short: &str) -> bool {
    short.chars().count() <= 4 && short.chars().all(char::is_alphabetic)
}

/// Returns what a long form stands for: the longest candidate at its end, if that is its greater part.
fn meaning(scene: &Scene<'_>, last: usize) -> Option<Meaning> {
    let found = scene.ending_at(last)?;
    let whole = scene.span(0, last).len();
    (2 * found.span.len() >= whole).then(|| Meaning {
        kind: found.kind,
        senses: found.senses.clone(),
        role: found.role,
        parts: found.parts.clone(),
        probability: found.probability,
    })
}

/// Returns the last atom of a short form that starts at an atom.
fn occurrence(scene: &Scene<'_>, first: usize, short: &str) -> Option<usize> {
    let start = scene.keyed.atoms[first].start as usize;
    // Most atoms begin with another letter.
    if scene.masked.as_bytes().get(start) != short.as_bytes().first() {
        return None;
    }
    let rest = scene.masked[start..].strip_prefix(short)?;
    if !scene.may_start(first) {
        return None;
    }
    let end = start + short.len() + usize::from(rest.starts_with('s'));
    let mut last = first;
    while (scene.keyed.atoms[last].end as usize) < end && last + 1 < scene.len() {
        last += 1;
    }
    let exact = [end, start + short.len()].contains(&(scene.keyed.atoms[last].end as usize));
    (exact && scene.may_end(last)).then_some(last)
}
