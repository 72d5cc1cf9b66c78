//! Days of which not every side knows the year.
//!
//! A birthday without a year never gets one that nobody said; a side that knows the year does not lose it to
//! a side that knows none.

use crate::normalise::date;
use chrono_tz::Tz;
use syntony_core::lens::{Atom, Entry};
use syntony_core::value::{Date, Value};

/// The year of a day or a moment, if it is known.
pub(super) fn year_of(value: &Value, timezone: Tz) -> Option<i32> {
    day_of(value, timezone)?.year
}

fn day_of(value: &Value, timezone: Tz) -> Option<Date> {
    match value {
        Value::Date(day) => Some(*day),
        Value::DateTime(millis) => date::day_of(*millis, timezone),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Address(_)
        | Value::List(_) => None,
    }
}

/// The entry in that year, if it is a day without one. The day need not exist in it (29 February): then the
/// target refuses it, rather than take another day or forget the year.
pub(super) fn in_year(entry: &Entry, year: Option<i32>) -> Entry {
    match (&entry.value, year) {
        (Value::Date(day @ Date { year: None, .. }), Some(_)) => {
            let day = Date { year, ..*day };
            Entry { key: date::key(day), value: Value::Date(day), ..entry.clone() }
        }
        _ => entry.clone(),
    }
}

/// Whether `less` is the day that `more` is (or is on), without the year that `more` has.
pub(super) fn differ_in_year_alone(less: &Atom, more: &Atom, timezone: Tz) -> bool {
    let (Atom::One(less), Atom::One(more)) = (less, more) else { return false };
    let Value::Date(Date { year: None, month, day }) = less.value else { return false };
    day_of(&more.value, timezone)
        .is_some_and(|more| more.year.is_some() && (more.month, more.day) == (month, day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntony_core::lens::Certainty;

    fn entry(year: Option<i32>, month: u8, day: u8) -> Entry {
        let day = Date { year, month, day };
        Entry { key: date::key(day), value: Value::Date(day), label: None, certainty: Certainty::Sure }
    }

    #[test]
    fn a_year_is_kept_and_none_is_replaced() {
        assert_eq!(in_year(&entry(None, 4, 16), Some(1990)).key, "1990-04-16");
        assert_eq!(in_year(&entry(None, 4, 16), None).key, "--04-16");
        assert_eq!(in_year(&entry(Some(1991), 4, 16), Some(1990)).key, "1991-04-16");
    }

    #[test]
    fn a_day_is_the_same_day_without_its_year_and_in_no_other_way() {
        let atom = |year, day| Atom::One(entry(year, 4, day));
        let differ = |less: &Atom, more: &Atom| differ_in_year_alone(less, more, Tz::UTC);
        assert!(differ(&atom(None, 15), &atom(Some(1990), 15)));
        assert!(!differ(&atom(Some(1990), 15), &atom(None, 15)));
        assert!(!differ(&atom(None, 15), &atom(Some(1990), 16)));
        assert!(!differ(&atom(Some(1991), 15), &atom(Some(1990), 15)));
    }
}
