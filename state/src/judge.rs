//! The policy of observing: what an observation does to what is known of its contact.
//!
//! One table ([`decide`]), exhaustive, over what SQL found when it laid the two beside each other. In it
//! stand the two rules that everything else relies on: old news undo nothing, and what was not said is
//! never a deletion.

use crate::codec::decode;
use crate::error::{Result, StateError};
use rusqlite::Row;
use syntony_core::record::Evidence;

/// What is known of a contact, as far as it decides what an observation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nobody ever spoke of it.
    Absent,
    /// Somebody named it, nothing was learned.
    Never,
    Unknown,
    Live,
    Gone(End),
}

/// How a contact ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Deleted,
    Merged,
}

/// An observation, as far as it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    Live(News),
    Gone(End),
    Unknown,
    Unreadable,
}

/// How a record compares with the one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It is certainly older.
    Outdated,
    /// It is the same in all.
    Same,
    /// The same to a person: its version moved, or what its connector keeps with it.
    SameContent,
    /// It is another, or the only one.
    Changed,
}

/// What an observation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Keep,
    DropAsOutdated,
    Report,
    Refresh,
    StoreQuietly,
    StoreLive,
    StoreGone,
}

/// The policy: what an observation does to what is known.
pub(crate) fn decide(known: Known, arrived: Arrived) -> Step {
    match (known, arrived) {
        // What could not be understood says nothing.
        (_, Arrived::Unreadable) => Step::Report,
        (_, Arrived::Live(News::Outdated)) => Step::DropAsOutdated,
        (Known::Live, Arrived::Live(News::Same)) => Step::Keep,
        (Known::Live, Arrived::Live(News::SameContent)) => Step::Refresh,
        (Known::Live, Arrived::Live(News::Changed)) => Step::StoreLive,
        // It came, or came back: whatever its record says, that is a change.
        (
            Known::Absent | Known::Never | Known::Unknown | Known::Gone(_),
            Arrived::Live(News::Same | News::SameContent | News::Changed),
        ) => Step::StoreLive,
        // A tombstone of a contact that was never known concerns nobody.
        (Known::Absent, Arrived::Gone(_)) => Step::Keep,
        (Known::Never | Known::Unknown | Known::Live, Arrived::Gone(_)) => Step::StoreGone,
        // Where it went is worth knowing even when it is known that it went; the reverse is not: a merge
        // is no deletion, also where the feed reports both.
        (Known::Gone(End::Deleted), Arrived::Gone(End::Merged)) => Step::StoreGone,
        (Known::Gone(End::Deleted), Arrived::Gone(End::Deleted))
        | (Known::Gone(End::Merged), Arrived::Gone(End::Merged | End::Deleted)) => Step::Keep,
        (Known::Absent | Known::Never | Known::Live, Arrived::Unknown) => Step::StoreQuietly,
        // "Cannot be said" takes nothing away from evidence.
        (Known::Unknown | Known::Gone(_), Arrived::Unknown) => Step::Keep,
    }
}

pub(crate) fn known(row: &Row<'_>) -> Result<Known> {
    Ok(match row.get::<_, Option<String>>("known_state")?.as_deref() {
        None => Known::Absent,
        Some("never") => Known::Never,
        Some("unknown") => Known::Unknown,
        Some("live") => Known::Live,
        Some("gone") => Known::Gone(end(row, "known_evidence")?),
        Some(_) => return Err(StateError::Unreadable { what: "contact's state" }),
    })
}

pub(crate) fn arrived(row: &Row<'_>) -> Result<Arrived> {
    Ok(match row.get::<_, String>("arrived_state")?.as_str() {
        "live" => Arrived::Live(news(row)?),
        "gone" => Arrived::Gone(end(row, "arrived_evidence")?),
        "unknown" => Arrived::Unknown,
        "unreadable" => Arrived::Unreadable,
        _ => return Err(StateError::Unreadable { what: "observation's state" }),
    })
}

fn news(row: &Row<'_>) -> Result<News> {
    // Null where one of the two has no order: then nothing is certain.
    let is_older: Option<bool> = row.get("is_older")?;
    Ok(if is_older == Some(true) {
        News::Outdated
    } else if !row.get::<_, bool>("same_content")? {
        News::Changed
    } else if row.get("same_form")? {
        News::Same
    } else {
        News::SameContent
    })
}

fn end(row: &Row<'_>, column: &str) -> Result<End> {
    Ok(match decode("evidence", &row.get::<_, String>(column)?)? {
        Evidence::Tombstone | Evidence::AbsentAndReadGone => End::Deleted,
        Evidence::MergedInto(_) => End::Merged,
    })
}

#[cfg(test)]
mod tests {
    use super::{Arrived, End, Known, News, Step, decide};

    const KNOWN: [Known; 6] = [
        Known::Absent,
        Known::Never,
        Known::Unknown,
        Known::Live,
        Known::Gone(End::Deleted),
        Known::Gone(End::Merged),
    ];

    /// What each kind of knowledge becomes, in the order of [`KNOWN`].
    fn check(arrived: Arrived, steps: [Step; 6]) {
        for (known, step) in KNOWN.into_iter().zip(steps) {
            assert_eq!(decide(known, arrived), step, "{known:?} and then {arrived:?}");
        }
    }

    #[test]
    fn an_old_observation_undoes_nothing() {
        check(Arrived::Live(News::Outdated), [Step::DropAsOutdated; 6]);
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        check(Arrived::Unreadable, [Step::Report; 6]);
    }

    #[test]
    fn a_contact_that_comes_or_comes_back_is_a_change_whatever_it_holds() {
        use Step::{Keep, Refresh, StoreLive};
        check(Arrived::Live(News::Same), [StoreLive, StoreLive, StoreLive, Keep, StoreLive, StoreLive]);
        check(
            Arrived::Live(News::SameContent),
            [StoreLive, StoreLive, StoreLive, Refresh, StoreLive, StoreLive],
        );
        check(Arrived::Live(News::Changed), [StoreLive; 6]);
    }

    #[test]
    fn a_tombstone_concerns_only_who_was_known_and_never_hides_a_merge() {
        use Step::{Keep, StoreGone};
        check(Arrived::Gone(End::Deleted), [Keep, StoreGone, StoreGone, StoreGone, Keep, Keep]);
        check(Arrived::Gone(End::Merged), [Keep, StoreGone, StoreGone, StoreGone, StoreGone, Keep]);
    }

    #[test]
    fn not_visible_is_not_deleted_and_takes_no_evidence_away() {
        use Step::{Keep, StoreQuietly};
        check(Arrived::Unknown, [StoreQuietly, StoreQuietly, Keep, StoreQuietly, Keep, Keep]);
    }
}
