//! Query parameters. One that the method does not have is refused: a misspelt filter must not turn into
//! a listing of everything.

use super::listing::Window;
use super::member::Seconds;
use super::problem::Problem;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::{Map, Value as Json};

/// What a page holds when nobody says.
const DEFAULT_COUNT: usize = 10;
/// The most that a page holds.
const MAX_COUNT: usize = 1_000;

/// The parameters of one call, decoded, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// From a query string or a form. A plus sign is a blank, also in a time zone.
    pub(super) fn decode(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// From the `params` of an operation in a batch.
    pub(super) fn of(params: &Map<String, Json>) -> Self {
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self(params.iter().map(|(name, value)| (name.clone(), text(value))).collect())
    }

    /// Refuses every parameter that is not among these.
    pub(super) fn allow(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => Err(Problem::field(name.clone(), "This query parameter is not known.")),
        }
    }

    /// The value of a parameter; an empty one is none.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// A switch, which is off unless it is on. In any case: the vendor's own Python client writes `True`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.one(name).map(str::to_ascii_lowercase).as_deref() {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(Problem::field(name, "Schema describes boolean, string found instead")),
        }
    }

    /// Which part of the answer.
    pub(super) fn window(&self) -> Result<Window, Problem> {
        let count = self.number("count")?.unwrap_or(DEFAULT_COUNT);
        if count > MAX_COUNT {
            return Err(Problem::field("count", "Value is greater than maximum of 1000"));
        }
        Ok(Window { count, offset: self.number("offset")?.unwrap_or(0) })
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Problem> {
        let refused = |_| Problem::field(name, "Schema describes integer, string found instead");
        self.one(name).map(|text| text.parse().map_err(refused)).transpose()
    }

    /// A moment in ISO 8601, cut to its second.
    pub(super) fn moment(&self, name: &str) -> Result<Option<Seconds>, Problem> {
        let refused = || Problem::field(name, "Please enter a date and time in ISO 8601 format");
        self.one(name).map(|text| moment(text).ok_or_else(refused)).transpose()
    }
}

/// Seconds since 1970; without a zone it is UTC.
pub(super) fn moment(text: &str) -> Option<Seconds> {
    let zoned = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    if let Ok(zoned) = zoned {
        return Some(zoned.timestamp());
    }
    let plain = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S"));
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN));
    plain.or_else(|_| day()).ok().map(|moment| moment.and_utc().timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_sign_that_was_not_escaped_is_no_time_zone() {
        let at = |text: &str| Query::decode(format!("since={text}").as_bytes()).moment("since");
        for good in [
            "2026-01-05T08:00:00%2B00:00",
            "2026-01-05T08:00:00Z",
            "2026-01-05T09:00:00%2B0100",
            "2026-01-05T08:00:00.999Z",
            "2026-01-05T08:00:00",
        ] {
            assert_eq!(at(good), Ok(Some(1_767_600_000)), "{good}");
        }
        assert_eq!(at("2026-01-05"), Ok(Some(1_767_571_200)));
        assert_eq!(at(""), Ok(None));
        for bad in ["2026-01-05T08:00:00+00:00", "yesterday", "1767600000", "2026-13-01"] {
            assert_eq!(at(bad).unwrap_err().status(), 400, "{bad}");
        }
    }

    #[test]
    fn a_page_is_ten_unless_it_is_said_and_never_above_a_thousand() {
        let window =
            |text: &str| Query::decode(text.as_bytes()).window().map(|window| (window.offset, window.count));
        assert_eq!(window(""), Ok((0, 10)));
        assert_eq!(window("count=1000&offset=20"), Ok((20, 1000)));
        assert_eq!(window("count=0"), Ok((0, 0)));
        for bad in ["count=1001", "count=-1", "count=ten", "offset=-1"] {
            assert!(window(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_switch_is_read_as_the_vendors_own_client_writes_it() {
        for (text, expected) in [
            ("", Some(false)),
            ("a=True", Some(true)),
            ("a=false", Some(false)),
            ("a=1", Some(true)),
            ("a=yes", None),
        ] {
            assert_eq!(Query::decode(text.as_bytes()).flag("a").ok(), expected, "{text}");
        }
    }
}
