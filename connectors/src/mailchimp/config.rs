//! What the Mailchimp connector is built from.
//!
//! Every switch stands for a fact that Mailchimp does not document; its default is what was seen or is safest.

use crate::auth::{Credentials, TokenOptions};
use crate::http::{Answer, HttpConfig, Rate, RetryPolicy, Verdict, judge_by_status};
use secrecy::{ExposeSecret, SecretString};
use std::num::NonZeroU32;
use syntony_core::ids::AppName;
use url::Url;

/// The user name that goes with an API key; Mailchimp takes any
/// (<https://mailchimp.com/developer/marketing/docs/fundamentals/#connecting-to-the-api>).
pub const KEY_USER: &str = "syntony";
/// The longest name of a data centre, in characters.
const MAX_DATA_CENTRE_CHARS: usize = 10;

/// Calls in flight, at most. A user has ten connections, and they are all of that user's apps together
/// (<https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits>).
pub const MAX_CONCURRENCY_CALLS: usize = 8;
/// The most members on a page (<https://mailchimp.com/developer/marketing/docs/methods-parameters/#pagination>).
pub const MAX_PAGE_MEMBERS: u16 = 1_000;
/// The fewest members on a page: one of them may be the last of the page before.
pub(super) const MIN_PAGE_MEMBERS: u16 = 2;
/// Calls per second. Mailchimp publishes no number; its limit is the connections.
const DEFAULT_CALLS_PER_SECOND: u32 = 20;
/// How far behind its clock a poll looks again, in seconds: for changes that show up late in the listing.
const DEFAULT_OVERLAP_SECONDS: u32 = 120;
/// How long a new member may be missing from the listing, in seconds. Not documented.
const DEFAULT_VISIBILITY_LAG_SECONDS: u64 = 30;
/// The headers that answers keep: the vendor's clock.
pub(super) const KEPT_HEADERS: [&str; 1] = [DATE];
/// The vendor's clock.
pub(super) const DATE: &str = "Date";

/// What the Mailchimp connector is built from.
#[derive(Clone)]
pub struct MailchimpConfig {
    /// The app's name in the configuration.
    pub app: AppName,
    /// Where the API of the account's data centre lives, without the version path.
    pub base_url: Url,
    /// Who we are: an API key ([`Credentials::Basic`]) or an access token.
    pub credentials: Credentials,
    /// How tokens are refreshed. Mailchimp's do not run out.
    pub tokens: TokenOptions,
    /// The audience's id, as its settings show it.
    pub audience: String,
    /// What a new member is asked.
    pub opt_in: OptIn,
    /// How fast calls go out.
    pub rate: Rate,
    /// How many calls may be in flight at once; at most [`MAX_CONCURRENCY_CALLS`].
    pub concurrency_calls: usize,
    /// How often and how long a call is tried.
    pub retry: RetryPolicy,
    /// Members per page of a listing; at most [`MAX_PAGE_MEMBERS`].
    pub page_members: u16,
    /// Whether archived members are in the listing of all members.
    pub archived: Archived,
    /// How an address is emptied.
    pub address_clear: AddressClear,
    /// Whether an update of a member whose required merge fields are empty is taken.
    pub required_on_update: RequiredOnUpdate,
    /// How far behind the vendor's clock a poll looks again, in seconds.
    pub overlap_seconds: u32,
    /// How long a new member may be missing from the listing, in seconds.
    pub visibility_lag_seconds: u64,
}

/// What a new member is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptIn {
    /// Nothing: it may be mailed at once. Right where consent was given elsewhere.
    Single,
    /// It gets a mail to confirm, and is pending until then.
    Double,
}

/// Whether archived members are in the listing of all members; no document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archived {
    /// Perhaps not: they are asked for on their own, by one more call.
    ListedApart,
    /// They are.
    ListedAlong,
}

/// How an address is emptied; no document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClear {
    /// By an empty text, as an empty one is read.
    EmptyText,
    /// By an address of empty parts.
    EmptyParts,
}

/// Whether an update of a member whose required merge fields are empty is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequiredOnUpdate {
    /// It is: what the update does not touch is not its business.
    Waived,
    /// Mailchimp refuses it.
    Enforced,
}

