//! Prefixes: the first letters of words, to pass over most words of a text without folding them.
//!
//! Folding ([`super::key`]) changes plurals and a few British spellings, so the spellings of each key that it would fold
//! are in the set. The words for which it may do more are never passed over.

use std::collections::HashMap;
use std::ops::Range;

use super::key;

/// A set of keys of which only the beginnings of the first two atoms are kept, as bits of their hashes.
#[derive(Debug)]
pub struct Prefixes {
    /// The first four letters of keys, with joined vowels and without.
    beginnings: Bits<{ 1 << 16 }>,
    /// The keys of one atom, by length and first eight letters.
    single_words: Bits<{ 1 << 18 }>,
    /// The same of the first atoms of longer keys.
    first_words: Bits<{ 1 << 18 }>,
    /// The first four letters of the first atom and the first six of the second of longer keys.
    pairs: Bits<{ 1 << 18 }>,
}

impl Prefixes {
    /// Makes a set of keys.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let (beginnings, pairs) = (Bits::new(), Bits::new());
        let mut set = Self { beginnings, single_words: Bits::new(), first_words: Bits::new(), pairs };
        let mut known: HashMap<&str, Spellings> = HashMap::new();
        for key in keys {
            let mut atoms = key.split(' ');
            let (Some(first), second) = (atoms.next(), atoms.next()) else { continue };
            for atom in [Some(first), second].into_iter().flatten() {
                known.entry(atom).or_insert_with(|| Spellings::of(atom));
            }
            let (first, second) = (&known[first], second.map(|atom| &known[atom]));
            let second = second.filter(|spelled| !spelled.whole.is_empty());
            let words = if second.is_some() { &mut set.first_words } else { &mut set.single_words };
            first.whole.iter().for_each(|hash| words.mark(*hash));
            first.joined.iter().for_each(|letters| set.beginnings.mark(slot(*letters)));
            for one in &first.beginnings {
                second
                    .into_iter()
                    .flat_map(|s| &s.beginnings)
                    .for_each(|two| set.pairs.mark(pair(*one, *two)));
            }
        }
        set
    }

    /// Returns the parts of a text whose atoms may begin a member, in order, as ranges of bytes.
    ///
    /// A part is a run of letters and of characters beyond ASCII, a run of digits, or one mark.
    pub fn parts<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let (text, mut at) = (text.as_bytes(), 0);
        std::iter::from_fn(move || {
            while let Some(part) = Part::at(text, at) {
                at = part.end;
                if self.may_begin(&part, text) {
                    return Some(part.start..part.end);
                }
            }
            None
        })
    }

    /// Tells whether an atom of a part may begin a member.
    #[inline]
    fn may_begin(&self, part: &Part, text: &[u8]) -> bool {
        part.unusual || self.beginnings.has(slot(part.letters)) && self.may_be_listed(part, text)
    }

    /// Tells whether a part is a member or, with the next part, may begin one.
    fn may_be_listed(&self, part: &Part, text: &[u8]) -> bool {
        let whole = whole(part.letters, part.end - part.start);
        let goes_on = |next: Part| {
            // Folding takes `'s` away.
            let odd = next.unusual || text[next.start] == b'\'' || next.joins_vowels(text);
            odd || self.pairs.has(pair(part.letters, next.letters))
        };
        self.single_words.has(whole)
            || self.first_words.has(whole) && Part::at(text, part.end).is_some_and(goes_on)
            || part.joins_vowels(text)
    }
}

/// The words in small letters of ASCII that are folded to an atom, but for joined vowels; none if it begins beyond ASCII.
#[derive(Default)]
struct Spellings {
    /// The hash of each.
    whole: Vec<u32>,
    /// The first eight letters of each, those with the same first six once.
    beginnings: Vec<u64>,
    /// The first four letters of each, and of the words with joined vowels that are folded to it.
    joined: Vec<u64>,
}

impl Spellings {
    fn of(atom: &str) -> Self {
        let mut out = Self::default();
        if !atom.starts_with(|c: char| c.is_ascii()) {
            return out;
        }
        for word in key::spellings(atom) {
            let letters = letters_of_atom(word.as_bytes());
            out.whole.push(whole(letters, word.len()));
            if !out.beginnings.iter().any(|known| known & mask(6) == letters & mask(6)) {
                out.beginnings.push(letters);
                join_vowels(&letters.to_le_bytes(), 0, 0, &mut out.joined);
            }
        }
        out
    }
}

