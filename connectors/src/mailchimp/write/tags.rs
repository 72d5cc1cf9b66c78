//! Tags of a member that is there.
//!
//! `is_syncing` keeps Mailchimp from starting what admins hang on tags (mails, journeys): a sync mirrors what
//! somebody did elsewhere, and is no event of its own. Putting on what is on, and taking off what is off, is not
//! sent at all.

use super::job::{Answered, Job};
use super::{Step, refuse};
use crate::http::{Method, Repeat};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use syntony_core::ids::Tag;
use syntony_core::op::Outcome;
use syntony_core::record::Fields;

use super::super::wire::member::{Member, Tags};

impl Job<'_> {
    /// The member with these tags put on and taken off
    /// (<https://mailchimp.com/developer/marketing/api/list-member-tags/add-or-remove-member-tags/>).
    pub(super) async fn tag(
        &self,
        member: Member,
        add: &BTreeSet<Tag>,
        remove: &BTreeSet<Tag>,
    ) -> Step<Member> {
        let wanted = changes(&member, add, remove);
        if wanted.is_empty() {
            return Ok(member);
        }
        // The path of this call takes the hash alone, so the member was read a moment ago.
        let request = self
            .request(Method::Post, "/3.0/lists/{list}/members/{member}/tags", Repeat::Idempotent)
            .arg("member", &member.hash)
            .json(&json!({ "tags": wanted, "is_syncing": true }));
        match self.call(&request).await? {
            Answered::Done(_) => {}
            Answered::Refused(fault) if fault.is_not_found() => return Err(Outcome::Stale),
            Answered::Refused(fault) => return Err(Outcome::Rejected(fault.rejection(&Fields::new()))),
        }
        let now = self.read_back(&member.contact_id).await?;
        if changes(&now, add, remove).is_empty() {
            return Ok(now);
        }
        let hint = "a tag that differs in upper and lower case alone is the same one for Mailchimp";
        Err(refuse(None, "Mailchimp accepted the change of tags and did not keep it", Some(hint)))
    }
}

/// What is not as it is to be. Where the tags are not known, all of it.
fn changes(member: &Member, add: &BTreeSet<Tag>, remove: &BTreeSet<Tag>) -> Vec<Json> {
    let tags = match member.tags() {
        Tags::All(tags) => Some(tags),
        Tags::CutOff | Tags::NotShown => None,
    };
    let is_on = |tag: &Tag| tags.as_ref().map(|tags| tags.contains(tag));
    let on = add.iter().filter(|tag| is_on(tag) != Some(true)).map(|tag| (tag, "active"));
    let off = remove.iter().filter(|tag| is_on(tag) != Some(false)).map(|tag| (tag, "inactive"));
    on.chain(off).map(|(tag, status)| json!({ "name": tag.as_str(), "status": status })).collect()
}
