//! Reads biomedical literature and writes what it states about cytokines and chemokines in cancer as
//! evidenced triples.

#[cfg(feature = "collate")]
pub mod collate;
pub mod config;
pub mod document;
mod error;
pub mod evaluate;
pub mod inference;
pub mod lexicon;
pub mod linking;
pub mod pipeline;
pub mod readers;
pub mod relations;
pub mod report;
pub mod runs;
mod stage;
pub mod tagging;
pub mod text;
pub mod writers;

#[cfg(feature = "cli")]
pub mod cli;

pub use config::Config;
pub use document::{
    Document, EntityType, Mention, MentionId, Predicate, Relation, Sentence, Span, Token, Triple,
};
pub use error::{Error, Result};
pub use pipeline::Pipeline;
pub use stage::Stage;
