//! Prefixes: the first letters of words, to pass over most words of a text without folding them.
//!
//! Folding ([`super::key`]) changes plurals and a few British spellings, so the spellings of each key that it would fold
//! are in the set. The words for which it may do more are never passed over.

use std::collections::HashMap;
use std::ops::Range;

use super::blocks::{self, BLOCK, Block, Bytes, Doubt, Lanes, Narrow, first_bytes};
use super::filter::two_bits;
use super::key;
use super::letters::{SMALL, first_eight, is_greek_end, mask};

/// A set of keys of which only the beginnings of the first two atoms are kept, as bits of their hashes.
#[derive(Clone, Debug)]
pub struct Prefixes {
    /// The first four letters of keys, with joined vowels and without.
    beginnings: Bits<{ 1 << 10 }>,
    /// The first atoms of keys, by length and first eight letters.
    words: Bits<{ 1 << 11 }>,
    /// Those that are a key.
    single_words: Bits<{ 1 << 11 }>,
    /// The first four letters of the first atom and the first six of the second of longer keys.
    pairs: Bits<{ 1 << 12 }>,
    /// Whether a key begins with a mark of ASCII.
    marks: bool,
    /// The first characters of keys that begin beyond ASCII.
    beyond: Vec<char>,
}

impl Prefixes {
    /// Makes a set of keys.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let (beginnings, pairs) = (Bits::new(), Bits::new());
        let (words, single_words) = (Bits::new(), Bits::new());
        let mut set = Self { beginnings, words, single_words, pairs, marks: false, beyond: Vec::new() };
        set.extend(keys);
        set
    }

    /// Adds keys.
    pub fn extend<'a>(&mut self, keys: impl IntoIterator<Item = &'a str>) {
        let mut known: HashMap<&str, Spellings> = HashMap::new();
        for key in keys {
            let mut atoms = key.split(' ');
            let (Some(first), second) = (atoms.next(), atoms.next()) else { continue };
            for atom in [Some(first), second].into_iter().flatten() {
                known.entry(atom).or_insert_with(|| Spellings::of(atom));
            }
            let (first, second) = (&known[first], second.map(|atom| &known[atom]));
            let second = second.filter(|spelled| !spelled.whole.is_empty());
            self.beyond.extend(key.chars().next().filter(|c| !c.is_ascii()));
            self.marks |= key.starts_with(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric());
            first.whole.iter().for_each(|hash| self.words.mark(*hash));
            if second.is_none() {
                first.whole.iter().for_each(|hash| self.single_words.mark(*hash));
            }
            first.joined.iter().for_each(|letters| self.beginnings.mark(slot(*letters)));
            for one in &first.beginnings {
                second
                    .into_iter()
                    .flat_map(|s| &s.beginnings)
                    .for_each(|two| self.pairs.mark(pair(*one, *two)));
            }
        }
    }

    /// Tells whether something holds for any of the parts of a text whose atoms may begin a member, asked in order with
    /// ranges of bytes.
    ///
    /// A part is a run of letters and of characters beyond ASCII, a run of digits, or one mark.
    pub fn any(&self, text: &str, holds: impl FnMut(Range<usize>) -> bool) -> bool {
        #[cfg(target_arch = "x86_64")]
        if let Some(lanes) = pulp::x86::V3::try_new() {
            return lanes.vectorize(Search { set: self, lanes, text, holds });
        }
        self.search(Narrow, text, holds)
    }

    #[inline(always)]
    fn search<L: Lanes>(&self, lanes: L, text: &str, mut holds: impl FnMut(Range<usize>) -> bool) -> bool {
        let (whole_text, text) = (text, text.as_bytes());
        let (mut base, mut padded) = (0, [0; BLOCK + 7]);
        while base < text.len() {
            let bytes = first_bytes(&text[base..], &mut padded);
            let block = Block::of(lanes, bytes);
            let mut starts = block.starts();
            let mut next = base + BLOCK;
            // A part that may go on after the block is read with the next one.
            if block.gaps >> (BLOCK - 1) == 0 && next < text.len() {
                let last = starts.ilog2();
                starts ^= 1 << last;
                next = base + last as usize;
                if last == 0 {
                    // Longer than any word.
                    next = parts_end(text, base + BLOCK);
                    if holds(base..next) {
                        return true;
                    }
                }
            }
            // Names hardly ever begin with marks.
            let asked = if self.marks { !0 } else { !block.marks };
            let known = self.known(bytes, starts & asked, block.lasts() & asked);
            let doubtful = block.doubtful(starts) | block.before_plus & starts & asked;
            let mut found = known | doubtful;
            while found != 0 {
                let start = found.trailing_zeros();
                found &= found - 1;
                let part = Part::of(&block, bytes, start, base);
                let next = || match starts >> start >> 1 {
                    0 => Part::after(lanes, text, part.end),
                    rest => Some(Part::of(&block, bytes, start + 1 + rest.trailing_zeros(), base)),
                };
                let is = |bits: u64| bits >> start & 1 == 1;
                let may_begin = is(known) && self.may_be_listed(&part, text, next)
                    || is(doubtful) && self.may_be_folded(&part, whole_text);
                if may_begin && holds(part.start..part.end) {
                    return true;
                }
            }
            base = next;
        }
        false
    }

    /// Returns which parts of a block are the first atom of a key, without a branch for each, as those would be hard to
    /// foretell.
    #[inline]
    fn known(&self, bytes: &Bytes, mut starts: u64, mut lasts: u64) -> u64 {
        let mut found = 0;
        while starts != 0 {
            let start = starts.trailing_zeros();
            let length = lasts.trailing_zeros() + 1 - start;
            let letters = blocks::letters(bytes, start, length);
            found |= u64::from(self.words.has(whole(letters, length))) << start;
            starts &= starts - 1;
            lasts &= lasts - 1;
        }
        found
    }

    /// Tells whether a part that is the first atom of a key is a member or, with the next part, may begin one.
    fn may_be_listed(&self, part: &Part, text: &[u8], next: impl FnOnce() -> Option<Part>) -> bool {
        let whole = whole(part.letters, (part.end - part.start) as u32);
        let goes_on = |next: Part| {
            // Folding takes `'s` away.
            let odd = || next.doubt.joined_vowels || next.is_odd(text);
            self.pairs.has(pair(part.letters, next.letters)) || text[next.start] == b'\'' || odd()
        };
        self.single_words.has(whole) || next().is_some_and(goes_on)
    }

    /// Tells whether a part may be folded to other letters that begin a member.
    fn may_be_folded(&self, part: &Part, text: &str) -> bool {
        let vowels = part.doubt.joined_vowels;
        if !part.is_odd(text.as_bytes()) {
            return vowels && self.beginnings.has(slot(part.letters));
        }
        let word = &text[part.start..part.end];
        let mut characters = word.chars();
        match (characters.next(), characters.next()) {
            // Only Greek stands for something else.
            (Some(c), None) if !c.is_alphabetic() && key::greek(c).is_none() => {
                c.is_ascii() || self.beyond.contains(&c)
            }
            _ if vowels || !word.is_ascii() => true,
            _ => self.may_be_cut(word),
        }
    }

    /// Tells whether a member may begin with a piece of a word that folding cuts, or with an acronym in the plural.
    fn may_be_cut(&self, word: &str) -> bool {
        let letters = |word: &str| letters_of_atom(word.as_bytes());
        let cut = |word| str::split_at(word, key::first_piece(word));
        let listed = |word: &str| whole(letters(word), word.len() as u32);
        let (mut piece, mut rest) = cut(word);
        if rest.is_empty() {
            return word.strip_suffix('s').is_some_and(|acronym| self.words.has(listed(acronym)));
        }
        loop {
            let (next, after) = cut(rest);
            let plural = piece.ends_with('s') || next.ends_with('s');
            let goes_on = || rest.is_empty() || self.pairs.has(pair(letters(piece), letters(next)));
            let listed = listed(piece);
            if plural || self.words.has(listed) && (self.single_words.has(listed) || goes_on()) {
                return true;
            }
            if rest.is_empty() {
                return false;
            }
            (piece, rest) = (next, after);
        }
    }
}

