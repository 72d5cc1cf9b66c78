//! The HTTP that every connector speaks: one place for limits, retries, time-outs and size checks.
//!
//! A connector builds a [`Request`] and says how it may be repeated ([`Repeat`]); [`Http::send`] gives an
//! [`Answer`] or an [`HttpError`] that says what is known of the call.
//!
//! Invariants:
//! - a request is a path below the base URL (the configured one, or one that the token endpoint named and the
//!   vendor's connector accepted), so the bearer cannot reach another host; redirects are off;
//! - a call that may have been applied and must not be repeated is never repeated ([`HttpError::Unknown`]);
//! - there is no way to say DELETE;
//! - every wait, attempt, body and page has a limit;
//! - no query value, header or body is ever logged or put into an error.

mod answer;
mod client;
mod config;
mod error;
#[cfg(test)]
pub(crate) mod hostile;
mod limit;
mod page;
mod request;
mod retry;
#[cfg(test)]
pub(crate) mod scripted;
#[cfg(test)]
mod tests;
mod tls;
mod transport;

pub use answer::{Answer, MAX_BODY_BYTES};
pub use client::Http;
pub use config::{
    CONNECT_TIMEOUT_SECONDS, DEFAULT_CONCURRENCY_CALLS, HttpConfig, READ_TIMEOUT_SECONDS, Rate,
    TOTAL_TIMEOUT_SECONDS, Timeouts,
};
pub use error::HttpError;
pub use page::{MAX_PAGES, Paged, Trail, collect_pages};
pub use request::{Method, Repeat, Request};
pub use retry::{Judge, MAX_ATTEMPTS, MAX_WAIT_SECONDS, RetryPolicy, Verdict, judge_by_status};
pub(crate) use tls::check_base;
pub(crate) use transport::Transport;
