//! The change feed: rows by their system stamps, a little behind what was read before, several streams in one call.

use super::everything::{has_more, in_stretch};
use super::people::{OF_A_LEAD, Sight, row_id, sight};
use super::place::{FeedCursor, ListingToken, Place, Progress, Scope, Stream, look_back};
use super::watch::Known;
use super::{MAX_CURSOR_AGE_SECONDS, Salesforce, clock, protocol};
use crate::contract::{Coverage, Next, Page, Result};
use crate::error::ConnectorError;
use crate::http::Trail;
use crate::salesforce::api::{Ask, Part, Rows};
use crate::salesforce::config::SObject;
use crate::salesforce::wire::describe::Describe;
use crate::salesforce::wire::removal::AssignmentKind;
use crate::salesforce::wire::schema::has_account;
use crate::salesforce::wire::stamp::Stamp;
use crate::salesforce::wire::view::TagColumn;
use crate::salesforce::wire::{Row, soql, text};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::ContactId;

/// The most rows of topic assignments that a user without the permission *View All Data* may ask for at once; without
/// a limit, or with a larger one, the query is refused
/// (<https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_limits.htm>).
const MAX_TOPIC_ROWS: u16 = 1_100;

/// What a page of several streams brought.
#[derive(Default)]
struct Harvest {
    seen: BTreeMap<ContactId, Sight>,
    tagged: BTreeSet<ContactId>,
}

/// How the first page of a stream is read.
enum Start {
    /// From here, the stretch that the feed looks back on included.
    Listing(Stamp),
    /// From here, and the stretch before it is counted.
    Counting(Stamp, Known),
}

impl Salesforce {
    /// The first page of what changed since the cursor.
    pub(super) async fn first_changes(&self, cursor: FeedCursor) -> Result<Page> {
        let describe = self.describe().await?;
        let starts: Vec<(Stream, Start)> =
            self.streams(&describe).into_iter().map(|stream| (stream, self.start(stream, &cursor))).collect();
        let mut asks = Vec::new();
        for (stream, start) in &starts {
            match start {
                Start::Listing(from) => asks.push(self.list(&describe, *stream, *from, None, None)?),
                Start::Counting(from, known) => {
                    asks.push(self.list(&describe, *stream, *from, None, None)?);
                    asks.push(self.count(*stream, known.from, *from));
                }
            }
        }
        let answers = self.ask(&asks).await?;
        let now = clock(answers.at)?;
        let is_too_old = now.minus_seconds(MAX_CURSOR_AGE_SECONDS) > cursor.high;
        // A clock that once was wrong by far must not keep the feed waiting for its time to come.
        let is_ahead = look_back(cursor.high) > now;
        if is_too_old || is_ahead {
            return Err(ConnectorError::CursorExpired);
        }
        // A clock that goes back must not take the feed with it.
        let high = now.max(cursor.high);
        let mut parts = answers.parts.into_iter();
        let mut harvest = Harvest::default();
        let mut streams = BTreeMap::new();
        for (stream, start) in starts {
            let rows = self.rows(parts.next())?;
            let progress = match start {
                Start::Listing(from) => self.progress(stream, &rows, high, from, 0)?,
                Start::Counting(from, known) => {
                    let counted = self.rows(parts.next())?.total_size;
                    self.look_back_by_count(stream, &rows, high, from, known, counted)
                }
            };
            streams.insert(stream, progress);
            self.gather(&describe, stream, &rows, &mut harvest)?;
        }
        self.close_page(&describe, harvest, high, streams, Trail::default()).await
    }

    /// Another page of it.
    pub(super) async fn more_changes(
        &self,
        token: ListingToken,
        mut streams: BTreeMap<Stream, Progress>,
    ) -> Result<Page> {
        let describe = self.describe().await?;
        let high = token.high;
        let open: Vec<(Stream, Stamp, Option<Place>, u64)> = streams
            .iter()
            .filter_map(|(stream, progress)| match progress {
                Progress::Open { from, place, counted } => Some((*stream, *from, place.clone(), *counted)),
                Progress::Done(_) => None,
            })
            .collect();
        let mut asks = Vec::new();
        for (stream, from, place, _) in &open {
            asks.push(self.list(&describe, *stream, *from, place.as_ref(), Some(high))?);
        }
        let mut parts = self.ask(&asks).await?.parts.into_iter();
        let mut harvest = Harvest::default();
        for (stream, from, _, counted) in open {
            let rows = self.rows(parts.next())?;
            streams.insert(stream, self.progress(stream, &rows, high, from, counted)?);
            self.gather(&describe, stream, &rows, &mut harvest)?;
        }
        self.close_page(&describe, harvest, high, streams, token.trail()).await
    }

