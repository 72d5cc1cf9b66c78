//! Every call on data, whether it came by HTTP or within another call.

use super::error::{Answer, ApiError};
use super::org::State;
use super::store::Act;
use super::wire::{Reply, Request};
use super::{change, describe, query, quota, single, write};
use axum::http::Method;

/// Answers a call. A call that is refused has changed nothing that it did not say.
pub(super) fn answer(state: &mut State, request: &Request, act: &Act) -> Reply {
    if let Err(error) = request.version_is_served() {
        return Reply::refusal(&error, state.settings.language);
    }
    if let Some(reply) = read(state, request, act) {
        return reply;
    }
    if let Some(reply) = write::answer(state, request, act) {
        return reply;
    }
    let error = if is_known(request) { ApiError::method_not_allowed() } else { ApiError::not_found() };
    Reply::refusal(&error, state.settings.language)
}

/// The calls that change nothing.
fn read(state: &mut State, request: &Request, act: &Act) -> Option<Reply> {
    if request.method != Method::GET && request.method != Method::HEAD {
        return None;
    }
    let reply = match request.segments().as_slice() {
        [] => respond(Ok(describe::resources(&request.base())), state),
        [word] if word.eq_ignore_ascii_case("query") => {
            let answer = query::start(state, request, query::Scope::Live, act);
            respond(answer, state)
        }
        [word] if word.eq_ignore_ascii_case("queryAll") => {
            let answer = query::start(state, request, query::Scope::All, act);
            respond(answer, state)
        }
        [word, locator] if word.eq_ignore_ascii_case("query") || word.eq_ignore_ascii_case("queryAll") => {
            let answer = query::next(state, request, locator, act);
            respond(answer, state)
        }
        ["limits"] => respond(Ok(quota::limits(state)), state),
        ["limits", "recordCount"] => respond(Ok(quota::record_count(state, request)), state),
        ["sobjects"] => describe::global(state, request),
        ["sobjects", object] => respond(describe::basic(state, request, object, act), state),
        ["sobjects", object, "describe"] => describe::full(state, request, object),
        ["sobjects", object, "updated"] => respond(change::updated(state, request, object, act), state),
        ["sobjects", object, "deleted"] => respond(change::deleted(state, request, object, act), state),
        ["sobjects", object, id] => single::get(state, request, object, id, act),
        _ => return None,
    };
    Some(reply)
}

fn respond(answer: Answer, state: &State) -> Reply {
    match answer {
        Ok(body) => Reply::json(200, body),
        Err(error) => Reply::refusal(&error, state.settings.language),
    }
}

/// Whether the path is one of the API's, whatever the method.
fn is_known(request: &Request) -> bool {
    super::vendor::template(&request.segments()).is_some()
}
