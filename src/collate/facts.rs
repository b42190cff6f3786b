//! Facts: what all current triples on the same subject, predicate and object say together.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Float32Builder, StringBuilder, UInt16Builder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Float32Type, Schema, SchemaRef, UInt16Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use csv::ByteRecord;

use super::sort::BATCH;
use crate::writers::{COLUMNS, Output};
use crate::{Error, Result};

/// The columns, in order (docs/columns.md).
pub const FACT_COLUMNS: [&str; 13] = [
    "subject_id",
    "subject",
    "predicate",
    "object_id",
    "object",
    "triples",
    "sentences",
    "documents",
    "first_year",
    "last_year",
    "confidence",
    "negated",
    "pmids",
];

/// Columns that tell facts apart. `*_key` is the name of what has no identifier, and empty for what has one.
const FACT: usize = 5;

/// The sort: by fact, then by document and sentence, so that both can be counted as they pass.
pub(super) const KEYS: [&str; 7] =
    ["subject_id", "subject_key", "predicate", "object_id", "object_key", "document", "sentence"];

/// Returns the columns that are sorted.
pub(super) fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let mut fields: Vec<Field> = KEYS[..=FACT].iter().map(|name| text(name)).collect();
    fields.push(Field::new("sentence", DataType::UInt64, false));
    fields.extend([text("subject"), text("object")]);
    fields.push(Field::new("year", DataType::UInt16, true));
    fields.push(Field::new("confidence", DataType::Float32, false));
    fields.push(Field::new("negated", DataType::Boolean, false));
    Arc::new(Schema::new(fields))
}

/// Collects triples to batches.
#[derive(Default)]
pub(super) struct Statements {
    keys: [StringBuilder; FACT + 1],
    sentence: UInt64Builder,
    names: [StringBuilder; 2],
    year: UInt16Builder,
    confidence: Float32Builder,
    negated: BooleanBuilder,
    rows: usize,
}

impl Statements {
    /// Adds a triple; returns a batch when there are enough.
    pub(super) fn push(&mut self, fields: &ByteRecord) -> Result<Option<RecordBatch>> {
        let get = |name: &str| {
            let at = COLUMNS.iter().position(|column| *column == name).unwrap_or(usize::MAX);
            std::str::from_utf8(fields.get(at).unwrap_or_default()).unwrap_or_default()
        };
        let (subject, object) = (get("subject"), get("object"));
        let (subject_id, object_id) = (get("subject_id"), get("object_id"));
        let key = |id: &str, name| if id.is_empty() { name } else { "" };
        let keys: [&str; FACT + 1] = [
            subject_id,
            key(subject_id, subject),
            get("predicate"),
            object_id,
            key(object_id, object),
            get("document"),
        ];
        self.keys.iter_mut().zip(keys).for_each(|(column, value)| column.append_value(value));
        self.sentence.append_value(hash(get("sentence")));
        self.names.iter_mut().zip([subject, object]).for_each(|(column, value)| column.append_value(value));
        self.year.append_option(get("year").parse().ok());
        let confidence: f32 = get("confidence").parse().map_err(|e| Error::Stage {
            stage: "collate",
            message: format!("confidence {:?} of document {}: {e}", get("confidence"), get("document")),
        })?;
        self.confidence.append_value(confidence);
        self.negated.append_value(get("negated") == "true");
        self.rows += 1;
        if self.rows < BATCH { Ok(None) } else { self.finish().map(Some) }
    }

