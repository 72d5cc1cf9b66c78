//! What kind of vendor an in-memory app is.

use crate::contract::{Capabilities, Listing, TagLimits};
use std::collections::BTreeMap;
use syntony_core::ids::FieldName;
use syntony_core::schema::{Access, FieldSpec, Kind, Schema};
use syntony_core::value::{Item, Value};

/// How many digits of a telephone number stand together in [`Form::Phone`].
const PHONE_GROUP_DIGITS: usize = 3;

/// The longest tag, in characters.
const MAX_TAG_CHARS: usize = 100;

/// The features of a vendor. Take one of the ready ones and change what a test is about.
#[derive(Clone, Debug)]
pub struct Traits {
    /// How contacts become known. With [`Listing::Discovery`] only what people did in a conversation
    /// ([`App::add`](super::App::add), [`App::bump`](super::App::bump)) shows up in the feed.
    pub listing: Listing,
    /// Whether the feed reports deletions and merges.
    pub tombstones: bool,
    /// Whether a read by id can say that a contact is gone; otherwise the answer is *unknown*.
    pub reads_gone: bool,
    /// Whether a write with an outdated version is refused.
    pub conditional_writes: bool,
    /// Whether a created contact carries its op's key.
    pub markers: bool,
    /// Whether contacts hold tags.
    pub tags: bool,
    /// Which tags they are, where contacts hold any. Those that do not fit are refused.
    pub tag_limits: TagLimits,
    /// Whether the app says who opted out.
    pub unsubscribes: bool,
    /// Whether versions carry a number that never falls.
    pub order_numbers: bool,
    /// Whether fields can be emptied; otherwise a clear is refused.
    pub clears: bool,
    /// Whether a second contact with the same e-mail address is refused on create.
    pub unique_emails: bool,
    /// Whether what [`Traits::forms`] does is documented, so that the connector foresees it.
    pub forms_documented: bool,
    /// How many contacts one page holds.
    pub page_contacts: usize,
    /// The most ops of one write.
    pub write_batch_contacts: usize,
    /// The most ids of one read.
    pub fetch_batch_contacts: usize,
    /// The most addresses of one look-up.
    pub find_batch_addresses: usize,
    /// How long a write is missing from the listing, the feed and the look-up, in milliseconds. A read
    /// by id sees it at once.
    pub feed_lag_ms: u64,
    /// How long a call takes on tokio's clock, in milliseconds.
    pub call_ms: u64,
    /// How long a cursor is good, in milliseconds; `None`: for ever.
    pub cursor_lifetime_ms: Option<u64>,
    /// How the vendor rewrites what it is given, per field.
    pub forms: BTreeMap<FieldName, Form>,
    /// The fields: required, read-only, limited and picklist ones are enforced.
    pub schema: Schema,
}

impl Traits {
    /// An address book that lists everything: tombstones, versions, conditional writes, markers, tags.
    #[must_use]
    pub fn address_book() -> Self {
        let schema = Schema::new(vec![
            FieldSpec::new("emails", Kind::Email).many(),
            FieldSpec::new("phones", Kind::Phone).many(),
            FieldSpec::new("given", Kind::Text).max_length_chars(80),
            FieldSpec::new("family", Kind::Text).max_length_chars(80),
            FieldSpec::new("company", Kind::Text).max_length_chars(80),
            FieldSpec::new("birthday", Kind::Date),
            FieldSpec::new("home", Kind::Address),
            FieldSpec::new("created", Kind::DateTime).access(Access::ReadOnly),
        ]);
        Self {
            listing: Listing::Complete,
            tombstones: true,
            reads_gone: true,
            conditional_writes: true,
            markers: true,
            tags: true,
            tag_limits: TagLimits::default().max_chars(MAX_TAG_CHARS),
            unsubscribes: false,
            order_numbers: true,
            clears: true,
            unique_emails: false,
            forms_documented: true,
            page_contacts: 10,
            write_batch_contacts: 20,
            fetch_batch_contacts: 20,
            find_batch_addresses: 1,
            feed_lag_ms: 0,
            call_ms: 0,
            cursor_lifetime_ms: None,
            forms: BTreeMap::new(),
            schema,
        }
    }

    /// A chat tool: contacts are discovered, nothing tells of a deletion, a write is never conditional,
    /// one e-mail address belongs to one contact, and new fields come into being when they are written.
    #[must_use]
    pub fn chat() -> Self {
        let schema = Schema::new(vec![
            FieldSpec::new("email", Kind::Email).required(),
            FieldSpec::new("name", Kind::Text),
            FieldSpec::new("phone", Kind::Phone),
            FieldSpec::new("company", Kind::Text),
            FieldSpec::new("score", Kind::Number),
        ])
        .open("");
        Self {
            listing: Listing::Discovery,
            tombstones: false,
            reads_gone: false,
            conditional_writes: false,
            markers: false,
            unique_emails: true,
            write_batch_contacts: 5,
            fetch_batch_contacts: 5,
            forms: BTreeMap::from([("email".into(), Form::LowerCase)]),
            schema,
            ..Self::address_book()
        }
    }

    /// What the connector says of the app.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            listing: self.listing,
            tombstones: self.tombstones,
            tags: self.tags.then(|| self.tag_limits.clone()),
            unsubscribes: self.unsubscribes,
            mails_new_contacts: false,
            conditional_writes: self.conditional_writes,
            markers: self.markers,
            visibility_lag_seconds: self.feed_lag_ms.div_ceil(1000),
            write_batch_contacts: self.write_batch_contacts,
            fetch_batch_contacts: self.fetch_batch_contacts,
            find_batch_addresses: self.find_batch_addresses,
        }
    }

    /// `value` as the vendor keeps it.
    pub(super) fn formed(&self, field: &FieldName, value: Value) -> Value {
        match self.forms.get(field) {
            Some(form) => form.value(value),
            None => value,
        }
    }
}

/// How a vendor rewrites text that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Without white space at the ends.
    Trim,
    /// Trimmed and in lower case.
    LowerCase,
    /// Trimmed, and one space between words.
    SingleSpaces,
    /// Digits in groups: `+32470123456` becomes `+32 470 123 456`. What holds anything but digits and the usual
    /// marks stays as it is.
    Phone,
}

impl Form {
    /// The value in this form, entry by entry for a list; what is not text stays as it is.
    fn value(self, value: Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(&text)),
            Value::List(items) => Value::List(
                items
                    .into_iter()
                    .map(|Item { value, label }| Item { value: self.value(value), label })
                    .collect(),
            ),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Date(_)
            | Value::DateTime(_)
            | Value::Address(_) => value,
        }
    }

    fn text(self, text: &str) -> String {
        match self {
            Form::Trim => text.trim().to_owned(),
            Form::LowerCase => text.trim().to_lowercase(),
            Form::SingleSpaces => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Form::Phone => phone(text.trim()),
        }
    }
}

/// Groups are counted from the end, so that forming twice is forming once.
fn phone(text: &str) -> String {
    let (plus, number) = match text.strip_prefix('+') {
        Some(rest) => ("+", rest),
        None => ("", text),
    };
    if !number.chars().all(|c| c.is_ascii_digit() || " -().".contains(c)) {
        return text.to_owned();
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let mut grouped = String::from(plus);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(PHONE_GROUP_DIGITS) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}
