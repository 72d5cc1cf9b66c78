//! References between the subrequests of a composite request: `@{referenceId.path}` is what an earlier
//! answer holds there.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/using_resources_working_with_composite_reference.htm>

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The bodies of the answers so far, by `referenceId`; the body of a failed one is never there.
pub(super) type Answers = BTreeMap<String, Json>;

/// Names what could not be found: the text between the braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dangling(pub(super) String);

/// The text with every reference replaced.
pub(super) fn in_text(text: &str, answers: &Answers) -> Result<String, Dangling> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("@{") {
        let Some((path, behind)) = after.split_once('}') else { break };
        filled.push_str(before);
        match look_up(path, answers)? {
            Json::String(value) => filled.push_str(value),
            value @ (Json::Bool(_) | Json::Number(_)) => filled.push_str(&value.to_string()),
            Json::Null | Json::Array(_) | Json::Object(_) => return Err(Dangling(path.to_owned())),
        }
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The body with every reference replaced, in values at any depth. Keys are left alone.
pub(super) fn in_body(body: &Json, answers: &Answers) -> Result<Json, Dangling> {
    Ok(match body {
        Json::String(text) => Json::String(in_text(text, answers)?),
        Json::Array(items) => {
            Json::Array(items.iter().map(|item| in_body(item, answers)).collect::<Result<_, _>>()?)
        }
        Json::Object(fields) => Json::Object(
            fields
                .iter()
                .map(|(name, value)| Ok((name.clone(), in_body(value, answers)?)))
                .collect::<Result<_, Dangling>>()?,
        ),
        Json::Null | Json::Bool(_) | Json::Number(_) => body.clone(),
    })
}

/// `r1.records[0].Id`: names are told apart by case.
fn look_up<'a>(path: &str, answers: &'a Answers) -> Result<&'a Json, Dangling> {
    let dangling = || Dangling(path.to_owned());
    let (id, steps) = path.split_once('.').ok_or_else(dangling)?;
    let mut found = answers.get(id).ok_or_else(dangling)?;
    for step in steps.split('.') {
        let (name, indexes) = step.split_once('[').unwrap_or((step, ""));
        found = found.get(name).ok_or_else(dangling)?;
        for index in indexes.split('[').filter(|index| !index.is_empty()) {
            let index: usize = index.trim_end_matches(']').parse().map_err(|_| dangling())?;
            found = found.get(index).ok_or_else(dangling)?;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answers() -> Answers {
        let query = json!({ "records": [{ "Id": "003A" }, { "Id": "003B", "Size": 7 }] });
        Answers::from([("r1".to_owned(), json!({ "id": "001A" })), ("all".to_owned(), query)])
    }

    fn check(text: &str, expected: Result<&str, &str>) {
        let told = in_text(text, &answers());
        assert_eq!(told, expected.map(str::to_owned).map_err(|path| Dangling(path.to_owned())), "{text}");
    }

    #[test]
    fn what_an_earlier_answer_holds_is_put_in_its_place() {
        check(
            "/sobjects/Contact/@{all.records[1].Id}?n=@{all.records[1].Size}",
            Ok("/sobjects/Contact/003B?n=7"),
        );
        check("@{r1.id}@{r1.id}", Ok("001A001A"));
        check("no reference, not even @{", Ok("no reference, not even @{"));
        let body = json!({ "AccountId": "@{r1.id}", "deep": ["@{all.records[0].Id}", 1, null] });
        let filled = json!({ "AccountId": "001A", "deep": ["003A", 1, null] });
        assert_eq!(in_body(&body, &answers()), Ok(filled));
    }

    #[test]
    fn a_reference_to_nothing_is_an_error_and_no_empty_text() {
        for path in ["r2.id", "r1.Id", "all.records[2].Id", "all.records", "r1", "all.records[x].Id"] {
            check(&format!("@{{{path}}}"), Err(path));
        }
    }
}
