//! Pieces: a sentence as the model's word pieces, the words that they form, and the windows over a long one.

use tokenizers::Tokenizer;

use super::config::ModelConfig;

/// A sentence cut into pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pieces {
    /// The pieces.
    pub ids: Vec<i32>,
    /// How each piece and its word are written ([`shape`]).
    pub shapes: Vec<i32>,
    /// The words, in text order.
    pub words: Vec<Word>,
    /// The piece that begins a row and the piece that ends it.
    pub(super) ends: (i32, i32),
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
}

impl Splitter {
    /// Reads `tokenizer.json`.
    pub(super) fn new(bytes: &[u8], config: &ModelConfig) -> Result<Self, String> {
        let fail = |message: String| format!("tokenizer.json: {message}");
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|e| fail(e.to_string()))?;
        tokenizer.with_padding(None).with_truncation(None).map_err(|e| fail(e.to_string()))?;
        let piece = |name: &str| {
            let id =
                tokenizer.token_to_id(name).ok_or_else(|| fail(format!("the piece {name} is missing")))?;
            i32::try_from(id).map_err(|e| fail(e.to_string()))
        };
        let ends = (piece("[CLS]")?, piece("[SEP]")?);
        let last = config.last_marker();
        if usize::try_from(last).is_ok_and(|last| last >= tokenizer.get_vocab_size(true)) {
            return Err(fail(format!("the marker piece {last} of config.json is missing")));
        }
        Ok(Self { tokenizer, ends })
    }

    /// Cuts a sentence.
    pub(super) fn split(&self, sentence: &str) -> Result<Pieces, String> {
        let encoding = self.tokenizer.encode(sentence, false).map_err(|e| e.to_string())?;
        let mut pieces = Pieces { ends: self.ends, ..Pieces::default() };
        let mut current = None;
        let each = encoding.get_ids().iter().zip(encoding.get_word_ids()).zip(encoding.get_offsets());
        for (at, ((id, word), (start, end))) in each.enumerate() {
            pieces.ids.push(i32::try_from(*id).map_err(|e| e.to_string())?);
            match pieces.words.last_mut() {
                Some(last) if current == Some(*word) => (last.end, last.last) = (*end, at + 1),
                _ => pieces.words.push(Word { start: *start, end: *end, first: at, last: at + 1 }),
            }
            current = Some(*word);
        }
        let whole = |at: usize| sentence.is_char_boundary(at);
        if let Some(word) = pieces.words.iter().find(|w| w.start >= w.end || !whole(w.start) || !whole(w.end))
        {
            return Err(format!("the tokenizer gave the offsets {}..{}", word.start, word.end));
        }
        let text = |start: usize, end: usize| sentence.get(start..end).unwrap_or_default();
        for word in &pieces.words {
            let of_word = case(text(word.start, word.end));
            let parts = &encoding.get_offsets()[word.first..word.last];
            pieces.shapes.extend(parts.iter().map(|(start, end)| shape(of_word, case(text(*start, *end)))));
        }
        Ok(pieces)
    }
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
