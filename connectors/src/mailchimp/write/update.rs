//! Changes to members that are there: first the fields, then the tags.
//!
//! A changed address is a field like any other: the member keeps its `contact_id`, its tags, its status and its
//! history. What is to be confirmed is looked for in the answer, and read again before it is called refused.

use super::super::config::RequiredOnUpdate;
use super::super::wire::draft::Draft;
use super::super::wire::member::Member;
use super::job::{Answered, Job};
use super::{Step, refuse};
use crate::http::{Answer, Method, Repeat};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, FieldName, Tag};
use syntony_core::op::Outcome;
use syntony_core::record::Fields;
use syntony_core::value::Value;

const NOT_CLEARED: &str = "Mailchimp keeps the value";
const CLEAR_HINT: &str = "empty it in Mailchimp, or map it one way";
const NOT_KEPT: &str = "Mailchimp accepted the write and did not keep the value";

/// What a contact is to be.
pub(super) struct Wish {
    pub(super) id: ContactId,
    pub(super) fields: Fields,
    pub(super) add: BTreeSet<Tag>,
    pub(super) remove: BTreeSet<Tag>,
}

impl Wish {
    fn has_tags(&self) -> bool {
        !(self.add.is_empty() && self.remove.is_empty())
    }
}

impl Job<'_> {
    pub(super) async fn update(&self, wish: &Wish) -> Outcome {
        match self.carry_out(wish).await {
            Ok(member) => self.applied(&member),
            Err(outcome) => outcome,
        }
    }

    async fn carry_out(&self, wish: &Wish) -> Step<Member> {
        // Everything is looked at before anything is sent.
        let how = self.mailchimp.config.address_clear;
        let draft = Draft::update(self.catalogue, &wish.fields, how).map_err(Outcome::Rejected)?;
        let member = if draft.is_empty() {
            self.read_first(wish.id.as_str()).await?
        } else {
            self.patch(wish, draft).await?
        };
        if wish.has_tags() { self.tag(member, &wish.add, &wish.remove).await } else { Ok(member) }
    }

    /// Sends the fields (<https://mailchimp.com/developer/marketing/api/list-members/update-list-member/>).
    async fn patch(&self, wish: &Wish, draft: Draft) -> Step<Member> {
        let mut request = self
            .request(Method::Patch, "/3.0/lists/{list}/members/{member}", Repeat::Idempotent)
            .arg("member", wish.id.as_str())
            .json(&draft.into_change());
        match self.mailchimp.config.required_on_update {
            RequiredOnUpdate::Waived => request = request.query("skip_merge_validation", "true"),
            RequiredOnUpdate::Enforced => {}
        }
        let answer = match self.call(&request).await? {
            Answered::Done(answer) => answer,
            Answered::Refused(fault) if fault.is_not_found() => return Err(Outcome::Stale),
            Answered::Refused(fault) => return Err(Outcome::Rejected(fault.rejection(&wish.fields))),
        };
        let written = self.member_in(&answer).await.filter(|member| member.contact() == wish.id);
        if let Some(member) = written
            && self.missing(&member, &wish.fields).is_none()
        {
            return Ok(member);
        }
        let now = self.read_back(wish.id.as_str()).await?;
        match self.missing(&now, &wish.fields) {
            None => Ok(now),
            Some((field, value)) if value.is_empty() => {
                Err(refuse(Some(field), NOT_CLEARED, Some(CLEAR_HINT)))
            }
            Some((field, _)) => Err(refuse(Some(field), NOT_KEPT, None)),
        }
    }

    /// The member in the answer to a write, with all of its tags.
    async fn member_in(&self, answer: &Answer) -> Option<Member> {
        let member = Member::parse(answer.json::<Json>().ok()?).ok()?;
        self.mailchimp.complete(member).await.ok()
    }

    /// A field that is not as it was written: full where it was emptied, or empty where it was filled.
    fn missing<'a>(&self, member: &Member, fields: &'a Fields) -> Option<(&'a FieldName, &'a Value)> {
        let held = self.catalogue.record(member).fields;
        fields
            .iter()
            .find(|(name, written)| held.get(*name).is_none_or(|held| held.is_empty() != written.is_empty()))
    }
}
