//! `…/members/{subscriber_hash}/tags` and `/lists/{list_id}/tag-search`.
//!
//! <https://mailchimp.com/developer/marketing/api/list-member-tags/>

use super::{Answer, Reply, Scene, collection};
use crate::mailchimp::input::Body;
use crate::mailchimp::problem::Problem;
use crate::mailchimp::query::Query;
use crate::mailchimp::tags::Tags;
use crate::mailchimp::view;
use serde_json::{Map, Value as Json, json};

/// `GET`: all tags of a member, page by page.
pub(super) fn of_member(scene: &Scene<'_>, name: &str, query: &Query) -> Answer {
    let member = scene.audience.get(name)?;
    let tags = member.tags.iter().map(|(id, since)| {
        json!({ "id": id, "name": scene.audience.tags.name(*id), "date_added": view::moment(*since) })
    });
    collection("tags", tags, query, None)
}

/// `POST`: tags on and off. A tag that does not exist is made when it is put on. No body comes back.
pub(super) fn set(scene: &mut Scene<'_>, name: &str, sent: &Map<String, Json>) -> Answer {
    let member = scene.audience.get(name)?;
    let mut body = Body::new(sent);
    body.require(&["tags"]);
    let tags = body.list("tags").cloned().unwrap_or_default();
    let _ = body.flag("is_syncing");
    let tags = body.done(tags)?;
    let tags: Vec<(String, bool)> =
        tags.iter().enumerate().map(|(at, tag)| switch(at, tag)).collect::<Result<_, _>>()?;
    let Scene { audience, now, .. } = scene;
    let (mut on, mut off) = (Vec::new(), Vec::new());
    for (tag, active) in &tags {
        if *active {
            on.push(audience.tags.ensure(tag, now.seconds())?);
        } else if let Some(tag) = audience.tags.named(tag) {
            off.push(tag.id);
        }
    }
    audience.retag(&member, &on, &off, now);
    Ok(Reply::Empty)
}

fn switch(at: usize, tag: &Json) -> Result<(String, bool), Problem> {
    let text = |name: &str| tag.get(name).and_then(Json::as_str);
    let field = |name: &str| format!("tags.item:{at}.{name}");
    let name =
        text("name").ok_or_else(|| Problem::field(field("name"), "This value should not be blank."))?;
    Tags::check_name(name)?;
    match text("status") {
        Some("active") => Ok((name.to_owned(), true)),
        Some("inactive") => Ok((name.to_owned(), false)),
        Some(_) | None => {
            Err(Problem::field(field("status"), "This is not one of the values that status may have"))
        }
    }
}

/// `GET /tag-search`: the tags whose names begin like this.
pub(super) fn search(scene: &Scene<'_>, query: &Query) -> Answer {
    let wanted = query.one("name").unwrap_or_default().to_lowercase();
    let tags = scene.audience.tags.all().filter(|tag| tag.name.to_lowercase().starts_with(&wanted));
    let tags: Vec<Json> = tags.map(|tag| json!({ "id": tag.id, "name": tag.name })).collect();
    Ok(Reply::Json(json!({ "total_items": tags.len(), "tags": tags })))
}
