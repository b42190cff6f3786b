//! Conditions: what the rules ask of a pair of mentions, each a readable string such as `path=A induce.hy B`.
//!
//! `A` is the earlier mention of the pair and `B` the later one. A path is the row of triggers between their groups, in
//! text order, closed brackets left out, with `#` for each other group in between. docs/rules.md lists the conditions.

use crate::document::{EntityType, Predicate};

use super::parts::{Part, part};
use super::syntax::{Member, View, What};
use super::triggers::{Form, Sign, Trigger};

/// Receives the conditions that hold, each as parts to be joined.
pub(super) trait Sink {
    /// Whether it wants the texts of the parts, not only their hashes.
    const SPELLS: bool;

    /// Takes one condition.
    fn add(&mut self, parts: &[&Part]);

    /// Joins the parts of symbols, each after a space.
    fn joined<'s>(&self, view: &View, symbols: impl IntoIterator<Item = &'s Symbol>) -> Part<'static> {
        let parts = symbols.into_iter().flat_map(|s| [part!(" "), s.class(view), s.form()]);
        Part::joined(parts, Self::SPELLS)
    }
}

impl Sink for Vec<String> {
    const SPELLS: bool = true;

    fn add(&mut self, parts: &[&Part]) {
        self.push(parts.iter().map(|part| part.text()).collect());
    }
}

/// One symbol of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Symbol {
    /// A trigger, and its item.
    Trigger(Trigger, usize),
    /// Another group, with the type of its first member.
    Group(EntityType),
    /// The edge of the sentence.
    Edge,
}

impl Symbol {
    fn class<'a>(self, view: &View<'a>) -> &'a Part<'static> {
        match self {
            Symbol::Trigger(t, _) => view.triggers.class_part(t.class),
            Symbol::Group(_) => part!("#"),
            Symbol::Edge => part!("^"),
        }
    }

    fn form(self) -> &'static Part<'static> {
        match self {
            Symbol::Trigger(t, _) => t.form.part(),
            _ => part!(""),
        }
    }

    fn trigger(self) -> Option<Trigger> {
        match self {
            Symbol::Trigger(t, _) => Some(t),
            _ => None,
        }
    }

    /// Tells whether it carries meaning, as a preposition or a comma does not.
    fn is_content(self) -> bool {
        self.trigger().is_some_and(|t| t.form != Form::Word)
    }
}

/// A pair of mentions and the symbols between and around them.
#[derive(Debug)]
pub(super) struct Pair {
    /// The earlier mention.
    pub(super) a: Member,
    /// The later mention.
    pub(super) b: Member,
    /// Between their groups; between the mentions themselves if they share a group.
    pub(super) path: Vec<Symbol>,
    /// Before A's group, nearest first.
    pub(super) before: Vec<Symbol>,
    /// After B's group, nearest first.
    pub(super) after: Vec<Symbol>,
}

impl Pair {
    /// Looks at a pair.
    pub(super) fn new(view: &View, a: Member, b: Member) -> Self {
        let (from, to) = if a.group == b.group {
            (a.item, b.item)
        } else {
            (view.groups[a.group].last, view.groups[b.group].first)
        };
        let path = symbols(view, from + 1..to);
        let first = view.groups[a.group].first;
        let mut before = symbols(view, first.saturating_sub(12)..first);
        before.reverse();
        before.truncate(3);
        let last = view.groups[b.group].last;
        let mut after = symbols(view, last + 1..(last + 13).min(view.items.len()));
        after.truncate(3);
        before.resize(3, Symbol::Edge);
        after.resize(3, Symbol::Edge);
        Self { a, b, path, before, after }
    }
}

/// Reads the symbols of a range of items: triggers and groups; articles and hyphens are left out, and brackets that
/// open and close inside the range go with their content.
fn symbols(view: &View, range: std::ops::Range<usize>) -> Vec<Symbol> {
    let known = &view.triggers.known;
    let mut out = Vec::with_capacity(range.len());
    let mut i = range.start;
    while i < range.end {
        match view.items[i].what {
            What::Trigger(t) if t.class == known.det || t.class == known.dash => {}
            What::Trigger(t) if t.class == known.open => match view.closing(i) {
                Some(end) if end < range.end => i = end,
                _ => out.push(Symbol::Trigger(t, i)),
            },
            What::Trigger(t) => out.push(Symbol::Trigger(t, i)),
            What::Mention(m) => {
                let member = view.mentions[m];
                out.push(Symbol::Group(member.kind));
                i = i.max(view.groups[member.group].last.min(range.end.saturating_sub(1)));
            }
            What::Other => {}
        }
        i += 1;
    }
    out
}

