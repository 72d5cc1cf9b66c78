//! The daemon with the real engine over vendors in memory: weeks of edits and faults, and all sides equal at the end.

use crate::stage::{DAY_MS, HOUR_MS, WallClock};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use syntony::config::{self, Config};
use syntony::daemon::{Daemon, Generation, Handle, Lease};
use syntony::report::Status;
use syntony::run::{App, Clock, Db};
use syntony::session::Session;
use syntony_connectors::memory::{self, Fault, Faults, Traits};
use syntony_core::ids::AppName;
use syntony_core::record::Fields;
use syntony_core::schema::{FieldSpec, Kind, Schema};
use syntony_core::value::Value;
use syntony_state::Store;

/// The middle one is in both connections: they take turns.
const FILE: &str = r#"
[apps.one]
type = "google_contacts"
token = { env = "NOBODY_READS_IT" }
[apps.two]
type = "google_contacts"
token = { env = "NOBODY_READS_IT" }
[apps.three]
type = "google_contacts"
token = { env = "NOBODY_READS_IT" }
[connections.one-two]
between = ["one", "two"]
schedule = "0 */5 * * * *"
timezone = "Europe/Brussels"
winner = "one"
[connections.two-three]
between = ["two", "three"]
schedule = "0 */7 * * * *"
winner = "two"
"#;

const NAMES: [&str; 3] = ["one", "two", "three"];
/// What people may change.
const EDITED: [&str; 3] = ["names.givenName", "names.familyName", "organizations.title"];
const MAX_PEOPLE: usize = 60;

fn schema() -> Schema {
    let text = |name: &str| FieldSpec::new(name, Kind::Text);
    Schema::new(vec![
        text("names.givenName"),
        text("names.familyName"),
        FieldSpec::new("emailAddresses", Kind::Email).many(),
        text("organizations.name"),
        text("organizations.title"),
    ])
    .open("userDefined.")
}

fn config() -> Arc<Config> {
    let now = chrono::DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").unwrap().to_utc();
    let loaded = config::parse(Path::new("syntony.toml"), FILE.as_bytes(), now);
    Arc::new(loaded.config.unwrap_or_else(|| panic!("{:#?}", loaded.problems)))
}

/// Three address books, people who edit them, and the daemon.
struct World {
    books: [memory::App; 3],
    chance: fastrand::Rng,
    people: usize,
    db: Arc<Db>,
    clock: Arc<WallClock>,
    handle: Handle,
    running: tokio::task::JoinHandle<()>,
}

impl World {
    fn new(seed: u64) -> Self {
        let clock = WallClock::showing("2026-03-20T00:00:00Z");
        let book = |nth: usize| {
            let traits = Traits { schema: schema(), page_contacts: 20, ..Traits::address_book() };
            memory::App::new(NAMES[nth], traits, seed + nth as u64)
        };
        let books = [book(0), book(1), book(2)];
        let db = Arc::new(Db::new(Store::open_in_memory().unwrap()));
        let config = config();
        let shown = Arc::clone(&clock) as Arc<dyn Clock>;
        let session = session(&books, &config, &db, &shown);
        let generation = Generation { config, work: Arc::new(session) };
        let daemon = Daemon::new(generation, Arc::clone(&db), Arc::new(Lease::unshared()), shown).unwrap();
        let handle = daemon.handle();
        let running = tokio::spawn(daemon.run());
        Self { books, chance: fastrand::Rng::with_seed(seed), people: 0, db, clock, handle, running }
    }

    /// Somebody does something somewhere.
    fn somebody_acts(&mut self) {
        let book = &self.books[self.chance.usize(0..3)];
        let ids: Vec<_> = book.dump().into_keys().collect();
        if self.people < MAX_PEOPLE && (ids.is_empty() || self.chance.u8(0..3) == 0) {
            self.people += 1;
            let text = |text: String| Value::text(text);
            let fields: Fields = [
                ("names.givenName".into(), text(format!("Given{}", self.people))),
                ("names.familyName".into(), text(format!("Family{}", self.people))),
                ("emailAddresses".into(), Value::texts([format!("p{}@example.com", self.people).as_str()])),
            ]
            .into();
            book.add(fields);
        } else if let Some(id) = self.chance.choice(&ids) {
            let (field, value) = (EDITED[self.chance.usize(0..3)], self.chance.u32(0..1_000_000));
            book.edit(id, |fields| drop(fields.insert(field.into(), Value::text(format!("Edited{value}")))));
        }
    }

