//! Where the feed stands: between two runs (the cursor) and between two pages (the page token).

use super::watch::Known;
use super::{LOOKBACK_SECONDS, MAX_LISTING_PAGES, Salesforce, protocol};
use crate::contract::Result;
use crate::http::Trail;
use crate::salesforce::config::TagStore;
use crate::salesforce::wire::soql;
use crate::salesforce::wire::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{Cursor, FieldName, PageToken};

/// The version of cursors and page tokens: another one means a complete listing.
const VERSION: u8 = 1;

/// Rows that are followed by their stamps. In this order they are asked for: who was tagged is read after the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stream {
    /// Those that tie tags to people.
    Tags,
    /// The app's own.
    Rows,
    /// The contacts of converted leads.
    Contacts,
    /// Contacts whose account was edited: its name is theirs, and nothing of theirs moves with it. Told by the
    /// account's stamp, and listed in the order of ids.
    Companies,
}

/// Where the change feed stands.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct FeedCursor {
    v: u8,
    params: String,
    /// The mapped fields that were observed on every contact.
    extra: BTreeSet<FieldName>,
    /// Salesforce's clock when the listing began that this cursor covers.
    pub(super) high: Stamp,
    /// What is known of the rows that the feed looks back on.
    pub(super) known: BTreeMap<Stream, Known>,
}

impl FeedCursor {
    /// `None` if this feed did not make it, or what it covered is not what is asked for now.
    pub(super) fn read(cursor: &Cursor, params: &str, extra: &BTreeSet<FieldName>) -> Option<Self> {
        let cursor: Self = serde_json::from_str(cursor.as_str()).ok()?;
        (cursor.v == VERSION && cursor.params == params && extra.is_subset(&cursor.extra)).then_some(cursor)
    }
}

/// Where a listing stands between two of its pages.
#[derive(Serialize, Deserialize)]
pub(super) struct ListingToken {
    v: u8,
    params: String,
    trail: Trail,
    /// Salesforce's clock when the listing began.
    pub(super) high: Stamp,
    pub(super) of: Scope,
}

/// What a page is one of.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scope {
    /// A complete listing, in the order of ids.
    Everything {
        /// The last id so far.
        after: String,
        /// How many rows of the look-back's stretch there were so far.
        counted: u64,
    },
    /// A change feed, stream by stream.
    Changes {
        /// How far each is.
        streams: BTreeMap<Stream, Progress>,
    },
}

impl Scope {
    /// Where it stands, without what was counted on the way: a circle is a circle whatever it counts.
    fn way(&self) -> String {
        match self {
            Scope::Everything { after, .. } => after.clone(),
            Scope::Changes { streams } => {
                let places = streams.iter().map(|(stream, progress)| match progress {
                    Progress::Open { place: Some(place), .. } => {
                        format!("{stream:?} {} {}", place.stamp.epoch_ms(), place.id)
                    }
                    Progress::Open { place: None, .. } => format!("{stream:?} begins"),
                    Progress::Done(_) => format!("{stream:?} is done"),
                });
                places.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// How far a stream is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Progress {
    /// There are more rows.
    Open {
        /// The first stamp that is listed.
        from: Stamp,
        /// The last row so far.
        place: Option<Place>,
        /// How many rows of the look-back's stretch there were so far.
        counted: u64,
    },
    /// All of it was read.
    Done(Known),
}

/// A row in the order of stamps and ids. Many rows can have one stamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) stamp: Stamp,
    pub(super) id: String,
}

impl Place {
    /// The condition on what comes after it.
    pub(super) fn condition(&self) -> String {
        let stamp = soql::moment(self.stamp);
        let id = soql::quote(&self.id);
        format!("(SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > {id}))")
    }
}

/// The first stamp that a feed looks back to which has read until `high`.
pub(super) fn look_back(high: Stamp) -> Stamp {
    high.minus_seconds(LOOKBACK_SECONDS)
}

impl ListingToken {
    /// `None` if this feed did not make it, with these parameters.
    pub(super) fn read(token: &PageToken, params: &str) -> Option<Self> {
        let token: Self = serde_json::from_str(token.as_str()).ok()?;
        (token.v == VERSION && token.params == params).then_some(token)
    }

    /// The way that led here.
    pub(super) fn trail(self) -> Trail {
        self.trail
    }
}

impl Salesforce {
    /// The token of the next page. A listing that stands where it stood before would never end.
    pub(super) fn page_token(&self, high: Stamp, of: Scope, trail: Trail) -> Result<PageToken> {
        let trail = trail.then(&of.way(), MAX_LISTING_PAGES)?;
        let token = ListingToken { v: VERSION, params: self.params(), trail, high, of };
        Ok(PageToken::new(to_text(&token)?))
    }

    /// The cursor of a listing that began at `high`.
    pub(super) fn cursor(&self, high: Stamp, known: BTreeMap<Stream, Known>) -> Result<Cursor> {
        let cursor = FeedCursor { v: VERSION, params: self.params(), extra: self.extra(), high, known };
        Ok(Cursor::new(to_text(&cursor)?))
    }

    /// What a cursor is good for: this object, with tags from this place.
    pub(super) fn params(&self) -> String {
        let tags = match &self.tags {
            TagStore::Topics => "topics",
            TagStore::Campaigns => "campaigns",
            TagStore::Field(name) => name.as_str(),
        };
        format!("{} {tags}", self.config.object.name())
    }

    /// The mapped fields beside the standard ones, which always are observed.
    pub(super) fn extra(&self) -> BTreeSet<FieldName> {
        self.config.extra_fields.iter().cloned().collect()
    }
}

fn to_text(token: &impl Serialize) -> Result<String> {
    serde_json::to_string(token).map_err(|_| protocol("a token that cannot be kept"))
}
