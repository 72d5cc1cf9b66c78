//! Reading: the listing and the change feed, by id, and by e-mail address.

mod changes;
mod everything;
mod people;
mod place;
mod watch;

use super::{Salesforce, protocol};
use crate::contract::{From, Page, Result};
use crate::error::ConnectorError;

use place::{FeedCursor, ListingToken, Scope};

/// How far behind what it has read the feed looks back, in seconds. A row becomes visible when its transaction
/// ends, with the stamp of when it was written; transactions end within ten minutes.
const LOOKBACK_SECONDS: i64 = 600;
/// How old a cursor may be, in seconds: what was deleted before is no longer in the recycle bin, which keeps
/// things for fifteen days.
const MAX_CURSOR_AGE_SECONDS: i64 = 14 * 24 * 3_600;
/// The most pages of one listing: far more contacts than an organisation holds, even at one to a page.
const MAX_LISTING_PAGES: u32 = 1_000_000;

impl Salesforce {
    /// One page of everything, or of what changed. Where a field has gone since the organisation was described, it
    /// is described again, once.
    pub(super) async fn page(&self, from: &From) -> Result<Page> {
        let was_described = self.is_described();
        match self.page_as_described(from).await {
            Err(_) if was_described && !self.is_described() => self.page_as_described(from).await,
            settled => settled,
        }
    }

    async fn page_as_described(&self, from: &From) -> Result<Page> {
        match from {
            From::Start => self.page_of_everything(None).await,
            From::Cursor(cursor) => {
                let cursor = FeedCursor::read(cursor, &self.params(), &self.extra())
                    .ok_or(ConnectorError::CursorExpired)?;
                self.first_changes(cursor).await
            }
            From::Page(token) => {
                let token = ListingToken::read(token, &self.params()).ok_or(ConnectorError::CursorExpired)?;
                match token.of.clone() {
                    Scope::Everything { .. } => self.page_of_everything(Some(token)).await,
                    Scope::Changes { streams } => self.more_changes(token, streams).await,
                }
            }
        }
    }
}

/// Where the clock of an answer is needed, it has to be there.
fn clock(at: Option<super::wire::stamp::Stamp>) -> Result<super::wire::stamp::Stamp> {
    at.ok_or_else(|| protocol("an answer without a date"))
}
