//! Telephone numbers of several countries, typed in the ways that people type them.

use super::Labelled;
use fastrand::Rng;

/// A number of this country. `nth` is its place among the person's numbers.
pub(super) fn phone(random: &mut Rng, country: Country, nth: usize) -> Labelled {
    const LABELS: [&str; 4] = ["mobile", "work", "home", "workFax"];
    let label = LABELS.get(nth).copied().unwrap_or("other");
    let (code, trunk, groups) = number(random, country);
    Labelled::new(label, typed(random, code, trunk, &groups))
}

/// Where people live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Country {
    Usa,
    Britain,
    France,
    Germany,
    Belgium,
    Australia,
}

/// Country code, trunk prefix, and the digits in the groups that are usual there.
///
/// Reserved for fiction: 555-01xx in North America; 020 7946 0xxx in Britain (Ofcom); 01 99 00 in France
/// (Arcep); 030 23125 in Germany (BNetzA); 0491 570 in Australia (ACMA). Not the mobile ranges of Britain
/// and France: libphonenumber calls them invalid, and then no app gives them a canonical form. Belgium
/// reserves none.
fn number(random: &mut Rng, country: Country) -> (&'static str, &'static str, Vec<String>) {
    let mut digits = |count: usize| -> String { (0..count).map(|_| random.digit(10)).collect() };
    let fixed = str::to_owned;
    match country {
        Country::Usa => ("1", "", vec![fixed("212"), fixed("555"), format!("01{}", digits(2))]),
        Country::Britain => ("44", "0", vec![fixed("20"), fixed("7946"), format!("0{}", digits(3))]),
        Country::France => ("33", "0", vec![fixed("1"), fixed("99"), fixed("00"), digits(2), digits(2)]),
        Country::Germany => ("49", "0", vec![fixed("30"), format!("23125{}", digits(3))]),
        Country::Belgium => ("32", "0", vec![fixed("471"), fixed("00"), digits(2), digits(2)]),
        Country::Australia => ("61", "0", vec![fixed("491"), fixed("570"), digits(3)]),
    }
}

fn typed(random: &mut Rng, code: &str, trunk: &str, groups: &[String]) -> String {
    match random.u8(0..6) {
        0 => format!("+{code}{}", groups.concat()),
        1 => format!("+{code} {}", groups.join(" ")),
        2 => format!("00{code} {}", groups.join(" ")),
        3 => format!("{trunk}{}", groups.join(" ")),
        4 => format!("{trunk}{}", groups.join("-")),
        _ => format!("{trunk}{}", groups.concat()),
    }
}

/// The same number in another hand: what the second app holds of it.
pub(super) fn retyped(number: &str) -> String {
    let squeezed: String = number.chars().filter(|each| each.is_ascii_digit() || *each == '+').collect();
    if squeezed.len() < 6 {
        return number.to_owned(); // "call the front desk" has no other form
    }
    match squeezed.strip_prefix("00") {
        Some(international) => format!("+{international}"),
        None => squeezed,
    }
}
