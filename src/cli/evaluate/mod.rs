//! `cytosift evaluate`: gold documents against engines of ours and files of any system's predictions.

mod cost;
mod heads;
mod job;
mod machine;

use std::path::{Path, PathBuf};

pub(super) use cost::serve as engine_cost;
pub(super) use job::{Fold, Job};

use super::Outcome;
use super::args::EvaluateArgs;
use super::engines::EngineArg;
use crate::evaluate::report;
use crate::evaluate::results::Resampling;

/// Runs the job that was asked for, and prints the tables or the JSON.
pub(super) fn evaluate(args: &EvaluateArgs) -> anyhow::Result<Outcome> {
    let evaluation = job(args).run()?;
    let results = &evaluation.results;
    results.notes.iter().for_each(|note| eprintln!("note: {note}"));
    for l in &results.run.left_out {
        eprintln!("note: the map leaves out {} {} {:?} of {}", l.count, l.layer.as_str(), l.label, l.side);
    }
    if let Some(folder) = &args.report {
        report::write(results, folder)?;
    }
    let mut out = Vec::new();
    if args.json {
        match evaluation.scores.as_slice() {
            [(_, one)] => serde_json::to_writer(&mut out, one)?,
            several => {
                let named =
                    |(name, scores): &(String, _)| serde_json::json!({ "name": name, "scores": scores });
                serde_json::to_writer(&mut out, &several.iter().map(named).collect::<Vec<_>>())?;
            }
        }
        out.push(b'\n');
    } else {
        for section in report::sections(results) {
            out.extend(format!("\n{}\n", section.title).bytes());
            for table in section.tables {
                out.extend(format!("\n{}", table.to_text()).bytes());
            }
        }
    }
    super::print(&out)
}

fn job(args: &EvaluateArgs) -> Job {
    let nothing_named = args.predictions.is_empty() && args.engine.is_empty() && args.head.is_empty();
    let engines = if nothing_named { vec![EngineArg::best()] } else { args.engine.clone() };
    Job {
        gold: args.gold.clone(),
        fold: args.fold,
        map: args.map.clone(),
        predictions: args.predictions.iter().map(|given| named(given)).collect(),
        engines,
        heads: args.head.clone(),
        model: args.model.clone(),
        gold_mentions: args.gold_mentions,
        gold_concepts: args.gold_concepts,
        focus: args.focus(),
        resampling: Resampling {
            bootstrap_samples: args.samples,
            randomisation_rounds: args.rounds,
            seed: args.seed,
        },
        passes: args.passes,
        threads: args.threads,
        ..Job::default()
    }
}

/// Splits `NAME=PATH`; a path may hold `=`, too, and names itself without a name.
fn named(given: &str) -> (String, PathBuf) {
    match given.split_once('=') {
        Some((name, path)) if !Path::new(given).exists() => (name.to_owned(), path.into()),
        _ => (given.to_owned(), given.into()),
    }
}
