//! Scopes: negation, hedging and words of setting, each from cues of a class and the stretch that they cover.
//!
//! A negation covers what follows it up to "but" or B, or the noun phrase that it opens ("no effect of A on B"), or the
//! verb that follows B ("A ... B was not seen"). A hedge
//! ("suggest", "whether") covers the clause from itself on; "may" the verb beside it; an aim ("to determine") all after it.

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
pub(super) fn flags(view: &View, pair: &Pair, predicate: Predicate) -> Flags {
    Flags { negated: negated(view, pair, predicate), hedged: hedged(view, pair, predicate) }
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
                || t.form == Form::Verb && [known.affect, known.raise, known.reduce].contains(&t.class)
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
    let hyphenated = |s: &Symbol| matches!(s, Symbol::Trigger(t, _) if t.form == Form::Hyphen);
    let independent = is(path.first(), &[known.independent]) && path.first().is_some_and(hyphenated);
    let resists = (0..path.len()).any(|i| {
        is(path.get(i), &[known.resist]) && (is(path.get(i + 1), &[known.to]) || hyphenated(&path[i]))
    });
    match predicate {
        Predicate::Treats => between || before || after || resists,
        // What was tested was tested, whatever came of it.
        Predicate::EvaluatedFor => resists,
        Predicate::CombinedWith => between && path.len() <= 3,
        _ => between || before || after || independent,
    }
}

fn hedged(view: &View, pair: &Pair, predicate: Predicate) -> bool {
    let known = &view.triggers.known;
    let (a, b) = (pair.a.item, pair.b.item);
    let near = |classes: &[ClassId]| {
        pair.path.iter().chain(&pair.before).any(|s| class(*s).is_some_and(|c| classes.contains(&c)))
    };
    let clause_ends = |from: usize| (from..a).any(|i| view.is(i, &[known.but, known.colon]));
    let claimed = (0..b).any(|i| view.is(i, &[known.suggest, known.whether]) && (i > a || !clause_ends(i)));
    let may = near(&[known.may]);
    let could = near(&[known.could]);
    // "To determine", "we examined the", "the aim was": what follows is what a study is after.
    let aim = (0..a).any(|i| {
        view.is(i, &[known.purpose]) || view.is(i, &[known.evaluate]) && i > 0 && view.is(i - 1, &[known.to])
    });
    let studied = (0..view.items.len()).any(|i| match view.items[i].what {
        What::Trigger(t) => t.class == known.evaluate && t.form.is_verb(),
        _ => false,
    });
    let nominal = near(&[known.effect, known.role, known.affect, known.assoc]);
    match predicate {
        Predicate::AssociatedWith => may || could || claimed || aim || studied && nominal,
        Predicate::BiomarkerOf | Predicate::Causes | Predicate::Prevents => may || could || claimed || aim,
        Predicate::Promotes | Predicate::Inhibits => may || claimed,
        Predicate::Treats => may || could && claimed,
        Predicate::ApprovedFor => may || could,
        Predicate::EvaluatedFor | Predicate::CombinedWith | Predicate::ExpressedBy | Predicate::Binds => {
            false
        }
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
    for i in first..last {
        let word = match view.items[i].what {
            What::Trigger(t) if t.class == known.setting => view.item_text(i).to_lowercase(),
            // "Adjuvant treatment" may have been tagged as a therapy of its own.
            What::Mention(_) if i > pair.a.item && i < pair.b.item => {
                let text = view.item_text(i).to_lowercase();
                let first = text.split_whitespace().next().unwrap_or_default();
                match view.triggers.longest(|k| (k == 0).then_some(first)) {
                    Some((_, t)) if t.class == known.setting => first.to_owned(),
                    _ => continue,
                }
            }
            _ => continue,
        };
        if !out.contains(&word) {
            out.push(word);
        }
    }
    out
}
