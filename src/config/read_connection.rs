//! Reads `[connections.NAME]`.

use super::connection::{ConnectionConfig, DELETION_TAG, Direction, MarkConfig, UNSUBSCRIBE_TAG};
use super::ends::{self, Ends};
use super::located::Located;
use super::nearest::nearest;
use super::read_app::{count_or, lift};
use super::reader::{Entry, Node, Reader, Sink};
use super::rule::RuleConfig;
use super::schedule::Schedule;
use super::{names, read_mapping, read_rule};
use chrono::{DateTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use std::collections::BTreeSet;
use syntony_core::ids::{ConnectionName, Tag};
use syntony_core::policy::{Duplicates, GuardLimits, OnClear, Winner};
use syntony_core::side::Side;

/// Above this the guard would never trip, and nobody needs one that does not.
pub(super) const MAX_GUARD_CHANGES: u32 = 1_000_000_000;

/// Reads one connection. `apps` are the names of all apps, `now` tells a schedule that is over.
pub(super) fn read(
    entry: Entry<'_>,
    apps: &BTreeSet<String>,
    now: DateTime<Utc>,
) -> Option<ConnectionConfig> {
    let sink = entry.node.sink;
    let named = names::check(&entry.key, sink);
    let table = entry.node.table_at(entry.key.span)?;
    let between = table
        .required("between", "between = [\"one app\", \"another app\"]")
        .and_then(|node| ends::between(node, apps));
    let ends = Ends { apps: between, sink };

    let direction =
        or_default(&table, "direction", Direction::Both, |node| read_mapping::direction(node, &ends));
    let schedule = table.optional("schedule").map(|node| schedule(node, now));
    let timezone = or_default(&table, "timezone", Tz::UTC, timezone);
    let winner = or_default(&table, "winner", Winner::Ask, |node| winner(node, &ends));
    let avoid_duplicates = or_default(&table, "avoid_duplicates", true, Node::flag);
    let duplicates = or_default(&table, "duplicates", Duplicates::Hold, |node| {
        node.choice(&[("hold", Duplicates::Hold), ("best", Duplicates::Best)])
    });
    let on_clear = or_default(&table, "on_clear", OnClear::Propagate, |node| {
        node.choice(&[("propagate", OnClear::Propagate), ("keep", OnClear::Keep)])
    });
    let deletions = table.optional("deletions").map(|node| mark(node, &ends, DELETION_TAG));
    let unsubscribes = table.optional("unsubscribes").map(|node| mark(node, &ends, UNSUBSCRIBE_TAG));
    let guard = table.table("guard").map_or(Some(GuardLimits::default()), guard);
    let rules = table.optional("rules").map_or(Some(Vec::new()), |node| read_rule::rules(node, &ends));
    let fields = table.optional("fields").map_or(Some(Vec::new()), |node| read_mapping::fields(node, &ends));
    let defaults_off = table.table("defaults").map_or(Some(Vec::new()), read_mapping::defaults);
    let placeholders = table.table("placeholders").map(|table| read_mapping::placeholders(&table, &ends));
    table.finish();

    named?;
    let connection = ConnectionConfig {
        name: entry.key.map(ConnectionName::new),
        between: ends.apps?,
        direction: direction?,
        schedule: lift(schedule)?,
        timezone: timezone?.value,
        winner: winner?,
        avoid_duplicates: avoid_duplicates?.value,
        duplicates: duplicates?.value,
        on_clear: on_clear?.value,
        deletions: lift(deletions)?,
        unsubscribes: lift(unsubscribes)?,
        guard: guard?,
        rules: rules?,
        fields: fields?,
        defaults_off: defaults_off?,
        placeholders: lift(placeholders)?.unwrap_or_default(),
    };
    check_direction(&connection, sink);
    Some(connection)
}

fn or_default<'a, T>(
    table: &Reader<'a>,
    key: &str,
    default: T,
    read: impl FnOnce(Node<'a>) -> Option<Located<T>>,
) -> Option<Located<T>> {
    table.optional(key).map_or_else(|| Some(Located::new(default, table.at())), read)
}

fn schedule(node: Node<'_>, now: DateTime<Utc>) -> Option<Located<Schedule>> {
    let text = node.text()?;
    match Schedule::parse(&text, now) {
        Ok(schedule) => {
            if let Some(caution) = schedule.caution() {
                node.sink.warning(node.span, caution, "names leave no doubt: MON-FRI".to_owned());
            }
            Some(text.with(schedule))
        }
        Err(error) => node.sink.error(node.span, error.to_string(), error.hint()),
    }
}

fn timezone(node: Node<'_>) -> Option<Located<Tz>> {
    let text = node.text()?;
    if let Ok(zone) = text.parse::<Tz>() {
        return Some(text.with(zone));
    }
    let hint = match nearest(&text, TZ_VARIANTS.iter().map(|zone| zone.name())) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "a name of the IANA database: `Europe/Brussels`, `America/New_York`, `UTC`".to_owned(),
    };
    node.sink.error(node.span, format!("there is no time zone `{}`", text.value), hint)
}

