//! What the Drift connector is built from.
//!
//! Every switch stands for a fact that Drift does not document; its default is what was seen or is safest.

use super::wire::fault::Fault;
use crate::auth::{Credentials, TokenOptions};
use crate::contract::{TagLimits, TagOrigin};
use crate::http::{Answer, HttpConfig, Rate, RetryPolicy, Verdict, judge_by_status};
use std::num::NonZeroU32;
use std::time::Duration;
use syntony_core::ids::{AppName, FieldName};
use url::Url;

/// Where the API lives (<https://devdocs.drift.com/docs/using-drift-apis>).
pub const BASE_URL: &str = "https://driftapi.com";
/// Where tokens come from (<https://devdocs.drift.com/docs/authentication-and-scopes>).
pub const TOKEN_URL: &str = "https://driftapi.com/oauth2/token";
/// Where an admin of the workspace allows it (<https://devdocs.drift.com/docs/authentication-and-scopes>). The scopes are
/// those of the app's settings; there is no parameter for them.
pub const AUTHORIZE_URL: &str = "https://dev.drift.com/authorize";
/// The scopes that a sync takes. `all_contact_read` lists the attributes and shows contacts that never chatted.
pub const SCOPES: [&str; 4] = ["contact_read", "all_contact_read", "contact_write", "conversation_read"];

/// What the webhook `user_unsubscribed` takes beside them.
const OPT_OUT_SCOPE: &str = "user_read";

/// Calls per minute. Drift publishes no number, so this one is ours: modest enough for a shared account.
const DEFAULT_CALLS_PER_MINUTE: u32 = 600;
/// Calls at once after a pause.
const DEFAULT_BURST_CALLS: u32 = 10;
/// Calls in flight.
const DEFAULT_CONCURRENCY_CALLS: usize = 4;
/// How far behind the newest known conversation a poll looks again, in seconds: for conversations that show
/// up late in the list.
const DEFAULT_OVERLAP_SECONDS: u32 = 300;
/// How long a new contact may be missing from the look-up by e-mail, in seconds. Not documented.
const DEFAULT_VISIBILITY_LAG_SECONDS: u64 = 30;

/// What the Drift connector is built from.
#[derive(Clone)]
pub struct DriftConfig {
    /// The app's name in the configuration.
    pub app: AppName,
    /// Where the API lives.
    pub base_url: Url,
    /// Who we are.
    pub credentials: Credentials,
    /// How tokens are refreshed, and who is told of rotated ones.
    pub tokens: TokenOptions,
    /// How fast calls go out.
    pub rate: Rate,
    /// How many calls may be in flight at once; at least one.
    pub concurrency_calls: usize,
    /// How often and how long a call is tried.
    pub retry: RetryPolicy,
    /// Where a contact's tags live.
    pub tags: TagStore,
    /// Under which names the account keeps what rules speak of.
    pub names: AttributeNames,
    /// Attributes that are mapped or that rules look at: observed as empty on contacts that lack them, as those
    /// are that the account lists and that can be written.
    pub extra_fields: Vec<FieldName>,
    /// What a 404 for a known contact means.
    pub not_found: NotFound,
    /// How days are written.
    pub date_form: DateForm,
    /// Whether somebody takes Drift's webhooks in.
    pub opt_outs: OptOuts,
    /// How far behind the newest known conversation a poll looks again, in seconds.
    pub overlap_seconds: u32,
    /// How long a new contact may be missing from the look-up by e-mail, in seconds.
    pub visibility_lag_seconds: u64,
}

/// Where a contact's tags live: Drift replaced contact tags by attributes
/// (<https://devdocs.drift.com/docs/contact-model>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagStore {
    /// In Drift's own contact tags, through endpoints that its documents do not list any more.
    Endpoint,
    /// In a text attribute of this name, as `one tag; another tag`. A tag with a semicolon cannot be held.
    Attribute(FieldName),
}

/// The attribute that shows Drift's own tags.
pub(super) const TAGS: &str = "tags";
/// What stands between two tags in an attribute.
pub(super) const TAG_SEPARATOR: char = ';';

