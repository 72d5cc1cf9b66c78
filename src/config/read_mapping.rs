//! Reads what a connection maps beside the defaults, and what it fills in: `fields`, `defaults.off`,
//! `placeholders`.

use super::connection::{CONCEPTS, Direction, FieldMapping};
use super::ends::Ends;
use super::located::Located;
use super::nearest::hint_from;
use super::read_app::lift;
use super::read_rule::field_name;
use super::reader::{Node, Reader};
use super::scalar;
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{FieldName, MappingKey};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;

/// Reads `[[connections.NAME.fields]]`, in the order written.
pub(super) fn fields(node: Node<'_>, ends: &Ends<'_>) -> Option<Vec<FieldMapping>> {
    let node = node.hinted("write [[connections.NAME.fields]], with double brackets: there may be several");
    let mappings: Vec<_> = node.list()?.into_iter().map(|entry| mapping(entry, ends)).collect();
    let mappings: Vec<FieldMapping> = mappings.into_iter().collect::<Option<_>>()?;
    for side in Side::BOTH {
        let mut taken = BTreeSet::new();
        for field in mappings.iter().flat_map(|mapping| &mapping.fields[side]) {
            if !taken.insert(&field.value) {
                let message = format!("the field `{}` is mapped already", field.value);
                let hint = "a field has one mapping; remove the other".to_owned();
                ends.sink.error::<()>(field.span, message, hint);
            }
        }
    }
    Some(mappings)
}

fn mapping(node: Node<'_>, ends: &Ends<'_>) -> Option<FieldMapping> {
    let table = node.table()?;
    // Without the two names, the keys of this table cannot be told from unknown ones.
    let apps = ends.names()?;
    let sides = Sides::from_fn(|side| {
        let app = apps[side].as_str();
        let hint = format!("{app} = \"the field as the vendor's API names it\"");
        table.required(app, &hint).and_then(names_of)
    });
    let direction = table.optional("direction").map(|node| direction(node, ends));
    let options = table.optional("options").map(options);
    let truncate = table.optional("truncate").map(Node::flag);
    table.finish();
    let fields = Sides::new(sides.left?, sides.right?);
    if fields.left.len() > 1 && fields.right.len() > 1 {
        let hint = "one field on one side, one or several on the other".to_owned();
        return node.sink.error(node.span, "several fields cannot be mapped to several", hint);
    }
    Some(FieldMapping {
        fields,
        direction: lift(direction)?,
        options: lift(options)?.unwrap_or_default(),
        truncate: lift(truncate)?.is_some_and(|flag| flag.value),
        span: node.span,
    })
}

fn names_of(node: Node<'_>) -> Option<Vec<Located<FieldName>>> {
    let names: Vec<_> = node.one_or_list().into_iter().map(field_name).collect();
    if names.is_empty() {
        return node.sink.error(node.span, "this must not be empty", "name at least one field".to_owned());
    }
    names.into_iter().collect()
}

/// `"both"`, or `"to APP"` with an app of the connection.
pub(super) fn direction(node: Node<'_>, ends: &Ends<'_>) -> Option<Located<Direction>> {
    let text = node.text()?;
    match text.split_once(char::is_whitespace) {
        None if text.value == "both" => Some(text.with(Direction::Both)),
        Some(("to", app)) => {
            let side = ends.side(&text.with(app.trim().to_owned()))?;
            Some(text.with(Direction::To(side.value)))
        }
        _ => {
            let apps = ends.names()?;
            let hint = format!("possible here: `both`, `to {}`, `to {}`", apps.left, apps.right);
            node.sink.error(node.span, format!("`{}` is no direction", text.value), hint)
        }
    }
}

fn options(node: Node<'_>) -> Option<Vec<(Located<String>, Located<String>)>> {
    let table = node.hinted("options = { \"left value\" = \"right value\" }").table()?;
    let pairs: Vec<_> = table.entries().map(|entry| Some((entry.key, entry.node.text()?))).collect();
    pairs.into_iter().collect()
}

/// Reads `[connections.NAME.defaults]`.
pub(super) fn defaults(table: Reader<'_>) -> Option<Vec<Located<MappingKey>>> {
    let nodes = table.optional("off").map(|node| node.hinted("a list: off = [\"phone\"]").list());
    table.finish();
    let concepts: Vec<_> = lift(nodes)?.unwrap_or_default().into_iter().map(concept).collect();
    concepts.into_iter().collect()
}

fn concept(node: Node<'_>) -> Option<Located<MappingKey>> {
    let name = node.text()?;
    if CONCEPTS.contains(&name.as_str()) {
        return Some(name.map(MappingKey::new));
    }
    let message = format!("there is no default mapping `{}`", name.value);
    node.sink.error(node.span, message, hint_from(&name, CONCEPTS))
}

/// Reads `[connections.NAME.placeholders]`: for each app, a table of fields and values.
pub(super) fn placeholders(
    table: &Reader<'_>,
    ends: &Ends<'_>,
) -> Option<Sides<BTreeMap<FieldName, Located<Value>>>> {
    let mut values: Sides<BTreeMap<FieldName, Located<Value>>> = Sides::default();
    let mut complete = true;
    for entry in table.entries() {
        let fields = entry.node.hinted("for each app a table: APP = { FIELD = VALUE }").table();
        let side = ends.side(&entry.key);
        let (Some(fields), Some(side)) = (fields, side) else {
            complete = false;
            continue;
        };
        for field in fields.entries() {
            match scalar::value(field.node) {
                Some(value) => {
                    values[side.value].insert(FieldName::new(field.key.value), value);
                }
                None => complete = false,
            }
        }
    }
    complete.then_some(values)
}
