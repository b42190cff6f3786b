//! The layers of text structure: sections, sentences, tokens, abbreviations.

use serde::Serialize;

use super::Span;

/// A labelled stretch of the text: the title, the abstract, or one of their parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// `title`, `abstract`, or the section's own heading as written (`METHODS`, `Results`).
    pub label: String,
    /// Where it stands; sections are ordered and disjoint.
    pub span: Span,
}

/// A sentence and the tokens inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Where it stands, without surrounding white space; sentences are ordered and disjoint.
    pub span: Span,
    /// First token, an index into [`Document::tokens`](super::Document::tokens).
    pub first_token: u32,
    /// One past the last token.
    pub end_token: u32,
}

impl Sentence {
    /// Returns the index range of the sentence's tokens.
    pub fn tokens(self) -> std::ops::Range<usize> {
        self.first_token as usize..self.end_token as usize
    }
}

/// A word, number or punctuation mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands; tokens are ordered and disjoint and never hold white space.
    pub span: Span,
}

/// A short form and the long form that defines it in this document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abbreviation {
    /// The short form at its definition, `HDIL-2`.
    pub short: Span,
    /// The long form at its definition, `High-dose interleukin-2`.
    pub long: Span,
}
