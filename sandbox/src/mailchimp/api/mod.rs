//! The methods: each one gets a call with its query and body and gives an answer or a problem.

mod batch;
mod lists;
mod members;
mod merge_fields;
mod segments;
mod tags;
mod webhooks;

use super::account::State;
use super::audience::{Audience, Now};
use super::batches;
use super::call::{Call, Resource};
use super::problem::Problem;
use super::query::Query;
use super::settings::Settings;
use super::view;
use serde_json::{Map, Value as Json, json};

/// A good answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    /// 200 with this body.
    Json(Json),
    /// 204.
    Empty,
}

pub(super) type Answer = Result<Reply, Problem>;

/// A call with all that it brings along.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) call: Call,
    pub(super) query: Query,
    pub(super) body: Map<String, Json>,
    /// Where the client found us, such as `http://127.0.0.1:4000`.
    pub(super) origin: &'a str,
}

/// What a method on an audience works with.
struct Scene<'a> {
    audience: &'a mut Audience,
    settings: &'a Settings,
    now: &'a Now,
}

/// Does what a call asks for.
pub(super) fn run(state: &mut State, ask: &Ask<'_>, now: &Now) -> Answer {
    ask.query.allow(ask.call.parameters())?;
    let reply = match ask.call.resource {
        Resource::Batches | Resource::Batch => batches::run(&mut state.batches, ask, &state.settings, now),
        Resource::Root
        | Resource::Ping
        | Resource::Lists
        | Resource::InterestCategories
        | Resource::Unsimulated => of_account(state, ask),
        Resource::List
        | Resource::Members
        | Resource::Member
        | Resource::DeletePermanent
        | Resource::MemberTags
        | Resource::TagSearch
        | Resource::Segments
        | Resource::Segment
        | Resource::SegmentMembers
        | Resource::SegmentMember
        | Resource::MergeFields
        | Resource::MergeField
        | Resource::Hooks
        | Resource::Hook => of_audience(state, ask, now),
    }?;
    Ok(match reply {
        Reply::Json(answer) => Reply::Json(super::fields::select(answer, &ask.query)),
        Reply::Empty => Reply::Empty,
    })
}

fn of_account(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (audience, settings) = (&state.audience, &state.settings);
    match (ask.call.resource, ask.call.method.as_str()) {
        (Resource::Ping, "GET") => Ok(Reply::Json(json!({ "health_status": "Everything's Chimpy!" }))),
        (Resource::Root, "GET") => Ok(Reply::Json(lists::account(audience, settings))),
        (Resource::Lists, "GET") => lists::list(audience, settings, &ask.query),
        (Resource::InterestCategories, "GET") => {
            known_list(audience, ask)?;
            Ok(Reply::Json(
                json!({ "list_id": audience.id, "categories": [], "total_items": 0, "_links": [] }),
            ))
        }
        (Resource::Unsimulated | Resource::Lists | Resource::InterestCategories, _) => {
            Err(Problem::not_simulated("this resource"))
        }
        (_, _) => Err(Problem::method_not_allowed()),
    }
}

fn of_audience(state: &mut State, ask: &Ask<'_>, now: &Now) -> Answer {
    known_list(&state.audience, ask)?;
    let scene = &mut Scene { audience: &mut state.audience, settings: &state.settings, now };
    let Ask { call, query, body, .. } = ask;
    match (call.resource, call.method.as_str()) {
        (Resource::List, "GET") => Ok(Reply::Json(view::audience(scene.audience, scene.settings))),
        (Resource::List, "POST") => batch::subscribe(scene, query, body),
        (Resource::List, "PATCH" | "DELETE") => Err(Problem::not_simulated("changes of audiences")),
        (Resource::Members, "GET") => members::list(scene, query),
        (Resource::Members, "POST") => members::add(scene, query, body),
        (Resource::Member, "GET") => members::get(scene, call.name(1)),
        (Resource::Member, "PUT") => members::put(scene, call.name(1), query, body),
        (Resource::Member, "PATCH") => members::patch(scene, call.name(1), query, body),
        (Resource::Member, "DELETE") => members::archive(scene, call.name(1)),
        (Resource::DeletePermanent, "POST") => members::delete_permanent(scene, call.name(1)),
        (Resource::MemberTags, "GET") => tags::of_member(scene, call.name(1), query),
        (Resource::MemberTags, "POST") => tags::set(scene, call.name(1), body),
        (Resource::TagSearch, "GET") => tags::search(scene, query),
        (Resource::Segments, "GET") => segments::list(scene, query),
        (Resource::Segments, "POST") => segments::create(scene, body),
        (Resource::Segment, "GET") => segments::get(scene, call.name(1)),
        (Resource::Segment, "POST") => segments::batch(scene, call.name(1), body),
        (Resource::Segment, "PATCH") => segments::change(scene, call.name(1), body),
        (Resource::Segment, "DELETE") => segments::remove(scene, call.name(1)),
        (Resource::SegmentMembers, "GET") => segments::members(scene, call.name(1), query),
        (Resource::SegmentMembers, "POST") => segments::add_member(scene, call.name(1), body),
        (Resource::SegmentMember, "DELETE") => segments::remove_member(scene, call.name(1), call.name(2)),
        (Resource::MergeFields, "GET") => merge_fields::list(scene, query),
        (Resource::MergeFields, "POST") => merge_fields::create(scene, body),
        (Resource::MergeField, "GET") => merge_fields::get(scene, call.name(1)),
        (Resource::MergeField, "PATCH") => merge_fields::change(scene, call.name(1), body),
        (Resource::MergeField, "DELETE") => merge_fields::remove(scene, call.name(1)),
        (Resource::Hooks, "GET") => webhooks::list(scene),
        (Resource::Hooks, "POST") => webhooks::register(scene, body),
        (Resource::Hook, "GET") => webhooks::get(scene, call.name(1)),
        (Resource::Hook, "PATCH") => webhooks::change(scene, call.name(1), body),
        (Resource::Hook, "DELETE") => webhooks::remove(scene, call.name(1)),
        (_, _) => Err(Problem::method_not_allowed()),
    }
}

fn known_list(audience: &Audience, ask: &Ask<'_>) -> Result<(), Problem> {
    if ask.call.name(0) == audience.id { Ok(()) } else { Err(Problem::not_found()) }
}

/// A part of a collection, in an answer about all of it.
fn collection(
    name: &str,
    items: impl Iterator<Item = Json>,
    query: &Query,
    list_id: Option<&str>,
) -> Result<Reply, Problem> {
    let window = query.window()?;
    let all: Vec<Json> = items.collect();
    let total = all.len();
    let page: Vec<Json> = all.into_iter().skip(window.offset).take(window.count).collect();
    let mut answer = json!({ name: page, "total_items": total, "_links": [] });
    if let (Some(answer), Some(list_id)) = (answer.as_object_mut(), list_id) {
        answer.insert("list_id".to_owned(), list_id.into());
    }
    Ok(Reply::Json(answer))
}

/// The number in a path.
fn number<N: std::str::FromStr>(name: &str) -> Result<N, Problem> {
    name.parse().map_err(|_| Problem::not_found())
}
