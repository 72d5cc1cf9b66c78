//! Looking back without reading again.
//!
//! After a large load, the stretch that the feed looks back on holds so many rows that to list them with every run
//! would cost more than the run. Then they are counted instead. A row that comes to light late makes them more; a
//! row that changed since makes them fewer, and is listed as a change. So where the count is exactly what was known
//! less the old rows among the changes, nothing came to light, and in any other case the stretch is listed.

use super::place::look_back;
use crate::salesforce::wire::stamp::Stamp;
use serde::{Deserialize, Serialize};

/// What is known of a stretch of stamps: how many rows were delivered of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    /// The first stamp of the stretch. It ends where the cursor stands.
    pub(super) from: Stamp,
    /// Where the cursor stood when the rows were last listed one by one.
    pub(super) listed: Stamp,
    /// How many rows were delivered of it.
    pub(super) rows: u64,
}

impl Known {
    /// After a listing that began at `high`, with so many rows in the stretch before it.
    pub(super) fn listed(high: Stamp, rows: u64) -> Self {
        Self { from: look_back(high), listed: high, rows }
    }

    /// Whether counting is cheaper than listing for a feed that stands at `high`: there are many rows, and they are
    /// still within what it looks back on.
    pub(super) fn is_worth_counting(&self, high: Stamp, page_rows: u16) -> bool {
        self.rows > u64::from(page_rows) && look_back(high) < self.listed
    }

    /// Whether nothing came to light in the stretch: `counted` rows are in it now, and `old` ones that may have been
    /// in it are among the changes since.
    pub(super) fn is_unchanged(&self, counted: u64, old: u64) -> bool {
        counted.checked_add(old) == Some(self.rows)
    }

    /// The same stretch, longer by so many rows.
    pub(super) fn extended(self, counted: u64, more: u64) -> Self {
        Self { rows: counted.saturating_add(more), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counting_is_for_large_loads_that_are_still_looked_back_on() {
        let at = |time: &str| Stamp::parse(&format!("2026-01-01T{time}Z")).unwrap();
        let known = Known::listed(at("12:00:00"), 2_001);
        assert_eq!(known.from, at("11:50:00"));
        assert!(known.is_worth_counting(at("12:05:00"), 2_000));
        assert!(!known.is_worth_counting(at("12:05:00"), 2_001), "one page tells it all");
        assert!(!known.is_worth_counting(at("12:10:00"), 2_000), "nothing of it is looked back on");
    }

    proptest! {
        /// Of `rows` known ones `left` changed and were listed with `elsewhere` other old rows; `late` came to light.
        #[test]
        fn a_row_that_comes_to_light_is_never_counted_away(
            rows in 0_u64..100, left in 0_u64..100, elsewhere in 0_u64..5, late in 1_u64..5,
        ) {
            let left = left.min(rows);
            let known = Known::listed(Stamp::default(), rows);
            prop_assert!(!known.is_unchanged(rows - left + late, left + elsewhere));
            prop_assert!(known.is_unchanged(rows - left, left));
        }
    }
}
