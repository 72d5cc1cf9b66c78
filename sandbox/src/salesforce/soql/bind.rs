//! Binds a query to the schema: every name exists, and every value fits its field.

use super::super::error::ApiError;
use super::super::id::RowId;
use super::super::moment;
use super::super::schema::{Field, Kind, Object, ObjectType, Schema};
use super::ast::{Condition, FieldSet, Item, Name, Operator, Query, Sort, Value};
use super::filter::{Filter, Span};
use super::like::Pattern;
use super::parse::{located, parse};
use super::token::{PERCENT, UNDERSCORE};
use super::value::{Cell, Hop, Path};

/// The most rows that `OFFSET` skips.
const MAX_OFFSET_ROWS: usize = 2_000;
/// The most rows of a query with `FIELDS()`.
const MAX_FIELDS_ROWS: usize = 200;
/// Longer text areas cannot be filtered or sorted by.
const MAX_FILTERED_CHARACTERS: usize = 255;
/// The most relationships of one path.
const MAX_HOPS: usize = 5;
const MAX_JOINS: usize = 2;
const DAY_MS: i64 = 24 * 3600 * 1_000;

/// A query that can be run.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Plan {
    pub(in super::super) object: Object,
    pub(in super::super) columns: Vec<Column>,
    pub(in super::super) filter: Option<Filter>,
    pub(in super::super) order: Vec<Order>,
    pub(in super::super) limit: Option<usize>,
    pub(in super::super) offset: usize,
    /// `SELECT COUNT()`
    pub(in super::super) counts: bool,
}

/// One thing that is told of each row.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Column {
    Value(Path),
    Children(Box<ChildPlan>),
}

/// A sub-query over the rows below a row.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct ChildPlan {
    pub(in super::super) name: &'static str,
    /// The children's field that holds the parent's id.
    pub(in super::super) field: &'static str,
    pub(in super::super) plan: Plan,
}

/// One key of an order.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Order {
    pub(in super::super) path: Path,
    pub(in super::super) descending: bool,
    pub(in super::super) nulls_last: bool,
}

/// Reads and binds a query. `now_ms` is what `TODAY` means.
pub(in super::super) fn plan(text: &str, schema: &Schema, now_ms: i64) -> Result<Plan, ApiError> {
    let query = parse(text)?;
    let from = query.from.text.clone();
    let described = schema.named(&from).ok_or_else(|| {
        let message = format!("sObject type '{from}' is not supported.");
        ApiError::bad("INVALID_TYPE", located(text, query.from.column, &message))
    })?;
    let mut binder = Binder { text, schema, described, alias: None, now_ms, joins: 0 };
    binder.plan(&query, true)
}

struct Binder<'a> {
    text: &'a str,
    schema: &'a Schema,
    described: &'a ObjectType,
    alias: Option<String>,
    now_ms: i64,
    joins: usize,
}

