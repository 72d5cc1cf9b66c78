//! Looks up, in an app that cannot list its contacts, whoever the other app would have it create.
//!
//! Only contacts that a rule selects, that have no link, and whose address nobody known holds: each
//! look-up is a call.

use super::{Run, Stop, pull};
use syntony_connectors::contract::Listing;
use syntony_core::rules::{self, Counterpart, Subject};
use syntony_core::side::Side;
use syntony_state::TodoItem;

/// Contacts looked at between two looks at the stop flag.
const CHUNK_CONTACTS: usize = 200;

/// Looks up the counterparts of `side`'s new contacts in the other app. How many contacts were found
/// there is in what they add to the queue.
pub(super) async fn look_up(run: &Run<'_>, side: Side) -> Result<(), Stop> {
    let target = side.other();
    if run.apps[target].connector.capabilities().listing == Listing::Complete {
        return Ok(());
    }
    let mut after = None;
    loop {
        run.stop.check()?;
        let batch = run.db.with(|store| store.todo_batch(&run.policy.connection, after, CHUNK_CONTACTS))?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = Some(last.pos);
        let mut addresses = Vec::new();
        for item in batch.iter().filter(|item| item.side == side) {
            addresses.extend(wanted(run, item)?);
        }
        find(run, target, &addresses).await?;
    }
}

/// The addresses of a contact whose counterpart is worth a call.
fn wanted(run: &Run<'_>, item: &TodoItem) -> Result<Vec<String>, Stop> {
    let (app, other) = (&run.apps[item.side], &run.apps[item.side.other()]);
    run.db.with(|store| {
        if store.link_of(&run.policy.connection, item.side, &item.contact)?.is_some() {
            return Ok(Vec::new());
        }
        let Some(contact) = store.contact(&app.name, &item.contact)? else { return Ok(Vec::new()) };
        let Some(record) = contact.seen.live() else { return Ok(Vec::new()) };
        let subject = Subject { record: Some(record), counterpart: Counterpart::Present, deleted: false };
        if rules::selecting(run.policy, item.side, subject).is_empty() {
            return Ok(Vec::new());
        }
        if !store.contacts_by_keys(&other.name, &contact.keys)?.is_empty() {
            return Ok(Vec::new());
        }
        Ok(app.addresses(&record.fields))
    })
}

/// Looks addresses up and notes who was found.
pub(super) async fn find(run: &Run<'_>, side: Side, addresses: &[String]) -> Result<(), Stop> {
    let app = &run.apps[side];
    for chunk in addresses.chunks(app.connector.capabilities().find_batch_addresses.max(1)) {
        run.stop.check()?;
        let found = app.connector.find(chunk).await.map_err(|error| run.failed(side, error))?;
        pull::note(run, side, found.into_iter())?;
    }
    Ok(())
}
