//! Label check: without a map, gold and predictions must speak of the same labels.

use std::collections::BTreeSet;

use super::corpus::Corpus;
use crate::Result;
use crate::document::{EntityType, Predicate};

/// Lists the types of a corpus with their lines.
fn types(corpus: &Corpus) -> impl Iterator<Item = (&str, usize)> {
    let mentions = corpus.documents.iter().flat_map(|d| &d.mentions);
    mentions.flat_map(|m| m.labels.iter().map(|l| (l.as_str(), m.line)))
}

/// Lists the predicates of a corpus with their lines.
fn predicates(corpus: &Corpus) -> impl Iterator<Item = (&str, usize)> {
    let between_mentions = corpus.documents.iter().flat_map(|d| &d.relations).map(|r| (&r.labels, r.line));
    let between_concepts =
        corpus.documents.iter().flat_map(|d| &d.concept_relations).map(|r| (&r.labels, r.line));
    between_mentions
        .chain(between_concepts)
        .flat_map(|(labels, line)| labels.iter().map(move |l| (l.as_str(), line)))
}

/// Checks the labels of gold and of predictions that no map is given for.
///
/// If gold has a type of our schema, all must be of it; otherwise predictions must keep to gold's types.
///
/// # Errors
/// The first label that does not fit, with its line.
pub fn check_labels(gold: &Corpus, predicted: &[&Corpus]) -> Result<()> {
    let ours: BTreeSet<&str> = EntityType::ALL.into_iter().map(EntityType::as_str).collect();
    let known: BTreeSet<&str> = types(gold).map(|(label, _)| label).collect();
    let refuse = |corpus: &Corpus, line: usize, label: &str, what: &str| {
        Err(corpus.error(line, format!("unknown label {label:?}: {what}")))
    };
    if known.is_disjoint(&ours) {
        let what = "gold has no such type; bring the labels together with --map";
        for corpus in predicted {
            let unknown = types(corpus).find(|(label, _)| !known.contains(label));
            match (unknown, types(gold).next()) {
                // An engine or head has no file whose line could be named.
                (Some((theirs, _)), Some((label, line))) if corpus.path.as_os_str().is_empty() => {
                    let what = match ours.contains(theirs) {
                        true => {
                            "no type of the schema (docs/schema.md), as the engine's are; map it with --map"
                        }
                        false => "no type of the head; take another with --head",
                    };
                    return refuse(gold, line, label, what);
                }
                (Some((label, line)), _) => return refuse(corpus, line, label, what),
                (None, _) => {}
            }
        }
        return Ok(());
    }
    for corpus in std::iter::once(&gold).chain(predicted) {
        if let Some((label, line)) = types(corpus).find(|(label, _)| !ours.contains(label)) {
            return refuse(corpus, line, label, "no type of the schema (docs/schema.md); map it with --map");
        }
        if let Some((label, line)) = predicates(corpus).find(|(label, _)| Predicate::parse(label).is_none()) {
            return refuse(
                corpus,
                line,
                label,
                "no predicate of the schema (docs/schema.md); map it with --map",
            );
        }
    }
    Ok(())
}
