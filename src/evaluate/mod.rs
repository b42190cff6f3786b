//! Evaluate: compares predicted documents with gold ones.
//!
//! `tally` counts (precision, recall, F1), `score` pairs mentions and relations one to one and fills the counts,
//! `results` holds everything that a report shows.

#[cfg(feature = "report")]
pub mod report;
pub mod results;
mod score;
mod tally;

pub use results::Results;
pub use score::{Scores, score};
pub use tally::Tally;
