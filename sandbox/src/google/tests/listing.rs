//! Full listings, deltas, tokens, lag.

use super::*;

const EXPIRED: (u16, &str, &str) = (
    400,
    "FAILED_PRECONDITION",
    "Sync token is expired. Clear local cache and retry call without the sync token.",
);
const MALFORMED: (u16, &str, &str) = (400, "INVALID_ARGUMENT", "Request contains an invalid argument.");

/// The token of a page, for a query.
fn sync_token(page: &Json) -> String {
    format!("&syncToken={}", text(page, "/nextSyncToken"))
}

#[tokio::test]
async fn a_full_listing_comes_in_pages_and_its_token_on_the_last() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(text(&world.create(ada()).await, "/resourceName").to_owned());
    }
    let mut got = Vec::new();
    let mut more = String::from("&pageSize=2");
    for nth in 0..3 {
        let page = world.sync(&more).await;
        got.extend(names(&page).into_iter().map(str::to_owned));
        assert_eq!((&page["totalItems"], &page["totalPeople"]), (&json!(5), &json!(5)));
        assert_eq!(page.get("nextSyncToken").is_some(), nth == 2);
        assert_eq!(page.get("nextPageToken").is_some(), nth < 2);
        if nth < 2 {
            more = format!("&pageSize=2&pageToken={}", text(&page, "/nextPageToken"));
        }
    }
    assert_eq!(got, expected, "oldest first");
    let unasked = world.get(&format!("{CONNECTIONS}?personFields=names")).await;
    assert!(unasked.get("nextSyncToken").is_none());
}

#[tokio::test]
async fn a_page_may_be_shorter_than_its_size_and_loses_nobody() {
    let world = World::new().await;
    world.account.configure(|settings| settings.max_page_contacts = 2);
    for _ in 0..3 {
        world.create(ada()).await;
    }
    let first = world.sync("&pageSize=10").await;
    assert_eq!((names(&first).len(), first.get("nextSyncToken")), (2, None));
    let more = format!("&pageSize=10&pageToken={}", text(&first, "/nextPageToken"));
    let last = world.sync(&more).await;
    assert_eq!((names(&last).len(), last.get("nextPageToken")), (1, None));
}

#[tokio::test]
async fn a_quiet_delta_is_a_token_and_nothing_else() {
    let world = World::new().await;
    world.create(ada()).await;
    let full = world.sync("").await;
    let quiet = world.sync(&sync_token(&full)).await;
    let keys: Vec<&String> = quiet.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["nextSyncToken"]);
    let empty = World::new().await.sync("").await;
    assert_eq!(empty.as_object().unwrap().len(), 1, "an empty account, too");
}

#[tokio::test]
async fn a_delta_tells_each_change_once_and_a_deletion_by_name_alone() {
    let world = World::new().await;
    let (kept, lost) = (world.create(ada()).await, world.create(ada()).await);
    let full = world.sync("").await;
    let lost = text(&lost, "/resourceName");
    world.account.edit(text(&kept, "/resourceName"), &json!({ "names": [{ "givenName": "A" }] })).unwrap();
    world.account.edit(lost, &json!({ "names": [{ "givenName": "B" }] })).unwrap();
    world.account.delete(lost).unwrap();
    world.account.edit(text(&kept, "/resourceName"), &json!({ "names": [{ "givenName": "C" }] })).unwrap();
    let delta = world.sync(&sync_token(&full)).await;
    assert_eq!(delta["totalItems"], 2);
    assert_eq!(names(&delta), [lost, text(&kept, "/resourceName")]);
    let (tombstone, changed) = (&delta["connections"][0], &delta["connections"][1]);
    assert_eq!(changed["names"][0]["givenName"], "C");
    let keys: Vec<&String> = tombstone.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["etag", "metadata", "resourceName"]);
    assert_eq!(
        (&tombstone["metadata"]["deleted"], &tombstone["metadata"]["objectType"]),
        (&json!(true), &json!("PERSON"))
    );
    let source = &tombstone["metadata"]["sources"][0];
    assert_eq!((&source["type"], &source["updateTime"]), (&json!("CONTACT"), &json!("1970-01-01T00:00:00Z")));
    assert_eq!(
        names(&world.sync("").await),
        [text(&kept, "/resourceName")],
        "a full listing has no tombstones"
    );
}

#[tokio::test]
async fn a_deletion_looks_like_an_empty_person_to_whom_does_not_ask_for_metadata() {
    let world = World::new().await;
    let path = format!("{CONNECTIONS}?personFields=names,photos&requestSyncToken=true");
    let person = world.create(ada()).await;
    let full = world.get(&path).await;
    world.account.delete(text(&person, "/resourceName")).unwrap();
    let delta = world.get(&format!("{path}{}", sync_token(&full))).await;
    let keys: Vec<&String> = delta["connections"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["etag", "photos", "resourceName"]);
}

