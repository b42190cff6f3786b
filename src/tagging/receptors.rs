//! Receptors written as a cytokine's symbol with `R`: `IL-2R`, `sIL-2Rα`, `TGF-beta RII`.

use crate::document::{CytokineRole, EntityType};
use crate::lexicon::{Sense, key};

use super::lexicon::{Names, is_prefix};
use super::scene::{Candidate, Joint, Scene, Source};

/// What may follow the `R` and belong to it.
const TAILS: [&str; 16] = [
    "alpha", "beta", "gamma", "a", "b", "g", "1", "2", "i", "ii", "iii", "ri", "chain", "subunit", "type",
    "complex",
];

/// Words that are the `R` with its number.
const HEADS: [&str; 4] = ["r", "ri", "rii", "rs"];

/// How often such a receptor is one: measured on train.jsonl.
const PROBABILITY: f32 = 0.95;

/// Adds a candidate for each receptor whose `R` follows a cytokine's symbol.
pub(super) fn find(scene: &mut Scene<'_>, names: Names) {
    for head in 1..scene.len() {
        if !HEADS.contains(&scene.atom(head)) || !scene.surface(head, head).starts_with('R') {
            continue;
        }
        let Some((first, name)) = symbol_before(scene, names, head) else { continue };
        let mut last = head;
        while last + 1 < scene.len()
            && TAILS.contains(&scene.atom(last + 1))
            && (scene.joint(last + 1) != Joint::Space || scene.atom(last + 1).len() > 2)
        {
            last += 1;
        }
        let senses = [last, head]
            .into_iter()
            .find_map(|end| meaning(names, &format!("{name} receptor {}", tail(scene, head, end))))
            .unwrap_or_default();
        scene.push(Candidate {
            atoms: (first, last),
            span: scene.span(first, last),
            kind: EntityType::Receptor,
            senses,
            role: CytokineRole::None,
            parts: Vec::new(),
            source: Source::Pattern,
            probability: PROBABILITY,
        });
    }
}

/// Returns the first atom (with prefix) and the text of the cytokine's symbol that ends just before an atom.
fn symbol_before<'a>(scene: &Scene<'a>, names: Names, head: usize) -> Option<(usize, &'a str)> {
    if scene.joint(head) == Joint::Space && scene.atom(head) == "r" {
        return scene
            .ending_at(head - 1)
            .filter(|c| c.kind == EntityType::Cytokine)
            .map(|c| (c.atoms.0, scene.surface(c.atoms.0, c.atoms.1)));
    }
    let mut first = head;
    while first > 0 && scene.joint(first) != Joint::Space && scene.is_word(first - 1) {
        first -= 1;
    }
    if scene.joint(head) == Joint::Space {
        first = scene.ending_at(head - 1).filter(|c| c.kind == EntityType::Cytokine)?.atoms.0;
    }
    let name = if is_prefix(scene, first) && first + 1 < head { first + 1 } else { first };
    (name..head).find_map(|start| {
        let symbol = scene.surface(start, head - 1);
        let cytokine = meaning(names, symbol)?.iter().any(|s| s.kind == EntityType::Cytokine);
        let first = if start == name { first } else { start };
        cytokine.then_some((first, symbol))
    })
}

/// Returns what follows the word `receptor` in the full name: `R` of `RII` and its tail without it.
fn tail<'a>(scene: &Scene<'a>, head: usize, last: usize) -> &'a str {
    scene.surface(head, last)[1..].trim_start_matches('s')
}

/// Returns the meanings of a whole name.
fn meaning(names: Names, name: &str) -> Option<Vec<Sense>> {
    let keyed = key::fold(name);
    let found = names.lexicon.longest(name, &keyed, 0)?;
    (found.atoms == keyed.atoms.len()).then_some(found.senses)
}
