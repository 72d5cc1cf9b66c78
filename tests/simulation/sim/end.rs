//! The end of a world: the faults stop, everybody is back in sight, and the engine runs until it has
//! nothing to do. Then both sides have to be in step, and what the engine made has to make sense.

use super::laws::{MAX_OPS_PER_RUN, counterpart};
use super::play::{Offence, Play};
use super::scenario::{Scope, Shape};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use syntony::report::Status;
use syntony::run::{App, Mode, Permission};
use syntony_core::ids::{ContactId, RunId};
use syntony_core::lens::Part;
use syntony_core::pair::LinkStatus;
use syntony_core::policy::{Mapping, OnClear, Winner};
use syntony_core::record::{Fields, Record};
use syntony_core::side::{Side, Sides};
use syntony_state::{LinkRow, OpStatus, Standing, StandingRow, WriteKind};

/// Edits stopped: so many runs later there is nothing left to write.
const MAX_RUNS_UNTIL_QUIET: usize = 6;
/// More links than a small world has.
const MAX_LINKS: usize = 10_000;

/// Runs until nothing is written any more.
pub(super) async fn quiesce(play: &mut Play<'_>) -> Result<(), Offence> {
    play.note("-- the end: everybody in sight, no faults".to_owned());
    for (side, id) in std::mem::take(&mut play.journal.hidden) {
        play.app(side).show(&id);
        play.app(side).bump(&id);
    }
    let lag_ms = play.scenario.traits.left.feed_lag_ms.max(play.scenario.traits.right.feed_lag_ms);
    let mut quiet = 0;
    for number in 0..MAX_RUNS_UNTIL_QUIET {
        tokio::time::advance(Duration::from_millis(lag_ms + 1000)).await;
        // What was refused or not given whole is asked for once more; after that changes are enough.
        let mode = if number == 0 { Mode::Resync } else { Mode::Sync };
        let writes = play.world.writes();
        let report = play.run(mode, Permission::Given, None).await?;
        let stopped = report.filter(|report| report.status == Status::Stopped);
        if let Some(report) = stopped {
            return Err(("a run without faults gets through", report.reason.unwrap_or_default()));
        }
        quiet = if play.world.writes() == writes { quiet + 1 } else { 0 };
        if quiet == 2 {
            break;
        }
    }
    if quiet < 2 {
        return Err(("writes stop when edits stop", format!("not within {MAX_RUNS_UNTIL_QUIET} runs")));
    }
    tokio::time::advance(Duration::from_millis(lag_ms + 1000)).await;
    let writes = play.world.writes();
    play.run(Mode::Resync, Permission::Given, None).await?;
    if play.world.writes() != writes {
        return Err(("a complete run without outside change writes nothing", "it wrote".to_owned()));
    }
    Ok(())
}

/// Asks the laws of the end.
pub(super) fn check(play: &Play<'_>) -> Result<(), Offence> {
    nothing_is_open(play)?;
    let truth = Sides::from_fn(|side| play.app(side).dump());
    for link in links(play) {
        in_step(play, &link, &truth)?;
    }
    who_was_created_is_linked(play)?;
    one_create_for_each_source(play)?;
    for side in Side::BOTH {
        for (id, record) in &truth[side] {
            nobody_is_left_out(play, side, id, record)?;
        }
    }
    Ok(())
}

fn nothing_is_open(play: &Play<'_>) -> Result<(), Offence> {
    let connection = &play.world.policy.connection;
    play.world.db.with(|store| {
        let open = store.open_intents(connection).unwrap();
        if !open.is_empty() {
            return Err(("no op stays open", format!("{} are", open.len())));
        }
        let waiting = store.todo_batch(connection, None, MAX_LINKS).unwrap();
        if !waiting.is_empty() {
            return Err(("the queue is empty at the end", format!("{waiting:?}")));
        }
        let counts = store.standing_counts(connection).unwrap();
        if let Some(((verdict, _), count)) = counts.iter().find(|((verdict, _), _)| verdict == "waiting") {
            return Err(("nobody waits at the end", format!("{count} are {verdict}")));
        }
        Ok(())
    })
}

fn links(play: &Play<'_>) -> Vec<LinkRow> {
    play.world.db.with(|store| store.links(&play.world.policy.connection, None, MAX_LINKS)).unwrap()
}

