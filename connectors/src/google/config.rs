//! What the Google connector is built from.
//!
//! Every switch stands for a fact that Google does not document; its default is what was seen or is safest.

use crate::auth::{Credentials, TokenOptions};
use crate::http::{Answer, HttpConfig, Rate, RetryPolicy, Verdict, judge_by_status};
use std::num::NonZeroU32;
use std::time::Duration;
use syntony_core::ids::{AppName, FieldName};
use url::Url;

use super::wire::fault::Fault;

/// Where the People API lives.
pub const BASE_URL: &str = "https://people.googleapis.com";
/// Google's token endpoint (<https://developers.google.com/identity/protocols/oauth2/native-app>).
pub const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
/// Where a person allows it (<https://developers.google.com/identity/protocols/oauth2/native-app>).
pub const AUTHORIZE_URL: &str = "https://accounts.google.com/o/oauth2/v2/auth";
/// Where access is taken away again: all of it that this person gave to any client of the project.
pub const REVOKE_URL: &str = "https://oauth2.googleapis.com/revoke";
/// The scope that reading and writing contacts takes.
pub const SCOPE: &str = "https://www.googleapis.com/auth/contacts";

/// Critical reads (and as many critical writes) that Google grants a user per minute by default.
pub const DEFAULT_CELLS_PER_MINUTE: u32 = 90;
/// How many critical reads one batch of writes takes from that.
pub(super) const BATCH_COST_CELLS: u32 = 6;
/// The most contacts on a page (<https://developers.google.com/people/api/rest/v1/people.connections/list>).
pub const MAX_PAGE_CONTACTS: u16 = 1_000;
/// Calls in flight; writes go one at a time whatever this says.
const DEFAULT_CONCURRENCY_CALLS: usize = 4;
/// How long after a write the change feed and the search may still lack it, in seconds. Google says several
/// minutes at worst; five to fifteen seconds were measured.
pub const DEFAULT_VISIBILITY_LAG_SECONDS: u64 = 30;
/// How long to leave an account alone whose hidden write quota is used up, in seconds. It lasts for hours.
const QUOTA_PAUSE_SECONDS: u64 = 300;
/// How long a new label may be unknown to membership writes, in milliseconds.
const GROUP_SETTLE_MILLIS: u64 = 2_000;
/// How long the search wants to warm up, in milliseconds.
const SEARCH_WARM_UP_MILLIS: u64 = 2_000;
/// How long to wait before a contact that was refused as stale is read again, in milliseconds.
const STALE_PAUSE_MILLIS: u64 = 1_000;

/// What the Google connector is built from.
#[derive(Clone)]
pub struct GoogleConfig {
    /// The app's name in the configuration.
    pub app: AppName,
    /// Where the API lives, without the version path.
    pub base_url: Url,
    /// Who we are.
    pub credentials: Credentials,
    /// How tokens are refreshed, and who is told of rotated ones.
    pub tokens: TokenOptions,
    /// How fast calls go out, in critical reads: a page or a look-up takes one, a batch of writes six.
    pub rate: Rate,
    /// How many calls may be in flight at once.
    pub concurrency_calls: usize,
    /// How often and how long a call is tried.
    pub retry: RetryPolicy,
    /// Custom fields (`userDefined.KEY`) that are mapped: observed as empty on contacts that lack them.
    pub extra_fields: Vec<FieldName>,
    /// Contacts per page of a listing; at most [`MAX_PAGE_CONTACTS`].
    pub page_contacts: u16,
    /// How long a new contact may be missing from the feed and the search, in seconds.
    pub visibility_lag_seconds: u64,
    /// How long a label that was just created is left alone before contacts get it.
    pub group_settle: Duration,
    /// How long to wait between the search's warm-up and the first real query.
    pub search_warm_up: Duration,
    /// How long to wait before a contact refused as stale is read again: such refusals are often mistaken, and
    /// more so in quick succession.
    pub stale_pause: Duration,
    /// Whether a batch of creates that Google refuses was refused as a whole. If not, its other contacts are of
    /// unknown outcome and looked for later, rather than sent again.
    pub refused_batches_create_nothing: bool,
}

impl GoogleConfig {
    /// The given app with the given credentials, everything else as Google publishes it.
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
            extra_fields: Vec::new(),
            page_contacts: MAX_PAGE_CONTACTS,
            visibility_lag_seconds: DEFAULT_VISIBILITY_LAG_SECONDS,
            group_settle: Duration::from_millis(GROUP_SETTLE_MILLIS),
            search_warm_up: Duration::from_millis(SEARCH_WARM_UP_MILLIS),
            stale_pause: Duration::from_millis(STALE_PAUSE_MILLIS),
            refused_batches_create_nothing: true,
        })
    }

    pub(super) fn http(&self) -> HttpConfig {
        // A batch must fit into the bucket, or it would be charged for less than it takes.
        let batch = NonZeroU32::new(BATCH_COST_CELLS).unwrap_or(NonZeroU32::MIN);
        let rate = self.rate.with_burst(self.rate.burst.max(batch));
        let mut config = HttpConfig::new(self.app.clone(), self.base_url.clone(), rate);
        config.concurrency_calls = self.concurrency_calls;
        config.retry = self.retry;
        config.judge = judge;
        config
    }
}

/// What Google grants a user by default.
#[must_use]
pub fn default_rate() -> Rate {
    Rate::per_minute(NonZeroU32::new(DEFAULT_CELLS_PER_MINUTE).unwrap_or(NonZeroU32::MIN))
}

/// Google says "too fast" in several ways, and "the account is full" like a "too fast".
fn judge(answer: &Answer) -> Verdict {
    let by_status = judge_by_status(answer);
    match (answer.status(), by_status) {
        (429, _) => {
            let fault = Fault::of(answer);
            if fault.is_overflow() {
                Verdict::Refused
            } else if fault.is_account_quota() {
                Verdict::Exhausted { pause: Duration::from_secs(QUOTA_PAUSE_SECONDS) }
            } else {
                Verdict::Throttled
            }
        }
        (403, _) => {
            let fault = Fault::of(answer);
            if fault.is_daily_quota() {
                Verdict::Exhausted { pause: Duration::from_secs(QUOTA_PAUSE_SECONDS) }
            } else if fault.is_rate_limit() {
                Verdict::Throttled
            } else {
                Verdict::Refused
            }
        }
        // Two mutations at once: one of them is turned away before anything is done.
        (409, _) if Fault::of(answer).status == "ABORTED" => Verdict::Throttled,
        (_, verdict) => verdict,
    }
}