/// Adds the four letters that words with joined vowels begin with which are folded to some letters, given the first
/// `count` of them: `ae`, `oe`, `aoe` become `e`, as often as they are found.
fn join_vowels(letters: &[u8], four: u64, count: usize, out: &mut Vec<u64>) {
    let next = letters.first().filter(|letter| **letter != 0 && count < 4);
    let Some(next) = next else { return out.push(four) };
    let with = |letter: u8| four | u64::from(letter) << (8 * count);
    if *next == b'e' {
        b"ao".iter().for_each(|vowel| join_vowels(letters, with(*vowel), count + 1, out));
    }
    join_vowels(&letters[1..], with(*next), count + 1, out);
}

/// A run of letters or digits, or one mark.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    end: usize,
    /// Up to eight letters, small ones, or digits, or the mark; the first comes lowest.
    letters: u64,
    /// Whether folding may change the beginning, or cut the run; plural endings and joined vowels aside.
    unusual: bool,
}

impl Part {
    /// Returns the first part from a byte on.
    #[inline]
    fn at(text: &[u8], from: usize) -> Option<Self> {
        let mut start = from;
        let class = loop {
            match CLASSES[usize::from(*text.get(start)?)] {
                GAP => start += 1,
                class => break class,
            }
        };
        let written = first_eight(&text[start..]);
        if class == OTHER {
            let digits = text[start..].iter().take_while(|b| b.is_ascii_digit()).count();
            // `(+)` is one atom.
            let unusual = matches!(text[start..], [b'(' | b'[', b'+', ..]);
            let length = digits.max(1);
            return Some(Self { start, end: start + length, letters: written & mask(length), unusual });
        }
        let length = letters_in(written);
        let mut end = start + length;
        let mut unusual = is_mixed(written, length);
        while let Some(more) = text.get(end).filter(|b| CLASSES[usize::from(**b)] == LETTER) {
            unusual |= length < 8 || !more.is_ascii() || more & 0x20 != text[start + 1] & 0x20;
            end += 1;
        }
        unusual |= is_greek_end(text, start, end);
        Some(Self { start, end, letters: (written | SMALL) & mask(length), unusual })
    }

    /// Tells whether `ae` or `oe`, which become `e`, stands in a word; true as well for some words without.
    fn joins_vowels(&self, text: &[u8]) -> bool {
        let before_e = (self.letters >> 8) ^ (ONES * u64::from(b'e'));
        let joined = |first: u8| {
            // A byte is zero where the two letters stand; the highest bit of the first such byte is then set.
            let other = before_e | (self.letters ^ (ONES * u64::from(first)));
            other.wrapping_sub(ONES) & !other & (ONES * 0x80) != 0
        };
        let tail = || text[self.start + 7..self.end].windows(2);
        let pair = |pair: &[u8]| matches!(pair, [b'a' | b'o' | b'A' | b'O', b'e' | b'E']);
        joined(b'a') || joined(b'o') || self.end - self.start > 8 && tail().any(pair)
    }
}

/// White space and hyphens.
const GAP: u8 = 0;
/// Letters, and all that is not ASCII.
const LETTER: u8 = 1;
/// Digits and marks.
const OTHER: u8 = 2;

static CLASSES: [u8; 256] = {
    let (mut classes, mut byte) = ([OTHER; 256], 0);
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'-' | b'\n' | b'\t' | b'\r' => GAP,
            b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => LETTER,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

/// The bit that tells small letters from capitals, in each of eight bytes.
const SMALL: u64 = 0x2020_2020_2020_2020;

/// Returns the first eight bytes of a word, the first one lowest.
#[inline]
fn first_eight(word: &[u8]) -> u64 {
    match word.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => word.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    }
}

/// Covers the first bytes of eight.
#[inline]
fn mask(bytes: usize) -> u64 {
    if bytes < 8 { (1 << (8 * bytes)) - 1 } else { u64::MAX }
}

/// Tells whether the first eight letters of a word hold a capital after a small letter, a small letter after two
/// capitals, or what is not ASCII.
#[inline]
fn is_mixed(written: u64, length: usize) -> bool {
    let tail = SMALL & mask(length) & !0xff;
    let small = written & tail;
    let same = small == tail || small == 0 && written & 0x20 == 0;
    !same || written & mask(length) & (SMALL << 2) != 0
}

/// Returns up to eight letters or digits of an atom, or its mark.
fn letters_of_atom(atom: &[u8]) -> u64 {
    let letters = atom.iter().take_while(|b| b.is_ascii_alphanumeric()).count().max(1);
    first_eight(atom) & mask(letters)
}

