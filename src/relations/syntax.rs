//! The sentence view: words, mentions and triggers in one row of items, and the groups that mentions form.
//!
//! No parser: groups are coordinations read off the separators, abbreviations in brackets and class nouns ("cytokines
//! such as") are silent members, and verb forms are told apart by the word before them.

use crate::Document;
use crate::document::{EntityType, MentionId, Sentence, Span};

use super::triggers::{ClassId, Form, Trigger, Triggers};

/// One item of a sentence: a mention, a trigger (of one or several words), or any other word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// Where it stands.
    pub(super) span: Span,
    /// Whether nothing stands between it and the item before.
    pub(super) glued: bool,
    /// What it is.
    pub(super) what: What,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    /// A mention, by its place in [`View::mentions`].
    Mention(usize),
    /// A trigger.
    Trigger(Trigger),
    /// Any other word.
    Other,
}

/// A mention of the sentence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// The mention.
    pub(super) id: MentionId,
    /// Its type.
    pub(super) kind: EntityType,
    /// Its item.
    pub(super) item: usize,
    /// Its group.
    pub(super) group: usize,
    /// Whether another mention stands for it: the abbreviation beside its full form, a class noun before names.
    pub(super) silent: bool,
}

/// Mentions that are coordinated, as a range of items, silent members and their brackets included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// First item.
    pub(super) first: usize,
    /// Last item.
    pub(super) last: usize,
}

/// A sentence as the rules see it.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The document's text.
    pub(super) text: &'a str,
    /// The triggers.
    pub(super) triggers: &'a Triggers,
    /// The items, in text order.
    pub(super) items: Vec<Item>,
    /// The mentions, in text order.
    pub(super) mentions: Vec<Member>,
    /// The groups, in text order.
    pub(super) groups: Vec<Group>,
    /// For an opening bracket the item of its closing one, otherwise 0.
    closing: Vec<usize>,
}

impl<'a> View<'a> {
    /// Reads a sentence; `None` if fewer than two mentions stand in it.
    pub(super) fn new(document: &'a Document, sentence: Sentence, triggers: &'a Triggers) -> Option<Self> {
        let mut mentions: Vec<Member> = Vec::new();
        let mut end = 0;
        for id in document.mentions_in(sentence.span) {
            let mention = document.mention(id);
            if mention.span.start >= end {
                end = mention.span.end;
                mentions.push(Member { id, kind: mention.kind, item: 0, group: 0, silent: false });
            }
        }
        if mentions.len() < 2 {
            return None;
        }
        let pieces = pieces(document, sentence, &mentions);
        let mut view = View {
            text: document.text(),
            triggers,
            items: Vec::with_capacity(pieces.len()),
            mentions,
            groups: Vec::new(),
            closing: Vec::new(),
        };
        view.read_items(&pieces);
        view.read_forms();
        view.read_brackets();
        view.read_groups();
        Some(view)
    }

    /// Returns the class of an item that is a trigger.
    pub(super) fn class(&self, item: usize) -> Option<ClassId> {
        match self.items.get(item)?.what {
            What::Trigger(t) => Some(t.class),
            _ => None,
        }
    }

    /// Tells whether an item is a trigger of one of these classes.
    pub(super) fn is(&self, item: usize, classes: &[ClassId]) -> bool {
        self.class(item).is_some_and(|c| classes.contains(&c))
    }

