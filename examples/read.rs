//! Reads files of any known format and prints each document as read, one JSON object a line.
//!
//! `cargo run --example read -- INPUT...`; records that cannot be read go to standard error.

use std::io::Write;
use std::path::PathBuf;

use cytosift::Document;
use cytosift::readers::{Parsed, expand, open};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for path in expand(&paths)?.files {
        let records = match open(&path) {
            Ok(records) => records,
            Err(error) => {
                eprintln!("{error}");
                continue;
            }
        };
        let format = records.format().as_str();
        for record in records {
            match record.and_then(|r| r.parse()) {
                Ok(Parsed::Documents(documents)) => {
                    for document in documents {
                        serde_json::to_writer(&mut out, &line(&document, format))?;
                        out.write_all(b"\n")?;
                    }
                }
                Ok(Parsed::Deleted(ids)) => {
                    eprintln!("{}: {} citations withdrawn", path.display(), ids.len())
                }
                Err(error) => eprintln!("{error}"),
            }
        }
    }
    Ok(out.flush()?)
}

fn line(document: &Document, format: &str) -> serde_json::Value {
    let metadata = &document.metadata;
    let sections = document.sections.iter().map(|s| (&s.label, document.slice(s.span)));
    serde_json::json!({
        "id": document.id, "format": format, "pmid": metadata.pmid, "version": metadata.version,
        "pmcid": metadata.pmcid, "doi": metadata.doi, "journal": metadata.journal, "year": metadata.year,
        "keywords": metadata.keywords, "title": document.title(), "abstract": document.body(),
        "sections": sections.collect::<Vec<_>>(),
    })
}
