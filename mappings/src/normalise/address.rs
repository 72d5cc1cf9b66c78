//! Postal addresses: compared part by part, never by how a vendor prints them.

use super::{country, text};
use syntony_core::value::Address;

/// Parts one key from the other; no text contains it after [`text::key`] removed control spaces.
const BETWEEN_PARTS: &str = "\u{1f}";

/// The comparison form of an address; empty for an address of blank parts. Apartment and floor belong to
/// the street, on whichever line a vendor puts them, and a country is the same in every language.
#[must_use]
pub fn key(address: &Address) -> String {
    if address.is_empty() {
        return String::new();
    }
    let Address { city, region, postal_code, country, .. } = address;
    let [city, region, postal_code] = [city, region, postal_code].map(|part| text::key(part));
    [street_key(address), city, region, postal_code, country::key(country)].join(BETWEEN_PARTS)
}

fn street_key(address: &Address) -> String {
    text::line_key(&format!("{}\n{}", address.street, address.extended))
}

/// `new` in the spelling of `held`: what is the same street or country is not spelled anew because another
/// part of the address was edited elsewhere.
#[must_use]
pub fn respelled(new: Address, held: &Address) -> Address {
    let Address { street, extended, .. } =
        if street_key(&new) == street_key(held) { held.clone() } else { new.clone() };
    let country =
        if country::key(&new.country) == country::key(&held.country) { &held.country } else { &new.country };
    Address { street, extended, country: country.clone(), ..new }
}

/// The address as lines of text, for a field that holds no addresses.
#[must_use]
pub fn lines(address: &Address) -> String {
    let Address { street, extended, city, region, postal_code, country } = address;
    let town = [postal_code, city].map(|part| part.trim()).join(" ");
    [street.as_str(), extended, &town, region, country]
        .into_iter()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_moves_to_another_part_is_an_edit() {
        let city = Address { city: "Ghent".into(), ..Address::default() };
        let region = Address { region: "Ghent".into(), ..Address::default() };
        assert_ne!(key(&city), key(&region));
        assert_eq!(key(&Address { street: " ".into(), ..Address::default() }), "");
    }

    #[test]
    fn a_country_in_another_language_and_a_floor_on_another_line_are_no_edits() {
        let google = Address {
            street: "Veldstraat 1".into(),
            extended: "Bus 2".into(),
            country: "BE".into(),
            ..Address::default()
        };
        let salesforce = Address {
            street: "Veldstraat 1\r\nBus 2".into(),
            country: "Belgique".into(),
            ..Address::default()
        };
        assert_eq!(key(&google), key(&salesforce));
        let moved = Address { country: "France".into(), ..salesforce };
        assert_ne!(key(&google), key(&moved));
    }

    #[test]
    fn what_was_not_edited_keeps_its_spelling() {
        let held = Address {
            street: "Veldstraat 1".into(),
            extended: "Bus 2".into(),
            city: "Gent".into(),
            country: "Belgium".into(),
            ..Address::default()
        };
        let elsewhere = Address {
            street: "Veldstraat 1\nBus 2".into(),
            city: "Ghent".into(),
            country: "BE".into(),
            ..Address::default()
        };
        let wanted = Address { city: "Ghent".into(), ..held.clone() };
        assert!(respelled(elsewhere.clone(), &held) == wanted);
        let moved = Address { street: "Markt 2".into(), country: "FR".into(), ..elsewhere };
        assert!(respelled(moved.clone(), &held) == moved);
    }

    #[test]
    fn no_country_is_invented_in_the_printed_form() {
        let address = Address {
            street: "Veldstraat 1".into(),
            city: "Ghent".into(),
            postal_code: "9000".into(),
            ..Address::default()
        };
        assert_eq!(lines(&address), "Veldstraat 1\n9000 Ghent");
    }
}
