//! Tags: topics, campaign members, and a field of the row.

use super::writing::{World, create, key, kinds, person, retag};
use super::*;
use crate::contract::Found;
use crate::salesforce::config::Updates;
use serde_json::json;
use std::collections::BTreeSet;
use syntony_core::ids::Tag;
use syntony_core::record::Fields;
use syntony_core::value::Value;
use syntony_sandbox::faults::Fault;
use syntony_sandbox::salesforce::TagPlace;

fn stores() -> [(TagStore, TagPlace); 3] {
    [
        (TagStore::Topics, TagPlace::Topics),
        (TagStore::Campaigns, TagPlace::Campaigns),
        (TagStore::Field("Tags__c".into()), TagPlace::Field("Tags__c".to_owned())),
    ]
}

async fn world(object: SObject, store: TagStore, place: TagPlace) -> World {
    World::with(object, |config| config.tags = store, |settings| settings.tags = place).await
}

fn add(world: &World, object: SObject) -> String {
    match object {
        SObject::Contact => world.org.add(&json!({ "LastName": "N" })).unwrap(),
        SObject::Lead => world.org.add_lead(&json!({ "LastName": "N", "Company": "C" })).unwrap(),
    }
}

fn tags(tags: &[&str]) -> BTreeSet<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

/// Writes tags, and compares what the outcome says with what the organisation has.
async fn check_retag(world: &World, id: &str, on: &[&str], off: &[&str], expected: &[&str]) {
    let seen = world.seen(id).await;
    world.org.clock().advance(Duration::from_secs(2));
    let ops = vec![retag(1, id, &seen, Fields::new(), on, off)];
    let outcome = world.salesforce.write(ops).await.unwrap().remove(0).1;
    let Outcome::Applied { record, .. } = outcome else { panic!("{on:?} {off:?}: {outcome:?}") };
    let told: BTreeSet<String> = record.tags.unwrap().iter().map(Tag::to_string).collect();
    assert_eq!((told, world.org.tags(id)), (tags(expected), tags(expected)));
}

#[tokio::test]
async fn a_tag_goes_on_and_off_one_by_one_and_twice_is_once() {
    for object in [SObject::Contact, SObject::Lead] {
        for (store, place) in stores() {
            let world = world(object, store, place).await;
            let id = add(&world, object);
            check_retag(&world, &id, &["VIP", "Two words & more"], &[], &["VIP", "Two words & more"]).await;
            check_retag(&world, &id, &["VIP"], &[], &["VIP", "Two words & more"]).await;
            world.org.tag(&id, "Theirs").unwrap();
            check_retag(&world, &id, &["New"], &["VIP"], &["New", "Theirs", "Two words & more"]).await;
            check_retag(&world, &id, &[], &["VIP", "Never there"], &["New", "Theirs", "Two words & more"])
                .await;
        }
    }
}

/// Somebody else put the tag on, or took it off, after the contact was read.
#[tokio::test]
async fn what_somebody_else_did_with_the_tag_is_no_error() {
    for (store, place) in stores() {
        let world = world(SObject::Contact, store, place).await;
        let id = add(&world, SObject::Contact);
        world.org.tag(&id, "Old").unwrap();
        let seen = world.seen(&id).await;
        world.org.tag(&id, "New").unwrap();
        world.org.untag(&id, "Old").unwrap();
        let ops = vec![retag(1, &id, &seen, Fields::new(), &["New"], &["Old"])];
        world.salesforce.write(ops).await.unwrap();
        assert_eq!(world.org.tags(&id), tags(&["New"]));
    }
}

#[tokio::test]
async fn a_create_carries_its_tags() {
    for object in [SObject::Contact, SObject::Lead] {
        for (store, place) in stores() {
            let world = world(object, store, place).await;
            let mut given = person(1);
            if object == SObject::Lead {
                given.insert("Company".into(), Value::text("Acme"));
            }
            let outcome = world.write(vec![create(1, given, &["One", "Two"])]).await;
            let id = world.org.ids_of("p1@mail.example").remove(0);
            assert_eq!(outcome, [format!("op00001 applied {id}")]);
            assert_eq!(world.org.tags(&id), tags(&["One", "Two"]));
        }
    }
}

