//! Scripted misbehaviour: what a vendor does on a bad day, on request and in a known order.
//!
//! A [`Faults`] handle is shared by one simulator and whoever scripts it. It never changes what a vendor
//! stores; it refuses calls, drops connections, or delays. The same script and the same sequence of
//! calls give the same faults: nothing here asks a random source or a clock.

mod spec;

use axum::http::Method;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The vendor refuses, in its own words; nothing is applied.
    Refuse(Refusal),
    /// This very answer; nothing is applied. For bodies that only a test knows of.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body, sent as `application/json`.
        body: String,
        /// Seconds in a `Retry-After` header, if there is to be one.
        retry_after_seconds: Option<u32>,
    },
    /// A proxy's HTML page with status 502; nothing is applied.
    Html,
    /// The connection breaks before anything is applied.
    DropBefore,
    /// The call is applied, and the connection breaks before the answer.
    DropAfter,
    /// The answer comes late by this many milliseconds, and is right.
    Slow {
        /// How late.
        ms: u64,
    },
}

/// A refusal that each vendor words in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many calls (429).
    RateLimited {
        /// Seconds in the `Retry-After` header, if there is to be one.
        retry_after_seconds: Option<u32>,
    },
    /// The vendor's own failure, with this status: 500 and above.
    ServerError(u16),
    /// The access token is not valid any more (401).
    ExpiredToken,
    /// The change cursor of this call is not valid any more. Calls without a cursor are not concerned.
    ExpiredCursor,
}

/// Which calls a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Calls {
    /// All of them.
    Any,
    /// Those that read: `GET`.
    Reads,
    /// Those that may change something: all but `GET`.
    Writes,
    /// One route, by method and path template as the simulator's documents write it.
    Route(Method, String),
}

/// Which of those calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The next so many.
    Next(u32),
    /// Each so-manieth: 20 hits the 20th, the 40th and so on. Zero never comes.
    Every(u32),
    /// All but the first so many: what breaks in the middle, and stays broken.
    After(u32),
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// About which calls.
    pub calls: Calls,
    /// Which of them.
    pub when: When,
    /// What happens to them.
    pub fault: Fault,
}

/// The script of one simulator. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Script>);

#[derive(Debug, Default)]
struct Script {
    rules: Mutex<Vec<Running>>,
    lag_ms: AtomicU64,
    normalise: AtomicBool,
}

/// A rule and how many of its calls have come.
#[derive(Debug)]
struct Running {
    rule: Rule,
    seen_calls: u64,
}

impl Faults {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads the text form, for example `429/20,503@writes/50,drop-after*1,lag=10000`: see
    /// [`Faults::SPEC_HELP`].
    ///
    /// # Errors
    /// Says which part could not be understood, and what can stand there.
    pub fn parse(spec: &str) -> Result<Self, String> {
        let faults = Self::none();
        faults.extend(spec)?;
        Ok(faults)
    }

