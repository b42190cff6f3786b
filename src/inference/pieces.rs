//! Pieces: a sentence as the model's word pieces, the words that they form, and the windows over a long one.

use std::borrow::Cow;
use std::ops::Range;

use tokenizers::Tokenizer;
use unicode_normalization::char::decompose_compatible;

use super::config::{ModelConfig, PairHead};
use crate::document::{Mention, Span};

/// A sentence cut into pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pieces {
    /// The pieces.
    pub ids: Vec<i32>,
    /// How each piece and its word are written: 1 + 5 * case of the word + case of the piece; and 26 times the label that
    /// a name gives the word, for models that are told of names.
    pub shapes: Vec<i32>,
    /// The words, in text order.
    pub words: Vec<Word>,
    /// The piece that begins a row and the piece that ends it.
    pub(super) ends: (i32, i32),
}

impl Pieces {
    /// Returns where some of its words, at least one, stand in the sentence.
    pub fn span(&self, words: Range<usize>) -> Span {
        Span::new(self.words[words.start].start, self.words[words.end - 1].end)
    }

    /// Returns the labels that names give to the words of a sentence; of two that touch a word the later counts.
    pub fn labels<'a>(&self, names: impl IntoIterator<Item = &'a Mention>, sentence: Span) -> Vec<usize> {
        let mut out = vec![0; self.words.len()];
        for name in names {
            let start = (name.span.start - sentence.start) as usize;
            let end = (name.span.end - sentence.start) as usize;
            let touched = (0..out.len()).filter(|&i| self.words[i].start < end && start < self.words[i].end);
            let first = 1 + 2 * name.kind as usize;
            touched.enumerate().for_each(|(n, i)| out[i] = if n == 0 { first } else { first + 1 });
        }
        out
    }

    /// Tells the pieces of the labels that names give to their words.
    pub(super) fn tell(&mut self, labels: &[usize]) {
        for (word, label) in self.words.iter().zip(labels) {
            self.shapes[word.first..word.last].iter_mut().for_each(|shape| *shape += (SHAPES * label) as i32);
        }
    }
}

/// A run of letters and digits, or one punctuation mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// First byte, from the sentence's start.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// First piece.
    pub first: usize,
    /// One past the last piece.
    pub last: usize,
}

/// Words of a sentence that run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// First word.
    pub(super) first: usize,
    /// One past the last word.
    pub(super) last: usize,
}

/// The tokenizer of a model.
#[derive(Debug)]
pub(super) struct Splitter {
    tokenizer: Tokenizer,
    ends: (i32, i32),
    /// Whether signs part words that the tokenizer leaves together, and blanks are no part of words.
    parts: bool,
}

/// Number of shapes.
pub(super) const SHAPES: usize = 26;

fn fail(message: impl ToString) -> String {
    format!("tokenizer.json: {}", message.to_string())
}

fn read(bytes: &[u8]) -> Result<Tokenizer, String> {
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(fail)?;
    tokenizer.with_padding(None).with_truncation(None).map_err(fail)?;
    Ok(tokenizer)
}

impl Splitter {
    /// Reads `tokenizer.json`.
    pub(super) fn new(bytes: &[u8], config: &ModelConfig) -> Result<Self, String> {
        let tokenizer = read(bytes)?;
        let piece = |name: &str| {
            let id =
                tokenizer.token_to_id(name).ok_or_else(|| fail(format!("the piece {name} is missing")))?;
            i32::try_from(id).map_err(fail)
        };
        let ends = (piece("[CLS]")?, piece("[SEP]")?);
        let last = config.pairs.as_ref().map_or(0, PairHead::last_marker);
        if usize::try_from(last).is_ok_and(|last| last >= tokenizer.get_vocab_size(true)) {
            return Err(fail(format!("the marker piece {last} of config.json is missing")));
        }
        Ok(Self { tokenizer, ends, parts: false })
    }

    /// Reads the tokenizer of others: a row's ends are what it puts around a text, words are parted by blanks and signs.
    #[cfg(feature = "rust-bert")]
    pub(super) fn of_checkpoint(bytes: &[u8]) -> Result<Self, String> {
        let tokenizer = read(bytes)?;
        let around = tokenizer.encode("", true).map_err(fail)?;
        let &[first, last] = around.get_ids() else {
            let pieces = around.get_tokens();
            return Err(fail(format!("puts {pieces:?} around a text; one piece is needed on either side")));
        };
        let ends = (i32::try_from(first).map_err(fail)?, i32::try_from(last).map_err(fail)?);
        Ok(Self { tokenizer, ends, parts: true })
    }

    /// Returns the number of pieces that it knows.
    #[cfg(feature = "rust-bert")]
    pub(super) fn size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// Cuts a sentence.
    pub(super) fn split(&self, sentence: &str) -> Result<Pieces, String> {
        let plain = Plain::of(sentence);
        let encoding = self.tokenizer.encode(plain.text.as_ref(), false).map_err(|e| e.to_string())?;
        let places: Vec<(usize, usize)> = encoding.get_offsets().iter().map(|at| plain.place(*at)).collect();
        let mut pieces = Pieces { ends: self.ends, ..Pieces::default() };
        let mut current = None;
        let each = encoding.get_ids().iter().zip(encoding.get_word_ids()).zip(&places);
        for (at, ((id, word), &(start, end))) in each.enumerate() {
            pieces.ids.push(i32::try_from(*id).map_err(|e| e.to_string())?);
            let (start, end) = if self.parts { trimmed(sentence, start, end) } else { (start, end) };
            if self.parts && start == end {
                continue;
            }
            match pieces.words.last_mut() {
                Some(last)
                    if current == Some(*word) && !(self.parts && parted(sentence, last.end, start)) =>
                {
                    (last.end, last.last) = (end, at + 1);
                }
                _ => pieces.words.push(Word { start, end, first: at, last: at + 1 }),
            }
            current = Some(*word);
        }
        let whole = |at: usize| sentence.is_char_boundary(at);
        if let Some(word) = pieces.words.iter().find(|w| w.start >= w.end || !whole(w.start) || !whole(w.end))
        {
            return Err(format!("the tokenizer gave the offsets {}..{}", word.start, word.end));
        }
        let text = |start: usize, end: usize| sentence.get(start..end).unwrap_or_default();
        pieces.shapes = vec![0; pieces.ids.len()];
        for word in &pieces.words {
            let of_word = case(text(word.start, word.end));
            let of_pieces = pieces.shapes[word.first..word.last].iter_mut().zip(&places[word.first..]);
            of_pieces.for_each(|(shaped, (start, end))| *shaped = shape(of_word, case(text(*start, *end))));
        }
        Ok(pieces)
    }
}

