//! How the values of one mapping compare, and how they get from one side to the other.

use super::Options;
use crate::convert::{Target, plain};
use crate::normalise::{address, date, email, name, phone::Numbers, text, url};
use chrono_tz::Tz;
use syntony_core::lens::{Atom, Certainty, Entry, Refusal, View};
use syntony_core::side::Side;
use syntony_core::value::Value;

/// What two values of a mapping have in common when they are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The text, or what is printed of a number, a truth, a day.
    Text,
    /// Text that is a name.
    Name,
    /// The mailbox.
    Email,
    /// The number.
    Phone,
    /// The web address.
    Url,
    /// The day, in the connection's time zone.
    Day,
    /// The millisecond.
    Moment,
    /// The option, in the left side's words.
    Option(Options),
    /// The address, part by part.
    Address,
}

/// The terms that both sides of a mapping share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How values compare.
    pub comparison: Comparison,
    /// The connection's time zone: it says which day a moment is on.
    pub timezone: Tz,
    /// The country (ISO 3166) of telephone numbers that name none, if it is known.
    pub default_region: Option<String>,
}

impl Terms {
    /// Something that makes keys. Telephone numbers need to be seen together: `values` are all that the
    /// lens was given, `wanted` a view that is to be written.
    pub(super) fn keyer<'v>(
        &self,
        values: impl IntoIterator<Item = &'v Value>,
        wanted: Option<&'v View>,
    ) -> Keyer<'_> {
        let numbers = match &self.comparison {
            Comparison::Phone => self.numbers(values, wanted),
            Comparison::Text
            | Comparison::Name
            | Comparison::Email
            | Comparison::Url
            | Comparison::Day
            | Comparison::Moment
            | Comparison::Option(_)
            | Comparison::Address => Numbers::default(),
        };
        Keyer { terms: self, numbers }
    }

    fn numbers<'a>(&self, values: impl IntoIterator<Item = &'a Value>, wanted: Option<&'a View>) -> Numbers {
        let mut known: Vec<&str> = Vec::new();
        for value in values {
            known.extend(value.as_text());
            known.extend(super::items(value).iter().filter_map(|item| item.value.as_text()));
        }
        for entry in wanted.into_iter().flat_map(View::values).flat_map(Atom::entries) {
            known.push(&entry.key);
            known.extend(entry.value.as_text());
        }
        Numbers::new(self.default_region.as_deref(), known)
    }

    /// The entry as `target`, a field of `side`, would hold it.
    pub(super) fn place(&self, side: Side, entry: &Entry, target: &Target) -> Result<Value, Refusal> {
        let Comparison::Option(options) = &self.comparison else {
            return target.accept(&entry.value, self.timezone);
        };
        let shared = plain(&entry.value, self.timezone);
        match options.placed(side, &entry.key, &shared) {
            Some(option) => target.accept(&Value::text(option), self.timezone),
            None => Err(Refusal::NotAnOption { allowed: target.spec.options.clone() }),
        }
    }
}

/// Makes the keys of one reading of a mapping.
pub(super) struct Keyer<'a> {
    terms: &'a Terms,
    numbers: Numbers,
}

impl Keyer<'_> {
    /// The comparison form; empty for an empty value.
    pub(super) fn key(&self, side: Side, value: &Value) -> String {
        if value.is_empty() {
            return String::new();
        }
        let timezone = self.terms.timezone;
        let printed = || plain(value, timezone);
        match &self.terms.comparison {
            Comparison::Text => text::key(&printed()),
            Comparison::Name => name::key(&printed()),
            Comparison::Email => {
                let address = printed();
                email::key(&address).map_or_else(|| text::loose_key(&address), |key| key.as_str().to_owned())
            }
            Comparison::Phone => self.numbers.key(&printed()),
            Comparison::Url => url::key(&printed()),
            Comparison::Day => day_key(value, timezone).unwrap_or_else(|| text::key(&printed())),
            Comparison::Moment => moment_key(value).unwrap_or_else(|| text::key(&printed())),
            Comparison::Option(options) => options.key(side, &printed()),
            Comparison::Address => match value {
                Value::Address(whole) => address::key(whole),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Text(_)
                | Value::Date(_)
                | Value::DateTime(_)
                | Value::List(_) => text::key(&printed()),
            },
        }
    }

    /// The value as an entry in shared terms; `None` for an empty one.
    pub(super) fn entry(&self, side: Side, value: &Value, label: Option<&str>) -> Option<Entry> {
        let key = self.key(side, value);
        if key.is_empty() {
            return None;
        }
        let shared = match &self.terms.comparison {
            Comparison::Option(options) => {
                Value::text(options.shared(side, &plain(value, self.terms.timezone)))
            }
            Comparison::Text
            | Comparison::Name
            | Comparison::Email
            | Comparison::Phone
            | Comparison::Url
            | Comparison::Day
            | Comparison::Moment
            | Comparison::Address => value.clone(),
        };
        Some(Entry { key, value: shared, label: label.map(str::to_owned), certainty: Certainty::Sure })
    }

    /// The entries of a list, each value once, in the vendor's order.
    pub(super) fn entries(&self, side: Side, list: &Value) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for item in super::items(list) {
            let entry = self.entry(side, &item.value, item.label.as_deref());
            entries.extend(entry.filter(|entry| !super::has(&entries, &entry.key)));
        }
        entries
    }
}

fn day_key(value: &Value, timezone: Tz) -> Option<String> {
    match value {
        Value::Date(day) => Some(date::key(*day)),
        Value::DateTime(millis) => date::day_of(*millis, timezone).map(date::key),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Address(_)
        | Value::List(_) => None,
    }
}

fn moment_key(value: &Value) -> Option<String> {
    match value {
        Value::DateTime(millis) => Some(millis.to_string()),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Date(_)
        | Value::Address(_)
        | Value::List(_) => None,
    }
}
