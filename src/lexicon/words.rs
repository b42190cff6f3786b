//! Words: maps and sets keyed by words of our own tables, with a hash that is as quick as they are short.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::filter::mix;

/// A map from words.
pub type WordMap<V> = HashMap<String, V, BuildHasherDefault<WordHasher>>;

/// A set of words.
pub type WordSet = HashSet<String, BuildHasherDefault<WordHasher>>;

/// Mixes bytes as filters do ([`super::filter`]); not for words that strangers choose.
#[derive(Clone, Copy, Debug, Default)]
pub struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix(self.0, bytes);
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
