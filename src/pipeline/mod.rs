//! Pipeline: the stages in order, and the driver that runs them.

use crate::relations::Rules;
use crate::tagging::LexiconTagger;
use crate::text::Segment;
use crate::{Document, Result, Stage};

/// The stages in order.
pub struct Pipeline {
    stages: Vec<Box<dyn Stage>>,
}

impl Pipeline {
    /// Makes the rule engine's pipeline.
    pub fn rules() -> Self {
        Self { stages: vec![Box::new(Segment), Box::new(LexiconTagger), Box::new(Rules)] }
    }

    /// Makes a pipeline that keeps the mentions that documents come with and adds relations.
    pub fn relations_only() -> Self {
        Self { stages: vec![Box::new(Segment), Box::new(Rules)] }
    }

    /// Runs every stage.
    ///
    /// # Errors
    /// The first broken stage's.
    pub fn apply(&self, documents: &mut [Document]) -> Result<()> {
        self.stages.iter().try_for_each(|stage| stage.apply(documents))
    }
}
