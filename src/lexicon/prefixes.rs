//! Prefixes: the first four letters of words, to pass over most words of a text without folding them.
//!
//! Folding ([`super::key`]) changes the ends of words and a few British spellings, but hardly ever the first four
//! letters. The words for which it may are never passed over.

use std::ops::Range;

/// A set of keys of which only the beginnings of the first two atoms are kept.
#[derive(Debug)]
pub struct Prefixes {
    /// For each hash of a beginning, what begins so: bits of [`SINGLE`], [`FIRST`] and [`ALWAYS`].
    beginnings: Vec<u8>,
    /// Hashes of the beginnings of the first two atoms of longer keys.
    pairs: Vec<u64>,
    /// Hashes of the keys of one atom, by length and first eight letters.
    single_words: Vec<u64>,
    /// The same of the first atoms of longer keys.
    first_words: Vec<u64>,
}

/// A key of one atom begins so.
const SINGLE: u8 = 1;
/// The first atom of a longer key begins so.
const FIRST: u8 = 2;
/// Whatever begins so is never passed over.
const ALWAYS: u8 = 4;
/// Entries of [`Prefixes::beginnings`], and bits of [`Prefixes::pairs`].
const SLOTS: u32 = 1 << 16;

impl Prefixes {
    /// Makes a set of keys.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let bits = || vec![0; SLOTS as usize / 64];
        let beginnings = vec![0; SLOTS as usize];
        let mut set = Self { beginnings, pairs: bits(), single_words: bits(), first_words: bits() };
        for key in keys {
            let mut atoms = key.split(' ').map(str::as_bytes);
            let Some(first) = atoms.next() else { continue };
            // What is not ASCII is never passed over.
            let Some(one) = letters_of_atom(first) else { continue };
            let (kind, words) = match atoms.next().map(letters_of_atom) {
                Some(Some(two)) => {
                    mark(&mut set.pairs, pair(one as u32, two as u32));
                    (FIRST, &mut set.first_words)
                }
                _ => (SINGLE, &mut set.single_words),
            };
            set.beginnings[slot(one as u32)] |= kind;
            mark(words, whole(one, first.len()));
        }
        // British spellings that are folded within the first four letters.
        for start in [b"umou", b"olou", b"isat", b"sulp", b"omat"] {
            set.beginnings[slot(u32::from_le_bytes(*start))] |= ALWAYS;
        }
        set
    }

    /// Returns the parts of a text whose atoms may begin a member, in order, as ranges of bytes.
    ///
    /// A part is a run of letters and of characters beyond ASCII, a run of digits, or one mark.
    pub fn parts<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let bytes = text.as_bytes();
        let mut at = 0;
        std::iter::from_fn(move || {
            while let Some(part) = Part::at(bytes, at) {
                at = part.end;
                if self.may_begin(&part, bytes) {
                    return Some(part.start..part.end);
                }
            }
            None
        })
    }

    #[inline]
    fn may_begin(&self, part: &Part, text: &[u8]) -> bool {
        let run = &text[part.start..part.end];
        let begins = self.beginnings[slot(part.beginning())];
        if part.unusual || begins & ALWAYS != 0 {
            return true;
        }
        if part.short_plural {
            return self.may_be_plural(part.letters, run.len());
        }
        if begins == 0 {
            return false;
        }
        let exact = keeps_spelling(run);
        let is = |words: &[u64]| !exact || has(words, whole(part.letters, run.len()));
        let next = |next: &Part| {
            // Folding takes `'s` away.
            let unusual = next.unusual || next.short_plural || text[next.start] == b'\'';
            unusual
                || self.beginnings[slot(next.beginning())] & ALWAYS != 0
                || has(&self.pairs, pair(part.beginning(), next.beginning()))
        };
        begins & SINGLE != 0 && is(&self.single_words)
            || begins & FIRST != 0
                && is(&self.first_words)
                && Part::at(text, part.end).is_some_and(|part| next(&part))
    }

    /// Tells whether a word of four to six letters that ends in `s` may be a member in the singular.
    fn may_be_plural(&self, letters: u64, length: usize) -> bool {
        let stem = |cut: usize| letters & mask(length - cut);
        let and = |cut: usize, letter: u8| stem(cut) | u64::from(letter) << (8 * (length - cut));
        let begins = |letters: u64| self.beginnings[slot(letters as u32)] != 0;
        let before = (letters >> (8 * (length - 2))) as u8;
        begins(letters)
            || match before {
                // `-ss` and `-us` are no plurals, and of `-is` only `-sis` changes.
                b's' | b'u' => false,
                b'i' => begins(and(2, b'e')),
                _ => begins(stem(1)) || begins(stem(2)) || begins(and(3, b'y')),
            }
    }
}

