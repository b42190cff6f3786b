//! Checkpoint: a token-classification model of others, as transformers saves it, in the families that rust-bert knows.

use std::collections::BTreeMap;
use std::path::Path;

use rust_bert::RustBertError;
use rust_bert::bert::{BertConfig, BertForTokenClassification};
use rust_bert::electra::ElectraForTokenClassification;
use rust_bert::roberta::RobertaForTokenClassification;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tch::nn::VarStore;
use tch::{Device, Tensor};

use super::deberta::Deberta;
use super::labels::{self, Labels, Map};
use super::weights::{Weights, first_line, numbers};
use super::{Kind, Network, text, vocabulary};
use crate::inference::config::ModelConfig;
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
    id2label: BTreeMap<usize, String>,
    max_position_embeddings: usize,
    hidden_size: usize,
    num_attention_heads: usize,
    vocab_size: usize,
}

/// Returns the logits of the pieces of a row.
type Forward = Box<dyn Fn(&Tensor) -> Result<Tensor, RustBertError> + Send>;

struct Checkpoint {
    forward: Forward,
    labels: Labels,
}

/// Reads what the folder of a checkpoint says.
pub(super) fn kind(folder: &Path, written: Value) -> Result<Kind, String> {
    let fail = |message: String| format!("config.json: {message}");
    let about: About = serde_json::from_value(written.clone()).map_err(|e| fail(e.to_string()))?;
    let made_for = |name: &String| name.ends_with("ForTokenClassification");
    if !about.architectures.is_empty() && !about.architectures.iter().any(made_for) {
        let found = about.architectures.join(", ");
        return Err(fail(format!("is of {found}; only token classification is read")));
    }
    if about.num_attention_heads == 0 || !about.hidden_size.is_multiple_of(about.num_attention_heads) {
        return Err(fail("hidden_size is no multiple of num_attention_heads".into()));
    }
    if !about.id2label.keys().copied().eq(0..about.id2label.len()) {
        return Err(fail("id2label does not number the labels from 0".into()));
    }
    let names: Vec<String> = about.id2label.into_values().collect();
    let (map, mapped) = match folder.join(labels::FILE).is_file() {
        true => (Map::parse(&text(folder, labels::FILE)?)?, Some(labels::FILE)),
        false => (Map::default(), None),
    };
    let labels = Labels::new(&names, &map)?;
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
    let config = ModelConfig::of_checkpoint(window, labels.types()).map_err(fail)?;
    let make = move |weights: &Weights| {
        let forward = forward(&about.model_type, &written, weights)?;
        Ok(Box::new(Checkpoint { forward, labels: labels.clone() }) as Box<dyn Network>)
    };
    Ok(Kind { config, splitter, make: Box::new(make), is_told_rules: false, files })
}

fn is_roberta(model_type: &str) -> bool {
    matches!(model_type, "roberta" | "xlm-roberta" | "camembert")
}

/// Makes the model of a family.
fn forward(family: &str, config: &Value, weights: &Weights) -> Result<Forward, String> {
    let variables = VarStore::new(Device::Cpu);
    let root = variables.root();
    let made = |e: RustBertError| first_line(&e);
    let forward: Forward = match family {
        "bert" => {
            let model = BertForTokenClassification::new(&root, &read::<BertConfig>(config)?).map_err(made)?;
            Box::new(move |ids| Ok(model.forward_t(Some(ids), None, None, None, None, false).logits))
        }
        _ if is_roberta(family) => {
            let model =
                RobertaForTokenClassification::new(&root, &read::<BertConfig>(config)?).map_err(made)?;
            Box::new(move |ids| Ok(model.forward_t(Some(ids), None, None, None, None, false).logits))
        }
        "electra" => {
            let model = ElectraForTokenClassification::new(&root, &read(config)?).map_err(made)?;
            Box::new(move |ids| Ok(model.forward_t(Some(ids), None, None, None, None, false).logits))
        }
        "deberta" | "deberta-v2" => {
            let model = Deberta::new(config, weights)?;
            return Ok(Box::new(move |ids| {
                model.logits(ids).map_err(|e| RustBertError::TchError(e.to_string()))
            }));
        }
        other => {
            return Err(format!(
                "config.json: model_type {other:?}; bert, roberta, xlm-roberta, camembert, electra, deberta and deberta-v2 \
                 are read"
            ));
        }
    };
    weights.fill(&variables)?;
    Ok(forward)
}

fn read<T: DeserializeOwned>(config: &Value) -> Result<T, String> {
    serde_json::from_value(config.clone()).map_err(|e| format!("config.json: {e}"))
}

impl Network for Checkpoint {
    fn tag(&self, _: &str, row: &Row) -> Result<Vec<f32>, String> {
        let ids: Vec<i64> = row.ids.iter().copied().map(i64::from).collect();
        let ids =
            Tensor::f_from_slice(&ids).and_then(|ids| ids.f_unsqueeze(0)).map_err(|e| first_line(&e))?;
        let logits = (self.forward)(&ids).map_err(|e| first_line(&e))?;
        Ok(self.labels.fold(&log_probabilities(numbers(&logits)?, row.ids.len())))
    }

    fn relate(&self, _: &Row) -> Result<Vec<f32>, String> {
        Err("the model has no pair head".into())
    }
}
