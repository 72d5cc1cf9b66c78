//! Which rows a query finds, and in which order.

use super::super::id::RowId;
use super::super::soql::{Bounds, Column, Filter, Key, Order, Plan};
use super::super::store::{Act, Row, Store};
use super::Scope;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The ids of all rows that a query finds. What has no order comes in that of `turn`, if there is one.
pub(super) fn ids(store: &Store, plan: &Plan, scope: Scope, turn: Option<u64>, act: &Act) -> Vec<RowId> {
    let filter = resolved(store, plan, scope, act);
    let bounds = filter.as_ref().map(Bounds::of).unwrap_or_default();
    let wanted = plan.limit.map(|limit| limit.saturating_add(plan.offset));
    let search = Search { store, plan, scope, filter: filter.as_ref(), now_ms: act.now_ms };
    let mut found = match search.in_order(&bounds) {
        Some(candidates) => search.first(candidates, wanted.unwrap_or(usize::MAX)),
        None => {
            let mut found = search.all(&bounds);
            if let Some(turn) = turn {
                shuffle(&mut found, turn);
            }
            search.sort(&mut found);
            found
        }
    };
    if plan.offset > 0 {
        found.drain(..plan.offset.min(found.len()));
    }
    found.truncate(plan.limit.unwrap_or(usize::MAX));
    found
}

/// The rows below a row that a sub-query finds.
pub(super) fn below(
    store: &Store,
    plan: &Plan,
    field: &str,
    parent: RowId,
    scope: Scope,
    act: &Act,
) -> Vec<RowId> {
    let filter = resolved(store, plan, scope, act);
    let search = Search { store, plan, scope, filter: filter.as_ref(), now_ms: act.now_ms };
    let candidates = store.table(plan.object).with_value(field, parent.as_str()).collect();
    let mut found = search.sorted(candidates);
    let belongs = |row: &Row| row.reference(field) == Some(parent);
    found.retain(|id| store.visible(*id, act.now_ms).is_some_and(belongs));
    search.sort(&mut found);
    found.drain(..plan.offset.min(found.len()));
    found.truncate(plan.limit.unwrap_or(usize::MAX));
    found
}

/// The condition with its sub-selects run.
fn resolved(store: &Store, plan: &Plan, scope: Scope, act: &Act) -> Option<Filter> {
    let filter = plan.filter.as_ref()?;
    Some(filter.resolved(&|inner: &Plan| {
        let rows = ids(store, inner, scope, None, act);
        selected(store, inner, &rows, act)
    }))
}

/// What the one column of a sub-select holds.
fn selected(store: &Store, plan: &Plan, rows: &[RowId], act: &Act) -> Vec<RowId> {
    let Some(Column::Value(path)) = plan.columns.first() else { return Vec::new() };
    let id = |row: &Row| RowId::parse(row.value(&path.field).as_str()?);
    let found: BTreeSet<RowId> =
        rows.iter().filter_map(|row| store.visible(*row, act.now_ms)).filter_map(id).collect();
    found.into_iter().collect()
}

struct Search<'a> {
    store: &'a Store,
    plan: &'a Plan,
    scope: Scope,
    filter: Option<&'a Filter>,
    now_ms: i64,
}

impl<'a> Search<'a> {
    /// The candidates in the order that the query asks for, if an index has that order. Then nobody has
    /// to look further than the limit. Not while transactions are open: the indexes know the rows as
    /// they were last written, not as they are seen.
    fn in_order(&self, bounds: &Bounds) -> Option<Box<dyn Iterator<Item = RowId> + 'a>> {
        let table = self.store.table(self.plan.object);
        if self.store.open(self.plan.object).next().is_some() || bounds.ids.is_some() || bounds.keys.is_some()
        {
            return None;
        }
        let plain = |order: &Order, name: &str| {
            !order.descending && order.path.hops.is_empty() && &*order.path.field.name == name
        };
        match self.plan.order.as_slice() {
            [id, ..] if plain(id, "Id") => {
                let first = bounds.from.unwrap_or_else(least);
                Some(Box::new(table.ids_from(first)))
            }
            [stamp, id, ..] if plain(stamp, "SystemModstamp") && plain(id, "Id") => {
                Some(Box::new(table.ids_since(bounds.since_s.unwrap_or(i64::MIN))))
            }
            _ => None,
        }
    }

    fn first(&self, candidates: impl Iterator<Item = RowId>, most: usize) -> Vec<RowId> {
        candidates.filter(|id| self.finds(*id)).take(most).collect()
    }

    /// Everything that is found, by id.
    fn all(&self, bounds: &Bounds) -> Vec<RowId> {
        let table = self.store.table(self.plan.object);
        let candidates: BTreeSet<RowId> = match bounds {
            Bounds { ids: Some(ids), .. } => {
                let own = |id: &&RowId| id.object() == Some(self.plan.object);
                return self.sorted(ids.iter().filter(own).copied().collect());
            }
            Bounds { keys: Some((name, values)), .. } if table.has_index(name) => {
                values.iter().flat_map(|value| table.with_value(name, value)).collect()
            }
            Bounds { since_s: Some(since_s), .. } => table.ids_since(*since_s).collect(),
            Bounds { from, .. } => table.ids_from(from.unwrap_or_else(least)).collect(),
        };
        self.sorted(candidates)
    }

    /// Those of the candidates that are found, and of the rows with open transactions, which indexes may
    /// not know as they are seen.
    fn sorted(&self, mut candidates: BTreeSet<RowId>) -> Vec<RowId> {
        candidates.extend(self.store.open(self.plan.object));
        candidates.into_iter().filter(|id| self.finds(*id)).collect()
    }

    fn finds(&self, id: RowId) -> bool {
        let Some(row) = self.store.visible(id, self.now_ms) else { return false };
        (self.scope == Scope::All || !row.is_deleted)
            && self.filter.is_none_or(|filter| filter.holds(row, self.store, self.now_ms))
    }

    fn sort(&self, found: &mut Vec<RowId>) {
        if self.plan.order.is_empty() {
            return;
        }
        let mut keyed: Vec<(Vec<Key>, RowId)> = found
            .drain(..)
            .map(|id| {
                let row = self.store.visible(id, self.now_ms);
                let keys = row.map(|row| {
                    self.plan.order.iter().map(|order| order.key(row, self.store, self.now_ms)).collect()
                });
                (keys.unwrap_or_default(), id)
            })
            .collect();
        keyed.sort_by(|(a, _), (b, _)| compare(&self.plan.order, a, b));
        found.extend(keyed.into_iter().map(|(_, id)| id));
    }
}

fn compare(order: &[Order], a: &[Key], b: &[Key]) -> Ordering {
    let each = order.iter().zip(a.iter().zip(b)).map(|(order, (a, b))| order.compare(a, b));
    each.fold(Ordering::Equal, Ordering::then)
}

fn least() -> RowId {
    RowId::numbered("000", *b"00", 0)
}

/// Another order each time, and the same one for each turn of the same test.
fn shuffle(ids: &mut [RowId], turn: u64) {
    fastrand::Rng::with_seed(turn).shuffle(ids);
}
