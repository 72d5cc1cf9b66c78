//! A member of an audience, and what it is called.

use super::standing::{Standing, Status};
use md5::{Digest as _, Md5};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A member's permanent name: 32 hexadecimal digits. It survives a change of the address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ContactId(pub(super) Arc<str>);

impl fmt::Display for ContactId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The MD5 of the address in lower case: `id` and `subscriber_hash`. It goes with the address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Hash(pub(super) String);

impl Hash {
    pub(super) fn of(email: &str) -> Self {
        Self(hex(&Md5::digest(email.to_lowercase().as_bytes())))
    }
}

/// The first ten digits that stand for an address in all audiences, and as `data[id]` in webhooks.
pub(super) fn unique_email_id(email: &str) -> String {
    let digits = hex(&Md5::digest(format!("unique/{}", email.to_lowercase()).as_bytes()));
    digits.chars().take(10).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A merge field's number in its audience. It survives a change of the field's tag.
pub(super) type MergeId = u32;
/// A tag's number: that of the static segment behind it.
pub(super) type TagId = u64;
/// Seconds since 1970: all times of a member have that granularity.
pub(super) type Seconds = i64;

/// Who did something, as webhooks tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The person.
    User,
    /// Somebody of the account, on the screen.
    Admin,
    /// An app.
    Api,
}

/// What a member is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) contact_id: ContactId,
    pub(super) web_id: u64,
    pub(super) email: String,
    pub(super) standing: Standing,
    /// Values by field; what is not there is empty.
    pub(super) merge: BTreeMap<MergeId, Json>,
    /// Tags, and since when.
    pub(super) tags: BTreeMap<TagId, Seconds>,
    pub(super) profile: Profile,
    pub(super) signed_up: Option<Seconds>,
    pub(super) opted_in: Option<Seconds>,
    pub(super) left: Option<Seconds>,
    pub(super) reason: Option<String>,
    pub(super) source: String,
    pub(super) changed: Seconds,
}

/// What is known of a member beside the audience's own fields.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Profile {
    pub(super) email_type: EmailType,
    pub(super) language: String,
    pub(super) vip: bool,
    pub(super) ip_signup: String,
    pub(super) ip_opt: String,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            email_type: EmailType::Html,
            language: String::new(),
            vip: false,
            ip_signup: String::new(),
            ip_opt: String::new(),
            latitude: 0.0,
            longitude: 0.0,
        }
    }
}

/// Which mail a member wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EmailType {
    Html,
    Text,
}

impl EmailType {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            EmailType::Html => "html",
            EmailType::Text => "text",
        }
    }
}

impl Member {
    pub(super) fn status(&self) -> Status {
        self.standing.status
    }

    pub(super) fn hash(&self) -> Hash {
        Hash::of(&self.email)
    }

    /// The same, but for the time of the last change.
    pub(super) fn same_content(&self, other: &Self) -> bool {
        Self { changed: 0, ..self.clone() } == Self { changed: 0, ..other.clone() }
    }
}

/// Whether Mailchimp would take this for an address at all. It refuses what cannot receive mail.
pub(super) fn looks_real(email: &str) -> bool {
    const MAX_BYTES: usize = 254;
    /// RFC 2606: names that no mail reaches. (`.example` is needed: everybody in the sandbox lives there.)
    const NOWHERE: [&str; 3] = ["test", "invalid", "localhost"];
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let labels: Vec<&str> = domain.split('.').collect();
    let bad_char = |c: char| c.is_whitespace() || c.is_control() || "()<>[]:;,\\\"@".contains(c);
    email.len() <= MAX_BYTES
        && !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !email.replacen('@', "", 1).contains(bad_char)
        && labels.len() > 1
        && labels.iter().all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
        && labels.last().is_some_and(|top| !NOWHERE.contains(&top.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_address_in_lower_case() {
        // RFC 1321's own vector for the empty text, and one that any client can check.
        assert_eq!(Hash::of("").0, "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(Hash::of("Urist.McVankab@freddiesjokes.com").0, "62eeb292278cc15f5817cb78f7790b08");
        assert_eq!(Hash::of("A@X.example"), Hash::of("a@x.EXAMPLE"));
    }

    #[test]
    fn what_cannot_receive_mail_is_no_address() {
        for good in ["a@x.example", "dee+news@example.com", "o'neill@x.example", "a_b-c.d@mail.x.example"] {
            assert!(looks_real(good), "{good}");
        }
        for bad in ["", "a", "a@", "@x.example", "a@x", "a b@x.example", "a@@x.example", "a@x..example"] {
            assert!(!looks_real(bad), "{bad}");
        }
        for bad in
            [".a@x.example", "a.@x.example", "a..b@x.example", "a@-x.example", "a@x.test", "a@x.INVALID"]
        {
            assert!(!looks_real(bad), "{bad}");
        }
    }
}
