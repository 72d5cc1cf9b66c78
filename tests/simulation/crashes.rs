//! A run that is cut off at every place where it can be: each time it waits for a vendor, and after each
//! commit. The next runs have to reach the end that they would have reached anyhow: no contact twice, none
//! forgotten, no value lost (invariant 9; scenarios 8, 83 and 84).

use crate::sim::world::{drift, google};
use crate::sim::{self, Crash, How, Scenario, Shape, Step, Tells};
use syntony::run::Mode;
use syntony_core::side::{Side, Sides};

/// A run of these small worlds has fewer waits and commits; one more means that it never ends.
const MAX_PLACES: u32 = 1_000;

/// Cuts off the step that `cut` makes at every place, and compares the ends.
fn check(world: &Scenario, rest: &[Step]) {
    let play = |crash: Option<Crash>| {
        let run = Step::Run { mode: Mode::Sync, odds: Sides::default(), crash };
        let scenario = rest.iter().cloned().fold(world.clone().then(run), Scenario::then);
        sim::check(&scenario).unwrap_or_else(|broken| panic!("cut off at {crash:?}: {broken}"))
    };
    let undisturbed = play(None);
    for kind in [Crash::Polls as fn(u32) -> Crash, |commits| Crash::Commits(u64::from(commits))] {
        let places = (1..MAX_PLACES).take_while(|place| {
            let ended = play(Some(kind(*place)));
            assert_eq!(ended.contents, undisturbed.contents, "cut off at {:?}", kind(*place));
            ended.crashes > 0
        });
        let places = places.count();
        assert!(places > 5, "cut off at {places} places alone");
        assert!(places < MAX_PLACES as usize - 1, "the run never ends");
    }
}

/// People on one side, on the other and on both, who differ.
fn strangers(shape: Shape) -> Scenario {
    let ann = google(("Ann", "Lee"), &["ann@example.com"], &["+32471234567"], "CEO");
    let joe = google(("Joe", "van Vliet"), &["joe@example.com"], &[], "");
    let eve = google(("Eve", "Doe"), &["eve@example.com"], &[], "CFO");
    let world =
        Scenario::plain(shape).with(Side::Left, ann).with(Side::Left, joe.clone()).with(Side::Left, eve);
    match shape {
        Shape::BookAndChat => world
            .with(Side::Right, drift("Joe van Vliet", "Joe@Example.com", "+3222222222", "Baker"))
            .with(Side::Right, drift("Eve Doe-Smith", "eve@example.com", "", "COO"))
            .with(Side::Right, drift("王小明", "wang@example.com", "", "")),
        Shape::TwoBooks => world
            .with(Side::Right, google(("Joe", "Vliet"), &["Joe@Example.com"], &["+3222222222"], "Baker"))
            .with(Side::Right, google(("王小明", ""), &["wang@example.com", "w@example.com"], &[], "")),
    }
}

#[test]
fn a_first_run_that_dies_anywhere_creates_nobody_twice() {
    check(&strangers(Shape::BookAndChat), &[]);
}

#[test]
fn a_first_run_between_vendors_without_markers_creates_nobody_twice() {
    let mut world = strangers(Shape::TwoBooks);
    for side in Side::BOTH {
        world.traits[side].markers = false;
        world.traits[side].conditional_writes = false;
        world.traits[side].feed_lag_ms = 30_000;
        world.traits[side].call_ms = 40;
    }
    check(&world, &[]);
}

#[test]
fn a_run_that_dies_between_edits_loses_none_of_them() {
    let edit = |side, whom, field, how| Step::Edit { side, whom, field, how, tells: Tells::Yes };
    let world = strangers(Shape::BookAndChat)
        .run(Vec::new(), Vec::new())
        .then(edit(Side::Left, 0, "names.givenName", How::Set("Anna".into())))
        .then(edit(Side::Right, 1, "title", How::Clear))
        .then(edit(Side::Left, 1, "emailAddresses", How::Set("joe@elsewhere.example".into())))
        .then(edit(Side::Right, 2, "name", How::Set("王小明 Jr.".into())))
        .then(Step::Delete { side: Side::Left, whom: 2 });
    check(&world, &[]);
}
