//! `/lists/{list_id}/webhooks`. Whether an address answers is asked before a call comes here.
//!
//! <https://mailchimp.com/developer/marketing/api/list-webhooks/>

use super::{Answer, Reply, Scene};
use serde_json::{Map, Value as Json, json};

/// `GET`: all of them.
pub(super) fn list(scene: &Scene<'_>) -> Answer {
    let id = &scene.audience.id;
    let hooks: Vec<Json> = scene.audience.hooks.all().map(|hook| hook.json(id)).collect();
    Ok(Reply::Json(json!({ "total_items": hooks.len(), "webhooks": hooks, "list_id": id, "_links": [] })))
}

/// `POST`.
pub(super) fn register(scene: &mut Scene<'_>, sent: &Map<String, Json>) -> Answer {
    let id = scene.audience.id.clone();
    scene.audience.hooks.register(sent).map(|hook| Reply::Json(hook.json(&id)))
}

/// `GET` by id.
pub(super) fn get(scene: &Scene<'_>, id: &str) -> Answer {
    scene.audience.hooks.get(id).map(|hook| Reply::Json(hook.json(&scene.audience.id)))
}

/// `PATCH`.
pub(super) fn change(scene: &mut Scene<'_>, id: &str, sent: &Map<String, Json>) -> Answer {
    let list_id = scene.audience.id.clone();
    scene.audience.hooks.change(id, sent).map(|hook| Reply::Json(hook.json(&list_id)))
}

/// `DELETE`.
pub(super) fn remove(scene: &mut Scene<'_>, id: &str) -> Answer {
    scene.audience.hooks.remove(id).map(|()| Reply::Empty)
}
