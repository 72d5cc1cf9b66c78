//! One row a call: what is refused and why, what is stored, and the conditions of a write.

use super::super::{Refuses, ValidationRule};
use super::*;

/// A contact with these fields is refused so.
#[track_caller]
fn check(body: Json, status: u16, code: &str, fields: &[&str]) {
    let world = World::new();
    let mut whole = json!({ "LastName": "Stone" });
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    world.ask("POST", "/sobjects/Contact", whole).refused(status, code, fields);
    assert_eq!(world.org.counts().contacts, 0, "nothing is stored");
}

#[test]
fn a_row_that_a_real_org_refuses_is_refused() {
    check(json!({ "LastName": null }), 400, "REQUIRED_FIELD_MISSING", &["LastName"]);
    check(json!({ "LastName": "  " }), 400, "REQUIRED_FIELD_MISSING", &["LastName"]);
    check(json!({ "LastName": "x".repeat(81) }), 400, "STRING_TOO_LONG", &["LastName"]);
    check(json!({ "Email": "stone@mail" }), 400, "INVALID_EMAIL_ADDRESS", &["Email"]);
    check(json!({ GROUPS: "Gold;Tin" }), 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", &[GROUPS]);
    check(json!({ "Name": "Ada Stone" }), 400, "INVALID_FIELD_FOR_INSERT_UPDATE", &["Name"]);
    check(json!({ "MailingAddress": null }), 400, "INVALID_FIELD_FOR_INSERT_UPDATE", &["MailingAddress"]);
    check(json!({ "SystemModstamp": null }), 400, "INVALID_FIELD_FOR_INSERT_UPDATE", &["SystemModstamp"]);
    check(json!({ "Shoe__c": 44 }), 400, "INVALID_FIELD", &[]);
    check(json!({ "Id": "003000000000001AAA" }), 400, "INVALID_FIELD", &[]);
    check(json!({ "Phone": 5551234 }), 400, "JSON_PARSER_ERROR", &[]);
    check(json!({ "Birthdate": "1815-12-10T00:00:00Z" }), 400, "JSON_PARSER_ERROR", &[]);
    check(json!({ "DoNotCall": "maybe" }), 400, "JSON_PARSER_ERROR", &[]);
    check(json!({ "DoNotCall": null }), 400, "REQUIRED_FIELD_MISSING", &["DoNotCall"]);
    check(json!({ "AccountId": "003000000000001AAA" }), 400, "MALFORMED_ID", &["AccountId"]);
    check(json!({ "AccountId": "001000000000001AAA" }), 400, "INVALID_CROSS_REFERENCE_KEY", &["AccountId"]);
    check(json!({ "Account": { KEY: "nobody" } }), 400, "INVALID_FIELD", &[]);
}

#[test]
fn a_body_that_is_no_record_is_refused() {
    let world = World::new();
    for body in ["", "[]", "{", "\"x\""] {
        world.send("POST", "/sobjects/Contact", &[], body).refused(400, "JSON_PARSER_ERROR", &[]);
    }
    world.ask("POST", "/sobjects/Unicorn", json!({})).refused(404, "NOT_FOUND", &[]);
    world.ask("PUT", "/sobjects/Contact", json!({})).refused(405, "METHOD_NOT_ALLOWED", &[]);
    world.ask("POST", "/sobjects/User", json!({ "LastName": "X" })).refused(
        400,
        "INVALID_TYPE_FOR_OPERATION",
        &[],
    );
}

#[test]
fn a_lead_needs_a_company() {
    let world = World::new();
    let told = world.ask("POST", "/sobjects/Lead", json!({}));
    told.refused(400, "REQUIRED_FIELD_MISSING", &["LastName", "Company"]);
    let converted = json!({ "LastName": "A", "Company": "B", "Status": "Closed - Converted" });
    world.ask("POST", "/sobjects/Lead", converted).refused(400, "INVALID_STATUS", &["Status"]);
    let id = world.create("Lead", json!({ "LastName": "A", "Company": "B" }));
    assert_eq!(world.value(&id, "Status"), "Open - Not Contacted", "the default");
}

#[test]
fn what_is_hidden_is_not_there() {
    let mut settings = Settings::unlimited();
    settings.hidden_fields.insert("Contact.HasOptedOutOfEmail".to_owned());
    let world = World::with(settings);
    let body = json!({ "LastName": "A", "HasOptedOutOfEmail": true });
    world.ask("POST", "/sobjects/Contact", body).refused(400, "INVALID_FIELD", &[]);
}

#[test]
fn values_are_stored_trimmed_and_in_their_form() {
    let world = World::new();
    let id = world.create(
        "contact",
        json!({
            "lastname": "  Stone ", "Title": "", "Email": "Ada@Mail.Example", "HasOptedOutOfEmail": "true",
            GROUPS: "Press; Gold;Press", "Phone": " 0 55-5 ", "attributes": { "type": "Contact" },
        }),
    );
    for (field, stored) in [
        ("LastName", json!("Stone")),
        ("Title", Json::Null),
        ("Email", json!("ada@mail.example")),
        ("HasOptedOutOfEmail", json!(true)),
        (GROUPS, json!("Gold;Press")),
        ("Phone", json!("0 55-5")),
    ] {
        assert_eq!(world.value(&id, field), stored, "{field}");
    }
    let told = world.ask("POST", "/sobjects/Contact", json!({ "LastName": "B" }));
    let place = format!("{BASE}/sobjects/Contact/{}", told.body["id"].as_str().unwrap());
    assert_eq!(told.header("Location"), Some(&*place));
    assert_eq!((&told.body["success"], &told.body["errors"]), (&json!(true), &json!([])));
}

#[test]
fn an_update_leaves_alone_what_it_does_not_name() {
    let world = World::new();
    let id = world.create("Contact", json!({ "LastName": "A", "Title": "Poet", "Phone": "1" }));
    world.pass(5);
    let told = world.ask("PATCH", &format!("/sobjects/Contact/{}", &id[..15]), json!({ "Title": null }));
    assert_eq!((told.status, told.body), (204, Json::Null));
    assert_eq!((world.value(&id, "Title"), world.value(&id, "Phone")), (Json::Null, json!("1")));
    assert_ne!(world.value(&id, "SystemModstamp"), world.value(&id, "CreatedDate"), "the stamps move");
    let cleared = world.ask("PATCH", &format!("/sobjects/Contact/{id}"), json!({ "LastName": "" }));
    cleared.refused(400, "REQUIRED_FIELD_MISSING", &["LastName"]);
    let again = world.ask("PATCH", &format!("/sobjects/Contact/{id}"), json!({ "Id": id }));
    again.refused(400, "INVALID_FIELD", &[]);
}

#[test]
fn each_way_in_which_a_row_is_not_there_has_its_own_words() {
    let world = World::new();
    let (id, account) = (world.contact("A"), world.create("Account", json!({ "Name": "X" })));
    let update = |id: &str| world.ask("PATCH", &format!("/sobjects/Contact/{id}"), json!({ "Title": "B" }));
    update("nobody").refused(404, "NOT_FOUND", &[]);
    update("0035e000009zzzzAAA").refused(404, "NOT_FOUND", &[]);
    update(&account).refused(400, "MALFORMED_ID", &["Id"]);
    world.org.unshare(&id).unwrap();
    update(&id).refused(400, "INSUFFICIENT_ACCESS_OR_READONLY", &[]);
    world.org.share(&id).unwrap();
    world.ask("DELETE", &format!("/sobjects/Contact/{id}"), Json::Null).good(204);
    update(&id).refused(404, "ENTITY_IS_DELETED", &[]);
    world.ask("DELETE", &format!("/sobjects/Contact/{id}"), Json::Null).refused(
        404,
        "ENTITY_IS_DELETED",
        &[],
    );
}

#[test]
fn a_converted_lead_is_frozen() {
    let world = World::new();
    let lead = world.create("Lead", json!({ "LastName": "A", "Company": "B" }));
    world.org.convert(&lead).unwrap();
    let told = world.ask("PATCH", &format!("/sobjects/Lead/{lead}"), json!({ "Title": "C" }));
    told.refused(400, "CANNOT_UPDATE_CONVERTED_LEAD", &[]);
    let campaign = world.create("Campaign", json!({ "Name": "Fair" }));
    let member = json!({ "CampaignId": campaign, "LeadId": lead });
    world.ask("POST", "/sobjects/CampaignMember", member).refused(400, "CANNOT_UPDATE_CONVERTED_LEAD", &[]);
}

#[test]
fn a_person_accounts_contact_is_not_written() {
    let world = World::with(Settings { person_accounts: true, ..Settings::unlimited() });
    let id = world.org.insert(Object::Contact, &json!({ "LastName": "A", "IsPersonAccount": true })).unwrap();
    let told = world.ask("PATCH", &format!("/sobjects/Contact/{id}"), json!({ "Title": "B" }));
    told.refused(400, "INSUFFICIENT_ACCESS_OR_READONLY", &[]);
}

#[test]
fn leads_are_given_away_unless_the_client_says_no() {
    const NO: (&str, &str) = ("Sforce-Auto-Assign", "FALSE");
    let world = World::new();
    let body = json!({ "LastName": "A", "Company": "B" }).to_string();
    let owner = |headers: &[(&str, &str)]| {
        let told = world.send("POST", "/sobjects/Lead", headers, &body).good(201);
        world.value(told["id"].as_str().unwrap(), "OwnerId")
    };
    let (given, kept) = (owner(&[]), owner(&[NO]));
    assert_ne!(given, kept);
    assert_eq!(owner(&[("Sforce-Auto-Assign", "TRUE")]), given);
    let contact = world.contact("A");
    assert_eq!(world.value(&contact, "OwnerId"), kept, "contacts stay with who made them");
}

#[test]
fn a_guarded_update_notices_what_happened_after_its_second() {
    let world = World::new();
    let id = world.contact("A");
    let update = |since: &str| {
        let path = format!("/sobjects/Contact/{id}");
        world.send("PATCH", &path, &[("If-Unmodified-Since", since)], "{\"Title\":\"B\"}")
    };
    const CREATED: &str = "Mon, 05 Jan 2026 08:00:00 GMT";
    world.org.edit(&id, &json!({ "Phone": "1" })).unwrap();
    update(CREATED).good(204);
    world.pass(1);
    world.org.bump(&id).unwrap();
    update(CREATED).good(204);
    world.pass(1);
    world.org.edit(&id, &json!({ "Phone": "2" })).unwrap();
    let told = update(CREATED);
    assert_eq!(told.status, 412, "{:?}", told.body);
    assert_eq!(update("2026-01-05T08:00:00Z").status, 400);
    let stale = ("If-Unmodified-Since", CREATED);
    let told = world.send("DELETE", &format!("/sobjects/Contact/{id}"), &[stale], "");
    assert_eq!(told.status, 204, "a delete takes no conditions and does not say so");
}

#[test]
fn all_broken_rules_of_the_administrator_speak() {
    let rule = |field: &str, refuses, at_field| ValidationRule {
        object: "Contact".to_owned(),
        field: field.to_owned(),
        refuses,
        message: format!("{field}, please"),
        at_field,
    };
    let mut settings = Settings::unlimited();
    let taboo = Refuses::Containing("Boss".to_owned());
    settings.write.validation_rules = vec![rule("Phone", Refuses::Blank, true), rule("Title", taboo, false)];
    let world = World::with(settings);
    let told = world.ask("POST", "/sobjects/Contact", json!({ "LastName": "A", "Title": "Boss" }));
    told.refused(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", &["Phone"]);
    assert_eq!(told.body.as_array().unwrap().len(), 2);
    let id = world.create("Contact", json!({ "LastName": "A", "Phone": "1" }));
    let told = world.ask("PATCH", &format!("/sobjects/Contact/{id}"), json!({ "Phone": null }));
    told.refused(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", &["Phone"]);
}

#[test]
fn a_full_org_takes_no_new_row_and_still_changes_old_ones() {
    let world = World::new();
    let id = world.contact("A");
    world.org.configure(|settings| settings.write.max_rows = Some(1));
    world.ask("POST", "/sobjects/Contact", json!({ "LastName": "B" })).refused(
        400,
        "STORAGE_LIMIT_EXCEEDED",
        &[],
    );
    world.ask("PATCH", &format!("/sobjects/Contact/{id}"), json!({ "Title": "C" })).good(204);
}

#[test]
fn nobody_who_left_can_be_given_a_row() {
    let world = World::new();
    let left = json!({ "Username": "gone@mail.example", "LastName": "Gone", "Email": "gone@mail.example", "IsActive": false });
    let user = world.org.insert(Object::User, &left).unwrap();
    let told = world.ask("POST", "/sobjects/Contact", json!({ "LastName": "A", "OwnerId": user }));
    told.refused(400, "INACTIVE_OWNER_OR_USER", &[]);
}

#[test]
fn a_locked_row_is_refused_and_can_be_tried_again() {
    let mut settings = Settings::unlimited();
    settings.write.locks_every_row = Some(2);
    let world = World::with(settings);
    world.contact("A");
    let body = json!({ "LastName": "B" });
    world.ask("POST", "/sobjects/Contact", body.clone()).refused(400, "UNABLE_TO_LOCK_ROW", &[]);
    world.ask("POST", "/sobjects/Contact", body).good(201);
}

#[test]
fn messages_come_in_the_users_language() {
    let world = World::with(Settings {
        language: super::super::super::settings::Language::Portuguese,
        ..Settings::unlimited()
    });
    let told = world.ask("POST", "/sobjects/Contact", json!({}));
    told.refused(400, "REQUIRED_FIELD_MISSING", &["LastName"]);
    assert!(told.body[0]["message"].as_str().unwrap().starts_with("Campos"), "{:?}", told.body);
}
