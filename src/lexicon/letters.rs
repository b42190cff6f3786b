//! Letters: runs of ASCII letters, read eight bytes at a time. `build.rs` includes this file.

/// A bit in each of eight bytes.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The bit that tells small letters from capitals, in each of eight bytes.
pub const SMALL: u64 = 0x20 * ONES;

/// The highest bit of each of eight bytes.
const HIGHEST: u64 = 0x80 * ONES;

/// A run of ASCII letters in a text.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// One past its last byte.
    pub end: usize,
    /// Up to eight letters, made small; the first comes lowest.
    pub letters: u64,
    /// Whether it is a whole word in small letters, perhaps after a capital, or in capitals, and no symbol that ends in
    /// spelled Greek: what needs no second look to be folded.
    pub regular: bool,
}

impl Run {
    /// Returns the run that begins at a byte, if a letter stands there.
    #[inline]
    pub fn at(text: &[u8], start: usize) -> Option<Self> {
        let written = first_eight(text.get(start..)?);
        let length = letters_in(written);
        if length == 0 {
            return None;
        }
        // The second letter shows the case of all that follow.
        let case = (written >> 8 & 0x20) * ONES;
        let mut other = (written ^ case) & SMALL & mask(length) & !0xff;
        let mut end = start + length;
        let mut count = length;
        while count == 8 {
            let more = first_eight(&text[end..]);
            count = letters_in(more);
            if count > 0 {
                other |= (more ^ case) & SMALL & mask(count);
            }
            end += count;
        }
        let capitals_after_small = written & 0x2020 == 0x20 && end - start > 1;
        let goes_on = text.get(end).is_some_and(|b| !b.is_ascii());
        let greek = matches!(text[end - 1], b'a' | b'n') && is_greek_end(&text[start..end]);
        let regular = other == 0 && !capitals_after_small && !goes_on && !greek;
        Some(Self { end, letters: (written | SMALL) & mask(length), regular })
    }
}

/// Returns the first eight bytes of a text, the first one lowest; zeros after its end.
#[inline]
pub fn first_eight(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => short(text),
    }
}

/// Returns up to seven bytes, the first one lowest.
#[inline]
pub fn short(text: &[u8]) -> u64 {
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => {
            let number = |four: &[u8; 4]| u64::from(u32::from_le_bytes(*four));
            number(first) | number(last) << (8 * (text.len() - 4))
        }
        _ => text.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    }
}

/// Covers the first bytes of eight; at least one.
#[inline]
pub const fn mask(bytes: usize) -> u64 {
    u64::MAX >> (64 - 8 * bytes)
}

/// Tells whether the letters of one of some pairs follow each other among eight.
#[inline]
pub fn holds_pair(letters: u64, pairs: &[[u8; 2]]) -> bool {
    let found = pairs.iter().fold(0, |found, [first, second]| {
        let other = (letters ^ (ONES * u64::from(*first))) | (letters >> 8 ^ (ONES * u64::from(*second)));
        // A byte is zero where the pair stands; the highest bit of the first such byte is then set.
        found | other.wrapping_sub(ONES) & !other
    });
    found & HIGHEST != 0
}

/// Counts the letters of ASCII that eight bytes begin with.
#[inline]
fn letters_in(bytes: u64) -> usize {
    let low = (bytes | SMALL) & !HIGHEST;
    // The highest bit of a byte: from `a` on, but not beyond `z`.
    let letters = (low + ONES * 0x1f) & !(low + ONES * 0x05) & !bytes & HIGHEST;
    ((letters ^ HIGHEST).trailing_zeros() / 8) as usize
}

/// Tells whether a word may be a symbol with Greek spelled out: `tnfalpha`.
pub fn is_greek_end(word: &[u8]) -> bool {
    const ENDS: [[u8; 3]; 8] = [*b"pha", *b"eta", *b"mma", *b"lta", *b"ppa", *b"bda", *b"ega", *b"lon"];
    (5..=10).contains(&word.len()) && word.last_chunk().is_some_and(|end| ENDS.contains(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_where_letters_do() {
        for (text, length, regular) in [
            ("", 0, false),
            ("2x", 0, false),
            ("a", 1, true),
            ("A ", 1, true),
            ("a\n", 1, true),
            ("of the", 2, true),
            ("Interleukin-2", 11, true),
            ("INTERLEUKINS.", 12, true),
            ("immunoglobulin", 14, true),
            ("interleukiN", 11, false),
            ("Immunoglobuline", 15, true),
            ("mRNA", 4, false),
            ("DCs", 3, false),
            ("kappaB", 6, false),
            ("tnfalpha", 8, false),
            ("beta", 4, true),
            ("naïve", 2, false),
            ("ß", 0, false),
        ] {
            let run = Run::at(text.as_bytes(), 0);
            assert_eq!(run.map_or(0, |r| r.end), length, "{text}");
            assert_eq!(run.is_some_and(|r| r.regular), regular, "{text}");
        }
    }

    #[test]
    fn pairs_are_found_among_eight_letters() {
        for (word, holds) in [("oedema", true), ("aerobe", false), ("eo", false), ("diarrhoe", true)] {
            assert_eq!(holds_pair(first_eight(word.as_bytes()), &[*b"oe", *b"xx"]), holds, "{word}");
        }
    }
}
