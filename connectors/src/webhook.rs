//! What the receivers of webhooks share: what may be believed of one, and when it is refused.
//!
//! A webhook says *where to look*, never what is there: whatever is known of a contact is read from the API afterwards. The one
//! exception is an opt-out that the vendor shows nowhere else. Reading one is pure; nothing of a body is in any error.

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use syntony_core::ids::ContactId;

/// The longest id that is believed to be one.
const MAX_ID_CHARS: usize = 64;
/// The longest e-mail address (RFC 5321, section 4.5.3.1).
const MAX_ADDRESS_CHARS: usize = 254;

/// What a webhook points at.
#[derive(Clone, PartialEq, Eq)]
pub enum Hint {
    /// Something about this contact may be new.
    Contact(ContactId),
    /// Something about whoever has this address may be new.
    Address(String),
    /// This contact opted out, and no call tells so.
    OptedOut {
        /// Who.
        whom: Whom,
        /// By which event, as the vendor calls it.
        source: &'static str,
    },
    /// Something happened that the next reading of the app's feed shows.
    Feed,
}

/// Whom an event names.
#[derive(Clone, PartialEq, Eq)]
pub enum Whom {
    /// A contact by its id.
    Contact(ContactId),
    /// An address, where there is no id.
    Address(String),
}

impl std::fmt::Debug for Hint {
    /// Names contacts by id; addresses are not shown.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Hint::Contact(id) => out.debug_tuple("Contact").field(id).finish(),
            Hint::Address(_) => out.write_str("Address"),
            Hint::OptedOut { whom: Whom::Contact(id), .. } => out.debug_tuple("OptedOut").field(id).finish(),
            Hint::OptedOut { whom: Whom::Address(_), .. } => out.write_str("OptedOut"),
            Hint::Feed => out.write_str("Feed"),
        }
    }
}

/// Why a request is no webhook of the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not carry the secret.
    #[error("it does not carry the secret")]
    Forged,
    /// It carries the secret, and nothing that can be understood.
    #[error("it has not the documented shape")]
    Malformed,
}

/// A request as it came, as far as it matters here.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// The body.
    pub body: &'a [u8],
    /// The header in which the vendor repeats its token, if there is one ([`crate::drift::webhook::TOKEN_HEADER`]).
    pub token_header: Option<&'a [u8]>,
    /// The secret in the address that was called, if there is one.
    pub url_secret: Option<&'a [u8]>,
}

/// Whether `given` is the secret, in a time that does not tell how much of it is right. (Its length may show.)
pub(crate) fn is_secret(secret: &SecretString, given: &[u8]) -> bool {
    let secret = secret.expose_secret().as_bytes();
    !secret.is_empty() && bool::from(secret.ct_eq(given))
}

/// An id that can be one: short, and without anything that has a meaning in an address.
pub(crate) fn plausible_id(text: &str) -> Option<ContactId> {
    let fits = !text.is_empty()
        && text.len() <= MAX_ID_CHARS
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    fits.then(|| ContactId::new(text))
}

/// An address that can be one.
pub(crate) fn plausible_address(text: &str) -> Option<String> {
    let text = text.trim();
    let fits =
        text.contains('@') && text.chars().count() <= MAX_ADDRESS_CHARS && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}
