//! Conditions on rows, and which rows need not be looked at.

use super::super::id::RowId;
use super::super::store::{Row, Store};
use super::ast::Operator;
use super::bind::Plan;
use super::like::Pattern;
use super::value::{Cell, Path};

/// A bound condition.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare(Path, Operator, Cell),
    Like(Path, Pattern),
    /// From the first to the last millisecond, and the days that these are.
    Within(Path, Operator, Span),
    /// Sorted by [`Cell::total`]: a sub-select may find a great many.
    Among(Path, Vec<Cell>),
    /// Whether the field is one of what this query selects.
    Joined(Path, Box<Plan>),
    /// Any of these sets of options, in lower case.
    Includes(Path, Vec<Vec<String>>),
}

/// Some days as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Span {
    pub(super) first: Cell,
    pub(super) last: Cell,
}

impl Filter {
    /// Whether a row meets the condition. Joins must have been resolved.
    pub(in super::super) fn holds(&self, row: &Row, store: &Store, now_ms: i64) -> bool {
        match self {
            Filter::All(all) => all.iter().all(|each| each.holds(row, store, now_ms)),
            Filter::Any(any) => any.iter().any(|each| each.holds(row, store, now_ms)),
            Filter::Not(inner) => !inner.holds(row, store, now_ms),
            Filter::Compare(path, operator, wanted) => {
                compares(&path.cell(row, store, now_ms), *operator, wanted)
            }
            Filter::Like(path, pattern) => match path.cell(row, store, now_ms) {
                Cell::Text(text) => pattern.matches(&text),
                _ => false,
            },
            Filter::Within(path, operator, span) => within(&path.cell(row, store, now_ms), *operator, span),
            Filter::Among(path, values) => {
                let cell = path.cell(row, store, now_ms);
                values.binary_search_by(|value| value.total(&cell)).is_ok()
            }
            Filter::Joined(..) => false,
            Filter::Includes(path, sets) => match path.cell(row, store, now_ms) {
                Cell::Text(text) => {
                    let has = |option: &String| text.split(';').any(|part| part == option);
                    sets.iter().any(|set| set.iter().all(has))
                }
                _ => false,
            },
        }
    }

    /// Whether only rows with one certain value in one of these fields of their own are meant.
    pub(in super::super) fn pins(&self, names: &[&str]) -> bool {
        match self {
            Filter::Compare(path, Operator::Equal, _) => names.iter().any(|name| path.is_own(name)),
            Filter::All(all) => all.iter().any(|each| each.pins(names)),
            Filter::Any(_)
            | Filter::Not(_)
            | Filter::Compare(..)
            | Filter::Like(..)
            | Filter::Within(..)
            | Filter::Among(..)
            | Filter::Joined(..)
            | Filter::Includes(..) => false,
        }
    }

    /// The same condition, with every join replaced by what it finds.
    pub(in super::super) fn resolved(&self, find: &impl Fn(&Plan) -> Vec<RowId>) -> Self {
        let each = |all: &[Filter]| all.iter().map(|filter| filter.resolved(find)).collect();
        match self {
            Filter::All(all) => Filter::All(each(all)),
            Filter::Any(any) => Filter::Any(each(any)),
            Filter::Not(inner) => Filter::Not(Box::new(inner.resolved(find))),
            Filter::Joined(path, plan) => {
                Filter::among(path.clone(), find(plan).into_iter().map(Cell::Id).collect())
            }
            Filter::Compare(..)
            | Filter::Like(..)
            | Filter::Within(..)
            | Filter::Among(..)
            | Filter::Includes(..) => self.clone(),
        }
    }

    pub(super) fn among(path: Path, mut values: Vec<Cell>) -> Self {
        values.sort_by(Cell::total);
        Filter::Among(path, values)
    }
}

