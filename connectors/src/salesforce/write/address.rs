//! A postal address as columns.
//!
//! Salesforce shows an address whole and takes its parts. Orgs with state and country picklists take codes that
//! belong together: there a country or state is written as the code of an option that has this code or this
//! name, and what is no option is refused rather than guessed.
//! (<https://help.salesforce.com/s/articleView?id=sf.admin_state_country_picklists_field_syncing.htm>)

use super::super::wire::address::AddressField;
use super::super::wire::describe::{Field, PickOption, Shape};
use super::payload::Refused;
use super::value::Misfit;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use syntony_core::value::{Address, Value};

/// The most options that a hint lists.
const MAX_LISTED_OPTIONS: usize = 12;
const USE_CODE: &str = "write the state's code instead of its name";

/// The columns of an address, empty ones too: an address is written as a whole.
///
/// # Errors
/// Why the address cannot be written.
pub(super) fn columns(
    shape: &Shape,
    field: AddressField,
    value: &Value,
) -> Result<Vec<(String, Json)>, Refused> {
    let address = match value {
        Value::Address(address) => held(address),
        empty if empty.is_empty() => Address::default(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::List(_) => return Err(("the field takes an address", None)),
    };
    let mut columns = vec![
        (field.street(), text(&address.street)),
        (field.city(), text(&address.city)),
        (field.postal_code(), text(&address.postal_code)),
    ];
    if field.has_codes(shape) {
        let country =
            code_of(shape, &field.country_code(), &address.country, "Salesforce knows no such country")?;
        let state = code_of(shape, &field.state_code(), &address.region, "Salesforce knows no such state")?;
        columns.extend([(field.state_code(), text(&state)), (field.country_code(), text(&country))]);
    } else {
        columns.extend([(field.state(), text(&address.region)), (field.country(), text(&address.country))]);
    }
    Ok(columns)
}

fn text(part: &str) -> Json {
    if part.is_empty() { Json::Null } else { Json::String(part.to_owned()) }
}

/// The code of the option that has this code or this name.
fn code_of(shape: &Shape, column: &str, wanted: &str, unknown: Misfit) -> Result<String, Refused> {
    if wanted.is_empty() {
        return Ok(String::new());
    }
    let options: Vec<&PickOption> = shape.field(column).into_iter().flat_map(Field::active_options).collect();
    let same = |text: &str| text.trim().to_lowercase() == wanted.to_lowercase();
    if let Some(option) = options.iter().find(|option| same(&option.value)) {
        return Ok(option.value.clone());
    }
    // Two countries may have a state of the same name, with different codes.
    let named = options.iter().filter(|option| option.label.as_deref().is_some_and(same));
    let codes: BTreeSet<&str> = named.map(|option| option.value.as_str()).collect();
    let mut codes = codes.into_iter();
    match (codes.next(), codes.next()) {
        (Some(code), None) => Ok(code.to_owned()),
        (Some(_), Some(_)) => Err(("several countries have a state of this name", Some(USE_CODE.to_owned()))),
        (None, _) => Err((unknown, Some(listed(column, &options)))),
    }
}

/// The first options, for people.
fn listed(column: &str, options: &[&PickOption]) -> String {
    let label = |option: &&PickOption| option.label.clone().unwrap_or_else(|| option.value.clone());
    let some: Vec<String> = options.iter().take(MAX_LISTED_OPTIONS).map(label).collect();
    let more = if options.len() > MAX_LISTED_OPTIONS { ", …" } else { "" };
    format!("{column} has these options: {}{more}", some.join(", "))
}

/// The address as Salesforce holds it: parts trimmed, and all lines above the city in the street.
pub(super) fn held(address: &Address) -> Address {
    let trimmed = |part: &str| part.trim().to_owned();
    let lines = [trimmed(&address.street), trimmed(&address.extended)];
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    Address {
        street: lines.join("\n"),
        extended: String::new(),
        city: trimmed(&address.city),
        region: trimmed(&address.region),
        postal_code: trimmed(&address.postal_code),
        country: trimmed(&address.country),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::wire::address::address_field;
    use crate::salesforce::wire::object::SObject;
    use serde_json::json;

    /// An organisation where states and countries are options.
    fn shape() -> Shape {
        let option = |value: &str, label: &str, active: bool| json!({ "value": value, "label": label, "active": active });
        let field = |name: &str, options: Json| json!({ "name": name, "type": "picklist", "picklistValues": options });
        let countries = json!([
            option("BR", "Brazil", true),
            option("PE", "Peru", true),
            option("SU", "Soviet Union", false),
        ]);
        let states = json!([
            option("AM", "Amazonas", true),
            option("AMA", "Amazonas", true),
            option("SP", "São Paulo", true),
        ]);
        let fields = [field("MailingStateCode", states), field("MailingCountryCode", countries)];
        serde_json::from_value(json!({ "queryable": true, "fields": fields })).unwrap()
    }

    fn check(region: &str, country: &str, expected: Result<(Json, Json), &str>) {
        let (region, country) = (region.to_owned(), country.to_owned());
        let address = Value::Address(Box::new(Address { region, country, ..Address::default() }));
        let field = address_field(SObject::Contact, "MailingAddress").unwrap();
        let found = columns(&shape(), field, &address).map(|columns| {
            let of = |name: &str| columns.iter().find(|(column, _)| column == name).unwrap().1.clone();
            (of("MailingStateCode"), of("MailingCountryCode"))
        });
        assert_eq!(found.map_err(|(reason, _)| reason), expected);
    }

    #[test]
    fn a_place_is_an_option_of_the_organisation_or_is_refused() {
        check("sp", "BRAZIL", Ok((json!("SP"), json!("BR"))));
        check(" são paulo ", "br", Ok((json!("SP"), json!("BR"))));
        check("", "", Ok((json!(null), json!(null))));
        check("Amazonas", "Peru", Err("several countries have a state of this name"));
        check("AMA", "Peru", Ok((json!("AMA"), json!("PE"))));
        check("", "Soviet Union", Err("Salesforce knows no such country"));
        check("", "Brasil", Err("Salesforce knows no such country"));
    }

    #[test]
    fn all_lines_above_the_city_are_the_street() {
        let given = Address { street: " 1 Main St ".into(), extended: "Flat 2".into(), ..Address::default() };
        let expected = Address { street: "1 Main St\nFlat 2".into(), ..Address::default() };
        assert_eq!(held(&given), expected);
        assert_eq!(held(&expected), expected);
    }
}
