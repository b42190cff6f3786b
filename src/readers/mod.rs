//! Readers: files to documents, one file a format.
//!
//! Reading has two halves. A *cutter* runs on the reading thread and cuts the decompressed stream into
//! [`Record`]s without decoding them; a *parser* ([`Record::parse`]) runs on a worker and makes documents of one
//! record. So the sequential part stays as cheap as finding record ends, and a bad record harms no other.

mod bioc;
mod bioc_json;
mod bioc_xml;
mod cut;
mod delimited;
mod detect;
mod elements;
mod expand;
mod jats;
mod jsonl;
mod medline;
mod meter;
mod page;
mod plain;
mod pubmed;
mod pubtator;
mod records;
mod window;
mod xml;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

pub use expand::{Inputs, STDIN, expand, stem};
pub use meter::{Meter, Metered};
pub use records::{MAX_RECORD, Records};

use crate::document::CitationRecord;
use crate::{Document, Error, Result};
use delimited::Header;
use elements::Elements;
use records::Cutter;
use window::Window;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// PubMed or MEDLINE XML: `PubmedArticleSet`, `MedlineCitationSet`, or bare records.
    Pubmed,
    /// The tagged text of PubMed's "Send to: Citation manager": `.nbib`.
    Medline,
    /// JATS full text, one or many `article` elements.
    Jats,
    /// BioC XML.
    BiocXml,
    /// BioC JSON.
    BiocJson,
    /// PubTator: `PMID|t|...` and `PMID|a|...` lines; annotations are left out.
    Pubtator,
    /// One JSON object a line: the corpus file form (docs/schema.md).
    Jsonl,
    /// A table with named columns, separated by commas, semicolons or tabs.
    Delimited,
    /// A PubMed web page saved as text.
    PubmedPage,
    /// Plain text, one document a file.
    Text,
}

impl Format {
    /// Returns the name used in messages and in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Pubmed => "PubMed XML",
            Format::Medline => "MEDLINE (nbib)",
            Format::Jats => "JATS XML",
            Format::BiocXml => "BioC XML",
            Format::BiocJson => "BioC JSON",
            Format::Pubtator => "PubTator",
            Format::Jsonl => "JSON Lines",
            Format::Delimited => "CSV/TSV",
            Format::PubmedPage => "saved PubMed page",
            Format::Text => "plain text",
        }
    }

    fn cutter(self, header: Option<&Header>) -> Box<dyn Cutter> {
        match self {
            Format::Pubmed => Box::new(Elements::new(&pubmed::RECORDS)),
            Format::Jats => Box::new(Elements::new(&jats::RECORDS)),
            Format::BiocXml => Box::new(Elements::new(&bioc_xml::RECORDS)),
            Format::BiocJson => Box::new(bioc_json::Objects::default()),
            Format::Medline | Format::Pubtator => Box::new(cut::Blocks),
            Format::Delimited => match header.filter(|h| h.quotes()) {
                Some(header) => Box::new(delimited::Rows::new(header)),
                None => Box::new(cut::Lines),
            },
            Format::Jsonl => Box::new(cut::Lines),
            Format::PubmedPage | Format::Text => Box::new(cut::Whole::default()),
        }
    }
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
    /// The columns of its table.
    header: Option<Arc<Header>>,
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    /// Documents, usually one.
    Documents(Vec<Document>),
    /// Citations that the source withdraws (`DeleteCitation`).
    Deleted(Vec<CitationRecord>),
}

impl Record {
    /// Makes a record of bytes that were cut elsewhere; tables need the heading of their stream instead.
    pub fn new(format: Format, position: Position, bytes: Vec<u8>) -> Self {
        Self { format, position, bytes, header: None }
    }

