//! The query language: text becomes tokens, tokens a tree, and the tree is bound to the schema.
//!
//! What Salesforce refuses is refused: `AND` and `OR` without parentheses, quotes around what is no text,
//! sub-selects where there may be none. Aggregates other than `COUNT()`, `GROUP BY` and `TYPEOF` are not
//! simulated, and refused as well.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql.htm>

mod ast;
mod bind;
mod filter;
mod like;
mod order;
mod parse;
mod token;
mod value;

#[cfg(test)]
mod tests;

pub(super) use bind::{ChildPlan, Column, Order, Plan, plan};
pub(super) use filter::{Bounds, Filter};
pub(super) use order::Key;
pub(super) use value::Path;

/// The longest text of a query, in characters.
const MAX_QUERY_CHARACTERS: usize = 100_000;
/// The most levels of parentheses.
const MAX_DEPTH: usize = 50;
