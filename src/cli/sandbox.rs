//! `sandbox`: only the simulated apps, each on a loopback port of its own, until somebody stops it.

use super::args::SandboxArgs;
use super::{CliError, Exit, Globals, signals};
use crate::output;
use std::fmt::Write as _;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::{Description, Sandbox, SandboxConfig};

pub(super) async fn run(args: &SandboxArgs, globals: &Globals) -> Result<Exit, CliError> {
    let faults = match &args.faults {
        None => Faults::none(),
        Some(spec) => Faults::parse(spec)
            .map_err(|error| CliError::usage(error.to_string(), "for example `429/20,500/50,lag=10000`"))?,
    };
    let config = SandboxConfig {
        seed: args.seed,
        contacts: args.contacts as usize,
        first_port: args.port.unwrap_or(0),
        faults,
        ..SandboxConfig::strict()
    };
    let sandbox = start(config).await?;
    let description = sandbox.description();
    if globals.json {
        output::print_json(&description)?;
    } else {
        output::print(&text(&description))?;
    }
    signals::wait().await;
    sandbox.stop().await;
    Ok(Exit::Done)
}

/// Where everything is and how to get in, for people.
fn text(apps: &Description) -> String {
    let (google, salesforce, mailchimp) = (&apps.google_contacts, &apps.salesforce, &apps.mailchimp);
    let mut text = String::new();
    let mut app = |name: &str, url: &str, lines: &[(&str, &str)]| {
        let _ = writeln!(text, "{name:<16} {url}");
        for (what, value) in lines {
            let _ = writeln!(text, "  {what:<14} {value}");
        }
    };
    app("Drift", &apps.drift.base_url, &[("token", &apps.drift.token)]);
    app(
        "Google Contacts",
        &google.base_url,
        &[
            ("access token", &google.credentials.access_token),
            ("refresh token", &google.credentials.refresh_token),
            ("client id", &google.credentials.client_id),
            ("client secret", &google.credentials.client_secret),
        ],
    );
    app(
        "Salesforce",
        &salesforce.login_url,
        &[
            ("access token", &salesforce.credentials.access_token),
            ("refresh token", &salesforce.credentials.refresh_token),
            ("client id", &salesforce.credentials.client_id),
            ("client secret", &salesforce.credentials.client_secret),
        ],
    );
    app(
        "Mailchimp",
        &mailchimp.base_url,
        &[("API key", &mailchimp.credentials.api_key), ("audience", &mailchimp.credentials.audience_id)],
    );
    text.push_str("\nPress Ctrl-C to stop.\n");
    text
}

/// Starts the simulators.
pub(super) async fn start(config: SandboxConfig) -> Result<Sandbox, CliError> {
    Sandbox::start(config).await.map_err(|error| {
        CliError::stopped(
            format!("the simulated apps cannot start: {error}"),
            "another `--port` may be free, or leave it out",
        )
    })
}