    /// Returns what was collected since the last batch.
    pub(super) fn finish(&mut self) -> Result<RecordBatch> {
        self.rows = 0;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(KEYS.len() + 5);
        columns.extend(self.keys.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        columns.push(Arc::new(self.sentence.finish()));
        columns.extend(self.names.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        columns.push(Arc::new(self.year.finish()));
        columns.push(Arc::new(self.confidence.finish()));
        columns.push(Arc::new(self.negated.finish()));
        RecordBatch::try_new(schema(), columns)
            .map_err(|e| Error::Stage { stage: "collate", message: e.to_string() })
    }
}

/// Stands for a sentence among those of one document; the value itself reaches no output.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Writes facts as sorted triples pass.
pub(super) struct Facts {
    output: Output,
    fact: Fact,
    facts: u64,
    line: Vec<u8>,
}

/// The fact at hand.
#[derive(Default)]
struct Fact {
    key: [String; FACT],
    names: [BTreeMap<String, u64>; 2],
    triples: u64,
    sentences: u64,
    /// Sentences that deny it.
    denials: u64,
    documents: Vec<String>,
    years: Option<(u16, u16)>,
    confidence: f32,
    /// The sentence at hand, and whether it denies the fact.
    sentence: Option<u64>,
    denied: bool,
}

impl Facts {
    /// Prepares the table.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let header = format!("{}\r\n", FACT_COLUMNS.join(","));
        let output = Output::create(path, header.as_bytes())?;
        Ok(Self { output, fact: Fact::default(), facts: 0, line: Vec::new() })
    }

    /// Takes triples in the order of [`KEYS`].
    pub(super) fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let text = |column: usize| batch.column(column).as_string::<i32>();
        let keys: [_; FACT] = std::array::from_fn(text);
        let documents = text(FACT);
        let sentences = batch.column(FACT + 1).as_primitive::<UInt64Type>();
        let names = [text(FACT + 2), text(FACT + 3)];
        let years = batch.column(FACT + 4).as_primitive::<UInt16Type>();
        let confidences = batch.column(FACT + 5).as_primitive::<Float32Type>();
        let negated = batch.column(FACT + 6).as_boolean();
        for row in 0..batch.num_rows() {
            if keys.iter().zip(&self.fact.key).any(|(column, key)| column.value(row) != key) {
                self.close()?;
                self.fact.key = std::array::from_fn(|i| keys[i].value(row).to_owned());
            }
            let fact = &mut self.fact;
            fact.at(documents.value(row), sentences.value(row));
            fact.denied |= negated.value(row);
            fact.triples += 1;
            for (column, counts) in names.iter().zip(&mut fact.names) {
                count(counts, column.value(row));
            }
            if years.is_valid(row) {
                let (first, last) = fact.years.unwrap_or((u16::MAX, 0));
                fact.years = Some((first.min(years.value(row)), last.max(years.value(row))));
            }
            fact.confidence = fact.confidence.max(confidences.value(row));
        }
        Ok(())
    }

    /// Writes the fact at hand, if there is one.
    fn close(&mut self) -> Result<()> {
        let mut fact = std::mem::take(&mut self.fact);
        if fact.triples == 0 {
            return Ok(());
        }
        fact.end_sentence();
        self.line.clear();
        let row = fact.row();
        let mut line =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut self.line);
        // Writing to memory cannot fail, and there is one row only.
        let written = line.write_record(&row).map_err(drop).and_then(|()| line.flush().map_err(drop));
        debug_assert!(written.is_ok());
        drop(line);
        self.facts += 1;
        self.output.write(&self.line)
    }

    /// Names the table; returns the number of facts.
    pub(super) fn finish(mut self) -> Result<u64> {
        self.close()?;
        self.output.finish()?;
        Ok(self.facts)
    }
}

impl Fact {
    /// Moves to a sentence of a document.
    fn at(&mut self, document: &str, sentence: u64) {
        let new = self.documents.last().is_none_or(|last| last != document);
        if new || self.sentence != Some(sentence) {
            self.end_sentence();
            self.sentence = Some(sentence);
            self.sentences += 1;
        }
        if new {
            self.documents.push(document.to_owned());
        }
    }

    fn end_sentence(&mut self) {
        self.denials += u64::from(std::mem::take(&mut self.denied));
    }

    fn row(&self) -> [String; FACT_COLUMNS.len()] {
        let [subject_id, _, predicate, object_id, _] = self.key.clone();
        let [subject, object] = self.names.each_ref().map(most_used);
        let year = |year: Option<u16>| year.map(|year| year.to_string()).unwrap_or_default();
        [
            subject_id,
            subject,
            predicate,
            object_id,
            object,
            self.triples.to_string(),
            self.sentences.to_string(),
            self.documents.len().to_string(),
            year(self.years.map(|(first, _)| first)),
            year(self.years.map(|(_, last)| last)),
            format!("{:.3}", self.confidence),
            format!("{:.3}", self.denials as f64 / self.sentences.max(1) as f64),
            self.documents.join("|"),
        ]
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

/// Returns the name that is used most, the first in the alphabet of several.
fn most_used(counts: &BTreeMap<String, u64>) -> String {
    let most = counts.values().max().copied().unwrap_or_default();
    counts.iter().find(|(_, count)| **count == most).map(|(name, _)| name.clone()).unwrap_or_default()
}
