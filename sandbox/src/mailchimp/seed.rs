//! An audience as it could be after some years of use.
//!
//! Most people get mail; some left, some bounced, some never confirmed. Nobody without an address is
//! here, and an address is here once, whatever its case.

use super::account::{Account, State};
use super::audience::{Edit, Now};
use super::member::Source;
use super::standing::{Standing, Status};
use crate::people::Person;

/// Between two sign-ups of the past, in milliseconds: an hour.
const BETWEEN_MS: i64 = 3_600_000;
/// Every so-manieth member has a tag.
const TAGGED_EVERY: usize = 6;
/// Every so-manieth left by the link in a mail.
const LEFT_EVERY: usize = 17;
/// Every so-manieth bounced.
const BOUNCED_EVERY: usize = 29;
/// Every so-manieth never confirmed.
const PENDING_EVERY: usize = 23;
const TAG: &str = "Newsletter";

impl Account {
    /// Fills the audience with these people, the first of them the longest there. Gives their contact ids
    /// in the same order. Listings show them at once, whatever the lag, and no webhook is told. A person
    /// without an address, or whose first one is taken, is left out.
    pub fn seed(&self, people: &[Person]) -> Vec<String> {
        self.with(|state, now| {
            let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
            let start_ms = now.ms.saturating_sub(count.saturating_mul(BETWEEN_MS));
            let times = (0..).map(|nth| start_ms + nth * BETWEEN_MS);
            let moments = times.map(|ms| Now { ms, lag_ms: 0, ..*now });
            let ids = people.iter().zip(moments).filter_map(|(person, then)| seed_one(state, person, &then));
            let ids = ids.collect();
            state.audience.listing.settle(now.ms);
            ids
        })
    }
}

fn seed_one(state: &mut State, person: &Person, then: &Now) -> Option<String> {
    let State { audience, settings, .. } = state;
    let every = |period| person.number.is_multiple_of(period);
    let status = if every(PENDING_EVERY) { Status::Pending } else { Status::Subscribed };
    let tags = if every(TAGGED_EVERY) { vec![TAG.to_owned()] } else { Vec::new() };
    let email = person.emails.first()?.value.clone();
    let edit = Edit { email: Some(email), skip_required: true, ..Edit::default() };
    let member = audience.create(&edit, status, &tags, Source::Admin, settings, then).ok()?;
    let told = audience.fields.of_person(person);
    let told = told.into_iter().map(|(field, value)| (field, Some(value)));
    let member = audience.put_raw(&member, told, then);
    if every(LEFT_EVERY) {
        let left = member.standing.leave();
        audience.place(&member, left, Some("N/A (Unsubscribed by the member)"), Source::User, then);
    } else if every(BOUNCED_EVERY) {
        audience.place(&member, Standing::bounce(), None, Source::Admin, then);
    }
    Some(member.contact_id.to_string())
}
