//! From a member to what the engine knows of a contact in an app.
//!
//! A member is always asked for whole, so a field that is not there is *empty*; what is there but not of its
//! field's type is left out: *not observed*.

use super::field::{Catalogue, EMAIL, STANDARD, STATUS, Standard};
use super::member::{Member, Tags};
use super::merge::moment_ms;
use crate::moment;
use serde_json::{Map, Value as Json};
use syntony_core::record::{Fields, Record, Subscription, Version};
use syntony_core::schema::Kind;
use syntony_core::value::Value;

impl Catalogue {
    /// The record of a member. Its tags are observed only if the member shows all of them.
    pub(in crate::mailchimp) fn record(&self, member: &Member) -> Record {
        let changed_ms = member.last_changed.as_deref().and_then(moment_ms);
        Record {
            version: Version {
                tag: String::new(),
                // An order from the future would make every later observation of this contact old news.
                order: changed_ms.filter(|at_ms| moment::is_credible(*at_ms)),
            },
            fields: self.fields(member),
            tags: match member.tags() {
                Tags::All(tags) => Some(tags),
                Tags::CutOff | Tags::NotShown => None,
            },
            subscription: subscription(&member.status),
            created_ms: created_ms(&member.more),
            marker: None,
            shadow: None,
        }
    }

    fn fields(&self, member: &Member) -> Fields {
        let mut fields = Fields::new();
        for standard in &STANDARD {
            let value = match standard.name {
                EMAIL => Some(Value::text(&member.email_address)),
                STATUS => Some(Value::text(&member.status)),
                _ => standard.read(&member.more),
            };
            fields.extend(value.map(|value| (standard.name.into(), value)));
        }
        for (name, field) in self.merge_fields() {
            let value =
                member.merge_fields.get(name.as_str()).map_or(Some(Value::Null), |json| field.read(json));
            fields.extend(value.map(|value| (name.clone(), value)));
        }
        fields
    }
}

impl Standard {
    /// The value on the wire; `None` where it is not of the field's kind.
    fn read(&self, member: &Map<String, Json>) -> Option<Value> {
        let (first, rest) = self.name.split_once('.').map_or((self.name, None), |(a, b)| (a, Some(b)));
        let json = match (member.get(first), rest) {
            (Some(outer), Some(inner)) => outer.get(inner),
            (json, _) => json,
        };
        let Some(json) = json.filter(|json| !json.is_null() && json.as_str() != Some("")) else {
            return Some(Value::Null);
        };
        match self.kind {
            Kind::Number => json.as_f64().and_then(Value::number),
            Kind::Boolean => json.as_bool().map(Value::Bool),
            Kind::DateTime => json.as_str().and_then(moment_ms).map(Value::DateTime),
            Kind::Text | Kind::Email | Kind::Picklist | Kind::Phone | Kind::Url => {
                json.as_str().map(Value::text)
            }
            Kind::Date | Kind::Address => None,
        }
    }
}

/// Everything but the two plain states is a state of its own: a pending, cleaned or archived member has neither
/// agreed nor opted out, and a transactional one was never asked.
fn subscription(status: &str) -> Subscription {
    match status {
        "subscribed" => Subscription::Subscribed,
        "unsubscribed" => Subscription::Unsubscribed,
        "" => Subscription::Unknown,
        other => Subscription::Other(other.to_owned()),
    }
}

fn created_ms(member: &Map<String, Json>) -> Option<i64> {
    ["timestamp_signup", "timestamp_opt"]
        .iter()
        .filter_map(|name| member.get(*name)?.as_str())
        .filter_map(moment_ms)
        .find(|at_ms| moment::is_credible(*at_ms))
}
