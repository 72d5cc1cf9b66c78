//! Reading: the listing and the change feed, by id, and by e-mail address.

use super::config::MAX_PAGE_CONTACTS;
use super::wire::fault::Fault;
use super::wire::field::CUSTOM_PREFIX;
use super::wire::person::{Person, PersonResponse};
use super::wire::record::record;
use super::wire::{READ_MASK, SOURCE};
use super::{FETCH_BATCH_CONTACTS, Google, protocol};
use crate::contract::{Change, Coverage, Fetched, Found, From, Next, Observation, Page, Result};
use crate::error::ConnectorError;
use crate::http::{HttpError, Request, Trail};
use crate::moment;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{ContactId, Cursor, FieldName, PageToken};
use syntony_core::record::{Evidence, Record};

/// The most contacts that a search gives (<https://developers.google.com/people/api/rest/v1/people/searchContacts>).
const SEARCH_CONTACTS: &str = "30";
/// Searches in flight at once.
const SEARCHES_AT_ONCE: usize = 4;
/// The version of cursors and page tokens: another one means a complete listing.
const VERSION: u8 = 1;
/// The most pages of one listing: far more contacts than an account holds, even at one to a page.
const MAX_LISTING_PAGES: u32 = 1_000_000;
/// How old the known labels may be before they are compared although the feed is quiet, in milliseconds.
const LABELS_AGE_MAX_MS: i64 = 24 * 60 * 60 * 1000;

/// Where the change feed stands, with everything that decides whether Google's token still fits.
#[derive(Serialize, Deserialize)]
struct FeedCursor {
    v: u8,
    token: String,
    /// The parameters that the token was issued for.
    params: String,
    /// The custom fields that were observed on every contact.
    extra: BTreeSet<FieldName>,
    labels: KnownLabels,
}

/// The labels by which contacts were tagged. Renaming a label changes no contact, so the feed is silent
/// about it: the labels are compared whenever the feed says anything, and once in a while when it does not.
#[derive(Clone, Serialize, Deserialize)]
struct KnownLabels {
    /// Resource name to name.
    names: BTreeMap<String, String>,
    /// When they were read, in milliseconds since 1970.
    read_ms: i64,
}

impl KnownLabels {
    fn are_old(&self) -> bool {
        moment::now_ms().saturating_sub(self.read_ms) > LABELS_AGE_MAX_MS
    }
}

/// Where a listing stands.
#[derive(Serialize, Deserialize)]
struct ListingToken {
    v: u8,
    page: String,
    params: String,
    of: Scope,
    trail: Trail,
}

/// What a page is one of. Both are named: what a mangled token lacks must not make a feed pass for everything.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// A complete listing.
    Everything,
    /// A change feed.
    Changes(Feed),
}

impl Scope {
    fn feed(&self) -> Option<&Feed> {
        match self {
            Scope::Everything => None,
            Scope::Changes(feed) => Some(feed),
        }
    }
}

/// A change feed that is being read.
#[derive(Clone, Serialize, Deserialize)]
struct Feed {
    /// Its sync token.
    sync: String,
    /// The labels by which the contacts that it does not mention are tagged.
    labels: KnownLabels,
}

/// One page of `people.connections.list`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionsPage {
    #[serde(default)]
    connections: Vec<Json>,
    #[serde(default)]
    next_page_token: Option<String>,
    #[serde(default)]
    next_sync_token: Option<String>,
}

#[derive(Deserialize)]
struct BatchGetAnswer {
    #[serde(default)]
    responses: Vec<Json>,
}

#[derive(Deserialize)]
struct SearchAnswer {
    #[serde(default)]
    results: Vec<SearchResult>,
}

#[derive(Deserialize)]
struct SearchResult {
    person: Json,
}

