//! Deletions, restores, merges, and what only looks like a deletion. A is the app that deletions are read from.

use crate::crash::Crash;
use crate::stage::{A, B, Cast, Edit, Shape, Stage, TWO_BOOKS, Who, a_is_book, ann, person, someone};
use std::time::Duration;
use syntony::report::{ConnectionReport, Status};
use syntony::run::{Mode, Permission};
use syntony_connectors::memory::{Fault, Traits};

const ANN: &str = "Ann Lee | ann@x.com | +32471234567 | CEO";
const TAGGED: &str = "Ann Lee | ann@x.com | +32471234567 | CEO +PieSync Trash";
/// Enough for several pages, and for the guard to count in percent.
const MANY: usize = 30;

/// How often a note was made on anybody.
fn notes(stage: &Stage, note: &str) -> usize {
    let rows = stage.standings();
    rows.iter().filter(|row| row.standing.detail["notes"].to_string().contains(note)).count()
}

/// `MANY` people in step, with apps that are not quite the ordinary ones.
async fn crowd(cast: Cast, traits: impl Fn(Who, Traits) -> Traits) -> Stage {
    let mut stage = Stage::with(cast, traits);
    for number in 0..MANY {
        stage.add(A, &someone(number));
    }
    let report = stage.sync().await;
    assert_eq!((report.status, report.in_sync), (Status::Ok, MANY as u64), "{cast:?} {report:#?}");
    stage
}

fn assert_nothing_lost(stage: &Stage, report: &ConnectionReport, writes: usize) {
    assert_eq!((report.status, report.in_sync), (Status::Ok, MANY as u64), "{:?} {report:#?}", stage.cast);
    assert_eq!(stage.world.writes(), writes, "{:?}: somebody was written", stage.cast);
    assert!(stage.book(B).iter().all(|line| !line.contains("Trash")), "{:?}", stage.cast);
}

/// Scenarios 58 and 60.
#[tokio::test(start_paused = true)]
async fn a_deletion_arrives_as_a_tag_and_a_return_takes_it_off() {
    for cast in a_is_book() {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.app(A).delete(&a);
        let report = stage.sync().await;
        assert_eq!(stage.counts(&report, B).tagged, 1, "{cast:?} {report:#?}");
        assert_eq!(stage.book(B), [TAGGED], "{cast:?}");
        let report = stage.assert_quiet().await;
        assert_eq!(report.excluded["counterpart_deleted"], 1, "{cast:?}");
        // Neither a complete reading nor an edit creates it again.
        stage.resync().await;
        stage.edit(B, &b, Edit::Title("CFO"));
        stage.assert_quiet().await;
        assert_eq!(stage.book(A).len(), 0, "{cast:?}: a deleted contact was created again");

        stage.app(A).restore(&a);
        let report = stage.sync().await;
        assert_eq!((report.linked, stage.created(&report)), (0, (0, 0)), "{cast:?} {report:#?}");
        for who in [A, B] {
            assert_eq!(stage.book(who), ["Ann Lee | ann@x.com | +32471234567 | CFO"], "{cast:?} {who:?}");
        }
        stage.assert_quiet().await;
    }
}

/// Scenario 58: a tag that a person put there, or takes off, is theirs.
#[tokio::test(start_paused = true)]
async fn the_deletion_tag_is_put_on_once_and_only_our_own_is_taken_off() {
    for cast in a_is_book() {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.app(A).delete(&a);
        stage.sync().await;
        stage.app(B).untag(&b, "PieSync Trash");
        stage.app(B).bump(&b);
        stage.assert_quiet().await;
        stage.resync().await;
        assert_eq!(stage.book(B), [ANN], "{cast:?}: a tag that a person took off came back");

        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.app(B).tag(&b, "PieSync Trash");
        stage.app(B).bump(&b);
        stage.sync().await;
        stage.app(A).delete(&a);
        stage.assert_quiet().await;
        stage.app(A).restore(&a);
        stage.sync().await;
        assert_eq!(stage.book(B), [TAGGED], "{cast:?}: a tag that was there before us is gone");
    }
}

/// Scenario 58, where deletions are not read: nothing is tagged, and nobody is created again either.
#[tokio::test(start_paused = true)]
async fn a_deletion_that_is_not_synced_creates_nobody_again() {
    for cast in TWO_BOOKS {
        for deletions in [false, true] {
            let (mut stage, _, b) = Stage::in_step(cast, &ann()).await;
            if !deletions {
                stage.policy().deletions = None;
            }
            stage.app(B).delete(&b);
            for _ in 0..3 {
                let report = stage.assert_quiet().await;
                assert_eq!(report.excluded["counterpart_deleted"], 1, "{cast:?} {report:#?}");
            }
            stage.resync().await;
            assert_eq!((stage.book(A), stage.book(B).len()), (vec![ANN.to_owned()], 0), "{cast:?}");
        }
    }
}

