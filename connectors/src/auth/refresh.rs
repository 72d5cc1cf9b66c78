//! Fetching an access token, with a refresh token or the client's own name, one at a time.

use super::{
    AcceptApiUrl, Bearer, ClientCredentials, Keeper, RefreshCredentials, TokenOptions, Turn, login_hint,
    renew_hint,
};
use crate::http::{
    Answer, HttpConfig, HttpError, Rate, Repeat, Request, Transport, Verdict, check_base, judge_by_status,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use syntony_core::ids::AppName;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

/// How long before its end an access token is not used any more, in seconds.
const EXPIRY_MARGIN_SECONDS: u64 = 60;
/// How long an access token is taken to last when the vendor does not say, in seconds.
const DEFAULT_LIFETIME_SECONDS: u64 = 3_600;
/// The longest lifetime that is believed, in seconds.
const MAX_LIFETIME_SECONDS: u64 = 366 * 24 * 3_600;
/// How often the token endpoint may be asked, per minute.
const CALLS_PER_MINUTE: u32 = 20;

/// What access tokens are asked for with.
pub(super) struct Grant {
    token_url: Url,
    client_id: String,
    client_secret: SecretString,
    behalf: Behalf,
    /// The refresh token of the configuration, if there is one.
    refresh_token: Option<SecretString>,
}

/// On whose behalf access tokens are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behalf {
    /// A person's, who allowed it: with a refresh token.
    Person,
    /// The client's own.
    Client,
}

impl From<RefreshCredentials> for Grant {
    fn from(given: RefreshCredentials) -> Self {
        let RefreshCredentials { token_url, client_id, client_secret, refresh_token } = given;
        Self { token_url, client_id, client_secret, behalf: Behalf::Person, refresh_token }
    }
}

impl From<ClientCredentials> for Grant {
    fn from(given: ClientCredentials) -> Self {
        let ClientCredentials { token_url, client_id, client_secret } = given;
        Self { token_url, client_id, client_secret, behalf: Behalf::Client, refresh_token: None }
    }
}

/// Turns a grant into access tokens.
pub(super) struct Refresher {
    app: AppName,
    transport: Transport,
    token_url: Url,
    client_id: String,
    client_secret: SecretString,
    behalf: Behalf,
    keeper: Option<Arc<dyn Keeper>>,
    accept_api_url: Option<AcceptApiUrl>,
    state: Mutex<State>,
    /// One permit: whoever refreshes has the turn, and the others wait for exactly the token that the one in
    /// front is fetching.
    turn: Semaphore,
}

struct State {
    /// As last known; `None`: the client stands for itself, or the keeper alone has it.
    refresh_token: Option<SecretString>,
    /// The token that it was exchanged for, if the keeper has yet to be given it: the last try failed.
    unkept_after: Option<SecretString>,
    access: Option<Access>,
    generation: u64,
    scopes: Option<Vec<String>>,
}

struct Access {
    bearer: Bearer,
    until: Instant,
}

/// A turn, while it lasts.
type Given = dyn Turn + 'static;

/// What a token endpoint answers (RFC 6749, 5.1).
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default)]
    expires_in: Lifetime,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    scope: Option<String>,
    /// Where the API is; Salesforce says it, others do not.
    #[serde(default)]
    instance_url: Option<String>,
}

/// What it says when it refuses (RFC 6749, 5.2).
#[derive(Default, Deserialize)]
struct TokenRefusal {
    #[serde(default)]
    error: String,
}

impl Refresher {
    pub(super) fn new(app: AppName, grant: Grant, options: TokenOptions) -> Result<Self, HttpError> {
        let cells = NonZeroU32::new(CALLS_PER_MINUTE).unwrap_or(NonZeroU32::MIN);
        let rate = Rate::per_minute(cells).with_burst(cells);
        let mut config = HttpConfig::new(app.clone(), grant.token_url.clone(), rate);
        config.judge = judge;
        config.retry = options.retry;
        Ok(Self {
            transport: Transport::new(config)?,
            app,
            token_url: grant.token_url,
            client_id: grant.client_id,
            client_secret: grant.client_secret,
            behalf: grant.behalf,
            keeper: options.keeper,
            accept_api_url: options.api_url,
            state: Mutex::new(State {
                refresh_token: grant.refresh_token,
                unkept_after: None,
                access: None,
                generation: 0,
                scopes: None,
            }),
            turn: Semaphore::new(1),
        })
    }

    pub(super) async fn bearer(self: &Arc<Self>) -> Result<Bearer, HttpError> {
        match self.usable(None) {
            Some(bearer) => Ok(bearer),
            None => self.refresh(None).await,
        }
    }

    pub(super) async fn renew(self: &Arc<Self>, refused_generation: u64) -> Result<Bearer, HttpError> {
        match self.usable(Some(refused_generation)) {
            Some(bearer) => Ok(bearer),
            None => self.refresh(Some(refused_generation)).await,
        }
    }

