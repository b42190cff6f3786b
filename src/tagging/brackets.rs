//! Brackets: a bracketed short form inside a name does not cut the name: `interleukin (IL)-6` is one mention.

use std::borrow::Cow;

use crate::Document;
use crate::document::Span;

/// Returns where the bracketed short forms of a sentence stand, without their brackets, counted from its start.
pub(super) fn short_forms(document: &Document, sentence: Span) -> Vec<Span> {
    let text = document.text();
    let bracketed = |s: &Span| {
        let (before, after) = (&text[..s.start as usize], &text[s.end as usize..]);
        before.ends_with(['(', '[']) && after.starts_with([')', ']'])
    };
    document
        .abbreviations
        .iter()
        .map(|a| a.short)
        .filter(|s| sentence.contains(*s) && bracketed(s))
        .map(|s| Span { start: s.start - sentence.start, end: s.end - sentence.start })
        .collect()
}

/// Blanks bracketed short forms, brackets and all, byte for byte.
pub(super) fn mask<'a>(text: &'a str, brackets: &[Span]) -> Cow<'a, str> {
    if brackets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    for bracket in brackets {
        let (from, to) = (bracket.start as usize - 1, bracket.end as usize + 1);
        if from < masked.len() {
            continue;
        }
        masked.push_str(&text[masked.len()..from]);
        masked.extend(std::iter::repeat_n(' ', to - from));
    }
    masked.push_str(&text[masked.len()..]);
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_every_byte_position() {
        let text = "natural killer (NK) cells and α (B)";
        let nk = Span::new(16, 18);
        let masked = mask(text, &[nk]);
        assert_eq!(masked, "natural killer      cells and α (B)");
        assert_eq!(masked.len(), text.len());
    }
}
