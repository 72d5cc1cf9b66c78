//! `auth login APP`: a person allows it in a browser, here or on another machine, and what comes of it is kept.
//!
//! What is kept is kept before it is used. A browser is not started: the address is printed, which works over ssh as
//! well, and what the browser ends at can be pasted.

use super::{app, moment, vault_says, vendor_says, wrong};
use crate::apps;
use crate::apps::signing::{self, SignInTerms};
use crate::cli::args::LoginArgs;
use crate::cli::{CliError, Exit, Globals, signals};
use crate::config::Config;
use crate::config::app::AppConfig;
use crate::output::{self, printable};
use crate::vault::Vault;
use serde_json::json;
use std::io::{BufRead as _, Read as _};
use std::sync::Arc;
use std::time::Duration;
use syntony_connectors::auth::sign_in::{
    AnswerError, Code, Loopback, LoopbackError, MAX_ANSWER_BYTES, SignIn,
};
use tokio::sync::mpsc;
use url::Url;

/// How long a person may take, in minutes.
const MAX_WAIT_MINUTES: u64 = 10;
/// How many addresses can be pasted, as far as their length goes.
const MAX_PASTES: usize = 8;

pub(super) async fn run(
    args: &LoginArgs,
    globals: &Globals,
    config: &Config,
    vault: &Arc<Vault>,
) -> Result<Exit, CliError> {
    let app = app(config, &args.app)?;
    let terms = signing::terms(config, app, vault).await.map_err(|problem| wrong(config, *problem))?;
    let wanted = args.redirect_url.as_ref().unwrap_or(&terms.redirect_url);
    let (loopback, redirect_url) = way_back(wanted).await?;
    // Nobody signs in for nothing: without a key there is no sense in beginning.
    drop(terms.place.hold_for_sign_in().await.map_err(|error| vault_says(&error))?);
    let begun = SignIn::begin(terms.client.clone(), redirect_url);
    let sign_in = Arc::new(begun.map_err(|error| vendor_says(&app.name.value, &error))?);
    let address = sign_in.address().map_err(|error| vendor_says(&app.name.value, &error))?;
    globals.progress.suspend(|| output::complain(&invitation(app, &address, loopback.is_some())));
    let code = answer(loopback, &sign_in).await?;
    keep(&terms, &sign_in, code, app).await?;
    tell(globals, config, app, vault, &terms).await
}

/// Where the browser is sent back to, and who listens there: we do on this machine, and elsewhere a person pastes.
async fn way_back(wanted: &Url) -> Result<(Option<Loopback>, Url), CliError> {
    if wanted.scheme() == "https" {
        return Ok((None, wanted.clone()));
    }
    let hint = "`--redirect-url` takes an http address of this machine, such as http://localhost:8386/callback, or \
                an https address; it must be registered at the provider exactly so";
    let loopback =
        Loopback::bind(wanted).await.map_err(|error| CliError::stopped(error.to_string(), hint))?;
    let redirect_url = loopback.redirect_url().clone();
    Ok((Some(loopback), redirect_url))
}

fn invitation(app: &AppConfig, address: &Url, listens: bool) -> String {
    let here = if listens {
        "The answer comes back here by itself. If the browser is on another machine, it ends at a page that it cannot\n\
         open: copy that page's address and paste it here."
    } else {
        "When the browser is sent on, copy the address of the page that it ends at and paste it here."
    };
    format!(
        "To sign in to `{}`, open this address in a browser:\n\n{address}\n\n{here}\n\
         (waiting for {MAX_WAIT_MINUTES} minutes; Ctrl-C gives up)\n",
        app.name.value
    )
}

