mod pairs;

use super::*;
use crate::accounts::{drift, google};
use crate::lens::tests::VENDORS;
use syntony_core::ids::FieldName;
use syntony_core::schema::{Access, FieldSpec, Kind, Schema};
use syntony_core::side::Side;

fn compiled(left: &Schema, right: &Schema, context: &Context) -> Vec<Compiled> {
    defaults(VENDORS, Sides::new(left, right), context)
}

fn keys(mappings: &[Compiled]) -> Vec<&str> {
    mappings.iter().map(|mapping| mapping.key.as_str()).collect()
}

fn of<'a>(mappings: &'a [Compiled], key: &str) -> &'a Compiled {
    mappings.iter().find(|mapping| mapping.key.as_str() == key).unwrap()
}

#[test]
fn the_defaults_are_what_both_apps_have() {
    let mappings = compiled(&drift(), &google(), &Context::default());
    assert_eq!(keys(&mappings), ["company", "email", "name", "phone"]);
    let email = of(&mappings, "email");
    assert_eq!(email.role, Role::Identity);
    assert_eq!(email.into, Sides::new(true, true));
    assert_eq!(email.loses.as_deref(), Some("all entries but one"));
    assert_eq!(email.why, "an email and a list of email");
    assert_eq!(of(&mappings, "name").why, "both hold a name");
    // The account has no `company`, but what enrichment calls it.
    assert_eq!(of(&mappings, "company").lens.fields(Side::Left), ["employment_name".into()]);
    assert_eq!(of(&mappings, "name").lens.fields(Side::Right).len(), 5);
}

#[test]
fn an_attribute_that_no_account_is_known_to_have_is_not_made_up() {
    // Drift's schema is open: any name would come into being on the first write.
    let bare = Schema::new(vec![FieldSpec::new("email", Kind::Email)]).open("");
    let mappings = compiled(&bare, &google(), &Context::default());
    assert_eq!(keys(&mappings), ["email", "name", "phone"]);
}

#[test]
fn what_is_switched_off_is_not_mapped() {
    let context = Context { off: ["phone".to_owned(), "name".to_owned()].into(), ..Context::default() };
    assert_eq!(keys(&compiled(&drift(), &google(), &context)), ["company", "email"]);
}

#[test]
fn two_accounts_of_one_vendor_have_everything_in_common() {
    let google = google();
    let vendors = Sides::new("google_contacts", "google_contacts");
    let mappings = defaults(vendors, Sides::new(&google, &google), &Context::default());
    let all: Vec<&str> = crate::table::Concept::ALL.iter().map(|concept| concept.as_str()).collect();
    let mut sorted = all.clone();
    sorted.sort_unstable();
    assert_eq!(keys(&mappings), sorted);
    assert!(mappings.iter().all(|mapping| mapping.loses.is_none() && mapping.into == Sides::new(true, true)));
}

#[test]
fn an_unknown_vendor_has_no_defaults() {
    let (drift, google) = (drift(), google());
    let vendors = Sides::new("drift", "nobody");
    assert!(defaults(vendors, Sides::new(&drift, &google), &Context::default()).is_empty());
}

#[test]
fn a_field_that_cannot_be_written_is_read_alone() {
    let locked = Schema::new(vec![
        FieldSpec::new("email", Kind::Email).access(Access::ReadOnly),
        FieldSpec::new("name", Kind::Text).access(Access::CreateOnly).required(),
        FieldSpec::new("phone", Kind::Phone),
    ]);
    let mappings = compiled(&locked, &google(), &Context::default());
    assert_eq!(of(&mappings, "email").into, Sides::new(false, true));
    assert_eq!(of(&mappings, "email").why, "`email` is read-only");
    let name = of(&mappings, "name");
    assert_eq!(name.into, Sides::new(false, true));
    assert_eq!(name.required, Sides::new(true, false));
    assert_eq!(name.why, "`name` can be set only when a contact is created");
}

#[test]
fn an_app_without_some_parts_of_a_name_is_mapped_by_the_others() {
    let two = Schema::new(vec![
        FieldSpec::new("names.givenName", Kind::Text),
        FieldSpec::new("names.familyName", Kind::Text),
    ]);
    let mappings = compiled(&drift(), &two, &Context::default());
    assert_eq!(of(&mappings, "name").lens.fields(Side::Right).len(), 2);
}

fn spec(left: &[&str], right: &[&str]) -> Custom {
    let names = |names: &[&str]| names.iter().map(|name| FieldName::from(*name)).collect();
    Custom { fields: Sides::new(names(left), names(right)), ..Custom::default() }
}

fn between(spec: &Custom) -> Result<Compiled, MappingError> {
    custom(spec, VENDORS, Sides::new(&drift(), &google()), &Context::default())
}

