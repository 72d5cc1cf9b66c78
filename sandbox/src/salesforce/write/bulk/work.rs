//! Working through a file: each row saved for itself, with its own outcome.
//!
//! An empty value is left alone, `#N/A` clears. A file that names a field that there is not fails the job
//! as a whole; a row that an org refuses fails alone.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/datafiles_csv_valid_record_rows.htm>

use super::super::super::error::ApiError;
use super::super::super::id::RowId;
use super::super::super::org::State;
use super::super::super::schema::ObjectType;
use super::super::super::settings::Language;
use super::super::super::store::Act;
use super::super::decode::{self, Draft, Link};
use super::super::manner::Manner;
use super::super::save::{self, Refusals};
use super::super::upsert::{self, Key, Saved};
use super::super::words;
use super::csv::{self, Dialect};
use super::ingest::{Ingest, Operation};
use serde_json::Value as Json;
use std::sync::Arc;

/// Clears a value.
const NULL: &str = "#N/A";
const MAX_COLUMNS: usize = 5_000;
const MAX_VALUE_CHARACTERS: usize = 32_000;
const MAX_RECORD_CHARACTERS: usize = 400_000;

/// What became of a job's rows. Values are as they were uploaded.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    pub(super) header: Vec<String>,
    pub(super) successful: Vec<Successful>,
    pub(super) failed: Vec<Failed>,
    pub(super) unprocessed: Vec<Vec<String>>,
}

#[derive(Clone, Debug)]
pub(super) struct Successful {
    saved: Saved,
    values: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Failed {
    id: String,
    error: String,
    values: Vec<String>,
}

impl Work {
    pub(super) fn processed(&self) -> usize {
        self.successful.len() + self.failed.len()
    }

    /// All rows of a file that was not worked through.
    pub(super) fn untouched(upload: &[u8], dialect: Dialect) -> Self {
        let text = String::from_utf8_lossy(upload);
        let mut records = csv::read(&text, dialect).unwrap_or_default().into_iter();
        let header = records.next().unwrap_or_default();
        Self { header, unprocessed: records.collect(), ..Self::default() }
    }

    /// With its header; and so for the others.
    pub(super) fn successful(&self) -> Vec<Vec<&str>> {
        let mut records = vec![self.headed(&["sf__Id", "sf__Created"])];
        records.extend(self.successful.iter().map(|each| {
            let created = if each.saved.created { "true" } else { "false" };
            let mut record = vec![each.saved.id.as_str(), created];
            record.extend(each.values.iter().map(String::as_str));
            record
        }));
        records
    }

    pub(super) fn failed(&self) -> Vec<Vec<&str>> {
        let mut records = vec![self.headed(&["sf__Id", "sf__Error"])];
        records.extend(self.failed.iter().map(|row| {
            let mut record = vec![&*row.id, &*row.error];
            record.extend(row.values.iter().map(String::as_str));
            record
        }));
        records
    }

    pub(super) fn unprocessed(&self) -> Vec<Vec<&str>> {
        let mut records = vec![self.headed(&[])];
        records.extend(self.unprocessed.iter().map(|row| row.iter().map(String::as_str).collect()));
        records
    }

    fn headed<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        more.iter().copied().chain(self.header.iter().map(String::as_str)).collect()
    }
}

/// What a column holds.
enum Column {
    /// The row's id, or the external id of an upsert.
    Key,
    Field(Arc<str>),
    /// `Account.Key__c`
    Link {
        field: Arc<str>,
        key: String,
    },
}

/// Works through the upload.
///
/// # Errors
/// The job's `errorMessage`, if it failed as a whole: then no row was touched.
pub(super) fn run(state: &mut State, ingest: &mut Ingest, act: &Act) -> Result<(), String> {
    let upload = ingest.upload.clone().unwrap_or_default();
    let text =
        std::str::from_utf8(&upload).map_err(|_| "ClientInputError : Invalid UTF-8 data".to_owned())?;
    let records = csv::read(text, ingest.job.dialect).map_err(|error| error.to_string())?;
    let mut records = records.into_iter();
    let header =
        records.next().ok_or_else(|| "InvalidBatch : Field name not found : no header".to_owned())?;
    let described = state.described(&ingest.job.object).cloned();
    let described =
        described.ok_or_else(|| format!("InvalidEntity : Unable to find object: {}", ingest.job.object))?;
    let columns = columns(&described, &header, ingest)?;
    let rows: Vec<Vec<String>> = records.collect();
    rows.iter().try_for_each(|row| fits(row))?;
    let manner =
        Manner { assigns: ingest.assigns, keeps_duplicates: false, tells_matches: false, version: 0 };
    let language = state.settings.language;
    for values in rows {
        let (key, ended) = match read(&described, &columns, &values) {
            Err(error) => (None, Err(vec![error])),
            Ok((key, draft)) => {
                let saved = save(state, &described, ingest, key.as_deref(), draft, manner, act);
                (key, saved)
            }
        };
        match ended {
            Ok(saved) => ingest.work.successful.push(Successful { saved, values }),
            Err(refusals) => {
                let id = key.filter(|_| ingest.key.is_none()).unwrap_or_default();
                ingest.work.failed.push(Failed { id, error: told(&refusals, language), values });
            }
        }
    }
    ingest.work.header = header;
    Ok(())
}

