//! Meter: counts and checksums the bytes of a file as they are read, so that no file is read twice for it.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// Counts and checksums the bytes of one file; clones share the count.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Bytes of all files.
    total: Arc<AtomicU64>,
    read: Arc<Mutex<Tally>>,
}

#[derive(Debug, Default)]
struct Tally {
    bytes: u64,
    sha256: Sha256,
    ended: bool,
}

impl Meter {
    /// Makes a meter that also adds to a counter over all files.
    pub fn new(total: Arc<AtomicU64>) -> Self {
        Self { total, read: Arc::default() }
    }

    /// Returns a reader whose bytes are metered.
    pub fn meter<R: Read>(&self, source: R) -> Metered<R> {
        Metered { source, meter: self.clone() }
    }

    /// Returns the number of bytes, and the checksum (SHA-256) if the file was read to its end.
    pub fn read(&self) -> (u64, Option<String>) {
        let tally = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        (tally.bytes, tally.ended.then(|| format!("{:x}", tally.sha256.clone().finalize())))
    }

    fn count(&self, bytes: &[u8]) {
        self.total.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let mut tally = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        tally.bytes += bytes.len() as u64;
        tally.sha256.update(bytes);
        tally.ended |= bytes.is_empty();
    }
}

/// A file that is metered as it is read.
#[derive(Debug)]
pub struct Metered<R> {
    source: R,
    meter: Meter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read(buffer)?;
        if !buffer.is_empty() {
            self.meter.count(&buffer[..n]);
        }
        Ok(n)
    }
}
