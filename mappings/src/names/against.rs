//! A name held against what its line held before: the part whose words changed is the part that changed.

use super::lexicon::{is_east_asian, is_honorific, is_particle, is_suffix};
use super::{Order, PARTS, PersonName, Room, Split, fresh};
use crate::normalise::name::{key, word_key};
use syntony_core::lens::{Certainty, Part};

/// Longer lines are no names; they are read by their form alone.
const MAX_WORDS: usize = 48;

/// Takes `line` apart against `base`, which is not empty.
pub(super) fn split(line: &str, base: &PersonName, room: Room) -> Split {
    if Order::of(line, base).is_some() {
        return Split::sure(base.clone());
    }
    let words: Vec<&str> = words_of(line);
    if words.is_empty() {
        return Split::sure(PersonName::default());
    }
    if words.len() > MAX_WORDS {
        return fresh::split(line, room);
    }
    if let Some((family, rest)) = fresh::inverted(line) {
        let afresh = fresh::split(line, room);
        // `Dr. Lee, Ann` holds no order that we write, and says every part that the base has all the same.
        if tells_all(&afresh.name, base) {
            return Split { name: respelled(afresh.name, base), ..afresh };
        }
        let inverted = split_inverted(&words_of(&family), &words_of(&rest), base);
        return inverted.unwrap_or(afresh);
    }
    // Commas that part nothing: `Ada Lee, Jr.`
    if Order::of(&words.join(" "), base).is_some() {
        return Split::sure(base.clone());
    }
    let [usual, family_first] =
        [Order::GivenFirst, Order::FamilyFirst].map(|order| Alignment::new(&words, base_words(base, order)));
    // A line is in the usual order unless the other explains more of it; in a script that has it so, also
    // if the other explains as much with fewer edits.
    let reversed = family_first.matches > usual.matches
        || (family_first.matches == usual.matches
            && is_east_asian(&base.family)
            && family_first.edits(&words) < usual.edits(&words));
    let aligned = if reversed { family_first } else { usual };
    match aligned.parts(&words, room) {
        Some((parts, certainty)) => Split { name: rebuild(&words, &parts, base), certainty },
        None => fresh::split(line, room),
    }
}

/// Whether `name` has every part of the base, and may have others.
fn tells_all(name: &PersonName, base: &PersonName) -> bool {
    let known = PARTS.into_iter().map(|part| (key(base.part(part)), part));
    known.filter(|(known, _)| !known.is_empty()).all(|(known, part)| known == key(name.part(part)))
}

fn words_of(line: &str) -> Vec<&str> {
    let words = line.split_whitespace().map(|word| word.trim_matches(','));
    words.filter(|word| !word.is_empty()).collect()
}

/// `van der Berg, Jan`: the comma tells the part of words that the base does not know. `None` if it knows
/// none of them.
fn split_inverted(family: &[&str], rest: &[&str], base: &PersonName) -> Option<Split> {
    let words = [family, rest].concat();
    let aligned = Alignment::new(&words, base_words(base, Order::FamilyComma));
    if aligned.matches == 0 {
        return None;
    }
    let known = aligned.to.iter().map(|to| to.and_then(|at| aligned.base.get(at)).map(|word| word.part));
    let parts: Vec<Part> = known
        .zip(&words)
        .enumerate()
        .map(|(at, (known, word))| known.unwrap_or_else(|| beside_comma(word, at < family.len())))
        .collect();
    Some(Split::sure(rebuild(&words, &parts, base)))
}

/// The part of a word that the base does not know, before or behind the comma.
fn beside_comma(word: &str, before: bool) -> Part {
    if is_suffix(word) {
        Part::Suffix
    } else if before {
        Part::Family
    } else if is_honorific(word) {
        Part::Prefix
    } else {
        Part::Given
    }
}

/// One word of the base: how it is recognised, and the part it belongs to.
struct BaseWord {
    key: String,
    part: Part,
}

fn base_words(base: &PersonName, order: Order) -> Vec<BaseWord> {
    let parts = match order {
        Order::GivenFirst => PARTS,
        Order::FamilyFirst => [Part::Prefix, Part::Family, Part::Given, Part::Middle, Part::Suffix],
        Order::FamilyComma => [Part::Family, Part::Suffix, Part::Prefix, Part::Given, Part::Middle],
    };
    let words =
        parts.into_iter().flat_map(|part| base.part(part).split_whitespace().map(move |word| (word, part)));
    words.take(MAX_WORDS).map(|(word, part)| BaseWord { key: word_key(word), part }).collect()
}