#[tokio::test]
async fn a_sync_token_dies_seven_days_after_the_full_sync_and_a_delta_does_not_prolong_it() {
    let world = World::new().await;
    world.create(ada()).await;
    let mut token = sync_token(&world.sync("").await);
    for _ in 0..6 {
        world.pass(days(1));
        token = sync_token(&world.sync(&token).await);
    }
    world.pass(days(1));
    let error = world.get_refused(&sync_path(&token), EXPIRED).await;
    assert_eq!(error["details"][0]["@type"], "type.googleapis.com/google.rpc.ErrorInfo");
    assert_eq!(error["details"][0]["reason"], "EXPIRED_SYNC_TOKEN");
    world.sync("").await;
}

#[tokio::test]
async fn a_token_is_good_for_the_parameters_it_was_issued_for() {
    let world = World::new().await;
    for _ in 0..3 {
        world.create(ada()).await;
    }
    let sync = sync_token(&world.sync("").await);
    let page = format!("&pageToken={}", text(&world.sync("&pageSize=2").await, "/nextPageToken"));
    let other = |more: &str| {
        format!(
            "{CONNECTIONS}?personFields=names&sources=READ_SOURCE_TYPE_CONTACT&requestSyncToken=true{more}"
        )
    };
    for path in [
        other(&sync),
        other(&format!("{page}&pageSize=2")),
        sync_path(&page),                               // another page size
        sync_path(&format!("{page}&pageSize=2{sync}")), // a delta's token with a full listing's page
        sync_path(&format!("{sync}&sortOrder=LAST_NAME_ASCENDING")),
        format!("{CONNECTIONS}?personFields={MASK}&requestSyncToken=true{sync}"), // other sources
        sync_path("&syncToken=bogus"),
        sync_path("&pageToken=bogus"),
        sync_path(&page.replace("pageToken", "syncToken")),
        sync_path("&pageSize=-1"),
    ] {
        world.get_refused(&path, MALFORMED).await;
    }
    assert_eq!(names(&world.sync(&format!("{page}&pageSize=2")).await).len(), 1);
    world.sync(&format!("{sync}&pageSize=2")).await;
}

#[tokio::test]
async fn a_listing_lags_behind_a_write_and_a_read_does_not() {
    let world = World::new().await;
    let person = world.create(ada()).await;
    let name = text(&person, "/resourceName");
    let token = sync_token(&world.sync("").await);
    world.account.faults().set_lag_ms(10_000);
    world.account.edit(name, &json!({ "names": [{ "givenName": "New" }] })).unwrap();
    let late = text(&world.create(ada()).await, "/resourceName").to_owned();
    assert_eq!(world.read(name).await["names"][0]["givenName"], "New");
    let old = world.sync("").await;
    assert_eq!(names(&old), [name], "the new contact is not there yet");
    assert_eq!(old["connections"][0]["names"][0]["givenName"], "Ada", "the old value is told");
    let quiet = world.sync(&token).await;
    assert!(quiet.get("connections").is_none());
    world.pass(Duration::from_secs(10));
    for token in [token, sync_token(&quiet), sync_token(&old)] {
        assert_eq!(names(&world.sync(&token).await), [name, late.as_str()], "a token skipped what came late");
    }
}

#[tokio::test]
async fn an_account_as_strict_as_google_lags_without_being_told_to() {
    let world = World::with(Settings { access_token_seconds: 3_600, ..Settings::default() }).await;
    world.create(ada()).await;
    assert!(names(&world.sync("").await).is_empty());
    world.pass(Duration::from_secs(10));
    assert_eq!(names(&world.sync("").await).len(), 1);
}

#[tokio::test]
async fn what_changes_while_pages_are_read_is_in_the_next_delta() {
    let world = World::new().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(text(&world.create(ada()).await, "/resourceName").to_owned());
    }
    let first = world.sync("&pageSize=2").await;
    world.account.edit(&made[0], &json!({ "names": [{ "givenName": "Late" }] })).unwrap();
    world.account.delete(&made[1]).unwrap();
    let second = world.sync(&format!("&pageSize=2&pageToken={}", text(&first, "/nextPageToken"))).await;
    assert_eq!(names(&second), [&made[2], &made[0]], "told again, for it is newer now");
    let delta = world.sync(&sync_token(&second)).await;
    assert_eq!(names(&delta), [&made[0], &made[1]]);
}