    /// Returns the text of an item.
    pub(super) fn item_text(&self, item: usize) -> &'a str {
        self.items[item].span.slice(self.text)
    }

    /// For an opening bracket, returns the item of its closing one.
    pub(super) fn closing(&self, item: usize) -> Option<usize> {
        Some(self.closing[item]).filter(|&c| c > 0)
    }

    fn read_items(&mut self, pieces: &[Piece]) {
        let words = Words::new(self.text, pieces);
        let mut i = 0;
        let mut end = 0;
        while i < pieces.len() {
            let piece = pieces[i];
            let glued = piece.span.start == end;
            let (count, what) = match piece.mention {
                Some(m) => {
                    self.mentions[m].item = self.items.len();
                    (1, What::Mention(m))
                }
                None => match self.triggers.longest(|k| words.get(i + k)) {
                    Some((n, trigger)) => (n, What::Trigger(trigger)),
                    None => (1, What::Other),
                },
            };
            let span = piece.span.cover(pieces[i + count - 1].span);
            end = span.end;
            self.items.push(Item { span, glued, what });
            i += count;
        }
    }

    /// Tells passive, attributive and hyphenated forms apart by what stands before them.
    fn read_forms(&mut self) {
        let known = &self.triggers.known;
        for i in 0..self.items.len() {
            let What::Trigger(trigger) = self.items[i].what else { continue };
            let hyphenated = i >= 2
                && self.is(i - 1, &[known.dash])
                && self.items[i - 1].glued
                && self.items[i].glued
                && matches!(self.items[i - 2].what, What::Mention(_) | What::Trigger(_));
            let form = match trigger.form {
                Form::Ing if hyphenated => Form::HyphenIng,
                Form::Past | Form::Verb | Form::Word | Form::Noun
                    if hyphenated && !self.is(i, &[known.dash]) =>
                {
                    Form::Hyphen
                }
                Form::Past if self.after_be(i) => Form::Passive,
                Form::Past if self.stands_before_noun(i) => Form::Attribute,
                form => form,
            };
            self.items[i].what = What::Trigger(Trigger { form, ..trigger });
        }
    }

    fn after_be(&self, item: usize) -> bool {
        for i in (item.saturating_sub(4)..item).rev() {
            match self.items[i].what {
                What::Trigger(t) if t.class == self.triggers.known.be => return true,
                What::Trigger(t) if t.form == Form::Word && t.class != self.triggers.known.comma => {}
                What::Other => {}
                _ => return false,
            }
        }
        false
    }

    fn stands_before_noun(&self, item: usize) -> bool {
        let known = &self.triggers.known;
        let Some(before) = item.checked_sub(1) else { return true };
        let after_noun = match self.items[before].what {
            What::Mention(_) | What::Other => true,
            What::Trigger(t) => {
                t.form == Form::Noun
                    || [known.comma, known.close, known.which, known.that].contains(&t.class)
                    || self.is(before, &[known.and, known.or, known.but, known.not])
                    || self.triggers.class_name(t.class) == "have"
                    || self.triggers.class_name(t.class) == "significant"
            }
        };
        !after_noun && !self.is(item + 1, &[known.by])
    }

    fn read_brackets(&mut self) {
        let known = &self.triggers.known;
        self.closing = vec![0; self.items.len()];
        let mut open = Vec::new();
        for i in 0..self.items.len() {
            if self.is(i, &[known.open]) {
                open.push(i);
            } else if self.is(i, &[known.close])
                && let Some(start) = open.pop()
            {
                self.closing[start] = i;
            }
        }
    }

    fn read_groups(&mut self) {
        let mut m = 0;
        while m < self.mentions.len() {
            let first_mention = m;
            let first = self.mentions[m].item;
            let mut last = self.absorb(&mut m, first);
            let mut names = 1;
            while let Some(next) = self.coordinated(m, last, names) {
                m = next;
                last = self.absorb(&mut m, self.mentions[next].item);
                names += 1;
            }
            // The bracket that a class noun opened before its names is closed inside the group.
            if (first..last).any(|i| self.closing(i) == Some(last + 1)) {
                last += 1;
            }
            let group = self.groups.len();
            self.mentions[first_mention..=m].iter_mut().for_each(|x| x.group = group);
            self.groups.push(Group { first, last });
            m += 1;
        }
    }

    /// Takes up the silent neighbours of mention `m`; returns the last item, and leaves `m` at the last mention.
    fn absorb(&mut self, m: &mut usize, item: usize) -> usize {
        let known = &self.triggers.known;
        let mut last = item;
        while let Some(next) = self.mentions.get(*m + 1).copied() {
            let (here, kind) = (self.mentions[*m], self.mentions[*m].kind);
            let bracketed = self.is(last + 1, &[known.open])
                && next.item == last + 2
                && self.closing(last + 1) == Some(last + 3);
            let class_noun =
                next.item == last + 1 && same_family(kind, next.kind) && self.is_class_noun(here);
            if bracketed && next.kind == kind {
                self.mentions[*m + 1].silent = true;
                last += 3;
            } else if class_noun || next.kind == kind && self.such_as(last, next.item) {
                self.mentions[*m].silent = true;
                last = next.item;
            } else {
                break;
            }
            *m += 1;
        }
        last
    }

    /// Tells whether only "such as", "including" and the like stand between two items.
    fn such_as(&self, last: usize, next: usize) -> bool {
        let known = &self.triggers.known;
        let between: Vec<usize> = (last + 1..next).collect();
        between.len() <= 4
            && between.iter().any(|&i| self.is(i, &[known.such_as]))
            && between.iter().all(|&i| {
                self.is(i, &[known.such_as, known.comma, known.det, known.open])
                    || self.items[i].what == What::Other
            })
    }

    fn is_class_noun(&self, member: Member) -> bool {
        let text = self.item_text(member.item);
        !text.chars().any(|c| c.is_ascii_digit() || c.is_uppercase())
    }

    /// Returns the next mention if it is coordinated with mention `m`, whose group so far ends at item `last`.
    fn coordinated(&self, m: usize, last: usize, names: usize) -> Option<usize> {
        let known = &self.triggers.known;
        let next = *self.mentions.get(m + 1)?;
        if !same_family(self.mentions[m].kind, next.kind) || next.item <= last + 1 {
            return None;
        }
        let (mut comma, mut joint, mut others) = (false, false, 0);
        for i in last + 1..next.item {
            match self.items[i].what {
                What::Trigger(t) if t.class == known.comma => comma = true,
                What::Trigger(t)
                    if [known.and, known.or, known.slash, known.plus, known.combine].contains(&t.class) =>
                {
                    if t.class == known.combine && t.form != Form::Word {
                        return None;
                    }
                    joint = true;
                }
                What::Trigger(t) if t.class == known.det || t.class == known.dash => {}
                What::Other => others += 1,
                _ => return None,
            }
        }
        let list = names > 1 || self.list_goes_on(m + 1);
        let joined = if comma && joint { list } else { comma || joint };
        // A comma alone joins only in a list that "and" or a further comma carries on.
        let carried = joint || list;
        (joined && carried && others <= 2).then_some(m + 1)
    }

    /// Tells whether a comma or "and" and one more mention of the family follow mention `m`.
    fn list_goes_on(&self, m: usize) -> bool {
        let known = &self.triggers.known;
        let Some(next) = self.mentions.get(m + 1) else { return false };
        same_family(self.mentions[m].kind, next.kind)
            && next.item <= self.mentions[m].item + 4
            && self.is(self.mentions[m].item + 1, &[known.comma, known.and, known.or])
            || next.item == self.mentions[m].item + 2 && self.is(next.item - 1, &[known.open])
    }
}

