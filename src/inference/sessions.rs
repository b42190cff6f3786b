//! Sessions: the default runtime, rten: one single-threaded session a worker over one copy of the weights.
//!
//! A session has a thread of its own. A worker waits for it on a channel: inside the runtime's thread pool it would be given
//! other batches to work on while it waits.

use std::borrow::Cow;
use std::fmt;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::{NdTensor, Tensor};

use super::config::ModelConfig;
use super::rows::Row;
use super::runtime::{Runtime, log_probabilities};

/// Pieces of a run, at most: rows of equal length run together up to this many.
const RUN: usize = 256;

/// What is added to an attention score that must not count.
const UNSEEN: f32 = -1e9;

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
    bias: NodeId,
    places: NodeId,
    kinds: NodeId,
    /// What the rules say of the pairs, in models that are told.
    rules: Option<NodeId>,
    pairs: NodeId,
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
            bias: node("bias")?,
            places: node("places")?,
            kinds: node("kinds")?,
            rules: model.find_node("rules"),
            pairs: node("pairs")?,
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
            None => open(Arc::clone(&self.graph))?,
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
            let mut out = vec![Vec::new(); rows.len()];
            for batch in batches(&rows) {
                let together: Vec<&Row> = batch.iter().map(|&at| &rows[at]).collect();
                let pieces = batch.len() * together[0].ids.len();
                let scores = log_probabilities(graph.tag(head, &together, pool)?, pieces);
                let size = scores.len() / batch.len();
                batch.iter().zip(scores.chunks(size)).for_each(|(&at, part)| out[at] = part.to_vec());
            }
            Ok(out)
        })
    }

    fn relate(&self, rows: Vec<Row>) -> Result<Vec<Vec<f32>>, String> {
        self.run(move |graph, pool| rows.iter().map(|row| graph.relate(row, pool)).collect())
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
    fn tag(&self, head: NodeId, rows: &[&Row], pool: &Arc<ThreadPool>) -> Result<Vec<f32>, String> {
        let shape = [rows.len(), rows[0].ids.len()];
        let gather =
            |of: fn(&Row) -> &[i32]| -> Vec<i32> { rows.iter().flat_map(|row| of(row)).copied().collect() };
        let bias = NdTensor::from_data([1, 1, 1, 1], vec![0.0f32]);
        let inputs = vec![
            (self.ids, NdTensor::from_data(shape, gather(|row| &row.ids)).into()),
            (self.shapes, NdTensor::from_data(shape, gather(|row| &row.shapes)).into()),
            (self.positions, NdTensor::from_data(shape, gather(|row| &row.positions)).into()),
            (self.bias, bias.into()),
        ];
        self.run(inputs, head, pool)
    }

    fn relate(&self, row: &Row, pool: &Arc<ThreadPool>) -> Result<Vec<f32>, String> {
        let size = row.ids.len();
        let places: Vec<i32> = (row.text as i32..size as i32).collect();
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![
            (self.ids, NdTensor::from_data([1, size], row.ids.clone()).into()),
            (self.shapes, NdTensor::from_data([1, size], row.shapes.clone()).into()),
            (self.positions, NdTensor::from_data([1, size], row.positions.clone()).into()),
            (self.bias, NdTensor::from_data([1, 1, size, size], row.mask(0.0, UNSEEN)).into()),
            (self.places, NdTensor::from_data([places.len()], places).into()),
            (self.kinds, NdTensor::from_data([row.kinds.len()], row.kinds.clone()).into()),
        ];
        if let Some(rules) = self.rules {
            let shape = [row.kinds.len(), row.known.len() / row.kinds.len()];
            inputs.push((rules, NdTensor::from_data(shape, row.known.clone()).into()));
        }
        self.run(inputs, self.pairs, pool)
    }

    fn run(
        &self,
        inputs: Vec<(NodeId, ValueOrView<'_>)>,
        output: NodeId,
        pool: &Arc<ThreadPool>,
    ) -> Result<Vec<f32>, String> {
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let mut out = self.model.run(inputs, &[output], Some(options)).map_err(|e| e.to_string())?;
        let first: Tensor<f32> = out.remove(0).try_into().map_err(|_| "not numbers")?;
        Ok(first.into_data())
    }
}

/// Groups rows of equal length, up to [`RUN`] pieces together.
fn batches(rows: &[Row]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&at| (rows[at].ids.len(), at));
    let mut out: Vec<Vec<usize>> = Vec::new();
    for at in order {
        let size = rows[at].ids.len();
        match out.last_mut() {
            Some(batch) if rows[batch[0]].ids.len() == size && (batch.len() + 1) * size <= RUN => {
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
