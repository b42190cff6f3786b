//! Measures how fast the lexicon tagger is: `tagging_speed THREADS PASSES FILE...`, any literature files.
//!
//! Prints one line of JSON: documents, and documents a second of the median pass, once of segmenting and tagging texts
//! that are in memory, once of reading, segmenting and tagging the files. `benches/compare_taggers.py` runs it beside
//! spaCy and pyahocorasick.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cytosift::document::Focus;
use cytosift::pipeline::RunParams;
use cytosift::readers::{self, Parsed, Record};
use cytosift::tagging::LexiconTagger;
use cytosift::text::Segment;
use cytosift::{Config, Document, Pipeline};
use rayon::prelude::*;

/// Documents that a worker takes at once, as many as the pipeline gives it.
const BATCH: usize = 64;

fn median(passes: usize, mut pass: impl FnMut()) -> f64 {
    let mut seconds: Vec<f64> = (0..passes)
        .map(|_| {
            let start = Instant::now();
            pass();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [threads, passes, files @ ..] = arguments.as_slice() else {
        panic!("usage: tagging_speed THREADS PASSES FILE...");
    };
    let (threads, passes) = (threads.parse().unwrap(), passes.parse().unwrap());
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    let records = || files.iter().flat_map(|file| readers::open(Path::new(file)).unwrap());
    let parse = |record: Result<Record, _>| match record.and_then(|r: Record| r.parse()) {
        Ok(Parsed::Documents(documents)) => documents,
        Ok(Parsed::Deleted(_)) => Vec::new(),
        Err(error) => panic!("{error}"),
    };
    let texts: Vec<Document> = records().flat_map(parse).collect();
    let pipeline = Pipeline::of(vec![Box::new(Segment), Box::new(LexiconTagger::new(Focus::All))]);
    let pool = cytosift::pipeline::pool(threads).unwrap();
    let tagging = median(passes, || {
        let tag = |chunk: &[Document]| {
            let mut documents = chunk.to_vec();
            pipeline.apply(&mut documents).unwrap();
            documents.iter().map(|d| d.mentions.len()).sum::<usize>()
        };
        assert!(pool.install(|| texts.par_chunks(BATCH).map(tag).sum::<usize>()) > 0);
    });
    let config = Config::default();
    let (run, memory) = (RunParams { threads, ..config.run }, config.memory);
    let reading = median(passes, || {
        let nothing = |_: &Document, _: &mut Vec<u8>| ();
        let stop = AtomicBool::new(false);
        pipeline.run(records(), &nothing, (&run, &memory), &stop, |_| Ok(())).unwrap();
    });
    let documents = texts.len();
    println!(
        "{{\"documents\": {documents}, \"tagging_per_second\": {:.0}, \"reading_and_tagging_per_second\": {:.0}}}",
        documents as f64 / tagging,
        documents as f64 / reading
    );
}
