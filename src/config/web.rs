//! Addresses: where calls may go, and over what.

use super::located::Located;
use super::reader::Node;
use std::net::SocketAddr;
use url::{Host, Url};

/// An address of an API. Credentials travel there, so it is https; plain http stays on this machine.
pub(super) fn address(node: Node<'_>) -> Option<Located<Url>> {
    let text = node.text()?;
    let Ok(url) = Url::parse(&text) else {
        let hint = "for example \"https://people.googleapis.com\"".to_owned();
        return node.sink.error(node.span, "this is not an address", hint);
    };
    if !url.username().is_empty() || url.password().is_some() {
        node.sink.mask(node.span);
        let hint = "name it in `token` or `oauth`".to_owned();
        return node.sink.error(node.span, "credentials must not stand in an address", hint);
    }
    if url.query().is_some() || url.fragment().is_some() {
        let hint = "only scheme, host, port and path".to_owned();
        return node.sink.error(node.span, "an address has no query and no fragment here", hint);
    }
    match url.scheme() {
        "https" => Some(text.with(url)),
        "http" if is_loopback(&url) => Some(text.with(url)),
        "http" => {
            let hint = "use https; plain http is for 127.0.0.1, ::1 and localhost alone".to_owned();
            node.sink.error(node.span, "credentials would travel in the open", hint)
        }
        other => {
            let message = format!("`{other}` is not a way to reach an app");
            node.sink.error(node.span, message, "use https".to_owned())
        }
    }
}

/// The address of an API as a whole. The version is the connector's business.
pub(super) fn base(node: Node<'_>) -> Option<Located<Url>> {
    let url = address(node)?;
    let last = url.path_segments().and_then(|mut segments| segments.rfind(|segment| !segment.is_empty()));
    if last.is_some_and(is_version) {
        let hint = "the program adds the version itself".to_owned();
        node.sink.warning(node.span, "this address ends with a version", hint);
    }
    Some(url)
}

/// `v1`, `v62.0`, `3.0`.
fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or(segment);
    digits.starts_with(|char: char| char.is_ascii_digit())
        && digits.chars().all(|char| char.is_ascii_digit() || char == '.')
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An address to listen on.
pub(super) fn listen(node: Node<'_>) -> Option<Located<SocketAddr>> {
    let text = node.text()?;
    match text.parse() {
        Ok(address) => Some(text.with(address)),
        Err(_) => {
            let hint = "an IP address and a port, for example \"127.0.0.1:8385\"".to_owned();
            node.sink.error(node.span, "this is not an address to listen on", hint)
        }
    }
}
