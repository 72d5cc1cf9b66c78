//! Who becomes known, and at what cost.

use super::*;
use crate::contract::{Coverage, Found};
use crate::drift::config::{NotFound, OptOuts};
use crate::error::ConnectorError;
use syntony_sandbox::drift::{
    AttributeType, ContactRead, ConversationPaging, DeletedContacts, EmailFilter, ErrorBodies, MissingScope,
    RateLimit, RetryAfter, Scope,
};
use syntony_sandbox::faults::{Fault, Refusal};

const LIST: &str = "GET /conversations/list";
const READ: &str = "GET /contacts/{id}";

#[tokio::test]
async fn an_idle_run_costs_one_page_and_reads_no_contact() {
    let world = World::usual().await;
    for n in 0..130 {
        world.chat(&format!("p{n}@example.test"), &[]);
    }
    let (all, cursor, pages) = world.list(From::Start).await;
    assert_eq!((ids(&all).len(), pages), (130, 2));
    world.workspace.traffic().clear();
    let (news, cursor, _) = world.list(From::Cursor(cursor)).await;
    assert_eq!((news.len(), world.calls(LIST), world.workspace.traffic().total()), (0, 1, 1));

    let known = world.chat("p7@example.test", &[("name", json!("Seven"))]);
    let (news, cursor, _) = world.list(From::Cursor(cursor)).await;
    assert_eq!((ids(&news), world.calls(READ)), (BTreeSet::from([known]), 1));
    assert_eq!(live(&news[0]).fields["name"].to_plain(), "Seven");
    assert_eq!(world.list(From::Cursor(cursor)).await.0, []);
}

#[tokio::test]
async fn both_generations_of_paging_list_everybody_and_are_remembered() {
    for (paging, refused) in [(ConversationPaging::Current, 0), (ConversationPaging::Old, 1)] {
        let world = World::new(|settings| settings.conversation_paging = paging, |_| {}).await;
        for n in 0..120 {
            world.chat(&format!("p{n}@example.test"), &[]);
        }
        let (all, cursor, pages) = world.list(From::Start).await;
        assert_eq!(ids(&all).len(), 120, "{paging:?}");
        assert_eq!(
            world.calls(LIST),
            pages as u64 + refused,
            "{paging:?}: asked in the wrong one at most once"
        );
        world.workspace.traffic().clear();
        let (_, _, pages) = world.list(From::Cursor(cursor)).await;
        assert_eq!((pages, world.calls(LIST)), (1, 1), "{paging:?}: and never again");
    }
}

#[tokio::test]
async fn a_contact_that_drift_does_not_show_is_unknown_and_not_gone() {
    // Scenario 67: not found and not allowed look the same.
    for (not_found, read) in [(NotFound::Unknown, Found::Unknown), (NotFound::Gone, Found::Gone)] {
        let world = World::new(
            |settings| settings.deleted_contacts = DeletedContacts::NotFound,
            |config| config.not_found = not_found,
        )
        .await;
        let (gone, stays) = (world.chat("a@example.test", &[]), world.chat("b@example.test", &[]));
        world.workspace.delete(number(&gone)).unwrap();
        let (changes, ..) = world.list(From::Start).await;
        let what: Vec<_> = changes.iter().map(|change| (&change.id, &change.what)).collect();
        assert_eq!(what[1], (&gone, &Observation::Unknown), "{not_found:?}: a listing never says gone");
        assert_eq!(what[0].0, &stays);
        assert_eq!(world.drift.fetch(&[gone]).await.unwrap()[0].found, read);
    }
}

#[tokio::test]
async fn a_page_token_that_ran_out_is_an_expired_cursor() {
    // Scenario 87: never a short list.
    let world = World::usual().await;
    for n in 0..101 {
        world.chat(&format!("p{n}@example.test"), &[]);
    }
    let Next::Page(token) = world.drift.changes(&From::Start).await.unwrap().next else {
        panic!("two pages")
    };
    world.workspace.faults().once(Fault::Refuse(Refusal::ExpiredCursor));
    let refused = world.drift.changes(&From::Page(token)).await;
    assert!(matches!(refused, Err(ConnectorError::CursorExpired)), "{refused:?}");
}

#[tokio::test]
async fn one_address_on_several_contacts_finds_them_all() {
    // Scenario 4: which of them is meant is for the engine to say.
    let world = World::usual().await;
    let first = world.chat("same+x@example.test", &[]);
    let second = id(world.workspace.identify_as("u-2", "same+x@example.test", &[]));
    world.chat("samex@example.test", &[]);
    let found =
        world.drift.find(&["same+x@example.test".into(), "nobody@example.test".into()]).await.unwrap();
    assert_eq!(ids(&found), BTreeSet::from([first, second]));
}

#[tokio::test]
async fn an_address_in_another_case_is_found_where_drift_tells_cases_apart() {
    let world = World::new(|settings| settings.email_filter = EmailFilter::Exact, |_| {}).await;
    let known = world.chat("ann.lee@example.test", &[]);
    let found = world.drift.find(&["Ann.Lee@Example.test".into()]).await.unwrap();
    assert_eq!(ids(&found), BTreeSet::from([known]));
}