/// Tells whether two types stand in one coordination.
fn same_family(a: EntityType, b: EntityType) -> bool {
    family(a) == family(b) || [a, b].contains(&EntityType::Therapy) && [a, b].contains(&EntityType::Cytokine)
}

fn family(kind: EntityType) -> u8 {
    match kind {
        EntityType::Cytokine | EntityType::Receptor | EntityType::Gene => 0,
        EntityType::Therapy => 1,
        EntityType::Cancer | EntityType::Disease => 2,
        EntityType::Cell => 3,
        EntityType::Process => 4,
    }
}

#[derive(Clone, Copy)]
struct Piece {
    span: Span,
    mention: Option<usize>,
}

/// Cuts a sentence into mentions, words and marks: its tokens, cut again at mentions and around hyphens and slashes.
fn pieces(document: &Document, sentence: Sentence, mentions: &[Member]) -> Vec<Piece> {
    let mut out = Vec::with_capacity(sentence.tokens().len() + 8);
    let mut spans = mentions.iter().map(|m| document.mention(m.id).span).enumerate().peekable();
    let mut done = sentence.span.start;
    for token in &document.tokens[sentence.tokens()] {
        let mut start = token.span.start.max(done);
        while start < token.span.end {
            let end = match spans.peek() {
                Some(&(index, span)) if span.start <= start => {
                    out.push(Piece { span, mention: Some(index) });
                    spans.next();
                    done = span.end;
                    start = start.max(done);
                    continue;
                }
                Some(&(_, span)) => token.span.end.min(span.start),
                None => token.span.end,
            };
            cut(document.text(), Span { start, end }, &mut out);
            start = end;
        }
    }
    out
}

/// Cuts one word around hyphens and slashes.
fn cut(text: &str, span: Span, out: &mut Vec<Piece>) {
    let mut push = |start: usize, end: usize| {
        if start < end {
            let span = Span { start: span.start + start as u32, end: span.start + end as u32 };
            out.push(Piece { span, mention: None });
        }
    };
    let word = span.slice(text);
    // Most words are so.
    if word.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return push(0, word.len());
    }
    let mut start = 0;
    for (i, c) in word.char_indices() {
        if is_dash(c) || c == '/' {
            push(start, i);
            push(i, i + c.len_utf8());
            start = i + c.len_utf8();
        }
    }
    push(start, word.len());
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2013}' | '\u{2212}')
}

/// The words of a sentence folded for look-up, one after the other: lower case, one kind of hyphen; nothing for mentions.
struct Words {
    folded: String,
    ends: Vec<usize>,
}

impl Words {
    fn new(text: &str, pieces: &[Piece]) -> Self {
        let mut folded = String::with_capacity(8 * pieces.len());
        let mut ends = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let word = piece.mention.map_or(piece.span.slice(text), |_| "");
            match word.chars().next() {
                Some(c) if is_dash(c) => folded.push('-'),
                _ if word.is_ascii() => {
                    let start = folded.len();
                    folded.push_str(word);
                    folded[start..].make_ascii_lowercase();
                }
                _ => folded.push_str(&word.to_lowercase()),
            }
            ends.push(folded.len());
        }
        Self { folded, ends }
    }

    /// Returns a word, if it is none of a mention's.
    fn get(&self, i: usize) -> Option<&str> {
        let start = i.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before))?;
        self.ends.get(i).filter(|end| *end > start).map(|end| &self.folded[*start..*end])
    }
}
