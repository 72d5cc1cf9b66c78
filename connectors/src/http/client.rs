//! The wire with its bearer: what connectors use.

use super::answer::Answer;
use super::config::HttpConfig;
use super::error::HttpError;
use super::request::Request;
use super::transport::Transport;
use crate::auth::TokenSource;
use std::sync::Arc;

/// One app's API. Cheap to clone; clones share the limits, the bearer and the count of calls.
#[derive(Clone)]
pub struct Http {
    transport: Arc<Transport>,
    tokens: Arc<TokenSource>,
}

impl Http {
    /// The API that `config` describes, with bearers from `tokens`.
    ///
    /// # Errors
    /// [`HttpError::Invalid`] when the base URL is not allowed or no client can be built.
    pub fn new(config: HttpConfig, tokens: TokenSource) -> Result<Self, HttpError> {
        Ok(Self { transport: Arc::new(Transport::new(config)?), tokens: Arc::new(tokens) })
    }

    /// Sends one call. A refused bearer is renewed once, and the call repeated once: a refusal for its
    /// credentials was not processed.
    ///
    /// # Errors
    /// See [`HttpError`]; a refusal of the vendor is [`HttpError::Refused`], with its answer.
    pub async fn send(&self, request: &Request) -> Result<Answer, HttpError> {
        let bearer = self.tokens.bearer().await?;
        match self.transport.send(request, Some(&bearer)).await {
            Err(HttpError::Auth { .. }) => {
                let renewed = self.tokens.renew(&bearer).await?;
                // The wire does not know whose the bearer is; who does, knows what helps.
                self.transport.send(request, Some(&renewed)).await.map_err(|error| match error {
                    HttpError::Auth { reason, .. } => HttpError::Auth { reason, hint: self.tokens.hint() },
                    settled => settled,
                })
            }
            settled => settled,
        }
    }

    /// Calls of the API so far, retries included, those for access tokens not: no quota counts them.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.transport.calls()
    }

    /// Where the bearers come from.
    #[must_use]
    pub fn tokens(&self) -> &TokenSource {
        &self.tokens
    }
}
