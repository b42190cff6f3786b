//! Progress: a bar on standard error when that is a terminal, and messages that do not tear it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Width of the bar's line: bar, bytes, documents, rate, time left.
const SIZED: &str = "{bar:24} {percent:>3}% {bytes}/{total_bytes} {msg} {eta} left";
/// The same when the size of the input is unknown.
const UNSIZED: &str = "{spinner} {bytes} {msg} {elapsed}";

/// The bar of one run.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Makes a bar for that many bytes of input, if known; `hidden` keeps it off the terminal.
    pub(super) fn new(total: Option<u64>, hidden: bool) -> Self {
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
        Self(bar)
    }

    /// Shows how far the run is.
    pub(super) fn at(&self, bytes: u64, documents: u64) {
        let seconds = self.0.elapsed().as_secs_f64();
        self.0.set_position(bytes);
        self.0.set_message(format!(
            "· {documents} documents, {:.0}/s ·",
            documents as f64 / seconds.max(0.001)
        ));
    }

    /// Prints a line to standard error above the bar.
    pub(super) fn say(&self, line: &str) {
        self.0.suspend(|| eprintln!("cytosift: {line}"));
    }

    /// Takes the bar off the terminal.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
