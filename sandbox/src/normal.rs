//! How a vendor may reshape what is written to it, beyond what its documents say.
//!
//! Which vendor does what to which value is mostly not documented, so a client has to bear all of it.
//! [`Faults::normalise`](crate::faults::Faults::normalise) switches it on; each simulator then passes
//! what it stores through here. Each function is idempotent: what it gave, it leaves alone.

use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, Region};

/// The edges trimmed, runs of blanks and line ends made one blank.
#[must_use]
pub fn text(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Several lines: line ends made `\n`, the edges trimmed.
#[must_use]
pub fn lines(value: &str) -> String {
    value.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

/// Trimmed and in lower case.
#[must_use]
pub fn email(value: &str) -> String {
    value.trim().to_lowercase()
}

/// A valid number in international form (`+32 471 00 12 34`), any other text trimmed.
#[must_use]
pub fn phone(value: &str, home: Region) -> String {
    match parse(value, home) {
        Some(number) => number.format_as(PhoneNumberFormat::International).into_owned(),
        None => value.trim().to_owned(),
    }
}

/// The E.164 form of a valid number, dialled from this country.
#[must_use]
pub fn e164(value: &str, home: Region) -> Option<String> {
    parse(value, home).map(|number| number.format_as(PhoneNumberFormat::E164).into_owned())
}

fn parse(value: &str, home: Region) -> Option<PhoneNumber> {
    PhoneNumber::parse(value, Some(home)).ok().filter(PhoneNumber::is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reshape: impl Fn(&str) -> String, value: &str, expected: &str) {
        assert_eq!(reshape(value), expected);
        assert_eq!(reshape(expected), expected, "a second pass must change nothing");
    }

    #[test]
    fn reshaping_twice_is_reshaping_once() {
        check(text, "  Bob \u{a0} Smith\n", "Bob Smith");
        check(lines, "one\r\ntwo\r\n", "one\ntwo");
        check(email, " Ann.Lee@X.example ", "ann.lee@x.example");
        check(|value| phone(value, Region::BE), "0471001234", "+32 471 00 12 34");
        check(|value| phone(value, Region::BE), "call the front desk", "call the front desk");
    }

    #[test]
    fn a_number_that_is_none_has_no_canonical_form() {
        assert_eq!(e164("0471 00 12 34", Region::BE).as_deref(), Some("+32471001234"));
        assert_eq!(e164("ask", Region::BE), None);
    }
}
