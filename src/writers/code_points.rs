//! Code points: byte offsets to the offsets that people and other programs count in.

use crate::document::Span;

/// Bytes between two counted places.
const STEP: usize = 64;

/// Turns byte offsets of one text into code-point offsets.
pub(super) struct CodePoints<'a> {
    text: &'a str,
    /// Code points before every [`STEP`]th byte; empty if all are ASCII.
    before: Vec<u32>,
}

impl<'a> CodePoints<'a> {
    /// Prepares a text; costs nothing but a scan if it is ASCII.
    pub(super) fn new(text: &'a str) -> Self {
        let mut before = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            for block in text.as_bytes().chunks(STEP) {
                before.push(count);
                count += begun(block) as u32;
            }
            before.push(count);
        }
        Self { text, before }
    }

    /// Returns the offset of a byte that begins a code point or ends the text.
    pub(super) fn at(&self, byte: usize) -> usize {
        match self.before.get(byte / STEP) {
            None => byte,
            Some(before) => *before as usize + begun(&self.text.as_bytes()[byte - byte % STEP..byte]),
        }
    }

    /// Returns the start and end of a span.
    pub(super) fn span(&self, span: Span) -> [usize; 2] {
        [self.at(span.start as usize), self.at(span.end as usize)]
    }
}

/// Counts the code points that begin in some bytes.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_code_points_at_every_boundary() {
        let greek = "IFN-α, IL-1β und 𝛽 ".repeat(20);
        for text in ["", "plain", "α", &"x".repeat(64), &"β".repeat(64), &greek] {
            let points = CodePoints::new(text);
            for (count, (byte, _)) in text.char_indices().chain([(text.len(), ' ')]).enumerate() {
                assert_eq!(points.at(byte), count, "{text:?} at {byte}");
            }
        }
    }
}
