//! The encoder of a learned model over the sentences of `data/bench`: cutting into pieces, labels, pairs.
//!
//! `CYTOSIFT_MODEL=FOLDER cargo bench --bench encoder`; without a folder the model that is built in, else the tiny one of the
//! tests. Throughput is in pieces on one thread. benches/compare_encoders.py compares with Python.

// The macros of criterion make public items without docs.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cytosift::inference::{Ask, Marked, Model, Pieces};
use cytosift::readers::{Parsed, open};
use cytosift::text::sentence;
use cytosift::{Document, EntityType};

/// Documents whose sentences are run.
const DOCUMENTS: usize = 20;

fn model() -> Arc<Model> {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/model/int8");
    match std::env::var_os("CYTOSIFT_MODEL") {
        Some(folder) => Arc::new(Model::open(Path::new(&folder)).unwrap()),
        None => Model::embedded().unwrap_or_else(|_| Arc::new(Model::open(&tiny).unwrap())),
    }
}

fn sentences() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/bench/abstracts.jsonl");
    let mut documents: Vec<Document> = Vec::new();
    for record in open(&path).unwrap().take(DOCUMENTS) {
        if let Parsed::Documents(found) = record.unwrap().parse().unwrap() {
            documents.extend(found);
        }
    }
    let cut = |d: &Document| sentence::split_document(d).into_iter().map(|s| d.slice(s).to_owned()).collect();
    documents.iter().flat_map(|d| -> Vec<String> { cut(d) }).collect()
}

/// Asks for six pairs of words of a sentence.
fn ask(pieces: &Pieces) -> Ask<'_> {
    let words = &pieces.words;
    let of = |at: usize| Marked { start: words[at].start, end: words[at].end, kind: EntityType::Cytokine };
    let last = words.len() - 1;
    let four = [0, last / 3, last * 2 / 3, last].map(of);
    let pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)].map(|(a, b)| (four[a], four[b]));
    Ask { pieces, pairs: pairs.to_vec(), known: Vec::new() }
}

fn encoder(c: &mut Criterion) {
    let (model, sentences) = (model(), sentences());
    let pieces: Vec<Pieces> = sentences.iter().map(|s| model.split(s).unwrap()).collect();
    let all: Vec<&Pieces> = pieces.iter().collect();
    let total: usize = pieces.iter().map(|p| p.ids.len() + 2).sum();
    let mut group = c.benchmark_group("encoder");
    group.sample_size(10);
    group.throughput(Throughput::Elements(total as u64));
    group.bench_function("split", |b| {
        b.iter(|| sentences.iter().map(|s| model.split(s).unwrap().ids.len()).sum::<usize>());
    });
    group.bench_function("tag", |b| b.iter(|| model.tag(&all).unwrap()));
    // Six pairs a sentence, of its first and last words.
    let asks: Vec<Ask<'_>> = all.iter().copied().filter(|p| !p.words.is_empty()).map(ask).collect();
    group.bench_function("pairs", |b| b.iter(|| model.relate(&asks).unwrap()));
    group.finish();
}

criterion_group!(benches, encoder);
criterion_main!(benches);
