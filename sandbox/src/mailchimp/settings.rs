//! How an account behaves, where Mailchimp lets accounts differ or its documents are silent.
//!
//! Where the documents are silent, the default is what is least convenient for a client.

/// What can be set about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Decides the ids that everything gets.
    pub seed: u64,
    /// The data centre: the API key ends in it.
    pub data_centre: String,
    /// The account's name.
    pub account_name: String,
    /// The owner's e-mail address.
    pub login: String,
    /// The audience's name.
    pub audience_name: String,
    /// The OAuth client that may ask for tokens.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// How many calls may be under way at once. The documents say ten for each user, shared by all apps.
    pub max_connections: usize,
    /// How long an answer takes, in milliseconds. The call counts as a connection meanwhile.
    pub answer_ms: u64,
    /// How the vendor says that it is asked too much.
    pub throttling: Throttling,
    /// The most members of one page, whatever is asked for. The documents say 1000; that a page is never
    /// shorter than that is not documented.
    pub max_page_members: usize,
    /// Whether a listing without a status holds archived members. Not documented.
    pub unfiltered_lists_archived: bool,
    /// Whether a listing since a moment holds what changed in that very second, and one before a moment
    /// too. Not documented.
    pub time_bounds: Bounds,
    /// What a sign-up of an archived address is. Not documented.
    pub archived_sign_up: ArchivedSignUp,
    /// Whether an upsert takes an archived member for a new one, and so gives it `status_if_new`. Not
    /// documented.
    pub upsert_revives_archived: bool,
    /// Whether a write that changes nothing moves `last_changed`. Not documented.
    pub idle_writes_touch: bool,
    /// Whether each write examines all that the member holds, and not only what the call brings: a
    /// required field that was left empty on the screen then blocks every later call. Reported.
    pub rechecks_whole_member: bool,
    /// How much later than a write listings show it, in milliseconds. Not documented. The larger of this
    /// and [`Faults::lag_ms`](crate::faults::Faults::lag_ms) counts.
    pub lag_ms: u64,
    /// How long a batch of operations takes, in milliseconds.
    pub batch_ms: u64,
    /// How long the link to a batch's result works, in seconds. Not documented.
    pub batch_result_seconds: u32,
    /// Who sends webhooks out.
    pub deliveries: Deliveries,
}

/// How the vendor says that it is asked too much: both ways are documented
/// (<https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttling {
    /// 429 with a problem document.
    TooManyRequests,
    /// 403 without any JSON.
    BareForbidden,
    /// One and the other in turn.
    Mixed,
}

/// Whether a bound belongs to what it bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// `since` means after, `before` means before.
    Exclusive,
    /// The second itself is in.
    Inclusive,
}

/// What becomes of a sign-up whose address is archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchivedSignUp {
    /// Refused: the member exists.
    MemberExists,
    /// The member is taken out of the archive, with the new status.
    Revives,
}

/// Who sends webhooks out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deliveries {
    /// The served account by itself, soon after something happened.
    Automatic,
    /// Nobody, until [`Account::deliver`](super::Account::deliver) is called.
    ByHand,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            data_centre: "us19".to_owned(),
            account_name: "Sandbox Ltd".to_owned(),
            login: "sandbox.owner@mail.example".to_owned(),
            audience_name: "Customers".to_owned(),
            client_id: "417000001".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            max_connections: 10,
            answer_ms: 1,
            throttling: Throttling::Mixed,
            max_page_members: 1_000,
            unfiltered_lists_archived: false,
            time_bounds: Bounds::Exclusive,
            archived_sign_up: ArchivedSignUp::MemberExists,
            upsert_revives_archived: true,
            idle_writes_touch: true,
            rechecks_whole_member: true,
            lag_ms: 0,
            batch_ms: 0,
            batch_result_seconds: 600,
            deliveries: Deliveries::Automatic,
        }
    }
}
