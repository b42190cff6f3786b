//! Output: a file, compressed or not, that appears under its name only when it is complete, or standard output.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use crate::{Error, Result};

/// What the name of an output ends in until it is complete; it begins with a dot.
const SCRATCH: &str = ".cytosift.tmp";

/// Where bytes go. Call [`Output::finish`] or [`Output::keep_partial`] at the end.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    target: Target,
    /// Length up to the last whole piece.
    whole: u64,
    /// Length of the header.
    header: u64,
}

#[derive(Debug)]
enum Target {
    /// A file beside the real one, renamed at the end.
    Scratch(NamedTempFile),
    /// The same, compressed.
    Gzip(Box<GzEncoder<NamedTempFile>>),
    /// Something that cannot be renamed to: a device, a named pipe.
    Direct(File),
    Stdout,
}

impl Output {
    /// Prepares a file and writes its header; nothing stands under its name until [`Output::finish`].
    ///
    /// # Errors
    /// [`Error::Io`] if the folder is missing or cannot be written to, or the name is a folder's.
    pub fn create(path: &Path, header: &[u8]) -> Result<Self> {
        let fail = |source| Error::io(path, source);
        // A link stays a link: what it points to is replaced.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let target = match real.metadata() {
            Ok(about) if about.is_dir() => return Err(fail(ErrorKind::IsADirectory.into())),
            Ok(about) if !about.is_file() => {
                Target::Direct(File::options().write(true).open(&real).map_err(fail)?)
            }
            _ => Target::Scratch(scratch(&real).map_err(fail)?),
        };
        Self { path: real, target, whole: 0, header: header.len() as u64 }.with(header)
    }

    /// Prepares a file as [`Output::create`] does, compressed if its name says so ([`is_gzip`]).
    ///
    /// # Errors
    /// Those of [`Output::create`].
    pub fn create_by_name(path: &Path, header: &[u8]) -> Result<Self> {
        let mut output = Self::create(path, b"")?;
        output.header = header.len() as u64;
        if is_gzip(path) {
            output.target = match output.target {
                Target::Scratch(file) => Target::Gzip(Box::new(GzEncoder::new(file, Compression::default()))),
                other => other,
            };
        }
        output.with(header)
    }

    /// Makes the output that goes to standard output and writes its header.
    ///
    /// # Errors
    /// [`Error::Io`] naming `<stdout>`.
    pub fn stdout(header: &[u8]) -> Result<Self> {
        Self { path: "<stdout>".into(), target: Target::Stdout, whole: 0, header: header.len() as u64 }
            .with(header)
    }

    fn with(mut self, piece: &[u8]) -> Result<Self> {
        self.write(piece)?;
        Ok(self)
    }

    /// Writes a piece of whole rows.
    ///
    /// # Errors
    /// [`Error::Io`] naming the output.
    pub fn write(&mut self, piece: &[u8]) -> Result<()> {
        let written = match &mut self.target {
            Target::Scratch(file) => file.write_all(piece),
            Target::Gzip(file) => file.write_all(piece),
            Target::Direct(file) => file.write_all(piece),
            // Standard output is buffered by lines at most, so a closed pipe shows here.
            Target::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(piece).and_then(|()| stdout.flush())
            }
        };
        written.map_err(|source| Error::io(&self.path, source))?;
        self.whole += piece.len() as u64;
        Ok(())
    }

    /// Gives the complete file its name.
    ///
    /// # Errors
    /// [`Error::Io`] naming the output.
    pub fn finish(self) -> Result<()> {
        match self.target {
            Target::Scratch(file) => persist(file, &self.path),
            Target::Gzip(file) => persist(file.finish().map_err(|e| Error::io(&self.path, e))?, &self.path),
            Target::Direct(_) | Target::Stdout => Ok(()),
        }
    }

    /// Keeps the whole pieces of an incomplete file as `NAME.partial`; returns that name, unless it
    /// would hold nothing but the header.
    ///
    /// # Errors
    /// [`Error::Io`] naming the output.
    pub fn keep_partial(self) -> Result<Option<PathBuf>> {
        if self.whole == self.header {
            return Ok(None);
        }
        let path = partial(&self.path);
        let file = match self.target {
            Target::Scratch(file) => {
                file.as_file().set_len(self.whole).map_err(|source| Error::io(&path, source))?;
                file
            }
            Target::Gzip(file) => file.finish().map_err(|source| Error::io(&path, source))?,
            Target::Direct(_) | Target::Stdout => return Ok(None),
        };
        persist(file, &path)?;
        Ok(Some(path))
    }
}

