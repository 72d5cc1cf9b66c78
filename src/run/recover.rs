//! Settles ops of which nobody knows whether they were applied: a crash or a lost answer came between.
//!
//! An update is read back. A create is looked for, by its marker or its e-mail address, until a new
//! contact would have become visible; it is never sent again before that. What was applied is settled as
//! it would have been; what was not is planned anew, from what is there now.

use super::{Run, Stop, discover, pull, settle};
use std::collections::BTreeMap;
use std::time::Duration;
use syntony_connectors::contract::Listing;
use syntony_core::ids::{ContactId, OpKey};
use syntony_core::op::{Op, Target, Write};
use syntony_core::record::Record;
use syntony_core::side::{Side, Sides};
use syntony_state::{
    Intent, OpOutcome, OpStatus, OpenIntent, Settlement, Standing, Store, StoredContact, TodoPos,
};

/// No wait for a new contact to become visible is longer than this, whatever a connector asks for.
const MAX_WAIT_SECONDS: u64 = 600;
/// No op is still on its way so long after it was written down: its batch is sent, or its process is dead.
const MAX_SENDING_SECONDS: u64 = 3600;

/// Waits until every create whose outcome is unknown would be visible if it had been applied, and looks
/// the addresses up where the app cannot list. To be followed by a pull.
pub(super) async fn wait_and_look(run: &Run<'_>) -> Result<bool, Stop> {
    let open = run.db.with(|store| store.open_intents(&run.policy.connection))?;
    if open.is_empty() {
        return Ok(false);
    }
    tracing::info!(ops = open.len(), "settling what an earlier run left open");
    let now_ms = run.clock.now_ms();
    let mut wait_ms = 0;
    for intent in open.iter().map(|open| &open.intent).filter(|intent| is_create(intent)) {
        let lag_seconds = run.apps[intent.op.side].connector.capabilities().visibility_lag_seconds;
        // Written down is not sent yet: what matters is when it may have arrived at the latest.
        let sent_ms = intent.at_ms.saturating_add(milliseconds(MAX_SENDING_SECONDS)).min(now_ms);
        wait_ms = wait_ms.max(sent_ms.saturating_add(milliseconds(lag_seconds)).saturating_sub(now_ms));
    }
    let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
    tokio::time::sleep(wait.min(Duration::from_secs(MAX_WAIT_SECONDS))).await;
    for side in Side::BOTH {
        let here = || open.iter().map(|open| &open.intent).filter(|intent| intent.op.side == side);
        let ids: Vec<ContactId> = here().filter_map(|intent| intent.op.write.contact().cloned()).collect();
        pull::fetch(run, side, &ids).await?;
        if run.apps[side].connector.capabilities().listing == Listing::Discovery {
            let addresses: Vec<String> = here()
                .filter(|intent| is_create(intent))
                .flat_map(|intent| run.apps[side].addresses(intent.op.write.fields()))
                .collect();
            discover::find(run, side, &addresses).await?;
        }
    }
    Ok(true)
}

fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// Judges every open op by what is known now, and settles it.
pub(super) fn judge(run: &Run<'_>) -> Result<(), Stop> {
    let now_ms = run.clock.now_ms();
    run.db.with(|store| {
        let mut pairs: BTreeMap<Sides<Option<ContactId>>, Vec<OpenIntent>> = BTreeMap::new();
        for open in store.open_intents(&run.policy.connection)? {
            pairs.entry(open.intent.ids.clone()).or_default().push(open);
        }
        let mut settlements = Vec::new();
        for (ids, intents) in pairs {
            settlements.push(judge_pair(run, store, &ids, &intents)?);
        }
        if settlements.is_empty() {
            return Ok(());
        }
        let watchers: Vec<_> =
            run.watchers.iter().flat_map(|(_, watchers)| watchers.iter().cloned()).collect();
        store.settle(&settlements, &watchers, now_ms)?;
        for settlement in &settlements {
            for (side, id) in settlement.ids.iter() {
                let ids: Vec<ContactId> = id.iter().cloned().collect();
                store.enqueue(&run.policy.connection, side, &ids)?;
            }
        }
        Ok(())
    })
}

fn is_create(intent: &Intent) -> bool {
    intent.op.write.contact().is_none()
}

