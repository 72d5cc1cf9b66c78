//! The planner: what to do about each pair of contacts.
//!
//! Pure. The same pairs and the same policy give the same plan, byte for byte, in whatever order the
//! pairs come. Each pair is decided on its own and comes out with exactly one [`Verdict`]. Every
//! situation two contacts can be in is a variant of [`Situation`], and every variant has one function.

mod actions;
mod alone;
mod draft;
mod situation;
mod together;
mod widowed;

pub use situation::Situation;

use crate::guard::Tally;
use crate::ids::{ActionKey, ContactId, EmailKey, FieldName, LinkId, MappingKey, Tag};
use crate::lens::{Part, Refusal};
use crate::op::Op;
use crate::pair::{Done, LinkStatus, Marks, PairState};
use crate::policy::Policy;
use crate::record::Fields;
use crate::side::{Side, Sides};
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A mapping that wrote the same value this many runs in a row is flapping: the field is held.
pub const FLAPPING_RUNS: u32 = 3;

/// What to do about some pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// One for each pair, sorted by the pair's contacts.
    pub pairs: Vec<PairPlan>,
}

impl Plan {
    /// What all of it would do, for the guard.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut sum = Tally::default();
        for pair in &self.pairs {
            sum += pair.tally;
        }
        sum
    }
}

/// What to do about one pair.
#[derive(Clone, Debug, PartialEq)]
pub struct PairPlan {
    /// The link, if there is one already.
    pub link: Option<LinkId>,
    /// The contacts, as they are before the plan.
    pub ids: Sides<Option<ContactId>>,
    /// The one thing that comes out of it.
    pub verdict: Verdict,
    /// What is left to say of the pair once its ops are applied: never [`Verdict::Write`].
    pub rest: Verdict,
    /// Whether a rule selects the pair.
    pub selected: bool,
    /// Whether the two are to be linked (they were matched just now).
    pub bind: bool,
    /// At most one op for each side.
    pub ops: Sides<Option<Op>>,
    /// What becomes true once they are applied.
    pub after: Aftermath,
    /// Fields that both sides changed to different values.
    pub conflicts: Vec<Conflict>,
    /// Fields that the other side cannot take.
    pub failures: Vec<Failure>,
    /// Fields that are not written until a person says so.
    pub held: Vec<Hold>,
    /// Things a person should know once.
    pub notes: Vec<Note>,
    /// What the guard counts.
    pub tally: Tally,
}

/// What becomes true once a pair's ops are applied. It is written down with the ops, so that a crash
/// between a write and its answer loses none of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aftermath {
    /// Bases that move, each as soon as the ops it needs are applied.
    pub settles: Vec<Settle>,
    /// The link's new status, once every op is applied.
    pub status: Option<LinkStatus>,
    /// What rules did to the pair (`None`: it is forgotten), once every op is applied.
    pub actions: Vec<(ActionKey, Option<Done>)>,
    /// Our own marks, once every op is applied, if they change.
    pub marks: Option<Sides<Marks>>,
}

/// The one thing that comes out of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There is something to write.
    Write,
    /// Nothing to write, and a field waits for a person to decide.
    Conflict,
    /// Nothing to write, and a field is held.
    Held,
    /// Nothing to write, and the other side cannot take a field.
    Failed,
    /// The pair is left alone, for this reason.
    Excluded(Exclusion),
    /// Both sides are in step.
    Unchanged,
}

/// Why a contact is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// No rule selects it.
    NoRule,
    /// A rule would select it if it existed in the other app, and it does not.
    NotInOther,
    /// It has no e-mail address, and `avoid_duplicates` is on.
    NoEmail,
    /// The connection goes the other way only.
    Direction,
    /// Its e-mail address was emptied: the link waits until it is filled again.
    EmailEmptied,
    /// Its counterpart was deleted.
    CounterpartDeleted,
    /// Its counterpart was merged into a contact that has another counterpart.
    MergeCounterpart,
    /// Both were deleted.
    BothDeleted,
    /// One of the two cannot be seen at the moment.
    OutOfSight,
    /// A person asked to be forgotten.
    Forgotten,
}

