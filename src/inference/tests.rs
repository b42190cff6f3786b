//! Tests with the tiny random model of tests/fixtures/model: parity with PyTorch, independence of batches, refusals.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::*;
use crate::document::{EntityType, Mention, Span};

fn fixture(weights: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/model").join(weights)
}

fn model(weights: &str) -> Model {
    Model::open(&fixture(weights)).unwrap()
}

/// Loads the model as the trainer writes it; make.py leaves its tokenizer with the folders made of it.
#[cfg(feature = "rust-bert")]
fn with_rust_bert() -> Model {
    let folder = tempfile::tempdir().unwrap();
    for file in ["hf/config.json", "hf/model.safetensors", "f32/tokenizer.json"] {
        fs::copy(fixture(file), folder.path().join(Path::new(file).file_name().unwrap())).unwrap();
    }
    Model::open_with_rust_bert(folder.path(), Precision::F32).unwrap()
}

/// The model in single precision, by every runtime that the program is built with.
fn exact() -> Vec<(&'static str, Model)> {
    vec![
        ("rten", model("f32")),
        #[cfg(feature = "rust-bert")]
        ("rust-bert", with_rust_bert()),
    ]
}

/// The model in every form.
fn every() -> Vec<(&'static str, Model)> {
    exact().into_iter().chain([("int8", model("int8"))]).collect()
}

/// What PyTorch gave (tests/fixtures/model/make.py).
#[derive(Deserialize)]
struct Reference {
    tagging: Vec<Window>,
    pairs: Vec<Sentence>,
}

#[derive(Deserialize)]
struct Window {
    text: String,
    ids: Vec<i32>,
    shapes: Vec<i32>,
    words: Vec<[usize; 4]>,
    logits: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Sentence {
    text: String,
    mentions: Vec<(usize, usize, String)>,
    pairs: Vec<(usize, usize)>,
    logits: Vec<Vec<f32>>,
}

fn reference() -> Reference {
    serde_json::from_str(&fs::read_to_string(fixture("hf/reference.json")).unwrap()).unwrap()
}

/// Turns an offset in code points into bytes.
fn byte(text: &str, at: usize) -> usize {
    text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte)
}

fn log_softmax(logits: &[f32]) -> Vec<f32> {
    let total = logits.iter().map(|x| f64::from(*x).exp()).sum::<f64>().ln();
    logits.iter().map(|x| (f64::from(*x) - total) as f32).collect()
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

/// Cuts a sentence whose mentions are all names of the lexicon.
fn told(model: &Model, sentence: &Sentence) -> Pieces {
    let mut document = Document::new("", "", &sentence.text);
    let span = |start, end| Span::new(byte(&sentence.text, start), byte(&sentence.text, end)).shifted(1);
    let name = |(start, end, kind): &(usize, usize, String)| {
        Mention::new(span(*start, *end), EntityType::parse(kind).unwrap(), "lexicon")
    };
    document.names = sentence.mentions.iter().map(name).collect();
    model.read(&document, Span::new(1usize, document.text().len())).unwrap()
}

fn asks<'a>(sentences: &[Sentence], pieces: &'a [Pieces]) -> Vec<Ask<'a>> {
    let ask = |(s, pieces): (&Sentence, &'a Pieces)| {
        let mention = |at: usize| {
            let (start, end, kind) = &s.mentions[at];
            let kind = EntityType::parse(kind).unwrap();
            Marked { start: byte(&s.text, *start), end: byte(&s.text, *end), kind }
        };
        let pairs = s.pairs.iter().map(|(a, b)| (mention(*a), mention(*b))).collect();
        Ask { pieces, pairs, known: Vec::new() }
    };
    sentences.iter().zip(pieces).map(ask).collect()
}

#[test]
fn pieces_and_words_are_those_of_the_trainer() {
    let model = model("f32");
    let reference = reference();
    for (n, window) in reference.tagging.iter().enumerate() {
        let pieces = model.split(&window.text).unwrap();
        let same = reference.tagging[..n].iter().filter(|w| w.text == window.text).count();
        let of = model.config.windows(&pieces)[same];
        let row = model.config.text_row(&pieces, &of);
        assert_eq!(row.ids, window.ids, "{}", window.text);
        assert_eq!(row.shapes, window.shapes, "{}", window.text);
        let base = pieces.words[of.first].first;
        let words: Vec<[usize; 4]> = window
            .words
            .iter()
            .map(|[start, end, first, last]| {
                [byte(&window.text, *start), byte(&window.text, *end), first + base - 1, last + base - 1]
            })
            .collect();
        let found = &pieces.words[of.first..of.last];
        let found: Vec<[usize; 4]> = found.iter().map(|w| [w.start, w.end, w.first, w.last]).collect();
        assert_eq!(found, words, "{}", window.text);
    }
}

