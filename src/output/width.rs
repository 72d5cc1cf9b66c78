//! How wide the place is where text ends up.

use std::io::IsTerminal as _;

/// A terminal that does not say how wide it is is taken to be this wide.
pub(super) const DEFAULT_COLUMNS: u16 = 80;

/// How wide a terminal is; `None` into a pipe or a file, where a table's lines stay whole.
pub(super) fn terminal_columns() -> Option<u16> {
    let told = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    told.or_else(|| std::io::stdout().is_terminal().then_some(DEFAULT_COLUMNS))
}
