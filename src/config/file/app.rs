//! `[apps.NAME]`: what every app takes, and what its vendor's apps take.

use super::text::{DRIFT_TAGS, SALESFORCE_TAGS, Secret, Text, Url};
use crate::config::app::{AppType, REREAD_HOURS, RESERVE_PERCENT};
use crate::config::read_app::{
    MAX_CALLS, MAX_CONCURRENCY, MAX_LAG_SECONDS, MAX_REREAD_HOURS, MAX_RESERVE_PERCENT,
};
use schemars::JsonSchema;

/// One account at a vendor.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum App {
    /// A Drift account.
    #[schemars(title = "Drift")]
    Drift(DriftApp),
    /// The contacts of a Google account.
    #[schemars(title = "Google Contacts")]
    GoogleContacts(GoogleContactsApp),
    /// Contacts or leads of a Salesforce organisation.
    #[schemars(title = "Salesforce")]
    Salesforce(SalesforceApp),
    /// A Mailchimp audience.
    #[schemars(title = "Mailchimp")]
    Mailchimp(MailchimpApp),
}

/// What every app takes.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
pub struct Common {
    /// An access token that does not expire, or that somebody else renews: a secret. An app has exactly one way in.
    pub token: Option<Secret>,
    /// Another address than the vendor's own, without the API's version path, for a proxy or the sandbox; `https`, or `http` to this
    /// machine.
    #[schemars(extend("examples" = ["https://people.googleapis.com"]))]
    pub base_url: Option<Url>,
    /// How many calls may be made in which time. By default the vendor's published limit.
    pub rate: Option<Rate>,
    /// The most calls at once. By default 4, for Mailchimp 8.
    #[schemars(range(min = 1, max = MAX_CONCURRENCY))]
    pub concurrency: Option<u32>,
    /// How long a new contact may be missing from the app's own listing and search, in seconds: a create whose outcome is unknown is
    /// looked for that long before anything else is done about it. By default 30, for Salesforce 60.
    #[schemars(range(min = 0, max = MAX_LAG_SECONDS))]
    pub lag_seconds: Option<u32>,
    /// The share of a daily quota that is left to other users of the account, in percent. Of the four, Salesforce alone tells its
    /// quota; for the others it has no effect.
    #[schemars(range(min = 0, max = MAX_RESERVE_PERCENT), extend("default" = RESERVE_PERCENT))]
    pub reserve_percent: Option<u32>,
}

/// A Drift account.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["token"] }, { "required": ["oauth"] }]))]
pub struct DriftApp {
    /// `"drift"`: a Drift account.
    #[schemars(with = "String", extend("const" = AppType::Drift.as_str()))]
    pub r#type: AppType,
    /// What every app takes.
    #[schemars(flatten)]
    pub common: Common,
    /// Sign-in by OAuth. An app has exactly one way in.
    pub oauth: Option<OAuth>,
    /// Where tags live: Drift's contact tags (`"endpoint"`), which Drift has given up and an account may still have, or a text
    /// attribute (`"attribute:NAME"`).
    #[schemars(extend("pattern" = DRIFT_TAGS, "default" = "endpoint", "examples" = ["endpoint", "attribute:labels"]))]
    pub tags: Option<String>,
    /// The verification token that Drift's webhooks carry: a secret. With it the daemon takes them, and Drift tells of those who opt
    /// out.
    pub webhook_token: Option<Secret>,
    /// The attributes that hold score, source and stage, if yours have other names.
    pub fields: Option<Attributes>,
    /// **Later.** How often the daemon reads every known contact again, in hours.
    #[schemars(range(min = 1, max = MAX_REREAD_HOURS), extend("default" = REREAD_HOURS))]
    pub reread_hours: Option<u32>,
}

/// The attributes that hold score, source and stage.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Attributes {
    /// The attribute that holds the CQL score.
    #[schemars(extend("default" = "cql_score"))]
    pub cql_score: Option<Text>,
    /// The attribute that holds the CQL source.
    #[schemars(extend("default" = "cql_source"))]
    pub cql_source: Option<Text>,
    /// The attribute that holds the lead stage.
    #[schemars(extend("default" = "lead_stage"))]
    pub lead_stage: Option<Text>,
}

/// The contacts of a Google account.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["token"] }, { "required": ["oauth"] }]))]
pub struct GoogleContactsApp {
    /// `"google_contacts"`: the contacts of a Google account.
    #[schemars(with = "String", extend("const" = AppType::GoogleContacts.as_str()))]
    pub r#type: AppType,
    /// What every app takes.
    #[schemars(flatten)]
    pub common: Common,
    /// Sign-in by OAuth. An app has exactly one way in.
    pub oauth: Option<OAuth>,
}

