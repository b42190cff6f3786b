//! Progress: a bar on standard error when that is a terminal, and messages that do not tear it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar's line: bar, files, bytes, documents, rate, time left.
const SIZED: &str = "{bar:24} {percent:>3}% {prefix}{bytes}/{total_bytes} {msg} {eta} left";
/// The same when the size of the input is unknown.
const UNSIZED: &str = "{spinner} {bytes} {msg} {elapsed}";

/// The bar of one run.
pub(super) struct Progress {
    bar: ProgressBar,
    bytes: Arc<AtomicU64>,
}

impl Progress {
    /// Makes a bar for that many bytes of input, if known, and the counter of those read; `hidden` keeps it off the
    /// terminal.
    pub(super) fn new(total: Option<u64>, bytes: Arc<AtomicU64>, hidden: bool) -> Self {
        let bar = match total {
            Some(bytes) => ProgressBar::new(bytes),
            None => ProgressBar::new_spinner(),
        };
        if hidden {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let template = if total.is_some() { SIZED } else { UNSIZED };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar, bytes }
    }

    /// Shows how far the run is.
    pub(super) fn at(&self, documents: u64) {
        let seconds = self.bar.elapsed().as_secs_f64();
        self.bar.set_position(self.bytes.load(Ordering::Relaxed));
        self.bar.set_message(format!(
            "· {documents} documents, {:.0}/s ·",
            documents as f64 / seconds.max(0.001)
        ));
    }

    /// Shows how many files are finished.
    pub(super) fn files(&self, finished: u64, all: usize) {
        self.bar.set_position(self.bytes.load(Ordering::Relaxed));
        self.bar.set_prefix(format!("{finished}/{all} files · "));
    }

    /// Prints a line to standard error above the bar.
    pub(super) fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("cytosift: {line}"));
    }

    /// Takes the bar off the terminal.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
