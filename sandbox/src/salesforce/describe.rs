//! What objects and fields there are: `describe`, `sobjects`, and the list of resources.
//!
//! A field that the user may not see is not there: its absence says nothing about the org.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm>

use super::error::{Answer, ApiError};
use super::moment;
use super::org::State;
use super::query::attributes;
use super::schema::{Choice, Field, Kind, Object, ObjectType};
use super::store::Act;
use super::wire::{Reply, Request};
use serde_json::{Map, Value as Json, json};

/// How many rows the basic information of an object tells of.
const RECENT_ROWS: usize = 5;

/// `GET /services/data/v62.0`
pub(super) fn resources(base: &str) -> Json {
    let names = ["sobjects", "query", "queryAll", "limits", "composite", "jobs", "connect"];
    let urls = names.into_iter().map(|name| (name.to_owned(), format!("{base}/{name}").into()));
    Json::Object(urls.collect::<Map<String, Json>>())
}

/// `GET /sobjects`
pub(super) fn global(state: &State, request: &Request) -> Reply {
    unless_unchanged(state, request, || {
        let sobjects: Vec<Json> =
            state.schema.all().map(|described| object_json(described, &request.base())).collect();
        json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": sobjects })
    })
}

/// `GET /sobjects/Contact`
pub(super) fn basic(state: &State, request: &Request, object: &str, act: &Act) -> Answer {
    let described = state.described(object).ok_or_else(ApiError::not_found)?;
    let base = request.base();
    let rows = state.store.table(described.object).rows().rev();
    let rows = rows.filter_map(|row| state.store.visible(row.id, act.now_ms)).filter(|row| !row.is_deleted);
    let recent = rows.take(RECENT_ROWS).map(|row| {
        let name = described.field("Name").map_or(Json::Null, |field| row.value(field));
        json!({ "attributes": attributes(described.object, row.id, &base), "Id": row.id.as_str(), "Name": name })
    });
    Ok(
        json!({ "objectDescribe": object_json(described, &base), "recentItems": recent.collect::<Vec<Json>>() }),
    )
}

/// `GET /sobjects/Contact/describe`
pub(super) fn full(state: &State, request: &Request, object: &str) -> Reply {
    let Some(described) = state.described(object) else {
        return Reply::refusal(&ApiError::not_found(), state.settings.language);
    };
    unless_unchanged(state, request, || {
        let mut told = object_json(described, &request.base());
        if let Some(told) = told.as_object_mut() {
            let fields: Vec<Json> = described.visible().map(|field| field_json(described, field)).collect();
            told.insert("fields".to_owned(), fields.into());
            told.insert("childRelationships".to_owned(), children_json(described.object));
            told.insert(
                "recordTypeInfos".to_owned(),
                json!([record_type(described.object, &request.base())]),
            );
            for key in ["actionOverrides", "namedLayoutInfos", "supportedScopes"] {
                told.insert(key.to_owned(), json!([]));
            }
            for key in ["listviewable", "lookupLayoutable", "networkScopeFieldName"] {
                told.insert(key.to_owned(), Json::Null);
            }
            told.insert("compactLayoutable".to_owned(), true.into());
            told.insert("searchLayoutable".to_owned(), true.into());
        }
        told
    })
}

/// 304 if the client has seen this schema: `If-Modified-Since` is not before the last change of it.
fn unless_unchanged(state: &State, request: &Request, tell: impl FnOnce() -> Json) -> Reply {
    let since = request.header("if-modified-since").and_then(moment::read_http_date);
    if since.is_some_and(|since| state.schema_s <= since) {
        return Reply::empty(304);
    }
    let changed = moment::http_date(state.schema_s * 1_000);
    Reply::json(200, tell()).with_header("last-modified", changed)
}

fn object_json(described: &ObjectType, base: &str) -> Json {
    let object = described.object;
    let (writable, linked) = match object {
        Object::Account | Object::Campaign | Object::Contact | Object::Lead => (true, false),
        Object::CampaignMember | Object::Topic | Object::TopicAssignment => (true, true),
        Object::Organization | Object::User => (false, true),
    };
    let updates = writable && object != Object::TopicAssignment;
    let name = object.name();
    json!({
        "activateable": false,
        "createable": writable,
        "custom": false,
        "customSetting": false,
        "deepCloneable": false,
        "deletable": writable,
        "deprecatedAndHidden": false,
        "feedEnabled": !linked,
        "hasSubtypes": false,
        "isInterface": false,
        "isSubtype": false,
        "keyPrefix": object.prefix(),
        "label": described.label,
        "labelPlural": described.label_plural,
        "layoutable": !linked,
        "mergeable": matches!(object, Object::Account | Object::Contact | Object::Lead),
        "mruEnabled": !linked,
        "name": name,
        "queryable": true,
        "replicateable": object != Object::Organization,
        "retrieveable": true,
        "searchable": !linked,
        "triggerable": !linked,
        "undeletable": writable && object.has_recycle_bin(),
        "updateable": updates,
        "urls": {
            "sobject": format!("{base}/sobjects/{name}"),
            "describe": format!("{base}/sobjects/{name}/describe"),
            "rowTemplate": format!("{base}/sobjects/{name}/{{ID}}"),
        },
    })
}

