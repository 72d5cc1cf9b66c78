//! The table of an example: what people do, and what is to be seen.
//!
//! ```text
//! | step         | who     | in `chat`                        | in `crm`        |
//! | given        | Ann Lee | tag `customer`                   | —               |
//! | after a sync | Ann Lee |                                  | tag `From chat` |
//! | somebody     | Ann Lee | no tag `customer`, phone `12 34` |                 |
//! ```
//!
//! *given* and *somebody* make the facts of their rows true, as a person would at the app's own pages. *after a
//! sync* and *after a resync* run one and look; *now* looks. A row without a step belongs to the step above it. An
//! empty cell says nothing.

use std::collections::BTreeMap;

/// A row of a table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Where it stands in the page.
    pub(crate) line: usize,
    /// What is done with its facts.
    pub(crate) does: Does,
    /// Whom it speaks of.
    pub(crate) who: Whom,
    /// What is said of each app, by its name; apps of which nothing is said are left out.
    pub(crate) facts: BTreeMap<String, Vec<Fact>>,
}

/// What is done with the facts of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// They are made true.
    Make,
    /// They are looked at, after a command where the step names one.
    Look(Option<&'static str>),
}

/// Whom a row speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// A person, by name.
    Person(String),
    /// The app's own fields.
    Fields,
}

/// One thing that is so, or is made so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// `—`: the person is not there.
    Absent,
    /// `there`: the person is.
    There,
    /// ``tag `T` ``
    Tag(String),
    /// ``no tag `T` ``
    NoTag(String),
    /// ``name `N` ``, ``e-mail `E` ``, ``phone `P` ``, ``no phone``
    Has(&'static str, String),
    /// `` `FIELD` `VALUE` ``, `` `FIELD` empty ``
    Field(String, String),
    /// `unsubscribed`, `subscribed`
    Mail(bool),
    /// `` `NAME` a text of 10 ``, `` `NAME` one of `A` `B` ``: the app's administrator makes a field, or changes one
    Defined(String, String),
}

/// The cells of a table's line.
pub(crate) fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|').trim_end_matches('|');
    line.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// Reads a table: its head, the line under it, and its rows.
///
/// # Errors
/// The first line that cannot be read, and why.
pub(crate) fn read(lines: &[(usize, &str)]) -> Result<Vec<Row>, (usize, String)> {
    let [(head_line, head), _, rows @ ..] = lines else {
        return Err((lines[0].0, "this table has no rows".to_owned()));
    };
    let apps = apps(&cells(head)).map_err(|words| (*head_line, words))?;
    let mut step = None;
    rows.iter()
        .map(|(line, text)| row(*line, text, &apps, &mut step).map_err(|words| (*line, words)))
        .collect()
}

fn apps(heads: &[String]) -> Result<Vec<String>, String> {
    let [_, who, apps @ ..] = heads else { return Err("this table has no apps".to_owned()) };
    if who != "who" {
        return Err(format!("the second column is `who`, not `{who}`"));
    }
    let name = |head: &String| {
        let name = head.strip_prefix("in `").and_then(|rest| rest.strip_suffix('`'));
        name.map(str::to_owned).ok_or_else(|| format!("a column is headed \"in `APP`\", not \"{head}\""))
    };
    apps.iter().map(name).collect()
}

fn row(line: usize, text: &str, apps: &[String], step: &mut Option<Does>) -> Result<Row, String> {
    let cells = cells(text);
    let [first, who, said @ ..] = cells.as_slice() else { return Err("this row is too short".to_owned()) };
    if said.len() != apps.len() {
        return Err(format!("{} cells for {} apps", said.len(), apps.len()));
    }
    let does = match first.as_str() {
        // The rows below a command look at what it did; they do not run it again.
        "" => match step.ok_or("the first row of a table names its step")? {
            Does::Look(_) => Does::Look(None),
            Does::Make => Does::Make,
        },
        "given" | "somebody" => Does::Make,
        "now" => Does::Look(None),
        "after a sync" => Does::Look(Some("sync")),
        "after a resync" => Does::Look(Some("resync")),
        other => return Err(format!("there is no step \"{other}\"")),
    };
    *step = Some(does);
    let who = if who == "(fields)" { Whom::Fields } else { Whom::Person(who.clone()) };
    let mut facts = BTreeMap::new();
    for (app, cell) in apps.iter().zip(said).filter(|(_, cell)| !cell.is_empty()) {
        facts.insert(app.clone(), self::facts(cell)?);
    }
    if facts.is_empty() {
        return Err("this row says nothing".to_owned());
    }
    Ok(Row { line, does, who, facts })
}

