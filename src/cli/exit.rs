//! How a command ends, and what stops it.

use crate::diagnostics::{self, Problem, Source};
use crate::output;
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;

/// What a command's exit status says. The order is the order of precedence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Done, and nothing waits.
    #[default]
    Done = 0,
    /// Done, and something waits for a person.
    Waiting = 1,
    /// Done, and some contacts failed.
    Failed = 2,
    /// Stopped before or during writing.
    Stopped = 3,
    /// The command line or the configuration is wrong.
    Usage = 64,
}

impl Exit {
    /// The status of two things that were done together: the one that says more.
    #[must_use]
    pub fn and(self, other: Exit) -> Exit {
        self.max(other)
    }

    /// The number that a shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl FromIterator<Exit> for Exit {
    fn from_iter<T: IntoIterator<Item = Exit>>(parts: T) -> Self {
        parts.into_iter().fold(Exit::Done, Exit::and)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// What stops a command. "Some contacts failed" is not here: that is a result, not an error.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line asks for something that cannot be.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The configuration is wrong.
    #[error("the configuration has errors")]
    Config {
        /// All that is wrong with it.
        problems: Vec<Problem>,
        /// The file.
        file: Arc<Source>,
    },
    /// It cannot be done now: credentials, a lock, the state, the network, the disk.
    #[error("{message}")]
    Stopped {
        /// What happened.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The answer could not be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl CliError {
    /// A wrong command line.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        CliError::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// Something that cannot be done now.
    pub fn stopped(message: impl Into<String>, hint: impl Into<String>) -> Self {
        CliError::Stopped { message: message.into(), hint: Some(hint.into()) }
    }

    /// The status that it ends with.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            CliError::Usage { .. } | CliError::Config { .. } => Exit::Usage,
            CliError::Stopped { .. } | CliError::Output(_) => Exit::Stopped,
        }
    }

    /// Says it on standard error, and with `--json` as the one document on standard output too.
    pub(super) fn report(&self, json: bool) {
        match self {
            CliError::Config { problems, file } => output::complain(&diagnostics::render(problems, file)),
            CliError::Usage { hint, .. } | CliError::Stopped { hint, .. } => {
                let hint = hint.as_ref().map(|hint| format!("  {hint}\n")).unwrap_or_default();
                output::complain(&format!("error: {self}\n{hint}"));
            }
            CliError::Output(_) => output::complain(&format!("error: {self}\n")),
        }
        if json {
            let _ = output::print_json(&self.document());
        }
    }

    fn document(&self) -> serde_json::Value {
        match self {
            CliError::Config { problems, .. } => json!({ "ok": false, "problems": problems }),
            CliError::Usage { hint, .. } | CliError::Stopped { hint, .. } => {
                json!({ "ok": false, "error": self.to_string(), "hint": hint })
            }
            CliError::Output(_) => json!({ "ok": false, "error": self.to_string(), "hint": null }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Exit::{Done, Failed, Stopped, Usage, Waiting};

    #[test]
    fn the_status_that_says_most_wins() {
        for (parts, expected) in [
            (&[][..], 0),
            (&[Done, Done][..], 0),
            (&[Done, Waiting][..], 1),
            (&[Failed, Waiting][..], 2),
            (&[Waiting, Failed, Done][..], 2),
            (&[Stopped, Failed, Waiting][..], 3),
            (&[Failed, Stopped][..], 3),
            (&[Usage, Waiting, Failed][..], 64),
            (&[Stopped, Usage][..], 64),
        ] {
            assert_eq!(parts.iter().copied().collect::<Exit>().code(), expected, "{parts:?}");
            let reversed = parts.iter().rev().copied().collect::<Exit>();
            assert_eq!(reversed.code(), expected, "{parts:?} reversed");
        }
    }

    #[test]
    fn an_error_knows_its_status_and_its_document() {
        let file = Arc::new(Source::new("a.toml", "x"));
        let problem = file.error(crate::diagnostics::Span { start: 0, end: 1 }, "no");
        for (error, exit, document) in [
            (CliError::usage("no", "do"), Usage, json!({"ok": false, "error": "no", "hint": "do"})),
            (CliError::stopped("no", "do"), Stopped, json!({"ok": false, "error": "no", "hint": "do"})),
            (
                CliError::Config { problems: vec![problem], file },
                Usage,
                json!({"ok": false, "problems": [{"severity": "error", "file": "a.toml", "line": 1, "column": 1,
                    "message": "no", "hint": null}]}),
            ),
        ] {
            assert_eq!((error.exit(), error.document()), (exit, document));
        }
    }
}