/// Contacts or leads of a Salesforce organisation.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["token"] }, { "required": ["oauth"] }]))]
#[schemars(extend("dependencies" = { "token": ["instance_url"] }))]
pub struct SalesforceApp {
    /// `"salesforce"`: contacts or leads of a Salesforce organisation.
    #[schemars(with = "String", extend("const" = AppType::Salesforce.as_str()))]
    pub r#type: AppType,
    /// What every app takes.
    #[schemars(flatten)]
    pub common: Common,
    /// Sign-in by OAuth. An app has exactly one way in.
    pub oauth: Option<SalesforceOAuth>,
    /// What is synced: contacts or leads.
    #[schemars(extend("enum" = ["contact", "lead"], "default" = "contact"))]
    pub object: Option<String>,
    /// Where tags live: topics (`"topics"`), campaign membership (`"campaigns"`), or a multi-select picklist (`"field:API_Name__c"`).
    #[schemars(extend("pattern" = SALESFORCE_TAGS, "default" = "topics"))]
    #[schemars(extend("examples" = ["topics", "campaigns", "field:Tags__c"]))]
    pub tags: Option<String>,
    /// The organisation's own address. Needed with `token`; otherwise the sign-in tells it.
    #[schemars(extend("examples" = ["https://example.my.salesforce.com"]))]
    pub instance_url: Option<Url>,
    /// A custom text field that is a unique external id. It keeps our key of each contact that we create, so that a lost answer never
    /// makes a second one.
    #[schemars(extend("examples" = ["Syntony_Key__c"]))]
    pub external_id: Option<Text>,
}

/// A Mailchimp audience.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["api_key"] }, { "required": ["token"] }, { "required": ["oauth"] },
]))]
pub struct MailchimpApp {
    /// `"mailchimp"`: a Mailchimp audience.
    #[schemars(with = "String", extend("const" = AppType::Mailchimp.as_str()))]
    pub r#type: AppType,
    /// What every app takes.
    #[schemars(flatten)]
    pub common: Common,
    /// Sign-in by OAuth. An app has exactly one way in.
    pub oauth: Option<OAuth>,
    /// The API key, whose end names the data centre: a secret. An app has exactly one way in.
    pub api_key: Option<Secret>,
    /// The audience's id: *Audience*, *Settings*, *Audience name and defaults*.
    pub audience: Text,
    /// The secret in the address that Mailchimp's webhooks call, as `?token=…`: a secret. With it the daemon takes them.
    pub webhook_token: Option<Secret>,
    /// Whether a new member is asked by mail to confirm, and is *pending* until then.
    #[schemars(extend("default" = false))]
    pub double_opt_in: Option<bool>,
}

/// Sign-in by OAuth.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OAuth {
    /// The client's id: a secret.
    pub client_id: Secret,
    /// The client's secret.
    pub client_secret: Secret,
    /// What the other keys of every sign-in are.
    #[schemars(flatten)]
    pub grant: Grant,
}

/// Sign-in to Salesforce by OAuth.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend(
    "if" = { "properties": { "flow": { "const": "client_credentials" } }, "required": ["flow"] },
    "then" = { "required": ["client_secret"] },
))]
pub struct SalesforceOAuth {
    /// The client's id: a secret.
    pub client_id: Secret,
    /// The client's secret; a public client has none.
    pub client_secret: Option<Secret>,
    /// What the other keys of every sign-in are.
    #[schemars(flatten)]
    pub grant: Grant,
    /// How tokens are had: a person allowed it once (`"refresh_token"`), or the client stands for itself (`"client_credentials"`, at
    /// the organisation's own domain).
    #[schemars(extend("enum" = ["refresh_token", "client_credentials"], "default" = "refresh_token"))]
    pub flow: Option<String>,
    /// Where one signs in.
    #[schemars(extend("default" = "https://login.salesforce.com"))]
    #[schemars(extend("examples" = ["https://test.salesforce.com", "https://example.my.salesforce.com"]))]
    pub login_url: Option<Url>,
}

/// What the other keys of every sign-in are.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
pub struct Grant {
    /// A refresh token, which seeds the vault: a secret. Without it somebody signs in with
    /// `syntony auth login`; with Salesforce's client credentials there is none.
    pub refresh_token: Option<Secret>,
    /// Another token endpoint than the vendor's own.
    #[schemars(extend("examples" = ["https://oauth2.googleapis.com/token"]))]
    pub token_url: Option<Url>,
    /// Another page where a person allows it than the vendor's own.
    #[schemars(extend("examples" = ["https://accounts.google.com/o/oauth2/v2/auth"]))]
    pub authorize_url: Option<Url>,
    /// Another revocation endpoint than the vendor's own.
    #[schemars(extend("examples" = ["https://oauth2.googleapis.com/revoke"]))]
    pub revoke_url: Option<Url>,
}

/// How many calls may be made in which time: by the minute or by the second.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
#[schemars(extend("examples" = [{ "per_minute": 90 }, { "per_second": 10 }]))]
pub struct Rate {
    /// Calls a minute.
    #[schemars(range(min = 1, max = MAX_CALLS))]
    pub per_minute: Option<u32>,
    /// Calls a second.
    #[schemars(range(min = 1, max = MAX_CALLS))]
    pub per_second: Option<u32>,
}
