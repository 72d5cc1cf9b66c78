//! Whose fields are asked for anew before a run.

use super::accounts::FACTS;
use super::compiled;
use crate::compile::goes_by_options;
use syntony_core::side::Sides;

/// Whether the schema of `app` has to be fresh for a connection with `body`.
#[track_caller]
fn check(app: &str, body: &str, expected: bool) {
    let (_, compiled) = compiled(app, body);
    let facts = Sides::new(FACTS[app].clone(), FACTS["book"].clone());
    assert_eq!(goes_by_options(&compiled, &facts).left, expected, "{app}\n{body}");
}

fn rule(from: &str, conditions: &str, actions: &str) -> String {
    format!("[[connections.c.rules]]\nfrom = '{from}'\nif = [ {conditions} ]\nthen = [ {actions} ]\n")
}

#[test]
fn an_option_that_is_looked_for_or_written_is_asked_for_before_each_run() {
    check("crm", "", false);
    check("crm", &rule("crm", "{ field = 'Title', equals = 'x' }", ""), false);
    check("crm", &rule("crm", "{ field = 'Level__c', equals = 'Gold' }", ""), true);
    check("crm", &rule("book", "", "{ set = 'Level__c', to = 'Gold' }"), true);
    check("crm", "[connections.c.placeholders.crm]\nLevel__c = 'Gold'", true);
    check("crm", &rule("crm", "{ has_tag = 'VIP' }", ""), false);
    check("picks", &rule("picks", "{ has_tag = 'VIP' }", ""), true);
    check("picks", &rule("book", "", "{ add_tag = 'VIP' }"), true);
    check("picks", "deletions = { from = 'book' }", true);
    // It does not compile.
    check("crm", &rule("crm", "{ field = 'Level__c', equals = 'Platinum' }", ""), true);
}
