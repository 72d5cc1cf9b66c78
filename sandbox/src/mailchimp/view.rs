//! How things look on the wire.
//!
//! What is empty is an empty text, also where a number, an object or a moment would stand.

use super::audience::Audience;
use super::member::{Member, Seconds, unique_email_id};
use super::merge::MergeField;
use super::settings::Settings;
use super::standing::Status;
use super::tags::Tag;
use serde_json::{Map, Value as Json, json};

/// How many tags a member shows; `tags_count` tells of all.
const MAX_SHOWN_TAGS: usize = 50;

/// `2026-01-05T08:00:00+00:00`.
pub(super) fn moment(at: Seconds) -> String {
    chrono::DateTime::from_timestamp(at, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

fn moment_or_empty(at: Option<Seconds>) -> String {
    at.map(moment).unwrap_or_default()
}

/// Where something is, for people: these links lead to the real vendor, and no client should follow them.
pub(super) fn links(settings: &Settings, path: &str) -> Json {
    let root = format!("https://{}.api.mailchimp.com", settings.data_centre);
    json!([{ "rel": "self", "href": format!("{root}/3.0{path}"), "method": "GET",
        "targetSchema": format!("{root}/schema/3.0/Definitions/Response.json") }])
}

/// A member, whole.
pub(super) fn member(member: &Member, audience: &Audience, settings: &Settings) -> Json {
    let mut json = plain_member(member, audience, settings);
    let more = json!({
        "full_name": full_name(member, audience),
        "contact_id": member.contact_id.to_string(),
        "web_id": member.web_id,
        "consents_to_one_to_one_messaging": member.status() == Status::Subscribed,
        "marketing_permissions": [],
        "source": member.source,
    });
    if let (Some(json), Json::Object(more)) = (json.as_object_mut(), more) {
        json.extend(more);
        if let Some(location) = json.get_mut("location").and_then(Json::as_object_mut) {
            location.insert("region".to_owned(), json!(""));
        }
        if member.status() == Status::Unsubscribed {
            json.insert("unsubscribe_reason".to_owned(), json!(member.reason.as_deref().unwrap_or(BY_ADMIN)));
        }
    }
    json
}

/// The reason of an unsubscribe that was not the person's.
const BY_ADMIN: &str = "N/A (Unsubscribed by admin)";

/// A member as batches and segments show it: the published description has no `contact_id` there.
pub(super) fn plain_member(member: &Member, audience: &Audience, settings: &Settings) -> Json {
    let hash = member.hash().0;
    let profile = &member.profile;
    let tags = member.tags.keys().take(MAX_SHOWN_TAGS);
    let tags: Vec<Json> = tags.map(|id| json!({ "id": id, "name": audience.tags.name(*id) })).collect();
    json!({
        "id": hash,
        "email_address": member.email,
        "unique_email_id": unique_email_id(&member.email),
        "email_type": profile.email_type.as_str(),
        "status": member.status().as_str(),
        "merge_fields": merge_fields(member, audience),
        "stats": { "avg_open_rate": 0, "avg_click_rate": 0 },
        "ip_signup": profile.ip_signup,
        "timestamp_signup": moment_or_empty(member.signed_up),
        "ip_opt": profile.ip_opt,
        "timestamp_opt": moment_or_empty(member.opted_in),
        "member_rating": 2,
        "last_changed": moment(member.changed),
        "language": profile.language,
        "vip": profile.vip,
        "email_client": "",
        "location": { "latitude": profile.latitude, "longitude": profile.longitude, "gmtoff": 0, "dstoff": 0,
            "country_code": "", "timezone": "" },
        "tags_count": member.tags.len(),
        "tags": tags,
        "list_id": audience.id,
        "_links": links(settings, &format!("/lists/{}/members/{hash}", audience.id)),
    })
}

/// Every field that the audience has, empty or not.
fn merge_fields(member: &Member, audience: &Audience) -> Map<String, Json> {
    let value = |field: &MergeField| member.merge.get(&field.id).cloned().unwrap_or_else(|| json!(""));
    audience.fields.all().map(|field| (field.tag.clone(), value(field))).collect()
}

fn full_name(member: &Member, audience: &Audience) -> String {
    let part = |tag| {
        let field = audience.fields.tagged(tag)?;
        member.merge.get(&field.id)?.as_str()
    };
    [part("FNAME"), part("LNAME")].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A merge field.
pub(super) fn merge_field(field: &MergeField, list_id: &str, settings: &Settings) -> Json {
    json!({
        "merge_id": field.id, "tag": field.tag, "name": field.name, "type": field.kind.as_str(),
        "required": field.required, "default_value": field.default_value, "public": field.public,
        "display_order": field.display_order, "options": field.options, "help_text": field.help_text,
        "list_id": list_id,
        "_links": links(settings, &format!("/lists/{list_id}/merge-fields/{}", field.id)),
    })
}

/// A tag as a segment.
pub(super) fn segment(tag: &Tag, list_id: &str, settings: &Settings) -> Json {
    json!({
        "id": tag.id, "name": tag.name, "member_count": tag.members, "type": "static",
        "created_at": moment(tag.created), "updated_at": moment(tag.updated),
        "options": { "match": "any", "conditions": [] }, "list_id": list_id,
        "_links": links(settings, &format!("/lists/{list_id}/segments/{}", tag.id)),
    })
}

/// The audience.
pub(super) fn audience(audience: &Audience, settings: &Settings) -> Json {
    let count = |status: Status| audience.members().filter(|member| member.status() == status).count();
    let last =
        |at: fn(&Member) -> Option<Seconds>| moment_or_empty(audience.members().filter_map(|m| at(m)).max());
    json!({
        "id": audience.id, "web_id": audience.web_id, "name": settings.audience_name,
        "contact": { "company": settings.account_name, "address1": "1 High St", "address2": "", "city": "Gent",
            "state": "OVL", "zip": "9000", "country": "BE", "phone": "" },
        "permission_reminder": "You asked for it.", "use_archive_bar": true,
        "campaign_defaults": { "from_name": settings.account_name, "from_email": settings.login,
            "subject": "", "language": "en" },
        "notify_on_subscribe": "", "notify_on_unsubscribe": "",
        "date_created": moment(audience.created), "list_rating": 0, "email_type_option": false,
        "subscribe_url_short": "", "subscribe_url_long": "", "beamer_address": "",
        "visibility": "prv", "double_optin": false, "has_welcome": false, "marketing_permissions": false,
        "modules": [],
        "stats": {
            "member_count": count(Status::Subscribed), "total_contacts": audience.members().count(),
            "unsubscribe_count": count(Status::Unsubscribed), "cleaned_count": count(Status::Cleaned),
            "member_count_since_send": count(Status::Subscribed), "unsubscribe_count_since_send": 0,
            "cleaned_count_since_send": 0, "campaign_count": 0, "campaign_last_sent": "",
            "merge_field_count": audience.fields.all().count(), "avg_sub_rate": 0, "avg_unsub_rate": 0,
            "target_sub_rate": 0, "open_rate": 0, "click_rate": 0,
            "last_sub_date": last(|member| member.opted_in), "last_unsub_date": last(|member| member.left),
        },
        "_links": links(settings, &format!("/lists/{}", audience.id)),
    })
}
