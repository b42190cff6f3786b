//! Conditions: what the rules ask of a pair of mentions, each a readable string such as `path=A induce.hy B`.
//!
//! `A` is the earlier mention of the pair and `B` the later one. A path is the row of triggers between their groups, in
//! text order, closed brackets left out, with `#` for each other group in between. docs/rules.md lists the conditions.

use crate::document::{EntityType, Predicate};

use super::syntax::{Member, View, What};
use super::triggers::{Form, Sign, Trigger};

/// Receives the conditions that hold, each as parts to be joined.
pub(super) trait Sink {
    /// Takes one condition.
    fn add(&mut self, parts: &[&str]);
}

impl Sink for Vec<String> {
    fn add(&mut self, parts: &[&str]) {
        self.push(parts.concat());
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
    fn class<'a>(self, view: &View<'a>) -> &'a str {
        match self {
            Symbol::Trigger(t, _) => view.triggers.class_name(t.class),
            Symbol::Group(_) => "#",
            Symbol::Edge => "^",
        }
    }

    fn form(self) -> &'static str {
        match self {
            Symbol::Trigger(t, _) => t.form.as_str(),
            _ => "",
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
    let mut out = Vec::new();
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
fn short(kind: EntityType) -> &'static str {
    match kind {
        EntityType::Cytokine => "cyt",
        EntityType::Receptor => "rec",
        EntityType::Gene => "gene",
        EntityType::Therapy => "ther",
        EntityType::Cancer => "canc",
        EntityType::Disease => "dis",
        EntityType::Cell => "cell",
        EntityType::Process => "proc",
    }
}

/// Lists the conditions that a pair meets.
pub(super) fn describe(view: &View, pair: &Pair, title: bool, sink: &mut impl Sink) {
    let types = format!("|{}-{}", short(pair.a.kind), short(pair.b.kind));
    sink.add(&["types", &types]);
    if title {
        sink.add(&["title", &types]);
    }
    path_conditions(view, pair, &types, sink);
    context_conditions(view, pair, &types, sink);
    distance_conditions(view, pair, &types, sink);
    verb_conditions(view, pair, &types, sink);
    name_conditions(view, pair, &types, sink);
    sentence_conditions(view, pair, &types, sink);
}

fn joined(view: &View, symbols: &[Symbol]) -> String {
    let mut out = String::new();
    for s in symbols {
        out.push(' ');
        out.push_str(s.class(view));
        out.push_str(s.form());
    }
    out
}

fn path_conditions(view: &View, pair: &Pair, types: &str, sink: &mut impl Sink) {
    let same = if pair.a.group == pair.b.group { "list" } else { "path" };
    let path = &pair.path;
    if path.len() <= 6 {
        let whole = joined(view, path);
        sink.add(&[same, "=A", &whole, " B"]);
        sink.add(&[same, "=A", &whole, " B", types]);
    }
    for s in path {
        sink.add(&["between=", s.class(view), s.form()]);
        sink.add(&["between=", s.class(view), types]);
        if s.is_content()
            && let Some(t) = s.trigger()
        {
            sink.add(&["word=", view.triggers.lemma_name(t), t.form.as_str()]);
            sink.add(&["word=", view.triggers.lemma_name(t), types]);
        }
    }
    if let (Some(first), Some(last)) = (path.first(), path.last()) {
        sink.add(&["first=A", &joined(view, &[*first]), types]);
        sink.add(&["last=", &joined(view, &[*last]), " B", types]);
    }
    if path.len() > 1 {
        sink.add(&["first=A", &joined(view, &path[..2]), types]);
        sink.add(&["last=", &joined(view, &path[path.len() - 2..]), " B", types]);
    }
    if path.len() > 2 {
        sink.add(&["first=A", &joined(view, &path[..3])]);
        sink.add(&["last=", &joined(view, &path[path.len() - 3..]), " B"]);
    }
}

fn context_conditions(view: &View, pair: &Pair, types: &str, sink: &mut impl Sink) {
    let before = |n: usize| joined(view, &pair.before[..n].iter().rev().copied().collect::<Vec<_>>());
    let after = |n: usize| joined(view, &pair.after[..n]);
    for n in 1..=2 {
        sink.add(&["before=", &before(n), " A"]);
        sink.add(&["before=", &before(n), " A", types]);
        sink.add(&["after=B", &after(n)]);
        sink.add(&["after=B", &after(n), types]);
    }
    sink.add(&["before=", &before(3), " A"]);
    sink.add(&["after=B", &after(3)]);
    let content: Vec<Symbol> = pair.path.iter().copied().filter(|s| s.is_content()).collect();
    if content.len() <= 2 {
        let content = joined(view, &content);
        sink.add(&["around words=", &before(1), " A", &content, " B"]);
        sink.add(&["around words=", &before(2), " A", &content, " B"]);
        sink.add(&["around words=A", &content, " B", &after(1)]);
    }
    if let Some(t) = pair.before.iter().filter(|s| s.is_content()).find_map(|s| s.trigger()) {
        sink.add(&["word before A=", view.triggers.lemma_name(t), types]);
        sink.add(&["word before A=", view.triggers.lemma_name(t)]);
    }
}

