//! What all ops of one write share: the calls, and the reason to stop making any.

use super::super::Mailchimp;
use super::super::feed::Read;
use super::super::wire::fault::Fault;
use super::super::wire::field::Catalogue;
use super::super::wire::member::Member;
use super::{Failure, Step};
use crate::error::ConnectorError;
use crate::http::{Answer, Method, Repeat, Request};
use std::sync::OnceLock;
use syntony_core::op::Outcome;

/// The ops of one write.
pub(super) struct Job<'a> {
    pub(super) mailchimp: &'a Mailchimp,
    pub(super) catalogue: &'a Catalogue,
    /// Why nothing else is sent.
    pub(super) halt: OnceLock<ConnectorError>,
}

/// How a call went that Mailchimp answered.
pub(super) enum Answered {
    /// It did it.
    Done(Answer),
    /// It refuses.
    Refused(Fault),
}

impl Job<'_> {
    /// A write to this audience, below `/3.0/lists/{list}`.
    pub(super) fn request(&self, method: Method, template: &'static str, repeat: Repeat) -> Request {
        Request::new(method, template, repeat).arg("list", &self.mailchimp.config.audience)
    }

    /// One call. Ends the op where there is no answer to go on with.
    pub(super) async fn call(&self, request: &Request) -> Step<Answered> {
        if let Some(error) = self.halt.get() {
            return Err(Outcome::Deferred(error.to_string()));
        }
        match self.mailchimp.http.send(request).await {
            Ok(answer) => Ok(Answered::Done(answer)),
            Err(error) => match Failure::of(self.mailchimp, error) {
                Failure::Refused(fault) => Ok(Answered::Refused(fault)),
                Failure::InDoubt => Err(Outcome::Unknown),
                Failure::NotNow(error) => Err(self.halt(error)),
            },
        }
    }

    /// Nothing else is sent. Another op may have been quicker to find out; either reason will do.
    pub(super) fn halt(&self, error: ConnectorError) -> Outcome {
        let reason = error.to_string();
        let _ = self.halt.set(error);
        Outcome::Deferred(reason)
    }

    /// A member before anything was written to it.
    pub(super) async fn read_first(&self, name: &str) -> Step<Member> {
        if let Some(error) = self.halt.get() {
            return Err(Outcome::Deferred(error.to_string()));
        }
        match self.mailchimp.read_member(name).await {
            Ok(Read::There(member)) => Ok(*member),
            Ok(Read::Missing) => Err(Outcome::Stale),
            Ok(Read::Odd(reason)) => Err(Outcome::Deferred(reason.to_owned())),
            Err(error) => Err(self.halt(self.mailchimp.explain(error))),
        }
    }

    /// A member as Mailchimp holds it after something of it was written. Where it cannot be read, nobody can say
    /// what is there.
    pub(super) async fn read_back(&self, name: &str) -> Step<Member> {
        match self.mailchimp.read_member(name).await {
            Ok(Read::There(member)) => Ok(*member),
            Ok(Read::Missing | Read::Odd(_)) | Err(_) => Err(Outcome::Unknown),
        }
    }

    /// What the server now holds.
    pub(super) fn applied(&self, member: &Member) -> Outcome {
        Outcome::Applied { id: member.contact(), record: Box::new(self.catalogue.record(member)) }
    }
}