impl Exclusion {
    /// The reason as the report names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Exclusion::NoRule => "no_rule",
            Exclusion::NotInOther => "not_in_other",
            Exclusion::NoEmail => "no_email",
            Exclusion::Direction => "direction",
            Exclusion::EmailEmptied => "email_emptied",
            Exclusion::CounterpartDeleted => "counterpart_deleted",
            Exclusion::MergeCounterpart => "merge_counterpart",
            Exclusion::BothDeleted => "both_deleted",
            Exclusion::OutOfSight => "out_of_sight",
            Exclusion::Forgotten => "forgotten",
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A base that moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// Whose base.
    pub mapping: MappingKey,
    /// The sides on which this plan writes the mapping: their fields are taken from what the server holds
    /// after the write, and the base moves only if all of them were applied.
    pub needs: Sides<bool>,
    /// The mapping's fields on each side as the plan saw them.
    pub seen: Sides<Fields>,
    /// Fields of a written side that hold what a rule set, with what they would hold without it. That is what the two
    /// sides are in step with: the rule's value is a change that is still to be brought to the other side.
    #[serde(default)]
    pub meant: Sides<Fields>,
    /// A fingerprint of what is written to each side, to tell a field that is written over and over.
    pub fingerprints: Sides<Option<String>>,
}

/// A field that both sides changed to different values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The mapping.
    pub mapping: MappingKey,
    /// The part of it, empty for the whole.
    pub part: String,
    /// What came of it: the side whose value is kept, or nobody yet.
    pub kept: Option<Side>,
    /// Why it is a conflict, if it is more than two different edits.
    pub kind: ConflictKind,
    /// The mapping's fields on the left.
    pub left: Fields,
    /// The mapping's fields on the right.
    pub right: Fields,
    /// The base, if there is one.
    pub base: Option<Sides<Fields>>,
}

/// What kind of conflict it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Both sides were edited.
    Edits,
    /// The e-mail address to be written belongs to another contact of that app.
    IdentityCollision {
        /// The other contact.
        with: ContactId,
    },
}

/// A field that the other side cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The side that cannot take it.
    pub side: Side,
    /// The mapping.
    pub mapping: MappingKey,
    /// Its first field on that side.
    pub field: Option<FieldName>,
    /// Why not.
    pub refusal: Refusal,
}

/// A field that is not written until a person says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The mapping.
    pub mapping: MappingKey,
    /// The side it would be written to.
    pub side: Side,
    /// In how many runs it was written.
    pub runs: u32,
}

/// Something a person should know once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The contact of this side was deleted while its counterpart was edited: the edit stays.
    DeletedButEdited(Side),
    /// The contact of this side was merged into another that has a counterpart of its own.
    MergeCounterpart(Side),
    /// A person reversed what a rule did; it is not done again.
    ActionReversed(ActionKey),
    /// The contact of this side, deleted before, is back.
    Restored(Side),
    /// A tag cannot be put on or taken off, because this side holds none or may not be written.
    NoTagThere(Side, Tag),
}

/// Plans each pair.
#[must_use]
pub fn plan(pairs: &[PairState], policy: &Policy) -> Plan {
    let mut pairs: Vec<PairPlan> = pairs.iter().map(|pair| plan_pair(pair, policy)).collect();
    pairs.sort_by(|a, b| (&a.ids, a.link).cmp(&(&b.ids, b.link)));
    Plan { pairs }
}

/// Plans one pair.
#[must_use]
pub fn plan_pair(pair: &PairState, policy: &Policy) -> PairPlan {
    let draft = draft::Draft::new(pair, policy);
    match Situation::of(pair) {
        Situation::Forgotten => draft.excluded(Exclusion::Forgotten),
        Situation::Closed => draft.excluded(Exclusion::BothDeleted),
        Situation::OutOfSight => draft.excluded(Exclusion::OutOfSight),
        Situation::BothGone => draft.closed(),
        Situation::Alone { side, record } => alone::plan(draft, side, record),
        Situation::Widowed { gone, evidence, survivor, news } => {
            widowed::plan(draft, gone, evidence, survivor, news)
        }
        Situation::Together { left, right, history } => {
            together::plan(draft, Sides::new(left, right), history)
        }
    }
}

/// The e-mail keys among a view's entries.
fn email_keys(view: &crate::lens::View) -> impl Iterator<Item = EmailKey> + '_ {
    view.get(&Part::Whole)
        .into_iter()
        .flat_map(crate::lens::Atom::entries)
        .map(|entry| EmailKey::new(&*entry.key))
}

/// The mapping's fields as a record holds them.
fn pick(fields: &Fields, names: &[FieldName]) -> Fields {
    names.iter().filter_map(|name| fields.get(name).map(|value| (name.clone(), value.clone()))).collect()
}

/// What a field holds, empty if it was not observed.
fn held<'f>(fields: &'f Fields, name: &FieldName) -> &'f Value {
    fields.get(name).unwrap_or(&Value::Null)
}