#[tokio::test]
async fn a_delta_comes_in_pages_too() {
    let world = World::new().await;
    let token = sync_token(&world.sync("").await);
    for _ in 0..3 {
        world.create(ada()).await;
    }
    let first = world.sync(&format!("{token}&pageSize=2")).await;
    assert!(first.get("nextSyncToken").is_none() && names(&first).len() == 2);
    let next = format!("{token}&pageSize=2&pageToken={}", text(&first, "/nextPageToken"));
    let second = world.sync(&next).await;
    assert!(second.get("nextSyncToken").is_some() && names(&second).len() == 1);
    assert_eq!((&first["totalItems"], &second["totalItems"]), (&json!(3), &json!(3)));
}

#[tokio::test]
async fn a_renamed_contact_tells_its_former_name_in_a_delta_alone() {
    let world = World::new().await;
    let old = text(&world.create(ada()).await, "/resourceName").to_owned();
    let token = sync_token(&world.sync("").await);
    let new = world.account.rename(&old).unwrap();
    let delta = world.sync(&token).await;
    assert_eq!(names(&delta), [&new]);
    assert_eq!(delta["connections"][0]["metadata"]["previousResourceNames"], json!([old]));
    let full = world.sync("").await;
    assert_eq!(names(&full), [&new]);
    assert!(full["connections"][0]["metadata"].get("previousResourceNames").is_none());
    let batch = world.get(&format!("/v1/people:batchGet?resourceNames={old}&personFields=names")).await;
    let response = &batch["responses"][0];
    assert_eq!(
        (&response["requestedResourceName"], &response["person"]["resourceName"]),
        (&json!(old), &json!(new))
    );
}

#[tokio::test]
async fn everything_may_be_modified_without_a_change() {
    let world = World::new().await;
    let person = world.create(ada()).await;
    let full = world.sync("").await;
    world.pass(Duration::from_secs(60));
    world.account.touch_all();
    let delta = world.sync(&sync_token(&full)).await;
    let (before, after) = (&full["connections"][0], &delta["connections"][0]);
    assert_eq!(text(after, "/resourceName"), text(&person, "/resourceName"));
    assert_eq!((&before["names"], &before["emailAddresses"]), (&after["names"], &after["emailAddresses"]));
    assert_ne!(before["etag"], after["etag"]);
    assert_ne!(before["metadata"]["sources"][0]["etag"], after["metadata"]["sources"][0]["etag"]);
    assert_ne!(before["metadata"]["sources"][0]["updateTime"], after["metadata"]["sources"][0]["updateTime"]);
}

#[tokio::test]
async fn listings_are_ordered_as_they_are_asked_for() {
    let world = World::new().await;
    for (given, family) in [("B", "X"), ("A", "Z"), ("C", "Y")] {
        world.create(json!({ "names": [{ "givenName": given, "familyName": family }] })).await;
    }
    let order = async |order: &str| {
        let mut got = String::new();
        let mut more = String::new();
        loop {
            let path = format!(
                "{CONNECTIONS}?personFields=names&sources=READ_SOURCE_TYPE_CONTACT&pageSize=2&sortOrder={order}{more}"
            );
            let page = world.get(&path).await;
            for person in page["connections"].as_array().unwrap() {
                got.push_str(text(person, "/names/0/givenName"));
            }
            match page.get("nextPageToken") {
                Some(token) => more = format!("&pageToken={}", token.as_str().unwrap()),
                None => return got,
            }
        }
    };
    assert_eq!(order("LAST_MODIFIED_ASCENDING").await, "BAC");
    assert_eq!(order("LAST_MODIFIED_DESCENDING").await, "CAB");
    assert_eq!(order("FIRST_NAME_ASCENDING").await, "ABC");
    assert_eq!(order("LAST_NAME_ASCENDING").await, "BCA");
    let unknown = format!("{CONNECTIONS}?personFields=names&sortOrder=RANDOM");
    world.get_refused(&unknown, (400, "INVALID_ARGUMENT", "sort_order")).await;
}

#[tokio::test]
async fn a_page_holds_a_hundred_unless_asked_and_a_thousand_at_most() {
    let world = World::new().await;
    for _ in 0..1_001 {
        world.account.add(&ada()).unwrap();
    }
    for (more, count) in
        [("", 100), ("&pageSize=0", 100), ("&pageSize=1000", 1_000), ("&pageSize=2000", 1_000)]
    {
        assert_eq!(names(&world.sync(more).await).len(), count, "{more}");
    }
}

#[tokio::test]
async fn a_listing_cuts_what_a_read_tells_whole() {
    let world = World::new().await;
    let emails: Vec<Json> = (0..101).map(|nth| json!({ "value": format!("{nth}@x.example") })).collect();
    let name = world.account.add(&json!({ "emailAddresses": emails })).unwrap();
    let count = |person: &Json| person["emailAddresses"].as_array().unwrap().len();
    assert_eq!(count(&world.sync("").await["connections"][0]), 100);
    assert_eq!(count(&world.read(&name).await), 101);
}
