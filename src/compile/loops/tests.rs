//! What `check` says of rules that cannot stand side by side, with real mappings between two apps.

use crate::compile::{AppFacts, Terms, compile};
use crate::config;
use crate::diagnostics::Problem;
use std::path::Path;
use syntony_connectors::contract::{Capabilities, Listing, TagLimits};
use syntony_core::schema::{FieldSpec, Kind, Schema};
use syntony_core::side::Sides;

const HEAD: &str = "[apps.chat]\ntype = 'drift'\ntoken = { env = 'T' }\n\
    [apps.mail]\ntype = 'google_contacts'\ntoken = { env = 'T' }\n\
    [connections.c]\nbetween = ['chat', 'mail']\n";
const HEAD_LINES: usize = 8;

fn facts(name: &str, vendor: &str, fields: Vec<FieldSpec>, terms: Terms) -> AppFacts {
    AppFacts {
        name: name.into(),
        vendor: vendor.into(),
        schema: Schema::new(fields),
        capabilities: Capabilities {
            listing: Listing::Complete,
            tombstones: true,
            tags: Some(TagLimits::default()),
            unsubscribes: true,
            mails_new_contacts: false,
            conditional_writes: true,
            markers: false,
            visibility_lag_seconds: 0,
            write_batch_contacts: 1,
            fetch_batch_contacts: 1,
            find_batch_addresses: 1,
        },
        terms,
    }
}

fn apps() -> Sides<AppFacts> {
    let text = |name: &str| FieldSpec::new(name, Kind::Text);
    let chat = vec![
        FieldSpec::new("email", Kind::Email),
        text("name"),
        text("title"),
        text("stage"),
        text("nickname"),
        text("nicknames").many(),
        FieldSpec::new("score", Kind::Number),
    ];
    let mail = vec![
        FieldSpec::new("emailAddresses", Kind::Email).many(),
        text("names.givenName"),
        text("names.familyName"),
        text("organizations.title"),
        text("biographies"),
    ];
    let terms =
        Terms { cql_score: Some("score".into()), lead_stage: Some("stage".into()), ..Terms::default() };
    Sides::new(facts("chat", "drift", chat, terms), facts("mail", "google_contacts", mail, Terms::default()))
}

/// What `check` says of these rules of `chat`: each an `if` in one line and a `then` in the next.
fn problems(rules: &[(&str, &str)]) -> Vec<Problem> {
    let rule = |(when, then): &(&str, &str)| {
        format!("[[connections.c.rules]]\nfrom = 'chat'\nif = [{when}]\nthen = [{then}]\n")
    };
    let text = format!("{HEAD}{}", rules.iter().map(rule).collect::<String>());
    let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let loaded = config::parse(Path::new("syntony.toml"), text.as_bytes(), now);
    let config = loaded.config.unwrap_or_else(|| panic!("{:#?}", loaded.problems));
    let connection = config.connections.values().next().unwrap();
    let compiled = compile(connection, &config.source, &apps());
    // That a mapping carries on what is set is said elsewhere.
    compiled.problems.into_iter().filter(|problem| !problem.message.starts_with("the mapping")).collect()
}

/// Line within the rules, whether it is an error, and what is said.
fn check(rules: &[(&str, &str)], expected: &[(usize, bool, &str)]) {
    let found = problems(rules);
    let shown: Vec<(usize, bool, &str)> = found
        .iter()
        .map(|it| (it.line.unwrap_or(0).saturating_sub(HEAD_LINES), it.is_error(), it.message.as_str()))
        .collect();
    assert_eq!(shown, expected);
}

/// Scenario 55.
#[test]
fn a_rule_that_ends_itself_is_a_warning_and_with_undo_an_error() {
    let left = "this makes the condition in line 11 false, so the contact leaves the rule right after";
    check(&[("{ lead_stage = 'MQL' }", "{ set_lead_stage = 'Synced', in = 'chat' }")], &[(4, false, left)]);
    check(
        &[("{ lead_stage = 'MQL' }", "{ set_lead_stage = 'Synced', in = 'chat', undo = true }")],
        &[(
            4,
            true,
            "this could go on for ever: the action in line 12 can make the condition in line 11 false, and taking \
             the action in line 12 back can make the condition in line 11 true",
        )],
    );
    check(&[("{ lead_stage = 'MQL' }", "{ set_lead_stage = 'MQL', in = 'chat', undo = true }")], &[]);
}

