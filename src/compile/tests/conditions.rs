//! Conditions.

use super::{check, check_condition};
use syntony_core::policy::{Condition, Test};

const NOT_LISTED: &str = "`syntony fields";

/// Of one app: each condition, and what is said of it.
#[track_caller]
fn table(app: &str, rows: &[(&str, &str)]) {
    for (condition, expected) in rows {
        check_condition(app, condition, expected);
    }
}

#[test]
fn what_drift_can_tell_is_a_condition_and_what_it_cannot_is_none() {
    table(
        "chat",
        &[
            ("{ has_tag = 'customer' }", ""),
            ("{ lacks_tag = 'customer' }", ""),
            ("{ cql_score = 2 }", ""),
            ("{ cql_score = [1, 2] }", ""),
            ("{ cql_score = { at_least = 2 } }", ""),
            ("{ lead_stage = 'MQL' }", ""),
            ("{ lead_stage = ['MQL', 'SQL'] }", ""),
            ("{ exists_in = 'book' }", ""),
            (
                "{ unsubscribed = true }",
                "error: `chat` cannot say who unsubscribed [take this out, or use the other app]",
            ),
            ("{ field = 'city', equals = 'Ghent' }", ""),
            ("{ field = 'age', at_least = 18 }", ""),
            ("{ field = 'born', equals = 1990-04-15 }", ""),
            ("{ field = 'born', equals = '1990-04-15' }", ""),
            (
                "{ field = 'born', equals = 'spring' }",
                "error: in `chat` `born` cannot hold this: the value is not a date [write a day: 2024-01-31]",
            ),
            ("{ field = 'met', equals = 2024-01-31T09:00:00Z }", ""),
            (
                "{ field = 'met', equals = 2024-01-31 }",
                "error: in `chat` `met` holds moments, and a day is none [write a moment with its offset]",
            ),
            ("{ field = 'vip', equals = true }", ""),
            ("{ field = 'vip', equals = 'True' }", ""),
            (
                "{ field = 'vip', not_equals = 'maybe' }",
                "error: in `chat` `vip` cannot hold this: the value is not a yes or no [write true or false]",
            ),
            (
                "{ field = 'vip', contains = 'tru' }",
                "error: in `chat` `vip` is a boolean, and this looks for text [use `equals`]",
            ),
            (
                "{ field = 'labels', contains = 'x' }",
                "error: `chat` keeps its tags in `labels`, and shows them as tags alone [use `has_tag` or `lacks_tag`]",
            ),
            ("{ field = 'favourite_dish', is_empty = false }", ""),
            (
                "{ field = 'citty', equals = 'Ghent' }",
                "warning: `chat` has no field `citty` yet [is it `city`? `syntony fields chat` lists them]",
            ),
        ],
    );
}

#[test]
fn nobody_is_deleted_where_nothing_tells_of_it() {
    let body = "[[connections.c.rules]]\nfrom = \"chat\"\nif = [\n  { deleted = true },\n]\nthen = [ { add_tag = \"gone\" } ]\n";
    let expected = "error: `chat` cannot say who was deleted [take this out, or use the other app]";
    check("chat", body, "{ deleted", expected);
    check("crm", &body.replace("chat", "crm"), "{ deleted", "");
}

#[test]
fn what_google_can_tell_is_a_condition_and_what_it_cannot_is_none() {
    table(
        "book",
        &[
            ("{ has_tag = 'Friends' }", ""),
            (
                "{ cql_score = 2 }",
                "error: `book` cannot hold a CQL score [take this out, or use the other app]",
            ),
            (
                "{ lead_stage = 'MQL' }",
                "error: `book` cannot hold a lead stage [take this out, or use the other app]",
            ),
            (
                "{ unsubscribed = false }",
                "error: `book` cannot say who unsubscribed [take this out, or use the other app]",
            ),
            ("{ field = 'names.familyName', starts_with = 'van' }", ""),
            ("{ field = 'emailAddresses', contains = '@acme.example' }", ""),
            ("{ field = 'organizations.name', one_of = ['Acme', 'Foo'] }", ""),
            ("{ field = 'userDefined.Rank', at_least = 3 }", ""),
            (
                "{ field = 'phoneNumbers', at_least = 3 }",
                "error: in `book` `phoneNumbers` holds a list, and this compares one number [use `equals` or `contains`]",
            ),
            ("{ field = 'birthdays', equals = 1990-04-15 }", ""),
            ("{ field = 'birthdays', equals = '--04-15' }", ""),
            (
                "{ field = 'birthdays', equals = '--02-30' }",
                "error: in `book` `birthdays` cannot hold this: the value is not a date [write a day: 2024-01-31]",
            ),
            (
                "{ field = 'addresses', contains = 'Ghent' }",
                "error: in `book` `addresses` is an address, and this looks for text [use `equals`]",
            ),
            (
                "{ field = 'addresses', equals = 'Ghent' }",
                "error: in `book` `addresses` is an address, which no single value equals [use `is_empty`]",
            ),
            ("{ field = 'addresses', is_empty = true }", ""),
            (
                "{ field = 'nicknames', equals = '' }",
                "error: in `book` `nicknames` is never equal to an empty text [use `is_empty`]",
            ),
            (
                "{ field = 'names.nickname', equals = 'Bo' }",
                "error: `book` has no field `names.nickname` [is it `names.givenName`? `syntony fields book` lists them]",
            ),
        ],
    );
}

