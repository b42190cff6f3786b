//! Worker: what one job does with a batch: decode, run the stages, render; panics and errors stay with their record.

use std::time::Instant;

use super::contain::contain;
use super::{OnBadRecord, Pipeline, RunParams};
use crate::document::Focus;
use crate::readers::{Parsed, Position, Record};
use crate::report::Counts;
use crate::{Document, Error, Result};

/// Appends what the output format writes for one document.
pub type Render<'a> = dyn Fn(&Document, &mut Vec<u8>) + Sync + 'a;

/// What became of one batch.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The output, in input order.
    pub bytes: Vec<u8>,
    /// Its counts.
    pub counts: Counts,
    /// What was rejected, in input order.
    pub rejected: Vec<Error>,
    /// Why the run must end after this batch.
    pub fatal: Option<Error>,
}

/// The work on a batch, shared by all threads.
pub(super) struct Worker<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) params: &'a RunParams,
    pub(super) render: &'a Render<'a>,
}

/// A document and the number of its record in the batch.
type Numbered = (usize, Position, Document);

impl Worker<'_> {
    /// Does everything for one batch.
    pub(super) fn process(&self, batch: Vec<Result<Record>>) -> Rendered {
        let mut out = Rendered::default();
        let (mut records, mut errors) = (Vec::with_capacity(batch.len()), Vec::new());
        for (i, item) in batch.into_iter().enumerate() {
            match item {
                Ok(record) => records.push((i, record)),
                Err(error) => errors.push((i, error)),
            }
        }
        let read_errors = errors.len();
        let broken_records = errors.iter().filter(|(_, error)| error.is_record()).count();
        let mut documents = parse(&records, &mut errors, &mut out.counts);
        match self.apply(&mut documents, &mut out.counts) {
            Ok(Ok(())) => {}
            Ok(Err(broken)) => {
                out.fatal = Some(broken);
                return out;
            }
            Err(_) => {
                errors.truncate(read_errors);
                out.counts = Counts::default();
                documents = parse(&records, &mut errors, &mut out.counts);
                documents.retain_mut(|one| self.apply_alone(one, &mut errors, &mut out));
            }
        }
        self.finish(documents, errors, &mut out);
        out.counts.records = (records.len() + broken_records) as u64;
        out
    }

    /// Runs the stages over all documents at once; the outer error is a panic.
    fn apply(&self, documents: &mut [Numbered], counts: &mut Counts) -> Result<Result<()>, String> {
        let mut owned: Vec<Document> = documents.iter_mut().map(|(.., d)| std::mem::take(d)).collect();
        self.pipeline.prepare(&mut owned);
        for stage in &self.pipeline.stages {
            let start = Instant::now();
            if let Err(broken) = contain(stage.name(), || stage.apply(&mut owned))? {
                return Ok(Err(broken));
            }
            counts.time(stage.name(), start.elapsed());
        }
        documents.iter_mut().zip(owned).for_each(|((.., slot), document)| *slot = document);
        Ok(Ok(()))
    }

    /// Runs the stages over one document after its batch panicked; tells whether it went well.
    fn apply_alone(&self, one: &mut Numbered, errors: &mut Vec<(usize, Error)>, out: &mut Rendered) -> bool {
        let id = one.2.id.clone();
        match self.apply(std::slice::from_mut(one), &mut out.counts) {
            Ok(Ok(())) => return true,
            Ok(Err(broken)) => out.fatal = out.fatal.take().or(Some(broken)),
            Err(message) => errors.push((one.0, one.1.error(&id, 0, message))),
        }
        false
    }

    /// Drops what the run is not after, renders, and puts errors in order.
    fn finish(&self, documents: Vec<Numbered>, mut errors: Vec<(usize, Error)>, out: &mut Rendered) {
        let start = Instant::now();
        errors.sort_by_key(|(i, _)| *i);
        let stop = self.params.on_bad_record == OnBadRecord::Stop;
        for (i, position, mut document) in documents {
            if stop && errors.first().is_some_and(|(bad, _)| *bad <= i) {
                break;
            }
            self.select(&mut document);
            let whole = out.bytes.len();
            match contain("the writer", || (self.render)(&document, &mut out.bytes)) {
                Ok(()) => out.counts.count(&document),
                Err(message) => {
                    out.bytes.truncate(whole);
                    errors.push((i, position.error(&document.id, 0, message)));
                    errors.sort_by_key(|(i, _)| *i);
                }
            }
        }
        out.counts.time("render", start.elapsed());
        if stop && !errors.is_empty() {
            out.fatal = Some(errors.remove(0).1);
            errors.clear();
        }
        out.counts.rejected = errors.len() as u64;
        out.rejected = errors.into_iter().map(|(_, error)| error).collect();
    }

    /// Keeps the relations that the run is after.
    fn select(&self, document: &mut Document) {
        let RunParams { focus, min_confidence, .. } = *self.params;
        if focus == Focus::All && min_confidence <= 0.0 {
            return;
        }
        let keep: Vec<bool> = document
            .triples()
            .map(|triple| triple.provenance.confidence >= min_confidence && focus.keeps(&triple))
            .collect();
        let mut keep = keep.into_iter();
        document.relations.retain(|_| keep.next().unwrap_or(false));
    }
}

/// Decodes records.
fn parse(
    records: &[(usize, Record)],
    errors: &mut Vec<(usize, Error)>,
    counts: &mut Counts,
) -> Vec<Numbered> {
    let start = Instant::now();
    let mut documents = Vec::with_capacity(records.len());
    for (i, record) in records {
        let panicked = |message: String| Err(record.position.error("", 0, message));
        match contain("the reader", || record.parse()).unwrap_or_else(panicked) {
            Ok(Parsed::Documents(found)) => {
                documents.extend(found.into_iter().map(|d| (*i, record.position.clone(), d)));
            }
            Ok(Parsed::Deleted(ids)) => counts.deleted_citations += ids.len() as u64,
            Err(error) => errors.push((*i, error)),
        }
    }
    counts.time("parse", start.elapsed());
    documents
}
