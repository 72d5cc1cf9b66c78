//! Identifiers, each its own type, so that a contact's id is never taken for a cursor.
//!
//! All of them are opaque text: nothing here parses them, and no code outside the connector that made
//! one may look inside it.

pub use crate::tag::Tag;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps `text` as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text inside.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!(stringify!($name), "({:?})"), self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

text_id! {
    /// The name an admin gave an app (a configured account) in the configuration.
    AppName;
    /// The name of a connection in the configuration.
    ConnectionName;
    /// A vendor's id of a contact: `people/c42`, `15811408544`.
    ContactId;
    /// A field as the vendor's API names it, nested ones with dots: `names.givenName`.
    FieldName;
    /// Which mapping of a connection: a concept's name, or the two field names of a custom mapping.
    MappingKey;
    /// Which rule of a connection: stable while its text is, so that a changed rule is another rule.
    RuleKey;
    /// Which action of a rule: stable while its text is.
    ActionKey;
    /// One run of one or more connections; sorts by time of start.
    RunId;
    /// One op, written down before it is sent; also the marker that a created contact carries where
    /// the vendor has room for one.
    OpKey;
    /// Where a change feed stands. Made by the connector, kept by the engine, moved only together with
    /// what it covers.
    Cursor;
    /// Where one listing stands between two of its pages. Never outlives the listing.
    PageToken;
    /// What two e-mail addresses have in common when they are the same mailbox: the comparison form.
    EmailKey;
    /// Which account of the vendor is behind an app, as the vendor says.
    AccountId;
}

/// The permanent pair of two contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkId(pub i64);

impl fmt::Display for LinkId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}