fn compares(cell: &Cell, operator: Operator, wanted: &Cell) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let equal = || (cell.is_null() && wanted.is_null()) || cell.compare(wanted) == Some(Equal);
    match operator {
        Operator::Equal => equal(),
        // What is null is unequal to everything else.
        Operator::Unequal => !equal(),
        Operator::Less => cell.compare(wanted) == Some(Less),
        Operator::LessOrEqual => matches!(cell.compare(wanted), Some(Less | Equal)),
        Operator::Greater => cell.compare(wanted) == Some(Greater),
        Operator::GreaterOrEqual => matches!(cell.compare(wanted), Some(Greater | Equal)),
        Operator::Like => false,
    }
}

fn within(cell: &Cell, operator: Operator, span: &Span) -> bool {
    use Operator::{Greater, GreaterOrEqual, Less, LessOrEqual};
    let inside = compares(cell, GreaterOrEqual, &span.first) && compares(cell, LessOrEqual, &span.last);
    match operator {
        Operator::Equal => inside,
        Operator::Unequal => !inside,
        Less => compares(cell, Less, &span.first),
        LessOrEqual => compares(cell, LessOrEqual, &span.last),
        Greater => compares(cell, Greater, &span.last),
        GreaterOrEqual => compares(cell, GreaterOrEqual, &span.first),
        Operator::Like => false,
    }
}

/// What every row that meets a condition has: found without looking at a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) struct Bounds {
    /// The least `SystemModstamp`, in seconds.
    pub(in super::super) since_s: Option<i64>,
    /// The least `Id`.
    pub(in super::super) from: Option<RowId>,
    /// One of these values in an indexed field.
    pub(in super::super) keys: Option<(String, Vec<String>)>,
    /// One of these ids.
    pub(in super::super) ids: Option<Vec<RowId>>,
}

impl Bounds {
    /// The bounds of a condition, joins resolved.
    pub(in super::super) fn of(filter: &Filter) -> Self {
        match filter {
            Filter::All(all) => all.iter().map(Self::of).fold(Self::default(), Self::and),
            Filter::Any(any) => any.iter().map(Self::of).reduce(Self::or).unwrap_or_default(),
            Filter::Compare(path, Operator::Equal, wanted) if !wanted.is_null() => {
                let mut bounds = Self::at_least(path, wanted);
                bounds.one_of(path, std::slice::from_ref(wanted));
                bounds
            }
            Filter::Compare(path, Operator::Greater | Operator::GreaterOrEqual, wanted) => {
                Self::at_least(path, wanted)
            }
            Filter::Among(path, values) => {
                let mut bounds = Self::default();
                bounds.one_of(path, values);
                bounds
            }
            Filter::Not(_)
            | Filter::Compare(..)
            | Filter::Like(..)
            | Filter::Within(..)
            | Filter::Joined(..)
            | Filter::Includes(..) => Self::default(),
        }
    }

    fn at_least(path: &Path, wanted: &Cell) -> Self {
        match wanted {
            Cell::Moment(ms) if path.is_own("SystemModstamp") => {
                Self { since_s: Some(ms.div_euclid(1_000)), ..Self::default() }
            }
            Cell::Id(id) if path.is_own("Id") => Self { from: Some(*id), ..Self::default() },
            _ => Self::default(),
        }
    }

    fn one_of(&mut self, path: &Path, values: &[Cell]) {
        if path.is_own("Id") {
            let ids =
                values.iter().filter_map(|value| if let Cell::Id(id) = value { Some(*id) } else { None });
            self.ids = Some(ids.collect());
            return;
        }
        let keys: Option<Vec<String>> = values.iter().map(Cell::key).collect();
        if let (true, true, Some(keys)) = (path.hops.is_empty(), path.field.indexed, keys) {
            self.keys = Some((path.field.name.to_string(), keys));
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            since_s: self.since_s.max(other.since_s),
            from: self.from.max(other.from),
            keys: self.keys.or(other.keys),
            ids: self.ids.or(other.ids),
        }
    }

    /// What holds for both.
    fn or(self, other: Self) -> Self {
        Self {
            since_s: self.since_s.zip(other.since_s).map(|(a, b)| a.min(b)),
            from: self.from.zip(other.from).map(|(a, b)| a.min(b)),
            keys: None,
            ids: None,
        }
    }
}
