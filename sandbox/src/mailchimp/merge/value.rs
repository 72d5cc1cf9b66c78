//! Which values each type of field takes, and what it makes of them.

use super::{MergeField, MergeType};
use crate::normal;
use crate::people::{Birthday, Person};
use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};
use url::Url;

/// The longest text, in bytes.
const MAX_TEXT_BYTES: usize = 255;
/// Mailchimp's number of the United States, the country of an address that names none.
const UNITED_STATES: u32 = 164;

pub(super) const PLEASE_ENTER: &str = "Please enter a value";
const INCOMPLETE: &str = "Please enter a complete address";
const TOO_LONG: &str = "Please limit the value to 255 characters";
const NO_NUMBER: &str = "Please enter a number";
const NO_PHONE: &str = "Please enter a valid phone number";
const NO_DATE: &str = "Please enter the date in the format YYYY-MM-DD";
const NO_BIRTHDAY: &str = "Please enter a month (01-12) and a day (01-31)";
const NO_URL: &str = "Please enter a valid URL";
const NO_CHOICE: &str = "Please choose one of the options";
const NO_ZIP: &str = "Please enter a valid zip code";

/// A leap year, so that the 29th of February is a birthday.
const LEAP_YEAR: i32 = 2000;

/// What a new field of this type has for options.
pub(super) fn default_options(kind: MergeType) -> Map<String, Json> {
    let options = match kind {
        MergeType::Text => json!({ "size": 25, "choices": [] }),
        MergeType::Address => json!({ "default_country": UNITED_STATES }),
        MergeType::Phone => json!({ "phone_format": "none" }),
        MergeType::Date => json!({ "date_format": "MM/DD/YYYY" }),
        MergeType::Birthday => json!({ "date_format": "MM/DD" }),
        MergeType::Radio | MergeType::Dropdown => json!({ "choices": [] }),
        MergeType::Number | MergeType::Url | MergeType::ImageUrl | MergeType::Zip => json!({}),
    };
    match options {
        Json::Object(options) => options,
        _ => Map::new(),
    }
}

/// What becomes of a value: stored in some form, cleared (`None`), or refused with these words.
pub(super) fn take(field: &MergeField, value: &Json, reshape: bool) -> Result<Option<Json>, &'static str> {
    if let (MergeType::Address, Json::Object(parts)) = (field.kind, value) {
        return address(parts).map(Some);
    }
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return Err(PLEASE_ENTER),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let text = if reshape { normal::text(&text) } else { text };
    let taken = match field.kind {
        MergeType::Text if text.len() > MAX_TEXT_BYTES => Err(TOO_LONG),
        MergeType::Text => Ok(Json::from(text)),
        MergeType::Number => number(&text).ok_or(NO_NUMBER),
        MergeType::Address => Err(INCOMPLETE),
        MergeType::Phone => phone(&text, field.option("phone_format")).ok_or(NO_PHONE),
        MergeType::Date => date(&text).ok_or(NO_DATE),
        MergeType::Birthday => birthday(&text).ok_or(NO_BIRTHDAY),
        MergeType::Url | MergeType::ImageUrl => web(&text).ok_or(NO_URL),
        MergeType::Radio | MergeType::Dropdown => {
            field.choices().find(|choice| *choice == text).map(Json::from).ok_or(NO_CHOICE)
        }
        MergeType::Zip => zip(&text).ok_or(NO_ZIP),
    };
    taken.map(Some)
}

/// All or nothing: street, city, state and postal code. A country that is missing or is not two letters
/// becomes the audience's default, which nobody is told.
fn address(parts: &Map<String, Json>) -> Result<Json, &'static str> {
    let part = |name: &str| parts.get(name).and_then(Json::as_str).unwrap_or_default().trim();
    if ["addr1", "city", "state", "zip"].iter().any(|name| part(name).is_empty()) {
        return Err(INCOMPLETE);
    }
    let country = part("country");
    let is_code = country.len() == 2 && country.chars().all(|letter| letter.is_ascii_alphabetic());
    let country = if is_code { country.to_ascii_uppercase() } else { "US".to_owned() };
    Ok(json!({
        "addr1": part("addr1"), "addr2": part("addr2"), "city": part("city"), "state": part("state"),
        "zip": part("zip"), "country": country,
    }))
}

