//! Segment: sentences, tokens and abbreviations, in that order.

use crate::document::{Sentence, Span, Token};
use crate::{Document, Result, Stage};

/// The stage that fills [`Document::sentences`], [`Document::tokens`] and [`Document::abbreviations`].
///
/// Sentences that are there already (of a gold document) are kept.
#[derive(Debug, Default)]
pub struct Segment;

impl Stage for Segment {
    fn name(&self) -> &'static str {
        "text"
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        for document in documents {
            segment(document);
        }
        Ok(())
    }
}

fn segment(document: &mut Document) {
    if document.sentences.is_empty() {
        let text = document.text();
        let mut sentences = Vec::new();
        let mut start = 0;
        for (i, c) in text.char_indices() {
            if c == '\n' || c == '.' && text[i + 1..].starts_with(' ') {
                let end = if c == '\n' { i } else { i + 1 };
                let piece = &text[start..end];
                let lead = piece.len() - piece.trim_start().len();
                if !piece.trim().is_empty() {
                    let span = Span::new(start + lead, start + lead + piece.trim().len());
                    sentences.push(Sentence { span, first_token: 0, end_token: 0 });
                }
                start = i + 1;
            }
        }
        let piece = &text[start..];
        if !piece.trim().is_empty() {
            let lead = piece.len() - piece.trim_start().len();
            let span = Span::new(start + lead, start + lead + piece.trim().len());
            sentences.push(Sentence { span, first_token: 0, end_token: 0 });
        }
        document.sentences = sentences;
    }
    let mut tokens = Vec::new();
    let text = document.text().to_owned();
    for sentence in &mut document.sentences {
        sentence.first_token = tokens.len() as u32;
        let base = sentence.span.start as usize;
        let mut from = None;
        let slice = sentence.span.slice(&text);
        for (i, c) in slice.char_indices().chain([(slice.len(), ' ')]) {
            let word = c.is_alphanumeric() || c == '-';
            if !word {
                if let Some(f) = from.take() {
                    tokens.push(Token { span: Span::new(base + f, base + i) });
                }
                if !c.is_whitespace() {
                    tokens.push(Token { span: Span::new(base + i, base + i + c.len_utf8()) });
                }
            } else if from.is_none() {
                from = Some(i);
            }
        }
        sentence.end_token = tokens.len() as u32;
    }
    document.tokens = tokens;
}
