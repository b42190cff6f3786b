//! Job: one gold set, the systems on it, and everything that is measured of them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, ensure};
use rayon::prelude::*;

use super::cost::{self, Plan};
use super::heads::run_head;
use super::machine;
use crate::cli::engines::{EngineArg, ModelArgs};
use crate::document::{Document, Focus};
use crate::evaluate::results::{LeftOut, Resampling, Results, Run, Size};
use crate::evaluate::{
    Corpus, LabelMap, LabelledDocument, Scheme, Scores, Side, System, check_labels, compare, lend_concepts,
    load, score,
};
use crate::inference::Model;
use crate::lexicon::Lexicon;
use crate::pipeline::{Layers, Pipeline};
use crate::text::Segment;
use crate::{Result, Stage};

/// Most mentions with a wrong text that are named one by one.
const SHOWN_MISMATCHES: usize = 5;

/// One of several equal parts of a corpus: the documents whose number leaves the rest `part - 1` divided by `parts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Fold {
    part: usize,
    parts: usize,
}

impl FromStr for Fold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        match numbers {
            Some((part, parts)) if 1 <= part && part <= parts => Ok(Self { part, parts }),
            _ => Err("write it as PART/PARTS, such as 10/10 for every tenth document".into()),
        }
    }
}

impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.parts)
    }
}

/// One evaluation.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Job {
    /// Name of the corpus that reports show; the gold path if empty.
    pub(in crate::cli) corpus: String,
    /// Part of the corpus: `devel`.
    pub(in crate::cli) split: String,
    /// Gold file or folder.
    pub(in crate::cli) gold: PathBuf,
    /// Part of the gold documents to use.
    pub(in crate::cli) fold: Option<Fold>,
    /// Label map: a file, or the name of one that comes with the program.
    pub(in crate::cli) map: Option<PathBuf>,
    /// Names and files of predictions.
    pub(in crate::cli) predictions: Vec<(String, PathBuf)>,
    /// Engines of ours to run.
    pub(in crate::cli) engines: Vec<EngineArg>,
    /// Tagging heads of the model to measure by their own types.
    pub(in crate::cli) heads: Vec<String>,
    /// The model of engines and heads.
    pub(in crate::cli) model: ModelArgs,
    /// Whether engines start from the gold mentions.
    pub(in crate::cli) gold_mentions: bool,
    /// Whether predicted mentions without an identifier get those of the gold mentions they overlap.
    pub(in crate::cli) gold_concepts: bool,
    /// Focus of the engines; by default cytokines where gold marks only their relations, otherwise all.
    pub(in crate::cli) focus: Option<Focus>,
    /// Samples and rounds of intervals and tests.
    pub(in crate::cli) resampling: Resampling,
    /// Timed passes of each engine; 0 for none.
    pub(in crate::cli) passes: usize,
    /// Threads of the timed passes; 0 for one a core.
    pub(in crate::cli) threads: usize,
}

impl Default for Job {
    fn default() -> Self {
        Self {
            corpus: String::new(),
            split: String::new(),
            gold: PathBuf::new(),
            fold: None,
            map: None,
            predictions: Vec::new(),
            engines: Vec::new(),
            heads: Vec::new(),
            model: ModelArgs::default(),
            gold_mentions: false,
            gold_concepts: false,
            focus: None,
            resampling: Resampling { bootstrap_samples: 1000, randomisation_rounds: 10_000, seed: 1 },
            passes: 0,
            threads: 0,
        }
    }
}

/// What a job found.
pub(in crate::cli) struct Evaluation {
    /// All measures, for reports.
    pub(in crate::cli) results: Results,
    /// The measures of `score.py`, by system.
    pub(in crate::cli) scores: Vec<(String, Scores)>,
}

/// A system's predictions before they are measured.
struct Predicted {
    name: String,
    source: String,
    engine: Option<EngineArg>,
    corpus: Corpus,
}

/// Reads a gold set, or a part of it.
pub(super) fn read_gold(path: &Path, fold: Option<Fold>) -> anyhow::Result<Corpus> {
    let mut gold = load(path, Side::Gold)?;
    if let Some(Fold { part, parts }) = fold {
        let mut number = 0;
        gold.documents.retain(|_| {
            number += 1;
            (number - 1) % parts == part - 1
        });
    }
    ensure!(
        gold.documents.iter().any(|d| !d.mentions.is_empty()),
        "{}: no document has a mention, so there is nothing to score",
        path.display()
    );
    Ok(gold)
}

