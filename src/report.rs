//! Report: what a run counted, for `report.json` and the summary line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::document::{EntityType, Predicate};
use crate::{Document, Error};

/// Kinds of warnings that are counted apart; further kinds count as `other`.
const MAX_WARNING_KINDS: usize = 200;

/// Numbers by name, in the order of the names.
pub type ByName<T> = BTreeMap<Cow<'static, str>, T>;

/// Counts of one batch or of a whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Records read, rejected ones included.
    pub records: u64,
    /// Documents processed.
    pub documents: u64,
    /// Documents without a triple.
    pub documents_without_triples: u64,
    /// Records, documents and files that were rejected.
    pub rejected: u64,
    /// Citations that the sources withdraw (`DeleteCitation`).
    pub deleted_citations: u64,
    /// Triples written.
    pub triples: u64,
    /// Mentions by type.
    pub mentions: ByName<u64>,
    /// Triples written, by predicate.
    pub relations: ByName<u64>,
    /// Warnings by kind: the text before the first colon.
    pub warnings: BTreeMap<String, u64>,
    /// Working time by step, summed over threads, in seconds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seconds: ByName<f64>,
}

impl Counts {
    /// Counts a document as it is written.
    pub fn count(&mut self, document: &Document) {
        self.documents += 1;
        self.triples += document.relations.len() as u64;
        self.documents_without_triples += u64::from(document.relations.is_empty());
        for mention in &document.mentions {
            *self.mentions.entry(mention.kind.as_str().into()).or_default() += 1;
        }
        for relation in &document.relations {
            *self.relations.entry(relation.predicate.as_str().into()).or_default() += 1;
        }
        for warning in &document.warnings {
            let kind = warning.split(':').next().unwrap_or_default();
            self.warn(kind, 1);
        }
    }

    /// Counts a document that was passed over, as it can yield no triple.
    pub fn pass_over(&mut self) {
        self.documents += 1;
        self.documents_without_triples += 1;
    }

    /// Adds the time that a step took.
    pub fn time(&mut self, step: &'static str, took: Duration) {
        *self.seconds.entry(step.into()).or_default() += took.as_secs_f64();
    }

    /// Adds the counts of a further batch.
    pub fn add(&mut self, other: &Counts) {
        self.records += other.records;
        self.documents += other.documents;
        self.documents_without_triples += other.documents_without_triples;
        self.rejected += other.rejected;
        self.deleted_citations += other.deleted_citations;
        self.triples += other.triples;
        add(&mut self.mentions, &other.mentions);
        add(&mut self.relations, &other.relations);
        other.warnings.iter().for_each(|(kind, n)| self.warn(kind, *n));
        add(&mut self.seconds, &other.seconds);
    }

    /// Adds the types and predicates that did not occur, with 0.
    pub fn fill(&mut self) {
        EntityType::ALL.iter().for_each(|kind| *self.mentions.entry(kind.as_str().into()).or_default() += 0);
        Predicate::ALL.iter().for_each(|name| *self.relations.entry(name.as_str().into()).or_default() += 0);
    }

    fn warn(&mut self, kind: &str, times: u64) {
        let known = self.warnings.len() < MAX_WARNING_KINDS || self.warnings.contains_key(kind);
        *self.warnings.entry(if known { kind } else { "other" }.to_owned()).or_default() += times;
    }
}

/// Adds numbers to those of the same name.
pub fn add<T: Copy + Default + std::ops::AddAssign>(sums: &mut ByName<T>, further: &ByName<T>) {
    for (name, n) in further {
        match sums.get_mut(name) {
            Some(sum) => *sum += *n,
            None => drop(sums.insert(name.clone(), *n)),
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It goes on, or was killed.
    Running,
    /// All input was read.
    Complete,
    /// Someone stopped it; what was done until then is kept.
    Interrupted,
    /// It could not go on; what was done until then is kept.
    Failed,
}

/// One input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputFile {
    /// Its path, or `<stdin>`.
    pub file: String,
    /// Its format, if it was recognised.
    pub format: Option<&'static str>,
    /// Records read, rejected ones included.
    pub records: u64,
    /// Bytes read, before decompression.
    pub bytes: u64,
    /// SHA-256 of these bytes; none if the file was not read to its end.
    pub sha256: Option<String>,
    /// Whether it could not be read, or not to its end.
    pub failed: bool,
}

/// What a run read.
#[derive(Clone, Debug, Serialize)]
pub struct Inputs {
    /// Number of files.
    pub files: usize,
    /// How many of them could not be read to their end.
    pub failed: u64,
    /// Bytes read of all files, before decompression.
    pub bytes: u64,
    /// Files of folders that were left out because of their ending.
    pub skipped: Vec<String>,
    /// The files one by one, as far as they are listed.
    pub list: Vec<InputFile>,
}

/// What a run did: `report.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// Why it ended before all input was read.
    pub error: Option<String>,
    /// Version of the program.
    pub version: &'static str,
    /// SHA-256 of the lexicons inside the program.
    pub lexicons: String,
    /// Name and SHA-256 of the learned model, if the engine has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// When it began, UTC.
    pub started: String,
    /// How long it took.
    pub seconds: f64,
    /// Worker threads.
    pub threads: usize,
    /// The output file; none for standard output.
    pub output: Option<String>,
    /// The settings in effect.
    pub config: serde_json::Value,
    /// What it read.
    pub inputs: Inputs,
    /// What it counted; `seconds` by step are summed over threads.
    pub counts: Counts,
}

impl Report {
    /// Returns the report as JSON, for people to read.
    pub fn to_json(&self) -> Vec<u8> {
        // Plain data has a JSON form.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// Returns the line that ends a run.
    pub fn summary(&self) -> String {
        let Counts { documents, triples, rejected, .. } = self.counts;
        format!("{documents} documents, {triples} triples, {rejected} rejected, {:.1} s", self.seconds)
    }
}

/// One line of `rejected.jsonl`: a record, document or file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// The file, or `<stdin>`.
    pub file: String,
    /// Number of the record in the file, from 1; none if the whole file is rejected.
    pub record: Option<u64>,
    /// The record's identifier, empty if unknown.
    pub id: String,
    /// Byte offset into the decompressed file, 0-based; none if unknown.
    pub byte: Option<u64>,
    /// What is wrong.
    pub message: String,
}

impl Rejected {
    /// Returns the line.
    pub fn to_line(&self) -> Vec<u8> {
        // Plain text and numbers have a JSON form.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

impl From<&Error> for Rejected {
    fn from(error: &Error) -> Self {
        let (path, record, id, byte, message) = match error {
            Error::Record { path, record, id, byte, message } => {
                (Some(path), Some(*record), id.clone(), Some(*byte), message.clone())
            }
            Error::Input { path, byte, message } => {
                (Some(path), None, String::new(), Some(*byte), message.clone())
            }
            Error::Io { path, cause } => (Some(path), None, String::new(), None, cause.to_string()),
            other => (None, None, String::new(), None, other.to_string()),
        };
        let file = path.map(|p| p.display().to_string()).unwrap_or_default();
        Self { file, record, id, byte, message }
    }
}
