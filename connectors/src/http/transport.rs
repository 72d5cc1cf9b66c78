//! One call, with its limits and its retries, knowing nothing of where bearers come from.

use super::answer::{Answer, MAX_BODY_BYTES};
use super::config::HttpConfig;
use super::error::HttpError;
use super::limit::{Bucket, Gate};
use super::request::{Repeat, Request};
use super::retry::{MAX_TIMEOUTS, Verdict, retry_after};
use super::tls;
use crate::auth::Bearer;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::{Instrument, debug, debug_span};

/// One app's wire.
pub(crate) struct Transport {
    config: HttpConfig,
    client: reqwest::Client,
    bucket: Bucket,
    slots: Semaphore,
    gate: Gate,
    calls: AtomicU64,
}

/// Why one attempt failed, before it is decided whether there is another.
enum Failure {
    /// Nothing was done; soon again.
    Throttled { retry_after: Option<Duration> },
    /// Perhaps applied, unless it was never sent.
    Faulty { reason: String, sent: bool, timed_out: bool, retry_after: Option<Duration> },
    /// No other attempt, whatever the request.
    Final(HttpError),
}

/// What is known after some attempts.
#[derive(Default)]
struct Tries {
    attempts: u32,
    timeouts: u32,
    maybe_applied: bool,
    waited: Duration,
}

impl Tries {
    fn note(&mut self, failure: &Failure) {
        self.attempts += 1;
        if let Failure::Faulty { sent, timed_out, .. } = failure {
            self.maybe_applied |= sent;
            self.timeouts += u32::from(*timed_out);
        }
    }
}

impl Transport {
    pub(crate) fn new(config: HttpConfig) -> Result<Self, HttpError> {
        Ok(Self {
            client: tls::client(&config)?,
            bucket: Bucket::new(config.rate),
            slots: Semaphore::new(config.concurrency_calls.max(1)),
            gate: Gate::default(),
            calls: AtomicU64::new(0),
            config,
        })
    }

    /// Attempts made so far.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Sends `request` until it is answered or there is no sense in it any more.
    ///
    /// # Errors
    /// [`HttpError::Auth`] comes without a renewal here, and nothing was done then.
    pub(crate) async fn send(&self, request: &Request, bearer: Option<&Bearer>) -> Result<Answer, HttpError> {
        let span = debug_span!(
            "call",
            app = %self.config.app,
            method = request.method.as_str(),
            path = request.template(),
        );
        self.send_until_settled(request, bearer).instrument(span).await
    }

    async fn send_until_settled(
        &self,
        request: &Request,
        bearer: Option<&Bearer>,
    ) -> Result<Answer, HttpError> {
        let mut delays = self.config.retry.delays();
        let mut tries = Tries::default();
        loop {
            let failure = match self.attempt(request, bearer).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            tries.note(&failure);
            match self.next_wait(&failure, request.repeat, delays.next(), &tries) {
                Some(wait) => {
                    tries.waited += wait;
                    debug!(attempt = tries.attempts, wait_ms = wait.as_millis(), "once more");
                    if let Failure::Throttled { .. } = failure {
                        self.gate.close_for(wait);
                    }
                    tokio::time::sleep(wait).await;
                }
                None => return Err(give_up(failure, request.repeat, &tries)),
            }
        }
    }

    /// How long to wait before the next attempt; `None` if there is none.
    fn next_wait(
        &self,
        failure: &Failure,
        repeat: Repeat,
        delay: Option<Duration>,
        tries: &Tries,
    ) -> Option<Duration> {
        if tries.timeouts >= MAX_TIMEOUTS {
            return None;
        }
        let asked = match failure {
            Failure::Throttled { retry_after } => *retry_after,
            Failure::Faulty { sent: true, .. } if repeat == Repeat::Once => return None,
            Failure::Faulty { retry_after, .. } => *retry_after,
            Failure::Final(_) => return None,
        };
        let wait = delay?.max(asked.unwrap_or(Duration::ZERO));
        if tries.waited.saturating_add(wait) > self.config.retry.max_wait {
            // Nobody else needs to find out again how long it is.
            if let (Failure::Throttled { .. }, Some(asked)) = (failure, asked) {
                self.gate.close_for(asked);
            }
            return None;
        }
        Some(wait)
    }

