//! `cytosift benchmark`: runs engines on a list of corpora and writes the table of results where readers look for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::ValueEnum;
use serde::Deserialize;

use super::Outcome;
use super::args::BenchmarkArgs;
use super::engines::EngineArg;
use super::evaluate::Job;
use crate::Error;
use crate::evaluate::report::{self, Entry};
use crate::evaluate::results::{Errors, Resampling, Results, Run};
use crate::writers::Output;

/// Lines of a Markdown file between which the table stands.
const MARKS: (&str, &str) = ("<!-- benchmark:begin -->", "<!-- benchmark:end -->");

/// A list of corpora and what to run on each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    /// Bootstrap samples for the intervals.
    samples: usize,
    /// Rounds of the paired tests.
    rounds: usize,
    /// Seed of both.
    seed: u64,
    /// Timed passes of each engine.
    passes: usize,
    /// Threads of the timed passes; 0 for one a core.
    threads: usize,
    /// The corpora.
    run: Vec<Entrant>,
}

/// A corpus of a suite.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entrant {
    corpus: String,
    #[serde(default)]
    split: String,
    /// File or folder, seen from the folder of the corpora.
    gold: PathBuf,
    /// Part of the documents, as `evaluate --fold` takes it.
    fold: Option<String>,
    /// Label map: one of the program's, or a file seen from the folder of the suite.
    map: Option<PathBuf>,
    #[serde(default)]
    engines: Vec<String>,
    /// Tagging heads of the model, scored by their own types.
    #[serde(default)]
    heads: Vec<String>,
    /// Other systems: name and file, seen from the folder of the corpora.
    #[serde(default)]
    predictions: BTreeMap<String, PathBuf>,
    #[serde(default)]
    gold_mentions: bool,
    #[serde(default)]
    gold_concepts: bool,
}

/// Runs the suite, prints the table, and writes it where it was asked for.
pub(super) fn benchmark(args: &BenchmarkArgs) -> anyhow::Result<Outcome> {
    let suite = read_suite(&args.suite)?;
    if !args.corpora.is_dir() {
        bail!("{}: no such folder of corpora", args.corpora.display());
    }
    // A file that lacks the marks should not be found out after an hour.
    args.write_readme.iter().try_for_each(|path| split_at_marks(path).map(drop))?;
    let mut entries = Vec::with_capacity(suite.run.len());
    for entrant in &suite.run {
        eprintln!("{}", format!("{} {}", entrant.corpus, entrant.split).trim());
        let entry = run(entrant, &suite, args);
        match &entry {
            Entry::Done(_) => {}
            Entry::Skipped { missing, .. } => eprintln!("  skipped: {} is not there", missing.display()),
            Entry::Failed { message, .. } => eprintln!("  failed: {message}"),
        }
        entries.push(entry);
    }
    if entries.iter().all(|entry| matches!(entry, Entry::Skipped { .. })) {
        bail!("{}: none of the suite's corpora is there; nothing is written", args.corpora.display());
    }
    if let Some(folder) = &args.report {
        write_reports(&entries, folder)?;
    }
    let section = section(&entries, &args.suite);
    for path in &args.write_readme {
        let (before, after) = split_at_marks(path)?;
        Output::create(path, format!("{before}\n{section}{after}").as_bytes())?.finish()?;
    }
    let printed = super::print(report::summary(&entries).to_text().as_bytes())?;
    let failed = entries.iter().any(|entry| matches!(entry, Entry::Failed { .. }));
    Ok(if failed { Outcome::Rejected } else { printed })
}

fn read_suite(path: &Path) -> anyhow::Result<Suite> {
    let text = fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
    let suite: Suite = toml::from_str(&text).map_err(|e| {
        let line = 1 + text[..e.span().map_or(0, |s| s.start)].matches('\n').count();
        Error::Line { path: path.to_path_buf(), line, message: e.message().to_owned() }
    })?;
    for entrant in &suite.run {
        let name = format!("{}: {} {}", path.display(), entrant.corpus, entrant.split);
        engines(entrant).with_context(|| name.clone())?;
        fold(entrant).with_context(|| name)?;
    }
    Ok(suite)
}

fn engines(entrant: &Entrant) -> anyhow::Result<Vec<EngineArg>> {
    let engine =
        |name: &String| EngineArg::from_str(name, false).map_err(|_| anyhow!("no engine named {name:?}"));
    entrant.engines.iter().map(engine).collect()
}

fn fold(entrant: &Entrant) -> anyhow::Result<Option<super::evaluate::Fold>> {
    entrant
        .fold
        .as_deref()
        .map(|text| text.parse().map_err(|e: String| anyhow!("fold {text:?}: {e}")))
        .transpose()
}

