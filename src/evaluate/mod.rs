//! Evaluate: compares predicted documents with gold ones.
//!
//! `tally` counts (precision, recall, F1), `score` pairs mentions and relations one to one and fills the counts,
//! `results` holds everything that a report shows.

mod concepts;
mod corpora;
mod corpus;
mod counts;
mod matching;
#[cfg(feature = "report")]
pub mod report;
pub mod results;
mod score;
mod tally;

pub use corpora::load;
pub use corpus::{ConceptRelation, Corpus, LabelledDocument, LabelledMention, LabelledRelation, Mismatch};
pub use matching::Scheme;
pub use results::Results;
pub use score::{Scores, score};
pub use tally::Tally;
