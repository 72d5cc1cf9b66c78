//! Query parameters. One that the method does not have is refused: a misspelt mask must not be ignored.

use super::error::ApiError;

/// What every method of Google's takes, and this simulator ignores.
const COMMON: [&str; 11] = [
    "$.xgafv",
    "access_token",
    "alt",
    "callback",
    "fields",
    "key",
    "oauth_token",
    "prettyPrint",
    "quotaUser",
    "uploadType",
    "upload_protocol",
];

/// The parameters of one call, decoded, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes `a=1&b=2`, as a query or as a form.
    pub(super) fn decode(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// These and those.
    pub(super) fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Refuses every parameter that is neither common nor among these.
    pub(super) fn allow(&self, known: &[&str]) -> Result<(), ApiError> {
        let stranger = |(name, _): &&(String, String)| {
            !COMMON.contains(&name.as_str()) && !known.contains(&name.as_str())
        };
        match self.0.iter().find(stranger) {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::violation(
                name,
                format!(
                    "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. \
                     Field '{name}' could not be found in request message."
                ),
            )),
        }
    }

    /// The value of a parameter; an empty one is none.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// All values of a repeated parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A whole number.
    pub(super) fn int(&self, name: &str) -> Result<Option<i32>, ApiError> {
        let Some(text) = self.one(name) else { return Ok(None) };
        let refused =
            || ApiError::violation(name, format!("Invalid value at '{name}' (TYPE_INT32), \"{text}\""));
        text.parse().map(Some).map_err(|_| refused())
    }

    /// A page size: unset or 0 is the default, more than the most is the most, less than 0 is refused.
    pub(super) fn page_size(&self, default: usize, most: usize) -> Result<usize, ApiError> {
        match self.int("pageSize")? {
            None | Some(0) => Ok(default),
            Some(size) => {
                usize::try_from(size).map(|size| size.min(most)).map_err(|_| ApiError::invalid_argument())
            }
        }
    }

    /// A boolean.
    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.one(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(text) => {
                Err(ApiError::violation(name, format!("Invalid value at '{name}' (TYPE_BOOL), \"{text}\"")))
            }
        }
    }
}
