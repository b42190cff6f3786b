//! Runtime: what is asked of whatever runs a model, and the trial that each must pass when it is loaded.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use super::config::{HEAD, ModelConfig};
use super::rows::Row;

/// What a model computes with, where its runtime leaves a choice: that of the engine `rust-bert` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Bfloat16: three significant digits, faster on processors that have it.
    Bf16,
}

/// An encoder with its heads, loaded; serves all workers at once.
pub(super) trait Runtime: Debug + Send + Sync {
    /// Returns the log probability of each label of a tagging head at every piece of each row.
    fn tag(&self, head: &str, rows: Vec<Row>) -> Result<Vec<Vec<f32>>, String>;

    /// Returns the logits of every pair of each row; of a text with a marked pair, those of the text.
    fn relate(&self, rows: Vec<Row>) -> Result<Vec<Vec<f32>>, String>;

    /// Tells whether the pair head takes what the rules say.
    fn is_told_rules(&self) -> bool;
}

/// Runs the shortest rows, so that weights that do not fit the configuration are found when they are loaded.
pub(super) fn try_out(runtime: &dyn Runtime, config: &ModelConfig) -> Result<(), String> {
    let last = config.window as i32 - 1;
    let shapes = vec![0, config.shapes() as i32 - 1];
    let text = Row { ids: vec![0; 2], shapes, positions: vec![0, last], text: 2, ..Row::default() };
    if let Some(marking) = &config.marking {
        return expect("labels", runtime.relate(vec![text])?[0].len(), marking.labels());
    }
    let (tags, labels) = (runtime.tag(HEAD, vec![text])?[0].len(), config.labels(HEAD));
    expect("labels of two pieces", tags, 2 * labels)?;
    let Some(head) = &config.pairs else { return Ok(()) };
    let markers = head.marks().len();
    let pair = Row {
        ids: [vec![0; 2], vec![head.last_marker(); markers]].concat(),
        shapes: vec![0; 2 + markers],
        positions: [vec![0], vec![1; 1 + markers]].concat(),
        text: 2,
        kinds: vec![63],
        known: vec![0.0; head.readings()],
    };
    expect("scores a pair", runtime.relate(vec![pair])?[0].len(), head.width())
}

fn expect(what: &str, found: usize, wanted: usize) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("gives {found} {what}; config.json says {wanted}")) }
}

/// Turns the logits of labels, piece after piece, into log probabilities.
pub(super) fn log_probabilities(mut logits: Vec<f32>, pieces: usize) -> Vec<f32> {
    let labels = (logits.len() / pieces.max(1)).max(1);
    for row in logits.chunks_mut(labels) {
        let top = row.iter().copied().fold(f32::MIN, f32::max);
        let total = row.iter().map(|x| (x - top).exp()).sum::<f32>().ln() + top;
        row.iter_mut().for_each(|x| *x -= total);
    }
    logits
}
