//! `updated` and `deleted`: the ids of what changed between two minutes.
//!
//! What a transaction that is still open has stamped is not told, and `latestDateCovered` says how far
//! back that reaches.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getupdated.htm>
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm>

use super::error::{Answer, ApiError};
use super::moment;
use super::org::State;
use super::schema::Object;
use super::store::Act;
use super::wire::Request;
use serde_json::{Value as Json, json};

const DAY_SECONDS: i64 = 24 * 3600;
/// How far back `updated` reaches.
const UPDATED_SECONDS: i64 = 30 * DAY_SECONDS;
/// How far back `deleted` reaches.
const DELETED_SECONDS: i64 = 15 * DAY_SECONDS;
/// The most ids of one answer.
const MAX_IDS: usize = 600_000;

/// `GET /sobjects/Contact/updated?start=…&end=…`
pub(super) fn updated(state: &State, request: &Request, object: &str, act: &Act) -> Answer {
    let object = replicated(state, object)?;
    let span = Span::read(request, UPDATED_SECONDS, act)?;
    let table = state.store.table(object);
    let rows = table.ids_since(span.start_s).filter_map(|id| state.store.visible(id, act.now_ms));
    let rows = rows.filter(|row| !row.is_deleted && span.holds(row.modstamp_s));
    let ids: Vec<Json> = rows.map(|row| row.id.as_str().into()).collect();
    at_most(ids.len())?;
    Ok(json!({ "ids": ids, "latestDateCovered": span.covered(state, act) }))
}

/// `GET /sobjects/Contact/deleted?start=…&end=…`
pub(super) fn deleted(state: &State, request: &Request, object: &str, act: &Act) -> Answer {
    let object = replicated(state, object)?;
    let span = Span::read(request, DELETED_SECONDS, act)?;
    let rows = state.store.table(object).rows();
    let rows = rows.filter_map(|row| state.store.visible(row.id, act.now_ms));
    let binned = rows.filter_map(|row| Some((row.id, row.deleted_s?)));
    let graves = state.store.graves().iter().filter(|grave| grave.id.object() == Some(object));
    let gone = binned.chain(graves.map(|grave| (grave.id, grave.deleted_s)));
    let mut told: Vec<_> = gone.filter(|(_, deleted_s)| span.holds(*deleted_s)).collect();
    told.sort_by_key(|(id, deleted_s)| (*deleted_s, *id));
    at_most(told.len())?;
    let records: Vec<Json> = told
        .into_iter()
        .map(|(id, deleted_s)| json!({ "id": id.as_str(), "deletedDate": moment::stamp(deleted_s) }))
        .collect();
    let earliest = state.store.graves().iter().map(|grave| grave.deleted_s).max();
    let earliest = earliest.unwrap_or(act.seconds() - DELETED_SECONDS);
    Ok(json!({
        "deletedRecords": records,
        "earliestDateAvailable": moment::stamp(earliest),
        "latestDateCovered": span.covered(state, act),
    }))
}

fn replicated(state: &State, object: &str) -> Result<Object, ApiError> {
    let described = state.described(object).ok_or_else(ApiError::not_found)?;
    Ok(described.object)
}

fn at_most(ids: usize) -> Result<(), ApiError> {
    if ids > MAX_IDS {
        return Err(ApiError::bad("EXCEEDED_ID_LIMIT", "exceeded the limit of ids: use a smaller time span"));
    }
    Ok(())
}

/// Whole minutes, in seconds since 1970, both included.
struct Span {
    start_s: i64,
    end_s: i64,
}

impl Span {
    fn read(request: &Request, reaches_seconds: i64, act: &Act) -> Result<Self, ApiError> {
        let minute = |name: &str| {
            let text = request.parameter(name).unwrap_or_default();
            let ms = moment::read_moment(text).ok_or_else(|| {
                ApiError::bad("INVALID_FIELD", format!("{name} must be a dateTime with its offset"))
            })?;
            Ok::<i64, ApiError>(ms.div_euclid(60_000) * 60)
        };
        let span = Self { start_s: minute("start")?, end_s: minute("end")? };
        let refused = |why: &str| Err(ApiError::bad("INVALID_REPLICATION_DATE", why));
        if span.start_s >= span.end_s {
            return refused("startDate must be before endDate by more than a minute");
        }
        if span.start_s < act.seconds() - reaches_seconds {
            let days = reaches_seconds / DAY_SECONDS;
            return refused(&format!("startDate cannot be more than {days} days ago"));
        }
        Ok(span)
    }

    fn holds(&self, seconds: i64) -> bool {
        (self.start_s..=self.end_s).contains(&seconds)
    }

    /// Up to where nothing can turn up later: before the oldest transaction that is still open.
    fn covered(&self, state: &State, act: &Act) -> String {
        let now_s = act.seconds().div_euclid(60) * 60;
        let open_s = state.store.oldest_open_s().map_or(i64::MAX, |open_s| open_s.div_euclid(60) * 60);
        moment::stamp(self.end_s.min(now_s).min(open_s))
    }
}
