//! Writes: each once, nothing else touched, and never claimed unless the server holds it.

use super::bench::{Bench, Check, Miss, applied, capable, ensure, offered, update};
use crate::contract::{From, Observation, TagOrigin};
use std::collections::BTreeSet;
use syntony_core::ids::ContactId;
use syntony_core::op::{Mailing, Outcome, Write};
use syntony_core::record::{Fields, Record};
use syntony_core::schema::Access;
use syntony_core::value::Value;

/// One outcome for each op, whatever becomes of it: done, refused, or about nobody.
pub(super) async fn every_op_has_one_outcome(bench: &Bench<'_>) -> Check {
    let (id, person) = bench.added().await;
    let seen = bench.live(&id).await?;
    let create = |fields: Fields| Write::Create { fields, tags: BTreeSet::new(), mailing: Mailing::Allowed };
    let mut ops = vec![
        create(bench.person().fields),
        update(&id, Fields::from([(person.changed, person.other)]), seen),
        update(&bench.harness.no_such_contact(), bench.person().fields, Record::default()),
    ];
    ops.extend(bench.harness.refused().map(create));
    for batch in ops.chunks(bench.connector().capabilities().write_batch_contacts.max(1)) {
        for outcome in bench.write_all(batch.to_vec()).await? {
            let decided = matches!(outcome, Outcome::Applied { .. } | Outcome::Stale | Outcome::Rejected(_));
            ensure!(decided, "nothing stands in the way of an op, and it is {outcome:?}");
        }
    }
    Ok(())
}

/// A created contact can be told again after a crash: by its marker, or else by its address.
pub(super) async fn a_create_is_found_again(bench: &Bench<'_>) -> Check {
    let (person, op) = (bench.person(), bench.op());
    let create =
        Write::Create { fields: person.fields.clone(), tags: BTreeSet::new(), mailing: Mailing::Allowed };
    let outcomes = bench.connector().write(vec![(op.clone(), create)]).await?;
    let outcome = outcomes.into_iter().next().map(|(_, outcome)| outcome);
    let (id, _) = applied(outcome.unwrap_or(Outcome::Unknown))?;
    bench.harness.settle().await;
    let record = bench.live(&id).await?;
    let marked = record.marker.as_ref() == Some(&op);
    ensure!(
        marked == bench.connector().capabilities().markers,
        "{id} has marker: {marked}, against the capabilities"
    );
    let found = bench.connector().find(&[person.address]).await?;
    ensure!(found.iter().any(|change| change.id == id), "{id} is not found by its address");
    Ok(())
}

/// Tags given with a create are on the contact.
pub(super) async fn a_create_carries_its_tags(bench: &Bench<'_>) -> Check {
    capable(bench.connector().capabilities().tags.is_some(), "tags")?;
    let tag = bench.harness.tag();
    let (id, record) = bench.created(&bench.person(), BTreeSet::from([tag.clone()])).await?;
    for (what, record) in [("outcome", &record), ("read", &bench.live(&id).await?)] {
        ensure!(tagged(record, &tag) == Some(true), "the {what} of {id} lacks the tag");
    }
    Ok(())
}

/// The vendor made the contact and its answer was lost: there is one, and it can be found.
pub(super) async fn an_unknown_create_is_not_repeated(bench: &Bench<'_>) -> Check {
    let (person, op) = (bench.person(), bench.op());
    offered(bench.harness.lose_next_answer().await, "losing an answer")?;
    let create =
        Write::Create { fields: person.fields.clone(), tags: BTreeSet::new(), mailing: Mailing::Allowed };
    match bench.connector().write(vec![(op.clone(), create)]).await {
        Ok(outcomes) => {
            let outcome = outcomes.into_iter().find(|(key, _)| *key == op).map(|(_, outcome)| outcome);
            let honest = matches!(&outcome, Some(Outcome::Unknown | Outcome::Applied { .. }));
            ensure!(honest, "a create whose answer was lost is {outcome:?}");
        }
        Err(error) => ensure!(error.is_retryable(), "the whole call failed for good: {error}"),
    }
    let held = bench.harness.count(&person.address).await;
    ensure!(held == 1, "one create made {held} contacts");
    bench.harness.settle().await;
    let by_address = bench.connector().find(&[person.address]).await?;
    let by_marker = if bench.connector().capabilities().markers {
        bench.list(From::Start).await?.changes
    } else {
        Vec::new()
    };
    let marked = |what: &Observation| match what {
        Observation::Live(record) => record.marker.as_ref() == Some(&op),
        Observation::Gone(_) | Observation::Unknown | Observation::Unreadable(_) => false,
    };
    let found = !by_address.is_empty() || by_marker.iter().any(|change| marked(&change.what));
    ensure!(found, "nobody can find the contact that the create made");
    Ok(())
}

