//! The vault's key: a secret that the configuration names, or a file of our own, made when it is first needed.
//!
//! It never overwrites a file: what was sealed with the key in it could not be opened any more.

use super::cipher::Cipher;
use crate::config::{Located, SecretSource, VaultKey};
use chacha20poly1305::aead::OsRng;
use chacha20poly1305::aead::rand_core::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use syntony_connectors::auth::KeepError;

/// Random bytes in a key of our own.
const OWN_KEY_BYTES: usize = 32;
/// The shortest key that is taken, in characters: somebody who has the database can try short ones.
const MIN_KEY_CHARS: usize = 32;

/// A key of our own that cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub(super) enum OwnKeyError {
    /// The file system says no.
    #[error("the vault's key {0} cannot be read or made: {1}; `[vault] key` may name another place")]
    Io(String, io::Error),
    /// The file is not one that we made.
    #[error("{0} holds no key of the vault")]
    NoKey(String),
    /// There are tokens that only a key that is not there would open.
    #[error("{0} is not there")]
    Lost(String),
}

/// Whether there is a key already, or there has to be.
pub(super) fn is_expected(key: &VaultKey) -> bool {
    match key {
        VaultKey::Given(_) => true,
        VaultKey::Own(path) => path.exists(),
    }
}

/// The key that is there; `explain` says what it means that a key of our own is not.
pub(super) async fn known(
    key: &VaultKey,
    explain: impl FnOnce(OwnKeyError) -> KeepError,
) -> Result<Cipher, KeepError> {
    match key {
        VaultKey::Given(source) => given(source).await,
        VaultKey::Own(path) => read(path).map_err(explain),
    }
}

/// The key that the configuration names.
async fn given(source: &Located<SecretSource>) -> Result<Cipher, KeepError> {
    let failed = |reason: String| KeepError::Failed {
        reason: format!("the vault's key cannot be had: {reason}"),
        hint: "`openssl rand -hex 32` prints a good one; put it where `[vault] key` says".to_owned(),
    };
    let secret = source.resolve().await.map_err(|error| failed(error.to_string()))?;
    if secret.expose_secret().trim().chars().count() < MIN_KEY_CHARS {
        return Err(failed(format!("{} holds fewer than {MIN_KEY_CHARS} characters", source.value)));
    }
    Ok(Cipher::new(&secret))
}

/// The key of our own, made now if there is none.
pub(super) fn own(key: &VaultKey) -> Result<Cipher, OwnKeyError> {
    match key {
        // Fetched before the turn; whoever gets here without it has none.
        VaultKey::Given(source) => Err(OwnKeyError::Lost(source.value.to_string())),
        VaultKey::Own(path) => match make(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
            Err(error) => Err(OwnKeyError::Io(name(path), error)),
            Ok(secret) => Ok(Cipher::new(&secret)),
        },
    }
}

/// Where the key is, for people.
pub(super) fn whereabouts(key: &VaultKey) -> impl fmt::Display {
    match key {
        VaultKey::Given(source) => format!("the key in {}", source.value),
        VaultKey::Own(path) => format!("the key in {}", name(path)),
    }
}

fn read(path: &Path) -> Result<Cipher, OwnKeyError> {
    let mut text = String::with_capacity(2 * OWN_KEY_BYTES + 2);
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => OwnKeyError::Lost(name(path)),
        _ => OwnKeyError::Io(name(path), error),
    })?;
    file.take(2 * OWN_KEY_BYTES as u64 + 2)
        .read_to_string(&mut text)
        .map_err(|error| OwnKeyError::Io(name(path), error))?;
    let secret = SecretString::from(text);
    let digits = secret.expose_secret().trim();
    if digits.len() != 2 * OWN_KEY_BYTES || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(OwnKeyError::NoKey(name(path)));
    }
    Ok(Cipher::new(&secret))
}

/// A new key, on the disk for good before anything is sealed with it.
fn make(path: &Path) -> io::Result<SecretString> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let made = fill(file, path);
    if made.is_err() {
        // Half a key would stand in the way of a whole one.
        let _ = std::fs::remove_file(path);
    }
    made
}

fn fill(mut file: File, path: &Path) -> io::Result<SecretString> {
    let mut bytes = [0; OWN_KEY_BYTES];
    OsRng.fill_bytes(&mut bytes);
    let mut digits = String::with_capacity(2 * OWN_KEY_BYTES);
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    let secret = SecretString::from(digits);
    writeln!(file, "{}", secret.expose_secret())?;
    file.sync_all()?;
    // The name as well, where folders can be synced.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(secret)
}

fn name(path: &Path) -> String {
    format!("the file `{}`", path.display())
}