impl TagStore {
    /// Which tags can be held. Drift's own ones have to be known to the workspace, and nothing lists them
    /// (<https://devdocs.drift.com/docs/contact-errors>, CONTACT-9).
    pub(super) fn limits(&self) -> TagLimits {
        match self {
            TagStore::Endpoint => TagLimits {
                field: Some(FieldName::from(TAGS)),
                origin: TagOrigin::ByHand,
                ..TagLimits::default()
            },
            TagStore::Attribute(name) => TagLimits::default().within(name.clone(), TAG_SEPARATOR),
        }
    }
}

/// Under which names an account keeps what rules speak of; no document names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeNames {
    /// The score of a conversation-qualified lead: -1, 1, 2 or 3. Set by bots and agents, never by us.
    pub cql_score: FieldName,
    /// Where such a lead came from.
    pub cql_source: FieldName,
    /// The stage of a lead.
    pub lead_stage: FieldName,
}

impl Default for AttributeNames {
    fn default() -> Self {
        Self {
            cql_score: "cql_score".into(),
            cql_source: "cql_source".into(),
            lead_stage: "lead_stage".into(),
        }
    }
}

/// What a 404 for a known contact means. Drift's own words are *not found or not allowed to view*
/// (<https://devdocs.drift.com/docs/contact-errors>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// It cannot be said.
    Unknown,
    /// It is gone. Right only for a token that may read every contact, and for an admin who knows it.
    Gone,
}

/// Whether it becomes known who opts out. Drift tells it once, by the webhook `user_unsubscribed`, and shows it in no record; the
/// engine then keeps it with the contact. That somebody resubscribed is told by nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOuts {
    /// Nobody takes the webhooks in.
    Untold,
    /// Webhooks are taken in, from now on.
    ByWebhook,
}

/// How days are written; they are read in both forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateForm {
    /// As milliseconds since 1970 of the day's first moment in UTC, like Drift's own moments.
    EpochMillis,
    /// As `1990-04-15`.
    Iso,
}

impl DriftConfig {
    /// The given app with the given credentials, everything else as usual.
    ///
    /// # Errors
    /// Never in practice: the compiled-in address is an address.
    pub fn new(app: AppName, credentials: Credentials) -> Result<Self, url::ParseError> {
        Ok(Self {
            app,
            base_url: Url::parse(BASE_URL)?,
            credentials,
            tokens: TokenOptions::default(),
            rate: default_rate(),
            concurrency_calls: DEFAULT_CONCURRENCY_CALLS,
            retry: RetryPolicy::default(),
            tags: TagStore::Endpoint,
            names: AttributeNames::default(),
            extra_fields: Vec::new(),
            not_found: NotFound::Unknown,
            date_form: DateForm::EpochMillis,
            opt_outs: OptOuts::Untold,
            overlap_seconds: DEFAULT_OVERLAP_SECONDS,
            visibility_lag_seconds: DEFAULT_VISIBILITY_LAG_SECONDS,
        })
    }

    pub(super) fn http(&self) -> HttpConfig {
        let mut config = HttpConfig::new(self.app.clone(), self.base_url.clone(), self.rate);
        config.concurrency_calls = self.concurrency_calls;
        config.retry = self.retry;
        config.judge = judge;
        config
    }

    /// The scopes that this configuration takes.
    pub(super) fn scopes(&self) -> Vec<&'static str> {
        let opt_outs = (self.opt_outs == OptOuts::ByWebhook).then_some(OPT_OUT_SCOPE);
        SCOPES.into_iter().chain(opt_outs).collect()
    }

    pub(super) fn overlap_ms(&self) -> i64 {
        i64::from(self.overlap_seconds) * 1_000
    }
}

/// The rate that an app has unless its configuration says otherwise.
#[must_use]
pub fn default_rate() -> Rate {
    let cells = NonZeroU32::new(DEFAULT_CALLS_PER_MINUTE).unwrap_or(NonZeroU32::MIN);
    let burst = NonZeroU32::new(DEFAULT_BURST_CALLS).unwrap_or(NonZeroU32::MIN);
    Rate { cells, period: Duration::from_secs(60), burst }
}

/// Two of Drift's codes say more than their status does.
fn judge(answer: &Answer) -> Verdict {
    let fault = Fault::of(answer);
    // One contact that may not be viewed is no reason to renew the token, and a value that Drift stumbles
    // over would make it stumble again.
    if fault.is_not_viewable() || fault.is_bad_value() { Verdict::Refused } else { judge_by_status(answer) }
}
