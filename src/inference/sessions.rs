//! Sessions: the default runtime, rten: one single-threaded session a worker over one copy of the weights.
//!
//! The graph has two passes (models/training/export_rten.py): one reads texts, one the markers of pairs, which see a text
//! by its keys and values. Those of texts that were tagged are kept, so that few are read a second time for their pairs.
//! Markers of several texts run together; how far a text is filled up for that depends on its own length alone.
//!
//! A session has a thread of its own. A worker waits for it on a channel: inside the runtime's thread pool it would be given
//! other batches to work on while it waits.

use std::borrow::Cow;
use std::fmt;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use super::config::{HEAD, ModelConfig};
use super::kept::Kept;
use super::rows::Row;
use super::runtime::{Runtime, log_probabilities};

/// Pieces or markers of a run, at most: rows that fit run together up to this many.
const RUN: usize = 256;

/// Texts whose markers run together are filled up to a multiple of this many pieces: sums round by how long they are.
const FILL: usize = 32;

/// What is added to an attention score that must not count.
const UNSEEN: f32 = -1e9;

/// Bytes of keys and values that are kept for each session: of the sentences of a batch of documents, mostly.
const KEPT: usize = 96 << 20;

/// The weights and the sessions over them that no worker is using.
pub(super) struct Sessions {
    graph: Arc<Graph>,
    idle: Mutex<Vec<Sender<Job>>>,
}

type Job = Box<dyn FnOnce(&Graph, &Arc<ThreadPool>) + Send>;

/// The loaded graph and its inputs and outputs.
struct Graph {
    model: Model,
    ids: NodeId,
    shapes: NodeId,
    positions: NodeId,
    states: NodeId,
    markers: NodeId,
    marked: NodeId,
    partners: NodeId,
    /// Keys and values of each layer.
    texts: Vec<NodeId>,
    unseen: NodeId,
    kinds: NodeId,
    /// What the rules say of the pairs, in models that are told.
    rules: Option<NodeId>,
    pairs: NodeId,
    /// The tagging head whose texts are asked for their pairs.
    own: NodeId,
    kept: Mutex<Kept>,
}

impl Sessions {
    /// Loads the weights.
    pub(super) fn new(weights: Cow<'static, [u8]>, config: &ModelConfig) -> Result<Self, String> {
        let fail = |message: String| format!("model.onnx: {message}");
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let model = match weights {
            Cow::Borrowed(bytes) => options.load_static_slice(bytes),
            Cow::Owned(bytes) => options.load(bytes),
        };
        let model = model.map_err(|e| fail(e.to_string()))?;
        let node = |name: &str| {
            model.find_node(name).ok_or_else(|| fail(format!("no input or output {name:?}; export it anew")))
        };
        config.heads().try_for_each(|head| node(&output(head)).map(drop))?;
        let graph = Graph {
            ids: node("ids")?,
            shapes: node("shapes")?,
            positions: node("positions")?,
            states: node("states")?,
            markers: node("markers")?,
            marked: node("marked")?,
            partners: node("partners")?,
            texts: (0..).map_while(|n| model.find_node(&format!("text.{n}"))).collect(),
            unseen: node("unseen")?,
            kinds: node("kinds")?,
            rules: model.find_node("rules"),
            pairs: node("pairs")?,
            own: node(&output(HEAD))?,
            kept: Mutex::default(),
            model,
        };
        Ok(Self { graph: Arc::new(graph), idle: Mutex::default() })
    }

    /// Runs some work in a session and waits for it.
    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Graph, &Arc<ThreadPool>) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        // A poisoned lock guards a list that is whole at every moment.
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let session = idle.pop();
        drop(idle);
        let session = match session {
            Some(session) => session,
            None => {
                self.graph.kept().grow(KEPT);
                open(Arc::clone(&self.graph))?
            }
        };
        let (answer, wait) = mpsc::channel();
        let stopped = "the session stopped; please report this";
        let job: Job = Box::new(move |graph, pool| drop(answer.send(work(graph, pool))));
        session.send(job).map_err(|_| stopped)?;
        let result = wait.recv().map_err(|_| stopped)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        result
    }
}

/// Names the output of a tagging head.
fn output(head: &str) -> String {
    format!("tag.{head}")
}

impl Runtime for Sessions {
    fn tag(&self, head: &str, rows: Vec<Row>) -> Result<Vec<Vec<f32>>, String> {
        let name = output(head);
        let head = self.graph.model.find_node(&name).ok_or_else(|| format!("no output {name:?}"))?;
        self.run(move |graph, pool| {
            in_batches(
                &rows,
                |row| (row.text, row.text),
                |together| {
                    let pieces = together.len() * together[0].ids.len();
                    let scores = log_probabilities(graph.tag(head, together, pool)?, pieces);
                    Ok(scores.chunks(scores.len() / together.len()).map(<[f32]>::to_vec).collect())
                },
            )
        })
    }