    /// The streams that this app follows.
    fn streams(&self, describe: &Describe) -> Vec<Stream> {
        let object = self.config.object;
        let has_tag_rows =
            self.view(describe, object).is_some_and(|view| matches!(view.tags, TagColumn::Rows { .. }));
        let mut streams = Vec::new();
        if has_tag_rows {
            streams.push(Stream::Tags);
        }
        streams.push(Stream::Rows);
        if object == SObject::Lead && describe.shape(SObject::Contact).is_some() {
            streams.push(Stream::Contacts);
        }
        if describe.shape(SObject::Contact).is_some_and(has_account) {
            streams.push(Stream::Companies);
        }
        streams
    }

    fn start(&self, stream: Stream, cursor: &FeedCursor) -> Start {
        match cursor.known.get(&stream) {
            Some(known)
                if self.may_count(stream)
                    && known.is_worth_counting(cursor.high, self.rows_at_once(stream)) =>
            {
                Start::Counting(cursor.high, *known)
            }
            Some(_) | None => Start::Listing(look_back(cursor.high)),
        }
    }

    /// How many rows of a stream one query may ask for.
    fn rows_at_once(&self, stream: Stream) -> u16 {
        if self.is_of_topics(stream) { self.page_rows().min(MAX_TOPIC_ROWS) } else { self.page_rows() }
    }

    /// Whether the rows of a stream may be counted: a count has no limit.
    fn may_count(&self, stream: Stream) -> bool {
        !self.is_of_topics(stream)
    }

    fn is_of_topics(&self, stream: Stream) -> bool {
        stream == Stream::Tags && matches!(self.tags.assignments(), Some(AssignmentKind::Topic))
    }

    /// Rows of a stream in the order of their stamps: from a moment or after a row, and not beyond `until`, so that
    /// a listing ends however busy the organisation is.
    fn list(
        &self,
        describe: &Describe,
        stream: Stream,
        from: Stamp,
        place: Option<&Place>,
        until: Option<Stamp>,
    ) -> Result<Ask> {
        let fields = match stream {
            Stream::Tags => self.tag_fields(),
            Stream::Rows => self.fields_of(describe, self.config.object)?,
            Stream::Contacts | Stream::Companies => self.fields_of(describe, SObject::Contact)?,
        };
        let (stamp, order) = match stream {
            Stream::Tags | Stream::Rows | Stream::Contacts => {
                ("SystemModstamp", "SystemModstamp ASC, Id ASC")
            }
            Stream::Companies => ("Account.LastModifiedDate", "Id ASC"),
        };
        let from = format!("{stamp} >= {}", soql::moment(from));
        let range = match (stream, place) {
            (_, None) => from,
            (Stream::Companies, Some(place)) => format!("{from} AND Id > {}", soql::quote(&place.id)),
            (Stream::Tags | Stream::Rows | Stream::Contacts, Some(place)) => place.condition(),
        };
        let until = until.map(|until| format!(" AND {stamp} <= {}", soql::moment(until)));
        let (object, only) = self.of(stream);
        Ok(Ask::QueryAll(format!(
            "SELECT {fields} FROM {object} WHERE {range}{}{only} ORDER BY {order} LIMIT {}",
            until.unwrap_or_default(),
            self.rows_at_once(stream),
        )))
    }

    /// How many rows of a stream there are from a moment to before another.
    fn count(&self, stream: Stream, from: Stamp, before: Stamp) -> Ask {
        let (object, only) = self.of(stream);
        let (from, before) = (soql::moment(from), soql::moment(before));
        Ask::QueryAll(format!(
            "SELECT COUNT() FROM {object} WHERE SystemModstamp >= {from} AND SystemModstamp < {before}{only}"
        ))
    }

    /// The object of a stream, and which of its rows.
    fn of(&self, stream: Stream) -> (&'static str, String) {
        match stream {
            Stream::Rows => (self.config.object.name(), String::new()),
            Stream::Companies if self.config.object == SObject::Contact => {
                (SObject::Contact.name(), String::new())
            }
            Stream::Contacts | Stream::Companies => (SObject::Contact.name(), format!(" AND {OF_A_LEAD}")),
            Stream::Tags => match self.tags.assignments() {
                Some(kind @ AssignmentKind::Topic) => {
                    let types = soql::list(self.config.object.family().iter().map(|object| object.name()));
                    (kind.object(), format!(" AND EntityType IN {types}"))
                }
                Some(kind @ AssignmentKind::Campaign) => (kind.object(), String::new()),
                None => ("", String::new()),
            },
        }
    }

