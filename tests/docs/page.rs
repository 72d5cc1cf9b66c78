//! A page, cut into examples.
//!
//! An example stands under one heading. It begins with a block of `toml` that names a connection, and goes on with
//! `console` blocks, with tables whose first column is called *step*, and with further blocks of `toml`, each of
//! which takes the place of the one before it. Whatever else is between them is for the reader alone.
//!
//! Invariant: a block that nobody runs is a mistake, and so is a configuration of which nothing is shown in the end.

use crate::rows::{self, Does, Row};

/// What a step table's first column is called.
const STEP: &str = "step";

pub(crate) struct Page {
    pub(crate) examples: Vec<Example>,
}

/// What stands under one heading.
pub(crate) struct Example {
    pub(crate) heading: String,
    pub(crate) line: usize,
    pub(crate) parts: Vec<Part>,
}

/// A part of an example, with the line of the page where its text begins.
pub(crate) struct Part {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    Configuration(String),
    Console(String),
    Rows(Vec<Row>),
}

/// One thing to do or to look at.
#[derive(Debug)]
pub(crate) enum Step {
    Configure(String),
    Type(String),
    Look(Row),
}

impl Example {
    /// Its steps, each with its line of the page.
    pub(crate) fn steps(&self) -> Vec<(usize, Step)> {
        self.parts
            .iter()
            .flat_map(|part| match &part.kind {
                Kind::Configuration(text) => vec![(part.line, Step::Configure(text.clone()))],
                Kind::Console(text) => vec![(part.line, Step::Type(text.clone()))],
                Kind::Rows(rows) => rows.iter().map(|row| (row.line, Step::Look(row.clone()))).collect(),
            })
            .collect()
    }
}

impl Page {
    /// Reads a page of the repository.
    ///
    /// # Errors
    /// Everything on it that is no example and looks like one.
    pub(crate) fn read(path: &str) -> Result<Self, Vec<String>> {
        let file = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).map_err(|error| vec![format!("{file}: {error}")])?;
        Self::parse(path, &text)
    }

    fn parse(path: &str, text: &str) -> Result<Self, Vec<String>> {
        let mut reading = Reading::default();
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line)).peekable();
        while let Some((at, line)) = lines.next() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let inside: Vec<&str> =
                    lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```").collect();
                reading.block(at, language.trim(), &format!("{}\n", inside.join("\n")));
            } else if line.starts_with('#') {
                reading.heading(at, line);
            } else if line.starts_with('|') {
                let mut table = vec![(at, line)];
                while let Some(row) = lines.next_if(|(_, line)| line.starts_with('|')) {
                    table.push(row);
                }
                reading.table(at, &table);
            }
        }
        reading.done(path)
    }
}

/// A page half read.
#[derive(Default)]
struct Reading {
    heading: String,
    /// The example under the heading, if one has begun.
    open: Option<Example>,
    examples: Vec<Example>,
    mistakes: Vec<(usize, String)>,
}

impl Reading {
    fn heading(&mut self, _: usize, line: &str) {
        self.close();
        line.trim_start_matches('#').trim().clone_into(&mut self.heading);
    }

    fn block(&mut self, at: usize, language: &str, text: &str) {
        match language {
            "toml" => {
                self.asserts_so_far();
                let heading = self.heading.clone();
                let example = self.open.get_or_insert(Example { heading, line: at, parts: Vec::new() });
                example.parts.push(Part { line: at, kind: Kind::Configuration(text.to_owned()) });
            }
            "console" => self.part(at, Kind::Console(text.to_owned())),
            _ => self
                .mistake(at, format!("a block of `{language}` is run by nobody: write `toml` or `console`")),
        }
    }

    fn table(&mut self, at: usize, lines: &[(usize, &str)]) {
        if rows::cells(lines[0].1).first().is_none_or(|head| head != STEP) {
            return; // a table for the reader; those that are held against the program are in `matrix`
        }
        match rows::read(lines) {
            Ok(rows) => self.part(at, Kind::Rows(rows)),
            Err((line, words)) => self.mistake(line, words),
        }
    }

    fn part(&mut self, line: usize, kind: Kind) {
        match &mut self.open {
            Some(example) => example.parts.push(Part { line, kind }),
            None => self.mistake(line, "under this heading, no configuration comes before it".to_owned()),
        }
    }

    /// What stands before the next configuration, or at the end, is something that is looked at.
    fn asserts_so_far(&mut self) {
        let idle = |part: &&Part| match &part.kind {
            Kind::Configuration(_) => true,
            Kind::Console(_) => false,
            Kind::Rows(rows) => rows.last().is_none_or(|row| row.does == Does::Make),
        };
        let last = self.open.as_ref().and_then(|example| example.parts.last());
        if let Some(line) = last.filter(idle).map(|part| part.line) {
            self.mistake(line, "nothing is shown of this: add what comes of it".to_owned());
        }
    }

    fn close(&mut self) {
        self.asserts_so_far();
        self.examples.extend(self.open.take());
    }

    fn mistake(&mut self, line: usize, words: String) {
        self.mistakes.push((line, words));
    }

    fn done(mut self, path: &str) -> Result<Page, Vec<String>> {
        self.close();
        if self.examples.is_empty() {
            self.mistake(1, "there is no example on this page".to_owned());
        }
        if self.mistakes.is_empty() {
            return Ok(Page { examples: self.examples });
        }
        Err(self.mistakes.into_iter().map(|(line, words)| format!("{path}:{line}: {words}")).collect())
    }
}

/// The lines under a heading of a page, with their numbers, up to the next heading.
pub(crate) fn section(path: &str, heading: &str) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.to_owned()));
    let under: Vec<_> = lines
        .skip_while(|(_, line)| line.trim_start_matches('#').trim() != heading)
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('#'))
        .collect();
    assert!(!under.is_empty(), "{path}: nothing under the heading \"{heading}\"");
    under
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str = "```toml\n[connections.pair]\nbetween = [\"chat\", \"google\"]\n```\n";
    const HEAD: &str = "| step | who | in `chat` |\n|---|---|---|\n";

    /// The line and the beginning of each mistake.
    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        let mistakes = Page::parse("page", &format!("# Head\n{text}")).err().unwrap_or_default();
        let begins = mistakes.iter().zip(wanted).all(|(mistake, wanted)| mistake.starts_with(wanted));
        assert!(begins && mistakes.len() == wanted.len(), "{mistakes:#?}");
    }

    #[test]
    fn a_configuration_of_which_nothing_is_shown_is_a_mistake() {
        check(CONFIGURATION, &["page:2: nothing is shown"]);
        check(&format!("{CONFIGURATION}{HEAD}| given | Ann Lee | there |\n"), &["page:6: nothing is shown"]);
        check(
            &format!("{CONFIGURATION}{CONFIGURATION}{HEAD}| now | Ann Lee | there |\n"),
            &["page:2: nothing"],
        );
        check(&format!("{CONFIGURATION}{HEAD}| now | Ann Lee | there |\n"), &[]);
    }

    #[test]
    fn what_nobody_would_run_is_a_mistake() {
        let shown = format!("{CONFIGURATION}```console\n$ syntony check\n```\n");
        check(&shown, &[]);
        check(&format!("{shown}```sh\nsyntony check\n```\n"), &["page:9: a block of `sh`"]);
        check(
            &format!("{shown}# Next\n```console\n$ syntony check\n```\n"),
            &["page:10: under this heading"],
        );
        check("", &["page:1: there is no example"]);
    }
}
