//! The CSV of bulk jobs: RFC 4180 with a choice of delimiter and of line ending, both named by the job.
//!
//! A file whose lines end otherwise than its job says is refused as a whole, as Salesforce does: a
//! client that writes one and declares the other must not pass here.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/datafiles_prepare_csv.htm>

/// How a file separates things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: Delimiter,
    pub(super) ending: LineEnding,
}

/// Between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    Backquote,
    Caret,
    Comma,
    Pipe,
    Semicolon,
    Tab,
}

/// Between two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnding {
    Lf,
    CrLf,
}

/// Why a file could not be read; the text is that of the job's `errorMessage`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadFile {
    #[error("ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {0}")]
    LineEnding(&'static str),
    #[error("InvalidBatch : Unable to find the closing quote of a value")]
    OpenQuote,
    #[error("InvalidBatch : Failed to parse CSV file: the row has a quote within an unquoted value")]
    StrayQuote,
}

impl Delimiter {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "BACKQUOTE" => Self::Backquote,
            "CARET" => Self::Caret,
            "COMMA" => Self::Comma,
            "PIPE" => Self::Pipe,
            "SEMICOLON" => Self::Semicolon,
            "TAB" => Self::Tab,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Backquote => "BACKQUOTE",
            Self::Caret => "CARET",
            Self::Comma => "COMMA",
            Self::Pipe => "PIPE",
            Self::Semicolon => "SEMICOLON",
            Self::Tab => "TAB",
        }
    }

    fn char(self) -> char {
        match self {
            Self::Backquote => '`',
            Self::Caret => '^',
            Self::Comma => ',',
            Self::Pipe => '|',
            Self::Semicolon => ';',
            Self::Tab => '\t',
        }
    }
}

impl LineEnding {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "LF" => Some(Self::Lf),
            "CRLF" => Some(Self::CrLf),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lf => "LF",
            Self::CrLf => "CRLF",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }
}

/// The records of a file, its header included. Empty lines are skipped; a byte order mark is not data.
pub(super) fn read(text: &str, dialect: Dialect) -> Result<Vec<Vec<String>>, BadFile> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut value = Value::default();
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(char) = chars.next() {
        if value.open {
            match char {
                '"' if chars.next_if_eq(&'"').is_some() => value.text.push('"'),
                '"' => value.open = false,
                other => value.text.push(other),
            }
            continue;
        }
        match char {
            '"' if value.is_untouched() => value.open_quote(),
            '"' => return Err(BadFile::StrayQuote),
            '\r' | '\n' => {
                let found = if char == '\r' && chars.next_if_eq(&'\n').is_some() { "\r\n" } else { "\n" };
                if char == '\r' && found == "\n" || found != dialect.ending.text() {
                    return Err(BadFile::LineEnding(dialect.ending.name()));
                }
                end_record(&mut records, &mut record, &mut value);
            }
            other if other == dialect.delimiter.char() => record.push(value.take()),
            other => value.text.push(other),
        }
    }
    if value.open {
        return Err(BadFile::OpenQuote);
    }
    end_record(&mut records, &mut record, &mut value);
    Ok(records)
}

/// A value that is being read.
#[derive(Default)]
struct Value {
    text: String,
    /// Inside of quotes.
    open: bool,
    quoted: bool,
}

impl Value {
    fn is_untouched(&self) -> bool {
        self.text.is_empty() && !self.quoted
    }

    fn open_quote(&mut self) {
        (self.open, self.quoted) = (true, true);
    }

    fn take(&mut self) -> String {
        self.quoted = false;
        std::mem::take(&mut self.text)
    }
}

fn end_record(records: &mut Vec<Vec<String>>, record: &mut Vec<String>, value: &mut Value) {
    if record.is_empty() && value.is_untouched() {
        return; // an empty line, or the end of a file that ends with a line ending
    }
    record.push(value.take());
    records.push(std::mem::take(record));
}

/// Records as Salesforce writes them: every value quoted.
pub(super) fn write<'a, R, V>(records: R, dialect: Dialect) -> String
where
    R: IntoIterator<Item = V>,
    V: IntoIterator<Item = &'a str>,
{
    let mut text = String::new();
    for record in records {
        for (nth, value) in record.into_iter().enumerate() {
            if nth > 0 {
                text.push(dialect.delimiter.char());
            }
            text.push('"');
            text.push_str(&value.replace('"', "\"\""));
            text.push('"');
        }
        text.push_str(dialect.ending.text());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Dialect = Dialect { delimiter: Delimiter::Comma, ending: LineEnding::Lf };
    const TABS: Dialect = Dialect { delimiter: Delimiter::Tab, ending: LineEnding::CrLf };

    fn check(text: &str, dialect: Dialect, expected: Result<&[&[&str]], BadFile>) {
        let records = read(text, dialect);
        let shown = records.as_ref().map(|records| {
            records.iter().map(|record| record.iter().map(String::as_str).collect()).collect::<Vec<Vec<_>>>()
        });
        let expected = expected.map(|records| records.iter().map(|record| record.to_vec()).collect());
        assert_eq!(shown, expected.as_ref().map(Clone::clone), "{text:?}");
    }

    #[test]
    fn quotes_protect_what_separates() {
        check("A,B\n1,2\n", PLAIN, Ok(&[&["A", "B"], &["1", "2"]]));
        check("A,B\n\"1,\n\",\"say \"\"hi\"\"\"", PLAIN, Ok(&[&["A", "B"], &["1,\n", "say \"hi\""]]));
        check("\u{feff}A\tB\r\n,\t\"\"\r\n", TABS, Ok(&[&["A", "B"], &[",", ""]]));
        check("", PLAIN, Ok(&[]));
        check("A\n\n\"\"\n", PLAIN, Ok(&[&["A"], &[""]]));
    }

    #[test]
    fn a_file_with_other_line_endings_than_its_job_is_refused() {
        check("A\r\n1\r\n", PLAIN, Err(BadFile::LineEnding("LF")));
        check("A\n1\n", TABS, Err(BadFile::LineEnding("CRLF")));
        check("A\r1\r", PLAIN, Err(BadFile::LineEnding("LF")));
    }

    #[test]
    fn a_quote_that_never_closes_is_no_data() {
        check("A\n\"1", PLAIN, Err(BadFile::OpenQuote));
        check("A\n1\"2\n", PLAIN, Err(BadFile::StrayQuote));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            records in prop::collection::vec(prop::collection::vec("[a,;\\t\r\n\"é ]{0,6}", 2..4), 0..6),
            tabs in any::<bool>(),
        ) {
            let dialect = if tabs { TABS } else { PLAIN };
            let text = write(records.iter().map(|record| record.iter().map(String::as_str)), dialect);
            prop_assert_eq!(read(&text, dialect).unwrap(), records);
        }
    }
}
