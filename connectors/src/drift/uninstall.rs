//! Taking the app out of the workspace: Drift's way to take an access away.
//!
//! It ends every token that the app has there, of whichever sign-in, and the delivery of webhooks. Nothing of the
//! workspace's own is changed.

use super::DriftConfig;
use crate::auth::TokenSource;
use crate::http::{Http, HttpError, Repeat, Request};
use secrecy::{ExposeSecret as _, SecretString};

/// Uninstalls the app that `client_id` and `client_secret` name from the workspace that the credentials open. What
/// Drift documents of it is its effect; the call is that of its clients (`POST /app/uninstall`).
///
/// # Errors
/// [`HttpError::Auth`] if the credentials open nothing any more; otherwise whatever keeps Drift from answering.
pub async fn uninstall(
    config: &DriftConfig,
    client_id: &str,
    client_secret: &SecretString,
) -> Result<(), HttpError> {
    let tokens =
        TokenSource::with_options(config.app.clone(), config.credentials.clone(), config.tokens.clone())?;
    // A query is never logged.
    let request = Request::post("/app/uninstall", Repeat::Idempotent)
        .query("clientId", client_id)
        .query("clientSecret", client_secret.expose_secret());
    Http::new(config.http(), tokens)?.send(&request).await.map(drop)
}
