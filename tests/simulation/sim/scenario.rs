//! From a seed to a world: vendors, wishes, people and what happens.

use super::crash::Crash;
use super::people;
use super::step::{How, Odds, Step, Tells};
use super::world;
use fastrand::Rng;
use syntony::run::Mode;
use syntony_connectors::contract::Listing;
use syntony_connectors::memory::{Fault, Form, Traits};
use syntony_core::policy::{Action, Condition, Duplicates, Effect, Mark, OnClear, Policy, Rule, Winner};
use syntony_core::record::Fields;
use syntony_core::schema::Schema;
use syntony_core::side::{Side, Sides};
use syntony_mappings::compile::{self, Context};

/// The tag that stands for a deletion.
pub(crate) const TRASH: &str = "PieSync Trash";
/// The tag that some worlds' rules ask for.
pub(crate) const VIP: &str = "vip";
/// The tag that those rules put on the counterpart.
const MARKED: &str = "from the book";
/// The tags that people put on and take off.
const TAGS: &[&str] = &[TRASH, VIP, MARKED];
/// The most polls before a crash; a run of a small world takes fewer.
const MAX_CRASH_POLLS: u32 = 160;
/// The most commits before a crash.
const MAX_CRASH_COMMITS: u64 = 40;

/// Faults that say what they are, or hide nothing for good.
const FAULTS: &[Fault] = &[
    Fault::Auth,
    Fault::RateLimited,
    Fault::Transient,
    Fault::CursorExpired,
    Fault::RepeatedPage,
    Fault::ReorderedPage,
    Fault::LostAnswer,
    Fault::TimeoutBefore,
    Fault::TimeoutAfter,
    Fault::Rejection,
    Fault::FalseStale,
    Fault::Deferred,
];
/// Faults by which a vendor keeps to itself what is there. Whoever looks for a lost create at such a
/// vendor can miss it, and nothing can be done about that.
const LIES: &[Fault] =
    &[Fault::PartialRecord, Fault::UnreadableRecord, Fault::EmptyListing, Fault::ShortListing];

/// Whether the vendors of a world keep anything to themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vendors {
    Honest,
    Lie,
}

/// A world that is still to happen.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// What all of it was drawn from.
    pub(crate) seed: u64,
    /// Which kinds of apps there are.
    pub(crate) shape: Shape,
    /// What the two vendors are like.
    pub(crate) traits: Sides<Traits>,
    /// What the admin wants.
    pub(crate) wishes: Wishes,
    /// Who is in the address books at the start.
    pub(crate) people: Vec<(Side, Fields)>,
    /// What happens.
    pub(crate) steps: Vec<Step>,
}

/// Which kinds of apps a connection is between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Google Contacts and Drift: lists into single fields, names in parts into one line, discovery.
    BookAndChat,
    /// Two accounts of Google Contacts: list to list, part to part.
    TwoBooks,
}

/// What the admin wants.
#[derive(Clone, Debug)]
pub(crate) struct Wishes {
    pub(crate) writable: Sides<bool>,
    pub(crate) winner: Winner,
    pub(crate) on_clear: OnClear,
    pub(crate) avoid_duplicates: bool,
    pub(crate) duplicates: Duplicates,
    pub(crate) deletions_from: Option<Side>,
    pub(crate) scope: Scope,
}

/// Whom the rules select.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everybody, both ways.
    Everybody,
    /// Whoever of the left has a tag; the counterpart gets another, and loses it when that one goes.
    Tagged,
}

