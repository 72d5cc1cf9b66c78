//! Text to tokens.

use super::super::error::ApiError;

/// One token and where it begins, in characters from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) what: Lexeme,
    pub(super) column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lexeme {
    /// A keyword, a name or a path: `Account.Name`, `LAST_N_DAYS:30`.
    Word(String),
    /// A number, a day or a moment, as it stands.
    Literal(String),
    /// A text without its quotes; `\%` and `\_` are [`PERCENT`] and [`UNDERSCORE`].
    Text(String),
    /// `(`, `)`, `,`, or an operator.
    Symbol(&'static str),
}

/// Stands for a `%` that is no wildcard. From Unicode's private area, which no query uses.
pub(super) const PERCENT: char = '\u{F8F0}';
/// Stands for a `_` that is no wildcard.
pub(super) const UNDERSCORE: char = '\u{F8F1}';

/// All tokens of a query.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, ApiError> {
    let mut lexer = Lexer { rest: query, column: 1 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    rest: &'a str,
    column: usize,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Option<Token>, ApiError> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.skip();
        }
        let column = self.column;
        let Some(first) = self.peek() else { return Ok(None) };
        let what = match first {
            '\'' => Lexeme::Text(self.text()?),
            'A'..='Z' | 'a'..='z' | '_' => Lexeme::Word(self.while_in(&['_', '.', ':'])),
            '0'..='9' | '+' | '-' => Lexeme::Literal(self.while_in(&['.', ':', '+', '-'])),
            _ => Lexeme::Symbol(self.symbol()?),
        };
        Ok(Some(Token { what, column }))
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self) -> Option<char> {
        let first = self.peek()?;
        self.rest = self.rest.get(first.len_utf8()..).unwrap_or_default();
        self.column += 1;
        Some(first)
    }

    fn while_in(&mut self, also: &[char]) -> String {
        let mut word = String::new();
        while let Some(next) = self.peek().filter(|c| c.is_ascii_alphanumeric() || also.contains(c)) {
            word.push(next);
            self.skip();
        }
        word
    }

    fn symbol(&mut self) -> Result<&'static str, ApiError> {
        const SYMBOLS: [&str; 10] = ["<=", ">=", "!=", "<>", "(", ")", ",", "=", "<", ">"];
        let found = SYMBOLS.into_iter().find(|symbol| self.rest.starts_with(symbol));
        let Some(symbol) = found else {
            let strange = self.peek().unwrap_or_default();
            return Err(ApiError::malformed_query(format!(
                "line 1:{} no viable alternative at character '{strange}'",
                self.column
            )));
        };
        symbol.chars().for_each(|_| {
            self.skip();
        });
        Ok(symbol)
    }

    fn text(&mut self) -> Result<String, ApiError> {
        self.skip();
        let mut text = String::new();
        loop {
            match self.skip() {
                None => {
                    return Err(ApiError::malformed_query(
                        "line 1:0 mismatched character '<EOF>' expecting '''",
                    ));
                }
                Some('\'') => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some('\n' | '\r') => return Err(self.bad_escape("line break")),
                Some(other) => text.push(other),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, ApiError> {
        let escaped = match self.skip() {
            Some('n' | 'N') => '\n',
            Some('r' | 'R') => '\r',
            Some('t' | 'T') => '\t',
            Some('b' | 'B') => '\u{8}',
            Some('f' | 'F') => '\u{c}',
            Some(same @ ('"' | '\'' | '\\')) => same,
            Some('%') => PERCENT,
            Some('_') => UNDERSCORE,
            Some('u') => self.code_point()?,
            Some(other) => return Err(self.bad_escape(&format!("\\{other}"))),
            None => return Err(self.bad_escape("\\")),
        };
        Ok(escaped)
    }

    fn code_point(&mut self) -> Result<char, ApiError> {
        let digits = self.rest.get(..4).unwrap_or_default().to_owned();
        let read = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        let read = read.ok_or_else(|| self.bad_escape(&format!("\\u{digits}")))?;
        digits.chars().for_each(|_| {
            self.skip();
        });
        Ok(read)
    }

    fn bad_escape(&self, what: &str) -> ApiError {
        let column = self.column;
        ApiError::malformed_query(format!(
            "Invalid string literal at Row:1:Column:{column}. Illegal character sequence '{what}' in string literal."
        ))
    }
}
