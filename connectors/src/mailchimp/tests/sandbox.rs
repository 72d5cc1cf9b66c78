//! What the conformance suite does not ask: Mailchimp's own hardships, on the simulator.

use super::*;
use crate::contract::{Change, Found, From, Next, Observation};
use crate::error::ConnectorError;
use crate::mailchimp::config::OptIn;
use std::collections::BTreeMap;
use std::time::Duration;
use syntony_core::ids::{ContactId, Cursor};
use syntony_core::op::Mailing;
use syntony_core::record::Subscription;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::mailchimp::{Account, ArchivedSignUp, Bounds, Settings, Status};
use syntony_sandbox::serve::Running;

/// Longer than a poll looks back, in seconds.
const A_WHILE_SECONDS: u64 = 300;

/// A simulated account, and a connector to its audience.
pub(super) struct World {
    pub(super) account: Account,
    pub(super) mailchimp: Mailchimp,
    _running: Running,
}

impl World {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    pub(super) async fn with(
        settings: impl FnOnce(&mut Settings),
        change: impl FnOnce(&mut MailchimpConfig),
    ) -> Self {
        let account = Account::new(Settings::default(), Clock::fixed(), Faults::none());
        account.configure(settings);
        let running = account.serve(0).await.unwrap();
        let given = account.credentials();
        let mut config = config(Url::parse(&running.base_url).unwrap());
        config.credentials = Credentials::Basic { user: "any".to_owned(), password: given.api_key.into() };
        config.audience = given.audience_id;
        change(&mut config);
        Self { mailchimp: Mailchimp::new(config).unwrap(), account, _running: running }
    }

    pub(super) fn wait(&self) {
        self.account.clock().advance(Duration::from_secs(A_WHILE_SECONDS));
    }

    fn add(&self, number: u32, more: Json) -> String {
        let mut member = json!({ "email_address": address(number), "merge_fields": { "FNAME": "Ada" } });
        member.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.account.add(&member).unwrap()
    }

    async fn list(&self, from: From) -> Result<(Vec<Change>, Cursor), ConnectorError> {
        let (mut changes, mut from) = (Vec::new(), from);
        loop {
            let page = self.mailchimp.changes(&from).await?;
            changes.extend(page.changes);
            match page.next {
                Next::Page(token) => from = From::Page(token),
                Next::End { cursor, .. } => return Ok((changes, cursor)),
            }
        }
    }

    async fn live(&self, id: &str) -> Box<Record> {
        match self.mailchimp.fetch(&[id.into()]).await.unwrap().remove(0).found {
            Found::Live { record, .. } => record,
            other => panic!("{id}: {other:?}"),
        }
    }

    async fn write(&self, ops: Vec<(OpKey, Write)>) -> Vec<String> {
        brief(self.mailchimp.write(ops).await.unwrap())
    }

    fn status(&self, number: u32) -> Option<Status> {
        self.account.status(&address(number))
    }
}

fn address(number: u32) -> String {
    format!("p{number}@mail.example")
}

fn create_as(number: u32, mailing: Mailing) -> (OpKey, Write) {
    let (key, write) = create(&format!("op{number:03}"), number);
    match write {
        Write::Create { fields, tags, .. } => (key, Write::Create { fields, tags, mailing }),
        update @ Write::Update { .. } => (key, update),
    }
}

fn states(changes: Vec<Change>) -> BTreeMap<ContactId, Subscription> {
    let state = |change: Change| match change.what {
        Observation::Live(record) => (change.id, record.subscription),
        other => panic!("{other:?}"),
    };
    changes.into_iter().map(state).collect()
}

/// Scenario 15: the hash of the address changes, the contact does not.
#[tokio::test]
async fn a_changed_address_keeps_tags_status_and_id() {
    let world = World::start().await;
    let id = world.add(1, json!({ "tags": ["customer"] }));
    world.account.unsubscribe(&id).unwrap();
    world.account.resubscribe(&id).unwrap();
    let op = update("op", &id, &[("email_address", Value::text("New.One@mail.example"))], &[], &[]);
    assert_eq!(world.write(vec![op]).await, [format!("op applied {id}")]);
    let record = world.live(&id).await;
    assert_eq!(record.tags, Some(["customer".into()].into()));
    assert_eq!(record.subscription, Subscription::Subscribed);
    assert_eq!(world.account.counts().members, 1);
    assert_eq!(world.status(1), None, "nobody has the old address");
}

