//! How an org behaves, where Salesforce lets orgs differ, lets an administrator choose, or is silent.

use super::schema::{Field, Object};
use super::write;
use std::collections::BTreeSet;

/// What can be set about an org.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Decides the tokens, and where unordered answers begin.
    pub seed: u64,
    /// The org's name.
    pub organization: String,
    /// The user that every client acts for.
    pub username: String,
    /// The app's consumer key.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The addresses that the user is sent back to, exactly as the app registered them; `None` takes any that Salesforce
    /// would let an app register.
    pub callback_urls: Option<BTreeSet<String>>,
    /// Whether the app may be authorised with PKCE alone.
    pub requires_pkce: bool,
    /// What the user says on the page that asks.
    pub consent: Consent,
    /// Whether the app may ask for tokens without a user (client credentials).
    pub client_credentials: bool,
    /// How long an access token lives without being renewed, in seconds.
    pub session_seconds: u32,
    /// Whether a refresh gives a new refresh token and ends the old one. Who uses an old one again loses
    /// everything.
    pub rotates_refresh_tokens: bool,
    /// The most grants of one user to one app: one more ends the oldest.
    pub max_grants: usize,
    /// The org's calls in 24 hours; `None` counts them against 15,000 and never refuses.
    pub daily_calls: Option<u32>,
    /// Whether `Sforce-Limit-Info` tells of this app's calls as well.
    pub tells_calls_per_app: bool,
    /// The most rows of one page of an answer to a query.
    pub max_page_rows: usize,
    /// Whether some pages have fewer rows than were asked for, as wide rows bring about.
    pub uneven_pages: bool,
    /// The most open cursors of a user: one more ends the oldest.
    pub max_cursors: usize,
    /// How long a cursor lives without being used, in seconds. The documents say 15 minutes in one place
    /// and two days in another; the stricter is the default.
    pub cursor_seconds: u32,
    /// Whether an answer without `ORDER BY` comes in another order each time.
    pub shuffles_rows: bool,
    /// Whether states and countries are picklists with codes.
    pub state_and_country_picklists: bool,
    /// Whether an account may be a person.
    pub person_accounts: bool,
    /// Whether names have middle names and suffixes.
    pub middle_names_and_suffixes: bool,
    /// Whether e-mail addresses are stored in lower case.
    pub lower_cases_emails: bool,
    /// The language of messages.
    pub language: Language,
    /// Fields that the user may not see, such as `Contact.HasOptedOutOfEmail`.
    pub hidden_fields: BTreeSet<String>,
    /// Objects that the user may not see.
    pub hidden_objects: BTreeSet<Object>,
    /// Whether the user has "View All Data". Without it, assignments of topics can be listed only 1,100 at
    /// a time, or of one record.
    pub views_all_data: bool,
    /// What the administrator has added.
    pub custom_fields: Vec<(Object, Field)>,
    /// How long after its stamps a person's change shows up, in milliseconds: a long transaction. The
    /// larger of this and [`Faults::lag_ms`](crate::faults::Faults::lag_ms) counts. A client's own writes
    /// are there when they are answered.
    pub late_commit_ms: u64,
    /// Where a person's hands put tags.
    pub tags: TagPlace,
    /// How writes behave.
    pub write: write::Settings,
}

/// What a user says on the page that asks for access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Allow.
    #[default]
    Given,
    /// Deny.
    Denied,
}

/// A language of messages. Clients must not read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// `Required fields are missing: [LastName]`
    #[default]
    English,
    /// `Campos obrigatórios ausentes: [LastName]`
    Portuguese,
}

/// What stands for tags in an org.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TagPlace {
    /// Topics on records.
    #[default]
    Topics,
    /// Members of campaigns.
    Campaigns,
    /// This multi-select picklist of contacts and leads.
    Field(String),
}

impl Default for Settings {
    /// As strict as Salesforce.
    fn default() -> Self {
        Self {
            seed: 1,
            organization: "Sandbox Industries".to_owned(),
            username: "sandbox.user@mail.example".to_owned(),
            client_id: "3MVG9sandbox.consumer.key".to_owned(),
            client_secret: "SANDBOXSECRET0123456789".to_owned(),
            callback_urls: None,
            requires_pkce: false,
            consent: Consent::Given,
            client_credentials: true,
            session_seconds: 7_200,
            rotates_refresh_tokens: false,
            max_grants: 5,
            daily_calls: Some(15_000),
            tells_calls_per_app: false,
            max_page_rows: 2_000,
            uneven_pages: true,
            max_cursors: 10,
            cursor_seconds: 900,
            shuffles_rows: true,
            state_and_country_picklists: false,
            person_accounts: false,
            middle_names_and_suffixes: false,
            lower_cases_emails: true,
            language: Language::English,
            hidden_fields: BTreeSet::new(),
            hidden_objects: BTreeSet::new(),
            views_all_data: true,
            custom_fields: Vec::new(),
            late_commit_ms: 0,
            tags: TagPlace::Topics,
            write: write::Settings::default(),
        }
    }
}

impl Settings {
    /// Without a daily quota and with access tokens that outlive every test: for demonstrations and for
    /// tests that bring these about themselves.
    #[must_use]
    pub fn unlimited() -> Self {
        const NINETY_DAYS_SECONDS: u32 = 90 * 24 * 3600;
        Self { daily_calls: None, session_seconds: NINETY_DAYS_SECONDS, ..Self::default() }
    }
}
