//! The simulators' process: says where they are, does what it is told line by line, and ends with its input.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What the process says when it has done as it was told.
const DONE: &str = "done";

/// The process, seen from the one that measures.
pub(crate) struct Simulators {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Where everything is and how to get in.
    pub(crate) apps: Value,
}

impl Simulators {
    /// Starts this very program with these words.
    pub(crate) fn start(words: &[&str]) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().context("no input")?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        Ok(Self { child, input, output, apps: serde_json::from_str(&line)? })
    }

    /// Tells it something, and waits until it is done.
    pub(crate) fn tell(&mut self, order: &str) -> Result<()> {
        writeln!(self.input, "{order}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(line.trim() == DONE, "the simulators say {line:?}");
        Ok(())
    }

    pub(crate) fn text(&self, pointer: &str) -> String {
        self.apps.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    pub(crate) fn count(&self, pointer: &str) -> u64 {
        self.apps.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
    }
}

impl Drop for Simulators {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the process itself: says where everything is, then does what it is told until its input ends.
pub(crate) async fn obey(apps: &Value, obey: impl Fn(&str) + Send + 'static) -> Result<()> {
    println!("{apps}");
    tokio::task::spawn_blocking(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            obey(&line);
            println!("{DONE}");
        }
    })
    .await?;
    Ok(())
}