#[tokio::test]
async fn an_address_that_another_member_has_is_refused_by_its_name() {
    let world = World::start().await;
    let id = world.add(1, json!({}));
    world.add(2, json!({}));
    let op = update("op", &id, &[("email_address", Value::text(address(2)))], &[], &[]);
    let outcome = world.write(vec![op]).await.remove(0);
    assert!(outcome.starts_with("op rejected (email_address): "), "{outcome}");
    assert_eq!(world.account.counts().members, 2);
}

/// Scenarios 69 to 73: each state is its own, and the feed tells of each change of it.
#[tokio::test]
async fn every_state_is_in_the_feed_and_only_an_opt_out_is_one() {
    let world = World::start().await;
    let ids: Vec<String> = (1..=5).map(|number| world.add(number, json!({}))).collect();
    let pending = world.add(6, json!({ "status": "pending" }));
    world.wait();
    let (changes, cursor) = world.list(From::Start).await.unwrap();
    assert_eq!(states(changes).get(pending.as_str()), Some(&Subscription::Other("pending".into())));
    world.account.unsubscribe(&ids[0]).unwrap();
    world.account.unsubscribe_by_admin(&ids[1]).unwrap();
    world.account.clean(&ids[2]).unwrap();
    world.account.archive(&ids[3]).unwrap();
    world.account.confirm(&pending).unwrap();
    world.wait();
    let (changes, cursor) = world.list(From::Cursor(cursor)).await.unwrap();
    let other = |state: &str| Subscription::Other(state.into());
    let expected = [
        (&ids[0], Subscription::Unsubscribed),
        (&ids[1], Subscription::Unsubscribed),
        (&ids[2], other("cleaned")),
        (&ids[3], other("archived")),
        (&pending, Subscription::Subscribed),
    ];
    assert_eq!(states(changes), expected.map(|(id, state)| (ContactId::new(id), state)).into());
    world.account.resubscribe(&ids[0]).unwrap();
    world.wait();
    let (changes, _) = world.list(From::Cursor(cursor)).await.unwrap();
    assert_eq!(states(changes), [(ContactId::new(&ids[0]), Subscription::Subscribed)].into());
}

/// Scenario 70: whatever is created or written, nobody who opted out, bounced or was put away comes back.
#[tokio::test]
async fn no_write_subscribes_anybody_again() {
    let world = World::start().await;
    let ids: Vec<String> = (1..=4).map(|number| world.add(number, json!({}))).collect();
    world.account.unsubscribe(&ids[0]).unwrap();
    world.account.unsubscribe_by_admin(&ids[1]).unwrap();
    world.account.clean(&ids[2]).unwrap();
    world.account.archive(&ids[3]).unwrap();
    let before: Vec<_> = (1..=4).map(|number| world.status(number)).collect();
    let creates = (1..=4).map(|number| create_as(number, Mailing::Allowed)).collect();
    let outcomes = world.write(creates).await;
    assert_eq!(outcomes, ["op001 stale", "op002 stale", "op003 stale", "op004 stale"]);
    let rename = |(at, id): (usize, &String)| {
        update(
            &format!("up{at}"),
            id,
            &[("FNAME", Value::text("Bob")), ("vip", Value::Bool(true))],
            &["t"],
            &[],
        )
    };
    world.write(ids.iter().enumerate().map(rename).collect()).await;
    assert_eq!((1..=4).map(|number| world.status(number)).collect::<Vec<_>>(), before);
}

/// Scenario 70, for new members.
#[tokio::test]
async fn who_is_not_known_to_be_mailable_arrives_unsubscribed() {
    let world = World::start().await;
    world.write(vec![create_as(1, Mailing::Refused), create_as(2, Mailing::Allowed)]).await;
    assert_eq!(world.status(1), Some(Status::Unsubscribed));
    assert_eq!(world.status(2), Some(Status::Subscribed));
}