#[test]
fn what_salesforce_can_tell_is_a_condition_and_an_option_that_is_not_there_is_none() {
    for app in ["crm", "leads"] {
        let message = |text: &str| text.replace("APP", app);
        let rows = [
            ("{ has_tag = 'VIP' }", ""),
            ("{ unsubscribed = true }", ""),
            ("{ exists_in = 'book' }", ""),
            (
                "{ cql_score = 2 }",
                "error: `APP` cannot hold a CQL score [take this out, or use the other app]",
            ),
            ("{ field = 'Level__c', equals = 'gold' }", ""),
            ("{ field = 'Level__c', equals = 3 }", ""),
            ("{ field = 'Level__c', at_least = 3 }", ""),
            ("{ field = 'Level__c', starts_with = 'sil' }", ""),
            (
                "{ field = 'Level__c', one_of = ['Gold', 'Golden'] }",
                "error: in `APP` `Level__c` has no such option [did you mean `Gold`?]",
            ),
            // Everybody would come into scope.
            (
                "{ field = 'Level__c', not_equals = 'Platinum' }",
                "error: in `APP` `Level__c` has no such option [possible here: `Gold`, `Silver`, `3`]",
            ),
            (
                "{ field = 'Level__c', contains = 'plat' }",
                "error: in `APP` `Level__c` has no such option [possible here: `Gold`, `Silver`, `3`]",
            ),
            (
                "{ field = 'Level__c', at_least = 4 }",
                "error: in `APP` `Level__c` has no such option [possible here: `Gold`, `Silver`, `3`]",
            ),
            // Retired options stay on those who have them, and an open picklist may hold anything.
            (
                "{ field = 'Phase__c', equals = 'Old' }",
                "warning: in `APP` `Phase__c` has no such option [possible here: `New`]",
            ),
            (
                "{ field = 'Source__c', equals = 'Phone' }",
                "warning: in `APP` `Source__c` has no such option [possible here: `Web`, `Fair`]",
            ),
            ("{ field = 'Interests__c', one_of = ['art'] }", ""),
            (
                "{ field = 'Interests__c', equals = 'Chess' }",
                "error: in `APP` `Interests__c` has no such option [possible here: `Art`, `Books`]",
            ),
            ("{ field = 'Score__c', at_most = 2.5 }", ""),
            ("{ field = 'Score__c', equals = '2.5' }", ""),
            (
                "{ field = 'Score__c', equals = 'many' }",
                "error: in `APP` `Score__c` cannot hold this: the value is not a number [write a number: 3]",
            ),
            ("{ field = 'Since__c', equals = '2024-01-31' }", ""),
            (
                "{ field = 'Since__c', equals = '--01-31' }",
                "error: in `APP` `Since__c` cannot hold this: the field needs a year too [write a day: 2024-01-31]",
            ),
            (
                "{ field = 'Since__c', at_least = 2024 }",
                "error: in `APP` `Since__c` is a date, and this compares numbers [use `equals`]",
            ),
            ("{ field = 'Seen__c', equals = '2024-01-31T09:00:00+01:00' }", ""),
            // Those who did not opt out may be looked for, whatever may be written.
            ("{ field = 'HasOptedOutOfEmail', equals = false }", ""),
            (
                "{ field = 'Once__c', equals = 'much longer than the field' }",
                "error: in `APP` `Once__c` has at most 20 characters, and this has 26 [shorten it, or use `starts_with`]",
            ),
        ];
        for (condition, expected) in rows {
            check_condition(app, condition, &message(expected));
        }
    }
    check_condition("crm", "{ field = 'Account.Name', contains = 'Acme' }", "");
}

