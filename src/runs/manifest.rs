//! Manifest: what a run is to do and has done, `run.json` (docs/scale.md).
//!
//! All but `sessions` depends on the inputs and the configuration alone, however often the run was killed.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::folder::Folder;
use super::names::Names;
use crate::lexicon::Lexicon;
use crate::readers::STDIN;
use crate::report::{ByName, Counts, Status};
use crate::writers::{Format, Output};
use crate::{Config, Error, Result};

/// Name of the file.
pub const MANIFEST: &str = "run.json";

/// Why pipes are refused.
const REREAD: &str = "an input of a run must be a file, which --resume can read again";

/// Settings that change speed and memory, but no byte of the output; of a model its checksum counts, not its place.
const INDIFFERENT: [&str; 3] = ["memory", "run.threads", "run.model"];

/// A run: what decides its output, its inputs and what became of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// How far it is.
    pub status: Status,
    /// Why it ended before all inputs were read.
    pub error: Option<String>,
    /// All that decides the bytes of the parts: versions and settings.
    pub configuration: Value,
    /// Sums over the inputs that are done.
    pub counts: Counts,
    /// The inputs, in order.
    pub inputs: Vec<Input>,
    /// The processes that worked on the run, in order; the only part that differs between runs on the same inputs.
    pub sessions: Vec<Session>,
}

/// An input of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    /// Its path, absolute.
    pub file: String,
    /// What the names of its outputs begin with.
    pub name: String,
    /// What became of it.
    pub state: State,
    /// Why it failed.
    pub error: Option<String>,
    /// Its format, once it is known.
    pub format: Option<String>,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, once it is done.
    pub sha256: Option<String>,
    /// What was written of it, in the folder of the run.
    pub outputs: Vec<Part>,
    /// What was counted.
    pub counts: Counts,
}

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits for its turn.
    Pending,
    /// Its outputs are complete.
    Done,
    /// It cannot be read to its end, and has no outputs.
    Failed,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name in the folder.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// A process that worked on a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Session {
    /// When it began, UTC.
    pub started: String,
    /// How long it has taken until the manifest was written.
    pub seconds: f64,
    /// Worker threads.
    pub threads: usize,
    /// Working time by step, summed over threads.
    pub steps: ByName<f64>,
    /// Time that each input took, from opening it to naming its outputs.
    pub inputs: ByName<f64>,
}

impl Input {
    /// Forgets what was done.
    pub(super) fn reset(&mut self) {
        let (file, name, bytes) =
            (std::mem::take(&mut self.file), std::mem::take(&mut self.name), self.bytes);
        *self = Self::new(file, name, bytes);
    }

    fn new(file: String, name: String, bytes: u64) -> Self {
        let (state, outputs, counts) = (State::Pending, Vec::new(), Counts::default());
        Self { file, name, state, error: None, format: None, bytes, sha256: None, outputs, counts }
    }

    /// Returns the name of the file of its triples or documents.
    pub fn rows(&self, format: Format) -> String {
        format!("{}.{}", self.name, format.ending())
    }

    /// Returns the name of the file that lists its documents.
    pub fn citations(&self) -> String {
        format!("{}.citations.csv.gz", self.name)
    }

    /// Returns the name of the file of what was rejected of it.
    pub fn rejected(&self) -> String {
        format!("{}.rejected.jsonl", self.name)
    }
}

impl Manifest {
    /// Starts a run without inputs.
    pub fn new(configuration: Value) -> Self {
        let (inputs, sessions) = (Vec::new(), Vec::new());
        let counts = Counts::default();
        Self { status: Status::Running, error: None, configuration, counts, inputs, sessions }
    }

