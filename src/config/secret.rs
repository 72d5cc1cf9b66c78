//! Where a secret comes from. The configuration names the place; the secret itself is fetched when it is
//! used, is held in a type that does not print, and is in no message.

use super::located::Located;
use super::reader::Node;
use secrecy::SecretString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use toml::de::DeValue;

/// How long a command may take to print a secret (a password manager may ask its owner first).
const COMMAND_TIMEOUT_SECONDS: u64 = 30;
/// The largest secret that is taken. Tokens are far smaller; this keeps a wrong path from being read whole.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// A place that holds a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file; relative paths were resolved against the configuration's folder.
    File(PathBuf),
    /// A program and its arguments, run without a shell; the secret is what it prints.
    Command(Vec<String>),
}

/// A secret that could not be had. Names the place, never what is in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the environment variable `{0}` is not set")]
    NoVariable(String),
    /// The place holds something that cannot be a secret.
    #[error("{0} {1}")]
    Unusable(SecretSource, &'static str),
    /// The file cannot be read, or the command not be started.
    #[error("{0} cannot be used: {1}")]
    Io(SecretSource, std::io::Error),
    /// The command failed.
    #[error("{0} failed ({1}); run it by hand to see what it says")]
    Failed(SecretSource, std::process::ExitStatus),
    /// The command took too long.
    #[error("{0} printed nothing within {COMMAND_TIMEOUT_SECONDS} s")]
    TimedOut(SecretSource),
}

impl SecretSource {
    /// Fetches the secret, without the line end that files and commands have after it.
    ///
    /// # Errors
    /// When the place is not there, cannot be read, holds nothing, or takes too long.
    pub async fn resolve(&self) -> Result<SecretString, SecretError> {
        let bytes = match self {
            SecretSource::Env(name) => match std::env::var(name) {
                Ok(text) => text.into_bytes(),
                Err(std::env::VarError::NotPresent) => return Err(SecretError::NoVariable(name.clone())),
                Err(std::env::VarError::NotUnicode(_)) => return Err(self.unusable("does not hold text")),
            },
            SecretSource::File(path) => self.read_file(path).await?,
            SecretSource::Command(command) => self.run(command).await?,
        };
        if bytes.len() as u64 > MAX_SECRET_BYTES {
            return Err(self.unusable("holds too much to be a secret"));
        }
        let text = String::from_utf8(bytes).map_err(|_| self.unusable("does not hold text"))?;
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(self.unusable("is empty")),
            secret => Ok(SecretString::from(secret)),
        }
    }

    async fn read_file(&self, path: &Path) -> Result<Vec<u8>, SecretError> {
        use tokio::io::AsyncReadExt as _;
        let io = |error| SecretError::Io(self.clone(), error);
        let mut bytes = Vec::new();
        let file = tokio::fs::File::open(path).await.map_err(io)?;
        file.take(MAX_SECRET_BYTES + 1).read_to_end(&mut bytes).await.map_err(io)?;
        Ok(bytes)
    }

    /// Standard error is not passed on: what a command says there may hold what it must not, and would
    /// end in a log.
    async fn run(&self, command: &[String]) -> Result<Vec<u8>, SecretError> {
        use tokio::io::AsyncReadExt as _;
        let io = |error| SecretError::Io(self.clone(), error);
        let Some((program, arguments)) = command.split_first() else {
            return Err(self.unusable("is empty"));
        };
        let mut child = tokio::process::Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(io)?;
        let mut bytes = Vec::new();
        let stdout = child.stdout.take();
        let talk = async {
            if let Some(stdout) = stdout {
                stdout.take(MAX_SECRET_BYTES + 1).read_to_end(&mut bytes).await?;
            }
            child.wait().await
        };
        let timeout = Duration::from_secs(COMMAND_TIMEOUT_SECONDS);
        let status = match tokio::time::timeout(timeout, talk).await {
            Ok(status) => status.map_err(io)?,
            Err(_) => return Err(SecretError::TimedOut(self.clone())),
        };
        if status.success() { Ok(bytes) } else { Err(SecretError::Failed(self.clone(), status)) }
    }

    fn unusable(&self, what: &'static str) -> SecretError {
        SecretError::Unusable(self.clone(), what)
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Env(name) => write!(out, "the environment variable `{name}`"),
            SecretSource::File(path) => write!(out, "the file `{}`", path.display()),
            // Its arguments may say more than its name.
            SecretSource::Command(command) => {
                write!(out, "the command `{}`", command.first().map_or("", String::as_str))
            }
        }
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// How a secret is written in the configuration.
const HOW: &str =
    "write { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }";

