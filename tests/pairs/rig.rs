//! Two apps, a configuration between them, and the engine.

use crate::hand::{Hand, Kind};
use chrono::Utc;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use syntony::compile::Compiled;
use syntony::config::{self, Config};
use syntony::diagnostics::Problem;
use syntony::report::{AppCounts, ConnectionReport, RunReport, Status};
use syntony::run::{Mode, Permission, StopFlag, SystemClock, Unwatched};
use syntony::session::{Freshness, Session, SessionError};
use syntony_core::side::{Side, Sides};
use tempfile::TempDir;
use tokio::sync::Mutex;

pub(crate) struct Rig {
    pub(crate) kinds: Sides<Kind>,
    pub(crate) apps: Sides<Box<dyn Hand>>,
    folder: TempDir,
    /// The program, as long as its configuration stays: a daemon does not start anew for each run either.
    program: Mutex<Option<Program>>,
}

/// The program at work.
struct Program {
    config: Arc<Config>,
    session: Session,
}

/// A session of all connections.
async fn open(config: &Arc<Config>) -> Session {
    let connections: Vec<_> = config.connections.values().collect();
    Session::open(Arc::clone(config), &connections, "test", Arc::new(SystemClock)).await.unwrap()
}

impl Program {
    async fn start(config: Config) -> Self {
        let config = Arc::new(config);
        let session = open(&config).await;
        Self { config, session }
    }

    async fn run(&self, mode: Mode, permission: Permission) -> Result<RunReport, SessionError> {
        let connections: Vec<_> = self.config.connections.values().collect();
        let stop = StopFlag::default();
        self.session.run(&connections, mode, permission, &stop, &Unwatched, None).await
    }
}

impl Rig {
    /// Two empty apps; the left one wins.
    pub(crate) async fn new(kinds: Sides<Kind>) -> Self {
        let apps = Sides::new(kinds.left.start().await, kinds.right.start().await);
        let rig = Self { kinds, apps, folder: tempfile::tempdir().unwrap(), program: Mutex::new(None) };
        rig.configure("");
        rig
    }

    /// The configuration, with `more` behind the connection's own keys.
    pub(crate) fn configure(&self, more: &str) {
        self.configure_apps(Sides::new("", ""), more);
    }

    /// The same, with a line more in each app's own table.
    pub(crate) fn configure_apps(&self, own: Sides<&str>, more: &str) {
        let app = |side: Side| {
            let table = self.apps[side].config(name(side), self.folder.path());
            table.replacen("\nlag_seconds", &format!("\n{}\nlag_seconds", own[side]), 1)
        };
        let text = format!(
            "{left}{right}\n[connections.pair]\nbetween = [\"left\", \"right\"]\nwinner = \"left\"\n{more}\n{fill}",
            left = app(Side::Left),
            right = app(Side::Right),
            fill = self.placeholders(),
        );
        std::fs::write(self.file(), text).unwrap();
        self.end();
    }

    /// Ends the program; the next run starts it again.
    pub(crate) fn end(&self) {
        drop(self.program.try_lock().unwrap().take());
    }

    /// What a vendor wants of every new contact.
    fn placeholders(&self) -> String {
        let lines = self
            .kinds
            .iter()
            .filter_map(|(side, kind)| Some(format!("{} = {}\n", name(side), kind.placeholders()?)));
        let lines: String = lines.collect();
        if lines.is_empty() { lines } else { format!("[connections.pair.placeholders]\n{lines}") }
    }

