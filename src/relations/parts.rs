//! Parts: the texts that conditions are joined of, each with a hash from which the hash of the whole is made, so that
//! most conditions are looked up without being written out.

use std::borrow::Cow;

/// An odd number whose powers are spread over all bits.
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// A text and its hash: a polynomial of its bytes in [`BASE`].
#[derive(Clone, Debug)]
pub(super) struct Part<'a> {
    text: Cow<'a, str>,
    hash: u64,
    /// [`BASE`] to the power of the text's length.
    power: u64,
}

impl<'a> Part<'a> {
    /// Hashes a text.
    pub(super) const fn of(text: &'a str) -> Self {
        let (bytes, mut hash, mut power, mut i) = (text.as_bytes(), 0_u64, 1_u64, 0);
        while i < bytes.len() {
            hash = hash.wrapping_mul(BASE).wrapping_add(bytes[i] as u64 + 1);
            power = power.wrapping_mul(BASE);
            i += 1;
        }
        Self { text: Cow::Borrowed(text), hash, power }
    }

    /// Returns the text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl Part<'static> {
    /// Hashes a text and keeps it.
    pub(super) fn owned(text: String) -> Self {
        let Part { hash, power, .. } = Part::of(&text);
        Self { hash, power, text: Cow::Owned(text) }
    }

    /// Joins parts; what is only hashed need not be `spelled`.
    pub(super) fn joined<'p>(parts: impl IntoIterator<Item = &'p Part<'p>>, spelled: bool) -> Self {
        let mut out = Part::of("");
        for part in parts {
            (out.hash, out.power) = (after(out.hash, part), out.power.wrapping_mul(part.power));
            if spelled {
                out.text.to_mut().push_str(&part.text);
            }
        }
        out
    }
}

/// Returns the hash of a text that a part is added to.
fn after(hash: u64, part: &Part<'_>) -> u64 {
    hash.wrapping_mul(part.power).wrapping_add(part.hash)
}

/// Returns the hash of parts joined.
pub(super) fn hash(parts: &[&Part<'_>]) -> u64 {
    let hash = parts.iter().fold(0, |hash, part| after(hash, part));
    let mixed = (hash ^ hash >> 32).wrapping_mul(BASE);
    mixed ^ mixed >> 32
}

/// Makes a part of a literal, when the program is built.
macro_rules! part {
    ($text:literal) => {
        const { &Part::of($text) }
    };
}
pub(super) use part;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_does_not_depend_on_where_a_text_is_cut() {
        let whole = hash(&[part!("path=A induce.hy B")]);
        let joined = Part::joined([part!(" "), part!("induce"), part!(".hy")], true);
        assert_eq!(joined.text(), " induce.hy");
        assert_eq!(hash(&[part!("path"), part!("=A"), &joined, part!(""), part!(" B")]), whole);
        assert_ne!(hash(&[part!("path=A induce.hy C")]), whole);
        assert_ne!(hash(&[part!("path=A induce.yh B")]), whole);
    }
}
