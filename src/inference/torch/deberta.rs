//! DeBERTa: its token and sequence classifiers, versions 1 to 3, on libtorch without rust-bert.
//!
//! rust-bert 0.23 does not compute what the published models do: in version 1 it takes the number of heads for the length of
//! the text, in versions 2 and 3 it leaves out an offset and a root.

use serde::Deserialize;
use serde_json::{Map, Value};
use tch::nn::Linear;
use tch::{Kind, TchError, Tensor};

use super::weights::{Weights, linear};

/// What `config.json` says.
#[derive(Deserialize)]
struct About {
    model_type: String,
    hidden_size: i64,
    num_hidden_layers: i64,
    num_attention_heads: i64,
    max_position_embeddings: i64,
    hidden_act: String,
    id2label: Map<String, Value>,
    #[serde(default = "tiny")]
    layer_norm_eps: f64,
    #[serde(default)]
    relative_attention: bool,
    #[serde(default)]
    max_relative_positions: i64,
    #[serde(default)]
    position_buckets: i64,
    #[serde(default = "yes")]
    position_biased_input: bool,
    #[serde(default)]
    pos_att_type: Value,
    #[serde(default)]
    share_att_key: bool,
    #[serde(default)]
    norm_rel_ebd: Value,
    #[serde(default)]
    conv_kernel_size: i64,
    conv_act: Option<String>,
    #[serde(default)]
    type_vocab_size: i64,
    #[serde(default)]
    talking_head: bool,
    pooler_hidden_act: Option<String>,
}

fn tiny() -> f64 {
    1e-7
}

fn yes() -> bool {
    true
}

/// A token classifier, or a sequence classifier, which has a pooler.
pub(super) struct Deberta {
    words: Tensor,
    positions: Option<Tensor>,
    /// The embedding of the only token type that is used.
    kind: Option<Tensor>,
    widen: Option<Linear>,
    norm: Norm,
    relative: Option<Relative>,
    layers: Vec<Layer>,
    conv: Option<Conv>,
    pooler: Option<Linear>,
    classifier: Linear,
    heads: i64,
}

struct Norm {
    scale: Tensor,
    shift: Tensor,
    epsilon: f64,
}

/// How far pieces stand from each other, as the layers see it.
struct Relative {
    /// Embeddings of the distances from minus `span` to below `span`.
    embeddings: Tensor,
    span: i64,
    /// Number of buckets for distances; 0 for one a distance.
    buckets: i64,
    furthest: i64,
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    /// Keys and queries of distances.
    distance_key: Option<Linear>,
    distance_query: Option<Linear>,
    attended: (Linear, Norm),
    inner: Linear,
    outer: (Linear, Norm),
}

/// The convolution beside the first layer.
struct Conv {
    weight: Tensor,
    bias: Tensor,
    norm: Norm,
}

/// Takes tensors by the names that transformers gives them.
struct Reader<'a> {
    weights: &'a Weights,
    about: &'a About,
}

