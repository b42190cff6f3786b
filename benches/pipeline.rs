//! The whole run, from bytes to rows, by number of threads, over the made-up abstracts of `data/bench`.
//!
//! `cargo bench --bench pipeline`; throughput is in documents.

// The macros of criterion make public items without docs.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cytosift::document::Focus;
use cytosift::pipeline::{Engine, Layers};
use cytosift::readers::from_reader;
use cytosift::writers::Format;
use cytosift::{Config, Document, Pipeline};

/// Runs over the texts; returns the number of documents.
fn run(pipeline: &Pipeline, config: &Config, jsonl: &[u8]) -> u64 {
    let records = from_reader("bench.jsonl", std::io::Cursor::new(jsonl.to_vec())).unwrap();
    let render = |document: &Document, out: &mut Vec<u8>| Format::Csv.render(document, out);
    let mut documents = 0;
    let params = (&config.run, &config.memory);
    let stop = AtomicBool::new(false);
    pipeline
        .run(records, &render, params, &stop, |batch| {
            documents += batch.counts.documents;
            Ok(())
        })
        .unwrap();
    documents
}

fn threads(c: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/bench/abstracts.jsonl");
    // Four times the texts, so that every thread gets batches.
    let jsonl = std::fs::read(path).unwrap().repeat(4);
    let mut config = Config::default();
    config.memory.batch_records = 16;
    for focus in [Focus::Cytokine, Focus::All] {
        config.run.focus = focus;
        let pipeline = Pipeline::new(Engine::Rules, focus, Layers::Triples).unwrap();
        let mut group = c.benchmark_group(format!("run/{focus:?}").to_lowercase());
        group.sample_size(10).throughput(Throughput::Elements(run(&pipeline, &config, &jsonl)));
        for threads in [1, 2, 4] {
            config.run.threads = threads;
            group
                .bench_function(format!("{threads} threads"), |b| b.iter(|| run(&pipeline, &config, &jsonl)));
        }
        group.finish();
    }
}

criterion_group!(whole, threads);
criterion_main!(whole);
