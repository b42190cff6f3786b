//! Segment: sentences, tokens and abbreviations.

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
        NAME
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        Split.apply(documents)?;
        Tokenize { pairs_only: false }.apply(documents)
    }
}

/// The stage that fills [`Document::sentences`] and [`Document::abbreviations`], as [`Segment`] does.
#[derive(Debug, Default)]
pub struct Split;

impl Stage for Split {
    fn name(&self) -> &'static str {
        NAME
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        documents.iter_mut().for_each(split);
        Ok(())
    }
}

/// The stage that fills [`Document::tokens`] of documents with sentences.
#[derive(Debug, Default)]
pub struct Tokenize {
    /// Of sentences that hold two mentions alone: relations need no others.
    pub pairs_only: bool,
}

impl Stage for Tokenize {
    fn name(&self) -> &'static str {
        NAME
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        documents.iter_mut().for_each(|document| tokenize(document, self.pairs_only));
        Ok(())
    }
}

/// What the stages are called in the report: together they are one.
const NAME: &str = "text";

fn split(document: &mut Document) {
    let mut sentences = std::mem::take(&mut document.sentences);
    if sentences.is_empty() {
        let untokenised = |span: Span| Sentence { span, first_token: 0, end_token: 0 };
        sentences = sentence::split_document(document).into_iter().map(untokenised).collect();
    }
    let mut abbreviations = Vec::new();
    for sentence in &sentences {
        abbreviation::find(document.text(), sentence.span, &mut abbreviations);
    }
    document.sentences = sentences;
    document.abbreviations = abbreviations;
}

fn tokenize(document: &mut Document, pairs_only: bool) {
    let mut sentences = std::mem::take(&mut document.sentences);
    let mut tokens = Vec::with_capacity(document.text().len() / 5);
    for sentence in &mut sentences {
        sentence.first_token = tokens.len() as u32;
        if !pairs_only || document.mentions_in(sentence.span).nth(1).is_some() {
            token::tokenize(document.text(), sentence.span, &mut tokens);
        }
        sentence.end_token = tokens.len() as u32;
    }
    document.sentences = sentences;
    document.tokens = tokens;
}
