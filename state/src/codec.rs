//! How our types stand in columns. Texts that cannot be read back name what they are, never what they
//! say: the error of a JSON parser may quote a contact's value, so it is dropped here.

use crate::error::{Result, StateError};
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use syntony_core::ids::{AppName, ContactId};
use syntony_core::pair::LinkStatus;
use syntony_core::side::{Side, Sides};

/// JSON with sorted keys: equal things have equal texts.
pub(crate) fn encode<T: Serialize + ?Sized>(what: &'static str, thing: &T) -> Result<String> {
    serde_json::to_string(thing).map_err(|_| StateError::Unreadable { what })
}

/// The thing back.
pub(crate) fn decode<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StateError::Unreadable { what })
}

/// The thing back, or its default where the column is null.
pub(crate) fn decode_or_default<T: DeserializeOwned + Default>(
    what: &'static str,
    text: Option<&str>,
) -> Result<T> {
    text.map_or_else(|| Ok(T::default()), |text| decode(what, text))
}

/// A side's text.
pub(crate) fn side_text(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}

/// The side back.
pub(crate) fn side_of(text: &str) -> Result<Side> {
    match text {
        "left" => Ok(Side::Left),
        "right" => Ok(Side::Right),
        _ => Err(StateError::Unreadable { what: "side" }),
    }
}

/// A link status's text.
pub(crate) fn status_text(status: LinkStatus) -> &'static str {
    match status {
        LinkStatus::Active => "active",
        LinkStatus::Trashed(Side::Left) => "trashed_left",
        LinkStatus::Trashed(Side::Right) => "trashed_right",
        LinkStatus::Closed => "closed",
    }
}

/// The link status back.
pub(crate) fn status_of(text: &str) -> Result<LinkStatus> {
    match text {
        "active" => Ok(LinkStatus::Active),
        "trashed_left" => Ok(LinkStatus::Trashed(Side::Left)),
        "trashed_right" => Ok(LinkStatus::Trashed(Side::Right)),
        "closed" => Ok(LinkStatus::Closed),
        _ => Err(StateError::Unreadable { what: "link status" }),
    }
}

/// A contact id from a column.
pub(crate) fn contact_id(row: &Row<'_>, column: &str) -> Result<ContactId> {
    Ok(ContactId::new(row.get::<_, String>(column)?))
}

/// Two contact ids, each perhaps null.
pub(crate) fn contact_ids(row: &Row<'_>, columns: Sides<&str>) -> Result<Sides<Option<ContactId>>> {
    Ok(Sides {
        left: row.get::<_, Option<String>>(columns.left)?.map(ContactId::new),
        right: row.get::<_, Option<String>>(columns.right)?.map(ContactId::new),
    })
}

/// An app's name from a column.
pub(crate) fn app_name(row: &Row<'_>, column: &str) -> Result<AppName> {
    Ok(AppName::new(row.get::<_, String>(column)?))
}

/// A limit as SQLite wants it. One that does not fit is no limit.
pub(crate) fn limit(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}

/// A count as SQLite gives it; counts are never negative.
pub(crate) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
