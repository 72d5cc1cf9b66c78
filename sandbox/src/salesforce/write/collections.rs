//! sObject Collections: up to 200 rows a call, each with an outcome of its own, in the order of the request.
//!
//! A call that is well formed is answered with 200 even if every row failed. With `allOrNone` one failure
//! takes back all of them.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm>

use super::super::error::ApiError;
use super::super::id::RowId;
use super::super::org::State;
use super::super::schema::{Object, ObjectType};
use super::super::settings::Language;
use super::super::store::Act;
use super::super::wire::{Reply, Request};
use super::decode::{self, Draft};
use super::manner::Manner;
use super::route::Collection;
use super::rows::{Outcome, described, one};
use super::save::{self, Refusals};
use super::upsert::{self, Key, Saved};
use super::words;
use serde_json::{Map, Value as Json, json};
use std::collections::{HashMap, HashSet};

/// The most rows of one call that writes.
const MAX_RECORDS: usize = 200;
/// The most runs of rows of one object in one call.
const MAX_CHUNKS: usize = 10;
/// The most rows of one call that reads, with its ids in the body or in the address.
const MAX_RETRIEVED_BY_BODY: usize = 2_000;
const MAX_RETRIEVED_BY_URL: usize = 800;

/// Answers a call on a collection.
pub(super) fn answer(state: &mut State, request: &Request, collection: Collection<'_>, act: &Act) -> Outcome {
    match collection {
        Collection::Create => write(state, request, &Deed::Create, act),
        Collection::Update => write(state, request, &Deed::Update, act),
        Collection::Upsert { object, field } => {
            let described = described(state, object)?;
            let key = Key::of(&described, field).map_err(one)?;
            write(state, request, &Deed::Upsert(key, described), act)
        }
        Collection::Delete => delete(state, request, act),
        Collection::Get { object } => {
            let list =
                |name| request.parameter(name).map(|list| list.split(',').map(str::to_owned).collect());
            retrieve(state, request, object, list("ids"), list("fields"), MAX_RETRIEVED_BY_URL, act)
        }
        Collection::Retrieve { object } => {
            let body = request.json().map_err(one)?;
            let list = |name| body.get(name).and_then(Json::as_array).map(|list| texts(list));
            retrieve(state, request, object, list("ids"), list("fields"), MAX_RETRIEVED_BY_BODY, act)
        }
    }
}

/// What is done with the rows of a body.
enum Deed {
    Create,
    Update,
    Upsert(Key, ObjectType),
}

/// One record of a body.
struct Record {
    object: Object,
    /// The row's id, or its external one.
    key: Option<String>,
    draft: Draft,
}

/// How one row ended.
type Ended = Result<Saved, (Refusals, Option<bool>)>;

fn write(state: &mut State, request: &Request, deed: &Deed, act: &Act) -> Outcome {
    let (records, all_or_none) = records(state, request, deed).map_err(one)?;
    let manner = Manner::of(request);
    let twice = match deed {
        Deed::Upsert(..) => repeated(&records),
        Deed::Create | Deed::Update => HashSet::new(),
    };
    let savepoint = state.store.savepoint();
    let mut ended: Vec<Ended> = Vec::with_capacity(records.len());
    for record in records {
        ended.push(match record.key.as_ref().filter(|key| twice.contains(*key)) {
            Some(key) => {
                let message = format!("Duplicate external id specified: {key}");
                Err((one(words::refused("DUPLICATE_VALUE", message, &[])), None))
            }
            None => one_record(state, deed, record, manner, act),
        });
    }
    if all_or_none && ended.iter().any(Result::is_err) {
        state.store.roll_back(savepoint);
        for end in &mut ended {
            if let Ok(saved) = end {
                *end = Err((one(words::rolled_back()), Some(saved.created)));
            }
        }
    } else {
        state.store.release(savepoint);
    }
    let tells_created = matches!(deed, Deed::Upsert(..));
    let language = state.settings.language;
    let told: Vec<Json> = ended.iter().map(|end| tell(end, tells_created, language)).collect();
    Ok(Reply::json(200, Json::Array(told)))
}

