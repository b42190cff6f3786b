//! Outputs: the rows of a run and what stands beside them, named by how the run ended.

use std::path::{Path, PathBuf};

use super::progress::Progress;
use crate::pipeline::Rendered;
use crate::report::{Rejected, Report};
use crate::writers::{self, Format, Output, remove};
use crate::{Error, Result};

/// Rejected records that are also named on standard error; the file has them all.
const NAMED: u64 = 10;

/// What the names of the files beside the rows end in.
const REPORT: &str = "report.json";
const REJECTED: &str = "rejected.jsonl";

/// Returns the name of a file beside the rows: `triples.report.json` beside `triples.csv` and `triples.csv.gz`.
fn beside(rows: &Path, ending: &str) -> PathBuf {
    let plain = if writers::is_gzip(rows) { rows.with_extension("") } else { rows.to_path_buf() };
    plain.with_extension(ending)
}

/// Returns the files that a run with such an output and report may write.
pub(super) fn written(rows: Option<&Path>, report: Option<&Path>) -> Vec<PathBuf> {
    let around = |rows: &Path| {
        let names = [beside(rows, REPORT), beside(rows, REJECTED), rows.to_path_buf()];
        names.into_iter().flat_map(|path| [writers::partial(&path), path])
    };
    rows.into_iter().flat_map(around).chain(report.map(PathBuf::from)).collect()
}

/// The outputs of one run.
pub(super) struct Outputs {
    rows: Output,
    /// Made with the first rejected record.
    rejected: Option<Output>,
    rejected_path: Option<PathBuf>,
    report: Option<Output>,
    path: Option<PathBuf>,
    named: u64,
}

impl Outputs {
    /// Prepares the outputs: a file and what stands beside it, or standard output.
    pub(super) fn create(path: Option<&Path>, format: Format, report: Option<&Path>) -> Result<Self> {
        let header = format.header();
        let rows =
            path.map_or_else(|| Output::stdout(&header), |path| Output::create_by_name(path, &header))?;
        // Nothing stands beside a device or a pipe.
        let file = path.filter(|path| path.metadata().map_or(true, |about| about.is_file()));
        let report_path = report.map(PathBuf::from).or_else(|| Some(beside(file?, REPORT)));
        let report = report_path.map(|path| Output::create(&path, b"")).transpose()?;
        let rejected_path = file.map(|path| beside(path, REJECTED));
        let path = path.map(PathBuf::from);
        Ok(Self { rows, rejected: None, rejected_path, report, path, named: 0 })
    }

    /// Returns the file of the rows; none for standard output.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Writes one batch.
    pub(super) fn take(&mut self, batch: &Rendered, progress: &Progress) -> Result<()> {
        self.rows.write(&batch.bytes)?;
        batch.rejected.iter().try_for_each(|error| self.reject(error, progress))
    }

    fn reject(&mut self, error: &Error, progress: &Progress) -> Result<()> {
        self.named += 1;
        if self.named <= NAMED || self.rejected_path.is_none() || !error.is_record() {
            progress.reject(error);
        }
        let Some(path) = &self.rejected_path else { return Ok(()) };
        let rejected = match &mut self.rejected {
            Some(output) => output,
            none => none.insert(Output::create(path, b"")?),
        };
        rejected.write(&Rejected::from(error).to_line())
    }

    /// Gives the complete files their names, the rows last.
    pub(super) fn finish(self, report: &Report) -> Result<()> {
        if let Some(mut output) = self.report {
            output.write(&report.to_json())?;
            output.finish()?;
        }
        match (self.rejected, self.rejected_path) {
            (Some(rejected), _) => rejected.finish()?,
            // What an earlier run rejected says nothing about this one.
            (None, Some(path)) => remove(&path)?,
            (None, None) => {}
        }
        self.rows.finish()
    }

    /// Keeps what was done under `.partial` names; returns the rows' one, if there are rows.
    pub(super) fn keep_partial(self, report: &Report) -> Result<Option<PathBuf>> {
        let rows = self.rows.keep_partial()?;
        if let Some(rejected) = self.rejected {
            rejected.keep_partial()?;
        }
        if let Some(mut output) = self.report {
            output.write(&report.to_json())?;
            output.keep_partial()?;
        }
        Ok(rows)
    }
}