/// A run of letters or digits, or one mark.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    end: usize,
    /// Up to eight letters, small ones, or digits, or the mark; the first comes lowest.
    letters: u64,
    /// Whether folding may change the beginning, or cut the run.
    unusual: bool,
    /// Whether it may be a plural whose ending reaches into the first four letters.
    short_plural: bool,
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
        if class != LETTER {
            let digits = text[start..].iter().take_while(|b| b.is_ascii_digit()).count();
            // `(+)` is one atom.
            let unusual = matches!(text[start..], [b'(' | b'[', b'+', ..]);
            let length = digits.max(1);
            let letters = first_eight(&text[start..]) & mask(length);
            return Some(Self { start, end: start + length, letters, unusual, short_plural: false });
        }
        let mut end = start + 1;
        while text.get(end).is_some_and(|b| CLASSES[usize::from(*b)] == LETTER) {
            end += 1;
        }
        let run = &text[start..end];
        let written = first_eight(&text[start..]) & mask(run.len());
        let letters = written | SMALL & mask(run.len());
        let short_plural = matches!(run, [_, _, _, .., b's' | b'S']) && run.len() <= 6;
        let unusual = is_mixed(written, run) || changes(letters, run);
        Some(Self { start, end, letters, unusual, short_plural })
    }

    /// Returns the first four letters.
    fn beginning(&self) -> u32 {
        self.letters as u32
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

/// Tells whether a word holds a capital after a small letter, a small letter after two capitals, or what is not ASCII.
#[inline]
fn is_mixed(written: u64, word: &[u8]) -> bool {
    let tail = SMALL & mask(word.len()) & !0xff;
    let small = written & tail;
    let same = small == tail || small == 0 && written & 0x20 == 0;
    let beyond_ascii = written & (SMALL << 2) != 0;
    beyond_ascii
        || !same
        || word.len() > 8 && word[8..].iter().any(|b| !b.is_ascii() || b & 0x20 != word[1] & 0x20)
}

/// Returns up to eight letters or digits of a folded atom, or its mark; none if it begins beyond ASCII.
fn letters_of_atom(atom: &[u8]) -> Option<u64> {
    let letters = atom.iter().take_while(|b| b.is_ascii_alphanumeric()).count().max(1);
    atom.first()?.is_ascii().then(|| first_eight(atom) & mask(letters))
}

/// Tells whether folding may change the first four letters of a word, or cut it; plural endings aside.
#[inline]
fn changes(letters: u64, word: &[u8]) -> bool {
    // `ae` and `oe` become `e`, as often as they are found.
    let joining = equal(letters, b'a') | equal(letters, b'o');
    let (four, fourth) = (0x8080_8080, 0x8000_0000);
    if joining & equal(letters, b'e') >> 8 & four != 0 || joining & joining >> 8 & fourth != 0 {
        return true;
    }
    // A symbol with Greek spelled out: `tnfalpha`.
    (5..=10).contains(&word.len()) && matches!(word[word.len() - 1] | 0x20, b'a' | b'n') && is_greek_end(word)
}

/// Sets the highest bit of each byte that is a letter.
#[inline]
fn equal(letters: u64, letter: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low = ONES * 0x7f;
    let other = letters ^ (ONES * u64::from(letter));
    !(((other & low) + low) | other | low)
}

fn is_greek_end(word: &[u8]) -> bool {
    matches!(
        word,
        [.., b'p', b'h', b'a']
            | [.., b'e', b't', b'a']
            | [.., b'm', b'm', b'a']
            | [.., b'l', b't', b'a']
            | [.., b'p', b'p', b'a']
            | [.., b'b', b'd', b'a']
            | [.., b'e', b'g', b'a']
            | [.., b'l', b'o', b'n']
    )
}

/// Tells whether folding only changes the case of a word that it does not cut: no plural, nothing British.
fn keeps_spelling(word: &[u8]) -> bool {
    let last = word[word.len() - 1] | 0x20;
    last != b's' && last != b'a' && !super::key::may_be_british(word)
}

/// Returns a hash of the first letters and the length of a run.
fn whole(letters: u64, length: usize) -> usize {
    ((letters ^ (length as u64) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as usize
}

fn mark(bits: &mut [u64], i: usize) {
    bits[i / 64] |= 1 << (i % 64);
}

fn has(bits: &[u64], i: usize) -> bool {
    bits[i / 64] >> (i % 64) & 1 == 1
}

fn slot(beginning: u32) -> usize {
    (beginning.wrapping_mul(0x9E37_79B1) >> 16) as usize
}

fn pair(one: u32, two: u32) -> usize {
    slot(one.wrapping_mul(0x85EB_CA6B).rotate_left(13) ^ two)
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
