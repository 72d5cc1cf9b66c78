//! One value into one field: turned, checked, and refused with the reason rather than bent.

use super::AddressRules;
use crate::normalise::{address, date, email, text};
use chrono_tz::Tz;
use syntony_core::lens::Refusal;
use syntony_core::schema::{FieldSpec, Kind, Takes, Years};
use syntony_core::value::{Date, Value};

/// A field that is written, with what its schema cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The field.
    pub spec: FieldSpec,
    /// What the vendor asks of addresses.
    pub addresses: AddressRules,
    /// Whether text that is too long is shortened rather than refused.
    pub truncate: bool,
}

impl Target {
    /// A field about which nothing more is known than its schema says.
    #[must_use]
    pub fn new(spec: FieldSpec) -> Self {
        Self { spec, addresses: AddressRules::NONE, truncate: false }
    }

    /// The value as this field would hold it. For a list, one entry of it.
    ///
    /// # Errors
    /// What is wrong with the value's shape, never the value.
    pub fn accept(&self, value: &Value, timezone: Tz) -> Result<Value, Refusal> {
        match self.spec.kind {
            Kind::Text => self.text(&plain(value, timezone)).map(Value::Text),
            // A shortened number or address is another one, so these are never truncated.
            Kind::Phone | Kind::Url => self.whole_text(&plain(value, timezone)),
            Kind::Email => {
                let address = plain(value, timezone);
                email::key(&address).ok_or_else(|| self.malformed())?;
                self.whole_text(address.trim())
            }
            Kind::Picklist => self.option(&plain(value, timezone)),
            Kind::Number => self.unchanged(value, matches!(value, Value::Number(_))),
            Kind::Boolean if self.takes_back(value) => Err(Refusal::OptIn),
            Kind::Boolean => self.unchanged(value, matches!(value, Value::Bool(_))),
            Kind::Date => self.day(value, timezone).map(Value::Date),
            Kind::DateTime => self.moment(value, timezone).map(Value::DateTime),
            Kind::Address => self.address(value),
        }
    }

    /// Whether the field says that somebody opted out, and this value would say that they did not.
    #[must_use]
    pub fn takes_back(&self, value: &Value) -> bool {
        match (self.spec.takes, value) {
            (Takes::OptOutOnly(out), Value::Bool(yes)) => *yes != out,
            (
                Takes::OptOutOnly(_),
                Value::Null
                | Value::Number(_)
                | Value::Text(_)
                | Value::Date(_)
                | Value::DateTime(_)
                | Value::Address(_)
                | Value::List(_),
            )
            | (Takes::Any, _) => false,
        }
    }

    /// How many characters the field takes, if text that is longer is shortened.
    #[must_use]
    pub fn shortens_to_chars(&self) -> Option<usize> {
        let limit = self.spec.max_length_chars.filter(|_| self.truncate && self.spec.kind == Kind::Text)?;
        usize::try_from(limit).ok()
    }

    /// Whether a day without a year is refused here.
    pub(crate) fn needs_year(&self) -> bool {
        match self.spec.kind {
            Kind::Date => self.spec.years == Years::Required,
            Kind::DateTime => true,
            Kind::Text
            | Kind::Email
            | Kind::Phone
            | Kind::Url
            | Kind::Number
            | Kind::Boolean
            | Kind::Picklist
            | Kind::Address => false,
        }
    }

    fn text(&self, text: &str) -> Result<String, Refusal> {
        let Some(max_chars) = self.spec.max_length_chars else { return Ok(text.to_owned()) };
        let chars = text.chars().count();
        if chars <= usize::try_from(max_chars).unwrap_or(usize::MAX) {
            return Ok(text.to_owned());
        }
        match self.shortens_to_chars() {
            Some(limit) => Ok(text.chars().take(limit).collect::<String>().trim_end().to_owned()),
            None => Err(Refusal::TooLong { chars, max_chars }),
        }
    }

    fn whole_text(&self, text: &str) -> Result<Value, Refusal> {
        self.text(text).map(Value::Text)
    }

    fn option(&self, text: &str) -> Result<Value, Refusal> {
        let options = &self.spec.options;
        if options.is_empty() {
            return Ok(Value::text(text));
        }
        let key = text::line_key(text);
        let found = options.iter().find(|option| text::line_key(option) == key);
        found.map(Value::text).ok_or_else(|| Refusal::NotAnOption { allowed: options.clone() })
    }

    fn unchanged(&self, value: &Value, fits: bool) -> Result<Value, Refusal> {
        if fits { Ok(value.clone()) } else { Err(self.malformed()) }
    }

    fn day(&self, value: &Value, timezone: Tz) -> Result<Date, Refusal> {
        let day = match value {
            Value::Date(day) => *day,
            Value::DateTime(millis) => date::day_of(*millis, timezone).ok_or_else(|| self.malformed())?,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Address(_)
            | Value::List(_) => {
                return Err(self.malformed());
            }
        };
        let Date { month, day, year } = day;
        let year = match self.spec.years {
            Years::Required => Some(year.ok_or_else(no_year)?),
            Years::Optional => year,
            Years::Never => None,
        };
        // A 29 February that was given the year of another day may not exist.
        Date::new(year, month, day).ok_or_else(|| self.malformed())
    }

