//! `/lists/{list_id}/segments`: static segments, which are the tags by another name.
//!
//! <https://mailchimp.com/developer/marketing/api/list-segments/>

use super::{Answer, Reply, Scene, collection, number};
use crate::mailchimp::input::Body;
use crate::mailchimp::member::{Member, TagId};
use crate::mailchimp::problem::Problem;
use crate::mailchimp::query::Query;
use crate::mailchimp::view;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// The most addresses to add, and to remove, in one call.
const MAX_EMAILS: usize = 500;

/// `GET`: all segments.
pub(super) fn list(scene: &Scene<'_>, query: &Query) -> Answer {
    let (audience, settings) = (&scene.audience, scene.settings);
    let (created, updated) =
        (("since_created_at", "before_created_at"), ("since_updated_at", "before_updated_at"));
    let span = |(since, before): (&str, &str)| Ok((query.moment(since)?, query.moment(before)?));
    let (created, updated) = (span(created)?, span(updated)?);
    let within = |(since, before): (Option<i64>, Option<i64>), at| {
        since.is_none_or(|since| at > since) && before.is_none_or(|before| at < before)
    };
    let is_static = matches!(query.one("type"), None | Some("static"));
    let tags = audience
        .tags
        .all()
        .filter(|tag| is_static && within(created, tag.created) && within(updated, tag.updated));
    collection(
        "segments",
        tags.map(|tag| view::segment(tag, &audience.id, settings)),
        query,
        Some(&audience.id),
    )
}

/// `POST`: a static segment of these addresses; those that are no members are left out.
pub(super) fn create(scene: &mut Scene<'_>, sent: &Map<String, Json>) -> Answer {
    let mut body = Body::new(sent);
    body.require(&["name"]);
    let (name, emails, options) = (body.text("name"), body.texts("static_segment"), body.object("options"));
    let (name, emails, options) = body.done((name, emails, options.is_some()))?;
    let name = name.unwrap_or_default();
    if options || emails.is_none() {
        return Err(Problem::not_simulated("segments that are not static"));
    }
    if scene.audience.tags.named(&name).is_some() {
        return Err(Problem::bad_request("Sorry, that tag already exists."));
    }
    let id = scene.audience.tags.ensure(&name, scene.now.seconds())?;
    for email in emails.unwrap_or_default() {
        if let Some(member) = scene.audience.find(&email).cloned() {
            scene.audience.retag(&member, &[id], &[], scene.now);
        }
    }
    shown(scene, id)
}

/// `GET` by number.
pub(super) fn get(scene: &Scene<'_>, id: &str) -> Answer {
    shown(scene, number(id)?)
}

fn shown(scene: &Scene<'_>, id: TagId) -> Answer {
    let tag = scene.audience.tags.get(id)?;
    Ok(Reply::Json(view::segment(tag, &scene.audience.id, scene.settings)))
}

/// `PATCH`: another name; with `static_segment`, other members.
pub(super) fn change(scene: &mut Scene<'_>, id: &str, sent: &Map<String, Json>) -> Answer {
    let id: TagId = number(id)?;
    scene.audience.tags.get(id)?;
    let mut body = Body::new(sent);
    body.require(&["name"]);
    let (name, emails) = (body.text("name"), body.texts("static_segment"));
    let (name, emails) = body.done((name, emails))?;
    scene.audience.tags.rename(id, &name.unwrap_or_default(), scene.now.seconds())?;
    if let Some(emails) = emails {
        let wanted: Vec<Arc<Member>> =
            emails.iter().filter_map(|email| scene.audience.find(email).cloned()).collect();
        for member in tagged(scene, id).iter().filter(|member| !wanted.contains(member)) {
            scene.audience.retag(member, &[], &[id], scene.now);
        }
        for member in &wanted {
            scene.audience.retag(member, &[id], &[], scene.now);
        }
    }
    shown(scene, id)
}

