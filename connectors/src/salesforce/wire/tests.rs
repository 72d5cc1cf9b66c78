//! From what an organisation describes to a schema, and from rows to records.

use super::describe::{Describe, Shape};
use super::object::SObject;
use super::record::{Standing, record, standing};
use super::schema::schema;
use super::view::{Source, TagColumn, View, source};
use super::{Row, soql};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use syntony_core::ids::{ContactId, FieldName, Tag};
use syntony_core::op::Mailing;
use syntony_core::record::{Record, Subscription};
use syntony_core::schema::{Access, FieldSpec, Kind, Schema};

/// A text field as `describe` gives it; `more` replaces what is different.
fn field(name: &str, kind: &str, more: Json) -> Json {
    let mut field = json!({ "name": name, "type": kind, "length": 80, "nillable": true, "createable": true,
        "updateable": true, "defaultedOnCreate": false, "relationshipName": null, "picklistValues": [] });
    field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    field
}

fn option(value: &str, active: bool) -> Json {
    json!({ "value": value, "label": value, "active": active, "defaultValue": false, "validFor": null })
}

fn read_only() -> Json {
    json!({ "createable": false, "updateable": false })
}

fn address(prefix: &str, more: &Json) -> Vec<Json> {
    let part = |name: &str| field(&format!("{prefix}{name}"), "string", more.clone());
    ["Street", "City", "State", "PostalCode", "Country"].map(part).to_vec()
}

fn shape(fields: Vec<Json>) -> Shape {
    let children = json!([{ "relationshipName": "TopicAssignments" }, { "relationshipName": null }]);
    serde_json::from_value(json!({ "name": "x", "queryable": true, "createable": true, "updateable": true,
        "fields": fields, "childRelationships": children }))
    .unwrap()
}

fn contact_fields() -> Vec<Json> {
    let mut fields = vec![
        field("Id", "id", read_only()),
        field("LastName", "string", json!({ "nillable": false })),
        field("Name", "string", read_only()),
        field("Email", "email", json!({})),
        field("Phone", "phone", json!({ "length": 40 })),
        field("Birthdate", "date", json!({ "length": 0 })),
        field("HasOptedOutOfEmail", "boolean", json!({ "nillable": false, "defaultedOnCreate": true })),
        field(
            "LeadSource",
            "picklist",
            json!({ "picklistValues": [option("Web", true), option("Old", false)] }),
        ),
        field(
            "Interests__c",
            "multipicklist",
            json!({ "picklistValues": [option("a", true), option("b", true)] }),
        ),
        field("Score__c", "double", json!({ "length": 0 })),
        field("Seen__c", "datetime", json!({ "length": 0 })),
        field("Photo__c", "base64", json!({})),
        field("AccountId", "reference", json!({ "relationshipName": "Account", "length": 18 })),
        field("MailingAddress", "address", read_only()),
    ];
    fields.extend(address("Mailing", &json!({})));
    fields.extend(address("Other", &read_only()));
    fields
}

fn lead_fields() -> Vec<Json> {
    let mut fields = vec![
        field("LastName", "string", json!({ "nillable": false })),
        field("Company", "string", json!({ "nillable": false, "length": 255 })),
        field("Email", "email", json!({})),
        field("Website", "url", json!({})),
        field("IsConverted", "boolean", read_only()),
        field("Score__c", "string", json!({})),
    ];
    fields.extend(address("", &json!({})));
    fields
}

fn describe(object: SObject) -> Describe {
    let shapes = [(SObject::Contact, shape(contact_fields())), (SObject::Lead, shape(lead_fields()))];
    Describe::new(object, BTreeMap::from(shapes))
}

fn spec(schema: &Schema, name: &str) -> FieldSpec {
    schema.fields().iter().find(|field| field.name.as_str() == name).cloned().unwrap()
}

#[test]
fn a_field_is_what_the_organisation_says_it_is() {
    let schema = schema(SObject::Contact, &shape(contact_fields()));
    assert!(spec(&schema, "LastName").required);
    assert!(!spec(&schema, "HasOptedOutOfEmail").required, "it has a default");
    for (name, kind, many, access, max) in [
        ("LastName", Kind::Text, false, Access::ReadWrite, Some(80)),
        ("Name", Kind::Text, false, Access::ReadOnly, Some(80)),
        ("Phone", Kind::Phone, false, Access::ReadWrite, Some(40)),
        ("Birthdate", Kind::Date, false, Access::ReadWrite, None),
        ("Interests__c", Kind::Picklist, true, Access::ReadWrite, None),
        ("Score__c", Kind::Number, false, Access::ReadWrite, None),
        ("MailingAddress", Kind::Address, false, Access::ReadWrite, None),
        ("MailingCity", Kind::Text, false, Access::ReadWrite, Some(80)),
        ("OtherAddress", Kind::Address, false, Access::ReadOnly, None),
        ("Account.Name", Kind::Text, false, Access::ReadOnly, None),
    ] {
        let field = spec(&schema, name);
        assert_eq!(
            (field.kind, field.many, field.access, field.max_length_chars),
            (kind, many, access, max),
            "{name}"
        );
    }
    assert_eq!(spec(&schema, "LeadSource").options, ["Web"]);
    assert!(schema.field("Photo__c").is_none(), "nothing that a contact's field could be");
}

