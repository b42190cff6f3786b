//! Writes what the rule engine sees in each candidate pair, for combining it with a learned model.
//!
//! `cargo run --release --example describe_pairs -- DOCUMENTS.jsonl > PAIRS.jsonl`: for each document its identifier and, for
//! each pair of its mentions, both mentions' first and last bytes, the conditions that hold
//! (`models/training/rules.py` sums their weights), and the predicates that would be negated or hedged.

use std::io::{BufWriter, Write};

use cytosift::document::{Focus, Predicate};
use cytosift::readers::{Parsed, open};
use cytosift::relations::Rules;
use cytosift::text::Segment;
use cytosift::{Document, Stage};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rules = Rules::new(Focus::All)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for file in std::env::args_os().skip(1) {
        for record in open(file.as_ref())? {
            let Parsed::Documents(mut documents) = record?.parse()? else { continue };
            Segment.apply(&mut documents)?;
            for document in &documents {
                writeln!(out, "{}", json!({ "id": document.id, "pairs": pairs(&rules, document) }))?;
            }
        }
    }
    Ok(out.flush()?)
}

fn pairs(rules: &Rules, document: &Document) -> Vec<Value> {
    let describe = |pair: cytosift::relations::Described| {
        let (a, b) = (document.mention(pair.a).span, document.mention(pair.b).span);
        let names = |of: &[Predicate]| of.iter().map(|predicate| predicate.as_str()).collect::<Vec<_>>();
        json!({
            "a": [a.start, a.end], "b": [b.start, b.end], "conditions": pair.conditions,
            "negated": names(&pair.negated), "hedged": names(&pair.hedged),
        })
    };
    rules.describe(document).into_iter().map(describe).collect()
}
