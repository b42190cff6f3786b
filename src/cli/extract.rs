//! Extract: files to triples, and what the run did to the report.

use std::io::IsTerminal;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use anyhow::Context;

use super::args::{ExtractArgs, ParamArgs};
use super::input::{self, Input};
use super::outputs::{self, Outputs};
use super::progress::{Progress, Totals};
use super::{Outcome, interrupt, runs};
use crate::lexicon::Lexicon;
use crate::pipeline::Layers;
use crate::readers::{self, Inputs};
use crate::report::{self, Counts, Report, Status};
use crate::runs::Manifest;
use crate::writers::Format;
use crate::{Config, Document, Error, Pipeline, Result};

/// The name that stands for standard output.
const STDOUT: &str = "-";

/// Runs the command.
pub(super) fn extract(args: &ExtractArgs) -> anyhow::Result<Outcome> {
    let output = &args.output;
    // Its settings are needed before the folder is locked, where it is read again.
    let former = match &output.out_dir {
        Some(folder) if output.resume => Manifest::load(folder)?,
        _ => None,
    };
    let config = config(&args.params, former.as_ref().map(Manifest::config).unwrap_or_default())?;
    if args.params.print_config {
        return super::print(config.to_toml().as_bytes());
    }
    let path = output.output.as_deref().filter(|path| path.as_os_str() != STDOUT);
    let format = output.format.map(Format::from);
    let format = format.or_else(|| former.as_ref()?.format()).or_else(|| Format::of_path(path?));
    let format = format.unwrap_or(Format::Csv);
    let pipeline = match args.params.gold_mentions {
        true => Pipeline::relations_only(&config.run)?,
        false => Pipeline::open(&config.run, layers(format))?,
    };
    let mut files = readers::expand(&args.inputs)?;
    let written = match (&output.out_dir, &former) {
        (Some(folder), Some(former)) => former.files(folder),
        _ => outputs::written(path, output.report.as_deref()),
    };
    files.leave_out(&written, &args.inputs)?;
    let stop = interrupt::install().context("cannot catch Ctrl-C")?;
    if let Some(folder) = &output.out_dir {
        let task = runs::Task { config, pipeline, format, gold_mentions: args.params.gold_mentions };
        return task.run(folder, &files, output.resume, &stop, &args.watch);
    }
    let input = Input::new(files.files.clone(), Arc::clone(&stop));
    let hidden = path.is_none() && std::io::stdout().is_terminal();
    let totals = Totals { bytes: input::total_bytes(&files.files), files: files.files.len() };
    let progress = Progress::start(totals, &input.gauges, &args.watch, hidden)?;
    let outputs = Outputs::create(path, format, output.report.as_deref())?;
    let run = Run { config, pipeline, format, files, input, progress, outputs, stop };
    run.go()
}

/// A run that is set up.
struct Run {
    config: Config,
    pipeline: Pipeline,
    format: Format,
    files: Inputs,
    input: Input,
    progress: Progress,
    outputs: Outputs,
    stop: Arc<AtomicBool>,
}

impl Run {
    fn go(mut self) -> anyhow::Result<Outcome> {
        let began = (Instant::now(), SystemTime::now());
        let format = self.format;
        let render = |document: &Document, out: &mut Vec<u8>| format.render(document, out);
        let mut counts = Counts::default();
        let params = (&self.config.run, &self.config.memory);
        let result = self.pipeline.run(&mut self.input, &render, params, &self.stop, |batch| {
            self.outputs.take(&batch, &self.progress)?;
            counts.add(&batch.counts);
            self.progress.add(&batch.counts);
            Ok(())
        });
        let watched = self.progress.end();
        counts.fill();
        let report = self.report(counts, result.as_ref().err(), began);
        self.end(result.and(watched), &report)
    }

    /// Says what the run did and how it ended.
    fn report(&self, counts: Counts, error: Option<&Error>, began: (Instant, SystemTime)) -> Report {
        let status = match error {
            Some(_) => Status::Failed,
            None if self.stop.load(Ordering::Relaxed) => Status::Interrupted,
            None => Status::Complete,
        };
        let inputs = report::Inputs {
            files: self.files.files.len(),
            failed: self.input.failed,
            bytes: self.input.gauges.bytes.load(Ordering::Relaxed),
            skipped: self.files.skipped.iter().map(|path| path.display().to_string()).collect(),
            list: self.input.done.clone(),
        };
        Report {
            status,
            error: error.map(ToString::to_string),
            version: env!("CARGO_PKG_VERSION"),
            lexicons: Lexicon::checksum(),
            model: self.pipeline.model(),
            started: humantime::format_rfc3339_seconds(began.1).to_string(),
            seconds: began.0.elapsed().as_secs_f64(),
            threads: match self.config.run.threads {
                0 => std::thread::available_parallelism().map_or(1, NonZero::get),
                threads => threads,
            },
            output: self.outputs.path().map(|path| path.display().to_string()),
            // Plain numbers and words have a JSON form.
            config: serde_json::to_value(&self.config).unwrap_or_default(),
            inputs,
            counts,
        }
    }

    /// Gives the outputs the names that fit how the run ended.
    fn end(self, result: Result<()>, report: &Report) -> anyhow::Result<Outcome> {
        let summary = report.summary();
        if report.status == Status::Complete {
            self.outputs.finish(report)?;
            self.progress.say("ended", &summary);
            let clean = report.counts.rejected == 0;
            return Ok(if clean { Outcome::Done } else { Outcome::Rejected });
        }
        if result.as_ref().is_err_and(super::is_closed_pipe) {
            return Ok(Outcome::Done);
        }
        let kept = match self.outputs.keep_partial(report) {
            Ok(Some(path)) => format!("what was done is kept in {}", path.display()),
            Ok(None) => "no output file is left".to_owned(),
            Err(error) => format!("what was done could not be kept: {error}"),
        };
        self.progress.say("ended", &format!("stopped after {summary}; {kept}"));
        result?;
        Ok(Outcome::Interrupted)
    }
}

/// Tells which layers a format shows.
fn layers(format: Format) -> Layers {
    match format {
        Format::Csv => Layers::Triples,
        Format::Jsonl => Layers::All,
    }
}

/// Returns the settings in effect: the defaults or those of the run that is gone on with, then the file, then what was
/// typed.
fn config(params: &ParamArgs, mut config: Config) -> anyhow::Result<Config> {
    if let Some(path) = &params.config {
        config = std::fs::read_to_string(path)
            .map_err(anyhow::Error::from)
            .and_then(|text| Ok(config.over(&text)?))
            .with_context(|| path.display().to_string())?;
    }
    params.apply(&mut config);
    config.validate()?;
    Ok(config)
}