    /// Decodes the record.
    ///
    /// # Errors
    /// [`Error::Record`] naming file, record and byte.
    pub fn parse(&self) -> Result<Parsed> {
        let text = simdutf8::compat::from_utf8(&self.bytes).map_err(|e| {
            let message = "not valid UTF-8 here; convert the file first (iconv -t UTF-8)";
            self.position.error("", e.valid_up_to() as u64, message)
        })?;
        let documents = match self.format {
            Format::Pubmed => return pubmed::parse(self, text),
            Format::Medline => medline::parse(self, text)?,
            Format::Jats => vec![jats::parse(self, text)?],
            Format::BiocXml => vec![bioc_xml::parse(self, text)?],
            Format::BiocJson => vec![bioc_json::parse(self, text)?],
            Format::Pubtator => pubtator::parse(self, text)?,
            Format::Jsonl => vec![jsonl::parse(self, text)?],
            Format::Delimited => vec![delimited::parse(self, self.header.as_deref(), text)?],
            Format::PubmedPage => vec![page::parse(self, text)?],
            Format::Text => vec![plain::parse(self, text)],
        };
        Ok(Parsed::Documents(documents))
    }

    /// Names the document of a record that need not be decoded, as its title and abstract are not wanted.
    ///
    /// `wanted` is asked about texts that hold the words of title and abstract as they are, with marks between them. Only
    /// PubMed XML without markup in the text is passed over; such a record is checked for nothing but its encoding.
    pub fn pass_over(&self, wanted: impl FnMut(&str) -> bool) -> Option<CitationRecord> {
        if self.format != Format::Pubmed {
            return None;
        }
        let text = simdutf8::basic::from_utf8(&self.bytes).ok()?;
        if pubmed::raw_text(text)?.into_iter().any(wanted) {
            return None;
        }
        pubmed::peek(&self.bytes)
    }

    /// Returns the identifier of a document without one: the file's name, and the record's number from the second on.
    fn fallback_id(&self) -> String {
        let stem = stem(&self.position.path);
        if self.position.record == 1 { stem } else { format!("{stem}#{}", self.position.record) }
    }
}

/// Opens a file, or standard input if the path is [`STDIN`]; decompresses it if it is gzip, and recognises its format.
///
/// # Errors
/// [`Error::Io`] if it cannot be read; [`Error::Input`] if it is empty or of no known format.
pub fn open(path: &Path) -> Result<Records> {
    if path.as_os_str() == STDIN {
        return open_stdin();
    }
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    from_reader(path, file)
}

/// Opens standard input.
///
/// # Errors
/// As [`open`].
pub fn open_stdin() -> Result<Records> {
    from_reader("<stdin>", std::io::stdin())
}

/// Reads from anything; `name` stands for the file in messages and in identifiers of documents without one.
///
/// ```
/// use cytosift::readers::{Parsed, from_reader};
/// let mut records = from_reader("note.txt", "IL-2 in melanoma\n\nIL-2 was given.".as_bytes())?;
/// let Parsed::Documents(documents) = records.next().unwrap()?.parse()? else { unreachable!() };
/// assert_eq!(documents[0].title(), "IL-2 in melanoma");
/// assert_eq!(documents[0].body(), "IL-2 was given.");
/// # Ok::<(), cytosift::Error>(())
/// ```
///
/// # Errors
/// As [`open`].
pub fn from_reader(name: impl Into<PathBuf>, input: impl Read + Send + 'static) -> Result<Records> {
    let path: PathBuf = name.into();
    let bytes_read = Arc::new(AtomicU64::new(0));
    let mut window = Window::new(input, bytes_read.clone()).map_err(|e| Error::io(&path, e))?;
    window.fill_to(detect::HEAD);
    if let Some(damage) = window.data().is_empty().then(|| window.take_damage()).flatten() {
        return Err(records::damaged(&path, 0, damage));
    }
    if window.data().starts_with(&BYTE_ORDER_MARK) {
        window.consume(BYTE_ORDER_MARK.len());
    }
    let head = &window.data()[..window.data().len().min(detect::HEAD)];
    let format = detect::detect(head, window.ended(), &path).map_err(|message| Error::Input {
        path: path.clone(),
        byte: 0,
        message,
    })?;
    let header = match format {
        Format::Delimited => Some(Arc::new(Header::read(&mut window, &path)?)),
        _ => None,
    };
    let cutter = format.cutter(header.as_deref());
    Ok(Records::new(window, cutter, format, header, Arc::new(path), bytes_read))
}

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
