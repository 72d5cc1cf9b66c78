//! Batches and what they cost.

use super::bench::{Bench, Check, applied, ensure, update};
use crate::contract::{From, WriteCounts};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::op::{Mailing, Write};
use syntony_core::record::Fields;

/// Where a vendor takes more than this at once, a batch of this size is tried.
const BATCH_MAX_CONTACTS: usize = 250;
/// How many contacts are written to compare a forecast with.
const FORECAST_CONTACTS: usize = 3;
/// A forecast and what it took may differ by this factor...
const FORECAST_FACTOR: u64 = 2;
/// ...and by this many calls beside.
const FORECAST_SLACK_CALLS: u64 = 3;

/// A limit of none would let nothing through.
pub(super) async fn every_limit_is_at_least_one(bench: &Bench<'_>) -> Check {
    let limits = bench.connector().capabilities();
    for (name, limit) in [
        ("write_batch_contacts", limits.write_batch_contacts),
        ("fetch_batch_contacts", limits.fetch_batch_contacts),
        ("find_batch_addresses", limits.find_batch_addresses),
    ] {
        ensure!(limit > 0, "{name} is nothing");
    }
    Ok(())
}

/// What the capabilities promise fits in one call.
pub(super) async fn full_batches_are_taken(bench: &Bench<'_>) -> Check {
    let limits = bench.connector().capabilities();
    let people: Vec<_> =
        (0..limits.write_batch_contacts.min(BATCH_MAX_CONTACTS)).map(|_| bench.person()).collect();
    let creates = people
        .iter()
        .map(|person| Write::Create {
            fields: person.fields.clone(),
            tags: BTreeSet::new(),
            mailing: Mailing::Allowed,
        })
        .collect();
    let mut ids = Vec::new();
    for outcome in bench.write_all(creates).await? {
        ids.push(applied(outcome)?.0);
    }
    let distinct: BTreeSet<_> = ids.iter().collect();
    ensure!(distinct.len() == ids.len(), "two ops of a batch made one contact");

    while ids.len() < limits.fetch_batch_contacts.min(BATCH_MAX_CONTACTS) {
        ids.push(bench.harness.add(&bench.person().fields).await);
    }
    ids.truncate(limits.fetch_batch_contacts);
    let answers = bench.connector().fetch(&ids).await?;
    ensure!(answers.len() == ids.len(), "{} ids had {} answers", ids.len(), answers.len());

    bench.harness.settle().await;
    let addresses: Vec<_> =
        people.iter().take(limits.find_batch_addresses).map(|person| person.address.clone()).collect();
    let found = bench.connector().find(&addresses).await?;
    ensure!(found.len() >= addresses.len(), "{} addresses found {}", addresses.len(), found.len());
    Ok(())
}

/// Nothing to do is done without asking anybody.
pub(super) async fn an_empty_call_is_no_call(bench: &Bench<'_>) -> Check {
    let connector = bench.connector();
    let before = connector.calls_made();
    ensure!(connector.fetch(&[]).await?.is_empty(), "nothing was read and something came");
    ensure!(connector.find(&[]).await?.is_empty(), "nothing was looked for and something came");
    ensure!(connector.write(Vec::new()).await?.is_empty(), "nothing was written and something came");
    ensure!(connector.calls_made() == before, "an empty call went to the vendor");
    Ok(())
}

/// Whatever goes to the vendor is counted.
pub(super) async fn calls_are_counted(bench: &Bench<'_>) -> Check {
    let (id, person) = bench.added().await;
    let connector = bench.connector();
    let mut before = connector.calls_made();
    let mut counted = |what: &str| {
        let grown = connector.calls_made() > before;
        before = connector.calls_made();
        ensure!(grown, "{what} was not counted");
        Ok(())
    };
    connector.check().await?;
    counted("check")?;
    connector.changes(&From::Start).await?;
    counted("changes")?;
    bench.live(&id).await?;
    counted("fetch")?;
    connector.find(&[person.address]).await?;
    counted("find")?;
    bench.created(&bench.person(), BTreeSet::new()).await?;
    counted("write")
}

/// A forecast is of use when it is near, both ways.
pub(super) async fn the_forecast_is_near(bench: &Bench<'_>) -> Check {
    let connector = bench.connector();
    let batch = connector.capabilities().write_batch_contacts;
    let tags = connector.capabilities().tags.is_some().then(|| bench.harness.tag());
    // Whatever is learned once (groups, attributes) is not part of the price.
    bench.created(&bench.person(), tags.iter().cloned().collect()).await?;

    let people: Vec<_> = (0..FORECAST_CONTACTS.min(batch)).map(|_| bench.person()).collect();
    let creates = people
        .iter()
        .map(|person| Write::Create {
            fields: person.fields.clone(),
            tags: BTreeSet::new(),
            mailing: Mailing::Allowed,
        })
        .collect();
    let start = connector.calls_made();
    let mut made = Vec::new();
    for outcome in bench.write_all(creates).await? {
        made.push(applied(outcome)?);
    }
    let updates = made
        .into_iter()
        .zip(&people)
        .map(|((id, seen), person)| {
            let fields = Fields::from([(person.changed.clone(), person.other.clone())]);
            match update(&id, fields, seen) {
                Write::Update { id, fields, remove_tags, seen, .. } => {
                    Write::Update { id, fields, add_tags: tags.iter().cloned().collect(), remove_tags, seen }
                }
                create @ Write::Create { .. } => create,
            }
        })
        .collect();
    bench.write_all(updates).await?;
    let took = connector.calls_made() - start;

    let contacts = people.len() as u64;
    let counts = WriteCounts {
        creates: contacts,
        updates: contacts,
        tags: tags.into_iter().map(|tag| (tag, contacts)).collect::<BTreeMap<_, _>>(),
    };
    let forecast = connector.forecast(&counts);
    let near = |a: u64, b: u64| a <= b.saturating_mul(FORECAST_FACTOR).saturating_add(FORECAST_SLACK_CALLS);
    ensure!(near(forecast, took) && near(took, forecast), "a forecast of {forecast} calls took {took}");
    Ok(())
}
