//! What is sent, and what is said of it.

use super::*;
use crate::error::ConnectorError;
use syntony_sandbox::drift::{AttributeType, MissingScope, NullPatch, Scope};
use syntony_sandbox::faults::{Fault, Refusal};

const PATCH: &str = "PATCH /contacts/{id}";

#[tokio::test]
async fn an_update_sends_what_changed_and_nothing_else() {
    let world = World::usual().await;
    let ann = world.chat("a@example.test", &[("name", json!("Ann")), (COLOUR, json!("blue"))]);
    let seen = Box::new(world.record(&ann).await);
    // Somebody edits between the read and the write: their edit stays.
    world.workspace.edit(number(&ann), &[("name", json!("Anna"))]).unwrap();
    let (fields, add_tags, remove_tags) = (named(&[(COLOUR, text("green"))]), [].into(), [].into());
    let update = Write::Update { id: ann.clone(), fields, add_tags, remove_tags, seen };
    let outcome = world.write(update).await;
    let record = record_of(&outcome);
    assert_eq!(record.fields["name"].to_plain(), "Anna");
    assert_eq!(record.fields[COLOUR].to_plain(), "green");
    assert_eq!((world.attribute(&ann, "name"), world.calls(PATCH)), (json!("Anna"), 1));
}

#[tokio::test]
async fn the_revision_of_a_confirmed_update_never_hides_the_next_edit() {
    let world = World::usual().await;
    let ann = world.chat("a@example.test", &[("name", json!("Ann"))]);
    let outcome = world.update(&ann, &[("name", text("Bea"))]).await;
    let read = world.record(&ann).await;
    assert!(!read.version.is_older_than(&record_of(&outcome).version));
    assert!(read.same_content(record_of(&outcome)));
    world.workspace.edit(number(&ann), &[("name", json!("Cleo"))]).unwrap();
    assert!(!world.record(&ann).await.version.is_older_than(&read.version));
}

#[tokio::test]
async fn a_null_that_is_ignored_is_tried_once_in_a_lifetime() {
    // Scenario: a clear is no loop.
    for (null, first, second) in
        [(NullPatch::Ignore, 2, 1), (NullPatch::Clear, 1, 1), (NullPatch::Refuse, 2, 1)]
    {
        let world = World::new(|settings| settings.null_patch = null, |_| {}).await;
        for expected in [first, second] {
            world.workspace.traffic().clear();
            let ann = world.chat("a@example.test", &[("name", json!("Ann")), (COLOUR, json!("blue"))]);
            let outcome = world.update(&ann, &[(COLOUR, Value::Null)]).await;
            assert_eq!(record_of(&outcome).fields[COLOUR], Value::Null, "{null:?}");
            assert_eq!(world.calls(PATCH), expected, "{null:?}");
            assert_eq!(world.attribute(&ann, "name"), "Ann", "{null:?}");
        }
    }
}

#[tokio::test]
async fn a_clear_that_drift_does_not_do_is_one_refusal_and_leaves_the_rest_unsent() {
    let world = World::usual().await;
    world.workspace.define_attribute("seats", AttributeType::Numeric);
    let ann = world.chat("a@example.test", &[("seats", json!(3)), ("name", json!("Ann"))]);
    let outcome = world.update(&ann, &[("seats", Value::Null), ("name", text("Bea"))]).await;
    assert_eq!(brief(&outcome), "rejected (seats): Drift keeps the value");
    assert_eq!((world.attribute(&ann, "seats"), world.attribute(&ann, "name")), (json!(3), json!("Ann")));
}

/// One op, then what is left of it once the contact was read again: the vendor's refusal of that alone.
async fn check_in_part(world: &World, id: &ContactId, wish: &Write, left: &Write, refusal: &str) {
    let on_what_is_there = async |write: &Write| match write.clone() {
        Write::Update { id, fields, add_tags, remove_tags, .. } => {
            let seen = Box::new(world.record(&id).await);
            world.write(Write::Update { id, fields, add_tags, remove_tags, seen }).await
        }
        create @ Write::Create { .. } => world.write(create).await,
    };
    let said = brief(&on_what_is_there(wish).await);
    assert_eq!(said, "stale", "what was done of it is not to be called refused");
    assert_eq!(world.attribute(id, "name"), "Bea");
    for _ in 0..2 {
        let said = brief(&on_what_is_there(left).await);
        assert!(said.starts_with(refusal), "{said}");
    }
}

