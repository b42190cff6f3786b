//! Focus: which triples a run is after.

use serde::{Deserialize, Serialize};

use super::Triple;

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
}
