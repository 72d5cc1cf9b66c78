//! Salesforce's moments: `2021-11-06T17:38:40.000+0000` in answers, `2021-11-06T17:38:40Z` in queries.
//!
//! System stamps have whole seconds, so a stamp here is a number of seconds.

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use std::time::{Duration, UNIX_EPOCH};

/// A moment in whole seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::salesforce) struct Stamp(i64);

impl Stamp {
    /// The moment of a system field, without its fraction.
    pub(in crate::salesforce) fn parse(text: &str) -> Option<Self> {
        Some(Self(epoch_ms(text)?.div_euclid(1_000)))
    }

    /// The moment of a `Date` header.
    pub(in crate::salesforce) fn of_header(text: &str) -> Option<Self> {
        let since = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self(i64::try_from(since.as_secs()).ok()?))
    }

    /// So many seconds earlier.
    pub(in crate::salesforce) fn minus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Milliseconds since 1970.
    pub(in crate::salesforce) fn epoch_ms(self) -> i64 {
        self.0.saturating_mul(1_000)
    }

    /// As it stands in a query.
    pub(in crate::salesforce) fn to_soql(self) -> String {
        let moment = DateTime::from_timestamp(self.0.max(0), 0).unwrap_or_default();
        moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// As it stands in a header such as `If-Unmodified-Since`.
    pub(in crate::salesforce) fn to_header(self) -> String {
        let seconds = u64::try_from(self.0).unwrap_or(0);
        let moment = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH);
        httpdate::fmt_http_date(moment)
    }
}

/// Milliseconds since 1970 of a moment as Salesforce writes it: the offset has no colon.
pub(in crate::salesforce) fn epoch_ms(text: &str) -> Option<i64> {
    let moment = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")
        .or_else(|_| DateTime::parse_from_rfc3339(text))
        .ok()?;
    Some(moment.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_in_all_its_forms() {
        let stamp = Stamp::parse("2021-11-06T17:38:40.000+0000").unwrap();
        assert_eq!(stamp, Stamp::parse("2021-11-06T18:38:40.999+0100").unwrap());
        assert_eq!(stamp, Stamp::parse("2021-11-06T17:38:40Z").unwrap());
        assert_eq!(stamp, Stamp::of_header("Sat, 06 Nov 2021 17:38:40 GMT").unwrap());
        assert_eq!(stamp.to_soql(), "2021-11-06T17:38:40Z");
        assert_eq!(stamp.to_header(), "Sat, 06 Nov 2021 17:38:40 GMT");
        assert_eq!(stamp.minus_seconds(40).to_soql(), "2021-11-06T17:38:00Z");
        assert_eq!(stamp.epoch_ms(), 1_636_220_320_000);
        for bad in ["", "2021-11-06", "yesterday", "2021-13-06T17:38:40.000+0000"] {
            assert_eq!(Stamp::parse(bad), None, "{bad}");
        }
    }
}