impl Job {
    /// Reads gold and predictions, runs the engines, and measures.
    pub(in crate::cli) fn run(&self) -> anyhow::Result<Evaluation> {
        let date = machine::now();
        let mut gold = read_gold(&self.gold, self.fold)?;
        let mut notes = notes(&gold);
        let tokens = segment(&mut gold)?;
        let map = self.map.as_deref().map(LabelMap::open).transpose()?;
        let focus = self.focus.unwrap_or_else(|| {
            let around = match &map {
                None => Scheme::of(&gold).is_kept_by(&gold),
                Some(map) => !map.scheme().focus.is_empty(),
            };
            if around { Focus::Cytokine } else { Focus::All }
        });
        let mut systems = self.predict(&gold, focus, &mut notes)?;
        let left_out = bring_together(map.as_ref(), &mut gold, &mut systems)?;
        if self.gold_concepts {
            systems.iter_mut().for_each(|s| lend_concepts(&gold, &mut s.corpus));
            notes.push(
                "predicted mentions without an identifier have those of the gold mentions they overlap"
                    .into(),
            );
        }
        let scheme = map.as_ref().map_or_else(|| Scheme::of(&gold), LabelMap::scheme);
        let known = |name: &str| !Lexicon::embedded().lookup(name).is_empty();
        let compared: Vec<System> = systems
            .iter()
            .map(|s| System {
                name: s.name.clone(),
                source: s.source.clone(),
                version: s.engine.map(|_| env!("CARGO_PKG_VERSION").to_owned()).unwrap_or_default(),
                predicted: &s.corpus,
                known: s.engine.map(|_| &known as &(dyn Fn(&str) -> bool + Sync)),
            })
            .collect();
        let (mut measured, tests) = compare(&gold, &compared, &scheme, &self.resampling);
        let scores = systems.iter().map(|s| (s.name.clone(), score(&gold, &s.corpus, &scheme))).collect();
        self.add_costs(&systems, focus, &mut measured)?;
        let run = Run {
            corpus: if self.corpus.is_empty() {
                self.gold.display().to_string()
            } else {
                self.corpus.clone()
            },
            split: self.split.clone(),
            map: map.map(|m| m.name).unwrap_or_default(),
            gold: vec![machine::input_file(&self.gold)?],
            size: size(&gold, tokens),
            left_out,
            version: env!("CARGO_PKG_VERSION").into(),
            // Set it when building for figures to publish: CYTOSIFT_COMMIT=$(git rev-parse --short HEAD) cargo build
            commit: option_env!("CYTOSIFT_COMMIT").unwrap_or_default().into(),
            date,
            machine: machine::machine(),
            resampling: self.resampling,
        };
        Ok(Evaluation { results: Results { run, systems: measured, tests, notes }, scores })
    }

    /// Runs the engines and reads the files of predictions.
    fn predict(
        &self,
        gold: &Corpus,
        focus: Focus,
        notes: &mut Vec<String>,
    ) -> anyhow::Result<Vec<Predicted>> {
        let mut systems = Vec::new();
        // Engines come first, where `add_costs` looks for them.
        for &engine in &self.engines {
            let corpus = self.run_engine(engine, gold, focus)?;
            let (name, source) = (engine.as_str().to_owned(), "engine".to_owned());
            systems.push(Predicted { name, source, engine: Some(engine), corpus });
        }
        if !self.heads.is_empty() {
            let model = Model::find(self.model.folder.as_deref().unwrap_or(Path::new("")))?;
            for head in &self.heads {
                let corpus = run_head(&model, head, gold)?;
                let source = format!("head of the model {}", model.name());
                systems.push(Predicted { name: head.clone(), source, engine: None, corpus });
            }
        }
        for (name, path) in &self.predictions {
            let corpus = load(path, Side::Predictions)?;
            let foreign = corpus.check_against(gold)?;
            let path = path.display();
            if foreign > 0 {
                notes
                    .push(format!("{foreign} documents of {path} are not in the gold set and were left out"));
            }
            notes.extend(self::notes(&corpus));
            systems.push(Predicted { name: name.clone(), source: path.to_string(), engine: None, corpus });
        }
        for (i, system) in systems.iter().enumerate() {
            let twice = systems[..i].iter().any(|s| s.name == system.name);
            ensure!(
                !twice,
                "two systems are named {:?}; name them with --predictions NAME=PATH",
                system.name
            );
        }
        Ok(systems)
    }

