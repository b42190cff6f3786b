//! Pipeline: the stages in order, and the driver that runs them.

mod batches;
mod budget;
mod contain;
mod params;
mod run;
mod worker;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub use params::{Engine, MemoryParams, OnBadRecord, RunParams};
pub use worker::{Render, Rendered};

use rayon::ThreadPool;

use crate::document::{CitationRecord, Focus};
use crate::inference::{Model, Precision};
use crate::linking::Link;
use crate::readers::Record;
use crate::relations::{LearnedRelations, MarkedRelations, Rules};
use crate::tagging::{KnownNames, LearnedTagger, LexiconTagger};
use crate::text::{Segment, Split, Tokenize};
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

/// Documents that go through the stages together: enough for a model to find sentences of one length among them, few enough
/// that what it keeps of them from stage to stage finds room.
const TOGETHER: usize = 32;

/// The most worker threads: more than any machine has cores, so that a slip of the keyboard does not start millions.
pub const MAX_THREADS: usize = 1024;

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
    /// Tells by the text alone which documents can yield a triple; the others pass through without layers.
    gate: Option<LexiconTagger>,
    model: Option<Arc<Model>>,
}

impl Pipeline {
    /// Makes an engine's pipeline, with the model that is built in; the triples are the same for all `layers`.
    ///
    /// # Errors
    /// If a lexicon or model of the engine cannot be used.
    pub fn new(engine: Engine, focus: Focus, layers: Layers) -> Result<Self> {
        Self::with(engine, find_model(engine, Path::new(""), Precision::F32)?, focus, layers)
    }

    /// Makes the pipeline of a run, with its model.
    ///
    /// # Errors
    /// If a lexicon or model of the engine cannot be used.
    pub fn open(run: &RunParams, layers: Layers) -> Result<Self> {
        Self::with(run.engine, find_model(run.engine, &run.model, run.precision)?, run.focus, layers)
    }

    fn with(engine: Engine, model: Option<Arc<Model>>, focus: Focus, layers: Layers) -> Result<Self> {
        let narrow = layers == Layers::Triples && focus == Focus::Cytokine;
        // People and evaluations want the mentions of every sentence.
        let seen = if layers == Layers::All { Focus::All } else { focus };
        // Both read tables for some hundredths of a second.
        let (names, rules) = rayon::join(|| LexiconTagger::new(seen), || Rules::new(focus));
        let gate = narrow.then(|| names.clone());
        let mut stages: Vec<Box<dyn Stage>> = vec![Box::new(Split)];
        match model.as_ref().filter(|model| model.is_tagger()) {
            None => stages.push(Box::new(names)),
            Some(model) => {
                let trust = if engine.hears_rules() { model.calibration().trust } else { 0.0 };
                stages.push(Box::new(KnownNames(names)));
                stages.push(Box::new(LearnedTagger::new(Arc::clone(model), trust, focus, seen)));
            }
        }
        stages.push(Box::new(Link::new()));
        stages.push(Box::new(Tokenize { pairs_only: narrow }));
        stages.push(relations(engine, model.clone(), rules?));
        Ok(Self { gate, model, ..Self::of(stages) })
    }

    /// Makes a pipeline of stages of your own, in this order.
    pub fn of(stages: Vec<Box<dyn Stage>>) -> Self {
        Self { stages, given: Given::Drop, gate: None, model: None }
    }

    /// Makes the pipeline of a run that keeps the mentions that documents come with and adds relations.
    ///
    /// # Errors
    /// If a table of the rules or the model cannot be used.
    pub fn relations_only(run: &RunParams) -> Result<Self> {
        let model = find_model(run.engine, &run.model, run.precision)?;
        let relations = relations(run.engine, model.clone(), Rules::new(run.focus)?);
        let mut stages: Vec<Box<dyn Stage>> = vec![Box::new(Segment), Box::new(Link::new()), relations];
        if model.is_some() {
            stages.insert(1, Box::new(KnownNames(LexiconTagger::new(run.focus))));
        }
        Ok(Self { stages, given: Given::KeepMentions, gate: None, model })
    }

    /// Returns the name and the SHA-256 of the model, if the engine has one.
    pub fn model(&self) -> Option<String> {
        self.model.as_ref().map(|model| format!("{} {}", model.name(), model.checksum()))
    }