impl Binder<'_> {
    fn plan(&mut self, query: &Query, outermost: bool) -> Result<Plan, ApiError> {
        self.alias.clone_from(&query.alias);
        let offset = query.offset.unwrap_or(0);
        if offset > MAX_OFFSET_ROWS {
            let message = format!("Maximum SOQL offset allowed is {MAX_OFFSET_ROWS}");
            return Err(ApiError::bad("NUMBER_OUTSIDE_VALID_RANGE", message));
        }
        let counts = query.items == [Item::Count];
        let columns = if counts { Vec::new() } else { self.columns(query, outermost)? };
        let filter = query.filter.as_ref().map(|filter| self.filter(filter, true)).transpose()?;
        let order = query.order.iter().map(|sort| self.order(sort)).collect::<Result<_, _>>()?;
        Ok(Plan { object: self.described.object, columns, filter, order, limit: query.limit, offset, counts })
    }

    fn columns(&mut self, query: &Query, outermost: bool) -> Result<Vec<Column>, ApiError> {
        let mut columns: Vec<Column> = Vec::new();
        for item in &query.items {
            match item {
                Item::Field(name) => columns.push(Column::Value(self.path(name)?)),
                Item::Count => return Err(self.malformed("Grouped field expected, found: COUNT()")),
                Item::Fields(set) => {
                    if query.limit.is_none_or(|limit| limit > MAX_FIELDS_ROWS) {
                        return Err(
                            self.malformed("The SOQL FIELDS function must have a LIMIT of at most 200")
                        );
                    }
                    columns.extend(self.field_set(*set));
                }
                Item::Children(child) if outermost => {
                    columns.push(Column::Children(Box::new(self.children(child)?)));
                }
                Item::Children(_) => return Err(self.malformed("nesting of sub-queries is not supported")),
            }
        }
        for (at, column) in columns.iter().enumerate() {
            if let Column::Value(path) = column
                && columns.iter().skip(at + 1).any(|other| other == column)
            {
                let message = format!("duplicate field selected: {}", path.field.name);
                return Err(ApiError::bad("INVALID_FIELD", message));
            }
        }
        Ok(columns)
    }

    fn field_set(&self, set: FieldSet) -> impl Iterator<Item = Column> {
        let wanted = move |field: &&Field| match set {
            FieldSet::All => true,
            FieldSet::Standard => !field.custom,
            FieldSet::Custom => field.custom,
        };
        let fields = self.described.visible().filter(wanted);
        fields.map(|field| Column::Value(Path { hops: Vec::new(), field: field.clone() }))
    }

    fn children(&self, child: &Query) -> Result<ChildPlan, ApiError> {
        let wanted = &child.from;
        let known = self.described.object.children().iter();
        let mut known = known.filter(|known| known.name.eq_ignore_ascii_case(&wanted.text));
        let unknown = || {
            let message = format!(
                "Didn't understand relationship '{}' in FROM part of query call. If you are attempting to use a \
                 custom relationship, be sure to append the '__r' after the custom relationship name.",
                wanted.text
            );
            ApiError::bad("INVALID_TYPE", located(self.text, wanted.column, &message))
        };
        let relation = known.next().ok_or_else(unknown)?;
        let described = self.schema.get(relation.object).ok_or_else(unknown)?;
        let mut binder = Binder { described, alias: None, joins: 0, ..*self };
        Ok(ChildPlan { name: relation.name, field: relation.field, plan: binder.plan(child, false)? })
    }

    fn order(&self, sort: &Sort) -> Result<Order, ApiError> {
        let path = self.filtered(&sort.field, "sorted")?;
        Ok(Order { path, descending: sort.descending, nulls_last: sort.nulls_last })
    }

    /// Resolves `Account.Name`, or `c.Account.Name` where `c` is the alias.
    fn path(&self, name: &Name) -> Result<Path, ApiError> {
        let mut parts: Vec<&str> = name.text.split('.').collect();
        let leads = |first: &&str| {
            let alias = self.alias.as_deref().is_some_and(|alias| alias.eq_ignore_ascii_case(first));
            alias || self.described.object.name().eq_ignore_ascii_case(first)
        };
        if parts.len() > 1 && parts.first().is_some_and(leads) {
            parts.remove(0);
        }
        let (last, relations) = parts.split_last().ok_or_else(|| self.no_such_column(name, &name.text))?;
        let mut described = self.described;
        let mut hops = Vec::new();
        for relation in relations {
            let field = described.relationship(relation);
            let target = field.and_then(|field| self.target(field, last));
            let (Some(field), Some(target)) = (field, target) else {
                let message = format!(
                    "Didn't understand relationship '{relation}' in field path. If you are attempting to use a \
                     custom relationship, be sure to append the '__r' after the custom relationship name."
                );
                return Err(ApiError::bad("INVALID_FIELD", located(self.text, name.column, &message)));
            };
            hops.push(Hop { relationship: field.relationship.unwrap_or_default(), field: field.clone() });
            described = target;
        }
        if hops.len() > MAX_HOPS {
            return Err(self.malformed("field path is too long"));
        }
        let field = described.field(last).ok_or_else(|| {
            let message = ApiError::no_such_column(last, described.object.name()).message;
            ApiError::bad("INVALID_FIELD", located(self.text, name.column, &message))
        })?;
        Ok(Path { hops, field: field.clone() })
    }

    /// The object that a reference leads to; of several the first that has the field.
    fn target(&self, field: &Field, wanted: &str) -> Option<&ObjectType> {
        let mut targets = field.reference_to.iter().filter_map(|object| self.schema.get(*object));
        let having = targets.clone().find(|target| target.field(wanted).is_some());
        having.or_else(|| targets.next())
    }

    /// A path that conditions and orders can use.
    fn filtered(&self, name: &Name, used: &str) -> Result<Path, ApiError> {
        let path = self.path(name)?;
        let field = &path.field;
        let long = field.kind == Kind::TextArea && field.length > MAX_FILTERED_CHARACTERS;
        let unsortable = used == "sorted" && field.kind == Kind::MultiPicklist;
        if long || unsortable || field.kind == Kind::Address {
            let message = format!("field '{}' can not be {used} in a query call", field.name);
            return Err(ApiError::bad("INVALID_FIELD", located(self.text, name.column, &message)));
        }
        Ok(path)
    }

    /// `joins` says whether a sub-select may stand here.
    fn filter(&mut self, condition: &Condition, joins: bool) -> Result<Filter, ApiError> {
        let mut each = |all: &[Condition], joins| -> Result<Vec<Filter>, ApiError> {
            all.iter().map(|condition| self.filter(condition, joins)).collect()
        };
        let filter = match condition {
            Condition::All(all) => Filter::All(each(all, joins)?),
            Condition::Any(any) => Filter::Any(each(any, false)?),
            Condition::Not(inner) => Filter::Not(Box::new(self.filter(inner, false)?)),
            Condition::Compare { field, operator, value } => {
                self.comparison(self.filtered(field, "filtered")?, *operator, value)?
            }
            Condition::Among { field, negated, values } => {
                let path = self.filtered(field, "filtered")?;
                let cells = values.iter().map(|value| self.cell(&path.field, value));
                negate(*negated, Filter::among(path.clone(), cells.collect::<Result<_, _>>()?))
            }
            Condition::Joined { .. } if !joins => {
                return Err(self.malformed(
                    "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions.",
                ));
            }
            Condition::Joined { field, negated, query } => negate(*negated, self.joined(field, query)?),
            Condition::Includes { field, negated, values } => {
                let path = self.filtered(field, "filtered")?;
                negate(*negated, self.includes(path, values)?)
            }
        };
        Ok(filter)
    }

    fn joined(&mut self, field: &Name, query: &Query) -> Result<Filter, ApiError> {
        self.joins += 1;
        if self.joins > MAX_JOINS {
            return Err(self.malformed("Maximum 2 semi join sub-selects are allowed."));
        }
        let path = self.filtered(field, "filtered")?;
        if !matches!(path.field.kind, Kind::Id | Kind::Reference) {
            let message = format!(
                "The left operand field in the where expression for outer query should be an id field, cannot use: '{}'",
                path.field.name
            );
            return Err(self.malformed(&message));
        }
        let from = &query.from.text;
        let described = self.schema.named(from).ok_or_else(|| {
            ApiError::bad("INVALID_TYPE", format!("sObject type '{from}' is not supported."))
        })?;
        if described.object == self.described.object {
            let message =
                format!("The inner and outer selects should not be on the same object type: '{from}'");
            return Err(self.malformed(&message));
        }
        let mut binder = Binder { described, alias: None, joins: MAX_JOINS, ..*self };
        let plan = binder.plan(query, false)?;
        match plan.columns.as_slice() {
            [Column::Value(path)]
                if path.hops.is_empty() && matches!(path.field.kind, Kind::Id | Kind::Reference) => {}
            _ => {
                return Err(self.malformed(
                    "The inner select field cannot have more than one level of relationships and must be one id field.",
                ));
            }
        }
        Ok(Filter::Joined(path, Box::new(plan)))
    }

    fn includes(&self, path: Path, values: &[Value]) -> Result<Filter, ApiError> {
        if path.field.kind != Kind::MultiPicklist {
            return Err(operator_refused(&path.field));
        }
        let set = |value: &Value| match value {
            Value::Text(text) => Ok(text.to_lowercase().split(';').map(str::to_owned).collect()),
            _ => Err(quotes_wanted(&path.field)),
        };
        let sets = values.iter().map(set).collect::<Result<_, _>>()?;
        Ok(Filter::Includes(path, sets))
    }

    fn comparison(&self, path: Path, operator: Operator, value: &Value) -> Result<Filter, ApiError> {
        let kind = path.field.kind;
        if operator == Operator::Like {
            return match value {
                Value::Text(text) if kind.is_text() && kind != Kind::MultiPicklist => {
                    Ok(Filter::Like(path, Pattern::read(text)))
                }
                Value::Text(_) => Err(operator_refused(&path.field)),
                _ => Err(quotes_wanted(&path.field)),
            };
        }
        let orders = !matches!(operator, Operator::Equal | Operator::Unequal);
        if orders && (kind == Kind::Boolean || kind == Kind::MultiPicklist) {
            return Err(operator_refused(&path.field));
        }
        if let Value::Days(first, last) = value
            && matches!(kind, Kind::Date | Kind::DateTime)
        {
            return Ok(Filter::Within(path, operator, self.span(kind, *first, *last)));
        }
        let wanted = self.cell(&path.field, value)?;
        Ok(Filter::Compare(path, operator, wanted))
    }

    fn span(&self, kind: Kind, first: i64, last: i64) -> Span {
        let today_ms = self.now_ms.div_euclid(DAY_MS) * DAY_MS;
        let (from, to) = (today_ms + first * DAY_MS, today_ms + last * DAY_MS);
        if kind == Kind::Date {
            return Span { first: Cell::Day(moment::day(from)), last: Cell::Day(moment::day(to)) };
        }
        Span { first: Cell::Moment(from), last: Cell::Moment(to + DAY_MS - 1) }
    }

    /// A value for a field of this kind.
    fn cell(&self, field: &Field, value: &Value) -> Result<Cell, ApiError> {
        match (value, field.kind) {
            (Value::Null, _) => Ok(Cell::Null),
            // An empty text is stored as nothing.
            (Value::Text(text), _) if text.is_empty() => Ok(Cell::Null),
            (Value::Text(text), Kind::Id | Kind::Reference) => {
                RowId::parse(text).map(Cell::Id).ok_or_else(|| {
                    ApiError::bad("INVALID_QUERY_FILTER_OPERATOR", format!("invalid ID field: {text}"))
                })
            }
            (Value::Text(text), kind) if kind.is_text() => {
                match text.find([PERCENT, UNDERSCORE]) {
                    None => Ok(Cell::Text(text.to_lowercase())),
                    Some(_) => Err(self
                        .malformed("Invalid string literal. Illegal character sequence in string literal.")),
                }
            }
            (_, kind) if kind.is_text() || matches!(kind, Kind::Id | Kind::Reference) => {
                Err(quotes_wanted(field))
            }
            (Value::Bool(flag), Kind::Boolean) => Ok(Cell::Bool(*flag)),
            (Value::Number(number), Kind::Int | Kind::Double | Kind::Currency) => Ok(Cell::Number(*number)),
            (Value::Day(day), Kind::Date) => Ok(Cell::Day(day.clone())),
            (Value::Moment(ms), Kind::DateTime) => Ok(Cell::Moment(*ms)),
            (Value::Moment(_), Kind::Date) => Err(self.malformed(&wrong_type(field))),
            _ => Err(ApiError::bad("INVALID_FIELD", wrong_type(field))),
        }
    }

    fn no_such_column(&self, name: &Name, text: &str) -> ApiError {
        let message = ApiError::no_such_column(text, self.described.object.name()).message;
        ApiError::bad("INVALID_FIELD", located(self.text, name.column, &message))
    }

    fn malformed(&self, message: &str) -> ApiError {
        ApiError::malformed_query(message)
    }
}

fn negate(negated: bool, filter: Filter) -> Filter {
    if negated { Filter::Not(Box::new(filter)) } else { filter }
}

fn quotes_wanted(field: &Field) -> ApiError {
    let message = format!(
        "value of filter criterion for field '{}' must be of type string and should be enclosed in quotes",
        field.name
    );
    ApiError::bad("INVALID_FIELD", message)
}

fn wrong_type(field: &Field) -> String {
    let (name, kind) = (&field.name, field.kind.name());
    format!(
        "value of filter criterion for field '{name}' must be of type {kind} and should not be enclosed in quotes"
    )
}

fn operator_refused(field: &Field) -> ApiError {
    let message = format!("invalid operator on {} field: {}", field.kind.name(), field.name);
    ApiError::bad("INVALID_QUERY_FILTER_OPERATOR", message)
}
