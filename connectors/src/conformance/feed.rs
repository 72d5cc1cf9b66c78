//! Listings and change feeds: nothing is missed, nothing is invented, and an expired cursor says so.

use super::bench::{Bench, Check, Listed, Miss, ensure, offered};
use crate::contract::{Coverage, Found, From, Listing, Observation};
use crate::error::ConnectorError;
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, Cursor};
use syntony_core::record::{Evidence, Fields};

/// More contacts than one page of most feeds, so that paging is not an accident.
const CROWD_CONTACTS: usize = 30;

/// At least once: whoever is there is on some page.
pub(super) async fn a_listing_names_every_contact(bench: &Bench<'_>) -> Check {
    let mut crowd = BTreeSet::new();
    for _ in 0..CROWD_CONTACTS {
        crowd.insert(bench.harness.add(&bench.person().fields).await);
    }
    bench.harness.settle().await;
    let listed = bench.list(From::Start).await?;
    for id in &crowd {
        ensure!(listed.names(id), "{id} is there and on no page");
    }
    Ok(())
}

/// The end says what the pages were: only a vendor that lists everything may claim it.
pub(super) async fn a_listing_ends(bench: &Bench<'_>) -> Check {
    let first = bench.list(From::Start).await?;
    let (all, since) = match bench.connector().capabilities().listing {
        Listing::Complete => (Coverage::Everything, Coverage::Changes),
        Listing::Discovery => (Coverage::Discovered, Coverage::Discovered),
    };
    ensure!(first.coverage == all, "a listing from the start claims {:?}", first.coverage);
    let next = bench.list(From::Cursor(first.cursor)).await?;
    ensure!(next.coverage == since, "a feed claims {:?}", next.coverage);
    Ok(())
}

/// A feed goes on where the listing ended: it does not list everything again.
pub(super) async fn a_cursor_covers_what_came_before_it(bench: &Bench<'_>) -> Check {
    let mut crowd = Vec::new();
    for _ in 0..CROWD_CONTACTS {
        crowd.push(bench.harness.add(&bench.person().fields).await);
    }
    bench.harness.settle().await;
    let all = bench.list(From::Start).await?;
    let idle = bench.list(From::Cursor(all.cursor)).await?;
    let again = crowd.iter().filter(|id| idle.names(id)).count();
    ensure!(again < crowd.len(), "an idle feed lists all {again} new contacts again");
    Ok(())
}

/// What happens after a cursor was given is in the feed from it.
pub(super) async fn what_comes_after_a_cursor_is_not_missed(bench: &Bench<'_>) -> Check {
    let (edited, person) = bench.added().await;
    let cursor = bench.list(From::Start).await?.cursor;
    let (added, _) = bench.added().await;
    bench.harness.edit(&edited, &Fields::from([(person.changed, person.other)])).await;
    bench.harness.settle().await;
    let feed = bench.list(From::Cursor(cursor.clone())).await?;
    ensure!(feed.names(&added), "{added} was added after the cursor and is not in the feed");
    match bench.connector().capabilities().listing {
        Listing::Complete => ensure!(feed.names(&edited), "{edited} was edited and is not in the feed"),
        // Its contacts are read again by id: no feed tells of an edit.
        Listing::Discovery => {}
    }
    // A cursor can be used again: a run that crashed before it stored anything starts from it.
    let repeated = bench.list(From::Cursor(cursor)).await?;
    ensure!(repeated.names(&added), "the same cursor does not show {added} again");
    Ok(())
}

/// An expired cursor is never a short list.
pub(super) async fn an_expired_cursor_is_an_error(bench: &Bench<'_>) -> Check {
    let cursor = bench.list(From::Start).await?.cursor;
    offered(bench.harness.expire_cursors().await, "cursors that expire")?;
    expired(bench, cursor).await
}

/// What is no cursor of this feed (an older version's, another account's) has expired too.
pub(super) async fn a_foreign_cursor_is_an_error(bench: &Bench<'_>) -> Check {
    expired(bench, Cursor::new("no cursor of this feed")).await
}

async fn expired(bench: &Bench<'_>, cursor: Cursor) -> Check {
    match bench.connector().changes(&From::Cursor(cursor)).await {
        Err(ConnectorError::CursorExpired) => Ok(()),
        Err(other) => Err(Miss::Failed(format!("it fails in another way: {other}"))),
        Ok(_) => Err(Miss::Failed("a page came".to_owned())),
    }
}