/// Scenario 73.
#[tokio::test]
async fn a_double_opt_in_is_pending_and_no_opt_out() {
    let world = World::with(|_| {}, |config| config.opt_in = OptIn::Double).await;
    let outcomes = world.mailchimp.write(vec![create_as(1, Mailing::Allowed)]).await.unwrap();
    let Outcome::Applied { record, .. } = &outcomes[0].1 else { panic!("{outcomes:?}") };
    assert_eq!(record.subscription, Subscription::Other("pending".into()));
    assert_eq!(world.status(1), Some(Status::Pending));
}

/// Scenario 72: nobody who was erased is made again, and it is said once what can be done.
#[tokio::test]
async fn who_was_erased_is_gone_and_refused() {
    let world = World::start().await;
    let id = world.add(1, json!({}));
    world.account.delete_permanently(&id).unwrap();
    let found = world.mailchimp.fetch(&[id.as_str().into()]).await.unwrap().remove(0).found;
    assert_eq!(found, Found::Gone);
    let outcomes = world.mailchimp.write(vec![create_as(1, Mailing::Allowed)]).await.unwrap();
    let Outcome::Rejected(rejection) = &outcomes[0].1 else { panic!("{outcomes:?}") };
    assert!(rejection.hint.as_ref().unwrap().contains("sign up by a form"), "{rejection:?}");
    assert!(!rejection.reason.contains("mail.example"), "{rejection:?}");
}

/// Scenario 82, at the size that Mailchimp takes at once.
#[tokio::test]
async fn one_refused_contact_of_five_hundred_takes_no_other_with_it() {
    let world = World::start().await;
    let mut ops: Vec<_> = (0..500).map(|number| create_as(number, Mailing::Allowed)).collect();
    if let Write::Create { fields, .. } = &mut ops[7].1 {
        fields.insert("email_address".into(), Value::text("not an address"));
    }
    let calls = world.mailchimp.calls_made();
    let outcomes = world.write(ops).await;
    let applied = outcomes.iter().filter(|outcome| outcome.contains(" applied ")).count();
    assert_eq!(applied, 499);
    assert!(outcomes[7].starts_with("op007 rejected"), "{}", outcomes[7]);
    assert_eq!(world.account.counts().members, 499);
    assert!(world.mailchimp.calls_made() - calls <= 4, "merge fields, batch, listing, look-up");
}

/// Ten connections are all that a user has, and others need some of them.
#[tokio::test]
async fn many_updates_never_take_more_than_their_share_of_connections() {
    let world = World::with(|settings| (settings.max_connections, settings.answer_ms) = (8, 5), |_| {}).await;
    let ids: Vec<String> = (0..60).map(|number| world.add(number, json!({}))).collect();
    let ops = ids
        .iter()
        .enumerate()
        .map(|(at, id)| update(&format!("op{at:02}"), id, &[("FNAME", Value::text("Bob"))], &["t"], &[]))
        .collect();
    let outcomes = world.write(ops).await;
    assert!(outcomes.iter().all(|outcome| outcome.contains(" applied ")), "{outcomes:?}");
    let refused = world.account.traffic().calls().iter().filter(|call| call.status == Some(429)).count();
    assert_eq!(refused, 0);
}

/// More members share one second than fit on a page, whatever *since* means and wherever archived members are.
#[tokio::test]
async fn a_listing_names_everybody_whatever_is_not_documented() {
    for (bounds, along, count) in [
        (Bounds::Exclusive, false, 3),
        (Bounds::Inclusive, false, 3),
        (Bounds::Exclusive, true, 7),
        (Bounds::Inclusive, true, 1_000),
    ] {
        let world = World::with(
            |settings| (settings.time_bounds, settings.unfiltered_lists_archived) = (bounds, along),
            |config| config.page_members = count,
        )
        .await;
        let mut ids = Vec::new();
        for number in 0..25 {
            ids.push(ContactId::new(world.add(number, json!({}))));
            if number % 10 == 9 {
                world.wait();
            }
        }
        world.account.archive(ids[3].as_str()).unwrap();
        let (changes, cursor) = world.list(From::Start).await.unwrap();
        let named: std::collections::BTreeSet<ContactId> =
            changes.into_iter().map(|change| change.id).collect();
        assert_eq!(named, ids.iter().cloned().collect(), "{bounds:?} {along} {count}");
        world.wait();
        world.account.edit(ids[20].as_str(), &json!({ "vip": true })).unwrap();
        world.wait();
        let (changes, _) = world.list(From::Cursor(cursor)).await.unwrap();
        assert!(changes.iter().any(|change| change.id == ids[20]), "{bounds:?} {along} {count}");
    }
}

