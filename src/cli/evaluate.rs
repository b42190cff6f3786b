//! `cytosift evaluate`: gold documents against an engine of ours or a file of predictions.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use rayon::prelude::*;

use super::Outcome;
use super::args::EvaluateArgs;
use crate::document::{Document, Focus};
use crate::evaluate::{Scores, Tally, score};
use crate::pipeline::{Engine, Pipeline};
use crate::readers::{self, Parsed};

/// Reads gold and predictions, scores them, and prints the table or the JSON object.
pub(super) fn evaluate(args: &EvaluateArgs) -> anyhow::Result<Outcome> {
    let gold = load(&args.gold)?;
    ensure!(
        gold.iter().any(|d| !d.mentions.is_empty()),
        "{}: no document has a mention, so there is nothing to score; gold documents need the `mentions` field \
         described in docs/schema.md",
        args.gold.display()
    );
    let predicted = match &args.predictions {
        Some(path) => {
            let predicted = load(path)?;
            check_same_documents(&gold, &predicted, path)?;
            predicted
        }
        None => predict(&gold, args.gold_mentions, args.focus())?,
    };
    let scores = score(&gold, &predicted);
    let mut out = Vec::new();
    if args.json {
        serde_json::to_writer(&mut out, &scores)?;
        out.push(b'\n');
    } else {
        table(&scores, &mut out)?;
    }
    super::print(&out)
}

/// Reads all documents of a file; a bad record is fatal here, as a score over a part would mislead.
fn load(path: &Path) -> anyhow::Result<Vec<Document>> {
    let mut documents: Vec<Document> = Vec::new();
    let mut seen = HashSet::new();
    for record in readers::open(path)? {
        let record = record?;
        let Parsed::Documents(parsed) = record.parse()? else { continue };
        for document in parsed {
            let position = &record.position;
            if !seen.insert(document.id.clone()) {
                bail!("{}", position.error(&document.id, 0, "a document with this id came before"));
            }
            documents.push(document);
        }
    }
    ensure!(!documents.is_empty(), "{}: holds no document", path.display());
    Ok(documents)
}

fn check_same_documents(gold: &[Document], predicted: &[Document], path: &Path) -> anyhow::Result<()> {
    let gold: std::collections::HashMap<&str, &Document> = gold.iter().map(|d| (d.id.as_str(), d)).collect();
    let mut shared = 0;
    for document in predicted {
        let Some(gold) = gold.get(document.id.as_str()) else { continue };
        shared += 1;
        ensure!(
            gold.text() == document.text(),
            "{}: document {} has another text than the gold document of that id, so offsets cannot be compared",
            path.display(),
            document.id
        );
    }
    ensure!(shared > 0, "{}: none of its documents has the id of a gold document", path.display());
    let foreign = predicted.len() - shared;
    if foreign > 0 {
        eprintln!(
            "note: {foreign} documents of {} are not in the gold set and were left out",
            path.display()
        );
    }
    Ok(())
}

/// Runs the rule engine on the gold texts, or on the gold mentions.
fn predict(gold: &[Document], gold_mentions: bool, focus: Focus) -> anyhow::Result<Vec<Document>> {
    let pipeline = match gold_mentions {
        true => Pipeline::relations_only(focus)?,
        false => Pipeline::new(Engine::Rules, focus)?,
    };
    let mut documents = gold.to_vec();
    documents.par_chunks_mut(16).try_for_each(|chunk| pipeline.apply(chunk)).context("running the engine")?;
    Ok(documents)
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
