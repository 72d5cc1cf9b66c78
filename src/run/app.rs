//! An app as the engine sees it: its name, its connector, and what of a record is an e-mail address.

use std::sync::Arc;
use syntony_connectors::contract::Connector;
use syntony_core::ids::{AppName, EmailKey};
use syntony_core::matching::Facts;
use syntony_core::observe::{Change, Observation};
use syntony_core::record::Fields;
use syntony_core::value::Value;
use syntony_mappings::{facts, normalise};
use syntony_state::Staged;

/// A configured app.
#[derive(Clone)]
pub struct App {
    /// The admin's name for it.
    pub name: AppName,
    /// Which vendor's field names its records use.
    pub vendor: String,
    /// The way to it.
    pub connector: Arc<dyn Connector>,
    /// A fingerprint of the credentials: while it stays, so does the account behind them.
    pub credentials: String,
}

impl App {
    /// The e-mail addresses of a record in comparison form.
    #[must_use]
    pub fn email_keys(&self, fields: &Fields) -> Vec<EmailKey> {
        facts::email_keys(&self.vendor, fields)
    }

    /// The e-mail addresses of a record as the vendor spells them, for a look-up elsewhere.
    #[must_use]
    pub fn addresses(&self, fields: &Fields) -> Vec<String> {
        let texts = |value: &Value| match value {
            Value::Text(text) => vec![text.clone()],
            Value::List(items) => {
                items.iter().filter_map(|item| item.value.as_text().map(str::to_owned)).collect()
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Date(_)
            | Value::DateTime(_)
            | Value::Address(_) => Vec::new(),
        };
        let held = facts::email_fields(&self.vendor).iter().filter_map(|name| fields.get(name));
        held.flat_map(texts).filter(|address| normalise::email::key(address).is_some()).collect()
    }

    /// Whether an observation leaves open who the contact is: its record could not be understood, or its
    /// addresses are not in it. (Empty ones are: then it has none.)
    #[must_use]
    pub fn says_too_little(&self, change: &Change) -> bool {
        match &change.what {
            Observation::Unreadable(_) => true,
            Observation::Live(record) => {
                facts::email_fields(&self.vendor).iter().any(|name| !record.fields.contains_key(name))
            }
            Observation::Gone(_) | Observation::Unknown => false,
        }
    }

    /// What a person would compare.
    #[must_use]
    pub fn facts(&self, fields: &Fields) -> Facts {
        let facts::Facts { name, phones, company } = facts::facts(&self.vendor, fields, None);
        Facts { name, phones: phones.into_iter().collect(), company }
    }

    /// An observation with its e-mail keys, ready for the store.
    #[must_use]
    pub fn staged(&self, change: Change) -> Staged {
        let keys = match &change.what {
            Observation::Live(record) => self.email_keys(&record.fields),
            Observation::Gone(_) | Observation::Unknown | Observation::Unreadable(_) => Vec::new(),
        };
        Staged { change, keys }
    }
}
