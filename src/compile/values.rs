//! Values of the configuration as the fields of an app hold them: `"3"` for a number, `"2024-01-31"` for a day. What a
//! field can never hold is refused here, once, with what it could hold.
//!
//! Invariant: a value that comes out of here compares with those of its field, kind with kind.

use crate::config::nearest::hint_from;
use chrono_tz::Tz;
use syntony_core::lens::Refusal;
use syntony_core::policy::Test;
use syntony_core::schema::{Choices, FieldSpec, Kind, Takes};
use syntony_core::value::{Date, Number, Value};
use syntony_mappings::convert::{Target, a, plain};

/// What is wrong with a value, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Goes on from "in `app` …".
    pub(super) message: String,
    pub(super) hint: String,
}

/// What can be used, perhaps with a doubt.
#[derive(Debug)]
pub(super) struct Sound<T> {
    pub(super) value: T,
    pub(super) doubt: Option<Misfit>,
}

/// What came of reading something.
pub(super) type Read<T> = Result<Sound<T>, Misfit>;

/// How conditions on a field are read.
pub(super) struct Reading<'a> {
    /// The field.
    pub(super) spec: &'a FieldSpec,
    /// On whose clock a moment is on a day.
    pub(super) timezone: Tz,
}

impl Reading<'_> {
    /// A value to compare with.
    pub(super) fn value(&self, value: &Value) -> Read<Value> {
        if value.is_empty() {
            return Err(self.never("is never equal to an empty text", "use `is_empty`"));
        }
        match self.spec.kind {
            Kind::Text | Kind::Email | Kind::Phone | Kind::Url => self.text(value),
            Kind::Picklist => self.option(&plain(value, self.timezone)),
            Kind::Address => Err(self.never("is an address, which no single value equals", "use `is_empty`")),
            Kind::DateTime if matches!(typed(Kind::DateTime, value), Value::Date(_)) => {
                Err(self.never("holds moments, and a day is none", "write a moment with its offset"))
            }
            Kind::Number | Kind::Boolean | Kind::Date | Kind::DateTime => self.exact(value),
        }
    }

    /// The text of `contains` or `starts_with`.
    pub(super) fn part(&self, test: &Test) -> Read<()> {
        let part = match test {
            Test::Contains(part) | Test::StartsWith(part) => part,
            Test::OneOf(_) | Test::NoneOf(_) | Test::Between(..) | Test::IsEmpty(_) => return sound(()),
        };
        if part.trim().is_empty() {
            return Err(self.never("has nothing in every text", "use `is_empty = false`"));
        }
        match self.spec.kind {
            Kind::Text | Kind::Email | Kind::Phone | Kind::Url => self.fits(part).and_then(|()| sound(())),
            Kind::Picklist => {
                let part = part.trim().to_lowercase();
                let meets = |option: &String| match test {
                    Test::StartsWith(_) => option.to_lowercase().starts_with(&part),
                    Test::Contains(_)
                    | Test::OneOf(_)
                    | Test::NoneOf(_)
                    | Test::Between(..)
                    | Test::IsEmpty(_) => option.to_lowercase().contains(&part),
                };
                self.among_options(self.spec.options.iter().any(meets), &part)
            }
            Kind::Number | Kind::Boolean | Kind::Date | Kind::DateTime | Kind::Address => {
                Err(self.never(&format!("is {}, and this looks for text", a(self.spec.kind)), "use `equals`"))
            }
        }
    }

    /// The ends of a range.
    pub(super) fn range(&self, least: Option<Number>, most: Option<Number>) -> Read<()> {
        if self.spec.many {
            return Err(
                self.never("holds a list, and this compares one number", "use `equals` or `contains`")
            );
        }
        match self.spec.kind {
            // Many apps keep numbers as text.
            Kind::Number | Kind::Text => sound(()),
            Kind::Picklist => {
                let within = |option: &String| {
                    let number = option.trim().parse().ok().and_then(Number::new);
                    number.is_some_and(|number| {
                        least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
                    })
                };
                self.among_options(self.spec.options.iter().any(within), "")
            }
            Kind::Email
            | Kind::Phone
            | Kind::Url
            | Kind::Boolean
            | Kind::Date
            | Kind::DateTime
            | Kind::Address => {
                Err(self
                    .never(&format!("is {}, and this compares numbers", a(self.spec.kind)), "use `equals`"))
            }
        }
    }

    /// Text compares with text; a number stays one, because `3` is meant by `3.0` too.
    fn text(&self, value: &Value) -> Read<Value> {
        match value {
            Value::Number(_) => sound(value.clone()),
            other => {
                let text = plain(other, self.timezone);
                self.fits(&text)?;
                sound(Value::Text(text))
            }
        }
    }

    fn fits(&self, text: &str) -> Result<(), Misfit> {
        let chars = text.trim().chars().count();
        match self.spec.max_length_chars.and_then(|max| usize::try_from(max).ok()) {
            Some(max) if chars > max => Err(self.never(
                &format!("has at most {max} characters, and this has {chars}"),
                "shorten it, or use `starts_with`",
            )),
            Some(_) | None => Ok(()),
        }
    }

    fn option(&self, text: &str) -> Read<Value> {
        match option_of(self.spec, text) {
            Some(option) => sound(Value::text(option)),
            None => self
                .among_options(false, text)
                .map(|read| Sound { value: Value::text(text), doubt: read.doubt }),
        }
    }

    /// Whether an option of a picklist may meet the condition; in an open one something else may.
    fn among_options(&self, met: bool, text: &str) -> Read<()> {
        if met || self.spec.options.is_empty() {
            return sound(());
        }
        let misfit = self.never("has no such option", &options_hint(self.spec, text));
        match self.spec.choices {
            Choices::Closed => Err(misfit),
            Choices::Open => Ok(Sound { value: (), doubt: Some(misfit) }),
        }
    }

    fn exact(&self, value: &Value) -> Read<Value> {
        // A condition may well look for those who did not opt out.
        let spec = FieldSpec { takes: Takes::Any, ..self.spec.clone() };
        let taken = Target::new(spec).accept(&typed(self.spec.kind, value), self.timezone);
        taken.map_err(|refusal| refused(self.spec, &refusal)).and_then(sound)
    }

    fn never(&self, why: &str, hint: &str) -> Misfit {
        Misfit { message: format!("`{}` {why}", self.spec.name), hint: hint.to_owned() }
    }
}

