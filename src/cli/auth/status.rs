//! `auth status`: where each app's credentials come from, and whether they work, by asking. With `--rotate-key` no app
//! is asked: what is kept is encrypted with a new key.
//!
//! An app whose credentials are of no use keeps nobody from hearing of the others.

use super::{app, moment, vault_says, wrong};
use crate::apps;
use crate::apps::signing::{self, Origin};
use crate::cli::args::AuthStatusArgs;
use crate::cli::{CliError, Exit, Globals};
use crate::config::app::AppConfig;
use crate::config::{Config, VaultKey};
use crate::output::{self, Table, counted};
use crate::vault::{self, Former, Known, Rotated, Vault};
use chrono::Utc;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use syntony_connectors::error::ConnectorError;

pub(super) async fn run(
    args: &AuthStatusArgs,
    globals: &Globals,
    config: &Config,
    vault: &Arc<Vault>,
) -> Result<Exit, CliError> {
    if args.rotate_key {
        return rotate_key(globals, config, vault).await;
    }
    let apps: Vec<&AppConfig> = match &args.app {
        Some(name) => vec![app(config, name)?],
        None => config.apps.values().collect(),
    };
    let mut lines = Vec::with_capacity(apps.len());
    for app in apps {
        lines.push(Line::of(config, app, vault).await);
    }
    let exit = lines.iter().map(Line::exit).collect();
    if globals.json {
        output::print_json(&json!({ "apps": lines }))?;
        return Ok(exit);
    }
    let mut table = Table::new(&["app", "credentials", "works", "account", "since", "access until"]);
    let mut notes = String::new();
    for line in &lines {
        let works = if line.works { "yes" } else { "no" }.to_owned();
        let texts =
            [&line.account, &line.since, &line.access_until].map(|text| text.clone().unwrap_or_default());
        let [account, since, until] = texts;
        table.row([line.app.clone(), line.source.clone(), works, account, since, until]);
        notes.push_str(&line.notes());
    }
    output::print(&format!("{table}\n{notes}"))?;
    Ok(exit)
}

/// How an app stands.
#[derive(Debug, Serialize)]
struct Line {
    app: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// `token`, `api_key`, `client_credentials`, `refresh_token` or `sign_in`.
    credentials: &'static str,
    /// Where they come from, for people.
    source: String,
    /// Whether the app let us in just now.
    works: bool,
    account: Option<String>,
    missing: Vec<String>,
    /// Since when the vault has what is used now: a sign-in, or a token that the vendor rotated.
    since: Option<String>,
    /// When the grant ends, if it was given for a time.
    ends: Option<String>,
    /// How long the access token lasts that was fetched just now, if the vendor says so.
    access_until: Option<String>,
    reason: Option<String>,
    hint: Option<String>,
}

impl Line {
    async fn of(config: &Config, app: &AppConfig, vault: &Arc<Vault>) -> Self {
        let (credentials, source) = describe(&signing::origin(app));
        let mut line = Self {
            app: app.name.value.to_string(),
            kind: app.app_type().as_str(),
            credentials,
            source,
            works: false,
            account: None,
            missing: Vec::new(),
            since: None,
            ends: None,
            access_until: None,
            reason: None,
            hint: None,
        };
        line.ask(config, app, vault).await;
        line.look(config, app, vault).await;
        line
    }

    /// One call, or as few as the vendor takes to say who we are.
    async fn ask(&mut self, config: &Config, app: &AppConfig, vault: &Arc<Vault>) {
        let built = match apps::build(config, app, vault).await {
            Ok(built) => built,
            Err(problems) => {
                let problem = problems.into_iter().next();
                (self.reason, self.hint) = problem.map(|it| (Some(it.message), it.hint)).unwrap_or_default();
                return;
            }
        };
        match built.connector.check().await {
            Ok(health) => {
                self.works = true;
                self.account = Some(health.account.to_string());
                self.missing = health.missing_permissions;
            }
            Err(error) => {
                self.reason = Some(error.to_string());
                self.hint = hint(error);
            }
        }
        let lasts = vault.last_refresh(&app.name.value).flatten();
        let until = lasts.and_then(|lasts| i64::try_from(lasts.as_millis()).ok());
        self.access_until = until.and_then(|ms| moment(Utc::now().timestamp_millis().saturating_add(ms)));
    }