/// Scenario 59.
#[tokio::test(start_paused = true)]
async fn an_edit_survives_the_deletion_of_its_counterpart_and_is_reported() {
    for cast in a_is_book() {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.app(A).delete(&a);
        stage.edit(B, &b, Edit::Title("CFO"));
        for _ in 0..3 {
            let report = stage.assert_quiet().await;
            assert_eq!(report.excluded["counterpart_deleted"], 1, "{cast:?} {report:#?}");
            assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CFO"], "{cast:?}");
        }
        assert_eq!(notes(&stage, "deleted_but_edited"), 1, "{cast:?}: {:?}", stage.standings());
        stage.app(A).restore(&a);
        stage.sync().await;
        assert_eq!(stage.book(A), ["Ann Lee | ann@x.com | +32471234567 | CFO"], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 61.
#[tokio::test(start_paused = true)]
async fn what_both_sides_deleted_comes_back_from_neither() {
    for cast in TWO_BOOKS {
        for restored in Who::BOTH {
            let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
            stage.app(A).delete(&a);
            stage.sync().await;
            stage.app(B).delete(&b);
            let report = stage.assert_quiet().await;
            assert_eq!(report.in_sync, 0, "{cast:?} {report:#?}");
            stage.resync().await;
            let id = if restored == A { &a } else { &b };
            stage.app(restored).restore(id);
            for _ in 0..2 {
                stage.assert_quiet().await;
            }
            stage.resync().await;
            let left = if restored == A { (1, 0) } else { (0, 1) };
            assert_eq!((stage.book(A).len(), stage.book(B).len()), left, "{cast:?} {restored:?}");
        }
    }
}

/// Scenario 62: the contact that an edit is to be written to is not there, and that is all that is known.
#[tokio::test(start_paused = true)]
async fn a_read_that_says_gone_proves_nothing_without_a_complete_listing() {
    for cast in a_is_book() {
        let mute =
            |who: Who, traits: Traits| if who == A { Traits { tombstones: false, ..traits } } else { traits };
        let (mut stage, a, b) = Stage::with(cast, mute).linked(&ann()).await;
        stage.app(A).delete(&a);
        stage.edit(B, &b, Edit::Title("Editor"));
        let report = stage.sync().await;
        assert_eq!(report.excluded.get("counterpart_deleted"), None, "{cast:?} {report:#?}");
        assert_eq!(stage.counts(&report, B).tagged, 0, "{cast:?}");
        // In doubt, everything is listed, and then it is proven; the edit stays.
        let report = stage.sync().await;
        assert_eq!(report.excluded.get("counterpart_deleted"), Some(&1), "{cast:?} {report:#?}");
        stage.assert_quiet().await;
        assert_eq!(stage.book(A).len(), 0, "{cast:?}");
    }
}

/// Scenario 62: without a feed of deletions, missing and read as gone is gone; nothing less is.
#[tokio::test(start_paused = true)]
async fn only_a_complete_listing_and_a_read_by_id_together_prove_a_deletion() {
    for cast in a_is_book() {
        let mute =
            |who: Who, traits: Traits| if who == A { Traits { tombstones: false, ..traits } } else { traits };
        let mut stage = crowd(cast, mute).await;
        let writes = stage.world.writes();
        let victim = stage.app(A).dump().into_keys().nth(3).unwrap();
        stage.app(A).delete(&victim);
        // The feed says nothing, and nothing is nothing.
        let report = stage.sync().await;
        assert_nothing_lost(&stage, &report, writes);
        let report = stage.resync().await;
        assert_eq!(
            (stage.counts(&report, B).tagged, report.excluded["counterpart_deleted"]),
            (1, 1),
            "{cast:?}"
        );
        assert_eq!(stage.world.writes(), writes + 1, "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenarios 62 and 67: missing from a complete listing, and the read by id does not say gone.
#[tokio::test(start_paused = true)]
async fn whoever_cannot_be_read_any_more_is_not_deleted() {
    for cast in a_is_book() {
        for reads_gone in [true, false] {
            let vague = |who: Who, traits: Traits| {
                if who == A { Traits { tombstones: false, reads_gone, ..traits } } else { traits }
            };
            let mut stage = crowd(cast, vague).await;
            let writes = stage.world.writes();
            let victim = stage.app(A).dump().into_keys().nth(3).unwrap();
            if reads_gone {
                stage.app(A).hide(&victim)
            } else {
                stage.app(A).delete(&victim)
            };
            for _ in 0..2 {
                let report = stage.resync().await;
                assert_eq!(report.excluded["out_of_sight"], 1, "{cast:?} {report:#?}");
                assert_eq!(stage.world.writes(), writes, "{cast:?}");
            }
            if reads_gone {
                stage.app(A).show(&victim)
            } else {
                stage.app(A).restore(&victim)
            };
            let report = stage.resync().await;
            assert_nothing_lost(&stage, &report, writes);
        }
    }
}

/// Scenario 63.
#[tokio::test(start_paused = true)]
async fn a_listing_that_is_suddenly_empty_or_short_stops_before_any_write() {
    for cast in a_is_book() {
        for fault in [Fault::EmptyListing, Fault::ShortListing] {
            // Asked for everything, or because the cursor expired.
            for expired in [false, true] {
                let mut stage = crowd(cast, |_, traits| traits).await;
                let writes = stage.world.writes();
                stage.app(A).script(fault);
                let report = if expired {
                    stage.app(A).expire_cursors();
                    stage.sync().await
                } else {
                    stage.resync().await
                };
                assert_eq!(report.status, Status::Stopped, "{cast:?} {fault:?} {report:#?}");
                assert!(
                    !report.guard.is_empty() && report.reason.is_some_and(|reason| reason.contains("--yes"))
                );
                assert_eq!(stage.world.writes(), writes, "{cast:?} {fault:?}");
                let report = stage.resync().await;
                assert_nothing_lost(&stage, &report, writes);
            }
        }
    }
}

/// Scenario 63: the lie of a listing that an admin believes is still no evidence.
#[tokio::test(start_paused = true)]
async fn a_short_listing_that_was_believed_deletes_nobody_who_can_be_read() {
    for cast in a_is_book() {
        let mut stage = crowd(cast, |_, traits| traits).await;
        let writes = stage.world.writes();
        stage.app(A).script(Fault::ShortListing);
        let report = stage.world.run(Mode::Resync, Permission::Given).await.report;
        assert_nothing_lost(&stage, &report, writes);
    }
}

/// Scenario 63: deletions that are real, and more than a mistake should be able to cause.
#[tokio::test(start_paused = true)]
async fn very_many_deletions_at_once_wait_until_they_are_meant() {
    for cast in a_is_book() {
        let mut stage = crowd(cast, |_, traits| traits).await;
        let ids: Vec<_> = stage.app(A).dump().into_keys().collect();
        for id in &ids[..MANY / 2] {
            stage.app(A).delete(id);
        }
        for _ in 0..2 {
            let report = stage.assert_quiet().await;
            assert_eq!(report.status, Status::Stopped, "{cast:?} {report:#?}");
        }
        let report = stage.world.run(Mode::Sync, Permission::Given).await.report;
        assert_eq!(stage.counts(&report, B).tagged, MANY as u64 / 2, "{cast:?} {report:#?}");
        assert_eq!(stage.book(B).len(), MANY, "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 64: cut off between any two pages, and begun again.
#[tokio::test(start_paused = true)]
async fn pages_of_a_listing_that_broke_off_are_no_deletions() {
    for cast in a_is_book() {
        let mut stage = crowd(cast, |_, traits| traits).await;
        let writes = stage.world.writes();
        let mut polls = 1;
        while !stage.crash(Mode::Resync, Crash::Polls(polls)).await {
            polls += 1;
            let report = stage.sync().await;
            assert_nothing_lost(&stage, &report, writes);
        }
        assert!(polls > 5, "{cast:?}: a listing of {polls} polls has no middle");
        let report = stage.resync().await;
        assert_nothing_lost(&stage, &report, writes);
    }
}

/// Scenario 64, the other way round: what a broken listing showed is no proof that somebody is still there.
#[tokio::test(start_paused = true)]
async fn whoever_was_on_a_page_of_a_broken_listing_can_still_be_found_missing() {
    let mute = |_: Who, traits: Traits| Traits { tombstones: false, ..traits };
    for polls in [3, 5, 7] {
        let mut stage = crowd(TWO_BOOKS[0], mute).await;
        assert!(!stage.crash(Mode::Resync, Crash::Polls(polls)).await);
        let first = stage.app(A).dump().into_keys().next().unwrap();
        stage.app(A).delete(&first);
        let report = stage.resync().await;
        assert_eq!(stage.counts(&report, B).tagged, 1, "after {polls} polls: {report:#?}");
    }
}

/// Scenarios 64 and 87: the page token runs out in the middle, and the listing starts over.
#[tokio::test(start_paused = true)]
async fn a_listing_that_has_to_start_over_loses_nobody() {
    for cast in a_is_book() {
        let slow = |_: Who, traits: Traits| Traits { call_ms: 1000, ..traits };
        let mut stage = crowd(cast, slow).await;
        let writes = stage.world.writes();
        let app = stage.app(A).clone();
        let expires = async {
            tokio::time::sleep(Duration::from_millis(3500)).await;
            app.expire_cursors();
        };
        let (report, ()) = tokio::join!(stage.resync(), expires);
        assert_nothing_lost(&stage, &report, writes);
        let report = stage.resync().await;
        assert_nothing_lost(&stage, &report, writes);
    }
}

/// Scenario 65.
#[tokio::test(start_paused = true)]
async fn a_merge_keeps_one_link_and_tags_nobody_as_deleted() {
    for cast in a_is_book() {
        let mut stage = Stage::new(cast);
        let ann = stage.add(A, &person("Ann", "Lee").email("ann@x.com"));
        let anna = stage.add(A, &person("Anna", "Lee").email("anna@x.com"));
        stage.sync().await;
        stage.app(A).merge(&anna, &ann);
        let report = stage.sync().await;
        let tagged = stage.counts(&report, B).tagged;
        assert_eq!((tagged, report.excluded["merge_counterpart"]), (0, 1), "{cast:?} {report:#?}");
        assert_eq!((stage.book(A).len(), stage.book(B).len()), (1, 2), "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 65, where the survivor had no counterpart: known before, or as new as the merge.
#[tokio::test(start_paused = true)]
async fn the_link_of_a_merged_contact_goes_on_with_the_survivor() {
    for cast in a_is_book() {
        for known in [true, false] {
            let (mut stage, a, b) = Stage::in_step(cast, &person("Ann", "Lee").email("ann@x.com")).await;
            let free = stage.add(A, &person("Annie", "Lee").title("CEO"));
            if known {
                stage.assert_quiet().await;
            }
            stage.app(A).merge(&a, &free);
            let report = stage.sync().await;
            assert_eq!((report.linked, stage.created(&report)), (0, (0, 0)), "{cast:?} {report:#?}");
            // Somebody who was never seen under the new id was renamed, as far as we can tell.
            assert_eq!(report.merged, u64::from(known), "{cast:?} {report:#?}");
            assert_eq!(stage.app(B).dump().keys().collect::<Vec<_>>(), [&b], "{cast:?}");
            assert_eq!(stage.book(B)[0].split(" | ").nth(3), Some("CEO"), "{cast:?} known={known}");
            let report = stage.assert_quiet().await;
            assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{cast:?} {report:#?}");
            stage.edit(B, &b, Edit::Title("CFO"));
            stage.sync().await;
            assert_eq!(stage.book(A)[0].split(" | ").nth(3), Some("CFO"), "{cast:?} known={known}");
            stage.assert_quiet().await;
        }
    }
}

/// The deletion tag needs an app that tells of deletions: a chat tool's silence is none.
#[tokio::test(start_paused = true)]
async fn somebody_whom_the_chat_tool_no_longer_shows_is_not_deleted() {
    for cast in crate::stage::BOOK_AND_CHAT {
        assert_eq!(cast.b, Shape::Chat);
        let (mut stage, _, b) = Stage::in_step(cast, &ann()).await;
        stage.app(B).delete(&b);
        for _ in 0..2 {
            let report = stage.resync().await;
            assert_eq!(report.excluded["out_of_sight"], 1, "{cast:?} {report:#?}");
        }
        assert_eq!((stage.book(A), stage.book(B).len()), (vec![ANN.to_owned()], 0), "{cast:?}");
    }
}

/// Scenario 61: the report says which links it closed.
#[tokio::test(start_paused = true)]
async fn a_link_whose_contacts_are_both_gone_is_counted_as_closed_once() {
    use crate::world::{World, google, google_traits};
    let mut world = World::new(google_traits(), google_traits(), 3);
    world.vendors = syntony_core::side::Sides::new("google_contacts", "google_contacts");
    let schema = crate::world::google_schema();
    let both = syntony_core::side::Sides::new(&schema, &schema);
    let mappings = syntony_mappings::compile::defaults(world.vendors, both, &Default::default());
    world.policy.mappings = mappings.iter().map(syntony_mappings::compile::Compiled::mapping).collect();
    let ann = world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    world.sync().await;
    let twin = crate::world::only(&world.drift);
    world.google.delete(&ann);
    assert_eq!(world.sync().await.unlinked, 0);
    world.drift.delete(&twin);
    assert_eq!(world.sync().await.unlinked, 1);
    assert_eq!(world.assert_quiet().await.unlinked, 0);
}
