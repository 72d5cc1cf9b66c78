//! What is asked of a vendor, and how it may be repeated.

use super::error::HttpError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    TRANSFER_ENCODING,
};
use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;
use url::Url;

/// What stays as it is within one segment of a path (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An HTTP method. There is no DELETE: what cannot be expressed cannot happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Make, or whatever the vendor hides behind it.
    Post,
    /// Put in place.
    Put,
    /// Change in part.
    Patch,
}

impl Method {
    /// As it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        }
    }
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
        }
    }
}

/// What happens when nobody knows whether a call was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It changes nothing: repeated freely, and its failure leaves no doubt behind.
    Read,
    /// It changes something, and twice is the same as once: repeated, and if that never ends well, it is
    /// unknown whether it was applied.
    Idempotent,
    /// Twice would be two: repeated only where the first was certainly not applied.
    Once,
}

/// One call.
#[derive(Clone)]
pub struct Request {
    pub(super) method: Method,
    template: Cow<'static, str>,
    args: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Body>,
    pub(super) repeat: Repeat,
    pub(super) cost_cells: NonZeroU32,
}

/// The headers that the wire sets itself.
const RESERVED_HEADERS: [HeaderName; 6] =
    [AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING];

/// What is sent along.
#[derive(Clone)]
pub(super) struct Body {
    pub(super) content_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Request {
    /// A call of `method` on `template`, a path below the base URL such as `/contacts/{id}`; it may be
    /// repeated as `repeat` says. The template, never the filled path, is what logs show.
    pub fn new(method: Method, template: impl Into<Cow<'static, str>>, repeat: Repeat) -> Self {
        Self {
            method,
            template: template.into(),
            args: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            repeat,
            cost_cells: NonZeroU32::MIN,
        }
    }

    /// A read.
    pub fn get(template: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Method::Get, template, Repeat::Read)
    }

    /// A POST.
    pub fn post(template: impl Into<Cow<'static, str>>, repeat: Repeat) -> Self {
        Self::new(Method::Post, template, repeat)
    }

    /// A PUT.
    pub fn put(template: impl Into<Cow<'static, str>>, repeat: Repeat) -> Self {
        Self::new(Method::Put, template, repeat)
    }

    /// A PATCH.
    pub fn patch(template: impl Into<Cow<'static, str>>, repeat: Repeat) -> Self {
        Self::new(Method::Patch, template, repeat)
    }

    /// Fills `{name}` in the path with `value` as one segment, whatever is in it.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Adds a query parameter; the same name may come again.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Sends `body` as JSON.
    #[must_use]
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(Body { content_type: "application/json", bytes: body.to_string().into_bytes() });
        self
    }

    /// Sends `pairs` as a form.
    #[must_use]
    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs);
        self.body = Some(Body {
            content_type: "application/x-www-form-urlencoded",
            bytes: form.finish().into_bytes(),
        });
        self
    }

    /// Sends `bytes` as they are.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, bytes: Vec<u8>) -> Self {
        self.body = Some(Body { content_type, bytes });
        self
    }

    /// Adds a header; it is never logged. What the wire sets itself (who we are, where the call goes, how long
    /// it is) cannot be set here: such a request is [`HttpError::Invalid`].
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Takes so many cells of the rate instead of one.
    #[must_use]
    pub fn cost(mut self, cells: NonZeroU32) -> Self {
        self.cost_cells = cells;
        self
    }

    /// The path template, for logs.
    pub(super) fn template(&self) -> &str {
        &self.template
    }

    /// The headers of this call.
    ///
    /// # Errors
    /// [`HttpError::Invalid`] for a name or a value that cannot stand in a header, and for a name of the wire's.
    pub(super) fn header_map(&self) -> Result<HeaderMap, HttpError> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .ok()
                .filter(|name| !RESERVED_HEADERS.contains(name))
                .ok_or_else(|| HttpError::invalid("a header that a call cannot have"))?;
            let value = HeaderValue::from_str(value)
                .map_err(|_| HttpError::invalid("a header with characters that no header has"))?;
            map.append(name, value);
        }
        Ok(map)
    }

    /// The whole address below `base`.
    ///
    /// # Errors
    /// [`HttpError::Invalid`] when a placeholder was not filled, or an argument would climb in the path.
    pub(super) fn url(&self, base: &Url) -> Result<Url, HttpError> {
        let mut path = String::from(base.path().trim_end_matches('/'));
        let mut rest = &*self.template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) =
                after.split_once('}').ok_or_else(|| HttpError::invalid("a path with an open brace"))?;
            let value = self.args.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
            // `.` and `..` are resolved away even when they are percent-encoded.
            let value = value
                .filter(|value| !matches!(value.as_str(), "" | "." | ".."))
                .ok_or_else(|| HttpError::invalid("a path argument that is missing, empty or dots"))?;
            path.push_str(before);
            path.extend(utf8_percent_encode(value, SEGMENT));
            rest = after;
        }
        path.push_str(rest);

        let mut url = base.clone();
        url.set_path(&path);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} ({:?})", self.method.as_str(), self.template, self.repeat)
    }
}