fn change(id: &ContactId, fields: &[(&str, Value)], add_tags: &[&str]) -> Write {
    let add_tags = add_tags.iter().map(|tag| (*tag).into()).collect();
    Write::Update {
        id: id.clone(),
        fields: named(fields),
        add_tags,
        remove_tags: [].into(),
        seen: Box::default(),
    }
}

#[tokio::test]
async fn a_refusal_after_a_part_was_written_does_not_say_that_nothing_was() {
    // Tags that the account lacks, after the fields.
    let world = World::usual().await;
    let ann = world.chat("a@example.test", &[("name", json!("Ann"))]);
    let wish = change(&ann, &[("name", text("Bea"))], &["Unheard of"]);
    check_in_part(&world, &ann, &wish, &change(&ann, &[], &["Unheard of"]), "rejected: ").await;

    // Of several attributes, one that Drift falls over: its type changed since it was read.
    let world = World::usual().await;
    let ann = world.chat("a@example.test", &[("name", json!("Ann"))]);
    world.drift.schema().await.unwrap();
    world.workspace.define_attribute("seats", AttributeType::Numeric);
    let left = [("seats", text("many"))];
    let wish = change(&ann, &[("name", text("Bea")), left[0].clone()], &[]);
    check_in_part(&world, &ann, &wish, &change(&ann, &left, &[]), "rejected (seats): ").await;
}

#[tokio::test]
async fn a_value_of_another_kind_is_refused_before_anything_is_sent() {
    let world = World::usual().await;
    world.workspace.define_attribute("seats", AttributeType::Numeric);
    world.workspace.define_attribute("renewal", AttributeType::Date);
    let ann = world.chat("a@example.test", &[]);
    let birthday = Value::Date(syntony_core::value::Date::new(None, 2, 29).unwrap());
    for (name, value, expected) in [
        ("seats", text("many"), "rejected (seats): the value is of another kind than the attribute"),
        ("name", Value::texts(["A", "B"]), "rejected (name): the attribute holds one value"),
        ("renewal", birthday, "rejected (renewal): the attribute holds a day with its year"),
        ("recent_source", text("x"), "rejected (recent_source): Drift keeps this attribute itself"),
        ("externalId", text("u-1"), "rejected (externalId): Drift keeps this attribute itself"),
        ("cql_score", Value::number(3.0).unwrap(), "rejected (cql_score): Drift keeps this attribute itself"),
    ] {
        assert_eq!(brief(&world.update(&ann, &[(name, value)]).await), expected);
    }
    assert_eq!(world.calls(PATCH), 0);
}

#[tokio::test]
async fn every_type_is_written_as_it_is_read() {
    let world = World::usual().await;
    for (name, kind) in [
        ("seats", AttributeType::Numeric),
        ("vip", AttributeType::Boolean),
        ("renewal", AttributeType::Date),
        ("seen_at", AttributeType::Datetime),
    ] {
        world.workspace.define_attribute(name, kind);
    }
    let ann = world.chat("a@example.test", &[]);
    let day = syntony_core::value::Date::new(Some(2024), 2, 29).unwrap();
    let written = [
        ("seats", Value::number(2.5).unwrap()),
        ("vip", Value::Bool(false)),
        ("renewal", Value::Date(day)),
        ("seen_at", Value::DateTime(1_700_000_000_123)),
    ];
    let outcome = world.update(&ann, &written).await;
    for (name, value) in &written {
        assert_eq!(record_of(&outcome).fields[*name], *value, "{name}");
        assert_eq!(world.record(&ann).await.fields[*name], *value, "{name}");
    }
    assert_eq!(world.attribute(&ann, "renewal"), 1_709_164_800_000_i64);
}

#[tokio::test]
async fn a_create_that_meets_its_like_is_looked_at_again() {
    let world = World::usual().await;
    world.chat("a@example.test", &[]);
    let outcome = world.write(create(&[("email", text("a@example.test"))], &[])).await;
    assert_eq!(outcome, Outcome::Stale);
    assert_eq!(world.workspace.ids_of("a@example.test").len(), 1);

    // The token may not see the one that is in the way: looking again would not help.
    let blind = |settings: &mut Settings| {
        settings.scopes = [Scope::ContactRead, Scope::ContactWrite, Scope::ConversationRead].into();
    };
    let world = World::new(blind, |_| {}).await;
    world.workspace.add(&[("email", json!("a@example.test"))]);
    let outcome = world.write(create(&[("email", text("a@example.test"))], &[])).await;
    assert_eq!(
        brief(&outcome),
        "rejected (email): Drift has a contact with this address and does not show it"
    );
}