/// Short names of the types.
fn short(kind: EntityType) -> &'static Part<'static> {
    match kind {
        EntityType::Cytokine => part!("cyt"),
        EntityType::Receptor => part!("rec"),
        EntityType::Gene => part!("gene"),
        EntityType::Therapy => part!("ther"),
        EntityType::Cancer => part!("canc"),
        EntityType::Disease => part!("dis"),
        EntityType::Cell => part!("cell"),
        EntityType::Process => part!("proc"),
    }
}

/// Lists the conditions that a pair meets.
pub(super) fn describe<S: Sink>(view: &View, pair: &Pair, title: bool, sink: &mut S) {
    let types = [part!("|"), short(pair.a.kind), part!("-"), short(pair.b.kind)];
    let types = Part::joined(types, S::SPELLS);
    sink.add(&[part!("types"), &types]);
    if title {
        sink.add(&[part!("title"), &types]);
    }
    path_conditions(view, pair, &types, sink);
    context_conditions(view, pair, &types, sink);
    distance_conditions(view, pair, &types, sink);
    verb_conditions(view, pair, &types, sink);
    name_conditions(view, pair, &types, sink);
    sentence_conditions(view, pair, &types, sink);
}

fn path_conditions(view: &View, pair: &Pair, types: &Part, sink: &mut impl Sink) {
    let same = if pair.a.group == pair.b.group { part!("list") } else { part!("path") };
    let path = &pair.path;
    if path.len() <= 6 {
        let whole = sink.joined(view, path);
        sink.add(&[same, part!("=A"), &whole, part!(" B")]);
        sink.add(&[same, part!("=A"), &whole, part!(" B"), types]);
    }
    for s in path {
        sink.add(&[part!("between="), s.class(view), s.form()]);
        sink.add(&[part!("between="), s.class(view), types]);
        if s.is_content()
            && let Some(t) = s.trigger()
        {
            sink.add(&[part!("word="), view.triggers.lemma_part(t), t.form.part()]);
            sink.add(&[part!("word="), view.triggers.lemma_part(t), types]);
        }
    }
    if let (Some(first), Some(last)) = (path.first(), path.last()) {
        sink.add(&[part!("first=A"), &sink.joined(view, [first]), types]);
        sink.add(&[part!("last="), &sink.joined(view, [last]), part!(" B"), types]);
    }
    if path.len() > 1 {
        sink.add(&[part!("first=A"), &sink.joined(view, &path[..2]), types]);
        sink.add(&[part!("last="), &sink.joined(view, &path[path.len() - 2..]), part!(" B"), types]);
    }
    if path.len() > 2 {
        sink.add(&[part!("first=A"), &sink.joined(view, &path[..3])]);
        sink.add(&[part!("last="), &sink.joined(view, &path[path.len() - 3..]), part!(" B")]);
    }
}

fn context_conditions(view: &View, pair: &Pair, types: &Part, sink: &mut impl Sink) {
    let before = [1, 2, 3].map(|n| sink.joined(view, pair.before[..n].iter().rev()));
    let after = [1, 2, 3].map(|n| sink.joined(view, &pair.after[..n]));
    for n in 0..2 {
        sink.add(&[part!("before="), &before[n], part!(" A")]);
        sink.add(&[part!("before="), &before[n], part!(" A"), types]);
        sink.add(&[part!("after=B"), &after[n]]);
        sink.add(&[part!("after=B"), &after[n], types]);
    }
    sink.add(&[part!("before="), &before[2], part!(" A")]);
    sink.add(&[part!("after=B"), &after[2]]);
    let content = || pair.path.iter().filter(|s| s.is_content());
    if content().count() <= 2 {
        let content = sink.joined(view, content());
        sink.add(&[part!("around words="), &before[0], part!(" A"), &content, part!(" B")]);
        sink.add(&[part!("around words="), &before[1], part!(" A"), &content, part!(" B")]);
        sink.add(&[part!("around words=A"), &content, part!(" B"), &after[0]]);
    }
    if let Some(t) = pair.before.iter().filter(|s| s.is_content()).find_map(|s| s.trigger()) {
        sink.add(&[part!("word before A="), view.triggers.lemma_part(t), types]);
        sink.add(&[part!("word before A="), view.triggers.lemma_part(t)]);
    }
}

fn bucket(n: usize) -> &'static Part<'static> {
    match n {
        0 => part!("0"),
        1 => part!("1"),
        2 => part!("2"),
        3..=4 => part!("3-4"),
        5..=7 => part!("5-7"),
        8..=12 => part!("8-12"),
        13..=20 => part!("13-20"),
        _ => part!("21-"),
    }
}

