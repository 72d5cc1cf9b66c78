//! Pages, cursors, keysets.

use super::*;

/// All pages of a query: their rows' last names, and how many pages there were.
async fn all_pages(world: &World, call: &str, soql: &str) -> (Vec<String>, usize) {
    let mut page = world.ask(call, soql).await.unwrap();
    let (mut names, mut pages) = (Vec::new(), 1);
    loop {
        names.extend(each(&rows_of(&page), "LastName").into_iter().map(str::to_owned));
        let Some(next) = page["nextRecordsUrl"].as_str().map(str::to_owned) else {
            assert_eq!(page["done"], true);
            return (names, pages);
        };
        assert!(next.starts_with(&format!("{BASE}/query/0r8")), "{next}");
        page = world.get(&next).await.unwrap();
        pages += 1;
    }
}

async fn filled(contacts: usize, settings: Settings) -> World {
    let world = World::with(settings).await;
    for nth in 0..contacts {
        world.contact(&format!("N{nth:05}"));
    }
    world
}

#[tokio::test]
async fn pages_hold_everything_once_and_are_as_long_as_they_please() {
    let world = filled(4_500, Settings::unlimited()).await;
    let (names, pages) = all_pages(&world, "query", "SELECT LastName FROM Contact ORDER BY LastName").await;
    assert_eq!(names.len(), 4_500);
    assert!(names.is_sorted());
    assert_eq!(pages, 3, "2,000, then fewer than was asked for, then the rest");
    let gone = world.org.dump().keys().next().cloned().unwrap();
    world.org.delete(&gone).unwrap();
    let (all, _) = all_pages(&world, "queryAll", "SELECT LastName FROM Contact").await;
    assert_eq!(all.len(), 4_500, "the later pages of queryAll hold deleted rows too");
}

#[tokio::test]
async fn a_client_that_asks_for_short_pages_gets_more_of_them() {
    let world = filled(450, Settings { uneven_pages: false, ..Settings::unlimited() }).await;
    for (size, expected) in [("batchSize=200", 200), ("batchSize=50", 200), ("batchSize=x", 450)] {
        let url = world.url(&format!("{BASE}/query?q=SELECT+Id+FROM+Contact"));
        let request = world.client.get(url).bearer_auth(&world.token).header("Sforce-Query-Options", size);
        let page: Json = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(rows_of(&page).len(), expected, "{size}");
        assert_eq!(page["totalSize"], 450);
    }
}

#[tokio::test]
async fn a_keyset_loses_nobody_among_ties() {
    // All of one second, and more of them than a page.
    let world = filled(2_500, Settings::unlimited()).await;
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let soql = format!(
            "SELECT Id, LastName, SystemModstamp FROM Contact WHERE SystemModstamp >= 2026-01-05T07:00:00Z {after} \
             ORDER BY SystemModstamp ASC, Id ASC LIMIT 1000"
        );
        let rows = world.all_rows(&soql).await;
        let Some(last) = rows.last() else { break };
        let (stamp, id) = (last["SystemModstamp"].as_str().unwrap(), last["Id"].as_str().unwrap());
        let stamp = stamp.replace("+0000", "Z");
        after = format!("AND (SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > '{id}'))");
        names.extend(each(&rows, "LastName").into_iter().map(str::to_owned));
    }
    assert_eq!(names.len(), 2_500);
    assert!(names.is_sorted(), "ids grow as rows are made");
}

#[tokio::test]
async fn a_cursor_dies_of_age_of_others_and_of_nonsense() {
    let settings = Settings { max_page_rows: 10, max_cursors: 3, ..Settings::unlimited() };
    let world = filled(25, settings).await;
    let open = async || {
        let page = world.ask("query", "SELECT Id FROM Contact").await.unwrap();
        page["nextRecordsUrl"].as_str().unwrap().to_owned()
    };
    let dead = Err((400, "INVALID_QUERY_LOCATOR".to_owned()));
    let (first, second) = (open().await, open().await);
    let third = open().await;
    for cursor in [&first, &second, &third] {
        assert!(world.get(cursor).await.is_ok());
    }
    let fourth = open().await;
    assert_eq!(world.get(&first).await, dead, "one cursor too many ends the oldest, though it was in use");
    assert!(world.get(&second).await.is_ok());
    world.pass_seconds(600);
    assert!(world.get(&fourth).await.is_ok());
    world.pass_seconds(600);
    assert!(world.get(&fourth).await.is_ok(), "being used keeps it alive");
    assert_eq!(world.get(&third).await, dead, "not being used ends it");
    for nonsense in ["/query/0r8", "/query/0r8x-10", "/query/0r85e0000000001AAA-99999"] {
        assert_eq!(world.get(nonsense).await, dead, "{nonsense}");
    }
}

#[tokio::test]
async fn a_line_that_is_too_long_is_refused() {
    let world = World::new().await;
    let ids = "'003000000000000AAA',".repeat(800);
    let response = world.raw(&format!("{BASE}/query?q=SELECT+Id+FROM+Contact+WHERE+Id+IN+({ids}null)")).await;
    assert_eq!(response.status().as_u16(), 414);
}

#[tokio::test]
async fn many_rows_cost_what_is_asked_of_them() {
    const CONTACTS: usize = 20_000;
    let world = filled(CONTACTS, Settings::unlimited()).await;
    for nth in 0..200 {
        let name = format!("N{:05}", nth * 97 % CONTACTS);
        let newest =
            world.rows("SELECT Id, LastName FROM Contact ORDER BY SystemModstamp, Id LIMIT 10").await;
        assert_eq!(newest.len(), 10);
        let soql = format!("SELECT Id FROM Contact WHERE Email IN ('{name}@x.example')");
        assert_eq!(world.rows(&soql).await.len(), 0);
    }
}
