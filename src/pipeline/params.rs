//! Params: what a run can be told, apart from its input and output.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::document::Focus;
use crate::inference::Precision;

/// The engines that find mentions and relations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Lexicons and rules.
    Rules,
    /// A learned model.
    Learned,
    /// A learned model and the rules together.
    Hybrid,
    /// As hybrid, the model run by rust-bert on libtorch; what a model of others does not find is found by lexicons and rules.
    #[serde(rename = "rust-bert")]
    RustBert,
}

impl Engine {
    /// Tells whether the rules have a say beside the model.
    pub(super) fn hears_rules(self) -> bool {
        matches!(self, Self::Hybrid | Self::RustBert)
    }
}

/// What to do when a record or file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnBadRecord {
    /// Count it, report it, go on.
    Skip,
    /// End the run with its error; what came before it is written.
    Stop,
}

/// What a run does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunParams {
    /// The engine.
    pub engine: Engine,
    /// Folder of the model of the engines that have one; empty: the model that is built in.
    pub model: PathBuf,
    /// What the engine `rust-bert` computes with.
    pub precision: Precision,
    /// Which triples are written.
    pub focus: Focus,
    /// Triples below this probability are left out, 0 to 1.
    pub min_confidence: f32,
    /// What to do when a record or file cannot be read.
    pub on_bad_record: OnBadRecord,
    /// Worker threads; 0 = one a core.
    pub threads: usize,
}

/// How much a run holds in memory at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryParams {
    /// Records a worker takes at once, at most.
    pub batch_records: usize,
    /// A batch closes once its records hold this many bytes.
    pub batch_bytes: usize,
    /// Batches that are worked on or wait for their turn to be written.
    pub window: usize,
    /// Undecoded bytes of the batches in the window; one larger batch is let through alone.
    pub in_flight_bytes: usize,
}
