//! Torch: the second runtime: encoders of rust-bert on libtorch, on the processor, in f32 or bf16.
//!
//! Each worker has a network of its own over one copy of the weights, and computes in one thread, one row at a time: so
//! what is found in a sentence depends neither on the other sentences nor on the number of workers.

mod checkpoint;
mod deberta;
mod labels;
mod packed;
#[cfg(test)]
mod tests;
mod vocabulary;
mod weights;

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::config::ModelConfig;
use super::manifest::hex;
use super::pieces::Splitter;
use super::rows::Row;
use super::runtime::{Runtime, try_out};
use super::{Model, Precision};
use weights::Weights;

/// What computes one row.
trait Network: Send {
    /// Returns the log probability of each label of a tagging head at every piece.
    fn tag(&self, head: &str, row: &Row) -> Result<Vec<f32>, String>;

    /// Returns the logits of every pair.
    fn relate(&self, row: &Row) -> Result<Vec<f32>, String>;
}

/// Makes a network over weights.
type Make = Box<dyn Fn(&Weights) -> Result<Box<dyn Network>, String> + Send + Sync>;

/// What a folder holds: a model of ours or of others.
struct Kind {
    config: ModelConfig,
    splitter: Splitter,
    make: Make,
    is_told_rules: bool,
    /// The files that decide the results.
    files: Vec<&'static str>,
}

/// The weights and the networks over them that no worker is using.
struct Torch {
    weights: Mutex<Weights>,
    make: Make,
    idle: Mutex<Vec<Box<dyn Network>>>,
    is_told_rules: bool,
}

/// Loads the model in a folder.
pub(super) fn load(folder: &Path, precision: Precision) -> Result<Model, String> {
    if folder.as_os_str().is_empty() {
        return Err("give its folder with --model FOLDER (models/README.md says what it may hold)".into());
    }
    if !folder.is_dir() {
        return Err("no such folder".into());
    }
    one_thread();
    let text = text(folder, "config.json")?;
    let about: serde_json::Value = serde_json::from_str(&text).map_err(|e| format!("config.json: {e}"))?;
    let weights = Weights::read(folder, precision)?;
    let Kind { config, splitter, make, is_told_rules, mut files } = match about.get("model_type") {
        Some(_) => checkpoint::kind(folder, about)?,
        None => packed::kind(folder, &text, &weights)?,
    };
    let file = weights.file;
    files.push(file);
    let first = make(&weights)?;
    let runtime = Torch { weights: Mutex::new(weights), make, idle: Mutex::new(vec![first]), is_told_rules };
    try_out(&runtime, &config).map_err(|message| format!("{file}: {message}"))?;
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    let checksum = checksum(folder, &files)?;
    Ok(Model { name, checksum, config, splitter, runtime: Box::new(runtime) })
}

/// Reads a text file of a model.
fn text(folder: &Path, name: &str) -> Result<String, String> {
    std::fs::read_to_string(folder.join(name)).map_err(|e| format!("{name}: {e}"))
}

/// Returns the SHA-256 of the list of files with their own, as `sha256sum` writes it.
fn checksum(folder: &Path, files: &[&str]) -> Result<String, String> {
    let mut list = Sha256::new();
    for name in files {
        let mut of = Sha256::new();
        let mut copy = || io::copy(&mut File::open(folder.join(name))?, &mut of);
        copy().map_err(|e| format!("{name}: {e}"))?;
        list.update(format!("{}  {name}\n", hex(&of.finalize())));
    }
    Ok(hex(&list.finalize()))
}

/// Lets libtorch compute in the calling thread alone: the workers are threads enough, and sums split over threads differ.
fn one_thread() {
    thread_local! { static DONE: Cell<bool> = const { Cell::new(false) } }
    if !DONE.replace(true) {
        tch::set_num_threads(1);
    }
}

impl Torch {
    /// Computes each row with a network that no other worker is using.
    fn each(
        &self,
        rows: &[Row],
        compute: impl Fn(&dyn Network, &Row) -> Result<Vec<f32>, String>,
    ) -> Result<Vec<Vec<f32>>, String> {
        one_thread();
        // A poisoned lock guards what is whole at every moment.
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let network = idle.pop();
        drop(idle);
        let network = match network {
            Some(network) => network,
            None => (self.make)(&self.weights.lock().unwrap_or_else(PoisonError::into_inner))?,
        };
        let out = tch::no_grad(|| rows.iter().map(|row| compute(network.as_ref(), row)).collect());
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(network);
        out
    }
}

impl Runtime for Torch {
    fn tag(&self, head: &str, rows: Vec<Row>) -> Result<Vec<Vec<f32>>, String> {
        self.each(&rows, |network, row| network.tag(head, row))
    }

    fn relate(&self, rows: Vec<Row>) -> Result<Vec<Vec<f32>>, String> {
        self.each(&rows, |network, row| network.relate(row))
    }

    fn is_told_rules(&self) -> bool {
        self.is_told_rules
    }
}

impl fmt::Debug for Torch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Torch").finish_non_exhaustive()
    }
}