/// An API key from which no data centre can be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the API key does not end in the name of a data centre, such as -us21")]
pub struct NoDataCentre;

/// Where the API of an API key's account lives: the part after the hyphen names the data centre
/// (<https://mailchimp.com/developer/marketing/docs/fundamentals/#api-structure>).
///
/// # Errors
/// [`NoDataCentre`] when it names none. Anything but letters and digits could lead the key to another host.
pub fn base_url_of_key(key: &SecretString) -> Result<Url, NoDataCentre> {
    let (_, centre) = key.expose_secret().trim().split_once('-').ok_or(NoDataCentre)?;
    let is_name = (1..=MAX_DATA_CENTRE_CHARS).contains(&centre.len())
        && centre.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let url = is_name.then(|| Url::parse(&format!("https://{centre}.api.mailchimp.com")).ok()).flatten();
    url.ok_or(NoDataCentre)
}

impl MailchimpConfig {
    /// The given app and audience with an API key, everything else as usual.
    ///
    /// # Errors
    /// [`NoDataCentre`] when the key does not say where the API lives.
    pub fn with_key(app: AppName, key: SecretString, audience: String) -> Result<Self, NoDataCentre> {
        let base_url = base_url_of_key(&key)?;
        let credentials = Credentials::Basic { user: KEY_USER.to_owned(), password: key };
        Ok(Self::new(app, base_url, credentials, audience))
    }

    /// The given app and audience at the given place, everything else as usual.
    #[must_use]
    pub fn new(app: AppName, base_url: Url, credentials: Credentials, audience: String) -> Self {
        Self {
            app,
            base_url,
            credentials,
            tokens: TokenOptions::default(),
            audience,
            opt_in: OptIn::Single,
            rate: default_rate(),
            concurrency_calls: MAX_CONCURRENCY_CALLS,
            retry: RetryPolicy::default(),
            page_members: MAX_PAGE_MEMBERS,
            archived: Archived::ListedApart,
            address_clear: AddressClear::EmptyText,
            required_on_update: RequiredOnUpdate::Waived,
            overlap_seconds: DEFAULT_OVERLAP_SECONDS,
            visibility_lag_seconds: DEFAULT_VISIBILITY_LAG_SECONDS,
        }
    }

    pub(super) fn http(&self) -> HttpConfig {
        let mut config = HttpConfig::new(self.app.clone(), self.base_url.clone(), self.rate);
        config.concurrency_calls = self.calls_at_once();
        config.retry = self.retry;
        config.judge = judge;
        config.kept_headers = &KEPT_HEADERS;
        config
    }

    /// Calls in flight at once.
    pub(super) fn calls_at_once(&self) -> usize {
        self.concurrency_calls.clamp(1, MAX_CONCURRENCY_CALLS)
    }

    pub(super) fn members_per_page(&self) -> u16 {
        self.page_members.clamp(MIN_PAGE_MEMBERS, MAX_PAGE_MEMBERS)
    }
}

/// The rate that an app has unless its configuration says otherwise.
#[must_use]
pub fn default_rate() -> Rate {
    Rate::per_second(NonZeroU32::new(DEFAULT_CALLS_PER_SECOND).unwrap_or(NonZeroU32::MIN))
}

/// A 403 without a problem document is how Mailchimp turns away very many calls.
fn judge(answer: &Answer) -> Verdict {
    let is_worded = answer.value().is_some_and(|body| body.is_object());
    if answer.status() == 403 && !is_worded { Verdict::Throttled } else { judge_by_status(answer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, expected: Option<&str>) {
        let url = base_url_of_key(&SecretString::from(key)).ok();
        assert_eq!(url.as_ref().map(Url::as_str), expected, "{key}");
    }

    #[test]
    fn a_key_leads_to_its_data_centre_and_nowhere_else() {
        check("0123456789abcdef-us21", Some("https://us21.api.mailchimp.com/"));
        check(" 0123-us1\n", Some("https://us1.api.mailchimp.com/"));
        check("0123456789abcdef", None);
        check("0123-", None);
        check("0123-us1-us2", None);
        check("0123-evil.test/", None);
        check("0123-evil.test#", None);
        check("0123-a@b", None);
        check("0123-US1", None);
        check("0123-abcdefghijk", None);
    }
}
