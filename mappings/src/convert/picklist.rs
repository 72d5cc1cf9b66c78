//! What becomes of options on their way from or into a picklist.
//!
//! Decided in the same words as the lens decides single values ([`crate::lens::Options`]): an option goes where
//! the map says, else to the option of its own name, unless that name means another option there.

use super::{Flow, OptionMap};
use crate::normalise::text::line_key;
use std::collections::BTreeMap;
use syntony_core::schema::{Choices, FieldSpec};

/// Picklist to picklist: by the map, else by equal names. Options without a place are refused one by one.
pub(super) fn between(from: &FieldSpec, to: &FieldSpec, options: &OptionMap) -> Flow {
    let homeless: Vec<&str> = from
        .options
        .iter()
        .map(String::as_str)
        .filter(|option| placed(option, options).is_none_or(|target| !takes(to, target)))
        .collect();
    if !homeless.is_empty() && homeless.len() == from.options.len() {
        return Flow::Refused(format!(
            "no option of `{}` is one of `{}`; an option map is needed",
            from.name, to.name
        ));
    }
    let mut losses = Vec::new();
    if !homeless.is_empty() {
        losses.push(format!("the options {}", homeless.join(", ")));
    }
    // Nobody knows beforehand what such a picklist will say.
    if (from.options.is_empty() || from.choices == Choices::Open) && !to.options.is_empty() {
        losses.push(format!("what is no option of `{}`", to.name));
    }
    losses.extend(indistinct(options));
    lossy(losses)
}

/// Picklist to text: every option is a text, and none may take the name that another one has there.
pub(super) fn into_text(from: &FieldSpec, options: &OptionMap) -> Flow {
    let nameless: Vec<&str> =
        from.options.iter().map(String::as_str).filter(|option| placed(option, options).is_none()).collect();
    let nameless = (!nameless.is_empty()).then(|| format!("the options {}", nameless.join(", ")));
    lossy(nameless.into_iter().chain(indistinct(options)).collect())
}

/// Free text to picklist: only through a map whose every value is an option.
pub(super) fn from_text(to: &FieldSpec, options: &OptionMap) -> Flow {
    if options.is_empty() {
        return Flow::Refused(format!(
            "free text does not become an option of `{}` without an option map",
            to.name
        ));
    }
    match options.values().find(|target| !takes(to, target)) {
        Some(stranger) => Flow::Refused(format!("`{stranger}` is no option of `{}`", to.name)),
        None => {
            let unknown = format!("texts that are neither in the option map nor an option of `{}`", to.name);
            lossy(std::iter::once(unknown).chain(indistinct(options)).collect())
        }
    }
}

/// What an option is called over there; `None` where that name is another option's.
fn placed<'a>(option: &'a str, options: &'a OptionMap) -> Option<&'a str> {
    let key = line_key(option);
    match options.iter().find(|(from, _)| line_key(from) == key) {
        Some((_, target)) => Some(target),
        None if options.values().any(|target| line_key(target) == key) => None,
        None => Some(option),
    }
}

/// Whether a picklist has the option; one that tells no options has every one.
fn takes(field: &FieldSpec, option: &str) -> bool {
    let key = line_key(option);
    field.options.is_empty() || field.options.iter().any(|known| line_key(known) == key)
}

/// Options that become one: which of them it was cannot be told there.
fn indistinct(options: &OptionMap) -> Vec<String> {
    let mut sources: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (from, target) in options {
        sources.entry(line_key(target)).or_default().push(from);
    }
    let several = sources.into_values().filter(|sources| sources.len() > 1);
    several.map(|sources| format!("which of {} it was", sources.join(", "))).collect()
}

fn lossy(losses: Vec<String>) -> Flow {
    if losses.is_empty() { Flow::Lossless } else { Flow::Lossy(losses.join(", and ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lens::Options;
    use proptest::prelude::*;
    use syntony_core::schema::Kind;
    use syntony_core::side::Side;

    fn picklist(options: &[&str]) -> FieldSpec {
        let options = options.iter().map(ToString::to_string).collect();
        FieldSpec { options, ..FieldSpec::new("f", Kind::Picklist) }
    }

    fn map(pairs: &[(&str, &str)]) -> OptionMap {
        pairs.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect()
    }

    #[track_caller]
    fn check(flow: &Flow, loses: &str) {
        assert_eq!((flow.flows(), flow.loses().unwrap_or("")), (true, loses));
    }

    #[test]
    fn options_without_a_place_are_known_beforehand() {
        let from = picklist(&["Open", "Closed"]);
        check(&between(&from, &picklist(&["Closed", "Open"]), &map(&[])), "");
        check(&between(&from, &picklist(&["Open"]), &map(&[])), "the options Closed");
        check(&between(&from, &picklist(&["A", "B"]), &map(&[("Open", "A"), ("Closed", "B")])), "");
        check(&between(&from, &picklist(&["A"]), &map(&[("Open", "A")])), "the options Closed");
        assert!(!between(&from, &picklist(&["A", "B"]), &map(&[])).flows());
    }

    #[test]
    fn an_option_whose_name_another_one_has_over_there_has_no_place() {
        // The left `Open` is the right `Won`, so the left `Won` would come back as `Open`.
        let won = picklist(&["Open", "Won"]);
        check(&between(&won, &picklist(&["Won"]), &map(&[("Open", "Won")])), "the options Won");
        check(&into_text(&won, &map(&[("Open", "Won")])), "the options Won");
        check(&into_text(&won, &map(&[])), "");
    }

    #[test]
    fn options_that_become_one_cannot_be_told_apart_again() {
        let from = picklist(&["MQL", "SQL"]);
        let both = map(&[("MQL", "Lead"), ("SQL", "Lead")]);
        check(&between(&from, &picklist(&["Lead"]), &both), "which of MQL, SQL it was");
    }

    #[test]
    fn a_picklist_that_may_say_anything_may_say_what_the_other_cannot() {
        let open = FieldSpec { choices: Choices::Open, ..picklist(&["A"]) };
        check(&between(&open, &picklist(&["A"]), &map(&[])), "what is no option of `f`");
        check(&between(&picklist(&[]), &picklist(&["A"]), &map(&[])), "what is no option of `f`");
        check(&between(&picklist(&["A"]), &picklist(&[]), &map(&[])), "");
    }

    #[test]
    fn free_text_becomes_an_option_only_through_a_map_of_options() {
        let to = picklist(&["A"]);
        assert!(!from_text(&to, &map(&[])).flows());
        assert!(!from_text(&to, &map(&[("a", "X")])).flows());
        let unknown = "texts that are neither in the option map nor an option of `f`";
        check(&from_text(&to, &map(&[("a", "A")])), unknown);
    }

    proptest! {
        /// What is said of an option before a sync is what the lens does with it in one.
        #[test]
        fn the_lens_does_with_each_option_what_was_said(
            pairs in proptest::collection::btree_map("[A-D]", "[A-D]", 0..4),
            option in "[A-D]",
        ) {
            let lens = Options::new(pairs.clone());
            let key = lens.key(Side::Left, &option);
            prop_assert_eq!(placed(&option, &pairs), lens.placed(Side::Right, &key, &option));
        }
    }
}
