//! A query as it was written, before anybody asked whether its names exist.

/// `SELECT … FROM …`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) items: Vec<Item>,
    pub(super) from: Name,
    /// `FROM Contact c`: names may begin with `c.` then.
    pub(super) alias: Option<String>,
    pub(super) filter: Option<Condition>,
    pub(super) order: Vec<Sort>,
    pub(super) limit: Option<usize>,
    pub(super) offset: Option<usize>,
}

/// A name or a path with its place, for messages.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) column: usize,
}

/// What is selected.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Field(Name),
    Count,
    /// `FIELDS(ALL)`, `FIELDS(STANDARD)`, `FIELDS(CUSTOM)`
    Fields(FieldSet),
    Children(Query),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldSet {
    All,
    Standard,
    Custom,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        field: Name,
        operator: Operator,
        value: Value,
    },
    /// `IN`, or `NOT IN`.
    Among {
        field: Name,
        negated: bool,
        values: Vec<Value>,
    },
    /// `IN (SELECT …)`, or `NOT IN`.
    Joined {
        field: Name,
        negated: bool,
        query: Box<Query>,
    },
    /// `INCLUDES`, or `EXCLUDES`.
    Includes {
        field: Name,
        negated: bool,
        values: Vec<Value>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Text(String),
    Number(f64),
    Day(String),
    /// Milliseconds since 1970.
    Moment(i64),
    /// `TODAY`, `LAST_N_DAYS:30`: days from today, first and last.
    Days(i64, i64),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sort {
    pub(super) field: Name,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}