impl Scenario {
    /// The world of a seed.
    pub(crate) fn from_seed(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let shape = if rng.u8(0..3) < 2 { Shape::BookAndChat } else { Shape::TwoBooks };
        let traits = Sides::new(
            book(&mut rng),
            match shape {
                Shape::BookAndChat => chat(&mut rng),
                Shape::TwoBooks => book(&mut rng),
            },
        );
        let wishes = wishes(&mut rng, &traits);
        let count = rng.usize(2..16);
        let people = people::population(&mut rng, shape, count);
        let vendors = if percent(&mut rng, 30) { Vendors::Lie } else { Vendors::Honest };
        let mut steps = Vec::new();
        if wishes.scope == Scope::Tagged {
            // Or nobody would ever be selected.
            let vip = |whom| Step::Tag { side: Side::Left, whom, tag: VIP, on: true };
            steps.extend((0..people.len()).filter(|_| percent(&mut rng, 60)).map(vip));
        }
        steps.push(run(&mut rng, vendors));
        for _ in 0..rng.usize(3..18) {
            let more = step(&mut rng, shape, vendors);
            steps.extend(more);
        }
        steps.push(run(&mut rng, vendors));
        Self { seed, shape, traits, wishes, people, steps }
    }

    /// Vendors that behave, an admin who wants everything both ways, and nobody there yet.
    pub(crate) fn plain(shape: Shape) -> Self {
        let right = match shape {
            Shape::BookAndChat => world::drift_traits(),
            Shape::TwoBooks => world::google_traits(),
        };
        let wishes = Wishes {
            writable: Sides::new(true, true),
            winner: Winner::Side(Side::Left),
            on_clear: OnClear::Propagate,
            avoid_duplicates: true,
            duplicates: Duplicates::Hold,
            deletions_from: Some(Side::Left),
            scope: Scope::Everybody,
        };
        let traits = Sides::new(world::google_traits(), right);
        Self { seed: 0, shape, traits, wishes, people: Vec::new(), steps: Vec::new() }
    }

    /// The same world, with a person in one of its books.
    pub(crate) fn with(mut self, side: Side, fields: Fields) -> Self {
        self.people.push((side, fields));
        self
    }

    /// The same world, with one more step.
    pub(crate) fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The same world, with one more run.
    pub(crate) fn run(self, left: Odds, right: Odds) -> Self {
        self.then(Step::Run { mode: Mode::Sync, odds: Sides::new(left, right), crash: None })
    }

    /// Whether the vendor of a side never keeps to itself what is there.
    pub(crate) fn is_honest(&self, side: Side) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Run { odds, .. } => odds[side].iter().all(|(fault, _)| !LIES.contains(fault)),
            _ => true,
        })
    }

    /// Whose field names the two apps use.
    pub(crate) fn vendors(&self) -> Sides<&'static str> {
        match self.shape {
            Shape::BookAndChat => Sides::new("google_contacts", "drift"),
            Shape::TwoBooks => Sides::new("google_contacts", "google_contacts"),
        }
    }

    /// The policy that the wishes come to.
    pub(crate) fn policy(&self) -> Policy {
        let schemas: Sides<&Schema> = self.traits.as_ref().map(|traits| &traits.schema);
        let mut mappings: Vec<_> = compile::defaults(self.vendors(), schemas, &Context::default())
            .iter()
            .map(compile::Compiled::mapping)
            .collect();
        for mapping in &mut mappings {
            for side in Side::BOTH {
                mapping.into[side] &= self.wishes.writable[side];
            }
        }
        Policy {
            writable: self.wishes.writable,
            taggable: self.traits.as_ref().map(|traits| traits.tags),
            winner: self.wishes.winner,
            on_clear: self.wishes.on_clear,
            avoid_duplicates: self.wishes.avoid_duplicates,
            duplicates: self.wishes.duplicates,
            mappings,
            rules: self.rules(),
            deletions: self.wishes.deletions_from.map(|from| Mark { from, tag: TRASH.into() }),
            ..world::policy()
        }
    }

    fn rules(&self) -> Vec<Rule> {
        match self.wishes.scope {
            Scope::Everybody => world::policy().rules,
            Scope::Tagged => vec![Rule {
                key: "the left's vips".into(),
                from: Side::Left,
                when: vec![Condition::HasTag(VIP.into())],
                then: vec![Action {
                    key: "mark the counterpart".into(),
                    on: Side::Right,
                    effect: Effect::AddTag(MARKED.into()),
                    undo: true,
                }],
            }],
        }
    }

    /// The scenario as a person reads it.
    pub(crate) fn lines(&self) -> Vec<String> {
        let vendor = |side: Side| {
            let it = &self.traits[side];
            format!(
                "{side:?}: {:?} tombstones={} conditional={} markers={} order={} lag_ms={} forms={:?}",
                it.listing,
                it.tombstones,
                it.conditional_writes,
                it.markers,
                it.order_numbers,
                it.feed_lag_ms,
                it.forms
            )
        };
        let mut lines = vec![vendor(Side::Left), vendor(Side::Right), format!("{:?}", self.wishes)];
        lines.extend(self.people.iter().map(|(side, fields)| {
            Step::Add { side: *side, fields: fields.clone(), tells: Tells::Yes }.to_string()
        }));
        lines.extend(self.steps.iter().map(ToString::to_string));
        lines
    }
}

