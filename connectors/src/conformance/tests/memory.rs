//! The in-memory vendor as a harness: the shortest one there is.

use crate::conformance::{Harness, Person, Support};
use crate::contract::{Connector, Listing};
use crate::memory::{App, Fault};
use async_trait::async_trait;
use std::time::Duration;
use syntony_core::ids::{ContactId, FieldName, Tag};
use syntony_core::record::Fields;
use syntony_core::value::Value;

pub(super) struct MemoryHarness {
    app: App,
    connector: Box<dyn Connector>,
}

impl MemoryHarness {
    pub(super) fn new(app: &App, connector: Box<dyn Connector>) -> Self {
        Self { app: app.clone(), connector }
    }

    fn is_chat(&self) -> bool {
        self.connector.capabilities().listing == Listing::Discovery
    }
}

#[async_trait]
impl Harness for MemoryHarness {
    fn connector(&self) -> &dyn Connector {
        self.connector.as_ref()
    }

    fn person(&self, number: u32) -> Person {
        let address = format!("person{number}+x@example.test");
        let (email, name) = if self.is_chat() {
            (("email", Value::text(&address)), "name")
        } else {
            (("emails", Value::texts([&address])), "given")
        };
        let fields =
            [email, (name, Value::text(format!("Person {number}"))), ("company", Value::text("Acme"))];
        Person {
            fields: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            address,
            kept: name.into(),
            changed: "company".into(),
            other: Value::text("Other Inc"),
        }
    }

    fn no_such_contact(&self) -> ContactId {
        "m-4711000".into()
    }

    fn tag(&self) -> Tag {
        "Conformance".into()
    }

    fn refused(&self) -> Option<Fields> {
        let email = if self.is_chat() { "email" } else { "emails" };
        Some(Fields::from([(email.into(), Value::texts(["no address"]))]))
    }

    async fn add(&self, fields: &Fields) -> ContactId {
        self.app.add(fields.clone())
    }

    async fn edit(&self, id: &ContactId, fields: &Fields) {
        assert!(self.app.edit(id, |held| held.extend(fields.clone())));
    }

    async fn delete(&self, id: &ContactId) -> Support {
        assert!(self.app.delete(id));
        Support::Done
    }

    async fn restore(&self, id: &ContactId) -> Support {
        assert!(self.app.restore(id));
        Support::Done
    }

    async fn merge(&self, loser: &ContactId, survivor: &ContactId) -> Support {
        if self.is_chat() {
            return Support::NotOffered;
        }
        assert!(self.app.merge(loser, survivor));
        Support::Done
    }

    async fn expire_cursors(&self) -> Support {
        self.app.expire_cursors();
        Support::Done
    }

    async fn lose_next_answer(&self) -> Support {
        self.app.script(Fault::TimeoutAfter);
        Support::Done
    }

    async fn settle(&self) {
        let seconds = self.connector.capabilities().visibility_lag_seconds;
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    async fn held(&self, id: &ContactId, field: &FieldName) -> Value {
        self.app.dump().get(id).and_then(|record| record.fields.get(field).cloned()).unwrap_or_default()
    }

    async fn count(&self, address: &str) -> usize {
        let holds = |value: &Value| match value {
            Value::List(items) => items.iter().any(|item| item.value.as_text() == Some(address)),
            single => single.as_text() == Some(address),
        };
        self.app.dump().values().filter(|record| record.fields.values().any(holds)).count()
    }
}
