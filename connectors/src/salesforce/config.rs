//! What the Salesforce connector is built from.
//!
//! Every switch stands for a choice that the customer's organisation makes, or for a fact that Salesforce does
//! not document; its default is what most organisations have, or what is safest.

use crate::auth::{Credentials, TokenOptions};
use crate::error::ConnectorError;
use crate::http::{Answer, HttpConfig, Rate, RetryPolicy, Verdict, judge_by_status};
use std::num::NonZeroU32;
use std::time::Duration;
use syntony_core::ids::{AppName, FieldName};
use url::{Host, Url};

use super::wire::fault::Fault;
pub use super::wire::object::SObject;

/// Where one signs in, unless the organisation has a domain of its own to do it at.
pub const LOGIN_URL: &str = "https://login.salesforce.com";
/// Where tokens are, below the address one signs in at
/// (<https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_endpoints.htm>).
const TOKEN_PATH: &str = "/services/oauth2/token";
const AUTHORIZE_PATH: &str = "/services/oauth2/authorize";
const REVOKE_PATH: &str = "/services/oauth2/revoke";
/// What a sync takes: the API, and a refresh token to go on with
/// (<https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_tokens_scopes.htm>).
pub const SCOPE: &str = "api refresh_token";
/// The domains that an organisation's API can be under.
const API_DOMAINS: [&str; 4] = ["salesforce.com", "force.com", "salesforce.mil", "cloudforce.com"];

/// The most rows on a page of a query
/// (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_queryoptions.htm>).
pub const MAX_PAGE_CONTACTS: u16 = 2_000;
/// The part of the daily quota that is left to others, in percent.
pub const DEFAULT_RESERVE_PERCENT: u8 = 10;
/// Above so many creates in one write, the asynchronous bulk interface takes them
/// (<https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet>).
pub const DEFAULT_BULK_ABOVE_CREATES: usize = 2_000;
/// How long a bulk job is waited for, in seconds.
pub const MAX_BULK_WAIT_SECONDS: u64 = 1_800;
/// How long to wait before a bulk job is looked at for the first time, in milliseconds; it grows from there.
const BULK_POLL_MILLIS: u64 = 1_000;
/// How long a new contact may be missing from a query, in seconds. A row can be read as soon as its transaction
/// is committed; a minute covers a create whose answer was lost while it was still being worked on.
pub const DEFAULT_VISIBILITY_LAG_SECONDS: u64 = 60;
/// Calls per second: Salesforce limits the day, not the second, and this is only good manners.
const DEFAULT_CALLS_PER_SECOND: u32 = 20;
/// Calls in flight. Salesforce counts those that run for twenty seconds or longer, and grants five of them to
/// the smallest organisations.
const DEFAULT_CONCURRENCY_CALLS: usize = 4;
/// How long to leave an organisation alone whose quota is used up, in seconds. The day is a rolling one, so a
/// little comes back all the time.
const QUOTA_PAUSE_SECONDS: u64 = 600;

/// Headers of answers that are read: how much of the quota is used, Salesforce's clock, and the pages of bulk
/// results.
const KEPT_HEADERS: &[&str] = &["Sforce-Limit-Info", "Date", "Sforce-Locator", "Sforce-NumberOfRecords"];

/// Where a contact's tags live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagStore {
    /// Topics.
    Topics,
    /// Campaign membership.
    Campaigns,
    /// A multi-select picklist of this API name; its options are the tags.
    Field(FieldName),
}

/// How contacts are updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updates {
    /// Each update names the version it was planned for, and Salesforce refuses it when that is outdated.
    Guarded,
    /// Eight times as many contacts in one call; what changed is only looked for right before.
    Collections,
}

/// What the Salesforce connector is built from.
#[derive(Clone)]
pub struct SalesforceConfig {
    /// The app's name in the configuration.
    pub app: AppName,
    /// Contacts or leads.
    pub object: SObject,
    /// Where the API lives, without the version path. `None`: the sign-in tells it, and is believed if it names
    /// a host of Salesforce's or the one that was signed in at.
    pub base_url: Option<Url>,
    /// Who we are.
    pub credentials: Credentials,
    /// How tokens are refreshed, and who is told of rotated ones.
    pub tokens: TokenOptions,
    /// How fast calls go out.
    pub rate: Rate,
    /// How many calls may be in flight at once.
    pub concurrency_calls: usize,
    /// How often and how long a call is tried.
    pub retry: RetryPolicy,
    /// Fields that are mapped beside the standard ones.
    pub extra_fields: Vec<FieldName>,
    /// Where tags live.
    pub tags: TagStore,
    /// Contacts per page of a listing; at most [`MAX_PAGE_CONTACTS`].
    pub page_contacts: u16,
    /// How much of the daily quota is never used, in percent.
    pub reserve_percent: u8,
    /// How contacts are updated.
    pub updates: Updates,
    /// A custom text field, marked as a unique external id, that keeps the key of the op which created the contact.
    pub marker_field: Option<FieldName>,
    /// How long a new contact may be missing from queries, in seconds.
    pub visibility_lag_seconds: u64,
    /// Above so many creates in one write, the bulk interface takes them.
    pub bulk_above_creates: usize,
    /// How long to wait before a bulk job is looked at for the first time.
    pub bulk_poll: Duration,
    /// How long a bulk job is waited for.
    pub bulk_wait: Duration,
}

