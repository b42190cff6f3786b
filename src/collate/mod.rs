//! Collate: the parts of runs to one table of current triples and one of facts.
//!
//! Two sorts that spill to disk (DataFusion's operator) bound the memory: one of all citations by document tells which
//! statements are current, one of the current triples by fact brings together what is counted. What is held beside them is
//! one bit a citation, and the fact at hand.

mod current;
mod facts;
mod parts;
mod sort;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc::sync_channel;

pub use facts::FACT_COLUMNS;
pub use parts::{Parts, parts};

use crate::runs::Folder;
use crate::writers::{Format, Output};
use crate::{Error, Result};
use current::{Current, current};
use facts::{Facts, Statements};
use sort::Sorter;

/// Names of the tables.
pub const TRIPLES: &str = "triples.csv";
/// As [`TRIPLES`].
pub const FACTS: &str = "facts.csv";

/// Batches that wait to be sorted.
const WAITING: usize = 4;

/// What a collation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collated {
    /// Statements and withdrawals of documents in the parts.
    pub citations: u64,
    /// Triples in the parts.
    pub triples: u64,
    /// Those of them that are current.
    pub current: u64,
    /// Facts.
    pub facts: u64,
}

/// How to collate.
pub struct Collation<'a> {
    /// Where the tables go; what is spilled lies there, too, until the end.
    pub out: &'a Folder,
    /// Bytes that the sort may hold.
    pub memory: usize,
    /// Ends the collation early, as an error.
    pub stop: &'a AtomicBool,
    /// Counts the bytes of parts read.
    pub bytes: &'a AtomicU64,
}

impl Collation<'_> {
    /// Writes both tables; neither appears before both are complete.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Run`] if a part does not fit its citations, or the run was interrupted.
    pub fn go(&self, parts: &Parts) -> Result<Collated> {
        let spill = self.out.scratch_folder()?;
        let sorter = Sorter::new(self.memory, spill.path())?;
        let bits = current(&parts.list, &sorter, self.stop)?;
        let mut done = Collated { citations: bits.len(), ..Collated::default() };
        let mut triples = Output::create(&self.out.file(TRIPLES), &Format::Csv.header())?;
        let mut facts = Facts::create(&self.out.file(FACTS))?;
        let (batches, sorted) = sync_channel(WAITING);
        std::thread::scope(|scope| {
            let sorting = scope.spawn(|| {
                let rows = sorted.into_iter().map(Ok);
                sorter.sort(&facts::schema(), &facts::KEYS, rows, |batch| facts.take(batch))
            });
            let mut statements = Statements::default();
            let mut rows = Current::new(&parts.list, &bits, self.bytes, self.stop);
            let mut read = || -> Result<()> {
                while let Some(row) = rows.next_row()? {
                    triples.write(row.line)?;
                    if let Some(batch) = statements.push(row.fields)? {
                        // The sort has failed; it says why below.
                        if batches.send(batch).is_err() {
                            return Ok(());
                        }
                    }
                }
                let _ = batches.send(statements.finish()?);
                Ok(())
            };
            let result = read();
            drop(batches);
            // An incomplete table is thrown away below, so the sort's own end does not matter then.
            let sorted = sorting.join().unwrap_or(Err(Error::WorkerLost));
            (done.triples, done.current) = (rows.read, rows.kept);
            result.and(sorted)
        })?;
        done.facts = facts.finish()?;
        triples.finish()?;
        spill.close().map_err(|e| Error::io(self.out.path(), e))?;
        Ok(done)
    }
}

/// Makes the error of a folder.
fn broken(path: &Path, message: impl Into<String>) -> Error {
    Error::run(path, message)
}
