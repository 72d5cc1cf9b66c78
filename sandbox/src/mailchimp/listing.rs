//! What listings show: the members as they were a lag ago, in the order of their last change.
//!
//! A member in a listing is whole and consistent; it is only late. Whether a bound of time is part of
//! what it bounds, and whether archived members are in a listing that asks for no status, is not
//! documented: [`Settings`].
//! <https://mailchimp.com/developer/marketing/api/list-members/list-members-info/>

use super::member::{ContactId, EmailType, Member, Seconds, unique_email_id};
use super::settings::{Bounds, Settings};
use super::standing::Status;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// Which members are asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) status: Option<Status>,
    pub(super) changed: Span,
    pub(super) opted_in: Span,
    pub(super) left_since: Option<Seconds>,
    pub(super) unique_email_id: Option<String>,
    pub(super) email_type: Option<EmailType>,
    pub(super) vip_only: bool,
}

/// A stretch of time, open on the sides that are not set.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) since: Option<Seconds>,
    pub(super) before: Option<Seconds>,
}

impl Span {
    fn holds(self, at: Seconds, bounds: Bounds) -> bool {
        match bounds {
            Bounds::Exclusive => {
                self.since.is_none_or(|since| at > since) && self.before.is_none_or(|before| at < before)
            }
            Bounds::Inclusive => {
                self.since.is_none_or(|since| at >= since) && self.before.is_none_or(|before| at <= before)
            }
        }
    }
}

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortField {
    OptedIn,
    SignedUp,
    Changed,
}

/// In which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortDir {
    Ascending,
    Descending,
}

/// A part of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) offset: usize,
    pub(super) count: usize,
}

/// A member's new state on its way into the listings; `None` takes it out.
#[derive(Debug)]
struct Event {
    due_ms: i64,
    id: ContactId,
    member: Option<Arc<Member>>,
}

/// The members as listings show them.
#[derive(Debug, Default)]
pub(super) struct Listing {
    shown: HashMap<ContactId, Arc<Member>>,
    by_change: BTreeSet<(Seconds, ContactId)>,
    waiting: VecDeque<Event>,
}

impl Listing {
    /// Shows a member's new state from `due_ms` on.
    pub(super) fn publish(&mut self, due_ms: i64, id: ContactId, member: Option<Arc<Member>>) {
        self.waiting.push_back(Event { due_ms, id, member });
    }

    /// Makes what is due by now visible.
    pub(super) fn settle(&mut self, now_ms: i64) {
        while self.waiting.front().is_some_and(|event| event.due_ms <= now_ms) {
            let Some(Event { id, member, .. }) = self.waiting.pop_front() else { return };
            let old = match member {
                None => self.shown.remove(&id),
                Some(member) => {
                    self.by_change.insert((member.changed, id.clone()));
                    let (changed, old) = (member.changed, self.shown.insert(id.clone(), member));
                    old.filter(|old| old.changed != changed)
                }
            };
            if let Some(old) = old {
                self.by_change.remove(&(old.changed, id));
            }
        }
    }

    /// Loses a member until its next change.
    pub(super) fn lose(&mut self, id: &ContactId) {
        self.waiting.retain(|event| event.id != *id);
        if let Some(lost) = self.shown.remove(id) {
            self.by_change.remove(&(lost.changed, id.clone()));
        }
    }

    /// A part of the members that are asked for, and how many those are in all.
    pub(super) fn page(
        &self,
        filter: &Filter,
        sort: Option<(SortField, SortDir)>,
        window: Window,
        settings: &Settings,
    ) -> (Vec<Arc<Member>>, usize) {
        let wanted = |member: &&Arc<Member>| filter.wants(member, settings);
        let from = filter.changed.since.unwrap_or(Seconds::MIN);
        let in_order = self.by_change.range((from, ContactId(Arc::from("")))..);
        let members = in_order.filter_map(|(_, id)| self.shown.get(id)).filter(wanted);
        if sort == Some((SortField::Changed, SortDir::Ascending)) {
            return cut(members, window);
        }
        let mut members: Vec<&Arc<Member>> = members.collect();
        match sort.map_or(SortField::OptedIn, |(field, _)| field) {
            SortField::Changed => {}
            SortField::OptedIn => members.sort_by_key(|member| (member.opted_in, member.web_id)),
            SortField::SignedUp => members.sort_by_key(|member| (member.signed_up, member.web_id)),
        }
        if sort.is_some_and(|(_, direction)| direction == SortDir::Descending) {
            members.reverse();
        }
        cut(members.into_iter(), window)
    }
}

fn cut<'a>(members: impl Iterator<Item = &'a Arc<Member>>, window: Window) -> (Vec<Arc<Member>>, usize) {
    let (mut page, mut total) = (Vec::new(), 0);
    for member in members {
        if total >= window.offset && page.len() < window.count {
            page.push(Arc::clone(member));
        }
        total += 1;
    }
    (page, total)
}

impl Filter {
    fn wants(&self, member: &Member, settings: &Settings) -> bool {
        let bounds = settings.time_bounds;
        let status = match self.status {
            Some(status) => member.status() == status,
            None => settings.unfiltered_lists_archived || member.status() != Status::Archived,
        };
        let opted_in = match (self.opted_in.since, self.opted_in.before) {
            (None, None) => true,
            _ => member.opted_in.is_some_and(|at| self.opted_in.holds(at, bounds)),
        };
        let left = Span { since: self.left_since, before: None };
        status
            && opted_in
            && self.changed.holds(member.changed, bounds)
            && (self.left_since.is_none() || member.left.is_some_and(|at| left.holds(at, bounds)))
            && self.unique_email_id.as_ref().is_none_or(|id| unique_email_id(&member.email) == *id)
            && self.email_type.is_none_or(|kind| member.profile.email_type == kind)
            && (!self.vip_only || member.profile.vip)
    }
}
