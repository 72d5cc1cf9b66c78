//! What the user may see, how much of the quota is left, and how we get in: on the simulator.

use super::super::config::TagStore;
use super::super::{SObject, Salesforce};
use super::list;
use super::sandbox::World;
use crate::auth::{ClientCredentials, Credentials};
use crate::contract::{Change, Connector, Found, From, Observation};
use crate::error::ConnectorError;
use syntony_core::ids::Tag;
use syntony_core::op::Mailing;
use syntony_core::record::Subscription;
use syntony_sandbox::people::people;
use syntony_sandbox::salesforce::{Object, Settings};

/// Scenario 67: what the user may not see is neither empty nor gone.
#[tokio::test]
async fn what_the_user_may_not_see_is_not_observed() {
    let mut settings = Settings::unlimited();
    settings.hidden_fields.insert("Contact.HasOptedOutOfEmail".to_owned());
    settings.hidden_fields.insert("Contact.MailingCity".to_owned());
    let world = World::of(settings, SObject::Contact, |_| {}).await;
    let id = world.person("ada");
    let record = world.live(&id).await;
    // Nor is it a leave to mail, or the end of an opt-out.
    assert!(matches!(record.subscription, Subscription::Other(_)), "{:?}", record.subscription);
    assert_eq!(Mailing::of(&record.subscription), Mailing::Refused);
    let health = world.salesforce.check().await.unwrap();
    assert_eq!(health.missing_permissions, ["Read on Contact.HasOptedOutOfEmail"]);
    assert!(!record.fields.contains_key("MailingAddress"));
    let schema = world.salesforce.schema().await.unwrap();
    assert!(schema.field("HasOptedOutOfEmail").is_none() && schema.field("MailingAddress").is_none());
    assert_eq!(world.found("003000000000999AAA").await, Found::Unknown);
}

