//! Which situation a pair is in: one variant for each that is real, decided here and nowhere else.

use crate::pair::{LinkStatus, PairState};
use crate::record::{Evidence, Record, Seen};
use crate::side::Side;

/// The situation of a pair.
#[derive(Clone, Debug, PartialEq)]
pub enum Situation<'a> {
    /// A person asked to be forgotten.
    Forgotten,
    /// Both were deleted before: a grave, whatever comes back.
    Closed,
    /// Both are deleted now.
    BothGone,
    /// One of the two cannot be seen: not visible and not permitted are not deleted.
    OutOfSight,
    /// A contact without a counterpart.
    Alone {
        /// Where it is.
        side: Side,
        /// The contact.
        record: &'a Record,
    },
    /// A linked contact whose counterpart is gone.
    Widowed {
        /// The side that is gone.
        gone: Side,
        /// How we know.
        evidence: &'a Evidence,
        /// The one that is left.
        survivor: &'a Record,
        /// Whether this was known before.
        news: News,
    },
    /// Both are there.
    Together {
        /// The left contact.
        left: &'a Record,
        /// The right contact.
        right: &'a Record,
        /// How they came together.
        history: History,
    },
}

/// Whether a deletion was known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It is seen for the first time.
    Fresh,
    /// It was dealt with before.
    Known,
}

/// How two living contacts came together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// They were matched just now.
    Matched,
    /// They are linked.
    Linked,
    /// They are linked, and the contact of this side was gone until now.
    Revived(Side),
}

impl<'a> Situation<'a> {
    /// The situation of `pair`.
    #[must_use]
    pub fn of(pair: &'a PairState) -> Self {
        let status = pair.link.as_ref().map(|link| link.status);
        if pair.forgotten {
            return Situation::Forgotten;
        }
        match (status, &pair.contacts.left.seen, &pair.contacts.right.seen) {
            (Some(LinkStatus::Closed), _, _) => Situation::Closed,
            (_, Seen::Unknown, _) | (_, _, Seen::Unknown) => Situation::OutOfSight,
            (_, Seen::Live(left), Seen::Live(right)) => {
                Situation::Together { left, right, history: history(status) }
            }
            (Some(status), Seen::Gone(evidence), Seen::Live(survivor)) => {
                Situation::Widowed { gone: Side::Left, evidence, survivor, news: news(status, Side::Left) }
            }
            (Some(status), Seen::Live(survivor), Seen::Gone(evidence)) => {
                Situation::Widowed { gone: Side::Right, evidence, survivor, news: news(status, Side::Right) }
            }
            (Some(_), Seen::Gone(_), Seen::Gone(_)) => Situation::BothGone,
            // A link whose contact was never seen: an answer that is still to come.
            (Some(_), Seen::Never, _) | (Some(_), _, Seen::Never) => Situation::OutOfSight,
            (None, Seen::Live(record), Seen::Never | Seen::Gone(_)) => {
                Situation::Alone { side: Side::Left, record }
            }
            (None, Seen::Never | Seen::Gone(_), Seen::Live(record)) => {
                Situation::Alone { side: Side::Right, record }
            }
            (None, Seen::Never | Seen::Gone(_), Seen::Never | Seen::Gone(_)) => Situation::OutOfSight,
        }
    }
}

fn history(status: Option<LinkStatus>) -> History {
    match status {
        None => History::Matched,
        Some(LinkStatus::Active | LinkStatus::Closed) => History::Linked,
        Some(LinkStatus::Trashed(side)) => History::Revived(side),
    }
}

fn news(status: LinkStatus, gone: Side) -> News {
    match status {
        LinkStatus::Trashed(side) if side == gone => News::Known,
        LinkStatus::Trashed(_) | LinkStatus::Active | LinkStatus::Closed => News::Fresh,
    }
}
