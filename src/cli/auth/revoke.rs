//! `auth revoke APP`: takes an app's access back, first at the provider and then in the vault, and says what remains.
//!
//! The vault forgets nothing that the provider may still honour: then it could not be taken back any more.

use super::{app, vault_says, vendor_says, wrong};
use crate::apps::signing::{self, Revocation, SignInTerms};
use crate::cli::args::RevokeArgs;
use crate::cli::{CliError, Exit, Globals};
use crate::config::Config;
use crate::config::app::{AppConfig, AppType};
use crate::output;
use crate::vault::{Kind, Vault};
use serde_json::json;
use std::sync::Arc;
use syntony_connectors::auth::{Turn as _, sign_in};
use syntony_connectors::drift;
use syntony_connectors::http::HttpError;

/// What came of it at the provider.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AtProvider {
    /// There was nothing to take back.
    Nothing,
    /// It was taken back.
    Revoked,
    /// What we have opened nothing there any more.
    Unknown,
}

pub(super) async fn run(
    args: &RevokeArgs,
    globals: &Globals,
    config: &Config,
    vault: &Arc<Vault>,
) -> Result<Exit, CliError> {
    let app = app(config, &args.app)?;
    let terms = signing::terms(config, app, vault).await.map_err(|problem| wrong(config, *problem))?;
    let known = terms.place.look_up().await.map_err(|error| vault_says(&error))?;
    let at_provider = if known.is_none() && terms.seed.is_none() {
        AtProvider::Nothing
    } else {
        take_back(&terms, app).await?
    };
    let remains = remains(&terms, app, at_provider);
    say(globals, app, at_provider, &remains)
}

/// Takes it back at the provider, then in the vault.
async fn take_back(terms: &SignInTerms, app: &AppConfig) -> Result<AtProvider, CliError> {
    let name = &app.name.value;
    let vendor = |error: HttpError| {
        let CliError::Stopped { message, hint } = vendor_says(name, &error) else {
            return vendor_says(name, &error);
        };
        let still = "it is not certain that access was taken back, so the vault keeps what it has";
        CliError::Stopped { message: format!("{message}; {still}"), hint }
    };
    match &terms.revocation {
        Revocation::Token(url) => {
            let mut held = terms.place.hold().await.map_err(|error| vault_says(&error))?;
            let Some(token) = held.newest().or_else(|| terms.seed.clone()) else {
                return Ok(AtProvider::Nothing);
            };
            let knew = sign_in::revoke(name, url, &token).await.map_err(vendor)?;
            held.drop_token().map_err(|error| vault_says(&error))?;
            Ok(if knew { AtProvider::Revoked } else { AtProvider::Unknown })
        }
        Revocation::Uninstall(config) => {
            let client = &terms.client;
            let came = match drift::uninstall(config, &client.client_id, &client.client_secret).await {
                Ok(()) => AtProvider::Revoked,
                // The grant ended before; a client that is refused would be another matter.
                Err(HttpError::Auth { reason, .. }) if reason == "invalid_grant" => AtProvider::Unknown,
                Err(error) => return Err(vendor(error)),
            };
            let mut held = terms.place.hold_for_sign_in().await.map_err(|error| vault_says(&error))?;
            held.drop_token().map_err(|error| vault_says(&error))?;
            Ok(came)
        }
    }
}

/// What an admin may still have to do, and what else was hit.
fn remains(terms: &SignInTerms, app: &AppConfig, at_provider: AtProvider) -> Vec<String> {
    let mut remains = Vec::new();
    if at_provider == AtProvider::Revoked {
        match app.app_type() {
            AppType::Drift => remains.push(
                "the app is out of the Drift workspace: every token of it and its webhooks ended, also where others \
                 use them"
                    .to_owned(),
            ),
            AppType::GoogleContacts => remains.push(
                "what this person allowed to other clients of the same Google Cloud project ended too".to_owned(),
            ),
            AppType::Salesforce | AppType::Mailchimp => {}
        }
    }
    if let (Kind::Configured(source), false) = (terms.place.kind(), at_provider == AtProvider::Nothing) {
        remains
            .push(format!("{source} still holds a refresh token, which opens nothing any more: take it out"));
    }
    remains.push("the client stays registered at the provider until somebody deletes it there".to_owned());
    remains
}

fn say(
    globals: &Globals,
    app: &AppConfig,
    at_provider: AtProvider,
    remains: &[String],
) -> Result<Exit, CliError> {
    let name = &app.name.value;
    let (word, words) = match at_provider {
        AtProvider::Nothing => ("nothing", "nobody had signed in, so there was nothing to take back"),
        AtProvider::Revoked => {
            ("revoked", "access was taken back at the provider, and the vault keeps nothing of it")
        }
        AtProvider::Unknown => {
            ("unknown", "the provider did not honour it any more, and the vault keeps nothing of it now")
        }
    };
    if globals.json {
        output::print_json(&json!({ "app": name, "at_provider": word, "remains": remains }))?;
        return Ok(Exit::Done);
    }
    let mut text = format!("`{name}`: {words}.\n");
    for remains in remains {
        text.push_str(&format!("  - {remains}\n"));
    }
    output::print(&text)?;
    Ok(Exit::Done)
}
