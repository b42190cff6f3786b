//! The stream of records: drives a cutter over the window, and guards size and completeness.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::delimited::Header;
use super::window::Window;
use super::{Format, Position, Record};
use crate::{Error, Result};

/// Largest record in bytes. The longest full texts are some MB; with 32 MiB a few records in flight still fit in
/// the memory of a laptop, and a document stays far below the 4 GiB that spans can address.
pub const MAX_RECORD: usize = 32 << 20;

/// What a cutter saw at the beginning of the data.
pub(super) enum Cut {
    /// The first `n` bytes are a record.
    Record(usize),
    /// The first `n` bytes belong to no record.
    Skip(usize),
    /// The first bytes are a record that is broken, for a reason.
    Bad(usize, String),
    /// The record goes on after the data; the search resumes at this byte.
    More(usize),
    /// The stream ends where it must not.
    Broken(String),
    /// The stream ends.
    End,
}

/// Finds the ends of records without decoding them.
pub(super) trait Cutter: Send {
    /// Looks at the bytes that were not cut yet. The first `from` of them were searched before; when `ended` is
    /// set no more follow, and the answer is not [`Cut::More`].
    fn cut(&mut self, data: &[u8], from: usize, ended: bool) -> Cut;
}

/// A stream of records. An [`Error::Record`] item may be skipped; any other error is the last item, and all
/// complete records come before it.
pub struct Records {
    window: Window,
    cutter: Box<dyn Cutter>,
    format: Format,
    header: Option<Arc<Header>>,
    path: Arc<PathBuf>,
    bytes_read: Arc<AtomicU64>,
    resume: usize,
    count: u64,
    /// Where a record begins that grew over [`MAX_RECORD`] and is being thrown away.
    oversized: Option<u64>,
    done: bool,
}

impl Records {
    pub(super) fn new(
        window: Window,
        cutter: Box<dyn Cutter>,
        format: Format,
        header: Option<Arc<Header>>,
        path: Arc<PathBuf>,
        bytes_read: Arc<AtomicU64>,
    ) -> Self {
        let (resume, count, oversized, done) = (0, 0, None, false);
        Self { window, cutter, format, header, path, bytes_read, resume, count, oversized, done }
    }

    /// Returns the format of the stream.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the file, or `<stdin>`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the counter of bytes read so far, before decompression; it goes on counting while the stream is read.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        self.bytes_read.clone()
    }

    /// Takes the first `n` bytes as the next record.
    fn take(&mut self, n: usize) -> Result<Record> {
        let byte = self.oversized.unwrap_or(self.window.offset());
        let size = self.window.offset() + n as u64 - byte;
        let position = self.next_position(byte);
        let record = if self.oversized.take().is_some() || size > MAX_RECORD as u64 {
            Err(position.error(
                "",
                0,
                format!("the record has {size} bytes, more than {MAX_RECORD}; split it"),
            ))
        } else {
            let bytes = self.window.data()[..n].to_vec();
            Ok(Record { format: self.format, position, bytes, header: self.header.clone() })
        };
        self.advance(n);
        record
    }

    fn next_position(&mut self, byte: u64) -> Position {
        self.count += 1;
        Position { path: self.path.clone(), record: self.count, byte }
    }

    fn advance(&mut self, n: usize) {
        self.window.consume(n);
        self.resume = 0;
    }

    /// Reads on inside a record; returns the last item if the stream is damaged.
    fn read_on(&mut self, resume: usize) -> Option<Error> {
        self.resume = resume;
        if self.window.data().len() >= MAX_RECORD {
            self.oversized.get_or_insert(self.window.offset());
            self.advance(resume);
        }
        if self.window.fill() {
            return None;
        }
        let byte = self.window.offset() + self.window.data().len() as u64;
        self.window.take_damage().map(|e| damaged(&self.path, byte, e))
    }
}

impl Iterator for Records {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let data = self.window.data();
            match self.cutter.cut(data, self.resume, self.window.ended()) {
                Cut::Record(n) => return Some(self.take(n)),
                // The rest of a record that is being thrown away may look like nothing.
                Cut::Skip(n) if self.oversized.is_some() => return Some(self.take(n)),
                Cut::End if self.oversized.is_some() => return Some(self.take(0)),
                Cut::Skip(n) => self.advance(n),
                Cut::Bad(n, message) => {
                    let byte = self.oversized.take().unwrap_or(self.window.offset());
                    let position = self.next_position(byte);
                    self.advance(n);
                    return Some(Err(position.error("", 0, message)));
                }
                Cut::More(resume) => {
                    if let Some(error) = self.read_on(resume) {
                        self.done = true;
                        return Some(Err(error));
                    }
                }
                Cut::Broken(message) => {
                    self.done = true;
                    let byte = self.window.offset() + data.len() as u64;
                    let message = format!("{message} (after {} records)", self.count);
                    return Some(Err(Error::Input { path: self.path.to_path_buf(), byte, message }));
                }
                Cut::End => self.done = true,
            }
        }
        None
    }
}

/// Says what an error of the stream means: damage to the compressed file, or trouble of the system.
pub(super) fn damaged(path: &Path, byte: u64, error: std::io::Error) -> Error {
    let message = match error.kind() {
        ErrorKind::UnexpectedEof => "the gzip file is cut short; fetch it again".to_owned(),
        ErrorKind::InvalidInput | ErrorKind::InvalidData => {
            format!("the gzip file is damaged ({error}); fetch it again")
        }
        _ => return Error::io(path, error),
    };
    Error::Input { path: path.to_path_buf(), byte, message }
}
