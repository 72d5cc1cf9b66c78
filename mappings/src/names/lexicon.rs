//! Words that say which part of a name they belong to.
//!
//! Short on purpose: a word is listed only where it hardly ever means anything else at that place. All
//! are in the form of [`word_key`](crate::normalise::name::word_key): lower case, no dots.

use crate::normalise::name::word_key;

const HONORIFICS: [&str; 32] = [
    "dr",
    "dra",
    "drs",
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "prof",
    "professor",
    "doctor",
    "sir",
    "dame",
    "rev",
    "reverend",
    "hon",
    "capt",
    "col",
    "gen",
    "lt",
    "sgt",
    "herr",
    "frau",
    "hr",
    "fr",
    "mme",
    "mlle",
    "sra",
    "srta",
    "ing",
    "ir",
    "mag",
];

const SUFFIXES: [&str; 18] = [
    "jr", "sr", "ii", "iii", "iv", "vi", "vii", "viii", "phd", "md", "dds", "esq", "esquire", "cpa", "mba",
    "dvm", "rn", "jd",
];

/// Particles that are no given name even with a capital.
const PARTICLES: [&str; 24] = [
    "van", "von", "vom", "zu", "zum", "zur", "de", "del", "della", "delle", "dello", "degli", "di", "da",
    "das", "dos", "du", "des", "der", "den", "ter", "ten", "bin", "ibn",
];

/// Particles in lower case alone: with a capital they begin a given or a family name of their own.
const LOWER_CASE_PARTICLES: [&str; 17] = [
    "la", "le", "las", "los", "les", "lo", "al", "el", "do", "af", "av", "ben", "bint", "abu", "op", "'t",
    "st",
];

/// Joins two surnames: `Ortega y Gasset`.
const JOINERS: [&str; 4] = ["y", "e", "i", "und"];

/// Given names that go on with a particle: `María del Carmen`.
const DEVOTIONAL: [&str; 3] = ["maría", "maria", "ma"];

/// Whether the word is a title before a name.
pub(super) fn is_honorific(word: &str) -> bool {
    // A lone `M.` is an initial far more often than a Monsieur, so it is not in the list.
    HONORIFICS.contains(&word_key(word).as_str())
}

/// Whether the word follows a name and is no part of the family name.
pub(super) fn is_suffix(word: &str) -> bool {
    SUFFIXES.contains(&word_key(word).as_str())
}

/// Whether the word begins or goes on a family name.
pub(super) fn is_particle(word: &str) -> bool {
    let key = word_key(word);
    PARTICLES.contains(&key.as_str())
        || (word.starts_with(|char: char| char.is_lowercase() || char == '\'' || char == '’')
            && LOWER_CASE_PARTICLES.contains(&key.as_str()))
}

/// Whether the word joins two surnames.
pub(super) fn is_joiner(word: &str) -> bool {
    JOINERS.contains(&word)
}

/// Whether a particle after this word goes on with the given name.
pub(super) fn is_devotional(word: &str) -> bool {
    DEVOTIONAL.contains(&word_key(word).as_str())
}

/// Whether the word is one letter, with or without a dot.
pub(super) fn is_initial(word: &str) -> bool {
    let mut letters = word.chars().filter(|char| *char != '.');
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

/// Whether the word is in a script in which the family name comes first and no space parts the two.
pub(super) fn is_east_asian(word: &str) -> bool {
    word.chars().any(|char| {
        matches!(u32::from(char),
            0x3040..=0x30ff // Hiragana, Katakana
            | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_134f // Han
            | 0xac00..=0xd7a3 // Hangul
        )
    })
}
