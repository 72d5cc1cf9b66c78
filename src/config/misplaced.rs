//! Keys that are known, but not where they stand: where they belong.

/// Where a key belongs that is unknown at its place. Keys that stand in several kinds of tables are not
/// here: what was meant by them cannot be told.
pub(super) fn home(key: &str) -> Option<&'static str> {
    Some(match key {
        "rules" | "between" | "winner" | "deletions" | "unsubscribes" | "placeholders" | "guard"
        | "schedule" | "timezone" | "on_clear" => "this belongs to a connection, [connections.NAME]",
        "if" | "then" => "this belongs to a rule, [[connections.NAME.rules]]",
        "has_tag" | "lacks_tag" | "cql_score" | "lead_stage" | "exists_in" | "unsubscribed" | "deleted" => {
            "this is a condition: if = [ { … } ]"
        }
        "equals" | "not_equals" | "contains" | "starts_with" | "one_of" | "is_empty" => {
            "this is a test of a field: if = [ { field = \"NAME\", … } ]"
        }
        "add_tag" | "remove_tag" | "set_lead_stage" | "set_cql_source" | "set" => {
            "this is an action: then = [ { … } ]"
        }
        "undo" | "in" => {
            "this belongs into the braces of an action: then = [ { add_tag = \"…\", undo = true } ]"
        }
        "to" => {
            "this stands beside `set`: then = [ { set = \"FIELD\", to = VALUE } ]; a mapping has `direction`"
        }
        "options" | "truncate" => "this belongs to a mapping, [[connections.NAME.fields]]",
        "off" => "this belongs to [connections.NAME.defaults]",
        "client_id" | "client_secret" | "refresh_token" | "flow" | "login_url" | "token_url" => {
            "this belongs to [apps.NAME.oauth]"
        }
        "base_url" | "api_key" | "audience" | "instance_url" => "this belongs to an app, [apps.NAME]",
        "max_changes" | "max_changes_percent" => "this belongs into guard = { … }",
        "listen" | "admin_token" => "this belongs to [daemon]",
        _ => return None,
    })
}
