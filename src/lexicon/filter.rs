//! Filter: a set of words that may answer "perhaps" for a word it does not hold, and never "no" for one it holds
//! (Bloom 1970, two bits, both in one machine word so that one memory is waited for), to pass over most words of a text
//! without walking a map. `build.rs` includes this file.

use super::letters::short;

/// A set of words as bits; its length in bytes is a power of two, 8 at least.
#[derive(Clone, Debug)]
pub struct WordFilter<B>(B);

impl WordFilter<Vec<u8>> {
    /// Makes an empty set of `1 << log` bytes, at least 8.
    pub fn new(log: u32) -> Self {
        Self(vec![0; 1 << log.max(3)])
    }

    /// Adds the beginning of a key: its only atom, or its first two with the space between.
    pub fn insert_beginning(&mut self, key: &str) {
        let end = key.match_indices(' ').nth(1).map_or(key.len(), |(at, _)| at);
        self.insert(&key[..end]);
    }

    /// Adds a word.
    pub fn insert(&mut self, word: &str) {
        self.insert_hashed(hash(word));
    }

    /// Adds a word of this [`hash`].
    pub fn insert_hashed(&mut self, hash: u64) {
        let words = self.0.as_chunks_mut::<8>().0;
        let word = &mut words[place(hash, words.len())];
        *word = (u64::from_le_bytes(*word) | two_bits(hash)).to_le_bytes();
    }

    /// Returns the bits.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl Default for WordFilter<Vec<u8>> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<B: AsRef<[u8]>> WordFilter<B> {
    /// Reads a set from its bits.
    pub fn from_bytes(bits: B) -> Self {
        Self(bits)
    }

    /// Tells whether the set may hold a word.
    pub fn may_hold(&self, word: &str) -> bool {
        self.may_hold_hashed(hash(word))
    }

    /// Tells whether the set may hold a word of this [`hash`].
    pub fn may_hold_hashed(&self, hash: u64) -> bool {
        let words = self.0.as_ref().as_chunks::<8>().0;
        let bits = two_bits(hash);
        u64::from_le_bytes(words[place(hash, words.len())]) & bits == bits
    }
}

/// Hashes a word for all sets; the upper half is mixed in, as a product's lower bits know little.
#[inline]
pub fn hash(word: &str) -> u64 {
    let hash = mix(0, word.as_bytes());
    hash ^ hash >> 32
}

/// Mixes bytes and their number into a hash, eight a multiplication.
#[inline]
pub(super) fn mix(hash: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, eight: u64| (hash.rotate_left(23) ^ eight).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let hash = hash ^ bytes.len() as u64;
    let Some(last) = bytes.last_chunk() else { return step(hash, short(bytes)) };
    let hash =
        bytes.as_chunks::<8>().0.iter().fold(hash, |hash, eight| step(hash, u64::from_le_bytes(*eight)));
    step(hash, u64::from_le_bytes(*last))
}

fn place(hash: u64, words: usize) -> usize {
    (hash >> 12) as usize & (words - 1)
}

/// Returns the two bits of a hash in its word.
#[inline]
pub(super) fn two_bits(hash: u64) -> u64 {
    1 << (hash & 63) | 1 << (hash >> 6 & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_added_and_little_else() {
        let mut filter = WordFilter::new(12);
        let words: Vec<String> = (0..500).map(|i| format!("word{i}")).collect();
        words.iter().for_each(|w| filter.insert(w));
        assert!(words.iter().all(|w| filter.may_hold(w)));
        let others = (500..2500).filter(|i| filter.may_hold(&format!("word{i}"))).count();
        assert!(others < 100, "{others} of 2,000");
    }
}
