//! Relations: candidate pairs of mentions, classified by rules.

use crate::{Document, Result, Stage};

/// The rule engine: fills [`Document::relations`] from the mentions of each sentence.
#[derive(Debug, Default)]
pub struct Rules;

impl Stage for Rules {
    fn name(&self) -> &'static str {
        "rules"
    }

    fn apply(&self, _documents: &mut [Document]) -> Result<()> {
        Ok(())
    }
}
