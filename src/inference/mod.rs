//! Inference: a learned model's folder, its checks, its tokenizer and its encoder; the only place that knows runtimes.
//!
//! A model folder holds `model.onnx`, `tokenizer.json`, `config.json` and `manifest.toml` (models/README.md); `sessions` runs
//! it. `torch` runs the folders of the trainer and checkpoints of others, if the program is built with it. Every row that
//! runs is one window of one sentence, unpadded, beside rows of its own length only, so that what is found in a sentence
//! does not depend on the sentences it runs with.

mod config;
mod decode;
mod kept;
mod manifest;
mod marking;
mod pieces;
mod rows;
mod runtime;
mod sessions;
#[cfg(feature = "rust-bert")]
mod torch;

use std::path::Path;
use std::sync::{Arc, OnceLock};

pub use config::{Calibration, Confidence, Flag};
pub use decode::{Scores, decode};
pub use marking::Marking;
pub use pieces::{Pieces, Word};
pub use rows::{Ask, Marked};
pub use runtime::Precision;

use crate::document::{EntityType, Span};
use crate::{Document, Error, Result};
use config::{HEAD, ModelConfig, PairHead};
use manifest::Files;
use pieces::Splitter;
use rows::Row;
use runtime::Runtime;
use sessions::Sessions;
#[cfg(feature = "rust-bert")]
use torch::load as load_torch;

/// A learned model, ready to run; shared by all workers.
#[derive(Debug)]
pub struct Model {
    name: String,
    checksum: String,
    config: ModelConfig,
    splitter: Splitter,
    runtime: Box<dyn Runtime>,
}

impl Model {
    /// Loads the model in a folder.
    ///
    /// # Errors
    /// [`Error::Model`] naming the folder: a file is missing, differs from its checksum or cannot be used.
    pub fn open(folder: &Path) -> Result<Self> {
        let place = folder.display().to_string();
        let load = || Self::load(Files::of_folder(folder)?);
        load().map_err(|message| Error::Model { model: place, message })
    }

    /// Returns the model in a folder; an empty path means the one that is built in.
    ///
    /// # Errors
    /// As [`Model::open`] and [`Model::embedded`].
    pub fn find(folder: &Path) -> Result<Arc<Self>> {
        if folder.as_os_str().is_empty() { Self::embedded() } else { Self::open(folder).map(Arc::new) }
    }

    /// Loads a model of the engine `rust-bert`: the folder that models/training/export.py writes, or a checkpoint for
    /// token or sequence classification as Hugging Face's transformers saves it.
    ///
    /// # Errors
    /// [`Error::Model`] naming the folder: a file is missing or cannot be used, or the program was built without the engine.
    pub fn open_with_rust_bert(folder: &Path, precision: Precision) -> Result<Self> {
        let given = !folder.as_os_str().is_empty();
        let place = if given { folder.display().to_string() } else { "of the engine rust-bert".to_owned() };
        load_torch(folder, precision).map_err(|message| Error::Model { model: place, message })
    }

    /// Returns the model that is built in, loaded on first use.
    ///
    /// # Errors
    /// [`Error::Model`] if the program was built without one.
    pub fn embedded() -> Result<Arc<Self>> {
        static EMBEDDED: OnceLock<Result<Arc<Model>, String>> = OnceLock::new();
        let loaded = EMBEDDED.get_or_init(|| Self::load(Files::embedded()?).map(Arc::new));
        loaded.clone().map_err(|message| Error::Model { model: "built in".into(), message })
    }

    /// Tells whether the program was built with a model inside.
    pub fn is_embedded() -> bool {
        manifest::EMBEDDED.is_some()
    }

    fn load(files: Files) -> Result<Self, String> {
        files.check()?;
        let config = ModelConfig::parse(&files.config)?;
        let splitter = Splitter::new(&files.tokenizer, &config)?;
        let (name, checksum) = (files.manifest.name.clone(), files.checksum());
        let runtime = Box::new(Sessions::new(files.weights, &config)?);
        runtime::try_out(runtime.as_ref(), &config).map_err(|message| format!("model.onnx: {message}"))?;
        Ok(Self { name, checksum, config, splitter, runtime })
    }

    /// Returns the name that its manifest gives it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the SHA-256 of its manifest, or of another list of the checksums of its files.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Returns how its scores become decisions and probabilities.
    pub fn calibration(&self) -> &Calibration {
        &self.config.calibration
    }

    /// Tells whether the model takes into account what the rules say of a pair.
    pub fn is_told_rules(&self) -> bool {
        self.runtime.is_told_rules()
    }

    /// Tells whether the model classifies pairs of mentions; if not, they are the rules'.
    pub fn has_pairs(&self) -> bool {
        self.config.pairs.is_some()
    }

    /// Returns how the model is asked of pairs of mentions, if that is by [`Model::classify`].
    pub fn marking(&self) -> Option<&Marking> {
        self.config.marking.as_ref()
    }

    /// Tells whether the model marks mentions; if not, they are the lexicon tagger's.
    pub fn is_tagger(&self) -> bool {
        !self.config.marked.is_empty()
    }

    /// Tells whether the model marks mentions of a type.
    pub fn marks(&self, kind: EntityType) -> bool {
        self.config.marked.contains(&kind)
    }