impl Google {
    /// One page of everything, or of what changed.
    pub(super) async fn page(&self, from: &From) -> Result<Page> {
        let (page, scope, trail) = match from {
            From::Start => {
                self.groups.refresh().await.map_err(|error| self.explain(error))?;
                (None, Scope::Everything, Trail::default())
            }
            From::Cursor(cursor) => (None, Scope::Changes(self.resume(cursor)?), Trail::default()),
            From::Page(token) => {
                let token = self.page_token(token)?;
                (Some(token.page), token.of, token.trail)
            }
        };
        let feed = scope.feed();
        let request = self.list_request(page.as_deref(), feed.map(|feed| feed.sync.as_str()));
        let resumed = page.is_some() || feed.is_some();
        let answer = self.http.send(&request).await.map_err(|error| self.explain_listing(error, resumed))?;
        let listed: ConnectionsPage = answer.json()?;
        if let Some(feed) = feed
            && (!listed.connections.is_empty() || feed.labels.are_old())
        {
            self.compare_labels(&feed.labels).await?;
        }
        let next = self.next(&listed, page.as_deref(), scope, trail)?;
        Ok(Page { changes: self.observe(listed.connections).await?, next })
    }

    /// A label that was renamed or deleted leaves contacts behind whose tags we know by its old name: only a
    /// complete listing tells who they are.
    async fn compare_labels(&self, known: &KnownLabels) -> Result<()> {
        self.groups.refresh_if_old().await.map_err(|error| self.explain(error))?;
        let labels = self.groups.names();
        if known.names.iter().any(|(id, name)| labels.get(id) != Some(name)) {
            return Err(ConnectorError::CursorExpired);
        }
        Ok(())
    }

    /// Every parameter on every page: Google refuses a token beside other ones than it was issued for.
    fn list_request(&self, page: Option<&str>, sync: Option<&str>) -> Request {
        let mut request = Request::get("/v1/people/me/connections")
            .query("personFields", READ_MASK)
            .query("sources", SOURCE)
            .query("pageSize", self.page_contacts().to_string())
            .query("requestSyncToken", "true");
        if let Some(sync) = sync {
            request = request.query("syncToken", sync);
        }
        if let Some(page) = page {
            request = request.query("pageToken", page);
        }
        request
    }

    /// A fingerprint of these parameters.
    fn params(&self) -> String {
        let text = format!("{READ_MASK} {SOURCE} {}", self.page_contacts());
        blake3::hash(text.as_bytes()).to_hex().chars().take(16).collect()
    }

    /// The custom fields that are observed on every contact; all others always are.
    fn extra(&self) -> BTreeSet<FieldName> {
        let is_custom = |name: &&FieldName| name.as_str().starts_with(CUSTOM_PREFIX);
        self.config.extra_fields.iter().filter(is_custom).cloned().collect()
    }

    fn page_contacts(&self) -> u16 {
        self.config.page_contacts.clamp(1, MAX_PAGE_CONTACTS)
    }

    /// The change feed of a cursor, unless what it covered is not what is asked for now.
    fn resume(&self, cursor: &Cursor) -> Result<Feed> {
        let cursor: FeedCursor =
            serde_json::from_str(cursor.as_str()).map_err(|_| ConnectorError::CursorExpired)?;
        let fits = cursor.v == VERSION && cursor.params == self.params() && !cursor.token.is_empty();
        if !fits || !self.extra().is_subset(&cursor.extra) {
            return Err(ConnectorError::CursorExpired);
        }
        Ok(Feed { sync: cursor.token, labels: cursor.labels })
    }

    fn page_token(&self, token: &PageToken) -> Result<ListingToken> {
        let token: ListingToken =
            serde_json::from_str(token.as_str()).map_err(|_| ConnectorError::CursorExpired)?;
        if token.v != VERSION || token.params != self.params() || token.page.is_empty() {
            return Err(ConnectorError::CursorExpired);
        }
        Ok(token)
    }

    /// An invalid argument means an unusable token only where a token was sent.
    fn explain_listing(&self, error: HttpError, resumed: bool) -> ConnectorError {
        match error.refusal() {
            Some(answer) if resumed && Fault::of(answer).means_token_expired() => {
                ConnectorError::CursorExpired
            }
            Some(_) | None => self.explain(error),
        }
    }

