//! An app as the configuration describes it: which vendor, which account, how to get in, and how hard to
//! knock. All four vendors' keys are known here; that a connector exists is not this module's business.

use super::located::Located;
use super::secret::SecretSource;
use std::fmt;
use std::num::NonZeroU32;
use syntony_core::ids::{AppName, FieldName};
use url::Url;

/// The share of a daily quota that is left to other users of the account, in percent, by default.
pub const RESERVE_PERCENT: u32 = 10;
/// How often the daemon reads every known contact of an app that cannot list them, in hours, by default.
pub const REREAD_HOURS: u32 = 24;

/// One `[apps.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppConfig {
    /// Its name.
    pub name: Located<AppName>,
    /// What the vendor needs to know beside credentials.
    pub vendor: Vendor,
    /// How to get in.
    pub credentials: Credentials,
    /// Another address than the vendor's own, without the API's version path.
    pub base_url: Option<Located<Url>>,
    /// Another pace than the vendor's published limit.
    pub rate: Option<Located<Rate>>,
    /// The most calls at once, if not the connector's own choice.
    pub concurrency: Option<Located<NonZeroU32>>,
    /// How long a new contact may be missing from the app's own listing and search, in seconds, if not the
    /// connector's own guess: a create whose outcome is unknown is looked for that long.
    pub lag_seconds: Option<Located<u32>>,
    /// The share of a daily quota that is left to others, in percent.
    pub reserve_percent: u32,
}

impl AppConfig {
    /// The type as the configuration writes it.
    #[must_use]
    pub fn app_type(&self) -> AppType {
        match self.vendor {
            Vendor::Drift(_) => AppType::Drift,
            Vendor::GoogleContacts => AppType::GoogleContacts,
            Vendor::Salesforce(_) => AppType::Salesforce,
            Vendor::Mailchimp(_) => AppType::Mailchimp,
        }
    }
}

/// The vendors, by the names that `type` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum AppType {
    /// Drift.
    Drift,
    /// Google Contacts, by the People API.
    GoogleContacts,
    /// Salesforce contacts or leads.
    Salesforce,
    /// A Mailchimp audience.
    Mailchimp,
}

impl AppType {
    /// Every type, in the order of the documentation.
    pub const ALL: [AppType; 4] =
        [AppType::Drift, AppType::GoogleContacts, AppType::Salesforce, AppType::Mailchimp];

    /// As `type` takes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AppType::Drift => "drift",
            AppType::GoogleContacts => "google_contacts",
            AppType::Salesforce => "salesforce",
            AppType::Mailchimp => "mailchimp",
        }
    }
}

impl fmt::Display for AppType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What each vendor needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// Drift.
    Drift(Drift),
    /// Google Contacts: nothing beside credentials.
    GoogleContacts,
    /// Salesforce.
    Salesforce(Salesforce),
    /// Mailchimp.
    Mailchimp(Mailchimp),
}

/// Keys of a Drift app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Where tags live.
    pub tags: Located<DriftTags>,
    /// The token that Drift's webhooks carry.
    pub webhook_token: Option<Located<SecretSource>>,
    /// The attribute that holds the CQL score.
    pub cql_score: Located<FieldName>,
    /// The attribute that holds the CQL source.
    pub cql_source: Located<FieldName>,
    /// The attribute that holds the lead stage.
    pub lead_stage: Located<FieldName>,
    /// How often the daemon reads every known contact again, in hours.
    pub reread_hours: u32,
}

/// Where Drift keeps a contact's tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriftTags {
    /// Drift's own contact tags.
    Endpoint,
    /// A custom attribute of this name.
    Attribute(FieldName),
}

/// Keys of a Salesforce app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salesforce {
    /// Contacts or leads.
    pub object: Located<SalesforceObject>,
    /// Where tags live.
    pub tags: Located<SalesforceTags>,
    /// The organisation's own address; needed with an access token, otherwise the sign-in tells it.
    pub instance_url: Option<Located<Url>>,
    /// A custom text field that is a unique external id: it keeps our key of each contact we create, so that a
    /// create whose answer was lost can be sent again without making a second contact.
    pub external_id: Option<Located<FieldName>>,
}

/// Which Salesforce object is synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SalesforceObject {
    /// `Contact`.
    Contact,
    /// `Lead`.
    Lead,
}

/// Where Salesforce keeps a contact's tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SalesforceTags {
    /// Topics.
    Topics,
    /// Campaign membership.
    Campaigns,
    /// A multi-select picklist of this API name.
    Field(FieldName),
}

/// Keys of a Mailchimp app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailchimp {
    /// The audience's id.
    pub audience: Located<String>,
    /// The secret in the address that Mailchimp's webhooks call.
    pub webhook_token: Option<Located<SecretSource>>,
    /// Whether new members are asked to confirm, and are *pending* until they do.
    pub double_opt_in: bool,
}

/// How to get in: exactly one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// A bearer token that does not expire, or that somebody else renews.
    Token(Located<SecretSource>),
    /// Mailchimp's API key, whose end names the data centre.
    ApiKey(Located<SecretSource>),
    /// OAuth 2.
    OAuth(Box<OAuth>),
}

/// `[apps.NAME.oauth]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth {
    /// Where the table stands.
    pub span: crate::diagnostics::Span,
    /// How tokens are had.
    pub flow: OAuthFlow,
    /// The client's id.
    pub client_id: Located<SecretSource>,
    /// The client's secret; a public client has none.
    pub client_secret: Option<Located<SecretSource>>,
    /// Seeds the vault. Without it somebody has to sign in once.
    pub refresh_token: Option<Located<SecretSource>>,
    /// Where one signs in to Salesforce.
    pub login_url: Option<Located<Url>>,
    /// Another token endpoint than the vendor's own.
    pub token_url: Option<Located<Url>>,
    /// Another authorisation page than the vendor's own.
    pub authorize_url: Option<Located<Url>>,
    /// Another revocation endpoint than the vendor's own.
    pub revoke_url: Option<Located<Url>>,
}

/// How tokens are had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthFlow {
    /// A person allowed it once.
    RefreshToken,
    /// The client stands for itself (Salesforce).
    ClientCredentials,
}

/// How many calls may be made in which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many calls.
    pub calls: NonZeroU32,
    /// In which time.
    pub per: RatePeriod,
}

/// The time that a [`Rate`] counts calls in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatePeriod {
    /// One second.
    Second,
    /// One minute.
    Minute,
}

impl RatePeriod {
    /// How long it is.
    #[must_use]
    pub fn seconds(self) -> u64 {
        match self {
            RatePeriod::Second => 1,
            RatePeriod::Minute => 60,
        }
    }
}
