//! Which app has which condition and action: the tables in the page on rules, each cell asked of `check`.
//!
//! A row begins with the condition or the action as it is written; a cell says `yes`, or `no` where `check` must
//! refuse it at that very line. Other words after them are for the reader.

use crate::page::section;
use crate::rows::cells;
use crate::world::World;

const PAGE: &str = "docs/rules.md";
/// The app at the other end of the connection.
const OTHER: &str = "google";
/// The one for Google itself.
const OTHER_OF_GOOGLE: &str = "crm";

/// A field with a given name in it, on each app.
fn field(app: &str) -> &'static str {
    match app {
        "chat" => "name",
        "google" => "names.givenName",
        "crm" | "leads" => "FirstName",
        "news" => "FNAME",
        other => panic!("which field of `{other}`?"),
    }
}

/// Asks `check` of each line of the first table under the heading.
async fn check(heading: &str, rule: fn(app: &str, sample: &str) -> String) {
    let table: Vec<(usize, Vec<String>)> = section(PAGE, heading)
        .into_iter()
        .skip_while(|(_, text)| !text.starts_with('|'))
        .take_while(|(_, text)| text.starts_with('|'))
        .map(|(line, text)| (line, cells(&text)))
        .collect();
    let [(_, head), _, rows @ ..] = table.as_slice() else { panic!("{PAGE}: no table under \"{heading}\"") };
    assert!(!rows.is_empty(), "{PAGE}: the table under \"{heading}\" is empty");
    for (column, app) in head.iter().enumerate().skip(1) {
        let app = app.trim_matches('`');
        let other = if app == OTHER { OTHER_OF_GOOGLE } else { OTHER };
        let mut text =
            format!("[connections.pair]\nbetween = [\"{app}\", \"{other}\"]\nwinner = \"{app}\"\n");
        let mut wanted = Vec::new();
        for (line, row) in rows {
            text.push_str("[[connections.pair.rules]]\n");
            let sample = row[0].trim_matches('`').replace("FIELD", field(app)).replace("OTHER", other);
            text.push_str(&rule(app, &sample));
            match &row[column] {
                no if no.starts_with("no") => wanted.push(text.lines().count()),
                yes if yes.starts_with("yes") => {}
                unclear => panic!("{PAGE}:{line}: \"{unclear}\" is neither yes nor no"),
            }
        }
        let mut refused = World::of(&text).await.refused().await;
        refused.dedup();
        let lines = |numbers: &[usize]| -> Vec<String> {
            numbers.iter().map(|at| text.lines().nth(at - 1).unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(lines(&refused), lines(&wanted), "`{app}`: what `check` refuses, and what the page says");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_which_app_has_which_condition() {
    check("Conditions", |app, sample| {
        format!("from = \"{app}\"\nthen = [ {{ add_tag = \"found\" }} ]\nif = [ {sample} ]\n")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_which_app_has_which_action() {
    check("Actions", |app, sample| {
        let action = sample.replace(" }", &format!(", in = \"{app}\" }}"));
        format!("from = \"{app}\"\nthen = [ {action} ]\n")
    })
    .await;
}
