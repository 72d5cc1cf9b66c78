//! The two kinds of people that Salesforce keeps, told apart by the beginning of their ids.

use syntony_core::ids::ContactId;

/// A kind of record that is a contact to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SObject {
    /// `Contact`: somebody at an account.
    Contact,
    /// `Lead`: somebody who may become a contact.
    Lead,
}

impl SObject {
    /// As Salesforce's API names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SObject::Contact => "Contact",
            SObject::Lead => "Lead",
        }
    }

    /// What the ids of its records begin with.
    #[must_use]
    pub fn key_prefix(self) -> &'static str {
        match self {
            SObject::Contact => "003",
            SObject::Lead => "00Q",
        }
    }

    /// What the record with this id is; `None` for what is no id of either.
    #[must_use]
    pub fn of(id: &ContactId) -> Option<Self> {
        let id = id.as_str();
        if !is_id(id) {
            return None;
        }
        [SObject::Contact, SObject::Lead].into_iter().find(|object| id.starts_with(object.key_prefix()))
    }

    /// The objects whose records an app of this object holds: a lead that was converted goes on as a contact.
    pub(in crate::salesforce) fn family(self) -> &'static [SObject] {
        match self {
            SObject::Contact => &[SObject::Contact],
            SObject::Lead => &[SObject::Lead, SObject::Contact],
        }
    }
}

/// How many letters and digits tell records apart; three more check them.
const CORE_LETTERS: usize = 15;
/// How many letters one check letter is for.
const CHECKED_LETTERS: usize = 5;
/// What the check letters are taken from.
const CHECK_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// Whether this has the form of a record's id: 15 letters and digits, perhaps with the three that check which of
/// them are capitals. So it can stand in a path or a query; a query with an id of another form is refused as a whole.
pub(in crate::salesforce) fn is_id(id: &str) -> bool {
    let Some((core, check)) = id.split_at_checked(CORE_LETTERS) else { return false };
    let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_plain
        && (check.is_empty() || check.bytes().eq(core.as_bytes().chunks(CHECKED_LETTERS).map(check_letter)))
}

/// The letter that says which of five are capitals.
fn check_letter(letters: &[u8]) -> u8 {
    let bits = letters.iter().enumerate().map(|(at, letter)| usize::from(letter.is_ascii_uppercase()) << at);
    CHECK_ALPHABET.get(bits.sum::<usize>()).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_what_it_is_of() {
        for (id, expected) in [
            ("003000000000001AAA", Some(SObject::Contact)),
            ("00Q000000000001", Some(SObject::Lead)),
            ("00q000000000001AAA", None),
            ("001000000000001AAA", None),
            ("003", None),
            ("00Q000000000001EAA", Some(SObject::Lead)),
            ("00Q000000000001AAA", None),
            ("0035e000000000DAAQ", Some(SObject::Contact)),
            ("0035E000000000DAAQ", None),
            ("003000000000001AA'", None),
            ("people/c1", None),
            ("", None),
        ] {
            assert_eq!(SObject::of(&ContactId::new(id)), expected, "{id}");
        }
    }
}
