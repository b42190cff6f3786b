//! Part: one input to its output files, each of which appears only when it is complete.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use rayon::ThreadPool;
use sha2::{Digest, Sha256};

use super::folder::Folder;
use super::manifest::{Input, Part, State};
use super::{Event, Work};
use crate::pipeline::Rendered;
use crate::readers::{self, Meter, Records};
use crate::report::{ByName, Counts, Rejected};
use crate::writers::{Citations, Format, Output, remove};
use crate::{Document, Error, Result};

/// Bytes hashed at once.
const CHUNK: usize = 256 << 10;

/// What the inputs of a run share while they are worked on.
pub(super) struct Shop<'a> {
    pub(super) work: &'a Work<'a>,
    pub(super) folder: &'a Folder,
    pub(super) pool: &'a ThreadPool,
    /// Bytes read of all inputs.
    pub(super) bytes: &'a Arc<AtomicU64>,
    pub(super) stop: &'a AtomicBool,
    pub(super) tell: &'a (dyn Fn(Event<'_>) + Sync),
}

impl Shop<'_> {
    /// Brings an input to its end, if it is not there already; returns the time that each step took.
    ///
    /// An interrupted one stays pending.
    ///
    /// # Errors
    /// What ends the whole run: an output that cannot be written, a broken stage, a bad record that must stop it.
    pub(super) fn finish(&self, input: &mut Input) -> Result<ByName<f64>> {
        if input.state == State::Done {
            if self.is_current(input) {
                (self.tell)(Event::Kept(input));
                return Ok(ByName::new());
            }
            // What was not checked to the end is checked next time.
            if self.stop.load(Ordering::Relaxed) {
                return Ok(ByName::new());
            }
            (self.tell)(Event::Changed(input));
        }
        input.reset();
        let path = PathBuf::from(&input.file);
        let meter = Meter::new(Arc::clone(self.bytes));
        let records = open(&path).and_then(|file| readers::from_reader(&path, meter.meter(file)));
        let mut steps = ByName::new();
        let failure = match records {
            Ok(records) => self.extract(input, records, &mut steps)?,
            Err(error) => Some(error),
        };
        if self.stop.load(Ordering::Relaxed) && input.state != State::Done {
            return Ok(steps);
        }
        if let Some(error) = failure {
            self.remove(input)?;
            input.reset();
            (input.state, input.error) = (State::Failed, Some(error.to_string()));
            (self.tell)(Event::Rejected(&error));
        }
        (input.bytes, input.sha256) = meter.read();
        (self.tell)(Event::Finished(input));
        Ok(steps)
    }

    /// Tells whether an input that is done, and what was written of it, are as they were.
    fn is_current(&self, input: &Input) -> bool {
        let written = input.outputs.iter().all(|part| {
            let path = self.folder.file(&part.file);
            self.hash(&path, part.bytes, None).as_ref() == Some(&part.sha256)
        });
        written
            && input.sha256.is_some()
            && self.hash(Path::new(&input.file), input.bytes, Some(self.bytes)) == input.sha256
    }

    /// Returns the checksum of a file of that size; none if it has another or cannot be read.
    fn hash(&self, path: &Path, size: u64, counter: Option<&AtomicU64>) -> Option<String> {
        let mut file = open(path).ok()?;
        if file.metadata().ok()?.len() != size {
            return None;
        }
        let (mut sum, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Some(format!("{:x}", sum.finalize())),
                Ok(n) => {
                    sum.update(&chunk[..n]);
                    counter.map(|counter| counter.fetch_add(n as u64, Ordering::Relaxed));
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
        }
    }

    /// Extracts an input and names its outputs; returns why it cannot be read to its end, in which case it has none.
    fn extract(&self, input: &mut Input, records: Records, steps: &mut ByName<f64>) -> Result<Option<Error>> {
        let format = self.work.format;
        let render = |document: &Document, out: &mut Vec<u8>| format.render(document, out);
        let params = (&self.work.config.run, &self.work.config.memory);
        input.format = Some(records.format().as_str().to_owned());
        let mut draft = Draft::new(self.folder, input, format)?;
        let (mut counts, mut failure) = (Counts::default(), None);
        self.work.pipeline.run_in(self.pool, records, &render, params, self.stop, |mut batch| {
            for error in std::mem::take(&mut batch.rejected) {
                if error.is_record() {
                    (self.tell)(Event::Rejected(&error));
                    draft.reject(&error)?;
                } else {
                    failure = Some(error);
                }
            }
            draft.take(&batch)?;
            counts.add(&batch.counts);
            (self.tell)(Event::Batch(&batch.counts));
            Ok(())
        })?;
        *steps = std::mem::take(&mut counts.seconds);
        if failure.is_none() && !self.stop.load(Ordering::Relaxed) {
            let begun = Instant::now();
            input.outputs = draft.finish(self.folder, input)?;
            (input.counts, input.state) = (counts, State::Done);
            steps.insert("finish".into(), begun.elapsed().as_secs_f64());
        }
        Ok(failure)
    }

    /// Removes what stands under the names of an input's outputs.
    fn remove(&self, input: &Input) -> Result<()> {
        let names = [input.rows(self.work.format), input.citations(), input.rejected()];
        names.iter().try_for_each(|name| remove(&self.folder.file(name)))
    }
}

/// The outputs of an input while it is read.
struct Draft {
    rows: Sealed,
    citations: Citations,
    /// Made with the first rejected record.
    rejected: Option<Sealed>,
    /// Where it would go.
    rejected_path: PathBuf,
}

impl Draft {
    fn new(folder: &Folder, input: &Input, format: Format) -> Result<Self> {
        let rows = Sealed::create(&folder.file(&input.rows(format)), &format.header())?;
        let rejected_path = folder.file(&input.rejected());
        Ok(Self { rows, citations: Citations::default(), rejected: None, rejected_path })
    }

    fn take(&mut self, batch: &Rendered) -> Result<()> {
        batch.citations.iter().for_each(|citation| self.citations.push(citation));
        self.rows.write(&batch.bytes)
    }

    fn reject(&mut self, error: &Error) -> Result<()> {
        let rejected = match &mut self.rejected {
            Some(rejected) => rejected,
            none => none.insert(Sealed::create(&self.rejected_path, b"")?),
        };
        rejected.write(&Rejected::from(error).to_line())
    }

    /// Names the files, and removes what an earlier reading of the input rejected.
    fn finish(self, folder: &Folder, input: &Input) -> Result<Vec<Part>> {
        let mut citations = Sealed::create(&folder.file(&input.citations()), b"")?;
        citations.write(&self.citations.finish())?;
        let mut parts = vec![self.rows.finish()?, citations.finish()?];
        match self.rejected {
            Some(rejected) => parts.push(rejected.finish()?),
            None => remove(&self.rejected_path)?,
        }
        Ok(parts)
    }
}

/// An output with its checksum.
struct Sealed {
    output: Output,
    name: String,
    bytes: u64,
    sum: Sha256,
}

impl Sealed {
    fn create(path: &Path, header: &[u8]) -> Result<Self> {
        let output = Output::create(path, header)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { output, name, bytes: header.len() as u64, sum: Sha256::new_with_prefix(header) })
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.bytes += piece.len() as u64;
        self.sum.update(piece);
        self.output.write(piece)
    }

    fn finish(self) -> Result<Part> {
        self.output.finish()?;
        Ok(Part { file: self.name, bytes: self.bytes, sha256: format!("{:x}", self.sum.finalize()) })
    }
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|e| Error::io(path, e))
}
