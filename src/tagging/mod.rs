//! Tagging: finds mentions.

use crate::{Document, Result, Stage};

/// The lexicon tagger: fills [`Document::mentions`].
#[derive(Debug, Default)]
pub struct LexiconTagger;

impl Stage for LexiconTagger {
    fn name(&self) -> &'static str {
        "lexicon"
    }

    fn apply(&self, _documents: &mut [Document]) -> Result<()> {
        Ok(())
    }
}
