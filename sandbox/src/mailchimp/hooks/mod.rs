//! Webhooks: who wants to hear of what, and what waits to be told.
//!
//! Deliveries go to loopback addresses and nowhere else: a simulator must not call strangers.
//! <https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/>

mod form;
mod send;

pub(super) use send::{Courier, TICK_MS};

use super::member::{Hash, Member, Source};
use super::merge::MergeFields;
use super::problem::Problem;
use super::standing::Status;
use crate::courier::is_loopback;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use url::Url;

/// When a delivery that failed is tried again, in minutes after the last try: 75 in all, after which it
/// is given up. The documents give the sum and say that the intervals grow.
const RETRY_AFTER_MINUTES: [i64; 6] = [1, 2, 5, 10, 20, 37];
const MINUTE_MS: i64 = 60 * 1000;
/// The most deliveries that wait; the oldest are lost beyond that.
const MAX_WAITING: usize = 100_000;
/// The most webhooks of an audience. Not documented for the API; the sandbox needs a limit.
const MAX_HOOKS: usize = 20;

/// The events that a webhook may ask for.
const EVENTS: [&str; 6] = ["subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign"];
/// The sources that it may ask for.
const SOURCES: [&str; 3] = ["user", "admin", "api"];

/// Something that happened to a member, as far as a webhook can say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happening {
    /// Gets mail from now on.
    Subscribed,
    /// Left, or was put away or deleted.
    Unsubscribed { action: &'static str, reason: &'static str },
    /// What is known of the member changed.
    Profile,
    /// The address changed.
    AddressChanged { old_email: String },
    /// The mailbox bounced.
    Cleaned,
}

impl Happening {
    fn event(&self) -> &'static str {
        match self {
            Happening::Subscribed => "subscribe",
            Happening::Unsubscribed { .. } => "unsubscribe",
            Happening::Profile => "profile",
            Happening::AddressChanged { .. } => "upemail",
            Happening::Cleaned => "cleaned",
        }
    }
}

/// What a change says to webhooks. Tags say nothing: there is no event for them.
pub(super) fn happenings(old: Option<&Member>, new: &Member) -> Vec<Happening> {
    let mut told = Vec::new();
    let before = old.map(Member::status);
    if before != Some(new.status()) {
        match new.status() {
            Status::Subscribed => told.push(Happening::Subscribed),
            Status::Unsubscribed if before.is_some() => {
                let reason = if new.reason.as_deref() == Some(COMPLAINT) { "abuse" } else { "manual" };
                told.push(Happening::Unsubscribed { action: "unsub", reason });
            }
            Status::Cleaned => told.push(Happening::Cleaned),
            Status::Archived => told.push(Happening::Unsubscribed { action: "delete", reason: "manual" }),
            Status::Unsubscribed | Status::Pending | Status::Transactional => {}
        }
    }
    if let Some(old) = old {
        if Hash::of(&old.email) != Hash::of(&new.email) {
            told.push(Happening::AddressChanged { old_email: old.email.clone() });
        }
        if old.merge != new.merge {
            told.push(Happening::Profile);
        }
    }
    told
}

/// The reason of somebody who reported a mail as spam.
pub(super) const COMPLAINT: &str = "N/A (Unsubscribed by abuse complaint)";

/// What a deletion for good says.
pub(super) fn deleted(member: &Member) -> Vec<Happening> {
    match member.status() {
        Status::Archived => Vec::new(),
        Status::Subscribed
        | Status::Unsubscribed
        | Status::Cleaned
        | Status::Pending
        | Status::Transactional => vec![Happening::Unsubscribed { action: "delete", reason: "manual" }],
    }
}

/// Who wants to hear of what.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) id: String,
    pub(super) url: Url,
    events: BTreeMap<&'static str, bool>,
    sources: BTreeMap<&'static str, bool>,
}

impl Hook {
    fn wants(&self, happening: &Happening, source: Source) -> bool {
        let source = match source {
            Source::User => "user",
            Source::Admin => "admin",
            Source::Api => "api",
        };
        let is_on = |switches: &BTreeMap<&'static str, bool>, name| switches.get(name) == Some(&true);
        is_on(&self.events, happening.event()) && is_on(&self.sources, source)
    }

    /// As on the wire.
    pub(super) fn json(&self, list_id: &str) -> Json {
        json!({ "id": self.id, "url": self.url.as_str(), "events": self.events, "sources": self.sources,
            "list_id": list_id, "_links": [] })
    }
}

/// One message on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    hook: String,
    url: Url,
    body: String,
    /// How often it failed.
    failed: usize,
    due_ms: i64,
}

impl fmt::Debug for Delivery {
    /// Its address may hold a secret, its body is somebody's.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Delivery").field("hook", &self.hook).finish_non_exhaustive()
    }
}

/// The webhooks of an audience.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    hooks: BTreeMap<String, Hook>,
    waiting: VecDeque<Delivery>,
    last_number: u64,
    given_up: u64,
}

impl Hooks {
    pub(super) fn all(&self) -> impl Iterator<Item = &Hook> {
        self.hooks.values()
    }