#[test]
fn what_mailchimp_can_tell_is_a_condition_and_an_option_that_is_not_there_is_none() {
    table(
        "news",
        &[
            ("{ has_tag = 'VIP' }", ""),
            ("{ unsubscribed = false }", ""),
            (
                "{ lead_stage = 'x' }",
                "error: `news` cannot hold a lead stage [take this out, or use the other app]",
            ),
            ("{ field = 'FNAME', equals = 'Ada' }", ""),
            ("{ field = 'status', equals = 'pending' }", ""),
            (
                "{ field = 'status', equals = 'zzz' }",
                "error: in `news` `status` has no such option [possible here: `subscribed`, `unsubscribed`, `cleaned`, `pending`, `transactional`, `archived`]",
            ),
            ("{ field = 'LEVEL', one_of = ['gold', 'silver'] }", ""),
            (
                "{ field = 'LEVEL', equals = 'Goldd' }",
                "error: in `news` `LEVEL` has no such option [did you mean `Gold`?]",
            ),
            ("{ field = 'POINTS', at_least = 10 }", ""),
            ("{ field = 'JOINED', equals = 2024-01-31 }", ""),
            ("{ field = 'BORN', equals = '--04-15' }", ""),
            ("{ field = 'vip', equals = true }", ""),
            ("{ field = 'SITE', starts_with = 'https://' }", ""),
        ],
    );
}

#[test]
fn a_condition_compares_with_values_as_the_field_holds_them() {
    let rows = [
        ("chat", "{ field = 'born', equals = '1990-04-15' }", "\"1990-04-15\""),
        ("chat", "{ field = 'age', equals = '7' }", "7"),
        ("chat", "{ field = 'vip', equals = 'TRUE' }", "true"),
        ("chat", "{ field = 'city', equals = true }", "\"true\""),
        ("crm", "{ field = 'Level__c', equals = 3 }", "\"3\""),
        ("crm", "{ field = 'Level__c', equals = 'gOLD' }", "\"Gold\""),
        ("news", "{ field = 'BORN', equals = 1990-04-15 }", "\"--04-15\""),
    ];
    for (app, condition, expected) in rows {
        let policy = check_condition(app, condition, "").unwrap();
        let values = match &policy.rules[0].when[..] {
            [Condition::Field(_, Test::OneOf(values))] => values.clone(),
            other => panic!("{other:?}"),
        };
        let plain: Vec<String> = values.iter().map(|value| value.to_plain().to_string()).collect();
        assert_eq!(plain, [expected], "{condition}");
    }
}

#[test]
fn a_field_that_is_not_there_is_named_with_the_command_that_lists_them() {
    for app in ["book", "crm", "leads", "news"] {
        let condition = "{ field = 'zzz', is_empty = true }";
        let expected = format!("error: `{app}` has no field `zzz` [{NOT_LISTED} {app}` lists them]");
        check_condition(app, condition, &expected);
    }
}

#[test]
fn of_a_deleted_contact_nothing_is_left_to_see_or_to_write() {
    let rule = |conditions: &str, actions: &str| {
        format!("[[connections.c.rules]]\nfrom = \"crm\"\nif = [\n{conditions}\n]\nthen = [\n{actions}\n]\n")
    };
    let unseen = "error: nothing is left to see of a deleted contact, so beside `deleted` this never holds [take it out, or make it a rule of its own]";
    for condition in [
        "{ has_tag = 'x' }",
        "{ lacks_tag = 'x' }",
        "{ unsubscribed = true }",
        "{ field = 'Title', is_empty = true }",
    ] {
        let body = rule(&format!("{{ deleted = true }},\n{condition},"), "{ add_tag = 'gone' },");
        check("crm", &body, condition, unseen);
    }
    let body = rule("{ deleted = true },\n{ exists_in = 'book' },", "{ add_tag = 'gone' },");
    check("crm", &body, "", "");
    check(
        "crm",
        &rule("{ deleted = true },", "{ add_tag = 'gone', in = 'crm' },"),
        "{ add_tag",
        "error: the contact is gone from `crm`, so nothing is done to it there [leave `in` out: the action is then done to its counterpart]",
    );
    check(
        "crm",
        &rule("{ deleted = true },", ""),
        "{ deleted",
        "error: a deleted contact is neither created again nor updated, so this rule does nothing [say in `then` what becomes of its counterpart, or use `deletions`]",
    );
}
