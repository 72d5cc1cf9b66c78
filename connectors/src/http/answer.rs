//! What a vendor answered: a status and a body of bounded size.

use super::error::HttpError;
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Duration;

/// The largest body that is read, in bytes after decompression. A page of a thousand full contacts is a few
/// megabytes; what is far beyond that is not an answer.
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// A vendor's answer.
#[derive(Clone)]
pub struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// Those that [`HttpConfig::kept_headers`](super::HttpConfig::kept_headers) names, as it spells them.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// How long the vendor wants to be left alone, if it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// A header that the configuration says to keep, if the answer had it.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut kept = self.headers.iter();
        kept.find(|(kept, _)| kept.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the status is one of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON of the expected shape.
    ///
    /// # Errors
    /// [`HttpError::Protocol`]; the text says where the shape breaks, never what was there.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The error's own text quotes the offending value, which may be a contact's.
            let kind = match error.classify() {
                serde_json::error::Category::Io | serde_json::error::Category::Eof => "it ends too early",
                serde_json::error::Category::Syntax => "it is not JSON",
                serde_json::error::Category::Data => "it has another shape",
            };
            HttpError::protocol(format!(
                "HTTP {} with a body of {} bytes: {kind} at line {} column {}",
                self.status,
                self.body.len(),
                error.line(),
                error.column()
            ))
        })
    }

    /// The body as it came, for what is no JSON (CSV).
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON, `None` if it is something else (proxies answer HTML).
    #[must_use]
    pub fn value(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as text, for vendors whose errors are plain text.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "HTTP {} ({} bytes)", self.status, self.body.len())
    }
}
