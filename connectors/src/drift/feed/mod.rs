//! Reading: who conversations point at, contacts by id, look-ups by address.
//!
//! Contacts are read one by one, a bounded number at once. A contact that Drift does not show is unknown: its
//! documents give *not found* and *not allowed* the same answer.

mod place;

use super::Drift;
use super::config::NotFound;
use super::wire::catalogue::Catalogue;
use super::wire::fault::Fault;
use super::wire::listing::ConversationPage;
use super::wire::{self, Contact};
use crate::contract::{Change, Coverage, Fetched, Found, From, Next, Observation, Page, Result};
use crate::error::ConnectorError;
use crate::http::{HttpError, Request};
use futures_util::{StreamExt, TryStreamExt, stream};
use place::{Place, Step, Walk};
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, Cursor, PageToken};

/// The most contacts with one address that are looked at (<https://devdocs.drift.com/docs/retrieving-contact>
/// shows no way to the ones after them).
const MAX_SAME_ADDRESS_CONTACTS: u16 = 100;

/// What a read of one contact gave.
pub(super) enum Read {
    /// The contact, perhaps under another id.
    There(Contact),
    /// Not found, or not allowed.
    NotShown,
    /// Something that is no contact.
    Odd(String),
}

impl Drift {
    /// A page of conversations, and the contacts that are news.
    pub(super) async fn discover(&self, from: &From) -> Result<Page> {
        let walk = match from {
            From::Start => Walk::start(None),
            From::Cursor(cursor) => {
                Walk::start(Some(Place::parse(cursor).ok_or(ConnectorError::CursorExpired)?))
            }
            From::Page(token) => Walk::parse(token).ok_or(ConnectorError::CursorExpired)?,
        };
        let (walk, mut page) = self.conversations(walk).await?;
        // A conversation without a credible time is news whenever it shows, and moves nothing.
        let untimely = page.take_untimely();
        let (mut contacts, step) = walk.take(page, self.config.overlap_ms())?;
        for contact in untimely.into_iter().filter_map(|item| item.contact) {
            if !contacts.contains(&contact) {
                contacts.push(contact);
            }
        }
        let changes = self.read_changes(contacts).await?;
        let next = match step {
            Step::On(walk) => Next::Page(PageToken::new(text(&walk)?)),
            Step::End(place) => {
                Next::End { cursor: Cursor::new(text(&place)?), coverage: Coverage::Discovered }
            }
        };
        Ok(Page { changes, next })
    }

    /// The page where a walk stands. Which generation of paging an account speaks shows on its first page.
    async fn conversations(&self, mut walk: Walk) -> Result<(Walk, ConversationPage)> {
        let refused = |error: &HttpError| error.refusal().is_some_and(|it| Fault::of(it).is_bad_request());
        let answer = match self.http.send(&walk.paging.request(&walk.token)).await {
            // The token was Drift's own, so it has run out.
            Err(error) if refused(&error) && !walk.token.is_empty() => {
                return Err(ConnectorError::CursorExpired);
            }
            Err(error) if refused(&error) => {
                walk.paging = walk.paging.other();
                self.http.send(&walk.paging.request("")).await
            }
            answer => answer,
        };
        let answer = answer.map_err(|error| self.explain(error))?;
        Ok((walk, ConversationPage::of(&answer)?))
    }

