//! Simulators of the vendors' APIs, for development, demonstration and tests.
//!
//! Each vendor has one folder, written from the vendor's public documents and from recorded answers,
//! and is as strict as they are: what the vendor refuses is refused, in the same words; what the vendor
//! delays, reshapes or leaves out is delayed, reshaped and left out. **A simulator that is kinder than
//! the vendor is a defect**, because it lets a client pass that the vendor would not.
//!
//! Around every vendor lie the same shared parts: the [`clock`] that it lives by, the script of
//! [`faults`], the log of its [`traffic`], and a loopback port ([`serve`]). What it is filled with comes
//! from [`people`]: made-up persons with the hard names and numbers that real address books hold.
//!
//! Nothing here ever talks to a real vendor, and nothing here is to be linked into one's way.

pub mod clock;
mod courier;
pub mod drift;
pub mod faults;
pub mod google;
pub mod luck;
pub mod mailchimp;
pub mod normal;
pub mod people;
pub mod salesforce;
pub mod serve;
mod start;
pub mod traffic;

pub use start::{
    Description, DriftDescription, GoogleDescription, MailchimpDescription, SalesforceDescription, Sandbox,
    SandboxConfig,
};

/// A client for tests against a simulator: no proxy, no redirects, plain HTTP, bounded waiting.
#[cfg(test)]
pub(crate) fn test_client() -> reqwest::Client {
    const TIMEOUT_SECONDS: u64 = 20;
    // A second installation is refused, which is fine: the first one stays.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(TIMEOUT_SECONDS))
        .build()
        .unwrap()
}
