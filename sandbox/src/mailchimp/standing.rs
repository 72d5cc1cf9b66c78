//! Whether a member gets mail, and who may change that.
//!
//! Pure, and the heart of this vendor. Two things count: the status that everybody sees, and a bar that
//! nobody sees. Who left by the person's own hand, or whose mailbox bounced, is barred: the API cannot
//! subscribe such a member, whatever else it did to the member in between.
//!
//! The invariant: **no sequence of API calls subscribes a barred member.** Only the person lifts the bar.
//!
//! Neither the bar nor the machine is in Mailchimp's documents; both are reported by users whose calls
//! were refused with *Member In Compliance State*
//! (<https://mailchimp.com/developer/marketing/docs/errors/>).

use serde::Serialize;

/// What everybody sees.
/// <https://mailchimp.com/developer/marketing/api/list-members/>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Gets mail.
    Subscribed,
    /// Does not, by somebody's wish.
    Unsubscribed,
    /// Does not, because the mailbox refuses it.
    Cleaned,
    /// Was asked to confirm and has not yet.
    Pending,
    /// Gets receipts and the like, and never agreed to more.
    Transactional,
    /// Put away by the account; what it held is kept.
    Archived,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Subscribed,
        Self::Unsubscribed,
        Self::Cleaned,
        Self::Pending,
        Self::Transactional,
        Self::Archived,
    ];

    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Subscribed => "subscribed",
            Status::Unsubscribed => "unsubscribed",
            Status::Cleaned => "cleaned",
            Status::Pending => "pending",
            Status::Transactional => "transactional",
            Status::Archived => "archived",
        }
    }

    /// The status of that name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// Why the API cannot subscribe a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    /// The person left, by the link in a mail or by a complaint.
    Left,
    /// The mailbox bounced.
    Bounced,
}

/// A status and the bar behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) status: Status,
    pub(super) bar: Option<Bar>,
}

/// The refusal: the member is in a compliance state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Barred;

impl Standing {
    /// Somebody new.
    pub(super) fn new(status: Status) -> Self {
        let bar = (status == Status::Cleaned).then_some(Bar::Bounced);
        Self { status, bar }
    }

    /// An app or an admin sets a status.
    pub(super) fn set(self, wanted: Status) -> Result<Self, Barred> {
        match wanted {
            Status::Subscribed => self.subscribe(),
            // A member who left may be asked again; a mailbox that bounced cannot be.
            Status::Pending if self.bar == Some(Bar::Bounced) => Err(Barred),
            Status::Pending | Status::Unsubscribed | Status::Transactional | Status::Archived => {
                Ok(Self { status: wanted, bar: self.bar })
            }
            Status::Cleaned => Ok(Self { status: wanted, bar: Some(Bar::Bounced) }),
        }
    }

    fn subscribe(self) -> Result<Self, Barred> {
        match (self.status, self.bar) {
            (Status::Subscribed, _) => Ok(self),
            // Only the person's click on the confirmation ends the waiting.
            (Status::Pending, _) | (_, Some(_)) => Err(Barred),
            (Status::Unsubscribed | Status::Cleaned | Status::Transactional | Status::Archived, None) => {
                Ok(Self { status: Status::Subscribed, bar: None })
            }
        }
    }

    /// The person leaves. Whoever is put away or bounced stays that, and cannot be brought back either.
    pub(super) fn leave(self) -> Self {
        let status = match self.status {
            Status::Archived | Status::Cleaned => self.status,
            Status::Subscribed | Status::Unsubscribed | Status::Pending | Status::Transactional => {
                Status::Unsubscribed
            }
        };
        Self { status, bar: Some(self.bar.unwrap_or(Bar::Left)) }
    }

    /// The person signs up at the form, or confirms: nothing stands in the way of that.
    pub(super) fn come_back() -> Self {
        Self { status: Status::Subscribed, bar: None }
    }

    /// The mailbox refuses a mail.
    pub(super) fn bounce() -> Self {
        Self { status: Status::Cleaned, bar: Some(Bar::Bounced) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(standing: Result<Standing, Barred>) -> String {
        match standing {
            Err(Barred) => "refused".to_owned(),
            Ok(Standing { status, bar: None }) => status.as_str().to_owned(),
            Ok(Standing { status, bar: Some(_) }) => format!("{}, barred", status.as_str()),
        }
    }

    fn check(from: Standing, wanted: Status, expected: &str) {
        assert_eq!(told(from.set(wanted)), expected, "{from:?} to {wanted:?}");
    }

    #[test]
    fn an_app_sets_what_it_may_and_subscribes_nobody_who_left() {
        use Status::{Archived, Cleaned, Pending, Subscribed, Transactional, Unsubscribed};
        let of = Standing::new;
        let left = of(Subscribed).leave();
        check(of(Subscribed), Unsubscribed, "unsubscribed");
        check(of(Unsubscribed), Subscribed, "subscribed");
        check(of(Transactional), Subscribed, "subscribed");
        check(of(Archived), Subscribed, "subscribed");
        check(of(Pending), Subscribed, "refused");
        check(of(Pending), Unsubscribed, "unsubscribed");
        check(left, Subscribed, "refused");
        check(left, Unsubscribed, "unsubscribed, barred");
        check(left, Pending, "pending, barred");
        check(left, Archived, "archived, barred");
        check(left.set(Archived).unwrap(), Subscribed, "refused");
        check(left.set(Pending).unwrap(), Subscribed, "refused");
        check(left.set(Transactional).unwrap(), Subscribed, "refused");
        check(of(Cleaned), Subscribed, "refused");
        check(of(Cleaned), Pending, "refused");
        check(of(Subscribed).set(Cleaned).unwrap(), Subscribed, "refused");
        check(of(Archived).leave(), Subscribed, "refused");
    }

    /// What can happen to a member.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Set(Status),
        Leave,
        Bounce,
        ComeBack,
    }

    fn step() -> impl Strategy<Value = Step> {
        let status = prop::sample::select(Status::ALL.to_vec());
        prop_oneof![
            6 => status.prop_map(Step::Set),
            2 => Just(Step::Leave),
            1 => Just(Step::Bounce),
            1 => Just(Step::ComeBack),
        ]
    }

    proptest! {
        /// The person's last word counts, whatever an app does after it.
        #[test]
        fn nobody_who_left_is_subscribed_by_any_story_of_calls(
            first in prop::sample::select(Status::ALL.to_vec()),
            steps in prop::collection::vec(step(), 0..40),
        ) {
            let mut standing = Standing::new(first);
            let mut gone = first == Status::Cleaned;
            for step in steps {
                let before = standing;
                match step {
                    Step::Set(wanted) => match standing.set(wanted) {
                        Ok(after) => {
                            prop_assert_eq!(after.status, wanted);
                            standing = after;
                            gone |= wanted == Status::Cleaned;
                        }
                        Err(Barred) => prop_assert!(
                            wanted == Status::Subscribed || (wanted == Status::Pending && gone),
                            "{:?} from {:?}", wanted, before
                        ),
                    },
                    Step::Leave => (standing, gone) = (standing.leave(), true),
                    Step::Bounce => (standing, gone) = (Standing::bounce(), true),
                    Step::ComeBack => (standing, gone) = (Standing::come_back(), false),
                }
                prop_assert_eq!(standing.bar.is_some(), gone);
                prop_assert!(!(gone && standing.status == Status::Subscribed), "{:?} after {:?}", standing, before);
            }
        }
    }
}
