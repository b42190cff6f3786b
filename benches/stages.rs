//! Each stage, and the whole pipeline, over the made-up abstracts of `data/bench`.
//!
//! `cargo bench --bench stages`; throughput is in bytes of text on one thread.

// The macros of criterion make public items without docs.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use cytosift::document::Focus;
use cytosift::pipeline::{Engine, Layers};
use cytosift::readers::{Parsed, open};
use cytosift::text::{Segment, abbreviation, sentence, token};
use cytosift::{Document, Pipeline, Span, Stage};

fn documents() -> Vec<Document> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/bench/abstracts.jsonl");
    let mut out = Vec::new();
    for record in open(&path).unwrap() {
        if let Parsed::Documents(documents) = record.unwrap().parse().unwrap() {
            out.extend(documents);
        }
    }
    assert!(out.len() > 100, "data/bench/abstracts.jsonl is cut short");
    out
}

fn bytes(documents: &[Document]) -> Throughput {
    Throughput::Bytes(documents.iter().map(|d| d.text().len() as u64).sum())
}

fn text(c: &mut Criterion) {
    let documents = documents();
    let sentences: Vec<Vec<Span>> = documents.iter().map(sentence::split_document).collect();
    let mut group = c.benchmark_group("text");
    group.throughput(bytes(&documents));
    group.bench_function("sentences", |b| {
        b.iter(|| documents.iter().map(|d| sentence::split_document(black_box(d)).len()).sum::<usize>());
    });
    group.bench_function("tokens", |b| {
        let mut out = Vec::new();
        b.iter(|| {
            out.clear();
            for (document, spans) in documents.iter().zip(&sentences) {
                spans.iter().for_each(|&s| token::tokenize(black_box(document.text()), s, &mut out));
            }
            out.len()
        });
    });
    group.bench_function("abbreviations", |b| {
        let mut out = Vec::new();
        b.iter(|| {
            out.clear();
            for (document, spans) in documents.iter().zip(&sentences) {
                spans.iter().for_each(|&s| abbreviation::find(black_box(document.text()), s, &mut out));
            }
            out.len()
        });
    });
    group.bench_function("segment", |b| {
        b.iter_batched_ref(|| documents.clone(), |d| Segment.apply(d).unwrap(), BatchSize::LargeInput);
    });
    group.finish();
}

fn pipeline(c: &mut Criterion) {
    let documents = documents();
    let mut group = c.benchmark_group("pipeline");
    group.throughput(bytes(&documents)).sample_size(20);
    for (name, focus) in [("cytokine", Focus::Cytokine), ("all", Focus::All)] {
        let pipeline = Pipeline::new(Engine::Rules, focus, Layers::All).unwrap();
        group.bench_function(name, |b| {
            b.iter_batched_ref(|| documents.clone(), |d| pipeline.apply(d).unwrap(), BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(stages, text, pipeline);
criterion_main!(stages);
