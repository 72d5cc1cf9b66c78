//! The default mappings of every pair of accounts, as one table: what the documentation shows.

use super::*;
use crate::accounts::{Account, all};
use std::fmt::Write as _;

/// The table as it stands in the documentation.
const DOCUMENT: &str = include_str!("../../../../docs/default-mappings.md");

fn direction(into: Sides<bool>, names: Sides<&str>) -> String {
    match (into.left, into.right) {
        (true, true) => "both".to_owned(),
        (true, false) => format!("to {}", names.left),
        (false, true) => format!("to {}", names.right),
        (false, false) => "none".to_owned(),
    }
}

fn cell(mapping: &Compiled, side: Side) -> String {
    let fields: Vec<String> = mapping.lens.fields(side).iter().map(|field| format!("`{field}`")).collect();
    fields.join(" ")
}

fn table_of(left: &Account, right: &Account) -> String {
    let vendors = Sides::new(left.vendor, right.vendor);
    let mappings = defaults(vendors, Sides::new(&left.schema, &right.schema), &Context::default());
    let mut table = format!("## {} and {}\n\n", left.name, right.name);
    let _ = writeln!(table, "| concept | {} | {} | direction | why | loses |", left.name, right.name);
    let _ = writeln!(table, "|---|---|---|---|---|---|");
    for mapping in &mappings {
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} |",
            mapping.key.as_str(),
            cell(mapping, Side::Left),
            cell(mapping, Side::Right),
            direction(mapping.into, Sides::new(left.name, right.name)),
            mapping.why,
            mapping.loses.as_deref().unwrap_or(""),
        );
    }
    table
}

fn tables() -> String {
    let accounts = all();
    let mut tables = Vec::new();
    for (at, left) in accounts.iter().enumerate() {
        tables.extend(accounts[at + 1..].iter().map(|right| table_of(left, right)));
    }
    tables.join("\n")
}

#[test]
fn the_default_mappings_of_every_pair_are_what_the_documentation_says() {
    let now = tables();
    let (_, written) = DOCUMENT.split_once("\n## ").unwrap();
    assert!(now == format!("## {written}"), "the tables of docs/default-mappings.md are now:\n{now}");
}

#[test]
fn whoever_stands_left_the_mappings_are_the_same() {
    for left in all() {
        for right in all() {
            let vendors = Sides::new(left.vendor, right.vendor);
            let schemas = Sides::new(&left.schema, &right.schema);
            let straight = defaults(vendors, schemas, &Context::default());
            let swapped = defaults(vendors.swap(), schemas.swap(), &Context::default());
            assert_eq!(keys(&straight), keys(&swapped));
            for (one, other) in straight.iter().zip(&swapped) {
                assert_eq!(one.into, other.into.swap(), "{} {} {:?}", left.name, right.name, one.key);
                assert_eq!(one.lens.fields(Side::Left), other.lens.fields(Side::Right));
            }
        }
    }
}

#[test]
fn every_pair_can_be_matched() {
    for left in all() {
        for right in all() {
            let vendors = Sides::new(left.vendor, right.vendor);
            let schemas = Sides::new(&left.schema, &right.schema);
            let mappings = defaults(vendors, schemas, &Context::default());
            assert_eq!(of(&mappings, "email").role, Role::Identity);
            assert_eq!(of(&mappings, "email").into, Sides::new(true, true));
        }
    }
}
