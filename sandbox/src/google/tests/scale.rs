//! A large address book costs what is asked of it, and not its square.

use super::*;

const CONTACTS: usize = 10_000;

/// Reads every page of a listing; counts contacts and pages.
async fn read_all(world: &World, more: &str) -> (usize, usize, String) {
    let (mut contacts, mut pages, mut page_token) = (0, 0, String::new());
    loop {
        let path = format!(
            "{CONNECTIONS}?personFields=names,metadata&sources=READ_SOURCE_TYPE_CONTACT&requestSyncToken=true\
             &pageSize=1000{more}{page_token}"
        );
        let page = world.get(&path).await;
        contacts += names(&page).len();
        pages += 1;
        match page.get("nextPageToken").and_then(Json::as_str) {
            Some(token) => page_token = format!("&pageToken={token}"),
            None => return (contacts, pages, format!("&syncToken={}", text(&page, "/nextSyncToken"))),
        }
    }
}

#[tokio::test]
async fn a_large_book_is_listed_and_its_deltas_stay_small() {
    let world = World::new().await;
    for nth in 0..CONTACTS {
        let person = json!({ "names": [{ "givenName": format!("N{nth}") }] });
        world.account.add(&person).unwrap();
    }
    let (contacts, pages, mut token) = read_all(&world, "").await;
    assert_eq!((contacts, pages), (CONTACTS, CONTACTS / 1_000));
    let name = world.account.add(&ada()).unwrap();
    for nth in 0..200 {
        world.account.edit(&name, &json!({ "names": [{ "givenName": format!("X{nth}") }] })).unwrap();
        let (changed, _, next) = read_all(&world, &token).await;
        assert_eq!(changed, 1);
        token = next;
    }
}
