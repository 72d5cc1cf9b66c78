//! The complete listing, in the order of ids: it can go on anywhere, and needs no cursor of the vendor's.

use super::place::{ListingToken, Scope, Stream, look_back};
use super::watch::Known;
use super::{Salesforce, clock, protocol};
use crate::contract::{Coverage, Next, Page, Result};
use crate::http::Trail;
use crate::salesforce::api::{Ask, Rows};
use crate::salesforce::feed::people::{row_id, sight};
use crate::salesforce::wire::stamp::Stamp;
use crate::salesforce::wire::{Row, soql, text};
use std::collections::{BTreeMap, BTreeSet};

impl Salesforce {
    /// One page of everything; `None` for the first.
    pub(super) async fn page_of_everything(&self, token: Option<ListingToken>) -> Result<Page> {
        let describe = match token {
            Some(_) => self.describe().await?,
            // Fields may have come and gone since.
            None => self.describe_again().await?,
        };
        let object = self.config.object;
        let view = self.view(&describe, object).ok_or(protocol("an object without a description"))?;
        let (after, counted) = match token.as_ref().map(|token| &token.of) {
            Some(Scope::Everything { after, counted }) => (Some(after.as_str()), *counted),
            Some(Scope::Changes { .. }) | None => (None, 0),
        };
        let condition = after.map(|id| format!(" WHERE Id > {}", soql::quote(id))).unwrap_or_default();
        let limit = self.page_rows();
        let (fields, from) = (view.select(), object.name());
        let query = format!("SELECT {fields} FROM {from}{condition} ORDER BY Id ASC LIMIT {limit}");
        let answers = self.ask(&[Ask::Query(query)]).await?;
        let high = match &token {
            Some(token) => token.high,
            None => clock(answers.at)?,
        };
        let part = answers.parts.into_iter().next().ok_or(protocol("a query without an answer"))?;
        let rows = part.rows().map_err(|miss| self.explain_miss(miss))?;

        let counted = counted + in_stretch(&rows.records, high);
        let next = self.after_page(&rows, high, counted, token)?;
        let mut seen = BTreeMap::new();
        for row in &rows.records {
            seen.insert(row_id(row)?, sight(row, &view));
        }
        Ok(Page { changes: self.tell(&describe, seen, BTreeSet::new()).await?, next })
    }

    fn after_page(
        &self,
        rows: &Rows,
        high: Stamp,
        counted: u64,
        token: Option<ListingToken>,
    ) -> Result<Next> {
        if !has_more(rows, self.page_rows()) {
            let known = BTreeMap::from([(Stream::Rows, Known::listed(high, counted))]);
            return Ok(Next::End { cursor: self.cursor(high, known)?, coverage: Coverage::Everything });
        }
        let last = rows.records.last().ok_or(protocol("a listing that is not done and does not go on"))?;
        let after = row_id(last)?.as_str().to_owned();
        let trail = token.map_or_else(Trail::default, ListingToken::trail);
        self.page_token(high, Scope::Everything { after, counted }, trail).map(Next::Page)
    }
}

/// Whether there are more rows than these. Pages may be shorter than asked for; only Salesforce says what is the
/// last one, and a full page says nothing, because it was asked for no more.
pub(super) fn has_more(rows: &Rows, limit: u16) -> bool {
    !rows.done || rows.records.len() >= usize::from(limit)
}

/// How many of the rows are in the stretch that a feed looks back on which stands at `high`.
pub(super) fn in_stretch(rows: &[Row], high: Stamp) -> u64 {
    let stretch = look_back(high)..high;
    let stamps = rows.iter().filter_map(|row| text(row, "SystemModstamp").and_then(Stamp::parse));
    stamps.filter(|stamp| stretch.contains(stamp)).map(|_| 1).sum()
}
