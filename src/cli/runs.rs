//! Runs: `extract --out-dir`, many inputs to one output each.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use super::Outcome;
use super::progress::Progress;
use crate::readers::Inputs;
use crate::report::Status;
use crate::runs::{Event, Folder, Manifest, Run, Session, State, Work, configuration};
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
    ) -> anyhow::Result<Outcome> {
        let folder = Folder::take(folder)?;
        let mut manifest = self.manifest(&folder, resume)?;
        let chosen = manifest.add(&folder, &files.files, self.format)?;
        let total = chosen.iter().map(|&n| manifest.inputs[n].bytes).sum();
        let bytes = Arc::new(AtomicU64::new(0));
        let progress = Progress::new(Some(total), Arc::clone(&bytes), false);
        if !files.skipped.is_empty() {
            progress.say(&format!("{} files of no known ending are left out", files.skipped.len()));
        }
        let watch = Watch::new(&progress, chosen.len());
        let work = Work { pipeline: &self.pipeline, config: &self.config, format: self.format };
        let run = Run { work, folder: &folder, bytes, stop, tell: &|event| watch.see(&event) };
        let started = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let result = run.go(&mut manifest, &chosen, Session { started, ..Session::default() });
        progress.clear();
        end(&manifest, &folder, result, &progress)
    }

    /// Returns the manifest to go on with, or a new one.
    fn manifest(&self, folder: &Folder, resume: bool) -> Result<Manifest> {
        let configuration = configuration(&self.config, self.format, self.gold_mentions);
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
    if manifest.status == Status::Complete && result.is_ok() {
        progress.say(&summary);
        return Ok(if counts.rejected == 0 { Outcome::Done } else { Outcome::Rejected });
    }
    let hint = format!("cytosift extract --out-dir {} --resume", folder.path().display());
    progress.say(&format!("stopped after {summary}; go on with {hint}"));
    result?;
    Ok(Outcome::Interrupted)
}

/// Shows what happens in a run.
struct Watch<'a> {
    progress: &'a Progress,
    documents: AtomicU64,
    rejected: AtomicU64,
    finished: AtomicU64,
    inputs: usize,
}

impl<'a> Watch<'a> {
    fn new(progress: &'a Progress, inputs: usize) -> Self {
        let (documents, rejected, finished) = Default::default();
        Self { progress, documents, rejected, finished, inputs }
    }

    fn see(&self, event: &Event<'_>) {
        match event {
            Event::Batch(counts) => {
                let documents = self.documents.fetch_add(counts.documents, Ordering::Relaxed);
                self.progress.at(documents + counts.documents);
            }
            Event::Rejected(error) => {
                let named = self.rejected.fetch_add(1, Ordering::Relaxed) < NAMED;
                if named || !error.is_record() {
                    self.progress.say(&format!("rejected: {error}"));
                }
            }
            Event::Changed(input) => {
                self.progress.say(&format!("{} or its outputs have changed; it is read again", input.file));
            }
            Event::Finished(_) | Event::Kept(_) => {
                let finished = self.finished.fetch_add(1, Ordering::Relaxed) + 1;
                self.progress.files(finished, self.inputs);
            }
        }
    }
}
