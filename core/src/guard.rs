//! Stops a run before it writes anything, when it would do what a mistake looks like: empty, tag or
//! change a great many contacts at once.
//!
//! The guard counts; it never decides about a contact. A tripped guard writes nothing and says how to go
//! on if it is meant.

use crate::policy::GuardLimits;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Below this many linked contacts a percentage says nothing.
const SMALL_CONNECTION_LINKS: u64 = 10;
/// An app that held more than this and lists none is taken for broken, not for emptied.
const SMALL_APP_CONTACTS: u64 = 10;
/// Of at least this many linked contacts…
const MASS_CHANGE_LINKS: u64 = 100;
/// …a change of more than this share at once is taken for a mistake.
const MASS_CHANGE_PERCENT: u64 = 90;

/// What one run of a connection would do, in numbers. Sums of what each pair's plan says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Deletion tags to be put on.
    pub deletion_tags: u64,
    /// Unsubscribe tags to be put on.
    pub unsubscribe_tags: u64,
    /// Values to be emptied.
    pub clears: u64,
    /// Linked contacts that no rule selects any more.
    pub leavers: u64,
    /// Linked contacts that a vendor changed.
    pub changed_links: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.deletion_tags += other.deletion_tags;
        self.unsubscribe_tags += other.unsubscribe_tags;
        self.clears += other.clears;
        self.leavers += other.leavers;
        self.changed_links += other.changed_links;
    }
}

/// What the guard looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    /// What the run would do.
    pub tally: Tally,
    /// Linked contacts of the connection.
    pub links: u64,
    /// Whether the rules are not what they were in the last run: only then leavers count, because a
    /// contact that a person moved out of scope is no mistake of ours.
    pub rules_changed: bool,
    /// Per app: its name, contacts known before, contacts it listed now (`None`: it was not asked to
    /// list everything), and contacts that the listing lacks.
    pub listings: Vec<ListingCount>,
    /// Apps whose credentials now lead to another account.
    pub other_accounts: Vec<String>,
}

/// How a complete listing compares with what was known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListingCount {
    /// The app.
    pub app: String,
    /// Contacts known to be there before.
    pub known: u64,
    /// Contacts in the listing.
    pub listed: u64,
    /// Known contacts that the listing lacks.
    pub missing: u64,
}

/// Why the guard tripped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "trip")]
pub enum Trip {
    /// More of one kind than the limit.
    TooMany {
        /// What was counted.
        what: String,
        /// How many.
        count: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// An app that held contacts lists none.
    ListsNothing {
        /// The app.
        app: String,
        /// How many it held.
        known: u64,
    },
    /// The credentials lead to another account than last time.
    OtherAccount {
        /// The app.
        app: String,
    },
    /// Nearly everything changed at once.
    EverythingChanged {
        /// How many linked contacts changed.
        changed: u64,
        /// Of how many.
        links: u64,
    },
}

impl fmt::Display for Trip {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trip::TooMany { what, count, limit } => write!(out, "{count} {what}, where {limit} are allowed"),
            Trip::ListsNothing { app, known } => {
                write!(out, "`{app}` lists no contact at all, where {known} were known")
            }
            Trip::OtherAccount { app } => {
                write!(out, "the credentials of `{app}` lead to another account than last time")
            }
            Trip::EverythingChanged { changed, links } => {
                write!(out, "{changed} of {links} linked contacts changed at once")
            }
        }
    }
}