/// A feed without news takes two calls, a run with ten changes as many.
#[tokio::test]
async fn a_quiet_feed_takes_two_calls() {
    let world = World::start().await;
    let ids: Vec<String> = (0..30).map(|number| world.add(number, json!({}))).collect();
    world.wait();
    let (_, cursor) = world.list(From::Start).await.unwrap();
    world.wait();
    for changed in [0, 10] {
        ids.iter().take(changed).for_each(|id| world.account.edit(id, &json!({ "vip": true })).unwrap());
        world.wait();
        let calls = world.mailchimp.calls_made();
        let (changes, _) = world.list(From::Cursor(cursor.clone())).await.unwrap();
        assert_eq!(changes.len(), changed);
        assert_eq!(world.mailchimp.calls_made() - calls, 2);
    }
}

/// Sixty tags, of which a row shows fifty.
#[tokio::test]
async fn all_tags_are_read_and_written() {
    let world = World::start().await;
    let many: Vec<String> = (0..60).map(|number| format!("tag {number:02}")).collect();
    let id = world.add(1, json!({ "tags": many }));
    assert_eq!(world.live(&id).await.tags.unwrap().len(), 60);
    let op = update("op", &id, &[], &["one more"], &["tag 59", "tag 00"]);
    assert_eq!(world.write(vec![op]).await, [format!("op applied {id}")]);
    let held = world.account.tags(&id);
    assert_eq!(held.len(), 59);
    assert!(held.contains("one more") && !held.contains("tag 59"));
}

/// A member whose required field is empty can still be synced, and the field is not emptied by us.
#[tokio::test]
async fn a_required_field_that_is_empty_blocks_no_other_field() {
    let world = World::start().await;
    let id = world.add(1, json!({}));
    world.account.set_required("COMPANY", true).unwrap();
    let op = update("op", &id, &[("FNAME", Value::text("Bob"))], &[], &[]);
    assert_eq!(world.write(vec![op]).await, [format!("op applied {id}")]);
    let clear = update("op", &id, &[("COMPANY", Value::Null)], &[], &[]);
    assert!(world.write(vec![clear]).await[0].starts_with("op rejected (COMPANY): the audience requires"));
}

/// A token of Mailchimp's OAuth does as well as a key.
#[tokio::test]
async fn a_token_opens_the_same_audience() {
    let world = World::start().await;
    let given = world.account.credentials();
    let mut config = config(world.mailchimp.config.base_url.clone());
    config.credentials = Credentials::Token(given.access_token.into());
    config.audience = given.audience_id;
    let by_token = Mailchimp::new(config).unwrap().check().await.unwrap();
    assert_eq!(by_token.account, world.mailchimp.check().await.unwrap().account);
    world.account.revoke();
    let refused = world.mailchimp.check().await;
    assert!(matches!(&refused, Err(ConnectorError::Auth { .. })), "{refused:?}");
}

/// The limit is told in two ways; both are waited out.
#[tokio::test]
async fn a_limit_is_waited_out_however_it_is_told() {
    use syntony_sandbox::faults::{Fault, Refusal};
    let world = World::start().await;
    let id = world.add(1, json!({}));
    let member = "/3.0/lists/{list_id}/members/{subscriber_hash}";
    for _ in 0..2 {
        let limited = Fault::Refuse(Refusal::RateLimited { retry_after_seconds: None });
        world.account.faults().on(reqwest::Method::PATCH, member, 1, limited);
        let op = update("op", &id, &[("vip", Value::Bool(true))], &[], &[]);
        assert_eq!(world.write(vec![op]).await, [format!("op applied {id}")]);
    }
}

/// An archived address that signs up again is the vendor's to decide; ours is to know that it is there.
#[tokio::test]
async fn an_archived_member_is_found_by_its_address() {
    let world = World::with(|settings| settings.archived_sign_up = ArchivedSignUp::Revives, |_| {}).await;
    let id = world.add(1, json!({}));
    world.account.archive(&id).unwrap();
    let found = world.mailchimp.find(&[address(1)]).await.unwrap();
    assert_eq!(states(found), [(ContactId::new(id), Subscription::Other("archived".into()))].into());
}