#[tokio::test]
async fn a_token_that_may_not_write_is_not_taken_for_a_contact_that_is_gone() {
    let blind = |settings: &mut Settings| {
        settings.scopes.remove(&Scope::ContactWrite);
        settings.missing_scope = MissingScope::NotFound;
    };
    let world = World::new(blind, |_| {}).await;
    let ann = world.chat("a@example.test", &[("name", json!("Ann")), (COLOUR, json!("blue"))]);
    let seen = Box::new(world.record(&ann).await);
    let update = |id: ContactId, fields: &[(&str, Value)]| {
        let (fields, add_tags, remove_tags) = (named(fields), [].into(), [].into());
        Write::Update { id, fields, add_tags, remove_tags, seen: seen.clone() }
    };
    let set = [(COLOUR, text("green")), ("name", text("Bea"))];
    for write in [
        update(ann.clone(), &set[..1]),
        update(ann.clone(), &set),
        update(ann.clone(), &[(COLOUR, Value::Null)]),
        create(&[("email", text("b@example.test"))], &[]),
    ] {
        // Neither refused for good nor stale: the edit waits.
        let refused = world.drift.write(vec![("op".into(), write)]).await;
        let Err(ConnectorError::Auth { reason, hint }) = refused else { panic!("{refused:?}") };
        assert!(reason.contains("lacks the scope contact_write"), "{reason}");
        assert!(hint.contains("`syntony check`"), "{hint}");
    }
    let held = (world.attribute(&ann, "name"), world.attribute(&ann, COLOUR));
    assert_eq!(held, (json!("Ann"), json!("blue")));

    // Of one that is gone, nothing is said of the token.
    assert_eq!(world.write(update(id(15_000_000_001), &set)).await, Outcome::Stale);
}

