//! `cytosift benchmark`: a suite over small corpora of ours, one of them missing and one malformed.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const GOLD: &str = r#"{"id": "1", "title": "IL-2 in melanoma", "abstract": "Interleukin-2 shrinks melanoma in mice.",
 "mentions": [{"id": "T1", "start": 0, "end": 4, "text": "IL-2", "type": "cytokine"},
 {"id": "T2", "start": 8, "end": 16, "text": "melanoma", "type": "cancer"},
 {"id": "T3", "start": 17, "end": 30, "text": "Interleukin-2", "type": "cytokine"},
 {"id": "T4", "start": 39, "end": 47, "text": "melanoma", "type": "cancer"}],
 "relations": [{"subject": "T3", "predicate": "treats", "object": "T4", "negated": false, "hedged": false}]}"#;

const SUITE: &str = r#"
samples = 20
rounds = 20
seed = 1
passes = 0
threads = 1
[[run]]
corpus = "Ours"
split = "dev"
gold = "ours.jsonl"
engines = ["rules"]
[[run]]
corpus = "Missing"
gold = "missing.jsonl"
engines = ["rules"]
[[run]]
corpus = "Malformed"
gold = "malformed.jsonl"
engines = ["rules"]
"#;

const README: &str =
    "# Title\n\nbefore\n<!-- benchmark:begin -->\nold table\n<!-- benchmark:end -->\nafter\n";

/// Runs the suite in a folder that holds the corpora.
fn benchmark(folder: &Path, arguments: &[&str]) -> Output {
    fs::write(folder.join("suite.toml"), SUITE).unwrap();
    fs::write(folder.join("ours.jsonl"), GOLD.replace('\n', "") + "\n").unwrap();
    fs::write(folder.join("malformed.jsonl"), "{\"id\": \"1\", \"title\": \n").unwrap();
    Command::new(env!("CARGO_BIN_EXE_cytosift"))
        .args(["benchmark", "suite.toml", "--corpora", "."])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn the_table_goes_between_the_marks_and_nothing_else_changes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("README.md"), README).unwrap();
    let output = benchmark(folder.path(), &["--write-readme", "README.md"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "a corpus that failed gives code 3: {said}");
    assert!(said.contains("skipped: ./missing.jsonl is not there"), "{said}");
    assert!(said.contains("failed: ./malformed.jsonl, "), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let readme = fs::read_to_string(folder.path().join("README.md")).unwrap();
    let (before, rest) = readme.split_once("<!-- benchmark:begin -->\n").unwrap();
    let (table, after) = rest.split_once("<!-- benchmark:end -->").unwrap();
    assert_eq!((before, after), ("# Title\n\nbefore\n", "\nafter\n"));
    for row in ["| Ours dev | rules | 1 | ", "| Missing | skipped | ", "| Malformed | failed | "] {
        assert!(table.contains(row), "{row:?} is not in {table}");
    }
    assert!(table.contains("`cytosift benchmark suite.toml`") && !table.contains("old table"), "{table}");
    let row = printed.lines().find(|line| line.contains("Ours dev")).unwrap();
    assert!(row.contains(" 1.0000 "), "the four plain names are found: {row}");
}

#[test]
fn a_second_run_writes_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    let readme = folder.path().join("README.md");
    fs::write(&readme, README).unwrap();
    let runs = [(); 2].map(|()| {
        benchmark(folder.path(), &["--write-readme", "README.md", "--report", "reports"]);
        let figures = fs::read_to_string(folder.path().join("reports/benchmark.json")).unwrap();
        let dated = |line: &&str| !line.contains("\"date\"");
        (fs::read_to_string(&readme).unwrap(), figures.lines().filter(dated).collect::<String>())
    });
    assert!(runs[0] == runs[1]);
    assert!(folder.path().join("reports/ours-dev/index.html").exists());
}

#[test]
fn a_file_without_marks_is_told_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("README.md"), "no marks\n").unwrap();
    let output = benchmark(folder.path(), &["--write-readme", "README.md"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("README.md: no lines <!-- benchmark:begin -->") && !said.contains("Ours"),
        "{said}"
    );
}
