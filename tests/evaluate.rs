//! `cytosift evaluate`: the same figures as the reference scorer, and clear errors.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evaluate").join(name)
}

fn cytosift(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_cytosift")).args(arguments).output().expect("run cytosift")
}

fn evaluate(gold: &Path, predictions: &Path) -> Value {
    let (gold, predictions) = (gold.to_str().unwrap(), predictions.to_str().unwrap());
    let output = cytosift(&["evaluate", "--gold", gold, "--predictions", predictions, "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a JSON object")
}

/// Asserts that every figure of the reference stands in ours with the same value.
fn assert_holds(ours: &Value, reference: &Value, path: &str) {
    match reference {
        Value::Object(fields) => {
            fields.iter().for_each(|(k, v)| assert_holds(&ours[k], v, &format!("{path}.{k}")));
        }
        // Python prints 0.0 where JSON of ours may hold 0.
        _ => assert_eq!(ours.as_f64(), reference.as_f64(), "{path}"),
    }
}

#[test]
fn figures_equal_those_that_the_reference_scorer_gave() {
    let reference = std::fs::read(fixture("score_py.json")).unwrap();
    let reference: Value = serde_json::from_slice(&reference).unwrap();
    let ours = evaluate(&fixture("gold.jsonl"), &fixture("predicted.jsonl"));
    assert_holds(&ours, &reference, "scores");
}

#[test]
fn figures_equal_those_of_the_reference_scorer_on_the_shared_corpus() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let (gold, scorer) = (shared.join("corpus/train.jsonl"), shared.join("tools/score.py"));
    if !gold.exists() || !scorer.exists() {
        println!("skipped: ../shared is not there");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let predicted = folder.path().join("predicted.jsonl");
    let (gold_name, predicted_name) = (gold.to_str().unwrap(), predicted.to_str().unwrap());
    // The scores are compared, not the engines: the quick one serves.
    let rules = ["--engine", "rules"];
    let run =
        cytosift(&[&["extract", gold_name, "--format", "jsonl", "-o", predicted_name], &rules[..]].concat());
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let python = Command::new("python3").arg(&scorer).args([gold_name, predicted_name, "--json"]).output();
    let Ok(python) = python else {
        println!("skipped: python3 is not there");
        return;
    };
    let reference: Value = serde_json::from_slice(&python.stdout).expect("score.py's JSON");
    assert_holds(&evaluate(&gold, &predicted), &reference, "scores");
    let own = cytosift(&[&["evaluate", "--gold", gold_name, "--json"], &rules[..]].concat());
    assert_holds(&serde_json::from_slice(&own.stdout).expect("a JSON object"), &reference, "scores");
}

#[test]
fn inputs_that_do_not_fit_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: &str, body: &str| {
        format!(
            "{{\"id\":\"{id}\",\"title\":\"\",\"abstract\":\"{body}\",\"mentions\":[],\"relations\":[]}}\n"
        )
    };
    let gold = std::fs::read_to_string(fixture("gold.jsonl")).unwrap();
    for (name, content, message) in [
        ("duplicate.jsonl", gold.clone() + &gold, "line 4: document g1 came before"),
        ("other_ids.jsonl", line("x", "Text."), "none of its documents has the id of a gold document"),
        ("other_text.jsonl", line("g1", "Text."), "has another text than the gold document"),
        ("empty.jsonl", String::new(), "empty.jsonl"),
        ("broken.jsonl", "{\"id\":\n".into(), "line 1"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let (gold, path) = (fixture("gold.jsonl"), path.to_str().unwrap());
        let output = cytosift(&["evaluate", "--gold", gold.to_str().unwrap(), "--predictions", path]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(message) && said.contains(name), "{name}: {said}");
    }
}
