//! Extract: files to triples, and what the run did to the report.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::Context;

use super::args::{ExtractArgs, ParamArgs};
use super::progress::Progress;
use super::sink::Sink;
use super::{Outcome, interrupt};
use crate::readers::{self, Record};
use crate::writers::Format;
use crate::{Config, Pipeline};

/// Runs the command.
pub(super) fn extract(args: ExtractArgs) -> anyhow::Result<Outcome> {
    let config = config(&args.params)?;
    if args.params.print_config {
        return super::print(config.to_toml().as_bytes());
    }
    let start = Instant::now();
    let stop = interrupt::install().context("cannot catch Ctrl-C")?;
    let path = args.output.output.as_deref();
    let format =
        args.output.format.map(Format::from).or_else(|| Format::of_path(path?)).unwrap_or(Format::Csv);
    let pipeline = match args.params.gold_mentions {
        true => Pipeline::relations_only(config.run.focus)?,
        false => Pipeline::new(config.run.engine, config.run.focus)?,
    };
    let progress = Progress::new(None, path.is_none() && std::io::stdout().is_terminal());
    let mut sink = Sink::new(path, format, &progress)?;
    let render = |document: &crate::Document, out: &mut Vec<u8>| format.render(document, out);
    let result = pipeline
        .run(records(args.inputs), &render, (&config.run, &config.memory), &stop, |batch| sink.take(&batch));
    progress.clear();
    let counts = sink.counts.clone();
    let interrupted = stop.load(Ordering::Relaxed);
    let summary = format!(
        "{} documents, {} triples, {} rejected, {:.1} s",
        counts.documents,
        counts.triples,
        counts.rejected,
        start.elapsed().as_secs_f64()
    );
    if result.is_err() || interrupted {
        let kept = sink.keep_partial()?;
        let kept = kept.map_or_else(|| "nothing".to_owned(), |path| path.display().to_string());
        result.with_context(|| format!("stopped after {summary}; kept: {kept}"))?;
        progress.say(&format!("interrupted after {summary}; kept: {kept}"));
        return Ok(Outcome::Interrupted);
    }
    sink.finish()?;
    progress.say(&summary);
    Ok(if counts.rejected == 0 { Outcome::Done } else { Outcome::Rejected })
}

/// Returns the settings in effect: defaults, then the file, then what was typed.
fn config(params: &ParamArgs) -> anyhow::Result<Config> {
    let text = match &params.config {
        Some(path) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
        None => String::new(),
    };
    let file = params.config.as_ref().map_or_else(String::new, |path| path.display().to_string());
    let mut config = Config::parse(&text).context(file)?;
    params.apply(&mut config);
    config.validate()?;
    Ok(config)
}

/// Returns the records of all files; a file that cannot be opened is an error in its place.
fn records(paths: Vec<PathBuf>) -> impl Iterator<Item = crate::Result<Record>> {
    paths.into_iter().flat_map(|path| {
        let (records, error) = match readers::open(&path) {
            Ok(records) => (Some(records), None),
            Err(error) => (None, Some(Err(error))),
        };
        records.into_iter().flatten().chain(error)
    })
}
