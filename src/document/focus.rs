//! Focus: which triples a run is after.

use serde::{Deserialize, Serialize};

use super::{Document, Triple};

/// Which triples a run is after; stages may skip what the focus cannot use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Focus {
    /// Triples with a cytokine, a cytokine receptor, or a therapy aimed at or built from one.
    #[default]
    Cytokine,
    /// Every triple.
    All,
}

impl Focus {
    /// Tells whether a triple is one that the run is after.
    pub fn keeps(self, triple: &Triple<'_>) -> bool {
        self == Focus::All || triple.subject.is_focus() || triple.object.is_focus()
    }

    /// Drops the relations of a document that the run is not after, and those below a confidence.
    pub fn retain(self, document: &mut Document, min_confidence: f32) {
        if self == Focus::All && min_confidence <= 0.0 {
            return;
        }
        let kept = |triple: Triple<'_>| triple.provenance.confidence >= min_confidence && self.keeps(&triple);
        let keep: Vec<bool> = document.triples().map(kept).collect();
        let mut keep = keep.into_iter();
        document.relations.retain(|_| keep.next().unwrap_or(false));
    }
}
