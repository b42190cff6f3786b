//! Checkpoint: a model of others for token or sequence classification, as transformers saves it, in the families that
//! rust-bert knows.

use std::collections::BTreeMap;
use std::path::Path;

use rust_bert::RustBertError;
use rust_bert::bert::{BertForSequenceClassification, BertForTokenClassification};
use rust_bert::electra::{ElectraConfig, ElectraForTokenClassification, ElectraModel};
use rust_bert::roberta::{RobertaForSequenceClassification, RobertaForTokenClassification};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tch::nn::{self, VarStore};
use tch::{Device, Tensor};

use super::deberta::Deberta;
use super::labels::{FILE, Labels, Map};
use super::weights::{Weights, first_line, numbers};
use super::{Kind, Network, text, vocabulary};
use crate::inference::config::ModelConfig;
use crate::inference::marking::Marking;
use crate::inference::pieces::Splitter;
use crate::inference::rows::Row;
use crate::inference::runtime::log_probabilities;

/// Pieces of a row, at most, whatever else a checkpoint can do.
const LONGEST: usize = 512;

/// Positions that RoBERTa counts before the first.
const ROBERTA_FIRST: usize = 2;

/// What `config.json` says, in all families.
#[derive(Deserialize)]
struct About {
    model_type: String,
    #[serde(default)]
    architectures: Vec<String>,
    problem_type: Option<String>,
    id2label: BTreeMap<usize, String>,
    max_position_embeddings: usize,
    hidden_size: usize,
    num_attention_heads: usize,
    vocab_size: usize,
}

/// What a checkpoint classifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    /// Every piece of a text: it finds mentions.
    Tokens,
    /// A text: it finds the relation of a pair that is marked in it.
    Sequences,
}

/// Returns the logits of the pieces of a row, or of the row.
type Forward = Box<dyn Fn(&Tensor) -> Result<Tensor, RustBertError> + Send>;

struct Checkpoint {
    forward: Forward,
    /// The labels of pieces; a sequence classifier has none.
    labels: Option<Labels>,
}

/// Reads what the folder of a checkpoint says.
pub(super) fn kind(folder: &Path, written: Value) -> Result<Kind, String> {
    let fail = |message: String| format!("config.json: {message}");
    let about: About = serde_json::from_value(written.clone()).map_err(|e| fail(e.to_string()))?;
    let task = about.task().map_err(fail)?;
    if about.num_attention_heads == 0 || !about.hidden_size.is_multiple_of(about.num_attention_heads) {
        return Err(fail("hidden_size is no multiple of num_attention_heads".into()));
    }
    if !about.id2label.keys().copied().eq(0..about.id2label.len()) {
        return Err(fail("id2label does not number the labels from 0".into()));
    }
    let names: Vec<String> = about.id2label.values().cloned().collect();
    let mapped = folder.join(FILE).is_file().then_some(FILE);
    let (labels, marking) = match task {
        Task::Tokens => {
            let map = mapped.map_or(Ok(Map::default()), |file| Map::parse(&text(folder, file)?))?;
            (Some(Labels::new(&names, &map)?), None)
        }
        Task::Sequences => (None, Some(marking(folder, &names)?)),
    };
    let (tokenizer, mut files) = vocabulary::read(folder)?;
    let splitter = Splitter::of_checkpoint(&tokenizer)?;
    if splitter.size() > about.vocab_size {
        let (known, size) = (splitter.size(), about.vocab_size);
        return Err(format!("{}: has {known} pieces, config.json says {size}", files[0]));
    }
    files.extend(mapped);
    files.push("config.json");
    let first = if is_roberta(&about.model_type) { ROBERTA_FIRST } else { 0 };
    let window = LONGEST.min(about.max_position_embeddings.saturating_sub(first));
    let types = labels.as_ref().map(Labels::types).unwrap_or_default();
    let config = ModelConfig::of_checkpoint(window, types, marking).map_err(fail)?;
    let make = move |weights: &Weights| {
        let forward = forward(&about, task, &written, weights)?;
        Ok(Box::new(Checkpoint { forward, labels: labels.clone() }) as Box<dyn Network>)
    };
    Ok(Kind { config, splitter, make: Box::new(make), is_told_rules: false, files })
}

impl About {
    /// Returns what the checkpoint classifies; one that names no architecture is taken for a tagger.
    fn task(&self) -> Result<Task, String> {
        let is = |end: &str| self.architectures.iter().any(|name| name.ends_with(end));
        if self.architectures.is_empty() || is("ForTokenClassification") {
            return Ok(Task::Tokens);
        }
        if !is("ForSequenceClassification") {
            let found = self.architectures.join(", ");
            return Err(format!("is of {found}; token and sequence classification are read"));
        }
        let several = self.problem_type.as_deref() == Some("multi_label_classification");
        if several || self.id2label.len() < 2 {
            return Err("of sequence classifiers those are read that choose one of two labels or more".into());
        }
        Ok(Task::Sequences)
    }
}

