//! States and countries as picklists.

use super::*;

fn world() -> World {
    World::with(Settings { state_and_country_picklists: true, ..Settings::unlimited() })
}

/// Country, its code, state, its code.
type Address = [&'static str; 4];

fn stored(world: &World, id: &str) -> [Json; 4] {
    ["MailingCountry", "MailingCountryCode", "MailingState", "MailingStateCode"]
        .map(|field| world.value(id, field))
}

fn fields(pairs: &[(&str, Json)]) -> Json {
    let mut body = json!({ "LastName": "A" });
    for (name, value) in pairs {
        body[format!("Mailing{name}")] = value.clone();
    }
    body
}

#[track_caller]
fn check_create(pairs: &[(&str, Json)], expected: Result<Address, &str>) {
    let world = world();
    let told = world.ask("POST", "/sobjects/Contact", fields(pairs));
    match expected {
        Ok(address) => {
            let id = told.good(201)["id"].as_str().unwrap().to_owned();
            let address = address.map(|part| if part.is_empty() { Json::Null } else { json!(part) });
            assert_eq!(stored(&world, &id), address, "{pairs:?}");
        }
        Err(field) => told.refused(400, "FIELD_INTEGRITY_EXCEPTION", &[&format!("Mailing{field}")]),
    }
}

#[test]
fn a_name_and_a_code_find_each_other() {
    const TEXAS: Address = ["United States", "US", "Texas", "TX"];
    check_create(&[("CountryCode", json!("US")), ("StateCode", json!("TX"))], Ok(TEXAS));
    check_create(&[("Country", json!("united states")), ("State", json!("Texas"))], Ok(TEXAS));
    check_create(&[("Country", json!("Germany"))], Ok(["Germany", "DE", "", ""]));
    check_create(
        &[("CountryCode", json!("US")), ("Country", json!("Germany"))],
        Ok(["United States", "US", "", ""]),
    );
}

#[test]
fn a_place_that_there_is_not_is_refused() {
    check_create(&[("Country", json!("Atlantis"))], Err("Country"));
    check_create(&[("Country", json!("US"))], Err("Country"));
    check_create(&[("CountryCode", json!("us"))], Err("CountryCode"));
    check_create(&[("CountryCode", json!("DE")), ("State", json!("Texas"))], Err("State"));
    check_create(&[("State", json!("Texas"))], Err("State"));
}

#[test]
fn on_an_update_a_name_and_a_code_must_agree() {
    let world = world();
    let id = world.create("Contact", fields(&[("CountryCode", json!("US")), ("StateCode", json!("TX"))]));
    let update = |body: Json| world.ask("PATCH", &format!("/sobjects/Contact/{id}"), body);
    let both = json!({ "MailingCountryCode": "US", "MailingCountry": "Germany" });
    update(both).refused(400, "FIELD_INTEGRITY_EXCEPTION", &["MailingCountry"]);
    update(json!({ "MailingCountryCode": "DE" })).refused(
        400,
        "FIELD_INTEGRITY_EXCEPTION",
        &["MailingState"],
    );
    update(json!({ "MailingState": "California" })).good(204);
    assert_eq!(stored(&world, &id)[3], "CA");
    update(json!({ "MailingCountry": null })).good(204);
    assert_eq!(stored(&world, &id), [(); 4].map(|()| Json::Null), "the state goes with its country");
}

#[test]
fn without_picklists_any_text_is_a_place() {
    let world = World::new();
    let id = world.create("Contact", json!({ "LastName": "A", "MailingCountry": "Atlantis" }));
    assert_eq!(world.value(&id, "MailingCountry"), "Atlantis");
}