    /// Vendors misbehave for a while, each in another way.
    fn set_faults(&self) {
        let odds = |faults: [(Fault, u8); 3]| {
            faults.into_iter().fold(Faults::none(), |all, (fault, percent)| all.with(fault, percent))
        };
        let [one, two, three] = &self.books;
        one.set_faults(odds([(Fault::Transient, 10), (Fault::LostAnswer, 3), (Fault::RepeatedPage, 5)]));
        two.set_faults(odds([(Fault::RateLimited, 10), (Fault::TimeoutAfter, 3), (Fault::CursorExpired, 1)]));
        three.set_faults(odds([(Fault::Transient, 60), (Fault::TimeoutBefore, 5), (Fault::Deferred, 5)]));
    }

    fn reload(&self) {
        let config = config();
        let shown = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let work = Arc::new(session(&self.books, &config, &self.db, &shown));
        self.handle.replace(Generation { config, work }).unwrap();
    }

    /// What each book holds, by address.
    fn held(&self) -> [BTreeMap<String, String>; 3] {
        let held = |book: &memory::App| {
            let mut all = BTreeMap::new();
            for record in book.dump().into_values() {
                let plain = |field: &str| {
                    record.fields.get(field).map_or(serde_json::Value::Null, Value::to_plain).to_string()
                };
                let line = EDITED.map(plain).join(" ");
                let before = all.insert(plain("emailAddresses"), line);
                assert_eq!(before, None, "somebody is there twice");
            }
            all
        };
        [held(&self.books[0]), held(&self.books[1]), held(&self.books[2])]
    }
}

fn session(books: &[memory::App; 3], config: &Arc<Config>, db: &Arc<Db>, clock: &Arc<dyn Clock>) -> Session {
    let app = |name: &str, book: &memory::App| App {
        name: name.into(),
        vendor: "google_contacts".to_owned(),
        connector: Arc::new(book.connector()),
        credentials: "a token".to_owned(),
    };
    let apps: BTreeMap<AppName, App> =
        NAMES.iter().zip(books).map(|(name, book)| (AppName::new(*name), app(name, book))).collect();
    Session::with_apps(Arc::clone(config), apps, Arc::clone(db), Arc::clone(clock)).unwrap()
}

async fn pass(ms: i64) {
    tokio::time::sleep(Duration::from_millis(u64::try_from(ms).unwrap())).await;
}

/// Ten days, some fourteen thousand minutes, with the change of the clocks, a machine that sleeps, a clock that is set,
/// reloads and vendors that fail; then two days of peace.
#[tokio::test(start_paused = true)]
async fn many_thousand_minutes_of_trouble_end_with_all_sides_equal() {
    let mut world = World::new(7);
    for day in 0..10 {
        if (2..8).contains(&day) {
            world.set_faults();
        } else {
            world.books.iter().for_each(|book| book.set_faults(Faults::none()));
        }
        for hour in 0..24 {
            for _ in 0..world.chance.usize(0..3) {
                world.somebody_acts();
            }
            match (day, hour) {
                (3, 7) => world.clock.set_forward(5 * HOUR_MS),
                (5, 9) => world.clock.set_forward(-2 * HOUR_MS),
                (_, 12) => world.reload(),
                _ => {}
            }
            let pause_ms = world.chance.i64(0..HOUR_MS);
            pass(pause_ms).await;
            if hour % 6 == 0 {
                world.handle.nudge_app(&"two".into());
            }
            pass(HOUR_MS - pause_ms).await;
        }
    }
    world.books.iter().for_each(|book| book.set_faults(Faults::none()));
    pass(2 * DAY_MS).await;
    let [one, two, three] = world.held();
    assert_eq!(one, two);
    assert_eq!(two, three);
    assert_eq!(one.len(), world.people);
    let writes = |world: &World| world.books.iter().map(|book| book.write_log().len()).sum::<usize>();
    let before = writes(&world);
    pass(DAY_MS).await;
    assert_eq!(writes(&world), before, "an idle day writes nothing");
    for (name, card) in world.handle.board().cards() {
        assert_eq!((card.trouble, card.last.map(|last| last.status)), (None, Some(Status::Ok)), "{name}");
        assert!(card.runs > 1_000, "{name}: {}", card.runs);
    }
    world.handle.stop();
    world.running.await.unwrap();
}