/// Only what is in the op is written.
pub(super) async fn an_update_leaves_other_fields_alone(bench: &Bench<'_>) -> Check {
    let (id, person) = bench.added().await;
    let before = everything_held(bench, &id, &person.fields).await;
    // A full record lies between the read and the write: it must not be sent back.
    let seen = bench.live(&id).await?;
    let fields = Fields::from([(person.changed.clone(), person.other.clone())]);
    let outcome = bench.write(update(&id, fields, seen)).await?;
    let (written, _) = applied(outcome)?;
    ensure!(written == id, "an update of {id} was confirmed for {written}");
    let after = everything_held(bench, &id, &person.fields).await;
    for (name, value) in &after {
        let changed = before.get(name) != Some(value);
        ensure!(changed == (*name == person.changed), "{name} of {id} changed: {changed}");
    }
    Ok(())
}

async fn everything_held(bench: &Bench<'_>, id: &ContactId, of: &Fields) -> Fields {
    let mut held = Fields::new();
    for name in of.keys() {
        held.insert(name.clone(), bench.harness.held(id, name).await);
    }
    held
}

/// A clear is done, or refused with the field's name; it is never claimed.
pub(super) async fn a_clear_works_or_is_refused(bench: &Bench<'_>) -> Check {
    let (id, person) = bench.added().await;
    let outcome = bench.set(&id, &person.changed, Value::Null).await?;
    let held = bench.harness.held(&id, &person.changed).await;
    match outcome {
        Outcome::Applied { record, .. } => {
            ensure!(held.is_empty(), "a clear of {id} is confirmed and the vendor still holds a value");
            let read = record.fields.get(&person.changed);
            ensure!(read.is_some_and(Value::is_empty), "a clear of {id} is confirmed with {read:?}");
        }
        Outcome::Rejected(rejection) => {
            ensure!(
                rejection.field == Some(person.changed),
                "a refused clear of {id} does not name its field"
            );
            ensure!(!held.is_empty(), "a refused clear of {id} was done");
        }
        other @ (Outcome::Stale | Outcome::Deferred(_) | Outcome::Unknown) => {
            return Err(Miss::Failed(format!("a clear is {other:?}")));
        }
    }
    Ok(())
}

/// Somebody edited the contact after it was read: the write does nothing and says so.
pub(super) async fn an_outdated_write_is_stale(bench: &Bench<'_>) -> Check {
    capable(bench.connector().capabilities().conditional_writes, "conditional writes")?;
    let (id, person) = bench.added().await;
    let seen = bench.live(&id).await?;
    let theirs = bench.person().fields.remove(&person.kept).unwrap_or_default();
    bench.harness.edit(&id, &Fields::from([(person.kept.clone(), theirs)])).await;
    let before = bench.harness.held(&id, &person.changed).await;
    let fields = Fields::from([(person.changed.clone(), person.other.clone())]);
    let outcome = bench.write(update(&id, fields, seen)).await?;
    ensure!(outcome == Outcome::Stale, "an outdated write is {outcome:?}");
    ensure!(bench.harness.held(&id, &person.changed).await == before, "an outdated write of {id} was done");
    Ok(())
}

/// An update of a contact that is not there makes none, and fails alone.
pub(super) async fn a_write_to_no_contact_creates_none(bench: &Bench<'_>) -> Check {
    let person = bench.person();
    let nobody = bench.harness.no_such_contact();
    let outcome = bench.write(update(&nobody, person.fields, Record::default())).await?;
    ensure!(matches!(outcome, Outcome::Stale | Outcome::Rejected(_)), "an update of nobody is {outcome:?}");
    let held = bench.harness.count(&person.address).await;
    ensure!(held == 0, "an update of nobody made {held} contacts");
    Ok(())
}

/// Tags go on and off; putting on what is on, and taking off what is not, is no fault and no change.
pub(super) async fn a_tag_goes_on_and_off_and_twice_is_once(bench: &Bench<'_>) -> Check {
    capable(bench.connector().capabilities().tags.is_some(), "tags")?;
    let (id, person) = bench.added().await;
    let tag = bench.harness.tag();
    for on in [true, true, false, false] {
        let one = BTreeSet::from([tag.clone()]);
        let (add_tags, remove_tags) = if on { (one, BTreeSet::new()) } else { (BTreeSet::new(), one) };
        let seen = Box::new(bench.live(&id).await?);
        let write = Write::Update { id: id.clone(), fields: Fields::new(), add_tags, remove_tags, seen };
        let (_, record) = applied(bench.write(write).await?)?;
        for (what, record) in [("outcome", &record), ("read", &bench.live(&id).await?)] {
            ensure!(
                tagged(record, &tag) == Some(on),
                "the {what} of {id} has the tag: {:?}",
                tagged(record, &tag)
            );
        }
    }
    let kept = bench.harness.held(&id, &person.kept).await;
    ensure!(!kept.is_empty(), "tagging {id} emptied {}", person.kept);
    Ok(())
}

