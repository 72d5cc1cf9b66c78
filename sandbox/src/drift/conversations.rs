//! The conversations of a workspace, newest first.
//!
//! A listing is read page by page while people go on talking: a conversation that moves to the top shifts
//! the rest down, so later pages show again what earlier ones showed, and what moved up from an unread
//! page is not shown by that listing any more. Both happen here as they do at the vendor. No page costs
//! more than what it skips and shows.

use serde_json::{Value as Json, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;

const FIRST_ID: i64 = 4_382_727_146;

/// Places in listings that are remembered; older page tokens are refused.
const MAX_PAGE_TOKENS: usize = 10_000;

/// Whether a conversation goes on.
/// <https://devdocs.drift.com/docs/conversation-model>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It goes on.
    Open,
    /// Somebody closed it.
    Closed,
    /// It waits for somebody.
    Pending,
    /// A message sent to many; no filter selects it.
    BulkSent,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Closed => "closed",
            Status::Pending => "pending",
            Status::BulkSent => "bulk_sent",
        }
    }

    /// The status that a `statusId` means.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        match id {
            "1" => Some(Status::Open),
            "2" => Some(Status::Closed),
            "3" => Some(Status::Pending),
            _ => None,
        }
    }
}

/// One conversation.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) id: i64,
    pub(super) contact_id: i64,
    pub(super) status: Status,
    pub(super) created_at_ms: i64,
    pub(super) updated_at_ms: i64,
}

impl Conversation {
    /// As a listing shows it.
    pub(super) fn wire(&self) -> Json {
        json!({"status": self.status.as_str(), "contactId": self.contact_id, "createdAt": self.created_at_ms,
            "id": self.id, "inboxId": 62491, "updatedAt": self.updated_at_ms})
    }

    /// As a read by id shows it.
    pub(super) fn wire_whole(&self, org_id: i64) -> Json {
        json!({"id": self.id, "orgId": org_id, "contactId": self.contact_id, "inboxId": 62491,
            "status": self.status.as_str(), "participants": [2_117_001], "conversationTags": [],
            "createdAt": self.created_at_ms, "updatedAt": self.updated_at_ms})
    }

    fn place(&self) -> Place {
        (Reverse(self.updated_at_ms), Reverse(self.id))
    }
}

/// Where a conversation stands in the order that listings have.
type Place = (Reverse<i64>, Reverse<i64>);

/// Where a listing stands between two pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    last: Place,
    /// [`Conversations::moves`] when the page was read.
    moves: usize,
}

/// What a listing is to show.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    /// Only conversations of these statuses; none means all.
    pub(super) statuses: BTreeSet<Status>,
    /// Conversations on a page.
    pub(super) limit: usize,
    /// Nothing that happened after this moment.
    pub(super) until_ms: i64,
}

/// One page of a listing.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) items: Vec<&'a Conversation>,
    /// Where the next one starts; `None` on the last.
    pub(super) next: Option<Position>,
}

/// All conversations.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    by_id: BTreeMap<i64, Conversation>,
    newest_first: BTreeMap<Place, i64>,
    by_contact: BTreeMap<i64, BTreeSet<i64>>,
    given_ids: i64,
    /// How often a conversation came to the top.
    moves: usize,
    tokens: VecDeque<(String, Position)>,
    given_tokens: u64,
}

impl Conversations {
    /// Starts a conversation.
    pub(super) fn start(&mut self, contact_id: i64, now_ms: i64) -> i64 {
        let id = FIRST_ID + self.given_ids;
        self.given_ids += 1 + self.given_ids % 5;
        let conversation = Conversation {
            id,
            contact_id,
            status: Status::Open,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
        };
        self.newest_first.insert(conversation.place(), id);
        self.by_contact.entry(contact_id).or_default().insert(id);
        self.by_id.insert(id, conversation);
        self.moves += 1;
        id
    }

    /// Brings a conversation to the top: a new message, or a change of its status.
    pub(super) fn touch(&mut self, id: i64, status: Option<Status>, now_ms: i64) -> Option<&Conversation> {
        let conversation = self.by_id.get_mut(&id)?;
        self.newest_first.remove(&conversation.place());
        conversation.updated_at_ms = now_ms.max(conversation.updated_at_ms);
        conversation.status = status.unwrap_or(conversation.status);
        self.newest_first.insert(conversation.place(), id);
        self.moves += 1;
        Some(conversation)
    }

