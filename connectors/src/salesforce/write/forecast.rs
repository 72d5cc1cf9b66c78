//! How many calls a write will take, before it is made.

use super::super::config::{SalesforceConfig, Updates};
use super::super::{FETCH_BATCH_CONTACTS, WRITE_BATCH_CONTACTS};
use super::collections::COLLECTION_ROWS;
use super::update::GUARDED_UPDATES;
use crate::contract::WriteCounts;

/// Calls of one bulk job: made, filled, started, looked at a few times, and its three results.
const BULK_CALLS: u64 = 12;

/// Batches of creates and of updates, the tags, and the reading back.
pub(in crate::salesforce) fn forecast(config: &SalesforceConfig, writes: &WriteCounts) -> u64 {
    let batches = |rows: u64, size: usize| rows.div_ceil(size as u64);
    let read_back = |rows: u64| batches(rows, FETCH_BATCH_CONTACTS);
    let updates = |rows: u64| match config.updates {
        Updates::Guarded => batches(rows, GUARDED_UPDATES),
        Updates::Collections => batches(rows, COLLECTION_ROWS) + 2 * read_back(rows),
    };
    let most_tagged = writes.tags.values().max().copied().unwrap_or(0);
    let changed = match config.tags.assignments() {
        // Tags are a field of the row like any other.
        None => updates(writes.updates.max(most_tagged)),
        Some(_) => {
            let assigned: u64 =
                writes.tags.values().map(|contacts| batches(*contacts, COLLECTION_ROWS)).sum();
            let looked_up = u64::from(most_tagged > 0);
            updates(writes.updates) + looked_up + assigned + read_back(most_tagged)
        }
    };
    creates(config, writes.creates) + changed
}

fn creates(config: &SalesforceConfig, contacts: u64) -> u64 {
    let write = WRITE_BATCH_CONTACTS as u64;
    let one = |contacts: u64| {
        let read_back = contacts.div_ceil(FETCH_BATCH_CONTACTS as u64);
        let is_bulk = contacts > config.bulk_above_creates as u64;
        read_back + if is_bulk { BULK_CALLS } else { contacts.div_ceil(COLLECTION_ROWS as u64) }
    };
    contacts / write * one(write) + one(contacts % write)
}