/// Every reason to stop; empty: go on.
#[must_use]
pub fn check(situation: &Situation, limits: GuardLimits) -> Vec<Trip> {
    let mut trips: Vec<Trip> =
        situation.other_accounts.iter().map(|app| Trip::OtherAccount { app: app.clone() }).collect();
    for listing in &situation.listings {
        if listing.listed == 0 && listing.known > SMALL_APP_CONTACTS {
            trips.push(Trip::ListsNothing { app: listing.app.clone(), known: listing.known });
        } else {
            let what = format!("contacts missing from the listing of `{}`", listing.app);
            trips.extend(too_many(what, listing.missing, listing.known, limits));
        }
    }
    let tally = situation.tally;
    let leavers = if situation.rules_changed { tally.leavers } else { 0 };
    for (what, count) in [
        ("deletion tags", tally.deletion_tags),
        ("unsubscribe tags", tally.unsubscribe_tags),
        ("values to be emptied", tally.clears),
        ("contacts that leave the scope because the rules changed", leavers),
    ] {
        trips.extend(too_many(what.to_owned(), count, situation.links, limits));
    }
    let links = situation.links;
    if links >= MASS_CHANGE_LINKS && tally.changed_links * 100 > links * MASS_CHANGE_PERCENT {
        trips.push(Trip::EverythingChanged { changed: tally.changed_links, links });
    }
    trips
}

fn too_many(what: String, count: u64, of: u64, limits: GuardLimits) -> Option<Trip> {
    let share = of * u64::from(limits.max_changes_percent) / 100;
    let limit = if of > SMALL_CONNECTION_LINKS { share.min(limits.max_changes) } else { limits.max_changes };
    (count > limit).then_some(Trip::TooMany { what, count, limit })
}

#[cfg(test)]
mod tests {
    use super::{ListingCount, Situation, Tally, Trip, check};
    use crate::policy::GuardLimits;

    fn trips(situation: Situation) -> usize {
        check(&situation, GuardLimits::default()).len()
    }

    #[test]
    fn a_few_changes_in_a_large_connection_pass() {
        let tally = Tally { clears: 30, deletion_tags: 30, ..Tally::default() };
        assert_eq!(trips(Situation { tally, links: 100, ..Situation::default() }), 0);
    }

    #[test]
    fn one_more_than_the_percentage_trips() {
        let tally = Tally { clears: 31, ..Tally::default() };
        assert_eq!(trips(Situation { tally, links: 100, ..Situation::default() }), 1);
    }

    #[test]
    fn a_handful_of_links_has_no_percentage() {
        let tally = Tally { deletion_tags: 9, ..Tally::default() };
        assert_eq!(trips(Situation { tally, links: 10, ..Situation::default() }), 0);
    }

    #[test]
    fn the_number_limits_where_the_percentage_would_not() {
        let tally = Tally { unsubscribe_tags: 501, ..Tally::default() };
        assert_eq!(trips(Situation { tally, links: 100_000, ..Situation::default() }), 1);
    }

    #[test]
    fn leavers_count_only_when_the_rules_changed() {
        let tally = Tally { leavers: 90, ..Tally::default() };
        let situation = Situation { tally, links: 100, ..Situation::default() };
        assert_eq!(trips(situation.clone()), 0);
        assert_eq!(trips(Situation { rules_changed: true, ..situation }), 1);
    }

    #[test]
    fn an_app_that_suddenly_lists_nothing_is_not_believed() {
        let listing = ListingCount { app: "crm".into(), known: 11, listed: 0, missing: 11 };
        let situation = Situation { listings: vec![listing], ..Situation::default() };
        let trips = check(&situation, GuardLimits::default());
        assert_eq!(trips, [Trip::ListsNothing { app: "crm".into(), known: 11 }]);
    }

    #[test]
    fn a_listing_that_is_forty_percent_short_trips() {
        let listing = ListingCount { app: "crm".into(), known: 1000, listed: 600, missing: 400 };
        assert_eq!(trips(Situation { listings: vec![listing], ..Situation::default() }), 1);
    }

    #[test]
    fn nearly_everything_changed_at_once_trips() {
        let tally = Tally { changed_links: 91, ..Tally::default() };
        assert_eq!(trips(Situation { tally, links: 100, ..Situation::default() }), 1);
        assert_eq!(trips(Situation { tally, links: 99, ..Situation::default() }), 0);
    }
}