#[track_caller]
fn check(spec: &Custom, into: (bool, bool), why: &str, loses: Option<&str>) {
    let mapping = between(spec).unwrap();
    assert_eq!(mapping.into, Sides::new(into.0, into.1));
    assert_eq!(mapping.why, why);
    assert_eq!(mapping.loses.as_deref(), loses);
    assert!(mapping.mapping().into == mapping.into);
}

#[track_caller]
fn check_error(spec: &Custom, side: Option<Side>, message: &str) {
    let error = between(spec).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.side(), side);
}

#[test]
fn custom_mappings_say_which_way_they_go_and_why() {
    check(&spec(&["colour"], &["userDefined.Colour"]), (true, true), "both hold a text", None);
    check(&spec(&["age"], &["userDefined.Age"]), (false, true), "a text does not become a number", None);
    check(
        &spec(&["phone"], &["phoneNumbers"]),
        (true, true),
        "a phone and a list of phone",
        Some("all entries but one"),
    );
    check(
        &spec(&["line"], &["addresses"]),
        (true, false),
        "a text does not become an address",
        Some("all entries but one, and which line is which part of the address"),
    );
    check(
        &Custom { into: Some(Side::Left), ..spec(&["colour"], &["userDefined.Colour"]) },
        (true, false),
        "the configuration gives this direction only",
        None,
    );
    check(
        &Custom { truncate: true, ..spec(&["short"], &["biographies"]) },
        (true, true),
        "both hold a text",
        Some("what is longer than 12 characters in `short`"),
    );
    check(
        &Custom { into: Some(Side::Right), ..spec(&["name"], &["names.givenName", "names.familyName"]) },
        (false, true),
        "the configuration gives this direction only",
        None,
    );
}

#[test]
fn a_custom_mapping_of_addresses_is_what_contacts_match_on() {
    assert_eq!(between(&spec(&["email"], &["emailAddresses"])).unwrap().role, Role::Identity);
    assert_eq!(between(&spec(&["second"], &["emailAddresses"])).unwrap().role, Role::Data);
}

#[test]
fn the_key_of_a_custom_mapping_names_its_fields() {
    let mapping = between(&spec(&["line"], &["organizations.name", "organizations.title"])).unwrap();
    assert_eq!(mapping.key.as_str(), "line <-> organizations.name + organizations.title");
}

#[test]
fn what_cannot_be_mapped_says_what_is_wrong_and_what_would_help() {
    use Side::{Left, Right};
    check_error(&spec(&[], &["biographies"]), Some(Left), "no field is named");
    check_error(
        &spec(&["note"], &["biography"]),
        Some(Right),
        "there is no field `biography`; did you mean `biographies`?",
    );
    check_error(&spec(&["note"], &["zzz"]), Some(Right), "there is no field `zzz`");
    check_error(
        &spec(&["a", "b"], &["biographies", "organizations.name"]),
        None,
        "several fields can be mapped to one field; several to several are names alone",
    );
    check_error(
        &spec(&["line"], &["phoneNumbers", "biographies"]),
        Some(Right),
        "`phoneNumbers` holds a list and cannot be joined with other fields",
    );
    check_error(
        &Custom { into: Some(Left), ..spec(&["age"], &["biographies"]) },
        Some(Left),
        "nothing can flow into `age`: a text does not become a number",
    );
    check_error(
        &spec(&["age"], &["birthdays"]),
        None,
        "nothing can flow either way: a date does not become a number; a number does not become a date",
    );
    check_error(
        &Custom { truncate: true, ..spec(&["short"], &["phoneNumbers"]) },
        Some(Right),
        "`phoneNumbers` holds a list; `truncate` shortens single texts alone",
    );
    let options = [("a".to_owned(), "b".to_owned())].into();
    check_error(
        &Custom { options, ..spec(&["colour"], &["biographies"]) },
        None,
        "neither field is a picklist, so there is nothing for `options` to map",
    );
}

#[test]
fn an_option_that_does_not_exist_is_found_before_anything_is_written() {
    // Scenario 39.
    let stage =
        FieldSpec { options: vec!["MQL".into(), "SQL".into()], ..FieldSpec::new("stage", Kind::Picklist) };
    let schema = Schema::new(vec![stage]);
    let options = [("Marketing".to_owned(), "MLQ".to_owned())].into();
    let spec = Custom { options, ..spec(&["stage"], &["stage"]) };
    let schemas = (drift(), schema);
    let error = custom(&spec, VENDORS, Sides::new(&schemas.0, &schemas.1), &Context::default()).unwrap_err();
    assert_eq!(error.to_string(), "`MLQ` is no option of `stage`; the options are MQL, SQL");
    assert_eq!(error.side(), Some(Side::Right));
}
