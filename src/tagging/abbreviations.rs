//! Abbreviations: a short form stands for its long form everywhere in the document.

use crate::document::{Abbreviation, CytokineRole, EntityType};
use crate::lexicon::Sense;

use super::scene::{Candidate, Scene, Source};

/// A short form that the document defines.
#[derive(Debug)]
pub(super) struct ShortForm {
    text: String,
    meaning: Option<Meaning>,
}

#[derive(Debug)]
struct Meaning {
    kind: EntityType,
    senses: Vec<Sense>,
    role: CytokineRole,
    parts: Vec<Sense>,
    probability: f32,
}

/// The short forms of a document.
#[derive(Debug, Default)]
pub(super) struct ShortForms(Vec<ShortForm>);

impl ShortForms {
    /// Resolves the abbreviations of a text; `tag` finds the candidates of a long form on its own.
    pub(super) fn resolve<'a>(
        text: &'a str,
        abbreviations: &[Abbreviation],
        tag: impl Fn(&'a str) -> Scene<'a>,
    ) -> Self {
        let mut forms: Vec<ShortForm> = Vec::new();
        for abbreviation in abbreviations {
            let short = abbreviation.short.slice(text);
            let short = singular(short);
            if short.chars().count() < 2 || forms.iter().any(|f| f.text == short) {
                continue;
            }
            let scene = tag(abbreviation.long.slice(text));
            let meaning = scene.len().checked_sub(1).and_then(|last| meaning(&scene, last));
            forms.push(ShortForm { text: short.to_owned(), meaning });
        }
        Self(forms)
    }

    /// Tells whether a cytokine, a receptor or a therapy aimed at one has a short form here that stands in a text.
    pub(super) fn focus_in(&self, text: &str) -> bool {
        let focus = |m: &Meaning| {
            matches!(m.kind, EntityType::Cytokine | EntityType::Receptor)
                || m.kind == EntityType::Therapy
                    && (m.role != CytokineRole::None || m.senses.iter().any(Sense::is_focus))
        };
        self.0.iter().any(|f| f.meaning.as_ref().is_some_and(focus) && text.contains(&f.text))
    }

    /// Adds a candidate for each short form in a sentence, and removes names that it is defined not to be.
    pub(super) fn find(&self, scene: &mut Scene<'_>) {
        for form in &self.0 {
            for first in 0..scene.len() {
                let Some(last) = occurrence(scene, first, &form.text) else { continue };
                match &form.meaning {
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
                    None if is_weak(&form.text) => scene.remove((first, last)),
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
