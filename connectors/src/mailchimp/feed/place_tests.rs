//! The way through a listing of an audience that changes meanwhile.

use super::place::{Onward, Place, Row, next_since};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The most pages of a listing here, of an audience of a few dozen.
const MAX_PAGES: usize = 2_000;

/// An audience as Mailchimp lists it: by the second of the last change, whoever was listed first among equals.
#[derive(Clone, Debug)]
struct Audience {
    members: Vec<(u32, i64)>,
    /// Whether *since* includes its second.
    inclusive: bool,
}

impl Audience {
    fn page(&self, place: &Place, count: usize) -> (Vec<Row>, u64) {
        let mut rows = self.members.clone();
        rows.sort_by_key(|(_, at)| *at);
        rows.retain(|(_, at)| {
            place.since.is_none_or(|since| *at > since || (self.inclusive && *at == since))
        });
        let total = rows.len() as u64;
        let offset = usize::try_from(place.offset()).unwrap();
        let rows = rows.into_iter().skip(offset).take(count);
        (rows.map(|(id, at)| Row { id: id.to_string(), at: Some(at) }).collect(), total)
    }

    /// Somebody changes now, and so moves to the end.
    fn touch(&mut self, at: usize, now: i64) {
        let at = at % self.members.len();
        self.members[at].1 = now;
    }
}

/// Who was listed, and by how many pages; between two pages members change.
fn walk(mut audience: Audience, count: usize, touched: &[usize]) -> (BTreeSet<String>, usize) {
    let mut place = Place::since(None);
    let mut seen = BTreeSet::new();
    for page in 0..MAX_PAGES {
        let (rows, total) = audience.page(&place, count);
        seen.extend(rows.iter().map(|row| row.id.clone()));
        match place.after(&rows, total).unwrap() {
            Onward::Page(next) => place = next,
            Onward::End => return (seen, page + 1),
        }
        if let Some(at) = touched.get(page) {
            audience.touch(*at, 10_000 + i64::try_from(page).unwrap());
        }
    }
    panic!("the listing does not end");
}

proptest! {
    /// Ties of any size, pages of any size, changes at any time: nobody is missing.
    #[test]
    fn nobody_is_missing_from_a_listing_that_moves(
        seconds in proptest::collection::vec(0..6_i64, 1..60),
        count in 2..20_usize,
        touched in proptest::collection::vec(any::<usize>(), 0..20),
        inclusive: bool,
    ) {
        let members: Vec<(u32, i64)> = (0..).zip(seconds.iter().map(|second| second * 7)).collect();
        let everybody: BTreeSet<String> = members.iter().map(|(id, _)| id.to_string()).collect();
        let (seen, _) = walk(Audience { members, inclusive }, count, &touched);
        prop_assert_eq!(seen, everybody);
    }

    /// A listing of an audience at rest takes little more than the least possible number of pages.
    #[test]
    fn a_listing_at_rest_is_nearly_as_short_as_can_be(
        seconds in proptest::collection::vec(0..100_000_i64, 1..400), count in 20..60_usize, inclusive: bool,
    ) {
        let members: Vec<(u32, i64)> = (0..).zip(seconds.iter().copied()).collect();
        let least = members.len().div_ceil(count);
        let (_, pages) = walk(Audience { members, inclusive }, count, &[]);
        prop_assert!(pages <= least + least.div_ceil(5), "{} pages for {}", pages, least);
    }
}

fn row(id: &str, at: i64) -> Row {
    Row { id: id.to_owned(), at: Some(at) }
}

#[test]
fn an_empty_page_before_the_end_is_no_end() {
    assert!(Place::since(None).after(&[], 7).is_err());
    assert_eq!(Place::since(None).after(&[], 0).unwrap(), Onward::End);
    let rows = [row("a", 1), row("b", 1)];
    let Onward::Page(next) = Place::since(None).after(&rows, 3).unwrap() else { panic!() };
    assert!(next.after(&rows[1..], 3).is_err(), "nothing but the row that was there before");
}

/// A vendor that ignores the order that was asked for.
#[test]
fn rows_in_another_order_are_counted_and_no_time_is_trusted() {
    let rows: Vec<Row> = (0..20).map(|at| row(&at.to_string(), 100 - at)).collect();
    let Onward::Page(next) = Place::since(None).after(&rows, 40).unwrap() else { panic!() };
    assert_eq!((next.since, next.offset()), (None, 19));
}

#[test]
fn a_listing_that_never_rests_gives_up() {
    let mut place = Place::since(None);
    for turn in 0.. {
        let rows = [row(&turn.to_string(), 1), row("x", 1)];
        match place.after(&rows, 9) {
            Ok(Onward::Page(next)) => place = next,
            Ok(Onward::End) => panic!("it is no end"),
            Err(_) => return,
        }
        assert!(turn < 10_000, "it goes on and on");
    }
}

#[test]
fn the_next_poll_misses_nothing_whatever_the_clock_says() {
    fn check(now: Option<i64>, newest: Option<i64>, expected: Option<i64>) {
        assert_eq!(next_since(now, newest, 120), expected, "{now:?} {newest:?}");
    }
    check(Some(10_000), Some(100), Some(102));
    check(Some(10_000), Some(9_999), Some(9_880));
    // The clock goes behind the time stamps, or far ahead of them.
    check(Some(50), Some(9_999), Some(-70));
    check(Some(99_999_999), Some(9_999), Some(10_001));
    check(None, Some(9_999), Some(9_878));
    check(Some(10_000), None, None);
    check(None, None, None);
}