/// Which word of the line is which word of the base.
struct Alignment {
    base: Vec<BaseWord>,
    /// Per word of the line.
    to: Vec<Option<usize>>,
    matches: usize,
}

impl Alignment {
    /// The longest common subsequence. Equal ends are matched first, so that a repeated word (`Ann Ann`)
    /// stays where it stood; behind a title that is new, the last one.
    fn new(words: &[&str], base: Vec<BaseWord>) -> Self {
        let keys: Vec<String> = words.iter().map(|word| word_key(word)).collect();
        let same = |(word, base): &(&String, &BaseWord)| **word == base.key;
        let untitled = base.first().is_some_and(|word| word.part != Part::Prefix);
        let titled =
            untitled && keys.len() > base.len() && words.first().is_some_and(|word| is_honorific(word));
        let head = if titled { 0 } else { keys.iter().zip(&base).take_while(same).count() };
        let tail = keys.iter().skip(head).rev().zip(base.iter().skip(head).rev()).take_while(same).count();
        let mut to: Vec<Option<usize>> = vec![None; keys.len()];
        let base_tail = base.len() - tail;
        let words_tail = keys.len() - tail;
        for (at, place) in to.iter_mut().enumerate() {
            if at < head {
                *place = Some(at);
            } else if at >= words_tail {
                *place = Some(base_tail + at - words_tail);
            }
        }
        let middle = common(
            keys.get(head..words_tail).unwrap_or_default(),
            base.get(head..base_tail).unwrap_or_default(),
        );
        for (word, base) in middle {
            if let Some(place) = to.get_mut(head + word) {
                *place = Some(head + base);
            }
        }
        let matches = to.iter().flatten().count();
        Self { base, to, matches }
    }

    /// What lies between the words that stayed, in order, each with the part of the word behind it.
    fn gaps<'a>(&'a self, words: &'a [&'a str]) -> Vec<Gap<'a>> {
        let mut gaps = Vec::new();
        let (mut word, mut base) = (0, 0);
        while word < words.len() || base < self.base.len() {
            let inserted = self.to.iter().skip(word).take_while(|to| to.is_none()).count();
            let next = self.to.get(word + inserted).copied().flatten();
            let end = next.unwrap_or(self.base.len());
            let part_at = |at: usize| self.base.get(at).map(|word| word.part);
            gaps.push(Gap {
                inserted: words.get(word..word + inserted).unwrap_or_default(),
                deleted: self.base.get(base..end).unwrap_or_default(),
                before: base.checked_sub(1).and_then(part_at),
                after: next.and_then(part_at),
            });
            word += inserted + 1;
            base = end + 1;
        }
        gaps
    }

    /// How many words were replaced, came or went.
    fn edits(&self, words: &[&str]) -> usize {
        self.gaps(words).iter().map(|gap| gap.inserted.len().max(gap.deleted.len())).sum()
    }

    /// The part of each word of the line; `None` if the comparison says nothing.
    fn parts(&self, words: &[&str], room: Room) -> Option<(Vec<Part>, Certainty)> {
        // Nothing in common: another name. Two words for two words are still given and family name.
        if self.matches == 0 && !(words.len() == 2 && self.base.len() == 2) {
            return None;
        }
        let mut parts: Vec<Part> = Vec::with_capacity(words.len());
        let mut certainty = Certainty::Sure;
        for gap in self.gaps(words) {
            parts.extend(gap.parts(room, &mut certainty));
            parts.extend(gap.after);
        }
        Some((parts, certainty))
    }
}

