//! Everything a workspace holds, and what the API's calls do to it.
//!
//! No HTTP and no clock here: every call is told the time. A call that is refused changes nothing.

use super::attributes::{Catalogue, Normalise};
use super::contacts::{Contact, Contacts, Diff, NewContact};
use super::conversations::Conversations;
use super::events::{Events, Happening};
use super::problem::{ContactCode, Problem};
use super::settings::{
    ApiWriteEvents, ContactRead, DeletedContacts, LegacyTags, RateLimit, RetryAfter, Scope, Settings,
};
use super::tokens::Tokens;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// The window of a [`RateLimit`].
const QUOTA_WINDOW_MS: i64 = 60_000;

/// One workspace.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) settings: Settings,
    pub(super) contacts: Contacts,
    pub(super) conversations: Conversations,
    pub(super) catalogue: Catalogue,
    pub(super) events: Events,
    pub(super) tokens: Tokens,
    /// Tags that can be put on contacts; made in the vendor's settings page only.
    pub(super) tags: BTreeSet<String>,
    /// Lower-cased addresses that get no e-mail any more. The API cannot take one off.
    pub(super) unsubscribed: BTreeSet<String>,
    errors: u64,
    quota: Quota,
}

/// How much of a [`RateLimit`] is used up.
#[derive(Debug, Default)]
struct Quota {
    window_start_ms: i64,
    calls: u32,
}

/// The two ways to name a contact.
#[derive(Clone, Debug)]
pub(super) enum Name {
    /// The vendor's id.
    Id(i64),
    /// The id that the customer gave it.
    External(String),
}

impl Store {
    pub(super) fn new(settings: Settings, now_ms: i64) -> Self {
        Self {
            tokens: Tokens::new(&settings, now_ms),
            settings,
            contacts: Contacts::default(),
            conversations: Conversations::default(),
            catalogue: Catalogue::default(),
            events: Events::default(),
            tags: BTreeSet::new(),
            unsubscribed: BTreeSet::new(),
            errors: 0,
            quota: Quota::default(),
        }
    }

    /// `POST /contacts`. <https://devdocs.drift.com/docs/creating-a-contact>
    pub(super) fn create(
        &mut self,
        mut sent: Map<String, Json>,
        normalise: Normalise,
        now_ms: i64,
    ) -> Result<Json, Problem> {
        let external_id = match sent.remove("externalId") {
            None | Some(Json::Null) => None,
            Some(Json::String(text)) if !text.is_empty() => Some(text),
            Some(_) => return Err(Problem::contact(ContactCode::Malformed, "externalId is not a text")),
        };
        match sent.get("email") {
            None | Some(Json::Null) => {
                return Err(Problem::contact(ContactCode::NoEmail, "email is required"));
            }
            Some(email) => check_email(email)?,
        }
        let edits = self.catalogue.accept(&sent, self.settings.null_patch, normalise)?;
        let new = NewContact { external_id, in_chat: false, edits };
        let id = self.contacts.create(new, self.settings.email_filter, now_ms)?;
        self.contacts.get(id).map(|contact| self.shown(contact)).ok_or_else(Problem::no_such_contact)
    }

    /// `PATCH /contacts/{id}`: only the keys that were sent change, and the answer shows the new values
    /// under the old version. An address that another contact has is taken as it is: nothing says that it
    /// would be refused.
    pub(super) fn patch(
        &mut self,
        name: &Name,
        sent: &Map<String, Json>,
        normalise: Normalise,
        now_ms: i64,
    ) -> Result<Json, Problem> {
        let contact = self.named(name)?;
        let (id, old_version) = (contact.id, contact.version);
        if let Some(email) = sent.get("email").filter(|email| !email.is_null()) {
            check_email(email)?;
        }
        let edits = self.catalogue.accept(sent, self.settings.null_patch, normalise)?;
        let diff = self.contacts.change(id, edits).ok_or_else(Problem::no_such_contact)?;
        if self.settings.api_write_events == ApiWriteEvents::Sent {
            self.announce(id, &diff, now_ms);
        }
        let contact = self.contacts.get(id).ok_or_else(Problem::no_such_contact)?;
        Ok(contact.wire_at(old_version, self.settings.legacy_tags))
    }