    /// Adds what the text form says to what goes wrong already.
    ///
    /// # Errors
    /// As for [`Faults::parse`]; the parts before the one that is not understood are added.
    pub fn extend(&self, spec: &str) -> Result<(), String> {
        for part in spec.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match spec::part(part)? {
                spec::Part::Rule(rule) => self.add(rule),
                spec::Part::Lag { ms } => self.set_lag_ms(ms),
                spec::Part::Normalise => self.set_normalise(true),
            }
        }
        Ok(())
    }

    /// The text form, explained for people.
    pub const SPEC_HELP: &'static str = spec::HELP;

    /// Another script with the same rules, none of them begun: two simulators of one specification must
    /// not count each other's calls.
    #[must_use]
    pub fn fresh_copy(&self) -> Self {
        let copy = Self::none();
        for running in self.rules().iter() {
            copy.add(running.rule.clone());
        }
        copy.set_lag_ms(self.lag_ms());
        copy.set_normalise(self.normalise());
        copy
    }

    /// Appends a rule. The first rule that hits a call decides; all of them count it.
    pub fn add(&self, rule: Rule) {
        self.rules().push(Running { rule, seen_calls: 0 });
    }

    /// This fault for the next call of all, whichever it is.
    pub fn once(&self, fault: Fault) {
        self.add(Rule { calls: Calls::Any, when: When::Next(1), fault });
    }

    /// This fault for the next `times` calls of one route.
    pub fn on(&self, method: Method, template: &str, times: u32, fault: Fault) {
        self.add(Rule { calls: Calls::Route(method, template.to_owned()), when: When::Next(times), fault });
    }

    /// Forgets all rules; lag and normalising stay.
    pub fn clear(&self) {
        self.rules().clear();
    }

    /// How much later than a write the vendor's change feed shows it.
    #[must_use]
    pub fn lag_ms(&self) -> u64 {
        self.0.lag_ms.load(Ordering::SeqCst)
    }

    /// Sets [`Faults::lag_ms`].
    pub fn set_lag_ms(&self, ms: u64) {
        self.0.lag_ms.store(ms, Ordering::SeqCst);
    }

    /// Whether the vendor reshapes what is written to it beyond what its documents say: see
    /// [`crate::normal`].
    #[must_use]
    pub fn normalise(&self) -> bool {
        self.0.normalise.load(Ordering::SeqCst)
    }

    /// Sets [`Faults::normalise`].
    pub fn set_normalise(&self, on: bool) {
        self.0.normalise.store(on, Ordering::SeqCst);
    }

    /// What happens to this call. Counts it, so it is asked once for each call. `concerns` says whether
    /// a fault can happen to this call at all.
    pub fn strike(
        &self,
        method: &Method,
        template: &str,
        concerns: impl Fn(&Fault) -> bool,
    ) -> Option<Fault> {
        let mut hit = None;
        for running in self.rules().iter_mut() {
            if !running.rule.calls.include(method, template) || !concerns(&running.rule.fault) {
                continue;
            }
            if hit.is_some() && matches!(running.rule.when, When::Next(_)) {
                continue; // the next one is still to come: another rule took this call
            }
            running.seen_calls += 1;
            if hit.is_none() && running.rule.when.hits(running.seen_calls) {
                hit = Some(running.rule.fault.clone());
            }
        }
        hit
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Running>> {
        self.0.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    fn include(&self, method: &Method, template: &str) -> bool {
        match self {
            Calls::Any => true,
            Calls::Reads => method == Method::GET,
            Calls::Writes => method != Method::GET,
            Calls::Route(wanted, path) => wanted == method && path == template,
        }
    }
}

impl When {
    /// `nth` counts from 1.
    fn hits(self, nth: u64) -> bool {
        match self {
            When::Next(times) => nth <= u64::from(times),
            When::Every(0) => false,
            When::Every(period) => nth.is_multiple_of(u64::from(period)),
            When::After(well) => nth > u64::from(well),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER_ERROR: Fault = Fault::Refuse(Refusal::ServerError(500));

    /// How each of the next calls ends, `.` for well.
    fn check(faults: &Faults, calls: &[(Method, &str)], expected: &str) {
        let told: String = calls
            .iter()
            .map(|(method, template)| match faults.strike(method, template, |_| true) {
                None => '.',
                Some(Fault::DropAfter) => 'd',
                Some(Fault::Refuse(_)) => 'r',
                Some(other) => panic!("not scripted: {other:?}"),
            })
            .collect();
        assert_eq!(told, expected);
    }

    fn gets(count: usize) -> Vec<(Method, &'static str)> {
        vec![(Method::GET, "/contacts"); count]
    }

    #[test]
    fn every_third_call_is_every_third_call() {
        let faults = Faults::none();
        faults.add(Rule { calls: Calls::Any, when: When::Every(3), fault: SERVER_ERROR });
        check(&faults, &gets(7), "..r..r.");
    }

    #[test]
    fn what_breaks_after_two_calls_stays_broken() {
        let faults = Faults::none();
        faults.add(Rule { calls: Calls::Any, when: When::After(2), fault: SERVER_ERROR });
        check(&faults, &gets(5), "..rrr");
    }

    #[test]
    fn a_rule_for_one_route_leaves_the_others_alone() {
        let faults = Faults::none();
        faults.on(Method::POST, "/contacts", 1, Fault::DropAfter);
        let post = (Method::POST, "/contacts");
        check(&faults, &[(Method::GET, "/contacts"), post.clone(), post], ".d.");
    }

    #[test]
    fn two_faults_for_the_next_call_hit_two_calls() {
        let faults = Faults::none();
        faults.once(SERVER_ERROR);
        faults.once(Fault::DropAfter);
        check(&faults, &gets(3), "rd.");
    }

    #[test]
    fn a_fault_that_does_not_concern_a_call_waits_for_one_that_it_does() {
        let faults = Faults::none();
        faults.once(SERVER_ERROR);
        assert_eq!(faults.strike(&Method::GET, "/contacts", |_| false), None);
        check(&faults, &gets(2), "r.");
    }

    #[test]
    fn a_fresh_copy_does_not_share_the_count() {
        let faults = Faults::parse("500/2,lag=5,normalise").unwrap();
        check(&faults, &gets(1), ".");
        let copy = faults.fresh_copy();
        check(&copy, &gets(2), ".r");
        check(&faults, &gets(1), "r");
        assert_eq!((copy.lag_ms(), copy.normalise()), (5, true));
    }
}