    async fn attempt(&self, request: &Request, bearer: Option<&Bearer>) -> Result<Answer, Failure> {
        let base = bearer.and_then(Bearer::api_url).unwrap_or(&self.config.base_url);
        let url = request.url(base).map_err(Failure::Final)?;
        let headers = request.header_map().map_err(Failure::Final)?;
        self.wait_for_turn(request).await?;
        let _slot = self.slots.acquire().await.map_err(|_| Failure::closed())?;

        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut call = self.client.request(request.method.into(), url).headers(headers);
        if let Some(bearer) = bearer {
            call = call.header(AUTHORIZATION, bearer.header().clone());
        }
        if let Some(body) = &request.body {
            call = call.header(CONTENT_TYPE, body.content_type).body(body.bytes.clone());
        }
        let response = call.send().await.map_err(|error| Failure::of(&error))?;
        let answer = read(response, self.config.kept_headers).await?;
        let verdict = (self.config.judge)(&answer);
        debug!(status = answer.status(), bytes = answer.body.len(), ?verdict, "answered");
        self.weigh(answer, verdict)
    }

    /// Waits for the gate and for the cells of the rate.
    async fn wait_for_turn(&self, request: &Request) -> Result<(), Failure> {
        let start = Instant::now();
        // Others may close the gate again while we wait; the limit holds for all of it.
        while let Some(wait) = self.gate.closed_for() {
            if start.elapsed() + wait > self.config.retry.max_wait {
                return Err(Failure::Final(HttpError::RateLimited { retry_after: Some(wait) }));
            }
            tokio::time::sleep(wait).await;
        }
        self.bucket.take(request.cost_cells).await;
        Ok(())
    }

    fn weigh(&self, answer: Answer, verdict: Verdict) -> Result<Answer, Failure> {
        match verdict {
            Verdict::Accepted => Ok(answer),
            Verdict::Refused => Err(Failure::Final(HttpError::Refused(answer))),
            Verdict::Unauthorised => Err(Failure::Final(HttpError::Auth {
                reason: format!("HTTP {}", answer.status()),
                hint: crate::auth::renew_hint(&self.config.app),
            })),
            Verdict::Throttled => Err(Failure::Throttled { retry_after: answer.retry_after() }),
            Verdict::Exhausted { pause } => {
                let pause = answer.retry_after().unwrap_or(pause);
                self.gate.close_for(pause);
                Err(Failure::Final(HttpError::RateLimited { retry_after: Some(pause) }))
            }
            Verdict::Faulty => Err(Failure::Faulty {
                reason: format!("HTTP {}", answer.status()),
                sent: true,
                timed_out: false,
                retry_after: answer.retry_after(),
            }),
        }
    }
}

impl Failure {
    /// What the client says of a call without an answer. Only a connection that never came about is proof
    /// that nothing was sent.
    fn of(error: &reqwest::Error) -> Self {
        let (reason, sent) = if error.is_builder() {
            return Failure::Final(HttpError::invalid("the request could not be built"));
        } else if error.is_connect() {
            ("the app could not be reached", false)
        } else if error.is_timeout() {
            ("the app did not answer in time", true)
        } else {
            ("the connection broke", true)
        };
        debug!(reason, "no answer");
        Failure::Faulty { reason: reason.to_owned(), sent, timed_out: error.is_timeout(), retry_after: None }
    }

    fn closed() -> Self {
        Failure::Final(HttpError::invalid("the app's calls were shut down"))
    }
}

/// Reads a response whole, within limits. A body that breaks off leaves it open whether the call was applied.
async fn read(
    mut response: reqwest::Response,
    kept_headers: &'static [&'static str],
) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let headers = kept(response.headers(), kept_headers);
    let retry_after = retry_after(response.headers(), SystemTime::now());
    let too_large = || {
        Failure::Final(HttpError::protocol(format!("HTTP {status} with more than {MAX_BODY_BYTES} bytes")))
    };
    let announced = response.content_length().unwrap_or(0);
    if announced > MAX_BODY_BYTES as u64 {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of(&error))? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, retry_after, headers, body })
}

/// The headers that somebody wants; what is no text is left out.
fn kept(headers: &HeaderMap, names: &'static [&'static str]) -> Vec<(&'static str, String)> {
    let text = |name| Some((name, headers.get(name)?.to_str().ok()?.trim().to_owned()));
    names.iter().copied().filter_map(text).collect()
}

/// What remains to be said when there is no other attempt.
fn give_up(failure: Failure, repeat: Repeat, tries: &Tries) -> HttpError {
    let attempts = tries.attempts;
    let in_doubt = match repeat {
        Repeat::Read => false,
        Repeat::Idempotent | Repeat::Once => tries.maybe_applied,
    };
    match failure {
        Failure::Final(error) => error,
        // An earlier attempt may have been applied, whatever the last one says.
        Failure::Throttled { .. } if in_doubt => {
            HttpError::Unknown { reason: "the app limits our calls".to_owned(), attempts }
        }
        Failure::Throttled { retry_after } => HttpError::RateLimited { retry_after },
        Failure::Faulty { reason, .. } if in_doubt => HttpError::Unknown { reason, attempts },
        Failure::Faulty { reason, .. } => HttpError::Transient { reason, attempts },
    }
}
