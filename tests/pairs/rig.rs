//! Two apps, a configuration between them, and the engine.

use crate::hand::{Hand, Kind};
use chrono::Utc;
use std::collections::BTreeMap;
use std::path::PathBuf;
use syntony::config::{self, Config};
use syntony::report::{AppCounts, ConnectionReport, RunReport, Status};
use syntony::run::{Mode, Permission, StopFlag, SystemClock, Unwatched};
use syntony::session::Session;
use syntony_core::side::{Side, Sides};
use tempfile::TempDir;

pub(crate) struct Rig {
    pub(crate) kinds: Sides<Kind>,
    pub(crate) apps: Sides<Box<dyn Hand>>,
    folder: TempDir,
}

impl Rig {
    /// Two empty apps; the left one wins.
    pub(crate) async fn new(kinds: Sides<Kind>) -> Self {
        let apps = Sides::new(kinds.left.start().await, kinds.right.start().await);
        let rig = Self { kinds, apps, folder: tempfile::tempdir().unwrap() };
        rig.configure("");
        rig
    }

    /// The configuration, with `more` behind the connection's own keys.
    pub(crate) fn configure(&self, more: &str) {
        let text = format!(
            "{left}{right}\n[connections.pair]\nbetween = [\"left\", \"right\"]\nwinner = \"left\"\n{more}\n{fill}",
            left = self.apps.left.config("left", self.folder.path()),
            right = self.apps.right.config("right", self.folder.path()),
            fill = self.placeholders(),
        );
        std::fs::write(self.file(), text).unwrap();
    }

    /// What a vendor wants of every new contact.
    fn placeholders(&self) -> String {
        let lines = self.kinds.iter().filter_map(|(side, kind)| {
            let name = if side == Side::Left { "left" } else { "right" };
            Some(format!("{name} = {}\n", kind.placeholders()?))
        });
        let lines: String = lines.collect();
        if lines.is_empty() { lines } else { format!("[connections.pair.placeholders]\n{lines}") }
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
        let config = self.config();
        let connections: Vec<_> = config.connections.values().collect();
        let session = Session::open(&config, &connections, "test", &SystemClock).await.unwrap();
        let stop = StopFlag::default();
        session.run(&connections, mode, permission, &stop, &Unwatched, None).await.unwrap()
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

    /// A sync after which nothing is left to do.
    pub(crate) async fn settle(&self) -> ConnectionReport {
        let report = self.sync().await;
        assert_eq!(report.failures, [], "{report:#?}");
        self.assert_quiet().await;
        report
    }

    /// The next sync writes nothing.
    pub(crate) async fn assert_quiet(&self) {
        let report = self.sync().await;
        let written: BTreeMap<_, _> = report.apps.iter().filter(|(_, counts)| writes(counts) > 0).collect();
        assert!(written.is_empty(), "a sync without news writes: {report:#?}");
    }

    /// The one contact with this address on a side.
    pub(crate) fn one(&self, side: Side, email: &str) -> String {
        let found = self.apps[side].with_email(email);
        assert_eq!(found.len(), 1, "{side:?}: {found:?}");
        found.into_iter().next().unwrap()
    }
}

/// What was written to an app of this name.
pub(crate) fn counts(report: &ConnectionReport, side: Side) -> AppCounts {
    report.apps[if side == Side::Left { "left" } else { "right" }]
}

fn writes(counts: &AppCounts) -> u64 {
    counts.created + counts.updated + counts.tagged + counts.untagged + counts.failed
}
