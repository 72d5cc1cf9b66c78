//! Collections: order, single failures, all or none, and the limits.

use super::*;
use proptest::prelude::*;

fn record(object: &str, fields: Json) -> Json {
    let mut record = json!({ "attributes": { "type": object } });
    record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    record
}

fn named(name: &str) -> Json {
    record("Contact", json!({ "LastName": name }))
}

fn write(world: &World, method: &str, all_or_none: bool, records: Vec<Json>) -> Told {
    world.ask(method, "/composite/sobjects", json!({ "allOrNone": all_or_none, "records": records }))
}

/// `id`, or the code of each row.
fn outcomes(told: &Json) -> Vec<&str> {
    let one = |row: &'_ Json| row["success"].as_bool() == Some(true);
    told.as_array()
        .unwrap()
        .iter()
        .map(|row| if one(row) { "ok" } else { row["errors"][0]["statusCode"].as_str().unwrap() })
        .collect()
}

#[test]
fn each_row_has_its_outcome_in_the_order_of_the_request() {
    let world = World::new();
    let told = write(&world, "POST", false, vec![named("A"), named(""), named("C")]).good(200);
    assert_eq!(outcomes(&told), ["ok", "REQUIRED_FIELD_MISSING", "ok"]);
    assert_eq!(world.value(told[2]["id"].as_str().unwrap(), "LastName"), "C");
    assert_eq!(told[1]["errors"][0]["fields"], json!(["LastName"]));
    assert!(told[1]["errors"][0]["errorCode"].is_null() && told[1]["id"].is_null());
    let told = write(&world, "POST", false, vec![named("")]).good(200);
    assert_eq!(outcomes(&told), ["REQUIRED_FIELD_MISSING"], "200, although every row failed");
}

#[test]
fn all_or_none_takes_back_what_was_written() {
    let world = World::new();
    let told = write(&world, "POST", true, vec![named("A"), named(""), named("C")]).good(200);
    let rolled = "ALL_OR_NONE_OPERATION_ROLLED_BACK";
    assert_eq!(outcomes(&told), [rolled, "REQUIRED_FIELD_MISSING", rolled]);
    assert_eq!(world.org.counts().contacts, 0);
}

#[test]
fn updates_name_their_rows_in_each_record() {
    let world = World::new();
    let id = world.contact("A");
    let gone = world.contact("B");
    world.org.delete(&gone).unwrap();
    let update = |id: &str| record("Contact", json!({ "id": id, "Title": "X" }));
    let records = vec![
        update(&id),
        update(&gone),
        update("0035e000009zzzzAAA"),
        update("001000000000001AAA"),
        record("Contact", json!({ "Title": "X" })),
    ];
    let told = write(&world, "PATCH", false, records).good(200);
    let expected =
        ["ok", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "MISSING_ARGUMENT"];
    assert_eq!(outcomes(&told), expected);
    let told = write(&world, "POST", false, vec![update(&id)]).good(200);
    assert_eq!(outcomes(&told), ["INVALID_FIELD_FOR_INSERT_UPDATE"], "a new row has no id");
}

#[test]
fn a_record_that_cannot_be_read_stops_the_whole_call() {
    let world = World::new();
    let unknown = record("Contact", json!({ "LastName": "B", "Nothing__c": "x" }));
    write(&world, "POST", false, vec![named("A"), unknown]).refused(400, "INVALID_FIELD", &[]);
    write(&world, "POST", false, vec![json!({ "LastName": "B" })]).refused(400, "INVALID_INPUT", &[]);
    write(&world, "POST", false, vec![record("Unicorn", json!({}))]).refused(400, "INVALID_TYPE", &[]);
    world.ask("POST", "/composite/sobjects", json!({})).refused(400, "INVALID_INPUT", &[]);
    assert_eq!(world.org.counts().contacts, 0);
}

#[test]
fn no_call_writes_more_rows_or_kinds_than_it_may() {
    let world = World::new();
    let many = |count: usize| (0..count).map(|nth| named(&format!("N{nth}"))).collect::<Vec<_>>();
    write(&world, "POST", false, many(201)).refused(400, "EXCEEDED_ID_LIMIT", &[]);
    assert_eq!(world.org.counts().contacts, 0);
    write(&world, "POST", false, many(200)).good(200);
    let mixed = |pairs: usize| -> Vec<Json> {
        (0..pairs).flat_map(|_| [named("A"), record("Account", json!({ "Name": "B" }))]).collect()
    };
    write(&world, "POST", false, mixed(5)).good(200);
    write(&world, "POST", false, mixed(6)).refused(400, "LIMIT_EXCEEDED", &[]);
}

