//! Segment: sentences, tokens and abbreviations, in that order.

pub mod abbreviation;
pub mod sentence;
pub mod token;

use crate::document::{Sentence, Span};
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
        documents.iter_mut().for_each(segment);
        Ok(())
    }
}

fn segment(document: &mut Document) {
    let mut sentences = std::mem::take(&mut document.sentences);
    if sentences.is_empty() {
        let untokenised = |span: Span| Sentence { span, first_token: 0, end_token: 0 };
        sentences = sentence::split_document(document).into_iter().map(untokenised).collect();
    }
    let mut tokens = Vec::with_capacity(document.text().len() / 5);
    for sentence in &mut sentences {
        sentence.first_token = tokens.len() as u32;
        token::tokenize(document.text(), sentence.span, &mut tokens);
        sentence.end_token = tokens.len() as u32;
    }
    let mut abbreviations = Vec::new();
    for sentence in &sentences {
        abbreviation::find(document.text(), sentence.span, &mut abbreviations);
    }
    document.sentences = sentences;
    document.tokens = tokens;
    document.abbreviations = abbreviations;
}
