//! `daemon`: runs every connection on its schedule until it is told to end.
//!
//! The first SIGTERM or Ctrl-C lets what is in flight finish, the second ends at once. SIGHUP reads the configuration
//! again.

use super::args::DaemonArgs;
use super::signals::{Signal, Signals};
use super::state::stopped;
use super::{CliError, Exit, Globals, sync};
use crate::config::Config;
use crate::daemon::webhooks::{self, Hooks, Limits, Nudges};
use crate::daemon::{self, Daemon, Handle, Lease, Loader};
use crate::output;
use crate::run::{Clock, Db, SystemClock};
use axum::Router;
use std::net::SocketAddr;
use std::sync::Arc;
use syntony_state::Store;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(super) async fn run(_: &DaemonArgs, globals: &Globals) -> Result<Exit, CliError> {
    let mut signals = Signals::of_daemon();
    let config = Arc::new(globals.load_config()?);
    sync::choose(&config, &[])?;
    let _only_one = daemon::only_one(&config.state).map_err(stopped)?;
    let lease = Arc::new(Lease::of(config.state.clone()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (nudger, nudges) = webhooks::nudges();
    let (daemon, program) = {
        // Nobody else works on the state while it is opened, which may bring it up to date.
        let _part = lease.take().map_err(stopped)?;
        let db = Arc::new(Db::new(Store::open(&config.state).map_err(stopped)?));
        let loader = Loader::new(globals.config.clone(), Arc::clone(&db), Arc::clone(&clock));
        let first = loader.first(Arc::clone(&config)).await.map_err(|error| sync::explain(error, &config))?;
        let hooks = Hooks::new(first.doors, Arc::clone(&db), Arc::clone(&clock), nudger, Limits::default());
        let daemon = Daemon::new(first.generation, db, Arc::clone(&lease), clock).map_err(stopped)?;
        let (handle, hooks) = (daemon.handle(), Arc::new(hooks));
        (daemon, Arc::new(Program { handle, loader, hooks }))
    };
    let handle = program.handle.clone();
    let (listener, address) = listen(&config).await?;
    say(globals, address)?;
    let routes = daemon::health(handle.clone()).merge(webhooks::router(Arc::clone(&program.hooks)));
    // Neither is waited for at the end: whoever is not answered tries again.
    let serving = tokio::spawn(serve(listener, routes, handle.clone()));
    let nudging = tokio::spawn(pass_on(nudges, handle));
    let mut runs = tokio::spawn(daemon.run());
    let ended = attend(&mut signals, &program, &mut runs).await;
    serving.abort();
    nudging.abort();
    ended
}

/// What signals and requests reach.
struct Program {
    handle: Handle,
    loader: Loader,
    hooks: Arc<Hooks>,
}

/// Does what signals ask for, until the daemon has ended.
async fn attend(
    signals: &mut Signals,
    program: &Arc<Program>,
    runs: &mut JoinHandle<()>,
) -> Result<Exit, CliError> {
    let mut asked_to_end = false;
    let mut reload: Option<JoinHandle<()>> = None;
    loop {
        let signal = tokio::select! {
            ended = &mut *runs => {
                return match ended {
                    Ok(()) => Ok(Exit::Done),
                    Err(error) => Err(CliError::stopped(format!("the daemon fell over: {error}"), "please report this")),
                };
            }
            signal = signals.next() => signal,
        };
        match signal {
            Signal::End if asked_to_end => {
                let hint = "nothing is lost: what was in flight is looked into with the next run";
                return Err(CliError::stopped("ended at once, by a second signal", hint));
            }
            Signal::End => {
                tracing::warn!("asked to stop; finishing what is in flight");
                asked_to_end = true;
                program.handle.stop();
            }
            Signal::Reload => {
                // One after the other: the last one reads what the file says last.
                let (program, before) = (Arc::clone(program), reload.take());
                reload = Some(tokio::spawn(async move {
                    if let Some(before) = before {
                        let _ = before.await;
                    }
                    program.read_again().await;
                }));
            }
        }
    }
}

impl Program {
    /// Another configuration takes the place of the former one, whole or not at all.
    async fn read_again(&self) {
        let before = self.handle.generation().config;
        let loaded = match self.loader.load(&before).await {
            Ok(loaded) => loaded,
            Err(refused) => return refused.tell(),
        };
        match self.handle.replace(loaded.generation) {
            Ok(()) => {
                self.hooks.replace_doors(loaded.doors);
                tracing::warn!("the configuration was read again and holds");
            }
            Err(error) => tracing::error!(%error, "the configuration was not taken; the former one holds"),
        }
    }
}

/// From webhooks to runs.
async fn pass_on(mut nudges: Nudges, handle: Handle) {
    loop {
        handle.nudge_app(&nudges.next().await);
    }
}

async fn listen(config: &Config) -> Result<(TcpListener, SocketAddr), CliError> {
    let wanted = config.daemon.listen;
    let cannot = |error: std::io::Error| {
        let hint = "[daemon] listen names another address; is another daemon running?";
        CliError::stopped(format!("{wanted} cannot be listened on: {error}"), hint)
    };
    let listener = TcpListener::bind(wanted).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    Ok((listener, address))
}

/// Where it listens, for people and for scripts: the one thing that a daemon answers.
fn say(globals: &Globals, address: SocketAddr) -> Result<(), CliError> {
    if globals.json {
        output::print_json(&serde_json::json!({ "listen": address.to_string() }))?;
    } else {
        output::print(&format!("Syntony runs. Its health: http://{address}/readyz\n"))?;
    }
    Ok(())
}

async fn serve(listener: TcpListener, routes: Router, handle: Handle) {
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, routes).with_graceful_shutdown(async move { handle.stopping().await });
    if let Err(error) = served.await {
        tracing::error!(%error, "nothing is listened to any more");
    }
}
