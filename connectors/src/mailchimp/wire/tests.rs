//! Values from the wire and to it.

use super::super::config::AddressClear;
use super::address_hash;
use super::draft::{Draft, NewStatus};
use super::field::Catalogue;
use super::member::Member;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use syntony_core::ids::Tag;
use syntony_core::record::{Fields, Record, Subscription};
use syntony_core::value::{Address, Date, Value};

/// One merge field of each type, named after it.
fn catalogue() -> Catalogue {
    let types = [
        "text", "number", "address", "phone", "date", "url", "imageurl", "radio", "dropdown", "birthday",
        "zip", "hologram",
    ];
    let mut fields: Vec<Json> = types
        .iter()
        .map(|name| {
            json!({ "tag": name.to_uppercase(), "type": name, "required": false,
                    "options": { "choices": ["Gold", "Silver"], "size": 25, "default_country": 164 } })
        })
        .collect();
    fields.push(json!({ "tag": "MUST", "type": "text", "required": true }));
    let total = fields.len();
    Catalogue::of(json!({ "merge_fields": fields, "total_items": total })).unwrap()
}

fn member(merge_fields: Json, more: Json) -> Member {
    let mut member = json!({
        "id": "h1", "contact_id": "c1", "email_address": "Ann@x.test", "status": "subscribed",
        "merge_fields": merge_fields, "tags": [], "tags_count": 0,
    });
    member.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Member::parse(member).unwrap()
}

fn read(name: &str, json: &Json) -> Option<Value> {
    catalogue().record(&member(json!({ name: json }), json!({}))).fields.remove(name)
}

fn plain(value: Option<Value>) -> Option<Json> {
    value.map(|value| value.to_plain())
}

fn home() -> Address {
    Address {
        street: "Kouter 1".into(),
        extended: "b 2".into(),
        city: "Ghent".into(),
        region: "OVL".into(),
        postal_code: "9000".into(),
        country: "be".into(),
    }
}

#[test]
fn the_hash_of_an_address_is_mailchimps_own() {
    // The example of Mailchimp's documents.
    assert_eq!(address_hash("Urist.McVankab@freddiesjokes.com"), "62eeb292278cc15f5817cb78f7790b08");
    assert_eq!(
        address_hash(" urist.mcvankab@freddiesjokes.com"),
        address_hash("URIST.MCVANKAB@freddiesjokes.com")
    );
}

#[test]
fn an_unset_field_is_empty_whatever_its_type_and_a_misfit_is_not_observed() {
    fn check(name: &str, wire: Json, expected: Option<Json>) {
        assert_eq!(plain(read(name, &wire)), expected, "{name} {wire}");
    }
    for (name, _) in catalogue().merge_fields() {
        check(name.as_str(), json!(""), Some(Json::Null));
        check(name.as_str(), Json::Null, Some(Json::Null));
        check(name.as_str(), json!([1]), None);
    }
    check("TEXT", json!(" Ann "), Some(json!(" Ann ")));
    check("TEXT", json!(7), Some(json!("7")));
    check("NUMBER", json!(0), Some(json!(0)));
    check("NUMBER", json!("1.5"), Some(json!(1.5)));
    check("NUMBER", json!("many"), None);
    check("DATE", json!("2024-02-29"), Some(json!("2024-02-29")));
    check("DATE", json!("2024-02-29T23:00:00.000Z"), Some(json!("2024-02-29")));
    check("DATE", json!("2023-02-29"), None);
    check("BIRTHDAY", json!("02/29"), Some(json!("--02-29")));
    check("BIRTHDAY", json!("29/02"), None);
    check(
        "ADDRESS",
        json!({ "addr1": "", "city": "", "state": "", "zip": "", "country": "US" }),
        Some(Json::Null),
    );
    check("ADDRESS", json!({ "addr1": "a", "city": 7 }), None);
    check("ADDRESS", json!("Kouter 1  Ghent"), None);
    check("RADIO", json!("Bronze"), Some(json!("Bronze")));
    check("HOLOGRAM", json!("?"), Some(json!("?")));
}

#[test]
fn a_field_that_the_row_lacks_is_empty() {
    let record = catalogue().record(&member(json!({}), json!({ "vip": false, "language": "" })));
    assert_eq!(plain(record.fields.get("TEXT").cloned()), Some(Json::Null));
    assert_eq!(plain(record.fields.get("vip").cloned()), Some(json!(false)));
    assert_eq!(plain(record.fields.get("language").cloned()), Some(Json::Null));
    assert_eq!(record.tags, Some([].into()));
}

