//! Tables for people. Every cell goes through [`printable`](super::printable).

use super::{printable, width};
use comfy_table::{ContentArrangement, presets};
use std::fmt;

/// Narrower than this, a table is not folded: it would be a column of letters.
const MIN_WIDTH_COLUMNS: u16 = 40;

/// A table that fits the terminal.
pub struct Table {
    inner: comfy_table::Table,
}

impl Table {
    /// A table with these column heads.
    #[must_use]
    pub fn new(heads: &[&str]) -> Self {
        Self::with_width(heads, width::terminal_columns())
    }

    fn with_width(heads: &[&str], width: Option<u16>) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(presets::NOTHING);
        inner.set_content_arrangement(ContentArrangement::Dynamic);
        inner.set_header(heads.iter().map(|head| head.to_uppercase()));
        if let Some(width) = width.filter(|width| *width >= MIN_WIDTH_COLUMNS) {
            inner.set_width(width);
        }
        Self { inner }
    }

    /// Adds a row; a cell that is missing stays empty.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.inner.add_row(cells.into_iter().map(|cell| printable(cell.as_ref()).into_owned()));
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.inner.trim_fmt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_folds_to_the_width_and_keeps_every_word() {
        let mut table = Table::with_width(&["name", "reason"], Some(40));
        table.row(["chat-google", "one two three four five six seven eight nine"]);
        let text = table.to_string();
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        for word in ["NAME", "chat-google", "four", "nine"] {
            assert!(text.contains(word), "{word} is not in\n{text}");
        }
    }

    #[test]
    fn a_cell_cannot_break_out_of_its_row() {
        let mut table = Table::with_width(&["name"], None);
        table.row(["a\nb\u{1b}[31m"]);
        let text = table.to_string();
        assert!(text.contains("a b\u{fffd}[31m") && !text.contains('\u{1b}'), "{text:?}");
    }
}
