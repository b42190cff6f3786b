//! Writes what the lexicon tagger finds in documents, by other counts of names than those of the library.
//!
//! `cargo run --release --example known_names -- COUNTS.tsv DOCUMENTS.jsonl > NAMES.jsonl`: for each document its identifier and
//! its names, spans in code points. The library's counts (`examples/name_priors.rs`) are of the training documents, in which
//! they therefore find more than in others; `models/training/names.py` counts in the other folds.

use std::io::{BufWriter, Write};

use cytosift::document::Mention;
use cytosift::readers::{Parsed, open};
use cytosift::tagging::LexiconTagger;
use cytosift::text::Segment;
use cytosift::{Document, Stage};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = std::env::args_os().skip(1);
    let table = files.next().ok_or("COUNTS.tsv is missing")?;
    let tagger = LexiconTagger::with_counts(&std::fs::read_to_string(table)?);
    let mut out = BufWriter::new(std::io::stdout().lock());
    for file in files {
        for record in open(file.as_ref())? {
            let Parsed::Documents(mut documents) = record?.parse()? else { continue };
            documents.iter_mut().for_each(Document::clear_layers);
            Segment.apply(&mut documents)?;
            tagger.apply(&mut documents)?;
            for document in &documents {
                let names: Vec<Value> =
                    document.mentions.iter().map(|name| describe(document, name)).collect();
                writeln!(out, "{}", json!({ "id": document.id, "names": names }))?;
            }
        }
    }
    Ok(out.flush()?)
}

fn describe(document: &Document, name: &Mention) -> Value {
    let place = |byte: u32| document.text()[..byte as usize].chars().count();
    let (start, end) = (place(name.span.start), place(name.span.end));
    json!({ "start": start, "end": end, "text": document.slice(name.span), "type": name.kind.as_str() })
}
