//! Inputs as typed: files, folders and patterns become a list of files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// The name that stands for standard input.
pub const STDIN: &str = "-";

/// Endings that a folder's files are taken by, each also with `.gz`.
const ENDINGS: [&str; 14] = [
    "xml", "nxml", "nbib", "medline", "txt", "text", "json", "jsonl", "ndjson", "csv", "tsv", "pubtator",
    "bioc", "jats",
];

/// The files to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// In the order typed; inside a folder or pattern sorted by path.
    pub files: Vec<PathBuf>,
    /// Files of folders whose ending is none of the known ones (checksums, licences), and what the run itself writes.
    pub skipped: Vec<PathBuf>,
}

impl Inputs {
    /// Leaves out what the run writes itself, which an earlier run may have left in a folder that is read.
    ///
    /// # Errors
    /// [`Error::Run`] if one of these files is `named` as an input: it would be written over.
    pub fn leave_out(&mut self, written: &[PathBuf], named: &[PathBuf]) -> Result<()> {
        let written: BTreeSet<PathBuf> = written.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let is_written = |path: &PathBuf| {
            !written.is_empty() && path.canonicalize().is_ok_and(|path| written.contains(&path))
        };
        if let Some(path) = named.iter().find(|path| is_written(path)) {
            return Err(refuse(
                path,
                "an input, which the output would be written over; choose another name".into(),
            ));
        }
        let (left_out, files) = std::mem::take(&mut self.files).into_iter().partition(is_written);
        self.files = files;
        self.skipped.extend::<Vec<PathBuf>>(left_out);
        Ok(())
    }
}

/// Expands folders (recursively, hidden files left out) and patterns (`*`, `?`, `[...]`, `**`).
///
/// A path that exists is taken as it is; `-` stands for standard input. A file that comes twice is taken once.
///
/// # Errors
/// [`Error::Io`] for a file that does not exist or a folder that cannot be read; [`Error::Run`] for a pattern or
/// folder without files.
pub fn expand(paths: &[PathBuf]) -> Result<Inputs> {
    let mut inputs = Inputs::default();
    for path in paths {
        if path.as_os_str() == STDIN {
            inputs.files.push(path.clone());
            continue;
        }
        let before = inputs.files.len();
        let pattern = path.to_string_lossy();
        if path.exists() || !pattern.contains(['*', '?', '[']) {
            visit(path, true, &mut inputs)?;
        } else {
            let found = glob::glob(&pattern).map_err(|e| refuse(path, format!("not a pattern: {e}")))?;
            for found in found {
                let found = found.map_err(|e| Error::Io { path: e.path().to_path_buf(), cause: e.into() })?;
                if !found.is_dir() {
                    inputs.files.push(found);
                }
            }
        }
        if inputs.files.len() == before {
            return Err(refuse(path, format!("no file to read; known endings: {}", ENDINGS.join(", "))));
        }
    }
    let mut known = BTreeSet::new();
    inputs.files.retain(|path| known.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    Ok(inputs)
}

fn visit(path: &Path, named: bool, inputs: &mut Inputs) -> Result<()> {
    let metadata = std::fs::metadata(path).map_err(|e| Error::io(path, e))?;
    if !metadata.is_dir() {
        let taken = named || has_known_ending(path);
        if taken { &mut inputs.files } else { &mut inputs.skipped }.push(path.to_path_buf());
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|e| Error::io(path, e))? {
        let entry = entry.map_err(|e| Error::io(path, e))?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push(entry.path());
        }
    }
    entries.sort();
    entries.iter().try_for_each(|entry| visit(entry, false, inputs))
}

fn has_known_ending(path: &Path) -> bool {
    ending(path).is_some_and(|e| ENDINGS.contains(&e.as_str()))
}

/// Returns the ending in lower case, without a `.gz` after it.
pub(super) fn ending(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, e)| e.to_owned())
}

/// Returns the name without folder and endings, the identifier of a document that has no other.
pub fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    }
}

fn refuse(path: &Path, message: String) -> Error {
    Error::run(path, message)
}
