//! The vault's key: a secret that the configuration names, or a file of our own, made when it is first needed.
//!
//! It may have several lines: the first is the key, the others are those before it, which open and never seal. A key
//! is never dropped while it may be the only one that opens something, and a secret of the admin's is never written.

use super::cipher::Cipher;
use crate::config::{Located, SecretSource, VaultKey};
use chacha20poly1305::aead::OsRng;
use chacha20poly1305::aead::rand_core::RngCore as _;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use syntony_connectors::auth::KeepError;

/// Random bytes in a key of our own.
const OWN_KEY_BYTES: usize = 32;
/// How many characters that is, with its line end.
const OWN_LINE_BYTES: usize = 2 * OWN_KEY_BYTES + 1;
/// The shortest key that is taken, in characters: somebody who has the database can try short ones.
const MIN_KEY_CHARS: usize = 32;
/// The most keys at a place, the newest and those before it.
const MAX_KEYS: usize = 4;

/// A key that cannot be used or made.
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

/// The keys of a place, the newest first. There is always one.
pub(super) struct Keys {
    newest: SecretString,
    former: Vec<SecretString>,
}

impl Keys {
    fn of(lines: Vec<SecretString>) -> Option<Self> {
        let mut lines = lines.into_iter();
        lines.next().map(|newest| Self { newest, former: lines.collect() })
    }

    pub(super) fn cipher(&self) -> Cipher {
        Cipher::new(&self.newest, &self.former)
    }

    /// Whether there is any before the newest.
    pub(super) fn has_former(&self) -> bool {
        !self.former.is_empty()
    }
}

/// Whether there is a key already, or there has to be.
pub(super) fn is_expected(key: &VaultKey) -> bool {
    match key {
        VaultKey::Given(_) => true,
        VaultKey::Own(path) => path.exists(),
    }
}

/// Whether the key is looked at anew each time. A command may ask its owner for a password, and is run once.
pub(super) fn is_read_anew(key: &VaultKey) -> bool {
    match key {
        VaultKey::Own(_) => true,
        VaultKey::Given(source) => match &source.value {
            SecretSource::Env(_) | SecretSource::File(_) => true,
            SecretSource::Command(_) => false,
        },
    }
}

/// The keys that are there; `explain` says what it means that a key of our own is not.
pub(super) async fn known(
    key: &VaultKey,
    explain: impl FnOnce(OwnKeyError) -> KeepError,
) -> Result<Keys, KeepError> {
    match key {
        VaultKey::Given(source) => given(source).await,
        VaultKey::Own(path) => read(path).map_err(explain),
    }
}

/// The keys that the configuration names.
async fn given(source: &Located<SecretSource>) -> Result<Keys, KeepError> {
    let failed = |reason: String| KeepError::Failed {
        reason: format!("the vault's key cannot be had: {reason}"),
        hint: "`openssl rand -hex 32` prints a good one; put it where `[vault] key` says".to_owned(),
    };
    let secret = source.resolve().await.map_err(|error| failed(error.to_string()))?;
    let lines = lines(&secret);
    if lines.iter().any(|line| line.expose_secret().chars().count() < MIN_KEY_CHARS) {
        return Err(failed(format!("{} holds fewer than {MIN_KEY_CHARS} characters", source.value)));
    }
    let few = lines.len() <= MAX_KEYS;
    Keys::of(lines).filter(|_| few).ok_or_else(|| failed(format!("{} holds more than keys", source.value)))
}

/// The key of our own, made now if there is none.
pub(super) fn own(key: &VaultKey) -> Result<Keys, OwnKeyError> {
    match key {
        // Fetched before the turn; whoever gets here without it has none.
        VaultKey::Given(source) => Err(OwnKeyError::Lost(source.value.to_string())),
        VaultKey::Own(path) => match make(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
            Err(error) => Err(OwnKeyError::Io(name(path), error)),
            Ok(newest) => Ok(Keys { newest, former: Vec::new() }),
        },
    }
}

/// Puts a new key before those in the file of our own.
pub(super) fn add(path: &Path) -> Result<Keys, OwnKeyError> {
    let Keys { newest, former } = read(path)?;
    let former: Vec<SecretString> = std::iter::once(newest).chain(former).collect();
    if former.len() >= MAX_KEYS {
        let full = io::Error::other("it holds former keys that tokens still need");
        return Err(OwnKeyError::Io(name(path), full));
    }
    let keys = Keys { newest: draw(), former };
    replace(path, &keys).map_err(|error| OwnKeyError::Io(name(path), error))?;
    Ok(keys)
}

/// Leaves the newest key alone in the file of our own.
pub(super) fn forget_former(path: &Path, keys: Keys) -> Result<(), OwnKeyError> {
    let keys = Keys { former: Vec::new(), ..keys };
    replace(path, &keys).map_err(|error| OwnKeyError::Io(name(path), error))
}

/// Where the key is, for people.
pub(super) fn whereabouts(key: &VaultKey) -> impl fmt::Display {
    match key {
        VaultKey::Given(source) => format!("the key in {}", source.value),
        VaultKey::Own(path) => format!("the key in {}", name(path)),
    }
}

fn lines(secret: &SecretString) -> Vec<SecretString> {
    let lines = secret.expose_secret().lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(SecretString::from).collect()
}

fn read(path: &Path) -> Result<Keys, OwnKeyError> {
    let mut text = String::with_capacity(MAX_KEYS * OWN_LINE_BYTES + 1);
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => OwnKeyError::Lost(name(path)),
        _ => OwnKeyError::Io(name(path), error),
    })?;
    file.take((MAX_KEYS * OWN_LINE_BYTES) as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| OwnKeyError::Io(name(path), error))?;
    let lines = lines(&text.into());
    let sound = lines.len() <= MAX_KEYS && lines.iter().all(is_own);
    Keys::of(lines).filter(|_| sound).ok_or_else(|| OwnKeyError::NoKey(name(path)))
}

/// Whether a line is one that we wrote.
fn is_own(line: &SecretString) -> bool {
    let digits = line.expose_secret();
    digits.len() == 2 * OWN_KEY_BYTES && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A new key, on the disk for good before anything is sealed with it.
fn make(path: &Path) -> io::Result<SecretString> {
    let file = create(path)?;
    let keys = Keys { newest: draw(), former: Vec::new() };
    let made = fill(file, path, &keys);
    if made.is_err() {
        // Half a key would stand in the way of a whole one.
        let _ = std::fs::remove_file(path);
    }
    made.map(|()| keys.newest)
}

/// Other keys in the place of those in the file, at once: there is no moment without all that is needed.
fn replace(path: &Path, keys: &Keys) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    // Left by somebody who was interrupted; nothing was sealed with what is in it.
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    fill(create(&draft)?, &draft, keys)?;
    std::fs::rename(&draft, path)?;
    sync_folder(path);
    Ok(())
}

/// A file that is new, and the owner's alone.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn draw() -> SecretString {
    let mut bytes = Zeroizing::new([0; OWN_KEY_BYTES]);
    OsRng.fill_bytes(&mut *bytes);
    let mut digits = String::with_capacity(2 * OWN_KEY_BYTES);
    for byte in *bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits.into()
}

fn fill(mut file: File, path: &Path, keys: &Keys) -> io::Result<()> {
    for key in std::iter::once(&keys.newest).chain(&keys.former) {
        writeln!(file, "{}", key.expose_secret())?;
    }
    file.sync_all()?;
    sync_folder(path);
    Ok(())
}

/// The name as well, where folders can be synced.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

fn name(path: &Path) -> String {
    format!("the file `{}`", path.display())
}
