//! Parts: the files to collate, in the order in which later statements replace earlier ones.

use std::path::{Path, PathBuf};

use crate::report::Status;
use crate::runs::{MANIFEST, Manifest, State};
use crate::writers::Format;
use crate::{Error, Result};

/// What one input gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its triples.
    pub(super) rows: PathBuf,
    /// Its citations.
    pub(super) citations: PathBuf,
}

/// The parts of one or more runs.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    pub(super) list: Vec<Part>,
    /// Bytes of the triples.
    pub bytes: u64,
    /// Inputs that could not be read, and so have no part.
    pub failed: Vec<String>,
}

/// Lists the parts of a run, or of all runs in a folder in the order of their names.
///
/// # Errors
/// [`Error::Run`] if there is no run, or one that is not finished, or not in CSV.
pub fn parts(folder: &Path) -> Result<Parts> {
    let mut parts = Parts::default();
    if parts.add(folder)? {
        return Ok(parts);
    }
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| Error::io(folder, e))? {
        folders.push(entry.map_err(|e| Error::io(folder, e))?.path());
    }
    folders.sort();
    let mut runs = 0;
    for path in folders.iter().filter(|path| path.is_dir()) {
        runs += u32::from(parts.add(path)?);
    }
    if runs == 0 {
        return Err(Error::run(folder, format!("no run is there, nor in its folders: no {MANIFEST}")));
    }
    Ok(parts)
}

impl Parts {
    /// Returns the number of parts.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Adds the parts of a run; tells whether there is one.
    fn add(&mut self, folder: &Path) -> Result<bool> {
        let Some(manifest) = Manifest::load(folder)? else { return Ok(false) };
        let unfinished = manifest.inputs.iter().filter(|input| input.state == State::Pending).count();
        if manifest.status != Status::Complete || unfinished > 0 {
            let message =
                format!("the run is not finished, {unfinished} inputs wait; go on with extract --resume");
            return Err(Error::run(folder, message));
        }
        if manifest.configuration.get("format").and_then(|format| format.as_str())
            != Some(Format::Csv.ending())
        {
            return Err(Error::run(folder, "the run has no triples in CSV; extract with --format csv"));
        }
        for input in &manifest.inputs {
            match input.state {
                State::Done => {
                    let rows = folder.join(input.rows(Format::Csv));
                    self.bytes += rows.metadata().map_err(|e| Error::io(&rows, e))?.len();
                    self.list.push(Part { rows, citations: folder.join(input.citations()) });
                }
                State::Pending | State::Failed => self.failed.push(input.file.clone()),
            }
        }
        Ok(true)
    }
}