/// A sentence with plain letters in the place of their typographic forms, which no vocabulary knows.
struct Plain<'a> {
    text: Cow<'a, str>,
    /// Where the character stands that each byte of the text comes from; empty if nothing was changed.
    from: Vec<(usize, usize)>,
}

impl<'a> Plain<'a> {
    fn of(sentence: &'a str) -> Self {
        if !sentence.contains(is_typographic) {
            return Self { text: Cow::Borrowed(sentence), from: Vec::new() };
        }
        let (mut text, mut from) =
            (String::with_capacity(sentence.len()), Vec::with_capacity(sentence.len()));
        for (start, c) in sentence.char_indices() {
            match is_typographic(c) {
                true => decompose_compatible(c, |plain| text.push(plain)),
                false => text.push(c),
            }
            from.resize(text.len(), (start, start + c.len_utf8()));
        }
        Self { text: Cow::Owned(text), from }
    }

    /// Returns the place in the sentence of a place in the text.
    fn place(&self, (start, end): (usize, usize)) -> (usize, usize) {
        match (self.from.get(start), self.from.get(end.wrapping_sub(1))) {
            (Some(first), Some(last)) if start < end => (first.0, last.1),
            _ => (start, end),
        }
    }
}

/// Tells whether a character is a letter, digit or sign in a mathematical, full-width or joined form (`𝛾`, `Ａ`, `ﬁ`), whose
/// plain form means the same, unlike that of `²` or `½`.
fn is_typographic(c: char) -> bool {
    matches!(c, '\u{1D400}'..='\u{1D7FF}' | '\u{FF01}'..='\u{FF5E}' | '\u{FB00}'..='\u{FB06}')
}

/// Returns the place of a piece without the blanks around it.
fn trimmed(text: &str, start: usize, end: usize) -> (usize, usize) {
    let piece = text.get(start..end).unwrap_or_default();
    let start = start + piece.len() - piece.trim_start().len();
    (start, start + piece.trim().len())
}

/// Tells whether a sign or blank stands on either side of the place between two pieces.
fn parted(text: &str, before: usize, after: usize) -> bool {
    // Several pieces may share one letter.
    before <= after
        && (!text[..before].ends_with(char::is_alphanumeric)
            || !text[after..].starts_with(char::is_alphanumeric))
}

/// Returns the shape of a piece, by how its word is written and how it is itself.
///
/// The tokenizer folds case, and the shape keeps what names of genes are known by.
fn shape(word: i32, piece: i32) -> i32 {
    1 + 5 * word + piece
}

/// Tells how letters are written: 0 none, 1 all small, 2 the first large, 3 all large, 4 mixed.
fn case(text: &str) -> i32 {
    let large = text.chars().filter(|c| c.is_uppercase()).count();
    let small = text.chars().any(char::is_lowercase);
    match (large, small) {
        (0, false) => 0,
        (0, true) => 1,
        (_, false) => 3,
        (1, true) if text.starts_with(char::is_uppercase) => 2,
        _ => 4,
    }
}

impl ModelConfig {
    /// Returns the windows of a sentence: as many whole words as a row holds; each further one begins inside the one before,
    /// at most `overlap` pieces before its end. A word longer than a window has one of its own and is cut to it.
    pub(super) fn windows(&self, pieces: &Pieces) -> Vec<Window> {
        let (room, words) = (self.window - 2, &pieces.words);
        let (mut out, mut first) = (Vec::new(), 0);
        while first < words.len() {
            let base = words[first].first;
            let fitting = words[first..].iter().take_while(|w| w.last - base <= room).count();
            let last = first + fitting.max(1);
            out.push(Window { first, last });
            if last == words.len() {
                break;
            }
            let near = |at: usize| words[last - 1].last - words[at].first <= self.overlap;
            let mut next = last;
            while next > first + 1 && near(next - 1) {
                next -= 1;
            }
            first = next;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::EntityType;

    #[test]
    fn names_label_the_words_that_they_touch_and_all_their_pieces() {
        let word = |start, end, first, last| Word { start, end, first, last };
        let words = vec![word(0, 2, 0, 2), word(2, 3, 2, 3), word(3, 4, 3, 4), word(5, 9, 4, 6)];
        let mut pieces = Pieces { ids: vec![9; 6], shapes: vec![7; 6], words, ends: (1, 2) };
        let names = [Mention::new(Span::new(10, 14), EntityType::Receptor, "lexicon")];
        let labels = pieces.labels(&names, Span::new(10, 30));
        assert_eq!(labels, [3, 4, 4, 0]);
        pieces.tell(&labels);
        assert_eq!(pieces.shapes, [85, 85, 111, 111, 7, 7]);
    }
}