    /// Cuts a sentence into pieces and words.
    ///
    /// # Errors
    /// [`Error::Stage`] if the tokenizer fails.
    pub fn split(&self, sentence: &str) -> Result<Pieces> {
        self.splitter.split(sentence).map_err(failed)
    }

    /// Cuts a sentence of a document into pieces and words, and tells them of the names in it if the model is made for that.
    ///
    /// # Errors
    /// As [`Model::split`].
    pub fn read(&self, document: &Document, sentence: Span) -> Result<Pieces> {
        let mut pieces = self.split(document.slice(sentence))?;
        if self.config.names {
            let labels = pieces.labels(document.names_in(sentence), sentence);
            pieces.tell(&labels);
        }
        Ok(pieces)
    }

    /// Lists the tagging heads; one is for the program's types, others for the label sets of public corpora.
    pub fn heads(&self) -> impl Iterator<Item = &str> {
        self.config.heads()
    }

    /// Returns the types of a tagging head, if the model has it.
    pub fn types(&self, head: &str) -> Option<Vec<&str>> {
        self.config.types(head)
    }

    /// Returns how many sentences of a text a tagging head has learned to read together; the program's own reads each alone.
    pub fn run_of(&self, head: &str) -> usize {
        self.config.run_of(head)
    }

    /// Returns for each word of each sentence the log probability of each label of the program's types ([`decode`]).
    ///
    /// # Errors
    /// [`Error::Stage`] if the runtime fails.
    pub fn tag(&self, sentences: &[&Pieces]) -> Result<Vec<Scores>> {
        self.tag_as(HEAD, sentences)
    }

    /// Does what [`Model::tag`] does with the types of another head.
    ///
    /// # Errors
    /// [`Error::Stage`] if there is no such head or the runtime fails.
    pub fn tag_as(&self, head: &str, sentences: &[&Pieces]) -> Result<Vec<Scores>> {
        let mut rows = Vec::new();
        for (at, pieces) in sentences.iter().enumerate() {
            let windows = self.config.windows(pieces);
            rows.extend(windows.into_iter().map(|window| (at, window)));
        }
        let inputs: Vec<Row> = rows.iter().map(|(at, w)| self.config.text_row(sentences[*at], w)).collect();
        let scores = self.runtime.tag(head, inputs).map_err(failed)?;
        let labels = self.config.labels(head);
        let mut out: Vec<Scores> = vec![Vec::new(); sentences.len()];
        for ((at, window), row) in rows.iter().zip(&scores) {
            rows::stitch(&mut out[*at], sentences[*at], window, row, labels);
        }
        Ok(out)
    }

    /// Returns for each question the logits of each reading of its pair and of its two flags; nothing where no window
    /// holds both mentions whole.
    ///
    /// # Errors
    /// [`Error::Stage`] if the runtime fails.
    pub fn relate(&self, asks: &[Ask<'_>]) -> Result<Vec<Vec<Option<Vec<f32>>>>> {
        let mut out: Vec<Vec<Option<Vec<f32>>>> =
            asks.iter().map(|ask| vec![None; ask.pairs.len()]).collect();
        let (mut rows, mut places) = (Vec::new(), Vec::new());
        for (at, ask) in asks.iter().enumerate() {
            for (row, pairs) in self.config.pair_rows(ask) {
                rows.push(row);
                places.push((at, pairs));
            }
        }
        let width = self.config.pairs.as_ref().map_or(1, PairHead::width);
        let logits = self.runtime.relate(rows).map_err(failed)?;
        for ((at, pairs), logits) in places.into_iter().zip(logits) {
            for (pair, logits) in pairs.into_iter().zip(logits.chunks(width)) {
                out[at][pair] = Some(logits.to_vec());
            }
        }
        Ok(out)
    }

    /// Returns for each pair of a sentence, subject first, the probability of each predicate in the order of the schema;
    /// nothing where the two cannot be marked ([`Model::marking`]) or no window holds both whole.
    ///
    /// # Errors
    /// [`Error::Stage`] if the tokenizer or the runtime fails.
    pub fn classify(&self, sentence: &str, pairs: &[(Marked, Marked)]) -> Result<Vec<Option<Vec<f32>>>> {
        let mut out = vec![None; pairs.len()];
        let Some(marking) = &self.config.marking else { return Ok(out) };
        let (mut rows, mut asked) = (Vec::new(), Vec::new());
        for (at, pair) in pairs.iter().enumerate() {
            let Some((text, places)) = marking.show(sentence, pair) else { continue };
            let row = self.config.marked_row(&self.split(&text)?, &places);
            asked.extend(row.is_some().then_some(at));
            rows.extend(row);
        }
        for (at, logits) in asked.into_iter().zip(self.runtime.relate(rows).map_err(failed)?) {
            out[at] = Some(marking.fold(logits));
        }
        Ok(out)
    }
}

#[cfg(not(feature = "rust-bert"))]
fn load_torch(_: &Path, _: Precision) -> Result<Model, String> {
    let build = "cargo install --path . --features rust-bert";
    Err(format!(
        "this program was built without `rust-bert`; build it with `{build}` (models/README.md says what it needs)"
    ))
}

fn failed(message: String) -> Error {
    Error::Stage { stage: "inference", message }
}

#[cfg(test)]
mod tests;
