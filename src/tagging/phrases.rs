//! Phrases: applies the grammar of noun phrases to a sentence.

use crate::document::EntityType;

use super::grammar::{Grammar, Mode, Rule};
use super::scene::{Joint, Scene};

/// Adds a candidate for each phrase that a rule of the grammar finds.
pub(super) fn find(scene: &mut Scene<'_>, grammar: &Grammar) {
    let mut heads: Vec<(usize, usize)> = Vec::new();
    for i in 0..scene.len() {
        let mut bits = scene.words[i].head;
        while bits != 0 {
            heads.push((bits.trailing_zeros() as usize, i));
            bits &= bits - 1;
        }
    }
    heads.sort_unstable();
    for (number, head) in heads {
        let rule = &grammar.rules[number];
        if !scene.may_end(head) || !starts_word(scene, head, rule) {
            continue;
        }
        let first = whole_token(scene, extend_left(scene, rule, number, head), head);
        if rule.mode == Mode::Needs && first == head {
            continue;
        }
        let last = extend_right(scene, rule, number, head);
        if names_a_virus(scene, rule.kind, last) {
            continue;
        }
        scene.push_pattern((first, last), rule.kind, rule.role);
    }
}

/// A head is a whole word; only `R` may be glued to the name before it (`IL-2R`).
fn starts_word(scene: &Scene<'_>, head: usize, rule: &Rule) -> bool {
    scene.may_start(head) || rule.kind == EntityType::Receptor && scene.atom(head) == "r"
}

/// Moves the start of a phrase to the start of a token: `cytotoxicity`, not `dependent cytotoxicity`, after `antibody-`.
fn whole_token(scene: &Scene<'_>, first: usize, head: usize) -> usize {
    (first..head).find(|&i| scene.token_start(i) == i).unwrap_or(head)
}

/// Tells whether a disease or cancer is only the name of a virus: `hepatitis B virus`.
pub(super) fn names_a_virus(scene: &Scene<'_>, kind: EntityType, last: usize) -> bool {
    matches!(kind, EntityType::Disease | EntityType::Cancer | EntityType::Cell)
        && last + 1 < scene.len()
        && matches!(scene.atom(last + 1), "virus" | "viru" | "viral")
}

/// Returns the first atom of the phrase.
fn extend_left(scene: &Scene<'_>, rule: &Rule, number: usize, head: usize) -> usize {
    let mut first = head;
    let mut coordinated = false;
    while first > 0 {
        if let Some(start) = modifier_before(scene, rule, number, first) {
            first = start;
        } else if first < head && scene.may_start(head) {
            match conjunct_before(scene, rule, number, (first, head), coordinated) {
                Some(start) => (first, coordinated) = (start, true),
                None => break,
            }
        } else {
            break;
        }
    }
    first
}

/// Returns where the modifier that ends just before an atom starts.
fn modifier_before(scene: &Scene<'_>, rule: &Rule, number: usize, first: usize) -> Option<usize> {
    let last = first - 1;
    let listed = scene.words[last].modifier & 1 << number != 0;
    if let Some(inner) = scene.ending_at(last) {
        if rule.modifiers.accepts(inner.kind) {
            return Some(inner.atoms.0);
        }
        if inner.atoms.0 < inner.atoms.1 || !listed {
            return None;
        }
    }
    let token = scene.token_start(last);
    let free = !(token..=last).any(|i| holds_focus(scene, i));
    if rule.modifiers.symbol && free && scene.is_symbol(token, last) {
        return Some(token);
    }
    let compound = token < last && scene.words[last].compound && scene.joint(last) == Joint::Dash;
    if rule.modifiers.compound && compound && free {
        return Some(token);
    }
    listed.then_some(last)
}

fn holds_focus(scene: &Scene<'_>, i: usize) -> bool {
    scene.ending_at(i).is_some_and(super::scene::Candidate::is_focus)
}

/// Returns where the first conjunct of `breast and ovarian cancer` starts, if the phrase `(first, head)` has one.
fn conjunct_before(
    scene: &Scene<'_>,
    rule: &Rule,
    number: usize,
    (first, head): (usize, usize),
    coordinated: bool,
) -> Option<usize> {
    let mut mark = first - 1;
    match scene.atom(mark) {
        "and" | "or" | "/" => {}
        "," if coordinated => {}
        _ => return None,
    }
    // "and/or", ", and"
    while mark > 0 && matches!(scene.atom(mark - 1), "and" | "/" | ",") {
        mark -= 1;
    }
    if mark == 0 || scene.words[mark - 1].head & 1 << number != 0 {
        return None;
    }
    let plural = scene.surface(head, head).ends_with('s');
    match scene.ending_at(mark - 1) {
        // Two mentions (`melanoma and breast cancer`), unless an inhibitor or antibody has both as targets.
        Some(inner) => {
            let target = matches!(inner.kind, EntityType::Cytokine | EntityType::Receptor | EntityType::Gene);
            // A noun in the plural is no modifier: `cytokines or cytokine antagonists`.
            let class = scene.surface(mark - 1, mark - 1).ends_with('s');
            let shared = rule.kind == EntityType::Therapy && plural && target && !class;
            (shared && rule.modifiers.accepts(inner.kind)).then_some(inner.atoms.0)
        }
        None => modifier_before(scene, rule, number, mark),
    }
}

/// Returns the last atom of the phrase.
fn extend_right(scene: &Scene<'_>, rule: &Rule, number: usize, head: usize) -> usize {
    let mut last = head;
    while last + 1 < scene.len() && scene.words[last + 1].tail & 1 << number != 0 && scene.may_end(last + 1) {
        last += 1;
    }
    if rule.of_tissue && last + 2 < scene.len() && scene.atom(last + 1) == "of" {
        let mut site = last + 2;
        if scene.atom(site) == "the" {
            site += 1;
        }
        let end = (site..scene.len()).take_while(|&i| scene.words[i].tissue).last();
        return end.unwrap_or(last);
    }
    last
}
