//! The built program, with nothing expected of what it prints.

#![allow(clippy::unwrap_used)] // a test's helper

use std::path::Path;
use std::process::{Command, Stdio};

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in `folder` with these words and variables. A panic fails the test, whatever the status.
pub(crate) async fn run(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("syntony"));
    command.current_dir(folder).args(words).stdin(Stdio::null());
    command.env_remove("SYNTONY_CONFIG").env_remove("SYNTONY_LOG").env("NO_COLOR", "1");
    command.envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let ended =
        Ended { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) };
    assert!(!ended.stderr.contains("panicked at"), "{words:?}: {}", ended.stderr);
    assert!(ended.code.is_some(), "{words:?} was killed: {}", ended.stderr);
    ended
}
