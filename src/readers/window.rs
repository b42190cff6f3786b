//! A growing view of the undecoded part of a stream, and the decompression below it.

use std::io::{self, BufReader, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// Bytes asked of the stream at a time: large enough that a record is rarely cut, small enough for the cache.
const CHUNK: usize = 256 << 10;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Counts what is read of a file, before decompression.
struct Counted<R> {
    input: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// The decompressed stream, of which the bytes not yet consumed lie in memory.
pub(super) struct Window {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    ended: bool,
    damage: Option<io::Error>,
}

impl Window {
    /// Starts at the beginning of a stream, which is decompressed if it begins as gzip does (one member or many).
    pub(super) fn new(input: impl Read + Send + 'static, count: Arc<AtomicU64>) -> io::Result<Self> {
        let mut input = Counted { input, count };
        let mut magic = Vec::with_capacity(GZIP_MAGIC.len());
        input.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut magic)?;
        let gzipped = magic == GZIP_MAGIC;
        let input = io::Cursor::new(magic).chain(input);
        let input: Box<dyn Read + Send> = if gzipped {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(CHUNK, input)))
        } else {
            Box::new(input)
        };
        let buffer = vec![0; 2 * CHUNK];
        Ok(Self { input, buffer, start: 0, end: 0, offset: 0, ended: false, damage: None })
    }

    /// Returns the bytes that were read and not consumed.
    pub(super) fn data(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Returns the offset of the first byte of [`Window::data`] in the decompressed stream.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Tells whether the stream came to its end without an error.
    pub(super) fn ended(&self) -> bool {
        self.ended && self.damage.is_none()
    }

    /// Returns the error that ended the stream, once.
    pub(super) fn take_damage(&mut self) -> Option<io::Error> {
        self.damage.take()
    }

    /// Drops the first `n` bytes.
    pub(super) fn consume(&mut self, n: usize) {
        self.start += n;
        self.offset += n as u64;
    }

    /// Reads more; returns `false` at the end of the stream or at damage.
    pub(super) fn fill(&mut self) -> bool {
        if self.ended {
            return false;
        }
        if self.buffer.len() - self.end < CHUNK {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.buffer.len() - self.end < CHUNK {
                self.buffer.resize(2 * self.buffer.len(), 0);
            }
        }
        let space = self.end..self.end + CHUNK;
        loop {
            match self.input.read(&mut self.buffer[space.clone()]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.end += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => (self.ended, self.damage) = (true, Some(e)),
            }
            return !self.ended;
        }
    }

    /// Reads until `n` bytes lie in memory or the stream ends.
    pub(super) fn fill_to(&mut self, n: usize) {
        while self.end - self.start < n && self.fill() {}
    }
}
