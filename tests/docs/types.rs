//! The table of types in the page on mappings is the one that the program goes by.

use crate::page::section;
use crate::rows::cells;
use syntony_core::schema::{FieldSpec, Kind};
use syntony_mappings::convert::{Flow, OptionMap, flow};

/// What flows between two fields of which no options are known, as the page says it.
fn word(from: Kind, to: Kind) -> &'static str {
    match flow(&FieldSpec::new("from", from), &FieldSpec::new("to", to), &OptionMap::new()) {
        Flow::Lossless => "yes",
        Flow::Lossy(_) => "partly",
        Flow::Refused(_) => "—",
    }
}

#[test]
fn the_table_of_types_is_the_one_that_the_program_goes_by() {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let head =
        std::iter::once("from \\ into".to_owned()).chain(Kind::ALL.map(|kind| kind.to_string())).collect();
    let rows = Kind::ALL.map(|from| {
        let words = Kind::ALL.map(|to| word(from, to).to_owned());
        line(std::iter::once(from.to_string()).chain(words).collect())
    });
    let wanted: Vec<String> = std::iter::once(line(head)).chain(rows).collect();
    let page: Vec<String> = section("docs/mapping.md", "What the types allow")
        .into_iter()
        .map(|(_, text)| text)
        .skip_while(|text| !text.starts_with('|'))
        .take_while(|text| text.starts_with('|'))
        .filter(|text| !text.starts_with("|--"))
        .map(|text| line(cells(&text)))
        .collect();
    assert_eq!(page, wanted, "the page should have\n{}\n", wanted.join("\n"));
}
