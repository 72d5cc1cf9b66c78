//! New members, in batches.
//!
//! A batch is answered with 200 whatever became of its members, so each is looked for in what the answer says:
//! made, refused, or neither. Members that exist are left alone (`update_existing` is off), and so are everybody's
//! tags (`sync_tags` is off).
//!
//! The answer's rows are not whole, so the new members are read back: by one listing for many, one by one for a
//! few.

use super::super::WRITE_BATCH_CONTACTS;
use super::super::config::OptIn;
use super::super::feed::Read;
use super::super::wire::address_hash;
use super::super::wire::draft::{Draft, NewStatus};
use super::super::wire::fault::BatchError;
use super::super::wire::member::{Member, Tags};
use super::job::{Answered, Job};
use crate::error::ConnectorError;
use crate::http::{Method, Repeat};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{OpKey, Tag};
use syntony_core::op::{Mailing, Outcome};
use syntony_core::record::Fields;

/// The most batches that one write may take, halvings included.
const MAX_BATCHES_PER_WRITE: usize = 64;
/// So few new members are read one by one; more, by a listing first.
const READ_SINGLY_MEMBERS: usize = 2;

/// A contact to be created.
pub(super) struct NewContact {
    pub(super) key: OpKey,
    pub(super) fields: Fields,
    pub(super) tags: BTreeSet<Tag>,
    pub(super) mailing: Mailing,
}

/// The same, in Mailchimp's terms.
struct Ready {
    key: OpKey,
    fields: Fields,
    tags: BTreeSet<Tag>,
    hash: String,
    body: Json,
}

/// (<https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/>)
#[derive(Deserialize)]
struct BatchAnswer {
    new_members: Vec<Json>,
    #[serde(default)]
    errors: Vec<Json>,
}

/// Entries of the expected shape. An odd one is about one contact, which then counts as not spoken of.
fn entries<T: DeserializeOwned>(entries: Vec<Json>) -> impl Iterator<Item = T> {
    entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok())
}

/// A new member, as far as a batch's answer shows it.
#[derive(Deserialize)]
struct NewRow {
    email_address: String,
    #[serde(default)]
    last_changed: Option<String>,
}

type Outcomes = Vec<(OpKey, Outcome)>;

