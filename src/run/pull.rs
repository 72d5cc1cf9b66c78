//! Reads what an app has to say into the store: pages first, then all of them at once with the cursor.
//!
//! Nothing is decided here. A contact that a complete listing lacks becomes a suspect, and is gone only
//! when a read by its id says so too.

use super::{Run, Stop};
use syntony_connectors::contract::{Fetched, Found, From, Listing, Next};
use syntony_connectors::error::ConnectorError;
use syntony_core::ids::{ContactId, Cursor};
use syntony_core::observe::{Change, Coverage, Observation};
use syntony_core::record::Evidence;
use syntony_core::side::Side;
use syntony_state::Staged;

/// No listing has more pages than this; a vendor that goes on for ever is not believed.
const MAX_PAGES: usize = 1_000_000;
/// Contacts read by id between two looks at the stop flag.
const FETCH_CHUNK_CONTACTS: usize = 200;

/// How much of an app to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What changed since the last run.
    Changes,
    /// Everything, as far as the app can be listed, and every known contact where it cannot.
    Everything,
}

/// What reading one app gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Pulled {
    /// Contacts read.
    pub(super) read: u64,
    /// Contacts whose record could not be understood, with what was wrong.
    pub(super) unreadable: Vec<(ContactId, String)>,
}

/// Reads one app.
pub(super) async fn pull(run: &Run<'_>, side: Side, depth: Depth) -> Result<Pulled, Stop> {
    let app = &run.apps[side];
    // Contacts that a listing lacked and nobody answered for: it may have been the listing.
    let in_doubt = run.db.with(|store| store.suspect_count(&app.name))? > 0;
    // More was told of the app than its inbox holds: everything is read, once.
    let overdue = run.db.with(|store| store.wants_full_look(&app.name))?;
    let depth = if overdue.is_some() { Depth::Everything } else { depth };
    let cursor = match depth {
        Depth::Changes if !in_doubt => run.db.with(|store| store.cursor(&app.name))?,
        Depth::Changes | Depth::Everything => None,
    };
    let start = cursor.map_or(From::Start, From::Cursor);
    let pulled = match list(run, side, start, depth).await {
        // One complete listing against the bases that are kept: nothing is forgotten, nothing is deleted.
        Err(Stop::App { error: ConnectorError::CursorExpired, .. }) => {
            tracing::info!(app = %app.name, "the change cursor has expired; listing everything once");
            list(run, side, From::Start, depth).await
        }
        other => other,
    }?;
    if let Some(mark) = overdue {
        run.db.with(|store| store.had_full_look(mark))?;
    }
    Ok(pulled)
}

/// Walks one listing to its end and takes it over in one transaction.
async fn list(run: &Run<'_>, side: Side, start: From, depth: Depth) -> Result<Pulled, Stop> {
    let app = &run.apps[side];
    run.db.with(|store| store.clear_staged(&app.name))?;
    let mut from = start;
    let mut seen = 0u64;
    for _ in 0..MAX_PAGES {
        run.stop.check()?;
        let page = app.connector.changes(&from).await.map_err(|error| run.failed(side, error))?;
        seen += page.changes.len() as u64;
        let changes = clarified(run, side, page.changes).await?;
        let staged: Vec<Staged> = changes.into_iter().map(|change| app.staged(change)).collect();
        run.db.with(|store| store.stage(&app.name, &staged))?;
        run.progress.read(&run.policy.connection, &app.name, seen);
        match page.next {
            Next::Page(token) => from = From::Page(token),
            Next::End { cursor, coverage } => {
                let discovery = app.connector.capabilities().listing == Listing::Discovery;
                let reread =
                    if depth == Depth::Everything && discovery { reread(run, side).await? } else { 0 };
                let mut pulled = take_over(run, side, &cursor, coverage)?;
                pulled.read += reread;
                return Ok(pulled);
            }
        }
    }
    let reason = format!("its listing does not end after {MAX_PAGES} pages");
    Err(run.failed(side, ConnectorError::Protocol { reason }))
}

/// A page's changes, with those read again by id that say too little: somebody whose address is not known
/// would be created a second time. Whoever cannot be read that way either stays as the page has them.
async fn clarified(run: &Run<'_>, side: Side, mut changes: Vec<Change>) -> Result<Vec<Change>, Stop> {
    let app = &run.apps[side];
    let unclear: Vec<ContactId> =
        changes.iter().filter(|change| app.says_too_little(change)).map(|change| change.id.clone()).collect();
    for chunk in unclear.chunks(app.connector.capabilities().fetch_batch_contacts.max(1)) {
        run.stop.check()?;
        // What stands in the way of this read may be the very contact that the page could not show.
        let Ok(answers) = app.connector.fetch(chunk).await else { continue };
        for fetched in answers {
            if let Found::Live { id, record } = fetched.found {
                let of_page = |change: &&mut Change| change.id == fetched.asked;
                for change in changes.iter_mut().filter(of_page) {
                    if id != fetched.asked {
                        change.previous_ids.push(fetched.asked.clone());
                    }
                    change.id.clone_from(&id);
                    change.what = Observation::Live(record.clone());
                }
            }
        }
    }
    Ok(changes)
}

