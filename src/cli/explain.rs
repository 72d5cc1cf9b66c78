//! `explain CONTACT`: what is known of a contact, where each value came from, or why it does not sync.
//!
//! Stands on the history alone: it asks no app and changes nothing.

use super::args::ExplainArgs;
use super::runs::moment;
use super::state::{self, stopped};
use super::{CliError, Exit, Globals};
use crate::config::{Config, ConnectionConfig};
use crate::output::{self, printable};
use crate::run::because;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use syntony_core::ids::{AppName, ContactId, FieldName};
use syntony_core::pair::PairState;
use syntony_core::plan::Note;
use syntony_core::record::{Fields, Seen, Subscription};
use syntony_core::side::{Side, Sides};
use syntony_mappings::normalise::email;
use syntony_state::Store;

pub(super) fn run(args: &ExplainArgs, globals: &Globals) -> Result<Exit, CliError> {
    let config = globals.load_config()?;
    let store = state::open(&config)?;
    let Some(store) = store else {
        return Err(CliError::usage(
            "nothing is known yet",
            "`syntony sync` or `syntony plan` reads the apps",
        ));
    };
    let contacts = find(&config, &store, &args.contact)?;
    if contacts.is_empty() {
        return Err(CliError::usage(
            format!("no known contact is `{}`", args.contact),
            "give an e-mail address, or APP:ID with an app of the configuration",
        ));
    }
    let explanation = explain(&config, &store, &args.contact, &contacts)?;
    if globals.json {
        output::print_json(&explanation)?;
    } else {
        output::print(&text(&explanation))?;
    }
    Ok(Exit::Done)
}

/// What there is to say of a contact.
#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    contact: String,
    pub(super) records: Vec<Known>,
    pub(super) links: Vec<Linked>,
    not_syncing: Option<String>,
}

/// A contact as it was last learned.
#[derive(Debug, Serialize)]
pub(super) struct Known {
    pub(super) app: String,
    pub(super) contact: String,
    state: &'static str,
    fields: Map<String, Value>,
    tags: Option<Vec<String>>,
    /// Whether the person may be mailed, where the app says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    mailing: Option<String>,
}

/// A link.
#[derive(Debug, Serialize)]
pub(super) struct Linked {
    link: i64,
    connection: String,
    left: Option<String>,
    right: Option<String>,
    fields: Vec<Field>,
}

/// One mapping of a link.
#[derive(Debug, Serialize)]
struct Field {
    field: String,
    left: Value,
    right: Value,
    base: Value,
    /// The app that the value came from.
    from: Option<String>,
    /// The run that brought it, if one did.
    run: Option<String>,
    because: Option<String>,
}

/// The contacts of an e-mail address, or the one of `app:id`.
pub(super) fn find(
    config: &Config,
    store: &Store,
    text: &str,
) -> Result<BTreeSet<(AppName, ContactId)>, CliError> {
    let mut contacts = BTreeSet::new();
    if let Some((app, id)) = text.split_once(':')
        && config.apps.contains_key(app)
    {
        let (app, id) = (AppName::new(app), ContactId::new(id));
        if store.contact(&app, &id).map_err(stopped)?.is_some() {
            contacts.insert((app, id));
        }
        return Ok(contacts);
    }
    if let Some(key) = email::key(text) {
        for app in config.apps.keys() {
            let found = store.contacts_by_keys(app, std::slice::from_ref(&key)).map_err(stopped)?;
            contacts.extend(found.into_iter().map(|contact| (app.clone(), contact.id)));
        }
    }
    Ok(contacts)
}

