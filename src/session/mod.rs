//! What a command works with: the configuration, the state, and the apps behind it.
//!
//! A command's session is one process's turn at the state: it holds the lock that keeps a second writer out.
//! The daemon holds the lock itself and makes a session for each generation of its configuration; tasks share one
//! by [`Arc`], and one that was replaced lives as long as a run still uses it.

mod facts;
mod quota;

pub use facts::{Freshness, facts_of};
pub use quota::{NotedQuota, noted_quota};

use crate::compile::Compiled;
use crate::config::{Config, ConnectionConfig};
use crate::diagnostics::Problem;
use crate::drift::Known;
use crate::planfile::Fingerprints;
use crate::report::{ConnectionReport, PlannedChange, RunReport, Status};
use crate::run::{App, Clock, Db, Mode, Permission, Progress, Run, Stop, StopFlag};
use crate::vault::Vault;
use crate::{apps, runid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use syntony_core::ids::{AppName, ConnectionName, MappingKey};
use syntony_core::policy::Policy;
use syntony_core::side::{Side, Sides};
use syntony_state::{RunLock, StateError, Store};

/// Why a session cannot be had, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The configuration is wrong.
    #[error("the configuration has errors")]
    Config(Vec<Problem>),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// An app cannot be used.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// A session.
pub struct Session {
    config: Arc<Config>,
    db: Arc<Db>,
    apps: BTreeMap<AppName, App>,
    clock: Arc<dyn Clock>,
    /// Where the apps' tokens are; none where somebody else built the apps.
    vault: Option<Arc<Vault>>,
    /// Calls to each app that stand in a report.
    counted: Mutex<BTreeMap<AppName, u64>>,
    /// Apps whose fields were asked for since the last run began.
    just_asked: Mutex<BTreeSet<AppName>>,
    /// What keeps others out, where nobody around this session does.
    _lock: Option<RunLock>,
}

impl Session {
    /// Takes the lock, opens the state and builds the apps of these connections.
    ///
    /// # Errors
    /// Somebody else holds the lock; the state is not usable; a secret cannot be had.
    pub async fn open(
        config: Arc<Config>,
        connections: &[&ConnectionConfig],
        command: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SessionError> {
        let lock = RunLock::acquire(&config.state, command)?;
        let db = Arc::new(Db::new(Store::open(&config.state)?));
        let session = Self::within(config, connections, db, clock).await?;
        Ok(Self { _lock: Some(lock), ..session })
    }

    /// Builds the apps of these connections over a state whose lock the caller holds.
    ///
    /// # Errors
    /// The state is not usable; a secret cannot be had.
    pub async fn within(
        config: Arc<Config>,
        connections: &[&ConnectionConfig],
        db: Arc<Db>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SessionError> {
        let vault = Arc::new(Vault::of(config.state.clone(), Arc::clone(&db), config.vault.key.clone()));
        let apps = build(&config, connections, &vault).await.map_err(SessionError::Config)?;
        let session = Self::with_apps(config, apps, db, clock)?;
        Ok(Self { vault: Some(vault), ..session })
    }

    /// The same session with the credentials that there are now, if those of `app` are others than they were.
    ///
    /// # Errors
    /// A secret cannot be had; the state is not usable.
    pub async fn renewed(&self, app: &AppName) -> Result<Option<Session>, SessionError> {
        let (Some(vault), Some(configured)) = (&self.vault, self.config.apps.get(app)) else {
            return Ok(None);
        };
        let now = apps::build(&self.config, configured, vault).await.map_err(SessionError::Config)?;
        if now.credentials == self.app(app)?.credentials {
            return Ok(None);
        }
        let connections: Vec<_> = self.config.connections.values().collect();
        let (config, db, clock) = (Arc::clone(&self.config), Arc::clone(&self.db), Arc::clone(&self.clock));
        Self::within(config, &connections, db, clock).await.map(Some)
    }

    /// A session over apps that were built already, and a state whose lock the caller holds.
    ///
    /// # Errors
    /// The state is not usable.
    pub fn with_apps(
        config: Arc<Config>,
        apps: BTreeMap<AppName, App>,
        db: Arc<Db>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SessionError> {
        for connection in config.connections.values() {
            let apps = connection.between.as_ref().map(|app| app.value.clone());
            db.with(|store| store.connect(&connection.name.value, &apps))?;
        }
        let (counted, just_asked) = Default::default();
        Ok(Self { config, db, apps, clock, vault: None, counted, just_asked, _lock: None })
    }

    /// Runs these connections one after the other; with `only`, nothing but what stands in that plan.
    ///
    /// # Errors
    /// The state cannot be written, or the configuration does not fit the apps. What stops one connection
    /// is in its report.
    pub async fn run(
        &self,
        connections: &[&ConnectionConfig],
        mode: Mode,
        permission: Permission,
        stop: &StopFlag,
        progress: &dyn Progress,
        only: Option<&Fingerprints>,
    ) -> Result<RunReport, SessionError> {
        let compiled = self.compile_all(connections).await?;
        let id = runid::new();
        let recorded = !matches!(mode, Mode::Plan(_));
        if recorded {
            self.db.with(|store| store.begin_run(&id, mode.as_str(), self.clock.now_ms()))?;
        }
        let mut report =
            RunReport { run: id.to_string(), mode: mode.as_str().to_owned(), ..RunReport::default() };
        let op_keys = AtomicU64::new(0);
        let nothing = BTreeSet::new();
        let mut changes: Vec<PlannedChange> = Vec::new();
        for (connection, compiled) in compiled {
            let wishes = match compiled {
                Ok(wishes) => wishes,
                Err(stop) => {
                    report.connections.push(stopped(connection, &stop));
                    continue;
                }
            };
            let apps = self.sides(connection)?;
            let watchers = Sides::new(self.watchers(&apps.left.name)?, self.watchers(&apps.right.name)?);
            let run = Run {
                id: id.clone(),
                mode,
                permission,
                policy: &wishes.policy,
                policy_text: wishes.policy.fingerprint(),
                wanted: &wishes.wanted,
                apps: &apps,
                watchers: &watchers,
                db: &self.db,
                clock: &*self.clock,
                stop,
                progress,
                only: only.map(|only| only.get(connection.name.as_str()).unwrap_or(&nothing)),
                op_keys: &op_keys,
            };
            let mut ran = Box::pin(run.run()).await;
            if recorded {
                self.count_calls(&apps, &mut ran.report);
            }
            self.note_quotas(&apps)?;
            // A run that stopped, or did a part of a plan, is not what the next one is held against.
            if recorded && only.is_none() && ran.report.status != Status::Stopped {
                self.note_known(connection, &wishes.known)?;
            }
            report.connections.push(ran.report);
            changes.extend(ran.changes);
            report.fingerprints.insert(connection.name.to_string(), ran.fingerprints);
        }
        report.status =
            report.connections.iter().map(|connection| connection.status).max().unwrap_or_default();
        if recorded {
            let document = serde_json::to_value(&report).unwrap_or_default();
            self.db
                .with(|store| store.end_run(&id, report.status.as_str(), self.clock.now_ms(), &document))?;
        } else {
            report.changes = Some(changes);
        }
        Ok(report)
    }

    /// Compiles every connection before any of them runs: a configuration that does not fit stops all of it,
    /// an app that cannot be asked stops its connections.
    async fn compile_all<'c>(
        &self,
        connections: &[&'c ConnectionConfig],
    ) -> Result<Vec<(&'c ConnectionConfig, Result<Wishes, Stop>)>, SessionError> {
        let mut all = Vec::new();
        let mut wrong = Vec::new();
        // What was asked in an earlier run of this session is no news.
        self.just_asked().clear();
        for connection in connections {
            match self.compile_for_run(connection).await {
                Ok((Compiled { policy: Some(policy), wanted, problems, .. }, known)) => {
                    problems.iter().for_each(|problem| warn(connection, problem));
                    all.push((*connection, Ok(Wishes { policy, wanted, known })));
                }
                Ok((Compiled { policy: None, problems, .. }, _)) => wrong.extend(problems),
                Err(SessionError::Stopped(stop)) => all.push((*connection, Err(stop))),
                Err(error) => return Err(error),
            }
        }
        if wrong.is_empty() { Ok(all) } else { Err(SessionError::Config(wrong)) }
    }

    /// Counts all calls to the apps, those included that were made before the run itself: what an app was asked of
    /// its fields counts for the first connection that wanted to know.
    fn count_calls(&self, apps: &Sides<App>, report: &mut ConnectionReport) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, app) in apps.iter() {
            let made = app.connector.calls_made();
            let before = counted.insert(app.name.clone(), made).unwrap_or_default();
            report.apps.entry(app.name.to_string()).or_default().calls = made.saturating_sub(before);
        }
    }

    /// An app by its name in the configuration.
    ///
    /// # Errors
    /// It is none of this session's.
    pub fn app(&self, name: &AppName) -> Result<&App, SessionError> {
        self.apps.get(name).ok_or_else(|| SessionError::Config(Vec::new()))
    }

    /// The state.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    fn sides(&self, connection: &ConnectionConfig) -> Result<Sides<App>, SessionError> {
        let left = self.app(&connection.between.left.value)?.clone();
        let right = self.app(&connection.between.right.value)?.clone();
        Ok(Sides::new(left, right))
    }

    /// The connections that look at an app, each with the side it is on.
    fn watchers(&self, app: &AppName) -> Result<Vec<(ConnectionName, Side)>, SessionError> {
        Ok(self.db.with(|store| store.watchers(app))?)
    }
}

/// What an admin wants of a connection.
struct Wishes {
    policy: Policy,
    /// The mappings that the configuration asks for.
    wanted: BTreeSet<MappingKey>,
    /// The schemas that this goes by, for the next run to be held against.
    known: Known,
}

/// What is odd and does not keep a run from going on, with its place in the file.
fn warn(connection: &ConnectionConfig, problem: &Problem) {
    let hint = problem.hint.as_deref().unwrap_or_default();
    tracing::warn!(connection = %connection.name.value, line = problem.line, hint, "{}", problem.message);
}

/// Under which key of a connection's notes an app's are kept: no connection has a colon in its name.
fn app_key(app: &AppName) -> ConnectionName {
    ConnectionName::new(format!("app:{app}"))
}

/// Builds every app of these connections; all problems at once.
async fn build(
    config: &Config,
    connections: &[&ConnectionConfig],
    vault: &Arc<Vault>,
) -> Result<BTreeMap<AppName, App>, Vec<Problem>> {
    let names: BTreeSet<&AppName> = connections
        .iter()
        .flat_map(|connection| connection.between.iter().map(|(_, app)| &app.value).collect::<Vec<_>>())
        .collect();
    let mut apps = BTreeMap::new();
    let mut problems = Vec::new();
    for app in names.into_iter().filter_map(|name| config.apps.get(name)) {
        match apps::build(config, app, vault).await {
            Ok(built) => drop(apps.insert(built.name.clone(), built)),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(apps) } else { Err(problems) }
}

fn stopped(connection: &ConnectionConfig, stop: &Stop) -> ConnectionReport {
    ConnectionReport {
        name: connection.name.value.to_string(),
        status: Status::Stopped,
        reason: Some(stop.to_string()),
        cause: Some(stop.cause()),
        ..ConnectionReport::default()
    }
}