fn distance_conditions(view: &View, pair: &Pair, types: &Part, sink: &mut impl Sink) {
    let known = &view.triggers.known;
    let items = bucket(pair.b.item - pair.a.item - 1);
    sink.add(&[part!("items between="), items]);
    let groups = pair.path.iter().filter(|s| matches!(s, Symbol::Group(_))).count();
    sink.add(&[part!("groups between="), bucket(groups)]);
    sink.add(&[part!("groups between="), bucket(groups), types]);
    for s in &pair.path {
        if let Symbol::Group(kind) = s {
            let role = match (*kind == pair.a.kind, *kind == pair.b.kind) {
                (true, true) => part!("both"),
                (true, false) => part!("A"),
                (false, true) => part!("B"),
                _ => part!("neither"),
            };
            sink.add(&[part!("group between is like "), role]);
            sink.add(&[part!("group between="), short(*kind), types]);
        }
    }
    let clauses = [known.that, known.which, known.but, known.because, known.colon];
    let marks = pair.path.iter().filter(|s| s.trigger().is_some_and(|t| clauses.contains(&t.class))).count();
    let verbs = pair.path.iter().filter(|s| s.trigger().is_some_and(|t| t.form.is_verb())).count();
    sink.add(&[part!("clause marks between="), bucket(marks)]);
    sink.add(&[part!("verbs between="), bucket(verbs)]);
    sink.add(&[part!("verbs between="), bucket(verbs), part!(" groups="), bucket(groups)]);
    sink.add(&[part!("verbs between="), bucket(verbs), types]);
}

/// Tells whether a mention is itself blocked or missing: "blocking A", "loss of A", "A blockade", "A-deficient".
pub(super) fn blocked(view: &View, pair: &Pair, member: Member) -> bool {
    let known = &view.triggers.known;
    let blocks = |s: Option<&Symbol>| {
        s.and_then(|s| s.trigger())
            .is_some_and(|t| [known.invert, known.anti, known.block].contains(&t.class) && !t.form.is_verb())
    };
    let is = |s: Option<&Symbol>, class| s.and_then(|s| s.trigger()).is_some_and(|t| t.class == class);
    if member.item == pair.a.item {
        let before = &pair.before;
        blocks(pair.path.first())
            || blocks(before.first())
            || (is(before.first(), known.of) || is(before.first(), known.by)) && blocks(before.get(1))
    } else {
        let (last, previous) = (pair.path.len().checked_sub(1), pair.path.len().checked_sub(2));
        let at = |i: Option<usize>| i.map(|i| &pair.path[i]);
        blocks(pair.after.first()) || blocks(at(last)) || is(at(last), known.of) && blocks(at(previous))
    }
}

/// Returns the effect that the words between say a blocked A itself has on B, if they are of one sign: "blocking A
/// reduced B" tells that A promotes B.
pub(super) fn effect_when_blocked(view: &View, pair: &Pair) -> Option<Predicate> {
    let of_hyphen = pair.path.first().and_then(|s| s.trigger()).is_some_and(|t| t.form == Form::Hyphen);
    let deficient = pair.path.first().is_some_and(|s| s.class(view).text() == "invert");
    if of_hyphen && !deficient || !blocked(view, pair, pair.a) {
        return None;
    }
    let known = &view.triggers.known;
    let own = usize::from(
        pair.path
            .first()
            .and_then(|s| s.trigger())
            .is_some_and(|t| [known.invert, known.block].contains(&t.class) && !t.form.is_verb()),
    );
    match sign_counts(view, &pair.path[own..]) {
        (0, 1..) => Some(Predicate::Promotes),
        (1.., 0) => Some(Predicate::Inhibits),
        _ => None,
    }
}

/// Counts the content words that raise and that lower their object.
fn sign_counts(view: &View, path: &[Symbol]) -> (usize, usize) {
    let (mut up, mut down) = (0, 0);
    for t in path.iter().filter(|s| s.is_content()).filter_map(|s| s.trigger()) {
        match view.triggers.sign(t) {
            Sign::Up => up += 1,
            Sign::Down => down += 1,
            Sign::Neutral => {}
        }
    }
    (up, down)
}