/// The words of rules stand for fields: only with the app is it known that two of them are one.
#[test]
fn a_word_and_the_field_it_stands_for_are_one() {
    check(
        &[(
            "{ lead_stage = 'MQL' }",
            "{ set = 'stage', to = 'x', in = 'chat', undo = true }, { add_tag = 'y' }",
        )],
        &[(
            4,
            true,
            "this could go on for ever: the action in line 12 can make the condition in line 11 false, and taking \
             the action in line 12 back can make the condition in line 11 true",
        )],
    );
    check(
        &[
            ("{ has_tag = 'a' }", "{ set = 'stage', to = 'x', in = 'chat' }"),
            ("{ has_tag = 'b' }", "{ set_lead_stage = 'y', in = 'chat' }"),
        ],
        &[(8, true, "this contradicts the action in line 12")],
    );
}

/// Scenario 54.
#[test]
fn rules_that_hand_a_contact_to_each_other_are_an_error() {
    check(
        &[
            ("{ lead_stage = 'A' }", "{ set_lead_stage = 'B', in = 'chat' }"),
            ("{ lead_stage = 'B' }", "{ set_lead_stage = 'A', in = 'chat' }"),
        ],
        &[(
            4,
            true,
            "this could go on for ever: the action in line 12 can make the condition in line 15 true, and the action \
             in line 16 can make the condition in line 11 true",
        )],
    );
}

/// The hint is what helps: without one `undo` of the two, they only ever add.
#[test]
fn what_flips_because_it_is_taken_back_says_so() {
    let rules = |undo: &str| {
        [
            ("{ has_tag = 'a' }".to_owned(), format!("{{ add_tag = 'b', in = 'chat', undo = {undo} }}")),
            ("{ has_tag = 'b' }".to_owned(), "{ add_tag = 'a', in = 'chat', undo = true }".to_owned()),
        ]
    };
    let of = |undo: &str| {
        let [one, two] = rules(undo);
        problems(&[(&one.0, &one.1), (&two.0, &two.1)])
    };
    let found = of("true");
    let hint = found.first().and_then(|it| it.hint.as_deref()).unwrap_or_default();
    assert!(found.len() == 1 && hint.starts_with("take `undo` out"), "{found:#?}");
    assert!(!of("false").iter().any(Problem::is_error));
}

#[test]
fn what_a_mapping_brings_back_is_seen() {
    check(
        &[(
            "{ field = 'title', equals = 'CEO' }",
            "{ set = 'organizations.title', to = 'Boss', undo = true }",
        )],
        &[(
            4,
            true,
            "this could go on for ever: the action in line 12 can make the condition in line 11 false through a \
             mapping, and taking the action in line 12 back can make the condition in line 11 true through a mapping",
        )],
    );
    check(
        &[("{ field = 'title', equals = 'CEO' }", "{ set = 'biographies', to = 'Boss', undo = true }")],
        &[],
    );
}

#[test]
fn a_list_can_meet_two_conditions_that_exclude_each_other_elsewhere() {
    let rule = |field: &str, value: &str, to: &str| {
        (
            format!("{{ field = '{field}', equals = '{value}' }}"),
            format!("{{ set = 'stage', to = '{to}', in = 'chat' }}"),
        )
    };
    for (field, meets) in [("nickname", false), ("nicknames", true)] {
        let (one, two) = (rule(field, "1", "x"), rule(field, "2", "y"));
        let found = problems(&[(&one.0, &one.1), (&two.0, &two.1)]);
        assert_eq!(found.iter().any(Problem::is_error), meets, "{field}: {found:#?}");
    }
}
