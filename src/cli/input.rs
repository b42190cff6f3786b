//! Input: opens the files of a run one after another and meters them as they are read.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::interruptible::Interruptible;
use super::progress::Gauges;
use crate::readers::{self, Meter, Record, Records, STDIN};
use crate::report::InputFile;
use crate::{Error, Result};

/// Files that the report lists one by one; further ones are counted.
const LISTED: usize = 10_000;

/// The records of all files, in order. A file that cannot be read is an error in its place.
pub(super) struct Input {
    files: std::vec::IntoIter<PathBuf>,
    open: Option<(Records, Meter)>,
    stop: Arc<AtomicBool>,
    /// What is read and finished.
    pub(super) gauges: Gauges,
    records: u64,
    /// Files that could not be read to their end.
    pub(super) failed: u64,
    /// What was read, for the report.
    pub(super) done: Vec<InputFile>,
}

impl Input {
    /// Prepares the files; `stop` ends waiting for pipes.
    pub(super) fn new(files: Vec<PathBuf>, stop: Arc<AtomicBool>) -> Self {
        let (files, gauges) = (files.into_iter(), Gauges::default());
        Self { files, open: None, stop, gauges, records: 0, failed: 0, done: Vec::new() }
    }

    fn open(&self, path: &Path) -> Result<(Records, Meter)> {
        let (name, source) = open(path, &self.stop)?;
        let meter = Meter::new(Arc::clone(&self.gauges.bytes));
        Ok((readers::from_reader(name, meter.meter(source))?, meter))
    }

    /// Notes a file for the report.
    fn note(&mut self, path: &Path, format: Option<readers::Format>, meter: Option<&Meter>, failed: bool) {
        self.failed += u64::from(failed);
        self.gauges.files.fetch_add(1, Ordering::Relaxed);
        if self.done.len() < LISTED {
            let format = format.map(readers::Format::as_str);
            let read = meter.map(Meter::read).unwrap_or_default();
            let (file, records) = (path.display().to_string(), std::mem::take(&mut self.records));
            self.done.push(InputFile { file, format, records, bytes: read.0, sha256: read.1, failed });
        }
        self.records = 0;
    }
}

impl Iterator for Input {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((records, meter)) = &mut self.open {
                let item = records.next();
                let ended = match &item {
                    None => Some(false),
                    Some(Err(error)) if !error.is_record() => Some(true),
                    Some(_) => None,
                };
                let Some(failed) = ended else {
                    self.records += 1;
                    return item;
                };
                let (path, format, meter) = (records.path().to_path_buf(), records.format(), meter.clone());
                self.open = None;
                self.note(&path, Some(format), Some(&meter), failed);
                if failed {
                    return item;
                }
            }
            let path = self.files.next()?;
            match self.open(&path) {
                Ok(open) => self.open = Some(open),
                Err(error) => {
                    self.note(&path, None, None, true);
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Opens a file or standard input; returns the name for messages, too.
pub(super) fn open(path: &Path, stop: &Arc<AtomicBool>) -> Result<(PathBuf, Box<dyn Read + Send>)> {
    if path.as_os_str() == STDIN {
        return Ok(("<stdin>".into(), Box::new(Interruptible::new(io::stdin(), Arc::clone(stop)))));
    }
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let regular = file.metadata().is_ok_and(|about| about.is_file());
    let source: Box<dyn Read + Send> = match regular {
        true => Box::new(file),
        false => Box::new(Interruptible::new(file, Arc::clone(stop))),
    };
    Ok((path.to_path_buf(), source))
}

/// Returns the bytes of all files, if each is a plain file.
pub(super) fn total_bytes(files: &[PathBuf]) -> Option<u64> {
    let size =
        |path: &PathBuf| path.metadata().ok().filter(std::fs::Metadata::is_file).map(|about| about.len());
    files.iter().map(size).sum()
}
