//! A daemon whose runs are played: they take as long, and end as, a test says. What it must never do is looked for in
//! every run, whatever the test is about.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use syntony::config::{self, Config, ConnectionConfig};
use syntony::daemon::{Card, Daemon, Ended, Generation, Handle, Lease, Work};
use syntony::report::{ConnectionReport, Status};
use syntony::run::{Cause, Clock, Db, Progress, StopFlag};
use syntony_core::ids::{AppName, ConnectionName};
use syntony_state::Store;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// A wall clock that goes with tokio's, and can be set.
pub(crate) struct WallClock {
    started: Instant,
    offset_ms: AtomicI64,
}

impl WallClock {
    /// One that shows `moment`, for example `2026-03-28T00:00:00Z`.
    pub(crate) fn showing(moment: &str) -> Arc<Self> {
        let at = chrono::DateTime::parse_from_rfc3339(moment).unwrap();
        Arc::new(Self { started: Instant::now(), offset_ms: AtomicI64::new(at.timestamp_millis()) })
    }

    pub(crate) fn set_forward(&self, by_ms: i64) {
        self.offset_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl Clock for WallClock {
    fn now_ms(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap() + self.offset_ms.load(Ordering::Relaxed)
    }
}

/// One run that was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Played {
    pub(crate) connection: String,
    pub(crate) began_ms: i64,
    pub(crate) ended_ms: i64,
    /// By which configuration.
    pub(crate) by: u64,
}

type Ending = Box<dyn Fn(&str, i64) -> Ended + Send + Sync>;

/// What all generations of one daemon have in common.
pub(crate) struct Theatre {
    pub(crate) clock: Arc<WallClock>,
    played: Mutex<Vec<Played>>,
    lasts: Mutex<BTreeMap<String, Duration>>,
    ending: Mutex<Ending>,
    busy: Mutex<BTreeSet<String>>,
    generations: AtomicU64,
    /// Apps whose credentials are others by now.
    renewed: Mutex<BTreeSet<AppName>>,
}

impl Theatre {
    pub(crate) fn new(clock: &Arc<WallClock>) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::clone(clock),
            played: Mutex::default(),
            lasts: Mutex::default(),
            ending: Mutex::new(Box::new(|_, _| well())),
            busy: Mutex::default(),
            generations: AtomicU64::default(),
            renewed: Mutex::default(),
        })
    }

    pub(crate) fn lasts(&self, connection: &str, seconds: u64) {
        self.lasts.lock().unwrap().insert(connection.to_owned(), Duration::from_secs(seconds));
    }

    /// How runs end, by connection and moment.
    pub(crate) fn end_with(&self, ending: impl Fn(&str, i64) -> Ended + Send + Sync + 'static) {
        *self.ending.lock().unwrap() = Box::new(ending);
    }

    pub(crate) fn sign_in(&self, app: &str) {
        self.renewed.lock().unwrap().insert(AppName::new(app));
    }

    /// Runs of a connection that ended.
    pub(crate) fn of(&self, connection: &str) -> Vec<Played> {
        self.played.lock().unwrap().iter().filter(|run| run.connection == connection).cloned().collect()
    }

    pub(crate) fn generation(self: &Arc<Self>, config: &Arc<Config>) -> Generation {
        let by = self.generations.fetch_add(1, Ordering::Relaxed);
        Generation { config: Arc::clone(config), work: Arc::new(Play { theatre: Arc::clone(self), by }) }
    }

    /// Nobody else may be on stage, neither the connection nor any of its apps.
    fn enter(&self, connection: &ConnectionConfig) -> Vec<String> {
        let mut busy = self.busy.lock().unwrap();
        let apps = connection.between.iter().map(|(_, app)| format!("app {}", app.value));
        let mine: Vec<String> = apps.chain([connection.name.value.to_string()]).collect();
        for one in &mine {
            assert!(busy.insert(one.clone()), "{one} is used twice at once");
        }
        mine
    }
}

struct Play {
    theatre: Arc<Theatre>,
    by: u64,
}

