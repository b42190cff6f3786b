//! The learned engines through the program, with the tiny random model of tests/fixtures/model.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use cytosift::document::Focus;
use cytosift::pipeline::{Engine, Layers, RunParams};
use cytosift::{Config, Document, Pipeline};

const MODEL: &str = "tests/fixtures/model/int8";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn extract(engine: &str, model: &str, more: &[&str]) -> Output {
    let mut command = Command::cargo_bin("cytosift").unwrap();
    command.current_dir(root()).args(["extract", "data/sample", "--engine", engine]);
    if !model.is_empty() {
        command.args(["--model", model]);
    }
    command.args(more).output().unwrap()
}

fn params(focus: Focus) -> RunParams {
    RunParams { engine: Engine::Learned, model: root().join(MODEL), focus, ..Config::default().run }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn output_is_the_same_at_any_thread_count_and_batch_size() {
    let folder = tempfile::tempdir().unwrap();
    for engine in ["learned", "hybrid"] {
        let mut outputs = Vec::new();
        for (threads, records) in [("1", 1), ("2", 3), ("4", 64)] {
            let config = folder.path().join("config.toml");
            fs::write(&config, format!("[memory]\nbatch_records = {records}\n")).unwrap();
            let more = ["--format", "jsonl", "--threads", threads, "--config", config.to_str().unwrap()];
            let out = extract(engine, MODEL, &more);
            assert!(out.status.success(), "{}", text(&out.stderr));
            outputs.push(text(&out.stdout));
        }
        assert!(outputs[0].contains(r#""source":"model""#), "no mention comes from the model");
        assert!(outputs.iter().all(|output| *output == outputs[0]), "{engine} depends on threads or batches");
    }
}

#[test]
fn triples_are_the_same_for_all_layers() {
    let texts = [
        ("", "IL-6 increased the proliferation of melanoma cells, whereas tocilizumab did not."),
        ("Interferon alfa for hairy cell leukaemia", "The agency approved interferon alfa-2b in 1986."),
        (
            "Two sentences",
            "CXCL8 rose in serum. Tumour growth and metastases of the colon were seen in older mice.",
        ),
        ("No name of a cytokine", "Serum glucose may predict relapse after surgery of the colon."),
    ];
    let run = |layers| {
        let pipeline = Pipeline::open(&params(Focus::Cytokine), layers).unwrap();
        let mut documents: Vec<Document> =
            texts.iter().map(|(title, body)| Document::new("1", title, body)).collect();
        pipeline.apply(&mut documents).unwrap();
        documents.iter_mut().for_each(|document| Focus::Cytokine.retain(document, 0.0));
        let triple = |t: cytosift::Triple<'_>| {
            (t.subject.span, t.object.span, t.relation.predicate, t.relation.confidence.to_bits())
        };
        documents.iter().flat_map(|d| d.triples().map(triple).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let all = run(Layers::All);
    assert!(!all.is_empty());
    assert_eq!(run(Layers::Triples), all);
}

#[test]
fn spans_of_mentions_are_whole_words_of_the_text() {
    let pipeline = Pipeline::open(&params(Focus::All), Layers::All).unwrap();
    let body =
        "Naïve CD4⁺ T‑cells of Kaposi’s sarcoma… 10 µg·kg⁻¹ IFN‑γ\u{00a0}± TNF‑α; 𝛽‑catenin, e\u{301}tude.";
    let mut documents = vec![Document::new("1", "Über α‑Zellen — ½", body)];
    pipeline.apply(&mut documents).unwrap();
    let document = &documents[0];
    assert!(!document.mentions.is_empty());
    for mention in &document.mentions {
        let name = document.text().get(mention.span.start as usize..mention.span.end as usize).unwrap();
        assert!(!name.is_empty() && name.trim() == name, "{name:?}");
        assert!((0.0..=1.0).contains(&mention.confidence));
    }
}

#[test]
fn a_run_that_cannot_have_its_model_says_why_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.csv");
    for (model, expected) in [
        (
            "no/such/folder",
            "model no/such/folder: no such folder; models/README.md says how to get or train one",
        ),
        ("data/sample", "model data/sample: manifest.toml: "),
        ("tests/fixtures/model/hf", "model tests/fixtures/model/hf: manifest.toml: "),
    ] {
        let out = extract("hybrid", model, &["--output", output.to_str().unwrap()]);
        assert_eq!(out.status.code(), Some(1), "{model}");
        assert!(text(&out.stderr).contains(expected), "{}", text(&out.stderr));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{model}");
    }
}

#[test]
fn a_program_without_a_model_inside_says_how_to_get_one() {
    if cytosift::inference::Model::is_embedded() {
        println!("skipped: a model is built in");
        return;
    }
    let out = extract("learned", "", &[]);
    assert_eq!(out.status.code(), Some(1));
    let message = text(&out.stderr);
    assert!(
        message
            .contains("model built in: this program was built without a model; give one with --model FOLDER"),
        "{message}"
    );
}

fn evaluate(gold: &Path, head: &str) -> Output {
    let mut command = Command::cargo_bin("cytosift").unwrap();
    command.current_dir(root()).args(["evaluate", "--model", MODEL, "--head", head, "--json", "--gold"]);
    command.arg(gold).output().unwrap()
}

#[test]
fn a_head_is_scored_by_its_own_types() {
    let out = extract("learned", MODEL, &["--format", "jsonl", "--focus", "all"]);
    let file = tempfile::NamedTempFile::with_suffix(".jsonl").unwrap();
    fs::write(file.path(), &out.stdout).unwrap();
    // The head labels each sentence as the engine does, so against the engine's mentions it is right throughout.
    let scores: serde_json::Value =
        serde_json::from_slice(&evaluate(file.path(), "cytosift").stdout).unwrap();
    let strict = &scores["mentions_strict"];
    assert!(strict["gold"].as_u64().unwrap() > 10, "{strict}");
    assert_eq!(strict["f1"].as_f64(), Some(1.0), "{strict}");
    let other = evaluate(file.path(), "bc2gm");
    assert_eq!(other.status.code(), Some(1));
    assert!(text(&other.stderr).contains(r#"has no "bc2gm", only cytosift"#), "{}", text(&other.stderr));
}
