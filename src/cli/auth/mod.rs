//! `auth`: signing in to apps, whether their credentials work, and taking access back.
//!
//! No token, code or key is ever printed; the address that a person opens is, and holds none of them.

mod login;
mod revoke;
mod status;

use super::args::{AuthArgs, AuthCommand};
use super::{CliError, Exit, Globals};
use crate::config::Config;
use crate::config::app::AppConfig;
use crate::diagnostics::Problem;
use crate::vault::Vault;
use chrono::{DateTime, SecondsFormat};
use std::sync::Arc;
use syntony_connectors::auth::KeepError;
use syntony_connectors::http::HttpError;
use syntony_core::ids::AppName;

pub(super) async fn run(args: &AuthArgs, globals: &Globals) -> Result<Exit, CliError> {
    let config = globals.load_config()?;
    // The state is not locked: this works beside a running sync.
    let vault = Arc::new(Vault::beside(config.state.clone(), config.vault.key.clone()));
    match &args.command {
        AuthCommand::Login(args) => login::run(args, globals, &config, &vault).await,
        AuthCommand::Status(args) => status::run(args, globals, &config, &vault).await,
        AuthCommand::Revoke(args) => revoke::run(args, globals, &config, &vault).await,
    }
}

/// An app by its name.
fn app<'c>(config: &'c Config, name: &str) -> Result<&'c AppConfig, CliError> {
    config.apps.get(name).ok_or_else(|| {
        let known: Vec<&str> = config.apps.keys().map(AppName::as_str).collect();
        let hint = format!("the configuration has: {}", known.join(", "));
        CliError::usage(format!("there is no app `{name}`"), hint)
    })
}

/// What the configuration lacks, at its line.
fn wrong(config: &Config, problem: Problem) -> CliError {
    CliError::Config { problems: vec![problem], file: Arc::clone(&config.source) }
}

fn vault_says(error: &KeepError) -> CliError {
    match error {
        KeepError::Busy | KeepError::Replaced => CliError::stopped(error.to_string(), "run it again"),
        KeepError::Failed { reason, hint } => CliError::stopped(reason.clone(), hint.clone()),
    }
}

/// What an endpoint of a vendor's said, and what helps.
fn vendor_says(app: &AppName, error: &HttpError) -> CliError {
    let hint = match error {
        HttpError::Auth { hint, .. } => hint.clone(),
        HttpError::Invalid { .. } | HttpError::Refused(_) | HttpError::Protocol { .. } => {
            format!("look at the addresses in the `oauth` table of `{app}`")
        }
        HttpError::RateLimited { .. } | HttpError::Transient { .. } | HttpError::Unknown { .. } => {
            "try again in a while".to_owned()
        }
    };
    CliError::stopped(format!("`{app}`: {error}"), hint)
}

/// A moment as people and programs read it.
fn moment(ms: i64) -> Option<String> {
    DateTime::from_timestamp_millis(ms).map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