/// Reads how a sequence classifier is asked.
fn marking(folder: &Path, labels: &[String]) -> Result<Marking, String> {
    if !folder.join(FILE).is_file() {
        return Err(format!(
            "{FILE} is missing: beside a sequence classifier it says how pairs are marked and which of the labels {labels:?} \
             are which predicates (models/README.md)"
        ));
    }
    Marking::parse(&text(folder, FILE)?, labels).map_err(|message| format!("{FILE}: {message}"))
}

fn is_roberta(model_type: &str) -> bool {
    matches!(model_type, "roberta" | "xlm-roberta" | "camembert")
}

/// Makes a model of rust-bert's whose output has logits.
macro_rules! model {
    ($model:ty, $root:expr, $config:expr) => {{
        let model = <$model>::new($root, $config).map_err(|e| first_line(&e))?;
        Box::new(move |ids| Ok(model.forward_t(Some(ids), None, None, None, None, false).logits))
    }};
}

/// Makes the model of a family.
fn forward(about: &About, task: Task, config: &Value, weights: &Weights) -> Result<Forward, String> {
    let variables = VarStore::new(Device::Cpu);
    let root = &variables.root();
    let forward: Forward = match (about.model_type.as_str(), task) {
        ("bert", Task::Tokens) => model!(BertForTokenClassification, root, &read(config)?),
        ("bert", Task::Sequences) => model!(BertForSequenceClassification, root, &read(config)?),
        (family, Task::Tokens) if is_roberta(family) => {
            model!(RobertaForTokenClassification, root, &read(config)?)
        }
        (family, Task::Sequences) if is_roberta(family) => {
            model!(RobertaForSequenceClassification, root, &read(config)?)
        }
        ("electra", Task::Tokens) => model!(ElectraForTokenClassification, root, &read(config)?),
        ("electra", Task::Sequences) => electra(about, root, &read(config)?),
        ("deberta" | "deberta-v2", _) => {
            let model = Deberta::new(config, weights, task == Task::Sequences)?;
            return Ok(Box::new(move |ids| {
                model.logits(ids).map_err(|e| RustBertError::TchError(e.to_string()))
            }));
        }
        (other, _) => {
            return Err(format!(
                "config.json: model_type {other:?}; bert, roberta, xlm-roberta, camembert, electra, deberta and deberta-v2 \
                 are read"
            ));
        }
    };
    weights.fill(&variables)?;
    Ok(forward)
}

/// Makes ELECTRA's sequence classifier, which rust-bert does not have, over its encoder.
fn electra(about: &About, root: &nn::Path<'_>, config: &ElectraConfig) -> Forward {
    let model = ElectraModel::new(root / "electra", config);
    let head = root / "classifier";
    let (width, labels) = (about.hidden_size as i64, about.id2label.len() as i64);
    let dense = nn::linear(&head / "dense", width, width, Default::default());
    let out = nn::linear(&head / "out_proj", width, labels, Default::default());
    Box::new(move |ids| {
        let states = model.forward_t(Some(ids), None, None, None, None, false)?.hidden_state;
        Ok(states.select(1, 0).apply(&dense).gelu("none").apply(&out))
    })
}

fn read<T: DeserializeOwned>(config: &Value) -> Result<T, String> {
    serde_json::from_value(config.clone()).map_err(|e| format!("config.json: {e}"))
}

impl Checkpoint {
    fn logits(&self, row: &Row) -> Result<Vec<f32>, String> {
        let ids: Vec<i64> = row.ids.iter().copied().map(i64::from).collect();
        let ids =
            Tensor::f_from_slice(&ids).and_then(|ids| ids.f_unsqueeze(0)).map_err(|e| first_line(&e))?;
        numbers(&(self.forward)(&ids).map_err(|e| first_line(&e))?)
    }
}

impl Network for Checkpoint {
    fn tag(&self, _: &str, row: &Row) -> Result<Vec<f32>, String> {
        let labels = self.labels.as_ref().ok_or("the model has no tagging head")?;
        Ok(labels.fold(&log_probabilities(self.logits(row)?, row.ids.len())))
    }

    fn relate(&self, row: &Row) -> Result<Vec<f32>, String> {
        match &self.labels {
            None => self.logits(row),
            Some(_) => Err("the model has no pair head".into()),
        }
    }
}
