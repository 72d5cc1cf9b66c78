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
    #[error("InvalidBatch : Failed to parse CSV file")]
    Unreadable,
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

    fn byte(self) -> u8 {
        match self {
            Self::Backquote => b'`',
            Self::Caret => b'^',
            Self::Comma => b',',
            Self::Pipe => b'|',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
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

    fn terminator(self) -> csv::Terminator {
        match self {
            Self::Lf => csv::Terminator::Any(b'\n'),
            Self::CrLf => csv::Terminator::CRLF,
        }
    }
}

/// The records of a file, its header included. Empty lines are skipped; a byte order mark is not data.
pub(super) fn read(text: &str, dialect: Dialect) -> Result<Vec<Vec<String>>, BadFile> {
    check_endings(text, dialect.ending)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(dialect.delimiter.byte())
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let record = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader.records().map(|read| read.map(record).map_err(|_| BadFile::Unreadable)).collect()
}

/// Outside of quotes every line ends as the job says, and every quote closes. A doubled quote opens and
/// closes at once, so that counting is enough.
fn check_endings(text: &str, ending: LineEnding) -> Result<(), BadFile> {
    let mut quoted = false;
    let mut before = '\0';
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let fits = match (char, ending) {
            ('\n', LineEnding::Lf) => before != '\r',
            ('\n', LineEnding::CrLf) => before == '\r',
            ('\r', LineEnding::CrLf) => chars.peek() == Some(&'\n'),
            ('\r', LineEnding::Lf) => false,
            _ => true,
        };
        if !quoted && !fits {
            return Err(BadFile::LineEnding(ending.name()));
        }
        quoted ^= char == '"';
        before = char;
    }
    if quoted { Err(BadFile::OpenQuote) } else { Ok(()) }
}

/// Records as Salesforce writes them: every value quoted.
pub(super) fn write<'a, R, V>(records: R, dialect: Dialect) -> String
where
    R: IntoIterator<Item = V>,
    V: IntoIterator<Item = &'a str>,
{
    let mut writer = csv::WriterBuilder::new()
        .delimiter(dialect.delimiter.byte())
        .terminator(dialect.ending.terminator())
        .quote_style(csv::QuoteStyle::Always)
        .flexible(true)
        .from_writer(Vec::new());
    for record in records {
        // Writing into memory does not fail.
        let _ = writer.write_record(record.into_iter().map(str::as_bytes));
    }
    let written = writer.into_inner().unwrap_or_default();
    String::from_utf8(written).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Dialect = Dialect { delimiter: Delimiter::Comma, ending: LineEnding::Lf };
    const TABS: Dialect = Dialect { delimiter: Delimiter::Tab, ending: LineEnding::CrLf };

    fn check(text: &str, dialect: Dialect, expected: Result<&[&[&str]], BadFile>) {
        let owned = |record: &&[&str]| record.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        let expected = expected.map(|records| records.iter().map(owned).collect::<Vec<_>>());
        assert_eq!(read(text, dialect), expected, "{text:?}");
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
        check("A\n\"1\r\n2\"\n", PLAIN, Ok(&[&["A"], &["1\r\n2"]]));
    }

    #[test]
    fn a_quote_that_never_closes_is_no_data() {
        check("A\n\"1", PLAIN, Err(BadFile::OpenQuote));
        check("A\n1\"2\n", PLAIN, Err(BadFile::OpenQuote));
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
