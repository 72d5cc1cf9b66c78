//! `people.connections.list`: full listings, deltas, and the tokens between them.
//!
//! A token belongs to the parameters it was issued for. The next sync token stands for the moment of the
//! *first* page: what changes while somebody reads the pages comes again, and is never lost.
//!
//! <https://developers.google.com/people/api/rest/v1/people.connections/list>

use super::contact::{Contact, Key};
use super::error::{Answer, ApiError};
use super::feed::{Feed, Sequence, State};
use super::mask::{Mask, Sources};
use super::query::Query;
use super::token::{fingerprint, open, seal};
use super::view::{self, Told};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

const DEFAULT_PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;
/// "Sync tokens expire 7 days after the full sync": not after the delta that issued them.
const SYNC_TOKEN_DAYS: i64 = 7;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// The parameters of the method.
pub(super) const PARAMETERS: [&str; 8] = [
    "pageSize",
    "pageToken",
    "personFields",
    "requestMask.includeField",
    "requestSyncToken",
    "sortOrder",
    "sources",
    "syncToken",
];

/// How a listing is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    OldestFirst,
    NewestFirst,
    GivenName,
    FamilyName,
}

/// What a sync token stands for.
#[derive(Serialize, Deserialize)]
struct SyncToken {
    after: Sequence,
    full_sync_ms: i64,
    parameters: String,
    generation: u32,
}

/// What a page token stands for.
#[derive(Serialize, Deserialize)]
struct PageToken {
    /// The last place of the page before; in a listing by name, how many were told.
    told: u64,
    /// In a delta, where it began.
    since: Option<Sequence>,
    /// The place of the first page.
    snapshot: Sequence,
    full_sync_ms: i64,
    total: usize,
    parameters: String,
}

/// The parameters of a call, checked.
struct Request<'a> {
    mask: Mask,
    sources: Sources,
    order: Order,
    page_size: usize,
    wants_sync_token: bool,
    page_token: Option<&'a str>,
    sync_token: Option<&'a str>,
    /// What a sync token is bound to.
    sync_parameters: String,
    /// What a page token is bound to.
    page_parameters: String,
}

impl<'a> Request<'a> {
    fn parse(query: &'a Query) -> Result<Self, ApiError> {
        let mask = mask(query)?;
        let sources = Sources::parse(query.all("sources"))?;
        let order = match query.one("sortOrder") {
            None | Some("LAST_MODIFIED_ASCENDING") => Order::OldestFirst,
            Some("LAST_MODIFIED_DESCENDING") => Order::NewestFirst,
            Some("FIRST_NAME_ASCENDING") => Order::GivenName,
            Some("LAST_NAME_ASCENDING") => Order::FamilyName,
            Some(_) => {
                return Err(ApiError::violation("sortOrder", "Invalid value at 'sort_order' (TYPE_ENUM)"));
            }
        };
        let page_size = query.page_size(DEFAULT_PAGE, MAX_PAGE)?;
        let wants_sync_token = query.flag("requestSyncToken")?;
        let paths: Vec<&str> = mask.paths().collect();
        let sync_parameters = fingerprint(&format!("{paths:?} {sources:?} {order:?}"));
        let sync_token = query.one("syncToken");
        let page_parameters =
            fingerprint(&format!("{sync_parameters} {page_size} {wants_sync_token} {sync_token:?}"));
        Ok(Self {
            mask,
            sources,
            order,
            page_size,
            wants_sync_token,
            page_token: query.one("pageToken"),
            sync_token,
            sync_parameters,
            page_parameters,
        })
    }
}

/// The mask, also in its older form `requestMask.includeField=person.names`.
fn mask(query: &Query) -> Result<Mask, ApiError> {
    if let Some(fields) = query.one("personFields") {
        return Mask::read(fields, "personFields");
    }
    let Some(fields) = query.one("requestMask.includeField") else {
        let text = "personFields mask is required. Please specify one or more valid paths. Valid paths are \
                    documented at https://developers.google.com/people/api/rest/v1/people.connections/list.";
        return Err(ApiError::violation("personFields", text));
    };
    let paths: Vec<&str> =
        fields.split(',').map(|path| path.trim().strip_prefix("person.").unwrap_or(path)).collect();
    Mask::read(&paths.join(","), "requestMask.includeField")
}

/// Whether this call takes from the bucket of full syncs.
pub(super) fn begins_full_sync(query: &Query) -> bool {
    query.one("requestSyncToken") == Some("true")
        && query.one("syncToken").is_none()
        && query.one("pageToken").is_none()
}

/// What an account says about its listings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Counted up to expire every token there is.
    pub(super) generation: u32,
    /// The most contacts of one page.
    pub(super) max_page_contacts: usize,
}

