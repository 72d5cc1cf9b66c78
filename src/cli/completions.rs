//! `completions SHELL`: a completion script on standard output.

use super::args::{Cli, CompletionsArgs};
use super::{CliError, Exit, Globals};
use crate::output;
use clap::CommandFactory as _;
use serde_json::json;

pub(super) fn run(args: &CompletionsArgs, globals: &Globals) -> Result<Exit, CliError> {
    let script = script(args.shell);
    if globals.json {
        output::print_json(&json!({ "shell": args.shell.to_string(), "script": script }))?;
    } else {
        output::print(&script)?;
    }
    Ok(Exit::Done)
}

fn script(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "syntony", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn every_shell_gets_a_script_that_knows_every_command() {
        for shell in clap_complete::Shell::value_variants() {
            let script = script(*shell);
            for command in Cli::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell} does not know {}", command.get_name());
            }
        }
    }
}
