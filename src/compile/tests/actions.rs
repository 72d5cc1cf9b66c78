//! Actions and placeholders.

use super::{check, check_action};
use syntony_core::policy::Effect;

#[track_caller]
fn table(app: &str, rows: &[(&str, &str)]) {
    for (action, expected) in rows {
        check_action(app, action, expected);
    }
}

const NOT_IDENTITY: &str = "[let the person's own address stand]";

#[test]
fn what_drift_takes_is_an_action_and_what_it_refuses_is_none() {
    table(
        "chat",
        &[
            ("{ add_tag = 'customer', undo = true }", ""),
            ("{ remove_tag = 'customer' }", ""),
            ("{ set_lead_stage = 'MQL', undo = true }", ""),
            ("{ set_cql_source = 'Sync' }", ""),
            ("{ set = 'lead_stage', to = 'MQL' }", ""),
            ("{ set = 'age', to = '42' }", ""),
            (
                "{ set = 'age', to = 'old' }",
                "error: in `chat` `age` cannot hold this: the value is not a number [write a number: 3]",
            ),
            ("{ set = 'vip', to = true }", ""),
            ("{ set = 'born', to = 1990-04-15 }", ""),
            ("{ set = 'new_thing', to = 'x' }", ""),
            (
                "{ set = 'cql_score', to = 3 }",
                "error: `chat` does not let anybody write `cql_score` [choose a field that can be written]",
            ),
            (
                "{ set = 'labels', to = 'x' }",
                "error: `chat` keeps its tags in `labels`, which is written by tags alone [use `add_tag` and `remove_tag`]",
            ),
            (
                "{ set = 'city', to = '' }",
                "error: in `chat` `city` is set to nothing here [nothing is emptied by name: say what it is to hold]",
            ),
        ],
    );
}

#[test]
fn what_google_takes_is_an_action_and_what_it_refuses_is_none() {
    let missing = "[take this out, or use the other app]";
    table(
        "book",
        &[
            ("{ add_tag = 'Friends' }", ""),
            ("{ set = 'userDefined.Source', to = 3 }", ""),
            ("{ set = 'nicknames', to = 'Bo' }", ""),
            ("{ set_lead_stage = 'MQL' }", &format!("error: `book` cannot hold a lead stage {missing}")),
            ("{ set_cql_source = 'MQL' }", &format!("error: `book` cannot hold a CQL source {missing}")),
            (
                "{ set = 'urls', to = 'https://a.example' }",
                "error: in `book` `urls` holds a list, and setting it would replace every entry [choose a field that holds one value]",
            ),
        ],
    );
}

#[test]
fn what_salesforce_takes_is_an_action_and_what_it_refuses_is_none() {
    for app in ["crm", "leads"] {
        let rows = [
            ("{ add_tag = 'VIP' }", ""),
            ("{ set = 'Level__c', to = 'gold', undo = true }", ""),
            (
                "{ set = 'Level__c', to = 'Platin' }",
                "error: in `APP` `Level__c` has no such option [possible here: `Gold`, `Silver`, `3`]",
            ),
            (
                "{ set = 'Phase__c', to = 'Old' }",
                "error: in `APP` `Phase__c` has no such option [possible here: `New`]",
            ),
            // The org would take it, and everybody's list would grow by it.
            (
                "{ set = 'Source__c', to = 'Webb' }",
                "error: in `APP` `Source__c` has no such option [did you mean `Web`?]",
            ),
            ("{ set = 'Score__c', to = 1.5 }", ""),
            ("{ set = 'Since__c', to = '2024-01-31' }", ""),
            ("{ set = 'Seen__c', to = 2024-01-31 }", ""),
            ("{ set = 'HasOptedOutOfEmail', to = true }", ""),
            (
                "{ set = 'HasOptedOutOfEmail', to = false }",
                "error: in `APP` `HasOptedOutOfEmail` cannot hold this: an opt-out is never taken back by a sync [only the person says so]",
            ),
            (
                "{ set = 'DoNotCall', to = true, undo = true }",
                "error: an opt-out is never taken back, so `undo` cannot put `DoNotCall` back [take `undo` out]",
            ),
            (
                "{ set = 'Once__c', to = 'x' }",
                "error: `APP` takes `Once__c` when a contact is created, and never after [set it by `placeholders`, or choose another field]",
            ),
            (
                "{ set = 'FirstName', to = 'a name that is much longer than forty characters are' }",
                "error: in `APP` `FirstName` cannot hold this: the value has 52 characters, the field takes 40 [write what the field can hold]",
            ),
            (
                "{ set = 'Email', to = 'a@b.example' }",
                "error: contacts match on `Email`, so it is never set to one value for many [let the person's own address stand]",
            ),
            (
                "{ set_lead_stage = 'x' }",
                "error: `APP` cannot hold a lead stage [take this out, or use the other app]",
            ),
        ];
        for (action, expected) in rows {
            check_action(app, action, &expected.replace("APP", app));
        }
    }
    table(
        "crm",
        &[
            (
                "{ set = 'Account.Name', to = 'Acme' }",
                "error: `crm` does not let anybody write `Account.Name` [choose a field that can be written]",
            ),
            (
                "{ set = 'OtherAddress', to = 'Ghent' }",
                "error: in `crm` `OtherAddress` is an address, which is no single value [set a part of it, if the app has such fields]",
            ),
        ],
    );
}

