//! Reading: pages of a listing or of the feed, all of them positions in the log of events.

use super::faults::Fault;
use super::store::{Contact, Life, Source, Store, comparison_form};
use crate::contract::{Change, Coverage, Fetched, Found, From, Listing, Next, Observation, Page, Result};
use crate::error::ConnectorError;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{ContactId, Cursor, PageToken};
use syntony_core::record::Evidence;

/// Of this many contacts, a short listing loses [`SHORT_LISTING_LOSES`].
const SHORT_LISTING_OF: usize = 5;
/// See [`SHORT_LISTING_OF`].
const SHORT_LISTING_LOSES: usize = 2;

/// A feed's place: everything before `position` was given.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    app: String,
    generation: u64,
    issued_ms: u64,
    position: usize,
}

/// A place within one listing.
#[derive(Debug, Serialize, Deserialize)]
struct Walk {
    generation: u64,
    /// The feed's position that the listing starts after; `None` lists everything.
    since: Option<usize>,
    /// The feed's position that the listing covers. Fixed by its first page, so that the cursor at the
    /// end never passes what a page did not show.
    upto: usize,
    /// How many items earlier pages gave.
    given: usize,
    /// How the listing lies, decided by its first page.
    lie: Lie,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Lie {
    None,
    Empty,
    Short,
}

impl Store {
    pub(super) fn page(&mut self, from: &From) -> Result<Page> {
        let walk = self.walk(from)?;
        let items = self.items(&walk);
        let mut changes: Vec<Change> =
            items.into_iter().skip(walk.given).take(self.traits.page_contacts.max(1)).collect();
        let given = walk.given + changes.len();
        // A full page may be the last: then one more comes, with nothing on it, as vendors do.
        let last = changes.len() < self.traits.page_contacts.max(1);

        if self.fate.strikes(Fault::ReorderedPage) {
            self.fate.shuffle(&mut changes);
        }
        for change in &mut changes {
            self.spoil(change);
        }
        let next = if self.fate.strikes(Fault::RepeatedPage) {
            Next::Page(page_token(&walk)?)
        } else if last {
            self.end(&walk)?
        } else {
            Next::Page(page_token(&Walk { given, ..walk })?)
        };
        Ok(Page { changes, next })
    }

    /// Where a page starts. What is not one of this app's living tokens has expired.
    fn walk(&mut self, from: &From) -> Result<Walk> {
        let expired = || ConnectorError::CursorExpired;
        match from {
            From::Start => Ok(Walk {
                generation: self.generation,
                since: None,
                upto: self.visible(),
                given: 0,
                lie: self.lie(),
            }),
            From::Cursor(cursor) => {
                let place: Place = serde_json::from_str(cursor.as_str()).map_err(|_| expired())?;
                let age_ms = self.now_ms().saturating_sub(place.issued_ms);
                let outlived = self.traits.cursor_lifetime_ms.is_some_and(|lifetime_ms| age_ms > lifetime_ms);
                let foreign = place.app != self.name || place.position > self.visible();
                if foreign
                    || outlived
                    || place.generation != self.generation
                    || self.fate.strikes(Fault::CursorExpired)
                {
                    return Err(expired());
                }
                let (since, upto) = (Some(place.position), self.visible());
                Ok(Walk { generation: self.generation, since, upto, given: 0, lie: Lie::None })
            }
            From::Page(token) => {
                let walk: Walk = serde_json::from_str(token.as_str()).map_err(|_| expired())?;
                if walk.generation == self.generation { Ok(walk) } else { Err(expired()) }
            }
        }
    }

    fn lie(&mut self) -> Lie {
        if self.fate.strikes(Fault::EmptyListing) {
            Lie::Empty
        } else if self.fate.strikes(Fault::ShortListing) {
            Lie::Short
        } else {
            Lie::None
        }
    }

    fn end(&self, walk: &Walk) -> Result<Next> {
        let place = Place {
            app: self.name.clone(),
            generation: self.generation,
            issued_ms: self.now_ms(),
            position: walk.upto,
        };
        let coverage = match (self.traits.listing, walk.since) {
            (Listing::Complete, None) => Coverage::Everything,
            (Listing::Complete, Some(_)) => Coverage::Changes,
            (Listing::Discovery, _) => Coverage::Discovered,
        };
        Ok(Next::End { cursor: Cursor::new(token(&place)?), coverage })
    }

    /// All items of a listing, in the vendor's order.
    fn items(&self, walk: &Walk) -> Vec<Change> {
        let items = match (self.traits.listing, walk.since) {
            (Listing::Complete, None) => self.everything(walk.upto),
            (Listing::Complete, Some(since)) => self.feed(since, walk.upto),
            (Listing::Discovery, since) => self.discovered(since.unwrap_or(0), walk.upto),
        };
        let keeps = |at: usize| match walk.lie {
            Lie::None => true,
            Lie::Empty => false,
            Lie::Short => at % SHORT_LISTING_OF >= SHORT_LISTING_LOSES,
        };
        items.into_iter().enumerate().filter(|(at, _)| keeps(*at)).map(|(_, item)| item).collect()
    }