/// An address book, with whatever a vendor of that kind may lack.
fn book(rng: &mut Rng) -> Traits {
    let feed_lag_ms = *pick(rng, &[0, 0, 0, 30_000, 300_000]);
    Traits {
        tombstones: percent(rng, 75),
        conditional_writes: percent(rng, 70),
        markers: percent(rng, 60),
        // What lags without an order cannot be told from what is new: no vendor may be both.
        order_numbers: feed_lag_ms > 0 || percent(rng, 60),
        page_contacts: rng.usize(1..10),
        write_batch_contacts: rng.usize(1..12),
        fetch_batch_contacts: rng.usize(1..12),
        feed_lag_ms,
        call_ms: *pick(rng, &[0, 40]),
        cursor_lifetime_ms: percent(rng, 20).then_some(600_000),
        forms: forms(
            rng,
            &[
                ("emailAddresses", Form::LowerCase),
                ("phoneNumbers", Form::Phone),
                ("names.givenName", Form::SingleSpaces),
                ("names.familyName", Form::Trim),
                ("organizations.title", Form::Trim),
            ],
        ),
        forms_documented: rng.bool(),
        ..world::google_traits()
    }
}

/// A chat tool.
fn chat(rng: &mut Rng) -> Traits {
    let feed_lag_ms = *pick(rng, &[0, 0, 30_000]);
    Traits {
        order_numbers: feed_lag_ms > 0 || rng.bool(),
        page_contacts: rng.usize(1..10),
        write_batch_contacts: rng.usize(1..6),
        feed_lag_ms,
        forms: forms(
            rng,
            &[
                ("email", Form::LowerCase),
                ("phone", Form::Phone),
                ("name", Form::SingleSpaces),
                ("title", Form::Trim),
            ],
        ),
        forms_documented: rng.bool(),
        ..world::drift_traits()
    }
}

fn forms(
    rng: &mut Rng,
    all: &[(&str, Form)],
) -> std::collections::BTreeMap<syntony_core::ids::FieldName, Form> {
    all.iter().filter(|_| percent(rng, 40)).map(|(name, form)| ((*name).into(), *form)).collect()
}

fn wishes(rng: &mut Rng, traits: &Sides<Traits>) -> Wishes {
    let writable = match rng.u8(0..10) {
        0 => Sides::new(false, true),
        1 => Sides::new(true, false),
        _ => Sides::new(true, true),
    };
    // Only what `check` would let pass.
    let readable = |side: Side| {
        let from = &traits[side];
        (from.tombstones || from.listing == Listing::Complete) && writable[side.other()]
    };
    let deletions_from = Some(if rng.bool() { Side::Left } else { Side::Right });
    Wishes {
        writable,
        winner: *pick(rng, &[Winner::Side(Side::Left), Winner::Side(Side::Right), Winner::Ask]),
        on_clear: if percent(rng, 70) { OnClear::Propagate } else { OnClear::Keep },
        // Nobody can look for a lost create that has neither an address nor a marker.
        avoid_duplicates: !(traits.left.markers && traits.right.markers) || percent(rng, 50),
        duplicates: if percent(rng, 60) { Duplicates::Hold } else { Duplicates::Best },
        deletions_from: deletions_from.filter(|side| percent(rng, 75) && readable(*side)),
        scope: if percent(rng, 80) { Scope::Everybody } else { Scope::Tagged },
    }
}

