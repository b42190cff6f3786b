//! Span: a half-open byte range in a document's text.

use serde::{Deserialize, Serialize};

/// A half-open range `start..end` of bytes in [`Document::text`](super::Document::text).
///
/// Both edges lie on code-point boundaries and `start < end`. Touching spans do not overlap.
///
/// ```
/// use cytosift::Span;
/// let text = "IFN-α rose";
/// let span = Span::new(0, 6);
/// assert_eq!(span.slice(text), "IFN-α");
/// assert!(!span.overlaps(Span::new(6, 7)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte, 0-based.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Makes a span from byte offsets.
    ///
    /// # Panics
    /// If `start >= end`, or if `end` does not fit 32 bits (readers refuse such texts).
    pub fn new(start: usize, end: usize) -> Self {
        assert!(start < end && end <= u32::MAX as usize, "bad span {start}..{end}");
        Self { start: start as u32, end: end as u32 }
    }

    /// Returns the range of bytes as `usize`, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the number of bytes; never 0.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Returns the covered text.
    ///
    /// # Panics
    /// If the span does not lie inside `text` on code-point boundaries.
    pub fn slice(self, text: &str) -> &str {
        &text[self.range()]
    }

    /// Tells whether the spans share at least one byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Tells whether `other` lies wholly inside this span (equal spans do).
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Returns the span as far on as `by` says: from a part's own offsets to those of the whole.
    pub fn shifted(self, by: u32) -> Span {
        Span { start: self.start + by, end: self.end + by }
    }

    /// Returns the smallest span that covers both.
    pub fn cover(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}