    /// How the listing goes on. A page that brings neither token is no end: nothing may advance on it.
    fn next(&self, listed: &ConnectionsPage, page: Option<&str>, of: Scope, trail: Trail) -> Result<Next> {
        let given = |token: &Option<String>| token.clone().filter(|token| !token.is_empty());
        if let Some(next) = given(&listed.next_page_token) {
            if page == Some(next.as_str()) {
                return Err(protocol("a listing hands out the same page token twice"));
            }
            let trail = trail.then(&next, MAX_LISTING_PAGES)?;
            let token = ListingToken { v: VERSION, page: next, params: self.params(), of, trail };
            return Ok(Next::Page(PageToken::new(to_text(&token)?)));
        }
        let Some(token) = given(&listed.next_sync_token) else {
            return Err(protocol("the last page of a listing brings no sync token"));
        };
        let now = || KnownLabels { names: self.groups.names(), read_ms: moment::now_ms() };
        let (coverage, labels) = match of {
            Scope::Everything => (Coverage::Everything, now()),
            // A quiet feed did not ask for the labels: what was known of them still is.
            Scope::Changes(feed) if !self.groups.were_read() => (Coverage::Changes, feed.labels),
            Scope::Changes(_) => (Coverage::Changes, now()),
        };
        let cursor = FeedCursor { v: VERSION, token, params: self.params(), extra: self.extra(), labels };
        Ok(Next::End { cursor: Cursor::new(to_text(&cursor)?), coverage })
    }

    /// What was seen of each of these people.
    async fn observe(&self, people: Vec<Json>) -> Result<Vec<Change>> {
        let people = people.into_iter().map(parse).collect::<Result<Vec<_>>>()?;
        let groups = people.iter().filter_map(|(_, person)| person.as_ref().ok());
        self.learn_groups(groups).await.map_err(|error| self.explain(error))?;
        Ok(people
            .into_iter()
            .map(|(id, person)| match person {
                Ok(person) => self.change(&person),
                Err(reason) => {
                    Change { id, previous_ids: Vec::new(), what: Observation::Unreadable(reason.to_owned()) }
                }
            })
            .collect())
    }

