//! The place on this machine that a browser is sent back to.
//!
//! It listens on loopback alone, while a sign-in waits, and closes with the first answer that carries its mark. It
//! tells the browser a fixed sentence and never repeats anything it was sent. Other programs on this machine can
//! knock as well: without the mark they get nothing, and after some knocks the sign-in is called off.

use super::{AnswerError, Code, SignIn};
use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use url::{Host, Url};

/// How many answers without the mark are put up with.
const MAX_STRAY_ANSWERS: u32 = 32;
/// How long the browser may take to read its page after the answer, in milliseconds.
const FAREWELL_TIMEOUT_MS: u64 = 2_000;
/// What every page forbids: it holds nothing but words, and the address with the code goes nowhere.
const PAGE_HEADERS: [(header::HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=UTF-8"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONNECTION, "close"),
];

/// Listens, and has not been asked yet.
pub struct Loopback {
    listeners: Vec<TcpListener>,
    redirect_url: Url,
}

/// Why nobody can be sent back here.
#[derive(Debug, thiserror::Error)]
pub enum LoopbackError {
    /// The address is not one of this machine's own.
    #[error("{0} is not an http address of this machine")]
    Elsewhere(Url),
    /// The port is taken.
    #[error("nothing can listen at {0}: {1}")]
    Io(Url, std::io::Error),
    /// Somebody knocks and knocks.
    #[error(
        "{MAX_STRAY_ANSWERS} answers came that were not this sign-in's: something on this machine interferes"
    )]
    Besieged,
    /// An answer with the mark, and not a yes.
    #[error(transparent)]
    Answer(AnswerError),
}

/// What the handlers share. The sign-in is over with the first answer that carries its mark.
struct Waiting {
    sign_in: Arc<SignIn>,
    path: String,
    strays: AtomicU32,
    done: Mutex<Option<oneshot::Sender<Result<Code, LoopbackError>>>>,
}

impl Loopback {
    /// Listens where `redirect_url` leads: `http` with a loopback address or `localhost`. Port 0 takes a free one.
    ///
    /// # Errors
    /// [`LoopbackError::Elsewhere`] and [`LoopbackError::Io`].
    pub async fn bind(redirect_url: &Url) -> Result<Self, LoopbackError> {
        let elsewhere = || LoopbackError::Elsewhere(redirect_url.clone());
        let port = redirect_url.port_or_known_default().ok_or_else(elsewhere)?;
        let (first, also): (SocketAddr, Option<SocketAddr>) = match redirect_url.host() {
            _ if redirect_url.scheme() != "http" => return Err(elsewhere()),
            Some(Host::Ipv4(address)) if address.is_loopback() => ((address, port).into(), None),
            Some(Host::Ipv6(address)) if address.is_loopback() => ((address, port).into(), None),
            // A browser may try either; the other one must not be left to somebody else.
            Some(Host::Domain("localhost")) => {
                ((Ipv4Addr::LOCALHOST, port).into(), Some((Ipv6Addr::LOCALHOST, port).into()))
            }
            Some(Host::Ipv4(_) | Host::Ipv6(_) | Host::Domain(_)) | None => return Err(elsewhere()),
        };
        let io = |error| LoopbackError::Io(redirect_url.clone(), error);
        let mut listeners = vec![TcpListener::bind(first).await.map_err(io)?];
        if let Some(also) = also {
            match TcpListener::bind(also).await {
                Ok(listener) => listeners.push(listener),
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => return Err(io(error)),
                // There is no IPv6 on this machine.
                Err(_) => {}
            }
        }
        let mut redirect_url = redirect_url.clone();
        if port == 0 {
            let local = listeners.first().map(TcpListener::local_addr).transpose().map_err(io)?;
            // The port of an http address with a host can always be set.
            let _ = redirect_url.set_port(local.map(|address| address.port()));
        }
        Ok(Self { listeners, redirect_url })
    }

    /// Where the browser is to be sent, with the port that was taken.
    #[must_use]
    pub fn redirect_url(&self) -> &Url {
        &self.redirect_url
    }

    /// Waits for the answer to `sign_in`, as long as the caller lets it.
    ///
    /// # Errors
    /// The answer is not a yes, or too many came that are not this sign-in's.
    pub async fn answer(self, sign_in: Arc<SignIn>) -> Result<Code, LoopbackError> {
        let (done, answered) = oneshot::channel();
        let waiting = Arc::new(Waiting {
            sign_in,
            path: self.redirect_url.path().to_owned(),
            strays: AtomicU32::new(0),
            done: Mutex::new(Some(done)),
        });
        // Dropped with this future: nobody listens for longer than somebody waits.
        let (close, _) = watch::channel(());
        let mut servers = tokio::task::JoinSet::new();
        for listener in self.listeners {
            let router = Router::new().fallback(receive).with_state(Arc::clone(&waiting));
            let mut closed = close.subscribe();
            let until = async move {
                let _ = closed.changed().await;
            };
            servers.spawn(async move { axum::serve(listener, router).with_graceful_shutdown(until).await });
        }
        drop(waiting);
        let answer = answered.await.unwrap_or(Err(LoopbackError::Answer(AnswerError::Empty)));
        drop(close);
        let farewell = async { while servers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_millis(FAREWELL_TIMEOUT_MS), farewell).await;
        answer
    }
}

/// One request of a browser, or of whoever else.
async fn receive(
    State(waiting): State<Arc<Waiting>>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    if request.uri().path() != waiting.path || request.method() != Method::GET {
        return page(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    match waiting.sign_in.read(query.as_deref().unwrap_or_default()) {
        Err(AnswerError::Stray { .. }) => waiting.stray(),
        Ok(code) => {
            waiting.end(Ok(code), "Syntony has the answer. Go on in the terminal; this page can be closed.")
        }
        Err(error) => waiting.end(
            Err(LoopbackError::Answer(error)),
            "Syntony was not let in. The terminal says more; this page can be closed.",
        ),
    }
}

impl Waiting {
    /// Hands the answer over, once.
    fn end(&self, answer: Result<Code, LoopbackError>, words: &str) -> Response {
        match self.done.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(done) => {
                let _ = done.send(answer);
                page(StatusCode::OK, words)
            }
            None => page(StatusCode::GONE, "This sign-in is over."),
        }
    }

    fn stray(&self) -> Response {
        if self.strays.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_STRAY_ANSWERS {
            return self.end(Err(LoopbackError::Besieged), "This sign-in was called off.");
        }
        page(StatusCode::BAD_REQUEST, "This is not the answer to the sign-in that waits here.")
    }
}

fn page(status: StatusCode, words: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"UTF-8\"><title>Syntony</title><p>{words}</p></html>\n"
    );
    (status, PAGE_HEADERS, html).into_response()
}