#[test]
fn an_address_of_which_a_part_is_hidden_is_no_address() {
    let visible =
        |fields: Vec<Json>| fields.into_iter().filter(|field| field["name"] != "MailingCity").collect();
    let shape = shape(visible(contact_fields()));
    assert!(schema(SObject::Contact, &shape).field("MailingAddress").is_none());
}

#[test]
fn states_and_countries_that_are_options_are_written_by_their_codes() {
    let mut fields = contact_fields();
    fields.push(field("MailingStateCode", "picklist", json!({})));
    fields.push(field("MailingCountryCode", "picklist", read_only()));
    let schema = schema(SObject::Contact, &shape(fields));
    assert_eq!(spec(&schema, "MailingAddress").access, Access::ReadOnly, "its country cannot be set");
}

#[test]
fn the_contact_of_a_lead_is_shown_in_the_leads_terms() {
    let describe = describe(SObject::Lead);
    let at = |name: &str| source(&describe, SObject::Contact, name);
    assert_eq!(at("Company"), Some(Source::AccountName));
    assert!(matches!(at("Address"), Some(Source::Address(address)) if address.name == "MailingAddress"));
    assert!(matches!(at("City"), Some(Source::Field(name, _)) if name == "MailingCity"));
    assert!(matches!(at("Email"), Some(Source::Field(name, _)) if name == "Email"));
    assert_eq!(at("IsConverted"), Some(Source::Converted));
    assert_eq!(at("Website"), None);
    assert_eq!(at("Score__c"), None, "a text there, a number here");
    assert_eq!(source(&describe, SObject::Lead, "Nothing__c"), None);
}

fn view(object: SObject, row: SObject, tags: TagColumn) -> View {
    let extra = ["Interests__c", "Score__c", "Seen__c", "Hidden__c"].map(FieldName::from);
    View::new(&describe(object), row, &extra, tags, None).unwrap()
}

#[test]
fn a_query_asks_for_nothing_that_is_not_described() {
    let topics = TagColumn::Rows { relationship: "TopicAssignments", target: "Topic" };
    let view = view(SObject::Contact, SObject::Contact, topics);
    let select = view.select();
    for asked in ["Id, ", "SystemModstamp", "MasterRecordId", "MailingCity", "Account.Name", "Interests__c"] {
        assert!(select.contains(asked), "{asked}: {select}");
    }
    for unknown in ["FirstName", "Hidden__c", "MailingAddress", "IsConverted", "Photo__c"] {
        assert!(!select.contains(unknown), "{unknown}: {select}");
    }
    assert!(select.ends_with(", (SELECT Id, IsDeleted, Topic.Name FROM TopicAssignments)"), "{select}");
    assert!(soql::encoded_bytes(select) < 2_000);
}

fn row(fields: Json) -> Row {
    let mut row = json!({ "attributes": { "type": "Contact" }, "Id": "003000000000001AAA", "IsDeleted": false,
        "SystemModstamp": "2026-07-27T10:00:05.000+0000", "LastModifiedDate": "2026-07-27T10:00:00.000+0000",
        "CreatedDate": "2026-01-01T00:00:00.000+0000", "MasterRecordId": null });
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row.as_object().unwrap().clone()
}

