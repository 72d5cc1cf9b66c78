//! Events that become tags on the other side, and people who would be mailed without leave.

use super::Bench;
use super::tags::Wish;
use crate::config::Located;
use crate::config::connection::MarkConfig;
use crate::config::rule::EffectConfig;
use syntony_connectors::contract::Listing;
use syntony_core::policy::{Mark, Policy};
use syntony_core::side::Side;

/// What becomes a tag on the other side.
#[derive(Clone, Copy)]
enum Event {
    Deletion,
    Unsubscribe,
}

impl Event {
    fn plural(self) -> &'static str {
        match self {
            Event::Deletion => "deletions",
            Event::Unsubscribe => "unsubscribes",
        }
    }
}

impl Bench<'_> {
    /// Where deletions are read, and where unsubscribes.
    pub(super) fn marks(&mut self) -> (Option<Mark>, Option<Mark>) {
        let connection = self.connection;
        let deletions = self.mark(connection.deletions.as_ref(), Event::Deletion);
        (deletions, self.mark(connection.unsubscribes.as_ref(), Event::Unsubscribe))
    }

    /// A mark, if its event can be read on one side and its tag be held on the other.
    fn mark(&mut self, mark: Option<&Located<MarkConfig>>, event: Event) -> Option<Mark> {
        let mark = mark?;
        let (from, to) = (mark.from.value, mark.from.value.other());
        if !self.reports(from, event) {
            let message = format!("`{}` does not report {}", self.app(from), event.plural());
            self.error(mark.from.span, message, "name the other app, or take this line out");
        }
        if !self.writable(to) {
            let message =
                format!("`{}` is not written by this connection, so it cannot get the tag", self.app(to));
            self.error(mark.span, message, "change `direction`, or take this line out");
        }
        Some(Mark { from, tag: self.tag(to, &mark.tag, mark.span, Wish::PutOn)? })
    }

    /// A tag that stands for an event is put on and taken off by that event alone: an action that takes it off, or back,
    /// would take off what the event says, and of two events nobody would know which one it says.
    pub(super) fn marks_alone(&mut self, policy: &Policy) {
        let connection = self.connection;
        if let (Some(one), Some(other), Some(span)) =
            (&policy.deletions, &policy.unsubscribes, connection.unsubscribes.as_ref().map(|mark| mark.span))
            && one == other
        {
            let message = "this tag stands for deletions already".to_owned();
            self.error(span, message, "choose another `tag` for one of them");
        }
        let marks = [(&policy.deletions, Event::Deletion), (&policy.unsubscribes, Event::Unsubscribe)];
        let said = connection.rules.iter().flat_map(|rule| &rule.then);
        for action in said {
            let taken_off = match &action.effect {
                EffectConfig::RemoveTag(tag) => tag,
                EffectConfig::AddTag(tag) if action.undo => tag,
                EffectConfig::AddTag(_)
                | EffectConfig::SetLeadStage(_)
                | EffectConfig::SetCqlSource(_)
                | EffectConfig::Set(..) => continue,
            };
            let is_marked = |mark: &Mark| mark.from.other() == action.on.value && mark.tag == *taken_off;
            for (_, event) in marks.iter().filter(|(mark, _)| mark.as_ref().is_some_and(is_marked)) {
                let message = format!("this takes off the tag that `{}` puts on", event.plural());
                self.error(action.span, message, "choose another tag for one of them");
            }
        }
    }

    fn reports(&self, side: Side, event: Event) -> bool {
        let can = &self.apps[side].capabilities;
        match event {
            Event::Deletion => can.tombstones || can.listing == Listing::Complete,
            Event::Unsubscribe => can.unsubscribes,
        }
    }

    /// Says so where people are mailed of whom nobody says that they may be.
    pub(super) fn mailing(&mut self, side: Side) {
        let (mails, other) = (&self.apps[side], &self.apps[side.other()]);
        // An app that tells of opt-outs as they happen, and cannot be listed, says nothing of those before.
        let says = other.capabilities.unsubscribes && other.capabilities.listing == Listing::Complete;
        if !mails.capabilities.mails_new_contacts || says || !self.writable(side) {
            return;
        }
        let message = format!(
            "`{}` does not say who may be mailed, and whoever is new in `{}` is subscribed",
            other.name, mails.name
        );
        let hint = format!(
            "`double_opt_in = true` in [apps.{}] asks them first; or let a rule select those who agreed",
            mails.name
        );
        self.warning(self.connection.name.span, message, hint);
    }
}
