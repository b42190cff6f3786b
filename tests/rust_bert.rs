//! The engine `rust-bert` through the program: the triples of the default runtime, and taggers and classifiers of others.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn extract(engine: &str, model: &Path, more: &[&str]) -> Output {
    let mut command = Command::cargo_bin("cytosift").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args([
        "extract",
        "data/sample",
        "--engine",
        engine,
        "--model",
    ]);
    command.arg(model).args(more).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[cfg(not(feature = "rust-bert"))]
#[test]
fn a_program_without_the_engine_says_how_to_build_it() {
    let out = extract("rust-bert", Path::new("tests/fixtures/checkpoints/bert"), &[]);
    assert_eq!(out.status.code(), Some(1));
    let message = text(&out.stderr);
    assert!(message.contains("built without `rust-bert`"), "{message}");
    assert!(message.contains("cargo install --path . --features rust-bert"), "{message}");
}

#[test]
fn precision_is_a_choice_of_this_engine_alone() {
    let out = extract("hybrid", Path::new("tests/fixtures/model/f32"), &["--precision", "bf16"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("run.precision: only the engine rust-bert"), "{}", text(&out.stderr));
}

#[cfg(feature = "rust-bert")]
mod built {
    use std::collections::BTreeSet;
    use std::fs;

    use serde_json::Value;

    use super::*;

    /// Returns the folder of the tiny model as the trainer writes it.
    fn trained() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/model");
        for file in ["hf/config.json", "hf/model.safetensors", "f32/tokenizer.json"] {
            fs::copy(fixture.join(file), folder.path().join(Path::new(file).file_name().unwrap())).unwrap();
        }
        folder
    }

    fn documents(out: &Output) -> Vec<Value> {
        assert!(out.status.success(), "{}", text(&out.stderr));
        text(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Compares all but the last digits of confidences.
    fn alike(a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| alike(a, b)))
            }
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
            }
            (Value::Number(a), Value::Number(b)) => (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-3,
            (a, b) => a == b,
        }
    }

    #[test]
    fn triples_are_those_of_the_default_runtime() {
        let model = trained();
        for focus in ["cytokine", "all"] {
            let more = ["--format", "jsonl", "--focus", focus];
            let ours = documents(&extract("hybrid", Path::new("tests/fixtures/model/f32"), &more));
            let theirs = documents(&extract("rust-bert", model.path(), &more));
            let relations =
                |all: &[Value]| all.iter().map(|d| d["relations"].as_array().unwrap().len()).sum::<usize>();
            assert!(relations(&ours) > 10, "{focus}: {} relations", relations(&ours));
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.iter().zip(&theirs) {
                assert!(alike(ours, theirs), "{focus}:\n{ours}\n{theirs}");
            }
        }
    }

    #[test]
    fn output_is_the_same_at_any_thread_count_and_batch_size() {
        let model = trained();
        let config = model.path().join("settings.toml");
        for precision in ["f32", "bf16"] {
            let mut outputs = Vec::new();
            for (threads, records) in [("1", 1), ("3", 64)] {
                fs::write(&config, format!("[memory]\nbatch_records = {records}\n")).unwrap();
                let config = config.to_str().unwrap();
                let more =
                    ["--format", "jsonl", "--precision", precision, "--threads", threads, "--config", config];
                let out = extract("rust-bert", model.path(), &more);
                assert!(out.status.success(), "{}", text(&out.stderr));
                outputs.push(text(&out.stdout));
            }
            assert!(outputs[0] == outputs[1], "{precision} depends on threads or batches");
        }
    }

    #[test]
    fn a_checkpoint_marks_its_types_and_the_lexicon_the_others() {
        let found = documents(&extract(
            "rust-bert",
            Path::new("tests/fixtures/checkpoints/bert"),
            &["--format", "jsonl", "--focus", "all"],
        ));
        let mut seen = BTreeSet::new();
        for document in &found {
            for mention in document["mentions"].as_array().unwrap() {
                let (kind, source) = (mention["type"].as_str().unwrap(), mention["source"].as_str().unwrap());
                assert_eq!(source == "model", ["therapy", "disease"].contains(&kind), "{mention}");
                seen.insert(kind.to_owned());
            }
        }
        assert!(seen.len() > 4, "{seen:?}");
        assert!(found.iter().any(|d| !d["relations"].as_array().unwrap().is_empty()), "no relation");
    }

    #[test]
    fn a_classifier_finds_relations_between_the_mentions_of_the_lexicon() {
        let model = Path::new("tests/fixtures/checkpoints/pairs/deberta-v2");
        let found = documents(&extract("rust-bert", model, &["--format", "jsonl", "--focus", "all"]));
        let (mut seen, mut denied) = (BTreeSet::new(), 0);
        for document in &found {
            let mentions = document["mentions"].as_array().unwrap();
            assert!(mentions.iter().all(|mention| mention["source"] != "model"), "{document}");
            for relation in document["relations"].as_array().unwrap() {
                assert_eq!(relation["extractor"], "model", "{relation}");
                assert!((0.4..=1.0).contains(&relation["confidence"].as_f64().unwrap()), "{relation}");
                seen.insert(relation["predicate"].as_str().unwrap().to_owned());
                denied += usize::from(relation["negated"] == true);
            }
        }
        // What its labels.toml names, as far as the weights ever say so; the scopes of the rules find what is denied.
        assert_eq!(seen, BTreeSet::from(["biomarker_of", "promotes"].map(str::to_owned)));
        assert!(denied > 0);
    }

    #[test]
    fn a_run_that_cannot_have_its_model_says_why() {
        for (model, expected) in [
            ("no/such/folder", "model no/such/folder: no such folder"),
            ("data/sample", "model data/sample: config.json: No such file"),
            ("tests/fixtures/model/int8", "no weights: model.safetensors or rust_model.ot is missing"),
            ("tests/fixtures/model/hf", "model tests/fixtures/model/hf: tokenizer.json: No such file"),
        ] {
            let out = extract("rust-bert", Path::new(model), &[]);
            assert_eq!(out.status.code(), Some(1), "{model}");
            assert!(text(&out.stderr).contains(expected), "{}", text(&out.stderr));
        }
    }
}
