//! What must hold for every text.

use super::super::schema::Schema;
use super::super::settings::Settings;
use super::ast::Operator;
use super::filter::Filter;
use super::value::Cell;
use super::{MAX_DEPTH, plan};
use proptest::prelude::*;

fn schema() -> Schema {
    Schema::of(&Settings::default())
}

/// As a careful client quotes a text: the backslash first, then the quote, and no bare line breaks.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "\\'");
    format!("'{}'", text.replace('\n', "\\n").replace('\r', "\\r"))
}

#[test]
fn deep_nesting_is_refused_and_does_not_exhaust_the_stack() {
    for (open, close) in [("(", ")"), ("NOT ", "")] {
        let query = |depth: usize| {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            plan(&format!("SELECT Id FROM Contact WHERE {open}Email = null{close}"), &schema(), 0)
        };
        assert!(query(MAX_DEPTH).is_ok());
        assert_eq!(query(10_000).unwrap_err().code, "QUERY_TOO_COMPLICATED");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(
        text in ".{0,60}|SELECT [A-Za-z, ().]{0,20} FROM Contact( WHERE [A-Za-z0-9 ='(),<>!:%_\\\\-]{0,40})?"
    ) {
        let _ = plan(&text, &schema(), 0);
    }

    #[test]
    fn a_quoted_text_is_that_text_and_nothing_else(text in "[^\u{F8F0}\u{F8F1}]{1,20}") {
        let found = plan(&format!("SELECT Id FROM Contact WHERE LastName = {}", quoted(&text)), &schema(), 0);
        let filter = found.unwrap().filter;
        let Some(Filter::Compare(_, Operator::Equal, cell)) = filter else { panic!("{filter:?}") };
        prop_assert_eq!(cell, Cell::Text(text.to_lowercase()));
    }
}
