//! Rows: a packed map from hashes of rows of atoms, names and what names begin with, to a number each.
//!
//! Entries of a hash (`u64`, little-endian) and its number (`u32`), each at the place that its hash is of all hashes or, if
//! that is taken, at the next free one; free places hold zeros. Rows are known by their hashes alone. `build.rs` includes
//! this file.

use std::collections::BTreeMap;

/// Bytes of an entry.
const ENTRY: usize = 12;

/// A packed map.
#[derive(Clone, Debug)]
pub struct Rows<B>(B);

/// Packs a map, no number of which is 0, with so many free places for a hundred entries: the more, the more entries are at
/// their places.
pub fn pack(rows: &BTreeMap<u64, u32>, free: usize) -> Vec<u8> {
    let places = rows.len() + rows.len() * free / 100 + 2;
    let mut out = vec![0; ENTRY * places];
    for (hash, number) in rows {
        let mut at = place(*hash, places);
        while entry(&out, at).1 != 0 {
            at = (at + 1) % places;
        }
        out[ENTRY * at..][..8].copy_from_slice(&hash.to_le_bytes());
        out[ENTRY * at + 8..][..4].copy_from_slice(&number.to_le_bytes());
    }
    out
}

/// Returns the place that a hash is of all hashes.
#[inline]
fn place(hash: u64, places: usize) -> usize {
    ((u128::from(hash) * places as u128) >> 64) as usize
}

/// Returns the hash and the number at a place.
#[inline]
fn entry(bytes: &[u8], at: usize) -> (u64, u32) {
    let entry: &[u8; ENTRY] = &bytes.as_chunks().0[at];
    let [a, b, c, d, e, f, g, h, number @ ..] = *entry;
    (u64::from_le_bytes([a, b, c, d, e, f, g, h]), u32::from_le_bytes(number))
}

impl Default for Rows<Vec<u8>> {
    fn default() -> Self {
        Self(pack(&BTreeMap::new(), 0))
    }
}

impl<B: AsRef<[u8]>> Rows<B> {
    /// Reads a map from what [`pack`] made.
    pub fn from_bytes(bytes: B) -> Self {
        Self(bytes)
    }

    /// Returns the number of a hash.
    #[inline]
    pub fn get(&self, hash: u64) -> Option<u32> {
        let bytes = self.0.as_ref();
        let places = bytes.len() / ENTRY;
        let mut at = place(hash, places);
        let after = |at: usize| if at + 1 == places { 0 } else { at + 1 };
        loop {
            // Two at once and without a branch between them, which would be hard to foretell.
            let next = after(at);
            let (one, two) = (entry(bytes, at), entry(bytes, next));
            let number = one.1 * u32::from(one.0 == hash) + two.1 * u32::from(two.0 == hash);
            if number != 0 {
                return Some(number);
            }
            if one.1 == 0 || two.1 == 0 {
                return None;
            }
            at = after(next);
        }
    }

    /// Returns all numbers, in no order that matters.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        let bytes = self.0.as_ref();
        (0..bytes.len() / ENTRY).map(|at| entry(bytes, at).1).filter(|number| *number != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_has_its_number() {
        let hashes = [0, 1, 1 << 47, 1 << 48, u64::MAX - 1, u64::MAX];
        let map: BTreeMap<u64, u32> = hashes.into_iter().zip(10..).collect();
        let rows = Rows::from_bytes(pack(&map, 0));
        assert!(map.iter().all(|(hash, number)| rows.get(*hash) == Some(*number)));
        assert!([2, 1 << 49, u64::MAX - 2].into_iter().all(|hash| rows.get(hash).is_none()));
        let mut numbers: Vec<u32> = rows.numbers().collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(10..16));
        assert_eq!(Rows::default().get(7), None);
    }
}
