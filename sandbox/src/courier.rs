//! Carries webhooks to loopback addresses, and nowhere else: a simulator must not call strangers.

use reqwest::{Client, redirect};
use std::time::Duration;
use url::{Host, Url};

/// How long a receiver may take for its answer.
const TIMEOUT_SECONDS: u64 = 10;

/// A client that calls this machine alone, if one can be made.
pub(crate) fn client(agent: &str) -> Option<Client> {
    // The client wants a provider even though it never speaks TLS; a second installation is refused,
    // which is fine.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder()
        .no_proxy()
        // For the same reason it needs no trust store, and reading one takes a while.
        .tls_certs_only(Vec::new())
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(TIMEOUT_SECONDS))
        .user_agent(agent)
        .build()
        .ok()
}

/// Whether an address is on this machine. `localhost` is a name, and names are resolved by others.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    url.scheme() == "http" && loopback
}
