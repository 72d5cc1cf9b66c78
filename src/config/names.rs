//! The names an admin gives to apps and connections, and which of them cannot be taken.

use super::located::Located;
use super::reader::Sink;

/// The longest name, in characters: names stand in tables, logs, paths and metric labels.
pub(super) const MAX_NAME_CHARS: usize = 40;

/// Words that mean something else where an app's name may stand: keys of a `fields` entry, values of
/// `winner` and `direction`.
pub(super) const TAKEN: [&str; 5] = ["direction", "options", "truncate", "ask", "both"];

/// Complains of a name that could not be used everywhere a name is used.
pub(super) fn check(name: &Located<String>, sink: &Sink<'_>) -> Option<()> {
    let plain = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-' || char == '_');
    if !plain || name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        let message = format!("`{}` cannot be a name", name.value);
        let hint = format!("use letters, digits, - and _, at most {MAX_NAME_CHARS}");
        return sink.error(name.span, message, hint);
    }
    if TAKEN.contains(&name.as_str()) {
        let message = format!("`{}` cannot be a name: the word has a meaning of its own", name.value);
        return sink.error(name.span, message, "choose another name".to_owned());
    }
    Some(())
}
