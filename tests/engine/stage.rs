//! One way to speak of people, whatever shape their app has and on whichever side it sits.
//!
//! Scenarios speak of A and B. A [`Cast`] says what each of them is (an address book like Google Contacts,
//! a chat tool like Drift) and where A sits, so that one scenario is played with the sides swapped and
//! with two books as well. A wins conflicts, and deletions are read from A.

use crate::crash::{Crash, at_most_polls};
use crate::world::{self, World};
use std::collections::BTreeMap;
use syntony::report::{AppCounts, ConnectionReport};
use syntony::run::{Mode, Permission};
use syntony_connectors::memory::{self, Traits};
use syntony_core::ids::{ContactId, FieldName, RunId};
use syntony_core::op::Change;
use syntony_core::policy::{Mark, Policy, Winner};
use syntony_core::record::{Fields, Record};
use syntony_core::side::{Side, Sides};
use syntony_core::value::{Item, Value};
use syntony_mappings::compile::{self, Context};
use syntony_state::StandingRow;

/// More rows than any scenario makes.
const MAX_ROWS: usize = 1_000;

/// The two apps of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    A,
    B,
}
pub(crate) use Who::{A, B};

impl Who {
    pub(crate) const BOTH: [Who; 2] = [A, B];
}

/// What an app is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Google Contacts: lists everything and tells of deletions; lists of addresses, names in parts.
    Book,
    /// Drift: discovered, one field each, the name in one line, nothing tells of a deletion.
    Chat,
}

/// Who plays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast {
    pub(crate) a: Shape,
    pub(crate) b: Shape,
    /// Where A sits.
    pub(crate) a_sits: Side,
}

const fn cast(a: Shape, b: Shape, a_sits: Side) -> Cast {
    Cast { a, b, a_sits }
}

/// A book and a chat tool.
pub(crate) const BOOK_AND_CHAT: [Cast; 2] =
    [cast(Shape::Book, Shape::Chat, Side::Left), cast(Shape::Book, Shape::Chat, Side::Right)];
/// A chat tool and a book.
pub(crate) const CHAT_AND_BOOK: [Cast; 2] =
    [cast(Shape::Chat, Shape::Book, Side::Left), cast(Shape::Chat, Shape::Book, Side::Right)];
/// Two books.
pub(crate) const TWO_BOOKS: [Cast; 2] =
    [cast(Shape::Book, Shape::Book, Side::Left), cast(Shape::Book, Shape::Book, Side::Right)];

/// Every cast.
pub(crate) fn casts() -> impl Iterator<Item = Cast> {
    a_is_book().chain(CHAT_AND_BOOK)
}

/// Every cast whose A lists everything, holds lists and tells of deletions.
pub(crate) fn a_is_book() -> impl Iterator<Item = Cast> {
    BOOK_AND_CHAT.into_iter().chain(TWO_BOOKS)
}

/// Every cast whose B can hold only one of each.
pub(crate) fn one_is_chat() -> impl Iterator<Item = Cast> {
    BOOK_AND_CHAT.into_iter().chain(CHAT_AND_BOOK)
}

/// A person as any app can hold one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    given: String,
    family: String,
    emails: Vec<String>,
    phones: Vec<String>,
    title: String,
}

pub(crate) fn person(given: &str, family: &str) -> Person {
    Person { given: given.to_owned(), family: family.to_owned(), ..Person::default() }
}

/// Ann Lee, with whom most things happen.
pub(crate) fn ann() -> Person {
    person("Ann", "Lee").email("ann@x.com").phone("+32471234567").title("CEO")
}

/// Somebody of a crowd.
pub(crate) fn someone(number: usize) -> Person {
    person("P", &number.to_string()).email(&format!("p{number}@x.com"))
}

impl Person {
    pub(crate) fn email(mut self, email: &str) -> Self {
        self.emails.push(email.to_owned());
        self
    }

    pub(crate) fn phone(mut self, phone: &str) -> Self {
        self.phones.push(phone.to_owned());
        self
    }

    pub(crate) fn title(self, title: &str) -> Self {
        Self { title: title.to_owned(), ..self }
    }

    fn fields(&self, shape: Shape) -> Fields {
        let texts = |texts: &[String]| Value::texts(texts.iter().cloned());
        let first = |texts: &[String]| texts.first().map_or(Value::Null, |text| world::text(text));
        match shape {
            Shape::Book => [
                ("names.givenName".into(), world::text(&self.given)),
                ("names.familyName".into(), world::text(&self.family)),
                ("emailAddresses".into(), texts(&self.emails)),
                ("phoneNumbers".into(), texts(&self.phones)),
                ("organizations.title".into(), world::text(&self.title)),
            ]
            .into(),
            Shape::Chat => [
                ("name".into(), world::text(format!("{} {}", self.given, self.family).trim())),
                ("email".into(), first(&self.emails)),
                ("phone".into(), first(&self.phones)),
                ("title".into(), world::text(&self.title)),
            ]
            .into(),
        }
    }
}

