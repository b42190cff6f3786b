//! The library's error: every variant says which file, record, setting or stage.

use std::path::{Path, PathBuf};

/// A result with the library's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in the library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be opened, read or written.
    #[error("{path}: {cause}", path = path.display())]
    Io {
        /// The file, or `<stdin>`, `<stdout>`.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A file as a whole cannot be read: empty, of no known format, cut short.
    #[error("{path}, byte {byte}: {message}", path = path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// Byte offset into the decompressed file.
        byte: u64,
        /// What is wrong and what to do.
        message: String,
    },
    /// One record is malformed; the others are not touched by it.
    #[error("{path}, record {record}{}, byte {byte}: {message}", id_note(id), path = path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Number of the record in the file, from 1.
        record: u64,
        /// The record's identifier, empty if unknown.
        id: String,
        /// Byte offset into the decompressed file.
        byte: u64,
        /// What is wrong.
        message: String,
    },
    /// One line of a corpus or of a file of predictions is wrong.
    #[error("{path}, line {line}: {message}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong and what to do.
        message: String,
    },
    /// A setting is wrong.
    #[error("config: {key}: {message}")]
    Config {
        /// The setting.
        key: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The folder of a run cannot be used as asked.
    #[error("{folder}: {message}", folder = folder.display())]
    Run {
        /// The folder.
        folder: PathBuf,
        /// What is wrong and what to do.
        message: String,
    },
    /// A lexicon is malformed.
    #[error("lexicon {name}, line {line}: {message}")]
    Lexicon {
        /// The lexicon's file.
        name: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A learned model cannot be used.
    #[error("model {model}: {message}")]
    Model {
        /// The model's folder, or `built in`.
        model: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// A stage is broken.
    #[error("stage {stage}: {message}")]
    Stage {
        /// The stage's name.
        stage: &'static str,
        /// What happened.
        message: String,
    },
    /// Someone stopped it.
    #[error("interrupted")]
    Interrupted,
    /// A worker thread ended before it delivered its batch.
    #[error("a worker stopped before it finished its batch; please report this")]
    WorkerLost,
}

impl Error {
    /// Makes an [`Error::Io`].
    pub fn io(path: impl AsRef<Path>, cause: std::io::Error) -> Self {
        Self::Io { path: path.as_ref().to_path_buf(), cause }
    }

    /// Makes an [`Error::Run`].
    pub fn run(folder: impl AsRef<Path>, message: impl Into<String>) -> Self {
        Self::Run { folder: folder.as_ref().to_path_buf(), message: message.into() }
    }

    /// Tells whether only one record is lost and the run may go on.
    pub fn is_record(&self) -> bool {
        matches!(self, Self::Record { .. })
    }
}

fn id_note(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!(" ({id})") }
}
