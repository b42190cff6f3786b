//! Writers: documents to bytes, one file a format, and where the bytes go.
//!
//! Rendering ([`Format::render`]) runs on workers, appending to a buffer; one thread writes the buffers in order.

mod citations;
mod code_points;
mod csv;
mod jsonl;
mod output;

use std::path::Path;

pub use citations::{CITATION_COLUMNS, Citations};
pub use csv::COLUMNS;
pub use output::{Output, is_gzip, is_scratch, partial, remove, scratch_folder};

use serde::{Deserialize, Serialize};

use crate::Document;
use code_points::CodePoints;

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One triple a row (docs/columns.md).
    Csv,
    /// One document a line with all layers (docs/schema.md).
    Jsonl,
}

impl Format {
    /// Returns the format that a file name stands for, if it has one of the usual endings, with or without `.gz`.
    pub fn of_path(path: &Path) -> Option<Self> {
        if is_gzip(path) {
            return Self::of_path(&path.with_extension(""));
        }
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" | "json" => Some(Format::Jsonl),
            _ => None,
        }
    }

    /// Returns the usual ending of the name of such a file.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
        }
    }

    /// Returns what stands before the first document.
    pub fn header(self) -> Vec<u8> {
        match self {
            Format::Csv => csv::header(),
            Format::Jsonl => Vec::new(),
        }
    }

    /// Appends what the format writes for one document.
    pub fn render(self, document: &Document, out: &mut Vec<u8>) {
        match self {
            Format::Csv => csv::render(document, out),
            Format::Jsonl => jsonl::render(document, out),
        }
    }
}
