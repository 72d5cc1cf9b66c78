use super::*;
use std::time::Duration;

/// A workspace with so many conversations, oldest first.
fn chatty(count: usize, change: impl FnOnce(&mut Settings)) -> (World, Vec<i64>) {
    let world = World::new(change);
    let ids = (0..count)
        .map(|n| {
            world.clock.advance(Duration::from_secs(1));
            let contact = world.workspace.add(&[("email", json!(format!("p{n}@x.test")))]);
            world.workspace.start_conversation(contact).unwrap()
        })
        .collect();
    (world, ids)
}

/// The path to call for a link: the host is not ours, so only path and query are taken.
fn path_of(link: &Json) -> String {
    link.as_str().unwrap().strip_prefix("https://api.drift.com").unwrap().to_owned()
}

#[tokio::test]
async fn the_current_paging_links_to_another_host_and_ends_without_next() {
    let (world, mut all) = chatty(5, |_| {});
    all.reverse();
    let mut shown = Vec::new();
    let mut path = "/conversations/list?limit=2&page_token=".to_owned();
    loop {
        let answer = world.get(&path).await;
        shown.extend(answer.ids());
        assert!(answer.body.get("pagination").is_none());
        match &answer.body["links"]["next"] {
            Json::Null => break,
            next => path = path_of(next),
        }
    }
    assert_eq!(shown, all);
    assert!(path.contains("limit=2"), "the link keeps the limit");
}

#[tokio::test]
async fn the_old_paging_ends_without_pagination() {
    let (world, mut all) = chatty(5, |_| {});
    all.reverse();
    let first = world.get("/conversations/list?limit=3").await;
    assert_eq!(first.ids(), all[..3]);
    assert!(first.body.get("links").is_none());
    assert_eq!(first.body["pagination"]["more"], true);
    let next = first.body["pagination"]["next"].as_str().unwrap();
    let path = format!("/conversations/list?limit=3&next={next}");
    for _ in 0..2 {
        let last = world.get(&path).await;
        assert_eq!(last.ids(), all[3..], "a token can be used again");
        assert!(last.body.get("pagination").is_none());
    }
}

#[tokio::test]
async fn a_listed_conversation_is_shown_as_the_documents_show_it() {
    let (world, all) = chatty(1, |_| {});
    let contact = *world.workspace.dump().keys().next().unwrap();
    let now_ms = world.clock.now_ms();
    let item = json!({"status": "open", "contactId": contact, "createdAt": now_ms, "id": all[0], "inboxId": 62491,
        "updatedAt": now_ms});
    let links = json!({"self": "https://api.drift.com/conversations/list?page_token=&limit=25"});
    let answer = world.get("/conversations/list?page_token=").await;
    assert_eq!(answer.body, json!({"data": [item.clone()], "links": links}));
    assert_eq!(world.get("/conversations/list").await.body, json!({"data": [item]}));

    let whole = world.get(&format!("/conversations/{}?conversationId=1", all[0])).await;
    assert_eq!(whole.body["data"]["contactId"], contact);
    assert_eq!(whole.body["data"]["orgId"], world.workspace.settings().org_id);
    World::refused(&world.get("/conversations/1").await, 404, "conversation not found");
    World::refused(&world.get("/conversations/x").await, 404, "conversation not found");
}

#[tokio::test]
async fn an_empty_workspace_has_an_empty_list_in_both_forms() {
    let world = World::new(|_| {});
    for path in ["/conversations/list", "/conversations/list?page_token="] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, answer.body), (200, json!({"data": []})));
    }
}

#[tokio::test]
async fn bad_parameters_are_refused_and_the_two_generations_have_their_own_limits() {
    let (world, _) = chatty(1, |_| {});
    let check = async |query: &str, status: u16| {
        let answer = world.get(&format!("/conversations/list?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
    };
    check("page_token=&limit=100", 200).await;
    check("page_token=&limit=101", 400).await;
    check("limit=50", 200).await;
    check("limit=51", 400).await;
    check("limit=0", 400).await;
    check("limit=x", 400).await;
    check("page_token=made-up", 400).await;
    check("next=99", 400).await;
    check("page_token=&next=", 400).await;
    check("statusId=1&statusId=2&statusId=3", 200).await;
    check("statusId=4", 400).await;
    check("updatedAfter=5", 400).await;
    world.workspace.configure(|settings| settings.conversation_paging = ConversationPaging::Current);
    check("limit=50", 400).await;
    check("limit=50&page_token=", 200).await;
    world.workspace.configure(|settings| settings.conversation_paging = ConversationPaging::Old);
    check("limit=50", 200).await;
    check("limit=50&page_token=", 400).await;
}

#[tokio::test]
async fn a_status_selects_over_all_pages() {
    let (world, all) = chatty(5, |_| {});
    for id in [all[0], all[2]] {
        world.clock.advance(Duration::from_secs(1));
        world.workspace.set_status(id, Status::Closed).unwrap();
    }
    let first = world.get("/conversations/list?page_token=&limit=1&statusId=2").await;
    assert_eq!(first.ids(), [all[2]], "a change of status brings to the top");
    let last = world.get(&path_of(&first.body["links"]["next"])).await;
    assert_eq!(last.ids(), [all[0]]);
    assert!(last.body["links"].get("next").is_none());
}

#[tokio::test]
async fn a_message_while_a_list_is_read_repeats_items() {
    for (start, by_links) in [("limit=2&page_token=", true), ("limit=2", false)] {
        let (world, all) = chatty(4, |_| {});
        let first = world.get(&format!("/conversations/list?{start}")).await;
        world.clock.advance(Duration::from_secs(1));
        world.workspace.message(all[3]).unwrap();
        let path = if by_links {
            path_of(&first.body["links"]["next"])
        } else {
            let next = first.body["pagination"]["next"].as_str().unwrap();
            format!("/conversations/list?limit=2&next={next}")
        };
        assert_eq!(first.ids(), [all[3], all[2]]);
        let second = world.get(&path).await.ids();
        assert!(second.contains(&all[1]), "{second:?}");
        assert!(second.iter().any(|id| first.ids().contains(id)), "{second:?} repeats nothing");
    }
}

#[tokio::test]
async fn the_list_lags() {
    let (world, all) = chatty(2, |_| {});
    world.workspace.faults().set_lag_ms(500);
    assert_eq!(world.get("/conversations/list").await.ids(), [all[0]]);
    world.clock.advance(Duration::from_millis(500));
    assert_eq!(world.get("/conversations/list").await.ids(), [all[1], all[0]]);
}

#[tokio::test]
async fn an_edit_of_a_contact_moves_no_conversation() {
    let (world, all) = chatty(2, |_| {});
    let oldest = *world.workspace.dump().keys().next().unwrap();
    world.workspace.edit(oldest, &[("name", json!("N"))]).unwrap();
    assert_eq!(world.patch(oldest, json!({"name": "M"})).await.status, 200);
    assert_eq!(world.get("/conversations/list").await.ids(), [all[1], all[0]]);
}
