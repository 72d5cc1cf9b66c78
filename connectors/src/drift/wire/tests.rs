//! Contacts as Drift gives them, and what becomes of them.

use super::catalogue::{Catalogue, join_tags};
use super::value::AttributeType;
use super::*;
use crate::auth::Credentials;
use crate::drift::config::{DateForm, DriftConfig, TagStore};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
use syntony_core::ids::{AppName, FieldName, Tag};
use syntony_core::value::{Date, Value};

fn config() -> DriftConfig {
    let mut config = DriftConfig::new(AppName::new("chat"), Credentials::Token("t".into())).unwrap();
    config.extra_fields = vec!["favourite_colour".into()];
    config
}

fn catalogue(config: &DriftConfig, types: &[(&str, &str)]) -> Catalogue {
    let property = |(name, kind): &(&str, &str)| Property { name: (*name).into(), kind: (*kind).into() };
    Catalogue::new(types.iter().map(property).collect(), config)
}

fn contact(attributes: &Json) -> Contact {
    Contact::parse(&json!({ "id": 15_811_408_544_i64, "createdAt": 5, "attributes": attributes })).unwrap()
}

#[test]
fn a_record_tells_empty_from_unseen_and_leaves_book_keeping_out() {
    let catalogue = catalogue(&config(), &[("age", "NUMERIC"), ("odd", "NUMERIC"), ("mood", "LATLON")]);
    let record = catalogue.record(&contact(&json!({
        "email": "A@x.test", "name": "", "phone": null, "age": 40, "odd": "many", "mood": "5,6",
        "unlisted": 3, "map": {"a": 1}, "lead_stage": "MQL",
        "_END_USER_VERSION": 4, "_anything": 1, "events": {}, "socialProfiles": {}, "tags": [{"name": "T"}],
    })));
    let plain: Vec<(&str, Json)> =
        record.fields.iter().map(|(name, value)| (name.as_str(), value.to_plain())).collect();
    let expected = [
        ("age", json!(40)),
        ("cql_score", Json::Null),
        ("cql_source", Json::Null),
        ("email", json!("A@x.test")),
        ("favourite_colour", Json::Null),
        ("lead_stage", json!("MQL")),
        ("mood", json!("5,6")),
        ("name", Json::Null),
        ("phone", Json::Null),
        ("unlisted", json!("3")),
    ];
    assert_eq!(plain, expected);
    assert_eq!(
        (record.version.order, record.version.tag.as_str(), record.created_ms),
        (Some(4), "4", Some(5))
    );
    assert_eq!(record.tags, Some(BTreeSet::from([Tag::from("T")])));
}

#[test]
fn an_attribute_that_the_account_has_and_the_contact_lacks_is_empty() {
    // Else a default mapping (company, title) could never be filled in.
    let catalogue = catalogue(&config(), &[("company", "STRING"), ("recent_medium", "STRING")]);
    let fields = catalogue.record(&contact(&json!({}))).fields;
    assert_eq!(fields.get("company"), Some(&Value::Null));
    assert_eq!(fields.get("recent_medium"), None, "Drift's own ones are many, and nobody writes there");
}

#[test]
fn tags_that_are_not_shown_were_not_observed() {
    let endpoint = catalogue(&config(), &[]);
    assert_eq!(endpoint.record(&contact(&json!({}))).tags, None);
    assert_eq!(endpoint.record(&contact(&json!({ "tags": ["a"] }))).tags, Some(BTreeSet::from(["a".into()])));
    let mut config = config();
    config.tags = TagStore::Attribute("t".into());
    let attribute = catalogue(&config, &[]);
    assert_eq!(attribute.record(&contact(&json!({}))).tags, Some(BTreeSet::new()));
    let record = attribute.record(&contact(&json!({ "t": " b;a ;; b" })));
    assert_eq!(record.tags, Some(BTreeSet::from(["a".into(), "b".into()])));
    assert!(!record.fields.contains_key("t"));
    // Somebody else's attribute is not a list of no tags, which would be written over.
    for odd in [json!(7), json!(["a"]), json!({ "a": 1 })] {
        assert_eq!(attribute.record(&contact(&json!({ "t": odd }))).tags, None);
    }
}