fn take_over(run: &Run<'_>, side: Side, cursor: &Cursor, coverage: Coverage) -> Result<Pulled, Stop> {
    let app = &run.apps[side];
    let now_ms = run.clock.now_ms();
    let observed =
        run.db.with(|store| store.observe(&app.name, coverage, Some(cursor), &run.watchers[side], now_ms))?;
    tracing::debug!(app = %app.name, read = observed.read, changed = observed.changed, gone = observed.gone, "observed");
    Ok(Pulled { read: observed.read, unreadable: observed.unreadable })
}

/// Reads every known contact by its id that the listing under way did not show, for an app that cannot list
/// them.
async fn reread(run: &Run<'_>, side: Side) -> Result<u64, Stop> {
    let app = &run.apps[side];
    let mut after: Option<ContactId> = None;
    let mut read = 0;
    loop {
        let ids =
            run.db.with(|store| store.known_ids_unlisted(&app.name, after.as_ref(), FETCH_CHUNK_CONTACTS))?;
        let Some(last) = ids.last() else { return Ok(read) };
        after = Some(last.clone());
        read += ids.len() as u64;
        fetch(run, side, &ids, Absence::Unproven).await?;
    }
}

/// Reads the contacts that a complete listing lacked: only what a read by id calls gone is gone.
pub(super) async fn prove_missing(run: &Run<'_>, side: Side) -> Result<u64, Stop> {
    let app = &run.apps[side];
    let mut after: Option<ContactId> = None;
    let mut read = 0;
    loop {
        let ids = run.db.with(|store| store.suspects(&app.name, after.as_ref(), FETCH_CHUNK_CONTACTS))?;
        let Some(last) = ids.last() else { return Ok(read) };
        after = Some(last.clone());
        read += ids.len() as u64;
        fetch(run, side, &ids, Absence::Proven).await?;
        run.db.with(|store| store.clear_suspect(&app.name, &ids))?;
    }
}

/// What is known of contacts beside a read by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// A complete listing lacked them.
    Proven,
    /// Nothing.
    Unproven,
}

/// Reads contacts by id and notes what came; gives the ids of which the app cannot say anything. From an app that has no
/// tombstones, a read that says *gone* proves nothing alone: the contact stays what it was and is in doubt, so that the
/// next run lists everything.
pub(super) async fn fetch(
    run: &Run<'_>,
    side: Side,
    ids: &[ContactId],
    absence: Absence,
) -> Result<Vec<ContactId>, Stop> {
    let app = &run.apps[side];
    let lists_without_tombstones = {
        let capabilities = app.connector.capabilities();
        capabilities.listing == Listing::Complete && !capabilities.tombstones
    };
    let doubts = absence == Absence::Unproven && lists_without_tombstones;
    let mut silent = Vec::new();
    for chunk in ids.chunks(app.connector.capabilities().fetch_batch_contacts.max(1)) {
        run.stop.check()?;
        let answers = app.connector.fetch(chunk).await.map_err(|error| run.failed(side, error))?;
        let (in_doubt, answers): (Vec<Fetched>, Vec<Fetched>) =
            answers.into_iter().partition(|fetched| doubts && fetched.found == Found::Gone);
        let in_doubt: Vec<ContactId> = in_doubt.into_iter().map(|fetched| fetched.asked).collect();
        run.db.with(|store| store.suspect(&app.name, &in_doubt))?;
        silent.extend(answers.iter().filter(|one| one.found == Found::Unknown).map(|one| one.asked.clone()));
        note(run, side, answers.into_iter().map(observation))?;
    }
    Ok(silent)
}

/// Notes observations made outside a listing.
pub(super) fn note(run: &Run<'_>, side: Side, changes: impl Iterator<Item = Change>) -> Result<(), Stop> {
    let app = &run.apps[side];
    let staged: Vec<Staged> = changes.map(|change| app.staged(change)).collect();
    if staged.is_empty() {
        return Ok(());
    }
    let now_ms = run.clock.now_ms();
    run.db.with(|store| store.note(&app.name, &staged, &run.watchers[side], now_ms))?;
    Ok(())
}

fn observation(fetched: Fetched) -> Change {
    let asked = fetched.asked;
    match fetched.found {
        Found::Live { id, record } => {
            let previous_ids = if id == asked { Vec::new() } else { vec![asked] };
            Change { id, previous_ids, what: Observation::Live(record) }
        }
        Found::Gone => Change::gone(asked, Evidence::AbsentAndReadGone),
        Found::MergedInto(survivor) => Change::gone(asked, Evidence::MergedInto(survivor)),
        Found::Unknown => Change { id: asked, previous_ids: Vec::new(), what: Observation::Unknown },
    }
}