    pub(super) fn granted_scopes(&self) -> Option<Vec<String>> {
        self.lock().scopes.clone()
    }

    /// The bearer at hand, unless it has run out or is the one (or older than the one) that was refused.
    fn usable(&self, refused_generation: Option<u64>) -> Option<Bearer> {
        let state = self.lock();
        let access = state.access.as_ref()?;
        let refused = refused_generation.is_some_and(|refused| access.bearer.generation <= refused);
        (!refused && Instant::now() < access.until).then(|| access.bearer.clone())
    }

    /// Refreshes in a task of its own: a caller that is cancelled must not take a rotated refresh token with
    /// it into the grave.
    async fn refresh(self: &Arc<Self>, refused_generation: Option<u64>) -> Result<Bearer, HttpError> {
        let this = Arc::clone(self);
        let task = tokio::spawn(async move {
            let _turn = this.turn.acquire().await.map_err(|_| HttpError::invalid("the app was shut down"))?;
            match this.usable(refused_generation) {
                Some(bearer) => Ok(bearer),
                None => this.ask_for_token().await,
            }
        });
        task.await.map_err(|_| HttpError::Transient {
            reason: "the refresh of the access token was interrupted".to_owned(),
            attempts: 1,
        })?
    }

    async fn ask_for_token(&self) -> Result<Bearer, HttpError> {
        let mut turn = match &self.keeper {
            Some(keeper) => Some(keeper.turn().await?),
            None => None,
        };
        let refresh_token = match self.behalf {
            Behalf::Person => Some(self.newest(turn.as_deref_mut())?),
            Behalf::Client => None,
        };
        // Google sends no new refresh token, others rotate: asking twice is asking once with a vendor of the
        // first kind. With one of the second, an answer that was lost took the new token with it, and the old one
        // is all there is; some let it pass for a moment. Not repeating at all would lose the connection at
        // every broken wire.
        let grant_type = match self.behalf {
            Behalf::Person => "refresh_token",
            Behalf::Client => "client_credentials",
        };
        let mut form = vec![("grant_type", grant_type), ("client_id", self.client_id.as_str())];
        // A public client has none, and an empty one is a wrong one.
        let secret = Some(self.client_secret.expose_secret()).filter(|secret| !secret.is_empty());
        form.extend(secret.map(|secret| ("client_secret", secret)));
        form.extend(refresh_token.iter().map(|token| ("refresh_token", token.expose_secret())));
        let request = Request::post("", Repeat::Read).form(&form);
        let answer = self.transport.send(&request, None).await.map_err(|error| self.explain(error))?;
        self.accept(answer.json()?, refresh_token, turn.as_deref_mut())
    }

    /// The refresh token to use: what the keeper has, unless it could not keep the one that came after it.
    fn newest(&self, turn: Option<&mut Given>) -> Result<SecretString, HttpError> {
        let (known, unkept_after) = {
            let state = self.lock();
            (state.refresh_token.clone(), state.unkept_after.clone())
        };
        let kept = turn.as_deref().and_then(Turn::newest);
        if let (Some(turn), Some(unkept), Some(before)) = (turn, &known, &unkept_after) {
            // Whoever signed in meanwhile has put another one there, and that one counts.
            if kept.as_ref().is_none_or(|kept| kept.expose_secret() == before.expose_secret()) {
                self.keep(before.clone(), unkept.clone(), Some(turn))?;
                return Ok(unkept.clone());
            }
            self.lock().unkept_after = None;
        }
        kept.or(known).ok_or_else(|| HttpError::Auth {
            reason: format!("nobody has signed in to `{}` yet", self.app),
            hint: login_hint(&self.app),
        })
    }

    /// Keeps a new refresh token. One that cannot be kept is remembered as long as the process lives.
    fn keep(
        &self,
        used: SecretString,
        rotated: SecretString,
        turn: Option<&mut Given>,
    ) -> Result<(), HttpError> {
        let kept = turn.map_or(Ok(()), |turn| turn.keep(&rotated));
        let mut state = self.lock();
        state.refresh_token = Some(rotated);
        state.unkept_after = kept.is_err().then_some(used);
        Ok(kept?)
    }

    /// Takes over an answer, a new refresh token first: whatever else is wrong with the answer, the old one is
    /// used up.
    fn accept(
        &self,
        answer: TokenAnswer,
        used: Option<SecretString>,
        mut turn: Option<&mut Given>,
    ) -> Result<Bearer, HttpError> {
        // A client that stands for itself needs no refresh token, whatever it is given.
        let rotated = answer.refresh_token.filter(|token| !token.is_empty());
        if let (Some(used), Some(rotated)) = (used, rotated) {
            self.keep(used, rotated.into(), turn.as_deref_mut())?;
        }
        let lasts = answer.expires_in.given();
        if let Some(turn) = turn {
            turn.refreshed(lasts);
        }
        let api_url = self.api_url(answer.instance_url.as_deref())?;
        let mut state = self.lock();
        state.generation += 1;
        if let Some(scope) = answer.scope {
            state.scopes = Some(scope.split_whitespace().map(str::to_owned).collect());
        }
        let mut bearer = Bearer::new(&self.app, &SecretString::from(answer.access_token), state.generation)?;
        bearer.api_url = api_url;
        let until = Instant::now() + lifetime(lasts);
        state.access = Some(Access { bearer: bearer.clone(), until });
        Ok(bearer)
    }

