//! `sandbox`: only the simulated apps, each on a loopback port of its own, until somebody stops it.

use super::args::SandboxArgs;
use super::{CliError, Exit, Globals, signals};
use crate::output;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::{Sandbox, SandboxConfig};

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
        ..SandboxConfig::default()
    };
    let sandbox = start(config).await?;
    let description = sandbox.description();
    if globals.json {
        output::print_json(&description)?;
    } else {
        let google = &description.google_contacts;
        output::print(&format!(
            "Drift            {}\n  token          {}\nGoogle Contacts  {}\n  access token   {}\n  refresh token  {}\n  \
             client         {} / {}\n\nPress Ctrl-C to stop.\n",
            description.drift.base_url,
            description.drift.token,
            google.base_url,
            google.credentials.access_token,
            google.credentials.refresh_token,
            google.credentials.client_id,
            google.credentials.client_secret,
        ))?;
    }
    signals::wait().await;
    sandbox.stop().await;
    Ok(Exit::Done)
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