fn one_record(state: &mut State, deed: &Deed, record: Record, manner: Manner, act: &Act) -> Ended {
    let Record { object, key, draft } = record;
    let missing = |what: &str| one(words::refused("MISSING_ARGUMENT", what, &[]));
    let ended = match (deed, key) {
        (Deed::Create, None) => {
            save::insert(state, object, draft, manner, act).map(|id| Saved { id, created: true })
        }
        (Deed::Create, Some(_)) => {
            let message = "cannot specify Id in an insert call";
            Err(one(words::refused("INVALID_FIELD_FOR_INSERT_UPDATE", message, &["Id"])))
        }
        (Deed::Update, Some(id)) => find(state, object, &id).map_err(one).and_then(|id| {
            save::update(state, id, draft, manner, act).map(|()| Saved { id, created: false })
        }),
        (Deed::Update, None) => Err(missing("Id not specified in an update call")),
        (Deed::Upsert(key, described), Some(value)) => {
            upsert::upsert(state, described, key, &value, draft, manner, act)
        }
        (Deed::Upsert(key, _), None) => Err(missing(&format!("{} not specified", key.name()))),
    };
    ended.map_err(|refusals| (refusals, None))
}

/// The records of a body, all read before the first is written.
fn records(state: &State, request: &Request, deed: &Deed) -> Result<(Vec<Record>, bool), ApiError> {
    let body = request.json()?;
    let all_or_none = body.get("allOrNone").and_then(Json::as_bool).unwrap_or(false);
    let list = body
        .get("records")
        .and_then(Json::as_array)
        .ok_or_else(|| words::bad_input("records is required"))?;
    at_most(list.len(), MAX_RECORDS)?;
    let records = list.iter().map(|record| read(state, deed, record)).collect::<Result<Vec<_>, _>>()?;
    let types: Vec<_> = records.iter().map(|record| record.object).collect();
    let chunks = types.chunk_by(|one, next| one == next).count();
    if chunks > MAX_CHUNKS {
        let message = "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce \
                       chunking.";
        return Err(words::limit(message));
    }
    Ok((records, all_or_none))
}

fn read(state: &State, deed: &Deed, record: &Json) -> Result<Record, ApiError> {
    let body = record.as_object().ok_or_else(|| words::bad_json("A record is required to be an object"))?;
    let name = body.get("attributes").and_then(|attributes| attributes.get("type")).and_then(Json::as_str);
    let name = name.ok_or_else(|| words::bad_input("The attribute type is required in each record"))?;
    let described = state
        .described(name)
        .ok_or_else(|| ApiError::bad("INVALID_TYPE", format!("sObject type '{name}' is not supported.")))?;
    let key_name = match deed {
        Deed::Create | Deed::Update => "Id",
        Deed::Upsert(key, wanted) => {
            if wanted.object != described.object {
                return Err(words::bad_input("All records must be of the object in the request's address"));
            }
            key.name()
        }
    };
    let (keys, fields): (Map<_, _>, Map<_, _>) = body
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .partition(|(name, _)| name.eq_ignore_ascii_case(key_name));
    let key = keys.into_iter().find_map(|(_, value)| match value {
        Json::String(text) => Some(text),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    });
    let draft = decode::record(described, &fields)?;
    Ok(Record { object: described.object, key, draft })
}

/// The external ids that more than one record names: Salesforce cannot tell which of them is meant.
fn repeated(records: &[Record]) -> HashSet<String> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for key in records.iter().filter_map(|record| record.key.as_deref()) {
        *times.entry(key).or_default() += 1;
    }
    times.into_iter().filter(|(_, times)| *times > 1).map(|(key, _)| key.to_owned()).collect()
}

