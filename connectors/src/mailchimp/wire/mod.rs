//! Mailchimp's JSON: members, merge fields, refusals.
//!
//! An unset merge field comes as `""` whatever its type, also where its values are numbers or objects; so every
//! value is read by the type of its field, and what does not fit it is *not observed*, never *empty*.

pub(super) mod draft;
pub(super) mod fault;
pub(super) mod field;
pub(super) mod member;
pub(super) mod merge;
pub(super) mod record;
#[cfg(test)]
mod tests;

use md5::{Digest, Md5};
use std::fmt::Write as _;

/// What Mailchimp knows an address by: the MD5 of its lower-case form
/// (<https://mailchimp.com/developer/marketing/docs/methods-parameters/#path-parameters>). It is a name in a
/// path, and hides nothing.
pub(super) fn address_hash(address: &str) -> String {
    let digest = Md5::digest(address.trim().to_lowercase().as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