/// A listing says nothing of what it does not show.
pub(super) async fn a_listing_reports_no_living_contact_gone(bench: &Bench<'_>) -> Check {
    let (_, person) = bench.added().await;
    let (created, _) = bench.created(&bench.person(), BTreeSet::new()).await?;
    bench.harness.settle().await;
    let all = bench.list(From::Start).await?;
    let feed = bench.list(From::Cursor(all.cursor.clone())).await?;
    let living = bench.harness.count(&person.address).await;
    ensure!(living == 1, "the vendor holds {living} of a contact that was added once");
    for listed in [&all, &feed] {
        for id in gone(listed) {
            let found = bench.fetch(&id).await?;
            let lives = matches!(&found, Found::Live { id: now, .. } if *now == id);
            ensure!(!lives && id != created, "{id} lives and was reported gone");
        }
    }
    Ok(())
}

fn gone(listed: &Listed) -> Vec<ContactId> {
    let is_gone = |what: &Observation| match what {
        Observation::Gone(_) => true,
        Observation::Live(_) | Observation::Unknown | Observation::Unreadable(_) => false,
    };
    listed.changes.iter().filter(|change| is_gone(&change.what)).map(|change| change.id.clone()).collect()
}

/// With tombstones a deletion is told; without them nothing is made of an absence.
pub(super) async fn a_deletion_is_reported_by_tombstone_alone(bench: &Bench<'_>) -> Check {
    let (id, _) = bench.added().await;
    let cursor = bench.list(From::Start).await?.cursor;
    offered(bench.harness.delete(&id).await, "deleting")?;
    bench.harness.settle().await;
    let feed = bench.list(From::Cursor(cursor)).await?;
    let all = bench.list(From::Start).await?;
    let told = |listed: &Listed| {
        listed
            .changes
            .iter()
            .any(|change| change.id == id && change.what == Observation::Gone(Evidence::Tombstone))
    };
    if bench.connector().capabilities().tombstones {
        ensure!(told(&feed), "{id} was deleted and the feed has no tombstone");
    } else {
        ensure!(!gone(&feed).contains(&id), "the feed claims a deletion that it cannot know");
    }
    ensure!(!gone(&all).contains(&id) || told(&all), "a listing made a deletion of an absence");
    let living =
        all.changes.iter().any(|change| change.id == id && matches!(change.what, Observation::Live(_)));
    let listing_knows = bench.connector().capabilities().listing == Listing::Complete;
    ensure!(!(living && listing_knows), "{id} was deleted and is listed as living");
    Ok(())
}

/// A deletion can be taken back, and the contact is the same one.
pub(super) async fn a_restored_contact_comes_back_under_its_id(bench: &Bench<'_>) -> Check {
    let (id, _) = bench.added().await;
    offered(bench.harness.delete(&id).await, "deleting")?;
    bench.harness.settle().await;
    let cursor = bench.list(From::Start).await?.cursor;
    offered(bench.harness.restore(&id).await, "restoring")?;
    bench.harness.settle().await;
    bench.live(&id).await?;
    if bench.connector().capabilities().tombstones {
        let feed = bench.list(From::Cursor(cursor)).await?;
        ensure!(feed.names(&id), "{id} was restored and is not in the feed");
    }
    Ok(())
}

/// A merge is not a deletion: somewhere the survivor is named.
pub(super) async fn a_merged_contact_leads_to_its_survivor(bench: &Bench<'_>) -> Check {
    let ((loser, _), (survivor, _)) = (bench.added().await, bench.added().await);
    let cursor = bench.list(From::Start).await?.cursor;
    offered(bench.harness.merge(&loser, &survivor).await, "merging")?;
    bench.harness.settle().await;
    let feed = bench.list(From::Cursor(cursor)).await?;
    let told = feed.changes.iter().any(|change| {
        let renamed = change.id == survivor && change.previous_ids.contains(&loser);
        renamed
            || (change.id == loser
                && change.what == Observation::Gone(Evidence::MergedInto(survivor.clone())))
    });
    let read = match bench.fetch(&loser).await? {
        Found::MergedInto(id) | Found::Live { id, .. } => id == survivor,
        Found::Gone | Found::Unknown => false,
    };
    ensure!(told || read, "neither the feed nor a read of {loser} names {survivor}");
    Ok(())
}