    fn relate(&self, rows: Vec<Row>) -> Result<Vec<Vec<f32>>, String> {
        self.run(move |graph, pool| {
            let lengths = |row: &Row| (row.text.next_multiple_of(FILL), row.ids.len() - row.text);
            in_batches(&rows, lengths, |together| graph.relate(together, pool))
        })
    }

    fn is_told_rules(&self) -> bool {
        self.graph.rules.is_some()
    }
}

/// Starts a session; it ends when its sender is dropped.
fn open(graph: Arc<Graph>) -> Result<Sender<Job>, String> {
    let (session, jobs) = mpsc::channel::<Job>();
    let work = move || {
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        pool.run(|| jobs.into_iter().for_each(|job| job(&graph, &pool)));
    };
    let thread = std::thread::Builder::new().name("inference".into()).spawn(work);
    thread.map_err(|e| format!("no thread: {e}"))?;
    Ok(session)
}

impl Graph {
    /// Returns the states that are kept; they are whole at every moment, so a poisoned lock does no harm.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the logits of equally long rows by a head, and keeps their states if it is the one whose mentions make pairs.
    fn tag(&self, head: NodeId, rows: &[&Row], pool: &Arc<ThreadPool>) -> Result<Vec<f32>, String> {
        if head != self.own {
            return Ok(self.read(rows, &[head], pool)?.remove(0).into_data());
        }
        let mut out = self.read(rows, &[head, self.states], pool)?;
        let states = parts(out.remove(1));
        let mut kept = self.kept();
        rows.iter().zip(states).for_each(|(row, states)| kept.put(row, states));
        Ok(out.remove(0).into_data())
    }

    /// Reads the texts of equally long rows.
    fn read(
        &self,
        rows: &[&Row],
        outputs: &[NodeId],
        pool: &Arc<ThreadPool>,
    ) -> Result<Vec<Tensor<f32>>, String> {
        let shape = [rows.len(), rows[0].text];
        let gather = |of: fn(&Row) -> &[i32]| -> ValueOrView<'_> {
            let values: Vec<i32> = rows.iter().flat_map(|row| &of(row)[..row.text]).copied().collect();
            NdTensor::<i32, 2>::from_data(shape, values).into()
        };
        let inputs = vec![
            (self.ids, gather(|row| &row.ids)),
            (self.shapes, gather(|row| &row.shapes)),
            (self.positions, gather(|row| &row.positions)),
        ];
        self.run(inputs, outputs, pool)
    }

    /// Returns the logits of the pairs of each row, one pair after the other; all rows have equally many.
    fn relate(&self, rows: &[&Row], pool: &Arc<ThreadPool>) -> Result<Vec<Vec<f32>>, String> {
        let texts: Vec<Arc<Tensor<f32>>> =
            rows.iter().map(|row| self.states(row, pool)).collect::<Result<_, _>>()?;
        let pieces = rows[0].text.next_multiple_of(FILL);
        // Two at least: the runtime adds up a single row in another order than several.
        let pairs = rows[0].kinds.len().max(2);
        let of_pair = (rows[0].ids.len() - rows[0].text) / rows[0].kinds.len();
        let markers = pairs * of_pair;
        let marks = |of: fn(&Row) -> &[i32]| -> ValueOrView<'_> {
            let values: Vec<i32> =
                rows.iter().flat_map(|row| filled(&of(row)[row.text..], markers)).collect();
            NdTensor::from_data([rows.len(), markers], values).into()
        };
        let turned =
            |turn: usize| (0..markers).map(move |at| (at - at % of_pair + (at + turn) % of_pair) as i32);
        let partners: Vec<i32> = (1..of_pair).flat_map(turned).collect();
        let kinds: Vec<i32> = rows.iter().flat_map(|row| filled(&row.kinds, pairs)).collect();
        let unseen =
            |row: &&Row| (0..pieces).map(|at| if at < row.text { 0.0 } else { UNSEEN }).collect::<Vec<_>>();
        let unseen: Vec<f32> = rows.iter().flat_map(unseen).collect();
        let mut inputs = vec![
            (self.markers, marks(|row| &row.ids)),
            (self.marked, marks(|row| &row.positions)),
            (self.partners, NdTensor::from_data([of_pair - 1, markers], partners).into()),
            (self.kinds, NdTensor::from_data([kinds.len()], kinds).into()),
            (self.unseen, NdTensor::from_data([rows.len(), 1, 1, pieces], unseen).into()),
        ];
        for (at, node) in self.texts.iter().enumerate() {
            inputs.push((*node, layer(&texts, at, pieces).into()));
        }
        if let Some(rules) = self.rules {
            let readings = rows[0].known.len() / rows[0].kinds.len();
            let known: Vec<f32> = rows.iter().flat_map(|row| filled(&row.known, pairs * readings)).collect();
            inputs.push((rules, NdTensor::from_data([rows.len() * pairs, readings], known).into()));
        }
        let logits = self.run(inputs, &[self.pairs], pool)?.remove(0).into_data();
        let width = logits.len() / (rows.len() * pairs);
        let part = |(row, logits): (&&Row, &[f32])| logits[..row.kinds.len() * width].to_vec();
        Ok(rows.iter().zip(logits.chunks(pairs * width)).map(part).collect())
    }

    /// Returns the states of a row's text, read now if they are not kept.
    fn states(&self, row: &Row, pool: &Arc<ThreadPool>) -> Result<Arc<Tensor<f32>>, String> {
        let found = self.kept().get(row);
        match found {
            Some(states) => Ok(states),
            None => Ok(Arc::new(parts(self.read(&[row], &[self.states], pool)?.remove(0)).remove(0))),
        }
    }

    fn run(
        &self,
        inputs: Vec<(NodeId, ValueOrView<'_>)>,
        outputs: &[NodeId],
        pool: &Arc<ThreadPool>,
    ) -> Result<Vec<Tensor<f32>>, String> {
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let out = self.model.run(inputs, outputs, Some(options)).map_err(|e| e.to_string())?;
        out.into_iter().map(|value| value.try_into().map_err(|_| "not numbers".to_owned())).collect()
    }
}