    /// `DELETE /contacts/{id}`: out of the contacts view, which is not erasure.
    pub(super) fn delete(&mut self, id: i64) -> Result<(), Problem> {
        let id = self.named(&Name::Id(id))?.id;
        self.contacts.set_deleted(id, true).ok_or_else(Problem::no_such_contact)
    }

    /// The legacy tag calls: puts on names that are known, takes off whatever is there.
    pub(super) fn retag(&mut self, id: i64, on: &[String], off: &[String]) -> Result<Json, Problem> {
        let id = self.named(&Name::Id(id))?.id;
        if on.iter().any(|tag| !self.tags.contains(tag)) {
            return Err(Problem::contact(ContactCode::BadTag, "tag name is not a known tag"));
        }
        let contact = self.contacts.retag(id, on, off).ok_or_else(Problem::no_such_contact)?;
        Ok(contact.tags_wire())
    }

    /// The contact of this name, as far as the API still shows it.
    pub(super) fn named(&self, name: &Name) -> Result<&Contact, Problem> {
        let contact = match name {
            Name::Id(id) => self.contacts.get(*id),
            Name::External(external_id) => self.contacts.get_external(external_id),
        };
        contact
            .filter(|contact| match self.settings.deleted_contacts {
                DeletedContacts::ReadableById => true,
                DeletedContacts::NotFound => !contact.deleted,
            })
            .ok_or_else(Problem::no_such_contact)
    }

    /// Whether a caller with these scopes sees the contact.
    pub(super) fn shows(&self, contact: &Contact, scopes: &BTreeSet<Scope>) -> bool {
        scopes.contains(&Scope::AllContactRead)
            || match self.settings.contact_read {
                ContactRead::Everyone => true,
                ContactRead::ChatOnly => contact.in_chat,
            }
    }

    /// A contact as the API shows it.
    pub(super) fn shown(&self, contact: &Contact) -> Json {
        contact.wire(self.settings.legacy_tags)
    }

    /// Whether the legacy tag endpoints exist.
    pub(super) fn has_tag_endpoints(&self) -> bool {
        self.settings.legacy_tags == LegacyTags::On
    }

    /// Tells the webhook of changed attributes, if any.
    pub(super) fn announce(&mut self, contact_id: i64, diff: &[Diff], at_ms: i64) {
        if !diff.is_empty() {
            self.events.push(&Happening::Updated { contact_id, diff, at_ms }, &self.settings);
        }
    }

    /// Counts an error, for the form of its body.
    pub(super) fn next_error(&mut self) -> u64 {
        let turn = self.errors;
        self.errors += 1;
        turn
    }

    /// Counts a call against the quota.
    pub(super) fn spend(&mut self, now_ms: i64) -> Result<(), Problem> {
        let Some(RateLimit { calls_per_minute, retry_after }) = self.settings.rate_limit else {
            return Ok(());
        };
        let window_end_ms = self.quota.window_start_ms + QUOTA_WINDOW_MS;
        if now_ms >= window_end_ms {
            self.quota = Quota { window_start_ms: now_ms, calls: 0 };
        } else if self.quota.calls >= calls_per_minute {
            let wait_seconds = u32::try_from((window_end_ms - now_ms + 999) / 1_000).unwrap_or(u32::MAX);
            let retry_after_seconds = match retry_after {
                RetryAfter::Sent => Some(wait_seconds),
                RetryAfter::Absent => None,
            };
            return Err(Problem::RateLimited { retry_after_seconds });
        }
        self.quota.calls += 1;
        Ok(())
    }
}

/// An address must at least look like one. How exactly the vendor checks is not documented.
fn check_email(email: &Json) -> Result<(), Problem> {
    match email.as_str().map(str::trim) {
        Some("") => Err(Problem::contact(ContactCode::NoEmail, "email is required")),
        Some(text)
            if text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()) =>
        {
            Ok(())
        }
        Some(_) | None => Err(Problem::contact(ContactCode::Malformed, "email is not valid")),
    }
}
