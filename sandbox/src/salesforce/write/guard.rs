//! Conditional writes: `If-Unmodified-Since` and `If-Modified-Since`, which rows of every object take.
//!
//! Both compare with `LastModifiedDate` in whole seconds, so two edits within one second cannot be told
//! apart, and a stamp that only the system moved does not count. `DELETE` does not take them: a client
//! that sends one deletes unguarded, and the simulator warns of nothing either.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/intro_rest_conditional_requests.htm>

use super::super::error::ApiError;
use super::super::moment;
use axum::http::{HeaderMap, HeaderName, header};

/// What the client asked for before it wants its write done. Whole seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Guard {
    unmodified_since: Option<i64>,
    modified_since: Option<i64>,
}

impl Guard {
    /// Reads the headers of a write.
    ///
    /// # Errors
    /// 400 for a date that is none; the documents give the status alone, so the code is a guess.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        Ok(Self {
            unmodified_since: date(headers, &header::IF_UNMODIFIED_SINCE)?,
            modified_since: date(headers, &header::IF_MODIFIED_SINCE)?,
        })
    }

    /// Whether the row may be written.
    ///
    /// # Errors
    /// 412 if somebody changed it since, or nobody did. Only the status is documented.
    pub(super) fn admit(self, last_modified_s: i64) -> Result<(), ApiError> {
        let changed = self.unmodified_since.is_some_and(|since| last_modified_s > since);
        let unchanged = self.modified_since.is_some_and(|since| last_modified_s <= since);
        if changed || unchanged {
            let text = "The conditions of the request's headers are not satisfied.";
            return Err(ApiError::new(412, "PRECONDITION_FAILED", text));
        }
        Ok(())
    }
}

/// Only the form with `GMT` counts: the documents give one pattern, and clients that write an offset fail.
fn date(headers: &HeaderMap, name: &HeaderName) -> Result<Option<i64>, ApiError> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let seconds = moment::read_http_date(text);
    match seconds.filter(|seconds| moment::http_date(seconds.saturating_mul(1_000)) == text) {
        Some(seconds) => Ok(Some(seconds)),
        None => {
            let text = format!("The value of {name} is not a date of the form EEE, dd MMM yyyy HH:mm:ss z");
            Err(ApiError::new(400, "INVALID_HTTP_HEADER_VALUE", text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    /// 2026-01-05T08:00:00Z, the moment of the header.
    const MOMENT_S: i64 = 1_767_600_000;

    fn check(name: HeaderName, value: &'static str, last_modified_s: i64, expected: Result<(), u16>) {
        let headers = HeaderMap::from_iter([(name.clone(), HeaderValue::from_static(value))]);
        let told = Guard::of(&headers).and_then(|guard| guard.admit(last_modified_s));
        assert_eq!(told.map_err(|error| error.status), expected, "{name}: {value}, {last_modified_s}");
    }

    #[test]
    fn within_one_second_nothing_is_noticed() {
        const SINCE: &str = "Mon, 05 Jan 2026 08:00:00 GMT";
        check(header::IF_UNMODIFIED_SINCE, SINCE, MOMENT_S - 1, Ok(()));
        check(header::IF_UNMODIFIED_SINCE, SINCE, MOMENT_S, Ok(()));
        check(header::IF_UNMODIFIED_SINCE, SINCE, MOMENT_S + 1, Err(412));
        check(header::IF_MODIFIED_SINCE, SINCE, MOMENT_S, Err(412));
        check(header::IF_MODIFIED_SINCE, SINCE, MOMENT_S + 1, Ok(()));
    }

    #[test]
    fn a_date_in_another_form_is_refused_and_not_ignored() {
        for value in ["2026-01-05T08:00:00Z", "Mon, 05 Jan 2026 08:00:00 +0000", "yesterday", ""] {
            check(header::IF_UNMODIFIED_SINCE, value, MOMENT_S, Err(400));
        }
    }
}
