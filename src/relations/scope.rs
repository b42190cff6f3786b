//! Scopes: negation, hedging and words of setting, each from cues of a class and the stretch that they cover.
//!
//! A negation covers what follows it up to "but" or B, or the noun phrase that it opens ("no effect of A on B"), or the
//! verb that follows B ("A ... B was not seen"). A hedge covers the sentence from itself on; "may" its own clause only.

use crate::document::Predicate;

use super::conditions::{Pair, Symbol};
use super::syntax::{View, What};
use super::triggers::{ClassId, Form};

/// The two flags of a relation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// The sentence denies it.
    pub(super) negated: bool,
    /// The sentence offers it as possible or as an aim.
    pub(super) hedged: bool,
}

/// Reads the flags of a pair.
pub(super) fn flags(view: &View, pair: &Pair, predicate: Predicate, title: bool) -> Flags {
    Flags { negated: negated(view, pair, predicate), hedged: hedged(view, pair, predicate, title) }
}

fn class(symbol: Symbol) -> Option<ClassId> {
    match symbol {
        Symbol::Trigger(t, _) => Some(t.class),
        _ => None,
    }
}

fn negated(view: &View, pair: &Pair, predicate: Predicate) -> bool {
    let known = &view.triggers.known;
    let is = |s: Option<&Symbol>, classes: &[ClassId]| {
        s.copied().and_then(class).is_some_and(|c| classes.contains(&c))
    };
    let path = &pair.path;
    let cue = |i: usize| {
        is(path.get(i), &[known.not, known.fail])
            || is(path.get(i), &[known.without]) && predicate != Predicate::CombinedWith
    };
    let between = (0..path.len()).any(|i| {
        let only = is(path.get(i + 1), &[known.only]);
        let cut = path[i + 1..].iter().any(|s| is(Some(s), &[known.but, known.colon]));
        let other = i > 0
            && is(path.get(i - 1), &[known.but])
            && path[i + 1..].iter().any(|s| matches!(s, Symbol::Group(_)));
        cue(i) && !only && !cut && !other
    });
    let opening = pair.before.iter().take_while(|s| !matches!(s, Symbol::Group(_) | Symbol::Edge));
    let noun_or_of = |s: &Symbol| match s {
        Symbol::Trigger(t, _) => {
            matches!(t.form, Form::Noun | Form::Attribute)
                || [known.of, known.with, known.between, known.in_, known.significant].contains(&t.class)
        }
        _ => false,
    };
    let opening: Vec<Symbol> = opening.copied().collect();
    let before = opening
        .iter()
        .position(|s| is(Some(s), &[known.not]))
        .is_some_and(|i| opening[..i].iter().all(noun_or_of) && !is(pair.path.first(), &[known.but]));
    let after =
        is(pair.after.first(), &[known.be, known.have, known.do_]) && is(pair.after.get(1), &[known.not]);
    let independent = path.iter().any(|s| {
        is(Some(s), &[known.independent]) && matches!(s, Symbol::Trigger(t, _) if t.form == Form::Hyphen)
    });
    let resists = matches!(predicate, Predicate::Treats | Predicate::EvaluatedFor)
        && (path.iter().any(|s| is(Some(s), &[known.resist])) || is(pair.before.first(), &[known.resist]));
    between || before || after || independent || resists
}

fn hedged(view: &View, pair: &Pair, predicate: Predicate, title: bool) -> bool {
    let known = &view.triggers.known;
    let clause = |from: usize, to: usize| (from..to).any(|i| view.is(i, &[known.but, known.colon]));
    let (a, b) = (pair.a.item, pair.b.item);
    let may = (0..b).any(|i| view.is(i, &[known.may]) && (i > a || !clause(i, a)) && !clause(i.max(a), b));
    let claim = (0..b).any(|i| view.is(i, &[known.suggest]) && (i > a || !clause(i, a)));
    let purpose = (0..a).any(|i| view.is(i, &[known.purpose]));
    // What is only studied, with no finding told, is an aim.
    let studied = (0..view.items.len()).any(|i| match view.items[i].what {
        What::Trigger(t) => t.class == known.evaluate && (t.form.is_verb() || t.form == Form::Ing),
        _ => false,
    });
    match predicate {
        Predicate::AssociatedWith => {
            let effect = pair.before.iter().chain(&pair.path).any(|s| class(*s) == Some(known.effect));
            may || claim || purpose || studied || effect && title
        }
        Predicate::BiomarkerOf | Predicate::Causes | Predicate::Prevents => {
            may || claim || purpose || studied
        }
        Predicate::EvaluatedFor | Predicate::CombinedWith | Predicate::ExpressedBy | Predicate::Binds => {
            view.is(a + 1, &[known.may]) || pair.path.iter().any(|s| class(*s) == Some(known.may)) && claim
        }
        _ => may || claim || purpose,
    }
}

/// Returns the words of setting that stand between a treatment and its condition, or right before or after the two.
pub(super) fn settings(view: &View, pair: &Pair, predicate: Predicate) -> Vec<String> {
    if !matches!(predicate, Predicate::ApprovedFor | Predicate::Treats | Predicate::EvaluatedFor) {
        return Vec::new();
    }
    let known = &view.triggers.known;
    let first = view.groups[pair.a.group].first.saturating_sub(2);
    let last = (view.groups[pair.b.group].last + 4).min(view.items.len());
    let mut out: Vec<String> = Vec::new();
    for i in (first..last).filter(|i| view.is(*i, &[known.setting])) {
        let word = view.item_text(i).to_lowercase();
        if !out.contains(&word) {
            out.push(word);
        }
    }
    out
}
