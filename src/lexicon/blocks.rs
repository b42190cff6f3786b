//! Blocks: 64 bytes of a text at a time, with a bit for each that tells what stands there.

use wide::u8x16;

use super::letters::{SMALL, mask};

/// Number of bytes in a block.
pub(super) const BLOCK: usize = 64;

/// The bytes of a block, and those that eight letters from its last byte on reach to.
pub(super) type Bytes = [u8; BLOCK + 7];

/// What stands at each of 64 bytes, the first one lowest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    /// White space, hyphens and what is no character.
    pub(super) gaps: u64,
    /// Letters and digits that go on with a word or number.
    pub(super) inside: u64,
    /// All other characters of ASCII.
    pub(super) marks: u64,
    /// The marks before a plus, which may be brackets that folding takes away.
    pub(super) before_plus: u64,
    irregular: u64,
    greek_ends: u64,
    joined_vowels: u64,
}

/// What folding may do to a word or mark beside making it small, cutting its plural ending and changing a British spelling.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    /// It is not ASCII or has capitals but no word's.
    pub(super) irregular: bool,
    /// It has five letters and ends as spelled Greek may.
    pub(super) greek_end: bool,
    /// It has `ae` or `oe`.
    pub(super) joined_vowels: bool,
}

/// Returns the bytes of the first block of a text; after the text's end stand gaps.
#[inline]
pub(super) fn first_bytes<'a>(text: &'a [u8], padded: &'a mut Bytes) -> &'a Bytes {
    text.first_chunk().unwrap_or_else(|| {
        *padded = [b' '; BLOCK + 7];
        padded[..text.len()].copy_from_slice(text);
        padded
    })
}

impl Block {
    /// Reads a block.
    #[inline]
    pub(super) fn of(bytes: &Bytes) -> Self {
        let (mut letters, mut small, mut beyond, mut digits, mut gaps) = (0, 0, 0, 0, 0);
        let (mut a, mut e, mut before_e, mut l, mut n, mut plus) = (0, 0, 0, 0, 0, 0);
        for (i, bytes) in bytes.as_chunks::<16>().0.iter().enumerate() {
            let bytes = u8x16::new(*bytes);
            let all = |byte: u8| u8x16::splat(byte);
            let lowered = bytes | all(0x20);
            let bits = |found: u8x16| u64::from(found.to_bitmask()) << (16 * i);
            letters |= bits((lowered - all(b'a')).simd_le(all(25)));
            small |= bits(bytes.simd_ge(all(b'a')));
            beyond |= bits(bytes);
            digits |= bits((bytes - all(b'0')).simd_le(all(9)));
            gaps |= bits(bytes.simd_le(all(b' ')) | bytes.simd_eq(all(b'-')));
            e |= bits(lowered.simd_eq(all(b'e')));
            before_e |= bits(lowered.simd_eq(all(b'a')) | lowered.simd_eq(all(b'o')));
            a |= bits(bytes.simd_eq(all(b'a')));
            l |= bits(bytes.simd_eq(all(b'l')));
            n |= bits(bytes.simd_eq(all(b'n')));
            plus |= bits(bytes.simd_eq(all(b'+')));
        }
        let (words, small, capitals) = (letters | beyond, letters & small, letters & !small);
        // Capitals begin a word of small letters or stand in a word of capitals.
        let mixed = capitals & small << 1 | small & capitals << 1 & capitals << 2;
        let long = words & words << 1 & words << 2 & words << 3 & words << 4;
        let marks = !(words | digits | gaps);
        Self {
            gaps,
            inside: words & words << 1 | digits & digits << 1,
            marks,
            before_plus: marks & plus >> 1,
            irregular: beyond | mixed,
            greek_ends: (a | n & l << 2) & long & !(words >> 1),
            joined_vowels: before_e & e >> 1,
        }
    }

    /// Returns where words, numbers and marks begin.
    #[inline]
    pub(super) fn starts(&self) -> u64 {
        !(self.gaps | self.inside)
    }

    /// Returns where words, numbers and marks end.
    #[inline]
    pub(super) fn lasts(&self) -> u64 {
        !(self.gaps | self.inside >> 1)
    }

    /// Returns which of the words, numbers and marks that begin at some bytes hold something doubtful, by their first bytes.
    #[inline]
    pub(super) fn doubtful(&self, starts: u64) -> u64 {
        let mut bits = self.irregular | self.greek_ends | self.joined_vowels;
        let mut found = 0;
        while bits != 0 {
            let first = (starts & ones(bits.trailing_zeros() + 1)).checked_ilog2();
            found |= first.map_or(0, |first| 1 << first);
            bits &= bits - 1;
        }
        found
    }

    /// Returns the length of the word, number or mark that begins at a byte.
    pub(super) fn length(&self, start: u32) -> u32 {
        1 + (!(self.inside >> start >> 1)).trailing_zeros()
    }

    /// Returns what is doubtful of a word, number or mark.
    pub(super) fn doubt(&self, start: u32, length: u32) -> Doubt {
        let holds = |bits: u64| bits >> start & ones(length) != 0;
        Doubt {
            irregular: holds(self.irregular),
            greek_end: holds(self.greek_ends),
            joined_vowels: holds(self.joined_vowels),
        }
    }
}

/// Returns as many bits, one at least.
#[inline]
fn ones(count: u32) -> u64 {
    u64::MAX >> (64 - count)
}

/// Covers up to eight letters of words by their lengths; 0 stands for that of a block.
const MASKS: [u64; BLOCK] = {
    let mut masks = [u64::MAX; BLOCK];
    let mut length = 1;
    while length < 8 {
        masks[length] = mask(length);
        length += 1;
    }
    masks
};

/// Returns up to eight letters or digits of a word or number, small ones, or a mark; the first comes lowest.
#[inline]
pub(super) fn letters(bytes: &Bytes, start: u32, length: u32) -> u64 {
    // The byte is one of the block's, so eight are there.
    let eight = bytes[start as usize % BLOCK..].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
    (eight | SMALL) & MASKS[length as usize % BLOCK]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes out the bytes whose bits are set.
    fn shown(text: &str, bits: u64) -> String {
        let set = |i: usize| bits >> i & 1 == 1;
        text.bytes().enumerate().map(|(i, b)| if set(i) { char::from(b) } else { '_' }).collect()
    }

    #[test]
    fn bits_tell_what_stands_where() {
        let text = "The TNFalpha-4 mRNA (+) of anaemia, IL-10.";
        let block = Block::of(first_bytes(text.as_bytes(), &mut [0; BLOCK + 7]));
        assert_eq!(shown(text, block.inside), "_he__NFalpha____RNA______f__naemia___L__0_");
        assert_eq!(shown(text, block.marks), "____________________(+)___________,______.");
        assert_eq!(shown(text, block.before_plus), "____________________(_____________________");
        assert_eq!(shown(text, block.irregular), "_______a________R_________________________");
        assert_eq!(shown(text, block.greek_ends), "___________a_____________________a________");
        assert_eq!(shown(text, block.joined_vowels), "_____________________________a____________");
        assert_eq!(shown(text, block.starts()), "T___T________4_m____(+)_o__a______,_I__1_.");
        assert_eq!([4, 13, 22, 39].map(|at| block.length(at)), [8, 1, 1, 2]);
    }

    #[test]
    fn what_is_not_ascii_belongs_to_words() {
        let text = "naïve β";
        let block = Block::of(first_bytes(text.as_bytes(), &mut [0; BLOCK + 7]));
        assert_eq!([0, 7].map(|at| block.length(at)), [6, 2]);
        assert_eq!(block.irregular.count_ones(), 4);
    }
}
