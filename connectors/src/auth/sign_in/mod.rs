//! Signing in: a person allows it in a browser, and a code comes back that is exchanged for tokens
//! (RFC 6749, 4.1, with PKCE, RFC 7636, and a redirect to this machine, RFC 8252).
//!
//! Invariants: an answer counts only with the mark that this sign-in drew, and once; the code is exchanged at the
//! configured token endpoint alone, with the verifier that never left this process; no code, mark, token or text of
//! the vendor's is in any error or log, codes of RFC 6749 apart.

mod exchange;
mod loopback;
#[cfg(test)]
mod tests;

pub use exchange::{Granted, revoke};
pub use loopback::{Loopback, LoopbackError};

use super::proof::{Mark, Verifier};
use crate::http::{HttpError, check_base};
use secrecy::SecretString;
use std::fmt;
use syntony_core::ids::AppName;
use url::{Url, form_urlencoded};

/// The longest answer of a browser that is read, in bytes.
pub const MAX_ANSWER_BYTES: usize = 16 * 1024;
/// The longest code of RFC 6749's kind that is repeated to people, in characters.
const MAX_CODE_CHARS: usize = 64;

/// What a vendor has to be told to let somebody sign in.
#[derive(Clone)]
pub struct Client {
    /// The app's name in the configuration.
    pub app: AppName,
    /// The page where a person allows it.
    pub authorize_url: Url,
    /// Where the code is exchanged.
    pub token_url: Url,
    /// The client's id.
    pub client_id: String,
    /// The client's secret; empty for a public client.
    pub client_secret: SecretString,
    /// What is asked for beside the standard's parameters: the scope, if the vendor wants one here, and what else
    /// makes it give a refresh token.
    pub parameters: Vec<(&'static str, String)>,
}

/// One sign-in that waits for its answer.
pub struct SignIn {
    client: Client,
    redirect_url: Url,
    mark: Mark,
    verifier: Verifier,
}

/// What came back with the mark: good for one exchange.
pub struct Code(SecretString);

impl fmt::Debug for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Code(…)")
    }
}

/// Why an answer is no yes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is not the answer to this sign-in; whoever sent it. The sign-in goes on waiting.
    #[error("that is not the answer to this sign-in{}", said(.code.as_deref()))]
    Stray {
        /// What it says of an error, if it looks like a code of the standard's. Nobody vouches for it.
        code: Option<String>,
    },
    /// The person said no.
    #[error("access was not allowed on the vendor's page")]
    Denied,
    /// The vendor did.
    #[error("the vendor's page refuses{}", said(.code.as_deref()))]
    Refused {
        /// Its code.
        code: Option<String>,
    },
    /// The mark, and neither a code nor an error.
    #[error("the vendor's page sent an answer without a code")]
    Empty,
}

fn said(code: Option<&str>) -> String {
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}

impl SignIn {
    /// A new one, whose answer is to come to `redirect_url`.
    ///
    /// # Errors
    /// [`HttpError::Invalid`] if an endpoint must not be spoken to, or there is no randomness.
    pub fn begin(client: Client, redirect_url: Url) -> Result<Self, HttpError> {
        check_base(&client.authorize_url)?;
        check_base(&client.token_url)?;
        Ok(Self { client, redirect_url, mark: Mark::draw()?, verifier: Verifier::draw()? })
    }

    /// The address to open in a browser. Whoever knows it can answer this sign-in, and learns nothing from it.
    ///
    /// # Errors
    /// [`HttpError::Invalid`] if there is no hash.
    pub fn address(&self) -> Result<Url, HttpError> {
        let mut url = self.client.authorize_url.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.client_id)
            .append_pair("redirect_uri", self.redirect_url.as_str())
            .append_pair("state", self.mark.text())
            // Who does not know this parameter ignores it (RFC 6749, 3.1).
            .append_pair("code_challenge", &self.verifier.challenge()?)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(&self.client.parameters);
        Ok(url)
    }

    /// Reads an answer: the query of the address that the browser was sent back to.
    ///
    /// # Errors
    /// It is not the answer, or not a yes.
    pub fn read(&self, query: &str) -> Result<Code, AnswerError> {
        if query.len() > MAX_ANSWER_BYTES {
            return Err(AnswerError::Stray { code: None });
        }
        // Drift's documents join the parameters with a second question mark
        // (<https://devdocs.drift.com/docs/authentication-and-scopes>). In a query of ours there is none.
        let query = query.replace('?', "&");
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let named = |name: &str| {
            let mut values = pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
            // A parameter must not come twice (RFC 6749, 3.1): which of them would count?
            values.next().filter(|value| !value.is_empty() && values.next().is_none())
        };
        let error = named("error");
        if !named("state").is_some_and(|mark| self.mark.is(mark)) {
            return Err(AnswerError::Stray { code: error.and_then(plain_code) });
        }
        match (error, named("code")) {
            (Some("access_denied"), _) => Err(AnswerError::Denied),
            (Some(error), _) => Err(AnswerError::Refused { code: plain_code(error) }),
            (None, Some(code)) => Ok(Code(code.into())),
            (None, None) => Err(AnswerError::Empty),
        }
    }

    /// Reads what a person pasted: the whole address that the browser was sent back to.
    ///
    /// # Errors
    /// See [`SignIn::read`].
    pub fn read_pasted(&self, text: &str) -> Result<Code, AnswerError> {
        match text.trim().split_once('?') {
            Some((_, query)) => self.read(query.split('#').next().unwrap_or_default()),
            None => Err(AnswerError::Stray { code: None }),
        }
    }
}

/// An error's code if it looks like one of RFC 6749; never its description, which may be anything.
fn plain_code(text: &str) -> Option<String> {
    let plain = !text.is_empty()
        && text.len() <= MAX_CODE_CHARS
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    plain.then(|| text.to_owned())
}
