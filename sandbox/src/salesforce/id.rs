//! Record ids: 18 characters, of which the last three tell the case of the others.
//!
//! The invariant: every [`RowId`] is a well-formed 18-character id. Clients may send 15 characters; answers
//! always have 18. Ids compare by case.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm>

use super::schema::Object;
use std::fmt;

/// Characters of an id without its check.
const SHORT_LENGTH: usize = 15;
const LONG_LENGTH: usize = 18;
const CHECK: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An id of 18 characters. Its order is that of its bytes, which is that of creation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowId([u8; LONG_LENGTH]);

impl RowId {
    /// Reads an id of 15 or of 18 characters. The check of a long one must fit, whatever its case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !bytes.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        let short: &[u8; SHORT_LENGTH] = bytes.get(..SHORT_LENGTH)?.try_into().ok()?;
        let id = Self::checked(short);
        let check = bytes.get(SHORT_LENGTH..)?;
        let fits = check.is_empty() || id.0.get(SHORT_LENGTH..)?.eq_ignore_ascii_case(check);
        fits.then_some(id)
    }

    /// The `count`th id of a kind: prefix, instance, reserved digit, counter, check.
    pub(super) fn numbered(prefix: &str, instance: [u8; 2], count: u64) -> Self {
        let mut short = [b'0'; SHORT_LENGTH];
        let head = prefix.bytes().take(3).chain(instance);
        for (place, byte) in short.iter_mut().zip(head) {
            *place = byte;
        }
        let mut rest = count;
        for place in short.iter_mut().skip(6).rev() {
            *place = digit(rest % 62);
            rest /= 62;
        }
        Self::checked(&short)
    }

    fn checked(short: &[u8; SHORT_LENGTH]) -> Self {
        let mut long = [b'A'; LONG_LENGTH];
        for (place, byte) in long.iter_mut().zip(short) {
            *place = *byte;
        }
        for (place, chunk) in long.iter_mut().skip(SHORT_LENGTH).zip(short.chunks(5)) {
            let upper = chunk.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
            let value: usize = upper.map(|(bit, _)| 1 << bit).sum();
            *place = CHECK.get(value).copied().unwrap_or(b'A');
        }
        Self(long)
    }

    /// The 18 characters.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The three characters that tell the object.
    pub(super) fn prefix(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }

    /// Which object's row this would be.
    pub(super) fn object(&self) -> Option<Object> {
        Object::of_prefix(self.prefix())
    }
}

fn digit(value: u64) -> u8 {
    usize::try_from(value).ok().and_then(|at| DIGITS.get(at)).copied().unwrap_or(b'0')
}

impl fmt::Display for RowId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for RowId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_the_vendors() {
        // Ids from the vendor's public examples.
        for long in ["001D000000IqhSLIAZ", "003D000000QR37yIAD", "005D0000001LPFBIA4"] {
            assert_eq!(RowId::parse(&long[..15]).unwrap().as_str(), long);
            assert_eq!(RowId::parse(long).unwrap().as_str(), long);
        }
    }

    #[test]
    fn what_is_no_id_is_none() {
        for text in ["", "003", "003D000000QR37yIAX", "003D000000QR37!", "003D000000QR37yI", "contact"] {
            assert_eq!(RowId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn later_ids_are_larger_across_the_cases_of_letters() {
        let ids: Vec<RowId> = (0..5_000).map(|count| RowId::numbered("003", *b"5e", count)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| RowId::parse(id.as_str()) == Some(*id)));
    }
}
