//! What may become of messages on their way: lost, twice, late, out of order. By seed, so that a bad day can be had again.

/// How messages fare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fortune {
    /// How many of a hundred are lost.
    pub lost_percent: u8,
    /// How many come twice.
    pub twice_percent: u8,
    /// How many come with the next batch instead.
    pub late_percent: u8,
    /// Whether a batch comes in any order.
    pub shuffled: bool,
}

impl Fortune {
    /// Everything that a vendor without guarantees may do.
    #[must_use]
    pub fn bad() -> Self {
        Self { lost_percent: 10, twice_percent: 30, late_percent: 30, shuffled: true }
    }
}

/// Deals messages out.
#[derive(Clone, Debug)]
pub struct Luck<T> {
    fortune: Fortune,
    random: fastrand::Rng,
    held: Vec<T>,
}

impl<T: Clone> Luck<T> {
    /// This fortune, by this seed.
    #[must_use]
    pub fn new(fortune: Fortune, seed: u64) -> Self {
        Self { fortune, random: fastrand::Rng::with_seed(seed), held: Vec::new() }
    }

    /// What of these messages, and of those held back before, comes now and in which order.
    pub fn deal(&mut self, messages: Vec<T>) -> Vec<T> {
        let mut now = std::mem::take(&mut self.held);
        for message in messages {
            if self.happens(self.fortune.lost_percent) {
                continue;
            }
            if self.happens(self.fortune.twice_percent) {
                now.push(message.clone());
            }
            if self.happens(self.fortune.late_percent) {
                self.held.push(message);
            } else {
                now.push(message);
            }
        }
        if self.fortune.shuffled {
            self.random.shuffle(&mut now);
        }
        now
    }

    fn happens(&mut self, percent: u8) -> bool {
        self.random.u8(0..100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_bad_fortune_everything_comes_once_and_in_order() {
        let mut luck = Luck::new(Fortune::default(), 1);
        assert_eq!(luck.deal(vec![1, 2, 3]), [1, 2, 3]);
        assert_eq!(luck.deal(vec![]), [0; 0]);
    }

    #[test]
    fn a_bad_day_loses_repeats_and_delays_and_is_the_same_for_a_seed() {
        let deal = || {
            let mut luck = Luck::new(Fortune::bad(), 7);
            (luck.deal((0..1_000).collect()), luck.deal(Vec::new()))
        };
        let (now, later) = deal();
        let count = |number| now.iter().chain(&later).filter(|other| **other == number).count();
        assert!((0..1_000).any(|number| count(number) == 0), "some are lost");
        assert!((0..1_000).any(|number| count(number) == 2), "some come twice");
        assert!(!later.is_empty(), "some are late");
        assert!(!now.is_sorted());
        assert_eq!(deal(), (now, later));
    }
}