    /// Where the API is, if this vendor's token answers say it. An address that the connector does not accept
    /// would carry the bearer to a stranger.
    fn api_url(&self, named: Option<&str>) -> Result<Option<Url>, HttpError> {
        let Some(accept) = self.accept_api_url else { return Ok(None) };
        let url = named
            .and_then(|named| Url::parse(named).ok())
            .ok_or_else(|| HttpError::protocol("the token answer does not say where the API is"))?;
        if check_base(&url).is_err() || !accept(&self.token_url, &url) {
            return Err(HttpError::protocol(
                "the token answer names an API at a host that is not the vendor's",
            ));
        }
        Ok(Some(url))
    }

    /// A refusal of the token endpoint is a matter of credentials, and names the command that mends it.
    fn explain(&self, error: HttpError) -> HttpError {
        match error {
            HttpError::Refused(answer) => HttpError::Auth { reason: reason(&answer), hint: self.hint() },
            HttpError::Invalid { .. }
            | HttpError::Auth { .. }
            | HttpError::RateLimited { .. }
            | HttpError::Transient { .. }
            | HttpError::Unknown { .. }
            | HttpError::Protocol { .. } => error,
        }
    }

    /// What to do when the vendor refuses.
    pub(super) fn hint(&self) -> String {
        match self.behalf {
            Behalf::Person => login_hint(&self.app),
            Behalf::Client => renew_hint(&self.app),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a token lasts, in seconds: a number; at some vendors a number in quotes; at some nothing at all.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Lifetime(serde_json::Value);

impl Lifetime {
    /// What was said, if it makes sense.
    pub(super) fn given(&self) -> Option<Duration> {
        let seconds: f64 = self.0.as_f64().or_else(|| self.0.as_str()?.trim().parse().ok())?;
        let sensible = seconds.is_finite() && seconds > 0.0;
        sensible.then(|| Duration::from_secs_f64(seconds.min(MAX_LIFETIME_SECONDS as f64)))
    }
}

/// How long an access token is used.
fn lifetime(given: Option<Duration>) -> Duration {
    let whole = given.unwrap_or(Duration::from_secs(DEFAULT_LIFETIME_SECONDS));
    // A token that lives shorter than the margin is used for half of its life, not refreshed for every call.
    whole.checked_sub(Duration::from_secs(EXPIRY_MARGIN_SECONDS)).unwrap_or(Duration::ZERO).max(whole / 2)
}

/// The codes of RFC 6749 that are passing (they come with 400 at some vendors), and everything else by status.
/// A 401 here is `invalid_client`: a refusal, not something to renew.
pub(super) fn judge(answer: &Answer) -> Verdict {
    match judge_by_status(answer) {
        Verdict::Unauthorised => Verdict::Refused,
        Verdict::Refused => match code(answer).as_str() {
            "server_error" | "temporarily_unavailable" | "internal_failure" => Verdict::Faulty,
            _ => Verdict::Refused,
        },
        settled @ (Verdict::Accepted | Verdict::Throttled | Verdict::Exhausted { .. } | Verdict::Faulty) => {
            settled
        }
    }
}

fn code(answer: &Answer) -> String {
    answer.json::<TokenRefusal>().unwrap_or_default().error
}

/// The refusal's code, if it looks like one; never its description, which may be anything.
pub(super) fn reason(answer: &Answer) -> String {
    let code = code(answer);
    let is_code = !code.is_empty()
        && code.len() <= 64
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_code { code } else { format!("the token endpoint answers HTTP {}", answer.status()) }
}

#[cfg(test)]
mod lifetimes {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_is_never_used_to_its_last_second_nor_refreshed_for_each_call() {
        for (expires_in, expected) in [
            (json!(3599), 3539.0),
            (json!("7200"), 7140.0),
            (json!(60), 30.0),
            (json!(100), 50.0),
            (json!(null), 3540.0),
            (json!(0), 3540.0),
            (json!(-1), 3540.0),
            (json!("NaN"), 3540.0),
            (json!({}), 3540.0),
        ] {
            let used = lifetime(Lifetime(expires_in.clone()).given());
            assert_eq!(used, Duration::from_secs_f64(expected), "{expires_in}");
        }
        assert!(lifetime(Lifetime(json!(f64::MAX)).given()) < Duration::from_secs(MAX_LIFETIME_SECONDS));
    }
}
