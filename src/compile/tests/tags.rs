//! Tags, in every place that they can be kept in.

use super::{check, check_action, check_condition};
use syntony_core::policy::Effect;

fn long(chars: usize) -> String {
    "x".repeat(chars)
}

#[test]
fn a_tag_that_is_too_long_is_refused_where_it_is_asked_for() {
    for (app, most) in [("news", 100), ("crm", 150), ("leads", 80)] {
        let fits = format!("{{ add_tag = '{}' }}", long(most));
        check_action(app, &fits, "");
        let expected = format!(
            "error: `{app}` cannot hold this tag: the tag has {} characters, the app takes {most} [choose another name for it]",
            most + 1
        );
        check_action(app, &format!("{{ add_tag = '{}' }}", long(most + 1)), &expected);
        check_action(app, &format!("{{ remove_tag = '{}' }}", long(most + 1)), &expected);
        check_condition(app, &format!("{{ has_tag = '{}' }}", long(most + 1)), &expected);
        check_condition(app, &format!("{{ lacks_tag = '{}' }}", long(most + 1)), &expected);
        let mark = format!("deletions = {{ from = 'book', tag = '{}' }}", long(most + 1));
        check(app, &mark, "deletions", &expected);
    }
}

#[test]
fn a_tag_that_would_come_back_as_two_is_refused_where_tags_share_a_field() {
    for app in ["chat", "picks"] {
        let expected = format!(
            "error: `{app}` cannot hold this tag: a tag cannot hold ';', which stands between tags [choose another name for it]"
        );
        check_action(app, "{ add_tag = 'a;b' }", &expected);
    }
    check_action("book", "{ add_tag = 'a;b' }", "");
}

#[test]
fn a_tag_is_an_option_where_options_are_the_tags() {
    let policy = check_action("picks", "{ add_tag = 'vip' }", "").unwrap();
    match &policy.rules[0].then[0].effect {
        Effect::AddTag(tag) => assert_eq!(tag.as_str(), "VIP", "the option's own spelling is written"),
        other => panic!("{other:?}"),
    }
    let expected = "error: \"Gone\" is no option of `Tags__c`, where `picks` keeps its tags [possible here: `VIP`, `PieSync Trash`]";
    check_action("picks", "{ add_tag = 'Gone' }", expected);
    check_condition("picks", "{ lacks_tag = 'Gone' }", expected);
    check("picks", "deletions = { from = 'book', tag = 'Gone' }", "deletions", expected);
    check("picks", "deletions = { from = 'book' }", "deletions", "");
}

#[test]
fn people_make_the_tags_of_drift_and_are_told_so_once() {
    let told = "warning: `oldchat` takes a tag only if somebody made it there, and does not say which there are [make \"x\" in its settings before the first sync]";
    check_action("oldchat", "{ add_tag = 'x' }", told);
    check_action("oldchat", "{ remove_tag = 'x' }", "");
    check_condition("oldchat", "{ has_tag = 'x' }", "");
    let twice = "[[connections.c.rules]]\nfrom = 'book'\nthen = [\n{ add_tag = 'x' },\n]\n[[connections.c.rules]]\nfrom = 'book'\nif = [ { has_tag = 'y' } ]\nthen = [ { add_tag = 'x' } ]\n";
    check("oldchat", twice, "{ add_tag", told);
}

#[test]
fn no_mapping_writes_over_tags() {
    for (app, field) in [("chat", "labels"), ("picks", "Tags__c"), ("oldchat", "tags")] {
        let body = format!("[[connections.c.fields]]\n{app} = '{field}'\nbook = 'userDefined.Labels'\n");
        let key = format!("{field} <-> userDefined.Labels");
        let expected = format!(
            "error: `{app}` keeps its tags in `{field}`, and the mapping `{key}` is not to write over them [let rules carry tags, or keep them in another field]"
        );
        check(app, &body, &format!("{app} = "), &expected);
    }
}

#[test]
fn an_event_that_nobody_tells_of_becomes_no_tag() {
    let hint = "[name the other app, or take this line out]";
    check(
        "chat",
        "deletions = { from = 'chat' }",
        "deletions",
        &format!("error: `chat` does not report deletions {hint}"),
    );
    check(
        "book",
        "unsubscribes = { from = 'book' }",
        "unsubscribes",
        &format!("error: `book` does not report unsubscribes {hint}"),
    );
    check("book", "unsubscribes = { from = 'crm' }", "unsubscribes", "");
    check("news", "unsubscribes = { from = 'news' }", "unsubscribes", "");
}
