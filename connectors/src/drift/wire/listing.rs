//! The list of conversations, in both generations of its paging
//! (<https://devdocs.drift.com/docs/list-conversations>).
//!
//! A continuation is only ever a token: the address that Drift prints points to another host, and the bearer
//! goes nowhere but to the configured one.

use super::id;
use crate::http::{Answer, HttpError, Request};
use crate::moment;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use syntony_core::ids::ContactId;
use url::Url;

/// The most conversations on a page today.
const PAGE_CONVERSATIONS: u16 = 100;
/// The most conversations on a page of the old generation.
const OLD_PAGE_CONVERSATIONS: u16 = 50;
/// What a continuation without a host is read against; only its query is looked at.
const ANY_BASE: &str = "https://driftapi.com";

/// A generation of paging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::drift) enum Paging {
    /// `page_token`, sent empty for the first page; `links.next`.
    Current,
    /// `next`; `pagination.next`.
    Old,
}

impl Paging {
    /// The other one.
    pub(in crate::drift) fn other(self) -> Self {
        match self {
            Paging::Current => Paging::Old,
            Paging::Old => Paging::Current,
        }
    }

    /// The request for the page of a token; an empty one is the first.
    pub(in crate::drift) fn request(self, token: &str) -> Request {
        let list = Request::get("/conversations/list");
        match self {
            Paging::Current => list.query("limit", PAGE_CONVERSATIONS.to_string()).query("page_token", token),
            Paging::Old if token.is_empty() => list.query("limit", OLD_PAGE_CONVERSATIONS.to_string()),
            Paging::Old => list.query("limit", OLD_PAGE_CONVERSATIONS.to_string()).query("next", token),
        }
    }
}

/// One page of conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::drift) struct ConversationPage {
    /// In Drift's order.
    pub(in crate::drift) items: Vec<Conversation>,
    /// How it goes on, and in which generation; `None` on the last page.
    pub(in crate::drift) next: Option<(Paging, String)>,
}

/// What of a conversation matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::drift) struct Conversation {
    pub(in crate::drift) id: i64,
    pub(in crate::drift) updated_ms: i64,
    /// Some conversations have no contact yet.
    pub(in crate::drift) contact: Option<ContactId>,
}

#[derive(Deserialize)]
struct Wire {
    data: Vec<Json>,
    #[serde(default)]
    links: Option<Links>,
    #[serde(default)]
    pagination: Option<Pagination>,
}

#[derive(Deserialize)]
struct Links {
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Pagination {
    #[serde(default)]
    more: Option<bool>,
    #[serde(default)]
    next: Option<Json>,
}

impl ConversationPage {
    /// # Errors
    /// [`HttpError::Protocol`]: a page that cannot be understood is never the end of a list.
    pub(in crate::drift) fn of(answer: &Answer) -> Result<Self, HttpError> {
        let wire: Wire = answer.json()?;
        let items = wire.data.iter().map(Conversation::parse).collect::<Option<_>>();
        let items = items
            .ok_or_else(|| HttpError::protocol("a conversation without an id, a time or a contact's id"))?;
        let current = wire.links.and_then(|links| links.next).filter(|next| !next.is_empty());
        let old = wire.pagination.filter(|old| old.more != Some(false)).and_then(|old| old.next);
        let next = match (current, old) {
            (Some(link), _) => Some((Paging::Current, token_in(&link)?)),
            (None, Some(next)) => plain(&next).map(|token| (Paging::Old, token)),
            (None, None) => None,
        };
        Ok(Self { items, next })
    }
}

impl ConversationPage {
    /// Takes those out whose time cannot be: the place of a walk must not be moved by them.
    pub(in crate::drift) fn take_untimely(&mut self) -> Vec<Conversation> {
        let items = std::mem::take(&mut self.items);
        let (timely, untimely) = items.into_iter().partition(|item| moment::is_credible(item.updated_ms));
        self.items = timely;
        untimely
    }
}

impl Conversation {
    fn parse(json: &Json) -> Option<Self> {
        let id_number = json.get("id")?.as_i64()?;
        let at = |name: &str| json.get(name).and_then(Json::as_i64);
        let updated_ms = at("updatedAt").or_else(|| at("createdAt"))?;
        let contact = match json.get("contactId") {
            None | Some(Json::Null) => None,
            // Somebody is named, and nobody could say who: that is not nobody.
            Some(contact) => Some(id(contact)?),
        };
        Some(Self { id: id_number, updated_ms, contact })
    }
}

/// The token in a continuation's address, wherever that points.
fn token_in(link: &str) -> Result<String, HttpError> {
    let base = Url::parse(ANY_BASE).ok();
    let url = Url::options().base_url(base.as_ref()).parse(link).ok();
    let token = url.as_ref().and_then(|url| url.query_pairs().find(|(name, _)| name == "page_token"));
    match token {
        Some((_, token)) if !token.is_empty() => Ok(token.into_owned()),
        Some(_) | None => Err(HttpError::protocol("a list of conversations goes on without a page token")),
    }
}

fn plain(token: &Json) -> Option<String> {
    match token {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::String(_) | Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_a_foreign_link_is_taken() {
        let check = |link: &str, token: Option<&str>| {
            assert_eq!(token_in(link).ok().as_deref(), token, "{link}");
        };
        check("https://api.drift.com/conversations/list?limit=1&page_token=a%2Bb%3D", Some("a+b="));
        check("https://evil.test/?page_token=x", Some("x"));
        check("/conversations/list?page_token=x", Some("x"));
        check("https://api.drift.com/conversations/list?page_token=", None);
        check("https://api.drift.com/conversations/list", None);
        check("::", None);
    }
}