impl Reader<'_> {
    fn linear(&self, name: &str, biased: bool) -> Result<Linear, String> {
        let weight = format!("{name}.weight");
        let size = self.weights.size(&weight)?;
        let ws = self.weights.get(&weight, &size)?;
        let bs = biased.then(|| self.weights.get(&format!("{name}.bias"), &size[..1])).transpose()?;
        Ok(Linear { ws, bs })
    }

    fn norm(&self, name: &str) -> Result<Norm, String> {
        let part = |part: &str| self.weights.get(&format!("{name}.{part}"), &[self.about.hidden_size]);
        Ok(Norm { scale: part("weight")?, shift: part("bias")?, epsilon: self.about.layer_norm_eps })
    }

    fn table(&self, name: &str) -> Result<Tensor, String> {
        self.weights.get(name, &self.weights.size(name)?)
    }

    /// Returns whether content looks at positions, or positions at content.
    fn looks(&self, way: &str) -> bool {
        let given = &self.about.pos_att_type;
        let list = given.as_array().into_iter().flatten().filter_map(Value::as_str);
        self.about.relative_attention
            && given.as_str().unwrap_or("").split('|').chain(list).any(|found| found == way)
    }

    fn relative(&self) -> Result<Option<Relative>, String> {
        if !self.about.relative_attention {
            return Ok(None);
        }
        let About { max_relative_positions, max_position_embeddings, position_buckets, hidden_size, .. } =
            *self.about;
        let furthest =
            if max_relative_positions < 1 { max_position_embeddings } else { max_relative_positions };
        let span = if position_buckets > 0 { position_buckets } else { furthest };
        let embeddings =
            self.weights.get("deberta.encoder.rel_embeddings.weight", &[2 * span, hidden_size])?;
        let embeddings =
            match self.about.norm_rel_ebd.as_str().is_some_and(|kinds| kinds.contains("layer_norm")) {
                true => self.norm("deberta.encoder.LayerNorm")?.of(&embeddings).map_err(|e| e.to_string())?,
                false => embeddings,
            };
        Ok(Some(Relative { embeddings, span, buckets: position_buckets.max(0), furthest }))
    }

    fn layer(&self, number: i64) -> Result<Layer, String> {
        let at = format!("deberta.encoder.layer.{number}");
        let own = |part: &str| format!("{at}.attention.self.{part}");
        let [query, key, value] = match self.about.model_type.as_str() {
            "deberta" => self.joint(&own(""))?,
            _ => [
                self.linear(&own("query_proj"), true)?,
                self.linear(&own("key_proj"), true)?,
                self.linear(&own("value_proj"), true)?,
            ],
        };
        let first = self.about.model_type == "deberta";
        let distance = |way: &str, shared: &Linear, names: [&str; 2], biased: bool| match self.looks(way) {
            false => Ok(None),
            true if self.about.share_att_key && !first => {
                let bs = shared.bs.as_ref().map(Tensor::shallow_clone);
                Ok(Some(Linear { ws: shared.ws.shallow_clone(), bs }))
            }
            true => self.linear(&own(names[usize::from(first)]), biased).map(Some),
        };
        Ok(Layer {
            distance_key: distance("c2p", &key, ["pos_key_proj", "pos_proj"], !first)?,
            distance_query: distance("p2c", &query, ["pos_query_proj", "pos_q_proj"], true)?,
            query,
            key,
            value,
            attended: self.added(&format!("{at}.attention.output"))?,
            inner: self.linear(&format!("{at}.intermediate.dense"), true)?,
            outer: self.added(&format!("{at}.output"))?,
        })
    }

    fn added(&self, name: &str) -> Result<(Linear, Norm), String> {
        Ok((self.linear(&format!("{name}.dense"), true)?, self.norm(&format!("{name}.LayerNorm"))?))
    }

    /// Parts the joint projection of version 1, where query, key and value of each head follow each other.
    fn joint(&self, name: &str) -> Result<[Linear; 3], String> {
        let (width, heads) = (self.about.hidden_size, self.about.num_attention_heads);
        let weight = self.weights.get(&format!("{name}in_proj.weight"), &[3 * width, width])?;
        let by_head = weight.view([heads, 3, width / heads, width]);
        let part = |n: i64| by_head.select(1, n).reshape([width, width]);
        let bias = |part: &str| self.weights.get(&format!("{name}{part}_bias"), &[width]).map(Some);
        Ok([
            Linear { ws: part(0), bs: bias("q")? },
            Linear { ws: part(1), bs: None },
            Linear { ws: part(2), bs: bias("v")? },
        ])
    }
}