/// The tags of others survive, however the field is written.
#[tokio::test]
async fn tags_in_a_field_are_written_on_what_is_there_and_not_on_what_was() {
    for updates in [Updates::Guarded, Updates::Collections] {
        let store = TagStore::Field("Tags__c".into());
        let place = TagPlace::Field("Tags__c".to_owned());
        let world = World::with(
            SObject::Contact,
            |config| (config.tags, config.updates) = (store, updates),
            |settings| settings.tags = place,
        )
        .await;
        let id = add(&world, SObject::Contact);
        let seen = world.seen(&id).await;
        world.org.clock().advance(Duration::from_secs(2));
        world.org.tag(&id, "Theirs").unwrap();
        let outcome = world.write(vec![retag(1, &id, &seen, Fields::new(), &["Ours"], &[])]).await;
        assert_eq!(outcome, ["op00001 stale"]);
        check_retag(&world, &id, &["Ours"], &[], &["Ours", "Theirs"]).await;
    }
}

#[tokio::test]
async fn a_tag_that_no_field_can_hold_is_refused() {
    let store = TagStore::Field("Tags__c".into());
    let world = world(SObject::Contact, store, TagPlace::Field("Tags__c".to_owned())).await;
    let id = add(&world, SObject::Contact);
    let seen = world.seen(&id).await;
    let ops = vec![
        retag(1, &id, &seen, Fields::new(), &["a;b"], &[]),
        create(2, person(2), &["a;b"]),
        create(3, person(3), &["ab"]),
    ];
    let outcomes = world.write(ops).await;
    let reason = "rejected (Tags__c): an option of a multi-select picklist cannot hold a semicolon";
    assert_eq!(outcomes[..2], [format!("op00001 {reason}"), format!("op00002 {reason}")]);
    assert_eq!(kinds(&outcomes), [("applied".to_owned(), 1), ("rejected".to_owned(), 2)]);
}

#[tokio::test]
async fn where_tags_are_kept_nowhere_a_tag_is_refused_and_the_fields_of_others_are_written() {
    let world =
        World::with(SObject::Contact, |config| config.tags = TagStore::Field("Nope__c".into()), |_| {}).await;
    let outcomes = world.write(vec![create(1, person(1), &["VIP"]), create(2, person(2), &[])]).await;
    assert!(outcomes[0].starts_with("op00001 rejected (Nope__c): "), "{}", outcomes[0]);
    assert_eq!(kinds(&outcomes), [("applied".to_owned(), 1), ("rejected".to_owned(), 1)]);
}

/// The contact is made, and the call that tags it is lost: it must be known as made, or it would be made again.
#[tokio::test]
async fn a_contact_that_was_made_is_told_as_made_whatever_becomes_of_its_tags() {
    for (store, place) in [(TagStore::Topics, TagPlace::Topics), (TagStore::Campaigns, TagPlace::Campaigns)] {
        let world = world(SObject::Contact, store, place).await;
        world.write(vec![create(1, person(1), &["VIP"])]).await;
        // The first is the contact, the second its tag.
        let post = "/composite/sobjects";
        world.org.faults().on(reqwest::Method::POST, post, 1, Fault::Slow { ms: 1 });
        world.org.faults().on(reqwest::Method::POST, post, 7, Fault::DropBefore);
        let outcome = world.salesforce.write(vec![create(2, person(2), &["VIP"])]).await.unwrap().remove(0);
        let id = world.org.ids_of("p2@mail.example").remove(0);
        let Outcome::Applied { id: told, record } = outcome.1 else { panic!("{:?}", outcome.1) };
        assert_eq!((outcome.0, told.as_str()), (key(2), id.as_str()));
        assert_eq!(record.tags, Some(BTreeSet::new()));
        assert_eq!(world.org.tags(&id), BTreeSet::new());
    }
}

#[tokio::test]
async fn a_tag_for_many_is_put_on_by_the_two_hundred() {
    let world = world(SObject::Contact, TagStore::Topics, TagPlace::Topics).await;
    let ids: Vec<String> = (0..200).map(|_| add(&world, SObject::Contact)).collect();
    let wanted: Vec<_> = ids.iter().map(|id| id.as_str().into()).collect();
    let fetched = world.salesforce.fetch(&wanted).await.unwrap();
    let ops = (0..).zip(fetched).map(|(number, fetched)| match fetched.found {
        Found::Live { id, record } => retag(number, id.as_str(), &record, Fields::new(), &["VIP"], &[]),
        other => panic!("{other:?}"),
    });
    let ops = ops.collect();
    let before = world.salesforce.calls_made();
    assert_eq!(kinds(&world.write(ops).await), [("applied".to_owned(), 200)]);
    // Looked up, made, put on, read back.
    assert_eq!(world.salesforce.calls_made() - before, 4);
}