fn tell(end: &Ended, tells_created: bool, language: Language) -> Json {
    let (mut told, created) = match end {
        Ok(saved) => (json!({ "id": saved.id.as_str(), "success": true, "errors": [] }), Some(saved.created)),
        Err((refusals, created)) => {
            let errors: Vec<Json> = refusals.iter().map(|error| error.row_json(language)).collect();
            (json!({ "success": false, "errors": errors }), *created)
        }
    };
    if let (true, Some(object)) = (tells_created, told.as_object_mut()) {
        object.insert("created".to_owned(), Json::Bool(created.unwrap_or(false)));
    }
    told
}

/// `DELETE /composite/sobjects?ids=…`
fn delete(state: &mut State, request: &Request, act: &Act) -> Outcome {
    let ids = request.parameter("ids").unwrap_or_default();
    let ids: Vec<&str> = ids.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(one(words::bad_input("ids is required")));
    }
    at_most(ids.len(), MAX_RECORDS).map_err(one)?;
    let all_or_none = request.parameter("allOrNone").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let savepoint = state.store.savepoint();
    let mut ended: Vec<Ended> =
        ids.iter().map(|id| delete_one(state, id, act).map_err(|error| (error, None))).collect();
    if all_or_none && ended.iter().any(Result::is_err) {
        state.store.roll_back(savepoint);
        for end in ended.iter_mut().filter(|end| end.is_ok()) {
            *end = Err((one(words::rolled_back()), None));
        }
    } else {
        state.store.release(savepoint);
    }
    let language = state.settings.language;
    Ok(Reply::json(200, ended.iter().map(|end| tell(end, false, language)).collect()))
}

fn delete_one(state: &mut State, text: &str, act: &Act) -> Result<Saved, Refusals> {
    let id = RowId::parse(text).ok_or_else(|| one(ApiError::malformed_id(text)))?;
    let object = id.object().ok_or_else(|| one(words::invalid_reference(&[])))?;
    let id = find(state, object, text).map_err(one)?;
    save::delete(state, id, act)?;
    Ok(Saved { id, created: false })
}

fn find(state: &State, object: Object, text: &str) -> Result<RowId, ApiError> {
    let described = state.schema.get(object).ok_or_else(|| words::invalid_reference(&[]))?;
    save::find(state, described, text)
}

/// Rows by their ids, in their order; null for what is not there.
fn retrieve(
    state: &State,
    request: &Request,
    object: &str,
    ids: Option<Vec<String>>,
    fields: Option<Vec<String>>,
    most: usize,
    act: &Act,
) -> Outcome {
    let described = described(state, object)?;
    let needed = |what: &str| one(words::bad_input(format!("{what} is required")));
    let ids = ids.ok_or_else(|| needed("ids"))?;
    let names = fields.ok_or_else(|| needed("fields"))?;
    at_most(ids.len(), most).map_err(one)?;
    let wanted = names
        .iter()
        .map(|name| described.field(name).ok_or_else(|| words::no_such_column(name, described.object.name())))
        .collect::<Result<Vec<_>, _>>()
        .map_err(one)?;
    let rows = ids.iter().map(|text| {
        let id = RowId::parse(text).filter(|id| id.object() == Some(described.object))?;
        let row = state.store.visible(id, act.now_ms).filter(|row| !row.is_deleted)?;
        let url = format!("{}/sobjects/{}/{id}", request.base(), described.object.name());
        let mut shown = Map::new();
        shown.insert("attributes".to_owned(), json!({ "type": described.object.name(), "url": url }));
        shown.insert("Id".to_owned(), Json::from(id.as_str()));
        shown.extend(wanted.iter().map(|field| (field.name.to_string(), row.value(field))));
        Some(Json::Object(shown))
    });
    Ok(Reply::json(200, rows.map(Option::unwrap_or_default).collect()))
}

fn at_most(count: usize, most: usize) -> Result<(), ApiError> {
    if count <= most {
        return Ok(());
    }
    let message = format!("record limit reached. cannot submit more than {most} records into this call");
    Err(ApiError::bad("EXCEEDED_ID_LIMIT", message))
}

fn texts(list: &[Json]) -> Vec<String> {
    list.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}