fn bucket(n: usize) -> &'static str {
    match n {
        0 => "0",
        1 => "1",
        2 => "2",
        3..=4 => "3-4",
        5..=7 => "5-7",
        8..=12 => "8-12",
        13..=20 => "13-20",
        _ => "21-",
    }
}

fn distance_conditions(view: &View, pair: &Pair, types: &str, sink: &mut impl Sink) {
    let known = &view.triggers.known;
    let items = bucket(pair.b.item - pair.a.item - 1);
    sink.add(&["items between=", items]);
    let groups = pair.path.iter().filter(|s| matches!(s, Symbol::Group(_))).count();
    sink.add(&["groups between=", bucket(groups)]);
    sink.add(&["groups between=", bucket(groups), types]);
    for s in &pair.path {
        if let Symbol::Group(kind) = s {
            let role = match (*kind == pair.a.kind, *kind == pair.b.kind) {
                (true, true) => "both",
                (true, false) => "A",
                (false, true) => "B",
                _ => "neither",
            };
            sink.add(&["group between is like ", role]);
            sink.add(&["group between=", short(*kind), types]);
        }
    }
    let clauses = [known.that, known.which, known.but, known.because, known.colon];
    let marks = pair.path.iter().filter(|s| s.trigger().is_some_and(|t| clauses.contains(&t.class))).count();
    let verbs = pair.path.iter().filter(|s| s.trigger().is_some_and(|t| t.form.is_verb())).count();
    sink.add(&["clause marks between=", bucket(marks)]);
    sink.add(&["verbs between=", bucket(verbs)]);
    sink.add(&["verbs between=", bucket(verbs), " groups=", bucket(groups)]);
    sink.add(&["verbs between=", bucket(verbs), types]);
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
    let deficient = pair.path.first().is_some_and(|s| s.class(view) == "invert");
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
fn verb_conditions(view: &View, pair: &Pair, types: &str, sink: &mut impl Sink) {
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
    let name = |t: Trigger| format!("{}{}", view.triggers.class_name(t.class), t.form.as_str());
    let invert_a = if blocked(view, pair, pair.a) { "blocked " } else { "" };
    let invert_b = if blocked(view, pair, pair.b) { " blocked" } else { "" };
    if let (Some((i, t)), Some((j, _))) = (subject, object) {
        let crossing = format!(" over {}+{}", bucket(crossed), bucket(crossed_right));
        if i == j {
            sink.add(&["verb=A ", &name(t), " B", &crossing]);
            sink.add(&["verb=", invert_a, "A ", &name(t), " B", invert_b, types]);
            sink.add(&["verb lemma=", view.triggers.lemma_name(t), types]);
        }
    }
    if let Some((_, u)) = object {
        sink.add(&["governor=", &name(u), " B over ", bucket(crossed_right), types]);
        sink.add(&["governor lemma=", view.triggers.lemma_name(u), " B over ", bucket(crossed_right)]);
    } else if let Some(s) = pair.before.iter().find(|s| s.is_content()) {
        sink.add(&["outer=", &joined(view, &[*s]), " A", types]);
    }
    signs(view, pair, (invert_a, invert_b), types, sink);
}

/// The net sign along the path: of the content words, and of a blocked subject or object.
fn signs(view: &View, pair: &Pair, blocked: (&str, &str), types: &str, sink: &mut impl Sink) {
    let (up, down) = sign_counts(view, &pair.path);
    let net = match (up, down) {
        (0, 0) => "none",
        (_, 0) => "up",
        (0, _) => "down",
        _ => "both",
    };
    sink.add(&["sign=", blocked.0, net, blocked.1]);
    sink.add(&["sign=", blocked.0, net, blocked.1, types]);
}

fn name_conditions(view: &View, pair: &Pair, types: &str, sink: &mut impl Sink) {
    for (name, member) in [("A", pair.a), ("B", pair.b)] {
        let text = view.item_text(member.item).to_lowercase();
        let head = text.rsplit([' ', '-']).next().unwrap_or_default();
        sink.add(&["head of ", name, "=", head, types]);
        sink.add(&["head of ", name, "=", head]);
    }
}

/// Classes whose mere presence in the sentence counts, for treatments of conditions.
const TOPICS: [&str; 9] =
    ["approve", "designate", "market", "evaluate", "purpose", "patient", "model", "effective", "tox"];

fn sentence_conditions(view: &View, pair: &Pair, types: &str, sink: &mut impl Sink) {
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
            sink.add(&["sentence has ", TOPICS[topic], types]);
        }
    }
    if let Some(first) = (0..view.items.len().min(4)).find_map(|i| match view.items[i].what {
        What::Trigger(t) if t.form != Form::Word => Some(t),
        _ => None,
    }) {
        sink.add(&["sentence begins with ", view.triggers.lemma_name(first), types]);
    }
}
