//! Listings and change feeds.
//!
//! Both are the list of members, oldest change first: all of it, or what changed since the cursor's second. What
//! is archived is asked for apart, because no document says whether it is in the list. The cursor's second comes
//! from Mailchimp's own clock and time stamps, never from ours.
//!
//! Nobody is ever reported gone here: who was deleted is in no list.

mod place;
#[cfg(test)]
mod place_tests;
mod read;

use super::config::{Archived, DATE};
use super::wire::field::Catalogue;
use super::wire::member::{Member, listed_parts};
use super::wire::merge::moment_ms;
use super::{Mailchimp, protocol};
use crate::contract::{Change, Coverage, From, Next, Observation, Page, Result};
use crate::error::ConnectorError;
use crate::http::{Answer, HttpError, Request};
use crate::moment;
use chrono::DateTime;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::time::UNIX_EPOCH;
use syntony_core::ids::{ContactId, Cursor, PageToken};

pub(super) use read::Read;

use place::{Onward, Place, Row, before, next_since};

/// The version of cursors and page tokens: another one means a complete listing.
const VERSION: u8 = 1;

/// Where the change feed stands.
#[derive(Serialize, Deserialize)]
struct FeedCursor {
    v: u8,
    /// What was observed of every member.
    params: String,
    /// From which second the next poll looks; everything, if there was nothing yet.
    since: Option<i64>,
    newest: Option<i64>,
}

/// Where a listing stands.
#[derive(Serialize, Deserialize)]
struct Walk {
    v: u8,
    params: String,
    of: Scope,
    list: List,
    place: Place,
    /// Mailchimp's clock at the beginning of this listing, in seconds since 1970.
    now: Option<i64>,
    /// The newest time stamp so far, of this listing and all before it.
    newest: Option<i64>,
}

/// What a page is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// A complete listing.
    Everything,
    /// A change feed from this second.
    Changes(Option<i64>),
}

impl Scope {
    fn since(self) -> Option<i64> {
        match self {
            Scope::Everything => None,
            Scope::Changes(since) => since,
        }
    }

    fn coverage(self) -> Coverage {
        match self {
            Scope::Everything => Coverage::Everything,
            Scope::Changes(_) => Coverage::Changes,
        }
    }
}

/// Which of the two lists is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    /// Members of any state, perhaps without the archived ones.
    All,
    /// Archived members.
    Archived,
}

/// One page of members (<https://mailchimp.com/developer/marketing/api/list-members/list-members-info/>).
#[derive(Deserialize)]
struct MembersPage {
    members: Vec<Json>,
    total_items: u64,
}

impl Mailchimp {
    /// One page of everything, or of what changed.
    pub(super) async fn page(&self, from: &From) -> Result<Page> {
        let catalogue = self.catalogue().await?;
        let params = self.params(&catalogue);
        let mut walk = match from {
            From::Start => Walk::begin(params, Scope::Everything, None),
            From::Cursor(cursor) => {
                let cursor: FeedCursor = parse(cursor.as_str(), &params)?;
                Walk::begin(params, Scope::Changes(cursor.since), cursor.newest)
            }
            From::Page(token) => parse(token.as_str(), &params)?,
        };
        let answer = self.http.send(&self.list_request(&walk)).await.map_err(|error| self.explain(error))?;
        let page: MembersPage = answer.json()?;
        walk.now = walk.now.or_else(|| server_second(&answer));
        let rows = rows(&page.members)?;
        walk.newest = walk.newest.max(rows.iter().filter_map(|row| row.at).max());
        let onward = std::mem::take(&mut walk.place).after(&rows, page.total_items)?;
        let next = self.next(walk, onward)?;
        Ok(Page { changes: self.observe(&catalogue, page.members).await?, next })
    }

    fn list_request(&self, walk: &Walk) -> Request {
        let request = self.members_request(&walk.place);
        match walk.list {
            List::All => request,
            List::Archived => request.query("status", "archived"),
        }
    }

    fn members_request(&self, place: &Place) -> Request {
        let request = self
            .audience_request("/3.0/lists/{list}/members")
            .query("fields", listed_parts())
            .query("count", self.config.members_per_page().to_string())
            .query("offset", place.offset().to_string())
            .query("sort_field", "last_changed")
            .query("sort_dir", "ASC");
        match place.since.and_then(iso) {
            Some(since) => request.query("since_last_changed", since),
            None => request,
        }
    }

    /// Members that changed since that moment, in Mailchimp's writing, as far as one page goes. What cannot be
    /// understood is left out.
    pub(super) async fn changed_since(&self, moment: &str) -> std::result::Result<Vec<Member>, HttpError> {
        let second = moment_ms(moment).map(|at_ms| before(at_ms.div_euclid(1_000)));
        let answer = self.http.send(&self.members_request(&Place::since(second))).await?;
        let page: MembersPage = answer.json()?;
        Ok(page.members.into_iter().filter_map(|json| Member::parse(json).ok()).collect())
    }

