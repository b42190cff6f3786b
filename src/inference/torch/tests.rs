//! Tests with the tiny random checkpoints of tests/fixtures/checkpoints: parity with PyTorch, refusals.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tch::Tensor;

use super::labels::{FILE, Labels, Map};
use super::*;
use crate::document::EntityType;
use crate::inference::Marked;
use crate::inference::runtime::log_probabilities;

const FAMILIES: [&str; 6] = ["bert", "electra", "roberta", "xlm-roberta", "deberta", "deberta-v2"];

fn fixture(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints").join(family)
}

fn open(folder: &Path) -> Result<Model, String> {
    Model::open_with_rust_bert(folder, Precision::F32).map_err(|e| e.to_string())
}

/// What PyTorch gave (tests/fixtures/checkpoints/make.py).
#[derive(Deserialize)]
struct Reference {
    text: String,
    ids: Vec<i32>,
    logits: Vec<Vec<f32>>,
}

fn reference(family: &str) -> Vec<Reference> {
    serde_json::from_str(&text(&fixture(family), "reference.json").unwrap()).unwrap()
}

/// Those of the families whose classifiers of texts differ.
const PAIRS: [&str; 4] = ["pairs/bert", "pairs/electra", "pairs/roberta", "pairs/deberta-v2"];

/// What PyTorch gave of a text with a marked pair: start, size and type of subject and object.
#[derive(Deserialize)]
struct Classified {
    sentence: String,
    pair: [(usize, usize, EntityType); 2],
    ids: Vec<i32>,
    logits: Vec<f32>,
}

fn classified(family: &str) -> Vec<(Classified, (Marked, Marked))> {
    let all: Vec<Classified> =
        serde_json::from_str(&text(&fixture(family), "reference.json").unwrap()).unwrap();
    let mention = |(start, size, kind): (usize, usize, EntityType)| Marked { start, end: start + size, kind };
    all.into_iter()
        .map(|of| (mention(of.pair[0]), mention(of.pair[1]), of))
        .map(|(a, b, of)| (of, (a, b)))
        .collect()
}

/// Returns the labels of a checkpoint.
fn labels(family: &str) -> Labels {
    let config: serde_json::Value =
        serde_json::from_str(&text(&fixture(family), "config.json").unwrap()).unwrap();
    let names = config["id2label"].as_object().unwrap();
    let names: Vec<String> =
        (0..names.len()).map(|n| names[&n.to_string()].as_str().unwrap().to_owned()).collect();
    Labels::new(&names, &Map::parse(&text(&fixture(family), FILE).unwrap_or_default()).unwrap()).unwrap()
}

