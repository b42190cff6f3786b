//! Readers: files to documents, one file a format.
//!
//! Reading has two halves. A *splitter* runs on the reading thread and cuts the decompressed stream into
//! [`Record`]s without decoding them; a *parser* ([`Record::parse`]) runs on a worker and makes documents of one
//! record. So the sequential part stays as cheap as finding record ends, and a bad record harms no other.

mod jsonl;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Document, Error, Result};

/// Where a record was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file, or `<stdin>`.
    pub path: Arc<PathBuf>,
    /// Number of the record in the file, from 1.
    pub record: u64,
    /// Offset of its first byte in the decompressed file.
    pub byte: u64,
}

impl Position {
    /// Makes the error of this record; `offset` counts bytes from the record's start.
    pub fn error(&self, id: &str, offset: u64, message: impl Into<String>) -> Error {
        Error::Record {
            path: self.path.to_path_buf(),
            record: self.record,
            id: id.to_owned(),
            byte: self.byte + offset,
            message: message.into(),
        }
    }
}

/// The input formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line: the corpus file form (docs/schema.md).
    Jsonl,
}

/// One undecoded record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its format, which chooses the parser.
    pub format: Format,
    /// Where it was found.
    pub position: Position,
    /// Its bytes as they stand in the decompressed file.
    pub bytes: Vec<u8>,
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    /// Documents, usually one.
    Documents(Vec<Document>),
    /// Identifiers of citations that the source withdraws (`DeleteCitation`).
    Deleted(Vec<String>),
}

impl Record {
    /// Decodes the record.
    ///
    /// # Errors
    /// [`Error::Record`] naming file, record and byte.
    pub fn parse(&self) -> Result<Parsed> {
        match self.format {
            Format::Jsonl => jsonl::parse(self).map(|d| Parsed::Documents(vec![d])),
        }
    }
}

/// A stream of records; an [`Error::Record`] item may be skipped, any other error ends the stream.
pub type Records = Box<dyn Iterator<Item = Result<Record>> + Send>;

/// Opens a file.
///
/// # Errors
/// [`Error::Io`] if it cannot be read.
pub fn open(path: &Path) -> Result<Records> {
    let file = std::fs::File::open(path).map_err(|e| Error::io(path, e))?;
    Ok(Box::new(jsonl::Splitter::new(std::io::BufReader::new(file), Arc::new(path.to_path_buf()))))
}
