//! Golden files: texts of ours through the whole program, byte for byte.
//!
//! A change of lexicons or rules shows here as rows; `make golden` writes the new snapshot for review.

// Clippy exempts test functions, not what they call.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::process::Command;

use cytosift::document::Focus;
use cytosift::pipeline::{Engine, Layers};
use cytosift::readers::{Parsed, from_reader};
use cytosift::writers::{COLUMNS, Format};
use cytosift::{Document, Pipeline};
use serde_json::Value;

const INPUTS: [&str; 2] = ["tests/fixtures/golden", "data/sample"];

/// Runs the program on the texts; returns what it writes.
fn extract(args: &[&str]) -> String {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("cytosift"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["extract", "--engine", "rules"])
        .args(INPUTS)
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn read(jsonl: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    for record in from_reader("golden.jsonl", std::io::Cursor::new(jsonl.to_owned())).unwrap() {
        let Parsed::Documents(parsed) = record.unwrap().parse().unwrap() else { panic!("no documents") };
        documents.extend(parsed);
    }
    documents
}

fn render(documents: &[Document]) -> String {
    let mut out = Vec::new();
    documents.iter().for_each(|document| Format::Jsonl.render(document, &mut out));
    String::from_utf8(out).unwrap()
}

#[test]
fn the_triples_of_our_texts() {
    insta::assert_snapshot!("triples", extract(&["--focus", "all"]).replace('\r', ""));
}

#[test]
fn the_sample_holds_what_the_readme_shows() {
    assert!(extract(&[]).contains(",IL-2,approved for,renal cell cancer,"));
}

#[test]
fn bytes_do_not_depend_on_threads_or_batches() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(config.path(), "[memory]\nbatch_records = 1\nwindow = 1\n").unwrap();
    let config = config.path().to_str().unwrap();
    for format in ["csv", "jsonl"] {
        let one = extract(&["--focus", "all", "--format", format, "--threads", "1"]);
        assert!(one.lines().count() > 10, "{one}");
        for threads in ["2", "8"] {
            assert_eq!(extract(&["--focus", "all", "--format", format, "--threads", threads]), one);
        }
        assert_eq!(extract(&["--focus", "all", "--format", format, "--config", config]), one);
    }
}

#[test]
fn the_focus_keeps_rows_and_adds_none() {
    let all = extract(&["--focus", "all"]);
    let focused = extract(&["--focus", "cytokine"]);
    let mut all = all.lines();
    assert!(focused.lines().all(|row| all.any(|other| other == row)));
    assert!(all.next().is_some() || focused.lines().count() > 1);
}

#[test]
fn offsets_find_the_names_in_the_texts() {
    let texts: HashMap<String, Vec<char>> = read(&extract(&["--format", "jsonl", "--focus", "all"]))
        .into_iter()
        .map(|document| (document.id.clone(), document.text().chars().collect()))
        .collect();
    let csv = extract(&["--focus", "all"]);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(rows.headers().unwrap(), COLUMNS.as_slice());
    let column = |name: &str| COLUMNS.iter().position(|column| *column == name).unwrap();
    let mut seen = 0;
    for row in rows.records() {
        let row = row.unwrap();
        for end in ["subject", "object"] {
            let at = |part: &str| row[column(&format!("{end}_{part}"))].to_owned();
            let (start, stop): (usize, usize) = (at("start").parse().unwrap(), at("end").parse().unwrap());
            let found: String = texts[&row[column("document")]][start..stop].iter().collect();
            assert_eq!(found, at("text"));
        }
        seen += 1;
    }
    assert!(seen > 10, "{seen} rows");
}

#[test]
fn our_lines_survive_being_read_and_written() {
    let mut documents = read(&extract(&["--format", "jsonl", "--focus", "all"]));
    let first = render(&documents);
    assert!(first.contains("\"qualifiers\"") && first.contains("\"concepts\""));
    let again = read(&first);
    assert_eq!(render(&again), first);
    // What was read is what had been written, but for who found it and the layers that are made anew.
    Pipeline::new(Engine::Rules, Focus::All, Layers::All).unwrap().apply(&mut documents).unwrap();
    let plain = |jsonl: &str| -> Vec<Value> {
        jsonl.lines().map(|line| without_sources(serde_json::from_str(line).unwrap())).collect()
    };
    let made = render(&documents);
    assert_eq!(plain(&render(&read(&made))), plain(&made));
}

fn without_sources(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for name in ["source", "extractor", "abbreviations"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(|field| *field = without_sources(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_sources(item.take())),
        _ => {}
    }
    value
}