fn winner(node: Node<'_>, ends: &Ends<'_>) -> Option<Located<Winner>> {
    let text = node.text()?;
    if text.value == "ask" {
        return Some(text.with(Winner::Ask));
    }
    let apps = ends.names()?;
    match ends.find(&text) {
        Some(side) => Some(text.with(Winner::Side(side))),
        None => {
            let message = format!("`{}` cannot win: it is not an app of this connection", text.value);
            let hint = format!("possible here: `{}`, `{}`, `ask`", apps.left, apps.right);
            node.sink.error(node.span, message, hint)
        }
    }
}

fn mark(node: Node<'_>, ends: &Ends<'_>, default_tag: &str) -> Option<Located<MarkConfig>> {
    let table = node.hinted("{ from = \"APP\", tag = \"…\" }").table()?;
    let from = table.required("from", "the app where it is seen").and_then(|node| ends.side_at(node));
    let tag = match table.optional("tag") {
        None => Some(Tag::new(default_tag)),
        Some(node) => read_rule::tag(node),
    };
    table.finish();
    Some(Located::new(MarkConfig { from: from?, tag: tag? }, node.span))
}

fn guard(table: Reader<'_>) -> Option<GuardLimits> {
    let default = GuardLimits::default();
    let percent = count_or(&table, "max_changes_percent", 0, 100, default.max_changes_percent);
    let number = table.optional("max_changes").map(|node| node.count(0..=MAX_GUARD_CHANGES));
    table.finish();
    let number = lift(number)?.map_or(default.max_changes, |number| u64::from(number.value));
    Some(GuardLimits { max_changes_percent: percent?, max_changes: number })
}

/// `direction` wins over everything else: what would write the other way never happens. What asks for a
/// write by name is refused; a rule that merely selects is not.
fn check_direction(connection: &ConnectionConfig, sink: &Sink<'_>) {
    let read_only = |side: Side| !connection.direction.into_side(side);
    let never = |what: &str, side: Side| {
        format!("{what} would write to `{}`, which `direction` rules out", connection.between[side].value)
    };
    let hint = || "change `direction`, or remove this".to_owned();
    for RuleConfig { from, then, .. } in &connection.rules {
        for action in then.iter().filter(|action| read_only(action.on.value)) {
            sink.error::<()>(action.span, never("this action", action.on.value), hint());
        }
        if then.is_empty() && read_only(from.value.other()) {
            sink.warning(from.span, never("this rule", from.value.other()), hint());
        }
    }
    let marks =
        [(&connection.deletions, "a deletion's tag"), (&connection.unsubscribes, "an unsubscribe's tag")];
    for (mark, what) in marks {
        if let Some(mark) = mark
            && read_only(mark.from.value.other())
        {
            sink.error::<()>(mark.span, never(what, mark.from.value.other()), hint());
        }
    }
}
