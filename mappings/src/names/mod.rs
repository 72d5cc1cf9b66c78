//! Names of people: five parts, and the one line that some apps hold instead.
//!
//! [`join`] makes the line, [`split`] takes it apart again. A line never says where one part ends and the
//! next begins, so whoever splits must hold it against the parts that were there before: what did not
//! change stays what it was, and `split(join(parts), base = parts) == parts` for all parts. Only a name
//! that nobody knows is guessed from its form, and a guess says that it is one.

mod against;
mod fresh;
mod lexicon;
#[cfg(test)]
mod tests;

use crate::normalise::name::key;
use syntony_core::lens::{Certainty, Part};

/// The parts of a name in the order of a name.
pub const PARTS: [Part; 5] = [Part::Prefix, Part::Given, Part::Middle, Part::Family, Part::Suffix];

/// A name in parts; a part that is not there is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonName {
    /// `Dr.`
    pub prefix: String,
    /// The given name, all words of it.
    pub given: String,
    /// The middle name or initial.
    pub middle: String,
    /// The family name, particles and second surnames included.
    pub family: String,
    /// `Jr.`
    pub suffix: String,
}

impl PersonName {
    /// One part. [`Part::Whole`] is no part of a name and is empty.
    #[must_use]
    pub fn part(&self, part: Part) -> &str {
        match part {
            Part::Whole => "",
            Part::Prefix => &self.prefix,
            Part::Given => &self.given,
            Part::Middle => &self.middle,
            Part::Family => &self.family,
            Part::Suffix => &self.suffix,
        }
    }

    /// One part, to be changed. `None` for [`Part::Whole`].
    pub fn part_mut(&mut self, part: Part) -> Option<&mut String> {
        match part {
            Part::Whole => None,
            Part::Prefix => Some(&mut self.prefix),
            Part::Given => Some(&mut self.given),
            Part::Middle => Some(&mut self.middle),
            Part::Family => Some(&mut self.family),
            Part::Suffix => Some(&mut self.suffix),
        }
    }

    /// The same name with another part.
    #[must_use]
    pub fn with(mut self, part: Part, text: impl Into<String>) -> Self {
        if let Some(place) = self.part_mut(part) {
            *place = text.into();
        }
        self
    }

    /// Whether every part is blank.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        PARTS.iter().all(|part| self.part(*part).trim().is_empty())
    }
}

impl std::fmt::Debug for PersonName {
    /// Which parts are there; a name is a contact's value and reaches no log.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let there = PARTS.iter().filter(|part| !self.part(**part).is_empty());
        out.write_str("PersonName")?;
        out.debug_list().entries(there).finish()
    }
}

/// In which order a line holds the parts of a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// `Dr. Jan van der Berg Jr.`
    #[default]
    GivenFirst,
    /// `van der Berg Jan`, as in East Asia and on forms.
    FamilyFirst,
    /// `van der Berg, Jan`
    FamilyComma,
}

impl Order {
    /// All of them, the usual one first.
    const ALL: [Order; 3] = [Order::GivenFirst, Order::FamilyFirst, Order::FamilyComma];

    /// The order in which `line` holds `name`, if it holds it at all.
    #[must_use]
    pub fn of(line: &str, name: &PersonName) -> Option<Self> {
        let wanted = key(line);
        Self::ALL.into_iter().find(|order| key(&join_as(name, *order)) == wanted)
    }
}

/// The name as one line: prefix, given, middle, family, suffix, single spaces.
#[must_use]
pub fn join(name: &PersonName) -> String {
    join_as(name, Order::GivenFirst)
}

/// The name as one line in a certain order. A comma needs something on both sides of it.
#[must_use]
pub fn join_as(name: &PersonName, order: Order) -> String {
    let PersonName { prefix, given, middle, family, suffix } = name;
    match order {
        Order::GivenFirst => spaced([prefix, given, middle, family, suffix]),
        Order::FamilyFirst => spaced([prefix, family, given, middle, suffix]),
        Order::FamilyComma => {
            let (before, after) = (spaced([family, suffix]), spaced([prefix, given, middle]));
            if before.is_empty() || after.is_empty() { before + &after } else { format!("{before}, {after}") }
        }
    }
}

fn spaced<const N: usize>(parts: [&str; N]) -> String {
    parts.iter().flat_map(|part| part.split_whitespace()).collect::<Vec<_>>().join(" ")
}

/// What the app that the parts go to can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Whether it has a middle name; without one, middle words belong to the given name.
    pub middle: bool,
    /// Where the only word of a name goes: to the family name where the app requires one, else to the
    /// given name.
    pub lone_word: LoneWord,
}

impl Default for Room {
    fn default() -> Self {
        Self { middle: true, lone_word: LoneWord::Given }
    }
}

/// Where the only word of a name goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoneWord {
    /// To the given name.
    Given,
    /// To the family name.
    Family,
}

/// A name taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Its parts.
    pub name: PersonName,
    /// How sure the parts are that changed against the base; all of them where there was none.
    pub certainty: Certainty,
}

impl Split {
    fn sure(name: PersonName) -> Self {
        Self { name, certainty: Certainty::Sure }
    }
}

/// Takes a name apart. Against `base`, what the line held before, only the parts change whose words
/// changed; without it, the parts are read from the form of the name alone.
///
/// What a line says in the light of `base` it says in the light of that reading too. A reading that does not stand
/// there would be another one each time that it is written, so the form alone counts then.
#[must_use]
pub fn split(line: &str, base: Option<&PersonName>, room: Room) -> Split {
    let afresh = || fresh::split(line, room);
    let Some(base) = base.filter(|base| !base.is_empty()) else { return afresh() };
    let told = against::split(line, base, room);
    let stands = told.name.is_empty() || against::split(line, &told.name, room).name == told.name;
    if stands { told } else { afresh() }
}