pub(super) fn explain(
    config: &Config,
    store: &Store,
    asked: &str,
    contacts: &BTreeSet<(AppName, ContactId)>,
) -> Result<Explanation, CliError> {
    let mut all = contacts.clone();
    let mut links = Vec::new();
    let mut reasons = Vec::new();
    let mut seen_links = BTreeSet::new();
    for connection in config.connections.values() {
        for side in Side::BOTH {
            let app = &connection.between[side].value;
            for (_, id) in contacts.iter().filter(|(at, _)| at == app) {
                let name = &connection.name.value;
                if let Some(link) = store.link_of(name, side, id).map_err(stopped)? {
                    for side in Side::BOTH {
                        all.insert((connection.between[side].value.clone(), link.ids[side].clone()));
                    }
                    if seen_links.insert(link.link.id) {
                        links.push(linked(store, connection, &link.ids)?);
                    }
                }
                reasons.extend(reason(store, connection, side, id)?);
            }
        }
    }
    let mut records = Vec::new();
    for (app, id) in &all {
        records.extend(known(store, app, id)?);
    }
    reasons.dedup();
    let not_syncing = (!reasons.is_empty()).then(|| reasons.join("; "));
    Ok(Explanation { contact: asked.to_owned(), records, links, not_syncing })
}

/// Why a contact is not in step, if it is not.
fn reason(
    store: &Store,
    connection: &ConnectionConfig,
    side: Side,
    id: &ContactId,
) -> Result<Option<String>, CliError> {
    let name = &connection.name.value;
    let Some(row) = store.standing_of(name, side, id).map_err(stopped)? else {
        return Ok(Some(format!("{name}: it was not looked at yet")));
    };
    let standing = row.standing;
    if standing.verdict == "in_sync" {
        return Ok(None);
    }
    let reason = standing.reason.map(|reason| format!(", {}", reason.replace('_', " "))).unwrap_or_default();
    let told = |what: &str, key: &str| -> Vec<String> {
        let lines = standing.detail.get(what).and_then(Value::as_array).into_iter().flatten();
        lines.filter_map(|line| line.get(key).and_then(Value::as_str).map(str::to_owned)).collect()
    };
    let mut words = told("failures", "reason");
    words.extend(told("held", "mapping").into_iter().map(|mapping| format!("the mapping `{mapping}`")));
    let notes: Vec<Note> = standing
        .detail
        .get("notes")
        .and_then(|notes| serde_json::from_value(notes.clone()).ok())
        .unwrap_or_default();
    words.extend(notes.iter().filter_map(noted));
    let words = if words.is_empty() { String::new() } else { format!(": {}", words.join("; ")) };
    Ok(Some(format!("{name}: {}{reason}{words}", standing.verdict)))
}

/// What a person should know of a contact that is not in step, beside the reason itself.
fn noted(note: &Note) -> Option<String> {
    match note {
        Note::DeletedButEdited(_) => {
            Some("it was edited since, so the edit stays and there is no tag".to_owned())
        }
        Note::ActionReversed(action) => Some(format!("a person reversed `{action}`; it is not done again")),
        Note::NoTagThere(_, tag) => Some(format!("the tag `{tag}` cannot be put on or taken off there")),
        // The reason itself says so, or there is nothing to do about it.
        Note::MergeCounterpart(_) | Note::Restored(_) => None,
    }
}

fn known(store: &Store, app: &AppName, id: &ContactId) -> Result<Option<Known>, CliError> {
    let Some(contact) = store.contact(app, id).map_err(stopped)? else { return Ok(None) };
    let nothing = |state| (state, Map::new(), None, None);
    let (state, fields, tags, mailing) = match &contact.seen {
        Seen::Live(record) => {
            let tags = record.tags.as_ref().map(|tags| tags.iter().map(ToString::to_string).collect());
            ("there", plain(&record.fields), tags, mailing(&record.subscription))
        }
        Seen::Gone(_) => nothing("gone"),
        Seen::Unknown => nothing("cannot be seen"),
        Seen::Never => nothing("never seen"),
    };
    Ok(Some(Known { app: app.to_string(), contact: id.to_string(), state, fields, tags, mailing }))
}

/// Whether somebody may be mailed, in the app's own word where it has one.
fn mailing(subscription: &Subscription) -> Option<String> {
    match subscription {
        Subscription::Unknown => None,
        Subscription::Subscribed => Some("subscribed".to_owned()),
        Subscription::Unsubscribed => Some("unsubscribed".to_owned()),
        Subscription::Other(state) => Some(state.clone()),
    }
}