/// One page.
pub(super) fn list(feed: &mut Feed, query: &Query, now_ms: i64, manner: Manner) -> Answer {
    let generation = manner.generation;
    feed.settle(now_ms);
    let mut request = Request::parse(query)?;
    request.page_size = request.page_size.min(manner.max_page_contacts.max(1));
    let page = match request.page_token {
        Some(token) => open::<PageToken>("page", token)
            .filter(|page| page.parameters == request.page_parameters)
            .ok_or_else(ApiError::invalid_argument)?,
        None => first_page(feed, &request, now_ms, generation)?,
    };
    let mut found = match (request.order, page.since) {
        // A delta is told oldest first, whatever was asked for.
        (_, Some(_)) => told(feed.after(page.told), &request, Told::InDelta),
        (Order::OldestFirst, None) => told(feed.after(page.told).filter(live), &request, Told::InListing),
        (Order::NewestFirst, None) => told(feed.before(page.told).filter(live), &request, Told::InListing),
        (Order::GivenName | Order::FamilyName, None) => by_name(feed, &request, page.told),
    };
    let has_more = found.len() > request.page_size;
    found.truncate(request.page_size);

    let mut answer = Map::new();
    let last = found.last().map(|(place, _)| *place);
    if !found.is_empty() {
        answer.insert("connections".to_owned(), found.into_iter().map(|(_, person)| person).collect());
        answer.insert("totalItems".to_owned(), json!(page.total));
        answer.insert("totalPeople".to_owned(), json!(page.total));
    }
    if let (true, Some(told)) = (has_more, last) {
        let next = PageToken { told, parameters: request.page_parameters, ..page };
        answer.insert("nextPageToken".to_owned(), Json::from(seal("page", &next)));
    } else if request.wants_sync_token {
        let next = SyncToken {
            after: page.snapshot,
            full_sync_ms: page.full_sync_ms,
            parameters: request.sync_parameters,
            generation,
        };
        answer.insert("nextSyncToken".to_owned(), Json::from(seal("sync", &next)));
    }
    Ok(Json::Object(answer))
}

/// Where a listing begins.
fn first_page(
    feed: &Feed,
    request: &Request<'_>,
    now_ms: i64,
    generation: u32,
) -> Result<PageToken, ApiError> {
    let snapshot = feed.last();
    let parameters = request.page_parameters.clone();
    let Some(token) = request.sync_token else {
        let told = match request.order {
            Order::NewestFirst => Sequence::MAX,
            Order::OldestFirst | Order::GivenName | Order::FamilyName => 0,
        };
        let total = feed.live();
        return Ok(PageToken { told, since: None, snapshot, full_sync_ms: now_ms, total, parameters });
    };
    let token: SyncToken = open("sync", token).ok_or_else(ApiError::invalid_argument)?;
    if token.generation != generation || now_ms - token.full_sync_ms >= SYNC_TOKEN_DAYS * DAY_MS {
        return Err(ApiError::expired_sync_token());
    }
    if token.parameters != request.sync_parameters {
        return Err(ApiError::invalid_argument());
    }
    Ok(PageToken {
        told: token.after,
        since: Some(token.after),
        snapshot,
        full_sync_ms: token.full_sync_ms,
        total: feed.changes_after(token.after),
        parameters,
    })
}

fn live(entry: &(Sequence, Key, &State)) -> bool {
    matches!(entry.2, State::Live(_))
}

/// One more than a page of them, to know whether there is another page.
fn told<'a>(
    entries: impl Iterator<Item = (Sequence, Key, &'a State)>,
    request: &Request<'_>,
    told: Told,
) -> Vec<(u64, Json)> {
    entries
        .take(request.page_size + 1)
        .map(|(place, key, state)| {
            let person = match state {
                State::Live(contact) => view::person(contact, &request.mask, request.sources, told),
                State::Gone { revision, previous } => {
                    view::tombstone(key, *revision, previous, &request.mask)
                }
            };
            (place, person)
        })
        .collect()
}

/// Sorts everything for each page: such listings are for screens, not for syncing.
fn by_name(feed: &Feed, request: &Request<'_>, told: u64) -> Vec<(u64, Json)> {
    let key = if request.order == Order::GivenName { "displayName" } else { "displayNameLastFirst" };
    let name = |contact: &Contact| {
        let name = contact.fields.get("names").and_then(|names| names.first()).and_then(|name| name.get(key));
        name.and_then(Json::as_str).unwrap_or_default().to_lowercase()
    };
    let mut all: Vec<(String, Key, &Arc<Contact>)> = feed
        .after(0)
        .filter_map(|(_, key, state)| match state {
            State::Live(contact) => Some((name(contact), key, contact)),
            State::Gone { .. } => None,
        })
        .collect();
    all.sort_by(|left, right| (&left.0, left.1).cmp(&(&right.0, right.1)));
    (told + 1..)
        .zip(all.iter().skip(usize::try_from(told).unwrap_or(usize::MAX)))
        .take(request.page_size + 1)
        .map(|(count, (_, _, contact))| {
            (count, view::person(contact, &request.mask, request.sources, Told::InListing))
        })
        .collect()
}
