//! The configuration: `syntony.toml`, read whole, with every problem found at once.
//!
//! [`load`] reads the file, [`parse`] a text; both are pure of everything but the file: no environment,
//! no network. A [`Config`] exists only when the file has no error; values that a later check may
//! complain about keep their place, and [`Config::source`] turns a place into a [`Problem`]. Secrets are
//! named here, never held.

pub mod app;
pub mod connection;
mod contradiction;
mod ends;
pub mod file;
mod located;
mod misplaced;
mod names;
pub(crate) mod nearest;
mod read_app;
mod read_connection;
mod read_mapping;
mod read_rule;
mod reader;
pub mod rule;
mod scalar;
pub mod schedule;
pub mod secret;
#[cfg(test)]
pub(crate) mod tests;
mod web;

pub use app::AppConfig;
pub use connection::ConnectionConfig;
pub use located::Located;
pub use secret::SecretSource;

use crate::diagnostics::{Problem, Severity, Source};
use chrono::{DateTime, Utc};
use reader::{Found, Reader, Sink};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use syntony_core::ids::{AppName, ConnectionName};
use toml::de::DeTable;

/// The largest configuration that is read. A wrong path must not fill the memory.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// The state database, relative to the configuration, by default.
const STATE_FILE: &str = "syntony.db";
/// The vault's key, relative to the configuration, by default.
const KEY_FILE: &str = "syntony.key";
/// Where the daemon listens, by default.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8385);

/// A configuration without errors.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file, for what later checks have to say of its parts.
    pub source: Arc<Source>,
    /// The state database; relative paths were resolved against the configuration's folder.
    pub state: PathBuf,
    /// The vault.
    pub vault: VaultConfig,
    /// The daemon.
    pub daemon: DaemonConfig,
    /// The apps, by name.
    pub apps: BTreeMap<AppName, AppConfig>,
    /// The connections, by name.
    pub connections: BTreeMap<ConnectionName, ConnectionConfig>,
}

/// `[vault]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultConfig {
    /// Where its key comes from.
    pub key: VaultKey,
}

/// Where the vault's key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultKey {
    /// A file of our own, made with mode 0600 when it is first needed.
    Own(PathBuf),
    /// A secret like any other; never written by us.
    Given(Located<SecretSource>),
}

/// `[daemon]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What the dashboard and the metrics ask for; never absent where others than this machine can reach
    /// them.
    pub admin_token: Option<Located<SecretSource>>,
}

/// What came of a file: a configuration if it has no error, and everything there is to say of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The file, with literal secrets masked.
    pub source: Arc<Source>,
    /// The configuration, unless there is an error among the problems.
    pub config: Option<Config>,
    /// All problems, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Reads a configuration file.
#[must_use]
pub fn load(file: &Path, now: DateTime<Utc>) -> Loaded {
    match read_limited(file) {
        Ok(bytes) => parse(file, &bytes, now),
        Err(error) => {
            let hint = match error.kind() {
                std::io::ErrorKind::NotFound => "`syntony init` writes one; `--config FILE` names another",
                _ => "check the path and its permissions",
            };
            let message = format!("the configuration cannot be read: {error}");
            let problem = Problem::of_file(Severity::Error, file, message).hint(hint);
            Loaded { source: Arc::new(Source::new(file, "")), config: None, problems: vec![problem] }
        }
    }
}

fn read_limited(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a configuration's text. `file` is what problems name and what paths are relative to, `now` what
/// a schedule must still fire after.
#[must_use]
pub fn parse(file: &Path, bytes: &[u8], now: DateTime<Utc>) -> Loaded {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let message = format!("the configuration is larger than {MAX_FILE_BYTES} bytes");
        let problem = Problem::of_file(Severity::Error, file, message).hint("is this the right file?");
        return Loaded { source: Arc::new(Source::new(file, "")), config: None, problems: vec![problem] };
    }
    let mut source = Source::new(file, String::from_utf8_lossy(bytes));
    let mut broken = Vec::new();
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        let problem = source.error((at..at + 1).into(), "this is not UTF-8");
        broken.push(problem.hint("save the file as UTF-8"));
    }
    let sink = Sink::new(&source);
    let (document, errors) = DeTable::parse_recoverable(source.text());
    for error in &errors {
        sink.syntax_error(error.span().unwrap_or_default().into(), error.message());
    }
    let parts = read(&Reader::document(document.get_ref(), &sink), file, now);
    let Found { mut problems, secrets, .. } = sink.into_found();
    problems.append(&mut broken);
    problems.sort_by(|a, b| a.span.cmp(&b.span).then_with(|| a.message.cmp(&b.message)));
    problems.dedup();
    drop(document);
    source.mask(&secrets);
    let source = Arc::new(source);
    let sound = !problems.iter().any(Problem::is_error);
    let config = parts.filter(|_| sound).map(|parts| parts.with(Arc::clone(&source)));
    Loaded { source, config, problems }
}

