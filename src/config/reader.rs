//! Walks a TOML tree that knows where each of its parts stands, and gathers everything that is wrong
//! with it instead of stopping at the first.
//!
//! Every function that reads something gives `None` where it complained; the caller goes on with the
//! next key and leaves the thing out. So one look at a file names all of its problems. Invariant: a
//! `None` that is not plain absence has put at least one error into the [`Sink`].

use super::located::Located;
use super::misplaced;
use super::nearest::{hint_from, quoted};
use crate::diagnostics::{Problem, Source, Span};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where problems go, and what must be masked before the file is shown.
pub(crate) struct Sink<'a> {
    source: &'a Source,
    found: RefCell<Found>,
}

/// What a [`Sink`] gathered.
#[derive(Default)]
pub(crate) struct Found {
    /// The problems, in the order they were found.
    pub(crate) problems: Vec<Problem>,
    /// Literals that stand where a secret belongs.
    pub(crate) secrets: Vec<Span>,
    /// Lines with a syntax error: what the recovered tree says of them is a guess.
    broken_lines: BTreeSet<usize>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self { source, found: RefCell::default() }
    }

    /// Notes a syntax error. From here on nothing is called missing (it may be what could not be read),
    /// and nothing else is said of the same line.
    pub(crate) fn syntax_error(&self, span: Span, message: &str) {
        // The one slip that rules invite. Should the parser word it otherwise one day, the other hint is true.
        let hint = match message.starts_with("unexpected `=` in array") {
            true => "a key and its value in a list need braces around them: [ { key = value } ]",
            false => "this is not valid TOML; see https://toml.io",
        };
        let problem = self.source.error(span, message).hint(hint);
        let mut found = self.found.borrow_mut();
        // What follows in the same line is mostly a consequence of the first.
        if problem.line.is_some_and(|line| found.broken_lines.insert(line)) {
            found.problems.push(problem);
        }
    }

    /// Notes an error and gives `None`, so that `return sink.error(…)` reads well.
    pub(crate) fn error<T>(
        &self,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) -> Option<T> {
        self.note(self.source.error(span, message), hint.into());
        None
    }

    /// Notes that something which must be there is not.
    pub(crate) fn missing<T>(
        &self,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) -> Option<T> {
        if self.found.borrow().broken_lines.is_empty() { self.error(span, message, hint) } else { None }
    }

    /// Notes something that works, but most likely not as it was meant.
    pub(crate) fn warning(&self, span: Span, message: impl Into<String>, hint: impl Into<Option<String>>) {
        self.note(self.source.warning(span, message), hint.into());
    }

    /// Has a literal masked wherever the file is shown.
    pub(crate) fn mask(&self, secret: Span) {
        self.found.borrow_mut().secrets.push(secret);
    }

    /// The line where a place starts, for messages that name another place.
    pub(crate) fn line_of(&self, span: Span) -> usize {
        self.source.position(span.start).0
    }

    /// Everything gathered.
    pub(crate) fn into_found(self) -> Found {
        self.found.into_inner()
    }

    fn note(&self, problem: Problem, hint: Option<String>) {
        let mut found = self.found.borrow_mut();
        if problem.line.is_some_and(|line| found.broken_lines.contains(&line)) {
            return;
        }
        found.problems.push(match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        });
    }
}

/// One value of the tree.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    /// What is there.
    pub(crate) value: &'a DeValue<'a>,
    /// Where it is.
    pub(crate) span: Span,
    /// Where to complain.
    pub(crate) sink: &'a Sink<'a>,
    /// What to say to somebody who wrote something else here.
    hint: Option<&'static str>,
}

impl<'a> Node<'a> {
    fn new(value: &'a Spanned<DeValue<'a>>, sink: &'a Sink<'a>) -> Self {
        Self { value: value.get_ref(), span: value.span().into(), sink, hint: None }
    }

