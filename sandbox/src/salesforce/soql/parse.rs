//! Tokens to a tree.

use super::super::error::ApiError;
use super::super::moment;
use super::ast::{Condition, FieldSet, Item, Name, Operator, Query, Sort, Value};
use super::token::{Lexeme, Token, tokens};
use super::{MAX_DEPTH, MAX_QUERY_CHARACTERS};

/// Reads a whole query.
pub(super) fn parse(text: &str) -> Result<Query, ApiError> {
    if text.chars().count() > MAX_QUERY_CHARACTERS {
        let message = format!("SOQL statements cannot be longer than {MAX_QUERY_CHARACTERS} characters.");
        return Err(ApiError::malformed_query(message));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, depth: 0 };
    let query = parser.query()?;
    match parser.tokens {
        [] => Ok(query),
        [token, ..] => Err(unexpected(text, Some(token))),
    }
}

/// `unexpected token: 'x'`, with the place as Salesforce draws it.
fn unexpected(text: &str, token: Option<&Token>) -> ApiError {
    let (what, column) = match token {
        None => ("<EOF>".to_owned(), text.chars().count() + 1),
        Some(token) => (shown(&token.what), token.column),
    };
    ApiError::malformed_query(located(text, column, &format!("unexpected token: '{what}'")))
}

/// A message with the query around the place that it is about.
pub(super) fn located(text: &str, column: usize, message: &str) -> String {
    const AROUND_CHARACTERS: usize = 30;
    let first = column.saturating_sub(AROUND_CHARACTERS);
    let around: String = text.chars().skip(first).take(2 * AROUND_CHARACTERS).collect();
    let pad = " ".repeat(column.saturating_sub(first + 1));
    format!("\n{around}\n{pad}^\nERROR at Row:1:Column:{column}\n{message}")
}

