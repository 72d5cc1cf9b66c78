//! Web addresses: people type `kde.org`, providers make `https://kde.org/` of it.

use super::text;
use url::Url;

/// The comparison form of a web address: `http`, `https` and no scheme are one, the host is in lower-case
/// ASCII, a default port and the last slash of the path do not count. What is no web address compares as
/// text.
#[must_use]
pub fn key(address: &str) -> String {
    let line = text::line_key(address);
    web_key(&line).unwrap_or(line)
}

fn web_key(line: &str) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    let bare = ["https://", "http://", "//"]
        .iter()
        .find_map(|scheme| lower.starts_with(scheme).then(|| line.get(scheme.len()..)).flatten())
        .unwrap_or(line);
    // Another scheme, or words: text.
    if bare.contains("://") || bare.contains(' ') {
        return None;
    }
    let url = Url::parse(&format!("https://{bare}")).ok()?;
    let host = url.host_str()?.trim_end_matches('.');
    if !host.contains('.') || host.split('.').any(str::is_empty) {
        return None;
    }
    let mut key = host.to_owned();
    // Port 80 is what `http` means; with the scheme gone it means nothing.
    if let Some(port) = url.port().filter(|port| *port != 80) {
        key.push_str(&format!(":{port}"));
    }
    if !url.username().is_empty() {
        return None;
    }
    key.push_str(url.path().trim_end_matches('/'));
    if let Some(query) = url.query() {
        key.push_str(&format!("?{query}"));
    }
    if let Some(fragment) = url.fragment() {
        key.push_str(&format!("#{fragment}"));
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_provider_adds_to_a_web_address_is_no_edit() {
        for same in ["kde.org", "https://KDE.org/", "http://kde.org:80", " kde.org "] {
            assert_eq!(key(same), "kde.org");
        }
        assert_eq!(key("https://bücher.example/a/"), "xn--bcher-kva.example/a");
        assert_ne!(key("kde.org/A"), key("kde.org/a"));
        assert_ne!(key("kde.org?a=1"), key("kde.org"));
    }

    #[test]
    fn what_is_no_web_address_stays_text() {
        assert_eq!(key("mailto:ada@example.org"), "mailto:ada@example.org");
        assert_eq!(key("see  my card"), "see my card");
        assert_eq!(key("ftp://Example.org/x"), "ftp://Example.org/x");
        assert_eq!(key(""), "");
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_the_key(text in "(https?://)?[A-Za-zé.@:/?# ]{0,30}") {
            prop_assert_eq!(key(&key(&text)), key(&text));
        }
    }
}
