//! Moments and days, as the API writes and reads them. Stamps have whole seconds.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/intro_valid_date_formats.htm>

use chrono::{DateTime, NaiveDate, Utc};

/// `2026-01-05T08:00:00.000+0000`
pub(super) fn stamp(seconds: i64) -> String {
    moment(seconds.saturating_mul(1_000))
}

/// The same of milliseconds.
pub(super) fn moment(ms: i64) -> String {
    utc(ms).format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// Reads a moment with its offset, in milliseconds since 1970; milliseconds in the text are optional, and
/// so is the colon in the offset.
pub(super) fn read_moment(text: &str) -> Option<i64> {
    let colon = DateTime::parse_from_rfc3339(text);
    let read = colon.or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")).ok()?;
    // RFC 3339 lets a space and small letters stand for the `T` and the `Z`; Salesforce does not.
    let plain = !text.contains([' ', 't', 'z']);
    plain.then(|| read.timestamp_millis())
}

/// Whether this is a day, `2026-01-05`.
pub(super) fn is_day(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// The day of a moment, in UTC.
pub(super) fn day(ms: i64) -> String {
    utc(ms).format("%Y-%m-%d").to_string()
}

/// `Mon, 05 Jan 2026 08:00:00 GMT`, as HTTP headers have it.
pub(super) fn http_date(ms: i64) -> String {
    utc(ms).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads an HTTP header's date, in seconds since 1970.
pub(super) fn read_http_date(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|date| date.timestamp())
}

fn utc(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FIXED_START_MS;

    #[test]
    fn a_moment_is_written_and_read() {
        let written = stamp(FIXED_START_MS / 1_000);
        assert_eq!(written, "2026-01-05T08:00:00.000+0000");
        let same =
            [&*written, "2026-01-05T08:00:00Z", "2026-01-05T09:00:00+01:00", "2026-01-05T08:00:00.000Z"];
        for text in same {
            assert_eq!(read_moment(text), Some(FIXED_START_MS), "{text}");
        }
        for text in ["2026-01-05", "2026-01-05T08:00:00", "2026-01-05 08:00:00Z", "today"] {
            assert_eq!(read_moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_header_date_is_written_and_read() {
        let written = http_date(FIXED_START_MS);
        assert_eq!(written, "Mon, 05 Jan 2026 08:00:00 GMT");
        assert_eq!(read_http_date(&written), Some(FIXED_START_MS / 1_000));
        assert_eq!(read_http_date("2026-01-05"), None);
    }
}