#[tokio::test]
async fn a_create_without_an_address_is_refused_by_name() {
    let world = World::usual().await;
    let outcome = world.write(create(&[("name", text("Ann"))], &[])).await;
    assert!(brief(&outcome).starts_with("rejected (email): "), "{}", brief(&outcome));
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_unknown_and_never_sent_again() {
    // Scenario 84.
    for (fault, made) in [(Fault::DropAfter, 1), (Fault::DropBefore, 0), (Fault::Html, 0)] {
        let world = World::usual().await;
        world.workspace.faults().on("POST".parse().unwrap(), "/contacts", 1, fault.clone());
        let outcome = world.write(create(&[("email", text("a@example.test"))], &[])).await;
        assert_eq!(outcome, Outcome::Unknown, "{fault:?}");
        assert_eq!(world.calls("POST /contacts"), 1, "{fault:?}");
        assert_eq!(world.workspace.ids_of("a@example.test").len(), made, "{fault:?}");
    }
}

#[tokio::test]
async fn a_call_that_was_never_processed_is_sent_again() {
    let world = World::usual().await;
    let too_fast = Refusal::RateLimited { retry_after_seconds: None };
    world.workspace.faults().on("POST".parse().unwrap(), "/contacts", 1, Fault::Refuse(too_fast));
    let outcome = world.write(create(&[("email", text("a@example.test"))], &[])).await;
    assert_eq!(brief(&outcome), "applied");
    assert_eq!(world.workspace.ids_of("a@example.test").len(), 1);
}

#[tokio::test]
async fn refused_credentials_are_an_error_and_half_a_batch_is_told_op_by_op() {
    let world = World::new(|_| {}, |config| config.concurrency_calls = 1).await;
    let ops = |n: i32| -> Vec<(OpKey, Write)> {
        (0..n)
            .map(|n| {
                (OpKey::new(format!("op{n}")), create(&[("email", text(&format!("p{n}@example.test")))], &[]))
            })
            .collect()
    };
    world.drift.schema().await.unwrap();
    world.workspace.faults().add(syntony_sandbox::faults::Rule {
        calls: syntony_sandbox::faults::Calls::Writes,
        when: syntony_sandbox::faults::When::Every(2),
        fault: Fault::Refuse(Refusal::ExpiredToken),
    });
    let outcomes = world.drift.write(ops(3)).await.unwrap();
    let said: Vec<String> = outcomes.iter().map(|(_, outcome)| brief(outcome)).collect();
    assert_eq!(said[0], "applied");
    assert!(said[1].starts_with("deferred: the credentials are refused"), "{said:?}");
    assert_eq!((&said[2], world.calls("POST /contacts")), (&said[1], 2), "nothing is sent after a refusal");

    world.workspace.disconnect();
    let refused = world.drift.write(ops(2)).await;
    assert!(matches!(refused, Err(crate::error::ConnectorError::Auth { .. })), "{refused:?}");
}

#[tokio::test]
async fn tags_that_the_account_lacks_are_refused_with_the_way_out() {
    let world = World::usual().await;
    let ann = world.chat("a@example.test", &[]);
    let Outcome::Rejected(rejection) = world.retag(&ann, &["Unheard of"], &[]).await else {
        panic!("refused")
    };
    assert!(rejection.hint.unwrap().contains("attribute:NAME"));

    let world = World::new(|settings| settings.legacy_tags = LegacyTags::Gone, |_| {}).await;
    let ann = world.chat("a@example.test", &[]);
    let Outcome::Rejected(rejection) = world.retag(&ann, &["Any"], &[]).await else { panic!("refused") };
    assert!(rejection.hint.unwrap().contains("attribute:NAME"));
    assert_eq!(world.retag_nobody().await, Outcome::Stale);
}

impl World {
    async fn retag_nobody(&self) -> Outcome {
        let seen = Box::default();
        let (id, fields, add_tags, remove_tags) =
            (id(15_000_000_001), Fields::new(), ["Any".into()].into(), [].into());
        self.write(Write::Update { id, fields, add_tags, remove_tags, seen }).await
    }
}

#[tokio::test]
async fn tags_in_an_attribute_keep_what_somebody_put_on_meanwhile() {
    let world = World::new(|settings| settings.legacy_tags = LegacyTags::Gone, attribute_tags).await;
    let ann = world.chat("a@example.test", &[("sync_tags", json!("old; theirs"))]);
    let seen = Box::new(world.record(&ann).await);
    world.workspace.edit(number(&ann), &[("sync_tags", json!("old; theirs; new"))]).unwrap();
    let (add_tags, remove_tags) = (["ours".into()].into(), ["old".into()].into());
    let update = Write::Update { id: ann.clone(), fields: Fields::new(), add_tags, remove_tags, seen };
    let outcome = world.write(update).await;
    let tags: Vec<&str> =
        record_of(&outcome).tags.as_ref().unwrap().iter().map(syntony_core::ids::Tag::as_str).collect();
    assert_eq!(tags, ["new", "ours", "theirs"]);
    assert_eq!(world.attribute(&ann, "sync_tags"), "new; ours; theirs");
    assert_eq!(
        brief(&world.retag(&ann, &["a;b"], &[]).await),
        "rejected: a tag with a semicolon cannot be kept in an attribute"
    );
}

#[tokio::test]
async fn an_attribute_that_holds_no_tags_is_not_written_over() {
    let world = World::new(|settings| settings.legacy_tags = LegacyTags::Gone, attribute_tags).await;
    let ann = world.chat("a@example.test", &[("sync_tags", json!(7))]);
    let refused = brief(&world.retag(&ann, &["ours"], &[]).await);
    assert_eq!(refused, "rejected: the attribute for tags holds something that is no list of tags");
    let held = &world.workspace.contact(number(&ann)).unwrap()["attributes"]["sync_tags"];
    assert_eq!(held, &json!(7));
}

#[tokio::test]
async fn a_create_whose_tags_are_refused_is_neither_applied_nor_refused() {
    let world = World::usual().await;
    let outcome = world.write(create(&[("email", text("a@example.test"))], &["Unheard of"])).await;
    assert_eq!(outcome, Outcome::Unknown, "it is looked for, and its tags are tried on their own");
    assert_eq!(world.workspace.ids_of("a@example.test").len(), 1);
}

#[tokio::test]
async fn nothing_that_deletes_or_unsubscribes_is_ever_called() {
    let world = World::usual().await;
    world.workspace.define_tag("T");
    let ann = world.chat("a@example.test", &[(COLOUR, json!("blue"))]);
    world.retag(&ann, &["T"], &[]).await;
    world.retag(&ann, &[], &["T"]).await;
    world.update(&ann, &[(COLOUR, Value::Null)]).await;
    world.list(From::Start).await;
    for route in world.workspace.traffic().counts().keys() {
        assert!(
            !route.starts_with("DELETE") && !route.contains("unsubscribe") && !route.contains("gdpr"),
            "{route}"
        );
    }
}