/// What happens next: one step, or a few that belong together.
fn step(rng: &mut Rng, shape: Shape, vendors: Vendors) -> Vec<Step> {
    let side = if rng.bool() { Side::Left } else { Side::Right };
    let whom = rng.usize(0..64);
    let tells = if percent(rng, 75) { Tells::Yes } else { Tells::No };
    let one = match rng.u8(0..100) {
        0..34 => return vec![run(rng, vendors)],
        34..66 => return edits(rng, shape, side, whom),
        66..73 => Step::Add { side, fields: people::newcomer(rng, shape, side), tells },
        73..76 => {
            let seed = rng.u64(..);
            let fields = Sides::from_fn(|side| people::newcomer(&mut Rng::with_seed(seed), shape, side));
            Step::AddToBoth { fields }
        }
        76..83 => Step::Delete { side, whom },
        83..87 => Step::Restore { side, whom },
        87..89 => Step::Merge { side, loser: whom, survivor: rng.usize(0..64) },
        89..91 => Step::Sight { side, whom, visible: rng.bool() },
        91..93 => Step::ExpireCursors { side },
        93..96 => Step::Tag { side, whom, tag: TAGS[rng.usize(0..TAGS.len())], on: percent(rng, 70) },
        _ => Step::Wait { seconds: *pick(rng, &[1, 31, 301, 900]) },
    };
    vec![one]
}

/// An edit, and now and then one of the counterpart at the same time.
fn edits(rng: &mut Rng, shape: Shape, side: Side, whom: usize) -> Vec<Step> {
    let count = if percent(rng, 30) { 2 } else { 1 };
    (0..count)
        .map(|at| {
            let side = if at == 0 { side } else { side.other() };
            let field = *pick(rng, people::edited(shape, side));
            let how = match rng.u8(0..10) {
                0..5 => How::Set(people::typed(rng, field)),
                5..7 => How::Append(people::typed(rng, field)),
                7 => How::DropLast,
                8 => How::Clear,
                _ => How::Rotate,
            };
            let tells = if percent(rng, 75) { Tells::Yes } else { Tells::No };
            Step::Edit { side, whom, field, how, tells }
        })
        .collect()
}

fn run(rng: &mut Rng, vendors: Vendors) -> Step {
    let mode = if percent(rng, 80) { Mode::Sync } else { Mode::Resync };
    let crash = match rng.u8(0..100) {
        0..18 => Some(Crash::Polls(rng.u32(1..MAX_CRASH_POLLS))),
        18..36 => Some(Crash::Commits(rng.u64(0..MAX_CRASH_COMMITS))),
        _ => None,
    };
    Step::Run { mode, odds: Sides::from_fn(|_| odds(rng, vendors)), crash }
}

fn odds(rng: &mut Rng, vendors: Vendors) -> Odds {
    if percent(rng, 50) {
        return Odds::new();
    }
    let mut odds = Odds::new();
    for _ in 0..rng.usize(1..4) {
        let lie = vendors == Vendors::Lie && percent(rng, 40);
        let fault = *pick(rng, if lie { LIES } else { FAULTS });
        if odds.iter().all(|(known, _)| *known != fault) {
            odds.push((fault, rng.u8(3..35)));
        }
    }
    odds
}

fn percent(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(0..100) < percent
}

fn pick<'a, T>(rng: &mut Rng, pool: &'a [T]) -> &'a T {
    &pool[rng.usize(0..pool.len())]
}