fn number(text: &str) -> Option<Json> {
    let parsed: serde_json::Number = text.parse().ok()?;
    Some(Json::Number(parsed))
}

/// `NNN-NNN-NNNN` where the field is set to the United States, anything short enough elsewhere.
fn phone(text: &str, format: &str) -> Option<Json> {
    let fits = if format == "US" {
        let parts: Vec<&str> = text.split('-').collect();
        let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        parts.iter().map(|part| part.len()).eq([3, 3, 4]) && parts.iter().all(digits)
    } else {
        text.len() <= MAX_TEXT_BYTES
    };
    fits.then(|| Json::from(text))
}

fn date(text: &str) -> Option<Json> {
    let day = match text.split_once('T') {
        Some((day, _)) if chrono::DateTime::parse_from_rfc3339(text).is_ok() => day,
        Some(_) => return None,
        None => text,
    };
    let parsed =
        NaiveDate::parse_from_str(day, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(day, "%m/%d/%Y"));
    parsed.ok().map(|day| Json::from(day.format("%Y-%m-%d").to_string()))
}

fn birthday(text: &str) -> Option<Json> {
    let (month, day) = text.split_once('/')?;
    let number = |part: &str| (part.len() == 2).then(|| part.parse::<u32>().ok()).flatten();
    NaiveDate::from_ymd_opt(LEAP_YEAR, number(month)?, number(day)?).map(|_| Json::from(text))
}

fn web(text: &str) -> Option<Json> {
    let url = Url::parse(text).ok()?;
    let absolute = matches!(url.scheme(), "http" | "https") && url.has_host();
    (absolute && text.len() <= MAX_TEXT_BYTES).then(|| Json::from(text))
}

fn zip(text: &str) -> Option<Json> {
    (text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| Json::from(text))
}