    /// What the vault has, after that: a token may have been rotated.
    async fn look(&mut self, config: &Config, app: &AppConfig, vault: &Arc<Vault>) {
        let place = match signing::origin(app) {
            Origin::RefreshToken(_) | Origin::SignIn => signing::terms(config, app, vault).await,
            Origin::Token(_) | Origin::ApiKey(_) | Origin::Client(_) => return,
        };
        // What is wrong with either was said when the app was asked.
        let Ok(terms) = place else { return };
        let Ok(Some(Known { sign_in, kept_ms, ends_ms })) = terms.place.look_up().await else { return };
        self.since = kept_ms.and_then(moment);
        self.ends = ends_ms.and_then(moment);
        match (sign_in, terms.seed) {
            (Some(_), Some(_)) => self.source = format!("a sign-in, in place of {}", self.source),
            (Some(_), None) => {}
            (None, _) => self.source.push_str(", and what the vendor gave for it"),
        }
    }

    fn exit(&self) -> Exit {
        match (self.works, self.missing.is_empty()) {
            (true, true) => Exit::Done,
            (true, false) => Exit::Waiting,
            (false, _) => Exit::Stopped,
        }
    }

    /// What has to be said beside the table.
    fn notes(&self) -> String {
        let mut notes = String::new();
        let mut note =
            |text: String| notes.push_str(&format!("{}: {}\n", self.app, output::printable(&text)));
        if let Some(reason) = &self.reason {
            note(self.hint.as_ref().map_or_else(|| reason.clone(), |hint| format!("{reason}. {hint}")));
        }
        for permission in &self.missing {
            note(format!("lacks {permission}"));
        }
        if let Some(ends) = &self.ends {
            note(format!("the provider gave this access for a time; it ends at {ends}"));
        }
        notes
    }
}

fn hint(error: ConnectorError) -> Option<String> {
    match error {
        ConnectorError::Auth { hint, .. } => Some(hint),
        ConnectorError::RateLimited { .. }
        | ConnectorError::Transient { .. }
        | ConnectorError::Permanent { .. }
        | ConnectorError::Protocol { .. }
        | ConnectorError::CursorExpired => None,
    }
}

fn describe(origin: &Origin) -> (&'static str, String) {
    match origin {
        Origin::Token(source) => ("token", format!("the token in {source}")),
        Origin::ApiKey(source) => ("api_key", format!("the API key in {source}")),
        Origin::Client(source) => ("client_credentials", format!("the client in {source}")),
        Origin::RefreshToken(source) => ("refresh_token", format!("the refresh token in {source}")),
        Origin::SignIn => ("sign_in", "a sign-in".to_owned()),
    }
}

async fn rotate_key(globals: &Globals, config: &Config, vault: &Arc<Vault>) -> Result<Exit, CliError> {
    let places = signing::places(config, vault).await.map_err(|problem| wrong(config, *problem))?;
    let rotated = vault::rotate(vault, &places).await.map_err(|error| vault_says(&error))?;
    let place = match &config.vault.key {
        VaultKey::Own(path) => format!("the file `{}`", path.display()),
        VaultKey::Given(source) => source.value.to_string(),
    };
    let count = |tokens| counted(tokens, "token", "tokens");
    let (tokens, others, exit, words) = match rotated {
        Rotated::NoKey => (0, 0, Exit::Done, "Nothing is kept, and there is no key yet.".to_owned()),
        Rotated::NothingNewer { tokens } => {
            let words = format!(
                "Nothing was changed: {place} holds one key, which {} kept with. Put a new key (`openssl rand -hex \
                 32`) on a line above it, leave the old one where it is, and run this again.",
                if tokens == 1 { "1 token is".to_owned() } else { format!("{tokens} tokens are") }
            );
            (tokens, 0, Exit::Waiting, words)
        }
        Rotated::Done { tokens, former } => {
            let words = match former {
                Former::Gone => "The former key is gone.".to_owned(),
                Former::TheAdmins => format!("Take the former keys out of {place} now; nothing needs them."),
            };
            (tokens, 0, Exit::Done, format!("{} encrypted with the new key. {words}", count(tokens)))
        }
        Rotated::Left { tokens, others } => {
            let words = format!(
                "{} encrypted with the new key. {} of apps that are not in this configuration, or of sign-ins that were \
                 since replaced, still needs the former key, so it stays in {place}.",
                count(tokens),
                count(others)
            );
            (tokens, others, Exit::Waiting, words)
        }
    };
    if globals.json {
        output::print_json(&json!({ "tokens": tokens, "left": others, "message": words }))?;
    } else {
        output::print(&format!("{words}\n"))?;
    }
    Ok(exit)
}