    pub(super) fn get(&self, id: &str) -> Result<&Hook, Problem> {
        self.hooks.get(id).ok_or_else(Problem::not_found)
    }

    /// Registers an address. Whether it answers was asked before.
    pub(super) fn register(&mut self, body: &Map<String, Json>) -> Result<&Hook, Problem> {
        let url = url_of(body)?.ok_or_else(|| Problem::field("url", "This value should not be blank."))?;
        if self.hooks.len() >= MAX_HOOKS {
            return Err(Problem::bad_request("This list has the maximum number of webhooks."));
        }
        if self.hooks.values().any(|hook| hook.url == url) {
            return Err(Problem::bad_request("Sorry, you can't set up multiple WebHooks for one URL."));
        }
        self.last_number += 1;
        let hash = blake3::hash(format!("webhook/{}", self.last_number).as_bytes()).to_hex();
        let id: String = hash.chars().take(10).collect();
        let hook = Hook {
            id: id.clone(),
            url,
            events: switches(body, "events", &EVENTS, None)?,
            sources: switches(body, "sources", &SOURCES, None)?,
        };
        Ok(self.hooks.entry(id).or_insert(hook))
    }

    /// Changes what a webhook wants to hear.
    pub(super) fn change(&mut self, id: &str, body: &Map<String, Json>) -> Result<&Hook, Problem> {
        let hook = self.hooks.get_mut(id).ok_or_else(Problem::not_found)?;
        let events = switches(body, "events", &EVENTS, Some(&hook.events))?;
        let sources = switches(body, "sources", &SOURCES, Some(&hook.sources))?;
        if let Some(url) = url_of(body)? {
            hook.url = url;
        }
        (hook.events, hook.sources) = (events, sources);
        Ok(hook)
    }

    pub(super) fn remove(&mut self, id: &str) -> Result<(), Problem> {
        self.waiting.retain(|delivery| delivery.hook != id);
        self.hooks.remove(id).map(|_| ()).ok_or_else(Problem::not_found)
    }

    /// Puts what happened into the outbox of everybody who wants to hear it.
    pub(super) fn tell(
        &mut self,
        happenings: &[Happening],
        member: &Member,
        fields: &MergeFields,
        source: Source,
        list_id: &str,
        now_ms: i64,
    ) {
        for happening in happenings {
            for hook in self.hooks.values().filter(|hook| hook.wants(happening, source)) {
                if self.waiting.len() == MAX_WAITING {
                    self.waiting.pop_front();
                    self.given_up += 1;
                }
                let body = form::body(happening, member, fields, list_id, now_ms);
                let (hook, url) = (hook.id.clone(), hook.url.clone());
                self.waiting.push_back(Delivery { hook, url, body, failed: 0, due_ms: now_ms });
            }
        }
    }

    /// Takes out what is to be sent now.
    fn take_due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let (due, later) = self.waiting.drain(..).partition(|delivery: &Delivery| delivery.due_ms <= now_ms);
        self.waiting = later;
        due.into()
    }

    /// A try failed: it is put back for a later one, or given up after the last.
    fn retry(&mut self, delivery: Delivery, now_ms: i64) {
        match RETRY_AFTER_MINUTES.get(delivery.failed) {
            Some(minutes) if self.hooks.contains_key(&delivery.hook) => {
                let due_ms = now_ms.saturating_add(minutes * MINUTE_MS);
                self.waiting.push_back(Delivery { failed: delivery.failed + 1, due_ms, ..delivery });
            }
            Some(_) | None => self.given_up += 1,
        }
    }

    /// How many messages wait, and how many were given up.
    pub(super) fn counts(&self) -> (usize, u64) {
        (self.waiting.len(), self.given_up)
    }
}

/// The address in a body, which must be on this machine.
pub(super) fn url_of(body: &Map<String, Json>) -> Result<Option<Url>, Problem> {
    let Some(url) = body.get("url") else { return Ok(None) };
    let refused =
        || Problem::field("url", "The sandbox delivers webhooks to loopback addresses over http alone.");
    let url = url.as_str().and_then(|url| Url::parse(url).ok()).ok_or_else(refused)?;
    if is_loopback(&url) { Ok(Some(url)) } else { Err(refused()) }
}

/// Switches that a body sets; the others stay as they were, or off.
fn switches(
    body: &Map<String, Json>,
    member: &str,
    names: &[&'static str],
    before: Option<&BTreeMap<&'static str, bool>>,
) -> Result<BTreeMap<&'static str, bool>, Problem> {
    let sent = match body.get(member) {
        None => None,
        Some(Json::Object(sent)) => Some(sent),
        Some(_) => return Err(Problem::field(member, "Schema describes object, other type found instead")),
    };
    let switch = |name: &'static str| {
        let kept = before.and_then(|before| before.get(name)).copied().unwrap_or(false);
        match sent.and_then(|sent| sent.get(name)) {
            None => Ok((name, kept)),
            Some(Json::Bool(on)) => Ok((name, *on)),
            Some(_) => {
                let field = format!("{member}.{name}");
                Err(Problem::field(field, "Schema describes boolean, other type found instead"))
            }
        }
    };
    names.iter().copied().map(switch).collect()
}
