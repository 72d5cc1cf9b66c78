//! The kinds of text that stand in a configuration, and the values that rules compare with.
//!
//! Patterns are written so that ECMA 262 and Rust read them alike: no look-around, no classes beyond
//! ASCII.

use crate::config::names::{MAX_NAME_CHARS, TAKEN};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// Something that is not blank.
const NOT_BLANK: &str = r"\S";
/// Something without blanks around it and without control characters.
const TRIMMED: &str = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$";
/// Something without blanks around it; an app decides about the rest.
const TAG: &str = r"^\S([\s\S]*\S)?$";
/// `https`, or plain `http` to this machine; without credentials, query or fragment.
const ADDRESS: &str =
    r"^(https://[^\s/@?#]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?)(/[^\s?#]*)?$";
/// An IP address and a port.
pub(super) const LISTEN: &str = r"^([0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$";
/// Where an attribute or a field keeps tags, after what stands before its name.
macro_rules! place_of_tags {
    ($words:literal) => {
        concat!("^(", $words, r"[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?)$")
    };
}
/// Where Drift keeps tags.
pub(super) const DRIFT_TAGS: &str = place_of_tags!("endpoint|attribute:");
/// Where Salesforce keeps tags.
pub(super) const SALESFORCE_TAGS: &str = place_of_tags!("topics|campaigns|field:");
/// `both`, or `to APP`.
pub(super) const DIRECTION: &str = r"^(both|to\s+[A-Za-z0-9_-]+\s*)$";
/// Five, six or seven fields, or an abbreviation.
pub(super) const SCHEDULE: &str =
    r"^\s*(@(hourly|daily|midnight|weekly|monthly|yearly|annually)|[^\s@]\S*(\s+\S+){4,6})\s*$";

/// What a name of an app or a connection may be.
pub(super) fn name() -> Schema {
    json_schema!({
        "pattern": format!("^[A-Za-z0-9_-]{{1,{MAX_NAME_CHARS}}}$"),
        "not": { "enum": TAKEN },
    })
}

/// A text that is not blank.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct Text(#[schemars(extend("pattern" = NOT_BLANK))] pub String);

/// The name of an app, as in `[apps.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct AppName(#[schemars(extend("pattern" = NOT_BLANK))] pub String);

/// A field as the vendor's API names it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct FieldName(#[schemars(extend("pattern" = TRIMMED))] pub String);

/// A tag's name.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct Tag(#[schemars(extend("pattern" = TAG))] pub String);

/// An address of an API.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct Url(#[schemars(extend("pattern" = ADDRESS))] pub String);

/// The name of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct EnvironmentVariable(#[schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]*$"))] pub String);

/// A secret: never the thing itself, but the one place where it is to be found. At most 64 KiB.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
#[schemars(extend("examples" = [{ "env": "NAME" }, { "file": "PATH" }, { "command": ["pass", "show", "x"] }]))]
pub struct Secret {
    /// The environment variable that holds the secret.
    pub env: Option<EnvironmentVariable>,
    /// The file that holds the secret, relative to this one; the line end after it does not count.
    pub file: Option<Text>,
    /// The program that prints the secret, and its arguments; run without a shell, within a time limit. Its standard error is
    /// dropped.
    #[schemars(length(min = 1))]
    pub command: Option<Vec<Text>>,
}

/// A text, a number, `true`, `false`, a date, or a moment with its offset. (For JSON, a date is a text.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar;

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}
