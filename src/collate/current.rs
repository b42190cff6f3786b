//! Current: which statement of each document is the one that holds, and the triples of those.
//!
//! Of the statements of a document the newest version holds, and of the same version the last in the order of inputs. A
//! withdrawal removes those before it of its version and older ones.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arrow::array::{AsArray, BooleanArray, StringArray, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use csv::{ByteRecord, ReaderBuilder};
use flate2::read::MultiGzDecoder;

use super::broken;
use super::parts::Part;
use super::sort::{BATCH, Sorter};
use crate::writers::{CITATION_COLUMNS, COLUMNS};
use crate::{Error, Result};

/// One bit a citation, in the order of inputs: whether its triples are current.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    len: u64,
}

impl Bits {
    /// Returns the number of citations.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    fn set(&mut self, at: u64) {
        let word = (at / 64) as usize;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (at % 64);
    }

    fn get(&self, at: u64) -> bool {
        self.words.get((at / 64) as usize).is_some_and(|word| word & (1 << (at % 64)) != 0)
    }
}

/// Tells which citations are current.
pub(super) fn current(parts: &[Part], sorter: &Sorter, stop: &AtomicBool) -> Result<Bits> {
    let schema: SchemaRef = Arc::new(Schema::new(vec![
        Field::new("document", DataType::Utf8, false),
        Field::new("number", DataType::UInt64, false),
        Field::new("version", DataType::UInt32, false),
        Field::new("deleted", DataType::Boolean, false),
    ]));
    let (mut bits, mut last) = (Bits::default(), Last::default());
    std::thread::scope(|scope| {
        let (batches, waiting) = std::sync::mpsc::sync_channel(super::WAITING);
        let columns = Arc::clone(&schema);
        let reading = scope.spawn(move || {
            let mut number = 0;
            let mut draft = Vec::with_capacity(BATCH);
            for part in parts {
                let mut citations = Citations::open(&part.citations)?;
                while let Some(citation) = citations.next_citation()? {
                    draft.push((citation, number));
                    number += 1;
                    if draft.len() == BATCH {
                        let stopped = stop.load(Ordering::Relaxed);
                        if stopped || batches.send(batch(&columns, &mut draft)).is_err() {
                            return Ok(number);
                        }
                    }
                }
            }
            let _ = batches.send(batch(&columns, &mut draft));
            Ok(number)
        });
        let sorted = sorter.sort(&schema, &["document", "number"], waiting.into_iter(), |batch| {
            last.take(batch, &mut bits);
            Ok(())
        });
        bits.len = reading.join().unwrap_or(Err(Error::WorkerLost))?;
        sorted
    })?;
    last.close(&mut bits);
    if stop.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    Ok(bits)
}

fn batch(schema: &SchemaRef, draft: &mut Vec<(Citation, u64)>) -> Result<RecordBatch> {
    let documents = StringArray::from_iter_values(draft.iter().map(|(c, _)| c.document.as_str()));
    let numbers = UInt64Array::from_iter_values(draft.iter().map(|(_, number)| *number));
    let versions = UInt32Array::from_iter_values(draft.iter().map(|(c, _)| c.version));
    let deleted: BooleanArray = draft.iter().map(|(c, _)| Some(c.deleted)).collect();
    draft.clear();
    let columns: Vec<arrow::array::ArrayRef> =
        vec![Arc::new(documents), Arc::new(numbers), Arc::new(versions), Arc::new(deleted)];
    RecordBatch::try_new(Arc::clone(schema), columns)
        .map_err(|e| Error::Stage { stage: "collate", message: e.to_string() })
}

/// The document at hand, and its statement that holds so far: number and version.
#[derive(Default)]
struct Last {
    document: String,
    holds: Option<(u64, u32)>,
}

impl Last {
    /// Takes citations in the order of documents, and of inputs inside each.
    fn take(&mut self, batch: &RecordBatch, bits: &mut Bits) {
        let documents = batch.column(0).as_string::<i32>();
        let numbers = batch.column(1).as_primitive::<UInt64Type>();
        let versions = batch.column(2).as_primitive::<UInt32Type>();
        let deleted = batch.column(3).as_boolean();
        for row in 0..batch.num_rows() {
            if documents.value(row) != self.document {
                self.close(bits);
                self.document.clear();
                self.document.push_str(documents.value(row));
            }
            let version = versions.value(row);
            let concerned = self.holds.is_none_or(|(_, held)| held <= version);
            match (deleted.value(row), concerned) {
                (true, true) => self.holds = None,
                (false, true) => self.holds = Some((numbers.value(row), version)),
                (_, false) => {}
            }
        }
    }

    fn close(&mut self, bits: &mut Bits) {
        if let Some((number, _)) = self.holds.take() {
            bits.set(number);
        }
    }
}

/// A row of a list of citations.
struct Citation {
    document: String,
    /// None counts as 0 in a statement, and as the highest in a withdrawal.
    version: u32,
    deleted: bool,
    triples: u64,
}

/// Reads a list of citations.
struct Citations<'a> {
    path: &'a Path,
    rows: csv::Reader<MultiGzDecoder<File>>,
    row: ByteRecord,
}

impl<'a> Citations<'a> {
    fn open(path: &'a Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::io(path, e))?;
        let mut rows = csv::Reader::from_reader(MultiGzDecoder::new(file));
        let header = rows.byte_headers().map_err(|e| broken(path, e.to_string()))?;
        if *header != CITATION_COLUMNS[..] {
            return Err(broken(path, "not the citations of this version's runs"));
        }
        Ok(Self { path, rows, row: ByteRecord::new() })
    }

