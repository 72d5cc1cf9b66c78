//! From something that a person does in Drift to what the other app holds.

use crate::world::{CHAT, TAG, World};
use serde_json::json;
use syntony::run::Mode;
use syntony_core::ids::{AppName, Tag};
use syntony_core::value::Value;
use syntony_sandbox::drift::ContactEvents;
use syntony_sandbox::luck::Fortune;
use syntony_state::{Tip, Whom};

/// Ada, known to both sides, and nothing left to say or to do.
async fn with_ada() -> (World, i64) {
    let mut world = World::new(Fortune::default(), 1).await;
    // Without a conversation, so that no poll shows her.
    let ada = world.chat.add(&[("email", json!("ada@x.example")), ("name", json!("Ada"))]);
    world.book.add([("emailAddresses".into(), Value::texts(["ada@x.example"]))].into());
    let report = world.run(Mode::Sync).await;
    assert_eq!(report.linked, 1, "{report:#?}");
    (world, ada)
}

#[tokio::test]
async fn an_edit_that_no_feed_shows_arrives_by_webhook() {
    let (mut world, ada) = with_ada().await;
    world.chat.edit(ada, &[("phone", json!("+32 2 555 12 34"))]).unwrap();
    world.run(Mode::Sync).await;
    assert!(!world.book_lines()[0].contains("555"), "Drift shows an edit nowhere: {:?}", world.book_lines());
    assert_eq!(world.deliver().await, 0);
    assert_eq!(world.waiting(), 1);
    assert_eq!(world.nudges.next().await, AppName::new(CHAT));
    world.run(Mode::Sync).await;
    assert!(world.book_lines()[0].contains("555"), "{:?}", world.book_lines());
    assert_eq!(world.waiting(), 0);
}

#[tokio::test]
async fn an_opt_out_puts_the_tag_on_the_other_side_and_nothing_else() {
    for shape in [ContactEvents::Whole, ContactEvents::IdOnly] {
        let (mut world, ada) = with_ada().await;
        world.chat.configure(|settings| settings.contact_events = shape);
        let before = world.book.write_log().len();
        world.chat.unsubscribe(ada).unwrap();
        assert_eq!(world.deliver().await, 0);
        world.run(Mode::Sync).await;
        let id = world.in_book("ada@x.example").unwrap();
        assert!(world.book.dump()[&id].tags.iter().flatten().any(|tag| *tag == Tag::new(TAG)), "{shape:?}");
        assert_eq!(world.book.write_log().len(), before + 1, "{shape:?}");
        // It stays so, whatever Drift shows afterwards.
        world.chat.edit(ada, &[("name", json!("Ada L"))]).unwrap();
        world.deliver().await;
        world.run(Mode::Sync).await;
        world.run(Mode::Resync).await;
        assert!(world.book.dump()[&id].tags.iter().flatten().any(|tag| *tag == Tag::new(TAG)), "{shape:?}");
    }
}

#[tokio::test]
async fn an_opt_out_that_names_an_address_alone_finds_its_contact() {
    let (mut world, _) = with_ada().await;
    let event = json!({ "orgId": 1, "type": "user_unsubscribed", "token": world.chat.settings().webhook_token,
        "data": { "email": "Ada@X.example" } });
    let sent = reqwest::Client::new()
        .post(world.url.clone())
        .header("content-type", "application/json")
        .body(event.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 200);
    world.run(Mode::Sync).await;
    let id = world.in_book("ada@x.example").unwrap();
    assert!(world.book.dump()[&id].tags.iter().flatten().any(|tag| *tag == Tag::new(TAG)));
    assert_eq!(world.waiting(), 0);
}

#[tokio::test]
async fn who_is_not_shown_is_looked_for_in_a_few_runs_and_given_up() {
    let (mut world, _) = with_ada().await;
    let stranger = Tip { whom: Whom::Contact("15000000001".into()), opted_out: None };
    world.db.with(|store| store.receive(&AppName::new(CHAT), &[stranger])).unwrap();
    for _ in 1..syntony_state::MAX_TRIES {
        world.run(Mode::Sync).await;
        assert_eq!(world.waiting(), 1);
    }
    world.run(Mode::Sync).await;
    assert_eq!(world.waiting(), 0);
}

#[tokio::test]
async fn what_the_inbox_could_not_hold_is_found_by_reading_everybody() {
    let (mut world, ada) = with_ada().await;
    world.chat.edit(ada, &[("phone", json!("+32 2 555 12 34"))]).unwrap();
    world.db.with(|store| store.want_full_look(&AppName::new(CHAT))).unwrap();
    world.run(Mode::Sync).await;
    assert!(world.book_lines()[0].contains("555"), "{:?}", world.book_lines());
    assert_eq!(world.db.with(|store| store.wants_full_look(&AppName::new(CHAT))).unwrap(), None);
}