    /// Runs an engine on the gold texts, or on the gold mentions.
    fn run_engine(&self, engine: EngineArg, gold: &Corpus, focus: Focus) -> anyhow::Result<Corpus> {
        let pipeline = match self.gold_mentions {
            true => Pipeline::relations_only(&self.model.run(engine, focus))?,
            false => Pipeline::open(&self.model.run(engine, focus), Layers::All)?,
        };
        let mut documents = Vec::with_capacity(gold.documents.len());
        for document in &gold.documents {
            documents.push(match self.gold_mentions {
                true => document.document().map_err(|(line, message)| gold.error(line, message))?,
                false => document.bare(),
            });
        }
        let run = |chunk: &mut [Document]| pipeline.apply(chunk);
        documents.par_chunks_mut(16).try_for_each(run).context("running the engine")?;
        // What is scored is what `extract` would write.
        documents.iter_mut().for_each(|document| focus.retain(document, 0.0));
        Ok(Corpus::of(&documents))
    }

    fn add_costs(
        &self,
        systems: &[Predicted],
        focus: Focus,
        measured: &mut [crate::evaluate::results::SystemResults],
    ) -> anyhow::Result<()> {
        let engines: Vec<EngineArg> = systems.iter().filter_map(|s| s.engine).collect();
        if self.passes == 0 || engines.is_empty() || self.gold_mentions {
            return Ok(());
        }
        let threads = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let (gold, model) = (self.gold.clone(), self.model.clone());
        let plan = Plan { gold, model, fold: self.fold, focus, passes: self.passes, threads };
        for (system, cost) in measured.iter_mut().zip(cost::measure(&engines, &plan)?) {
            system.cost = Some(cost);
        }
        Ok(())
    }
}

/// Says what the reader of a corpus found odd.
fn notes(corpus: &Corpus) -> Vec<String> {
    let mut notes = Vec::new();
    for m in corpus.mismatches.iter().take(SHOWN_MISMATCHES) {
        notes.push(format!(
            "{}, line {}, document {}: the text at the offsets is {:?}, not {:?}",
            m.path.display(),
            m.line,
            m.document,
            m.found,
            m.expected
        ));
    }
    if !corpus.mismatches.is_empty() {
        notes.push(format!(
            "{}: {} mentions have another text than stands at their offsets; they stay at their offsets",
            corpus.path.display(),
            corpus.mismatches.len()
        ));
    }
    notes.extend(corpus.notes.iter().cloned());
    notes
}

/// Gives gold documents the sentences of the splitter where they have none of their own, and counts the tokens.
fn segment(gold: &mut Corpus) -> anyhow::Result<u64> {
    let mut documents: Vec<Document> = gold.documents.iter().map(LabelledDocument::bare).collect();
    documents.par_chunks_mut(16).try_for_each(|chunk| Segment.apply(chunk))?;
    for (document, segmented) in gold.documents.iter_mut().zip(&documents) {
        if document.sentences.is_empty() {
            document.sentences = segmented.sentences.iter().map(|s| s.span).collect();
        }
    }
    Ok(documents.iter().map(|d| d.tokens.len() as u64).sum())
}

/// Applies the map to all sides, or checks that they need none.
fn bring_together(
    map: Option<&LabelMap>,
    gold: &mut Corpus,
    systems: &mut [Predicted],
) -> Result<Vec<LeftOut>> {
    let Some(map) = map else {
        let predicted: Vec<&Corpus> = systems.iter().map(|s| &s.corpus).collect();
        check_labels(gold, &predicted)?;
        return Ok(Vec::new());
    };
    let mut left_out = map.apply(gold, Side::Gold, "gold")?;
    for system in systems {
        left_out.extend(map.apply(&mut system.corpus, Side::Predictions, &system.name)?);
    }
    Ok(left_out)
}

fn size(gold: &Corpus, tokens: u64) -> Size {
    let sum = |count: fn(&LabelledDocument) -> usize| gold.documents.iter().map(|d| count(d) as u64).sum();
    Size {
        documents: gold.documents.len() as u64,
        tokens,
        mentions: sum(|d| d.mentions.len()),
        relations: sum(|d| d.relations.len() + d.concept_relations.len()),
    }
}
