//! Mailchimp's webhooks (<https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/>): a form with keys as
//! PHP nests them. They carry no secret of their own, so the address that they call carries one.
//!
//! All a body does is name an address to be read; the id in it is an old one, which leads nowhere.

#[cfg(test)]
mod tests;

use crate::webhook::{Delivery, Hint, Refused, is_secret, plausible_address};
use secrecy::SecretString;
use url::form_urlencoded;

/// More pairs than any event has; the others are not looked at. (An audience has at most 80 merge fields.)
const MAX_PAIRS: usize = 500;

/// What an event says, as far as it matters.
#[derive(Default)]
struct Event {
    kind: Option<String>,
    list: Option<String>,
    email: Option<String>,
    new_email: Option<String>,
}

/// What a request points at, if the address that it called has the secret. An empty body is how Mailchimp may ask whether somebody
/// is there; an event about another audience points at nobody.
///
/// # Errors
/// [`Refused::Forged`] without the secret, [`Refused::Malformed`] if the body is no event.
pub fn verify_and_read(
    delivery: Delivery<'_>,
    secret: &SecretString,
    audience: &str,
) -> Result<Vec<Hint>, Refused> {
    if !knows_the_secret(delivery.url_secret, secret) {
        return Err(Refused::Forged);
    }
    if delivery.body.is_empty() {
        return Ok(Vec::new());
    }
    let event = Event::parse(delivery.body);
    let kind = event.kind.as_deref().ok_or(Refused::Malformed)?;
    if event.list.as_deref() != Some(audience) {
        return Ok(Vec::new());
    }
    Ok(match kind {
        "subscribe" | "unsubscribe" | "profile" | "cleaned" => look(event.email.as_deref()),
        "upemail" => look(event.new_email.as_deref()),
        // A campaign was sent, or something that Mailchimp has added since: nothing about a contact.
        _ => Vec::new(),
    })
}

/// Whether the address that was called has the secret: for the question that Mailchimp asks before it takes the address.
#[must_use]
pub fn knows_the_secret(given: Option<&[u8]>, secret: &SecretString) -> bool {
    given.is_some_and(|given| is_secret(secret, given))
}

/// Without an address that can be one, the next reading of the audience shows what it was.
fn look(address: Option<&str>) -> Vec<Hint> {
    vec![address.and_then(plausible_address).map_or(Hint::Feed, Hint::Address)]
}

impl Event {
    /// Of two pairs with one key the first counts.
    fn parse(body: &[u8]) -> Self {
        let mut event = Event::default();
        for (key, value) in form_urlencoded::parse(body).take(MAX_PAIRS) {
            let place = match key.as_ref() {
                "type" => &mut event.kind,
                "data[list_id]" => &mut event.list,
                "data[email]" => &mut event.email,
                "data[new_email]" => &mut event.new_email,
                _ => continue,
            };
            place.get_or_insert_with(|| value.into_owned());
        }
        event
    }
}
