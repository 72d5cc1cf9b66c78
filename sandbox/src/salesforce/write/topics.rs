//! The topics of a record, as Connect REST has them. What is added here is a `TopicAssignment` row.
//!
//! Adding or removing a topic moves no stamp of the record itself.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.chatterapi.meta/chatterapi/connect_resources_records_topics.htm>

use super::super::error::ApiError;
use super::super::id::RowId;
use super::super::moment;
use super::super::org::State;
use super::super::schema::Object;
use super::super::store::Act;
use super::super::wire::{Reply, Request};
use super::decode::Draft;
use super::manner::Manner;
use super::route::TopicsAction;
use super::rows::{Outcome, one};
use super::save::{self, Refusals};
use super::words;
use serde_json::{Value as Json, json};

/// The most topics of one record.
const MAX_TOPICS: usize = 100;

/// Answers a call on the topics of a record.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    record: &str,
    action: TopicsAction,
    act: &Act,
) -> Outcome {
    let record = entity(state, record)?;
    match action {
        TopicsAction::List => Ok(list(state, request, record)),
        TopicsAction::Add => {
            let body = request.json().map_err(one)?;
            let topic = match (body.get("topicId").and_then(Json::as_str), body.get("topicName")) {
                (Some(id), _) => topic(state, id)?,
                (None, Some(Json::String(name))) => named(state, name, request, act)?,
                (None, _) => return Err(one(words::bad_input("topicId or topicName is required"))),
            };
            assign(state, record, topic, request, act)?;
            Ok(Reply::json(201, shown(state, request, topic)))
        }
        TopicsAction::Replace => {
            let body = request.json().map_err(one)?;
            let names = body.get("topicNames").and_then(Json::as_array);
            let names = names.ok_or_else(|| one(words::bad_input("topicNames is required")))?.iter();
            let names: Vec<&str> = names.filter_map(Json::as_str).collect();
            replace(state, request, record, &names, act)?;
            Ok(list(state, request, record))
        }
        TopicsAction::Remove => {
            let topic = topic(state, request.parameter("topicId").unwrap_or_default())?;
            let assigned = assignment(state, record, topic).ok_or_else(|| one(ApiError::not_found()))?;
            save::delete(state, assigned, act)?;
            Ok(Reply::empty(204))
        }
    }
}

/// The record that an address names, if it can have topics.
fn entity(state: &State, text: &str) -> Result<RowId, Refusals> {
    let id = RowId::parse(text).filter(|id| match id.object() {
        Some(Object::Account | Object::Campaign | Object::Contact | Object::Lead) => true,
        Some(
            Object::CampaignMember
            | Object::Organization
            | Object::Topic
            | Object::TopicAssignment
            | Object::User,
        )
        | None => false,
    });
    let live = |id: &RowId| state.store.row(*id).is_some_and(|row| !row.is_deleted);
    id.filter(live).ok_or_else(|| one(ApiError::not_found()))
}

fn topic(state: &State, text: &str) -> Result<RowId, Refusals> {
    let id = RowId::parse(text).filter(|id| id.object() == Some(Object::Topic));
    id.filter(|id| state.store.row(*id).is_some()).ok_or_else(|| one(ApiError::not_found()))
}

/// The topic of this name, in any case; made if there is none.
fn named(state: &mut State, name: &str, request: &Request, act: &Act) -> Result<RowId, Refusals> {
    if let Some(known) = state.store.find(Object::Topic, "Name", name.trim()).first() {
        return Ok(*known);
    }
    let draft = draft([("Name", name.trim())]);
    save::insert(state, Object::Topic, draft, Manner::of(request), act)
}

/// Once is enough: a topic that the record has stays as it is.
fn assign(
    state: &mut State,
    record: RowId,
    topic: RowId,
    request: &Request,
    act: &Act,
) -> Result<(), Refusals> {
    let count = state.store.find(Object::TopicAssignment, "EntityId", record.as_str()).len();
    if assignment(state, record, topic).is_some() {
        return Ok(());
    }
    if count >= MAX_TOPICS {
        return Err(one(words::limit(format!("A record can have at most {MAX_TOPICS} topics"))));
    }
    let draft = draft([("EntityId", record.as_str()), ("TopicId", topic.as_str())]);
    save::insert(state, Object::TopicAssignment, draft, Manner::of(request), act).map(|_| ())
}

fn replace(
    state: &mut State,
    request: &Request,
    record: RowId,
    names: &[&str],
    act: &Act,
) -> Result<(), Refusals> {
    let topics = names.iter().map(|name| named(state, name, request, act)).collect::<Result<Vec<_>, _>>()?;
    for (assigned, topic) in assignments(state, record) {
        if !topics.contains(&topic) {
            save::delete(state, assigned, act)?;
        }
    }
    topics.into_iter().try_for_each(|topic| assign(state, record, topic, request, act))
}

fn draft<const N: usize>(pairs: [(&str, &str); N]) -> Draft {
    let fields = pairs.into_iter().map(|(name, value)| (name.into(), Json::from(value))).collect();
    Draft { fields, links: Vec::new() }
}

/// The record's assignments with their topics.
fn assignments(state: &State, record: RowId) -> Vec<(RowId, RowId)> {
    let found = state.store.find(Object::TopicAssignment, "EntityId", record.as_str()).into_iter();
    found.filter_map(|id| Some((id, state.store.row(id)?.reference("TopicId")?))).collect()
}

fn assignment(state: &State, record: RowId, topic: RowId) -> Option<RowId> {
    assignments(state, record).into_iter().find(|(_, known)| *known == topic).map(|(id, _)| id)
}

fn list(state: &State, request: &Request, record: RowId) -> Reply {
    let topics: Vec<Json> =
        assignments(state, record).into_iter().map(|(_, topic)| shown(state, request, topic)).collect();
    Reply::json(200, json!({ "canAssignTopics": true, "topics": topics }))
}

fn shown(state: &State, request: &Request, topic: RowId) -> Json {
    let Some(row) = state.store.row(topic) else { return Json::Null };
    json!({
        "createdDate": moment::stamp(row.created_s),
        "description": row.fields.get("Description"),
        "id": topic.as_str(),
        "name": row.text("Name"),
        "talkingAbout": 0,
        "url": format!("{}/connect/topics/{topic}", request.base()),
    })
}
