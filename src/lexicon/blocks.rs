//! Blocks: 64 bytes of a text at a time, with a bit for each that tells what stands there.

#[cfg(target_arch = "x86_64")]
use pulp::x86::V3;
use wide::u8x16;

use super::letters::{SMALL, mask};

/// What a processor can do with a row of bytes at once.
pub(super) trait Lanes: Copy {
    /// Bytes, or for each of them all bits or none.
    type Row: Copy;
    /// Number of bytes in a row, a part of a block.
    const WIDTH: usize;

    /// Reads as many bytes.
    fn row(self, bytes: &[u8]) -> Self::Row;

    /// Makes letters small, and other bytes anything but letters.
    fn lowered(self, row: Self::Row) -> Self::Row;

    /// Tells which bytes are this one.
    fn are(self, row: Self::Row, byte: u8) -> Self::Row;

    /// Tells which bytes are the first one or one of so many that follow it.
    fn within(self, row: Self::Row, first: u8, more: u8) -> Self::Row;

    /// Joins what two rows tell.
    fn or(self, one: Self::Row, other: Self::Row) -> Self::Row;

    /// Returns the highest bit of each byte, that of the first byte lowest.
    fn bits(self, row: Self::Row) -> u64;
}

/// What every processor can do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Narrow;

impl Lanes for Narrow {
    type Row = u8x16;
    const WIDTH: usize = 16;

    #[inline(always)]
    fn row(self, bytes: &[u8]) -> u8x16 {
        u8x16::new(bytes.first_chunk().copied().unwrap_or_default())
    }

    #[inline(always)]
    fn lowered(self, row: u8x16) -> u8x16 {
        row | u8x16::splat(0x20)
    }

    #[inline(always)]
    fn are(self, row: u8x16, byte: u8) -> u8x16 {
        row.simd_eq(u8x16::splat(byte))
    }

    #[inline(always)]
    fn within(self, row: u8x16, first: u8, more: u8) -> u8x16 {
        (row - u8x16::splat(first)).simd_le(u8x16::splat(more))
    }

    #[inline(always)]
    fn or(self, one: u8x16, other: u8x16) -> u8x16 {
        one | other
    }

    #[inline(always)]
    fn bits(self, row: u8x16) -> u64 {
        row.to_bitmask().into()
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes for V3 {
    type Row = std::arch::x86_64::__m256i;
    const WIDTH: usize = 32;

    #[inline(always)]
    fn row(self, bytes: &[u8]) -> Self::Row {
        pulp::cast::<[u8; 32], _>(bytes.first_chunk().copied().unwrap_or_default())
    }

    #[inline(always)]
    fn lowered(self, row: Self::Row) -> Self::Row {
        self.or(row, self.avx._mm256_set1_epi8(0x20))
    }

    #[inline(always)]
    fn are(self, row: Self::Row, byte: u8) -> Self::Row {
        self.avx2._mm256_cmpeq_epi8(row, self.avx._mm256_set1_epi8(byte.cast_signed()))
    }

    #[inline(always)]
    fn within(self, row: Self::Row, first: u8, more: u8) -> Self::Row {
        let splat = |byte: u8| self.avx._mm256_set1_epi8(byte.cast_signed());
        let from_first = self.avx2._mm256_sub_epi8(row, splat(first));
        self.avx2._mm256_cmpeq_epi8(self.avx2._mm256_min_epu8(from_first, splat(more)), from_first)
    }

    #[inline(always)]
    fn or(self, one: Self::Row, other: Self::Row) -> Self::Row {
        self.avx2._mm256_or_si256(one, other)
    }

    #[inline(always)]
    fn bits(self, row: Self::Row) -> u64 {
        self.avx2._mm256_movemask_epi8(row).cast_unsigned().into()
    }
}

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
    #[inline(always)]
    pub(super) fn of<L: Lanes>(lanes: L, bytes: &Bytes) -> Self {
        let (mut letters, mut small, mut beyond, mut digits, mut gaps) = (0, 0, 0, 0, 0);
        let (mut a, mut e, mut before_e, mut l, mut n, mut plus) = (0, 0, 0, 0, 0, 0);
        for from in (0..BLOCK).step_by(L::WIDTH) {
            let row = lanes.row(&bytes[from..]);
            let lowered = lanes.lowered(row);
            let bits = |found: L::Row| lanes.bits(found) << from;
            letters |= bits(lanes.within(lowered, b'a', 25));
            small |= bits(lanes.within(row, b'a', 25));
            beyond |= bits(row);
            digits |= bits(lanes.within(row, b'0', 9));
            gaps |= bits(lanes.or(lanes.within(row, 0, b' '), lanes.are(row, b'-')));
            e |= bits(lanes.are(lowered, b'e'));
            before_e |= bits(lanes.or(lanes.are(lowered, b'a'), lanes.are(lowered, b'o')));
            a |= bits(lanes.are(row, b'a'));
            l |= bits(lanes.are(row, b'l'));
            n |= bits(lanes.are(row, b'n'));
            plus |= bits(lanes.are(row, b'+'));
        }
        let (words, capitals) = (letters | beyond, letters & !small);
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
        let block = Block::of(Narrow, first_bytes(text.as_bytes(), &mut [0; BLOCK + 7]));
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
    #[cfg(target_arch = "x86_64")]
    fn wide_rows_tell_the_same() {
        let Some(wide) = V3::try_new() else { return eprintln!("skipped: no AVX2 here") };
        for from in 0..=u8::MAX {
            let bytes: Bytes = std::array::from_fn(|i| from.wrapping_mul(31).wrapping_add((i * i) as u8));
            let [narrow, wide] = [Block::of(Narrow, &bytes), Block::of(wide, &bytes)];
            assert_eq!(format!("{narrow:?}"), format!("{wide:?}"), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_not_ascii_belongs_to_words() {
        let text = "naïve β";
        let block = Block::of(Narrow, first_bytes(text.as_bytes(), &mut [0; BLOCK + 7]));
        assert_eq!([0, 7].map(|at| block.length(at)), [6, 2]);
        assert_eq!(block.irregular.count_ones(), 4);
    }
}
