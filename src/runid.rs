//! Ids of runs: time first, so that they sort by their start; then chance.

use syntony_core::ids::RunId;
use uuid::Uuid;

/// Crockford's alphabet: no letter that is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 128 bits in groups of five.
const DIGITS: u32 = 26;

/// A new id: the 128 bits of a UUID version 7, in the 26 letters of a ULID.
#[must_use]
pub(crate) fn new() -> RunId {
    RunId::new(spell(Uuid::now_v7().as_u128()))
}

fn spell(bits: u128) -> String {
    (0..DIGITS)
        .rev()
        .map(|digit| ((bits >> (digit * 5)) & 31) as usize)
        .filter_map(|at| ALPHABET.get(at).map(|letter| char::from(*letter)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{new, spell};

    #[test]
    fn an_id_is_a_ulid_and_sorts_by_time() {
        assert_eq!(spell(0), "00000000000000000000000000");
        assert_eq!(spell(u128::MAX), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        let (first, second) = (new(), new());
        assert_eq!(first.as_str().len(), 26);
        assert!(first < second);
    }
}