/// Runs the engines on one corpus; what goes wrong there is told and does not stop the others.
fn run(entrant: &Entrant, suite: &Suite, args: &BenchmarkArgs) -> Entry {
    let (corpus, split) = (entrant.corpus.clone(), entrant.split.clone());
    let inside = |path: &PathBuf| args.corpora.join(path);
    let needed = std::iter::once(&entrant.gold).chain(entrant.predictions.values());
    if let Some(missing) = needed.map(inside).find(|path| !path.exists()) {
        return Entry::Skipped { corpus, split, missing };
    }
    match evaluate(entrant, suite, args) {
        Ok(results) => Entry::Done(Box::new(results)),
        Err(error) => Entry::Failed { corpus, split, message: format!("{error:#}") },
    }
}

fn evaluate(entrant: &Entrant, suite: &Suite, args: &BenchmarkArgs) -> anyhow::Result<Results> {
    let beside = args.suite.parent().unwrap_or(Path::new(""));
    let map =
        entrant.map.as_ref().map(|map| Some(beside.join(map)).filter(|p| p.exists()).unwrap_or(map.clone()));
    let inside = |(name, path): (&String, &PathBuf)| (name.clone(), args.corpora.join(path));
    let job = Job {
        corpus: entrant.corpus.clone(),
        split: entrant.split.clone(),
        gold: args.corpora.join(&entrant.gold),
        fold: fold(entrant)?,
        map,
        predictions: entrant.predictions.iter().map(inside).collect(),
        engines: engines(entrant)?,
        heads: entrant.heads.clone(),
        gold_mentions: entrant.gold_mentions,
        gold_concepts: entrant.gold_concepts,
        resampling: Resampling {
            bootstrap_samples: suite.samples,
            randomisation_rounds: suite.rounds,
            seed: suite.seed,
        },
        passes: suite.passes,
        threads: suite.threads,
        ..Job::default()
    };
    Ok(job.run()?.results)
}

/// Writes the report of each corpus into a folder of its own, and all figures into `benchmark.json`.
fn write_reports(entries: &[Entry], folder: &Path) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for entry in entries {
        let Entry::Done(results) = entry else { continue };
        report::write(results, &folder.join(folder_name(&results.run)))?;
        let mut figures = Results::clone(results);
        // The sentences stand in the corpus's own report.
        figures.systems.iter_mut().for_each(|system| system.errors = Errors::default());
        all.push(figures);
    }
    let mut json = serde_json::to_vec_pretty(&all)?;
    json.push(b'\n');
    Ok(Output::create(&folder.join("benchmark.json"), &json)?.finish()?)
}

fn folder_name(run: &Run) -> String {
    let name = format!("{} {}", run.corpus, run.split).to_lowercase();
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// Writes the section that stands between the marks: the table, and how its figures came about.
fn section(entries: &[Entry], suite: &Path) -> String {
    let table = report::summary(entries);
    let mut text = format!("\n{}\n{}", table.to_markdown(), table.note);
    let mut runs = entries.iter().filter_map(|entry| match entry {
        Entry::Done(results) => Some(results),
        _ => None,
    });
    if let Some(results) = runs.next() {
        let threads = results.systems.iter().find_map(|s| s.cost).map(|c| format!("{} threads, ", c.threads));
        text.push_str(&format!(
            " Written by `cytosift benchmark {}`: {}, {}{}, {}.\n",
            suite.display(),
            report::program(&results.run),
            threads.unwrap_or_default(),
            report::machine(&results.run),
            results.run.date.get(..10).unwrap_or_default()
        ));
    }
    text.push('\n');
    text
}

/// Splits a Markdown file after the first mark and before the second.
fn split_at_marks(path: &Path) -> anyhow::Result<(String, String)> {
    let text = fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
    let (begin, end) = MARKS;
    match (text.find(begin), text.find(end)) {
        (Some(from), Some(to)) if from < to => {
            Ok((text[..from + begin.len()].to_owned(), text[to..].to_owned()))
        }
        _ => bail!(
            "{}: no lines {begin} and {end}, in this order, between which the table goes",
            path.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suite_of_the_public_corpora_is_well_formed() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/suite.toml");
        assert!(read_suite(&path).unwrap().run.len() > 5);
    }

    #[test]
    fn a_malformed_suite_names_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(
            file.path(),
            "samples = 1\nrounds = 1\nseed = 1\npasses = 0\nthreads = 1\n[[run]]\ncorpsu = 'x'\n",
        )
        .unwrap();
        let said = read_suite(file.path()).unwrap_err().to_string();
        assert!(said.contains(", line 7: ") && said.contains("corpsu"), "{said}");
    }

    #[test]
    fn names_of_folders_hold_only_letters_and_digits() {
        let run = Run { corpus: "../BC5CDR (NER)".into(), split: "devel".into(), ..Run::default() };
        assert_eq!(folder_name(&run), "bc5cdr-ner-devel");
    }
}
