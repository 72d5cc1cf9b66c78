//! What every check needs: people nobody used before, and calls that must succeed.

use super::{Harness, Person, Support};
use crate::contract::{Change, Connector, Coverage, Fetched, Found, From, Next};
use crate::error::ConnectorError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use syntony_core::ids::{ContactId, Cursor, FieldName, OpKey, Tag};
use syntony_core::op::{Mailing, Outcome, Write};
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;

/// A listing of a test account that has more pages than this does not end.
const MAX_PAGES: usize = 2_000;

/// What a check gives.
pub(super) type Check = Result<(), Miss>;

/// Why a check did not pass.
#[derive(Debug)]
pub(super) enum Miss {
    /// The vendor lacks what the check is about.
    NotOffered(&'static str),
    /// The connector does not do it.
    Failed(String),
}

impl std::convert::From<ConnectorError> for Miss {
    fn from(error: ConnectorError) -> Self {
        Miss::Failed(format!("the call failed: {error}"))
    }
}

/// Fails the check, with a reason, unless something holds.
macro_rules! ensure {
    ($holds:expr, $($reason:tt)+) => {
        if !$holds {
            return Err($crate::conformance::bench::Miss::Failed(format!($($reason)+)));
        }
    };
}
pub(super) use ensure;

/// A whole listing.
pub(super) struct Listed {
    pub(super) changes: Vec<Change>,
    pub(super) cursor: Cursor,
    pub(super) coverage: Coverage,
}

impl Listed {
    pub(super) fn names(&self, id: &ContactId) -> bool {
        self.changes.iter().any(|change| change.id == *id)
    }
}

/// The harness, with a supply of people and op keys.
pub(super) struct Bench<'a> {
    pub(super) harness: &'a dyn Harness,
    people: AtomicU32,
    ops: AtomicU32,
}

impl<'a> Bench<'a> {
    pub(super) fn new(harness: &'a dyn Harness) -> Self {
        Self { harness, people: AtomicU32::new(0), ops: AtomicU32::new(0) }
    }

    pub(super) fn connector(&self) -> &'a dyn Connector {
        self.harness.connector()
    }

    /// Somebody whom no check used before.
    pub(super) fn person(&self) -> Person {
        self.harness.person(self.people.fetch_add(1, Ordering::Relaxed))
    }

    /// A key that no op had before.
    pub(super) fn op(&self) -> OpKey {
        OpKey::new(format!("conformance-{}", self.ops.fetch_add(1, Ordering::Relaxed)))
    }

    /// A new contact of the vendor's side, visible everywhere.
    pub(super) async fn added(&self) -> (ContactId, Person) {
        let person = self.person();
        let id = self.harness.add(&person.fields).await;
        self.harness.settle().await;
        (id, person)
    }

    /// All pages of a listing.
    pub(super) async fn list(&self, from: From) -> Result<Listed, Miss> {
        let (mut changes, mut from) = (Vec::new(), from);
        for _ in 0..MAX_PAGES {
            let page = self.connector().changes(&from).await?;
            changes.extend(page.changes);
            match page.next {
                Next::Page(token) => from = From::Page(token),
                Next::End { cursor, coverage } => return Ok(Listed { changes, cursor, coverage }),
            }
        }
        Err(Miss::Failed(format!("the listing has no end within {MAX_PAGES} pages")))
    }

    /// The answer for one id.
    pub(super) async fn fetch(&self, id: &ContactId) -> Result<Found, Miss> {
        let answers = self.connector().fetch(std::slice::from_ref(id)).await?;
        let mut mine = answers.into_iter().filter(|answer| answer.asked == *id);
        match (mine.next(), mine.next()) {
            (Some(Fetched { found, .. }), None) => Ok(found),
            _ => Err(Miss::Failed(format!("not exactly one answer for {id}"))),
        }
    }

    /// The record of a contact that must be there.
    pub(super) async fn live(&self, id: &ContactId) -> Result<Record, Miss> {
        match self.fetch(id).await? {
            Found::Live { record, .. } => Ok(*record),
            other @ (Found::Gone | Found::MergedInto(_) | Found::Unknown) => {
                Err(Miss::Failed(format!("{id} is there and was read as {other:?}")))
            }
        }
    }

    /// The outcome of one op.
    pub(super) async fn write(&self, write: Write) -> Result<Outcome, Miss> {
        let outcomes = self.write_all(vec![write]).await?;
        outcomes.into_iter().next().ok_or_else(|| Miss::Failed("no outcome".to_owned()))
    }

    /// The outcomes of ops that fit one batch, in their order.
    pub(super) async fn write_all(&self, writes: Vec<Write>) -> Result<Vec<Outcome>, Miss> {
        let ops: Vec<_> = writes.into_iter().map(|write| (self.op(), write)).collect();
        let keys: Vec<OpKey> = ops.iter().map(|(key, _)| key.clone()).collect();
        let answered = self.connector().write(ops).await?;
        ensure!(answered.len() == keys.len(), "{} ops had {} outcomes", keys.len(), answered.len());
        let mut outcomes: BTreeMap<OpKey, Outcome> = answered.into_iter().collect();
        keys.iter()
            .map(|key| outcomes.remove(key).ok_or_else(|| Miss::Failed(format!("op {key} has no outcome"))))
            .collect()
    }

    /// A person written through the connector.
    pub(super) async fn created(
        &self,
        person: &Person,
        tags: BTreeSet<Tag>,
    ) -> Result<(ContactId, Record), Miss> {
        applied(
            self.write(Write::Create { fields: person.fields.clone(), tags, mailing: Mailing::Allowed })
                .await?,
        )
    }

    /// An update of one field, on the contact as it is now.
    pub(super) async fn set(&self, id: &ContactId, field: &FieldName, value: Value) -> Result<Outcome, Miss> {
        let fields = Fields::from([(field.clone(), value)]);
        self.write(update(id, fields, self.live(id).await?)).await
    }
}

/// An update of fields alone.
pub(super) fn update(id: &ContactId, fields: Fields, seen: Record) -> Write {
    let (add_tags, remove_tags) = (BTreeSet::new(), BTreeSet::new());
    Write::Update { id: id.clone(), fields, add_tags, remove_tags, seen: Box::new(seen) }
}

/// What an outcome must be for an op that nothing stands against.
pub(super) fn applied(outcome: Outcome) -> Result<(ContactId, Record), Miss> {
    match outcome {
        Outcome::Applied { id, record } => Ok((id, *record)),
        Outcome::Stale | Outcome::Rejected(_) | Outcome::Deferred(_) | Outcome::Unknown => {
            Err(Miss::Failed(format!("a plain write was not applied: {outcome:?}")))
        }
    }
}

/// Ends a check that is about something the vendor lacks.
pub(super) fn offered(support: Support, what: &'static str) -> Check {
    match support {
        Support::Done => Ok(()),
        Support::NotOffered => Err(Miss::NotOffered(what)),
    }
}

/// The same for a capability.
pub(super) fn capable(capability: bool, what: &'static str) -> Check {
    if capability { Ok(()) } else { Err(Miss::NotOffered(what)) }
}
