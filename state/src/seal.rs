//! Whether the database file is as we left it.
//!
//! Examining a file reads all of it, and a run that has nothing to do must not cost more the more contacts
//! there are. So a store that is closed in order leaves a *seal* beside its file: how large it is, and when
//! it was last written. A file whose seal fits was touched by nobody since, and is not examined again.
//!
//! The seal is broken before anything is written and set when everything is, so that a process that dies
//! leaves none. It never vouches for a file with a log beside it, and one that is missing, unreadable or of
//! another file costs an examination, no more.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What the seal says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seal {
    /// It is as we left it.
    Fits,
    /// It may be anything.
    Broken,
}

/// Looks at the seal of a database and breaks it.
pub(crate) fn look_and_break(db_path: &Path) -> Seal {
    let said = std::fs::read_to_string(beside(db_path, ".seal"));
    // If it cannot be broken it must not be believed either: it would outlive what it was set on.
    let broken = std::fs::remove_file(beside(db_path, ".seal"));
    let log_bytes = std::fs::metadata(beside(db_path, "-wal")).map_or(0, |log| log.len());
    match (said, broken, words(db_path)) {
        (Ok(said), Ok(()), Ok(words)) if said == words && log_bytes == 0 => Seal::Fits,
        (_, _, _) => Seal::Broken,
    }
}

/// Sets the seal on a database that has nothing left in its log.
pub(crate) fn set(db_path: &Path) -> io::Result<()> {
    std::fs::write(beside(db_path, ".seal"), words(db_path)?)
}

fn words(db_path: &Path) -> io::Result<String> {
    let file: Metadata = std::fs::metadata(db_path)?;
    let written = file.modified()?.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    Ok(format!("{} bytes, written at {} ns", file.len(), written.as_nanos()))
}

fn beside(db_path: &Path, ending: &str) -> PathBuf {
    let mut path = db_path.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

#[cfg(test)]
mod tests {
    use super::{Seal, look_and_break};
    use crate::Store;

    #[test]
    fn only_an_untouched_file_that_was_closed_in_order_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        drop(Store::open(&path).unwrap());
        assert_eq!(look_and_break(&path), Seal::Fits);
        // Broken by the look.
        assert_eq!(look_and_break(&path), Seal::Broken);

        drop(Store::open(&path).unwrap());
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(look_and_break(&path), Seal::Broken);

        let open = Store::open(&path).unwrap();
        assert_eq!(look_and_break(&path), Seal::Broken, "sealed while it is open");
        drop(open);

        let mut dies = Store::open(&path).unwrap();
        dies.fail_after_commits(0);
        drop(dies);
        assert_eq!(look_and_break(&path), Seal::Broken, "sealed by the dead");
    }
}
