//! `/` and `/lists`.

use super::{Answer, collection};
use crate::mailchimp::audience::Audience;
use crate::mailchimp::query::Query;
use crate::mailchimp::settings::Settings;
use crate::mailchimp::standing::Status;
use crate::mailchimp::view;
use serde_json::{Value as Json, json};

/// The account.
pub(super) fn account(audience: &Audience, settings: &Settings) -> Json {
    let since = view::moment(audience.created);
    let subscribed = audience.members().filter(|member| member.status() == Status::Subscribed).count();
    json!({
        "account_id": account_id(settings), "login_id": "417000002", "account_name": settings.account_name,
        "email": settings.login, "first_name": "Sandbox", "last_name": "Owner", "username": settings.login,
        "avatar_url": "", "role": "owner", "member_since": since, "pricing_plan_type": "monthly",
        "first_payment": "", "account_timezone": "Europe/Brussels", "account_industry": "",
        "contact": { "company": settings.account_name, "addr1": "1 High St", "addr2": "", "city": "Gent",
            "state": "OVL", "zip": "9000", "country": "BE" },
        "pro_enabled": false, "last_login": since, "total_subscribers": subscribed,
        "industry_stats": { "open_rate": 0, "bounce_rate": 0, "click_rate": 0 },
        "_links": view::links(settings, "/"),
    })
}

/// An account is known by this for ever.
fn account_id(settings: &Settings) -> String {
    let hash = blake3::hash(format!("account/{}/{}", settings.seed, settings.login).as_bytes()).to_hex();
    hash.chars().take(25).collect()
}

/// `GET /lists`: one audience. `email` asks for those that know an address.
pub(super) fn list(audience: &Audience, settings: &Settings, query: &Query) -> Answer {
    let asked = query.one("email").is_none_or(|email| audience.find(email).is_some());
    let lists = asked.then(|| view::audience(audience, settings));
    let mut reply = collection("lists", lists.into_iter(), query, None)?;
    if let super::Reply::Json(Json::Object(answer)) = &mut reply {
        let constraints = json!({ "may_create": false, "max_instances": 1, "current_total_instances": 1 });
        answer.insert("constraints".to_owned(), constraints);
    }
    Ok(reply)
}