#[test]
fn every_record_fits_the_schema() {
    let schema = catalogue().schema();
    let more = json!({
        "email_type": "html", "full_name": "Ann Lee", "location": { "country_code": "BE" }, "member_rating": 2,
        "source": "API", "timestamp_opt": "2026-01-05T08:00:00+00:00", "timestamp_signup": "", "vip": true,
    });
    let record = catalogue().record(&member(json!({ "ADDRESS": { "addr1": "a" } }), more));
    assert_eq!(record.fields.len(), schema.fields().len());
    for (name, value) in &record.fields {
        let spec = schema.field(name.as_str()).unwrap();
        assert!(value.is_empty() || crate::memory::fits(&spec, value), "{name}: {}", value.to_plain());
    }
    assert_eq!(record.created_ms, Some(1_767_600_000_000));
}

#[test]
fn a_state_of_its_own_is_no_opt_out() {
    let cases = [
        ("subscribed", Subscription::Subscribed),
        ("unsubscribed", Subscription::Unsubscribed),
        ("pending", Subscription::Other("pending".into())),
        ("cleaned", Subscription::Other("cleaned".into())),
        ("archived", Subscription::Other("archived".into())),
        ("transactional", Subscription::Other("transactional".into())),
        ("", Subscription::Unknown),
    ];
    for (status, expected) in cases {
        let record: Record = catalogue().record(&member(json!({}), json!({ "status": status })));
        assert_eq!(record.subscription, expected, "{status}");
    }
}

#[test]
fn tags_that_are_cut_off_are_not_observed() {
    let record = |more: Json| catalogue().record(&member(json!({}), more));
    assert_eq!(record(json!({ "tags": [{ "id": 1, "name": "a" }], "tags_count": 2 })).tags, None);
    assert_eq!(record(json!({ "tags": null })).tags, None);
    let all = record(json!({ "tags": [{ "id": 1, "name": "a" }], "tags_count": 1 })).tags;
    assert_eq!(all, Some([Tag::new("a")].into()));
}

/// What a write of one field sends, or why it does not.
fn sent(name: &str, value: Value) -> Result<Json, String> {
    let fields = Fields::from([(name.into(), value)]);
    let draft = Draft::update(&catalogue(), &fields, AddressClear::EmptyText);
    draft.map(Draft::into_change).map_err(|refused| {
        assert_eq!(refused.field.as_ref().map(syntony_core::ids::FieldName::as_str), Some(name));
        refused.reason
    })
}

#[test]
fn values_are_written_as_mailchimp_wants_them() {
    let merge = |name: &str, json: Json| Ok(json!({ "merge_fields": { name: json } }));
    let day = |year| Value::Date(Date::new(year, 4, 5).unwrap());
    assert_eq!(sent("TEXT", Value::text("Ann")), merge("TEXT", json!("Ann")));
    assert_eq!(sent("NUMBER", Value::number(2.0).unwrap()), merge("NUMBER", json!(2)));
    assert_eq!(sent("DATE", day(Some(1990))), merge("DATE", json!("1990-04-05")));
    assert_eq!(sent("BIRTHDAY", day(Some(1990))), merge("BIRTHDAY", json!("04/05")));
    assert_eq!(sent("BIRTHDAY", day(None)), merge("BIRTHDAY", json!("04/05")));
    assert_eq!(sent("RADIO", Value::text("Gold")), merge("RADIO", json!("Gold")));
    assert_eq!(sent("email_address", Value::text(" a@x.test ")), Ok(json!({ "email_address": "a@x.test" })));
    assert_eq!(sent("vip", Value::Bool(true)), Ok(json!({ "vip": true })));
    for name in ["TEXT", "NUMBER", "ADDRESS", "BIRTHDAY", "RADIO"] {
        assert_eq!(sent(name, Value::Null), merge(name, json!("")), "{name}");
    }
    let written = json!({ "addr1": "Kouter 1", "addr2": "b 2", "city": "Ghent", "state": "OVL", "zip": "9000",
                          "country": "BE" });
    assert_eq!(sent("ADDRESS", Value::Address(Box::new(home()))), merge("ADDRESS", written));
}

