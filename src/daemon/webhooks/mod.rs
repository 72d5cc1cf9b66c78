//! `POST /webhooks/{app}`: verified, stored, answered, and only then acted upon.
//!
//! ```text
//! peer's limit -> app known? -> size, time -> verified by its connector -> app's limit -> inbox (on disk) -> 200 -> nudge
//! ```
//!
//! A webhook says where to look. Nothing of its body is believed, kept or logged beyond the id (or, without one, the
//! address) that it names. Whoever is refused gets an empty answer. A `200` means that it is on disk: a store that cannot be
//! written answers `503`, so that the vendor tries again.

mod doors;
mod gate;
mod nudge;

pub use doors::Doors;
pub use gate::Limits;
pub use nudge::{Burst, LONGEST_WAIT_MS, Nudger, Nudges, QUIET_MS, nudges};

use crate::run::{Clock, Db};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::routing::get;
use doors::Door;
use gate::Gate;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use syntony_connectors::drift::webhook::TOKEN_HEADER;
use syntony_connectors::webhook::{self, Delivery, Hint, Refused};
use syntony_core::ids::AppName;
use syntony_mappings::normalise;
use syntony_state::{OptOut, Tip, Whom};
use tokio::sync::Semaphore;
use url::form_urlencoded;

/// The largest body that is read. Vendors send a few kilobytes.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// How long a body may take to come.
const BODY_TIMEOUT_SECONDS: u64 = 5;
/// How many requests are looked at at once; with [`MAX_BODY_BYTES`] this is all the memory that strangers can take.
const MAX_REQUESTS_AT_ONCE: usize = 64;
/// The part of an address that holds Mailchimp's secret.
const SECRET_PARAMETER: &str = "token";

/// What takes webhooks in.
pub struct Hooks {
    doors: RwLock<Doors>,
    db: Arc<Db>,
    clock: Arc<dyn Clock>,
    nudger: Nudger,
    gate: Gate,
    room: Semaphore,
}

impl Hooks {
    /// Takes in what comes through these doors, stores it in `db` and nudges.
    #[must_use]
    pub fn new(doors: Doors, db: Arc<Db>, clock: Arc<dyn Clock>, nudger: Nudger, limits: Limits) -> Self {
        let (doors, gate) = (RwLock::new(doors), Gate::new(limits));
        Self { doors, db, clock, nudger, gate, room: Semaphore::new(MAX_REQUESTS_AT_ONCE) }
    }

    /// Another configuration holds from now on.
    pub fn replace_doors(&self, doors: Doors) {
        *self.doors.write().unwrap_or_else(PoisonError::into_inner) = doors;
    }

    fn door(&self, app: &AppName) -> Option<Arc<Door>> {
        self.doors.read().unwrap_or_else(PoisonError::into_inner).get(app)
    }

    /// What is to be stored of hints: who, and nothing else.
    fn tips(&self, hints: Vec<Hint>) -> Vec<Tip> {
        let address =
            |address: String| normalise::email::key(&address).map(|key| Whom::Address { address, key });
        let tip = |hint| match hint {
            Hint::Contact(id) => Some(Tip { whom: Whom::Contact(id), opted_out: None }),
            Hint::Address(text) => address(text).map(|whom| Tip { whom, opted_out: None }),
            Hint::OptedOut { whom, source } => {
                let whom = match whom {
                    webhook::Whom::Contact(id) => Some(Whom::Contact(id)),
                    webhook::Whom::Address(text) => address(text),
                };
                // Drift gives no time; it was not after now.
                let opt_out = OptOut { at_ms: self.clock.now_ms(), source: source.to_owned() };
                whom.map(|whom| Tip { whom, opted_out: Some(opt_out) })
            }
            Hint::Feed => None,
        };
        hints.into_iter().filter_map(tip).collect()
    }
}

/// The routes, for the daemon to mount. The peer's address is taken from [`ConnectInfo`]; served without it, all peers are one.
pub fn router(hooks: Arc<Hooks>) -> Router {
    Router::new().route("/webhooks/{app}", get(question).post(take_in)).with_state(hooks)
}

/// What became of a request. Each is an empty answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Stored, or nothing to store.
    Taken,
    /// There is no such app, or it takes none.
    NobodyHere,
    /// Not the vendor's.
    Forged,
    /// The vendor's secret, and nothing that can be understood.
    Malformed,
    /// Too large.
    TooLarge,
    /// Too slow.
    TooSlow,
    /// Too many.
    TooMany,
    /// It cannot be stored now, or there is no room to look at it.
    NotNow,
}