#[test]
fn ids_are_numbers_of_any_size_and_nothing_else() {
    let parsed = |id: Json| Contact::parse(&json!({ "id": id, "attributes": {} })).ok().map(|it| it.id);
    assert_eq!(parsed(json!(15_811_408_544_i64)), Some("15811408544".into()));
    assert_eq!(parsed(json!("7")), Some("7".into()));
    for odd in [json!(null), json!(""), json!("a/b"), json!(1.5), json!({})] {
        assert_eq!(parsed(odd.clone()), None, "{odd}");
    }
}

#[test]
fn days_and_moments_are_read_in_every_form_that_was_seen() {
    let check = |kind: AttributeType, json: Json, plain: Option<Json>| {
        assert_eq!(kind.read(&json).map(|value| value.to_plain()), plain, "{kind:?} {json}");
    };
    check(AttributeType::Day, json!(1_709_164_800_000_i64), Some(json!("2024-02-29")));
    check(AttributeType::Day, json!("1709251199999"), Some(json!("2024-02-29")));
    check(AttributeType::Day, json!("2024-02-29T10:00:00Z"), Some(json!("2024-02-29")));
    check(AttributeType::Day, json!("2023-02-29"), None);
    check(AttributeType::Day, json!("soon"), None);
    check(AttributeType::Day, json!(" "), Some(Json::Null));
    check(AttributeType::Day, json!("ééééééé"), None);
    check(AttributeType::Moment, json!("1970-01-01T00:00:01Z"), Some(json!({ "epoch_ms": 1000 })));
    check(AttributeType::Moment, json!(-5), Some(json!({ "epoch_ms": -5 })));
    check(AttributeType::Boolean, json!("true"), Some(json!(true)));
    check(AttributeType::Boolean, json!("yes"), None);
    check(AttributeType::Number, json!(" 2.50 "), Some(json!(2.5)));
    check(AttributeType::Number, json!("NaN"), None);
    check(AttributeType::Number, json!([1]), None);
    check(AttributeType::Text, json!(["a"]), None);
}

fn days() -> impl Strategy<Value = Date> {
    (1_000_i32..9_999, 1_u8..=12, 1_u8..=31).prop_filter_map("a day", |(y, m, d)| Date::new(Some(y), m, d))
}

proptest! {
    #[test]
    fn a_day_survives_the_wire_in_both_forms(day in days()) {
        for form in [DateForm::Iso, DateForm::EpochMillis] {
            let wire = AttributeType::Day.write(&Value::Date(day), form).unwrap();
            prop_assert_eq!(AttributeType::Day.read(&wire), Some(Value::Date(day)));
        }
    }

    #[test]
    fn a_text_survives_the_wire_as_it_is(text in ".*\\S.*") {
        let value = Value::text(&text);
        let wire = AttributeType::Text.write(&value, DateForm::Iso).unwrap();
        prop_assert_eq!(AttributeType::Text.read(&wire), Some(value));
    }

    #[test]
    fn tags_survive_an_attribute(tags in proptest::collection::btree_set("[^;\\s]([^;]*[^;\\s])?", 0..6)) {
        let tags: BTreeSet<Tag> = tags.into_iter().map(Tag::new).collect();
        let mut config = config();
        config.tags = TagStore::Attribute("t".into());
        let held = contact(&json!({ "t": join_tags(&tags).unwrap() }));
        prop_assert_eq!(catalogue(&config, &[]).tags_of(&held), Some(tags));
    }

    /// Whatever Drift sends, a record's values are of the kinds that the schema says.
    #[test]
    fn no_answer_makes_a_value_of_another_kind(
        kind in prop_oneof![Just("STRING"), Just("NUMERIC"), Just("BOOLEAN"), Just("DATETIME"), Just("DATE"), Just("?")],
        json in prop_oneof![
            Just(json!(null)), any::<i64>().prop_map(Json::from), any::<f64>().prop_map(Json::from),
            any::<bool>().prop_map(Json::from), ".*".prop_map(Json::from), Just(json!([1])), Just(json!({"a": 1})),
        ],
    ) {
        let catalogue = catalogue(&config(), &[("it", kind)]);
        let record = catalogue.record(&contact(&json!({ "it": json })));
        let spec = catalogue.schema().field("it").unwrap();
        if let Some(value) = record.fields.get(&FieldName::from("it")) {
            prop_assert!(value.is_empty() || crate::memory::fits(&spec, value));
        }
    }
}
