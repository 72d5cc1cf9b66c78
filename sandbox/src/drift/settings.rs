//! What the vendor's documents leave open, as switches.
//!
//! Each switch names the question and its possible answers. The default is the answer that asks most of
//! a client while staying with what the documents say; where they say nothing at all, the doc comment
//! says so.

use std::collections::BTreeSet;

/// Lifetime of an access token that came from OAuth, in seconds.
pub const ACCESS_TOKEN_SECONDS: i64 = 7_200;

/// How one simulated workspace (Drift calls it an organization) behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The organization's number; a token belongs to it, not to a user.
    /// <https://devdocs.drift.com/docs/faqs>
    pub org_id: i64,
    /// The token of a privately installed app: it does not expire.
    pub private_token: String,
    /// What every token may do.
    pub scopes: BTreeSet<Scope>,
    /// The OAuth app.
    pub oauth: OauthApp,
    /// The verification token that webhooks carry.
    /// <https://devdocs.drift.com/docs/webhook-events-1>
    pub webhook_token: String,
    /// What a `null` in a PATCH does.
    pub null_patch: NullPatch,
    /// Whether `GET /contacts?email=` tells upper from lower case.
    pub email_filter: EmailFilter,
    /// Whether a contact that was deleted can still be read by its id.
    pub deleted_contacts: DeletedContacts,
    /// What `GET /contacts` without a filter does.
    pub bare_list: BareList,
    /// Which of the two generations of paging `GET /conversations/list` speaks.
    pub conversation_paging: ConversationPaging,
    /// Whether the endpoints for contact tags are still there.
    pub legacy_tags: LegacyTags,
    /// What stands in the body of an error.
    pub error_bodies: ErrorBodies,
    /// What a call without the scope it needs gets.
    pub missing_scope: MissingScope,
    /// Which contacts the scope `contact_read` alone shows.
    pub contact_read: ContactRead,
    /// What the data of an event about a contact is.
    pub contact_events: ContactEvents,
    /// Whether writes through the API are announced by `contact_updated`.
    pub api_write_events: ApiWriteEvents,
    /// A quota of calls, if there is to be one.
    pub rate_limit: Option<RateLimit>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            org_id: 1_012_345,
            private_token: "drift-sandbox-token".to_owned(),
            scopes: Scope::ALL.into_iter().collect(),
            oauth: OauthApp::default(),
            webhook_token: "drift-sandbox-webhook-token".to_owned(),
            null_patch: NullPatch::Ignore,
            email_filter: EmailFilter::Folded,
            deleted_contacts: DeletedContacts::ReadableById,
            bare_list: BareList::Refused,
            conversation_paging: ConversationPaging::Both,
            legacy_tags: LegacyTags::Gone,
            error_bodies: ErrorBodies::Mixed,
            missing_scope: MissingScope::Forbidden,
            contact_read: ContactRead::ChatOnly,
            contact_events: ContactEvents::Whole,
            api_write_events: ApiWriteEvents::Silent,
            rate_limit: None,
        }
    }
}

/// The OAuth app that the workspace has connected.
#[derive(Clone, Debug)]
pub struct OauthApp {
    /// Its id.
    pub client_id: String,
    /// Its secret; sent in the body, not by Basic authentication.
    pub client_secret: String,
    /// A refresh token that is valid from the start.
    pub refresh_token: String,
    /// The only redirect address that is accepted; `None` accepts any.
    pub redirect_uri: Option<String>,
    /// What the admin says on the page that asks.
    pub consent: Consent,
    /// What becomes of a refresh token that was used.
    pub rotation: Rotation,
}

impl Default for OauthApp {
    fn default() -> Self {
        Self {
            client_id: "drift-sandbox-client".to_owned(),
            client_secret: "drift-sandbox-secret".to_owned(),
            refresh_token: "drift-sandbox-refresh-token".to_owned(),
            redirect_uri: None,
            consent: Consent::Given,
            rotation: Rotation::Off,
        }
    }
}

/// What an admin says on the page that asks for access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Yes.
    Given,
    /// No. Drift does not document what follows; this is the standard's `access_denied`.
    Denied,
}

