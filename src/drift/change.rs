//! What can become of a field, and what to do about it.

use crate::compile::type_of;
use std::fmt;
use syntony_core::schema::{Access, Choices, FieldSpec};

/// The most options that are named in one sentence.
const MAX_TOLD_OPTIONS: usize = 10;

/// One difference between what a field was and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is not there any more.
    Gone,
    /// It holds something else.
    Type { before: String, after: String },
    /// It may be written where it could not, or the other way round.
    Access(Access),
    /// The app asks for it now.
    Required,
    /// It takes longer or shorter texts.
    Length { before: Option<u32>, after: Option<u32> },
    /// Its picklist has other options.
    Options { gone: Vec<String>, new: Vec<String> },
    /// Its picklist is strict where it was not, or the other way round.
    Choices(Choices),
}

/// Everything that is different; `None` as `after`: the app does not list the field.
pub(super) fn between(before: &FieldSpec, after: Option<&FieldSpec>) -> Vec<Change> {
    let Some(after) = after else { return vec![Change::Gone] };
    let mut changes = Vec::new();
    let (was, is) = (type_of(before), type_of(after));
    if was != is {
        changes.push(Change::Type { before: was, after: is });
    }
    if before.access != after.access {
        changes.push(Change::Access(after.access));
    }
    if after.required && !before.required {
        changes.push(Change::Required);
    }
    if before.max_length_chars != after.max_length_chars {
        changes.push(Change::Length { before: before.max_length_chars, after: after.max_length_chars });
    }
    let missing = |from: &FieldSpec, of: &FieldSpec| -> Vec<String> {
        of.options.iter().filter(|option| !from.options.contains(option)).cloned().collect()
    };
    let (gone, new) = (missing(after, before), missing(before, after));
    if !(gone.is_empty() && new.is_empty()) {
        changes.push(Change::Options { gone, new });
    }
    if before.choices != after.choices {
        changes.push(Change::Choices(after.choices));
    }
    changes
}

impl Change {
    /// What helps.
    pub(super) fn hint(&self, app: &str) -> String {
        match self {
            Change::Gone => format!(
                "`syntony fields {app}` lists what there is; nothing that was synced is emptied because of it"
            ),
            Change::Type { .. } | Change::Access(_) => {
                "`syntony check` shows in which direction it goes now".to_owned()
            }
            Change::Required => "`placeholders` fill it where a new contact has nothing for it".to_owned(),
            Change::Length { .. } => {
                "a text that is too long fails that field alone; `truncate = true` shortens it".to_owned()
            }
            Change::Options { .. } | Change::Choices(_) => {
                "a value that is no option fails that field alone; `options` of the mapping says what is which"
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SINCE: &str = "since the last sync";
        match self {
            Change::Gone => write!(out, "is gone {SINCE}"),
            Change::Type { before, after } => {
                write!(out, "was a {before} in the last sync, and is a {after}")
            }
            Change::Access(Access::ReadWrite) => write!(out, "can be written {SINCE}"),
            Change::Access(Access::ReadOnly) => write!(out, "is read-only {SINCE}"),
            Change::Access(Access::CreateOnly) => write!(out, "is for new contacts alone {SINCE}"),
            Change::Required => write!(out, "is required {SINCE}"),
            Change::Length { before, after } => {
                write!(out, "takes {} {SINCE}, and took {}", length(*after), length(*before))
            }
            Change::Options { gone, new } => match (gone.is_empty(), new.is_empty()) {
                (false, true) => write!(out, "lost the options {} {SINCE}", told(gone)),
                (true, _) => write!(out, "got the options {} {SINCE}", told(new)),
                (false, false) => {
                    write!(out, "lost the options {} {SINCE}, and got {}", told(gone), told(new))
                }
            },
            Change::Choices(Choices::Closed) => write!(out, "takes nothing but its options {SINCE}"),
            Change::Choices(Choices::Open) => write!(out, "may hold more than its options {SINCE}"),
        }
    }
}

fn length(chars: Option<u32>) -> String {
    chars.map_or_else(|| "any length".to_owned(), |chars| format!("{chars} characters"))
}

fn told(options: &[String]) -> String {
    let more = options.len().saturating_sub(MAX_TOLD_OPTIONS);
    let names: Vec<&str> = options.iter().take(MAX_TOLD_OPTIONS).map(String::as_str).collect();
    if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) }
}
