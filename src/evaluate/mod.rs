//! Evaluate: compares predicted documents with gold ones.
//!
//! `tally` counts (precision, recall, F1), `score` pairs mentions and relations one to one and fills the counts.

mod score;
mod tally;

pub use score::{Scores, score};
pub use tally::Tally;