/// The keys of a secret, of which it has one.
const PLACES: [&str; 3] = ["env", "file", "command"];

/// Reads `{ env | file | command }`; files are relative to `folder`.
pub(super) fn read(node: Node<'_>, folder: &Path) -> Option<Located<SecretSource>> {
    match node.value {
        DeValue::Table(_) => {}
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => {
            node.sink.mask(node.span);
            let message = "a secret must not stand in this file, only where it is to be found";
            return node.sink.error(node.span, message, HOW.to_owned());
        }
    }
    let table = node.table()?;
    // Asked for whatever comes, so that none of them is called an unknown key.
    let [env, file, program] = PLACES.map(|key| table.optional(key));
    let source = match table.present(&PLACES).as_slice() {
        ["env"] => variable_name(env?).map(SecretSource::Env),
        ["file"] => file?.text().map(|path| SecretSource::File(folder.join(path.value))),
        ["command"] => command(program?).map(SecretSource::Command),
        _ => table.sink().error(node.span, "a secret comes from exactly one place", HOW.to_owned()),
    };
    table.finish();
    Some(Located::new(source?, node.span))
}

/// A name, and not the secret itself, which is what people paste here by mistake.
fn variable_name(node: Node<'_>) -> Option<String> {
    let name = node.text()?;
    let plausible = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
        && !name.starts_with(|char: char| char.is_ascii_digit());
    if plausible {
        return Some(name.value);
    }
    node.sink.mask(node.span);
    let hint = "letters, digits and underscores: the variable's name, not what is in it";
    node.sink.error(node.span, "this is not the name of an environment variable", hint.to_owned())
}

fn command(node: Node<'_>) -> Option<Vec<String>> {
    let words = node.list()?;
    if words.is_empty() {
        return node.sink.error(node.span, "this must not be empty", HOW.to_owned());
    }
    let texts: Vec<_> = words.into_iter().map(Node::text).collect();
    texts.into_iter().map(|text| text.map(|text| text.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    fn run(words: &[&str]) -> SecretSource {
        SecretSource::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }

    async fn check(source: SecretSource, expected: Result<&str, &str>) {
        match (source.resolve().await, expected) {
            (Ok(secret), Ok(expected)) => assert_eq!(secret.expose_secret(), expected),
            (Err(error), Err(expected)) => {
                let text = error.to_string();
                assert!(text.contains(expected), "{text:?} lacks {expected:?}");
                assert!(!text.contains("s3cret"), "{text}");
            }
            (got, expected) => panic!("{} where {expected:?} was expected", got.is_ok()),
        }
    }

    #[tokio::test]
    async fn each_place_gives_its_secret_or_says_which_place_failed() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            SecretSource::File(path)
        };
        check(file("token", b"s3cret \r\n"), Ok("s3cret ")).await;
        check(file("empty", b"\n"), Err("empty` is empty")).await;
        check(file("binary", &[0xff, 0xfe]), Err("does not hold text")).await;
        check(file("huge", &vec![b'x'; 70_000]), Err("too much")).await;
        check(SecretSource::File(folder.path().join("absent")), Err("absent` cannot be used")).await;
        check(SecretSource::Env("SYNTONY_TEST_UNSET".into()), Err("`SYNTONY_TEST_UNSET` is not set")).await;
        check(run(&["printf", "s3cret\\n"]), Ok("s3cret")).await;
        check(run(&["sh", "-c", "echo s3cret; echo s3cret >&2; exit 3"]), Err("the command `sh` failed"))
            .await;
        check(run(&["/no/such/program", "s3cret"]), Err("the command `/no/such/program` cannot be used"))
            .await;
    }

    #[test]
    fn a_command_is_named_without_its_arguments() {
        let command = run(&["vault", "--token", "s3cret"]);
        assert_eq!(format!("{command:?}{command}"), "the command `vault`the command `vault`");
    }
}
