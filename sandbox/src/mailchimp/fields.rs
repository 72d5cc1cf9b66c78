//! `fields` and `exclude_fields`: which parts of an answer are wanted, with dots between the levels.
//!
//! Lists are looked through: `members.tags.name` is the names of the tags of all members.
//! <https://mailchimp.com/developer/marketing/docs/methods-parameters/>

use super::query::Query;
use serde_json::{Map, Value as Json};

/// Leaves in an answer what the query asks for.
pub(super) fn select(answer: Json, query: &Query) -> Json {
    let mut answer = answer;
    if let Some(wanted) = query.one("fields") {
        answer = keep(answer, &paths(wanted));
    }
    if let Some(unwanted) = query.one("exclude_fields") {
        answer = drop(answer, &paths(unwanted));
    }
    answer
}

type Path<'a> = &'a str;

fn paths(list: &str) -> Vec<Path<'_>> {
    list.split(',').map(str::trim).filter(|path| !path.is_empty()).collect()
}

/// What the paths say below a name: `None` if one of them ends there.
fn below<'a>(paths: &[Path<'a>], name: &str) -> Option<Vec<Path<'a>>> {
    let mut deeper = Vec::new();
    for path in paths {
        match path.split_once('.') {
            None if *path == name => return None,
            Some((first, rest)) if first == name => deeper.push(rest),
            None | Some(_) => {}
        }
    }
    Some(deeper)
}

fn keep(value: Json, paths: &[Path<'_>]) -> Json {
    match value {
        Json::Array(items) => items.into_iter().map(|item| keep(item, paths)).collect(),
        Json::Object(object) => {
            let kept = object.into_iter().filter_map(|(name, value)| match below(paths, &name) {
                None => Some((name, value)),
                Some(deeper) if deeper.is_empty() => None,
                Some(deeper) => Some((name, keep(value, &deeper))),
            });
            Json::Object(kept.collect::<Map<_, _>>())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value,
    }
}

fn drop(value: Json, paths: &[Path<'_>]) -> Json {
    match value {
        Json::Array(items) => items.into_iter().map(|item| drop(item, paths)).collect(),
        Json::Object(object) => {
            let left = object.into_iter().filter_map(|(name, value)| {
                below(paths, &name).map(|deeper| {
                    if deeper.is_empty() { (name, value) } else { (name, drop(value, &deeper)) }
                })
            });
            Json::Object(left.collect::<Map<_, _>>())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(query: &str, expected: Json) {
        let answer = json!({
            "total_items": 2,
            "members": [
                { "id": "a", "tags": [{ "id": 1, "name": "x" }], "merge_fields": { "FNAME": "Ada", "LNAME": "" } },
                { "id": "b", "tags": [], "merge_fields": { "FNAME": "Bob", "LNAME": "" } },
            ],
        });
        assert_eq!(select(answer, &Query::decode(query.as_bytes())), expected, "{query}");
    }

    #[test]
    fn dots_reach_through_lists_and_objects() {
        check("fields=total_items", json!({ "total_items": 2 }));
        check(
            "fields=members.id,total_items",
            json!({ "total_items": 2, "members": [{ "id": "a" }, { "id": "b" }] }),
        );
        check(
            "fields=members.tags.name,members.merge_fields.FNAME",
            json!({ "members": [
                { "tags": [{ "name": "x" }], "merge_fields": { "FNAME": "Ada" } },
                { "tags": [], "merge_fields": { "FNAME": "Bob" } },
            ] }),
        );
        check("fields=members.nothing", json!({ "members": [{}, {}] }));
        check("fields=nothing", json!({}));
        check(
            "exclude_fields=members.tags,members.merge_fields.LNAME",
            json!({ "total_items": 2, "members": [
                { "id": "a", "merge_fields": { "FNAME": "Ada" } }, { "id": "b", "merge_fields": { "FNAME": "Bob" } },
            ] }),
        );
        check(
            "fields=members&exclude_fields=members.tags,members.merge_fields",
            json!({ "members": [{ "id": "a" }, { "id": "b" }] }),
        );
    }
}
