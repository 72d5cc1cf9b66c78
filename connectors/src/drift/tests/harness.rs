//! The simulator as a harness of the conformance suite.

use super::{COLOUR, World, id, number};
use crate::conformance::{Harness, Person, Support};
use crate::contract::Connector;
use async_trait::async_trait;
use serde_json::Value as Json;
use std::time::Duration;
use syntony_core::ids::{ContactId, FieldName, Tag};
use syntony_core::record::Fields;
use syntony_core::value::Value;
use syntony_sandbox::faults::Fault;

pub(super) const TAG: &str = "Conformance";

impl World {
    fn second(&self) {
        self.clock.advance(Duration::from_secs(1));
    }
}

fn json_of(fields: &Fields) -> Vec<(&str, Json)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.to_plain())).collect()
}

#[async_trait]
impl Harness for World {
    fn connector(&self) -> &dyn Connector {
        &self.drift
    }

    fn person(&self, number: u32) -> Person {
        let address = format!("person{number}+chat@example.test");
        let fields = [
            ("email", Value::text(&address)),
            ("name", Value::text(format!("Person {number}"))),
            (COLOUR, Value::text("blue")),
            ("age", Value::number(f64::from(20 + number % 60)).unwrap()),
        ];
        Person {
            fields: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            address,
            kept: "name".into(),
            changed: COLOUR.into(),
            other: Value::text("green"),
        }
    }

    fn no_such_contact(&self) -> ContactId {
        id(15_000_000_001)
    }

    fn tag(&self) -> Tag {
        TAG.into()
    }

    fn refused(&self) -> Option<Fields> {
        Some(Fields::from([("name".into(), Value::text("Nobody"))]))
    }

    async fn add(&self, fields: &Fields) -> ContactId {
        self.second();
        let email = fields["email"].as_text().unwrap().to_owned();
        id(self.workspace.identify(&email, &json_of(fields)))
    }

    async fn edit(&self, id: &ContactId, fields: &Fields) {
        self.second();
        self.workspace.edit(number(id), &json_of(fields)).unwrap();
    }

    async fn delete(&self, id: &ContactId) -> Support {
        self.workspace.delete(number(id)).unwrap();
        Support::Done
    }

    async fn restore(&self, id: &ContactId) -> Support {
        self.workspace.restore(number(id)).unwrap();
        Support::Done
    }

    async fn merge(&self, _loser: &ContactId, _survivor: &ContactId) -> Support {
        Support::NotOffered
    }

    async fn expire_cursors(&self) -> Support {
        Support::NotOffered
    }

    async fn lose_next_answer(&self) -> Support {
        self.workspace.faults().on("POST".parse().unwrap(), "/contacts", 1, Fault::DropAfter);
        Support::Done
    }

    async fn settle(&self) {
        self.clock.advance(Duration::from_millis(self.workspace.faults().lag_ms()));
    }

    async fn held(&self, id: &ContactId, field: &FieldName) -> Value {
        match self.attribute(id, field.as_str()) {
            Json::String(text) if !text.is_empty() => Value::Text(text),
            Json::Number(number) => Value::number(number.as_f64().unwrap()).unwrap(),
            _ => Value::Null,
        }
    }

    async fn count(&self, address: &str) -> usize {
        self.workspace.ids_of(address).len()
    }
}
