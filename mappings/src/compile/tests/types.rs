//! Every kind with every kind, single and list, under every access: the direction, why, and what is lost, held
//! against the rules in the words of people and not against the code that decides.

use super::*;
use crate::convert::a;

const ACCESSES: [Access; 3] = [Access::ReadWrite, Access::CreateOnly, Access::ReadOnly];

/// Every sort of field there is; all picklists have the same options.
fn fields(name: &str) -> Vec<FieldSpec> {
    let mut fields = Vec::new();
    for kind in Kind::ALL {
        for access in ACCESSES {
            for many in [false, true] {
                let options = if kind == Kind::Picklist { vec!["A".to_owned()] } else { Vec::new() };
                fields.push(FieldSpec { options, many, ..FieldSpec::new(name, kind).access(access) });
            }
        }
    }
    fields
}

/// Which kinds carry over: each into itself; whatever can be read aloud into text; a text into text of a sort;
/// days into moments and back.
fn carries(from: Kind, to: Kind) -> bool {
    let days = [Kind::Date, Kind::DateTime];
    let sorts_of_text = [Kind::Email, Kind::Phone, Kind::Url];
    from == to
        || to == Kind::Text
        || (from == Kind::Text && sorts_of_text.contains(&to))
        || (days.contains(&from) && days.contains(&to))
}

/// Why nothing goes into a field; `None` if something does.
fn obstacle(from: &FieldSpec, to: &FieldSpec) -> Option<String> {
    match to.access {
        Access::ReadOnly => return Some(format!("`{}` is read-only", to.name)),
        Access::CreateOnly => {
            return Some(format!("`{}` can be set only when a contact is created", to.name));
        }
        Access::ReadWrite => {}
    }
    match (from.kind, to.kind) {
        (Kind::Text, Kind::Picklist) => {
            Some(format!("free text does not become an option of `{}` without an option map", to.name))
        }
        (from, to) if !carries(from, to) => Some(format!("{} does not become {}", a(from), a(to))),
        _ => None,
    }
}

fn losses(from: &FieldSpec, to: &FieldSpec) -> Vec<&'static str> {
    let entries = (from.many && !to.many).then_some("all entries but one");
    let kind = match (from.kind, to.kind) {
        (Kind::DateTime, Kind::Date) => Some("the time of day"),
        (Kind::Address, Kind::Text) => Some("which line is which part of the address"),
        _ => None,
    };
    entries.into_iter().chain(kind).collect()
}

/// What it is, as a sentence has it.
fn noun(field: &FieldSpec) -> String {
    if field.many { format!("a list of {}", field.kind) } else { a(field.kind) }
}

#[test]
fn every_kind_with_every_kind_goes_where_the_rules_say_and_says_why() {
    for left in fields("l") {
        for right in fields("r") {
            check_types(&left, &right);
        }
    }
}

#[track_caller]
fn check_types(left: &FieldSpec, right: &FieldSpec) {
    let case = format!("{left:?} with {right:?}");
    let schemas = (Schema::new(vec![left.clone()]), Schema::new(vec![right.clone()]));
    let got = custom(
        &spec(&["l"], &["r"]),
        Sides::new("a", "b"),
        Sides::new(&schemas.0, &schemas.1),
        &Context::default(),
    );
    let (into_left, into_right) = (obstacle(right, left), obstacle(left, right));
    let (why, lost) = match (&into_left, &into_right) {
        (Some(left), Some(right)) => {
            let error = got.unwrap_err().to_string();
            assert_eq!(error, format!("nothing can flow either way: {left}; {right}"), "{case}");
            return;
        }
        (Some(obstacle), None) => (obstacle.clone(), losses(left, right).join(", and ")),
        (None, Some(obstacle)) => (obstacle.clone(), losses(right, left).join(", and ")),
        (None, None) => {
            let (one, other) = (noun(left), noun(right));
            let why = if one == other { format!("both hold {one}") } else { format!("{one} and {other}") };
            let mut lost = vec![losses(right, left).join(", and "), losses(left, right).join(", and ")];
            lost.retain(|lost| !lost.is_empty());
            (why, lost.join("; "))
        }
    };
    let mapping = got.unwrap();
    assert_eq!(mapping.into, Sides::new(into_left.is_none(), into_right.is_none()), "{case}");
    assert_eq!(mapping.why, why, "{case}");
    assert_eq!(mapping.loses.unwrap_or_default(), lost, "{case}");
}
