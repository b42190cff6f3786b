//! Writers: documents to bytes, one file a format.
//!
//! Rendering ([`Format::render`]) runs on workers, appending to a buffer; one thread writes the buffers in order.

mod jsonl;

use crate::Document;

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One document a line with all layers (docs/schema.md).
    Jsonl,
}

impl Format {
    /// Appends what the format writes for one document.
    pub fn render(self, document: &Document, out: &mut Vec<u8>) {
        match self {
            Format::Jsonl => jsonl::render(document, out),
        }
    }
}
