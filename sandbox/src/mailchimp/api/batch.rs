//! `POST /lists/{list_id}`: up to 500 members at once. It always answers 200; what was refused is in
//! `errors`.
//!
//! <https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/>

use super::{Answer, Reply, Scene};
use crate::mailchimp::input::{Body, FOR_NEW};
use crate::mailchimp::member::{Hash, Member, Source, TagId};
use crate::mailchimp::problem::Problem;
use crate::mailchimp::query::Query;
use crate::mailchimp::settings::ArchivedSignUp;
use crate::mailchimp::standing::Status;
use crate::mailchimp::tags::Tags;
use crate::mailchimp::view;
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;
use std::sync::Arc;

/// The most members in one call.
const MAX_MEMBERS: usize = 500;

/// How a batch treats whom it finds.
#[derive(Clone, Copy, Debug)]
struct Manner {
    update_existing: bool,
    sync_tags: bool,
    skip_required: bool,
}

/// What became of a member.
enum Done {
    Created(Arc<Member>),
    Updated(Arc<Member>),
}

/// Why a member was refused.
struct Refused {
    code: &'static str,
    problem: Problem,
}

pub(super) fn subscribe(scene: &mut Scene<'_>, query: &Query, sent: &Map<String, Json>) -> Answer {
    let mut body = Body::new(sent);
    body.require(&["members"]);
    let members = body.list("members").cloned().unwrap_or_default();
    let (update, tags) = (body.flag("update_existing"), body.flag("sync_tags"));
    let (members, update, tags) = body.done((members, update, tags))?;
    if members.len() > MAX_MEMBERS {
        return Err(Problem::field("members", "You may only specify up to 500 members at a time."));
    }
    let manner = Manner {
        update_existing: update.unwrap_or(false),
        sync_tags: tags.unwrap_or(false),
        skip_required: query.flag("skip_merge_validation")?,
    };
    let skip_duplicates = query.flag("skip_duplicate_check")?;
    let mut told = Told::default();
    let mut seen = HashSet::new();
    for member in &members {
        let email = member.get("email_address").and_then(Json::as_str).unwrap_or_default();
        let first = seen.insert(Hash::of(email.trim()));
        let done = match (first, skip_duplicates) {
            (false, true) => continue,
            (false, false) => {
                Err(generic(Problem::invalid(format!("{email} is more than once in this batch."))))
            }
            (true, _) => one(scene, member, manner),
        };
        told.add(scene, email, done);
    }
    Ok(Reply::Json(told.answer(scene)))
}

fn generic(problem: Problem) -> Refused {
    Refused { code: "ERROR_GENERIC", problem }
}

/// One member, as a call of its own would do it.
fn one(scene: &mut Scene<'_>, sent: &Json, manner: Manner) -> Result<Done, Refused> {
    let no_object =
        || generic(Problem::field("members", "Schema describes object, other type found instead"));
    let mut body = Body::new(sent.as_object().ok_or_else(no_object)?);
    body.require(&["email_address"]);
    let mut edit = body.member(&FOR_NEW);
    let tags = body.texts("tags");
    edit.skip_required = manner.skip_required;
    let (edit, tags) = body.done((edit, tags)).map_err(generic)?;
    let Scene { audience, settings, now } = scene;
    let held = audience.find(edit.email.as_deref().unwrap_or_default().trim()).cloned();
    let Some(held) = held else {
        let status = edit
            .status
            .ok_or_else(|| generic(Problem::field("status", "This value should not be blank.")))?;
        let tags = tags.unwrap_or_default();
        let made = audience.create(&edit, status, &tags, Source::Api, settings, now);
        return made.map(Done::Created).map_err(generic);
    };
    let revives = held.status() == Status::Archived && settings.archived_sign_up == ArchivedSignUp::Revives;
    if !manner.update_existing && !revives {
        let detail = format!(
            "{} is already a list member, do you want to update? please provide update_existing:true in the request body",
            held.email
        );
        return Err(Refused { code: "ERROR_CONTACT_EXISTS", problem: Problem::invalid(detail) });
    }
    let tags = tags.unwrap_or_default();
    tags.iter().try_for_each(|tag| Tags::check_name(tag)).map_err(generic)?;
    let member = audience.update(&held, &edit, Source::Api, settings, now).map_err(generic)?;
    Ok(Done::Updated(retag(scene, &member, &tags, manner)))
}

fn retag(scene: &mut Scene<'_>, member: &Arc<Member>, tags: &[String], manner: Manner) -> Arc<Member> {
    let Scene { audience, now, .. } = scene;
    let at = now.seconds();
    let on: Vec<TagId> = tags.iter().filter_map(|tag| audience.tags.ensure(tag, at).ok()).collect();
    let off: Vec<TagId> = match manner.sync_tags {
        true => member.tags.keys().copied().filter(|id| !on.contains(id)).collect(),
        false => Vec::new(),
    };
    audience.retag(member, &on, &off, now)
}

/// The answer as it grows.
#[derive(Default)]
struct Told {
    created: Vec<Json>,
    updated: Vec<Json>,
    errors: Vec<Json>,
}

impl Told {
    fn add(&mut self, scene: &Scene<'_>, email: &str, done: Result<Done, Refused>) {
        let shown = |member: &Member| view::plain_member(member, scene.audience, scene.settings);
        match done {
            Ok(Done::Created(member)) => self.created.push(shown(&member)),
            Ok(Done::Updated(member)) => self.updated.push(shown(&member)),
            Err(Refused { code, problem }) => {
                let field = problem.errors().first();
                self.errors.push(json!({
                    "email_address": email, "error": problem.detail(), "error_code": code,
                    "field": field.map_or("", |error| &error.field),
                    "field_message": field.map_or("", |error| &error.message),
                }));
            }
        }
    }

    fn answer(self, scene: &Scene<'_>) -> Json {
        json!({
            "total_created": self.created.len(), "total_updated": self.updated.len(),
            "error_count": self.errors.len(), "new_members": self.created, "updated_members": self.updated,
            "errors": self.errors,
            "_links": view::links(scene.settings, &format!("/lists/{}", scene.audience.id)),
        })
    }
}