    pub(super) async fn learn_groups<'a>(
        &self,
        people: impl Iterator<Item = &'a Person>,
    ) -> std::result::Result<(), HttpError> {
        let ids: Vec<&str> = people.filter_map(|person| person.group_names().ok()).flatten().collect();
        self.groups.learn(ids.into_iter()).await
    }

    fn change(&self, person: &Person) -> Change {
        let previous = person.metadata.as_ref().map(|metadata| metadata.previous_resource_names.as_slice());
        let what = if person.is_deleted() {
            Observation::Gone(Evidence::Tombstone)
        } else {
            match self.record(person) {
                Ok(record) => Observation::Live(Box::new(record)),
                Err(reason) => Observation::Unreadable(reason.to_owned()),
            }
        };
        Change {
            id: ContactId::new(&person.resource_name),
            previous_ids: previous.unwrap_or_default().iter().map(ContactId::new).collect(),
            what,
        }
    }

    /// The record of a person whose labels are known.
    pub(super) fn record(&self, person: &Person) -> std::result::Result<Record, &'static str> {
        let mut record = record(person, |id| self.groups.tag(id), &self.config.extra_fields)?;
        // An order from the future would make every later observation of this contact old news.
        record.version.order = record.version.order.filter(|at_ms| moment::is_credible(*at_ms));
        Ok(record)
    }

    /// Contacts by id, one answer for each.
    pub(super) async fn read_by_id(&self, ids: &[ContactId]) -> Result<Vec<Fetched>> {
        let distinct: BTreeSet<&str> = ids.iter().map(ContactId::as_str).collect();
        let distinct: Vec<&str> = distinct.into_iter().collect();
        let mut found = BTreeMap::new();
        for batch in distinct.chunks(FETCH_BATCH_CONTACTS) {
            self.read_batch(batch, &mut found).await?;
        }
        Ok(ids
            .iter()
            .map(|id| Fetched {
                asked: id.clone(),
                found: found.get(id.as_str()).cloned().unwrap_or(Found::Unknown),
            })
            .collect())
    }

    /// Reads a batch; one that Google refuses is halved until the id that it does not like stands alone. Each
    /// round works on smaller batches, so it ends.
    async fn read_batch(&self, ids: &[&str], found: &mut BTreeMap<String, Found>) -> Result<()> {
        let mut batches = vec![ids];
        while let Some(batch) = batches.pop() {
            let mut request = Request::get("/v1/people:batchGet").query("personFields", READ_MASK);
            request = request.query("sources", SOURCE);
            for id in batch {
                request = request.query("resourceNames", *id);
            }
            match self.http.send(&request).await {
                Ok(answer) => self.sort_answers(answer.json()?, found).await?,
                Err(error) => match (error.refusal().map(crate::http::Answer::status), batch) {
                    (Some(404), [id]) => drop(found.insert((*id).to_owned(), Found::Gone)),
                    (Some(400), [id]) => drop(found.insert((*id).to_owned(), Found::Unknown)),
                    (Some(400 | 404), many) => {
                        let (left, right) = many.split_at(many.len() / 2);
                        batches.extend([right, left]);
                    }
                    (_, _) => return Err(self.explain(error)),
                },
            }
        }
        Ok(())
    }

    async fn sort_answers(&self, answer: BatchGetAnswer, found: &mut BTreeMap<String, Found>) -> Result<()> {
        let mut live = Vec::new();
        // One that cannot be understood says nothing of its contact, which stays unknown.
        for response in answer.responses.into_iter().filter_map(PersonResponse::parse) {
            let missing = response.is_not_found();
            let forbidden = response.status.is_forbidden();
            let person = response.person.and_then(|json| Person::parse(json).ok());
            let asked = response.requested_resource_name;
            match (asked.or_else(|| person.as_ref().map(|person| person.resource_name.clone())), person) {
                (Some(asked), Some(person)) if !person.is_deleted() => live.push((asked, person)),
                (Some(asked), Some(_)) => drop(found.insert(asked, Found::Gone)),
                (Some(asked), None) if missing && !forbidden => drop(found.insert(asked, Found::Gone)),
                (Some(_) | None, _) => {}
            }
        }
        self.learn_groups(live.iter().map(|(_, person)| person))
            .await
            .map_err(|error| self.explain(error))?;
        for (asked, person) in live {
            if let Ok(record) = self.record(&person) {
                let id = ContactId::from(person.resource_name);
                found.insert(asked, Found::Live { id, record: Box::new(record) });
            }
        }
        Ok(())
    }

    /// Contacts by e-mail address. Google's search goes by word beginnings, over an index that lags behind, and
    /// shows at most thirty: it finds candidates, and proves nothing by finding none.
    pub(super) async fn search(&self, addresses: &[String]) -> Result<Vec<Change>> {
        let distinct: BTreeSet<String> = addresses
            .iter()
            .map(|address| address.trim().to_owned())
            .filter(|address| !address.is_empty())
            .collect();
        if distinct.is_empty() {
            return Ok(Vec::new());
        }
        self.warm_up().await?;
        let answers: Vec<SearchAnswer> = stream::iter(distinct)
            .map(|address| async move { self.search_one(&address).await })
            .buffered(SEARCHES_AT_ONCE)
            .try_collect()
            .await?;
        let people = answers.into_iter().flat_map(|answer| answer.results).map(|result| result.person);
        let mut changes = self.observe(people.collect()).await?;
        changes.sort_by(|a, b| a.id.cmp(&b.id));
        changes.dedup_by(|a, b| a.id == b.id);
        Ok(changes)
    }

    async fn search_one(&self, query: &str) -> Result<SearchAnswer> {
        let request = Request::get("/v1/people:searchContacts")
            .query("query", query)
            .query("readMask", READ_MASK)
            .query("sources", SOURCE)
            .query("pageSize", SEARCH_CONTACTS);
        let answer = self.http.send(&request).await.map_err(|error| self.explain(error))?;
        Ok(answer.json()?)
    }

    /// Google asks for an empty query, and some patience, before the real ones: the index that a query sees is
    /// brought up to date by the query before it.
    async fn warm_up(&self) -> Result<()> {
        self.search_one("").await?;
        tokio::time::sleep(self.config.search_warm_up).await;
        Ok(())
    }
}

/// A person with its id, or the id alone with what is wrong. Without even an id the page cannot be used:
/// somebody would be missing from it.
fn parse(json: Json) -> Result<(ContactId, std::result::Result<Person, &'static str>)> {
    let id = json.get("resourceName").and_then(Json::as_str).filter(|name| !name.is_empty());
    let id = id.map(ContactId::from).ok_or(protocol("a person without a resource name"))?;
    let person = Person::parse(json).and_then(|person| match &person.metadata {
        Some(_) => Ok(person),
        // Whether it is deleted or just empty could not be told.
        None => Err("a person without metadata"),
    });
    Ok((id, person))
}

fn to_text(token: &impl Serialize) -> Result<String> {
    serde_json::to_string(token).map_err(|_| protocol("a token that cannot be kept"))
}
