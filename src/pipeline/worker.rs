//! Worker: what one job does with a batch: decode, run the stages, render; panics and errors stay with their record.

use std::time::{Duration, Instant};

use super::contain::contain;
use super::{OnBadRecord, Pipeline, RunParams, TOGETHER};
use crate::document::CitationRecord;
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
    /// Every document that was stated or withdrawn, with or without triples, in input order.
    pub citations: Vec<CitationRecord>,
    /// Why the run must end after this batch.
    pub fatal: Option<Error>,
}

/// The work on a batch, shared by all threads.
pub(super) struct Worker<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) params: &'a RunParams,
    pub(super) render: &'a Render<'a>,
}

/// A document with the number of its record in the batch, the record's position, and whether its raw text was wanted.
struct Numbered {
    number: usize,
    position: Position,
    wanted: bool,
    document: Document,
}

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
        let mut citations = Vec::with_capacity(records.len());
        let mut documents = self.parse(&records, &mut errors, &mut citations, &mut out.counts);
        match self.apply(&mut documents, &mut out.counts) {
            Ok(Ok(())) => {}
            Ok(Err(broken)) => {
                out.fatal = Some(broken);
                return out;
            }
            Err(_) => {
                errors.truncate(read_errors);
                citations.clear();
                out.counts = Counts::default();
                documents = self.parse(&records, &mut errors, &mut citations, &mut out.counts);
                documents.retain_mut(|one| self.apply_alone(one, &mut errors, &mut out));
            }
        }
        self.finish(documents, errors, &mut citations, &mut out);
        citations.sort_by_key(|(i, _)| *i);
        out.citations = citations.into_iter().map(|(_, citation)| citation).collect();
        out.counts.records = (records.len() + broken_records) as u64;
        out
    }

    /// Decodes the records that may yield a triple.
    fn parse(
        &self,
        records: &[(usize, Record)],
        errors: &mut Vec<(usize, Error)>,
        citations: &mut Vec<(usize, CitationRecord)>,
        counts: &mut Counts,
    ) -> Vec<Numbered> {
        let start = Instant::now();
        let (mut documents, mut gate) = (Vec::new(), Duration::ZERO);
        for (i, record) in records {
            let asked = Instant::now();
            let (unwanted, wanted) =
                contain("the gate", || self.pipeline.pass_over(record)).unwrap_or_default();
            gate += asked.elapsed();
            if let Some(citation) = unwanted {
                counts.pass_over();
                citations.push((*i, citation));
                continue;
            }
            let panicked = |message: String| Err(record.position.error("", 0, message));
            match contain("the reader", || record.parse()).unwrap_or_else(panicked) {
                Ok(Parsed::Documents(found)) => {
                    documents.extend(found.into_iter().map(|document| Numbered {
                        number: *i,
                        position: record.position.clone(),
                        wanted,
                        document,
                    }));
                }
                Ok(Parsed::Deleted(found)) => {
                    counts.deleted_citations += found.len() as u64;
                    citations.extend(found.into_iter().map(|citation| (*i, citation)));
                }
                Err(error) => errors.push((*i, error)),
            }
        }
        counts.time("gate", gate);
        counts.time("parse", start.elapsed().saturating_sub(gate));
        documents
    }

    /// Runs the stages over all documents at once; the outer error is a panic.
    fn apply(&self, documents: &mut [Numbered], counts: &mut Counts) -> Result<Result<()>, String> {
        let start = Instant::now();
        let (mut chosen, at) = contain("the gate", || {
            self.pipeline.choose(documents.iter_mut().map(|one| (&mut one.document, one.wanted)))
        })?;
        counts.time("gate", start.elapsed());
        for part in chosen.chunks_mut(TOGETHER) {
            for stage in &self.pipeline.stages {
                let start = Instant::now();
                if let Err(broken) = contain(stage.name(), || stage.apply(part))? {
                    return Ok(Err(broken));
                }
                counts.time(stage.name(), start.elapsed());
            }
        }
        at.into_iter().zip(chosen).for_each(|(i, document)| documents[i].document = document);
        Ok(Ok(()))
    }

    /// Runs the stages over one document after its batch panicked; tells whether it went well.
    fn apply_alone(&self, one: &mut Numbered, errors: &mut Vec<(usize, Error)>, out: &mut Rendered) -> bool {
        let id = one.document.id.clone();
        match self.apply(std::slice::from_mut(one), &mut out.counts) {
            Ok(Ok(())) => return true,
            Ok(Err(broken)) => out.fatal = out.fatal.take().or(Some(broken)),
            Err(message) => errors.push((one.number, one.position.error(&id, 0, message))),
        }
        false
    }

    /// Drops what the run is not after, renders, and puts errors in order.
    fn finish(
        &self,
        documents: Vec<Numbered>,
        mut errors: Vec<(usize, Error)>,
        citations: &mut Vec<(usize, CitationRecord)>,
        out: &mut Rendered,
    ) {
        let start = Instant::now();
        errors.sort_by_key(|(i, _)| *i);
        let stop = self.params.on_bad_record == OnBadRecord::Stop;
        for Numbered { number: i, position, mut document, .. } in documents {
            if stop && errors.first().is_some_and(|(bad, _)| *bad <= i) {
                break;
            }
            self.params.focus.retain(&mut document, self.params.min_confidence);
            let whole = out.bytes.len();
            match contain("the writer", || (self.render)(&document, &mut out.bytes)) {
                Ok(()) => {
                    out.counts.count(&document);
                    citations.push((i, CitationRecord::of(document)));
                }
                Err(message) => {
                    out.bytes.truncate(whole);
                    errors.push((i, position.error(&document.id, 0, message)));
                    errors.sort_by_key(|(i, _)| *i);
                }
            }
        }
        out.counts.time("render", start.elapsed());
        if stop && let Some((bad, _)) = errors.first() {
            citations.retain(|(i, _)| i < bad);
            out.fatal = Some(errors.remove(0).1);
            errors.clear();
        }
        out.counts.rejected = errors.len() as u64;
        out.rejected = errors.into_iter().map(|(_, error)| error).collect();
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::pipeline::MemoryParams;
    use crate::readers::Format;
    use crate::{Config, Stage};

    /// A stage that panics or breaks on documents whose title says so, and leaves a mark on the others.
    struct Touchy;

    impl Stage for Touchy {
        fn name(&self) -> &'static str {
            "touchy"
        }

        fn apply(&self, documents: &mut [Document]) -> Result<()> {
            for document in documents {
                assert!(document.title() != "panic", "cannot bear {}", document.id);
                if document.title() == "break" {
                    return Err(Error::Stage { stage: "touchy", message: document.id.clone() });
                }
                document.warnings.push("touched: once".into());
            }
            Ok(())
        }
    }

    fn record(n: usize, title: &str) -> Result<Record> {
        let path = Arc::new(PathBuf::from("test.jsonl"));
        let position = Position { path, record: n as u64 + 1, byte: 100 * n as u64 };
        if title == "unreadable" {
            return Err(position.error("", 3, "unreadable"));
        }
        let bytes = match title {
            "cut" => format!("{{\"id\": \"{n}\", "),
            title => format!(r#"{{"id": "{n}", "title": "{title}", "abstract": ""}}"#),
        };
        Ok(Record::new(Format::Jsonl, position, bytes.into_bytes()))
    }

    /// Runs the titles; returns the ids written, the messages of the rejected, and how it ended.
    fn run(
        titles: &[&str],
        batch_records: usize,
        on_bad_record: OnBadRecord,
    ) -> (String, Vec<String>, String) {
        let pipeline = Pipeline::of(vec![Box::new(Touchy)]);
        let config = Config::default();
        let run = RunParams { on_bad_record, threads: 2, ..config.run };
        let memory = MemoryParams { batch_records, ..config.memory };
        let records = titles.iter().enumerate().map(|(n, title)| record(n, title));
        let render = |document: &Document, out: &mut Vec<u8>| {
            assert!(document.title() != "unwritable", "no bytes for {}", document.id);
            assert_eq!(document.warnings, ["touched: once"]);
            out.extend(document.id.bytes());
        };
        let (mut written, mut rejected) = (String::new(), Vec::new());
        let result = pipeline.run(records, &render, (&run, &memory), &AtomicBool::new(false), |done| {
            written.push_str(std::str::from_utf8(&done.bytes).unwrap());
            rejected.extend(done.rejected.iter().map(ToString::to_string));
            assert_eq!(done.counts.rejected, done.rejected.len() as u64);
            Ok(())
        });
        (written, rejected, result.map_or_else(|e| e.to_string(), |()| "done".into()))
    }

    const MIXED: [&str; 7] = ["a", "cut", "b", "panic", "unreadable", "unwritable", "c"];

    #[test]
    fn only_the_culprits_are_rejected_in_batches_of_any_size() {
        for batch in [1, 2, 3, 64] {
            let (written, rejected, end) = run(&MIXED, batch, OnBadRecord::Skip);
            assert_eq!((written.as_str(), end.as_str()), ("026", "done"), "batches of {batch}");
            let expected = [
                "test.jsonl, record 2, byte 1",
                "test.jsonl, record 4 (3), byte 300: panic in touchy: cannot bear 3 (src/pipeline/worker.rs:",
                "test.jsonl, record 5, byte 403: unreadable",
                "test.jsonl, record 6 (5), byte 500: panic in the writer: no bytes for 5",
            ];
            assert_eq!(rejected.len(), expected.len(), "{rejected:?}");
            for (message, start) in rejected.iter().zip(expected) {
                assert!(message.starts_with(start), "{message}");
            }
        }
    }

    #[test]
    fn stop_ends_the_run_at_the_first_bad_record_and_keeps_what_came_before() {
        for batch in [1, 2, 64] {
            for (titles, start) in [
                (&MIXED[..], "test.jsonl, record 2, byte 1"),
                (&["a", "panic", "b", "cut"], "test.jsonl, record 2 (1), byte 100: panic in touchy"),
                (&["a", "unwritable", "b"], "test.jsonl, record 2 (1), byte 100: panic in the writer"),
            ] {
                let (written, rejected, end) = run(titles, batch, OnBadRecord::Stop);
                assert_eq!((written.as_str(), rejected.len()), ("0", 0), "batches of {batch}");
                assert!(end.starts_with(start), "{end}");
            }
        }
    }

    #[test]
    fn every_document_that_is_not_rejected_is_listed() {
        let pipeline = Pipeline::of(vec![Box::new(Touchy)]);
        let run = RunParams { threads: 2, ..Config::default().run };
        for batch_records in [1, 3, 64] {
            let memory = MemoryParams { batch_records, ..Config::default().memory };
            let records = MIXED.iter().enumerate().map(|(n, title)| record(n, title));
            let mut listed = Vec::new();
            let render = |document: &Document, _: &mut Vec<u8>| assert!(document.title() != "unwritable");
            let stop = AtomicBool::new(false);
            let result = pipeline.run(records, &render, (&run, &memory), &stop, |done| {
                listed.extend(done.citations);
                Ok(())
            });
            result.unwrap();
            let expected = ["0", "2", "6"].map(|id| CitationRecord::without_triples(id, None));
            assert_eq!(listed, expected, "batches of {batch_records}");
        }
    }

    #[test]
    fn a_broken_stage_ends_the_run_whatever_is_skipped() {
        let (written, _, end) = run(&["a", "b", "break", "c", "break"], 1, OnBadRecord::Skip);
        assert_eq!((written.as_str(), end.as_str()), ("01", "stage touchy: 2"));
    }
}