/// Two linked contacts hold the same in what is mapped both ways, and the base says what they hold.
fn in_step(
    play: &Play<'_>,
    link: &LinkRow,
    truth: &Sides<BTreeMap<ContactId, Record>>,
) -> Result<(), Offence> {
    let (Some(left), Some(right)) = (truth.left.get(&link.ids.left), truth.right.get(&link.ids.right)) else {
        return Ok(());
    };
    let connection = &play.world.policy.connection;
    let (standing, state) = play.world.db.with(|store| {
        let standing = store.standing_of(connection, Side::Left, &link.ids.left).unwrap();
        (standing, store.load_pair(connection, &link.ids.clone().map(Some)).unwrap())
    });
    let Some(standing) = standing else {
        return Err(("each link has a standing", format!("{:?} has none", link.ids)));
    };
    in_good_standing(play, link, &standing)?;
    if standing.standing.verdict != "in_sync" {
        return Ok(());
    }
    if link.link.status != LinkStatus::Active {
        return Err(("two living linked contacts are an active link", format!("{link:?}")));
    }
    for mapping in &play.world.policy.mappings {
        if mapping.into.left && mapping.into.right {
            let now = Sides::new(&left.fields, &right.fields);
            agree(play, link, mapping, now, state.base.get(&mapping.key))?;
        }
    }
    let both_ways = play.scenario.wishes.writable == Sides::new(true, true);
    if both_ways && play.scenario.wishes.on_clear == OnClear::Propagate {
        agree_to_a_person(play, link, Sides::new(left, right))?;
    }
    Ok(())
}

/// What is not in step has a reason that this world can give.
fn in_good_standing(play: &Play<'_>, link: &LinkRow, standing: &StandingRow) -> Result<(), Offence> {
    let Standing { verdict, detail, .. } = &standing.standing;
    let undecided = |conflict: &serde_json::Value| conflict["kept"].is_null() && conflict["kind"] == "edits";
    let asks = detail["conflicts"].as_array().is_some_and(|conflicts| conflicts.iter().any(undecided));
    if verdict == "conflict" && asks && play.scenario.wishes.winner != Winner::Ask {
        return Err(("where there is a winner nobody is asked", format!("{:?}: {detail}", link.ids)));
    }
    Ok(())
}

/// Without any base: names, addresses, numbers and employers are the same to whoever looks at both. A
/// single field holds one entry of a list; a line may hold the words of a name in another order.
fn agree_to_a_person(play: &Play<'_>, link: &LinkRow, records: Sides<&Record>) -> Result<(), Offence> {
    let apps = play.world.apps();
    let looks = Sides::from_fn(|side| Looks::of(&apps[side], &records[side].fields));
    // A person who empties the single field takes that one entry out of the list, and no other follows.
    let emptied =
        play.journal.edited.iter().any(|(side, id, _)| *side == Side::Right && *id == link.ids.right);
    let within = |left: &BTreeSet<String>, right: &BTreeSet<String>| match play.scenario.shape {
        Shape::TwoBooks => left == right,
        Shape::BookAndChat => right.is_subset(left) && (left.is_empty() == right.is_empty() || emptied),
    };
    for (what, same) in [
        ("name", looks.left.name == looks.right.name),
        ("company", looks.left.company == looks.right.company),
        ("phones", within(&looks.left.phones, &looks.right.phones)),
        ("addresses", within(&looks.left.addresses, &looks.right.addresses)),
    ] {
        if !same {
            let what = format!("{:?}: {what}: {:?} | {:?}", link.ids, looks.left, looks.right);
            return Err(("linked contacts look the same to a person", what));
        }
    }
    Ok(())
}