/// `DELETE`: the tag goes from everybody.
pub(super) fn remove(scene: &mut Scene<'_>, id: &str) -> Answer {
    let id: TagId = number(id)?;
    scene.audience.tags.get(id)?;
    scene.audience.drop_tag(id, scene.now);
    Ok(Reply::Empty)
}

fn tagged(scene: &Scene<'_>, id: TagId) -> Vec<Arc<Member>> {
    scene.audience.members().filter(|member| member.tags.contains_key(&id)).cloned().collect()
}

/// `GET …/members`.
pub(super) fn members(scene: &Scene<'_>, id: &str, query: &Query) -> Answer {
    let id: TagId = number(id)?;
    scene.audience.tags.get(id)?;
    let members = tagged(scene, id);
    let shown = members.iter().map(|member| view::plain_member(member, scene.audience, scene.settings));
    collection("members", shown, query, None)
}

/// `POST …/members`.
pub(super) fn add_member(scene: &mut Scene<'_>, id: &str, sent: &Map<String, Json>) -> Answer {
    let id: TagId = number(id)?;
    scene.audience.tags.get(id)?;
    let mut body = Body::new(sent);
    body.require(&["email_address"]);
    let email = body.text("email_address");
    let email = body.done(email)?.unwrap_or_default();
    let member = scene.audience.get(&email)?;
    let member = scene.audience.retag(&member, &[id], &[], scene.now);
    Ok(Reply::Json(view::plain_member(&member, scene.audience, scene.settings)))
}

/// `DELETE …/members/{subscriber_hash}`.
pub(super) fn remove_member(scene: &mut Scene<'_>, id: &str, name: &str) -> Answer {
    let id: TagId = number(id)?;
    scene.audience.tags.get(id)?;
    let member = scene.audience.get(name)?;
    scene.audience.retag(&member, &[], &[id], scene.now);
    Ok(Reply::Empty)
}

/// `POST` by number: many addresses in and out. Who is no member is told in `errors`.
pub(super) fn batch(scene: &mut Scene<'_>, id: &str, sent: &Map<String, Json>) -> Answer {
    let id: TagId = number(id)?;
    scene.audience.tags.get(id)?;
    let mut body = Body::new(sent);
    let (add, remove) = (body.texts("members_to_add"), body.texts("members_to_remove"));
    let (add, remove) = body.done((add.unwrap_or_default(), remove.unwrap_or_default()))?;
    for (name, emails) in [("members_to_add", &add), ("members_to_remove", &remove)] {
        if emails.len() > MAX_EMAILS {
            return Err(Problem::field(name, "You may only specify up to 500 email addresses at a time."));
        }
    }
    let (added, mut strangers) = move_all(scene, &add, &[id], &[]);
    let (removed, more) = move_all(scene, &remove, &[], &[id]);
    strangers.extend(more);
    let errors = match strangers.is_empty() {
        true => json!([]),
        false => {
            json!([{ "email_addresses": strangers, "error": "Email addresses are not members of the list." }])
        }
    };
    Ok(Reply::Json(json!({
        "total_added": added.len(), "total_removed": removed.len(),
        "error_count": strangers.len(), "members_added": added, "members_removed": removed, "errors": errors,
        "_links": view::links(scene.settings, &format!("/lists/{}/segments/{id}", scene.audience.id)),
    })))
}

/// Moves everybody in or out: who moved, and who is not here.
fn move_all(
    scene: &mut Scene<'_>,
    emails: &[String],
    on: &[TagId],
    off: &[TagId],
) -> (Vec<Json>, Vec<String>) {
    let (mut moved, mut strangers) = (Vec::new(), Vec::new());
    for email in emails {
        let Some(member) = scene.audience.find(email).cloned() else {
            strangers.push(email.clone());
            continue;
        };
        let after = scene.audience.retag(&member, on, off, scene.now);
        if after.tags != member.tags {
            moved.push(view::plain_member(&after, scene.audience, scene.settings));
        }
    }
    (moved, strangers)
}