/// Copies a checkpoint into a new folder and changes it there.
fn changed(family: &str, change: impl Fn(&Path)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(fixture(family)).unwrap() {
        let path = file.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    change(folder.path());
    folder
}

fn rewrite(folder: &Path, file: &str, from: &str, to: &str) {
    let old = text(folder, file).unwrap();
    assert!(old.contains(from), "{from} is not there");
    fs::write(folder.join(file), old.replace(from, to)).unwrap();
}

#[test]
fn checkpoints_of_each_family_give_what_pytorch_gives() {
    for family in FAMILIES {
        let model = open(&fixture(family)).unwrap();
        assert!(!model.has_pairs());
        for of in reference(family) {
            let pieces = model.split(&of.text).unwrap();
            let window = model.config.windows(&pieces)[0];
            assert_eq!(model.config.text_row(&pieces, &window).ids, of.ids, "{family}: {}", of.text);
            let flat = log_probabilities(of.logits.concat(), of.ids.len());
            let expected: Vec<f32> = labels(family).fold(&flat);
            let found = model.tag(&[&pieces]).unwrap();
            for (word, scores) in pieces.words.iter().zip(&found[0]) {
                // The first piece of a row is its beginning; what has next to no probability is no matter.
                let expected = &expected[(word.first + 1) * scores.len()..][..scores.len()];
                let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-3 || a.max(*b) < -20.0;
                assert!(scores.iter().zip(expected).all(close), "{family}: {scores:?} {expected:?}");
            }
        }
    }
}

#[test]
fn classifiers_of_each_family_give_what_pytorch_gives() {
    for family in PAIRS {
        let model = open(&fixture(family)).unwrap();
        assert!(!model.has_pairs() && !model.is_tagger());
        let marking = model.marking().unwrap();
        for (of, pair) in classified(family) {
            let (marked, places) = marking.show(&of.sentence, &pair).unwrap();
            let row = model.config.marked_row(&model.split(&marked).unwrap(), &places).unwrap();
            assert_eq!(row.ids, of.ids, "{family}: {marked}");
            let logits = model.runtime.relate(vec![row]).unwrap().remove(0);
            let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-3;
            assert_eq!(logits.len(), of.logits.len());
            assert!(logits.iter().zip(&of.logits).all(close), "{family}: {logits:?} {:?}", of.logits);
            let found = model.classify(&of.sentence, &[pair]).unwrap();
            assert_eq!(found, [Some(marking.fold(logits))]);
        }
    }
}

#[test]
fn pairs_of_a_long_sentence_are_asked_if_a_window_holds_both() {
    let long = "IL-6 in tumor cells, ".repeat(40);
    for family in PAIRS {
        let model = open(&fixture(family)).unwrap();
        let mention = |start, kind| Marked { start, end: start + 4, kind };
        let last = long.rfind("IL-6").unwrap();
        let pairs = [(0, 21), (last - 21, last), (0, last)]
            .map(|(a, b)| (mention(b, EntityType::Gene), mention(a, EntityType::Cytokine)));
        let found: Vec<bool> =
            model.classify(long.trim_end(), &pairs).unwrap().iter().map(Option::is_some).collect();
        assert_eq!(found, [true, true, false], "{family}");
    }
}

#[test]
fn words_of_every_tokenizer_end_at_blanks_and_signs() {
    let sentence = "IL-6 (interleukin 6) in melanoma.";
    for family in FAMILIES {
        let pieces = open(&fixture(family)).unwrap().split(sentence).unwrap();
        let words: Vec<&str> = pieces.words.iter().map(|word| &sentence[word.start..word.end]).collect();
        assert_eq!(words.join("|"), "IL|-|6|(|interleukin|6|)|in|melanoma|.", "{family}");
    }
}

#[test]
fn mentions_are_of_the_types_that_labels_name_or_are_mapped_to() {
    for (family, types) in [
        ("bert", &[EntityType::Therapy, EntityType::Disease][..]),
        ("electra", &[EntityType::Gene, EntityType::Disease]),
        ("roberta", &[EntityType::Cancer]),
    ] {
        let model = open(&fixture(family)).unwrap();
        let marked: Vec<EntityType> = EntityType::ALL.into_iter().filter(|kind| model.marks(*kind)).collect();
        assert_eq!(marked, types, "{family}");
    }
}

#[test]
fn long_sentences_run_in_windows_of_what_the_checkpoint_can_do() {
    let long = "IL-6 in tumor cells, ".repeat(40);
    for family in FAMILIES {
        let model = open(&fixture(family)).unwrap();
        let pieces = model.split(long.trim_end()).unwrap();
        assert!(model.config.windows(&pieces).len() > 3, "{family}");
        assert_eq!(model.tag(&[&pieces]).unwrap()[0].len(), pieces.words.len(), "{family}");
    }
}

#[test]
fn weights_may_be_those_of_rust_bert() {
    let folder = changed("bert", |folder| {
        let tensors = Tensor::read_safetensors(folder.join("model.safetensors")).unwrap();
        Tensor::save_multi(&tensors, folder.join("rust_model.ot")).unwrap();
        fs::remove_file(folder.join("model.safetensors")).unwrap();
    });
    let sentence = "IL-6 in melanoma.";
    let scores = |folder: &Path| {
        let model = open(folder).unwrap();
        let pieces = model.split(sentence).unwrap();
        model.tag(&[&pieces]).unwrap()
    };
    assert_eq!(scores(folder.path()), scores(&fixture("bert")));
}

#[test]
fn bf16_gives_other_scores_of_the_same_size() {
    let both = [Precision::F32, Precision::Bf16].map(|precision| {
        let model = Model::open_with_rust_bert(&fixture("bert"), precision).unwrap();
        let pieces = model.split("IL-6 in melanoma.").unwrap();
        model.tag(&[&pieces]).unwrap().concat().concat()
    });
    assert_ne!(both[0], both[1]);
    let near = |(a, b): (&f32, &f32)| (a - b).abs() < 0.3 || a.max(*b) < -20.0;
    assert!(both[0].iter().zip(&both[1]).all(near), "{both:?}");
}

/// Loads a changed checkpoint and returns why it is refused.
fn refused(family: &str, change: impl Fn(&Path)) -> String {
    let folder = changed(family, change);
    let message = open(folder.path()).unwrap_err();
    assert!(message.starts_with(&format!("model {}: ", folder.path().display())), "{message}");
    message
}

#[test]
fn missing_and_truncated_files_are_named() {
    const WEIGHTS: &str = "model.safetensors";
    for (file, expected) in [
        ("config.json", "config.json: No such file"),
        (WEIGHTS, "no weights: model.safetensors or rust_model.ot"),
        ("tokenizer.json", "no tokenizer: tokenizer.json, vocab.txt"),
        (FILE, "the label \"Chemical\" is none of cytokine"),
    ] {
        let message = refused("bert", |folder| fs::remove_file(folder.join(file)).unwrap());
        assert!(message.contains(expected), "{message}");
    }
    let message = refused("pairs/bert", |folder| fs::remove_file(folder.join(FILE)).unwrap());
    assert!(message.contains("labels.toml is missing: beside a sequence classifier it says"), "{message}");
    let cut = refused("bert", |folder| {
        let whole = fs::read(folder.join(WEIGHTS)).unwrap();
        fs::write(folder.join(WEIGHTS), &whole[..9000]).unwrap();
    });
    assert!(cut.contains("model.safetensors: "), "{cut}");
    assert!(open(Path::new("no/such/folder")).unwrap_err().contains("no such folder"));
    assert!(open(Path::new("")).unwrap_err().contains("give its folder with --model FOLDER"));
}

#[test]
fn what_does_not_fit_together_is_named() {
    let missing =
        "model.safetensors: the tensor \"bert.encoder.layer.2.attention.output.LayerNorm.bias\" is missing";
    let other = "config.json: is of BertForPreTraining; token and sequence classification are read";
    let short = "\"deberta.encoder.rel_embeddings.weight\" is [12, 8], but config.json asks for [16, 8]";
    for (family, file, from, to, expected) in [
        ("bert", "config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", missing),
        ("bert", "config.json", "\"intermediate_size\": 16", "\"intermediate_size\": 24", "asks for [24]"),
        ("bert", "config.json", "BertForTokenClassification", "BertForPreTraining", other),
        (
            "bert",
            "config.json",
            "\"model_type\": \"bert\"",
            "\"model_type\": \"t5\"",
            "model_type \"t5\"; bert, roberta",
        ),
        ("bert", "config.json", "\"gelu\"", "\"sine\"", "config.json: unknown variant `sine`"),
        ("bert", "config.json", "\"4\": \"I-", "\"5\": \"I-", "id2label does not number the labels from 0"),
        (
            "deberta",
            "config.json",
            "\"hidden_act\": \"gelu\"",
            "\"hidden_act\": \"relu\"",
            "DeBERTa only hidden_act gelu",
        ),
        ("deberta-v2", "config.json", "\"position_buckets\": 6", "\"position_buckets\": 8", short),
        (
            "deberta-v2",
            "config.json",
            "\"2\": \"I-receptor\"",
            "\"2\": \"O\", \"3\": \"I-gene\"",
            "\"classifier.weight\" is [3, 8]",
        ),
        ("electra", "vocab.txt", "[SEP]", "[END]", "vocab.txt: [CLS] or [SEP] is missing"),
    ] {
        let message = refused(family, |folder| rewrite(folder, file, from, to));
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn classifiers_that_do_not_fit_their_files_are_refused() {
    let several = "config.json: of sequence classifiers those are read that choose one of two labels or more";
    let (tokens, sequences) = ("ForTokenClassification", "ForSequenceClassification");
    for (family, file, from, to, expected) in [
        (
            "pairs/bert",
            "config.json",
            "\"model_type\"",
            "\"problem_type\": \"multi_label_classification\", \"model_type\"",
            several,
        ),
        ("pairs/electra", "config.json", sequences, tokens, "unknown field `marking`"),
        ("bert", "config.json", tokens, sequences, "unknown field `types`"),
        (
            "pairs/bert",
            "labels.toml",
            "CPR:3",
            "CPR:5",
            "labels.toml: relations: the checkpoint has no label \"CPR:5\", only false, CPR:3",
        ),
        (
            "pairs/bert",
            "config.json",
            "\"4\": \"other\"",
            "\"4\": \"other\", \"5\": \"more\"",
            "\"classifier.bias\" is [5], but config.json asks for [6]",
        ),
        (
            "pairs/deberta-v2",
            "config.json",
            "\"pooler_hidden_act\": \"gelu\"",
            "\"pooler_hidden_act\": \"relu\"",
            "DeBERTa only hidden_act gelu, pooler_hidden_act gelu",
        ),
    ] {
        let message = refused(family, |folder| rewrite(folder, file, from, to));
        assert!(message.contains(expected), "{message}");
    }
}