    /// The same, with what to say where something else was written.
    pub(crate) fn hinted(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// Complains that this is not what belongs here.
    pub(crate) fn wrong<T>(self, expected: &str) -> Option<T> {
        let found = match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.sink.error(
            self.span,
            format!("expected {expected}, found {found}"),
            self.hint.map(str::to_owned),
        )
    }

    /// Text that is not blank.
    pub(crate) fn text(self) -> Option<Located<String>> {
        match self.value {
            DeValue::String(text) if text.trim().is_empty() => {
                self.sink.error(self.span, "this must not be empty", None)
            }
            DeValue::String(text) => Some(Located::new(text.to_string(), self.span)),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => self.wrong("text"),
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(self) -> Option<Located<bool>> {
        match self.value.as_bool() {
            Some(flag) => Some(Located::new(flag, self.span)),
            None => self.wrong("true or false"),
        }
    }

    /// A whole number within `range`.
    pub(crate) fn count(self, range: RangeInclusive<u32>) -> Option<Located<u32>> {
        let expected = || format!("a whole number from {} to {}", range.start(), range.end());
        let Some(integer) = self.value.as_integer() else { return self.wrong(&expected()) };
        match u32::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if range.contains(&number) => Some(Located::new(number, self.span)),
            Ok(_) | Err(_) => self.sink.error(self.span, format!("expected {}", expected()), None),
        }
    }

    /// One of a few words, each with what it stands for.
    pub(crate) fn choice<T: Copy>(self, choices: &[(&str, T)]) -> Option<Located<T>> {
        let text = self.text()?;
        match choices.iter().find(|(word, _)| *word == text.value) {
            Some((_, meaning)) => Some(text.with(*meaning)),
            None => {
                let words = choices.iter().map(|(word, _)| *word);
                let message = format!("`{}` is not possible here", text.value);
                self.sink.error(self.span, message, format!("possible here: {}", quoted(words)))
            }
        }
    }

    /// The entries of a list.
    pub(crate) fn list(self) -> Option<Vec<Node<'a>>> {
        let Some(array) = self.value.as_array() else { return self.wrong("a list") };
        Some(array.iter().map(|item| Node::new(item, self.sink)).collect())
    }

    /// The entries of a list, or this one thing.
    pub(crate) fn one_or_list(self) -> Vec<Node<'a>> {
        match self.value {
            DeValue::Array(_) => self.list().unwrap_or_default(),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => vec![self],
        }
    }

    /// A table, whose missing keys are complained of at `at`.
    pub(crate) fn table_at(self, at: Span) -> Option<Reader<'a>> {
        match self.value.as_table() {
            Some(table) => Some(Reader { table, at, sink: self.sink, asked: RefCell::default() }),
            None => self.wrong("a table"),
        }
    }

    /// A table, whose missing keys are complained of where it stands.
    pub(crate) fn table(self) -> Option<Reader<'a>> {
        self.table_at(self.span)
    }
}

/// A key of a table, with its value.
pub(crate) struct Entry<'a> {
    /// The key.
    pub(crate) key: Located<String>,
    /// The value.
    pub(crate) node: Node<'a>,
}

/// A table whose keys are asked for one by one; what was not asked for is unknown.
pub(crate) struct Reader<'a> {
    table: &'a DeTable<'a>,
    at: Span,
    sink: &'a Sink<'a>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Reader<'a> {
    /// The whole document.
    pub(crate) fn document(table: &'a DeTable<'a>, sink: &'a Sink<'a>) -> Self {
        Self { table, at: Span::default(), sink, asked: RefCell::default() }
    }

    /// Where to complain of the table as a whole.
    pub(crate) fn at(&self) -> Span {
        self.at
    }

    /// Where to complain.
    pub(crate) fn sink(&self) -> &'a Sink<'a> {
        self.sink
    }

    /// The entry of that key, if it is there.
    pub(crate) fn entry(&self, key: &str) -> Option<Entry<'a>> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.entries().find(|entry| entry.key.value == key)
    }

    /// The value of that key, if it is there.
    pub(crate) fn optional(&self, key: &str) -> Option<Node<'a>> {
        self.entry(key).map(|entry| entry.node)
    }

    /// The value of that key, which must be there; `hint` shows how to write it.
    pub(crate) fn required(&self, key: &str, hint: &str) -> Option<Node<'a>> {
        match self.optional(key) {
            Some(node) => Some(node),
            None => self.sink.missing(self.at, format!("`{key}` is missing here"), hint.to_owned()),
        }
    }

    /// The table of that key, if it is there; its missing keys are complained of at its name.
    pub(crate) fn table(&self, key: &str) -> Option<Reader<'a>> {
        let entry = self.entry(key)?;
        entry.node.table_at(entry.key.span)
    }

    /// All entries, for tables whose keys are the admin's own; they need no [`Reader::finish`].
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let sink = self.sink;
        self.table.iter().map(move |(key, value)| Entry {
            key: Located::new(key.get_ref().to_string(), key.span().into()),
            node: Node::new(value, sink),
        })
    }

    /// The keys that are there, out of `words`.
    pub(crate) fn present<'w>(&self, words: &[&'w str]) -> Vec<&'w str> {
        words.iter().copied().filter(|word| self.entries().any(|entry| entry.key.value == *word)).collect()
    }

    /// Complains of every key that nobody asked for, when everything has been asked for.
    pub(crate) fn finish(self) {
        self.unknown_keys();
    }

    /// The same, for a table that is only lent.
    pub(crate) fn unknown_keys(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table {
            let word = key.get_ref().as_ref();
            if !asked.contains(word) {
                let hint = misplaced::home(word).map(str::to_owned);
                let hint = hint.or_else(|| hint_from(word, asked.iter().map(String::as_str)));
                self.sink.error::<()>(key.span().into(), format!("unknown key `{word}`"), hint);
            }
        }
    }
}
