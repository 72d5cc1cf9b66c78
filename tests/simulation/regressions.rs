//! Dangers that the simulation found, each as the smallest world that showed it. A seed means another
//! world whenever the generator learns something, so that what is kept is the world.

use crate::sim::world::{drift, google};
use crate::sim::{self, Ended, How, Scenario, Shape, Step, Tells};
use syntony_connectors::memory::{Fault, Form};
use syntony_core::policy::{Duplicates, OnClear, Winner};
use syntony_core::side::Side;

/// Plays a world in which no law may be broken.
fn check(scenario: &Scenario) -> Ended {
    sim::check(scenario).unwrap_or_else(|broken| panic!("{broken}"))
}

fn edit(side: Side, field: &'static str, how: How, tells: Tells) -> Step {
    Step::Edit { side, whom: 0, field, how, tells }
}

fn ann() -> syntony_core::record::Fields {
    google(("Ann", "Lee"), &["ann@example.com"], &[], "")
}

/// What the report of a run says of the right app.
fn chat(ended: &Ended, run: usize) -> serde_json::Value {
    let report: serde_json::Value = serde_json::from_str(&ended.reports[run]).unwrap();
    report["apps"]["chat"].clone()
}

/// Each attempt was counted as a write of the same value, and the third put the field on hold.
#[test]
fn lost_answers_are_not_taken_for_a_field_that_flaps() {
    let scenario = Scenario::plain(Shape::BookAndChat)
        .with(Side::Left, ann())
        .run(Vec::new(), Vec::new())
        .then(edit(Side::Left, "names.givenName", How::Set("Anna".into()), Tells::Yes))
        .run(Vec::new(), vec![(Fault::TimeoutBefore, 100)])
        .run(Vec::new(), Vec::new());
    let ended = check(&scenario);
    assert_eq!(chat(&ended, 2)["updated"], 1, "{:#?}", ended.trace);
}

/// The search for a lost create ended so long after its intent as the vendor hides new contacts, but the
/// create was sent later than that, and was made again.
#[test]
fn a_lost_create_at_a_slow_vendor_is_found_and_not_repeated() {
    let mut scenario = Scenario::plain(Shape::TwoBooks);
    scenario.traits.right.feed_lag_ms = 30_000;
    scenario.traits.right.call_ms = 40;
    for number in 0..5 {
        let address = format!("p{number}@example.com");
        scenario = scenario.with(Side::Left, google(("P", &number.to_string()), &[&address], &[], ""));
    }
    scenario.traits.right.write_batch_contacts = 1;
    let ended = check(&scenario.run(Vec::new(), vec![(Fault::TimeoutAfter, 100)]));
    assert_eq!(
        ended.contacts.iter().filter(|line| line.starts_with("= ")).count(),
        10,
        "{:#?}",
        ended.contacts
    );
}

/// Of two contacts with one address one was linked. When its address changed the other one was alone, and
/// nobody looked at it until the next complete run.
#[test]
fn whoever_is_left_alone_with_an_address_is_looked_at() {
    let mut scenario = Scenario::plain(Shape::BookAndChat)
        .with(Side::Left, ann())
        .with(Side::Left, google(("Ann", ""), &["ann@example.com"], &[], ""))
        .with(Side::Right, drift("Ann Lee", "ann@example.com", "", ""))
        .run(Vec::new(), Vec::new())
        .then(edit(Side::Right, "email", How::Set("ann@elsewhere.example".into()), Tells::Yes))
        .run(Vec::new(), Vec::new());
    scenario.wishes.duplicates = Duplicates::Best;
    let ended = check(&scenario);
    assert_eq!(chat(&ended, 1)["created"], 1, "{:#?}", ended.trace);
}

/// A person emptied the one address of a contact whose counterpart has two: the link waits, and nobody
/// takes an address out of the list (scenario 14).
#[test]
fn an_emptied_single_address_takes_none_out_of_a_list() {
    let scenario = Scenario::plain(Shape::BookAndChat)
        .with(Side::Left, google(("Ann", "Lee"), &["ann@example.com", "ann@home.example"], &[], ""))
        .run(Vec::new(), Vec::new())
        .then(edit(Side::Right, "email", How::Clear, Tells::Yes))
        .run(Vec::new(), Vec::new());
    let ended = check(&scenario);
    let report: serde_json::Value = serde_json::from_str(&ended.reports[1]).unwrap();
    assert_eq!(report["excluded"]["email_emptied"], 1, "{:#?}", ended.trace);
    assert!(
        ended
            .contents
            .iter()
            .any(|line| line.contains("ann@home.example") && line.contains("ann@example.com"))
    );
}