/// What a person does to a contact. An empty text empties the field; of a list, the first entry is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    Name(&'static str, &'static str),
    Email(&'static str),
    Phone(&'static str),
    Title(&'static str),
}

impl Edit {
    fn apply(self, shape: Shape, fields: &mut Fields) {
        let name = field(shape, self.concept());
        match (shape, self) {
            (Shape::Book, Edit::Name(given, family)) => {
                fields.insert("names.givenName".into(), world::text(given));
                fields.insert("names.familyName".into(), world::text(family));
            }
            (Shape::Chat, Edit::Name(given, family)) => {
                fields.insert(name, world::text(format!("{given} {family}").trim()));
            }
            (Shape::Book, Edit::Email(text) | Edit::Phone(text)) => {
                let now = fields.remove(&name).unwrap_or_default();
                fields.insert(name, first_replaced(now, text));
            }
            (Shape::Chat, Edit::Email(text) | Edit::Phone(text))
            | (Shape::Book | Shape::Chat, Edit::Title(text)) => {
                fields.insert(name, world::text(text));
            }
        }
    }

    fn concept(self) -> &'static str {
        match self {
            Edit::Name(..) => "name",
            Edit::Email(_) => "email",
            Edit::Phone(_) => "phone",
            Edit::Title(_) => "title",
        }
    }
}

/// Where an app keeps a concept.
pub(crate) fn field(shape: Shape, concept: &str) -> FieldName {
    match (shape, concept) {
        (Shape::Chat, concept) => concept.into(),
        (Shape::Book, "name") => "names.givenName".into(),
        (Shape::Book, "email") => "emailAddresses".into(),
        (Shape::Book, "phone") => "phoneNumbers".into(),
        (Shape::Book, "title") => "organizations.title".into(),
        (Shape::Book, other) => panic!("a book has no {other}"),
    }
}

fn first_replaced(now: Value, text: &str) -> Value {
    let Value::List(mut items) = now else { return Value::texts((!text.is_empty()).then_some(text)) };
    match (items.first_mut(), text) {
        (Some(_), "") => drop(items.remove(0)),
        (Some(first), text) => first.value = Value::text(text),
        (None, "") => {}
        (None, text) => items.push(Item { value: Value::text(text), label: None }),
    }
    Value::List(items)
}

/// A world with a cast.
pub(crate) struct Stage {
    pub(crate) cast: Cast,
    pub(crate) world: World,
}

impl Stage {
    pub(crate) fn new(cast: Cast) -> Self {
        Self::with(cast, |_, traits| traits)
    }

    /// With apps that are not quite the ordinary ones of their shape.
    pub(crate) fn with(cast: Cast, traits: impl Fn(Who, Traits) -> Traits) -> Self {
        let seats = match cast.a_sits {
            Side::Left => Sides::new((A, cast.a), (B, cast.b)),
            Side::Right => Sides::new((B, cast.b), (A, cast.a)),
        };
        let traits = seats.map(|(who, shape)| {
            let usual = match shape {
                Shape::Book => world::google_traits(),
                Shape::Chat => world::drift_traits(),
            };
            traits(who, usual)
        });
        let schemas = traits.as_ref().map(|traits| traits.schema.clone());
        let mut world = World::new(traits.left, traits.right, 1);
        world.vendors = seats.map(|(_, shape)| match shape {
            Shape::Book => "google_contacts",
            Shape::Chat => "drift",
        });
        let mappings = compile::defaults(world.vendors, schemas.as_ref(), &Context::default());
        world.policy.mappings = mappings.iter().map(compile::Compiled::mapping).collect();
        world.policy.winner = Winner::Side(cast.a_sits);
        world.policy.deletions =
            (cast.a == Shape::Book).then(|| Mark { from: cast.a_sits, tag: "PieSync Trash".into() });
        Self { cast, world }
    }

    /// Two apps that are in step about `person`, and both ids.
    pub(crate) async fn in_step(cast: Cast, person: &Person) -> (Self, ContactId, ContactId) {
        Self::new(cast).linked(person).await
    }

    /// The same, with a stage of one's own.
    pub(crate) async fn linked(mut self, person: &Person) -> (Self, ContactId, ContactId) {
        let a = self.add(A, person);
        self.sync().await;
        self.assert_quiet().await;
        let b = world::only(self.app(B));
        (self, a, b)
    }

    pub(crate) fn policy(&mut self) -> &mut Policy {
        &mut self.world.policy
    }

    pub(crate) fn side(&self, who: Who) -> Side {
        match who {
            A => self.cast.a_sits,
            B => self.cast.a_sits.other(),
        }
    }

    pub(crate) fn shape(&self, who: Who) -> Shape {
        match who {
            A => self.cast.a,
            B => self.cast.b,
        }
    }

    pub(crate) fn app(&self, who: Who) -> &memory::App {
        match self.side(who) {
            Side::Left => &self.world.google,
            Side::Right => &self.world.drift,
        }
    }

    /// What a run did to an app.
    pub(crate) fn counts(&self, report: &ConnectionReport, who: Who) -> AppCounts {
        let name = self.world.policy.apps[self.side(who)].to_string();
        report.apps[&name]
    }

    /// Contacts created in A and in B.
    pub(crate) fn created(&self, report: &ConnectionReport) -> (u64, u64) {
        (self.counts(report, A).created, self.counts(report, B).created)
    }

    pub(crate) fn add(&self, who: Who, person: &Person) -> ContactId {
        self.app(who).add(person.fields(self.shape(who)))
    }

    /// Adds a person of whom a chat tool's feed says nothing.
    pub(crate) fn add_unseen(&self, who: Who, person: &Person) -> ContactId {
        self.app(who).add_unseen(person.fields(self.shape(who)))
    }

    /// A person edits a contact; in a chat tool that is seen because they talk.
    pub(crate) fn edit(&self, who: Who, id: &ContactId, edit: Edit) {
        let shape = self.shape(who);
        assert!(self.app(who).edit(id, |fields| edit.apply(shape, fields)));
        if shape == Shape::Chat {
            self.app(who).bump(id);
        }
    }

    /// Everybody in an app, one line each, in the order of their ids: `Ann Lee | ann@x.com | +32… | CEO +TAG`.
    pub(crate) fn book(&self, who: Who) -> Vec<String> {
        self.app(who).dump().values().map(|record| line(self.shape(who), record)).collect()
    }

    pub(crate) async fn sync(&mut self) -> ConnectionReport {
        self.world.sync().await
    }

    pub(crate) async fn resync(&mut self) -> ConnectionReport {
        self.world.run(Mode::Resync, Permission::Guarded).await.report
    }

    /// Syncs once more and makes sure that nothing was written.
    pub(crate) async fn assert_quiet(&mut self) -> ConnectionReport {
        self.world.assert_quiet().await
    }

    /// A run that is cut off; whether it had come to its end by then.
    pub(crate) async fn crash(&mut self, mode: Mode, crash: Crash) -> bool {
        match crash {
            Crash::Polls(polls) => {
                at_most_polls(self.world.run(mode, Permission::Guarded), polls).await.is_some()
            }
            Crash::Commits(commits) => {
                self.world.db.with(|store| store.fail_after_commits(commits));
                let ran = self.world.run(mode, Permission::Guarded).await;
                self.world.db.with(syntony_state::Store::revive);
                ran.report.reason.is_none()
            }
        }
    }

    /// Each field that the last run wrote, before and after.
    pub(crate) fn history(&self) -> Vec<Change> {
        let run = RunId::new(format!("run-{:04}", self.world.runs));
        let rows = self.world.db.with(|store| store.writes_of(&run, MAX_ROWS, 0)).unwrap();
        rows.into_iter().flat_map(|row| row.changes).collect()
    }

    /// Where everybody stands.
    pub(crate) fn standings(&self) -> Vec<StandingRow> {
        let connection = &self.world.policy.connection;
        self.world.db.with(|store| store.standings(connection, None, None, MAX_ROWS)).unwrap()
    }

    /// How many write calls both apps had, refused ones among them.
    pub(crate) fn write_calls(&self) -> u64 {
        Who::BOTH.into_iter().map(|who| self.app(who).calls().write).sum()
    }
}

fn line(shape: Shape, record: &Record) -> String {
    let text = |name: &str| record.fields.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
    let list = |name: &str| match record.fields.get(name) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(|item| item.value.as_text().map(str::to_owned))
            .collect::<Vec<_>>()
            .join(", "),
        _ => String::new(),
    };
    let (name, emails, phones) = match shape {
        Shape::Book => {
            let parts = ["honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix"];
            let parts: Vec<String> = parts
                .iter()
                .map(|part| text(&format!("names.{part}")))
                .filter(|part| !part.is_empty())
                .collect();
            (parts.join(" "), list("emailAddresses"), list("phoneNumbers"))
        }
        Shape::Chat => (text("name"), text("email"), text("phone")),
    };
    let title = text(field(shape, "title").as_str());
    let tags: String = record.tags.iter().flatten().map(|tag| format!(" +{tag}")).collect();
    format!("{name} | {emails} | {phones} | {title}{tags}")
}

/// Both books, for a comparison of whole worlds.
pub(crate) fn books(stage: &Stage) -> BTreeMap<&'static str, Vec<String>> {
    let sorted = |who: Who| {
        let mut lines = stage.book(who);
        lines.sort();
        lines
    };
    [("A", sorted(A)), ("B", sorted(B))].into()
}
