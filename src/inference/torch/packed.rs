//! Packed: a model of ours as models/training/export.py writes it: rust-bert's BERT, the tagging head, the pair head.

use std::collections::BTreeMap;
use std::path::Path;

use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use serde::Deserialize;
use tch::nn::{Linear, VarStore};
use tch::{Device, TchError, Tensor};

use super::weights::{Weights, first_line, linear, numbers};
use super::{Kind, Network, text};
use crate::document::EntityType;
use crate::inference::config::ModelConfig;
use crate::inference::pieces::Splitter;
use crate::inference::rows::Row;
use crate::inference::runtime::log_probabilities;

/// The only epsilon of layer norms that rust-bert's BERT has.
const NORM_EPSILON: f64 = 1e-12;

/// Divides the log probabilities of the rules on their way into the pair head, as in training.
const RULES_SCALE: f64 = 5.0;

#[derive(Deserialize)]
struct About {
    encoder: Encoder,
}

/// What `config.json` says of the encoder.
#[derive(Clone, Deserialize)]
struct Encoder {
    layers: i64,
    width: i64,
    heads: i64,
    norm_epsilon: f64,
}

/// The encoder and the heads.
struct Packed {
    encoder: BertModel<BertEmbeddings>,
    words: Tensor,
    shapes: Tensor,
    tags: BTreeMap<String, Linear>,
    dense: Linear,
    kinds: Tensor,
    out: Linear,
    /// What the rules say, on its way into the pair head and past it, in models that are told.
    rules: Option<(Linear, Tensor)>,
    readings: i64,
}

/// Reads what a folder of ours says.
pub(super) fn kind(folder: &Path, about: &str, weights: &Weights) -> Result<Kind, String> {
    let config = ModelConfig::parse(about.as_bytes())?;
    let fail = |message: String| format!("config.json: {message}");
    let of: About = serde_json::from_str(about).map_err(|e| fail(e.to_string()))?;
    let Encoder { layers, width, heads, norm_epsilon } = of.encoder;
    if layers < 1 || heads < 1 || width < 1 || width % heads != 0 {
        return Err(fail(format!(
            "an encoder of {layers} layers, {heads} heads and width {width} cannot be"
        )));
    }
    if norm_epsilon != NORM_EPSILON {
        return Err(fail(format!("norm_epsilon is {norm_epsilon}; rust-bert computes with {NORM_EPSILON}")));
    }
    let splitter = Splitter::new(text(folder, "tokenizer.json")?.as_bytes(), &config)?;
    let is_told_rules = weights.has("pairs.rules.weight");
    let (encoder, window) = (of.encoder, config.window as i64);
    let Some(head) = &config.pairs else { return Err(fail("no pair head".into())) };
    let sizes = Sizes {
        window,
        pieces: splitter.size() as i64,
        shapes: config.shapes() as i64,
        marks: head.marks().len() as i64,
        tags: config.heads().map(|head| (head.to_owned(), config.labels(head) as i64)).collect(),
        readings: head.readings() as i64,
        scores: head.width() as i64,
    };
    let make = move |weights: &Weights| {
        Packed::new(&encoder, &sizes, weights).map(|network| Box::new(network) as Box<dyn Network>)
    };
    let files = vec!["config.json", "tokenizer.json"];
    Ok(Kind { config, splitter, make: Box::new(make), is_told_rules, files })
}

/// What the weights must have room for.
struct Sizes {
    window: i64,
    pieces: i64,
    shapes: i64,
    /// Markers of a pair.
    marks: i64,
    /// Labels of each tagging head.
    tags: BTreeMap<String, i64>,
    readings: i64,
    scores: i64,
}

