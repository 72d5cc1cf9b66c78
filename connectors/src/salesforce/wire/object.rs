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

/// Whether this has the form of a record's id: 15 or 18 letters and digits. So it can stand in a path or a query.
pub(in crate::salesforce) fn is_id(id: &str) -> bool {
    matches!(id.len(), 15 | 18) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
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
            ("003000000000001AA'", None),
            ("people/c1", None),
            ("", None),
        ] {
            assert_eq!(SObject::of(&ContactId::new(id)), expected, "{id}");
        }
    }
}