/// Counts the letters of ASCII that eight bytes begin with.
#[inline]
fn letters_in(bytes: u64) -> usize {
    let low = (bytes | SMALL) & (ONES * 0x7f);
    // The highest bit of a byte: from `a` on, but not beyond `z`.
    let letters = (low + ONES * 0x1f) & !(low + ONES * 0x05) & !bytes & (ONES * 0x80);
    ((letters ^ (ONES * 0x80)).trailing_zeros() / 8) as usize
}

/// A bit in each of eight bytes.
const ONES: u64 = 0x0101_0101_0101_0101;

/// Tells whether a word may be a symbol with Greek spelled out: `tnfalpha`.
#[inline]
fn is_greek_end(text: &[u8], start: usize, end: usize) -> bool {
    const ENDS: [[u8; 3]; 8] = [*b"pha", *b"eta", *b"mma", *b"lta", *b"ppa", *b"bda", *b"ega", *b"lon"];
    let Some([_, last @ ..]) = text[..end].last_chunk::<4>() else { return false };
    // Compared without branches, which would be hard to foretell.
    let three = |bytes: &[u8; 3]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
    let ends = ENDS.iter().fold(false, |found, known| found | (three(known) == three(last)));
    ends & (5..=10).contains(&(end - start))
}

/// Returns a hash of the first letters and the length of a word.
#[inline]
fn whole(letters: u64, length: usize) -> u32 {
    ((letters ^ (length as u64) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u32
}

/// Returns a hash of the first four letters.
#[inline]
fn slot(letters: u64) -> u32 {
    (letters as u32).wrapping_mul(0x9E37_79B1) >> 16
}

/// Returns a hash of the first four letters of an atom and the first six of the next.
#[inline]
fn pair(one: u64, two: u64) -> u32 {
    let next = (two & mask(6)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((next ^ one << 32).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32) as u32
}

/// A bit for each of some hashes; a power of two.
#[derive(Debug)]
struct Bits<const N: usize>(Vec<u64>);

impl<const N: usize> Bits<N> {
    fn new() -> Self {
        Self(vec![0; N / 64])
    }

    fn mark(&mut self, hash: u32) {
        self.0[hash as usize % N / 64] |= 1 << (hash % 64);
    }

    #[inline]
    fn has(&self, hash: u32) -> bool {
        self.0[hash as usize % N / 64] >> (hash % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lexicon::key;

    /// Checks that no place of a text where one of its own atoms, or a pair of them, begins is passed over.
    fn check(text: &str) {
        let keyed = key::fold(text);
        let atoms: Vec<&str> = (0..keyed.atoms.len()).map(|i| keyed.atom(i)).collect();
        for i in 0..atoms.len() {
            let start = keyed.atoms[i].start as usize;
            let pair = atoms.get(i + 1).map(|next| [atoms[i], next].join(" "));
            for name in [Some(atoms[i].to_owned()), pair].into_iter().flatten() {
                let set = Prefixes::new([name.as_str()]);
                assert!(set.parts(text).any(|p| p.contains(&start)), "{name} in {text:?}");
            }
        }
    }

    #[test]
    fn every_word_that_folds_to_a_member_is_in_a_part() {
        let names = [
            "TNF",
            "il",
            "tumours",
            "haemopoietic",
            "oedema",
            "sulphate",
            "CSFs",
            "axes",
            "bodies",
            "oasis",
            "omata",
            "4-1BB",
            "TNFalpha",
            "tgfbeta",
            "rhIL-2",
            "β",
            "interferon",
            "(pro)renin",
            "naïve",
            "DCs",
        ];
        for name in names {
            for text in [format!("The {name}."), name.to_owned(), format!("({name}s)"), name.to_uppercase()] {
                check(&text);
            }
        }
    }

    #[test]
    fn most_words_are_passed_over() {
        let set = Prefixes::new(["interleukin", "il", "tumor necrose factor", "4 1 bb"]);
        let text = "Patients with 4 tumours, not of the skin, got 4-1BB and interleukin-2 (IL-2), not tumor necrosis factor.";
        let parts: Vec<&str> = set.parts(text).map(|p| &text[p]).collect();
        assert_eq!(parts, ["4", "interleukin", "IL", "tumor"]);
    }

    proptest! {
        #[test]
        fn nothing_that_folds_to_a_member_is_passed_over(
            words in prop::collection::vec("[a-fA-Fosu]{1,8}|[a-z]{0,3}(alpha|beta|ae|oe|sis|ies|omata|umour)[a-z]{0,3}|[A-Z]{2}[0-9]{1,2}|[α-ωé('+)]|'s|[(][+][)]", 1..6),
            glue in prop::collection::vec("[ -–]?", 6),
        ) {
            let text: String = words.iter().zip(&glue).flat_map(|(w, g)| [w.as_str(), g.as_str()]).collect();
            check(&text);
        }
    }
}