impl From<Verdict> for StatusCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Taken => StatusCode::OK,
            Verdict::NobodyHere => StatusCode::NOT_FOUND,
            Verdict::Forged => StatusCode::UNAUTHORIZED,
            Verdict::Malformed => StatusCode::BAD_REQUEST,
            Verdict::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Verdict::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Verdict::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Verdict::NotNow => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// `GET` and `HEAD`: Mailchimp asks whether somebody is there before it takes the address.
async fn question(State(hooks): State<Arc<Hooks>>, request: Request) -> StatusCode {
    let (parts, _) = request.into_parts();
    if !hooks.gate.lets_in(peer(parts.extensions.get())) {
        return Verdict::TooMany.into();
    }
    let door = parts.uri.path().strip_prefix("/webhooks/").and_then(|app| hooks.door(&AppName::new(app)));
    let secret = url_secret(&parts.uri);
    match door {
        Some(door) if door.answers_questions(secret.as_deref().map(str::as_bytes)) => Verdict::Taken.into(),
        Some(_) | None => Verdict::NobodyHere.into(),
    }
}

/// `POST`.
async fn take_in(State(hooks): State<Arc<Hooks>>, Path(app): Path<String>, request: Request) -> StatusCode {
    let app = AppName::new(app);
    let verdict = judge(&hooks, &app, request).await.unwrap_or_else(|refusal| refusal);
    if verdict != Verdict::Taken && verdict != Verdict::NobodyHere {
        tracing::debug!(%app, ?verdict, "a webhook was not taken in");
    }
    verdict.into()
}

async fn judge(hooks: &Arc<Hooks>, app: &AppName, request: Request) -> Result<Verdict, Verdict> {
    let (parts, body) = request.into_parts();
    if !hooks.gate.lets_in(peer(parts.extensions.get())) {
        return Err(Verdict::TooMany);
    }
    let door = hooks.door(app).ok_or(Verdict::NobodyHere)?;
    let _room = hooks.room.try_acquire().map_err(|_| Verdict::NotNow)?;
    let body = read(&parts.headers, body).await?;
    let secret = url_secret(&parts.uri);
    let delivery = Delivery {
        body: &body,
        token_header: parts.headers.get(TOKEN_HEADER).map(header::HeaderValue::as_bytes),
        url_secret: secret.as_deref().map(str::as_bytes),
    };
    let hints = door.read(delivery).map_err(|refused| match refused {
        Refused::Forged => Verdict::Forged,
        Refused::Malformed => Verdict::Malformed,
    })?;
    if !body.is_empty() && !is_of_type(&parts.headers, door.content_type()) {
        return Err(Verdict::Malformed);
    }
    if hints.is_empty() {
        return Ok(Verdict::Taken);
    }
    if !hooks.gate.takes(app) {
        // The vendor may not try again, so that it is made up for by reading everything.
        store(hooks, app, Vec::new(), Room::None).await?;
        return Err(Verdict::TooMany);
    }
    let tips = hooks.tips(hints);
    store(hooks, app, tips, Room::Inbox).await?;
    hooks.nudger.nudge(app);
    Ok(Verdict::Taken)
}

/// Where tips go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// Into the inbox.
    Inbox,
    /// Nowhere: the app is to be read completely.
    None,
}

/// Stores tips; when this returns they are on disk.
async fn store(hooks: &Arc<Hooks>, app: &AppName, tips: Vec<Tip>, room: Room) -> Result<(), Verdict> {
    if tips.is_empty() && room == Room::Inbox {
        return Ok(());
    }
    let (db, name) = (Arc::clone(&hooks.db), app.clone());
    // The disk is waited for on a thread that may wait.
    let work = move || {
        db.with(|store| match room {
            Room::Inbox => store.receive(&name, &tips).map(|received| received.overflowed),
            Room::None => store.want_full_look(&name).map(|()| 1),
        })
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(0)) => Ok(()),
        Ok(Ok(_)) => {
            tracing::info!(%app, "more webhooks came than can be kept; the next run reads the app completely");
            Ok(())
        }
        Ok(Err(error)) => {
            tracing::error!(%app, %error, "a webhook could not be stored");
            Err(Verdict::NotNow)
        }
        Err(_) => Err(Verdict::NotNow),
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Verdict> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: usize| bytes > MAX_BODY_BYTES) {
        return Err(Verdict::TooLarge);
    }
    let timeout = Duration::from_secs(BODY_TIMEOUT_SECONDS);
    match tokio::time::timeout(timeout, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // Or it broke off; then nobody reads the answer.
        Ok(Err(_)) => Err(Verdict::TooLarge),
        Err(_) => Err(Verdict::TooSlow),
    }
}

fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}

fn url_secret(uri: &Uri) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.find(|(key, _)| key == SECRET_PARAMETER).map(|(_, value)| value.into_owned())
}

fn peer(info: Option<&ConnectInfo<SocketAddr>>) -> Option<IpAddr> {
    info.map(|ConnectInfo(address)| address.ip())
}
