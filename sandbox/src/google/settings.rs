//! How an account behaves, where Google lets accounts differ or its documents are silent.

use super::quota::Limits;
use rlibphonenumber::Region;

/// What can be set about an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Decides the names that contacts get.
    pub seed: u64,
    /// The account's e-mail address.
    pub email: String,
    /// The OAuth client that may ask for tokens.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// What the user grants of what a client asks for: consent is per scope.
    pub grants: Vec<String>,
    /// How long an access token lives, in seconds.
    pub access_token_seconds: u32,
    /// How long a refresh token lives, in days: 7 for an app whose consent screen is in "Testing".
    pub refresh_token_days: Option<u32>,
    /// The account's country: it decides how telephone numbers without a country code are read.
    pub home: Region,
    /// How much it may be asked.
    pub limits: Limits,
    /// How much later than a write listings and searches show it, in milliseconds. Measured on a real
    /// account: 5 to 15 seconds; documented: "several minutes". The larger of this and
    /// [`Faults::lag_ms`](crate::faults::Faults::lag_ms) counts.
    pub lag_ms: u64,
    /// The most contacts, those in the trash included.
    pub max_contacts: usize,
    /// The most contacts of one page, whatever is asked for: a page may be shorter than its size
    /// (<https://google.aip.dev/158>).
    pub max_page_contacts: usize,
    /// Whether a mutation that comes while another one runs is refused (409). Google says that mutations
    /// of one user must come one after the other, "to avoid increased latency and failures".
    pub refuses_concurrent_mutations: bool,
    /// How long a mutation takes, in milliseconds, while which another one is concurrent.
    pub mutation_ms: u64,
    /// Whether the items of a field come in another order each time, as they do in life.
    pub shuffles_items: bool,
}

impl Default for Settings {
    /// As strict as Google.
    fn default() -> Self {
        Self {
            seed: 1,
            email: "sandbox.user@mail.example".to_owned(),
            client_id: "sandbox-client.apps.example".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            grants: vec![super::call::SCOPE_CONTACTS.to_owned()],
            access_token_seconds: 3_599,
            refresh_token_days: None,
            home: Region::US,
            limits: Limits::GOOGLE,
            lag_ms: 10_000,
            max_contacts: 25_000,
            max_page_contacts: 1_000,
            refuses_concurrent_mutations: true,
            mutation_ms: 1,
            shuffles_items: false,
        }
    }
}

impl Settings {
    /// Without quotas, without lag and without the limit of contacts: for demonstrations and for tests that
    /// bring these about themselves.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { limits: Limits::NONE, lag_ms: 0, max_contacts: usize::MAX, ..Self::default() }
    }
}