#[test]
fn an_upsert_tells_which_rows_are_new() {
    let world = World::new();
    let upsert = |all_or_none: bool, pairs: &[(&str, &str)]| {
        let records: Vec<Json> = pairs
            .iter()
            .map(|(key, name)| record("Contact", json!({ KEY: key, "LastName": name })))
            .collect();
        let body = json!({ "allOrNone": all_or_none, "records": records });
        world.ask("PATCH", &format!("/composite/sobjects/Contact/{KEY}"), body).good(200)
    };
    let created = |told: &Json| -> Vec<bool> {
        told.as_array().unwrap().iter().map(|row| row["created"].as_bool().unwrap()).collect()
    };
    assert_eq!(created(&upsert(false, &[("a", "A"), ("b", "B")])), [true, true]);
    let told = upsert(false, &[("a", "A2"), ("c", "C"), ("", "D")]);
    assert_eq!(
        (created(&told), outcomes(&told)),
        (vec![false, true, false], vec!["ok", "ok", "MISSING_ARGUMENT"])
    );
    let told = upsert(true, &[("d", "D"), ("e", "")]);
    assert_eq!(created(&told), [true, false], "rolled back, and still said to be created");
    assert_eq!(told[0]["success"], false);
    let told = upsert(false, &[("f", "F"), ("f", "G")]);
    assert_eq!(outcomes(&told), ["DUPLICATE_VALUE", "DUPLICATE_VALUE"]);
    assert_eq!(world.org.counts().contacts, 3);
}

#[test]
fn rows_are_read_in_the_order_of_their_ids() {
    let world = World::new();
    let (a, b) = (world.contact("A"), world.contact("B"));
    let path = "/composite/sobjects/Contact";
    let body = json!({ "ids": [b, "0035e000009zzzzAAA", a], "fields": ["LastName"] });
    let told = world.ask("POST", path, body).good(200);
    assert_eq!(
        (&told[0]["LastName"], &told[1], &told[2]["LastName"]),
        (&json!("B"), &Json::Null, &json!("A"))
    );
    let got = world.get(&format!("{path}?ids={a},{b}&fields=Id,LastName")).good(200);
    assert_eq!(got[1]["Id"], json!(b));
    let unknown = json!({ "ids": [a], "fields": ["Nothing__c"] });
    world.ask("POST", path, unknown).refused(400, "INVALID_FIELD", &[]);
    let many = json!({ "ids": vec![a; 2_001], "fields": ["Id"] });
    world.ask("POST", path, many).refused(400, "EXCEEDED_ID_LIMIT", &[]);
}

#[test]
fn rows_are_deleted_each_for_itself_or_none() {
    let world = World::new();
    let (a, b) = (world.contact("A"), world.contact("B"));
    let delete = |ids: &str, more: &str| {
        world.ask("DELETE", &format!("/composite/sobjects?ids={ids}{more}"), Json::Null).good(200)
    };
    let told = delete(&format!("{a},0035e000009zzzzAAA"), "&allOrNone=true");
    assert_eq!(outcomes(&told), ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_CROSS_REFERENCE_KEY"]);
    let told = delete(&format!("{a},nobody,{b},{a}"), "");
    assert_eq!(outcomes(&told), ["ok", "MALFORMED_ID", "ok", "ENTITY_IS_DELETED"]);
    assert_eq!(world.org.counts().contacts, 0);
}

#[test]
fn single_rows_of_a_collection_can_be_locked() {
    let mut settings = Settings::unlimited();
    settings.write.locks_every_row = Some(3);
    let world = World::with(settings);
    let told = write(&world, "POST", false, ["A", "B", "C", "D"].map(named).to_vec()).good(200);
    assert_eq!(outcomes(&told), ["ok", "ok", "UNABLE_TO_LOCK_ROW", "ok"]);
}

/// What can be asked of one record, good and bad.
fn any_record() -> impl Strategy<Value = Json> {
    let name = prop_oneof![Just("Stone"), Just(""), Just("  Reed ")];
    let email = prop_oneof![Just(Json::Null), Just(json!("a@mail.example")), Just(json!("nonsense"))];
    let key = prop_oneof![Just(Json::Null), Just(json!("k1")), Just(json!("k2"))];
    (name, email, key).prop_map(|(name, email, key)| {
        record("Contact", json!({ "LastName": name, "Email": email, KEY: key }))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is written: as many outcomes as rows, and only what is said to be there is there.
    #[test]
    fn what_is_told_is_what_was_done(
        first in prop::collection::vec(any_record(), 1..6),
        second in prop::collection::vec(any_record(), 1..6),
        all_or_none in any::<bool>(),
    ) {
        let world = World::new();
        write(&world, "POST", false, first).good(200);
        let before = world.org.dump();
        let told = write(&world, "POST", all_or_none, second.clone()).good(200);
        let after = world.org.dump();
        let ends = outcomes(&told);
        prop_assert_eq!(ends.len(), second.len());
        let good = ends.iter().filter(|end| **end == "ok").count();
        prop_assert_eq!(after.len(), before.len() + good);
        prop_assert!(before.iter().all(|(id, row)| after.get(id) == Some(row)), "others are as they were");
        if all_or_none {
            prop_assert!(good == 0 || good == second.len());
        }
    }
}
