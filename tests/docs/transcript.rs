//! A terminal, as a page prints it, beside what the program said.
//!
//! A line that begins with `$` is typed; what follows is what came of it, standard error and standard output as
//! they come on a terminal. `…` stands for whatever differs from one time to the next: within a line for any
//! characters, on a line of its own for any lines. The width of columns and lines without text do not count.

/// What stands for anything.
const ANYTHING: &str = "…";

/// A command and what is to come of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) command: String,
    pub(crate) said: Vec<String>,
}

/// The commands of a console block.
///
/// # Errors
/// Where something is said before anything is typed.
pub(crate) fn read(text: &str) -> Result<Vec<Exchange>, String> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), exchanges.last_mut()) {
            (Some(command), _) => {
                exchanges.push(Exchange { command: command.trim().to_owned(), said: Vec::new() });
            }
            (None, Some(exchange)) => exchange.said.push(line.to_owned()),
            (None, None) => return Err(format!("\"{line}\" comes before any command")),
        }
    }
    match exchanges.is_empty() {
        true => Err("nothing is typed here".to_owned()),
        false => Ok(exchanges),
    }
}

/// Whether `said` is what the page says.
pub(crate) fn agrees(wanted: &[String], said: &str) -> bool {
    let wanted: Vec<String> = wanted.iter().map(|line| plain(line)).filter(|line| !line.is_empty()).collect();
    let said: Vec<String> = said.lines().map(plain).filter(|line| !line.is_empty()).collect();
    // A page that says nothing but "anything" would agree with everything.
    let says = wanted.is_empty() || wanted.iter().any(|line| line != ANYTHING);
    says && lines_agree(&wanted, &said)
}

/// The first line that was to come and did not, whatever else is amiss.
pub(crate) fn missing<'w>(wanted: &'w [String], said: &str) -> Option<&'w str> {
    let said: Vec<String> = said.lines().map(plain).collect();
    let comes = |line: &&String| said.iter().any(|said| line_agrees(&plain(line), said));
    wanted.iter().find(|line| !comes(line)).map(String::as_str)
}

/// A line without the widths of its columns.
fn plain(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lines_agree(wanted: &[String], said: &[String]) -> bool {
    match wanted {
        [] => said.is_empty(),
        [any, rest @ ..] if any == ANYTHING => (0..=said.len()).any(|skip| lines_agree(rest, &said[skip..])),
        [line, rest @ ..] => {
            said.first().is_some_and(|said| line_agrees(line, said)) && lines_agree(rest, &said[1..])
        }
    }
}

fn line_agrees(wanted: &str, said: &str) -> bool {
    match wanted.split_once(ANYTHING) {
        None => wanted == said,
        Some((start, rest)) => said.strip_prefix(start).is_some_and(|tail| {
            tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| line_agrees(rest, &tail[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &str, said: &str, agree: bool) {
        let wanted: Vec<String> = wanted.lines().map(str::to_owned).collect();
        assert_eq!(agrees(&wanted, said), agree);
    }

    #[test]
    fn only_an_ellipsis_stands_for_anything() {
        check("a  b\nc", "a b\n\nc\n", true);
        check("a b", "a c", false);
        check("run … ended", "run 01J9 ended", true);
        check("run … ended", "run 01J9 broke", false);
        check("a\n…\nz", "a\nb\nc\nz", true);
        check("a\n…\nz", "a\nb\nc", false);
        check("a", "a\nb", false);
        check("", "a", false);
        check("… more", "… and 3 more", true);
    }

    #[test]
    fn a_transcript_that_allows_everything_says_nothing() {
        check("…", "whatever", false);
    }
}
