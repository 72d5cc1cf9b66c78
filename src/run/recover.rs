//! Settles ops of which nobody knows whether they were applied: a crash or a lost answer came between.
//!
//! An update is read back. A create is looked for, by its marker or its e-mail address, until a new
//! contact would have become visible; it is never sent again before that. What was applied is settled as
//! it would have been; what was not is planned anew, from what is there now.

use super::settle::{Applied, Certain, How, is_held};
use super::{App, Mode, Run, Stop, discover, pull};
use std::collections::BTreeMap;
use std::time::Duration;
use syntony_connectors::contract::Listing;
use syntony_core::ids::{ContactId, OpKey};
use syntony_core::op::{Op, Target};
use syntony_core::side::{Side, Sides};
use syntony_state::{
    Intent, OpOutcome, OpStatus, OpenIntent, Settlement, Standing, Store, StoredContact, TodoPos,
};

/// No wait for a new contact to become visible is longer than this, whatever a connector asks for.
const MAX_WAIT_SECONDS: u64 = 600;
/// While it waits, a run looks this often whether somebody asked it to end.
const WAIT_SLICE_SECONDS: u64 = 1;
/// The most contacts without an address that are looked through for what creates may have made: more than a load
/// of ops has.
const MAX_NAMELESS_CONTACTS: usize = 10_000;
/// No op is still on its way so long after it was written down: its batch is sent, or its process is dead.
const MAX_SENDING_SECONDS: u64 = 3600;

/// Waits until every create whose outcome is unknown would be visible if it had been applied, and looks
/// the addresses up where the app cannot list. To be followed by a pull. A plan waits for nothing.
pub(super) async fn wait_and_look(run: &Run<'_>) -> Result<bool, Stop> {
    let open = run.db.with(|store| store.open_intents(&run.policy.connection))?;
    if open.is_empty() {
        return Ok(false);
    }
    tracing::info!(ops = open.len(), "settling what an earlier run left open");
    if !matches!(run.mode, Mode::Plan(_)) {
        wait_for_visibility(run, &open).await?;
    }
    for side in Side::BOTH {
        let here = || open.iter().map(|open| &open.intent).filter(|intent| intent.op.side == side);
        let ids: Vec<ContactId> = here().filter_map(|intent| intent.ids[side].clone()).collect();
        pull::fetch(run, side, &ids, pull::Absence::Unproven).await?;
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

/// Waits, but never without listening to whoever asks the run to end.
async fn wait_for_visibility(run: &Run<'_>, open: &[OpenIntent]) -> Result<(), Stop> {
    let now_ms = run.clock.now_ms();
    let creates = open.iter().map(|open| &open.intent).filter(|intent| is_create(intent));
    let last = creates.max_by_key(|intent| visible_ms(run, intent, now_ms));
    let Some(last) = last else { return Ok(()) };
    let wait_ms = visible_ms(run, last, now_ms).saturating_sub(now_ms);
    let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
    let mut left = wait.min(Duration::from_secs(MAX_WAIT_SECONDS));
    while !left.is_zero() {
        run.stop.check()?;
        let slice = left.min(Duration::from_secs(WAIT_SLICE_SECONDS));
        tokio::time::sleep(slice).await;
        left = left.saturating_sub(slice);
    }
    if wait > Duration::from_secs(MAX_WAIT_SECONDS) {
        // To go on would be to create again what may be there.
        let reason = "contacts that may have been created are not visible yet".to_owned();
        return Err(Stop::Deferred { app: run.apps[last.op.side].name.clone(), reason });
    }
    Ok(())
}

/// When the contact that a create may have made is visible at the latest, in milliseconds since 1970.
fn visible_ms(run: &Run<'_>, intent: &Intent, now_ms: i64) -> i64 {
    let lag_seconds = run.apps[intent.op.side].connector.capabilities().visibility_lag_seconds;
    // Written down is not sent yet: what matters is when it may have arrived at the latest.
    let sent_ms = intent.at_ms.saturating_add(milliseconds(MAX_SENDING_SECONDS)).min(now_ms);
    sent_ms.saturating_add(milliseconds(lag_seconds))
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
        let mut nameless = Nameless::since(pairs.values().flatten());
        for (ids, open) in pairs {
            settlements.extend(judge_pair(run, store, &ids, &open, &mut nameless)?);
        }
        if settlements.is_empty() {
            return Ok(());
        }
        // A pair may have been planned because of a third contact that shared an address: then nothing but
        // this brings it up again. Before it is settled, so that no crash comes in between.
        for settlement in &settlements {
            for (side, id) in settlement.ids.iter() {
                let ids: Vec<ContactId> = id.iter().cloned().collect();
                store.enqueue(&run.policy.connection, side, &ids)?;
            }
        }
        let watchers: Vec<_> =
            run.watchers.iter().flat_map(|(_, watchers)| watchers.iter().cloned()).collect();
        store.settle(&settlements, &watchers, now_ms)?;
        Ok(())
    })
}

