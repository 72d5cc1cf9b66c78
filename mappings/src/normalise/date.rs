//! Days and moments: a day has no time zone, a moment has no day until somebody says where.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use syntony_core::value::Date;

/// Steps after midnight at which a day may begin where a clock change skips midnight.
const DAY_BEGINS_AFTER_MINUTES: [u32; 6] = [0, 30, 60, 90, 120, 180];

/// The comparison form of a day: `1990-04-15`, `--04-15` without a year.
#[must_use]
pub fn key(date: Date) -> String {
    date.to_string()
}

/// Which day a moment (milliseconds since 1970) is on in `timezone`; `None` if it is outside the calendar.
#[must_use]
pub fn day_of(millis: i64, timezone: Tz) -> Option<Date> {
    let local = DateTime::from_timestamp_millis(millis)?.with_timezone(&timezone).date_naive();
    Date::new(Some(local.year()), u8::try_from(local.month()).ok()?, u8::try_from(local.day()).ok()?)
}

/// The moment (milliseconds since 1970) at which a day begins in `timezone`. `None` for a day without a
/// year: none is ever invented.
#[must_use]
pub fn start_of(date: Date, timezone: Tz) -> Option<i64> {
    let day = NaiveDate::from_ymd_opt(date.year?, date.month.into(), date.day.into())?;
    // Somewhere in the world midnight does not exist on the day of a clock change.
    let begins = DAY_BEGINS_AFTER_MINUTES.into_iter().find_map(|minutes| {
        let time = NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0)?;
        timezone.from_local_datetime(&day.and_time(time)).earliest()
    })?;
    Some(begins.timestamp_millis())
}

/// A moment as text, with the offset that `timezone` has then; `None` if it is outside the calendar.
#[must_use]
pub fn moment_text(millis: i64, timezone: Tz) -> Option<String> {
    Some(DateTime::from_timestamp_millis(millis)?.with_timezone(&timezone).to_rfc3339())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_birthday_without_a_year_gets_none() {
        let date = Date::new(None, 2, 29).unwrap();
        assert_eq!(start_of(date, Tz::UTC), None);
        assert_eq!(key(date), "--02-29");
    }

    #[test]
    fn a_day_that_has_no_midnight_still_begins() {
        // Clocks in Beirut went from 00:00 to 01:00 on 2022-03-27.
        let date = Date::new(Some(2022), 3, 27).unwrap();
        let begins = start_of(date, Tz::Asia__Beirut).unwrap();
        assert_eq!(day_of(begins, Tz::Asia__Beirut), Some(date));
    }

    proptest! {
        // Scenario 42: whatever the time zone, a day stays the same day.
        #[test]
        fn no_time_zone_shifts_a_day(
            year in 1900i32..2100, month in 1u8..=12, day in 1u8..=28,
            zone in proptest::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
        ) {
            let date = Date::new(Some(year), month, day).unwrap();
            // Samoa and others left out whole days when they crossed the date line.
            if let Some(begins) = start_of(date, zone) {
                prop_assert_eq!(day_of(begins, zone), Some(date));
            }
        }
    }
}
