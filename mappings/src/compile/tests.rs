mod pairs;
mod types;

use super::*;
use crate::accounts::{audience, contact, drift, google};
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
        Some("the prefix, the suffix"),
    );
}

#[test]
fn several_fields_are_joined_one_way_and_names_go_both() {
    let joined = "several fields in one cannot be told apart again";
    check(&spec(&["line"], &["organizations.name", "organizations.title"]), (true, false), joined, None);
    check(&spec(&["colour", "age"], &["biographies"]), (false, true), joined, None);
    check(
        &Custom { truncate: true, ..spec(&["short"], &["organizations.name", "biographies"]) },
        (true, false),
        joined,
        Some("what is longer than 12 characters in `short`"),
    );
    let parts = ["names.honorificPrefix", "names.givenName", "names.familyName", "names.honorificSuffix"];
    check(&spec(&["line"], &parts), (true, true), "both hold a name", None);
    // One that is no part of a name makes a line of all.
    check(&spec(&["line"], &["names.givenName", "organizations.name"]), (true, false), joined, None);
}

/// Between Salesforce's contacts and Mailchimp.
#[track_caller]
fn check_options(
    left: &str,
    right: &str,
    options: &[(&str, &str)],
    wanted: Result<(Sides<bool>, &str), &str>,
) {
    let options = options.iter().map(|(left, right)| (left.to_string(), right.to_string())).collect();
    let spec = Custom { options, ..spec(&[left], &[right]) };
    let vendors = Sides::new("salesforce", "mailchimp");
    let (contact, audience) = (contact(), audience());
    let got = custom(&spec, vendors, Sides::new(&contact, &audience), &Context::default());
    let got = got.map(|mapping| (mapping.into, mapping.loses.unwrap_or_default()));
    assert_eq!(
        got.as_ref().map(|(into, loses)| (*into, loses.as_str())).map_err(ToString::to_string),
        wanted.map_err(str::to_owned)
    );
}

#[test]
fn options_are_held_against_both_apps_and_what_they_lose_is_said() {
    let (both, right) = (Sides::new(true, true), Sides::new(false, true));
    let unknown = "texts that are neither in the option map nor an option of `LEVEL`";
    check_options("Level__c", "LEVEL", &[("Gold", "gold"), ("Silver", "silver")], Ok((both, "")));
    // An option left out is refused value by value, and said beforehand, for each direction.
    check_options(
        "Level__c",
        "LEVEL",
        &[("Gold", "gold")],
        Ok((both, "the options silver; the options Silver")),
    );
    check_options(
        "Level__c",
        "LEVEL",
        &[("Gold", "gold"), ("Silver", "gold")],
        Ok((both, "the options silver; which of Gold, Silver it was")),
    );
    check_options(
        "Level__c",
        "LEVEL",
        &[("Glod", "gold")],
        Err("`Glod` is no option of `Level__c`; the options are Gold, Silver"),
    );
    check_options(
        "Level__c",
        "LEVEL",
        &[("Gold", "glod")],
        Err("`glod` is no option of `LEVEL`; the options are gold, silver"),
    );
    // Text becomes an option only through a map.
    check_options("Title", "LEVEL", &[("Boss", "gold")], Ok((both, unknown)));
    check_options("Level__c", "COMPANY", &[], Ok((right, "")));
    check_options(
        "Level__c",
        "COMPANY",
        &[("Gold", "Silver")],
        Ok((
            both,
            "texts that are neither in the option map nor an option of `Level__c`; the options Silver",
        )),
    );
    // A list of options and one option.
    check_options("Interests__c", "INTEREST", &[], Ok((both, "all entries but one, and the options Chess")));
    check_options("Interests__c", "COMPANY", &[], Ok((right, "all entries but one")));
    check_options(
        "Interests__c",
        "COMPANY",
        &[("Art", "Arts")],
        Ok((
            both,
            "texts that are neither in the option map nor an option of `Interests__c`; all entries but one",
        )),
    );
}

#[test]
fn an_opt_out_goes_over_and_its_absence_does_not() {
    use syntony_core::schema::Takes;
    let out = |name: &str| FieldSpec::new(name, Kind::Boolean);
    let schemas = (Schema::new(vec![out("a").takes(Takes::OptOutOnly(true))]), Schema::new(vec![out("b")]));
    let mapping = custom(
        &spec(&["a"], &["b"]),
        Sides::new("a", "b"),
        Sides::new(&schemas.0, &schemas.1),
        &Context::default(),
    )
    .unwrap();
    assert_eq!(mapping.into, Sides::new(true, true));
    assert_eq!(mapping.loses.as_deref(), Some("`false`, because a sync takes no opt-out back"));
}

#[test]
fn what_contacts_match_on_is_mapped_to_its_like_alone() {
    assert_eq!(between(&spec(&["email"], &["emailAddresses"])).unwrap().role, Role::Identity);
    let alone = |field: &str| {
        format!(
            "`{field}` is what contacts match on; it is mapped to the other app's e-mail addresses, and to nothing else"
        )
    };
    let (left, right) = (Some(Side::Left), Some(Side::Right));
    check_error(&spec(&["second"], &["emailAddresses"]), right, &alone("emailAddresses"));
    check_error(&spec(&["email"], &["userDefined.Mail"]), left, &alone("email"));
    check_error(&spec(&["email", "name"], &["biographies"]), left, &alone("email"));
    // Where the default mapping is switched off, the admin has taken that upon themselves: an address may be copied
    // into another field. It is never overwritten from one, or a contact would become somebody else.
    let off = Context { off: ["email".to_owned()].into(), ..Context::default() };
    let of = |spec: &Custom| custom(spec, VENDORS, Sides::new(&drift(), &google()), &off);
    let copy = of(&spec(&["email"], &["userDefined.Mail"])).unwrap();
    assert_eq!((copy.role, copy.into), (Role::Data, Sides::new(false, true)));
    let read = of(&spec(&["second"], &["emailAddresses"])).unwrap();
    assert_eq!((read.role, read.into), (Role::Data, Sides::new(true, false)));
    assert!(read.why.contains("contacts match on it"), "{}", read.why);
    assert!(of(&spec(&["email"], &["nicknames", "biographies"])).is_err());
    let over = Custom { into: Some(Side::Right), ..spec(&["line"], &["emailAddresses"]) };
    assert!(of(&over).is_err());
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
        &spec(&["line", "colour"], &["phoneNumbers"]),
        Some(Right),
        "`phoneNumbers` holds a list, and several fields become one text",
    );
    check_error(
        &Custom { truncate: true, ..spec(&["name"], &["names.givenName", "names.familyName"]) },
        None,
        "a name is mapped part by part; `truncate` shortens single texts alone",
    );
    check_error(
        &Custom { into: Some(Right), ..spec(&["line"], &["organizations.name", "organizations.title"]) },
        Some(Right),
        "nothing can flow into `organizations.name`: several fields in one cannot be told apart again",
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
    let options: std::collections::BTreeMap<_, _> = [("a".to_owned(), "b".to_owned())].into();
    let plain = [
        spec(&["colour"], &["biographies"]),
        spec(&["line"], &["organizations.name", "organizations.title"]),
        spec(&["name"], &["names.givenName", "names.familyName"]),
    ];
    for spec in plain {
        check_error(
            &Custom { options: options.clone(), ..spec },
            None,
            "neither field is a picklist, so there is nothing for `options` to map",
        );
    }
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