/// A [`Config`] that does not have its source yet.
struct Parts {
    state: PathBuf,
    vault: VaultConfig,
    daemon: DaemonConfig,
    apps: BTreeMap<AppName, AppConfig>,
    connections: BTreeMap<ConnectionName, ConnectionConfig>,
}

impl Parts {
    fn with(self, source: Arc<Source>) -> Config {
        let Parts { state, vault, daemon, apps, connections } = self;
        Config { source, state, vault, daemon, apps, connections }
    }
}

fn read(document: &Reader<'_>, file: &Path, now: DateTime<Utc>) -> Option<Parts> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let state =
        document.table("state").map_or_else(|| Some(folder.join(STATE_FILE)), |table| state(table, folder));
    let vault = document.table("vault").map_or_else(|| Some(own_key(folder)), |table| vault(table, folder));
    let daemon = document.table("daemon").map_or_else(
        || Some(DaemonConfig { listen: LISTEN, admin_token: None }),
        |table| daemon(table, folder),
    );

    let tables = document.table("apps");
    let names: BTreeSet<String> =
        tables.iter().flat_map(Reader::entries).map(|entry| entry.key.value).collect();
    if names.is_empty() && (tables.is_some() || document.present(&["apps"]).is_empty()) {
        let hint = "[apps.NAME] with type = \"drift\", or let `syntony init` write it".to_owned();
        document.sink().missing::<()>(document.at(), "there are no apps", hint);
    }
    let apps: Vec<_> =
        tables.iter().flat_map(Reader::entries).map(|entry| read_app::read(entry, folder)).collect();

    let tables = document.table("connections");
    let connections: Vec<_> = tables
        .iter()
        .flat_map(Reader::entries)
        .map(|entry| read_connection::read(entry, &names, now))
        .collect();
    document.unknown_keys();

    let apps: Vec<AppConfig> = apps.into_iter().collect::<Option<_>>()?;
    let connections: Vec<ConnectionConfig> = connections.into_iter().collect::<Option<_>>()?;
    Some(Parts {
        state: state?,
        vault: vault?,
        daemon: daemon?,
        apps: apps.into_iter().map(|app| (app.name.value.clone(), app)).collect(),
        connections: connections.into_iter().map(|it| (it.name.value.clone(), it)).collect(),
    })
}

fn state(table: Reader<'_>, folder: &Path) -> Option<PathBuf> {
    let path = table.optional("path").map(reader::Node::text);
    table.finish();
    let path = read_app::lift(path)?;
    Some(path.map_or_else(|| folder.join(STATE_FILE), |path| folder.join(path.value)))
}

fn own_key(folder: &Path) -> VaultConfig {
    VaultConfig { key: VaultKey::Own(folder.join(KEY_FILE)) }
}

fn vault(table: Reader<'_>, folder: &Path) -> Option<VaultConfig> {
    let key = table.optional("key").map(|node| secret::read(node, folder));
    table.finish();
    let key = read_app::lift(key)?;
    Some(key.map_or_else(|| own_key(folder), |source| VaultConfig { key: VaultKey::Given(source) }))
}

fn daemon(table: Reader<'_>, folder: &Path) -> Option<DaemonConfig> {
    let listen = table.optional("listen").map(web::listen);
    let token = table.optional("admin_token").map(|node| secret::read(node, folder));
    if let Some(Some(listen)) = &listen
        && !listen.ip().is_loopback()
        && token.is_none()
    {
        let hint = "admin_token = { env = \"SYNTONY_ADMIN_TOKEN\" }".to_owned();
        table.sink().error::<()>(listen.span, "others can reach this address: it needs an admin token", hint);
    }
    table.finish();
    let listen = read_app::lift(listen)?.map_or(LISTEN, |listen| listen.value);
    Some(DaemonConfig { listen, admin_token: read_app::lift(token)? })
}
