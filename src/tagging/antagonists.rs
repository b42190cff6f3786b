//! Antagonists: antibodies and inhibitors composed with the name of what they act on.

use crate::document::{CytokineRole, EntityType};

use super::scene::{Scene, Source, is_break};

/// What an antibody or an `anti-` word may act on.
const TARGETS: [EntityType; 3] = [EntityType::Cytokine, EntityType::Receptor, EntityType::Gene];

/// Words between `anti-X` and the word that ends the name.
const BETWEEN: [&str; 19] = [
    "human",
    "mouse",
    "murine",
    "rat",
    "rabbit",
    "monoclonal",
    "polyclonal",
    "neutralizing",
    "neutralising",
    "blocking",
    "receptor",
    "specific",
    "igg",
    "chimeric",
    "humanized",
    "alpha",
    "beta",
    "serum",
    "fab",
];

/// Words that end the name of an antibody.
const ENDS: [&str; 15] = [
    "antibody",
    "mab",
    "moab",
    "ab",
    "antiserum",
    "antisera",
    "serum",
    "agent",
    "drug",
    "fab",
    "immunotoxin",
    "igg",
    "biologic",
    "nanobody",
    "immunoglobulin",
];

/// Heads that take a target after `to` or `against`.
const ANTIBODIES: [&str; 6] = ["antibody", "mab", "moab", "antiserum", "antisera", "ab"];

/// Adds a candidate for each composed antibody: `anti-IL-6 antibody`, `monoclonal antibodies to G-CSF and M-CSF`.
pub(super) fn find(scene: &mut Scene<'_>) {
    for i in 0..scene.len() {
        if scene.atom(i) == "anti" && scene.may_start(i) {
            if let Some(last) = anti(scene, i) {
                scene.push_pattern((i, last), EntityType::Therapy, CytokineRole::Antagonist);
            }
        } else if ANTIBODIES.contains(&scene.atom(i))
            && let Some(atoms) = antibody_against(scene, i)
        {
            scene.push_pattern(atoms, EntityType::Therapy, CytokineRole::Antagonist);
        }
    }
}

/// Returns the last atom of the name that `anti` at an atom begins.
fn anti(scene: &Scene<'_>, first: usize) -> Option<usize> {
    let mut at = first + 1;
    while at < scene.len() && (BETWEEN.contains(&scene.atom(at)) || scene.atom(at) == "(") {
        at += 1;
    }
    let mut last = target(scene, at)?;
    if last + 1 < scene.len() && scene.atom(last + 1) == ")" {
        last += 1;
    }
    Some(end_of_name(scene, last))
}

/// Extends a name over `neutralizing monoclonal antibody` and the like; stays if no such word ends it.
fn end_of_name(scene: &Scene<'_>, last: usize) -> usize {
    let mut end = last;
    for at in last + 1..scene.len() {
        if ENDS.contains(&scene.atom(at)) && scene.may_end(at) {
            end = at;
        } else if !BETWEEN.contains(&scene.atom(at)) {
            break;
        }
    }
    end
}

/// Returns the last atom of the antibody's target that starts at an atom: a mention or a symbol.
fn target(scene: &Scene<'_>, first: usize) -> Option<usize> {
    if first >= scene.len() || !scene.is_word(first) {
        return None;
    }
    if let Some(inner) = scene.starting_at(first, &TARGETS).filter(|c| c.source != Source::Pattern) {
        return Some(inner.atoms.1);
    }
    let mut last = first;
    while last + 1 < scene.len()
        && scene.joint(last + 1) != super::scene::Joint::Space
        && !is_break(scene.atom(last + 1))
    {
        last += 1;
    }
    scene.is_symbol(first, last).then_some(last)
}

/// Returns the atoms of `antibody to X`, `antibodies directed against X and Y`, whose head stands at an atom.
fn antibody_against(scene: &Scene<'_>, head: usize) -> Option<(usize, usize)> {
    let mut at = head + 1;
    while at < scene.len() && ["specific", "directed", "raised", "reactive"].contains(&scene.atom(at)) {
        at += 1;
    }
    if at >= scene.len() || !["to", "against", "for"].contains(&scene.atom(at)) {
        return None;
    }
    at += 1;
    while at < scene.len() && ["the", "human", "murine", "mouse"].contains(&scene.atom(at)) {
        at += 1;
    }
    let mut last = target(scene, at)?;
    while last + 2 < scene.len() && ["and", "or"].contains(&scene.atom(last + 1)) {
        let Some(next) = scene.starting_at(last + 2, &TARGETS) else { break };
        last = next.atoms.1;
    }
    let first = scene.ending_at(head).filter(|c| c.kind == EntityType::Therapy).map_or(head, |c| c.atoms.0);
    Some((first, last))
}