/// Without the permission View All Data, Salesforce limits what may be asked of topics at once.
#[tokio::test]
async fn a_user_of_the_least_privilege_hears_of_topics_too() {
    let settings = Settings { views_all_data: false, ..Settings::unlimited() };
    let world = World::of(settings, SObject::Contact, |config| config.tags = TagStore::Topics).await;
    let id = world.person("ada");
    world.org.tag(&id, "customer").unwrap();
    world.settle();
    let (changes, cursor) = world.all().await;
    assert_eq!(changes.len(), 1);
    world.settle();
    world.org.tag(&id, "vip").unwrap();
    let (changes, _) = world.since(&cursor).await;
    let [Change { what: Observation::Live(record), .. }] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(record.tags, Some([Tag::new("customer"), Tag::new("vip")].into()));
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let mut settings = Settings::unlimited();
    settings.hidden_objects.insert(Object::Lead);
    let world = World::of(settings, SObject::Lead, |_| {}).await;
    let health = world.salesforce.check().await.unwrap();
    assert_eq!(health.missing_permissions, ["Read on Lead"]);
    let refused = list(&world.salesforce, From::Start).await;
    assert!(
        matches!(&refused, Err(ConnectorError::Auth { hint, .. }) if hint.contains("`crm`")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_organisation_is_the_account_and_its_quota_is_told() {
    let settings = Settings { daily_calls: Some(1_000), tells_calls_per_app: true, ..Settings::unlimited() };
    let world = World::of(settings, SObject::Contact, |_| {}).await;
    let health = world.salesforce.check().await.unwrap();
    assert!(health.account.as_str().starts_with("00D"), "{:?}", health.account);
    assert_eq!(health.missing_permissions, Vec::<String>::new());
    let quota = health.quota.unwrap();
    assert_eq!((quota.name.as_str(), quota.limit_calls), ("DailyApiRequests", 1_000));
    assert!(quota.remaining_calls < 1_000);
}

/// Scenario 86: the last tenth of the day's calls belongs to others.
#[tokio::test]
async fn the_reserve_of_the_daily_quota_is_never_used() {
    let settings = Settings { daily_calls: Some(1_000), ..Settings::unlimited() };
    let world = World::of(settings, SObject::Contact, |_| {}).await;
    world.person("ada");
    let (_, cursor) = world.all().await;
    world.org.others_call(900);
    // This one learns of it.
    world.since(&cursor).await;
    let before = world.salesforce.calls_made();
    let refused = list(&world.salesforce, From::Cursor(cursor)).await;
    assert!(
        matches!(refused, Err(ConnectorError::RateLimited { retry_after: Some(_) })),
        "it says when it looks again: {refused:?}"
    );
    assert_eq!(world.salesforce.calls_made(), before, "nothing was sent");
    let quota = world.salesforce.check().await.unwrap().quota.unwrap();
    assert!(quota.remaining_calls <= 100, "{quota:?}");
}

#[tokio::test]
async fn a_quota_that_is_used_up_stops_the_run_and_leaves_the_cursor() {
    let settings = Settings { daily_calls: Some(1_000), ..Settings::unlimited() };
    let world = World::of(settings, SObject::Contact, |config| config.reserve_percent = 0).await;
    let (_, cursor) = world.all().await;
    world.org.others_call(1_000);
    let refused = list(&world.salesforce, From::Cursor(cursor)).await;
    assert!(matches!(refused, Err(ConnectorError::RateLimited { .. })), "{refused:?}");
}

/// Scenario 85, with a vendor that takes back everything when an old token is used twice.
#[tokio::test]
async fn rotated_refresh_tokens_are_told_and_none_is_used_twice() {
    let settings = Settings { rotates_refresh_tokens: true, ..Settings::unlimited() };
    let world = World::of(settings, SObject::Contact, |_| {}).await;
    world.person("ada");
    world.all().await;
    for round in 1..=3 {
        world.org.expire_access_tokens();
        let reads = (0..5).map(|_| list(&world.salesforce, From::Start));
        for read in futures_util::future::join_all(reads).await {
            assert_eq!(read.unwrap().0.len(), 1, "round {round}");
        }
        assert_eq!(world.rotated.tokens().len(), round + 1, "one refresh for all of them");
    }
    // Another process, whose configuration still names the first one, goes on with the newest.
    let other = Salesforce::new(world.config.clone()).unwrap();
    assert_eq!(list(&other, From::Start).await.unwrap().0.len(), 1);
}

#[tokio::test]
async fn a_revoked_grant_names_the_app_whose_credentials_to_renew() {
    let world = World::start(SObject::Contact).await;
    world.all().await;
    world.org.revoke();
    let refused = list(&world.salesforce, From::Start).await;
    assert!(
        matches!(&refused, Err(ConnectorError::Auth { hint, .. }) if hint.contains("auth login crm")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_client_that_stands_for_itself_reads_too() {
    let world = World::start(SObject::Contact).await;
    world.person("ada");
    let Credentials::Refresh(given) = world.config.credentials.clone() else { panic!() };
    let mut config = world.config.clone();
    config.credentials = Credentials::Client(ClientCredentials {
        token_url: given.token_url,
        client_id: given.client_id,
        client_secret: given.client_secret,
    });
    let salesforce = Salesforce::new(config).unwrap();
    assert_eq!(list(&salesforce, From::Start).await.unwrap().0.len(), 1);
    world.org.expire_access_tokens();
    assert_eq!(list(&salesforce, From::Start).await.unwrap().0.len(), 1);
}

#[tokio::test]
async fn an_access_token_alone_needs_to_be_told_where_the_api_is() {
    let world = World::start(SObject::Contact).await;
    let mut config = world.config.clone();
    config.credentials = Credentials::Token(world.org.credentials().access_token.into());
    let refused = Salesforce::new(config).err();
    assert!(
        matches!(&refused, Some(ConnectorError::Permanent { reason }) if reason.contains("instance_url"))
    );
}

/// A daemon lives longer than an administrator's mind.
#[tokio::test]
async fn a_field_that_is_hidden_meanwhile_is_not_observed_any_more() {
    let world = World::start(SObject::Contact).await;
    let id = world.person("ada");
    let (_, cursor) = world.all().await;
    assert!(world.live(&id).await.fields.contains_key("Title"));
    world.org.configure(|settings| settings.hidden_fields.extend(["Contact.Title".to_owned()]));
    let (changes, _) = world.since(&cursor).await;
    assert_eq!(changes.len(), 1);
    assert!(!world.live(&id).await.fields.contains_key("Title"), "not observed, and not empty");
}

/// The quota of the day is what a first sync has to fit into.
#[tokio::test]
async fn a_listing_takes_no_more_calls_than_it_has_pages() {
    let settings = Settings { uneven_pages: false, ..Settings::unlimited() };
    let world = World::of(settings, SObject::Contact, |config| config.page_contacts = 50).await;
    world.org.seed(&people(7, 220));
    let listed = world.all().await.0.len() as u64;
    let description = 1;
    assert_eq!(world.salesforce.calls_made(), description + listed.div_ceil(50));
}