/// A search on a processor with rows of 32 bytes; what is inlined into it may use all else that such a processor can do.
#[cfg(target_arch = "x86_64")]
struct Search<'a, F> {
    set: &'a Prefixes,
    lanes: pulp::x86::V3,
    text: &'a str,
    holds: F,
}

#[cfg(target_arch = "x86_64")]
impl<F: FnMut(Range<usize>) -> bool> pulp::NullaryFnOnce for Search<'_, F> {
    type Output = bool;

    #[inline(always)]
    fn call(self) -> bool {
        self.set.search(self.lanes, self.text, self.holds)
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
            out.whole.push(whole(letters, word.len() as u32));
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
struct Part {
    start: usize,
    end: usize,
    /// Up to eight letters, small ones, or digits, or the mark; the first comes lowest.
    letters: u64,
    doubt: Doubt,
}

impl Part {
    /// Reads the part at a place of the block that begins at a byte.
    fn of(block: &Block, bytes: &Bytes, start: u32, base: usize) -> Self {
        let length = block.length(start);
        let (letters, doubt) = (blocks::letters(bytes, start, length), block.doubt(start, length));
        let start = base + start as usize;
        Self { start, end: start + length as usize, letters, doubt }
    }

    /// Tells whether folding may do more than change a plural ending, a British spelling or joined vowels.
    fn is_odd(&self, text: &[u8]) -> bool {
        // A plus loses its brackets.
        let bracketed = || !text[self.start].is_ascii_alphanumeric() && text.get(self.end) == Some(&b'+');
        self.doubt.irregular
            || self.doubt.greek_end && is_greek_end(&text[self.start..self.end])
            || bracketed()
    }

    /// Returns the first part from a byte on.
    #[inline(always)]
    fn after<L: Lanes>(lanes: L, text: &[u8], at: usize) -> Option<Self> {
        let mut padded = [0; BLOCK + 7];
        let bytes = first_bytes(&text[at..], &mut padded);
        let block = Block::of(lanes, bytes);
        (block.starts() != 0).then(|| Self::of(&block, bytes, block.starts().trailing_zeros(), at))
    }
}

/// Returns the end of a run of letters, digits and what is not ASCII.
fn parts_end(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().take_while(|b| b.is_ascii_alphanumeric() || !b.is_ascii()).count()
}

/// Returns up to eight letters or digits of an atom, or its mark.
fn letters_of_atom(atom: &[u8]) -> u64 {
    let letters = atom.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    (first_eight(atom) | SMALL) & mask(letters.clamp(1, 8))
}

/// Returns a hash of the first letters and the length of a word.
#[inline]
fn whole(letters: u64, length: u32) -> u32 {
    ((letters ^ u64::from(length) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u32
}

/// Returns a hash of the first four letters.
#[inline]
fn slot(letters: u64) -> u32 {
    (letters as u32).wrapping_mul(0x9E37_79B1) >> 10
}

/// Returns a hash of the first four letters of an atom and the first six of the next.
#[inline]
fn pair(one: u64, two: u64) -> u32 {
    let next = (two & mask(6)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((next ^ one << 32).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32) as u32
}

/// Two bits for each of some hashes, as in a [`super::filter::WordFilter`]; small, to stay in the nearest memory.
#[derive(Clone, Debug)]
struct Bits<const WORDS: usize>(Box<[u64; WORDS]>);

impl<const WORDS: usize> Bits<WORDS> {
    fn new() -> Self {
        Self(Box::new([0; WORDS]))
    }

    fn mark(&mut self, hash: u32) {
        self.0[(hash >> 12) as usize % WORDS] |= two_bits(hash.into());
    }

    #[inline]
    fn has(&self, hash: u32) -> bool {
        let bits = two_bits(hash.into());
        self.0[(hash >> 12) as usize % WORDS] & bits == bits
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
                assert!(set.any(text, |part| part.contains(&start)), "{name} in {text:?}");
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
        let mut parts = Vec::new();
        assert!(!set.any(text, |part| {
            parts.push(&text[part]);
            false
        }));
        assert_eq!(parts, ["4", "interleukin", "IL", "tumor"]);
    }

    #[test]
    fn odd_words_are_passed_over_unless_a_piece_may_begin_a_member() {
        let set = Prefixes::new(["kappa b", "il", "interleukin"]);
        let text = "mRNA ± 2 mL at pH 7 – for kappaB, not kappaC or GPs, of rhILs and ILs.";
        let mut parts = Vec::new();
        assert!(!set.any(text, |part| {
            parts.push(&text[part]);
            false
        }));
        assert_eq!(parts, ["kappaB", "rhILs", "ILs"]);
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
