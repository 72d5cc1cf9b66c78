//! How a client wants its writes done: what the headers of a call say.

use super::super::wire::Request;

/// The headers that a write looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// Whether assignment rules run. They do unless a client says `FALSE`; an id names a rule of its own.
    /// <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_autoassign.htm>
    pub(super) assigns: bool,
    /// Whether a duplicate rule that only warns lets the row pass.
    /// <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_duplicaterules.htm>
    pub(super) keeps_duplicates: bool,
    /// Whether a refusal of that rule tells the fields of its matches.
    pub(super) tells_matches: bool,
    /// For the addresses in answers.
    pub(super) version: u32,
}

impl Manner {
    pub(super) fn of(request: &Request) -> Self {
        const DUPLICATES: &str = "Sforce-Duplicate-Rule-Header";
        let says = |name: &str| {
            request.header_part(DUPLICATES, name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        let assign = request.header("Sforce-Auto-Assign").map(str::trim);
        Self {
            assigns: !assign.is_some_and(|value| value.eq_ignore_ascii_case("false")),
            keeps_duplicates: says("allowSave"),
            tells_matches: says("includeRecordDetails"),
            version: request.version,
        }
    }
}