/// What the header's names are, all of which there must be.
fn columns(described: &ObjectType, header: &[String], ingest: &Ingest) -> Result<Vec<Column>, String> {
    if header.len() > MAX_COLUMNS {
        return Err(format!("InvalidBatch : More than {MAX_COLUMNS} columns"));
    }
    let key = ingest.key.as_ref().map_or("Id", Key::name);
    let needs_key = ingest.operation != Operation::Insert;
    let columns = header
        .iter()
        .map(|name| {
            if name.eq_ignore_ascii_case(key) {
                return Ok(Column::Key);
            }
            column(described, name).ok_or_else(|| format!("InvalidBatch : Field name not found : {name}"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if needs_key && !columns.iter().any(|column| matches!(column, Column::Key)) {
        return Err(format!("InvalidBatch : Field name not found : {key}"));
    }
    Ok(columns)
}

fn column(described: &ObjectType, name: &str) -> Option<Column> {
    match name.split_once('.') {
        Some((relationship, key)) => {
            let field = described.relationship(relationship)?;
            Some(Column::Link { field: Arc::clone(&field.name), key: key.to_owned() })
        }
        None => described.field(name).map(|field| Column::Field(Arc::clone(&field.name))),
    }
}

fn fits(row: &[String]) -> Result<(), String> {
    let lengths = row.iter().map(|value| value.chars().count());
    if lengths.clone().any(|length| length > MAX_VALUE_CHARACTERS) {
        return Err(format!("InvalidBatch : A value has more than {MAX_VALUE_CHARACTERS} characters"));
    }
    if lengths.sum::<usize>() > MAX_RECORD_CHARACTERS {
        return Err(format!("InvalidBatch : A record has more than {MAX_RECORD_CHARACTERS} characters"));
    }
    Ok(())
}

/// The key and the draft of one row.
fn read(
    described: &ObjectType,
    columns: &[Column],
    values: &[String],
) -> Result<(Option<String>, Draft), ApiError> {
    if columns.len() != values.len() {
        let message = format!("The row has {} values, the header {}", values.len(), columns.len());
        return Err(words::refused("INVALID_CSV_ROW", message, &[]));
    }
    let mut key = None;
    let mut draft = Draft::default();
    for (column, value) in columns.iter().zip(values) {
        match column {
            _ if value.is_empty() => {}
            Column::Key => key = Some(value.clone()),
            Column::Field(name) if value == NULL => {
                draft.fields.insert(Arc::clone(name), Json::Null);
            }
            Column::Field(name) => {
                let Some(field) = described.any_field(name) else { continue };
                let stored = decode::from_text(field, value).ok_or_else(|| words::bad_value(field, value))?;
                draft.fields.insert(Arc::clone(name), stored);
            }
            Column::Link { field, .. } if value == NULL => {
                draft.fields.insert(Arc::clone(field), Json::Null);
            }
            Column::Link { field, key } => {
                draft.links.push(Link { field: Arc::clone(field), key: key.clone(), value: value.clone() });
            }
        }
    }
    Ok((key, draft))
}

fn save(
    state: &mut State,
    described: &ObjectType,
    ingest: &Ingest,
    key: Option<&str>,
    draft: Draft,
    manner: Manner,
    act: &Act,
) -> Result<Saved, Refusals> {
    let missing = |name: &str| vec![words::refused("MISSING_ARGUMENT", format!("{name} not specified"), &[])];
    let target = |state: &State| -> Result<RowId, Refusals> {
        let text = key.ok_or_else(|| missing("Id"))?;
        save::find(state, described, text).map_err(|error| vec![error])
    };
    match ingest.operation {
        Operation::Insert if key.is_some() => {
            let message = "cannot specify Id in an insert call";
            Err(vec![words::refused("INVALID_FIELD_FOR_INSERT_UPDATE", message, &["Id"])])
        }
        Operation::Insert => {
            save::insert(state, described.object, draft, manner, act).map(|id| Saved { id, created: true })
        }
        Operation::Update => {
            let id = target(state)?;
            save::update(state, id, draft, manner, act)?;
            Ok(Saved { id, created: false })
        }
        Operation::Upsert => {
            let by = ingest.key.as_ref().unwrap_or(&Key::Id);
            let value = key.ok_or_else(|| missing(by.name()))?;
            upsert::upsert(state, described, by, value, draft, manner, act)
        }
        Operation::Delete | Operation::HardDelete => {
            let id = target(state)?;
            save::delete(state, id, act)?;
            if ingest.operation == Operation::HardDelete {
                state.store.purge(id);
            }
            Ok(Saved { id, created: false })
        }
    }
}

/// `CODE:message:Field --`, as the column `sf__Error` has it.
fn told(refusals: &Refusals, language: Language) -> String {
    let one =
        |error: &ApiError| format!("{}:{}:{} --", error.code, error.told(language), error.fields.join(","));
    refusals.iter().map(one).collect::<Vec<_>>().join("; ")
}
