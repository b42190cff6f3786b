//! Progress: what a run has done so far, shown as a bar, as lines for programs, and as a file of metrics.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::args::WatchArgs;
use super::log::LogForm;
use super::metrics::Snapshot;
use crate::report::{Counts, Rejected};
use crate::{Error, Result};

/// The bar's line: bar, files, bytes, documents, rate, time left.
const SIZED: &str = "{bar:24} {percent:>3}% {prefix}{bytes}/{total_bytes} {msg} {eta} left";
/// The same when the size of the input is unknown.
const UNSIZED: &str = "{spinner} {prefix}{bytes} {msg} {elapsed}";

/// How often metrics are written, and lines for programs.
const EVERY: Duration = Duration::from_secs(5);

/// Counters that whoever reads the input moves on.
#[derive(Clone, Debug, Default)]
pub(super) struct Gauges {
    /// Bytes read, before decompression.
    pub(super) bytes: Arc<AtomicU64>,
    /// Files finished.
    pub(super) files: Arc<AtomicU64>,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals {
    /// Bytes, if known.
    pub(super) bytes: Option<u64>,
    pub(super) files: usize,
}

/// The progress of one run.
pub(super) struct Progress {
    shared: Arc<Shared>,
    ticker: Option<JoinHandle<()>>,
}

struct Shared {
    bar: ProgressBar,
    gauges: Gauges,
    totals: Totals,
    counts: Mutex<Counts>,
    begun: Instant,
    log: LogForm,
    metrics: Option<PathBuf>,
    ended: Mutex<bool>,
    end: Condvar,
}

impl Progress {
    /// Starts to show; `hidden` keeps the bar off the terminal.
    ///
    /// # Errors
    /// If the file of metrics cannot be written.
    pub(super) fn start(totals: Totals, gauges: &Gauges, args: &WatchArgs, hidden: bool) -> Result<Self> {
        let bar = bar(totals, hidden || args.log == LogForm::Json);
        let (counts, ended, end) = Default::default();
        let (gauges, log, metrics) = (gauges.clone(), args.log, args.metrics.clone());
        let shared = Shared { bar, gauges, totals, counts, begun: Instant::now(), log, metrics, ended, end };
        let shared = Arc::new(shared);
        shared.write_metrics(true)?;
        let ticks = args.log == LogForm::Json || args.metrics.is_some();
        let ticker = ticks.then(|| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.tick())
        });
        Ok(Self { shared, ticker })
    }

    /// Adds what a batch counted.
    pub(super) fn add(&self, counts: &Counts) {
        let mut sum = self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
        sum.add(counts);
        let documents = sum.documents;
        drop(sum);
        let Shared { bar, gauges, totals, begun, .. } = &*self.shared;
        let rate = documents as f64 / begun.elapsed().as_secs_f64().max(0.001);
        bar.set_position(gauges.bytes.load(Ordering::Relaxed));
        if totals.files > 1 {
            bar.set_prefix(format!("{}/{} files · ", gauges.files.load(Ordering::Relaxed), totals.files));
        }
        bar.set_message(format!("· {documents} documents, {rate:.0}/s ·"));
    }

    /// Says something; `event` names it for programs.
    pub(super) fn say(&self, event: &str, message: &str) {
        self.tell(event, message, json!({}));
    }

    /// Says something that programs get more of.
    pub(super) fn tell(&self, event: &str, message: &str, fields: Value) {
        self.shared.tell(event, message, fields);
    }

    /// Names a record or file that was rejected.
    pub(super) fn reject(&self, error: &Error) {
        self.tell("rejected", &format!("rejected: {error}"), json!({ "rejected": Rejected::from(error) }));
    }

    /// Takes the bar off the terminal and writes the last metrics.
    ///
    /// # Errors
    /// If the file of metrics cannot be written.
    pub(super) fn end(&mut self) -> Result<()> {
        *self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.end.notify_all();
        if let Some(ticker) = self.ticker.take() {
            // A thread that panicked has said so.
            let _ = ticker.join();
        }
        self.shared.bar.finish_and_clear();
        self.shared.write_metrics(false)
    }
}

impl Shared {
    fn tell(&self, event: &str, message: &str, fields: Value) {
        let line = self.log.line(event, message, fields);
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// Shows the progress to programs until the run ends.
    fn tick(&self) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let (guard, wait) = self.end.wait_timeout(ended, EVERY).unwrap_or_else(PoisonError::into_inner);
            ended = guard;
            if *ended {
                return;
            }
            if wait.timed_out() {
                if self.log == LogForm::Json {
                    self.tell_progress();
                }
                if let Err(error) = self.write_metrics(true) {
                    self.tell("warning", &format!("the metrics could not be written: {error}"), json!({}));
                }
            }
        }
    }

    fn tell_progress(&self) {
        let now = self.snapshot(true);
        let rate = now.counts.documents as f64 / now.seconds.max(0.001);
        let message = format!("{} of {} files, {} documents", now.files.0, now.files.1, now.counts.documents);
        let fields = json!({
            "files": now.files.0, "files_total": now.files.1,
            "bytes": now.bytes.0, "bytes_total": now.bytes.1,
            "documents": now.counts.documents, "triples": now.counts.triples, "rejected": now.counts.rejected,
            "documents_per_second": rate.round(), "seconds": now.seconds.round(),
            "seconds_left": now.seconds_left().map(f64::round),
        });
        self.tell("progress", &message, fields);
    }

    fn snapshot(&self, running: bool) -> Snapshot {
        Snapshot {
            counts: self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            bytes: (self.gauges.bytes.load(Ordering::Relaxed), self.totals.bytes),
            files: (self.gauges.files.load(Ordering::Relaxed), self.totals.files),
            seconds: self.begun.elapsed().as_secs_f64(),
            running,
        }
    }

    fn write_metrics(&self, running: bool) -> Result<()> {
        self.metrics.as_ref().map_or(Ok(()), |path| self.snapshot(running).write(path))
    }
}

fn bar(totals: Totals, hidden: bool) -> ProgressBar {
    let bar = totals.bytes.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    if hidden {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template(if totals.bytes.is_some() { SIZED } else { UNSIZED }) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
