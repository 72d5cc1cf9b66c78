//! One run at a time on one state.
//!
//! The lock is the operating system's advisory lock on `<database>.lock`, so it ends with its process,
//! however that ends; the file itself stays and means nothing. What it says (process, what runs, since
//! when) is for people. It is never decided by: a stale text cannot keep anybody out.

use crate::error::{Result, StateError};
use crate::store::private_file;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// How much of the lock file's text is read, in bytes.
const MAX_HOLDER_BYTES: u64 = 500;

/// The right to run on a state, given back when it is dropped and when the process ends.
#[derive(Debug)]
pub struct RunLock {
    file: File,
}

impl RunLock {
    /// Takes the lock of the database at `db_path`, or says who has it. `holder` tells others what runs
    /// (`sync chat-google`).
    ///
    /// # Errors
    /// [`StateError::Locked`] while another has it; [`StateError::CannotOpen`] if the lock file cannot be made.
    pub fn acquire(db_path: &Path, holder: &str) -> Result<RunLock> {
        let path = beside(db_path, ".lock");
        let cannot_open =
            |error: std::io::Error| StateError::CannotOpen { path: path.clone(), reason: error.to_string() };
        let mut file = private_file(&path).map_err(cannot_open)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StateError::Locked { holder: read_holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(cannot_open(error)),
        }
        let since = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S UTC");
        let text = format!("{holder} (process {}, since {since})\n", std::process::id());
        file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).map_err(cannot_open)?;
        Ok(RunLock { file })
    }
}

impl Drop for RunLock {
    /// Empties the text before the lock goes with the file, so that nobody reads of a run that is over.
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

/// A file beside the database; through a symbolic link it is the database that counts, not the name it was
/// reached by.
pub(crate) fn beside(db_path: &Path, ending: &str) -> PathBuf {
    let mut path = std::fs::canonicalize(db_path).unwrap_or_else(|_| db_path.to_owned()).into_os_string();
    path.push(ending);
    PathBuf::from(path)
}

/// What the holder wrote; it may not have written yet.
fn read_holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(MAX_HOLDER_BYTES).read_to_string(&mut text));
    match (read, text.trim()) {
        (Ok(_), holder) if !holder.is_empty() => holder.to_owned(),
        (Ok(_) | Err(_), _) => "another process".to_owned(),
    }
}