/// Waits for the answer, by browser or by hand.
async fn answer(loopback: Option<Loopback>, sign_in: &Arc<SignIn>) -> Result<Code, CliError> {
    let by_hand_alone = loopback.is_none();
    let browser = async {
        match loopback {
            Some(loopback) => loopback.answer(Arc::clone(sign_in)).await,
            None => std::future::pending().await,
        }
    };
    let time_out = tokio::time::sleep(Duration::from_secs(MAX_WAIT_MINUTES * 60));
    let mut pasted = pasted_lines();
    let mut may_paste = true;
    tokio::pin!(browser, time_out);
    loop {
        tokio::select! {
            answered = &mut browser => return answered.map_err(|error| refused(&error)),
            line = pasted.recv(), if may_paste => match line {
                Some(line) if line.trim().is_empty() => {}
                Some(line) => match sign_in.read_pasted(&line) {
                    Err(error @ AnswerError::Stray { .. }) => {
                        output::complain(&format!("{error}; paste the whole address, from http on\n"));
                    }
                    answered => return answered.map_err(|error| refused(&LoopbackError::Answer(error))),
                },
                None if by_hand_alone => {
                    return Err(nothing_happened("nobody pasted the address that the browser ended at"));
                }
                None => may_paste = false,
            },
            () = signals::wait() => return Err(nothing_happened("given up")),
            () = &mut time_out => {
                return Err(nothing_happened(&format!("nobody answered within {MAX_WAIT_MINUTES} minutes")));
            }
        }
    }
}

fn nothing_happened(why: &str) -> CliError {
    CliError::stopped(why, "nothing was changed; run it again when you are ready")
}

fn refused(error: &LoopbackError) -> CliError {
    let hint = match error {
        LoopbackError::Answer(AnswerError::Denied) => {
            "nothing was changed; run it again, and allow it if it is meant"
        }
        LoopbackError::Answer(
            AnswerError::Refused { .. } | AnswerError::Empty | AnswerError::Stray { .. },
        ) => "nothing was changed; docs/signing-in.md says how the app is set up at the provider",
        LoopbackError::Besieged => "nothing was changed; see what else runs on this machine",
        LoopbackError::Elsewhere(_) | LoopbackError::Io(..) => "nothing was changed",
    };
    CliError::stopped(error.to_string(), hint)
}

/// Lines of standard input, read by a thread that nobody waits for: a read of a terminal cannot be called off.
fn pasted_lines() -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel(1);
    std::thread::spawn(move || {
        let most = (MAX_PASTES * MAX_ANSWER_BYTES) as u64;
        for line in std::io::stdin().lock().take(most).lines() {
            let Ok(line) = line else { return };
            if send.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receive
}

/// Exchanges the code and keeps what comes of it, before anything is done with it. Nobody else refreshes meanwhile.
async fn keep(terms: &SignInTerms, sign_in: &SignIn, code: Code, app: &AppConfig) -> Result<(), CliError> {
    let mut held = terms.place.hold_for_sign_in().await.map_err(|error| vault_says(&error))?;
    let granted = sign_in.exchange(code).await.map_err(|error| vendor_says(&app.name.value, &error))?;
    held.sign_in(granted.refresh_token, granted.lasts).map_err(|error| vault_says(&error))
}

/// Says which account it is and what is missing, by what was kept.
async fn tell(
    globals: &Globals,
    config: &Config,
    app: &AppConfig,
    vault: &Arc<Vault>,
    terms: &SignInTerms,
) -> Result<Exit, CliError> {
    let name = &app.name.value;
    let built = apps::build(config, app, vault)
        .await
        .map_err(|problems| CliError::Config { problems, file: Arc::clone(&config.source) })?;
    let health = built.connector.check().await.map_err(|error| {
        let hint = format!("the sign-in is kept; `syntony auth status {name}` tries it again");
        CliError::stopped(format!("`{name}`: {error}"), hint)
    })?;
    let known = terms.place.look_up().await.map_err(|error| vault_says(&error))?;
    let ends = known.and_then(|known| known.ends_ms).and_then(moment);
    let missing = &health.missing_permissions;
    if globals.json {
        output::print_json(&json!({
            "app": name, "type": app.app_type().as_str(), "account": health.account, "missing": missing, "ends": ends,
        }))?;
    } else {
        let mut text =
            format!("`{name}` is signed in to, as account {}.\n", printable(health.account.as_str()));
        if let Some(ends) = ends {
            text.push_str(&format!("The provider gave this access for a time; it ends at {ends}.\n"));
        }
        for permission in missing {
            text.push_str(&format!("It lacks {}.\n", printable(permission)));
        }
        if !missing.is_empty() {
            text.push_str(&format!("Allow that too, and run `syntony auth login {name}` again.\n"));
        }
        output::print(&text)?;
    }
    Ok(if missing.is_empty() { Exit::Done } else { Exit::Waiting })
}