#[tokio::test]
async fn a_token_without_the_elevated_scope_still_syncs_and_check_says_what_is_missing() {
    for wording in [MissingScope::Forbidden, MissingScope::Unauthorized, MissingScope::NotFound] {
        for bodies in [ErrorBodies::Object, ErrorBodies::Empty] {
            let world = World::new(
                |settings| {
                    settings.scopes =
                        [Scope::ContactRead, Scope::ContactWrite, Scope::ConversationRead].into();
                    (settings.missing_scope, settings.error_bodies) = (wording, bodies);
                    settings.contact_read = ContactRead::Everyone;
                },
                |_| {},
            )
            .await;
            let known = world.chat("a@example.test", &[("name", json!("Ann"))]);
            assert_eq!(world.drift.check().await.unwrap().missing_permissions, ["all_contact_read"]);
            assert!(world.drift.schema().await.unwrap().field("email").is_some_and(|email| email.required));
            let (changes, ..) = world.list(From::Start).await;
            assert_eq!(ids(&changes), BTreeSet::from([known]), "{wording:?} {bodies:?}");
        }
    }
}

#[tokio::test]
async fn a_token_that_would_not_be_told_of_opt_outs_is_named_where_they_are_taken_in() {
    for (opt_outs, missing) in [(OptOuts::Untold, &[][..]), (OptOuts::ByWebhook, &["user_read"][..])] {
        let world = World::new(
            |settings| _ = settings.scopes.remove(&Scope::UserRead),
            |config| config.opt_outs = opt_outs,
        )
        .await;
        assert_eq!(world.drift.check().await.unwrap().missing_permissions, missing, "{opt_outs:?}");
    }
}

#[tokio::test]
async fn a_missing_scope_stops_the_run_and_does_not_look_like_an_empty_account() {
    for wording in [MissingScope::Forbidden, MissingScope::Unauthorized, MissingScope::NotFound] {
        let world = World::new(
            |settings| (settings.scopes, settings.missing_scope) = ([Scope::UserRead].into(), wording),
            |_| {},
        )
        .await;
        let listed = world.drift.changes(&From::Start).await.map(drop);
        let found = world.drift.find(&["a@example.test".into()]).await.map(drop);
        for refused in [listed, found] {
            let Err(ConnectorError::Auth { hint, .. }) = &refused else { panic!("{wording:?}: {refused:?}") };
            assert!(hint.contains("conversation_read"), "{wording:?}: {hint}");
        }
    }
    let world = World::new(
        |settings| settings.private_token = "another".into(),
        |config| {
            config.credentials = Credentials::Token("not-it".into());
        },
    )
    .await;
    for refused in [world.drift.check().await.map(drop), world.drift.schema().await.map(drop)] {
        assert!(matches!(refused, Err(ConnectorError::Auth { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn the_schema_knows_types_and_who_may_write() {
    use syntony_core::schema::{Access, Kind};
    let world = World::new(|_| {}, attribute_tags).await;
    world.workspace.define_attribute("vip", AttributeType::Boolean);
    world.workspace.define_attribute("renewal", AttributeType::Date);
    world.workspace.define_attribute("sync_tags", AttributeType::String);
    let schema = world.drift.schema().await.unwrap();
    let check = |name: &str, kind: Kind, access: Access| {
        let spec = schema.field(name).unwrap();
        assert_eq!((spec.kind, spec.access), (kind, access), "{name}");
    };
    check("email", Kind::Email, Access::ReadWrite);
    check("phone", Kind::Phone, Access::ReadWrite);
    check("vip", Kind::Boolean, Access::ReadWrite);
    check("renewal", Kind::Date, Access::ReadWrite);
    check("start_date", Kind::DateTime, Access::ReadOnly);
    check("last_name", Kind::Text, Access::ReadWrite);
    check("last_contacted", Kind::DateTime, Access::ReadOnly);
    check("recent_entrance_page_url", Kind::Text, Access::ReadOnly);
    check("cql_score", Kind::Number, Access::ReadOnly);
    check("lead_stage", Kind::Text, Access::ReadWrite);
    check("an attribute that nobody wrote yet", Kind::Text, Access::ReadWrite);
    let listed = |name: &str| schema.fields().iter().any(|spec| spec.name.as_str() == name);
    assert!(!listed("sync_tags"), "tags are no field beside");
}

#[tokio::test]
async fn an_idle_listing_of_an_empty_workspace_ends() {
    let world = World::usual().await;
    let page = world.drift.changes(&From::Start).await.unwrap();
    let Next::End { cursor, coverage } = page.next else { panic!("it ends") };
    assert_eq!((page.changes, coverage), (vec![], Coverage::Discovered));
    let first = world.chat("a@example.test", &[]);
    assert_eq!(ids(&world.list(From::Cursor(cursor)).await.0), BTreeSet::from([first]));
}

#[tokio::test]
async fn a_limit_of_drifts_is_waited_for_or_handed_back() {
    let limit = RateLimit { calls_per_minute: 1, retry_after: RetryAfter::Sent };
    let world = World::new(
        |settings| settings.rate_limit = Some(limit),
        |config| {
            config.retry = RetryPolicy { max_wait: Duration::from_millis(50), ..RetryPolicy::impatient() };
        },
    )
    .await;
    world.drift.changes(&From::Start).await.unwrap();
    let refused = world.drift.changes(&From::Start).await;
    let Err(ConnectorError::RateLimited { retry_after: Some(wait) }) = refused else { panic!("{refused:?}") };
    assert_eq!(wait.as_secs(), 60);
}