/// Scenarios 37, 38 and 43.
#[test]
fn what_does_not_fit_is_refused_by_its_name_and_nothing_is_invented() {
    fn check(name: &str, value: Value, reason: &str) {
        let refused = sent(name, value).unwrap_err();
        assert!(refused.contains(reason), "{name}: {refused}");
    }
    let with = |change: fn(&mut Address)| {
        let mut address = home();
        change(&mut address);
        Value::Address(Box::new(address))
    };
    check("ADDRESS", with(|it| it.street = " ".into()), "missing: street");
    check(
        "ADDRESS",
        with(|it| (it.region, it.postal_code) = Default::default()),
        "missing: region, postal code",
    );
    check("ADDRESS", with(|it| it.country.clear()), "missing: country");
    check("ADDRESS", with(|it| it.country = "Belgium".into()), "no code of two letters");
    check("RADIO", Value::text("Bronze"), "allowed: Gold, Silver");
    check("DATE", Value::Date(Date::new(None, 4, 5).unwrap()), "with its year");
    check("TEXT", Value::texts(["a", "b"]), "one value");
    check("NUMBER", Value::text("7"), "another kind");
    check("HOLOGRAM", Value::text("x"), "not known");
    check("NOBODY", Value::text("x"), "no such field");
    check("MUST", Value::Null, "requires");
    check("vip", Value::Null, "keeps no member without it");
    check("email_address", Value::Null, "keeps no member without it");
}

/// Scenario 70: there is no way to say it.
#[test]
fn nobody_is_given_a_status_by_a_write_of_fields() {
    for value in ["subscribed", "pending", "unsubscribed"] {
        assert!(sent("status", Value::text(value)).unwrap_err().contains("keeps this field itself"));
    }
}

#[test]
fn a_new_member_has_an_address_and_the_status_it_was_given() {
    let fields =
        Fields::from([("email_address".into(), Value::text("a@x.test")), ("TEXT".into(), Value::Null)]);
    let draft = Draft::create(&catalogue(), &fields).unwrap();
    for (status, expected) in [
        (NewStatus::Subscribed, "subscribed"),
        (NewStatus::Pending, "pending"),
        (NewStatus::Unsubscribed, "unsubscribed"),
    ] {
        let body = draft.clone().into_new_member(status, &[Tag::new("t")].into());
        assert_eq!(body, json!({ "email_address": "a@x.test", "status": expected, "tags": ["t"] }));
    }
    let nobody = Fields::from([("TEXT".into(), Value::text("x"))]);
    let refused = Draft::create(&catalogue(), &nobody).unwrap_err();
    assert_eq!(refused.field, Some("email_address".into()));
}

fn any_value() -> impl Strategy<Value = Value> {
    let text = "[ -~é]{0,12}".prop_map(Value::text);
    let day = (proptest::option::of(1900..2100_i32), 1..=12_u8, 1..=28_u8)
        .prop_map(|(year, month, day)| Value::Date(Date::new(year, month, day).unwrap()));
    let address = ("[a-z]{0,5}", "[a-z]{0,5}", "[A-Za-z]{0,3}").prop_map(|(street, city, country)| {
        let address = Address {
            street,
            city,
            country,
            region: "r".into(),
            postal_code: "1".into(),
            ..Address::default()
        };
        Value::Address(Box::new(address))
    });
    prop_oneof![
        text,
        day,
        address,
        any::<bool>().prop_map(Value::Bool),
        (-1e9..1e9_f64).prop_map(|number| Value::number(number).unwrap()),
        Just(Value::text("Gold")),
        Just(Value::Null),
    ]
}

proptest! {
    /// What was written and comes back as it was sent is what was meant, in the form that Mailchimp keeps.
    #[test]
    fn what_is_written_is_what_is_read(value in any_value()) {
        let catalogue = catalogue();
        for (name, field) in catalogue.merge_fields() {
            if let Ok(body) = sent(name.as_str(), value.clone()) {
                let read = read(name.as_str(), &body["merge_fields"][name.as_str()]);
                prop_assert_eq!(plain(read), Some(field.normalise(&value).to_plain()), "{}", name);
            }
        }
    }

    /// Scenario 70, for every update that can be said.
    #[test]
    fn no_update_carries_a_status(values in proptest::collection::vec(any_value(), 15)) {
        let catalogue = catalogue();
        let schema = catalogue.schema();
        for (spec, value) in schema.fields().iter().zip(values.iter().cycle()) {
            let fields = Fields::from([(spec.name.clone(), value.clone())]);
            if let Ok(draft) = Draft::update(&catalogue, &fields, AddressClear::EmptyParts) {
                let body = draft.into_change();
                prop_assert!(!body.to_string().contains("\"status"), "{}", body);
            }
        }
    }
}
