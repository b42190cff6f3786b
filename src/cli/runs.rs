//! Runs: `extract --out-dir`, many inputs to one output each.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use serde_json::json;

use super::Outcome;
use super::args::WatchArgs;
use super::progress::{Gauges, Progress, Totals};
use crate::readers::Inputs;
use crate::report::{ByName, Counts, Status};
use crate::runs::{Event, Folder, MANIFEST, Manifest, Run, Session, State, Work, configuration};
use crate::writers::Format;
use crate::{Config, Error, Pipeline, Result};

/// Rejected records that are named on standard error; the rejected files have them all.
const NAMED: u64 = 10;

/// What is to be done with every input.
pub(super) struct Task {
    pub(super) config: Config,
    pub(super) pipeline: Pipeline,
    pub(super) format: Format,
    pub(super) gold_mentions: bool,
}

impl Task {
    /// Starts a run or goes on with one.
    pub(super) fn run(
        &self,
        folder: &Path,
        files: &Inputs,
        resume: bool,
        stop: &Arc<AtomicBool>,
        watch: &WatchArgs,
    ) -> anyhow::Result<Outcome> {
        if files.files.is_empty() && !folder.join(MANIFEST).exists() {
            return Err(Error::run(folder, "no run is there to go on with; name its inputs").into());
        }
        let folder = Folder::take(folder)?;
        let mut manifest = self.manifest(&folder, resume)?;
        let chosen = manifest.add(&folder, &files.files, self.format)?;
        let bytes = chosen.iter().map(|&n| manifest.inputs[n].bytes).sum();
        let (totals, gauges) = (Totals { bytes: Some(bytes), files: chosen.len() }, Gauges::default());
        let mut progress = Progress::start(totals, &gauges, watch, false)?;
        if !files.skipped.is_empty() {
            let message = format!("{} files of no known ending are left out", files.skipped.len());
            progress.say("skipped", &message);
        }
        let watch = Watch { progress: &progress, files: &gauges.files, rejected: AtomicU64::new(0) };
        let work = Work { pipeline: &self.pipeline, config: &self.config, format: self.format };
        let tell = |event: Event<'_>| watch.see(&event);
        let run = Run { work, folder: &folder, bytes: gauges.bytes.clone(), stop, tell: &tell };
        let started = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let result = run.go(&mut manifest, &chosen, Session { started, ..Session::default() });
        let watched = progress.end();
        end(&self.config, &manifest, &folder, result.and(watched), &progress)
    }

    /// Returns the manifest to go on with, or a new one.
    fn manifest(&self, folder: &Folder, resume: bool) -> Result<Manifest> {
        let configuration =
            configuration(&self.config, self.pipeline.model(), self.format, self.gold_mentions);
        let Some(manifest) = Manifest::load(folder.path())? else {
            return Ok(Manifest::new(configuration));
        };
        if !resume {
            let done = manifest.inputs.iter().filter(|input| input.state == State::Done).count();
            let message = format!(
                "a run is there already, {done} of {} inputs done; go on with --resume, or choose another folder",
                manifest.inputs.len()
            );
            return Err(Error::run(folder.path(), message));
        }
        let differences = manifest.differences(&configuration);
        if !differences.is_empty() {
            let message = format!(
                "cannot go on with a run of another configuration: {}; use the former one, or choose another folder",
                differences.join("; ")
            );
            return Err(Error::run(folder.path(), message));
        }
        Ok(manifest)
    }
}

/// Says how the run ended.
fn end(
    config: &Config,
    manifest: &Manifest,
    folder: &Folder,
    result: Result<()>,
    progress: &Progress,
) -> anyhow::Result<Outcome> {
    let done = manifest.inputs.iter().filter(|input| input.state == State::Done).count();
    let counts = &manifest.counts;
    let seconds = manifest.sessions.last().map_or(0.0, |session| session.seconds);
    let summary = format!(
        "{done} of {} inputs, {} documents, {} triples, {} rejected, {seconds:.1} s",
        manifest.inputs.len(),
        counts.documents,
        counts.triples,
        counts.rejected
    );
    if let Some(session) = manifest.sessions.last().filter(|session| !session.steps.is_empty()) {
        progress.tell("steps", &table(&session.steps), json!({ "steps": session.steps }));
    }
    if manifest.status == Status::Complete && result.is_ok() {
        progress.say("ended", &summary);
        return Ok(if counts.rejected == 0 { Outcome::Done } else { Outcome::Rejected });
    }
    let model = &config.run.model;
    let model =
        if model.as_os_str().is_empty() { String::new() } else { format!(" --model {}", model.display()) };
    let hint = format!("cytosift extract --out-dir {} --resume{model}", folder.path().display());
    progress.say("ended", &format!("stopped after {summary}; go on with {hint}"));
    result?;
    Ok(Outcome::Interrupted)
}

/// Lists the working time of each step, the longest first.
fn table(steps: &ByName<f64>) -> String {
    let all: f64 = steps.values().sum();
    let mut rows: Vec<_> = steps.iter().collect();
    rows.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let mut table = "working time by step, summed over threads".to_owned();
    for (step, seconds) in rows {
        let share = 100.0 * seconds / all.max(f64::MIN_POSITIVE);
        table.push_str(&format!("\n  {step:<12} {seconds:>9.2} s {share:>4.0} %"));
    }
    table
}

/// Shows what happens in a run.
struct Watch<'a> {
    progress: &'a Progress,
    files: &'a AtomicU64,
    rejected: AtomicU64,
}

impl Watch<'_> {
    fn see(&self, event: &Event<'_>) {
        match event {
            Event::Batch(counts) => self.progress.add(counts),
            Event::Rejected(error) => {
                let named = self.rejected.fetch_add(1, Ordering::Relaxed) < NAMED;
                if named || !error.is_record() {
                    self.progress.reject(error);
                }
            }
            Event::Changed(input) => {
                let message = format!("{} or its outputs have changed; it is read again", input.file);
                self.progress.tell("changed", &message, json!({ "file": input.file }));
            }
            Event::Finished(_) | Event::Kept(_) => {
                self.files.fetch_add(1, Ordering::Relaxed);
                self.progress.add(&Counts::default());
            }
        }
    }
}
