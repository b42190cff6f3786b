//! Cost: speed, memory and start-up of engines, each in a process of its own, in turns.
//!
//! The processes are this program again (`cytosift engine-cost`, hidden), so that one engine's memory is not another's.
//! They obey lines on standard input: `pass` runs the engine once over the texts. The first pass is the warm-up.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::job::{Fold, read_gold};
use crate::cli::Outcome;
use crate::cli::args::EngineCostArgs;
use crate::cli::engines::{EngineArg, ModelArgs};
use crate::document::{Document, Focus};
use crate::evaluate::results::{Cost, Interval};
use crate::pipeline::{self, Layers, Pipeline};

/// A pass shorter than this is repeated, for a clock tells little of it.
const SHORTEST_PASS: f64 = 0.25;

/// What is measured.
pub(super) struct Plan {
    pub(super) gold: PathBuf,
    pub(super) model: ModelArgs,
    pub(super) fold: Option<Fold>,
    pub(super) focus: Focus,
    pub(super) passes: usize,
    pub(super) threads: usize,
}

/// A process that runs one engine.
struct Worker {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    passes: Vec<f64>,
}

/// What a worker says after a pass.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Pass {
    seconds: f64,
    documents: u64,
    tokens: u64,
    start_up: f64,
    peak_memory: Option<u64>,
}

impl Worker {
    fn start(engine: EngineArg, plan: &Plan) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("finding this program")?;
        let mut command = Command::new(program);
        command.arg("engine-cost").arg("--gold").arg(&plan.gold).args(["--engine", engine.as_str()]);
        command.args(["--threads", &plan.threads.to_string(), "--focus", focus_name(plan.focus)]);
        if let Some(folder) = &plan.model.folder {
            command.arg("--model").arg(folder);
        }
        if let Some(precision) = plan.model.precision {
            command.args(["--precision", precision.as_str()]);
        }
        if let Some(fold) = plan.fold {
            command.args(["--fold", &fold.to_string()]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the process that measures an engine")?;
        let (Some(commands), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("the process that measures an engine has no pipes");
        };
        Ok(Self { child, commands, answers: BufReader::new(answers), passes: Vec::new() })
    }

    fn pass(&mut self) -> anyhow::Result<Pass> {
        writeln!(self.commands, "pass").context("commanding an engine")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).context("hearing from an engine")?;
        serde_json::from_str(&answer).context("the process that measures an engine ended early")
    }
}

/// Measures the engines, in turns, after a warm-up of each.
pub(super) fn measure(engines: &[EngineArg], plan: &Plan) -> anyhow::Result<Vec<Cost>> {
    let mut workers = Vec::new();
    for engine in engines {
        let mut worker = Worker::start(*engine, plan)?;
        worker.pass()?;
        workers.push(worker);
    }
    let mut last: Vec<Pass> = workers.iter().map(|_| Pass::default()).collect();
    for _ in 0..plan.passes {
        for (worker, last) in workers.iter_mut().zip(&mut last) {
            *last = worker.pass()?;
            worker.passes.push(last.seconds);
        }
    }
    let mut costs = Vec::new();
    for (mut worker, last) in workers.into_iter().zip(last) {
        drop(worker.commands);
        worker.child.wait().context("waiting for an engine")?;
        worker.passes.sort_by(f64::total_cmp);
        let of = |count: u64, seconds: f64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        let (fastest, slowest) = (worker.passes[0], worker.passes[worker.passes.len() - 1]);
        let median = worker.passes[worker.passes.len() / 2];
        costs.push(Cost {
            threads: plan.threads,
            passes: plan.passes,
            documents: last.documents,
            documents_per_second: of(last.documents, median),
            tokens_per_second: of(last.tokens, median),
            documents_per_second_range: Interval {
                low: of(last.documents, slowest),
                high: of(last.documents, fastest),
            },
            peak_memory_bytes: last.peak_memory,
            start_up_seconds: last.start_up,
        });
    }
    Ok(costs)
}

fn focus_name(focus: Focus) -> &'static str {
    match focus {
        Focus::Cytokine => "cytokine",
        Focus::All => "all",
    }
}

/// Runs an engine at command: the other end of [`measure`].
pub(in crate::cli) fn serve(args: &EngineCostArgs) -> anyhow::Result<Outcome> {
    let gold = read_gold(&args.gold, args.fold)?;
    let texts: Vec<Document> = gold.documents.iter().map(|d| d.bare()).collect();
    drop(gold);
    forget_peak();
    let pool = pipeline::pool(args.threads)?;
    let begin = Instant::now();
    let pipeline = Pipeline::open(&args.model.run(args.engine, args.focus.into()), Layers::All)?;
    if let Some(first) = texts.first() {
        pipeline.apply(&mut [first.clone()])?;
    }
    let start_up = begin.elapsed().as_secs_f64();
    for line in std::io::stdin().lock().lines() {
        if line?.trim() != "pass" {
            bail!("the only command is pass");
        }
        let mut pass = Pass { start_up, documents: texts.len() as u64, ..Pass::default() };
        let (mut seconds, mut rounds) = (0.0, 0);
        while seconds < SHORTEST_PASS {
            let mut documents = texts.clone();
            let begin = Instant::now();
            pool.install(|| documents.par_chunks_mut(16).try_for_each(|chunk| pipeline.apply(chunk)))?;
            seconds += begin.elapsed().as_secs_f64();
            rounds += 1;
            pass.tokens = documents.iter().map(|d| d.tokens.len() as u64).sum();
        }
        pass.seconds = seconds / f64::from(rounds);
        pass.peak_memory = peak_memory();
        let mut answer = serde_json::to_vec(&pass)?;
        answer.push(b'\n');
        crate::cli::print(&answer)?;
    }
    Ok(Outcome::Done)
}

/// Lets the peak begin anew, so that reading the corpus does not count; Linux only, and without harm elsewhere.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Returns the largest resident set of this process, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}