    /// Reads the manifest of a folder, if it has one.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Run`] if it is no manifest of this program.
    pub fn load(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(MANIFEST);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|e| Error::run(&path, format!("not the manifest of a run: {e}"))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io(&path, e)),
        }
    }

    /// Writes the manifest; there is a whole one at any moment.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, folder: &Folder) -> Result<()> {
        let mut output = Output::create(&folder.file(MANIFEST), b"")?;
        // Plain data has a JSON form.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        output.write(&json)?;
        output.finish()
    }

    /// Adds the files that the run does not have yet; returns the numbers of the inputs to work on: those not done, and
    /// those that are named, which may have changed. No file stands for all inputs.
    ///
    /// # Errors
    /// [`Error::Run`] for what is not a file that can be read again, or would write over a file that is no part of the run.
    pub fn add(&mut self, folder: &Folder, files: &[PathBuf], format: Format) -> Result<Vec<usize>> {
        let mut names = Names::of(self.inputs.iter().map(|input| input.name.as_str()));
        let mut chosen = Vec::with_capacity(files.len());
        let mut known: std::collections::BTreeMap<String, usize> =
            self.inputs.iter().enumerate().map(|(i, input)| (input.file.clone(), i)).collect();
        for path in files {
            let (file, bytes) = regular(path)?;
            if let Some(at) = known.get(&file) {
                chosen.push(*at);
                continue;
            }
            let input = Input::new(file.clone(), names.give(path), bytes);
            for name in [input.rows(format), input.citations(), input.rejected()] {
                if folder.file(&name).exists() {
                    let message = "the file is there and belongs to no run; choose an empty folder";
                    return Err(Error::run(folder.file(&name), message));
                }
            }
            known.insert(file, self.inputs.len());
            chosen.push(self.inputs.len());
            self.inputs.push(input);
        }
        let open = |i: &usize| files.is_empty() || self.inputs[*i].state != State::Done;
        chosen.extend((0..self.inputs.len()).filter(open));
        chosen.sort_unstable();
        chosen.dedup();
        Ok(chosen)
    }

    /// Returns the settings that the run was started with; those that decide no byte are the defaults.
    pub fn config(&self) -> Config {
        // Plain numbers and words have a JSON form.
        let mut all = serde_json::to_value(Config::default()).unwrap_or_default();
        let mut settings = Map::new();
        flatten("", &self.configuration, &mut settings);
        for (key, value) in settings {
            if let Some(slot) = all.pointer_mut(&format!("/{}", key.replace('.', "/"))) {
                *slot = value;
            }
        }
        // A configuration that this version does not know is told as a difference.
        serde_json::from_value(all).unwrap_or_default()
    }

    /// Returns the format of the parts.
    pub fn format(&self) -> Option<Format> {
        serde_json::from_value(self.configuration.get("format")?.clone()).ok()
    }

    /// Returns the files in the folder that the run writes, but for those of `collate`.
    pub fn files(&self, folder: &Path) -> Vec<PathBuf> {
        let format = self.format().unwrap_or(Format::Csv);
        let of = |input: &Input| [input.rows(format), input.citations(), input.rejected()];
        let names = self.inputs.iter().flat_map(of).chain([MANIFEST.to_owned()]);
        names.map(|name| folder.join(name)).collect()
    }

    /// Sums the counts of the inputs that are done.
    pub(super) fn sum(&mut self) {
        self.counts = Counts::default();
        let done = self.inputs.iter().filter(|input| input.state == State::Done);
        done.for_each(|input| self.counts.add(&input.counts));
        self.counts.rejected += self.failed() as u64;
        self.counts.fill();
    }

    /// Returns the number of inputs that cannot be read.
    pub fn failed(&self) -> usize {
        self.inputs.iter().filter(|input| input.state == State::Failed).count()
    }

    /// Says in which keys another configuration differs: `run.focus is "all", was "cytokine"`.
    pub fn differences(&self, now: &Value) -> Vec<String> {
        let (mut old, mut new) = (Map::new(), Map::new());
        flatten("", &self.configuration, &mut old);
        flatten("", now, &mut new);
        let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let show = |value: Option<&Value>| value.map_or_else(|| "not set".into(), Value::to_string);
        keys.into_iter()
            .filter(|key| old.get(*key) != new.get(*key))
            .map(|key| format!("{key} is {}, was {}", show(new.get(key)), show(old.get(key))))
            .collect()
    }
}

/// Returns all that decides the bytes of the parts; `model`: name and checksum of the engine's.
pub fn configuration(config: &Config, model: Option<String>, format: Format, gold_mentions: bool) -> Value {
    let mut settings = Map::new();
    // Plain numbers and words have a JSON form; by way of text, 0.2 stays 0.2.
    let text = serde_json::to_string(config).unwrap_or_default();
    flatten("", &serde_json::from_str(&text).unwrap_or_default(), &mut settings);
    settings.retain(|key, _| {
        !INDIFFERENT
            .iter()
            .any(|not| key.strip_prefix(not).is_some_and(|k| k.is_empty() || k.starts_with('.')))
    });
    let mut all = Map::new();
    all.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    all.insert("lexicons".into(), Lexicon::checksum().into());
    all.extend(model.map(|model| ("model".to_owned(), model.into())));
    all.insert("format".into(), json!(format));
    all.insert("gold_mentions".into(), gold_mentions.into());
    all.extend(settings);
    Value::Object(all)
}

/// Lists the values of nested tables under dotted keys.
fn flatten(prefix: &str, value: &Value, out: &mut Map<String, Value>) {
    match value {
        Value::Object(table) => {
            let dot = if prefix.is_empty() { "" } else { "." };
            table.iter().for_each(|(key, value)| flatten(&format!("{prefix}{dot}{key}"), value, out));
        }
        value => drop(out.insert(prefix.to_owned(), value.clone())),
    }
}

/// Returns the absolute name and the size of a file that can be read again.
fn regular(path: &Path) -> Result<(String, u64)> {
    if path.as_os_str() == STDIN {
        return Err(Error::run("<stdin>", REREAD));
    }
    let about = std::fs::metadata(path).map_err(|e| Error::io(path, e))?;
    if !about.is_file() {
        return Err(Error::run(path, REREAD));
    }
    let absolute = std::path::absolute(path).map_err(|e| Error::io(path, e))?;
    match absolute.into_os_string().into_string() {
        Ok(file) => Ok((file, about.len())),
        Err(_) => Err(Error::run(path, "the name is not UTF-8, which run.json needs; rename the file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_knows_its_settings() {
        let mut config = Config::default();
        config.run.focus = crate::document::Focus::All;
        config.run.min_confidence = 0.2;
        let manifest = Manifest::new(configuration(&config, None, Format::Jsonl, false));
        assert_eq!((manifest.config(), manifest.format()), (config, Some(Format::Jsonl)));
    }

    #[test]
    fn a_different_configuration_is_told_key_by_key() {
        let config = Config::default();
        let manifest = Manifest::new(configuration(&config, None, Format::Csv, false));
        let mut other = config.clone();
        other.run.threads = 7;
        other.memory.window = 3;
        let same = configuration(&other, None, Format::Csv, false);
        assert!(manifest.differences(&same).is_empty(), "{:?}", manifest.differences(&same));
        other.run.min_confidence = 0.5;
        let found = manifest.differences(&configuration(&other, None, Format::Jsonl, false));
        assert_eq!(found, ["format is \"jsonl\", was \"csv\"", "run.min_confidence is 0.5, was 0.0"]);
    }
}