/// Takes a tensor apart along its first axis.
fn parts(tensor: Tensor<f32>) -> Vec<Tensor<f32>> {
    let shape = tensor.shape().to_vec();
    let data = tensor.into_data();
    data.chunks(data.len() / shape[0]).map(|part| Tensor::from_data(&shape[1..], part.to_vec())).collect()
}

/// Returns keys or values of one layer of several texts [texts, heads, pieces, size], filled up with zeros.
fn layer(texts: &[Arc<Tensor<f32>>], at: usize, pieces: usize) -> Tensor<f32> {
    let &[layers, heads, _, size] = texts[0].shape() else { unreachable!("states are of four axes") };
    let mut out = Vec::with_capacity(texts.len() * heads * pieces * size);
    for text in texts {
        let data = text.data().unwrap_or_default();
        let of_layer = &data[data.len() / layers * at..data.len() / layers * (at + 1)];
        for head in of_layer.chunks(of_layer.len() / heads) {
            out.extend_from_slice(head);
            out.resize(out.len() + pieces * size - head.len(), 0.0);
        }
    }
    Tensor::from_data(&[texts.len(), heads, pieces, size], out)
}

/// Returns values and zeros behind them.
fn filled<T: Copy + Default>(values: &[T], size: usize) -> impl Iterator<Item = T> {
    values.iter().copied().chain(std::iter::repeat_n(T::default(), size - values.len()))
}

/// Runs rows in [`batches`]; returns what each got.
fn in_batches(
    rows: &[Row],
    lengths: impl Fn(&Row) -> (usize, usize),
    run: impl Fn(&[&Row]) -> Result<Vec<Vec<f32>>, String>,
) -> Result<Vec<Vec<f32>>, String> {
    let mut out = vec![Vec::new(); rows.len()];
    for batch in batches(rows, lengths) {
        let together: Vec<&Row> = batch.iter().map(|&at| &rows[at]).collect();
        batch.iter().zip(run(&together)?).for_each(|(&at, part)| out[at] = part);
    }
    Ok(out)
}

/// Groups rows of equal lengths, of text and of what runs, up to [`RUN`] of the latter together.
fn batches(rows: &[Row], lengths: impl Fn(&Row) -> (usize, usize)) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&at| (lengths(&rows[at]), at));
    let mut out: Vec<Vec<usize>> = Vec::new();
    for at in order {
        let (text, size) = lengths(&rows[at]);
        match out.last_mut() {
            Some(batch) if lengths(&rows[batch[0]]) == (text, size) && (batch.len() + 1) * size <= RUN => {
                batch.push(at)
            }
            _ => out.push(vec![at]),
        }
    }
    out
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}