/// The facts of a cell, between commas outside of backticks.
fn facts(cell: &str) -> Result<Vec<Fact>, String> {
    let mut quoted = false;
    let apart = |char: char| {
        quoted ^= char == '`';
        char == ',' && !quoted
    };
    cell.split(apart).map(|fact| self::fact(fact.trim())).collect()
}

fn fact(text: &str) -> Result<Fact, String> {
    let unreadable = || format!("\"{text}\" is no fact that an example can state");
    // What stands outside and inside of backticks, in turn.
    let pieces: Vec<&str> = text.split('`').map(str::trim).collect();
    let owned = |text: &str| text.to_owned();
    Ok(match pieces.as_slice() {
        ["—"] => Fact::Absent,
        ["there"] => Fact::There,
        ["subscribed"] => Fact::Mail(true),
        ["unsubscribed"] => Fact::Mail(false),
        ["no phone"] => Fact::Has("phone", String::new()),
        ["no e-mail"] => Fact::Has("e-mail", String::new()),
        ["tag", tag, ""] => Fact::Tag(owned(tag)),
        ["no tag", tag, ""] => Fact::NoTag(owned(tag)),
        ["name", value, ""] => Fact::Has("name", owned(value)),
        ["e-mail", value, ""] => Fact::Has("e-mail", owned(value)),
        ["phone", value, ""] => Fact::Has("phone", owned(value)),
        ["", field, "empty"] => Fact::Field(owned(field), String::new()),
        ["", field, "", value, ""] => Fact::Field(owned(field), owned(value)),
        ["", field, kind] if !kind.is_empty() => Fact::Defined(owned(field), owned(kind)),
        ["", field, kind, rest @ ..] if kind.starts_with("one of") => {
            let options: Vec<&str> = rest.iter().copied().filter(|piece| !piece.is_empty()).collect();
            Fact::Defined(owned(field), format!("one of\n{}", options.join("\n")))
        }
        _ => return Err(unreadable()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_not_passed_over() {
        for cell in ["tagged `x`", "tag x", "`Phone`", "is there", "tag `a` and `b`", "there, "] {
            assert!(facts(cell).is_err(), "{cell}: {:?}", facts(cell));
        }
        assert!(
            read(&[(1, "| step | who | in `a` |"), (2, "|---|---|---|"), (3, "| now | Ann | |")]).is_err()
        );
        assert!(
            read(&[(1, "| step | who | in `a` |"), (2, "|---|---|---|"), (3, "| later | Ann | there |")])
                .is_err()
        );
    }

    #[test]
    fn commas_within_backticks_are_part_of_the_value() {
        let wanted = vec![Fact::Has("name", "Lee, Ann".to_owned()), Fact::NoTag("a, b".to_owned())];
        assert_eq!(facts("name `Lee, Ann`, no tag `a, b`"), Ok(wanted));
    }

    #[test]
    fn a_row_without_a_step_does_not_run_the_command_again() {
        let table = "| step | who | in `a` |\n|-|-|-|\n| after a sync | Ann | there |\n| | Bob | — |";
        let lines: Vec<(usize, &str)> = table.lines().enumerate().collect();
        let does: Vec<Does> = read(&lines).unwrap().into_iter().map(|row| row.does).collect();
        assert_eq!(does, [Does::Look(Some("sync")), Does::Look(None)]);
    }
}
