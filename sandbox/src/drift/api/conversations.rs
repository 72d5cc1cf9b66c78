//! `/conversations`: the list in both generations of paging, and the read by id.
//!
//! A page's continuation is an absolute address on another host than the one that was called; a client
//! that follows it blindly sends its token to where it was not meant for.

use super::super::conversations::{Conversation, Listing, Page, Position, Status};
use super::super::problem::Problem;
use super::super::settings::{ConversationPaging, Scope};
use super::super::store::Store;
use super::super::workspace::Workspace;
use super::data;
use super::input::{Caller, Params};
use axum::extract::{Path, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use url::Url;

/// Conversations on a page without `limit`, both generations.
const DEFAULT_LISTED: usize = 25;

/// The largest `limit` of the current generation.
/// <https://devdocs.drift.com/docs/list-conversations>
const MAX_LISTED: usize = 100;

/// The largest `limit` of the old generation.
/// <https://devdocs.drift.com/docs/listing-conversations>
const MAX_LISTED_OLD: usize = 50;

/// Where `links` point.
const LIST_URL: &str = "https://api.drift.com/conversations/list";

/// `GET /conversations/list`: by time of the last update, newest first.
pub(super) async fn list(
    State(workspace): State<Workspace>,
    caller: Caller,
    params: Params,
) -> Result<axum::Json<Json>, Problem> {
    caller.needs(&workspace, &[Scope::ConversationRead])?;
    if params.unknown(&["limit", "statusId", "page_token", "next"]).is_some() {
        return Err(invalid("unrecognized query parameter"));
    }
    workspace.with(|store, now_ms| {
        let until_ms = workspace.visible_until_ms(now_ms);
        match (params.get("page_token"), params.get("next"), store.settings.conversation_paging) {
            (Some(_), Some(_), _) => Err(invalid("page_token and next exclude each other")),
            (Some(_), None, ConversationPaging::Old) => Err(invalid("page_token is not known")),
            (None, _, ConversationPaging::Current) => Err(invalid("page_token is required")),
            (Some(token), None, ConversationPaging::Both | ConversationPaging::Current) => {
                let listing = listing(&params, MAX_LISTED, until_ms)?;
                current(store, &listing, token, &params).map(axum::Json)
            }
            (None, next, ConversationPaging::Both | ConversationPaging::Old) => {
                let listing = listing(&params, MAX_LISTED_OLD, until_ms)?;
                old(store, &listing, next).map(axum::Json)
            }
        }
    })
}

/// The current generation: `links`, an empty token for the first page.
fn current(store: &mut Store, listing: &Listing, token: &str, params: &Params) -> Result<Json, Problem> {
    let from = position(store, token)?;
    let page = store.conversations.page(listing, from);
    let (items, next) = (shown(&page), page.next);
    let mut answer = json!({"data": items, "links": {"self": address(listing, token, params)?}});
    if let Some(next) = next {
        // Standard base64, so that a token holds characters that an address must escape.
        let token = store.conversations.issue(next, |number| {
            let hash = blake3::hash(format!("page {number}").as_bytes());
            STANDARD.encode(hash.as_bytes().iter().take(25).copied().collect::<Vec<u8>>())
        });
        set_link(&mut answer, address(listing, &token, params)?);
    } else if items.is_empty() {
        // Nothing at all: then there are no links either.
        answer = json!({"data": items});
    }
    Ok(answer)
}

/// The old generation: `pagination`, absent on the last page.
fn old(store: &mut Store, listing: &Listing, next: Option<&str>) -> Result<Json, Problem> {
    let from = position(store, next.unwrap_or_default())?;
    let page = store.conversations.page(listing, from);
    let mut answer = json!({"data": shown(&page)});
    if let Some(next) = page.next {
        let token = store.conversations.issue(next, |number| (123_494_893 + 17 * number).to_string());
        if let Json::Object(answer) = &mut answer {
            answer.insert("pagination".to_owned(), json!({"more": true, "next": token}));
        }
    }
    Ok(answer)
}

/// `GET /conversations/{id}`. Other parameters are let through: the vendor's own client sends one.
pub(super) async fn read(
    State(workspace): State<Workspace>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<axum::Json<Json>, Problem> {
    caller.needs(&workspace, &[Scope::ConversationRead])?;
    let missing = Problem::NotFound("conversation");
    let Ok(id) = id.parse::<i64>() else { return Err(missing) };
    workspace.with(|store, _| {
        let conversation = store.conversations.get(id).ok_or(missing)?;
        Ok(data(conversation.wire_whole(store.settings.org_id)))
    })
}

fn listing(params: &Params, max_listed: usize, until_ms: i64) -> Result<Listing, Problem> {
    let limit = match params.get("limit").map(str::parse::<usize>) {
        None => DEFAULT_LISTED,
        Some(Ok(limit)) if (1..=max_listed).contains(&limit) => limit,
        Some(_) => return Err(invalid("limit is not valid")),
    };
    let statuses: Option<BTreeSet<Status>> = params.all("statusId").map(Status::of_id).collect();
    let statuses = statuses.ok_or_else(|| invalid("statusId is not valid"))?;
    Ok(Listing { statuses, limit, until_ms })
}

fn position(store: &Store, token: &str) -> Result<Option<Position>, Problem> {
    if token.is_empty() {
        return Ok(None);
    }
    store.conversations.position(token).map(Some).ok_or_else(|| invalid("the page token is not valid"))
}

fn shown(page: &Page<'_>) -> Vec<Json> {
    page.items.iter().copied().map(Conversation::wire).collect()
}

fn address(listing: &Listing, token: &str, params: &Params) -> Result<String, Problem> {
    let mut url = Url::parse(LIST_URL).map_err(|_| Problem::Internal(500))?;
    let mut query = url.query_pairs_mut();
    query.append_pair("page_token", token).append_pair("limit", &listing.limit.to_string());
    for status in params.all("statusId") {
        query.append_pair("statusId", status);
    }
    drop(query);
    Ok(url.into())
}

fn set_link(answer: &mut Json, next: String) {
    if let Some(Json::Object(links)) = answer.get_mut("links") {
        links.insert("next".to_owned(), next.into());
    }
}

fn invalid(words: &str) -> Problem {
    Problem::Validation(words.to_owned())
}
