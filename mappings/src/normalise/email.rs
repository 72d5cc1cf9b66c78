//! E-mail addresses: the key on which contacts match.
//!
//! Nothing is guessed about a mail provider: `ada+news@` and `ada@`, `a.da@` and `ada@` are different
//! mailboxes here, because somewhere they are.

use super::text;
use email_address::{EmailAddress, Options};
use syntony_core::ids::EmailKey;

/// What two spellings of a mailbox have in common: no case, no width, the domain in ASCII. `None` for what
/// cannot be the address of a person's mailbox (`n/a`, `Ada <ada@x.org>`, `ada@localhost`): contacts are
/// never matched on such a text.
#[must_use]
pub fn key(address: &str) -> Option<EmailKey> {
    let folded = text::loose_key(address);
    let (local, domain) = folded.rsplit_once('@')?;
    let domain = idna::domain_to_ascii(domain.trim_end_matches('.')).ok()?;
    let ascii = format!("{local}@{domain}");
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    EmailAddress::parse_with_options(&ascii, options).ok()?;
    Some(EmailKey::new(ascii))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(address: &str, wanted: Option<&str>) {
        assert_eq!(key(address), wanted.map(EmailKey::from), "{address}");
    }

    #[test]
    fn one_mailbox_in_two_spellings_is_one_person() {
        // Scenario 3.
        check("Ann.Lee@X.com", Some("ann.lee@x.com"));
        check("ann.lee@x.com ", Some("ann.lee@x.com"));
        check("ＡＮＮ@x.com", Some("ann@x.com"));
        check("info@BÜCHER.example", Some("info@xn--bcher-kva.example"));
        check("info@xn--bcher-kva.example", Some("info@xn--bcher-kva.example"));
        check("jose\u{301}@x.org", Some("josé@x.org"));
        check("ann@x.com.", Some("ann@x.com"));
    }

    #[test]
    fn two_mailboxes_are_never_folded_into_one_person() {
        check("ann+news@x.com", Some("ann+news@x.com"));
        check("a.n.n@x.com", Some("a.n.n@x.com"));
    }

    #[test]
    fn what_is_no_mailbox_matches_nobody() {
        for text in [
            "",
            " ",
            "n/a",
            "ann",
            "ann@",
            "@x.com",
            "ann@localhost",
            "Ann <ann@x.com>",
            "ann@[127.0.0.1]",
            "ann lee@x.com",
            "a@b@",
            "ann@x.com, bob@x.com",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_the_key(address in "[ \\w.+ßÉüＡ-]{0,12}@[\\wß.-]{1,12}\\.(com|org|ﬁ)") {
            if let Some(once) = key(&address) {
                prop_assert_eq!(key(once.as_str()), Some(once));
            }
        }

        #[test]
        fn no_text_is_a_panic(text in "\\PC*") {
            let _ = key(&text);
        }
    }
}