/// Conditions on the verb that has A before it and the verb or noun that governs B.
fn verb_conditions<S: Sink>(view: &View, pair: &Pair, types: &Part, sink: &mut S) {
    if pair.a.group == pair.b.group {
        return;
    }
    let (path, mut crossed) = (&pair.path, 0);
    let subject = path.iter().enumerate().find_map(|(i, s)| match s {
        Symbol::Trigger(t, _) if t.form.is_verb() => Some((i, *t)),
        Symbol::Group(_) => {
            crossed += 1;
            None
        }
        _ => None,
    });
    let mut crossed_right = 0;
    let object = path.iter().enumerate().rev().find_map(|(i, s)| match s {
        Symbol::Trigger(t, _)
            if t.form != Form::Word && t.form != Form::Noun && t.form != Form::Attribute =>
        {
            Some((i, *t))
        }
        Symbol::Group(_) => {
            crossed_right += 1;
            None
        }
        _ => None,
    });
    let name = |t: Trigger| Part::joined([view.triggers.class_part(t.class), t.form.part()], S::SPELLS);
    let invert_a = if blocked(view, pair, pair.a) { part!("blocked ") } else { part!("") };
    let invert_b = if blocked(view, pair, pair.b) { part!(" blocked") } else { part!("") };
    if let (Some((i, t)), Some((j, _))) = (subject, object)
        && i == j
    {
        let crossing = [part!(" over "), bucket(crossed), part!("+"), bucket(crossed_right)];
        let crossing = Part::joined(crossing, S::SPELLS);
        sink.add(&[part!("verb=A "), &name(t), part!(" B"), &crossing]);
        sink.add(&[part!("verb="), invert_a, part!("A "), &name(t), part!(" B"), invert_b, types]);
        sink.add(&[part!("verb lemma="), view.triggers.lemma_part(t), types]);
    }
    if let Some((_, u)) = object {
        sink.add(&[part!("governor="), &name(u), part!(" B over "), bucket(crossed_right), types]);
        sink.add(&[
            part!("governor lemma="),
            view.triggers.lemma_part(u),
            part!(" B over "),
            bucket(crossed_right),
        ]);
    } else if let Some(s) = pair.before.iter().find(|s| s.is_content()) {
        sink.add(&[part!("outer="), &sink.joined(view, [s]), part!(" A"), types]);
    }
    signs(view, pair, (invert_a, invert_b), types, sink);
}

/// The net sign along the path: of the content words, and of a blocked subject or object.
fn signs(view: &View, pair: &Pair, blocked: (&Part, &Part), types: &Part, sink: &mut impl Sink) {
    let (up, down) = sign_counts(view, &pair.path);
    let net = match (up, down) {
        (0, 0) => part!("none"),
        (_, 0) => part!("up"),
        (0, _) => part!("down"),
        _ => part!("both"),
    };
    sink.add(&[part!("sign="), blocked.0, net, blocked.1]);
    sink.add(&[part!("sign="), blocked.0, net, blocked.1, types]);
}

fn name_conditions(view: &View, pair: &Pair, types: &Part, sink: &mut impl Sink) {
    for (name, member) in [(part!("A"), pair.a), (part!("B"), pair.b)] {
        let text = view.item_text(member.item).to_lowercase();
        let head = Part::of(text.rsplit([' ', '-']).next().unwrap_or_default());
        sink.add(&[part!("head of "), name, part!("="), &head, types]);
        sink.add(&[part!("head of "), name, part!("="), &head]);
    }
}

/// Classes whose mere presence in the sentence counts, for treatments of conditions.
const TOPICS: [&str; 9] =
    ["approve", "designate", "market", "evaluate", "purpose", "patient", "model", "effective", "tox"];

fn sentence_conditions(view: &View, pair: &Pair, types: &Part, sink: &mut impl Sink) {
    use EntityType::{Cancer, Cytokine, Disease, Therapy};
    let treatable =
        [pair.a.kind, pair.b.kind].iter().all(|k| matches!(k, Cancer | Cytokine | Disease | Therapy));
    if !treatable {
        return;
    }
    let mut seen = [false; TOPICS.len()];
    for i in 0..view.items.len() {
        let Some(class) = view.class(i) else { continue };
        if let Some(topic) = TOPICS.iter().position(|t| *t == view.triggers.class_name(class))
            && !std::mem::replace(&mut seen[topic], true)
        {
            sink.add(&[part!("sentence has "), &Part::of(TOPICS[topic]), types]);
        }
    }
    if let Some(first) = (0..view.items.len().min(4)).find_map(|i| match view.items[i].what {
        What::Trigger(t) if t.form != Form::Word => Some(t),
        _ => None,
    }) {
        sink.add(&[part!("sentence begins with "), view.triggers.lemma_part(first), types]);
    }
}