/// What the configuration is checked against is so: the longest name is taken and a longer one refused, a tag that
/// nobody made is made or refused, and no name holds what stands between names.
pub(super) async fn a_tag_is_taken_as_its_limits_say(bench: &Bench<'_>) -> Check {
    let limits = bench.connector().capabilities().tags.clone().ok_or(Miss::NotOffered("tags"))?;
    let (id, _) = bench.added().await;
    let longest = limits.max_length_chars.map_or_else(|| "Never made".to_owned(), |chars| "x".repeat(chars));
    match limits.origin {
        TagOrigin::OnDemand => {
            let outcome = put_on(bench, &id, &longest).await?;
            let (_, record) = applied(outcome)?;
            ensure!(tagged(&record, &longest.as_str().into()) == Some(true), "{id} lacks a tag that fits");
        }
        TagOrigin::ByHand => {
            let outcome = put_on(bench, &id, &longest).await?;
            ensure!(matches!(outcome, Outcome::Rejected(_)), "a tag that nobody made is {outcome:?}");
        }
        // Which ones there are is in the schema.
        TagOrigin::Options => {}
    }
    let too_long = limits.max_length_chars.map(|chars| "y".repeat(chars + 1));
    for misfit in too_long.into_iter().chain(limits.separator.map(|between| format!("a{between}b"))) {
        let outcome = put_on(bench, &id, &misfit).await?;
        ensure!(matches!(outcome, Outcome::Rejected(_)), "a tag that does not fit is {outcome:?}");
    }
    Ok(())
}

async fn put_on(bench: &Bench<'_>, id: &ContactId, tag: &str) -> std::result::Result<Outcome, Miss> {
    let seen = Box::new(bench.live(id).await?);
    let (add_tags, remove_tags) = (BTreeSet::from([tag.into()]), BTreeSet::new());
    bench.write(Write::Update { id: id.clone(), fields: Fields::new(), add_tags, remove_tags, seen }).await
}

/// `None` where tags were not observed.
fn tagged(record: &Record, tag: &syntony_core::ids::Tag) -> Option<bool> {
    record.tags.as_ref().map(|tags| tags.contains(tag))
}

/// A confirmed write carries the contact as the server holds it: a read right after says the same.
pub(super) async fn the_outcome_is_what_the_server_holds(bench: &Bench<'_>) -> Check {
    let person = bench.person();
    let (id, created) = bench.created(&person, BTreeSet::new()).await?;
    same_as_read(bench, &id, &created, &person.fields).await?;
    let outcome = bench.set(&id, &person.changed, person.other.clone()).await?;
    let (_, updated) = applied(outcome)?;
    same_as_read(bench, &id, &updated, &person.fields).await
}

async fn same_as_read(bench: &Bench<'_>, id: &ContactId, record: &Record, written: &Fields) -> Check {
    let read = bench.live(id).await?;
    let schema = bench.connector().schema().await?;
    for (name, value) in &record.fields {
        // What a vendor counts and stamps by itself may move between the two.
        let ours = schema.field(name.as_str()).is_some_and(|spec| spec.access != Access::ReadOnly);
        ensure!(!ours || read.fields.get(name) == Some(value), "{name} of {id} is read differently");
    }
    for name in written.keys() {
        ensure!(record.fields.contains_key(name), "the outcome for {id} does not show {name}");
    }
    ensure!(record.tags == read.tags, "the tags of {id} are read differently");
    ensure!(!read.version.is_older_than(&record.version), "{id} is read in an older version than confirmed");
    Ok(())
}

/// One op is refused, the others of its batch are done.
pub(super) async fn a_refused_op_leaves_the_others(bench: &Bench<'_>) -> Check {
    let Some(refused) = bench.harness.refused() else {
        return Err(Miss::NotOffered("a refusal"));
    };
    capable(bench.connector().capabilities().write_batch_contacts >= 3, "a batch of three")?;
    let (first, last) = (bench.person(), bench.person());
    let create = |fields: &Fields| Write::Create {
        fields: fields.clone(),
        tags: BTreeSet::new(),
        mailing: Mailing::Allowed,
    };
    let writes = vec![create(&first.fields), create(&refused), create(&last.fields)];
    let outcomes = bench.write_all(writes).await?;
    for (at, outcome) in outcomes.iter().enumerate() {
        let right = if at == 1 {
            matches!(outcome, Outcome::Rejected(rejection) if !rejection.reason.trim().is_empty())
        } else {
            matches!(outcome, Outcome::Applied { .. })
        };
        ensure!(right, "op {at} of three, of which the second is refused, is {outcome:?}");
    }
    for person in [first, last] {
        let held = bench.harness.count(&person.address).await;
        ensure!(held == 1, "a create next to a refused one made {held} contacts");
    }
    Ok(())
}

/// The vendor's own form is stable, and emptiness stays emptiness.
pub(super) async fn normalising_twice_is_normalising_once(bench: &Bench<'_>) -> Check {
    let connector = bench.connector();
    for (name, value) in &bench.person().fields {
        let once = connector.normalise(name, value);
        ensure!(connector.normalise(name, &once) == once, "{name} changes each time it is normalised");
        ensure!(connector.normalise(name, &Value::Null).is_empty(), "{name} is made of nothing");
    }
    Ok(())
}