    /// The conversation with this id.
    pub(super) fn get(&self, id: i64) -> Option<&Conversation> {
        self.by_id.get(&id)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The contact's conversation that was started last.
    pub(super) fn latest_of(&self, contact_id: i64) -> Option<i64> {
        self.by_contact.get(&contact_id)?.last().copied()
    }

    /// Erases all conversations of a contact.
    pub(super) fn erase_of(&mut self, contact_id: i64) {
        for id in self.by_contact.remove(&contact_id).unwrap_or_default() {
            if let Some(gone) = self.by_id.remove(&id) {
                self.newest_first.remove(&gone.place());
            }
        }
    }

    /// One page of a listing, from where it stands.
    pub(super) fn page(&self, listing: &Listing, from: Option<Position>) -> Page<'_> {
        let Listing { statuses, limit, until_ms } = listing;
        let limit = *limit;
        let start = from.map_or(Bound::Unbounded, |position| self.shifted(position, limit));
        let mut rest = self
            .newest_first
            .range((start, Bound::Unbounded))
            .filter_map(|(_, id)| self.by_id.get(id))
            .filter(|conversation| conversation.updated_at_ms <= *until_ms)
            .filter(|conversation| statuses.is_empty() || statuses.contains(&conversation.status));
        let items: Vec<&Conversation> = rest.by_ref().take(limit).collect();
        let more = rest.next().is_some();
        let next =
            items.last().filter(|_| more).map(|last| Position { last: last.place(), moves: self.moves });
        Page { items, next }
    }

    /// Where a listing goes on: as many places further up as conversations have come to the top since,
    /// short of a whole page, so that a listing of a busy workspace still ends.
    fn shifted(&self, position: Position, limit: usize) -> Bound<Place> {
        let shift = self.moves.saturating_sub(position.moves).min(limit.saturating_sub(1));
        let last = Bound::Included(position.last);
        let before = self.newest_first.range((Bound::Unbounded, last)).rev().nth(shift);
        match before {
            Some((place, _)) => Bound::Excluded(*place),
            // Further up than the top: the listing begins again.
            None if shift > 0 => Bound::Unbounded,
            None => Bound::Excluded(position.last),
        }
    }

    /// Remembers a position under a token that says nothing about it. `form` makes the text of the
    /// token's number.
    pub(super) fn issue(&mut self, position: Position, form: impl FnOnce(u64) -> String) -> String {
        if self.tokens.len() == MAX_PAGE_TOKENS {
            self.tokens.pop_front();
        }
        self.given_tokens += 1;
        let token = form(self.given_tokens);
        self.tokens.push_back((token.clone(), position));
        token
    }

