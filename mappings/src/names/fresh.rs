//! A name that nobody knows, taken apart by its form alone.
//!
//! Sure are two plain words, a comma, a lower-case particle behind one word, an initial in the middle.
//! Everything else (three plain words: a middle name or a second surname?) is a guess and says so.

use super::lexicon::{
    is_devotional, is_east_asian, is_honorific, is_initial, is_joiner, is_particle, is_suffix,
};
use super::{LoneWord, PersonName, Room, Split};
use syntony_core::lens::Certainty;

/// Takes `line` apart without a base.
pub(super) fn split(line: &str, room: Room) -> Split {
    match inverted(line) {
        Some((family, rest)) => split_inverted(&family, &rest, room),
        None => {
            let words: Vec<&str> = line
                .split_whitespace()
                .map(|word| word.trim_matches(','))
                .filter(|word| !word.is_empty())
                .collect();
            split_words(&words, room)
        }
    }
}

/// `van der Berg, Jan`: what stands before the comma and what after, if the comma means that.
pub(super) fn inverted(line: &str) -> Option<(String, String)> {
    let mut pieces: Vec<&str> = line.split(',').map(str::trim).filter(|piece| !piece.is_empty()).collect();
    let mut suffixes = Vec::new();
    // `Ada Byron, MD, PhD` and `Byron, Ada, Jr.`: suffixes come behind commas of their own.
    while pieces.len() > 1 && pieces.last().is_some_and(|last| last.split_whitespace().all(is_suffix)) {
        suffixes.extend(pieces.pop());
    }
    let (family, rest) = match pieces.as_slice() {
        [family, rest] => (*family, *rest),
        _ => return None,
    };
    suffixes.reverse();
    Some((family.to_owned(), [&[rest], suffixes.as_slice()].concat().join(" ")))
}

fn split_inverted(family: &str, rest: &str, room: Room) -> Split {
    let (before, family, mut suffix) = strip(&words_of(family));
    let (prefix, given, more_suffix) = strip(&words_of(rest));
    suffix.extend(more_suffix);
    let (given, middle) = match given.as_slice() {
        [given, initial] if room.middle && is_initial(initial) => (vec![*given], vec![*initial]),
        _ => (given, Vec::new()),
    };
    Split::sure(PersonName {
        prefix: [before, prefix].concat().join(" "),
        given: given.join(" "),
        middle: middle.join(" "),
        family: family.join(" "),
        suffix: suffix.join(" "),
    })
}

fn words_of(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn split_words(words: &[&str], room: Room) -> Split {
    let (prefix, core, suffix) = strip(words);
    let Core { given, middle, family, certainty } = split_core(&core, !prefix.is_empty(), room);
    let name = PersonName {
        prefix: prefix.join(" "),
        given: given.join(" "),
        middle: middle.join(" "),
        family: family.join(" "),
        suffix: suffix.join(" "),
    };
    Split { name, certainty }
}

/// Honorifics, the name itself, suffixes. At least one word is left as the name itself.
fn strip<'a>(words: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>, Vec<&'a str>) {
    let mut rest = words;
    let mut prefix = Vec::new();
    while let [first, more @ ..] = rest {
        if more.is_empty() || !is_honorific(first) {
            break;
        }
        prefix.push(*first);
        rest = more;
    }
    let mut suffix = Vec::new();
    while let [more @ .., last] = rest {
        if more.is_empty() || !is_suffix(last) {
            break;
        }
        suffix.insert(0, *last);
        rest = more;
    }
    (prefix, rest.to_vec(), suffix)
}

/// A name without honorifics and suffixes, taken apart.
struct Core<'a> {
    given: Vec<&'a str>,
    middle: Vec<&'a str>,
    family: Vec<&'a str>,
    certainty: Certainty,
}

fn split_core<'a>(words: &[&'a str], after_honorific: bool, room: Room) -> Core<'a> {
    match words {
        [] => Core { given: vec![], middle: vec![], family: vec![], certainty: Certainty::Sure },
        // `Mr. Smith` is a family name; `Prince` and `王小明` are left whole, and nobody can say which.
        [_] => {
            let family = after_honorific || room.lone_word == LoneWord::Family;
            let (given, family) = if family { (vec![], words.to_vec()) } else { (words.to_vec(), vec![]) };
            Core { given, middle: vec![], family, certainty: Certainty::Guess }
        }
        [first, second] if is_east_asian(first) && is_east_asian(second) => {
            Core { given: vec![second], middle: vec![], family: vec![first], certainty: Certainty::Guess }
        }
        [first, second] => {
            Core { given: vec![first], middle: vec![], family: vec![second], certainty: Certainty::Sure }
        }
        _ => split_long(words, room),
    }
}

/// Three words or more.
fn split_long<'a>(words: &[&'a str], room: Room) -> Core<'a> {
    if let Some(at) = family_start(words) {
        let (given, family) = words.split_at(at);
        // `María del Carmen` alone may be a given name to its end.
        let plain = matches!(given, [first] if !is_devotional(first))
            && family.first().is_some_and(|word| word.starts_with(char::is_lowercase));
        let certainty = if plain { Certainty::Sure } else { Certainty::Guess };
        let (given, middle) = divide_given(given, room);
        return Core { given, middle, family: family.to_vec(), certainty };
    }
    let (given, family) = words.split_at(words.len().saturating_sub(1));
    let initial = matches!(given, [_, middle] if is_initial(middle));
    let certainty = if initial { Certainty::Sure } else { Certainty::Guess };
    let (given, middle) = divide_given(given, room);
    Core { given, middle, family: family.to_vec(), certainty }
}

/// The first word is the given name, the others are middle names where the app has room for them.
fn divide_given<'a>(words: &[&'a str], room: Room) -> (Vec<&'a str>, Vec<&'a str>) {
    let devotional = words.first().is_some_and(|word| is_devotional(word))
        && words.get(1).is_some_and(|word| is_particle(word));
    if !room.middle || devotional {
        return (words.to_vec(), Vec::new());
    }
    let (given, middle) = words.split_at(1.min(words.len()));
    (given.to_vec(), middle.to_vec())
}

/// Where the family name begins, if a particle or a joiner tells.
fn family_start(words: &[&str]) -> Option<usize> {
    // `María del Carmen O'Neill`: the first particles and the word behind them are her given name, if a
    // word is left for the family.
    if words.first().is_some_and(|word| is_devotional(word)) {
        let particles = words.iter().skip(1).take_while(|word| is_particle(word)).count();
        let family = particles + 2;
        if particles > 0 && words.len() > family {
            return Some(family_start_from(words, family).unwrap_or(family));
        }
    }
    family_start_from(words, 1)
}

fn family_start_from(words: &[&str], from: usize) -> Option<usize> {
    let last = words.len().checked_sub(1)?;
    words.iter().enumerate().take(last).skip(from).find_map(|(at, word)| {
        if is_particle(word) {
            Some(at)
        } else if is_joiner(word) && at > from {
            Some(at - 1)
        } else {
            None
        }
    })
}