fn is_create(intent: &Intent) -> bool {
    intent.op.write.contact().is_none()
}

/// Settles the open ops of one pair, as far as something is certain of them.
fn judge_pair(
    run: &Run<'_>,
    store: &Store,
    ids: &Sides<Option<ContactId>>,
    open: &[OpenIntent],
    nameless: &mut Nameless,
) -> Result<Option<Settlement>, Stop> {
    let mut found: Sides<Option<StoredContact>> = Sides::default();
    let mut outcomes = Vec::new();
    for OpenIntent { intent, .. } in open {
        let contact = find(run, store, intent, nameless)?;
        if contact.is_some() || !may_still_come(run, intent) {
            outcomes.push(outcome(&intent.key, contact.as_ref()));
        }
        found[intent.op.side] = contact;
    }
    let Some(OpenIntent { intent: first, .. }) = open.first().filter(|_| !outcomes.is_empty()) else {
        return Ok(None);
    };
    let on = |side: Side| open.iter().find(|open| open.intent.op.side == side);
    let before = store.load_pair(&run.policy.connection, ids)?;
    let certain = Certain {
        policy: run.policy,
        apps: run.apps,
        ids,
        before: &before,
        after: &first.after,
        applied: Sides::from_fn(|side| {
            let (contact, open) = (found[side].as_ref()?, on(side)?);
            let record = contact.seen.live()?;
            Some(Applied { op: &open.intent.op, id: &contact.id, record, how: How::Found })
        }),
        through: Sides::from_fn(|side| match (on(side), on(side.other())) {
            (Some(_), _) => found[side].is_some(),
            (None, Some(other)) => {
                matches!(other.other_side, None | Some(OpStatus::Applied | OpStatus::Found))
            }
            (None, None) => true,
        }),
    };
    let standing = Standing::new("waiting", None);
    let mut settlement =
        Settlement::new(run.policy.connection.clone(), ids.clone(), standing, TodoPos::default());
    // What the server did not keep is planned again.
    let _dropped = certain.enter(&mut settlement);
    settlement.outcomes = outcomes;
    Ok(Some(settlement))
}

/// Whether a create that was not found may still become visible. A sync has waited for it; a plan has not.
fn may_still_come(run: &Run<'_>, intent: &Intent) -> bool {
    let waited = !matches!(run.mode, Mode::Plan(_));
    let now_ms = run.clock.now_ms();
    is_create(intent) && !waited && visible_ms(run, intent, now_ms) > now_ms
}

fn outcome(key: &OpKey, contact: Option<&StoredContact>) -> OpOutcome {
    let status = if contact.is_some() { OpStatus::Found } else { OpStatus::NotApplied };
    OpOutcome { key: key.clone(), status, reason: None, contact: contact.map(|contact| contact.id.clone()) }
}