#[test]
fn scores_are_those_of_pytorch_within_a_thousandth() {
    for (name, model) in exact() {
        compare(name, &model);
    }
}

fn compare(name: &str, model: &Model) {
    let reference = reference();
    let whole = |w: &&Window| reference.tagging.iter().filter(|o| o.text == w.text).count() == 1;
    for window in reference.tagging.iter().filter(whole) {
        let scores = model.tag(&[&model.split(&window.text).unwrap()]).unwrap();
        for (ours, theirs) in scores[0].iter().zip(&window.logits) {
            assert!(furthest(ours, &log_softmax(theirs)) < 1e-3, "{name}: {}", window.text);
        }
    }
    let pieces: Vec<Pieces> = reference.pairs.iter().map(|s| told(model, s)).collect();
    let found = model.relate(&asks(&reference.pairs, &pieces)).unwrap();
    let mut compared = 0;
    for (ours, theirs) in found.iter().zip(&reference.pairs) {
        for (ours, theirs) in ours.iter().zip(&theirs.logits) {
            let distance = furthest(ours.as_ref().unwrap(), theirs);
            assert!(distance < 1e-3, "{name}, {distance}: {ours:?} {theirs:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 13);
}

#[test]
fn of_two_windows_each_decides_its_half_of_the_words_they_share() {
    let model = model("f32");
    let reference = reference();
    let windows: Vec<&Window> = reference.tagging.iter().filter(|w| w.text.len() > 1000).collect();
    assert!(windows.len() >= 3);
    let pieces = model.split(&windows[0].text).unwrap();
    let mut expected: Vec<Vec<f32>> = Vec::new();
    for (window, of) in windows.iter().zip(model.config.windows(&pieces)) {
        let shared = expected.len() - of.first;
        expected.truncate(of.first + shared / 2);
        expected.extend(window.logits[shared / 2..].iter().map(|row| log_softmax(row)));
    }
    let found = model.tag(&[&pieces]).unwrap();
    assert_eq!(found[0].len(), pieces.words.len());
    for (n, (ours, theirs)) in found[0].iter().zip(&expected).enumerate() {
        assert!(furthest(ours, theirs) < 1e-3, "word {n}");
    }
}

/// Sentences of many lengths, several of each.
fn sentences() -> Vec<String> {
    let word = |n: usize| ["IL-6", "melanoma", "cells", "in", "the", "tumour", "of", "zebrafish"][n % 8];
    (1..60).map(|n| (0..n % 13 + 1).map(|k| word(n / 13 + k)).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_sentence_gets_the_same_scores_alone_and_in_any_batch() {
    for (weights, model) in every() {
        let pieces: Vec<Pieces> = sentences().iter().map(|s| model.split(s).unwrap()).collect();
        let all: Vec<&Pieces> = pieces.iter().collect();
        let together = model.tag(&all).unwrap();
        for (n, one) in pieces.iter().enumerate() {
            assert_eq!(model.tag(&[one]).unwrap()[0], together[n], "{weights}, sentence {n} alone");
        }
        for size in [2, 7, 31] {
            let found: Vec<_> = all.chunks(size).flat_map(|part| model.tag(part).unwrap()).collect();
            assert_eq!(found, together, "{weights}, batches of {size}");
        }
        let reversed: Vec<&Pieces> = all.iter().rev().copied().collect();
        let mut found = model.tag(&reversed).unwrap();
        found.reverse();
        assert_eq!(found, together, "{weights}, reversed");
    }
}

#[test]
fn a_pair_gets_the_same_scores_whatever_else_is_asked() {
    for (weights, model) in every() {
        let reference = reference();
        let pieces: Vec<Pieces> = reference.pairs.iter().map(|s| model.split(&s.text).unwrap()).collect();
        let together = model.relate(&asks(&reference.pairs, &pieces)).unwrap();
        for (n, ask) in asks(&reference.pairs, &pieces).into_iter().enumerate() {
            assert_eq!(model.relate(std::slice::from_ref(&ask)).unwrap()[0], together[n], "{weights}, alone");
            for (k, pair) in ask.pairs.iter().enumerate() {
                let one = Ask { pairs: vec![*pair], ..ask.clone() };
                let found = model.relate(&[one]).unwrap();
                let (ours, theirs) = (found[0][0].as_ref().unwrap(), together[n][k].as_ref().unwrap());
                // libtorch sums over all pieces of a row, markers of other pairs among them.
                let allowed = if weights == "rust-bert" { 1e-4 } else { 0.0 };
                assert!(furthest(ours, theirs) <= allowed, "{weights}, pair {k} alone");
            }
        }
    }
}

/// Asks for the pairs of a sentence's first word with each of the others.
fn first_with_others(pieces: &Pieces) -> Ask<'_> {
    let mention = |w: &Word| Marked { start: w.start, end: w.end, kind: EntityType::Cell };
    let words = &pieces.words;
    let pairs = words[1..].iter().map(|later| (mention(&words[0]), mention(later))).collect();
    Ask { pieces, pairs, known: Vec::new() }
}

#[test]
fn pairs_get_the_same_scores_alone_and_in_any_batch() {
    for (weights, model) in every() {
        let pieces: Vec<Pieces> = sentences().iter().map(|s| model.split(s).unwrap()).collect();
        let all: Vec<Ask<'_>> = pieces.iter().map(first_with_others).collect();
        let together = model.relate(&all).unwrap();
        assert!(together.iter().flatten().count() > 200);
        for size in [1, 2, 7, 31] {
            let found: Vec<_> = all.chunks(size).flat_map(|part| model.relate(part).unwrap()).collect();
            assert_eq!(found, together, "{weights}, batches of {size}");
        }
    }
}

#[test]
fn pairs_get_the_same_scores_whether_their_text_was_tagged_before_or_not() {
    for (weights, model) in every() {
        let reference = reference();
        let pieces: Vec<Pieces> = reference.pairs.iter().map(|s| told(&model, s)).collect();
        let alone = model.relate(&asks(&reference.pairs, &pieces)).unwrap();
        model.tag(&pieces.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(model.relate(&asks(&reference.pairs, &pieces)).unwrap(), alone, "{weights}");
    }
}

#[test]
fn nothing_of_a_sentence_of_five_thousand_pieces_is_cut() {
    let model = model("int8");
    let words = ["interleukin", "reduced", "tumor", "x", "x)", "cells,"];
    let text: String = (0..).map(|n| words[n % 6]).take(3000).collect::<Vec<_>>().join(" ");
    let pieces = model.split(&text).unwrap();
    assert!(pieces.ids.len() > 5000, "{}", pieces.ids.len());
    let windows = model.config.windows(&pieces);
    for pair in windows.windows(2) {
        assert!(
            pair[0].first < pair[1].first && pair[1].first <= pair[0].last && pair[0].last < pair[1].last
        );
    }
    assert_eq!((windows[0].first, windows[windows.len() - 1].last), (0, pieces.words.len()));
    let scores = model.tag(&[&pieces]).unwrap();
    assert_eq!(scores[0].len(), pieces.words.len());
    let mention = |word: usize| {
        let w = pieces.words[word];
        Marked { start: w.start, end: w.end, kind: EntityType::Cytokine }
    };
    let last = pieces.words.len() - 1;
    let pairs =
        vec![(mention(0), mention(5)), (mention(last - 5), mention(last)), (mention(0), mention(last))];
    let found = model.relate(&[Ask { pieces: &pieces, pairs, known: Vec::new() }]).unwrap();
    let answered: Vec<bool> = found[0].iter().map(Option::is_some).collect();
    assert_eq!(answered, [true, true, false], "only mentions of one window can be a pair");
}

#[test]
fn typographic_letters_are_read_as_plain_ones_and_keep_their_places() {
    let model = model("int8");
    let plain = model.split("tumor cells reduced").unwrap();
    let text = "\u{1D42D}umor ce\u{FF4C}\u{FF4C}s reduced";
    let pieces = model.split(text).unwrap();
    assert_eq!(pieces.ids, plain.ids);
    let words: Vec<&str> = pieces.words.iter().map(|w| &text[w.start..w.end]).collect();
    assert_eq!(words, text.split(' ').collect::<Vec<_>>());
}

#[test]
fn a_word_longer_than_a_window_is_cut_to_it_and_the_rest_goes_on() {
    let model = model("f32");
    let mut pieces = model.split("tumor cells reduced").unwrap();
    let long = pieces.ids[1];
    pieces.ids.splice(1..2, std::iter::repeat_n(long, 600));
    pieces.shapes.splice(1..2, std::iter::repeat_n(7, 600));
    pieces.words[1].last = 601;
    let shift = |word: &mut Word| (word.first, word.last) = (word.first + 599, word.last + 599);
    pieces.words[2..].iter_mut().for_each(shift);
    let scores = model.tag(&[&pieces]).unwrap();
    assert_eq!(scores[0].len(), pieces.words.len());
    assert!(model.config.windows(&pieces).iter().all(|w| model.config.text_row(&pieces, w).ids.len() <= 256));
}

/// Copies a model into a new folder, changes it there, and returns what loading it says.
fn refused(change: impl Fn(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(fixture("f32")).unwrap() {
        let path = file.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    change(folder.path());
    let message = Model::open(folder.path()).unwrap_err().to_string();
    assert!(message.starts_with(&format!("model {}: ", folder.path().display())), "{message}");
    message
}

/// Changes `config.json` and enters its new checksum, so that what it says is what is refused.
fn reconfigured(from: &str, to: &str) -> String {
    use sha2::{Digest, Sha256};
    refused(|folder| {
        let path = folder.join("config.json");
        let old = fs::read_to_string(&path).unwrap();
        let new = old.replace(from, to);
        assert_ne!(old, new, "{from} is not there");
        fs::write(&path, &new).unwrap();
        let hex = |text: &str| Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect::<String>();
        let manifest = fs::read_to_string(folder.join("manifest.toml")).unwrap();
        let manifest = manifest.replace(&hex(&old), &hex(&new));
        let sizes = (format!("bytes = {}\n", old.len()), format!("bytes = {}\n", new.len()));
        fs::write(folder.join("manifest.toml"), manifest.replace(&sizes.0, &sizes.1)).unwrap();
    })
}

#[test]
fn damaged_and_wrong_models_are_refused_by_name() {
    let weights = |folder: &Path| folder.join("model.onnx");
    let cut = refused(|folder| {
        let bytes = fs::read(weights(folder)).unwrap();
        fs::write(weights(folder), &bytes[..bytes.len() / 2]).unwrap();
    });
    assert!(cut.contains("model.onnx has ") && cut.contains("cut short"), "{cut}");
    let flipped = refused(|folder| {
        let mut bytes = fs::read(weights(folder)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(weights(folder), bytes).unwrap();
    });
    assert!(flipped.contains("model.onnx has the SHA-256 ") && flipped.contains("damaged"), "{flipped}");
    let gone = refused(|folder| fs::remove_file(folder.join("tokenizer.json")).unwrap());
    assert!(gone.contains("tokenizer.json: ") && gone.contains("a model folder holds"), "{gone}");
    let empty = refused(|folder| fs::write(folder.join("manifest.toml"), "").unwrap());
    assert!(empty.contains("manifest.toml: "), "{empty}");
    let missing = Model::open(Path::new("no/such/folder")).unwrap_err().to_string();
    assert!(missing.starts_with("model no/such/folder: no such folder; models/README.md"), "{missing}");
    let source = Model::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap_err().to_string();
    assert!(source.contains("manifest.toml: "), "{source}");
}

#[test]
fn labels_that_are_missing_or_moved_are_named() {
    for (from, to, expected) in [
        ("\"I-cell\",", "", "labels of the tagging head: \"I-cell\" is missing"),
        ("\"I-cell\"", "\"I-cells\"", "labels of the tagging head: \"I-cell\" is missing"),
        ("\"treats A B\"", "\"cures A B\"", "readings of the pair head: \"treats A B\" is missing"),
        ("\"hedged\"", "\"doubted\"", "flags of the pair head: \"hedged\" is missing"),
        ("\"cytosift\": {", "\"other\": {", "no tagging head \"cytosift\" among [\"other\"]"),
        ("\"packed\"", "\"span\"", "pairs are of the kind \"span\"; this version reads \"packed\""),
        (
            "\"overlap\": 62",
            "\"overlap\": 255",
            "windows of 256 pieces with an overlap of 255 cannot be used",
        ),
        (
            "\"first_marker\": 1",
            "\"first_marker\": 900",
            "tokenizer.json: the marker piece 931 of config.json is missing",
        ),
        ("\"window\": 256", "\"window\": 512", "model.onnx: "),
    ] {
        let message = reconfigured(from, to);
        assert!(message.contains(expected), "{from} -> {to}: {message}");
    }
}

#[test]
fn a_model_serves_many_threads_at_once() {
    for (weights, model) in every() {
        let pieces: Vec<Pieces> = sentences().iter().map(|s| model.split(s).unwrap()).collect();
        let all: Vec<&Pieces> = pieces.iter().collect();
        let expected = model.tag(&all).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        pool.scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|_| assert_eq!(model.tag(&all).unwrap(), expected, "{weights}"));
            }
        });
    }
}
