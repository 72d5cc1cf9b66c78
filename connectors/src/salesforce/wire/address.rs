//! Addresses: one field to the engine, five or seven at Salesforce.
//!
//! The compound field can be read and not written, so its parts are what is asked for and sent
//! (<https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/compound_fields_address.htm>).

use super::describe::Shape;
use super::object::SObject;
use super::{Row, text};
use syntony_core::value::Address;

/// An address of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::salesforce) struct AddressField {
    /// The name of the compound field.
    pub(in crate::salesforce) name: &'static str,
    /// What the names of its parts begin with.
    prefix: &'static str,
}

const MAILING: AddressField = AddressField { name: "MailingAddress", prefix: "Mailing" };
const OTHER: AddressField = AddressField { name: "OtherAddress", prefix: "Other" };
const LEAD: AddressField = AddressField { name: "Address", prefix: "" };

/// The addresses that an object has.
pub(in crate::salesforce) fn addresses(object: SObject) -> &'static [AddressField] {
    match object {
        SObject::Contact => &[MAILING, OTHER],
        SObject::Lead => &[LEAD],
    }
}

/// The address of that name.
pub(in crate::salesforce) fn address_field(object: SObject, name: &str) -> Option<AddressField> {
    addresses(object).iter().find(|address| address.name == name).copied()
}

/// The part of a converted lead's contact that stands for this part of the lead's address, or for all of it.
pub(in crate::salesforce) fn of_contact(lead_field: &str) -> Option<String> {
    let parts = LEAD.parts();
    let is_part = parts.contains(&lead_field.to_owned()) || LEAD.codes().contains(&lead_field.to_owned());
    (lead_field == LEAD.name || is_part).then(|| format!("{}{lead_field}", MAILING.prefix))
}

impl AddressField {
    fn part(self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(in crate::salesforce) fn street(self) -> String {
        self.part("Street")
    }

    pub(in crate::salesforce) fn city(self) -> String {
        self.part("City")
    }

    pub(in crate::salesforce) fn state(self) -> String {
        self.part("State")
    }

    pub(in crate::salesforce) fn postal_code(self) -> String {
        self.part("PostalCode")
    }

    pub(in crate::salesforce) fn country(self) -> String {
        self.part("Country")
    }

    /// There only where the organisation keeps states and countries as options.
    pub(in crate::salesforce) fn state_code(self) -> String {
        self.part("StateCode")
    }

    /// There only where the organisation keeps states and countries as options.
    pub(in crate::salesforce) fn country_code(self) -> String {
        self.part("CountryCode")
    }

    /// The parts that every organisation has.
    pub(in crate::salesforce) fn parts(self) -> [String; 5] {
        [self.street(), self.city(), self.state(), self.postal_code(), self.country()]
    }

    fn codes(self) -> [String; 2] {
        [self.state_code(), self.country_code()]
    }

    /// Whether the organisation keeps states and countries as options, which are written by their codes.
    pub(in crate::salesforce) fn has_codes(self, shape: &Shape) -> bool {
        shape.field(&self.country_code()).is_some()
    }

    /// Whether all that makes up the address can be read.
    pub(in crate::salesforce) fn is_readable(self, shape: &Shape) -> bool {
        self.parts().iter().all(|part| shape.field(part).is_some())
    }

    /// Whether all that makes up the address can be written.
    pub(in crate::salesforce) fn is_writable(self, shape: &Shape) -> bool {
        let writable = |part: &String| shape.field(part).is_some_and(super::describe::Field::is_writable);
        let [street, city, state, postal_code, country] = self.parts();
        let placed = if self.has_codes(shape) { self.codes() } else { [state, country] };
        [street, city, postal_code].iter().chain(&placed).all(writable)
    }

    /// The address of a row that was asked for all of its parts.
    pub(in crate::salesforce) fn read(self, row: &Row) -> Address {
        let part = |name: String| text(row, &name).unwrap_or_default().to_owned();
        Address {
            street: part(self.street()),
            extended: String::new(),
            city: part(self.city()),
            region: part(self.state()),
            postal_code: part(self.postal_code()),
            country: part(self.country()),
        }
    }
}