    fn next(&self, mut walk: Walk, onward: Onward) -> Result<Next> {
        match (onward, walk.list, self.config.archived) {
            (Onward::Page(place), _, _) => walk.place = place,
            (Onward::End, List::All, Archived::ListedApart) => {
                walk.list = List::Archived;
                walk.place = Place::since(walk.of.since());
            }
            (Onward::End, List::Archived, _) | (Onward::End, List::All, Archived::ListedAlong) => {
                let since = next_since(walk.now, walk.newest, self.config.overlap_seconds);
                // Never behind where this feed began: a clock that goes wrong must not bring everything again.
                let since = since.max(walk.of.since());
                let cursor = FeedCursor { v: VERSION, params: walk.params, since, newest: walk.newest };
                let cursor = Cursor::new(text(&cursor)?);
                return Ok(Next::End { cursor, coverage: walk.of.coverage() });
            }
        }
        Ok(Next::Page(PageToken::new(text(&walk)?)))
    }

    /// A fingerprint of what is observed, and where. A merge field that is new was never read from members that
    /// do not change; only a complete listing brings it.
    fn params(&self, catalogue: &Catalogue) -> String {
        let text = format!("{} {}", self.config.audience, catalogue.fingerprint());
        blake3::hash(text.as_bytes()).to_hex().chars().take(16).collect()
    }

    /// What was seen of each of these members.
    async fn observe(&self, catalogue: &Catalogue, members: Vec<Json>) -> Result<Vec<Change>> {
        let observe = |json: Json| async move {
            let id = contact_id(&json).map(ContactId::from).ok_or_else(no_id)?;
            let member = match Member::parse(json) {
                Ok(member) => self.with_all_tags(member).await?,
                Err(reason) => return Ok(unreadable(id, reason)),
            };
            Ok(Change::live(id, catalogue.record(&member)))
        };
        stream::iter(members).map(observe).buffered(self.config.calls_at_once()).try_collect().await
    }
}

impl Walk {
    fn begin(params: String, of: Scope, newest: Option<i64>) -> Self {
        let place = Place::since(of.since());
        Self { v: VERSION, params, of, list: List::All, place, now: None, newest }
    }
}

/// What cursors and page tokens have in common.
trait Token: for<'de> Deserialize<'de> {
    /// Its version and what it was made for.
    fn made_for(&self) -> (u8, &str);
}

impl Token for FeedCursor {
    fn made_for(&self) -> (u8, &str) {
        (self.v, &self.params)
    }
}

impl Token for Walk {
    fn made_for(&self) -> (u8, &str) {
        (self.v, &self.params)
    }
}

/// A cursor or a page token, if it is of this feed.
fn parse<T: Token>(text: &str, params: &str) -> Result<T> {
    let token: T = serde_json::from_str(text).map_err(|_| ConnectorError::CursorExpired)?;
    if token.made_for() == (VERSION, params) { Ok(token) } else { Err(ConnectorError::CursorExpired) }
}

fn text(token: &impl Serialize) -> Result<String> {
    serde_json::to_string(token).map_err(|_| protocol("a token that cannot be kept"))
}

/// What a place needs to know of a page. A row without an id makes it useless: somebody would be missing from it.
fn rows(members: &[Json]) -> Result<Vec<Row>> {
    let row = |json: &Json| {
        let changed = json.get("last_changed").and_then(Json::as_str).and_then(moment_ms);
        let at = changed.filter(|at_ms| moment::is_credible(*at_ms)).map(|at_ms| at_ms.div_euclid(1_000));
        Ok(Row { id: contact_id(json).ok_or_else(no_id)?.to_owned(), at })
    };
    members.iter().map(row).collect()
}

fn contact_id(json: &Json) -> Option<&str> {
    json.get("contact_id").and_then(Json::as_str).filter(|id| !id.is_empty())
}

fn no_id() -> ConnectorError {
    protocol("a member without a contact_id")
}

fn unreadable(id: ContactId, reason: &str) -> Change {
    Change { id, previous_ids: Vec::new(), what: Observation::Unreadable(reason.to_owned()) }
}

/// Mailchimp's clock, in seconds since 1970.
fn server_second(answer: &Answer) -> Option<i64> {
    let at = httpdate::parse_http_date(answer.header(DATE)?).ok()?;
    let second = i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()?;
    moment::is_credible(second.saturating_mul(1_000)).then_some(second)
}

/// As Mailchimp wants it: `2015-10-21T15:41:36+00:00`.
fn iso(second: i64) -> Option<String> {
    DateTime::from_timestamp(second, 0).map(|at| at.to_rfc3339())
}