    /// The position behind a token; a token can be used more than once.
    pub(super) fn position(&self, token: &str) -> Option<Position> {
        // The newest are the likeliest.
        self.tokens.iter().rev().find(|(text, _)| text == token).map(|(_, position)| *position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn started(count: i64) -> (Conversations, Vec<i64>) {
        let mut conversations = Conversations::default();
        let ids = (0..count).map(|n| conversations.start(100 + n, 1_000 + n)).collect();
        (conversations, ids)
    }

    fn ids(page: &Page<'_>) -> Vec<i64> {
        page.items.iter().map(|conversation| conversation.id).collect()
    }

    fn all_of(limit: usize) -> Listing {
        Listing { statuses: BTreeSet::new(), limit, until_ms: i64::MAX }
    }

    fn only(status: Status, limit: usize) -> Listing {
        Listing { statuses: BTreeSet::from([status]), ..all_of(limit) }
    }

    fn walk(conversations: &Conversations, listing: &Listing) -> Vec<i64> {
        let mut shown = Vec::new();
        let mut from = None;
        loop {
            let page = conversations.page(listing, from);
            shown.extend(ids(&page));
            match page.next {
                Some(next) => from = Some(next),
                None => return shown,
            }
        }
    }

    #[test]
    fn pages_of_any_size_show_all_newest_first() {
        let (conversations, mut all) = started(7);
        all.reverse();
        for limit in 1..=8 {
            assert_eq!(walk(&conversations, &all_of(limit)), all, "limit {limit}");
        }
        assert!(conversations.page(&all_of(7), None).next.is_none(), "a full last page is the last");
    }

    #[test]
    fn conversations_of_one_millisecond_are_not_lost_between_pages() {
        let mut conversations = Conversations::default();
        let mut all: Vec<i64> = (0..5).map(|n| conversations.start(n, 1_000)).collect();
        all.reverse();
        assert_eq!(walk(&conversations, &all_of(2)), all);
    }

    #[test]
    fn a_message_while_a_listing_is_read_shifts_the_rest_down() {
        let (mut conversations, all) = started(6);
        let first = conversations.page(&all_of(2), None);
        assert_eq!(ids(&first), [all[5], all[4]]);
        let next = first.next;
        // The oldest one, which was not shown yet, comes to the top.
        conversations.touch(all[0], None, 9_000).unwrap();
        let second = conversations.page(&all_of(2), next);
        assert_eq!(ids(&second), [all[4], all[3]], "one is repeated");
        let third = conversations.page(&all_of(2), second.next);
        assert_eq!(ids(&third), [all[2], all[1]]);
        assert!(third.next.is_none(), "the one that moved is only at the top");
        assert_eq!(ids(&conversations.page(&all_of(1), None)), [all[0]]);
    }

    #[test]
    fn a_listing_of_a_busy_workspace_still_ends() {
        let (mut conversations, all) = started(20);
        let mut from = None;
        for turn in 0..40 {
            let page = conversations.page(&all_of(2), from);
            let Some(next) = page.next else { return };
            from = Some(next);
            for n in 0..5 {
                conversations.touch(all[19 - n], None, 10_000 + turn * 10 + n as i64).unwrap();
            }
        }
        panic!("it did not end");
    }

    #[test]
    fn a_status_selects_and_a_change_of_status_moves_up() {
        let (mut conversations, all) = started(4);
        conversations.touch(all[1], Some(Status::Closed), 5_000).unwrap();
        assert_eq!(walk(&conversations, &only(Status::Closed, 1)), [all[1]]);
        assert_eq!(walk(&conversations, &only(Status::Open, 2)), [all[3], all[2], all[0]]);
        assert_eq!(walk(&conversations, &all_of(3)), [all[1], all[3], all[2], all[0]]);
    }

    #[test]
    fn what_the_vendor_has_not_caught_up_with_is_not_shown() {
        let (mut conversations, all) = started(3);
        let early = Listing { until_ms: 1_001, ..all_of(5) };
        assert_eq!(walk(&conversations, &early), [all[1], all[0]]);
        conversations.touch(all[0], None, 2_000).unwrap();
        assert_eq!(walk(&conversations, &early), [all[1]]);
    }

    #[test]
    fn an_erased_contact_leaves_no_conversation() {
        let (mut conversations, all) = started(3);
        conversations.erase_of(101);
        assert_eq!(walk(&conversations, &all_of(5)), [all[2], all[0]]);
        assert!(conversations.get(all[1]).is_none() && conversations.latest_of(101).is_none());
    }

    proptest! {
        #[test]
        fn whoever_keeps_quiet_while_a_list_is_read_is_on_it(
            count in 1_usize..30,
            limit in 1_usize..8,
            talk in prop::collection::vec(prop::collection::vec(0_usize..30, 0..12), 0..40),
        ) {
            let (mut conversations, all) = started(i64::try_from(count).unwrap());
            let mut talked = BTreeSet::new();
            let mut shown = BTreeSet::new();
            let mut now_ms = 10_000;
            let mut talk = talk.into_iter();
            let mut from = None;
            loop {
                let page = conversations.page(&all_of(limit), from);
                shown.extend(ids(&page));
                let Some(next) = page.next else { break };
                from = Some(next);
                for who in talk.next().unwrap_or_default() {
                    let id = all[who % count];
                    now_ms += 1;
                    conversations.touch(id, None, now_ms).unwrap();
                    talked.insert(id);
                }
            }
            let missed: Vec<_> = all.iter().filter(|id| !shown.contains(id) && !talked.contains(id)).collect();
            prop_assert!(missed.is_empty(), "{missed:?} of {count}");
        }
    }
}
