//! What Salesforce makes of a value before it stores it.
//!
//! Text is trimmed, empty text is nothing, e-mail addresses become lower case where the org says so, and
//! moments are told in UTC. Whether a value may be stored at all is not asked here.

use super::moment;
use super::schema::{Field, Kind};
use super::settings::Settings;
use crate::normal;
use rlibphonenumber::Region;
use serde_json::Value as Json;

/// The value as it will be read.
pub(super) fn value(field: &Field, given: Json, settings: &Settings) -> Json {
    match given {
        Json::String(text) => match text.trim() {
            "" => Json::Null,
            trimmed => tidied(field, trimmed, settings).into(),
        },
        // A boolean cannot be null: it is false then.
        Json::Null if field.kind == Kind::Boolean => Json::Bool(false),
        other => other,
    }
}

fn tidied(field: &Field, text: &str, settings: &Settings) -> String {
    match field.kind {
        Kind::Email if settings.lower_cases_emails => text.to_lowercase(),
        Kind::DateTime => moment::read_moment(text).map_or_else(|| text.to_owned(), moment::moment),
        Kind::MultiPicklist => chosen(field, text),
        Kind::Id
        | Kind::Reference
        | Kind::Text
        | Kind::TextArea
        | Kind::Email
        | Kind::Phone
        | Kind::Url
        | Kind::Picklist
        | Kind::Boolean
        | Kind::Int
        | Kind::Double
        | Kind::Currency
        | Kind::Date
        | Kind::Address => text.to_owned(),
    }
}

/// What an org with triggers of its own makes of a value that is stored. Ids, options and moments stay.
pub(super) fn reshaped(kind: Kind, value: Json) -> Json {
    /// Where numbers without a country code are taken to be.
    const HOME: Region = Region::US;
    let Json::String(text) = &value else { return value };
    match kind {
        Kind::Text => normal::text(text).into(),
        Kind::TextArea => normal::lines(text).into(),
        Kind::Email => normal::email(text).into(),
        Kind::Phone => normal::phone(text, HOME).into(),
        Kind::Id
        | Kind::Reference
        | Kind::Url
        | Kind::Picklist
        | Kind::MultiPicklist
        | Kind::Boolean
        | Kind::Int
        | Kind::Double
        | Kind::Currency
        | Kind::Date
        | Kind::DateTime
        | Kind::Address => value,
    }
}

/// Each option once, in the order of the field's options; others behind them.
fn chosen(field: &Field, text: &str) -> String {
    let mut parts: Vec<&str> = text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
    let place = |part: &str| {
        let at = field.options.iter().position(|option| option.value.eq_ignore_ascii_case(part));
        at.unwrap_or(field.options.len())
    };
    parts.sort_by_key(|part| place(part));
    parts.dedup();
    parts.join(";")
}
