//! Blocks: 64 bytes of a text at a time, with a bit for each that tells what stands there.

use wide::u8x16;

/// Number of bytes in a block.
pub(super) const BLOCK: usize = 64;

/// What stands at each of 64 bytes, the first one lowest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    /// White space, hyphens and what is no character.
    pub(super) gaps: u64,
    /// Letters and digits that go on with a word or number.
    pub(super) inside: u64,
    irregular: u64,
    greek_ends: u64,
    joined_vowels: u64,
}

/// What folding may do to a word or mark beside making it small, cutting its plural ending and changing a British spelling.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    /// It is not ASCII, has capitals but no word's, or is a bracket around a plus.
    pub(super) irregular: bool,
    /// It ends in `a` or `n`, which may be spelled Greek.
    pub(super) greek_end: bool,
    /// It has `ae` or `oe`.
    pub(super) joined_vowels: bool,
}

impl Block {
    /// Reads the first bytes of a text; after its end stand gaps.
    #[inline]
    pub(super) fn read(text: &[u8]) -> Self {
        match text.first_chunk() {
            Some(bytes) => Self::of(bytes),
            None => {
                let mut padded = [b' '; BLOCK];
                padded[..text.len()].copy_from_slice(text);
                Self::of(&padded)
            }
        }
    }

    #[inline]
    fn of(bytes: &[u8; BLOCK]) -> Self {
        let (mut letters, mut small, mut beyond, mut digits, mut gaps) = (0, 0, 0, 0, 0);
        let (mut e, mut before_e, mut ends, mut plus) = (0, 0, 0, 0);
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
            plus |= bits(bytes.simd_eq(all(b'+')));
            e |= bits(lowered.simd_eq(all(b'e')));
            before_e |= bits(lowered.simd_eq(all(b'a')) | lowered.simd_eq(all(b'o')));
            ends |= bits(bytes.simd_eq(all(b'a')) | bytes.simd_eq(all(b'n')));
        }
        let (words, small, capitals) = (letters | beyond, letters & small, letters & !small);
        let marks = !(words | digits | gaps);
        // Capitals begin a word of small letters or stand in a word of capitals.
        let mixed = capitals & small << 1 | small & capitals << 1 & capitals << 2;
        Self {
            gaps,
            inside: words & words << 1 | digits & digits << 1,
            irregular: beyond | mixed | marks & plus >> 1,
            greek_ends: ends & !(words >> 1),
            joined_vowels: before_e & e >> 1,
        }
    }

    /// Returns where words, numbers and marks begin.
    #[inline]
    pub(super) fn starts(&self) -> u64 {
        !(self.gaps | self.inside)
    }

    /// Returns the length of the word, number or mark that begins at a byte.
    #[inline]
    pub(super) fn length(&self, start: u32) -> u32 {
        1 + (!(self.inside >> start >> 1)).trailing_zeros()
    }

    /// Returns what is doubtful of the word, number or mark that begins at a byte.
    #[inline]
    pub(super) fn doubt(&self, start: u32) -> Doubt {
        let there = u64::MAX >> (64 - self.length(start));
        let holds = |bits: u64| bits >> start & there != 0;
        Doubt {
            irregular: holds(self.irregular),
            greek_end: holds(self.greek_ends),
            joined_vowels: holds(self.joined_vowels),
        }
    }
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
        let block = Block::read(text.as_bytes());
        assert_eq!(shown(text, block.inside), "_he__NFalpha____RNA______f__naemia___L__0_");
        assert_eq!(shown(text, block.irregular), "_______a________R___(_____________________");
        assert_eq!(shown(text, block.greek_ends), "___________a_____________________a________");
        assert_eq!(shown(text, block.joined_vowels), "_____________________________a____________");
        assert_eq!(shown(text, block.starts()), "T___T________4_m____(+)_o__a______,_I__1_.");
        assert_eq!([4, 13, 22, 39].map(|at| block.length(at)), [8, 1, 1, 2]);
    }

    #[test]
    fn what_is_not_ascii_belongs_to_words() {
        let text = "naïve β";
        let block = Block::read(text.as_bytes());
        assert_eq!([0, 7].map(|at| block.length(at)), [6, 2]);
        assert_eq!(block.irregular.count_ones(), 4);
    }
}
