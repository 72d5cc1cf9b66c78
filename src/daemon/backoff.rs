//! How long to wait after failures: longer each time, up to a limit, and not everybody equally long.

/// The wait after the first failure.
const FIRST_SECONDS: i64 = 30;
/// The longest wait: so soon is it noticed, at the latest, that a vendor is back.
pub(super) const MAX_SECONDS: i64 = 15 * 60;
/// By how much of itself a wait is prolonged at most, in percent.
const MAX_SPREAD_PERCENT: i64 = 25;
/// Doublings after which the limit is reached in any case.
const MAX_DOUBLINGS: u32 = 10;

/// The wait after so many failures in a row (one or more), in milliseconds. `who` spreads it.
#[must_use]
pub(super) fn wait_ms(who: &str, failures: u32) -> i64 {
    let doublings = failures.saturating_sub(1).min(MAX_DOUBLINGS);
    let seconds = (FIRST_SECONDS << doublings).min(MAX_SECONDS);
    let spread = i64::from(share(who, failures)) * MAX_SPREAD_PERCENT / i64::from(u16::MAX);
    seconds * 1000 + seconds * 10 * spread
}

/// A number that belongs to a name and a count, evenly spread.
pub(super) fn share(who: &str, count: u32) -> u16 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(who.as_bytes()).update(&count.to_le_bytes());
    let [low, high, ..] = *hasher.finalize().as_bytes();
    u16::from_le_bytes([low, high])
}

#[cfg(test)]
mod tests {
    use super::{MAX_SECONDS, MAX_SPREAD_PERCENT, wait_ms};

    #[test]
    fn waits_grow_up_to_a_limit_and_differ() {
        let longest_ms = MAX_SECONDS * 1000 * (100 + MAX_SPREAD_PERCENT) / 100;
        for who in ["chat", "book", "crm"] {
            let waits: Vec<i64> = (1..=40).map(|failures| wait_ms(who, failures)).collect();
            assert!(waits[0] >= 30_000 && waits[0] < 40_000, "{waits:?}");
            assert!(waits.windows(2).take(4).all(|two| two[0] < two[1]), "{waits:?}");
            assert!(waits[10..].iter().all(|wait| (MAX_SECONDS * 1000..=longest_ms).contains(wait)));
        }
        assert_ne!(wait_ms("chat", 3), wait_ms("book", 3));
        assert!(wait_ms("chat", u32::MAX) <= longest_ms);
    }
}