/// What becomes of a refresh token that was used. The documents say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It stays valid, and the answer carries no new one.
    Off,
    /// It dies with the answer, which carries its successor.
    On,
}

/// A permission of a token.
/// <https://devdocs.drift.com/docs/authentication-and-scopes>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Reads contacts that were identified in a chat.
    ContactRead,
    /// Reads every contact, and the attributes.
    AllContactRead,
    /// Creates, changes and deletes contacts.
    ContactWrite,
    /// Reads conversations.
    ConversationRead,
    /// Reads users; receives `user_unsubscribed`.
    UserRead,
}

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 5] = [
        Scope::ContactRead,
        Scope::AllContactRead,
        Scope::ContactWrite,
        Scope::ConversationRead,
        Scope::UserRead,
    ];

    /// As the API spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::ContactRead => "contact_read",
            Scope::AllContactRead => "all_contact_read",
            Scope::ContactWrite => "contact_write",
            Scope::ConversationRead => "conversation_read",
            Scope::UserRead => "user_read",
        }
    }
}

/// What a `null` in a PATCH does. The documents speak of "a key and a non-null value" only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullPatch {
    /// Nothing, with success: the value stays.
    Ignore,
    /// The attribute is gone afterwards.
    Clear,
    /// The whole write is refused with 400.
    Refuse,
}

/// Whether the filter by e-mail tells upper from lower case. The documents say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailFilter {
    /// `A@x.test` finds `a@x.test`.
    Folded,
    /// It does not.
    Exact,
}

/// Whether a deleted contact can be read by its id. Deleting only takes it out of the contacts view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletedContacts {
    /// As if nothing had happened: a client cannot see the deletion.
    ReadableById,
    /// 404 CONTACT-1.
    NotFound,
}

/// What `GET /contacts` without a filter does. An undocumented left-over of a list that once was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BareList {
    /// 400 CONTACT-11.
    Refused,
    /// It lists, with `limit`, `cursor` and a `Link` header.
    Listed,
}

/// Which generation of paging the list of conversations speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationPaging {
    /// `page_token` (also an empty one) asks for the current one, its absence for the old one.
    Both,
    /// Only the current one: a call without `page_token` is a 400.
    /// <https://devdocs.drift.com/docs/list-conversations>
    Current,
    /// Only the old one: `page_token` is a 400.
    /// <https://devdocs.drift.com/docs/listing-conversations>
    Old,
}

/// Whether contact tags are still there; the documents say that attributes replaced them.
/// <https://devdocs.drift.com/docs/contact-model>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyTags {
    /// The endpoints answer 404.
    Gone,
    /// They work.
    On,
}

/// What stands in the body of an error. Several forms are documented or have been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorBodies {
    /// `{"error": {"type", "message"}}`.
    Object,
    /// `{"errors": [{"type", "message"}]}`.
    List,
    /// Nothing at all.
    Empty,
    /// Each in turn, so that nobody relies on one of them.
    Mixed,
}

/// What a call without the scope it needs gets; the documents contradict each other.
/// <https://devdocs.drift.com/docs/contact-errors>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingScope {
    /// 403 `authentication_error`.
    Forbidden,
    /// 401 CONTACT-2.
    Unauthorized,
    /// 404 CONTACT-1, as if there were no such contact.
    NotFound,
}

/// Which contacts the scope `contact_read` alone shows; inferred from the scopes' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactRead {
    /// Those that were identified in a chat; any other is 404 CONTACT-1.
    ChatOnly,
    /// All of them.
    Everyone,
}

/// What the data of `contact_identified` is; both have been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactEvents {
    /// The contact.
    Whole,
    /// `endUserId` alone.
    IdOnly,
}

/// Whether a write through the API is announced by `contact_updated`. The documents say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiWriteEvents {
    /// It is not.
    Silent,
    /// It is: our own writes come back as events.
    Sent,
}

/// A quota of calls; Drift publishes no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls in one minute.
    pub calls_per_minute: u32,
    /// Whether the refusal says when to come back; no document says that it does.
    pub retry_after: RetryAfter,
}

/// Whether a 429 carries `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// It does.
    Sent,
    /// It does not.
    Absent,
}