fn field_json(described: &ObjectType, field: &Field) -> Json {
    let text = field.kind.is_text() || matches!(field.kind, Kind::Id | Kind::Reference);
    let (digits, precision, scale) = match field.kind {
        Kind::Int => (8, 0, 0),
        Kind::Double | Kind::Currency => (0, 18, if field.kind == Kind::Currency { 0 } else { 2 }),
        _ => (0, 0, 0),
    };
    let long = field.kind == Kind::TextArea && field.length > 255;
    let compound = field.kind == Kind::Address;
    let system = field.computed && &*field.name != "Name";
    let references: Vec<&str> = field.reference_to.iter().map(|object| object.name()).collect();
    let default = match (&field.default, field.kind) {
        (Some(value), Kind::Boolean) => value.clone(),
        _ => Json::Null,
    };
    let choices: Vec<Json> = field.options.iter().map(choice_json).collect();
    let first = json!({
        "aggregatable": !long && !compound && field.kind != Kind::Boolean,
        "aiPredictionField": false,
        "autoNumber": false,
        "byteLength": if text { field.length * 3 } else { 0 },
        "calculated": false,
        "calculatedFormula": null,
        "cascadeDelete": false,
        "caseSensitive": false,
        "compoundFieldName": field.compound.filter(|name| described.field(name).is_some()),
        "controllerName": null,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": default,
        "defaultValueFormula": null,
        "defaultedOnCreate": field.defaulted_on_create() || system,
        "dependentPicklist": false,
        "deprecatedAndHidden": false,
        "digits": digits,
        "displayLocationInDecimal": false,
        "encrypted": false,
        "externalId": field.external_id,
        "extraTypeInfo": null,
        "filterable": !long && !compound,
        "filteredLookupInfo": null,
        "formulaTreatNullNumberAsZero": false,
        "groupable": !long && !compound && field.kind != Kind::DateTime,
        "highScaleNumber": false,
        "htmlFormatted": false,
    });
    let second = json!({
        "idLookup": field.external_id || matches!(field.kind, Kind::Id | Kind::Email),
        "inlineHelpText": null,
        "label": field.label,
        "length": if text { field.length } else { 0 },
        "mask": null,
        "maskType": null,
        "name": &*field.name,
        "nameField": &*field.name == "Name",
        "namePointing": references.len() > 1,
        "nillable": field.nillable,
        "permissionable": !system && field.nillable,
        "picklistValues": choices,
        "polymorphicForeignKey": references.len() > 1,
        "precision": precision,
        "queryByDistance": compound,
        "referenceTargetField": null,
        "referenceTo": references,
        "relationshipName": field.relationship,
        "relationshipOrder": null,
        "restrictedDelete": false,
        "restrictedPicklist": field.restricted,
        "scale": scale,
        "searchPrefilterable": field.kind == Kind::Reference,
        "soapType": field.kind.soap_name(),
        "sortable": !long && !compound && field.kind != Kind::MultiPicklist,
        "type": field.kind.name(),
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": false,
    });
    let keys = [first, second].into_iter().filter_map(|half| match half {
        Json::Object(keys) => Some(keys),
        _ => None,
    });
    Json::Object(keys.flatten().collect())
}

fn choice_json(choice: &Choice) -> Json {
    json!({
        "active": choice.active,
        "defaultValue": choice.default,
        "label": choice.label,
        "validFor": null,
        "value": choice.value,
    })
}

fn children_json(object: Object) -> Json {
    let children = object.children().iter().map(|child| {
        json!({
            "cascadeDelete": child.cascades,
            "childSObject": child.object.name(),
            "deprecatedAndHidden": false,
            "field": child.field,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": child.name,
            "restrictedDelete": false,
        })
    });
    Json::Array(children.collect())
}

/// Every object has the one record type that stands for none.
fn record_type(object: Object, base: &str) -> Json {
    const MASTER: &str = "012000000000000AAA";
    let url = format!("{base}/sobjects/{}/describe/layouts/{MASTER}", object.name());
    json!({
        "active": true,
        "available": true,
        "defaultRecordTypeMapping": true,
        "developerName": "Master",
        "master": true,
        "name": "Master",
        "recordTypeId": MASTER,
        "urls": { "layout": url },
    })
}
