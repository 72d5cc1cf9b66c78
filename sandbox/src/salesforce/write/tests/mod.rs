//! Every way to write, as a client meets it: calls with their headers and bodies, on a whole org.

mod bulk;
mod collections;
mod composite;
mod duplicates;
mod keys;
mod places;
mod rows;
mod tags;

use super::super::api;
use super::super::org::Org;
use super::super::schema::{Choice, Field, Kind, Object};
use super::super::settings::Settings;
use super::super::wire::{Payload, Reply, Request};
use crate::clock::Clock;
use crate::faults::Faults;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value as Json, json};
use std::time::Duration;

const BASE: &str = "/services/data/v62.0";
/// An external id of contacts.
const KEY: &str = "Key__c";
/// A multi-select picklist of contacts.
const GROUPS: &str = "Groups__c";

struct World {
    org: Org,
}

/// An answer, as a client reads it.
#[derive(Debug)]
struct Told {
    status: u16,
    body: Json,
    text: String,
    headers: Vec<(&'static str, String)>,
}

impl World {
    fn new() -> Self {
        Self::with(Settings::unlimited())
    }

    fn with(mut settings: Settings) -> Self {
        let groups = ["Gold", "Silver", "Press"].into_iter().map(Choice::new).collect();
        settings.custom_fields.extend([
            (Object::Contact, Field::text(KEY, "Key", 40).as_external_id()),
            (Object::Account, Field::text(KEY, "Key", 40).as_external_id()),
            (Object::Contact, Field::new(GROUPS, "Groups", Kind::MultiPicklist).restricted_to(groups)),
        ]);
        Self { org: Org::new(settings, Clock::fixed(), Faults::none()) }
    }

    fn pass(&self, seconds: u64) {
        self.org.clock().advance(Duration::from_secs(seconds));
    }

    /// A call with these headers and this body as it stands.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Told {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let pairs = headers.iter().map(|(name, value)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        });
        let headers = HeaderMap::from_iter(pairs);
        let request =
            Request::read(method, &format!("{BASE}{path}"), headers, body.to_owned().into()).unwrap();
        let reply = self.org.with(|state, act| api::answer(state, &request, act));
        Told::of(reply)
    }

    fn ask(&self, method: &str, path: &str, body: Json) -> Told {
        self.send(method, path, &[], &if body.is_null() { String::new() } else { body.to_string() })
    }

    fn get(&self, path: &str) -> Told {
        self.ask("GET", path, Json::Null)
    }

    /// A row made through the API.
    fn create(&self, object: &str, fields: Json) -> String {
        let told = self.ask("POST", &format!("/sobjects/{object}"), fields);
        assert_eq!(told.status, 201, "{:?}", told.body);
        told.body["id"].as_str().unwrap().to_owned()
    }

    fn contact(&self, last_name: &str) -> String {
        self.create("Contact", json!({ "LastName": last_name }))
    }

    /// A row's value as it is stored.
    fn value(&self, id: &str, field: &str) -> Json {
        self.org.contact(id).unwrap()[field].clone()
    }
}

impl Told {
    fn of(reply: Reply) -> Self {
        let (body, text) = match reply.payload {
            Payload::Empty => (Json::Null, String::new()),
            Payload::Json(body) => (body, String::new()),
            Payload::Csv(text) => (Json::Null, text),
        };
        Self { status: reply.status, body, text, headers: reply.headers }
    }

    /// The refusal of a call: its status, code and fields.
    #[track_caller]
    fn refused(&self, status: u16, code: &str, fields: &[&str]) {
        let error = &self.body[0];
        let told: Vec<&str> = texts(&error["fields"]);
        assert_eq!(
            (self.status, error["errorCode"].as_str(), told.as_slice()),
            (status, Some(code), fields),
            "{:?}",
            self.body
        );
    }

    #[track_caller]
    fn good(self, status: u16) -> Json {
        assert_eq!(self.status, status, "{:?}", self.body);
        self.body
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

fn texts(list: &Json) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).collect()
}
