//! The body of a delivery: a form, with keys as PHP nests them.

use super::Happening;
use crate::mailchimp::member::{Member, unique_email_id};
use crate::mailchimp::merge::MergeFields;
use serde_json::Value as Json;
use url::form_urlencoded::Serializer;

/// The parts of an address, in the order in which they are joined.
const ADDRESS_PARTS: [&str; 6] = ["addr1", "addr2", "city", "state", "zip", "country"];

pub(super) fn body(
    happening: &Happening,
    member: &Member,
    fields: &MergeFields,
    list_id: &str,
    now_ms: i64,
) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("type", happening.event());
    form.append_pair("fired_at", &fired_at(now_ms));
    let mut data = |name: &str, value: &str| {
        form.append_pair(&format!("data[{name}]"), value);
    };
    data("list_id", list_id);
    match happening {
        Happening::Subscribed | Happening::Profile => {}
        Happening::Unsubscribed { action, reason } => {
            data("action", action);
            data("reason", reason);
        }
        Happening::AddressChanged { old_email } => {
            data("new_id", &unique_email_id(&member.email));
            data("new_email", &member.email);
            data("old_email", old_email);
            return form.finish();
        }
        Happening::Cleaned => {
            data("reason", "hard");
            data("email", &member.email);
            return form.finish();
        }
    }
    data("id", &unique_email_id(&member.email));
    data("email", &member.email);
    data("email_type", member.profile.email_type.as_str());
    data("ip_opt", &member.profile.ip_opt);
    data("ip_signup", &member.profile.ip_signup);
    data("web_id", &member.web_id.to_string());
    let mut merges = |tag: &str, value: &str| {
        form.append_pair(&format!("data[merges][{tag}]"), value);
    };
    merges("EMAIL", &member.email);
    for field in fields.all() {
        merges(&field.tag, &member.merge.get(&field.id).map(plain).unwrap_or_default());
    }
    form.finish()
}

/// `2026-01-05 08:00:00`, in UTC and without saying so.
fn fired_at(ms: i64) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    moment.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A value as one text; the parts of an address stand two blanks apart.
fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Object(parts) => {
            let part = |name: &&str| parts.get(*name).and_then(Json::as_str).unwrap_or_default().to_owned();
            ADDRESS_PARTS.iter().map(part).collect::<Vec<_>>().join("  ")
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => value.to_string(),
    }
}