/// A value to write, as the field takes it.
///
/// # Errors
/// Why it does not.
pub(super) fn written(spec: &FieldSpec, value: &Value, timezone: Tz) -> Result<Value, Misfit> {
    let misfit =
        |why: &str, hint: &str| Misfit { message: format!("`{}` {why}", spec.name), hint: hint.to_owned() };
    if spec.many {
        let why = "holds a list, and setting it would replace every entry";
        return Err(misfit(why, "choose a field that holds one value"));
    }
    if value.is_empty() {
        return Err(misfit("is set to nothing here", "nothing is emptied by name: say what it is to hold"));
    }
    let typed = match spec.kind {
        Kind::Address => {
            return Err(misfit(
                "is an address, which is no single value",
                "set a part of it, if the app has such fields",
            ));
        }
        Kind::Picklist => {
            let text = plain(value, timezone);
            Value::text(option_of(spec, &text).unwrap_or(&text))
        }
        Kind::Text
        | Kind::Email
        | Kind::Phone
        | Kind::Url
        | Kind::Number
        | Kind::Boolean
        | Kind::Date
        | Kind::DateTime => typed(spec.kind, value),
    };
    let taken = Target::new(spec.clone()).accept(&typed, timezone);
    taken.map_err(|refusal| match refusal {
        Refusal::NotAnOption { .. } => {
            let why = "has no such option";
            misfit(why, &options_hint(spec, &plain(value, timezone)))
        }
        other => refused(spec, &other),
    })
}

fn sound<T>(value: T) -> Read<T> {
    Ok(Sound { value, doubt: None })
}

/// The option that is meant, in its own spelling.
fn option_of<'a>(spec: &'a FieldSpec, text: &str) -> Option<&'a str> {
    let same = |option: &&String| option.trim().to_lowercase() == text.trim().to_lowercase();
    let exact = spec.options.iter().find(|option| option.trim() == text.trim());
    exact.or_else(|| spec.options.iter().find(same)).map(String::as_str)
}

fn options_hint(spec: &FieldSpec, text: &str) -> String {
    hint_from(text, spec.options.iter().map(String::as_str)).unwrap_or_default()
}

fn refused(spec: &FieldSpec, refusal: &Refusal) -> Misfit {
    let hint = match (refusal, spec.kind) {
        (Refusal::OptIn, _) => "only the person says so",
        (_, Kind::Number) => "write a number: 3",
        (_, Kind::Boolean) => "write true or false",
        (_, Kind::Date) => "write a day: 2024-01-31",
        (_, Kind::DateTime) => "write a moment: 2024-01-31T09:00:00Z",
        (_, Kind::Text | Kind::Email | Kind::Phone | Kind::Url | Kind::Picklist | Kind::Address) => {
            "write what the field can hold"
        }
    };
    Misfit { message: format!("`{}` cannot hold this: {refusal}", spec.name), hint: hint.to_owned() }
}

/// Text as a value of this kind, where it is one; everything else as it is.
fn typed(kind: Kind, value: &Value) -> Value {
    let Value::Text(text) = value else { return value.clone() };
    let text = text.trim();
    let read = match kind {
        Kind::Number => text.parse().ok().and_then(Value::number),
        Kind::Boolean => text.to_lowercase().parse().ok().map(Value::Bool),
        Kind::Date => day(text).map(Value::Date).or_else(|| moment(text)),
        Kind::DateTime => moment(text).or_else(|| day(text).map(Value::Date)),
        Kind::Text | Kind::Email | Kind::Phone | Kind::Url | Kind::Picklist | Kind::Address => None,
    };
    read.unwrap_or_else(|| value.clone())
}

/// `2024-01-31`, or `--01-31` without a year.
fn day(text: &str) -> Option<Date> {
    let (year, rest) = match text.strip_prefix("--") {
        Some(rest) => (None, rest),
        None => {
            let (year, rest) = text.split_once('-')?;
            (Some(year.parse().ok()?), rest)
        }
    };
    let (month, day) = rest.split_once('-')?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?)
}

fn moment(text: &str) -> Option<Value> {
    let moment = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(Value::DateTime(moment.timestamp_millis()))
}
