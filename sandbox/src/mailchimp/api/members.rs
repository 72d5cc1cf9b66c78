//! `/lists/{list_id}/members`.
//!
//! <https://mailchimp.com/developer/marketing/api/list-members/>

use super::{Answer, Reply, Scene};
use crate::mailchimp::audience::Edit;
use crate::mailchimp::input::{Body, FOR_KNOWN, FOR_NEW};
use crate::mailchimp::listing::{Filter, SortDir, SortField, Span};
use crate::mailchimp::member::{EmailType, Member, Source};
use crate::mailchimp::problem::Problem;
use crate::mailchimp::query::Query;
use crate::mailchimp::settings::ArchivedSignUp;
use crate::mailchimp::standing::{Standing, Status};
use crate::mailchimp::view;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// `GET`: a part of the members.
pub(super) fn list(scene: &Scene<'_>, query: &Query) -> Answer {
    let (audience, settings) = (&scene.audience, scene.settings);
    let mut window = query.window()?;
    window.count = window.count.min(settings.max_page_members);
    let (page, total) = audience.listing.page(&filter(query)?, sort(query)?, window, settings);
    let members: Vec<Json> = page.iter().map(|member| view::member(member, audience, settings)).collect();
    Ok(Reply::Json(json!({
        "members": members, "list_id": audience.id, "total_items": total,
        "_links": view::links(settings, &format!("/lists/{}/members", audience.id)),
    })))
}

fn filter(query: &Query) -> Result<Filter, Problem> {
    if ["interest_category_id", "interest_ids", "interest_match", "since_last_campaign"]
        .iter()
        .any(|name| query.one(name).is_some())
    {
        return Err(Problem::not_simulated("filters by interests or campaigns"));
    }
    let status = word(query, "status", Status::parse)?;
    let left_since = query.moment("unsubscribed_since")?;
    if left_since.is_some() && status != Some(Status::Unsubscribed) {
        let why = "The unsubscribed_since filter works with the status unsubscribed alone.";
        return Err(Problem::field("unsubscribed_since", why));
    }
    Ok(Filter {
        status,
        changed: Span {
            since: query.moment("since_last_changed")?,
            before: query.moment("before_last_changed")?,
        },
        opted_in: Span {
            since: query.moment("since_timestamp_opt")?,
            before: query.moment("before_timestamp_opt")?,
        },
        left_since,
        unique_email_id: query.one("unique_email_id").map(str::to_owned),
        email_type: word(query, "email_type", |word| match word {
            "html" => Some(EmailType::Html),
            "text" => Some(EmailType::Text),
            _ => None,
        })?,
        vip_only: query.flag("vip_only")?,
    })
}

fn sort(query: &Query) -> Result<Option<(SortField, SortDir)>, Problem> {
    let direction = word(query, "sort_dir", |word| match word {
        "ASC" => Some(SortDir::Ascending),
        "DESC" => Some(SortDir::Descending),
        _ => None,
    })?;
    let field = word(query, "sort_field", |word| match word {
        "timestamp_opt" => Some(SortField::OptedIn),
        "timestamp_signup" => Some(SortField::SignedUp),
        "last_changed" => Some(SortField::Changed),
        _ => None,
    })?;
    Ok(field.map(|field| (field, direction.unwrap_or(SortDir::Ascending))))
}

fn word<T>(query: &Query, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let refused = || Problem::field(name, format!("This is not one of the values that {name} may have"));
    query.one(name).map(|text| read(text).ok_or_else(refused)).transpose()
}

/// `GET` by name.
pub(super) fn get(scene: &Scene<'_>, name: &str) -> Answer {
    let member = scene.audience.get(name)?;
    Ok(shown(scene, &member))
}

fn shown(scene: &Scene<'_>, member: &Member) -> Reply {
    Reply::Json(view::member(member, scene.audience, scene.settings))
}

/// `POST`: somebody new.
pub(super) fn add(scene: &mut Scene<'_>, query: &Query, sent: &Map<String, Json>) -> Answer {
    let mut body = Body::new(sent);
    body.require(&["email_address", "status"]);
    let mut edit = body.member(&FOR_NEW);
    let tags = body.texts("tags").unwrap_or_default();
    let (mut edit, tags) = body.done((std::mem::take(&mut edit), tags))?;
    edit.skip_required = query.flag("skip_merge_validation")?;
    let status = edit.status.unwrap_or(Status::Pending);
    let Scene { audience, settings, now } = scene;
    let held = audience.find(edit.email.as_deref().unwrap_or_default().trim()).cloned();
    let member = match held {
        Some(held)
            if held.status() == Status::Archived && settings.archived_sign_up == ArchivedSignUp::Revives =>
        {
            audience.update(&held, &edit, Source::Api, settings, now)?
        }
        Some(_) | None => audience.create(&edit, status, &tags, Source::Api, settings, now)?,
    };
    Ok(shown(scene, &member))
}

/// `PUT`: changes a member or makes one.
pub(super) fn put(scene: &mut Scene<'_>, name: &str, query: &Query, sent: &Map<String, Json>) -> Answer {
    let mut body = Body::new(sent);
    body.require(&["email_address", "status_if_new"]);
    let edit = body.member(&FOR_NEW);
    let status_if_new = body.status("status_if_new", &FOR_NEW);
    let (mut edit, status_if_new) = body.done((edit, status_if_new))?;
    edit.skip_required = query.flag("skip_merge_validation")?;
    let status_if_new = status_if_new.unwrap_or(Status::Pending);
    let Scene { audience, settings, now } = scene;
    let member = match audience.find(name).cloned() {
        None => {
            let status = edit.status.unwrap_or(status_if_new);
            audience.create(&edit, status, &[], Source::Api, settings, now)?
        }
        Some(held) => {
            if held.status() == Status::Archived && settings.upsert_revives_archived {
                edit.status = edit.status.or(Some(status_if_new));
            }
            audience.update(&held, &edit, Source::Api, settings, now)?
        }
    };
    Ok(shown(scene, &member))
}

/// `PATCH`: changes a member.
pub(super) fn patch(scene: &mut Scene<'_>, name: &str, query: &Query, sent: &Map<String, Json>) -> Answer {
    let held = scene.audience.get(name)?;
    let mut body = Body::new(sent);
    let edit = body.member(&FOR_KNOWN);
    let edit = Edit { skip_required: query.flag("skip_merge_validation")?, ..body.done(edit)? };
    let member = scene.audience.update(&held, &edit, Source::Api, scene.settings, scene.now)?;
    Ok(shown(scene, &member))
}

/// `DELETE`: puts a member away.
pub(super) fn archive(scene: &mut Scene<'_>, name: &str) -> Answer {
    let held = scene.audience.get(name)?;
    if held.status() == Status::Archived {
        let detail = "This list member cannot be removed. Please contact support.";
        return Err(Problem::new(405, "Method Not Allowed", detail));
    }
    let away = Standing { status: Status::Archived, bar: held.standing.bar };
    let _: Arc<Member> = scene.audience.place(&held, away, None, Source::Api, scene.now);
    Ok(Reply::Empty)
}

/// `POST …/actions/delete-permanent`.
pub(super) fn delete_permanent(scene: &mut Scene<'_>, name: &str) -> Answer {
    let held = scene.audience.get(name)?;
    scene.audience.forget(&held, Source::Api, scene.now);
    Ok(Reply::Empty)
}
