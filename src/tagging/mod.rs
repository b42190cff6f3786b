//! Tagging: finds mentions.

// The lexicon tagger is about to call it; the attribute then fails to hold and goes.
#[cfg_attr(not(test), expect(dead_code))]
mod coordination;

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
