//! Words: maps and sets keyed by words of our own tables, with a hash that is as quick as they are short.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map from words.
pub type WordMap<V> = HashMap<String, V, BuildHasherDefault<WordHasher>>;

/// A set of words.
pub type WordSet = HashSet<String, BuildHasherDefault<WordHasher>>;

/// Multiplies eight bytes at a time; not for words that strangers choose.
#[derive(Clone, Copy, Debug, Default)]
pub struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (chunks, rest) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        for chunk in chunks.iter().chain([&last]) {
            self.0 =
                (self.0.rotate_left(23) ^ u64::from_le_bytes(*chunk)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.0 ^= u64::from(byte);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_length_are_told_apart() {
        let words = ["", "a", "aa", "interleukin", "interleukin 2", "interleukin 12", "interleukins"];
        let set: WordSet = words.iter().map(|w| (*w).to_owned()).collect();
        assert!(words.iter().all(|w| set.contains(*w)) && set.len() == words.len());
        assert!(!set.contains("interleukin 1"));
    }
}
