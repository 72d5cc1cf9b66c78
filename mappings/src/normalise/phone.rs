//! Telephone numbers: E.164 where a number certainly is one, its digits where it is not.
//!
//! A number in national form (`0471 23 45 67`) says nothing without its country. Where the same number is
//! known in international form, in the other app or from an earlier run, [`Numbers`] recognises the two as
//! one; no country is ever guessed from anything else than that and the default region.

use super::text;
use rlibphonenumber::enums::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};
use std::collections::BTreeSet;

/// Longer texts are no telephone numbers and compare as text.
const MAX_CHARS: usize = 64;
/// How many digits a spelling may have beyond its E.164 form: an international prefix (`011`) and a trunk
/// zero. More means that there is a second number in the text.
const MAX_PREFIX_DIGITS: usize = 4;
/// Between a number and its extension, in keys.
const EXTENSION: &str = ";ext=";
/// How people announce an extension.
const EXTENSION_WORDS: [&str; 8] = ["extension", "ext", "xtn", "ex", "x", "poste", "durchwahl", "dw"];
/// What a link to a number begins with.
const LINK: &str = "tel:";

/// The comparison form of a number on its own: E.164 (with `;ext=` and the extension) where it parses and
/// is a number that exists, else its digits, else its text. `default_region` is an ISO 3166 code
/// (`BE`); an unknown one counts as none.
#[must_use]
pub fn key(number: &str, default_region: Option<&str>) -> String {
    Numbers::new(default_region, []).key(number)
}

/// Whether two spellings mean the same number: also when one is in national form and the other tells the
/// country.
#[must_use]
pub fn same_number(one: &str, other: &str, default_region: Option<&str>) -> bool {
    let numbers = Numbers::new(default_region, [one, other]);
    let key = numbers.key(one);
    !key.is_empty() && key == numbers.key(other)
}

/// The numbers of one contact in both apps and in the base, among which a national form finds its country.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    region: Option<Region>,
    /// International keys with the region they belong to.
    international: BTreeSet<(String, Region)>,
}

impl Numbers {
    /// Among `known` spellings or keys; those without a country code add nothing.
    #[must_use]
    pub fn new<'a>(default_region: Option<&str>, known: impl IntoIterator<Item = &'a str>) -> Self {
        let international = known
            .into_iter()
            .filter_map(|text| {
                let parsed = Parsed::read(text, None)?;
                Some((parsed.key(), parsed.0.get_region_code()?))
            })
            .collect();
        let region = default_region.and_then(|code| Region::from_code(code).ok());
        Self { region, international }
    }

    /// The comparison form of a number among the others.
    #[must_use]
    pub fn key(&self, number: &str) -> String {
        if let Some(parsed) = Parsed::read(number, None) {
            return parsed.key();
        }
        // A number that a provider completed with a country is the surest witness of that country: it
        // comes before the configured region.
        let completed = self.international.iter().find(|(key, region)| {
            Parsed::read(number, Some(*region)).is_some_and(|parsed| parsed.key() == *key)
        });
        if let Some((key, _)) = completed {
            return key.clone();
        }
        let at_home = self.region.and_then(|region| Parsed::read(number, Some(region)));
        at_home.map_or_else(|| digits_key(number), |parsed| parsed.key())
    }
}

/// A number that exists, as far as its country's numbering plan says.
struct Parsed(PhoneNumber);

impl Parsed {
    fn read(number: &str, region: Option<Region>) -> Option<Self> {
        let spelled = Spelled::read(&text::loose_key(number))?;
        let text = match region {
            Some(_) => spelled.whole(),
            None => dialled_from_abroad(spelled.whole()),
        };
        let parsed = PHONE_NUMBER_UTIL.parse(text, region).ok().filter(PhoneNumber::is_valid).map(Self)?;
        let digits = count_digits(&spelled.number) + spelled.extension.len();
        (digits <= count_digits(&parsed.key()) + MAX_PREFIX_DIGITS).then_some(parsed)
    }

    fn key(&self) -> String {
        let number = self.0.format_as(PhoneNumberFormat::E164);
        match self.0.extension.as_deref().filter(|extension| !extension.is_empty()) {
            Some(extension) => format!("{number}{EXTENSION}{extension}"),
            None => number.into_owned(),
        }
    }
}

/// `0032 471 …` with the plus sign that the two zeros stand for: the international prefix that the ITU
/// recommends (<https://www.itu.int/rec/T-REC-E.164.1>) and most of the world dials. Only a number that
/// exists is taken for one.
fn dialled_from_abroad(number: String) -> String {
    // By digits, not by letters: `0 032 …` and the key that its digits make must read alike.
    let mut digits = number.char_indices().filter(|(_, char)| char.is_ascii_digit());
    match (digits.next(), digits.next()) {
        (Some((_, '0')), Some((at, '0'))) if !number.contains('+') => {
            format!("+{}", number.get(at + 1..).unwrap_or_default())
        }
        _ => number,
    }
}

/// A text that is one number and nothing else. The parser would look for a number in whatever it is given,
/// and `0471234567 or Bob` is not that number alone.
struct Spelled {
    number: String,
    /// Its digits.
    extension: String,
}

