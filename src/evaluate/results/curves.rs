//! Curves, calibration and confusion: what the plots of a report are drawn from.

use serde::Serialize;

/// Which layer of a document a figure is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Mentions.
    #[default]
    Mentions,
    /// Relations.
    Relations,
}

impl Layer {
    /// Returns the name that people read: `mentions`.
    pub fn as_str(self) -> &'static str {
        match self {
            Layer::Mentions => "mentions",
            Layer::Relations => "relations",
        }
    }
}

/// Precision and recall as the least confidence falls.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Curve {
    /// What is counted.
    pub layer: Layer,
    /// Area under the curve: mean precision over the right predictions, divided by all gold items.
    pub average_precision: f64,
    /// One point a distinct confidence, the highest first (recall never falls).
    pub points: Vec<CurvePoint>,
}

/// Precision and recall of the predictions of at least some confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The least confidence.
    pub confidence: f64,
    /// Share of those predictions that are right.
    pub precision: f64,
    /// Share of the gold items that are found.
    pub recall: f64,
}

/// How well confidences tell the share that is right.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Calibration {
    /// What is counted.
    pub layer: Layer,
    /// Predictions.
    pub predictions: u64,
    /// Expected calibration error over the bins.
    pub expected_error: f64,
    /// Brier score: mean squared distance between confidence and outcome.
    pub brier: f64,
    /// The bins that hold predictions, by rising confidence.
    pub bins: Vec<Bin>,
}

/// Predictions of similar confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Lower edge of the bin.
    pub low: f64,
    /// Upper edge of the bin.
    pub high: f64,
    /// Predictions in it; never 0.
    pub predictions: u64,
    /// Mean of their confidences.
    pub confidence: f64,
    /// Share of them that is right.
    pub right: f64,
}

/// Predicates of gold and predicted relations between the same mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// The predicates; the last label, `none`, is for relations that the other side does not have.
    pub labels: Vec<String>,
    /// One row a gold label, one column a predicted label, both in the order of `labels`.
    pub counts: Vec<Vec<u64>>,
}
