//! Walks over a made-up list, page by page, while people go on talking.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const OVERLAP_MS: i64 = 100;

/// Conversations by id: time of the last update. The contact has the conversation's number.
type List = BTreeMap<i64, i64>;

fn page(list: &List, from: usize, size: usize) -> ConversationPage {
    let mut newest_first: Vec<(i64, i64)> = list.iter().map(|(id, at)| (*at, *id)).collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let items = newest_first.iter().skip(from).take(size).map(|(updated_ms, id)| Conversation {
        id: *id,
        updated_ms: *updated_ms,
        contact: Some(ContactId::new(id.to_string())),
    });
    let next = (from + size < list.len()).then(|| (Paging::Current, (from + size).to_string()));
    ConversationPage { items: items.collect(), next }
}

/// Walks to the end; after each page, `meanwhile` happens. Gives the contacts, the place and the pages read.
fn walk(
    list: &mut List,
    since: Option<Place>,
    size: usize,
    mut meanwhile: impl FnMut(&mut List),
) -> (Vec<String>, Place, usize) {
    let (mut walk, mut contacts) = (Walk::start(since), Vec::new());
    for pages in 1.. {
        let text = PageToken::new(serde_json::to_string(&walk).unwrap());
        let kept = Walk::parse(&text).expect("a token survives being text");
        let from = kept.token.parse().unwrap_or(0);
        let (news, step) = kept.take(page(list, from, size), OVERLAP_MS).unwrap();
        contacts.extend(news.iter().map(ToString::to_string));
        meanwhile(list);
        match step {
            Step::On(next) => walk = *next,
            Step::End(place) => {
                let cursor = Cursor::new(serde_json::to_string(&place).unwrap());
                assert_eq!(Place::parse(&cursor), Some(place.clone()), "a cursor survives being text");
                return (contacts, place, pages);
            }
        }
    }
    unreachable!()
}

fn still(_: &mut List) {}

#[test]
fn a_walk_without_news_is_one_page_and_no_contact() {
    let mut list: List = (1..=20).map(|id| (id, id * 7)).collect();
    let (all, place, pages) = walk(&mut list, None, 5, still);
    assert_eq!((all.len(), pages), (20, 4));
    for _ in 0..3 {
        // The overlap of 100 ms reaches over fourteen conversations, but not over a page of them.
        let (news, again, pages) = walk(&mut list, Some(place.clone()), 16, still);
        assert_eq!((news, pages), (Vec::<String>::new(), 1));
        assert_eq!(again, place);
    }
}

#[test]
fn news_above_the_watermark_and_late_comers_below_it_are_both_seen() {
    let mut list: List = (1..=10).map(|id| (id, id * 50)).collect();
    let (_, place, _) = walk(&mut list, None, 3, still);
    list.insert(11, 600);
    list.insert(2, 601);
    list.insert(12, 420);
    let (mut news, place, _) = walk(&mut list, Some(place), 3, still);
    news.sort();
    assert_eq!(news, ["11", "12", "2"]);
    assert_eq!(walk(&mut list, Some(place), 3, still).0, Vec::<String>::new());
}

#[test]
fn what_moves_up_while_the_walk_goes_on_is_met_by_the_next_one() {
    let mut list: List = (1..=9).map(|id| (id, id * 1_000)).collect();
    let mut clock_ms = 20_000;
    // The oldest comes to the top after each page: this walk never shows it.
    let (first, place, _) = walk(&mut list, None, 3, |list| {
        clock_ms += 1;
        list.insert(1, clock_ms);
    });
    assert!(!first.contains(&"1".to_owned()));
    let (second, ..) = walk(&mut list, Some(place), 3, still);
    assert_eq!(second, ["1"]);
}

#[test]
fn a_burst_within_one_moment_is_not_read_again_and_again() {
    let burst = i64::try_from(MAX_OVERLAP_CONVERSATIONS).unwrap() * 3;
    let mut list: List = (1..=burst).map(|id| (id, 5_000)).collect();
    let (all, place, _) = walk(&mut list, None, 100, still);
    assert_eq!(all.len(), list.len());
    assert!(place.overlap.taken.len() <= MAX_OVERLAP_CONVERSATIONS);
    let (again, place, pages) = walk(&mut list, Some(place), 100, still);
    assert_eq!((again.len(), pages), (0, 1));
    list.insert(7, 5_001);
    assert_eq!(walk(&mut list, Some(place), 100, still).0, ["7"]);
}

#[test]
fn a_list_that_goes_round_in_circles_is_an_error() {
    let next = Some((Paging::Current, String::from("again")));
    let first = Walk::start(None).take(ConversationPage { items: vec![], next: next.clone() }, 0);
    let Ok((_, Step::On(second))) = first else { panic!("it goes on") };
    assert!(second.take(ConversationPage { items: vec![], next }, 0).is_err());
}

#[test]
fn what_another_version_wrote_has_expired() {
    let place = walk(&mut List::from([(1, 1)]), None, 1, still).1;
    let text = serde_json::to_string(&place).unwrap();
    assert_eq!(Place::parse(&Cursor::new(text.replace("\"format\":1", "\"format\":2"))), None);
    assert_eq!(Place::parse(&"{}".into()), None);
}

proptest! {
    /// Whatever people do between and within walks: every conversation that ever came to the top is met, at the
    /// latest by a walk after the last of it. (Twice within one millisecond is once to anybody who looks.)
    #[test]
    fn nothing_that_happens_is_missed(
        start in 0_i64..40,
        steps in proptest::collection::vec((1_u8..4, 1_i64..60), 1..60),
        size in 1_usize..8,
    ) {
        let mut list: List = (1..=start).map(|id| (id, id)).collect();
        let (mut clock_ms, mut place) = (1_000, None);
        let mut due: BTreeSet<String> = list.keys().map(ToString::to_string).collect();
        let mut steps = steps.into_iter().peekable();
        while steps.peek().is_some() {
            let mut happened = BTreeSet::new();
            let (met, end, _) = walk(&mut list, place.take(), size, |list| {
                if let Some((advance, id)) = steps.next() {
                    clock_ms += i64::from(advance);
                    list.insert(id, clock_ms);
                    happened.insert(id.to_string());
                }
            });
            for id in met {
                due.remove(&id);
            }
            due.extend(happened);
            place = Some(end);
        }
        let (met, ..) = walk(&mut list, place, size, still);
        for id in met {
            due.remove(&id);
        }
        prop_assert_eq!(due, BTreeSet::new());
    }
}

#[test]
fn a_token_that_no_address_can_carry_is_not_sent() {
    let mut list: List = (1..=20).map(|id| (id, id * 7)).collect();
    let long = "x".repeat(MAX_TOKEN_BYTES + 1);
    let endless = ConversationPage { next: Some((Paging::Current, long.clone())), ..page(&list, 0, 5) };
    let refused = Walk::start(None).take(endless, OVERLAP_MS);
    assert!(matches!(refused, Err(ConnectorError::Protocol { .. })), "{refused:?}");
    let kept = Walk { token: long, ..Walk::start(None) };
    assert_eq!(Walk::parse(&PageToken::new(serde_json::to_string(&kept).unwrap())), None);
    assert_eq!(walk(&mut list, None, 5, still).0.len(), 20, "and others are");
}
