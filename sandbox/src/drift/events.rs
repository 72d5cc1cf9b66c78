//! What the workspace would tell a webhook, in order.
//!
//! Nothing is delivered here: the log keeps the bodies as they would be sent, so that they can be delivered
//! ([`Workspace::post`](super::Workspace::post)) late, twice, in another order or not at all, as the vendor may. There is no event for a created,
//! deleted or merged contact: the vendor has none.
//! <https://devdocs.drift.com/docs/webhook-events-1>

use super::contacts::{Contact, Diff};
use super::conversations::Conversation;
use super::settings::{ContactEvents, LegacyTags, Settings};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;

/// The most events that are kept; older ones are forgotten.
pub const MAX_KEPT_EVENTS: usize = 100_000;

/// The header in which a webhook carries the verification token once more. There is no signature, no
/// time and no id: a copy of an event cannot be told from the event.
pub const VERIFICATION_HEADER: &str = "X-Verification-Token";

/// One event as a webhook would carry it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number, from 1, without gaps. Never sent: the vendor's events have no id.
    pub serial: u64,
    /// The body. It carries the verification token, so it must not be logged.
    pub body: Json,
}

/// Something that happened, as far as a webhook can say it.
#[derive(Debug)]
pub(super) enum Happening<'a> {
    /// A contact gave an e-mail address in a chat.
    Identified(&'a Contact),
    /// Attributes of a contact changed.
    Updated {
        /// Whose.
        contact_id: i64,
        /// From what to what.
        diff: &'a [Diff],
        /// When.
        at_ms: i64,
    },
    /// The person opted out of all e-mail.
    Unsubscribed(&'a Contact),
    /// A conversation began.
    Started(&'a Conversation),
    /// A message came.
    Message(&'a Conversation),
    /// A person asked to be erased.
    ErasureRequested(&'a str),
    /// The app was removed.
    Disconnected,
}

/// The events so far.
#[derive(Debug, Default)]
pub(super) struct Events {
    kept: VecDeque<Event>,
    last_serial: u64,
}

impl Events {
    /// Writes an event down.
    pub(super) fn push(&mut self, what: &Happening<'_>, settings: &Settings) {
        let (kind, data) = describe(what, settings);
        if self.kept.len() == MAX_KEPT_EVENTS {
            self.kept.pop_front();
        }
        self.last_serial += 1;
        let body =
            json!({"orgId": settings.org_id, "type": kind, "token": settings.webhook_token, "data": data});
        self.kept.push_back(Event { serial: self.last_serial, body });
    }

    /// What is kept of the events after this number.
    pub(super) fn after(&self, serial: u64) -> Vec<Event> {
        let forgotten = self.last_serial - self.kept.len() as u64;
        let skip = usize::try_from(serial.saturating_sub(forgotten)).unwrap_or(usize::MAX);
        self.kept.iter().skip(skip).cloned().collect()
    }
}

fn describe(what: &Happening<'_>, settings: &Settings) -> (&'static str, Json) {
    match what {
        Happening::Identified(contact) => ("contact_identified", about(contact, settings)),
        Happening::Unsubscribed(contact) => ("user_unsubscribed", about(contact, settings)),
        Happening::Updated { contact_id, diff, at_ms } => {
            let diff: Vec<Json> = diff
                .iter()
                .map(|one| {
                    let name = format!("attributes.{}", one.name);
                    json!({"name": name, "previous": one.previous, "updated": one.updated})
                })
                .collect();
            let data =
                json!({"endUserId": contact_id, "timestamp": at_ms, "orgId": settings.org_id, "diff": diff});
            ("contact_updated", data)
        }
        Happening::Started(conversation) => ("new_conversation", conversation.wire()),
        Happening::Message(conversation) => {
            let author = json!({"type": "contact", "id": conversation.contact_id, "bot": false});
            let data = json!({"conversationId": conversation.id, "type": "chat", "body": "Hello", "author": author,
                "createdAt": conversation.updated_at_ms});
            ("new_message", data)
        }
        Happening::ErasureRequested(email) => ("gdpr_delete_requested", json!({"email": email})),
        Happening::Disconnected => ("app_disconnected", json!({})),
    }
}

fn about(contact: &Contact, settings: &Settings) -> Json {
    match settings.contact_events {
        ContactEvents::Whole => contact.wire(LegacyTags::Gone),
        ContactEvents::IdOnly => json!({"endUserId": contact.id}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_events_are_forgotten_and_the_numbers_go_on() {
        let settings = Settings::default();
        let mut events = Events::default();
        let count = MAX_KEPT_EVENTS as u64 + 3;
        for _ in 0..count {
            events.push(&Happening::Disconnected, &settings);
        }
        let serials = |after| -> Vec<u64> { events.after(after).iter().map(|event| event.serial).collect() };
        assert_eq!(serials(0).len(), MAX_KEPT_EVENTS);
        assert_eq!(serials(0)[0], 4);
        assert_eq!(serials(count - 2), [count - 1, count]);
        assert!(serials(count).is_empty() && serials(count + 9).is_empty());
    }
}
