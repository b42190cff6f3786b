//! Speed and memory on literature dumps, against the limit of reading them.
//!
//! `cargo bench --bench dump -- FILE.xml.gz... [--repeat N] [--threads N]` measures in one run, alternating:
//! (a) gunzip and XML tokenisation of the files with the same crates and nothing else, on one thread and with one
//! thread a file; (s) gunzip and splitting into records by the program's own readers, likewise; (b) `cytosift extract
//! --focus cytokine`; (c) `cytosift extract --focus all`, both with the rule engine. It prints a Markdown table of
//! medians: documents/s, ratios to (a) and (s), peak resident memory. Without files it says so and ends.

// A benchmark prints its table and may stop at the first thing that is not as it should be.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::bufread::MultiGzDecoder;
use quick_xml::Reader;
use quick_xml::events::Event;

/// One timed run.
struct Run {
    seconds: f64,
    peak_mib: Option<f64>,
}

/// Gunzips and tokenises a file; returns the number of citations.
fn tokenise(path: &Path) -> u64 {
    let file = BufReader::with_capacity(1 << 18, File::open(path).expect("open the dump"));
    let mut reader = Reader::from_reader(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(file)));
    let (mut buffer, mut citations) = (Vec::new(), 0);
    loop {
        match reader.read_event_into(&mut buffer).expect("well-formed XML") {
            Event::Start(tag) if tag.name().as_ref() == b"PubmedArticle" => citations += 1,
            Event::Eof => return citations,
            _ => {}
        }
        buffer.clear();
    }
}

/// Gunzips a file and splits it into records; returns their number.
fn split(path: &Path) -> u64 {
    let records = cytosift::readers::open(path).expect("open the dump");
    records.map(|record| u64::from(!record.expect("a whole record").bytes.is_empty())).sum()
}

/// Reads all files, one after the other or each on a thread of its own.
fn read_all(files: &[PathBuf], read: fn(&Path) -> u64, parallel: bool) -> u64 {
    if !parallel {
        return files.iter().map(|f| read(f)).sum();
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = files.iter().map(|f| scope.spawn(|| read(f))).collect();
        threads.into_iter().map(|t| t.join().expect("a reading thread")).sum()
    })
}

/// Runs the program and polls its peak resident memory (`VmHWM`).
fn extract(files: &[PathBuf], focus: &str, threads: &str) -> Run {
    let output = tempfile::tempdir().expect("a temporary folder");
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cytosift"))
        .arg("extract")
        .args(files)
        .args(["--engine", "rules", "--focus", focus, "--threads", threads, "-o"])
        .arg(output.path().join("triples.csv"))
        .stderr(Stdio::null())
        .spawn()
        .expect("start cytosift");
    let status = format!("/proc/{}/status", child.id());
    let mut peak_mib = None;
    loop {
        peak_mib = peak(&status).or(peak_mib);
        if let Some(exit) = child.try_wait().expect("wait for cytosift") {
            assert!(exit.success(), "cytosift extract --focus {focus}: {exit}");
            return Run { seconds: start.elapsed().as_secs_f64(), peak_mib };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn peak(status: &str) -> Option<f64> {
    let text = std::fs::read_to_string(status).ok()?;
    let kib = text.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?;
    kib.trim().parse::<f64>().ok().map(|kib| kib / 1024.0)
}

fn median(runs: &mut [Run]) -> &Run {
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    &runs[runs.len() / 2]
}

fn option(arguments: &mut Vec<String>, name: &str, default: &str) -> String {
    match arguments.iter().position(|a| a == name) {
        Some(i) if i + 1 < arguments.len() => arguments.drain(i..i + 2).nth(1).unwrap_or_default(),
        _ => default.to_owned(),
    }
}

fn main() {
    // Cargo passes `--bench`, a smoke run `--test`.
    let mut arguments: Vec<String> =
        std::env::args().skip(1).filter(|a| a != "--bench" && a != "--test").collect();
    let repeat: usize = option(&mut arguments, "--repeat", "5").parse().expect("--repeat takes a number");
    let threads = option(&mut arguments, "--threads", "2");
    let files: Vec<PathBuf> = arguments.iter().map(|f| std::path::absolute(f).expect("a path")).collect();
    if files.is_empty() {
        eprintln!("skipped: name the dump files, as in `cargo bench --bench dump -- dump/*.xml.gz`");
        return;
    }
    let names = [
        "(a) gunzip + XML tokenisation, 1 thread",
        "(a') the same, one thread a file",
        "(s) gunzip + splitting into records, 1 thread",
        "(s') the same, one thread a file",
        "(b) extract --focus cytokine",
        "(c) extract --focus all",
    ];
    let mut runs: [Vec<Run>; 6] = Default::default();
    let mut citations = 0;
    for _ in 0..repeat {
        let readers =
            [(tokenise as fn(&Path) -> u64, false), (tokenise, true), (split, false), (split, true)];
        for (i, (read, parallel)) in readers.into_iter().enumerate() {
            let start = Instant::now();
            citations = read_all(&files, read, parallel);
            runs[i].push(Run { seconds: start.elapsed().as_secs_f64(), peak_mib: None });
        }
        for (i, focus) in ["cytokine", "all"].into_iter().enumerate() {
            runs[4 + i].push(extract(&files, focus, &threads));
        }
    }
    println!("{citations} citations, {} files, {threads} threads, medians of {repeat}\n", files.len());
    println!("| run | seconds | documents/s | ratio to (a) | to (a') | to (s) | to (s') | peak MiB |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let limits = [0, 1, 2, 3].map(|i| median(&mut runs[i]).seconds);
    for (name, runs) in names.iter().zip(&mut runs) {
        let run = median(runs);
        let peak = run.peak_mib.map_or(String::from("-"), |p| format!("{p:.0}"));
        let rate = citations as f64 / run.seconds;
        let [a, b, c, d] = limits.map(|l| l / run.seconds);
        println!("| {name} | {:.2} | {rate:.0} | {a:.2} | {b:.2} | {c:.2} | {d:.2} | {peak} |", run.seconds);
    }
}