    /// Contacts that are pointed at. Each is reported, whatever came of reading it.
    async fn read_changes(&self, ids: Vec<ContactId>) -> Result<Vec<Change>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let catalogue = self.catalogue().await?;
        let read = self.read_each(ids).await?;
        Ok(read.into_iter().map(|(asked, read)| change(&catalogue, asked, read)).collect())
    }

    pub(super) async fn read_by_id(&self, ids: &[ContactId]) -> Result<Vec<Fetched>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let catalogue = self.catalogue().await?;
        let not_shown = match self.config.not_found {
            NotFound::Unknown => Found::Unknown,
            NotFound::Gone => Found::Gone,
        };
        let fetched = |(asked, read): (ContactId, Read)| {
            let found = match read {
                Read::There(contact) => {
                    Found::Live { record: Box::new(catalogue.record(&contact)), id: contact.id }
                }
                Read::NotShown => not_shown.clone(),
                Read::Odd(_) => Found::Unknown,
            };
            Fetched { asked, found }
        };
        Ok(self.read_each(ids.to_vec()).await?.into_iter().map(fetched).collect())
    }

    /// Reads contacts, a bounded number at once, in the order they were asked for.
    async fn read_each(&self, ids: Vec<ContactId>) -> Result<Vec<(ContactId, Read)>> {
        let read = |id: ContactId| async move {
            let read = self.read_one(&id).await.map_err(|error| self.explain(error))?;
            Ok((id, read))
        };
        stream::iter(ids).map(read).buffered(self.config.concurrency_calls.max(1)).try_collect().await
    }

    /// Reads one contact (<https://devdocs.drift.com/docs/retrieving-contact>).
    pub(super) async fn read_one(&self, id: &ContactId) -> std::result::Result<Read, HttpError> {
        let request = Request::get("/contacts/{id}").arg("id", id.as_str());
        let error = match self.http.send(&request).await {
            Ok(answer) => {
                return Ok(match Contact::of(&answer) {
                    Ok(contact) => Read::There(contact),
                    Err(reason) => Read::Odd(reason.to_owned()),
                });
            }
            Err(error) => error,
        };
        match error.refusal().map(Fault::of) {
            Some(fault) if fault.is_missing() || fault.is_not_viewable() => Ok(Read::NotShown),
            Some(fault) if fault.is_bad_value() || fault.is_bad_request() => Ok(Read::Odd(fault.reason(&[]))),
            Some(_) | None => Err(error),
        }
    }

    pub(super) async fn look_up(&self, addresses: &[String]) -> Result<Vec<Change>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let catalogue = self.catalogue().await?;
        let find = |address: String| async move { self.with_address(&address).await };
        let found: Vec<Vec<Contact>> = stream::iter(addresses.to_vec())
            .map(find)
            .buffered(self.config.concurrency_calls.max(1))
            .try_collect()
            .await?;
        let mut named = BTreeSet::new();
        let contacts = found.into_iter().flatten().filter(|contact| named.insert(contact.id.clone()));
        Ok(contacts.map(|contact| Change::live(contact.id.clone(), catalogue.record(&contact))).collect())
    }

    /// Every contact with this address; several may share one. Whether Drift tells upper from lower case is not
    /// documented, so an address that finds nobody is looked up in lower case too.
    pub(super) async fn with_address(&self, address: &str) -> Result<Vec<Contact>> {
        let found = self.search(address).await?;
        let lower = address.to_lowercase();
        if found.is_empty() && lower != address { self.search(&lower).await } else { Ok(found) }
    }

    async fn search(&self, address: &str) -> Result<Vec<Contact>> {
        let request = Request::get("/contacts")
            .query("email", address)
            .query("limit", MAX_SAME_ADDRESS_CONTACTS.to_string());
        let answer = self.http.send(&request).await.map_err(|error| self.explain_about(error, &[address]))?;
        let contacts = wire::contacts(&answer)?;
        // One that cannot be understood must not pass for nobody: a second one would be created.
        contacts
            .into_iter()
            .collect::<std::result::Result<_, _>>()
            .map_err(|reason| ConnectorError::Protocol { reason: reason.to_owned() })
    }
}

fn change(catalogue: &Catalogue, asked: ContactId, read: Read) -> Change {
    match read {
        Read::There(contact) => {
            let record = catalogue.record(&contact);
            let renamed = contact.id != asked;
            let mut change = Change::live(contact.id, record);
            change.previous_ids.extend(renamed.then_some(asked));
            change
        }
        Read::NotShown => Change { id: asked, previous_ids: Vec::new(), what: Observation::Unknown },
        Read::Odd(reason) => {
            Change { id: asked, previous_ids: Vec::new(), what: Observation::Unreadable(reason) }
        }
    }
}

fn text(place: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(place).map_err(|error| ConnectorError::Protocol { reason: error.to_string() })
}
