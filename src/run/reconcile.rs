//! From the queue to plans: who belongs together, and what to do about them.
//!
//! Reads the store and decides; writes nothing anywhere. Works over batches of the queue, so that its
//! memory does not grow with the address book.

use super::{Run, Stop};
use crate::report::FailureLine;
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{ActionKey, ContactId, EmailKey, MappingKey};
use syntony_core::matching::{self, Candidate, Crowd, Match};
use syntony_core::pair::PairState;
use syntony_core::plan::{PairPlan, plan_pair};
use syntony_core::policy::Policy;
use syntony_core::record::{Evidence, Seen};
use syntony_core::rules::{self, Counterpart, Subject};
use syntony_core::side::{Side, Sides};
use syntony_state::{Repointed, Store, StoredContact, TodoItem, TodoPos};

/// Contacts of the queue that are decided on at a time.
pub(super) const BATCH_CONTACTS: usize = 200;
/// A group of contacts that share addresses is followed up to this size; a larger one is a duplicate
/// group whoever else would belong to it.
const MAX_GROUP_CONTACTS: usize = 200;

/// What comes of a contact of the queue.
pub(super) enum Decision {
    /// A pair, or a contact without a counterpart, and what to do about it.
    Pair(Box<Planned>),
    /// Contacts that cannot be told apart.
    Crowd(CrowdKind, Crowd),
    /// Contacts of a group that no rule selects.
    Unselected(Side, ContactId),
    /// A contact that is gone and was never linked: nothing is left to do.
    Nothing(Side, ContactId),
}

/// What kind of crowd it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CrowdKind {
    /// Contacts of one app share an address.
    Duplicate,
    /// One contact's addresses lead to several of the other app.
    Ambiguous,
}

impl CrowdKind {
    /// As a standing names it.
    pub(super) fn verdict(self) -> &'static str {
        match self {
            CrowdKind::Duplicate => "duplicate",
            CrowdKind::Ambiguous => "ambiguous",
        }
    }
}

/// A pair with its plan.
pub(super) struct Planned {
    pub(super) state: PairState,
    pub(super) plan: PairPlan,
    /// What an app refused of it before, in this run.
    pub(super) refused: Vec<FailureLine>,
}

/// Some decisions, and where the queue goes on.
pub(super) struct Batch {
    pub(super) decisions: Vec<Decision>,
    /// Links that went on to the survivor of a merge.
    pub(super) merged: u64,
    /// What was queued when the pairs were loaded; what comes later is looked at again.
    pub(super) upto: TodoPos,
    /// The last position looked at.
    pub(super) after: TodoPos,
}

/// What of a pair's plan can be left out without the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// What a mapping writes.
    Mapping(MappingKey),
    /// What a rule's action writes, or puts back.
    Action(ActionKey),
}

/// What an app refused in this run, by contact, with what it said: it is left out when the contact is planned
/// again.
pub(super) type Refused = BTreeMap<(Side, ContactId), BTreeMap<Part, FailureLine>>;

/// What a run remembers of contacts from one walk of the queue to the next. It grows with what went wrong,
/// not with the address book.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) refused: Refused,
    /// Contacts of crowds that were queued again because a change may have freed them; each at most once,
    /// or two crowds could wake each other for ever.
    woken: BTreeSet<(Side, ContactId)>,
    /// Contacts whose link went on to the survivor of a merge; each at most once, or two contacts that a
    /// vendor calls merged into each other would keep the walk going for ever.
    moved: BTreeSet<(Side, ContactId)>,
    /// With a plan to be carried out: what of it was done, by fingerprint.
    pub(super) done: BTreeSet<String>,
}

/// Decides on the next contacts of the queue after `after`; `None` at its end.
pub(super) fn next_batch(run: &Run<'_>, after: TodoPos, memory: &mut Memory) -> Result<Option<Batch>, Stop> {
    run.db.with(|store| {
        let upto = store.todo_end()?;
        let items = store.todo_batch(&run.policy.connection, Some(after), BATCH_CONTACTS)?;
        let Some(last) = items.last() else { return Ok(None) };
        let merged = follow_merges(run, store, &items, memory)?;
        let mut batch = Batch { decisions: Vec::new(), merged, upto, after: last.pos };
        let mut desk =
            Desk { run, store, refused: &memory.refused, done: BTreeSet::new(), freed: BTreeSet::new() };
        for item in &items {
            if !desk.done.contains(&(item.side, item.contact.clone())) {
                desk.decide(item, &mut batch)?;
            }
        }
        for (side, id) in desk.freed {
            if memory.woken.insert((side, id.clone())) {
                store.enqueue(&run.policy.connection, side, &[id])?;
            }
        }
        Ok(Some(batch))
    })
}