    fn tag_fields(&self) -> String {
        let people = self.tags.assignments().map(|kind| kind.people_fields(self.config.object));
        let fields = ["Id", "IsDeleted", "CreatedDate", "SystemModstamp"];
        fields.iter().chain(people.unwrap_or_default()).copied().collect::<Vec<_>>().join(", ")
    }

    fn fields_of(&self, describe: &Describe, object: SObject) -> Result<String> {
        let view = self.view(describe, object).ok_or(protocol("an object without a description"))?;
        Ok(view.select().to_owned())
    }

    fn rows(&self, part: Option<Part>) -> Result<Rows> {
        let part = part.ok_or(protocol("a query without an answer"))?;
        part.rows().map_err(|miss| self.explain_miss(miss))
    }

    /// How far a stream is after these rows.
    fn progress(
        &self,
        stream: Stream,
        rows: &Rows,
        high: Stamp,
        from: Stamp,
        counted: u64,
    ) -> Result<Progress> {
        let counted = match stream {
            Stream::Tags | Stream::Rows | Stream::Contacts => counted + in_stretch(&rows.records, high),
            // Their own stamps say nothing of when their accounts were edited, so they cannot be counted.
            Stream::Companies => 0,
        };
        if !has_more(rows, self.rows_at_once(stream)) {
            return Ok(Progress::Done(Known::listed(high, counted)));
        }
        let last = rows.records.last().ok_or(protocol("a listing that is not done and does not go on"))?;
        let stamp = text(last, "SystemModstamp").and_then(Stamp::parse);
        let stamp = stamp.ok_or(protocol("a row without a system stamp"))?;
        let place = Place { stamp, id: row_id(last)?.as_str().to_owned() };
        Ok(Progress::Open { from, place: Some(place), counted })
    }

    /// How far a stream is whose stretch was counted: done, if the count proves that nothing came to light in it;
    /// else the stretch is listed after all.
    fn look_back_by_count(
        &self,
        stream: Stream,
        rows: &Rows,
        high: Stamp,
        from: Stamp,
        known: Known,
        counted: u64,
    ) -> Progress {
        let stamp = |row: &Row, field: &str| text(row, field).and_then(Stamp::parse);
        // Whatever was there before and has changed since may have been in the stretch.
        let is_old = |row: &&Row| stamp(row, "CreatedDate").is_none_or(|created| created < from);
        let old = rows.records.iter().filter(is_old).map(|_| 1).sum();
        if has_more(rows, self.rows_at_once(stream)) || !known.is_unchanged(counted, old) {
            return Progress::Open { from: look_back(from), place: None, counted: 0 };
        }
        let is_new = |row: &&Row| stamp(row, "SystemModstamp").is_some_and(|stamp| stamp < high);
        Progress::Done(known.extended(counted, rows.records.iter().filter(is_new).map(|_| 1).sum()))
    }

    fn gather(&self, describe: &Describe, stream: Stream, rows: &Rows, harvest: &mut Harvest) -> Result<()> {
        let object = match stream {
            Stream::Rows => self.config.object,
            Stream::Contacts | Stream::Companies => SObject::Contact,
            Stream::Tags => {
                let kind = self.tags.assignments();
                let person = |row| kind?.person(self.config.object, row);
                harvest.tagged.extend(rows.records.iter().filter_map(person));
                return Ok(());
            }
        };
        let view = self.view(describe, object).ok_or(protocol("an object without a description"))?;
        for row in &rows.records {
            harvest.seen.insert(row_id(row)?, sight(row, &view));
        }
        Ok(())
    }

    async fn close_page(
        &self,
        describe: &Describe,
        harvest: Harvest,
        high: Stamp,
        streams: BTreeMap<Stream, Progress>,
        trail: Trail,
    ) -> Result<Page> {
        let known: BTreeMap<Stream, Known> = streams
            .iter()
            .filter_map(|(stream, progress)| match progress {
                Progress::Done(known) => Some((*stream, *known)),
                Progress::Open { .. } => None,
            })
            .collect();
        let next = if known.len() == streams.len() {
            Next::End { cursor: self.cursor(high, known)?, coverage: Coverage::Changes }
        } else {
            Next::Page(self.page_token(high, Scope::Changes { streams }, trail)?)
        };
        Ok(Page { changes: self.tell(describe, harvest.seen, harvest.tagged).await?, next })
    }
}
