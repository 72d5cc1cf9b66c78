//! What people do: the person at the form and in the mail, and the account's people on the screen. For
//! tests and demonstrations.
//!
//! Nothing here goes through HTTP. Everything here shows up in listings like any other change, and in
//! webhooks with its own source. A member is called by contact id, hash or address, as in the API.

use super::account::{Account, State};
use super::audience::{Edit, Now};
use super::hooks::COMPLAINT;
use super::input::{Body, FOR_KNOWN, FOR_NEW};
use super::member::{Member, Source, TagId};
use super::merge::MergeType;
use super::problem::Problem;
use super::standing::{Standing, Status};
use super::view;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Members, whatever their status.
    pub members: usize,
    /// Those who get mail.
    pub subscribed: usize,
    /// Those who were put away.
    pub archived: usize,
    /// Those who were deleted for good: nothing of them is here but a hash.
    pub forgotten: usize,
    /// Tags.
    pub tags: usize,
}

/// The type of a merge field, by the name that it has on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldType(MergeType);

impl FieldType {
    /// `text`, `number`, `address`, `phone`, `date`, `url`, `imageurl`, `radio`, `dropdown`, `birthday`
    /// or `zip`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        MergeType::parse(name).map(Self)
    }
}

/// The reason that the vendor notes when somebody leaves without giving one.
const NO_REASON: &str = "N/A (Unsubscribed by the member)";

impl Account {
    /// Somebody of the account adds a member: JSON as in `POST …/members`; without a status it is
    /// `subscribed`. Gives the contact id.
    ///
    /// # Errors
    /// If Mailchimp would not take it.
    pub fn add(&self, member: &Json) -> Result<String, Problem> {
        self.with(|state, now| {
            let sent = object(member);
            let mut body = Body::new(&sent);
            body.require(&["email_address"]);
            let (edit, tags) = (body.member(&FOR_NEW), body.texts("tags").unwrap_or_default());
            let (edit, tags) = body.done((edit, tags))?;
            let status = edit.status.unwrap_or(Status::Subscribed);
            let State { audience, settings, .. } = state;
            let made = audience.create(&edit, status, &tags, Source::Admin, settings, now)?;
            Ok(made.contact_id.to_string())
        })
    }

    /// Somebody of the account edits a member: JSON as in `PATCH …/members/{subscriber_hash}`.
    ///
    /// # Errors
    /// If there is no such member, or Mailchimp would not take it.
    pub fn edit(&self, name: &str, fields: &Json) -> Result<(), Problem> {
        self.edit_by(name, fields, Source::Admin)
    }

    /// The person edits the own profile, in the same form: the address, or the merge fields.
    ///
    /// # Errors
    /// If there is no such member, or Mailchimp would not take it.
    pub fn edit_profile(&self, name: &str, fields: &Json) -> Result<(), Problem> {
        self.edit_by(name, fields, Source::User)
    }

    fn edit_by(&self, name: &str, fields: &Json, source: Source) -> Result<(), Problem> {
        self.with(|state, now| {
            let held = state.audience.get(name)?;
            let sent = object(fields);
            let mut body = Body::new(&sent);
            let edit = body.member(&FOR_KNOWN);
            let edit = Edit { skip_required: true, ..body.done(edit)? };
            let State { audience, settings, .. } = state;
            audience.update(&held, &edit, source, settings, now).map(|_| ())
        })
    }

    /// A value gets into a member that nobody examined, as by an import: an address without a street, say.
    /// `None` empties the field.
    ///
    /// # Errors
    /// If there is no such member or no field of this tag.
    pub fn import_value(&self, name: &str, tag: &str, value: Option<Json>) -> Result<(), Problem> {
        self.with(|state, now| {
            let audience = &mut state.audience;
            let (held, field) =
                (audience.get(name)?, audience.fields.tagged(tag).ok_or_else(Problem::not_found)?.id);
            audience.put_raw(&held, [(field, value)], now);
            Ok(())
        })
    }

