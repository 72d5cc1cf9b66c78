//! What `check` says of mappings: at the word that is wrong, and of default ones that give way.

use super::{check, compiled};

const MAPPING: &str = "[[connections.c.fields]]\n";

#[test]
fn a_mapping_that_cannot_be_is_an_error_at_the_word_that_is_wrong() {
    let lists = "`syntony fields crm` and `syntony fields book` list what there is";
    let body = format!("{MAPPING}crm = \"Titel\"\nbook = \"nicknames\"\n");
    check(
        "crm",
        &body,
        "crm = \"Titel\"",
        &format!("error: there is no field `Titel`; did you mean `Title`? [{lists}]"),
    );
    let body = format!(
        "{MAPPING}crm = \"Salutation\"\nbook = \"nicknames\"\n[connections.c.fields.options]\n\"Mr.\" = \"Herr\"\n\"Sir\" = \"Sir\"\n"
    );
    let (_, found) = compiled("crm", &body);
    let said: Vec<_> = found.problems.iter().filter(|problem| problem.is_error()).collect();
    assert!(
        said[0].message.starts_with("`Sir` is no option of `Salutation`; the options are Mr."),
        "{said:?}"
    );
    let lines: Vec<&str> = body.lines().collect();
    let place = said[0].line.unwrap() - (super::APPS.lines().count() + 2);
    assert_eq!((said.len(), lines[place - 1]), (1, "\"Sir\" = \"Sir\""));
}

#[test]
fn the_address_is_mapped_to_its_like_alone() {
    let body = format!("{MAPPING}crm = \"Email\"\nbook = \"nicknames\"\n");
    let (_, found) = compiled("crm", &body);
    let said: Vec<&str> = found.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(said.contains(&"`Email` is what contacts match on; it is mapped to the other app's e-mail addresses, and to nothing else"), "{said:?}");
    assert!(found.policy.is_none());
}

#[test]
fn a_mapping_that_goes_only_where_the_connection_does_not_is_an_error() {
    let only = "this mapping goes to `book`, and the connection to `crm` alone";
    let hint = "[take it out, or change the direction of the connection]";
    let one_way = "direction = \"to crm\"\n";
    let body = format!("{one_way}{MAPPING}crm = \"Title\"\nbook = \"nicknames\"\ndirection = \"to book\"\n");
    let (_, found) = compiled("crm", &body);
    let errors: Vec<_> = found.problems.iter().filter(|problem| problem.is_error()).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].message.starts_with(only) && hint.contains(errors[0].hint.as_deref().unwrap()),
        "{errors:?}"
    );
    // By the types, too.
    let body = format!("{one_way}{MAPPING}crm = \"CreatedDate\"\nbook = \"nicknames\"\n");
    check(
        "crm",
        &body,
        "[[connections.c.fields]]",
        &format!("error: {only}: `CreatedDate` is read-only {hint}"),
    );
}

#[test]
fn a_default_mapping_that_gives_way_by_half_is_told_unless_it_is_meant() {
    let body = format!("{MAPPING}crm = \"Phone\"\nbook = \"nicknames\"\n");
    let said = "warning: this mapping takes the place of the default one `phone`, so nothing maps `phoneNumbers` of `book` any more";
    let hint = "[if that is meant, `defaults = { off = [\"phone\"] }` says so]";
    check("crm", &body, "[[connections.c.fields]]", &format!("{said} {hint}"));
    check("crm", &format!("{body}[connections.c.defaults]\noff = [\"phone\"]\n"), "", "");
    // Taken whole, nothing is missed.
    let whole = format!("{MAPPING}crm = \"Phone\"\nbook = \"phoneNumbers\"\ndirection = \"to crm\"\n");
    check("crm", &whole, "", "");
}
