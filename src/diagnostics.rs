//! What is wrong with a configuration, and where: the one form in which every check speaks to an admin.
//!
//! A [`Problem`] knows its place in bytes, lines and columns, what is wrong, and what to do about it. It
//! is shown as an excerpt of the file on a terminal, or as JSON. It never quotes a secret: a literal that
//! stands where a secret belongs is masked in the [`Source`] before anything is shown.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::{Serialize, Serializer};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A stretch of a file, in bytes: the first one in it, and the first one after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end.max(range.start) }
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing runs with it.
    Error,
    /// It works, but most likely not as it was meant.
    Warning,
}

/// One thing that is wrong. Its JSON form is what `check --json` lists under `problems`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file it is in.
    #[serde(serialize_with = "path_as_text")]
    pub file: PathBuf,
    /// Where in the file; `None` where the file as a whole is meant, or could not be read.
    #[serde(skip)]
    pub span: Option<Span>,
    /// The line where it starts, from 1.
    pub line: Option<usize>,
    /// The column where it starts, from 1, in characters.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of the file as a whole.
    pub fn of_file(severity: Severity, file: &Path, message: impl Into<String>) -> Self {
        Self {
            severity,
            file: file.to_owned(),
            span: None,
            line: None,
            column: None,
            message: one_line(message.into()),
            hint: None,
        }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(one_line(hint.into())), ..self }
    }

    /// Whether nothing may run with it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        match self.severity {
            Severity::Error => true,
            Severity::Warning => false,
        }
    }
}

/// A file's text with its name, able to say which line and column a byte is in.
#[derive(Clone, Debug)]
pub struct Source {
    file: PathBuf,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    /// The text of `file`.
    pub fn new(file: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file: file.into(), text, line_starts }
    }

    /// The file's name, as it was given.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line and the column of a byte, both from 1, the column in characters.
    #[must_use]
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let byte = self.text.floor_char_boundary(byte);
        let line = self.line_starts.partition_point(|start| *start <= byte);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..byte).map_or(0, |before| before.chars().count()) + 1;
        (line, column)
    }

    /// An error at `span`.
    pub fn error(&self, span: Span, message: impl Into<String>) -> Problem {
        self.problem(Severity::Error, span, message)
    }

    /// A warning at `span`.
    pub fn warning(&self, span: Span, message: impl Into<String>) -> Problem {
        self.problem(Severity::Warning, span, message)
    }

    fn problem(&self, severity: Severity, span: Span, message: impl Into<String>) -> Problem {
        let (line, column) = self.position(span.start);
        Problem {
            span: Some(span),
            line: Some(line),
            column: Some(column),
            ..Problem::of_file(severity, &self.file, message)
        }
    }

    /// Overwrites what must not be shown, byte for byte, so that every other place stays where it is.
    pub(crate) fn mask(&mut self, secrets: &[Span]) {
        let hidden = |at: usize| secrets.iter().any(|secret| (secret.start..secret.end).contains(&at));
        self.text = self
            .text
            .char_indices()
            .flat_map(|(at, char)| match char {
                _ if !hidden(at) || char == '\n' => vec![char],
                _ => vec!['*'; char.len_utf8()],
            })
            .collect();
    }

    /// The part of `span` that lies in its first line and on whole characters: an excerpt of a whole
    /// table would bury what is wrong with it.
    fn excerpt(&self, span: Span) -> Range<usize> {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.floor_char_boundary(span.end).max(start);
        let end =
            self.text.get(start..end).and_then(|part| part.find(['\r', '\n'])).map_or(end, |at| start + at);
        start..end
    }
}

/// The problems as a person reads them: excerpts of `source`, in the order given, with ANSI colours (the
/// stream that prints it takes them off where they do not belong).
#[must_use]
pub fn render(problems: &[Problem], source: &Source) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    for problem in problems {
        text.push_str(&renderer.render(&[report(problem, source)]));
        text.push_str("\n\n");
    }
    text
}

fn report<'a>(problem: &'a Problem, source: &'a Source) -> Group<'a> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(problem.message.as_str());
    let path = problem.file.to_string_lossy();
    let group = match problem.span.filter(|_| problem.file == source.file) {
        Some(span) => title.element(
            Snippet::source(source.text.as_str())
                .path(path)
                .annotation(AnnotationKind::Primary.span(source.excerpt(span))),
        ),
        None => title.element(Origin::path(path)),
    };
    match &problem.hint {
        Some(hint) => group.element(Level::HELP.message(hint.as_str())),
        None => group,
    }
}

/// Messages of other libraries may draw pictures over several lines; the first says what is wrong.
fn one_line(text: String) -> String {
    match text.split_once('\n') {
        Some((first, _)) => first.trim_end().to_owned(),
        None => text,
    }
}

fn path_as_text<S: Serializer>(path: &Path, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_characters_and_not_bytes() {
        let source = Source::new("a.toml", "één = 1\r\nname = \"é\" # x\n");
        for (byte, expected) in
            [(0, (1, 1)), (2, (1, 2)), (5, (1, 4)), (11, (2, 1)), (21, (2, 10)), (999, (3, 1))]
        {
            assert_eq!(source.position(byte), expected, "byte {byte}");
        }
    }

    #[test]
    fn a_masked_secret_is_in_no_excerpt_and_moves_nothing() {
        let text = "token = \"s3crét\"\nnext = 1\n";
        let mut source = Source::new("a.toml", text);
        let span = Span::from(8..17);
        source.mask(&[span]);
        assert_eq!(source.text().len(), text.len());
        let shown = render(&[source.error(span, "a literal secret")], &source);
        assert!(!shown.contains("s3cr"), "{shown}");
        assert!(source.text().ends_with("\nnext = 1\n"));
    }

    #[test]
    fn an_excerpt_of_a_place_outside_the_text_or_within_a_character_does_not_panic() {
        let source = Source::new("a.toml", "é");
        for span in [0..0, 0..1, 1..2, 1..99, 99..99] {
            let shown = render(&[source.error(Span { start: span.start, end: span.end }, "x")], &source);
            assert!(shown.contains("a.toml"), "{shown}");
        }
    }

    #[test]
    fn the_json_form_is_the_one_that_is_promised() {
        let source = Source::new("a.toml", "x = 1\n");
        let problem = source.error(Span::from(4..5), "not this\nnor a picture").hint("that");
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            serde_json::json!({"severity": "error", "file": "a.toml", "line": 1, "column": 5,
                "message": "not this", "hint": "that"})
        );
    }
}