fn shown(record: &Record) -> Json {
    let fields = record.fields.iter();
    fields
        .map(|(name, value)| (name.as_str().to_owned(), value.to_plain()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn a_row_reads_as_it_is_typed() {
    let row = row(json!({
        "LastName": " O'Neill ", "Email": null, "Birthdate": "1990-02-28", "LeadSource": "Old",
        "HasOptedOutOfEmail": true, "Interests__c": "a;c", "Score__c": 0, "Seen__c": "2026-07-27T10:00:00.000+0200",
        "Account": { "attributes": { "type": "Account" }, "Name": "Acme" },
        "MailingStreet": "Main St 1\nBack", "MailingCity": "Ghent", "MailingState": null,
        "MailingPostalCode": null, "MailingCountry": "Belgium",
        "OtherStreet": null, "OtherCity": null, "OtherState": null, "OtherPostalCode": null, "OtherCountry": null,
    }));
    let record = record(&row, &view(SObject::Contact, SObject::Contact, TagColumn::None)).unwrap();
    assert_eq!(
        shown(&record),
        json!({
            "LastName": " O'Neill ", "Email": null, "Birthdate": "1990-02-28", "LeadSource": "Old",
            "HasOptedOutOfEmail": true, "Interests__c": ["a", "c"], "Score__c": 0,
            "Seen__c": { "epoch_ms": 1_785_139_200_000_i64 }, "Account.Name": "Acme",
            "MailingAddress": { "street": "Main St 1\nBack", "city": "Ghent", "country": "Belgium" },
            "OtherAddress": null,
        })
    );
    assert_eq!(record.version.tag, "2026-07-27T10:00:00.000+0000");
    assert_eq!(record.version.order, Some(1_785_146_405_000));
    assert_eq!(record.subscription, Subscription::Unsubscribed);
    assert_eq!(record.tags, None);
}

#[test]
fn what_has_another_shape_is_not_observed_and_never_empty() {
    let odd = row(json!({
        "LastName": 7, "Email": ["a"], "Birthdate": "28/02/1990", "HasOptedOutOfEmail": "true",
        "Interests__c": {}, "Score__c": "many", "Seen__c": 5, "Account": { "Name": 7 },
        "MailingStreet": null, "MailingCity": 7, "MailingState": null, "MailingPostalCode": null,
        "MailingCountry": null,
    }));
    let view = view(SObject::Contact, SObject::Contact, TagColumn::None);
    let read = record(&odd, &view).unwrap();
    assert_eq!(shown(&read), json!({}));
    assert_eq!(Mailing::of(&read.subscription), Mailing::Refused);
    assert!(matches!(read.subscription, Subscription::Other(_)), "neither an opt-out nor the end of one");
    assert!(record(&row(json!({ "SystemModstamp": "soon" })), &view).is_err());
    let future = record(&row(json!({ "SystemModstamp": "9999-01-01T00:00:00.000+0000" })), &view).unwrap();
    assert_eq!(future.version.order, None);
}

#[test]
fn a_lead_that_is_a_contact_now_reads_as_a_lead() {
    let row = row(json!({
        "LastName": "Lovelace", "Account": { "Name": "Acme" }, "MailingStreet": null, "MailingCity": "Ghent",
        "MailingState": null, "MailingPostalCode": null, "MailingCountry": null, "HasOptedOutOfEmail": false,
    }));
    let record = record(&row, &view(SObject::Lead, SObject::Contact, TagColumn::None)).unwrap();
    assert_eq!(
        shown(&record),
        json!({
            "LastName": "Lovelace", "Company": "Acme", "Address": { "city": "Ghent" }, "IsConverted": true,
            "HasOptedOutOfEmail": false,
        })
    );
    assert_eq!(record.subscription, Subscription::Subscribed);
}

fn check_tags(column: TagColumn, value: Json, expected: Option<&[&str]>) {
    let row = row(json!({ "Interests__c": value, "TopicAssignments": value }));
    let record = record(&row, &view(SObject::Contact, SObject::Contact, column)).unwrap();
    assert_eq!(record.tags, expected.map(|tags| tags.iter().copied().map(Tag::from).collect()), "{value}");
}

#[test]
fn tags_that_were_not_all_read_are_not_observed() {
    let field = || TagColumn::Field("Interests__c".to_owned());
    check_tags(field(), json!("b;a"), Some(&["a", "b"]));
    check_tags(field(), Json::Null, Some(&[]));
    check_tags(field(), json!(7), None);
    let topics = || TagColumn::Rows { relationship: "TopicAssignments", target: "Topic" };
    let tied =
        |name: &str, deleted: bool| json!({ "Id": "x", "IsDeleted": deleted, "Topic": { "Name": name } });
    let page =
        |done: bool| json!({ "totalSize": 2, "done": done, "records": [tied("a", false), tied("b", true)] });
    check_tags(topics(), page(true), Some(&["a"]));
    check_tags(topics(), page(false), None);
    check_tags(topics(), Json::Null, Some(&[]));
    check_tags(topics(), json!({ "done": true, "records": [{ "Id": "x", "Topic": null }] }), None);
    check_tags(TagColumn::None, json!("a"), None);
}

#[test]
fn a_converted_lead_is_its_contact_whatever_became_of_the_lead() {
    for (fields, expected) in [
        (json!({}), Standing::Live),
        (json!({ "IsDeleted": true }), Standing::Deleted),
        (json!({ "IsDeleted": true, "MasterRecordId": "003B" }), Standing::MergedInto("003B".into())),
        (json!({ "MasterRecordId": "003B" }), Standing::Live),
        (json!({ "IsConverted": true, "ConvertedContactId": "003C" }), Standing::ConvertedTo("003C".into())),
        (
            json!({ "IsConverted": true, "ConvertedContactId": "003C", "IsDeleted": true }),
            Standing::ConvertedTo(ContactId::new("003C")),
        ),
        (json!({ "IsConverted": true, "ConvertedContactId": null }), Standing::ConvertedUnseen),
    ] {
        assert_eq!(standing(&row(fields.clone())), expected, "{fields}");
    }
}
