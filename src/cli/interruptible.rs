//! Interruptible: a pipe that Ctrl-C can end although its other side is silent.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// How long a silent pipe keeps an interrupted run waiting.
const PATIENCE: Duration = Duration::from_millis(50);

/// Reads a pipe on a thread of its own, so that waiting for it can be given up.
///
/// The thread is left behind in its read when the run is interrupted; it ends with the program.
pub(super) struct Interruptible {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: io::Cursor<Vec<u8>>,
    stop: Arc<AtomicBool>,
}

impl Interruptible {
    /// Starts to read.
    pub(super) fn new(mut pipe: impl Read + Send + 'static, stop: Arc<AtomicBool>) -> Self {
        let (sender, chunks) = sync_channel(2);
        std::thread::spawn(move || {
            loop {
                let mut chunk = vec![0; CHUNK];
                let result = pipe.read(&mut chunk).map(|n| {
                    chunk.truncate(n);
                    chunk
                });
                let last = !matches!(&result, Ok(chunk) if !chunk.is_empty());
                if sender.send(result).is_err() || last {
                    break;
                }
            }
        });
        Self { chunks, chunk: io::Cursor::default(), stop }
    }
}

impl Read for Interruptible {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.position() == self.chunk.get_ref().len() as u64 {
            match self.chunks.recv_timeout(PATIENCE) {
                Ok(chunk) => {
                    let chunk = chunk?;
                    if chunk.is_empty() {
                        return Ok(0);
                    }
                    self.chunk = io::Cursor::new(chunk);
                }
                // An error, not an end: what was read of the last record is no record.
                Err(RecvTimeoutError::Timeout) if self.stop.load(Ordering::Relaxed) => {
                    return Err(io::Error::other("interrupted"));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        self.chunk.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe that says something and then nothing more, without ending.
    struct Silent(Option<&'static [u8]>);

    impl Read for Silent {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(words) = self.0.take() else {
                loop {
                    std::thread::park();
                }
            };
            buffer[..words.len()].copy_from_slice(words);
            Ok(words.len())
        }
    }

    #[test]
    fn a_silent_pipe_can_be_given_up() {
        let stop = Arc::new(AtomicBool::new(false));
        let mut pipe = Interruptible::new(Silent(Some(b"words")), Arc::clone(&stop));
        let mut buffer = [0; 16];
        assert_eq!(pipe.read(&mut buffer).unwrap(), 5);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(pipe.read(&mut buffer).unwrap_err().to_string(), "interrupted");
    }

    #[test]
    fn a_pipe_arrives_whole() {
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
        let pipe = io::Cursor::new(bytes.clone());
        let mut pipe = Interruptible::new(pipe, Arc::new(AtomicBool::new(false)));
        let mut arrived = Vec::new();
        pipe.read_to_end(&mut arrived).unwrap();
        assert_eq!(arrived, bytes);
    }
}