fn persist(file: NamedTempFile, path: &Path) -> Result<()> {
    let fail = |source| Error::io(path, source);
    // A name must not survive a crash of the machine that its bytes do not survive.
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|e| fail(e.error))?;
    #[cfg(unix)]
    File::open(folder(path)).and_then(|folder| folder.sync_all()).map_err(fail)?;
    Ok(())
}

/// Returns the folder that a file lies in.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Tells whether the name of a file says that it is compressed.
pub fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"))
}

/// Returns the name under which the whole pieces of an incomplete file are kept.
pub fn partial(path: &Path) -> PathBuf {
    let mut name = path.to_path_buf().into_os_string();
    name.push(".partial");
    name.into()
}

/// Removes a file, if it is there: what an earlier run wrote and this one did not.
///
/// # Errors
/// [`Error::Io`].
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io(path, e)),
        _ => Ok(()),
    }
}

/// Tells whether a name is one that an output has until it is complete.
pub fn is_scratch(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(SCRATCH)
}

/// Makes a folder that has such a name, inside another.
///
/// # Errors
/// Those of the system.
pub fn scratch_folder(parent: &Path) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(".").suffix(SCRATCH).tempdir_in(parent)
}

/// Makes a file in the folder of `path`, with the rights a plain new file has.
fn scratch(path: &Path) -> io::Result<NamedTempFile> {
    let folder = folder(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(SCRATCH);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // The builder's error would name the scratch file, which means nothing to the user.
    builder.tempfile_in(folder).map_err(|e| match e.kind() {
        ErrorKind::NotFound => {
            io::Error::new(e.kind(), format!("the folder {} does not exist", folder.display()))
        }
        kind => kind.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut output = Output::create(&path, b"head\n").unwrap();
        output.write(b"a row\n").unwrap();
        assert!(!path.exists());
        output.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"head\na row\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_that_ends_in_gz_gets_a_compressed_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv.gz");
        let unpacked = |path: &Path| {
            let mut text = String::new();
            let mut file = flate2::read::GzDecoder::new(File::open(path).unwrap());
            io::Read::read_to_string(&mut file, &mut text).unwrap();
            text
        };
        for whole in [true, false] {
            let mut output = Output::create_by_name(&path, b"head\n").unwrap();
            output.write(b"a row\n").unwrap();
            let kept = match whole {
                true => output.finish().map(|()| path.clone()).unwrap(),
                false => output.keep_partial().unwrap().unwrap(),
            };
            assert_eq!(unpacked(&kept), "head\na row\n");
        }
    }

    #[test]
    fn a_partial_file_has_a_name_of_its_own_and_whole_pieces_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        std::fs::write(&path, "older").unwrap();
        let mut output = Output::create(&path, b"head\n").unwrap();
        output.write(b"a row\n").unwrap();
        if let Target::Scratch(file) = &mut output.target {
            file.write_all(b"half a").unwrap();
        }
        let partial = output.keep_partial().unwrap().unwrap();
        assert_eq!(std::fs::read(&partial).unwrap(), b"head\na row\n");
        assert_eq!(partial.file_name().unwrap(), "out.csv.partial");
        assert_eq!(std::fs::read(&path).unwrap(), b"older");
    }
}