#[async_trait]
impl Work for Play {
    async fn sync(&self, connection: &ConnectionConfig, _: &StopFlag, _: &dyn Progress) -> Ended {
        let theatre = &self.theatre;
        let name = connection.name.value.to_string();
        let mine = theatre.enter(connection);
        let began_ms = theatre.clock.now_ms();
        let lasts = theatre.lasts.lock().unwrap().get(&name).copied().unwrap_or(Duration::from_millis(500));
        tokio::time::sleep(lasts).await;
        let ended_ms = theatre.clock.now_ms();
        theatre.busy.lock().unwrap().retain(|one| !mine.contains(one));
        let by = self.by;
        theatre.played.lock().unwrap().push(Played { connection: name.clone(), began_ms, ended_ms, by });
        // An ending that panics leaves nothing half done.
        let ending = theatre.ending.lock().unwrap_or_else(PoisonError::into_inner);
        ending(&name, ended_ms)
    }

    async fn renewed(&self, app: &AppName) -> Option<Arc<dyn Work>> {
        let other = self.theatre.renewed.lock().unwrap().remove(app);
        other.then(|| Arc::new(Play { theatre: Arc::clone(&self.theatre), by: self.by }) as Arc<dyn Work>)
    }
}

pub(crate) fn well() -> Ended {
    Ended::Ran(Box::default())
}

/// A run that stopped.
pub(crate) fn stopped(cause: Cause) -> Ended {
    let reason = Some(format!("{cause:?}"));
    Ended::Ran(Box::new(ConnectionReport {
        status: Status::Stopped,
        cause: Some(cause),
        reason,
        ..ConnectionReport::default()
    }))
}

pub(crate) fn down(app: &str) -> Ended {
    stopped(Cause::Passing(AppName::new(app)))
}

/// Connections as `("name", "left", "right", "more keys")`; every app is one that needs nothing.
pub(crate) fn config(connections: &[(&str, &str, &str, &str)]) -> Arc<Config> {
    let apps: BTreeSet<&str> = connections.iter().flat_map(|(_, left, right, _)| [*left, *right]).collect();
    let mut text = String::new();
    for app in apps {
        text +=
            &format!("[apps.{app}]\ntype = \"google_contacts\"\ntoken = {{ env = \"NOBODY_READS_IT\" }}\n");
    }
    for (name, left, right, more) in connections {
        text += &format!("[connections.{name}]\nbetween = [\"{left}\", \"{right}\"]\n{more}\n");
    }
    let now = chrono::DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").unwrap().to_utc();
    let loaded = config::parse(Path::new("syntony.toml"), text.as_bytes(), now);
    Arc::new(loaded.config.unwrap_or_else(|| panic!("{:#?}", loaded.problems)))
}

pub(crate) fn every_five_minutes() -> &'static str {
    "schedule = \"0 */5 * * * *\""
}

/// A daemon at work.
pub(crate) struct Stage {
    pub(crate) theatre: Arc<Theatre>,
    pub(crate) handle: Handle,
    running: JoinHandle<()>,
}

impl Stage {
    pub(crate) fn start(clock: &Arc<WallClock>, config: &Arc<Config>) -> Self {
        Self::over(Arc::new(Db::new(Store::open_in_memory().unwrap())), &Theatre::new(clock), config)
    }

    /// A daemon over a state that may know something already.
    pub(crate) fn over(db: Arc<Db>, theatre: &Arc<Theatre>, config: &Arc<Config>) -> Self {
        Self::beside(db, theatre, config, Lease::unshared())
    }

    pub(crate) fn beside(db: Arc<Db>, theatre: &Arc<Theatre>, config: &Arc<Config>, lease: Lease) -> Self {
        let clock: Arc<dyn Clock> = Arc::clone(&theatre.clock) as Arc<dyn Clock>;
        let daemon = Daemon::new(theatre.generation(config), db, Arc::new(lease), clock).unwrap();
        let handle = daemon.handle();
        Self { theatre: Arc::clone(theatre), handle, running: tokio::spawn(daemon.run()) }
    }

    pub(crate) async fn pass(&self, ms: i64) {
        tokio::time::sleep(Duration::from_millis(u64::try_from(ms).unwrap())).await;
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.theatre.clock.now_ms()
    }

    pub(crate) fn of(&self, connection: &str) -> Vec<Played> {
        self.theatre.of(connection)
    }

    pub(crate) fn card(&self, connection: &str) -> Card {
        self.handle.board().card(&ConnectionName::new(connection)).unwrap()
    }

    /// Ends it; returns when it has ended.
    pub(crate) async fn end(self) -> Arc<Theatre> {
        self.handle.stop();
        self.running.await.unwrap();
        self.theatre
    }
}
