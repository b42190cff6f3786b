//! Names of inputs and outputs: what a run reads, writes and never mixes up.

use std::fs;
use std::io::Read;

use tempfile::TempDir;

use super::{lines, names, run};

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn an_input_is_never_written_over() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.jsonl");
    fs::write(&file, lines(3)).unwrap();
    for output in [&["-o", "a.jsonl"][..], &["-o", "./a.jsonl"], &["-o", "b.csv", "--report", "a.jsonl"]] {
        let ran = run(folder.path(), &[&["extract", "a.jsonl"], output].concat());
        assert_eq!(ran.code, Some(1), "{output:?}");
        assert!(ran.stderr.contains("a.jsonl: an input, which"), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(&file).unwrap(), lines(3));
    }
}

#[test]
fn a_folder_is_read_without_what_an_earlier_run_left_in_it() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(3) + "{}\n").unwrap();
    let written = || {
        let ran = run(folder.path(), &["extract", ".", "-o", "out.jsonl"]);
        assert_eq!(ran.code, Some(3), "{}", ran.stderr);
        fs::read(folder.path().join("out.jsonl")).unwrap()
    };
    assert_eq!(written(), written());
    assert_eq!(names(folder.path()), ["a.jsonl", "out.jsonl", "out.rejected.jsonl", "out.report.json"]);
    fs::remove_file(folder.path().join("out.jsonl")).unwrap();
    let args = ["extract", ".", "--out-dir", ".", "--resume"];
    let first = run(folder.path(), &args);
    let listed = names(folder.path());
    assert_eq!((run(folder.path(), &args).code, names(folder.path())), (first.code, listed));
}

#[test]
fn a_file_named_twice_is_read_once() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(3)).unwrap();
    let once = run(folder.path(), &["extract", "a.jsonl", "--format", "jsonl"]);
    let twice = run(folder.path(), &["extract", "a.jsonl", "./a.jsonl", ".", "--format", "jsonl"]);
    assert_eq!((once.code, once.stdout), (Some(0), twice.stdout));
}

#[test]
fn the_name_of_the_output_says_format_and_compression() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(40)).unwrap();
    for ending in ["csv", "jsonl"] {
        let (plain, packed) = (format!("plain.{ending}"), format!("packed.{ending}.gz"));
        for output in [&plain, &packed] {
            assert_eq!(run(folder.path(), &["extract", "a.jsonl", "-o", output]).code, Some(0));
        }
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(unpacked(&read(&packed)).into_bytes(), read(&plain));
    }
    let beside = ["a.jsonl", "packed.csv.gz", "packed.jsonl.gz", "packed.report.json"];
    assert_eq!(names(folder.path())[..4], beside);
    let stdout = run(folder.path(), &["extract", "a.jsonl", "-o", "-"]).stdout;
    assert_eq!(stdout.into_bytes(), fs::read(folder.path().join("plain.csv")).unwrap());
    assert!(!folder.path().join("-").exists());
}

#[test]
fn a_run_is_gone_on_with_in_its_own_settings() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(3)).unwrap();
    let first = ["extract", "a.jsonl", "--out-dir", "run", "--focus", "all", "--format", "jsonl"];
    assert_eq!(run(folder.path(), &first).code, Some(0));
    fs::write(folder.path().join("b.jsonl"), lines(2)).unwrap();
    let resumed = run(folder.path(), &["extract", "b.jsonl", "--out-dir", "run", "--resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert!(folder.path().join("run/b.jsonl").exists());
    let other = run(folder.path(), &["extract", "--out-dir", "run", "--resume", "--focus", "cytokine"]);
    assert_eq!(other.code, Some(1));
    assert!(other.stderr.contains("run.focus is \"cytokine\", was \"all\""), "{}", other.stderr);
}

#[test]
fn a_table_of_results_is_not_emptied_by_a_mistyped_folder() {
    let folder = TempDir::new().unwrap();
    let suite =
        "samples = 1\nrounds = 1\n[[run]]\ncorpus = 'X'\nsplit = ''\ngold = 'x.jsonl'\nengines = ['rules']\n";
    let readme = "<!-- benchmark:begin -->\nfigures\n<!-- benchmark:end -->\n";
    fs::write(folder.path().join("suite.toml"), suite).unwrap();
    fs::write(folder.path().join("README.md"), readme).unwrap();
    for corpora in ["nothing", "."] {
        let args = ["benchmark", "suite.toml", "--corpora", corpora, "--write-readme", "README.md"];
        let ran = run(folder.path(), &args);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(folder.path().join("README.md")).unwrap(), readme);
    }
}
