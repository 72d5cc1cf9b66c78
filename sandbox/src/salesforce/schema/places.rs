//! Addresses: the parts, the codes where the org has picklists of states and countries, and the whole.
//!
//! <https://help.salesforce.com/s/articleView?id=sf.admin_state_country_picklists_overview.htm>

use super::{Choice, Field, Kind};
use crate::salesforce::settings::Settings;

/// A country with the states that the org knows of it.
pub(in super::super) struct Country {
    pub(in super::super) code: &'static str,
    pub(in super::super) name: &'static str,
    pub(in super::super) states: &'static [(&'static str, &'static str)],
}

const fn country(
    code: &'static str,
    name: &'static str,
    states: &'static [(&'static str, &'static str)],
) -> Country {
    Country { code, name, states }
}

/// The countries that are active in an org with picklists.
pub(in super::super) const COUNTRIES: [Country; 16] = [
    country("AT", "Austria", &[]),
    country("BR", "Brazil", &[("SP", "São Paulo"), ("RJ", "Rio de Janeiro")]),
    country("CA", "Canada", &[("ON", "Ontario"), ("QC", "Quebec"), ("BC", "British Columbia")]),
    country("CH", "Switzerland", &[]),
    country("DE", "Germany", &[]),
    country("DK", "Denmark", &[]),
    country("ES", "Spain", &[]),
    country("FR", "France", &[]),
    country("GB", "United Kingdom", &[]),
    country("IE", "Ireland", &[]),
    country("IN", "India", &[("KA", "Karnataka"), ("MH", "Maharashtra")]),
    country("IT", "Italy", &[("MI", "Milano"), ("RM", "Roma")]),
    country("JP", "Japan", &[]),
    country("NL", "Netherlands", &[]),
    country("SE", "Sweden", &[]),
    country(
        "US",
        "United States",
        &[
            ("CA", "California"),
            ("IL", "Illinois"),
            ("NY", "New York"),
            ("TX", "Texas"),
            ("WA", "Washington"),
        ],
    ),
];

/// The fields of one address. `prefix` is empty for a lead's only one.
pub(super) fn address(prefix: &'static str, label: &str, settings: &Settings) -> Vec<Field> {
    let compound = compound(prefix);
    let name = |part: &str| format!("{prefix}{part}");
    let shown = |part: &str| format!("{label} {part}").trim().to_owned();
    let text =
        |part: &str, called: &str, most| Field::text(&name(part), &shown(called), most).part_of(compound);
    let mut street = text("Street", "Street", 255);
    street.kind = Kind::TextArea;
    let mut fields = vec![
        street,
        text("City", "City", 40),
        text("State", "State/Province", 80),
        text("PostalCode", "Zip/Postal Code", 20),
        text("Country", "Country", 80),
    ];
    if settings.state_and_country_picklists {
        let states = COUNTRIES.iter().flat_map(|country| country.states);
        let mut states: Vec<Choice> = states.map(|(code, name)| Choice::labelled(*code, *name)).collect();
        // Codes of states repeat over the countries; the picklist has each once.
        states.sort_by(|a, b| a.value.cmp(&b.value));
        states.dedup_by(|a, b| a.value == b.value);
        let countries = COUNTRIES.iter();
        let countries = countries.map(|country| Choice::labelled(country.code, country.name)).collect();
        let code = |part: &str, called: &str, options| {
            let field = Field::new(&name(part), &shown(called), Kind::Picklist).part_of(compound);
            field.restricted_to(options)
        };
        fields.push(code("StateCode", "State/Province Code", states));
        fields.push(code("CountryCode", "Country Code", countries));
    }
    fields.push(Field::new(compound, &shown("Address"), Kind::Address).computed());
    fields
}

fn compound(prefix: &str) -> &'static str {
    match prefix {
        "Mailing" => "MailingAddress",
        "Other" => "OtherAddress",
        "Billing" => "BillingAddress",
        _ => "Address",
    }
}
