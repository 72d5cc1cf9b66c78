//! Delivers events as Drift does: one POST each, with the verification token in the body and once more in a header, no id, no
//! signature, no second try. <https://devdocs.drift.com/docs/webhook-events-1>

use super::events::{Event, VERIFICATION_HEADER};
use super::settings::{Scope, Settings};
use super::workspace::Workspace;
use crate::courier;
use crate::luck::Luck;
use url::Url;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// The number of the newest event there is: where the next delivery goes on.
    pub last: u64,
    /// Messages that were answered with success.
    pub taken: usize,
    /// Messages that were refused, or reached nobody. Drift documents no second try.
    pub refused: usize,
}

impl Workspace {
    /// Sends the events after number `after` to an address on this machine, as `luck` has it. Those that the app's scopes do not
    /// cover are never sent.
    pub async fn post(&self, url: &Url, after: u64, luck: &mut Luck<Event>) -> Posted {
        let settings = self.settings();
        let events = self.events_after(after);
        let mut posted =
            Posted { last: events.last().map_or(after, |event| event.serial), ..Posted::default() };
        let covered = events.into_iter().filter(|event| is_covered(event, &settings)).collect();
        let client = courier::client("Drift").filter(|_| courier::is_loopback(url));
        for event in luck.deal(covered) {
            let arrived = match &client {
                None => false,
                Some(client) => {
                    let request = client
                        .post(url.clone())
                        .header(VERIFICATION_HEADER, &settings.webhook_token)
                        .header("content-type", "application/json")
                        .body(event.body.to_string());
                    matches!(request.send().await, Ok(answer) if answer.status().is_success())
                }
            };
            if arrived {
                posted.taken += 1;
            } else {
                posted.refused += 1;
            }
        }
        posted
    }
}

/// Whether the app may hear of this event.
fn is_covered(event: &Event, settings: &Settings) -> bool {
    let scope = match event.body.get("type").and_then(serde_json::Value::as_str).unwrap_or_default() {
        "contact_identified" => Scope::ContactRead,
        "contact_updated" => Scope::AllContactRead,
        "user_unsubscribed" => Scope::UserRead,
        "new_conversation" | "new_message" => Scope::ConversationRead,
        _ => return true,
    };
    settings.scopes.contains(&scope)
}