fn shown(lexeme: &Lexeme) -> String {
    match lexeme {
        Lexeme::Word(text) | Lexeme::Literal(text) => text.clone(),
        // Never the text itself: it may be somebody's name.
        Lexeme::Text(_) => "'…'".to_owned(),
        Lexeme::Symbol(symbol) => (*symbol).to_owned(),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn query(&mut self) -> Result<Query, ApiError> {
        self.need("SELECT")?;
        let mut items = vec![self.item()?];
        while self.takes_symbol(",") {
            items.push(self.item()?);
        }
        self.need("FROM")?;
        let from = self.name()?;
        let alias = self.alias()?;
        let filter = if self.takes("WHERE") { Some(self.condition()?) } else { None };
        let order = if self.takes("ORDER") { self.order()? } else { Vec::new() };
        let limit = if self.takes("LIMIT") { Some(self.count()?) } else { None };
        let offset = if self.takes("OFFSET") { Some(self.count()?) } else { None };
        if self.takes("FOR") && !(self.takes("VIEW") || self.takes("REFERENCE")) {
            return Err(self.unexpected());
        }
        Ok(Query { items, from, alias, filter, order, limit, offset })
    }

    fn item(&mut self) -> Result<Item, ApiError> {
        if self.takes_symbol("(") {
            let query = self.nested(Self::query)?;
            self.need_symbol(")")?;
            return Ok(Item::Children(query));
        }
        let name = self.name()?;
        if !self.takes_symbol("(") {
            return Ok(Item::Field(name));
        }
        let item = match name.text.to_ascii_uppercase().as_str() {
            "COUNT" if self.is_symbol(")") => Item::Count,
            "FIELDS" if self.takes("ALL") => Item::Fields(FieldSet::All),
            "FIELDS" if self.takes("STANDARD") => Item::Fields(FieldSet::Standard),
            "FIELDS" if self.takes("CUSTOM") => Item::Fields(FieldSet::Custom),
            _ => return Err(self.unexpected()),
        };
        self.need_symbol(")")?;
        Ok(item)
    }

    /// `FROM Contact c` or `FROM Contact AS c`.
    fn alias(&mut self) -> Result<Option<String>, ApiError> {
        const AFTER: [&str; 6] = ["WHERE", "ORDER", "LIMIT", "OFFSET", "FOR", "GROUP"];
        if self.takes("AS") {
            return Ok(Some(self.name()?.text));
        }
        let plain = |word: &&str| !AFTER.iter().any(|known| known.eq_ignore_ascii_case(word));
        match self.word().filter(plain) {
            Some(_) => Ok(Some(self.name()?.text)),
            None => Ok(None),
        }
    }

    fn order(&mut self) -> Result<Vec<Sort>, ApiError> {
        self.need("BY")?;
        let mut order = Vec::new();
        loop {
            let field = self.name()?;
            let descending = !self.takes("ASC") && self.takes("DESC");
            let mut nulls_last = false;
            if self.takes("NULLS") && !self.takes("FIRST") {
                self.need("LAST")?;
                nulls_last = true;
            }
            order.push(Sort { field, descending, nulls_last });
            if !self.takes_symbol(",") {
                return Ok(order);
            }
        }
    }

    /// Conditions joined by `AND` alone or by `OR` alone: who mixes them must set parentheses.
    fn condition(&mut self) -> Result<Condition, ApiError> {
        let first = self.single()?;
        for (word, joined) in [("AND", Condition::All as fn(_) -> _), ("OR", Condition::Any as fn(_) -> _)] {
            if self.is(word) {
                let mut all = vec![first];
                while self.takes(word) {
                    all.push(self.single()?);
                }
                return Ok(joined(all));
            }
        }
        Ok(first)
    }

    fn single(&mut self) -> Result<Condition, ApiError> {
        if self.takes("NOT") {
            return Ok(Condition::Not(Box::new(self.nested(Self::single)?)));
        }
        if self.takes_symbol("(") {
            let inner = self.nested(Self::condition)?;
            self.need_symbol(")")?;
            return Ok(inner);
        }
        let field = self.name()?;
        if self.takes("NOT") {
            self.need("IN")?;
            return self.among(field, true);
        }
        if self.takes("IN") {
            return self.among(field, false);
        }
        for (word, negated) in [("INCLUDES", false), ("EXCLUDES", true)] {
            if self.takes(word) {
                self.need_symbol("(")?;
                return Ok(Condition::Includes { field, negated, values: self.values()? });
            }
        }
        let operator = self.operator()?;
        Ok(Condition::Compare { field, operator, value: self.value()? })
    }

    fn among(&mut self, field: Name, negated: bool) -> Result<Condition, ApiError> {
        self.need_symbol("(")?;
        if self.is("SELECT") {
            let query = Box::new(self.nested(Self::query)?);
            self.need_symbol(")")?;
            return Ok(Condition::Joined { field, negated, query });
        }
        Ok(Condition::Among { field, negated, values: self.values()? })
    }

    /// A list up to its closing parenthesis.
    fn values(&mut self) -> Result<Vec<Value>, ApiError> {
        let mut values = vec![self.value()?];
        while self.takes_symbol(",") {
            values.push(self.value()?);
        }
        self.need_symbol(")")?;
        Ok(values)
    }

    fn operator(&mut self) -> Result<Operator, ApiError> {
        if self.takes("LIKE") {
            return Ok(Operator::Like);
        }
        let operators = [
            ("=", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<>", Operator::Unequal),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let found = operators.into_iter().find(|(symbol, _)| self.is_symbol(symbol));
        let (symbol, operator) = found.ok_or_else(|| self.unexpected())?;
        self.takes_symbol(symbol);
        Ok(operator)
    }

    fn value(&mut self) -> Result<Value, ApiError> {
        let token = self.tokens.first();
        let value = match token.map(|token| &token.what) {
            Some(Lexeme::Text(text)) => Some(Value::Text(text.clone())),
            Some(Lexeme::Literal(text)) => literal(text),
            Some(Lexeme::Word(word)) => named_value(word),
            Some(Lexeme::Symbol(_)) | None => None,
        };
        let value = value.ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(value)
    }

    fn count(&mut self) -> Result<usize, ApiError> {
        let count = match self.tokens.first().map(|token| &token.what) {
            Some(Lexeme::Literal(text)) => text.parse().ok(),
            _ => None,
        };
        let count = count.ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(count)
    }

    fn name(&mut self) -> Result<Name, ApiError> {
        match self.tokens.first() {
            Some(Token { what: Lexeme::Word(text), column }) if !text.contains(':') => {
                self.advance();
                Ok(Name { text: text.clone(), column: *column })
            }
            _ => Err(self.unexpected()),
        }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, ApiError>) -> Result<T, ApiError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ApiError::bad("QUERY_TOO_COMPLICATED", "Query is too deeply nested."));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn word(&self) -> Option<&'a str> {
        match self.tokens.first().map(|token| &token.what) {
            Some(Lexeme::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn is(&self, keyword: &str) -> bool {
        self.word().is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        if found {
            self.advance();
        }
        found
    }

    fn need(&mut self, keyword: &str) -> Result<(), ApiError> {
        if self.takes(keyword) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.tokens.first().map(|token| &token.what), Some(Lexeme::Symbol(found)) if *found == symbol)
    }

    fn takes_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn need_symbol(&mut self, symbol: &str) -> Result<(), ApiError> {
        if self.takes_symbol(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn advance(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    fn unexpected(&self) -> ApiError {
        unexpected(self.text, self.tokens.first())
    }
}

fn literal(text: &str) -> Option<Value> {
    if moment::is_day(text) {
        return Some(Value::Day(text.to_owned()));
    }
    moment::read_moment(text).map(Value::Moment).or_else(|| text.parse().ok().map(Value::Number))
}

fn named_value(word: &str) -> Option<Value> {
    let upper = word.to_ascii_uppercase();
    let value = match upper.as_str() {
        "NULL" => Value::Null,
        "TRUE" => Value::Bool(true),
        "FALSE" => Value::Bool(false),
        "TODAY" => Value::Days(0, 0),
        "YESTERDAY" => Value::Days(-1, -1),
        "TOMORROW" => Value::Days(1, 1),
        _ => {
            let (name, count) = upper.split_once(':')?;
            let count: i64 = count.parse().ok()?;
            match name {
                "LAST_N_DAYS" => Value::Days(-count, 0),
                "NEXT_N_DAYS" => Value::Days(1, count),
                _ => return None,
            }
        }
    };
    Some(value)
}