/// Two people edited two parts of one name, and our write of the one part showed the other part, which no
/// feed had told of yet. It went into the base and never to the other side (scenario 23).
#[test]
fn an_edit_that_only_the_answer_to_our_write_shows_goes_over() {
    let mut scenario = Scenario::plain(Shape::BookAndChat);
    scenario.traits.left.feed_lag_ms = 30_000;
    scenario.traits.left.conditional_writes = false;
    let scenario = scenario
        .with(Side::Left, ann())
        .run(Vec::new(), Vec::new())
        .then(edit(Side::Right, "name", How::Set("Anna Lee".into()), Tells::Yes))
        .then(edit(Side::Left, "names.honorificSuffix", How::Set("PhD".into()), Tells::No))
        .run(Vec::new(), Vec::new());
    let ended = check(&scenario);
    assert!(
        ended.contents.iter().any(|line| line.contains(r#"name="Anna Lee PhD""#)),
        "{:#?}",
        ended.contents
    );
}

/// One way: the target's line was emptied while the source got another part. The base of a mapping stays
/// where it was as long as one part of it may not flow, and the next complete run reads the line against it.
#[test]
fn a_line_emptied_by_a_person_does_not_get_a_word_twice() {
    let mut scenario = Scenario::plain(Shape::BookAndChat)
        .with(Side::Left, google(("", ""), &["ann@example.com"], &[], ""))
        .then(edit(Side::Left, "names.middleName", How::Set("van".into()), Tells::Yes))
        .run(Vec::new(), Vec::new())
        .then(edit(Side::Left, "names.familyName", How::Set("王小明".into()), Tells::Yes))
        .then(edit(Side::Right, "name", How::Clear, Tells::Yes));
    scenario.wishes.writable.left = false;
    scenario.wishes.deletions_from = None;
    check(&scenario);
}

/// A suffix is kept where the other side cleared it. The second edit of another part of that name is a
/// conflict then, and the winner takes it back.
#[test]
fn a_kept_part_does_not_turn_later_edits_of_the_others_into_conflicts() {
    let given = |text: &str| edit(Side::Left, "names.givenName", How::Set(text.into()), Tells::Yes);
    let mut scenario = Scenario::plain(Shape::TwoBooks)
        .with(Side::Left, ann())
        .then(edit(Side::Left, "names.honorificSuffix", How::Set("Jr.".into()), Tells::Yes))
        .run(Vec::new(), Vec::new())
        .then(edit(Side::Left, "names.honorificSuffix", How::Clear, Tells::Yes))
        .run(Vec::new(), Vec::new())
        .then(given("Anna"))
        .run(Vec::new(), Vec::new())
        .then(given("Hannah"))
        .run(Vec::new(), Vec::new());
    scenario.wishes.on_clear = OnClear::Keep;
    scenario.wishes.winner = Winner::Side(Side::Right);
    let ended = check(&scenario);
    assert!(ended.contents.iter().all(|line| line.contains("Hannah")), "{:#?}", ended.contents);
}

/// A first meeting of two lists of numbers in a spelling that their vendors mangled: what both hold is
/// neither kept nor written again where the other numbers are added.
#[test]
fn a_number_that_both_have_is_not_lost_when_lists_meet() {
    let mut scenario = Scenario::plain(Shape::TwoBooks);
    for side in Side::BOTH {
        scenario.traits[side].forms.insert("phoneNumbers".into(), Form::Phone);
    }
    let both = "0032 471 00 11 84";
    let others = [both, "0032 471 00 89 22", "0032 471 00 42 61"];
    let scenario = scenario
        .with(Side::Left, google(("Tom", "Bakker"), &["tom@example.com"], &others, ""))
        .with(Side::Right, google(("Tom", "Bakker"), &["tom@example.com"], &[both], ""));
    check(&scenario);
}