/// The contact that shows that an op was applied, if it was.
fn find(
    run: &Run<'_>,
    store: &Store,
    intent: &Intent,
    nameless: &mut Nameless,
) -> Result<Option<StoredContact>, Stop> {
    let app = &run.apps[intent.op.side];
    match &intent.ids[intent.op.side] {
        None => find_created(run, store, intent, nameless),
        // The pair's id, not the write's: the contact may have been renamed since.
        Some(id) => {
            let contact = store.contact(&app.name, id)?;
            Ok(contact.filter(|contact| is_done(app, &intent.op, contact)))
        }
    }
}

/// The contact that a create made, if it made one: by our marker, or, where the app has no room for one,
/// a contact without a link that holds exactly what was sent, the address first of all.
fn find_created(
    run: &Run<'_>,
    store: &Store,
    intent: &Intent,
    nameless: &mut Nameless,
) -> Result<Option<StoredContact>, Stop> {
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
    if keys.is_empty() {
        return nameless.take(run, store, intent);
    }
    let mut candidates = Vec::new();
    for contact in store.contacts_by_keys(&app.name, &keys)? {
        if is_done(app, &intent.op, &contact) && free(&contact)? {
            candidates.push(contact);
        }
    }
    // Several would be a guess; matching lists them for a person.
    Ok(if candidates.len() == 1 { candidates.pop() } else { None })
}

/// Contacts whom nothing tells apart but what they hold: no address, and no room for our marker. Those that became
/// known since the first op that is open, read once, and each taken for what one create made, never for two.
struct Nameless {
    since_ms: i64,
    known: Sides<Option<Vec<StoredContact>>>,
}

impl Nameless {
    fn since<'o>(open: impl Iterator<Item = &'o OpenIntent>) -> Self {
        let since_ms = open.map(|open| open.intent.at_ms).min().unwrap_or(i64::MAX);
        Self { since_ms, known: Sides::default() }
    }

    /// A contact without a link that holds what was sent. Of several alike any will do: they are alike. What it
    /// lacks are tags at most, and those are planned anew.
    fn take(&mut self, run: &Run<'_>, store: &Store, intent: &Intent) -> Result<Option<StoredContact>, Stop> {
        let (side, app) = (intent.op.side, &run.apps[intent.op.side]);
        let known = match &mut self.known[side] {
            Some(known) => known,
            unread => {
                unread.insert(store.contacts_without_keys(&app.name, self.since_ms, MAX_NAMELESS_CONTACTS)?)
            }
        };
        for at in 0..known.len() {
            let Some(contact) = known.get(at).filter(|contact| holds_fields(app, &intent.op, contact)) else {
                continue;
            };
            if store.link_of(&run.policy.connection, side, &contact.id)?.is_none() {
                return Ok(Some(known.remove(at)));
            }
        }
        Ok(None)
    }
}

/// Whether the contact is there and holds what the op was to write.
fn is_done(app: &App, op: &Op, contact: &StoredContact) -> bool {
    let Some(record) = contact.seen.live() else { return false };
    holds_fields(app, op, contact)
        && op.changes.iter().all(|change| match &change.target {
            Target::Field(_) => true,
            Target::TagOn(tag) => record.tags.as_ref().is_some_and(|tags| tags.contains(tag)),
            Target::TagOff(tag) => record.tags.as_ref().is_some_and(|tags| !tags.contains(tag)),
        })
}

/// The same of its fields alone.
fn holds_fields(app: &App, op: &Op, contact: &StoredContact) -> bool {
    let Some(record) = contact.seen.live() else { return false };
    op.changes.iter().all(|change| match &change.target {
        Target::Field(field) => match record.fields.get(field) {
            Some(held) => is_held(app.connector.as_ref(), field, &change.after, held),
            None => change.after.is_empty(),
        },
        Target::TagOn(_) | Target::TagOff(_) => true,
    })
}
