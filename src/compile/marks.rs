//! Events that become tags on the other side, and people who would be mailed without leave.

use super::Bench;
use super::tags::Wish;
use crate::config::Located;
use crate::config::connection::MarkConfig;
use syntony_connectors::contract::Listing;
use syntony_core::policy::Mark;
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