    fn next_citation(&mut self) -> Result<Option<Citation>> {
        if !self.rows.read_byte_record(&mut self.row).map_err(|e| broken(self.path, e.to_string()))? {
            return Ok(None);
        }
        let text = |i: usize| std::str::from_utf8(self.row.get(i).unwrap_or_default()).unwrap_or_default();
        let deleted = text(2) == "true";
        let version = match text(1) {
            "" if deleted => Some(u32::MAX),
            "" => Some(0),
            version => version.parse().ok(),
        };
        match (version, text(3).parse()) {
            (Some(version), Ok(triples)) => {
                Ok(Some(Citation { document: text(0).to_owned(), version, deleted, triples }))
            }
            _ => Err(broken(self.path, format!("malformed row on {}", text(0)))),
        }
    }
}

/// A triple as it stands in its part, and its fields.
pub(super) struct Row<'a> {
    pub(super) line: &'a [u8],
    pub(super) fields: &'a ByteRecord,
}

/// The current triples, in the order of inputs.
pub(super) struct Current<'a> {
    waiting: std::slice::Iter<'a, Part>,
    open: Option<Open<'a>>,
    bits: &'a Bits,
    bytes: &'a AtomicU64,
    stop: &'a AtomicBool,
    /// Citations that were passed.
    number: u64,
    fields: ByteRecord,
    line: Vec<u8>,
    /// Triples read.
    pub(super) read: u64,
    /// Those of them that are current.
    pub(super) kept: u64,
}

/// The part at hand.
struct Open<'a> {
    path: &'a Path,
    rows: csv::Reader<File>,
    citations: Citations<'a>,
    document: String,
    /// Triples of the document that are still to come, and whether they are current.
    left: u64,
    holds: bool,
    position: u64,
}

impl<'a> Current<'a> {
    pub(super) fn new(parts: &'a [Part], bits: &'a Bits, bytes: &'a AtomicU64, stop: &'a AtomicBool) -> Self {
        let (fields, line) = (ByteRecord::new(), Vec::new());
        let (waiting, open) = (parts.iter(), None);
        Self { waiting, open, bits, bytes, stop, number: 0, fields, line, read: 0, kept: 0 }
    }

    /// Returns the next current triple.
    ///
    /// # Errors
    /// [`Error::Run`] if a part does not fit its citations; [`Error::Interrupted`].
    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        loop {
            let Some(open) = &mut self.open else {
                match self.waiting.next() {
                    Some(part) => self.open = Some(Open::new(part)?),
                    None => return Ok(None),
                }
                continue;
            };
            if open.left == 0 {
                match open.citations.next_citation()? {
                    Some(citation) => {
                        (open.left, open.document) = (citation.triples, citation.document);
                        open.holds = self.bits.get(self.number);
                        self.number += 1;
                    }
                    None => {
                        open.end(&mut self.fields)?;
                        self.open = None;
                    }
                }
                continue;
            }
            open.left -= 1;
            open.read(&mut self.fields)?;
            self.read += 1;
            if self.read.is_multiple_of(BATCH as u64) && self.stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let position = open.rows.position().byte();
            self.bytes.fetch_add(position - open.position, Ordering::Relaxed);
            open.position = position;
            if open.holds {
                self.kept += 1;
                break;
            }
        }
        line(&self.fields, &mut self.line);
        Ok(Some(Row { line: &self.line, fields: &self.fields }))
    }
}

impl<'a> Open<'a> {
    fn new(part: &'a Part) -> Result<Self> {
        let path = part.rows.as_path();
        let file = File::open(path).map_err(|e| Error::io(path, e))?;
        let mut rows = ReaderBuilder::new().buffer_capacity(1 << 20).from_reader(file);
        let header = rows.byte_headers().map_err(|e| broken(path, e.to_string()))?;
        if *header != COLUMNS[..] {
            return Err(broken(path, "not the triples of this version's runs"));
        }
        let citations = Citations::open(&part.citations)?;
        let (document, left, holds, position) = (String::new(), 0, false, 0);
        Ok(Self { path, rows, citations, document, left, holds, position })
    }

    /// Reads a triple of the document at hand.
    fn read(&mut self, fields: &mut ByteRecord) -> Result<()> {
        let more = self.rows.read_byte_record(fields).map_err(|e| broken(self.path, e.to_string()))?;
        if !more || fields.get(0) != Some(self.document.as_bytes()) {
            let message =
                format!("its triples do not fit its citations at {}; extract it again", self.document);
            return Err(broken(self.path, message));
        }
        Ok(())
    }

    /// Checks that no triple is left.
    fn end(&mut self, fields: &mut ByteRecord) -> Result<()> {
        match self.rows.read_byte_record(fields).map_err(|e| broken(self.path, e.to_string()))? {
            false => Ok(()),
            true => Err(broken(self.path, "it has more triples than its citations; extract it again")),
        }
    }
}

/// Writes fields as they stood in their part.
fn line(fields: &ByteRecord, line: &mut Vec<u8>) {
    line.clear();
    let mut row = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut *line);
    // Writing to memory cannot fail, and there is one row only.
    let written = row.write_byte_record(fields).map_err(drop).and_then(|()| row.flush().map_err(drop));
    debug_assert!(written.is_ok());
}