    /// The person leaves by the link in a mail. No app can subscribe them again.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn unsubscribe(&self, name: &str) -> Result<(), Problem> {
        self.place(name, Source::User, Some(NO_REASON), Standing::leave)
    }

    /// The person reports a mail as spam, which is leaving too.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn complain(&self, name: &str) -> Result<(), Problem> {
        self.place(name, Source::User, Some(COMPLAINT), Standing::leave)
    }

    /// Somebody of the account unsubscribes a member: an app can take that back.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn unsubscribe_by_admin(&self, name: &str) -> Result<(), Problem> {
        let unsubscribed = |held: Standing| Standing { status: Status::Unsubscribed, bar: held.bar };
        self.place(name, Source::Admin, None, unsubscribed)
    }

    /// The person signs up at the form, which is always possible: also after leaving, and after having
    /// been deleted for good. Gives the contact id.
    ///
    /// # Errors
    /// If the address is none.
    pub fn resubscribe(&self, name: &str) -> Result<String, Problem> {
        self.with(|state, now| {
            let State { audience, settings, .. } = state;
            if let Some(held) = audience.find(name).cloned() {
                audience.place(&held, Standing::come_back(), None, Source::User, now);
                return Ok(held.contact_id.to_string());
            }
            audience.remember(name);
            let edit = Edit { email: Some(name.to_owned()), skip_required: true, ..Edit::default() };
            let made = audience.create(&edit, Status::Subscribed, &[], Source::User, settings, now)?;
            Ok(made.contact_id.to_string())
        })
    }

    /// The person clicks the link in the mail that asks for a confirmation.
    ///
    /// # Errors
    /// If there is no such member, or it was not asked.
    pub fn confirm(&self, name: &str) -> Result<(), Problem> {
        self.with(|state, now| {
            let held = state.audience.get(name)?;
            if held.status() != Status::Pending {
                return Err(Problem::bad_request("This member was not asked to confirm."));
            }
            state.audience.place(&held, Standing::come_back(), None, Source::User, now);
            Ok(())
        })
    }

    /// A mail comes back for good.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn clean(&self, name: &str) -> Result<(), Problem> {
        self.place(name, Source::Admin, None, |_| Standing::bounce())
    }

    /// Somebody of the account puts a member away.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn archive(&self, name: &str) -> Result<(), Problem> {
        self.place(name, Source::Admin, None, |held| Standing { status: Status::Archived, bar: held.bar })
    }

    /// Somebody of the account takes a member out of the archive: subscribed again, or unsubscribed if it
    /// may not be. The old status is not kept anywhere.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn restore(&self, name: &str) -> Result<(), Problem> {
        let back = |held: Standing| {
            let unsubscribed = Standing { status: Status::Unsubscribed, bar: held.bar };
            held.set(Status::Subscribed).unwrap_or(unsubscribed)
        };
        self.place(name, Source::Admin, None, back)
    }

    /// Somebody of the account deletes a member for good: no app can import the address again.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn delete_permanently(&self, name: &str) -> Result<(), Problem> {
        self.with(|state, now| {
            let held = state.audience.get(name)?;
            state.audience.forget(&held, Source::Admin, now);
            Ok(())
        })
    }

    /// A member drops out of every listing without having been deleted: an index that lost it. A read by
    /// name still gives it, and its next change shows it again.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn hide(&self, name: &str) -> Result<(), Problem> {
        self.with(|state, now| {
            let held = state.audience.get(name)?;
            state.audience.listing.settle(now.ms);
            state.audience.listing.lose(&held.contact_id);
            Ok(())
        })
    }

    /// The address signs up at very many other audiences: for a day, Mailchimp lets no app sign it up.
    pub fn crowd(&self, email: &str) {
        self.with(|state, now| state.audience.crowd(email, now));
    }

    /// Somebody of the account puts a tag on a member; a tag that does not exist is made.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn tag(&self, name: &str, tag: &str) -> Result<(), Problem> {
        self.with(|state, now| {
            let audience = &mut state.audience;
            let held = audience.get(name)?;
            let id = audience.tags.ensure(tag, now.seconds())?;
            audience.retag(&held, &[id], &[], now);
            Ok(())
        })
    }

    /// Somebody of the account takes a tag off.
    ///
    /// # Errors
    /// If there is no such member.
    pub fn untag(&self, name: &str, tag: &str) -> Result<(), Problem> {
        self.with(|state, now| {
            let audience = &mut state.audience;
            let held = audience.get(name)?;
            let off: Vec<TagId> = audience.tags.named(tag).map(|tag| tag.id).into_iter().collect();
            audience.retag(&held, &[], &off, now);
            Ok(())
        })
    }

    /// The tags of a member, sorted; none if there is no such member.
    #[must_use]
    pub fn tags(&self, name: &str) -> BTreeSet<String> {
        self.with(|state, _| {
            let audience = &state.audience;
            let ids = audience.find(name).into_iter().flat_map(|member| member.tags.keys());
            ids.map(|id| audience.tags.name(*id).to_owned()).collect()
        })
    }

    /// Somebody of the account adds a merge field: its tag, its name and its type. `options` as in
    /// `POST …/merge-fields`.
    ///
    /// # Errors
    /// If the tag is taken, or is none.
    pub fn add_field(&self, tag: &str, name: &str, kind: FieldType, options: &Json) -> Result<(), Problem> {
        self.with(|state, _| {
            let fields = &mut state.audience.fields;
            let tag = fields.free_tag(Some(tag), None)?;
            let id = fields.insert(tag, name.to_owned(), kind.0);
            fields.get_mut(id)?.options.extend(object(options));
            Ok(())
        })
    }

    /// Somebody of the account changes the options of a merge field, its choices say. What members hold stays as
    /// it is.
    ///
    /// # Errors
    /// If there is no field of this tag.
    pub fn change_field(&self, tag: &str, options: &Json) -> Result<(), Problem> {
        self.with(|state, _| {
            let fields = &mut state.audience.fields;
            let id = fields.tagged(tag).ok_or_else(Problem::not_found)?.id;
            fields.get_mut(id)?.options.extend(object(options));
            Ok(())
        })
    }

    /// Somebody of the account makes a merge field required, or no longer.
    ///
    /// # Errors
    /// If there is no field of this tag.
    pub fn set_required(&self, tag: &str, required: bool) -> Result<(), Problem> {
        self.with(|state, _| {
            let fields = &mut state.audience.fields;
            let id = fields.tagged(tag).ok_or_else(Problem::not_found)?.id;
            fields.get_mut(id)?.required = required;
            Ok(())
        })
    }

    /// The user disconnects every app and disables the key: nothing works any more.
    pub fn revoke(&self) {
        self.with(|state, _| state.oauth.revoke_all());
    }

    /// Every member as the API would show it, by contact id.
    #[must_use]
    pub fn dump(&self) -> BTreeMap<String, Json> {
        self.with(|state, _| {
            let members = state.audience.members();
            members.map(|member| (member.contact_id.to_string(), whole(state, member))).collect()
        })
    }

    /// One member, in the same way.
    #[must_use]
    pub fn contact(&self, name: &str) -> Option<Json> {
        self.with(|state, _| state.audience.find(name).map(|member| whole(state, member)))
    }

    /// The status of a member.
    #[must_use]
    pub fn status(&self, name: &str) -> Option<Status> {
        self.with(|state, _| state.audience.find(name).map(|member| member.status()))
    }

    /// How many webhook messages wait to be delivered, and how many were given up.
    #[must_use]
    pub fn deliveries(&self) -> (usize, u64) {
        self.with(|state, _| state.audience.hooks.counts())
    }

    /// How much there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.with(|state, _| {
            let audience = &state.audience;
            let count = |status| audience.members().filter(|member| member.status() == status).count();
            Counts {
                members: audience.members().count(),
                subscribed: count(Status::Subscribed),
                archived: count(Status::Archived),
                forgotten: audience.forgotten(),
                tags: audience.tags.all().count(),
            }
        })
    }

    fn place(
        &self,
        name: &str,
        source: Source,
        reason: Option<&str>,
        standing: impl FnOnce(Standing) -> Standing,
    ) -> Result<(), Problem> {
        self.with(|state, now: &Now| {
            let held: Arc<Member> = state.audience.get(name)?;
            state.audience.place(&held, standing(held.standing), reason, source, now);
            Ok(())
        })
    }
}

fn object(json: &Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap_or_default()
}

fn whole(state: &State, member: &Member) -> Json {
    view::member(member, &state.audience, &state.settings)
}