    fn moment(&self, value: &Value, timezone: Tz) -> Result<i64, Refusal> {
        match value {
            Value::DateTime(millis) => Ok(*millis),
            Value::Date(Date { year: None, .. }) => Err(no_year()),
            Value::Date(day) => date::start_of(*day, timezone).ok_or_else(|| self.malformed()),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Address(_)
            | Value::List(_) => Err(self.malformed()),
        }
    }

    fn address(&self, value: &Value) -> Result<Value, Refusal> {
        let Value::Address(address) = value else { return Err(self.malformed()) };
        self.addresses.accept(address).map(|taken| Value::Address(Box::new(taken)))
    }

    fn malformed(&self) -> Refusal {
        let wanted = match self.spec.kind {
            Kind::Email => "valid email address",
            Kind::Address => "postal address",
            Kind::DateTime => "date with a time",
            Kind::Boolean => "yes or no",
            Kind::Text | Kind::Phone | Kind::Url | Kind::Number | Kind::Date | Kind::Picklist => {
                return Refusal::Malformed { wanted: self.spec.kind.to_string() };
            }
        };
        Refusal::Malformed { wanted: wanted.to_owned() }
    }
}

fn no_year() -> Refusal {
    Refusal::Incomplete { missing: "a year".to_owned() }
}

/// A value as a person would type it into a text field.
#[must_use]
pub fn plain(value: &Value, timezone: Tz) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Date(day) => date::key(*day),
        Value::DateTime(millis) => date::moment_text(*millis, timezone).unwrap_or_else(|| millis.to_string()),
        Value::Address(address) => address::lines(address),
        Value::List(items) => {
            let texts: Vec<String> = items.iter().map(|item| plain(&item.value, timezone)).collect();
            texts.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(kind: Kind) -> Target {
        Target::new(FieldSpec::new("f", kind))
    }

    #[track_caller]
    fn check(target: &Target, value: Value, wanted: Result<Value, Refusal>) {
        let got = target.accept(&value, Tz::Asia__Tokyo);
        let plain = |result: Result<Value, Refusal>| result.map(|value| value.to_plain());
        assert_eq!(plain(got), plain(wanted));
    }

    fn malformed(wanted: &str) -> Result<Value, Refusal> {
        Err(Refusal::Malformed { wanted: wanted.into() })
    }

    #[test]
    fn text_never_becomes_a_number() {
        // Scenario 41.
        check(&target(Kind::Number), Value::text("7"), malformed("number"));
        check(&target(Kind::Boolean), Value::text("true"), malformed("yes or no"));
        check(&target(Kind::Text), Value::number(7.0).unwrap(), Ok(Value::text("7")));
        check(&target(Kind::Text), Value::Bool(false), Ok(Value::text("false")));
    }

    #[test]
    fn text_too_long_is_refused_unless_shortening_was_asked_for() {
        // Scenario 40.
        let mut short = Target::new(FieldSpec::new("f", Kind::Text).max_length_chars(4));
        check(&short, Value::text("héllo"), Err(Refusal::TooLong { chars: 5, max_chars: 4 }));
        check(&short, Value::text("héll"), Ok(Value::text("héll")));
        short.truncate = true;
        check(&short, Value::text("ab cd"), Ok(Value::text("ab c")));
        check(&short, Value::text("abc d"), Ok(Value::text("abc")));
        short.spec.kind = Kind::Phone;
        check(&short, Value::text("+32471"), Err(Refusal::TooLong { chars: 6, max_chars: 4 }));
    }

    #[test]
    fn a_value_that_is_no_option_is_refused_with_the_options() {
        // Scenario 38.
        let mut target = target(Kind::Picklist);
        target.spec.options = vec!["Open".into(), "Closed".into()];
        check(&target, Value::text(" Open"), Ok(Value::text("Open")));
        check(
            &target,
            Value::text("open"),
            Err(Refusal::NotAnOption { allowed: target.spec.options.clone() }),
        );
    }

    #[test]
    fn no_year_is_invented_for_a_birthday() {
        // Scenario 43.
        let birthday = Value::Date(Date::new(None, 4, 15).unwrap());
        let no_year = || Err(Refusal::Incomplete { missing: "a year".into() });
        check(&target(Kind::Date), birthday.clone(), no_year());
        check(&target(Kind::DateTime), birthday.clone(), no_year());
        let google = Target::new(FieldSpec::new("f", Kind::Date).years(Years::Optional));
        check(&google, birthday.clone(), Ok(birthday.clone()));
        let mailchimp = Target::new(FieldSpec::new("f", Kind::Date).years(Years::Never));
        check(&mailchimp, Value::Date(Date::new(Some(1990), 4, 15).unwrap()), Ok(birthday));
    }

    #[test]
    fn an_opt_out_can_be_set_and_is_never_taken_back() {
        for out in [true, false] {
            let target = Target::new(FieldSpec::new("f", Kind::Boolean).takes(Takes::OptOutOnly(out)));
            check(&target, Value::Bool(out), Ok(Value::Bool(out)));
            check(&target, Value::Bool(!out), Err(Refusal::OptIn));
            check(&target, Value::text("no"), malformed("yes or no"));
        }
    }

    #[test]
    fn what_is_no_address_is_not_sent_as_one() {
        check(&target(Kind::Email), Value::text("n/a"), malformed("valid email address"));
        check(&target(Kind::Email), Value::text(" Ada@x.org "), Ok(Value::text("Ada@x.org")));
    }
}