/// Fields that hold something, in plain JSON.
fn plain(fields: &Fields) -> Map<String, Value> {
    fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_string(), value.to_plain()))
        .collect()
}

fn linked(store: &Store, connection: &ConnectionConfig, ids: &Sides<ContactId>) -> Result<Linked, CliError> {
    let name = &connection.name.value;
    let state = store.load_pair(name, &ids.clone().map(Some)).map_err(stopped)?;
    let mut fields = Vec::new();
    for (key, base) in &state.base {
        fields.push(field(store, connection, ids, &state, key.as_str(), base)?);
    }
    Ok(Linked {
        link: state.link.as_ref().map_or(0, |link| link.id.0),
        connection: name.to_string(),
        left: Some(ids.left.to_string()),
        right: Some(ids.right.to_string()),
        fields,
    })
}

fn field(
    store: &Store,
    connection: &ConnectionConfig,
    ids: &Sides<ContactId>,
    state: &PairState,
    key: &str,
    base: &Sides<Fields>,
) -> Result<Field, CliError> {
    let now = |side: Side| -> Value {
        let record = state.contacts[side].live();
        let held = base[side].keys().filter_map(|name| {
            let value = record?.fields.get(name)?;
            (!value.is_empty()).then(|| (name.to_string(), value.to_plain()))
        });
        Value::Object(held.collect())
    };
    // The last write of ours says which way the value went; without one, both had it, or a person typed
    // it where it is.
    let mut last: Option<(Side, syntony_state::LastWrite)> = None;
    for side in Side::BOTH {
        let app = &connection.between[side].value;
        for name in base[side].keys() {
            let write = store.last_write(app, &ids[side], &FieldName::new(name.as_str())).map_err(stopped)?;
            if let Some(write) = write
                && last.as_ref().is_none_or(|(_, known)| known.at_ms < write.at_ms)
            {
                last = Some((side, write));
            }
        }
    }
    Ok(Field {
        field: key.to_owned(),
        left: now(Side::Left),
        right: now(Side::Right),
        base: json!({ "left": plain(&base.left), "right": plain(&base.right) }),
        from: last.as_ref().map(|(side, _)| connection.between[side.other()].value.to_string()),
        run: last.as_ref().map(|(_, write)| write.run.to_string()),
        because: last
            .as_ref()
            .map(|(_, write)| format!("{}, {}", because(&write.change.because), moment(write.at_ms))),
    })
}

fn text(explanation: &Explanation) -> String {
    let mut text = String::new();
    for record in &explanation.records {
        let _ =
            writeln!(text, "{}:{} ({})", printable(&record.app), printable(&record.contact), record.state);
        for (name, value) in &record.fields {
            let _ = writeln!(text, "    {}: {}", printable(name), printable(&value.to_string()));
        }
        if let Some(tags) = record.tags.as_ref().filter(|tags| !tags.is_empty()) {
            let _ = writeln!(text, "    tags: {}", printable(&tags.join(", ")));
        }
        if let Some(mailing) = &record.mailing {
            let _ = writeln!(text, "    mailing: {}", printable(mailing));
        }
    }
    for link in &explanation.links {
        let (left, right) =
            (link.left.as_deref().unwrap_or_default(), link.right.as_deref().unwrap_or_default());
        let _ = writeln!(
            text,
            "linked in {}: {} = {}",
            printable(&link.connection),
            printable(left),
            printable(right)
        );
        for field in &link.fields {
            let source = match (&field.from, &field.run, &field.because) {
                (Some(from), Some(run), Some(because)) => format!("from {from}, run {run} ({because})"),
                _ => "equal when they met, or never written by a sync".to_owned(),
            };
            let _ = writeln!(text, "    {}: {}", printable(&field.field), printable(&source));
        }
    }
    match &explanation.not_syncing {
        Some(reason) => {
            let _ = writeln!(text, "not in step: {}", printable(reason));
        }
        None => text.push_str("in step\n"),
    }
    text
}
