//! Countries: known by name in several languages, by abbreviation, or by ISO 3166-1 code.
//!
//! Two spellings of one country are the same country. What is not known, or could be two countries, is
//! text like any other: no code is ever guessed for it.

use super::text;
use icu_normalizer::DecomposingNormalizerBorrowed;
use isocountry::CountryCode;
use std::collections::HashMap;
use std::sync::LazyLock;

/// `CODE = name; name | part; part`, one country a line.
const NAMES: &str = include_str!("../../data/countries.txt");

/// A country that a name stands for.
#[derive(Clone, Copy)]
struct Named {
    code: &'static str,
    /// Whether the name is another word for the whole country, and not for a part of it.
    whole: bool,
}

static BY_NAME: LazyLock<HashMap<String, Named>> = LazyLock::new(|| {
    let names = rows().flat_map(Row::names);
    names.map(|(name, code, whole)| (fold(name), Named { code, whole })).collect()
});

/// The ISO 3166-1 code of two letters, in capitals; `None` for what is no country that we know.
#[must_use]
pub fn code(country: &str) -> Option<&'static str> {
    find(country).map(|named| named.code)
}

/// The comparison form of a country: its code, or its name if that is not known.
#[must_use]
pub fn key(country: &str) -> String {
    match find(country).filter(|named| named.whole) {
        Some(named) => named.code.to_owned(),
        None => text::line_key(country),
    }
}

fn find(country: &str) -> Option<Named> {
    let folded = fold(country);
    let iso = match folded.len() {
        2 => CountryCode::for_alpha2_caseless(&folded).ok(),
        3 => CountryCode::for_alpha3_caseless(&folded).ok(),
        _ => None,
    };
    match iso {
        Some(country) => Some(Named { code: country.alpha2(), whole: true }),
        None => BY_NAME.get(&folded).copied().or_else(|| row_code(&folded)),
    }
}

/// A code of our list that the standard does not have.
fn row_code(folded: &str) -> Option<Named> {
    let row = rows().find(|row| row.code.eq_ignore_ascii_case(folded))?;
    Some(Named { code: row.code, whole: true })
}

/// One line of the list.
struct Row {
    code: &'static str,
    wholes: &'static str,
    parts: &'static str,
}

impl Row {
    fn names(self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        let named = move |names: &'static str, whole| {
            let names = names.split(';').map(str::trim).filter(|name| !name.is_empty());
            names.map(move |name| (name, self.code, whole))
        };
        named(self.wholes, true).chain(named(self.parts, false))
    }
}

fn rows() -> impl Iterator<Item = Row> {
    NAMES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (code, names) = line.split_once('=')?;
        let (wholes, parts) = names.split_once('|').unwrap_or((names, ""));
        Some(Row { code: code.trim(), wholes, parts })
    })
}

/// Letters and digits alone, without case and accents, words parted by single spaces; dotted letters
/// (`U.S.A.`) are one word, and `&` is `and`.
fn fold(name: &str) -> String {
    let spelled = text::loose_key(name).replace('&', " and ");
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(&spelled).into_owned();
    let letters = decomposed.chars().filter(|&char| char != '.' && !is_accent(char));
    let spaced: String = letters.map(|char| if char.is_alphanumeric() { char } else { ' ' }).collect();
    text::loose_key(&spaced)
}

/// Combining marks, which decomposing parts from their letters.
fn is_accent(char: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&char)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(code_of: &str, wanted: Option<&str>) {
        assert_eq!(code(code_of), wanted, "{code_of}");
    }

    #[test]
    fn a_country_is_known_however_it_is_written() {
        for belgium in ["BE", "be", "BEL", "Belgium", "belgië ", "BELGIQUE", "Belgien", "Belgie\u{308}"] {
            check(belgium, Some("BE"));
            assert_eq!(key(belgium), "BE");
        }
        for britain in ["UK", "U.K.", "gb", "Great Britain", "United Kingdom", "Vereinigtes Königreich"] {
            assert_eq!(key(britain), "GB", "{britain}");
        }
        for (name, wanted) in [
            ("USA", "US"),
            ("U.S.", "US"),
            ("United States of America", "US"),
            ("Viet Nam", "VN"),
            ("Vietnam", "VN"),
            ("South Korea", "KR"),
            ("Czech Republic", "CZ"),
            ("Czechia", "CZ"),
            ("Turkey", "TR"),
            ("Türkiye", "TR"),
            ("Cote d'Ivoire", "CI"),
            ("Côte d’Ivoire", "CI"),
            ("Holland", "NL"),
            ("The Netherlands", "NL"),
            ("日本", "JP"),
            ("Ελλάδα", "GR"),
            ("Россия", "RU"),
            ("Kosovo", "XK"),
            ("xk", "XK"),
        ] {
            check(name, Some(wanted));
        }
    }

    #[test]
    fn what_could_be_two_countries_is_none() {
        for unknown in ["Congo", "Korea", "Saint Martin", "Ruritania", "EU", "1000", "", " ", "ZZ", "n/a"] {
            check(unknown, None);
        }
        assert_eq!(key("  Ruritania "), "Ruritania");
    }

    #[test]
    fn a_part_of_a_country_has_its_code_and_is_not_the_country() {
        check("Scotland", Some("GB"));
        assert_eq!(key("Scotland"), "Scotland");
        assert_ne!(key("Scotland"), key("England"));
    }

    #[test]
    fn every_name_of_the_list_means_one_country() {
        for row in rows() {
            let code_of_row = row.code;
            assert!(code_of_row == "XK" || CountryCode::for_alpha2(code_of_row).is_ok(), "{code_of_row}");
            for (name, _, _) in row.names() {
                check(name, Some(code_of_row));
            }
        }
        for country in CountryCode::iter() {
            check(country.alpha2(), Some(country.alpha2()));
            check(country.alpha3(), Some(country.alpha2()));
            // The standard calls one of the two Congos just that.
            let wanted = Some(country.alpha2()).filter(|_| country.name() != "Congo");
            check(country.name(), wanted);
            assert!(rows().any(|row| row.code == country.alpha2()), "{}", country.alpha2());
        }
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_the_key(text in "(.{0,20}|[A-Za-z. ]{0,8})") {
            prop_assert_eq!(key(&key(&text)), key(&text));
        }
    }
}
