//! The HTTP client underneath, with its TLS.
//!
//! Trust comes from the operating system; where it has no trust store (a container from scratch), from the
//! Mozilla roots compiled in.

use super::config::{HttpConfig, Timeouts};
use super::error::HttpError;
use reqwest::{Certificate, Client, ClientBuilder};
use std::sync::Once;
use std::time::Duration;
use url::{Host, Url};

/// How we name ourselves to vendors.
const USER_AGENT: &str = concat!("syntony/", env!("CARGO_PKG_VERSION"));

/// How long an idle connection is kept, in seconds. Vendors close theirs after a minute or more; a call on a
/// connection that the vendor is just closing has no known outcome.
const IDLE_TIMEOUT_SECONDS: u64 = 30;

static PROVIDER: Once = Once::new();

/// The client for one app.
pub(super) fn client(config: &HttpConfig) -> Result<Client, HttpError> {
    PROVIDER.call_once(|| {
        // An error means that the program installed one already, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
    check_base(&config.base_url)?;
    let loopback = is_loopback(&config.base_url);
    if config.base_url.scheme() == "http" {
        // Whoever is spoken to without TLS needs no trust store, and reading one takes a while.
        return builder(config.timeouts, loopback)
            .tls_certs_only(Vec::new())
            .build()
            .map_err(|error| HttpError::invalid(format!("no HTTP client: {}", error.without_url())));
    }
    match builder(config.timeouts, loopback).build() {
        Ok(client) => Ok(client),
        Err(_) => {
            tracing::debug!(app = %config.app, "no system trust store; using the compiled-in roots");
            let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
                .iter()
                .filter_map(|root| Certificate::from_der(root).ok())
                .collect::<Vec<_>>();
            builder(config.timeouts, loopback)
                .tls_certs_only(roots)
                .build()
                .map_err(|error| HttpError::invalid(format!("no HTTP client: {}", error.without_url())))
        }
    }
}

fn builder(timeouts: Timeouts, loopback: bool) -> ClientBuilder {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.read)
        .timeout(timeouts.total)
        .pool_idle_timeout(Duration::from_secs(IDLE_TIMEOUT_SECONDS))
        // A redirect could carry the bearer elsewhere, and no API that we speak needs one.
        .redirect(reqwest::redirect::Policy::none())
        .gzip(true);
    // A proxy from the environment is for the world outside.
    if loopback { builder.no_proxy() } else { builder }
}

/// Refuses what must not be spoken to: plain `http` beyond loopback, and addresses with credentials or a query.
pub(crate) fn check_base(base: &Url) -> Result<(), HttpError> {
    match base.scheme() {
        "https" => {}
        "http" if is_loopback(base) => {}
        "http" => return Err(HttpError::invalid("plain http is allowed to loopback addresses alone")),
        _ => return Err(HttpError::invalid("an address must start with https://")),
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(HttpError::invalid("an address must not hold credentials"));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(HttpError::invalid("an address must not hold a query or a fragment"));
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str) -> Result<(), String> {
        check_base(&Url::parse(base).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn plain_http_goes_to_loopback_alone() {
        for good in ["https://example.com", "http://127.0.0.1:8080", "http://[::1]:1/x", "http://localhost:9"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "http://example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://example.com",
            "https://user:secret@example.com",
            "https://example.com/?key=1",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
