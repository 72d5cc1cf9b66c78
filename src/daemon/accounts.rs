//! Whether an app may be called at the moment: a circuit breaker for each account, shared by its connections.
//!
//! It opens after some failures in a row; when its wait is over, the first run that has the app's
//! [turn](super::turns) is the probe, and all others wait for what comes of it. A vendor that says when it wants to be
//! asked again is not asked before. An app that refuses its credentials is not asked at all until there are others.

use super::backoff;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use syntony_core::ids::AppName;

/// Failures in a row that open the breaker.
pub(super) const MAX_FAILURES: u32 = 3;
/// A vendor's wish to be left alone is believed up to here.
const MAX_RETRY_AFTER_MS: i64 = 24 * 60 * 60 * 1000;

/// Whether an app may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Yes.
    Open,
    /// Not before this moment, in milliseconds since 1970.
    NotBefore(i64),
    /// Not with these credentials.
    Refused,
}

/// How an account stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Account {
    failures: u32,
    not_before_ms: Option<i64>,
    refused: bool,
}

/// All accounts.
#[derive(Debug, Default)]
pub(super) struct Accounts(Mutex<BTreeMap<AppName, Account>>);

impl Accounts {
    /// Whether `app` may be called now.
    #[must_use]
    pub(super) fn gate(&self, app: &AppName, now_ms: i64) -> Gate {
        match self.lock().get(app) {
            Some(Account { refused: true, .. }) => Gate::Refused,
            // No wait is longer than the longest: a clock that was set back must not prolong it.
            Some(Account { not_before_ms: Some(until_ms), .. })
                if *until_ms > now_ms && *until_ms - now_ms <= MAX_RETRY_AFTER_MS =>
            {
                Gate::NotBefore(*until_ms)
            }
            Some(_) | None => Gate::Open,
        }
    }

    /// A run that used the app got through.
    pub(super) fn worked(&self, app: &AppName) {
        self.lock().remove(app);
    }

    /// The app did not answer as it should.
    pub(super) fn failed(&self, app: &AppName, now_ms: i64) {
        let mut accounts = self.lock();
        let account = accounts.entry(app.clone()).or_default();
        account.failures = account.failures.saturating_add(1);
        if account.failures >= MAX_FAILURES {
            let wait_ms = backoff::wait_ms(app.as_str(), account.failures - MAX_FAILURES + 1);
            account.not_before_ms = Some(now_ms.saturating_add(wait_ms));
        }
    }

    /// The app wants no calls for now. That is no failure, but where it does not say for how long it is waited for
    /// like one.
    pub(super) fn limited(&self, app: &AppName, now_ms: i64, retry_after: Option<Duration>) {
        let mut accounts = self.lock();
        let account = accounts.entry(app.clone()).or_default();
        let wait_ms = match retry_after {
            Some(wait) => i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).min(MAX_RETRY_AFTER_MS),
            None => {
                account.failures = account.failures.saturating_add(1);
                backoff::wait_ms(app.as_str(), account.failures)
            }
        };
        account.not_before_ms = Some(now_ms.saturating_add(wait_ms));
    }

    /// The app refuses the credentials.
    pub(super) fn refused(&self, app: &AppName) {
        self.lock().entry(app.clone()).or_default().refused = true;
    }

    /// There are other credentials, or somebody says that it goes again.
    pub(super) fn mended(&self, app: &AppName) {
        if let Some(account) = self.lock().get_mut(app) {
            account.refused = false;
        }
    }

    /// The configuration was read anew: whatever was refused may be right now.
    pub(super) fn mended_all(&self) {
        self.lock().values_mut().for_each(|account| account.refused = false);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AppName, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breaker_opens_after_failures_and_closes_with_a_success() {
        let (accounts, app) = (Accounts::default(), AppName::new("chat"));
        for _ in 1..MAX_FAILURES {
            accounts.failed(&app, 0);
            assert_eq!(accounts.gate(&app, 0), Gate::Open);
        }
        accounts.failed(&app, 0);
        let Gate::NotBefore(until_ms) = accounts.gate(&app, 0) else { panic!("open") };
        assert_eq!(accounts.gate(&app, until_ms), Gate::Open, "half open: one may try");
        accounts.failed(&app, until_ms);
        let Gate::NotBefore(later_ms) = accounts.gate(&app, until_ms) else { panic!("open") };
        assert!(later_ms - until_ms > until_ms, "it waits longer after a probe that failed");
        accounts.worked(&app);
        assert_eq!(accounts.gate(&app, until_ms), Gate::Open);
        assert_eq!(accounts.gate(&AppName::new("book"), 0), Gate::Open, "nobody else's business");
    }

    #[test]
    fn a_vendor_that_says_when_is_not_asked_before() {
        let (accounts, app) = (Accounts::default(), AppName::new("chat"));
        for (wait_seconds, expected_ms) in [(90, 90_000), (10_000_000_000, MAX_RETRY_AFTER_MS)] {
            accounts.limited(&app, 0, Some(Duration::from_secs(wait_seconds)));
            assert_eq!(accounts.gate(&app, 0), Gate::NotBefore(expected_ms));
            assert_eq!(accounts.gate(&app, expected_ms), Gate::Open);
        }
    }

    #[test]
    fn refused_credentials_stay_refused_until_there_are_others() {
        let (accounts, app) = (Accounts::default(), AppName::new("chat"));
        accounts.refused(&app);
        accounts.failed(&app, 0);
        assert_eq!(accounts.gate(&app, i64::MAX), Gate::Refused);
        accounts.mended(&app);
        assert_eq!(accounts.gate(&app, 0), Gate::Open);
    }

    #[test]
    fn a_clock_set_back_prolongs_no_wait_for_ever() {
        let (accounts, app) = (Accounts::default(), AppName::new("chat"));
        let now_ms = 100 * MAX_RETRY_AFTER_MS;
        accounts.limited(&app, now_ms, Some(Duration::from_secs(90)));
        assert_eq!(accounts.gate(&app, 0), Gate::Open);
    }
}