    /// Runs every stage on documents.
    ///
    /// # Errors
    /// The first broken stage's.
    pub fn apply(&self, documents: &mut [Document]) -> Result<()> {
        let (mut chosen, at) = self.choose(documents.iter_mut().map(|document| (document, false)));
        for part in chosen.chunks_mut(TOGETHER) {
            self.stages.iter().try_for_each(|stage| stage.apply(part))?;
        }
        at.into_iter().zip(chosen).for_each(|(i, document)| documents[i] = document);
        Ok(())
    }

    /// Names the document of a record whose raw text shows that it can yield no triple; tells otherwise whether the text
    /// was seen and may yield one.
    fn pass_over(&self, record: &Record) -> (Option<CitationRecord>, bool) {
        let Some(gate) = &self.gate else { return (None, false) };
        let mut seen = false;
        let citation = record.pass_over(|text| {
            seen = gate.may_hold_focus(text);
            seen
        });
        (citation, seen)
    }

    /// Drops the layers that the stages make anew, and takes out the documents that the stages must see, with their
    /// places; those that were seen to be wanted are not looked at again.
    fn choose<'a>(
        &self,
        documents: impl IntoIterator<Item = (&'a mut Document, bool)>,
    ) -> (Vec<Document>, Vec<usize>) {
        let (mut chosen, mut at) = (Vec::new(), Vec::new());
        for (i, (document, seen)) in documents.into_iter().enumerate() {
            match self.given {
                Given::Drop => document.clear_layers(),
                Given::KeepMentions => document.relations.clear(),
            }
            if seen || self.gate.as_ref().is_none_or(|gate| gate.may_hold_focus(document.text())) {
                chosen.push(std::mem::take(document));
                at.push(i);
            }
        }
        (chosen, at)
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
        params: (&RunParams, &MemoryParams),
        stop: &AtomicBool,
        write: impl FnMut(Rendered) -> Result<()> + Send,
    ) -> Result<()> {
        self.run_in(&pool(params.0.threads)?, records, render, params, stop, write)
    }

    /// Does what [`Pipeline::run`] does on workers that several runs may share; must not be called on one of them.
    ///
    /// # Errors
    /// As [`Pipeline::run`].
    pub fn run_in(
        &self,
        pool: &ThreadPool,
        records: impl Iterator<Item = Result<Record>>,
        render: &Render<'_>,
        (run, memory): (&RunParams, &MemoryParams),
        stop: &AtomicBool,
        mut write: impl FnMut(Rendered) -> Result<()> + Send,
    ) -> Result<()> {
        let worker = Worker { pipeline: self, params: run, render };
        let batches = Batches::new(records, memory, stop);
        let bounds = run::Bounds { window: memory.window, bytes: memory.in_flight_bytes };
        run::ordered(
            pool,
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
}

/// Starts worker threads, at most [`MAX_THREADS`]; 0 means one a core.
///
/// # Errors
/// [`Error::Config`] if there are too many, or more than the system has.
pub fn pool(threads: usize) -> Result<ThreadPool> {
    check_threads(threads)?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("worker-{i}"))
        .build()
        .map_err(|e| wrong_threads(e.to_string()))
}

/// Checks a number of worker threads.
///
/// # Errors
/// [`Error::Config`] if it is above [`MAX_THREADS`].
pub fn check_threads(threads: usize) -> Result<()> {
    if threads > MAX_THREADS {
        return Err(wrong_threads(format!("{threads} are more than {MAX_THREADS}")));
    }
    Ok(())
}

fn wrong_threads(message: String) -> Error {
    Error::Config { key: "run.threads".into(), message }
}

/// Loads the model of an engine, if it has one.
fn find_model(engine: Engine, folder: &Path, precision: Precision) -> Result<Option<Arc<Model>>> {
    match engine {
        Engine::Rules => Ok(None),
        Engine::RustBert => Model::open_with_rust_bert(folder, precision).map(Arc::new).map(Some),
        Engine::Learned | Engine::Hybrid => Model::find(folder).map(Some),
    }
}

/// Makes the stage that finds relations.
fn relations(engine: Engine, model: Option<Arc<Model>>, rules: Rules) -> Box<dyn Stage> {
    let Some(model) = model else { return Box::new(rules) };
    if let Some(marking) = model.marking().cloned() {
        return Box::new(MarkedRelations::new(model, marking, rules));
    }
    if !model.has_pairs() {
        return Box::new(rules);
    }
    Box::new(LearnedRelations::new(model, rules, engine.hears_rules()))
}
