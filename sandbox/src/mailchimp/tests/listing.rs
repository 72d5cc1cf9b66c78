//! Pages, filters, orders and times.

use super::*;
use crate::mailchimp::Bounds;

/// Five members, a second apart; the third and fourth in the same second.
async fn five(change: impl FnOnce(&mut Settings)) -> World {
    let world = World::with(change).await;
    for (email, pause) in [("a", 1), ("b", 1), ("c", 0), ("d", 1), ("e", 1)] {
        world.account.add(&json!({ "email_address": format!("{email}@x.example") })).unwrap();
        world.pass(pause);
    }
    world
}

/// The first letters of who is listed, and the total.
async fn check(world: &World, query: &str, expected: (&str, u64)) {
    let page = world.get(&format!("/members?{query}")).await;
    let mut letters: Vec<&str> = emails(&page).iter().map(|email| email.split_at(1).0).collect();
    if !query.contains("sort_field=") {
        letters.sort_unstable();
    }
    assert_eq!((letters.concat().as_str(), page["total_items"].as_u64().unwrap()), expected, "{query}");
}

#[tokio::test]
async fn a_bound_of_time_leaves_its_own_second_out_or_in() {
    let at = |second: u32| format!("2026-01-05T08:00:{second:02}%2B00:00");
    let world = five(|_| {}).await;
    check(&world, &format!("since_last_changed={}", at(1)), ("cde", 3)).await;
    check(&world, &format!("before_last_changed={}", at(2)), ("ab", 2)).await;
    check(&world, &format!("since_last_changed={}&before_last_changed={}", at(0), at(3)), ("bcd", 3)).await;
    world.account.configure(|settings| settings.time_bounds = Bounds::Inclusive);
    check(&world, &format!("since_last_changed={}", at(1)), ("bcde", 4)).await;
    check(&world, &format!("before_last_changed={}", at(2)), ("abcd", 4)).await;
}

#[tokio::test]
async fn a_member_that_a_listing_lost_is_still_read_and_comes_back_with_its_next_change() {
    let world = five(|settings| settings.max_page_members = 2).await;
    let page = |offset: u8| format!("sort_field=last_changed&count=10&offset={offset}");
    check(&world, &page(0), ("ab", 5)).await;
    world.account.hide("a@x.example").unwrap();
    check(&world, &page(3), ("e", 4)).await;
    assert_eq!(text(&world.get("/members/a@x.example").await, "/email_address"), "a@x.example");
    world.account.edit("a@x.example", &json!({ "vip": true })).unwrap();
    check(&world, &page(3), ("ea", 5)).await;
}

#[tokio::test]
async fn a_total_counts_what_is_filtered_and_not_what_is_shown() {
    let world = five(|_| {}).await;
    let sorted = "sort_field=last_changed";
    check(&world, &format!("{sorted}&count=2"), ("ab", 5)).await;
    check(&world, &format!("{sorted}&count=2&offset=4"), ("e", 5)).await;
    check(&world, &format!("{sorted}&count=0"), ("", 5)).await;
    check(&world, &format!("{sorted}&sort_dir=DESC&count=1"), ("e", 5)).await;
    check(&world, "offset=9", ("", 5)).await;
    world.account.unsubscribe("b@x.example").unwrap();
    check(&world, "status=unsubscribed", ("b", 1)).await;
    check(&world, "status=unsubscribed&unsubscribed_since=2026-01-05T08:00:00Z", ("b", 1)).await;
    check(&world, "status=unsubscribed&unsubscribed_since=2026-01-06", ("", 0)).await;
    check(&world, "status=subscribed", ("acde", 4)).await;
    world.account.edit("c@x.example", &json!({ "vip": true })).unwrap();
    check(&world, "vip_only=true", ("c", 1)).await;
    let member = world.get("/members/d@x.example").await;
    check(&world, &format!("unique_email_id={}", text(&member, "/unique_email_id")), ("d", 1)).await;
    for bad in [
        "count=1001",
        "status=gone",
        "sort_field=email",
        "since_last_changed=soon",
        "unsubscribed_since=2026-01-05",
        "status=cleaned&unsubscribed_since=2026-01-05",
    ] {
        world
            .refused(Method::GET, &format!("/members?{bad}"), Json::Null, (400, "Invalid Resource", ""))
            .await;
    }
}

#[tokio::test]
async fn a_plus_sign_in_a_time_must_be_escaped() {
    let world = five(|_| {}).await;
    let naive = "/members?since_last_changed=2026-01-05T08:00:01+00:00";
    world.refused(Method::GET, naive, Json::Null, (400, "Invalid Resource", "since_last_changed")).await;
}

#[tokio::test]
async fn archived_members_are_in_a_listing_of_their_own_unless_set_otherwise() {
    let world = five(|_| {}).await;
    world.account.archive("a@x.example").unwrap();
    check(&world, "", ("bcde", 4)).await;
    check(&world, "status=archived", ("a", 1)).await;
    world.account.configure(|settings| settings.unfiltered_lists_archived = true);
    check(&world, "", ("abcde", 5)).await;
    world.account.delete_permanently("b@x.example").unwrap();
    check(&world, "", ("acde", 4)).await;
}

#[tokio::test]
async fn a_listing_lags_and_a_read_by_name_does_not() {
    let world = five(|settings| settings.lag_ms = 10_000).await;
    check(&world, "", ("", 0)).await;
    assert_eq!(text(&world.get("/members/a@x.example").await, "/status"), "subscribed");
    world.pass(7);
    check(&world, "sort_field=last_changed", ("ab", 2)).await;
    world.account.edit("a@x.example", &json!({ "merge_fields": { "FNAME": "Ada" } })).unwrap();
    world.pass(9);
    let page = world.get("/members?sort_field=last_changed&count=1").await;
    assert_eq!(text(&page, "/members/0/merge_fields/FNAME"), "", "as it was");
    world.pass(1);
    check(&world, "sort_field=last_changed&sort_dir=DESC&count=1", ("a", 5)).await;
}

#[tokio::test]
async fn every_change_moves_the_time_and_an_idle_one_if_it_is_set_so() {
    let world = five(|_| {}).await;
    let since = "since_last_changed=2026-01-05T08:01:00Z";
    world.pass(100);
    check(&world, since, ("", 0)).await;
    world.patch("a@x.example", json!({ "vip": false })).await;
    check(&world, since, ("a", 1)).await;
    world.account.configure(|settings| settings.idle_writes_touch = false);
    world.patch("b@x.example", json!({ "vip": false })).await;
    check(&world, since, ("a", 1)).await;
    world.account.unsubscribe("c@x.example").unwrap();
    check(&world, since, ("ac", 2)).await;
}
