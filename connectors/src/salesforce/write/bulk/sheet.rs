//! The table that a bulk job is given, and those that it gives back.
//!
//! A job answers in no particular order and, without a column of our own key in it, says of each row only what
//! was in it. So rows are told apart by all of their cells; rows with the same cells are interchangeable: they
//! ask for the same contact, and it does not matter which of them got which id.
//! (<https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/datafiles_csv_valid_record_rows.htm>)

use super::super::super::wire::Row;
use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What a cell says to set its field to nothing: the one text that a cell cannot hold.
const NOTHING: &str = "#N/A";
/// The longest cell, in characters
/// (<https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_limits.htm>).
const MAX_CELL_CHARS: usize = 32_000;
/// The column of a result with the row's id.
const ID_COLUMN: &str = "sf__Id";
/// The column of a result with the reason of a refusal.
const ERROR_COLUMN: &str = "sf__Error";

/// The cells of a row, as they are told apart.
type Cells = Vec<String>;

/// Rows for one job.
pub(super) struct Sheet {
    columns: Vec<String>,
    rows: Vec<Cells>,
}

/// A row of a result.
pub(super) struct Answered {
    /// The id that it got, or has; empty for a row that was refused.
    pub(super) id: String,
    /// Why it was refused: the vendor's code, words and fields in one text; empty for one that was not.
    pub(super) error: String,
    cells: Cells,
}

impl Sheet {
    /// The rows in columns. A column that a row lacks stays empty there, which leaves the field alone.
    pub(super) fn new<'a>(rows: impl IntoIterator<Item = &'a Row> + Clone) -> Self {
        let columns: BTreeSet<&str> =
            rows.clone().into_iter().flat_map(|row| row.keys().map(String::as_str)).collect();
        let cells = |row: &Row| {
            columns.iter().map(|column| row.get(*column).and_then(cell).unwrap_or_default()).collect()
        };
        Self {
            rows: rows.into_iter().map(cells).collect(),
            columns: columns.into_iter().map(str::to_owned).collect(),
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The table as it is uploaded: UTF-8, commas, line feeds, every cell quoted where it needs to be.
    ///
    /// # Errors
    /// Never in practice: writing into memory does not fail.
    pub(super) fn upload(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }

    /// The rows of a result, as far as they have our columns.
    ///
    /// # Errors
    /// What is wrong with its shape.
    pub(super) fn read(&self, result: &[u8]) -> Result<Vec<Answered>, &'static str> {
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(result);
        let header = reader.headers().map_err(|_| "a result is not a table")?.clone();
        if header.is_empty() {
            return Ok(Vec::new());
        }
        let place = |column: &str| header.iter().position(|name| name.eq_ignore_ascii_case(column));
        let ours: Option<Vec<usize>> = self.columns.iter().map(|column| place(column)).collect();
        let ours = ours.ok_or("a result lacks one of our columns")?;
        let (id, error) = (place(ID_COLUMN), place(ERROR_COLUMN));
        let text = |row: &StringRecord, at: usize| row.get(at).unwrap_or_default().to_owned();
        reader
            .records()
            .map(|row| {
                let row = row.map_err(|_| "a row of a result cannot be read")?;
                Ok(Answered {
                    id: id.map(|at| text(&row, at)).unwrap_or_default(),
                    error: error.map(|at| text(&row, at)).unwrap_or_default(),
                    cells: ours.iter().map(|at| text(&row, *at)).collect(),
                })
            })
            .collect()
    }

    /// Says which of the rows an answer is about, each row once.
    pub(super) fn matcher(&self) -> Matcher {
        let mut open: BTreeMap<Cells, Vec<usize>> = BTreeMap::new();
        // Backwards, so that equal rows are taken in their order.
        for (index, cells) in self.rows.iter().enumerate().rev() {
            open.entry(told_apart(cells)).or_default().push(index);
        }
        Matcher { open }
    }
}

/// Rows that no answer was about yet.
pub(super) struct Matcher {
    open: BTreeMap<Cells, Vec<usize>>,
}

impl Matcher {
    /// The row that an answer is about; `None` when none with these cells is left.
    pub(super) fn take(&mut self, answered: &Answered) -> Option<usize> {
        self.open.get_mut(&told_apart(&answered.cells))?.pop()
    }
}

