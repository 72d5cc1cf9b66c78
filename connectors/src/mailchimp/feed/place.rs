//! Where a listing stands, as its page tokens carry it, and where it goes on. Pure.
//!
//! Mailchimp lists by offset, and what changes meanwhile moves to the end: everything behind it shifts, and a
//! plain next offset would skip members. So
//! - each page repeats the last row of the page before ([`Anchor`]); if another row stands there, the rows have
//!   moved, and the listing goes back to that row's time stamp;
//! - where few members share a second, the listing goes on from a time stamp rather than an offset: deep offsets
//!   are slow.
//!
//! Time stamps have a resolution of one second, and whether *since* includes its second is not documented; so a
//! place is always one second earlier, and some rows come twice.
//!
//! Invariant: no row that stays where it is while the listing goes on is skipped.

use crate::http::HttpError;
use serde::{Deserialize, Serialize};

/// The most pages of one listing: far more than any audience has.
const MAX_LISTING_PAGES: u32 = 1_000_000;
/// How often one listing may find its rows moved before it gives up: an audience that changes faster than it can
/// be read has to be listed another time.
const MAX_RETURNS: u32 = 1_000;
/// The listing goes on from a time stamp where at most this part of a page comes again by that.
const REPEATED_PART: usize = 10;
/// What *since* is put back by, in seconds: the resolution of time stamps.
const RESOLUTION_SECONDS: i64 = 1;

/// Where a listing of members stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Members that changed since this second; everything if there is none.
    pub(super) since: Option<i64>,
    /// How many of them come before the next page.
    offset: u64,
    /// The last row of the page before, where the next page begins by it.
    anchor: Option<Anchor>,
    pages: u32,
    returns: u32,
}

/// A row by which a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Anchor {
    id: String,
    at: Option<i64>,
}

/// What a place needs to know of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: String,
    /// When it changed last, in seconds since 1970, if it says so.
    pub(super) at: Option<i64>,
}

/// How a listing goes on after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Onward {
    /// From here.
    Page(Place),
    /// That was all.
    End,
}

impl Place {
    /// The beginning of what changed since that second, or of everything.
    pub(super) fn since(since: Option<i64>) -> Self {
        Self { since, ..Self::default() }
    }

    /// The offset to ask for.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How it goes on after a page of these rows, of `total` in all.
    ///
    /// # Errors
    /// [`HttpError::Protocol`] for a page that is empty before the end, and for a listing that does not end.
    pub(super) fn after(self, rows: &[Row], total: u64) -> Result<Onward, HttpError> {
        if self.pages >= MAX_LISTING_PAGES {
            return Err(HttpError::protocol(format!("a listing of more than {MAX_LISTING_PAGES} pages")));
        }
        let pages = self.pages + 1;
        let is_moved =
            self.anchor.as_ref().is_some_and(|anchor| rows.first().is_none_or(|first| first.id != anchor.id));
        if is_moved {
            return self.back(pages);
        }
        let behind = self.offset.saturating_add(rows.len() as u64);
        if behind >= total {
            return Ok(Onward::End);
        }
        let repeated = usize::from(self.anchor.is_some());
        let Some(last) = rows.last().filter(|_| rows.len() > repeated) else {
            return Err(HttpError::protocol("a page of members is empty, and more are announced"));
        };
        let next = match jump(rows, self.since) {
            Some(since) => Place { since: Some(since), pages, returns: self.returns, ..Place::default() },
            None => Place {
                offset: behind.saturating_sub(1),
                anchor: Some(Anchor { id: last.id.clone(), at: last.at }),
                pages,
                ..self
            },
        };
        Ok(Onward::Page(next))
    }

    /// Back to the anchor's second, or to the beginning if it told none.
    fn back(self, pages: u32) -> Result<Onward, HttpError> {
        let returns = self.returns + 1;
        if returns > MAX_RETURNS {
            return Err(HttpError::Transient {
                reason: "the audience changes faster than it can be listed".to_owned(),
                attempts: returns,
            });
        }
        let second = self.anchor.and_then(|anchor| anchor.at).map(before);
        Ok(Onward::Page(Place { since: second.max(self.since), pages, returns, ..Place::default() }))
    }
}

/// A second from which the listing can go on without an offset, if that repeats little and gets ahead. Only
/// where the rows are in the order that was asked for.
fn jump(rows: &[Row], since: Option<i64>) -> Option<i64> {
    let times: Vec<i64> = rows.iter().map(|row| row.at).collect::<Option<_>>()?;
    let target = before(*times.last()?);
    let repeated = times.iter().filter(|at| **at >= target).count();
    let gets_ahead = since.is_none_or(|since| target > since);
    (times.is_sorted() && gets_ahead && repeated.saturating_mul(REPEATED_PART) <= rows.len())
        .then_some(target)
}

/// One resolution earlier.
pub(super) fn before(second: i64) -> i64 {
    second.saturating_sub(RESOLUTION_SECONDS)
}

/// From which second the next poll has to look, so that nothing is missed and little comes again:
/// - not later than `overlap_seconds` before the vendor's clock showed `now` at the beginning of this listing,
///   for changes that show up late;
/// - not later than just behind the newest row: a clock that goes ahead of the time stamps must hide nothing.
///
/// Without a clock the newest row alone counts; with neither everything is listed again.
pub(super) fn next_since(now: Option<i64>, newest: Option<i64>, overlap_seconds: u32) -> Option<i64> {
    let overlap = i64::from(overlap_seconds);
    match (now, newest) {
        (Some(now), Some(newest)) => {
            let behind_newest = newest.saturating_add(2 * RESOLUTION_SECONDS);
            Some(now.saturating_sub(overlap).min(behind_newest))
        }
        (None, Some(newest)) => Some(before(newest).saturating_sub(overlap)),
        // An audience without members has nothing to be missed.
        (Some(_) | None, None) => None,
    }
}