impl Spelled {
    /// `line` is in lower case, without marks of width.
    fn read(line: &str) -> Option<Self> {
        if line.chars().count() > MAX_CHARS {
            return None;
        }
        let line = line.strip_prefix(LINK).unwrap_or(line);
        let (number, announced) = line.split_at(line.find(char::is_alphabetic).unwrap_or(line.len()));
        let behind_word = announced.find(|char: char| !char.is_alphabetic()).unwrap_or(announced.len());
        let (word, extension) = announced.split_at(behind_word);
        let digits = only_digits(extension);
        let understood = word.is_empty()
            || (EXTENSION_WORDS.contains(&word)
                && !extension.contains(char::is_alphabetic)
                && !digits.is_empty());
        (understood && count_digits(number) > 0)
            .then(|| Self { number: number.to_owned(), extension: digits })
    }

    /// In the form in which the parser finds the extension.
    fn whole(&self) -> String {
        let number = self.number.trim_end_matches([' ', ';', ',']);
        if self.extension.is_empty() {
            number.to_owned()
        } else {
            format!("{number}{EXTENSION}{}", self.extension)
        }
    }
}

/// What can be compared of a number that nobody knows: a plus sign, the digits, the extension. Text that
/// is more than a number stays text.
fn digits_key(number: &str) -> String {
    let line = text::loose_key(number);
    let Some(Spelled { number, extension }) = Spelled::read(&line) else { return line };
    let plus = if number.trim_start_matches(['(', ' ']).starts_with('+') { "+" } else { "" };
    let key = format!("{plus}{}", only_digits(&number));
    if extension.is_empty() { key } else { format!("{key}{EXTENSION}{extension}") }
}

fn only_digits(text: &str) -> String {
    text.chars().filter(|char| char.is_numeric()).collect()
}

fn count_digits(text: &str) -> usize {
    text.chars().filter(|char| char.is_numeric()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(number: &str, region: Option<&str>, wanted: &str) {
        assert_eq!(key(number, region), wanted, "{number}");
    }

    #[test]
    fn one_number_in_several_formats_is_one_number() {
        // Scenario 36.
        for spelling in ["+32 471 23 45 67", "+32(0)471/23.45.67", "tel:+32471234567", "＋３２ 471 23 45 67"]
        {
            check(spelling, None, "+32471234567");
        }
        check("0471 23 45 67", Some("BE"), "+32471234567");
        check("0471 23 45 67", Some("be"), "+32471234567");
        check("00 32 471 23 45 67", Some("BE"), "+32471234567");
        check("0032 471 23 45 67", None, "+32471234567");
        check("00 471 23", None, "0047123");
        check("0 032 471 00 11 84", None, "+32471001184");
        check("+1 (530) 583-6985 x302", None, "+15305836985;ext=302");
        check("+1 530 583 6985 ext. 302", None, "+15305836985;ext=302");
    }

    #[test]
    fn a_number_without_a_country_gets_none() {
        check("0471 23 45 67", None, "0471234567");
        check("0471 23 45 67", Some("nowhere"), "0471234567");
        check("(0471) 23-45-67 x9", None, "0471234567;ext=9");
    }

    #[test]
    fn what_is_no_number_stays_what_it_is() {
        check("ask reception", None, "ask reception");
        check("0471 23 45 67 or Bob", Some("BE"), "0471 23 45 67 or bob");
        check("+999 12", None, "+99912");
        check("x0100x00", Some("IT"), "x0100x00");
        check("", None, "");
        check("  ", None, "");
        check("0471 23 45 67 / 0472 11 22 33", Some("BE"), "04712345670472112233");
    }

    #[test]
    fn our_own_number_completed_by_a_provider_is_recognised() {
        // Scenario 44.
        assert!(same_number("0471 23 45 67", "+32 471 23 45 67", None));
        assert!(same_number("(530) 583-6985", "+1 530-583-6985", None));
        assert!(same_number("8 (495) 123-45-67", "+7 495 123-45-67", None));
        assert!(same_number("02 1234 5678", "+39 02 1234 5678", None));
    }

    #[test]
    fn two_numbers_are_never_taken_for_one() {
        assert!(!same_number("0471 23 45 67", "0471 23 45 68", None));
        assert!(!same_number("0471 23 45 67", "+32 471 23 45 68", None));
        assert!(!same_number("+31 471 23 45 67", "+32 471 23 45 67", None));
        assert!(!same_number("23 45 67", "+32 471 23 45 67", None));
        assert!(!same_number("+32 471 23 45 67", "+32 471 23 45 67 x1", None));
        assert!(!same_number("", "", None));
    }

    #[test]
    fn a_known_country_comes_before_the_configured_one() {
        let numbers = Numbers::new(Some("NL"), ["+32 2 555 12 12"]);
        assert_eq!(numbers.key("02 555 12 12"), "+3225551212");
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_the_key(number in "\\+?[0-9 ()./x-]{0,20}", home in proptest::option::of("BE|US|IT")) {
            let once = key(&number, home.as_deref());
            prop_assert_eq!(key(&once, home.as_deref()), once);
        }

        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,80}") {
            let _ = key(&text, Some("BE"));
        }
    }
}