#[test]
fn what_mailchimp_takes_is_an_action_and_what_it_refuses_is_none() {
    let identity = format!(
        "error: contacts match on `email_address`, so it is never set to one value for many {NOT_IDENTITY}"
    );
    table(
        "news",
        &[
            ("{ add_tag = 'VIP' }", ""),
            ("{ set = 'LEVEL', to = 'gold' }", ""),
            (
                "{ set = 'LEVEL', to = 'Bronze' }",
                "error: in `news` `LEVEL` has no such option [possible here: `Gold`, `Silver`]",
            ),
            ("{ set = 'POINTS', to = '10' }", ""),
            ("{ set = 'vip', to = true, undo = true }", ""),
            (
                "{ set = 'status', to = 'subscribed' }",
                "error: `news` does not let anybody write `status` [choose a field that can be written]",
            ),
            ("{ set = 'email_address', to = 'a@b.example' }", &identity),
        ],
    );
}

#[test]
fn what_is_set_is_what_the_field_holds() {
    let rows = [
        ("crm", "{ set = 'Level__c', to = 'gold' }", "\"Gold\""),
        ("crm", "{ set = 'Score__c', to = '7' }", "7"),
        ("chat", "{ set = 'city', to = 7 }", "\"7\""),
        ("chat", "{ set = 'vip', to = 'true' }", "true"),
    ];
    for (app, action, expected) in rows {
        let policy = check_action(app, action, "").unwrap();
        match &policy.rules[0].then[0].effect {
            Effect::Set(_, value) => assert_eq!(value.to_plain().to_string(), expected, "{action}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_placeholder_fits_its_field_or_is_refused() {
    let rows = [
        ("crm", "LastName = '(unknown)'", ""),
        ("crm", "Once__c = 'x'", ""),
        ("leads", "Company = '(unknown)'", ""),
        (
            "crm",
            "Level__c = 'Platin'",
            "error: in `crm` `Level__c` has no such option [possible here: `Gold`, `Silver`, `3`]",
        ),
        (
            "crm",
            "Name = 'x'",
            "error: `crm` does not let anybody write `Name` [choose a field that can be written]",
        ),
        (
            "crm",
            "HasOptedOutOfEmail = false",
            "error: in `crm` `HasOptedOutOfEmail` cannot hold this: an opt-out is never taken back by a sync [only the person says so]",
        ),
        (
            "news",
            "email_address = 'nobody@x.example'",
            "error: contacts match on `email_address`, so it is never set to one value for many [let the person's own address stand]",
        ),
    ];
    for (app, line, expected) in rows {
        let body = format!("[connections.c.placeholders.{app}]\n{line}\n");
        check(app, &body, line, expected);
    }
}

#[test]
fn an_action_on_a_mapped_field_says_what_becomes_of_it() {
    let rows = [
        (
            "FirstName",
            "warning: the mapping `name` carries what is set here on to `book`, and a change there back [set it in one app and let the mapping do the rest, or map the field one way]",
        ),
        ("Department", ""),
    ];
    for (field, expected) in rows {
        check_action("crm", &format!("{{ set = '{field}', to = 'x' }}"), expected);
    }
    let one_way = |direction: &str| {
        format!(
            "[[connections.c.rules]]\nfrom = 'book'\nthen = [\n{{ set = 'Department', to = 'x' }},\n]\n[[connections.c.fields]]\ncrm = 'Department'\nbook = 'userDefined.Dept'\ndirection = 'to {direction}'\n"
        )
    };
    check(
        "crm",
        &one_way("crm"),
        "{ set",
        "warning: the mapping `Department <-> userDefined.Dept` writes this field of `crm` too: a change in `book` goes over it [set a field that is not mapped]",
    );
    check(
        "crm",
        &one_way("book"),
        "{ set",
        "warning: the mapping `Department <-> userDefined.Dept` carries what is set here on to `book` [if that is not meant, set a field that is not mapped]",
    );
}
