//! Sink: where a run's rows, rejected records and counts go.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::progress::Progress;
use crate::pipeline::Rendered;
use crate::report::{Counts, Rejected};
use crate::writers::{Format, Output};
use crate::{Error, Result};

/// Rejected records that are also named on standard error; the file has them all.
const NAMED: u64 = 10;

/// The outputs of one run.
pub(super) struct Sink<'a> {
    rows: Output,
    rejected: Option<Output>,
    rejected_path: Option<PathBuf>,
    pub(super) counts: Counts,
    named: u64,
    progress: &'a Progress,
}

impl<'a> Sink<'a> {
    /// Prepares the outputs: a file and what stands beside it, or standard output.
    pub(super) fn new(path: Option<&Path>, format: Format, progress: &'a Progress) -> Result<Self> {
        let rows = match path {
            Some(path) => Output::create(path, &format.header())?,
            None => Output::stdout(&format.header())?,
        };
        let rejected_path = path.map(|path| path.with_extension("rejected.jsonl"));
        Ok(Self { rows, rejected: None, rejected_path, counts: Counts::default(), named: 0, progress })
    }

    /// Writes one batch.
    pub(super) fn take(&mut self, batch: &Rendered) -> Result<()> {
        self.rows.write(&batch.bytes)?;
        for error in &batch.rejected {
            self.reject(error)?;
        }
        self.counts.add(&batch.counts);
        self.progress.at(0, self.counts.documents);
        Ok(())
    }

    fn reject(&mut self, error: &Error) -> Result<()> {
        self.named += 1;
        if self.named <= NAMED || self.rejected_path.is_none() || !error.is_record() {
            self.progress.say(&format!("rejected: {error}"));
        }
        let Some(path) = &self.rejected_path else { return Ok(()) };
        let rejected = match &mut self.rejected {
            Some(output) => output,
            none => none.insert(Output::create(path, b"")?),
        };
        // Plain text and numbers have a JSON form.
        let mut line = serde_json::to_vec(&Rejected::from(error)).unwrap_or_default();
        line.push(b'\n');
        rejected.write(&line)
    }

    /// Gives the complete files their names, the rows last.
    pub(super) fn finish(self) -> Result<()> {
        match (self.rejected, self.rejected_path) {
            (Some(rejected), _) => rejected.finish()?,
            // What an earlier run rejected says nothing about this one.
            (None, Some(path)) => match std::fs::remove_file(&path) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::io(&path, e)),
                _ => {}
            },
            (None, None) => {}
        }
        self.rows.finish()
    }

    /// Keeps what was done under `.partial` names; returns the rows' one.
    pub(super) fn keep_partial(self) -> Result<Option<PathBuf>> {
        if let Some(rejected) = self.rejected {
            rejected.keep_partial()?;
        }
        self.rows.keep_partial()
    }
}