impl SalesforceConfig {
    /// The given app with the given credentials, everything else as Salesforce publishes it.
    #[must_use]
    pub fn new(app: AppName, object: SObject, credentials: Credentials) -> Self {
        Self {
            app,
            object,
            base_url: None,
            credentials,
            tokens: TokenOptions::default(),
            rate: Rate::per_second(NonZeroU32::new(DEFAULT_CALLS_PER_SECOND).unwrap_or(NonZeroU32::MIN)),
            concurrency_calls: DEFAULT_CONCURRENCY_CALLS,
            retry: RetryPolicy::default(),
            extra_fields: Vec::new(),
            tags: TagStore::Topics,
            page_contacts: MAX_PAGE_CONTACTS,
            reserve_percent: DEFAULT_RESERVE_PERCENT,
            updates: Updates::Guarded,
            marker_field: None,
            visibility_lag_seconds: DEFAULT_VISIBILITY_LAG_SECONDS,
            bulk_above_creates: DEFAULT_BULK_ABOVE_CREATES,
            bulk_poll: Duration::from_millis(BULK_POLL_MILLIS),
            bulk_wait: Duration::from_secs(MAX_BULK_WAIT_SECONDS),
        }
    }

    /// The token options with what decides where the API is.
    pub(super) fn token_options(&self) -> TokenOptions {
        let api_url: Option<crate::auth::AcceptApiUrl> = match self.base_url {
            Some(_) => None,
            None => Some(accept_api_url),
        };
        TokenOptions { api_url, ..self.tokens.clone() }
    }

    /// # Errors
    /// [`ConnectorError::Permanent`] where nothing says where the API is.
    pub(super) fn http(&self) -> Result<HttpConfig, ConnectorError> {
        let base_url = match (&self.base_url, &self.credentials) {
            (Some(base_url), _) => base_url.clone(),
            // Never asked itself: each call goes where the token answer says.
            (None, Credentials::Refresh(given)) => origin(&given.token_url),
            (None, Credentials::Client(given)) => origin(&given.token_url),
            (None, Credentials::Token(_) | Credentials::Basic { .. }) => {
                return Err(ConnectorError::Permanent {
                    reason: "an access token alone does not say where the organisation's API is: set `instance_url`"
                        .to_owned(),
                });
            }
        };
        let mut config = HttpConfig::new(self.app.clone(), base_url, self.rate);
        config.concurrency_calls = self.concurrency_calls;
        config.retry = self.retry;
        config.judge = judge;
        config.kept_headers = KEPT_HEADERS;
        Ok(config)
    }
}

/// The token endpoint of the place one signs in at.
#[must_use]
pub fn token_url(login_url: &Url) -> Url {
    below(login_url, TOKEN_PATH)
}

/// The page of the place one signs in at where a person allows it.
#[must_use]
pub fn authorize_url(login_url: &Url) -> Url {
    below(login_url, AUTHORIZE_PATH)
}

/// Where access is taken away again: one grant.
#[must_use]
pub fn revoke_url(login_url: &Url) -> Url {
    below(login_url, REVOKE_PATH)
}

fn below(login_url: &Url, path: &str) -> Url {
    let mut url = login_url.clone();
    url.set_path(&format!("{}{path}", login_url.path().trim_end_matches('/')));
    url
}

fn origin(token_url: &Url) -> Url {
    let mut url = token_url.clone();
    url.set_path("");
    url
}

/// Whether an organisation's API can be there.
fn accept_api_url(token_url: &Url, api_url: &Url) -> bool {
    let of_salesforce = |host: &str| {
        API_DOMAINS.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}")))
    };
    match api_url.host() {
        Some(Host::Domain(host)) if api_url.scheme() == "https" && of_salesforce(host) => true,
        Some(_) => api_url.host() == token_url.host() && api_url.scheme() == token_url.scheme(),
        None => false,
    }
}

/// Salesforce says most things by the code in the body; its edge servers answer with statuses of their own.
fn judge(answer: &Answer) -> Verdict {
    match (answer.status(), judge_by_status(answer)) {
        // The quota of the day, or too many slow calls at once: nothing was done.
        (403, _) if Fault::of(answer).has("REQUEST_LIMIT_EXCEEDED") => {
            Verdict::Exhausted { pause: Duration::from_secs(QUOTA_PAUSE_SECONDS) }
        }
        // The edge has no way to the organisation right now; it never got there.
        (420, _) => Verdict::Throttled,
        // Seen for moments only, and without a word.
        (406, _) if answer.value().is_none() => Verdict::Faulty,
        (400, _) if Fault::of(answer).has("UNABLE_TO_LOCK_ROW") => Verdict::Throttled,
        (400, _) if Fault::of(answer).has("QUERY_TIMEOUT") => Verdict::Faulty,
        (_, verdict) => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(api: &str, expected: bool) {
        let login = Url::parse("https://login.example.org/services/oauth2/token").unwrap();
        assert_eq!(accept_api_url(&login, &Url::parse(api).unwrap()), expected, "{api}");
    }

    #[test]
    fn a_token_answer_cannot_send_the_bearer_to_a_stranger() {
        check("https://acme.my.salesforce.com", true);
        check("https://acme--dev.sandbox.my.salesforce.com", true);
        check("https://acme.my.salesforce.mil", true);
        check("https://login.example.org:8443", true);
        check("http://acme.my.salesforce.com", false);
        check("https://salesforce.com.example.com", false);
        check("https://notsalesforce.com", false);
        check("https://example.com/salesforce.com", false);
        check("https://93.184.216.34", false);
        check("http://login.example.org", false);
    }

    #[test]
    fn the_token_endpoint_is_below_the_place_one_signs_in_at() {
        for (login, token) in [
            ("https://login.salesforce.com", "https://login.salesforce.com/services/oauth2/token"),
            ("http://127.0.0.1:9/proxy/", "http://127.0.0.1:9/proxy/services/oauth2/token"),
        ] {
            assert_eq!(token_url(&Url::parse(login).unwrap()).as_str(), token);
        }
    }
}