    /// Where secrets lie.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("syntony.toml")
    }

    pub(crate) fn config(&self) -> Config {
        let loaded = config::load(&self.file(), Utc::now());
        loaded.config.unwrap_or_else(|| panic!("{:#?}", loaded.problems))
    }

    /// One run.
    pub(crate) async fn run(&self, mode: Mode, permission: Permission) -> RunReport {
        self.try_run(mode, permission).await.unwrap()
    }

    /// Two seconds go by: some vendors' stamps have whole ones, and within one of them nobody can say which of two
    /// versions is the later.
    pub(crate) fn pass(&self) {
        for (_, app) in self.apps.iter() {
            app.clock().advance(Duration::from_secs(2));
        }
    }

    /// A sync that may not even begin.
    pub(crate) async fn try_sync(&self) -> Result<RunReport, SessionError> {
        self.try_run(Mode::Sync, Permission::Guarded).await
    }

    /// A resync that may not even begin.
    pub(crate) async fn try_resync(&self) -> Result<RunReport, SessionError> {
        self.try_run(Mode::Resync, Permission::Guarded).await
    }

    /// A run that may not even begin.
    pub(crate) async fn try_run(
        &self,
        mode: Mode,
        permission: Permission,
    ) -> Result<RunReport, SessionError> {
        let mut program = self.program.lock().await;
        let program = match program.take() {
            Some(running) => program.insert(running),
            None => program.insert(Program::start(self.config()).await),
        };
        program.run(mode, permission).await
    }

    /// A sync that is not stopped.
    pub(crate) async fn sync(&self) -> ConnectionReport {
        self.went(Mode::Sync).await
    }

    /// A resync that is not stopped.
    pub(crate) async fn resync(&self) -> ConnectionReport {
        self.went(Mode::Resync).await
    }

    async fn went(&self, mode: Mode) -> ConnectionReport {
        let report = self.run(mode, Permission::Guarded).await;
        assert_ne!(report.status, Status::Stopped, "{report:#?}");
        report.connections.into_iter().next().unwrap()
    }

    /// What `check` would say of the connection.
    pub(crate) async fn check(&self) -> Compiled {
        let config = self.config();
        self.end();
        let config = Arc::new(config);
        let connections: Vec<_> = config.connections.values().collect();
        open(&config).await.compile(connections[0], Freshness::Asked).await.unwrap()
    }

    /// The lines of the configuration that `check` refuses, as they stand there.
    pub(crate) async fn refused_lines(&self) -> BTreeSet<String> {
        let loaded = config::load(&self.file(), Utc::now());
        let problems = if loaded.config.is_some() { self.check().await.problems } else { loaded.problems };
        let text = std::fs::read_to_string(self.file()).unwrap();
        let line = |problem: &Problem| text.lines().nth(problem.line.unwrap() - 1).unwrap().trim().to_owned();
        problems.iter().filter(|problem| problem.is_error()).map(line).collect()
    }

    /// A command of the built program, with `--json`.
    pub(crate) async fn command(&self, words: &[&str]) -> Value {
        self.end();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("syntony"));
        command.current_dir(self.folder.path()).env_remove("SYNTONY_CONFIG").arg("--json").args(words);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The mapping of the administrator's own field of both apps, with more of its keys.
    pub(crate) fn extra(&self, more: &str) -> String {
        let [left, right] = Side::BOTH.map(|side| self.apps[side].extra());
        format!("[[connections.pair.fields]]\nleft = \"{left}\"\nright = \"{right}\"\n{more}\n")
    }

    /// A sync that brings everybody in step: the beginning of a scenario.
    pub(crate) async fn in_step(&self) -> ConnectionReport {
        let report = self.sync().await;
        assert_eq!(report.failures, [], "{report:#?}");
        report
    }

    /// A sync after which nothing is left to do: the end of a scenario.
    pub(crate) async fn settle(&self) -> ConnectionReport {
        let report = self.in_step().await;
        self.assert_quiet().await;
        report
    }

    /// The next sync writes nothing.
    pub(crate) async fn assert_quiet(&self) {
        let report = self.sync().await;
        let written: BTreeMap<_, _> = report.apps.iter().filter(|(_, counts)| writes(counts) > 0).collect();
        assert!(written.is_empty(), "a sync without news writes: {report:#?}");
    }

    /// Nobody else is there.
    #[track_caller]
    pub(crate) fn assert_only(&self, side: Side, id: &str) {
        assert_eq!(self.apps[side].everybody(), std::slice::from_ref(&id.to_owned()), "on the {side:?}");
    }

    /// The one contact with this address on a side.
    pub(crate) fn one(&self, side: Side, email: &str) -> String {
        let found = self.apps[side].with_email(email);
        assert_eq!(found.len(), 1, "{side:?}: {found:?}");
        found.into_iter().next().unwrap()
    }
}

/// What a side is called in the configuration.
fn name(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}

/// What was written to an app of this name.
pub(crate) fn counts(report: &ConnectionReport, side: Side) -> AppCounts {
    report.apps[name(side)]
}

fn writes(counts: &AppCounts) -> u64 {
    counts.created + counts.updated + counts.tagged + counts.untagged + counts.failed
}
