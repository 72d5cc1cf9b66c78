//! What a vendor asks of a postal address, beyond what a schema can say.
//!
//! An address is taken as it is or refused with the reason: no part is made up, none is cut.

use crate::normalise::country;
use serde::Deserialize;
use std::collections::BTreeMap;
use syntony_core::lens::Refusal;
use syntony_core::value::Address;

/// What a vendor asks of the addresses it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AddressRules {
    /// Parts without which it takes none.
    pub needs: Vec<AddressPart>,
    /// Whether the country is written as its ISO 3166-1 code of two letters. A country that has none, as far
    /// as we know, is refused: the vendor would refuse it, or take another one.
    pub country_codes: bool,
    /// How long a part may be, in characters.
    pub max_chars: BTreeMap<AddressPart, u32>,
}

impl AddressRules {
    /// The rules of a vendor that takes whatever it is given.
    pub const NONE: AddressRules =
        AddressRules { needs: Vec::new(), country_codes: false, max_chars: BTreeMap::new() };

    /// The address as the vendor takes it.
    ///
    /// # Errors
    /// What it lacks, which part is too long, or that its country has no code.
    pub fn accept(&self, address: &Address) -> Result<Address, Refusal> {
        self.complete(address)?;
        let address = Address { country: self.country(&address.country)?, ..address.clone() };
        self.fitting(&address)?;
        Ok(address)
    }

    fn complete(&self, address: &Address) -> Result<(), Refusal> {
        let lacks = |part: &&AddressPart| part.of(address).trim().is_empty();
        let missing: Vec<&str> = self.needs.iter().filter(lacks).map(|part| part.as_str()).collect();
        if missing.is_empty() { Ok(()) } else { Err(Refusal::Incomplete { missing: missing.join(" and ") }) }
    }

    fn country(&self, country: &str) -> Result<String, Refusal> {
        if !self.country_codes || country.trim().is_empty() {
            return Ok(country.to_owned());
        }
        let unknown = || Refusal::Malformed { wanted: "postal address in a known country".to_owned() };
        country::code(country).map(str::to_owned).ok_or_else(unknown)
    }

    fn fitting(&self, address: &Address) -> Result<(), Refusal> {
        for (part, &max_chars) in &self.max_chars {
            let chars = part.of(address).chars().count();
            if chars > usize::try_from(max_chars).unwrap_or(usize::MAX) {
                return Err(Refusal::TooLong { chars, max_chars });
            }
        }
        Ok(())
    }
}

/// A part of a postal address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressPart {
    /// Street and number.
    Street,
    /// City or town.
    City,
    /// State, province or region.
    Region,
    /// Postal code.
    PostalCode,
    /// Country.
    Country,
}

impl AddressPart {
    fn of(self, address: &Address) -> &str {
        match self {
            AddressPart::Street => &address.street,
            AddressPart::City => &address.city,
            AddressPart::Region => &address.region,
            AddressPart::PostalCode => &address.postal_code,
            AddressPart::Country => &address.country,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            AddressPart::Street => "a street",
            AddressPart::City => "a city",
            AddressPart::Region => "a region",
            AddressPart::PostalCode => "a postal code",
            AddressPart::Country => "a country",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Address {
        Address {
            street: "Veldstraat 1".into(),
            city: "Ghent".into(),
            region: "East Flanders".into(),
            postal_code: "9000".into(),
            country: "Belgique".into(),
            ..Address::default()
        }
    }

    fn mailchimp() -> &'static AddressRules {
        &crate::table::table("mailchimp").addresses
    }

    #[track_caller]
    fn check(rules: &AddressRules, address: &Address, wanted: Result<&str, &str>) {
        let got = rules.accept(address).map(|taken| taken.country).map_err(|refusal| refusal.to_string());
        assert_eq!(got.as_deref().map_err(String::as_str), wanted);
    }

    #[test]
    fn an_address_that_must_be_whole_is_not_completed() {
        // Scenario 37.
        let city = Address { city: "Ghent".into(), ..Address::default() };
        check(
            mailchimp(),
            &city,
            Err("the field needs a street and a region and a postal code and a country too"),
        );
        let nowhere = Address { country: " ".into(), ..whole() };
        check(mailchimp(), &nowhere, Err("the field needs a country too"));
        check(&AddressRules::NONE, &city, Ok(""));
    }

    #[test]
    fn a_country_is_written_as_its_code_and_never_guessed() {
        check(mailchimp(), &whole(), Ok("BE"));
        check(&AddressRules::NONE, &whole(), Ok("Belgique"));
        let unknown = Address { country: "Ruritania".into(), ..whole() };
        check(mailchimp(), &unknown, Err("the value is not a postal address in a known country"));
    }

    #[test]
    fn a_part_that_is_too_long_is_not_cut() {
        // Scenario 40.
        let salesforce = &crate::table::table("salesforce").addresses;
        check(salesforce, &whole(), Ok("Belgique"));
        let long = Address { city: "é".repeat(41), ..whole() };
        check(salesforce, &long, Err("the value has 41 characters, the field takes 40"));
    }
}
