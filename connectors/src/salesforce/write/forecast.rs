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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Credentials;
    use crate::salesforce::config::{SObject, TagStore};
    use syntony_core::ids::AppName;

    fn check(tags: TagStore, mode: Updates, (creates, updates, tagged): (u64, u64, u64), expected: u64) {
        let credentials = Credentials::Token("t".into());
        let mut config = SalesforceConfig::new(AppName::new("crm"), SObject::Contact, credentials);
        (config.tags, config.updates) = (tags, mode);
        let tags = (tagged > 0).then(|| ("VIP".into(), tagged)).into_iter().collect();
        assert_eq!(forecast(&config, &WriteCounts { creates, updates, tags }), expected);
    }

    #[test]
    fn a_forecast_counts_batches_and_their_reading_back() {
        let field = || TagStore::Field("Tags__c".into());
        check(TagStore::Topics, Updates::Guarded, (0, 0, 0), 0);
        check(TagStore::Topics, Updates::Guarded, (1, 0, 0), 2);
        check(TagStore::Topics, Updates::Guarded, (2_000, 0, 0), 20);
        check(TagStore::Topics, Updates::Guarded, (2_001, 0, 0), BULK_CALLS + 11);
        check(TagStore::Topics, Updates::Guarded, (100_000, 0, 0), 20 * (BULK_CALLS + 25));
        check(TagStore::Topics, Updates::Guarded, (0, 48, 0), 2);
        check(TagStore::Topics, Updates::Collections, (0, 400, 0), 6);
        check(TagStore::Topics, Updates::Guarded, (0, 0, 400), 1 + 2 + 2);
        // Tags in a field are written with the other fields.
        check(field(), Updates::Guarded, (0, 48, 24), 2);
    }
}