impl Deberta {
    /// Makes the classifier that `config.json` describes, of tokens or `pooled` of whole texts.
    pub(super) fn new(config: &Value, weights: &Weights, pooled: bool) -> Result<Self, String> {
        let about: About = serde_json::from_value(config.clone()).map_err(|e| format!("config.json: {e}"))?;
        let act = about.conv_act.as_deref().unwrap_or("tanh");
        let pooler_act = about.pooler_hidden_act.as_deref().unwrap_or("gelu");
        let gelu = about.hidden_act == "gelu" && (!pooled || pooler_act == "gelu");
        if !gelu || about.talking_head || about.conv_kernel_size > 0 && act != "tanh" {
            let read = "hidden_act gelu, pooler_hidden_act gelu, conv_act tanh and no talking_head";
            return Err(format!("config.json: of DeBERTa only {read} are read"));
        }
        let reader = Reader { weights, about: &about };
        weights.get("classifier.weight", &[about.id2label.len() as i64, about.hidden_size]).map(drop)?;
        let at = |name: &str| format!("deberta.embeddings.{name}");
        let words = reader.table(&at("word_embeddings.weight"))?;
        let widened = words.size().last() != Some(&about.hidden_size);
        let kinds = (about.type_vocab_size > 0).then(|| reader.table(&at("token_type_embeddings.weight")));
        let conv = |_: ()| -> Result<Conv, String> {
            let weight = reader.table("deberta.encoder.conv.conv.weight")?;
            let bias = weights.get("deberta.encoder.conv.conv.bias", &[about.hidden_size])?;
            Ok(Conv { weight, bias, norm: reader.norm("deberta.encoder.conv.LayerNorm")? })
        };
        Ok(Self {
            positions: about
                .position_biased_input
                .then(|| reader.table(&at("position_embeddings.weight")))
                .transpose()?,
            kind: kinds.transpose()?.map(|table| table.select(0, 0)),
            widen: widened.then(|| reader.linear(&at("embed_proj"), false)).transpose()?,
            norm: reader.norm(&at("LayerNorm"))?,
            relative: reader.relative()?,
            layers: (0..about.num_hidden_layers).map(|n| reader.layer(n)).collect::<Result<_, String>>()?,
            conv: (about.conv_kernel_size > 0).then_some(()).map(conv).transpose()?,
            pooler: pooled.then(|| reader.linear("pooler.dense", true)).transpose()?,
            classifier: reader.linear("classifier", true)?,
            heads: about.num_attention_heads,
            words,
        })
    }

    /// Returns the logits of the pieces of one row, or of the row.
    pub(super) fn logits(&self, ids: &Tensor) -> Result<Tensor, TchError> {
        let size = ids.size()[1];
        let mut x = Tensor::f_embedding(&self.words, ids, -1, false, false)?;
        if let Some(positions) = &self.positions {
            x = x.f_add(&positions.f_narrow(0, 0, size)?)?;
        }
        if let Some(kind) = &self.kind {
            x = x.f_add(kind)?;
        }
        if let Some(widen) = &self.widen {
            x = linear(widen, &x)?;
        }
        let embedded = self.norm.of(&x)?;
        let distances = self.relative.as_ref().map(|relative| relative.distances(size)).transpose()?;
        let distances = self.relative.as_ref().zip(distances.as_ref());
        let mut x = embedded.shallow_clone();
        for (number, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x, distances, self.heads)?;
            if let (0, Some(conv)) = (number, &self.conv) {
                x = conv.forward(&embedded, &x)?;
            }
        }
        if let Some(pooler) = &self.pooler {
            x = linear(pooler, &x.f_select(1, 0)?)?.f_gelu("none")?;
        }
        linear(&self.classifier, &x)
    }
}

impl Norm {
    fn of(&self, x: &Tensor) -> Result<Tensor, TchError> {
        x.f_layer_norm(self.scale.size(), Some(&self.scale), Some(&self.shift), self.epsilon, false)
    }
}