impl Job<'_> {
    /// Makes all of them. Of two with one address the second has to be looked at again.
    pub(super) async fn create_all(&self, contacts: Vec<NewContact>) -> Outcomes {
        let mut outcomes = Outcomes::new();
        let mut taken = BTreeSet::new();
        let mut ready = Vec::new();
        for contact in contacts {
            match self.prepare(contact) {
                Ok(contact) if taken.insert(contact.hash.clone()) => ready.push(contact),
                Ok(contact) => outcomes.push((contact.key, Outcome::Stale)),
                Err(refused) => outcomes.push(refused),
            }
        }
        let mut batches = in_batches(ready);
        for _ in 0..MAX_BATCHES_PER_WRITE {
            let Some(batch) = batches.pop() else { break };
            batches.extend(self.create_batch(batch, &mut outcomes).await);
        }
        let reason = "the batch takes more calls than one run grants it";
        let rest = batches.into_iter().flatten();
        outcomes.extend(rest.map(|contact| (contact.key, Outcome::Deferred(reason.to_owned()))));
        outcomes
    }

    fn prepare(&self, contact: NewContact) -> Result<Ready, (OpKey, Outcome)> {
        let NewContact { key, fields, tags, mailing } = contact;
        let draft = match Draft::create(self.catalogue, &fields) {
            Ok(draft) => draft,
            Err(refusal) => return Err((key, Outcome::Rejected(refusal))),
        };
        let hash = address_hash(draft.address().unwrap_or_default());
        let body = draft.into_new_member(status(mailing, self.mailchimp.config.opt_in), &tags);
        Ok(Ready { key, fields, tags, hash, body })
    }

    /// Sends one batch; what is to be sent again comes back, in the order to be popped.
    async fn create_batch(&self, batch: Vec<Ready>, outcomes: &mut Outcomes) -> Vec<Vec<Ready>> {
        let members: Json = batch.iter().map(|contact| contact.body.clone()).collect();
        let body = json!({ "members": members, "update_existing": false, "sync_tags": false });
        let request = self.request(Method::Post, "/3.0/lists/{list}", Repeat::Once).json(&body);
        let ended = match self.call(&request).await {
            Ok(Answered::Done(answer)) => match answer.json::<BatchAnswer>() {
                Ok(answer) => {
                    outcomes.extend(self.settle(batch, answer).await);
                    return Vec::new();
                }
                Err(_) => Outcome::Unknown,
            },
            // The audience itself is not there: that is no fault of anybody in the batch.
            Ok(Answered::Refused(fault)) if fault.is_not_found() => {
                self.halt(ConnectorError::Permanent { reason: fault.brief() })
            }
            Ok(Answered::Refused(fault)) => match batch.as_slice() {
                [contact] => Outcome::Rejected(fault.rejection(&contact.fields)),
                // A refused batch made nobody: halves are sent until the one to blame stands alone.
                _ => return halves(batch),
            },
            Err(outcome) => outcome,
        };
        outcomes.extend(batch.into_iter().map(|contact| (contact.key, ended.clone())));
        Vec::new()
    }

    /// What became of each contact of a batch that was answered.
    async fn settle(&self, batch: Vec<Ready>, answer: BatchAnswer) -> Outcomes {
        let rows: Vec<NewRow> = entries(answer.new_members).collect();
        let since = rows.iter().filter_map(|row| row.last_changed.clone()).min();
        let made: BTreeSet<String> = rows.iter().map(|row| address_hash(&row.email_address)).collect();
        let errors: BTreeMap<String, BatchError> = entries(answer.errors)
            .map(|error: BatchError| (address_hash(&error.email_address), error))
            .collect();
        let wanted: BTreeSet<&str> =
            batch.iter().map(|contact| contact.hash.as_str()).filter(|hash| made.contains(*hash)).collect();
        let listed = match since {
            Some(since) if wanted.len() > READ_SINGLY_MEMBERS => self.list_new(&since, &wanted).await,
            Some(_) | None => BTreeMap::new(),
        };
        let settle = |contact: Ready| {
            let (listed, made, errors) = (&listed, &made, &errors);
            async move {
                let outcome = if made.contains(&contact.hash) {
                    self.settle_made(&contact, listed.get(&contact.hash)).await
                } else if let Some(error) = errors.get(&contact.hash) {
                    self.settle_refused(&contact, error).await
                } else {
                    // Mailchimp took the batch and does not speak of this one: it has to be looked for.
                    Outcome::Unknown
                };
                (contact.key, outcome)
            }
        };
        stream::iter(batch).map(settle).buffered(self.mailchimp.config.calls_at_once()).collect().await
    }

    /// New members by the hashes of their addresses, as far as one page of the listing shows them whole.
    async fn list_new(&self, since: &str, wanted: &BTreeSet<&str>) -> BTreeMap<String, Member> {
        let Ok(members) = self.mailchimp.changed_since(since).await else { return BTreeMap::new() };
        let mut found = BTreeMap::new();
        for member in members {
            let is_whole = matches!(member.tags(), Tags::All(_));
            if is_whole && wanted.contains(member.hash.as_str()) {
                found.insert(member.hash.clone(), member);
            }
        }
        found
    }

    /// A member that was made is there, also where its tags are not: the record says which it has.
    async fn settle_made(&self, contact: &Ready, listed: Option<&Member>) -> Outcome {
        let member = match listed {
            Some(member) => member.clone(),
            None => match self.read_back(&contact.hash).await {
                Ok(member) => member,
                Err(outcome) => return outcome,
            },
        };
        match self.tag(member.clone(), &contact.tags, &BTreeSet::new()).await {
            Ok(tagged) => self.applied(&tagged),
            Err(_) => self.applied(&member),
        }
    }

    /// A refusal may mean that there is such a member: then the plan has to be made again. If there is none, the
    /// person opted out, was erased, or the values are bad.
    async fn settle_refused(&self, contact: &Ready, error: &BatchError) -> Outcome {
        let rejected = || Outcome::Rejected(error.rejection(&contact.fields));
        if !error.may_be_existing() {
            return rejected();
        }
        match self.mailchimp.read_member(&contact.hash).await {
            Ok(Read::There(_)) => Outcome::Stale,
            Ok(Read::Missing | Read::Odd(_)) | Err(_) => rejected(),
        }
    }
}

/// A person who is not known to be mailable elsewhere is not made mailable here.
fn status(mailing: Mailing, opt_in: OptIn) -> NewStatus {
    match (mailing, opt_in) {
        (Mailing::Allowed, OptIn::Single) => NewStatus::Subscribed,
        (Mailing::Allowed, OptIn::Double) => NewStatus::Pending,
        (Mailing::Refused, OptIn::Single | OptIn::Double) => NewStatus::Unsubscribed,
    }
}

/// In the order to be popped.
fn in_batches(mut ready: Vec<Ready>) -> Vec<Vec<Ready>> {
    let mut batches = Vec::new();
    while !ready.is_empty() {
        let rest = ready.split_off(ready.len().min(WRITE_BATCH_CONTACTS));
        batches.push(std::mem::replace(&mut ready, rest));
    }
    batches.reverse();
    batches
}

fn halves(mut batch: Vec<Ready>) -> Vec<Vec<Ready>> {
    let right = batch.split_off(batch.len() / 2);
    vec![right, batch]
}
