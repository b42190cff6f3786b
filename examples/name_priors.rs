//! Counts how often each name is marked in annotated documents, and writes `data/rules/name_priors.tsv`.
//!
//! `cargo run --release --example name_priors -- ../shared/corpus/train.jsonl ../shared/corpus/train_more.jsonl
//! ../shared/corpus/approvals_train.jsonl > data/rules/name_priors.tsv`

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use cytosift::document::{EntityType, Span};
use cytosift::lexicon::{Lexicon, key};
use cytosift::readers::{Parsed, open};
use cytosift::tagging::prior_key;
use cytosift::{Document, Result};

const HEADER: &str = "\
# Training documents of the corpus in which a name stands, and in which it is mostly of a type.
# Source: training parts of the CytoSift corpus (annotated 2026-11 by language models under docs/schema.md, not yet
# checked by a human curator). Compiled by examples/name_priors.rs. Columns: name, folded (`=` before a short form in
# capitals); documents; types.
";

/// In how many documents a name is mostly of each type, and in how many it stands.
#[derive(Default)]
struct Count {
    documents: u32,
    marked: [u32; 8],
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut documents = Vec::new();
    for path in std::env::args().skip(1) {
        read(path.as_ref(), &mut documents)?;
    }
    let mut names: BTreeSet<String> = BTreeSet::new();
    for document in &documents {
        for mention in &document.mentions {
            names.insert(prior_key(document.slice(mention.span)));
        }
    }
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for document in &documents {
        count(document, &names, &mut counts);
    }
    let mut out = std::io::stdout().lock();
    out.write_all(HEADER.as_bytes())?;
    for (name, count) in counts {
        let types: Vec<String> = EntityType::ALL
            .iter()
            .zip(count.marked)
            .filter(|(_, n)| *n > 0)
            .map(|(kind, n)| format!("{}:{n}", kind.as_str()))
            .collect();
        writeln!(out, "{name}\t{}\t{}", count.documents, types.join(","))?;
    }
    Ok(())
}

fn read(path: &std::path::Path, documents: &mut Vec<Document>) -> Result<()> {
    for record in open(path)? {
        if let Parsed::Documents(found) = record?.parse()? {
            documents.extend(found);
        }
    }
    Ok(())
}

/// Longest name that is counted, in atoms.
const LONGEST: usize = 12;

/// Counts the names of a document: those of the lexicon, and those that are marked anywhere.
fn count(document: &Document, names: &BTreeSet<String>, counts: &mut BTreeMap<String, Count>) {
    let text = document.text();
    let keyed = key::fold(text);
    let lexicon = Lexicon::embedded();
    // Occurrences of a name by type; the ninth are unmarked ones.
    let mut here: BTreeMap<String, [u32; 9]> = BTreeMap::new();
    for first in 0..keyed.atoms.len() {
        let known = lexicon.longest(text, &keyed, first).map(|m| m.atoms);
        for last in first..keyed.atoms.len().min(first + LONGEST) {
            let span = Span::new(keyed.atoms[first].start as usize, keyed.atoms[last].end as usize);
            let name = prior_key(span.slice(text));
            let glued = last + 1 < keyed.atoms.len() && keyed.atoms[last + 1].glued && word(&keyed, last + 1);
            let inside = keyed.atoms[first].glued && first > 0 && word(&keyed, first - 1);
            if glued || inside || known != Some(last + 1 - first) && !names.contains(&name) {
                continue;
            }
            let over = document.mentions.iter().find(|m| m.span.overlaps(span));
            let slot = match over {
                Some(m) if m.span == span => m.kind as usize,
                // Part of a longer name: says nothing of this one.
                Some(m) if m.span.contains(span) => continue,
                _ => 8,
            };
            here.entry(name).or_default()[slot] += 1;
        }
    }
    for (name, slots) in here {
        let count = counts.entry(name).or_default();
        count.documents += 1;
        let most = (0..9).max_by_key(|&i| (slots[i], std::cmp::Reverse(i))).unwrap_or(8);
        if most < 8 {
            count.marked[most] += 1;
        }
    }
}

fn word(keyed: &key::Keyed, atom: usize) -> bool {
    keyed.atom(atom).starts_with(char::is_alphanumeric)
}
