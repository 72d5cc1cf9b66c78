//! Where a walk through the conversations stands. Pure: pages go in, news and the next place come out.
//!
//! A walk starts at the newest conversation and ends where the last walk began, less an overlap for those that
//! show up late in Drift's list. What was seen in the overlap is remembered, so that a walk without news reads
//! one page and no contact.
//!
//! The invariant: the place at the end is that of the walk's first page. What moves to the top while the walk
//! goes on is newer than that, and the next walk meets it.

use super::super::wire::listing::{Conversation, ConversationPage, Paging};
use crate::contract::Result;
use crate::error::ConnectorError;
use crate::http::Trail;
use crate::moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, Cursor, PageToken};

/// The version of both texts below; another one has expired.
const FORMAT: u8 = 1;
/// The paging that an account is asked in first.
const FIRST_PAGING: Paging = Paging::Current;
/// The most conversations in an overlap: fewer than the smallest page holds, so that a walk without news always
/// meets an older one on its first page.
const MAX_OVERLAP_CONVERSATIONS: usize = 45;
/// The most pages of one walk: ten million conversations.
const MAX_WALK_PAGES: u32 = 100_000;
/// The longest token of a page. It travels in an address, and no address can be of any length.
const MAX_TOKEN_BYTES: usize = 8_192;

/// The end of a walk: the cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    format: u8,
    paging: Paging,
    /// The newest update that the walk's first page showed, in milliseconds since 1970.
    watermark_ms: i64,
    overlap: Overlap,
}

/// The stretch below a watermark that is looked at again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Overlap {
    /// Older conversations were all taken. Never falls from one walk to the next.
    floor_ms: i64,
    /// Those within it that were taken: time of update, id.
    taken: BTreeSet<(i64, i64)>,
}

/// The middle of a walk: the page token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    format: u8,
    pub(super) paging: Paging,
    /// Drift's token of the page to be read; empty for the first.
    pub(super) token: String,
    trail: Trail,
    /// Where the last walk ended; `None` goes through everything.
    since: Option<Place>,
    /// What this walk will end with; `None` before its first page.
    top: Option<Top>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Top {
    watermark_ms: i64,
    overlap: Overlap,
}

/// How a walk goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    On(Box<Walk>),
    End(Place),
}

impl Place {
    /// `None` for what is not a cursor of ours.
    pub(super) fn parse(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(cursor.as_str()).ok().filter(Self::is_ours)
    }

    /// A place in the future would hide every conversation until then.
    fn is_ours(&self) -> bool {
        let reaches_ms = self.watermark_ms.max(self.overlap.floor_ms);
        self.format == FORMAT && (reaches_ms <= 0 || moment::is_credible(reaches_ms))
    }
}

impl Overlap {
    fn new(floor_ms: i64, taken: impl Iterator<Item = (i64, i64)>) -> Self {
        let mut overlap = Self { floor_ms, taken: BTreeSet::new() };
        taken.for_each(|seen| overlap.take(seen));
        overlap
    }

    /// Takes one. Where there are too many, the oldest ones leave and the floor rises above them: a burst of
    /// conversations must not be read again with every walk.
    fn take(&mut self, seen: (i64, i64)) {
        if seen.0 >= self.floor_ms {
            self.taken.insert(seen);
        }
        while self.taken.len() > MAX_OVERLAP_CONVERSATIONS {
            let Some((oldest_ms, _)) = self.taken.pop_first() else { break };
            self.floor_ms = self.floor_ms.max(oldest_ms.saturating_add(1));
        }
    }

    fn knows(&self, item: &Conversation) -> bool {
        item.updated_ms < self.floor_ms || self.taken.contains(&(item.updated_ms, item.id))
    }
}

impl Top {
    /// What a walk ends with, judged by its first page.
    fn of(page: &ConversationPage, since: Option<&Place>, overlap_ms: i64) -> Self {
        let newest = page.items.iter().map(|item| item.updated_ms).max();
        let known = since.map(|place| place.watermark_ms);
        let watermark_ms = newest.max(known).unwrap_or(0);
        let floor_ms = watermark_ms.saturating_sub(overlap_ms);
        let overlap = match since {
            None => Overlap::new(floor_ms, std::iter::empty()),
            Some(Place { overlap, .. }) => {
                Overlap::new(floor_ms.max(overlap.floor_ms), overlap.taken.iter().copied())
            }
        };
        Self { watermark_ms, overlap }
    }
}

impl Walk {
    pub(super) fn start(since: Option<Place>) -> Self {
        Self {
            format: FORMAT,
            paging: since.as_ref().map_or(FIRST_PAGING, |place| place.paging),
            token: String::new(),
            trail: Trail::default(),
            since,
            top: None,
        }
    }

    /// `None` for what is not a page token of ours.
    pub(super) fn parse(token: &PageToken) -> Option<Self> {
        let is_ours = |walk: &Self| {
            let of_now = walk.format == FORMAT && walk.token.len() <= MAX_TOKEN_BYTES;
            of_now && walk.since.as_ref().is_none_or(Place::is_ours)
        };
        serde_json::from_str(token.as_str()).ok().filter(is_ours)
    }

    /// Takes the page where the walk stands: the contacts that are news, each once, and how it goes on.
    ///
    /// # Errors
    /// [`ConnectorError::Protocol`] for a list that does not end, or goes on with a token that cannot be sent.
    pub(super) fn take(mut self, page: ConversationPage, overlap_ms: i64) -> Result<(Vec<ContactId>, Step)> {
        let mut top = self.top.take().unwrap_or_else(|| Top::of(&page, self.since.as_ref(), overlap_ms));
        let mut reached = false;
        let mut named = BTreeSet::new();
        let mut contacts = Vec::new();
        for item in page.items {
            if let Some(Place { overlap, .. }) = &self.since {
                reached |= item.updated_ms < overlap.floor_ms;
                if overlap.knows(&item) {
                    continue;
                }
            }
            top.overlap.take((item.updated_ms, item.id));
            contacts.extend(item.contact.filter(|id| named.insert(id.clone())));
        }
        let step = match page.next {
            Some((paging, token)) if !reached => Step::On(Box::new(self.turn(paging, token, top)?)),
            Some(_) | None => {
                let Top { watermark_ms, overlap } = top;
                Step::End(Place { format: FORMAT, paging: self.paging, watermark_ms, overlap })
            }
        };
        Ok((contacts, step))
    }

    fn turn(self, paging: Paging, token: String, top: Top) -> Result<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            let reason = format!("a page token of conversations is longer than {MAX_TOKEN_BYTES} bytes");
            return Err(ConnectorError::Protocol { reason });
        }
        let trail = self.trail.then(&token, MAX_WALK_PAGES)?;
        Ok(Self { paging, token, trail, top: Some(top), ..self })
    }
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
