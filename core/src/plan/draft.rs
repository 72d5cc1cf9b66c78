//! A pair's plan while it is made: gathers the changes of each side into one op.

use super::{
    Aftermath, Conflict, ConflictKind, Exclusion, Failure, Hold, Note, PairPlan, Settle, Verdict, held,
};
use crate::guard::Tally;
use crate::ids::{ActionKey, ContactId, FieldName, Tag};
use crate::op::{Because, Change, Mailing, Op, Target, Write};
use crate::pair::{Done, LinkStatus, Marks, PairState};
use crate::policy::Policy;
use crate::record::{Fields, Record};
use crate::side::{Side, Sides};
use crate::value::Value;
use std::collections::BTreeMap;

/// A pair's plan in the making.
pub(super) struct Draft<'a> {
    pub(super) pair: &'a PairState,
    pub(super) policy: &'a Policy,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) failures: Vec<Failure>,
    pub(super) held: Vec<Hold>,
    pub(super) notes: Vec<Note>,
    pub(super) settles: Vec<Settle>,
    pub(super) actions: Vec<(ActionKey, Option<Done>)>,
    pub(super) marks: Sides<Marks>,
    pub(super) status: Option<LinkStatus>,
    pub(super) bind: bool,
    pub(super) selected: bool,
    pub(super) tally: Tally,
    writes: Sides<Pending>,
}

/// What is to be written to one side.
#[derive(Default)]
struct Pending {
    create: bool,
    fields: BTreeMap<FieldName, (Value, Because)>,
    /// What mappings wanted of fields that a rule sets.
    overruled: Fields,
    tags: BTreeMap<Tag, (TagChange, Because)>,
}

/// What happens to a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagChange {
    On,
    Off,
}

impl<'a> Draft<'a> {
    pub(super) fn new(pair: &'a PairState, policy: &'a Policy) -> Self {
        Self {
            pair,
            policy,
            conflicts: Vec::new(),
            failures: Vec::new(),
            held: Vec::new(),
            notes: Vec::new(),
            settles: Vec::new(),
            actions: Vec::new(),
            marks: pair.marks.clone(),
            status: None,
            bind: false,
            selected: false,
            tally: Tally::default(),
            writes: Sides::default(),
        }
    }