/// What a person sees of a contact.
#[derive(Debug)]
struct Looks {
    name: BTreeSet<String>,
    company: String,
    phones: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

impl Looks {
    fn of(app: &App, fields: &Fields) -> Self {
        /// With fewer digits two numbers can be the same by chance; with more, prefixes tell them apart.
        const COMPARED_DIGITS: usize = 8;
        let facts = app.facts(fields);
        let last_digits = |number: &String| {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            digits[digits.len().saturating_sub(COMPARED_DIGITS)..].to_owned()
        };
        Self {
            name: facts.name.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            company: facts.company,
            phones: facts.phones.iter().map(last_digits).collect(),
            addresses: app.email_keys(fields).iter().map(ToString::to_string).collect(),
        }
    }
}

fn agree(
    play: &Play<'_>,
    link: &LinkRow,
    mapping: &Mapping,
    now: Sides<&Fields>,
    base: Option<&Sides<Fields>>,
) -> Result<(), Offence> {
    const LAW: &str = "linked contacts are in step at the end";
    let views = mapping.lens.views(now.map(Some), base);
    let (Some(left), Some(right)) = (&views.now.left, &views.now.right) else {
        return Err((LAW, format!("{:?}: {} was not observed", link.ids, mapping.key)));
    };
    for part in left.keys().filter(|part| right.contains_key(part)) {
        let (one, two) = (&left[part], &right[part]);
        let keeps = play.scenario.wishes.on_clear == OnClear::Keep;
        let kept = keeps && (one.is_empty() || two.is_empty());
        let settled = views.base.as_ref().and_then(|base| base.get(part)).is_none_or(|base| base.same(one));
        // A part that is kept where the other was cleared holds the base of the whole mapping back.
        if one.same(two) && !settled && !keeps {
            let what = format!("{:?}: {} {part:?}", link.ids, mapping.key);
            return Err(("the base is what both hold", what));
        }
        if !one.same(two) && !kept {
            return Err((
                LAW,
                format!(
                    "{:?}: {} {:?}: {} | {}",
                    link.ids,
                    mapping.key,
                    part,
                    said(left, *part),
                    said(right, *part)
                ),
            ));
        }
    }
    Ok(())
}

fn said(view: &syntony_core::lens::View, part: Part) -> String {
    view.get(&part).map(|atom| atom.keys().join(" + ")).unwrap_or_default()
}

fn honest_sides<'p>(play: &'p Play<'_>) -> impl Iterator<Item = Side> + 'p {
    Side::BOTH.into_iter().filter(|side| play.scenario.is_honest(*side))
}

/// A contact that the engine made has a counterpart: nothing is made twice and forgotten.
fn who_was_created_is_linked(play: &Play<'_>) -> Result<(), Offence> {
    for side in honest_sides(play) {
        let lag_ms = play.scenario.traits[side].feed_lag_ms;
        for written in play.app(side).write_log().iter().filter(|written| written.created) {
            // What a person added a moment before could not be known yet; then there are two of them.
            let hidden = play.journal.hides_something(side, written.at_ms, lag_ms);
            let merged = play.journal.merged.contains(&(side, written.id.clone()));
            if !hidden && !merged && counterpart(play, side, &written.id).is_none() {
                return Err(("whoever was created is linked", format!("{} by {}", written.id, written.op)));
            }
        }
    }
    Ok(())
}

/// For one contact, one is created on the other side, whatever was lost on the way.
fn one_create_for_each_source(play: &Play<'_>) -> Result<(), Offence> {
    for side in honest_sides(play) {
        let mut sources = BTreeSet::new();
        for written in play.app(side).write_log().iter().filter(|written| written.created) {
            let Some(source) = counterpart(play, side, &written.id) else { continue };
            if !sources.insert(source.clone()) {
                return Err((
                    "one contact is created once",
                    format!("for {source} again, by {}", written.op),
                ));
            }
        }
    }
    for number in 1..=play.world.runs {
        let run = RunId::new(format!("run-{number:04}"));
        for row in play.world.db.with(|store| store.writes_of(&run, MAX_OPS_PER_RUN, 0)).unwrap() {
            let done = matches!(row.outcome, Some(OpStatus::Applied | OpStatus::Found));
            if done && row.kind == WriteKind::Create && row.contact.is_none() {
                return Err(("a create that was applied knows its contact", row.key.to_string()));
            }
        }
    }
    Ok(())
}

/// Whoever is alone with an e-mail address, and may be created elsewhere, is.
fn nobody_is_left_out(play: &Play<'_>, side: Side, id: &ContactId, record: &Record) -> Result<(), Offence> {
    if play.scenario.wishes.scope != Scope::Everybody
        || !play.scenario.wishes.writable[side.other()]
        || counterpart(play, side, id).is_some()
    {
        return Ok(());
    }
    let apps = play.world.apps();
    let keys = apps[side].email_keys(&record.fields);
    let known = play.world.db.with(|store| store.contact(&apps[side].name, id)).unwrap();
    if keys.is_empty() || known.is_none() {
        return Ok(());
    }
    let holders: usize = Side::BOTH
        .iter()
        .map(|side| {
            play.world.db.with(|store| store.contacts_by_keys(&apps[*side].name, &keys)).unwrap().len()
        })
        .sum();
    let connection = &play.world.policy.connection;
    let standing = play.world.db.with(|store| store.standing_of(connection, side, id)).unwrap();
    let verdict = standing.map(|row| row.standing.verdict).unwrap_or_default();
    if holders == 1 && verdict != "failed" {
        return Err(("nobody is left out", format!("{id} stands as {verdict:?}, alone with its address")));
    }
    Ok(())
}
