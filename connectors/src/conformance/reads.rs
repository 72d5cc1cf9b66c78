//! Reads and look-ups: each id has an answer, empty is not missing, and a record says what is there.

use super::bench::{Bench, Check, ensure};
use crate::contract::{Found, Observation};
use crate::memory::fits;
use std::collections::BTreeSet;
use syntony_core::ids::ContactId;
use syntony_core::record::Fields;
use syntony_core::value::Value;

/// How many ids, at most, are asked at once by a check that is not about batches.
const A_FEW_CONTACTS: usize = 3;

/// One answer for each id, also for one that nobody ever had.
pub(super) async fn every_id_is_answered(bench: &Bench<'_>) -> Check {
    let limit = bench.connector().capabilities().fetch_batch_contacts;
    let mut asked = vec![bench.harness.no_such_contact()];
    while asked.len() < limit.min(A_FEW_CONTACTS) {
        asked.push(bench.added().await.0);
    }
    let answers = bench.connector().fetch(&asked).await?;
    ensure!(answers.len() == asked.len(), "{} ids had {} answers", asked.len(), answers.len());
    let answered: BTreeSet<&ContactId> = answers.iter().map(|answer| &answer.asked).collect();
    ensure!(answered == asked.iter().collect(), "the answers are not for the ids that were asked");
    let nobody = bench.fetch(&bench.harness.no_such_contact()).await?;
    ensure!(matches!(nobody, Found::Gone | Found::Unknown), "nobody was read as {nobody:?}");
    Ok(())
}

/// What people wrote is what is read, in the form that the vendor keeps.
pub(super) async fn a_read_shows_what_people_wrote(bench: &Bench<'_>) -> Check {
    let (id, person) = bench.added().await;
    bench.harness.edit(&id, &Fields::from([(person.changed, person.other)])).await;
    bench.harness.settle().await;
    let record = bench.live(&id).await?;
    for name in person.fields.keys() {
        let held = bench.harness.held(&id, name).await;
        ensure!(record.fields.get(name) == Some(&held), "{name} of {id} is not what the vendor holds");
    }
    Ok(())
}

/// In a record that is read whole an emptied field is there, and empty.
pub(super) async fn what_is_empty_is_observed_as_empty(bench: &Bench<'_>) -> Check {
    let (id, person) = bench.added().await;
    bench.harness.edit(&id, &Fields::from([(person.changed.clone(), Value::Null)])).await;
    bench.harness.settle().await;
    let record = bench.live(&id).await?;
    let emptied = record.fields.get(&person.changed);
    ensure!(emptied.is_some_and(Value::is_empty), "an emptied {} of {id} is {emptied:?}", person.changed);
    let kept = record.fields.get(&person.kept);
    ensure!(kept.is_some_and(|value| !value.is_empty()), "{} of {id} was not emptied: {kept:?}", person.kept);
    Ok(())
}

/// *Gone* is said only of what is gone, also right after a write and while something lags.
pub(super) async fn a_living_contact_is_never_read_as_gone(bench: &Bench<'_>) -> Check {
    let (written, _) = bench.created(&bench.person(), BTreeSet::new()).await?;
    let added = bench.harness.add(&bench.person().fields).await;
    for id in [&written, &added] {
        let found = bench.fetch(id).await?;
        ensure!(!matches!(found, Found::Gone | Found::MergedInto(_)), "{id} was read as {found:?}");
    }
    Ok(())
}

/// Every field of a record is in the schema, and its value is of the field's kind.
pub(super) async fn records_hold_what_the_schema_says(bench: &Bench<'_>) -> Check {
    let (id, person) = bench.added().await;
    let schema = bench.connector().schema().await?;
    let record = bench.live(&id).await?;
    for (name, value) in &record.fields {
        let Some(spec) = schema.field(name.as_str()) else {
            return Err(super::bench::Miss::Failed(format!("{name} of {id} is not in the schema")));
        };
        ensure!(value.is_empty() || fits(&spec, value), "{name} of {id} is {value:?}, not a {}", spec.kind);
    }
    for name in person.fields.keys() {
        ensure!(record.fields.contains_key(name), "{name} of {id} was not read");
    }
    Ok(())
}

/// A look-up by address names every contact that has it, whole.
pub(super) async fn an_address_finds_its_contacts(bench: &Bench<'_>) -> Check {
    let (id, person) = bench.added().await;
    let found = bench.connector().find(std::slice::from_ref(&person.address)).await?;
    let mut mine = found.into_iter().filter(|change| change.id == id);
    let Some(Observation::Live(record)) = mine.next().map(|change| change.what) else {
        return Err(super::bench::Miss::Failed(format!("{id} is not found by its address")));
    };
    ensure!(record.fields.contains_key(&person.kept), "{id} was found without its fields");
    Ok(())
}

/// Nobody is an answer.
pub(super) async fn an_address_nobody_has_finds_nobody(bench: &Bench<'_>) -> Check {
    let stranger = bench.person();
    let found = bench.connector().find(&[stranger.address]).await?;
    let living = found.iter().filter(|change| matches!(change.what, Observation::Live(_)));
    for change in living {
        // A vendor may match loosely; then what it found is really there.
        bench.live(&change.id).await?;
    }
    ensure!(
        !found.iter().any(|change| matches!(change.what, Observation::Gone(_))),
        "a look-up found the dead"
    );
    Ok(())
}

/// The account has a name, and the same one each time.
pub(super) async fn the_account_is_named_and_stays(bench: &Bench<'_>) -> Check {
    let (first, second) = (bench.connector().check().await?, bench.connector().check().await?);
    ensure!(!first.account.as_str().is_empty(), "the account has no name");
    ensure!(first.account == second.account, "the account has another name each time");
    Ok(())
}