    /// The contact on `side`, if it is there.
    pub(super) fn record(&self, side: Side) -> Option<&'a Record> {
        self.pair.contacts[side].live()
    }

    /// The contact on `side` is to be created.
    pub(super) fn create(&mut self, side: Side) {
        self.writes[side].create = true;
    }

    /// A field of `side` is to hold `value`. The later of two wishes for one field wins.
    pub(super) fn set(&mut self, side: Side, field: FieldName, value: Value, because: Because) {
        let pending = &mut self.writes[side];
        let ruled = is_ruled(&because);
        let wish = pending.fields.insert(field.clone(), (value, because));
        if let (true, Some((wish, Because::Mapping(_)))) = (ruled, wish) {
            pending.overruled.insert(field, wish);
        }
    }

    /// A tag of `side` is to be on or off. The later of two wishes for one tag wins.
    pub(super) fn tag(&mut self, side: Side, tag: Tag, change: TagChange, because: Because) {
        self.writes[side].tags.insert(tag, (change, because));
    }

    /// Whether a tag of `side` may be put on or taken off at all.
    pub(super) fn may_tag(&self, side: Side) -> bool {
        self.policy.taggable[side] && self.policy.writable[side]
    }

    /// Whether there is a contact on `side` to act on, now or once the draft is carried out.
    pub(super) fn is_there(&self, side: Side) -> bool {
        self.writes[side].create || self.record(side).is_some()
    }

    /// Whether the contact of `side` has the tag, as the draft will leave it; `None` if its tags were not
    /// observed, which is no answer and must not be taken for *no*.
    pub(super) fn has_tag(&self, side: Side, tag: &Tag) -> Option<bool> {
        match self.writes[side].tags.get(tag) {
            Some((change, _)) => Some(*change == TagChange::On),
            None => self.had_tag(side, tag),
        }
    }

    /// Whether it is known how the tag of `side` stood without us: it was looked at, or what the draft
    /// takes back is our own. A wish of the draft alone is no knowledge.
    pub(super) fn knows_tag(&self, side: Side, tag: &Tag) -> bool {
        let ours = matches!(self.writes[side].tags.get(tag), Some((_, Because::LeftScope(_))));
        ours || self.had_tag(side, tag).is_some()
    }

    fn had_tag(&self, side: Side, tag: &Tag) -> Option<bool> {
        match self.record(side) {
            // A contact that is to be created has nothing yet, and that is certain.
            None => Some(false),
            Some(record) => record.tags.as_ref().map(|tags| tags.contains(tag)),
        }
    }

    /// Takes our own tag (the one of `mark`) off `side`, if we put it on. Where that is not allowed the
    /// mark stays, so that it is done as soon as it is.
    pub(super) fn take_off(
        &mut self,
        side: Side,
        mark: fn(&mut Marks) -> &mut Option<Tag>,
        because: Because,
    ) {
        let allowed = self.may_tag(side);
        let mark = mark(&mut self.marks[side]);
        if allowed {
            if let Some(tag) = mark.take() {
                self.tag(side, tag, TagChange::Off, because);
            }
        } else if let Some(tag) = mark.clone() {
            self.notes.push(Note::NoTagThere(side, tag));
        }
    }

    /// What a field of `side` will hold, as the draft stands; `None` if it was not observed.
    pub(super) fn value(&self, side: Side, field: &FieldName) -> Option<Value> {
        match (self.writes[side].fields.get(field), self.record(side)) {
            (Some((value, _)), _) => Some(value.clone()),
            (None, Some(record)) => record.fields.get(field).cloned(),
            (None, None) => Some(Value::Null),
        }
    }

    /// Whether the draft writes a field of `side` already.
    pub(super) fn writes_field(&self, side: Side, field: &FieldName) -> bool {
        self.writes[side].fields.contains_key(field)
    }

    /// The finished plan: in step unless something was gathered.
    pub(super) fn finish(self) -> PairPlan {
        self.close(Verdict::Unchanged)
    }

    /// The finished plan of a pair that is left alone, but for what was gathered.
    pub(super) fn excluded(self, reason: Exclusion) -> PairPlan {
        self.close(Verdict::Excluded(reason))
    }

    /// The finished plan of a pair whose contacts are both gone.
    pub(super) fn closed(mut self) -> PairPlan {
        self.status = Some(LinkStatus::Closed);
        self.excluded(Exclusion::BothDeleted)
    }

    /// Tells the bases that move what a rule's value stands in the place of.
    fn overrule(&mut self) {
        let Self { settles, writes, policy, pair, .. } = self;
        for settle in settles {
            let Some(mapping) = policy.mapping(&settle.mapping) else { continue };
            for side in Side::BOTH.into_iter().filter(|side| settle.needs[*side]) {
                let Pending { fields, overruled, .. } = &writes[side];
                let ruled =
                    |name: &&FieldName| fields.get(*name).is_some_and(|(_, because)| is_ruled(because));
                for name in mapping.lens.fields(side).iter().filter(ruled) {
                    let before = || pair.contacts[side].live().and_then(|record| record.fields.get(name));
                    let meant = overruled.get(name).or_else(before).cloned().unwrap_or(Value::Null);
                    settle.meant[side].insert(name.clone(), meant);
                }
            }
        }
    }

    fn close(mut self, quiet: Verdict) -> PairPlan {
        self.overrule();
        let left = self.op(Side::Left);
        let right = self.op(Side::Right);
        let waits = self
            .conflicts
            .iter()
            .any(|conflict| conflict.kept.is_none() || conflict.kind != ConflictKind::Edits);
        let rest = if waits {
            Verdict::Conflict
        } else if !self.held.is_empty() {
            Verdict::Held
        } else if !self.failures.is_empty() {
            Verdict::Failed
        } else {
            quiet
        };
        let verdict = if left.is_some() || right.is_some() { Verdict::Write } else { rest };
        let known_status = self.pair.link.as_ref().map(|link| link.status);
        PairPlan {
            link: self.pair.link.as_ref().map(|link| link.id),
            ids: Sides::from_fn(|side| self.pair.contacts[side].id.clone()),
            verdict,
            rest,
            selected: self.selected,
            bind: self.bind,
            ops: Sides::new(left, right),
            after: Aftermath {
                settles: self.settles,
                status: self.status.filter(|status| known_status != Some(*status)),
                actions: self.actions,
                marks: (self.marks != self.pair.marks).then_some(self.marks),
            },
            conflicts: self.conflicts,
            failures: self.failures,
            held: self.held,
            notes: self.notes,
            tally: self.tally,
        }
    }

    /// The op of one side, if there is anything to write.
    fn op(&mut self, side: Side) -> Option<Op> {
        let pending = std::mem::take(&mut self.writes[side]);
        let record = self.record(side);
        let before =
            |field: &FieldName| record.map_or(Value::Null, |record| held(&record.fields, field).clone());
        let mut changes = Vec::new();
        let mut fields = Fields::new();
        for (field, (after, because)) in pending.fields {
            let before = before(&field);
            if before == after || (before.is_empty() && after.is_empty()) {
                continue;
            }
            fields.insert(field.clone(), after.clone());
            changes.push(Change { target: Target::Field(field), before, after, because });
        }
        let mut tags = Sides::new(std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for (tag, (change, because)) in pending.tags {
            let had = self.had_tag(side, &tag);
            // Taken off is what the app has, by the name that the app has for it.
            let tag = record.and_then(|record| record.tags.as_ref()?.get(&tag)).cloned().unwrap_or(tag);
            let (target, set) = match change {
                TagChange::On => (Target::TagOn(tag.clone()), &mut tags.left),
                TagChange::Off => (Target::TagOff(tag.clone()), &mut tags.right),
            };
            let on = change == TagChange::On;
            if had == Some(on) {
                continue;
            }
            set.insert(tag);
            // Not observed: what was there is not said, and the wish is sent all the same.
            let before = had.map_or(Value::Null, Value::Bool);
            changes.push(Change { target, before, after: Value::Bool(on), because });
        }
        let write = if pending.create {
            let source = self.record(side.other()).map(|record| &record.subscription);
            let mailing = source.map_or(Mailing::Refused, Mailing::of);
            Write::Create { fields, tags: tags.left, mailing }
        } else {
            let (id, seen) = (self.pair.contacts[side].id.clone()?, record?);
            if changes.is_empty() {
                return None;
            }
            Write::Update {
                id,
                fields,
                add_tags: tags.left,
                remove_tags: tags.right,
                seen: Box::new(seen.clone()),
            }
        };
        Some(Op { side, write, changes })
    }

    /// The e-mail address of `side` that would collide with another contact of the other app.
    pub(super) fn collision(&self, from: Side, key: &crate::ids::EmailKey) -> Option<&'a ContactId> {
        self.pair.collisions[from].get(key)
    }
}

/// Whether a rule wants it, or has it put back.
fn is_ruled(because: &Because) -> bool {
    match because {
        Because::Rule(..) | Because::LeftScope(_) => true,
        Because::Mapping(_)
        | Because::Placeholder
        | Because::Deleted
        | Because::Restored
        | Because::Unsubscribed
        | Because::Resubscribed
        | Because::Undo(_) => false,
    }
}
