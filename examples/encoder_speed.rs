//! Measures how fast a model labels sentences: `encoder_speed MODEL SENTENCES.txt THREADS PASSES`, one sentence a line.
//!
//! Prints one line of JSON: pieces, ends of rows among them, and pieces a second of the fastest pass, cutting into pieces
//! included. `benches/compare_encoders.py` runs it beside the Python runtimes.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use cytosift::inference::{Model, Pieces};
use rayon::prelude::*;

/// Sentences that a worker takes at once, fewer than the pipeline gives it, so that short files keep all threads busy.
const BATCH: usize = 64;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, model, sentences, threads, passes] = arguments.as_slice() else {
        panic!("usage: encoder_speed MODEL SENTENCES.txt THREADS PASSES");
    };
    let model = Model::open(Path::new(model)).unwrap();
    let text = std::fs::read_to_string(sentences).unwrap();
    let sentences: Vec<&str> = text.lines().collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse().unwrap()).build().unwrap();
    let pass = || -> usize {
        let batches = sentences.par_chunks(BATCH);
        let work = batches.map(|batch| {
            let pieces: Vec<Pieces> = batch.iter().map(|s| model.split(s).unwrap()).collect();
            let all: Vec<&Pieces> = pieces.iter().collect();
            model.tag(&all).unwrap();
            pieces.iter().map(|p| p.ids.len() + 2).sum::<usize>()
        });
        work.sum()
    };
    let mut seconds = Vec::new();
    let mut pieces = 0;
    for _ in 0..passes.parse().unwrap() {
        let start = Instant::now();
        pieces = pool.install(pass);
        seconds.push(start.elapsed().as_secs_f64());
    }
    let best = seconds.iter().copied().fold(f64::MAX, f64::min);
    println!("{{\"pieces\": {pieces}, \"pieces_per_second\": {:.0}}}", pieces as f64 / best);
}
