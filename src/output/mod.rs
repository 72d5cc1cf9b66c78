//! What reaches a person or another program: tables, progress bars and JSON.
//!
//! Standard output carries the answer and nothing else; everything said on the way goes to standard
//! error. Colours are taken off where they do not belong (a pipe, `NO_COLOR`). Invariant: text that
//! comes from a vendor reaches a terminal only through [`printable`], so that a contact's name cannot
//! move the cursor.

mod fold;
mod progress;
mod table;
mod width;

pub use fold::fold;
pub use progress::{LogWriter, Progress};
pub use table::Table;

use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

/// Writes text to standard output. That nobody reads it any more (`| head`) is no error.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(text: &str) -> io::Result<()> {
    unless_closed(write_to(&mut anstream::stdout().lock(), text))
}

/// Writes text to standard error, where there is nobody to tell that it failed.
pub fn complain(text: &str) {
    let _ = write_to(&mut anstream::stderr().lock(), text);
}

/// Writes one JSON document and a line feed to standard output.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_json<T: Serialize + ?Sized>(document: &T) -> io::Result<()> {
    unless_closed(write_json(&mut io::BufWriter::new(io::stdout().lock()), document))
}

fn write_json<T: Serialize + ?Sized>(out: &mut impl Write, document: &T) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn write_to(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn unless_closed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Text of others for a terminal: on one line, and without anything that a terminal would act on.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let shown = |char: char| match char {
        '\n' | '\r' | '\t' => ' ',
        unsafe_one if is_unsafe(unsafe_one) => char::REPLACEMENT_CHARACTER,
        plain => plain,
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Control characters, and those that turn the direction of what follows.
fn is_unsafe(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `1 contact`, `2 contacts`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor_or_turn_the_line_around() {
        for (text, expected) in [
            ("Zoë O'Neill 王小明", "Zoë O'Neill 王小明"),
            ("two\nlines\tand", "two lines and"),
            ("\u{1b}[2Jgone", "\u{fffd}[2Jgone"),
            ("\u{9b}31m", "\u{fffd}31m"),
            ("a\u{202e}b", "a\u{fffd}b"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn a_json_document_is_whole_and_ends_its_line() {
        let mut out = Vec::new();
        write_json(&mut out, &serde_json::json!({"b": 1, "a": "é"})).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["a"], "é");
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_and_a_full_disk_is() {
        assert!(unless_closed(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        assert!(unless_closed(Err(io::ErrorKind::StorageFull.into())).is_err());
    }
}