impl Relative {
    /// Returns how far the piece of each row stands behind that of each column, in buckets if there are any.
    fn distances(&self, size: i64) -> Result<Tensor, TchError> {
        let at = Tensor::f_arange(size, (Kind::Int64, tch::Device::Cpu))?;
        let plain = at.f_unsqueeze(1)?.f_sub(&at.f_unsqueeze(0)?)?;
        if self.buckets == 0 {
            return Ok(plain);
        }
        // Near distances have buckets of their own, further ones share them on a scale of logarithms.
        let near = self.buckets / 2;
        let far = plain.f_abs()?;
        let scale = Tensor::f_from_slice(&[((self.furthest - 1) as f64 / near as f64) as f32])?.f_log()?;
        let steps = far
            .f_clamp_min(near)?
            .f_to_kind(Kind::Float)?
            .f_div_scalar(near as f64)?
            .f_log()?
            .f_div(&scale)?;
        let bucket = steps.f_mul_scalar((near - 1) as f64)?.f_ceil()?.f_add_scalar(near as f64)?;
        let bucket = bucket.f_to_kind(Kind::Int64)?.f_mul(&plain.f_sign()?)?;
        plain.f_where_self(&far.f_le(near)?, &bucket)
    }
}

impl Layer {
    fn forward(
        &self,
        x: &Tensor,
        distances: Option<(&Relative, &Tensor)>,
        heads: i64,
    ) -> Result<Tensor, TchError> {
        let by_head = |x: Tensor| x.f_view([x.size()[0], x.size()[1], heads, -1])?.f_transpose(1, 2);
        let query = by_head(linear(&self.query, x)?)?;
        let key = by_head(linear(&self.key, x)?)?;
        let looks = 1 + usize::from(self.distance_key.is_some()) + usize::from(self.distance_query.is_some());
        let scale = (query.size()[3] as f64 * looks as f64).sqrt();
        let mut scores = query.f_matmul(&key.f_transpose(-1, -2)?)?;
        if let Some((relative, distances)) = distances {
            let projected = |by: &Linear| by_head(linear(by, &relative.embeddings.f_unsqueeze(0)?)?);
            let looked_up = |from: &Tensor, by: &Linear, distances: &Tensor| {
                let all = from.f_matmul(&projected(by)?.f_transpose(-1, -2)?)?;
                let at = distances.f_add_scalar(relative.span)?.f_clamp(0, 2 * relative.span - 1)?;
                all.f_gather(-1, &at.f_expand(scores.size(), false)?, false)
            };
            let mut sum = scores.shallow_clone();
            if let Some(by) = &self.distance_key {
                sum = sum.f_add(&looked_up(&query, by, distances)?)?;
            }
            if let Some(by) = &self.distance_query {
                // Row by row of keys: the distance is the other way round only after the turn.
                sum = sum.f_add(&looked_up(&key, by, &distances.f_neg()?)?.f_transpose(-1, -2)?)?;
            }
            scores = sum;
        }
        let shares = scores.f_div_scalar(scale)?.f_softmax(-1, None::<Kind>)?;
        let seen =
            shares.f_matmul(&by_head(linear(&self.value, x)?)?)?.f_transpose(1, 2)?.f_reshape(x.size())?;
        let x = self.attended.1.of(&linear(&self.attended.0, &seen)?.f_add(x)?)?;
        let inner = linear(&self.inner, &x)?.f_gelu("none")?;
        self.outer.1.of(&linear(&self.outer.0, &inner)?.f_add(&x)?)
    }
}

impl Conv {
    fn forward(&self, embedded: &Tensor, x: &Tensor) -> Result<Tensor, TchError> {
        let padding = (self.weight.size()[2] - 1) / 2;
        let turned = embedded.f_transpose(1, 2)?;
        let groups = embedded.size()[2] / self.weight.size()[1];
        let out = turned.f_conv1d(&self.weight, Some(&self.bias), 1, padding, 1, groups)?;
        self.norm.of(&x.f_add(&out.f_transpose(1, 2)?.f_tanh()?)?)
    }
}
