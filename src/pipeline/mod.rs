//! Pipeline: the stages in order, and the driver that runs them.

mod batches;
mod budget;
mod contain;
mod params;
mod run;
mod worker;

use std::sync::atomic::AtomicBool;

pub use params::{Engine, MemoryParams, OnBadRecord, RunParams};
pub use worker::{Render, Rendered};

use crate::document::Focus;
use crate::linking::Link;
use crate::readers::Record;
use crate::relations::Rules;
use crate::tagging::LexiconTagger;
use crate::text::Segment;
use crate::{Document, Error, Result, Stage};
use batches::Batches;
use worker::Worker;

/// What is done with layers that documents come with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// They are dropped and made anew.
    Drop,
    /// Sentences and mentions are kept, relations made anew.
    KeepMentions,
}

/// Which layers whoever runs the pipeline is going to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    /// Every layer of every document: JSON Lines, evaluation, people.
    All,
    /// The triples alone, so that mentions which no triple of the focus can use need not be found: CSV.
    Triples,
}

/// The stages in order.
pub struct Pipeline {
    stages: Vec<Box<dyn Stage>>,
    given: Given,
}

impl Pipeline {
    /// Makes an engine's pipeline; the triples are the same for all `layers`.
    ///
    /// # Errors
    /// If a lexicon or model of the engine cannot be used.
    pub fn new(engine: Engine, focus: Focus, layers: Layers) -> Result<Self> {
        match engine {
            Engine::Rules => {
                let tagger = LexiconTagger::new(if layers == Layers::All { Focus::All } else { focus });
                Ok(Self::of(vec![
                    Box::new(Segment),
                    Box::new(tagger),
                    Box::new(Link::new()),
                    Box::new(Rules::new(focus)?),
                ]))
            }
        }
    }

    /// Makes a pipeline of stages of your own, in this order.
    pub fn of(stages: Vec<Box<dyn Stage>>) -> Self {
        Self { stages, given: Given::Drop }
    }

    /// Makes a pipeline that keeps the mentions that documents come with and adds relations.
    ///
    /// # Errors
    /// If a table of the rules cannot be used.
    pub fn relations_only(focus: Focus) -> Result<Self> {
        let stages: Vec<Box<dyn Stage>> =
            vec![Box::new(Segment), Box::new(Link::new()), Box::new(Rules::new(focus)?)];
        Ok(Self { stages, given: Given::KeepMentions })
    }

    /// Runs every stage on documents.
    ///
    /// # Errors
    /// The first broken stage's.
    pub fn apply(&self, documents: &mut [Document]) -> Result<()> {
        self.prepare(documents);
        self.stages.iter().try_for_each(|stage| stage.apply(documents))
    }

    /// Runs every stage on a stream of records, in parallel, and hands the rendered batches to `write` in input order.
    ///
    /// The bytes do not depend on the number of threads nor on the size of batches. Records that cannot be used come
    /// with their batch as errors. Setting `stop` ends the reading between two records; what was read is finished.
    ///
    /// # Errors
    /// The first in input order: a broken stage's, `write`'s, or with [`OnBadRecord::Stop`] a record's. What comes before
    /// it has been written.
    pub fn run(
        &self,
        records: impl Iterator<Item = Result<Record>>,
        render: &Render<'_>,
        (run, memory): (&RunParams, &MemoryParams),
        stop: &AtomicBool,
        mut write: impl FnMut(Rendered) -> Result<()> + Send,
    ) -> Result<()> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(run.threads)
            .thread_name(|i| format!("worker-{i}"))
            .build()
            .map_err(|e| Error::Config { key: "run.threads".into(), message: e.to_string() })?;
        let worker = Worker { pipeline: self, params: run, render };
        let batches = Batches { records, params: memory, stop };
        let bounds = run::Bounds { window: memory.window, bytes: memory.in_flight_bytes };
        run::ordered(
            &pool,
            bounds,
            batches,
            |batch| worker.process(batch),
            |mut done| {
                let fatal = done.fatal.take();
                write(done)?;
                fatal.map_or(Ok(()), Err)
            },
        )
    }

    /// Drops the layers that the stages make anew.
    fn prepare(&self, documents: &mut [Document]) {
        for document in documents {
            match self.given {
                Given::Drop => document.clear_layers(),
                Given::KeepMentions => document.relations.clear(),
            }
        }
    }
}
