//! Drift's webhooks (<https://devdocs.drift.com/docs/webhook-events-1>): a JSON body with the app's verification token, which a
//! header repeats. There is no signature, no time and no id, so a copy cannot be told from the event; it does no harm.
//!
//! All a body does is name a contact to be read, but for `user_unsubscribed`, which no call shows. A resubscription is told
//! by nothing.

#[cfg(test)]
mod tests;

use crate::webhook::{Delivery, Hint, Refused, Whom, is_secret, plausible_address, plausible_id};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value as Json;
use syntony_core::ids::ContactId;

/// The header that repeats the verification token.
pub const TOKEN_HEADER: &str = "x-verification-token";

/// The event of a person who opted out of all e-mail.
const UNSUBSCRIBED: &str = "user_unsubscribed";

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    data: Json,
}

/// What a request points at, if it carries the verification token. The documents say that the token stands in the body and in a
/// header; one of them has to be there, and each that is has to be right.
///
/// # Errors
/// [`Refused::Forged`] without the token, [`Refused::Malformed`] if the header has it and the body is no event.
pub fn verify_and_read(delivery: Delivery<'_>, token: &SecretString) -> Result<Vec<Hint>, Refused> {
    let named = match delivery.token_header {
        Some(given) if !is_secret(token, given) => return Err(Refused::Forged),
        Some(_) => true,
        None => false,
    };
    let unreadable = if named { Refused::Malformed } else { Refused::Forged };
    let event: Event = serde_json::from_slice(delivery.body).map_err(|_| unreadable)?;
    match &event.token {
        Some(given) if !is_secret(token, given.as_bytes()) => return Err(Refused::Forged),
        None if !named => return Err(Refused::Forged),
        Some(_) | None => {}
    }
    Ok(hints(&event.kind, &event.data))
}

/// What an event points at. One that is not known points at nobody: Drift adds events.
fn hints(kind: &str, data: &Json) -> Vec<Hint> {
    match kind {
        "contact_identified" | "contact_updated" | "phone_captured" | "playbook_goal_met" => {
            contact(data).map_or(Hint::Feed, Hint::Contact).into_list()
        }
        UNSUBSCRIBED => match (contact(data), address(data)) {
            (Some(id), _) => opted_out(Whom::Contact(id)),
            (None, Some(address)) => opted_out(Whom::Address(address)),
            (None, None) => Vec::new(),
        },
        // The conversations are read by every run; whoever is named is read even if their conversation is an old one.
        "new_conversation"
        | "new_message"
        | "conversation_push"
        | "conversation_inactive"
        | "conversation_manual_push"
        | "new_meeting"
        | "meeting_updated"
        | "chat_to_call" => chatter(data).map_or(Hint::Feed, Hint::Contact).into_list(),
        _ => Vec::new(),
    }
}

impl Hint {
    fn into_list(self) -> Vec<Hint> {
        vec![self]
    }
}

fn opted_out(whom: Whom) -> Vec<Hint> {
    Hint::OptedOut { whom, source: UNSUBSCRIBED }.into_list()
}

/// The contact that an event is about. Two shapes are seen: the contact itself, or its id alone
/// (<https://devdocs.drift.com/docs/contact-update-subscriptions>).
fn contact(data: &Json) -> Option<ContactId> {
    ["id", "endUserId", "contactId"].iter().find_map(|name| number(data.get(*name)?))
}

/// The contact in a conversation: `id` is the conversation's or the message's there.
fn chatter(data: &Json) -> Option<ContactId> {
    let author = || {
        let author = data.get("author")?;
        let is_contact = author.get("type").and_then(Json::as_str) == Some("contact");
        if is_contact { number(author.get("id")?) } else { None }
    };
    ["contactId", "endUserId"].iter().find_map(|name| number(data.get(*name)?)).or_else(author)
}

fn address(data: &Json) -> Option<String> {
    let attributes = data.get("attributes").and_then(|attributes| attributes.get("email"));
    plausible_address(attributes.or_else(|| data.get("email"))?.as_str()?)
}

/// An id: a positive number, also as text.
fn number(json: &Json) -> Option<ContactId> {
    let text = match json {
        Json::Number(number) => number.as_u64()?.to_string(),
        Json::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.clone(),
        Json::String(_) | Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => return None,
    };
    plausible_id(&text)
}
