//! Evaluate: compares predicted documents with gold ones.
//!
//! `corpora` reads gold sets and predictions of many formats into `corpus`, the labelled view, and `map` brings their
//! labels together. `matching` pairs items one to one, `counts` and `concepts` tally them by document, `resample`,
//! `confidence`, `losses` and `mistakes` say more of them, and `compare` fills `results`, which `report` writes.

mod compare;
mod concepts;
mod confidence;
mod corpora;
mod corpus;
mod counts;
mod labels;
mod losses;
mod map;
mod matching;
mod mistakes;
#[cfg(feature = "report")]
pub mod report;
mod resample;
pub mod results;
mod score;
mod tally;

pub use compare::{System, compare};
pub use concepts::lend_concepts;
pub use corpora::load;
pub use corpus::{ConceptRelation, Corpus, LabelledDocument, LabelledMention, LabelledRelation, Mismatch};
pub use labels::check_labels;
pub use map::{LabelMap, Side};
pub use matching::Scheme;
pub use results::Results;
pub use score::{Scores, score};
pub use tally::Tally;