/// Pairs of equal words, in order, as many as there can be.
fn common(words: &[String], base: &[BaseWord]) -> Vec<(usize, usize)> {
    // best[i][j]: how many of words[i..] and base[j..] can be paired.
    let mut best = vec![vec![0usize; base.len() + 1]; words.len() + 1];
    let at = |best: &[Vec<usize>], i: usize, j: usize| {
        best.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0)
    };
    for (i, word) in words.iter().enumerate().rev() {
        for (j, other) in base.iter().enumerate().rev() {
            let length = if *word == other.key {
                at(&best, i + 1, j + 1) + 1
            } else {
                at(&best, i + 1, j).max(at(&best, i, j + 1))
            };
            if let Some(place) = best.get_mut(i).and_then(|row| row.get_mut(j)) {
                *place = length;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while let (Some(word), Some(other)) = (words.get(i), base.get(j)) {
        if *word == other.key {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if at(&best, i + 1, j) >= at(&best, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Words between two words that did not change: what stands there now, what stood there before, and the
/// parts of the neighbours.
struct Gap<'a> {
    inserted: &'a [&'a str],
    deleted: &'a [BaseWord],
    before: Option<Part>,
    after: Option<Part>,
}

impl Gap<'_> {
    /// The part of each inserted word.
    fn parts(&self, room: Room, certainty: &mut Certainty) -> Vec<Part> {
        // Titles in front and suffixes behind are what they are, whatever stood there.
        let front = if self.before.is_none_or(|part| part == Part::Prefix) {
            self.inserted.iter().take_while(|word| is_honorific(word)).count()
        } else {
            0
        };
        let rest = self.inserted.get(front..).unwrap_or_default();
        let back = if self.after.is_none_or(|part| part == Part::Suffix) {
            rest.iter().rev().take_while(|word| is_suffix(word)).count()
        } else {
            0
        };
        let middle = rest.get(..rest.len() - back).unwrap_or_default();
        let mut parts = vec![Part::Prefix; front];
        parts.extend(self.plain(middle, room, certainty));
        parts.extend(std::iter::repeat_n(Part::Suffix, back));
        parts
    }

    /// Words that say nothing by themselves.
    fn plain(&self, words: &[&str], room: Room, certainty: &mut Certainty) -> Vec<Part> {
        if words.is_empty() {
            return Vec::new();
        }
        let replaced: Vec<Part> = self.deleted.iter().map(|word| word.part).collect();
        let Some(first) = replaced.first() else {
            return vec![self.joined(words, room); words.len()];
        };
        if replaced.iter().all(|part| part == first) {
            return vec![*first; words.len()];
        }
        if replaced.len() == words.len() {
            return replaced;
        }
        // Several parts at once, and no telling where one ends: the first word for the first part, the
        // others for the last.
        *certainty = Certainty::Guess;
        let last = replaced.last().copied().unwrap_or(*first);
        words.iter().enumerate().map(|(at, _)| if at == 0 { *first } else { last }).collect()
    }

    /// Words that came between two that stayed.
    fn joined(&self, words: &[&str], room: Room) -> Part {
        let middle = if room.middle { Part::Middle } else { Part::Given };
        let particle = words.first().is_some_and(|word| is_particle(word));
        match (self.before, self.after) {
            (Some(before), Some(after)) if before == after => before,
            // `Ann Lee` -> `Ann Marie Lee`, but `Ann de Lee`.
            (Some(Part::Given | Part::Middle), Some(Part::Family)) if particle => Part::Family,
            (Some(Part::Given), Some(Part::Family)) => middle,
            (Some(Part::Family), Some(Part::Given)) => Part::Given,
            (Some(Part::Given), Some(Part::Middle)) => Part::Given,
            // There is no family name yet.
            (Some(Part::Middle), Some(Part::Suffix)) => Part::Family,
            (Some(Part::Middle), Some(_)) => Part::Middle,
            (Some(Part::Family), Some(_)) => Part::Family,
            (Some(Part::Given), Some(_) | None) => Part::Family,
            (Some(Part::Prefix), Some(Part::Suffix) | None) => Part::Family,
            (Some(Part::Prefix), Some(_)) => Part::Given,
            (None, Some(Part::Suffix)) => Part::Family,
            (None, Some(_)) => Part::Given,
            (Some(Part::Middle | Part::Family), None) => Part::Family,
            (Some(Part::Suffix), _) => Part::Suffix,
            (Some(Part::Whole), _) | (None, None) => room.lone_part(),
        }
    }
}

impl Room {
    fn lone_part(self) -> Part {
        match self.lone_word {
            super::LoneWord::Given => Part::Given,
            super::LoneWord::Family => Part::Family,
        }
    }
}

/// The name with the words of the line in their parts.
fn rebuild(words: &[&str], parts: &[Part], base: &PersonName) -> PersonName {
    let mut name = PersonName::default();
    for part in PARTS {
        let mine: Vec<&str> =
            words.iter().zip(parts).filter(|(_, of)| **of == part).map(|(word, _)| *word).collect();
        name = name.with(part, mine.join(" "));
    }
    respelled(name, base)
}

/// The name with the base's spelling of every part that says the same.
fn respelled(name: PersonName, base: &PersonName) -> PersonName {
    PARTS.into_iter().fold(name, |name, part| {
        let unchanged = key(name.part(part)) == key(base.part(part));
        if unchanged { name.with(part, base.part(part)) } else { name }
    })
}