    /// What is there as of `upto`, by id. Former names are told where they changed, in the feed, and not here.
    fn everything(&self, upto: usize) -> Vec<Change> {
        let as_of: BTreeMap<&ContactId, &Contact> =
            self.events().iter().take(upto).map(|event| (&event.id, event.contact.as_ref())).collect();
        as_of
            .into_iter()
            .filter(|(_, contact)| contact.life == Life::Live)
            .filter_map(|(id, contact)| self.shown(id, contact))
            .map(|change| Change { previous_ids: Vec::new(), ..change })
            .collect()
    }

    /// What changed in (`since`, `upto`], each contact once, in the order of its last change. What it shows is
    /// the contact as of `upto`: while the feed lags, that is an old value.
    fn feed(&self, since: usize, upto: usize) -> Vec<Change> {
        let changed = self.events().iter().take(upto).skip(since);
        let last: BTreeMap<&ContactId, &Contact> =
            changed.map(|event| (&event.id, event.contact.as_ref())).collect();
        let mut last: Vec<_> = last.into_iter().collect();
        last.sort_by_key(|(_, contact)| contact.version);
        last.into_iter().filter_map(|(id, contact)| self.shown(id, contact)).collect()
    }

    /// What conversations in (`since`, `upto`] point at, newest first, each read as it is now.
    fn discovered(&self, since: usize, upto: usize) -> Vec<Change> {
        let mut named = BTreeSet::new();
        let pointed = self.events().iter().take(upto).skip(since).rev();
        pointed
            .filter(|event| event.source == Source::Conversation && named.insert(&event.id))
            .filter_map(|event| self.shown(&event.id, self.contact(&event.id)?))
            .collect()
    }

    /// One item, or none where this vendor says nothing of it.
    fn shown(&self, id: &ContactId, contact: &Contact) -> Option<Change> {
        if self.contact(id).is_some_and(|now| now.hidden) {
            return None;
        }
        match &contact.life {
            Life::Live => Some(Change {
                id: id.clone(),
                previous_ids: contact.previous_ids.clone(),
                what: Observation::Live(Box::new(self.observe(contact))),
            }),
            Life::Deleted | Life::RenamedTo(_) if self.traits.tombstones => {
                Some(Change::gone(id.clone(), Evidence::Tombstone))
            }
            Life::MergedInto(survivor) if self.traits.tombstones => {
                Some(Change::gone(id.clone(), Evidence::MergedInto(survivor.clone())))
            }
            Life::Deleted | Life::MergedInto(_) | Life::RenamedTo(_) => None,
        }
    }

    /// Item faults. A field that was not given is taken out, never emptied.
    fn spoil(&mut self, change: &mut Change) {
        let Observation::Live(record) = &mut change.what else { return };
        if self.fate.strikes(Fault::PartialRecord) && !record.fields.is_empty() {
            let at = self.fate.index(record.fields.len());
            let name = record.fields.keys().nth(at).cloned();
            name.and_then(|name| record.fields.remove(&name));
        }
        if self.fate.strikes(Fault::UnreadableRecord) {
            change.what = Observation::Unreadable("the vendor's record is not an object".to_owned());
        }
    }

    /// One answer for each id, as of now: a read by id does not lag.
    pub(super) fn read(&self, ids: &[ContactId]) -> Vec<Fetched> {
        ids.iter().map(|id| Fetched { asked: id.clone(), found: self.read_one(id) }).collect()
    }

    fn read_one(&self, id: &ContactId) -> Found {
        let gone = if self.traits.reads_gone { Found::Gone } else { Found::Unknown };
        let Some(contact) = self.contact(id) else { return gone };
        if contact.hidden {
            return Found::Unknown;
        }
        match &contact.life {
            // An old id leads on to the contact, as long as it is there.
            Life::RenamedTo(new) => self.read_one(new),
            Life::Live => Found::Live { id: id.clone(), record: Box::new(self.observe(contact)) },
            Life::Deleted => gone,
            Life::MergedInto(survivor) if self.traits.reads_gone => Found::MergedInto(survivor.clone()),
            Life::MergedInto(_) => gone,
        }
    }

    /// Contacts that hold one of the addresses, as far as the lagging index knows them.
    pub(super) fn search(&self, addresses: &[String]) -> Vec<Change> {
        let wanted = addresses.iter().map(|address| comparison_form(address)).collect();
        let mut found = self.everything(self.visible());
        found.retain(|change| {
            let indexed = match &change.what {
                Observation::Live(record) => self.addresses(&record.fields),
                Observation::Gone(_) | Observation::Unknown | Observation::Unreadable(_) => BTreeSet::new(),
            };
            !indexed.is_disjoint(&wanted)
        });
        found
    }
}

fn page_token(walk: &Walk) -> Result<PageToken> {
    token(walk).map(PageToken::new)
}

fn token(place: &impl Serialize) -> Result<String> {
    serde_json::to_string(place).map_err(|error| ConnectorError::Protocol { reason: error.to_string() })
}
