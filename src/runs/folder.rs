//! Folder: where a run lives, held by one process at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::writers::{is_scratch, scratch_folder};
use crate::{Error, Result};

/// The file whose lock holds the folder. It stays: the system lets go of the lock however a process ends.
const LOCK: &str = "run.lock";

/// The folder of a run, taken by this process until it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if there is none, takes it, and removes what a killed process left unfinished.
    ///
    /// # Errors
    /// [`Error::Run`] if another process has taken it; [`Error::Io`] if it cannot be written to.
    pub fn take(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(|e| Error::io(path, e))?;
        let name = path.join(LOCK);
        let options = File::options().create(true).truncate(false).write(true).clone();
        let lock = options.open(&name).map_err(|e| Error::io(&name, e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::run(path, "another process works in this folder; wait for it or stop it"));
            }
            Err(TryLockError::Error(e)) => return Err(Error::io(&name, e)),
        }
        let folder = Self { path: path.to_path_buf(), _lock: lock };
        folder.sweep()?;
        Ok(folder)
    }

    /// Returns the path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a folder for what is needed only now; it is removed when dropped, or by the next process.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn scratch_folder(&self) -> Result<TempDir> {
        scratch_folder(&self.path).map_err(|e| Error::io(&self.path, e))
    }

    /// Removes outputs that were never finished.
    fn sweep(&self) -> Result<()> {
        for entry in std::fs::read_dir(&self.path).map_err(|e| Error::io(&self.path, e))? {
            let entry = entry.map_err(|e| Error::io(&self.path, e))?;
            if is_scratch(&entry.file_name().to_string_lossy()) {
                let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let remove = if folder { std::fs::remove_dir_all } else { std::fs::remove_file };
                remove(entry.path()).map_err(|e| Error::io(entry.path(), e))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_and_swept_of_what_was_never_finished() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("deep/run");
        let first = Folder::take(&path).unwrap();
        std::fs::write(first.file(".a.csv.x1.cytosift.tmp"), "half").unwrap();
        std::fs::write(first.file(".hidden"), "not ours").unwrap();
        let message = Folder::take(&path).unwrap_err().to_string();
        assert!(message.contains("deep/run: another process works in this folder"), "{message}");
        assert!(first.file(".a.csv.x1.cytosift.tmp").exists());
        drop(first);
        let second = Folder::take(&path).unwrap();
        assert!(!second.file(".a.csv.x1.cytosift.tmp").exists() && second.file(".hidden").exists());
    }
}
