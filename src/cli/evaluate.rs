//! `cytosift evaluate`: gold documents against engines of ours and files of any system's predictions.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, ensure};
use rayon::prelude::*;

use super::Outcome;
use super::args::EvaluateArgs;
use crate::document::{Document, Focus};
use crate::evaluate::{Corpus, LabelledDocument, Scheme, Scores, Tally, load, score};
use crate::pipeline::{Engine, Layers, Pipeline};

/// A system under evaluation: its name and what it predicts.
struct System {
    name: String,
    predicted: Corpus,
}

/// Reads gold and predictions, scores them, and prints the tables or the JSON.
pub(super) fn evaluate(args: &EvaluateArgs) -> anyhow::Result<Outcome> {
    let gold = load(&args.gold)?;
    ensure!(
        gold.documents.iter().any(|d| !d.mentions.is_empty()),
        "{}: no document has a mention, so there is nothing to score",
        args.gold.display()
    );
    tell(&gold);
    let systems = systems(args, &gold)?;
    let scheme = Scheme::of(&gold);
    let mut out = Vec::new();
    let scores: Vec<Scores> = systems.iter().map(|s| score(&gold, &s.predicted, &scheme)).collect();
    if args.json {
        match scores.as_slice() {
            [one] => serde_json::to_writer(&mut out, one)?,
            several => {
                serde_json::to_writer(&mut out, &several.iter().zip(&systems).map(named).collect::<Vec<_>>())?
            }
        }
        out.push(b'\n');
    } else {
        for (scores, system) in scores.iter().zip(&systems) {
            if systems.len() > 1 {
                writeln!(out, "== {}", system.name)?;
            }
            table(scores, &mut out)?;
        }
    }
    super::print(&out)
}

fn named((scores, system): (&Scores, &System)) -> serde_json::Value {
    serde_json::json!({ "name": system.name, "scores": scores })
}

/// Says what the reader of a corpus found odd.
fn tell(corpus: &Corpus) {
    const SHOWN: usize = 5;
    for m in corpus.mismatches.iter().take(SHOWN) {
        let (path, expected, found) = (m.path.display(), &m.expected, &m.found);
        eprintln!(
            "note: {path}, line {}, document {}: the text at the offsets is {found:?}, not {expected:?}",
            m.line, m.document
        );
    }
    match corpus.mismatches.len() {
        0 => {}
        count => eprintln!(
            "note: {}: {count} mentions have another text than stands at their offsets; they stay at their offsets",
            corpus.path.display()
        ),
    }
    corpus.notes.iter().for_each(|note| eprintln!("note: {note}"));
}

/// Reads the predictions and runs the engines that were asked for; the rule engine if nothing was.
fn systems(args: &EvaluateArgs, gold: &Corpus) -> anyhow::Result<Vec<System>> {
    let mut systems = Vec::new();
    let default = args.predictions.is_empty() && args.engine.is_empty();
    if default || !args.engine.is_empty() {
        let predicted = predict(gold, args.gold_mentions, args.focus())?;
        systems.push(System { name: "rules".into(), predicted });
    }
    for given in &args.predictions {
        // A path may hold `=`, too.
        let (name, path) = match given.split_once('=') {
            Some((name, path)) if !Path::new(given).exists() => (name.to_owned(), path),
            _ => (given.clone(), given.as_str()),
        };
        let predicted = load(Path::new(path))?;
        let foreign = predicted.check_against(gold)?;
        if foreign > 0 {
            eprintln!("note: {foreign} documents of {path} are not in the gold set and were left out");
        }
        tell(&predicted);
        systems.push(System { name, predicted });
    }
    Ok(systems)
}

/// Runs the rule engine on the gold texts, or on the gold mentions.
fn predict(gold: &Corpus, gold_mentions: bool, focus: Focus) -> anyhow::Result<Corpus> {
    let pipeline = match gold_mentions {
        true => Pipeline::relations_only(focus)?,
        false => Pipeline::new(Engine::Rules, focus, Layers::All)?,
    };
    let mut documents = Vec::with_capacity(gold.documents.len());
    for document in &gold.documents {
        documents.push(match gold_mentions {
            true => document.document().map_err(|(line, message)| gold.error(line, message))?,
            false => LabelledDocument::bare(document),
        });
    }
    let run = |chunk: &mut [Document]| pipeline.apply(chunk);
    documents.par_chunks_mut(16).try_for_each(run).context("running the engine")?;
    Ok(Corpus::of(&documents))
}

/// Writes the measures as a table for people.
fn table(scores: &Scores, out: &mut Vec<u8>) -> std::io::Result<()> {
    let row = |out: &mut Vec<u8>, name: &str, t: &Tally| {
        let (p, r, f1) = (t.precision(), t.recall(), t.f1());
        writeln!(
            out,
            "{name:22} P {p:.4}  R {r:.4}  F1 {f1:.4}  gold {:6}  predicted {:6}",
            t.gold, t.predicted
        )
    };
    writeln!(out, "documents {}, without a prediction {}", scores.documents, scores.missing_documents)?;
    row(out, "mentions, strict", &scores.mentions_strict)?;
    row(out, "mentions, overlap", &scores.mentions_overlap)?;
    for (kind, tally) in &scores.mentions_by_type {
        row(out, &format!("  {kind}"), tally)?;
    }
    row(out, "relations", &scores.relations)?;
    row(out, "relations, any label", &scores.relations_pair)?;
    for (predicate, tally) in &scores.relations_by_predicate {
        row(out, &format!("  {predicate}"), tally)?;
    }
    row(out, "negated", &scores.negated)?;
    row(out, "hedged", &scores.hedged)?;
    writeln!(out, "{:22} {:.4} of the matched relations", "both flags right", scores.flags_right)
}