/// Whether a row can go into a table as it is.
pub(super) fn fits(row: &Row) -> bool {
    row.values().all(|value| cell(value).is_some())
}

/// How many bytes a row takes in a table, at most.
pub(super) fn size_bytes(row: &Row) -> usize {
    const QUOTES_AND_COMMA_BYTES: usize = 3;
    // Quotes within are doubled.
    row.values().filter_map(cell).map(|cell| 2 * cell.len() + QUOTES_AND_COMMA_BYTES).sum()
}

/// A value as a cell; `None` for what no cell can hold.
fn cell(value: &Json) -> Option<String> {
    match value {
        Json::Null => Some(NOTHING.to_owned()),
        Json::Bool(yes) => Some(yes.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::String(text) => {
            let fits = text.trim() != NOTHING && text.chars().count() <= MAX_CELL_CHARS;
            fits.then(|| text.clone())
        }
        Json::Array(_) | Json::Object(_) => None,
    }
}

/// Cells without what is lost on the way there and back: the kind of line ends, and space around them.
fn told_apart(cells: &[String]) -> Cells {
    cells.iter().map(|cell| cell.replace('\r', "").trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn row(json: Json) -> Row {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_table_has_every_column_that_some_row_has() {
        let rows = [
            row(json!({ "LastName": "O'Hara, \"Kim\"", "DoNotCall": true })),
            row(json!({ "LastName": "two\nlines", "Level__c": 2.5, "Title": null })),
        ];
        let table = String::from_utf8(Sheet::new(&rows).upload().unwrap()).unwrap();
        assert_eq!(
            table,
            "DoNotCall,LastName,Level__c,Title\ntrue,\"O'Hara, \"\"Kim\"\"\",,\n,\"two\nlines\",2.5,#N/A\n"
        );
    }

    #[test]
    fn what_no_cell_can_hold_does_not_go_into_a_table() {
        for (value, expected) in [
            (json!("#N/A"), false),
            (json!(" #N/A "), false),
            (json!("x".repeat(MAX_CELL_CHARS)), true),
            (json!("x".repeat(MAX_CELL_CHARS + 1)), false),
            (json!({ "Name": "x" }), false),
            (json!(false), true),
        ] {
            assert_eq!(fits(&row(json!({ "Title": value }))), expected);
        }
    }

    #[test]
    fn equal_rows_are_answered_one_by_one_and_no_row_twice() {
        let rows = ["Same", "Other", "Same"].map(|name| row(json!({ "LastName": name })));
        let sheet = Sheet::new(&rows);
        let result = "\"sf__Id\",\"sf__Created\",\"LastName\"\nA,true,Same\nB,true, Same \nC,true,Other\nD,true,Same\n";
        let mut matcher = sheet.matcher();
        let taken: Vec<_> =
            sheet.read(result.as_bytes()).unwrap().iter().map(|answered| matcher.take(answered)).collect();
        assert_eq!(taken, [Some(0), Some(2), Some(1), None]);
    }

    #[test]
    fn a_result_of_another_shape_is_an_error_and_an_empty_one_is_not() {
        let sheet = Sheet::new([&row(json!({ "LastName": "A" }))]);
        assert!(sheet.read(b"").unwrap().is_empty());
        assert!(sheet.read(b"sf__Id,sf__Error,LASTNAME\n").unwrap().is_empty());
        assert!(sheet.read(b"sf__Id,Company\n1,2\n").is_err());
        assert!(sheet.read(b"<html></html>").is_err());
        assert!(sheet.read(b"LastName\n\xff\xfe\n").is_err());
    }

    proptest! {
        /// Whatever is in the cells, a table that comes back as it went out names each row once.
        #[test]
        fn every_row_is_found_again(names in prop::collection::vec("[ \t\r\n\",;'#/a-cÄ😀]{0,6}", 1..20)) {
            let rows: Vec<Row> = names.iter().map(|name| row(json!({ "A": name, "Z": "end" }))).collect();
            prop_assume!(rows.iter().all(fits));
            let sheet = Sheet::new(&rows);
            let mut matcher = sheet.matcher();
            let mut found: Vec<usize> = sheet
                .read(&sheet.upload().unwrap())
                .unwrap()
                .iter()
                .map(|answered| matcher.take(answered).unwrap())
                .collect();
            found.sort_unstable();
            prop_assert_eq!(found, (0..rows.len()).collect::<Vec<_>>());
        }
    }
}
