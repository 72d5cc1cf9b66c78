//! How many webhooks are let in: from one peer before anything of a request is read, and of one app once it is known to be
//! the vendor's. So a stranger's noise never uses up what a vendor may send.
//!
//! It remembers a bounded number of peers, whoever knocks.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use syntony_core::ids::AppName;

/// How many peers are remembered; all others share one place.
const MAX_PEERS: usize = 4_096;

/// How many requests are let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From one peer, a second.
    pub peer_per_second: NonZeroU32,
    /// From one peer at once, after a pause.
    pub peer_burst: NonZeroU32,
    /// Of one app, a second, once they are verified.
    pub app_per_second: NonZeroU32,
    /// Of one app at once, after a pause.
    pub app_burst: NonZeroU32,
}

impl Default for Limits {
    /// Far more than a vendor sends for people who work by hand; a bulk edit's burst waits for the vendor's next try.
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            peer_per_second: number(50),
            peer_burst: number(500),
            app_per_second: number(50),
            app_burst: number(1_000),
        }
    }
}

/// Who knocks: an address, or the network that one subscriber of IPv6 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Peer {
    One(IpAddr),
    Others,
}

impl Peer {
    fn of(address: Option<IpAddr>) -> Self {
        match address {
            Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(address) => Peer::One(IpAddr::V4(address)),
                None => {
                    let [a, b, c, d, ..] = address.segments();
                    Peer::One(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
                }
            },
            Some(address @ IpAddr::V4(_)) => Peer::One(address),
            None => Peer::Others,
        }
    }
}

/// Lets in, or not.
pub(super) struct Gate {
    peers: DefaultKeyedRateLimiter<Peer>,
    apps: DefaultKeyedRateLimiter<AppName>,
}

impl Gate {
    pub(super) fn new(limits: Limits) -> Self {
        let quota = |per_second, burst| Quota::per_second(per_second).allow_burst(burst);
        Self {
            peers: RateLimiter::keyed(quota(limits.peer_per_second, limits.peer_burst)),
            apps: RateLimiter::keyed(quota(limits.app_per_second, limits.app_burst)),
        }
    }

    /// Whether one more request of this peer may be looked at.
    pub(super) fn lets_in(&self, address: Option<IpAddr>) -> bool {
        let mut peer = Peer::of(address);
        if self.peers.len() >= MAX_PEERS {
            self.peers.retain_recent();
            if self.peers.len() >= MAX_PEERS {
                peer = Peer::Others;
            }
        }
        self.peers.check_key(&peer).is_ok()
    }

    /// Whether one more verified webhook of this app may be taken in. Apps are those of the configuration, so they are few.
    pub(super) fn takes(&self, app: &AppName) -> bool {
        self.apps.check_key(app).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        let number = |number| NonZeroU32::new(number).unwrap();
        let (one, two) = (number(1), number(2));
        Gate::new(Limits { peer_per_second: one, peer_burst: two, app_per_second: one, app_burst: two })
    }

    #[test]
    fn one_peer_does_not_use_up_what_another_may_send() {
        let gate = gate();
        let address = |text: &str| Some(text.parse().unwrap());
        let let_in = |text: &str| gate.lets_in(address(text));
        assert_eq!([(); 3].map(|()| let_in("192.0.2.1")), [true, true, false]);
        assert!(let_in("192.0.2.2"));
        assert_eq!(
            ["2001:db8::1", "2001:db8::2", "2001:db8::3"].map(let_in),
            [true, true, false],
            "a subscriber has a whole network"
        );
        assert!(!let_in("::ffff:192.0.2.1"), "the same address in another spelling");
    }

    #[test]
    fn any_number_of_peers_takes_a_bounded_room() {
        let gate = gate();
        for number in 0..3 * u32::try_from(MAX_PEERS).unwrap() {
            gate.lets_in(Some(IpAddr::from(number.to_be_bytes())));
        }
        assert!(gate.peers.len() <= MAX_PEERS + 1);
    }
}
