//! How an org takes writes: what its administrator set up, and how busy it is.

/// The settings of the writing half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The duplicate rule for contacts and leads, which matches the e-mail address.
    pub duplicates: DuplicateRule,
    /// Whether refusals of that rule spell their key `duplicateResut`, as recorded from v50 to v54.
    /// <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_duplicaterules.htm>
    pub misspells_duplicate_result: bool,
    /// Whether an active assignment rule gives new and changed leads to another user, unless the client
    /// sends `Sforce-Auto-Assign: FALSE`.
    pub assigns_leads: bool,
    /// The administrator's own validation rules.
    pub validation_rules: Vec<ValidationRule>,
    /// Each so-manieth saved row is refused with `UNABLE_TO_LOCK_ROW`; `None`: never.
    pub locks_every_row: Option<u32>,
    /// The most rows, of all objects together, that the org has room for; `None`: any number.
    pub max_rows: Option<usize>,
    /// How fast bulk jobs go.
    pub pace: Pace,
    /// Whether the results of a bulk job come in another order than its rows.
    pub shuffles_results: bool,
    /// The most rows of one answer of a query job when the client does not say.
    pub query_job_page_rows: usize,
}

/// What the duplicate rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateRule {
    /// There is none.
    Off,
    /// Refuses, unless the client sends `Sforce-Duplicate-Rule-Header: allowSave=true`.
    Alert,
    /// Refuses, whatever the client sends.
    Block,
}

/// A rule of the administrator's that a row must not break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationRule {
    /// The object it is about.
    pub object: String,
    /// The field it looks at.
    pub field: String,
    /// What it refuses.
    pub refuses: Refuses,
    /// The administrator's own words.
    pub message: String,
    /// Whether the error is shown at the field; if not, `fields` is empty.
    pub at_field: bool,
}

/// What a [`ValidationRule`] refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refuses {
    /// No value.
    Blank,
    /// A value that holds this text.
    Containing(String),
}

/// How long a bulk job stays in each of its states: until it was asked about so often, or until so much
/// time has passed on the sandbox's clock, whichever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Polls in `UploadComplete`, and again in `InProgress`.
    pub polls: u32,
    /// Milliseconds in each of them.
    pub ms: i64,
}

impl Default for Settings {
    /// An org that its administrator has hardly touched.
    fn default() -> Self {
        Self {
            duplicates: DuplicateRule::Off,
            misspells_duplicate_result: false,
            assigns_leads: true,
            validation_rules: Vec::new(),
            locks_every_row: None,
            max_rows: None,
            pace: Pace { polls: 1, ms: 10_000 },
            shuffles_results: true,
            query_job_page_rows: 50_000,
        }
    }
}