impl Packed {
    fn new(about: &Encoder, sizes: &Sizes, weights: &Weights) -> Result<Self, String> {
        let width = about.width;
        let first = |name: &str| weights.size(name).map(|size| size.first().copied().unwrap_or_default());
        let words = "bert.embeddings.word_embeddings.weight";
        let config = BertConfig {
            hidden_size: width,
            intermediate_size: first("bert.encoder.layer.0.intermediate.dense.weight")?,
            max_position_embeddings: first("bert.embeddings.position_embeddings.weight")?,
            num_attention_heads: about.heads,
            num_hidden_layers: about.layers,
            type_vocab_size: first("bert.embeddings.token_type_embeddings.weight")?,
            vocab_size: first(words)?,
            ..BertConfig::default()
        };
        for (what, found, needed) in [
            ("positions", config.max_position_embeddings, sizes.window),
            ("pieces", config.vocab_size, sizes.pieces),
        ] {
            if found < needed {
                return Err(weights.fault(&format!("has {found} {what}; {needed} are needed")));
            }
        }
        let variables = VarStore::new(Device::Cpu);
        let encoder = BertModel::new_with_optional_pooler(variables.root() / "bert", &config, false);
        weights.fill(&variables)?;
        let linear = |name: &str, from: i64, to: i64| {
            let ws = weights.get(&format!("{name}.weight"), &[to, from])?;
            Ok::<_, String>(Linear { ws, bs: Some(weights.get(&format!("{name}.bias"), &[to])?) })
        };
        let tags = sizes.tags.iter().map(|(head, labels)| {
            linear(&format!("tag.{head}"), width, *labels).map(|found| (head.clone(), found))
        });
        let types = EntityType::ALL.len() as i64;
        let rules = match weights.has("pairs.rules.weight") {
            true => {
                let ws = weights.get("pairs.rules.weight", &[width, sizes.readings])?;
                Some((Linear { ws, bs: None }, weights.get("pairs.scale", &[sizes.readings])?))
            }
            false => None,
        };
        Ok(Self {
            encoder,
            words: weights.get(words, &[config.vocab_size, width])?,
            shapes: weights.get("shapes.weight", &[sizes.shapes, width])?,
            tags: tags.collect::<Result<_, String>>()?,
            dense: linear("pairs.dense", sizes.marks * width, width)?,
            kinds: weights.get("pairs.kinds.weight", &[types * types, width])?,
            out: linear("pairs.out", width, sizes.scores)?,
            rules,
            readings: sizes.readings,
        })
    }

    /// Returns the hidden states of a row.
    fn hidden(&self, row: &Row) -> Result<Tensor, TchError> {
        let of = |numbers: &[i32]| Tensor::f_from_slice(numbers)?.f_unsqueeze(0);
        let embed = |table: &Tensor, ids: &[i32]| Tensor::f_embedding(table, &of(ids)?, -1, false, false);
        let embeddings = embed(&self.words, &row.ids)?.f_add(&embed(&self.shapes, &row.shapes)?)?;
        let positions = of(&row.positions)?;
        let size = row.ids.len() as i64;
        let mask = match row.text < row.ids.len() {
            true => Some(Tensor::f_from_slice(&mask(row))?.f_view([1, size, size])?),
            false => None,
        };
        let encoded = self.encoder.forward_t(
            None,
            mask.as_ref(),
            None,
            Some(&positions),
            Some(&embeddings),
            None,
            None,
            false,
        );
        encoded.map(|out| out.hidden_state).map_err(|e| TchError::Torch(e.to_string()))
    }

    /// Returns the logits of every pair of a row.
    fn pairs(&self, row: &Row) -> Result<Tensor, TchError> {
        let (from, count) = (row.text as i64, row.kinds.len() as i64);
        let markers = row.ids.len() as i64 - from;
        let ends = self.hidden(row)?.f_narrow(1, from, markers)?.f_reshape([count, -1])?;
        let kinds = Tensor::f_embedding(&self.kinds, &Tensor::f_from_slice(&row.kinds)?, -1, false, false)?;
        let known = match &self.rules {
            Some((into, scale)) => {
                let known = Tensor::f_from_slice(&row.known)?.f_view([count, self.readings])?;
                Some((into, scale, known.f_to_kind(ends.kind())?))
            }
            None => None,
        };
        let mut x = linear(&self.dense, &ends)?.f_add(&kinds)?;
        if let Some((into, _, known)) = &known {
            x = x.f_add(&linear(into, &known.f_div_scalar(RULES_SCALE)?)?)?;
        }
        let out = linear(&self.out, &x.f_gelu("none")?)?;
        if let Some((_, scale, known)) = &known {
            let _ = out.f_narrow(1, 0, self.readings)?.f_add_(&known.f_mul(scale)?)?;
        }
        Ok(out)
    }
}

/// Returns, for each piece of a row, which pieces it sees: the text, and a marker those of its own pair.
fn mask(row: &Row) -> Vec<i8> {
    let size = row.ids.len();
    let markers = (size - row.text) / row.kinds.len().max(1);
    let mut mask = vec![0; size * size];
    for (query, seen) in mask.chunks_mut(size).enumerate() {
        seen[..row.text].fill(1);
        if let Some(marker) = query.checked_sub(row.text) {
            let own = row.text + marker / markers * markers;
            seen[own..own + markers].fill(1);
        }
    }
    mask
}

impl Network for Packed {
    fn tag(&self, head: &str, row: &Row) -> Result<Vec<f32>, String> {
        let tags = self.tags.get(head).ok_or_else(|| format!("no tagging head {head:?}"))?;
        let logits = self.hidden(row).and_then(|hidden| linear(tags, &hidden));
        Ok(log_probabilities(numbers(&logits.map_err(|e| first_line(&e))?)?, row.ids.len()))
    }

    fn relate(&self, row: &Row) -> Result<Vec<f32>, String> {
        numbers(&self.pairs(row).map_err(|e| first_line(&e))?)
    }
}
