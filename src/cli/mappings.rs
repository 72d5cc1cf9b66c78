//! Mappings as people read them: what is tied to what, in which direction and why, and what is lost on the way.

use crate::compile::MappingLine;
use crate::output::{fold, printable};
use std::fmt::Write as _;

/// How far the second and third line of a mapping stand in.
const INDENT: usize = 6;

/// The mappings of each connection, in the order given.
pub(super) fn text(lines: &[MappingLine]) -> String {
    let mut text = String::new();
    let mut connection = None;
    for line in lines {
        if connection != Some(&line.connection) {
            let _ = writeln!(text, "\nMappings of {}:", printable(&line.connection));
            connection = Some(&line.connection);
        }
        mapping(&mut text, line);
    }
    text
}

fn mapping(text: &mut String, line: &MappingLine) {
    let fields = format!("{} ({}) = {} ({})", line.left, line.left_type, line.right, line.right_type);
    text.push_str(&fold("  ", INDENT, &fields));
    let inner = " ".repeat(INDENT);
    text.push_str(&fold(&inner, INDENT, &format!("{}: {}", direction(&line.direction), line.why)));
    if let Some(loses) = &line.loses {
        text.push_str(&fold(&inner, INDENT, &format!("loses {loses}")));
    }
}

fn direction(words: &str) -> &str {
    match words {
        "both" => "both ways",
        "none" => "nowhere",
        to => to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_of_many_fields_can_be_read_on_eighty_columns() {
        let names = "names.honorificPrefix, names.givenName, names.middleName, names.familyName";
        let line = MappingLine {
            connection: "chat-google".into(),
            left: "name".into(),
            left_type: "text".into(),
            right: names.into(),
            right_type: "text".into(),
            direction: "both".into(),
            why: "both hold a name".into(),
            loses: Some("the suffix".into()),
        };
        let shown = text(&[line.clone(), MappingLine { loses: None, direction: "to google".into(), ..line }]);
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
        let expected = [
            "Mappings of chat-google:",
            "both ways: both hold a name",
            "loses the suffix",
            "to google: both hold a name",
            "names.familyName (text)",
        ];
        for words in expected {
            assert!(shown.contains(words), "{words} is not in {shown}");
        }
        assert_eq!(shown.matches("Mappings of").count(), 1);
    }
}