/// A person as the sandbox's fields have it; the address only if it is whole.
pub(super) fn of_person(person: &Person) -> Vec<(&'static str, Json)> {
    let name = &person.name;
    let mut told = vec![("FNAME", json!(name.given)), ("LNAME", json!(name.family))];
    if let Some(phone) = person.phones.first() {
        told.push(("PHONE", json!(phone.value)));
    }
    if let Some(company) = &person.company {
        told.push(("COMPANY", json!(company)));
    }
    if let Some(Birthday { month, day, .. }) = person.birthday {
        told.push(("BIRTHDAY", json!(format!("{month:02}/{day:02}"))));
    }
    if let Some(address) = &person.address
        && address.country == "United States"
    {
        // The other countries of the cast have no states, so their addresses are never whole.
        let whole = json!({ "addr1": address.street, "city": address.city, "state": address.region,
            "zip": address.postal_code, "country": "US" });
        told.push(("ADDRESS", whole));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::MergeFields;
    use super::*;

    /// What a field of this type makes of a value; options as JSON.
    fn check(kind: MergeType, options: Json, value: Json, expected: Result<Json, &str>) {
        let mut fields = MergeFields::new();
        let id = fields.insert("F".to_owned(), "F".to_owned(), kind);
        let field = fields.get_mut(id).unwrap();
        field.options.extend(options.as_object().unwrap().clone());
        let taken = take(field, &value, false).map(|taken| taken.unwrap_or(Json::Null));
        assert_eq!(taken, expected, "{kind:?} {value}");
    }

    #[test]
    fn each_type_takes_its_values_and_no_other() {
        use MergeType::{Address, Birthday, Date, Dropdown, Number, Phone, Radio, Text, Url, Zip};
        let none = || json!({});
        let same = |kind, value: Json| check(kind, none(), value.clone(), Ok(value));
        let refused = |kind, value: Json, why| check(kind, none(), value, Err(why));
        same(Text, json!("Ünïcode \"&\" <b>"));
        same(Text, json!("x".repeat(255)));
        refused(Text, json!("é".repeat(128)), TOO_LONG);
        check(Text, none(), json!(7), Ok(json!("7")));
        check(Text, none(), json!(""), Ok(Json::Null));
        same(Number, json!(-3.5));
        check(Number, none(), json!("42"), Ok(json!(42)));
        refused(Number, json!("many"), NO_NUMBER);
        same(Phone, json!("call the front desk"));
        check(Phone, json!({"phone_format": "US"}), json!("212-555-0142"), Ok(json!("212-555-0142")));
        for bad in ["(212) 555-0142", "+1 212-555-0142", "2125550142", "212-555-014"] {
            check(Phone, json!({"phone_format": "US"}), json!(bad), Err(NO_PHONE));
        }
        same(Date, json!("2026-02-28"));
        check(Date, none(), json!("02/28/2026"), Ok(json!("2026-02-28")));
        check(Date, none(), json!("2026-02-28T10:00:00+00:00"), Ok(json!("2026-02-28")));
        refused(Date, json!("2026-02-30"), NO_DATE);
        refused(Date, json!("28.2.2026"), NO_DATE);
        same(Birthday, json!("02/29"));
        for bad in ["2/9", "13/01", "02/30", "1969-02-28", "02/28/1969"] {
            refused(Birthday, json!(bad), NO_BIRTHDAY);
        }
        same(Url, json!("https://x.example/a?b=c"));
        refused(Url, json!("www.x.example"), NO_URL);
        refused(Url, json!("javascript:alert(1)"), NO_URL);
        same(Zip, json!("30308"));
        refused(Zip, json!("SW1A 1AA"), NO_ZIP);
        for kind in [Radio, Dropdown] {
            check(kind, json!({"choices": ["A", "B"]}), json!("B"), Ok(json!("B")));
            check(kind, json!({"choices": ["A", "B"]}), json!("b"), Err(NO_CHOICE));
        }
        refused(Address, json!("1 High St, Atlanta"), INCOMPLETE);
        check(Address, none(), json!(""), Ok(Json::Null));
    }

    #[test]
    fn an_address_is_whole_or_refused_and_a_strange_country_is_silently_america() {
        let with = |country: &str| json!({"addr1": "1 High St", "city": "Gent", "state": "OVL", "zip": "9000", "country": country});
        let stored = |country: &str| json!({"addr1": "1 High St", "addr2": "", "city": "Gent", "state": "OVL", "zip": "9000", "country": country});
        for (sent, kept) in [("BE", "BE"), ("be", "BE"), ("", "US"), ("Belgium", "US"), ("BEL", "US")] {
            check(MergeType::Address, json!({}), with(sent), Ok(stored(kept)));
        }
        for missing in ["addr1", "city", "state", "zip"] {
            let mut sent = with("BE");
            sent[missing] = json!(" ");
            check(MergeType::Address, json!({}), sent, Err(INCOMPLETE));
        }
        check(MergeType::Address, json!({}), json!({}), Err(INCOMPLETE));
    }

    proptest::proptest! {
        /// What was stored is taken again and stays what it is: an echo of our own write is no change.
        #[test]
        fn a_stored_value_is_taken_unchanged(text in ".{0,40}|[0-9/-]{4,10}", nth in 0_usize..11) {
            let kind = MergeType::ALL[nth].0;
            let mut fields = MergeFields::new();
            let id = fields.insert("F".to_owned(), "F".to_owned(), kind);
            let field = fields.get(id).unwrap();
            for reshape in [false, true] {
                if let Ok(Some(stored)) = take(field, &json!(text), reshape) {
                    proptest::prop_assert_eq!(take(field, &stored, reshape), Ok(Some(stored.clone())));
                }
            }
        }
    }
}