/// Lets the links of contacts that were merged away go on with the survivors. Where the survivor has a
/// counterpart of its own, the link stays, and the planner says so.
fn follow_merges(
    run: &Run<'_>,
    store: &mut Store,
    items: &[TodoItem],
    memory: &mut Memory,
) -> Result<u64, Stop> {
    let mut merged = 0;
    for item in items {
        let contact = store.contact(&run.apps[item.side].name, &item.contact)?;
        let Some(StoredContact { seen: Seen::Gone(Evidence::MergedInto(survivor)), .. }) = contact else {
            continue;
        };
        if !memory.moved.insert((item.side, item.contact.clone())) {
            continue;
        }
        let connection = &run.policy.connection;
        match store.repoint(connection, item.side, &item.contact, &survivor, run.clock.now_ms())? {
            Repointed::Moved(_) => merged += 1,
            Repointed::Taken(_) | Repointed::NoLink => {}
        }
    }
    Ok(merged)
}

/// One batch being decided.
struct Desk<'a> {
    run: &'a Run<'a>,
    store: &'a Store,
    refused: &'a Refused,
    done: BTreeSet<(Side, ContactId)>,
    /// Contacts that a change may have freed from a crowd.
    freed: BTreeSet<(Side, ContactId)>,
}

impl Desk<'_> {
    fn decide(&mut self, item: &TodoItem, batch: &mut Batch) -> Result<(), Stop> {
        let connection = &self.run.policy.connection;
        if let Some(link) = self.store.link_of(connection, item.side, &item.contact)? {
            if self.is_leader(item, &link.ids.left)? {
                let decision = self.pair(&link.ids.map(Some))?;
                batch.decisions.push(decision);
            }
            return Ok(());
        }
        let former = self.former_crowd(item)?;
        self.freed.extend(former);
        let contact = self.store.contact(&self.run.apps[item.side].name, &item.contact)?;
        match contact {
            Some(contact) if contact.seen.live().is_some() => self.unlinked(item, contact, batch),
            Some(StoredContact { seen: Seen::Unknown, .. }) => {
                let mut ids = Sides::default();
                ids[item.side] = Some(item.contact.clone());
                batch.decisions.push(self.pair(&ids)?);
                Ok(())
            }
            Some(_) | None => {
                batch.decisions.push(Decision::Nothing(item.side, item.contact.clone()));
                Ok(())
            }
        }
    }

    /// A pair is decided when its left contact comes up, or its right one if the left does not wait.
    fn is_leader(&self, item: &TodoItem, left: &ContactId) -> Result<bool, Stop> {
        if item.side == Side::Left {
            return Ok(true);
        }
        let waiting =
            self.store.todo_contains(&self.run.policy.connection, Side::Left, std::slice::from_ref(left))?;
        Ok(waiting.is_empty())
    }

    fn pair(&mut self, ids: &Sides<Option<ContactId>>) -> Result<Decision, Stop> {
        for (side, id) in ids.iter() {
            self.done.extend(id.iter().map(|id| (side, id.clone())));
        }
        let policy = self.run.policy;
        let mut state = self.store.load_pair(&policy.connection, ids)?;
        let refused: BTreeMap<&Part, &FailureLine> =
            ids.iter().filter_map(|(side, id)| self.refused.get(&(side, id.clone()?))).flatten().collect();
        let plan = if refused.is_empty() {
            plan_pair(&state, policy)
        } else {
            // What an action did and cannot put back now stays in the ledger, for another run.
            state.actions.retain(|key, _| !refused.contains_key(&Part::Action(key.clone())));
            plan_pair(&state, &without(policy, &refused))
        };
        let refused = refused.into_values().cloned().collect();
        Ok(Decision::Pair(Box::new(Planned { state, plan, refused })))
    }

    /// A contact without a link: the group of everybody who shares its addresses decides.
    fn unlinked(&mut self, item: &TodoItem, contact: StoredContact, batch: &mut Batch) -> Result<(), Stop> {
        let group = self.group(item.side, contact)?;
        if !self.leads_group(item, &group)? {
            return Ok(());
        }
        for member in &group {
            if !member.candidate.linked {
                self.done.insert((member.candidate.side, member.candidate.id.clone()));
            }
        }
        let candidates: Vec<Candidate> = group.iter().map(|member| member.candidate.clone()).collect();
        for found in matching::decide(&candidates, self.run.policy.duplicates) {
            match found {
                Match::Pair(ids) => batch.decisions.push(self.pair(&ids.map(Some))?),
                Match::Alone(side, id) => {
                    let mut ids = Sides::default();
                    ids[side] = Some(id);
                    batch.decisions.push(self.pair(&ids)?);
                }
                Match::Duplicate(crowd) => self.crowd(CrowdKind::Duplicate, crowd, &group, batch),
                Match::Ambiguous(crowd) => self.crowd(CrowdKind::Ambiguous, crowd, &group, batch),
            }
        }
        Ok(())
    }

    /// A crowd waits for a person only if a rule selects one of its members.
    fn crowd(&self, kind: CrowdKind, crowd: Crowd, group: &[Member], batch: &mut Batch) {
        let policy = self.run.policy;
        let selected = group.iter().filter(|member| !member.candidate.linked).any(|member| {
            let record = member.contact.seen.live();
            let subject = Subject { record, counterpart: Counterpart::Present, deleted: false };
            !rules::selecting(policy, member.candidate.side, subject).is_empty()
        });
        if selected {
            batch.decisions.push(Decision::Crowd(kind, crowd));
            return;
        }
        for side in Side::BOTH {
            for id in &crowd.members[side] {
                batch.decisions.push(Decision::Unselected(side, id.clone()));
            }
        }
    }

    /// Everybody who shares an address with the contact, directly or over others, in both apps.
    fn group(&self, side: Side, contact: StoredContact) -> Result<Vec<Member>, Stop> {
        let mut members: BTreeMap<(Side, ContactId), Member> = BTreeMap::new();
        let mut keys: BTreeSet<EmailKey> = BTreeSet::new();
        let mut fresh: Vec<EmailKey> = contact.keys.clone();
        members.insert((side, contact.id.clone()), self.member(side, contact)?);
        while !fresh.is_empty() && members.len() < MAX_GROUP_CONTACTS {
            keys.extend(fresh.iter().cloned());
            let mut next = BTreeSet::new();
            for side in Side::BOTH {
                for found in self.store.contacts_by_keys(&self.run.apps[side].name, &fresh)? {
                    if members.contains_key(&(side, found.id.clone())) {
                        continue;
                    }
                    let member = self.member(side, found)?;
                    // A linked contact has its counterpart: it does not lead on to others.
                    if !member.candidate.linked {
                        next.extend(member.candidate.keys.difference(&keys).cloned());
                    }
                    members.insert((side, member.candidate.id.clone()), member);
                }
            }
            fresh = next.into_iter().collect();
        }
        Ok(members.into_values().collect())
    }

    fn member(&self, side: Side, contact: StoredContact) -> Result<Member, Stop> {
        let record = contact.seen.live();
        // Somebody who cannot be seen at the moment keeps the address: nobody is linked or created in
        // that place.
        let linked =
            record.is_none() || self.store.link_of(&self.run.policy.connection, side, &contact.id)?.is_some();
        let candidate = Candidate {
            side,
            id: contact.id.clone(),
            keys: contact.keys.iter().cloned().collect(),
            linked,
            filled_fields: record
                .map_or(0, |record| record.fields.values().filter(|value| !value.is_empty()).count()),
            created_ms: record.and_then(|record| record.created_ms),
            facts: record.map(|record| self.run.apps[side].facts(&record.fields)).unwrap_or_default(),
        };
        Ok(Member { candidate, contact })
    }

    /// A group is decided when the first of its members that wait comes up.
    fn leads_group(&self, item: &TodoItem, group: &[Member]) -> Result<bool, Stop> {
        for side in Side::BOTH {
            let ids: Vec<ContactId> = group
                .iter()
                .filter(|member| member.candidate.side == side && !member.candidate.linked)
                .map(|member| member.candidate.id.clone())
                .collect();
            let waiting = self.store.todo_contains(&self.run.policy.connection, side, &ids)?;
            if let Some(first) = waiting.first() {
                return Ok(side == item.side && *first == item.contact);
            }
        }
        Ok(true)
    }

    /// The other members of the crowd that the contact was in when it was last decided on: its change may
    /// have freed them.
    fn former_crowd(&self, item: &TodoItem) -> Result<Vec<(Side, ContactId)>, Stop> {
        let row = self.store.standing_of(&self.run.policy.connection, item.side, &item.contact)?;
        let Some(crowd) = row.and_then(|row| row.standing.detail.get("crowd").cloned()) else {
            return Ok(Vec::new());
        };
        let crowd: Crowd = serde_json::from_value(crowd).unwrap_or_default();
        let all = Side::BOTH
            .into_iter()
            .flat_map(|side| crowd.members[side].iter().map(move |id| (side, id.clone())));
        Ok(all.filter(|(side, id)| (*side, id) != (item.side, &item.contact)).collect())
    }
}

/// A member of a group.
struct Member {
    candidate: Candidate,
    contact: StoredContact,
}

/// The policy without some mappings and actions.
fn without(policy: &Policy, refused: &BTreeMap<&Part, &FailureLine>) -> Policy {
    let mut policy = policy.clone();
    policy.mappings.retain(|mapping| !refused.contains_key(&Part::Mapping(mapping.key.clone())));
    for rule in &mut policy.rules {
        rule.then.retain(|action| !refused.contains_key(&Part::Action(action.key.clone())));
    }
    policy
}
