//! One thing under two names: an address and its city, a tag and the field that holds it, a tag of a rule and of an event.

use super::{check, compiled};

/// Whether `check` says that a rule of `app` with this condition and this action, taken back, could go on for ever.
#[track_caller]
fn check_flips(app: &str, condition: &str, action: &str, expected: bool) {
    let body = format!(
        "[[connections.c.rules]]\nfrom = '{app}'\nif = [ {condition} ]\nthen = [ {{ {action}, in = '{app}', undo = true }} ]\n"
    );
    let (_, compiled) = compiled(app, &body);
    let errors: Vec<&str> =
        compiled.problems.iter().filter(|it| it.is_error()).map(|it| it.message.as_str()).collect();
    let flips = errors.iter().any(|message| message.starts_with("this could go on for ever"));
    assert_eq!(
        (flips, errors.len()),
        (expected, usize::from(expected)),
        "{app}: {condition}, {action}: {errors:#?}"
    );
}

/// The danger: each sync writes to and fro, and no rule seems to touch what another looks at.
#[test]
fn a_rule_that_changes_its_own_condition_under_another_name_is_refused() {
    let starts = |field: &str| format!("{{ field = '{field}', starts_with = 'Ann' }}");
    check_flips("crm", &starts("Name"), "set = 'FirstName', to = 'x'", true);
    check_flips("crm", &starts("Name"), "set = 'Department', to = 'x'", false);
    let empty = |field: &str| format!("{{ field = '{field}', is_empty = true }}");
    check_flips("crm", &empty("MailingAddress"), "set = 'MailingCity', to = 'x'", true);
    check_flips("crm", &empty("MailingAddress"), "set = 'OtherCity', to = 'x'", false);
    check_flips("leads", &empty("Address"), "set = 'City', to = 'x'", true);
    check_flips("news", &starts("full_name"), "set = 'FNAME', to = 'x'", true);
}

#[test]
fn a_field_that_holds_the_tags_is_the_tags() {
    check_flips("picks", "{ field = 'Tags__c', is_empty = true }", "add_tag = 'VIP'", true);
    check_flips("picks", "{ field = 'Interests__c', is_empty = true }", "add_tag = 'VIP'", false);
}

/// The danger: nobody sees who was deleted or opted out, or a rule that ends takes the sign of it off.
#[test]
fn no_rule_takes_off_what_stands_for_an_event() {
    let body = |mark: &str, action: &str| {
        format!(
            "{mark}\n[[connections.c.rules]]\nfrom = 'book'\nif = [{{ has_tag = 'x' }}]\nthen = [\n{action}\n]\n"
        )
    };
    let gone = "deletions = { from = 'book', tag = 'Out' }";
    for action in ["{ remove_tag = 'out' }", "{ add_tag = 'OUT', undo = true }"] {
        let expected =
            "error: this takes off the tag that `deletions` puts on [choose another tag for one of them]";
        check("crm", &body(gone, action), action, expected);
    }
    for action in ["{ add_tag = 'Out' }", "{ remove_tag = 'in' }", "{ remove_tag = 'Out', in = 'book' }"] {
        check("crm", &body(gone, action), action, "");
    }
    let opted = "unsubscribes = { from = 'news', tag = 'Out' }";
    let action = "{ add_tag = 'Out', undo = true }";
    let rule = body(opted, action).replace("from = 'book'", "from = 'news'");
    let expected =
        "error: this takes off the tag that `unsubscribes` puts on [choose another tag for one of them]";
    check("news", &rule, action, expected);
    let both = "deletions = { from = 'news', tag = 'Out' }\nunsubscribes = { from = 'news', tag = 'out' }\n";
    let expected = "error: this tag stands for deletions already [choose another `tag` for one of them]";
    check("news", both, "unsubscribes", expected);
}

/// The danger: everybody is left out, for a reason that nobody who reads the file would think of.
#[test]
fn without_a_mapping_of_addresses_it_is_said_that_nobody_is_created() {
    let off = "[connections.c.defaults]\noff = ['email']";
    let expected = "warning: no mapping carries addresses, so nobody is created: new contacts would have none [map the \
                    addresses, or say `avoid_duplicates = false`; those who are in both apps are kept in step]";
    check("crm", off, "off", expected);
    check("crm", &format!("avoid_duplicates = false\n{off}"), "off", "");
    let own = "[[connections.c.fields]]\ncrm = 'Email'\nbook = 'emailAddresses'\n";
    check("crm", &format!("{own}{off}"), "off", "");
}