fn judge_pair(
    run: &Run<'_>,
    store: &Store,
    ids: &Sides<Option<ContactId>>,
    open: &[OpenIntent],
) -> Result<Settlement, Stop> {
    let mut ops: Sides<Option<Op>> = Sides::default();
    let mut found: Sides<Option<StoredContact>> = Sides::default();
    let mut outcomes = Vec::new();
    for OpenIntent { intent, .. } in open {
        let side = intent.op.side;
        let contact = match &intent.op.write {
            Write::Create { .. } => find_created(run, store, intent)?,
            Write::Update { id, .. } => store
                .contact(&run.apps[side].name, id)?
                .filter(|contact| contact.seen.live().is_some_and(|record| holds(&intent.op, record))),
        };
        outcomes.push(outcome(&intent.key, contact.as_ref()));
        ops[side] = Some(intent.op.clone());
        found[side] = contact;
    }
    let records = Sides::from_fn(|side| {
        let contact = found[side].as_ref()?;
        Some((&contact.id, contact.seen.live()?))
    });
    let standing = Standing::new("waiting", None);
    let mut settlement =
        Settlement::new(run.policy.connection.clone(), ids.clone(), standing, TodoPos::default());
    settlement.bind = bind(ids, &records);
    let linked = settlement.bind.is_some() || (ids.left.is_some() && ids.right.is_some());
    if let Some(OpenIntent { intent, .. }) = open.first().filter(|_| linked) {
        settlement.base = settle::bases(run.policy, &intent.after, &ops, &records, &mut BTreeMap::new());
        // What follows from the whole pair follows only if the op on its other side was applied too.
        let others_applied = open
            .iter()
            .all(|open| matches!(open.other_side, None | Some(OpStatus::Applied | OpStatus::Found)));
        if others_applied && outcomes.iter().all(|outcome| outcome.status == OpStatus::Found) {
            settlement.status = intent.after.status;
            settlement.actions.clone_from(&intent.after.actions);
            settlement.marks.clone_from(&intent.after.marks);
        }
    }
    settlement.outcomes = outcomes;
    Ok(settlement)
}

fn outcome(key: &OpKey, contact: Option<&StoredContact>) -> OpOutcome {
    let status = if contact.is_some() { OpStatus::Found } else { OpStatus::NotApplied };
    OpOutcome { key: key.clone(), status, reason: None, contact: contact.map(|contact| contact.id.clone()) }
}

/// The contact that a create made, if it made one: by our marker, or, where the app has no room for one,
/// a contact without a link that holds exactly what was sent.
fn find_created(run: &Run<'_>, store: &Store, intent: &Intent) -> Result<Option<StoredContact>, Stop> {
    let app = &run.apps[intent.op.side];
    let free = |contact: &StoredContact| {
        store.link_of(&run.policy.connection, intent.op.side, &contact.id).map(|link| link.is_none())
    };
    if app.connector.capabilities().markers {
        let marked = store.contact_by_marker(&app.name, &intent.key)?;
        return Ok(match marked {
            Some(contact) if free(&contact)? => Some(contact),
            Some(_) | None => None,
        });
    }
    let keys = app.email_keys(intent.op.write.fields());
    let mut candidates = Vec::new();
    for contact in store.contacts_by_keys(&app.name, &keys)? {
        let same = contact.seen.live().is_some_and(|record| holds(&intent.op, record));
        if same && free(&contact)? {
            candidates.push(contact);
        }
    }
    // Several would be a guess; matching lists them for a person.
    Ok(if candidates.len() == 1 { candidates.pop() } else { None })
}

/// Whether the contact holds what the op was to write.
fn holds(op: &Op, record: &Record) -> bool {
    op.changes.iter().all(|change| match &change.target {
        Target::Field(field) => match record.fields.get(field) {
            Some(value) => *value == change.after || (value.is_empty() && change.after.is_empty()),
            None => change.after.is_empty(),
        },
        Target::TagOn(tag) => record.tags.as_ref().is_some_and(|tags| tags.contains(tag)),
        Target::TagOff(tag) => record.tags.as_ref().is_some_and(|tags| !tags.contains(tag)),
    })
}

fn bind(
    ids: &Sides<Option<ContactId>>,
    records: &Sides<Option<(&ContactId, &Record)>>,
) -> Option<Sides<ContactId>> {
    let id = |side: Side| ids[side].clone().or_else(|| records[side].map(|(id, _)| id.clone()));
    let created = Side::BOTH.into_iter().any(|side| ids[side].is_none() && records[side].is_some());
    if !created {
        return None;
    }
    Some(Sides::new(id(Side::Left)?, id(Side::Right)?))
}
