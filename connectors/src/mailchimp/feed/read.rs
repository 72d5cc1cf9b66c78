//! Reads by id, look-ups by address, and the tags that a row does not show.
//!
//! Mailchimp has no batch of reads, so each is a call; a bounded number goes at once.

use super::super::wire::address_hash;
use super::super::wire::field::Catalogue;
use super::super::wire::member::{Member, TagName, Tags, parts};
use super::super::{Mailchimp, protocol};
use crate::contract::{Change, Fetched, Found, Result};
use crate::error::ConnectorError;
use crate::http::{HttpError, Paged, collect_pages};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use syntony_core::ids::ContactId;
use syntony_core::record::Record;

/// The most tags on a page (<https://mailchimp.com/developer/marketing/docs/methods-parameters/#pagination>).
const MAX_PAGE_TAGS: &str = "1000";

/// What a read of one member gave.
pub(in crate::mailchimp) enum Read {
    /// It is there.
    There(Box<Member>),
    /// Nobody has this name.
    Missing,
    /// It is there, and cannot be understood.
    Odd(&'static str),
}

#[derive(Deserialize)]
struct TagsPage {
    tags: Vec<TagName>,
    total_items: u64,
}

impl Mailchimp {
    /// Contacts by id. A missing one is gone only while the audience itself is there: a wrong audience, or one
    /// that may not be seen, has no members at all.
    pub(in crate::mailchimp) async fn read_by_id(&self, ids: &[ContactId]) -> Result<Vec<Fetched>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let catalogue = self.catalogue().await?;
        let read = |id: &ContactId| {
            let id = id.clone();
            async move {
                let read = self.read_member(id.as_str()).await.map_err(|error| self.explain(error))?;
                Ok::<_, ConnectorError>((id, read))
            }
        };
        let reads: Vec<_> =
            stream::iter(ids).map(read).buffered(self.config.calls_at_once()).try_collect().await?;
        if reads.iter().any(|(_, read)| matches!(read, Read::Missing)) {
            self.audience_answers().await?;
        }
        Ok(reads
            .into_iter()
            .map(|(asked, read)| {
                let found = match read {
                    Read::There(member) => live(&catalogue, &member),
                    Read::Missing => Found::Gone,
                    Read::Odd(_) => Found::Unknown,
                };
                Fetched { asked, found }
            })
            .collect())
    }

    /// Contacts by address. Nobody is an answer; one that cannot be understood is not nobody.
    pub(in crate::mailchimp) async fn look_up(&self, addresses: &[String]) -> Result<Vec<Change>> {
        let is_some = |address: &&String| !address.trim().is_empty();
        let hashes: BTreeSet<String> =
            addresses.iter().filter(is_some).map(|address| address_hash(address)).collect();
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        let catalogue = self.catalogue().await?;
        let read =
            |hash: String| async move { self.read_member(&hash).await.map_err(|error| self.explain(error)) };
        let reads: Vec<Read> =
            stream::iter(hashes).map(read).buffered(self.config.calls_at_once()).try_collect().await?;
        let mut found = Vec::new();
        for read in reads {
            match read {
                Read::There(member) => found.push(Change::live(member.contact(), catalogue.record(&member))),
                Read::Missing => {}
                // Taken for nobody, it would be created once more.
                Read::Odd(reason) => return Err(protocol(reason)),
            }
        }
        Ok(found)
    }

    /// Reads a member by its contact id or the hash of its address
    /// (<https://mailchimp.com/developer/marketing/api/list-members/get-member-info/>).
    pub(in crate::mailchimp) async fn read_member(&self, name: &str) -> std::result::Result<Read, HttpError> {
        let request = self
            .audience_request("/3.0/lists/{list}/members/{member}")
            .arg("member", name)
            .query("fields", parts());
        let answer = match self.http.send(&request).await {
            Ok(answer) => answer,
            Err(error) if error.refusal().is_some_and(|answer| answer.status() == 404) => {
                return Ok(Read::Missing);
            }
            Err(error) => return Err(error),
        };
        match Member::parse(answer.json::<Json>()?) {
            Ok(member) if member.contact_id != name && member.hash != name => {
                Ok(Read::Odd("another member answers than was asked for"))
            }
            Ok(member) => Ok(Read::There(Box::new(self.complete(member).await?))),
            Err(reason) => Ok(Read::Odd(reason)),
        }
    }

    /// The same member with all of its tags.
    pub(in crate::mailchimp) async fn with_all_tags(&self, member: Member) -> Result<Member> {
        self.complete(member).await.map_err(|error| self.explain(error))
    }

    /// A row shows the first fifty tags; more are read apart.
    pub(in crate::mailchimp) async fn complete(
        &self,
        member: Member,
    ) -> std::result::Result<Member, HttpError> {
        match member.tags() {
            Tags::All(_) | Tags::NotShown => Ok(member),
            Tags::CutOff => {
                let tags = self.all_tags(&member.hash).await?;
                Ok(member.with_tags(tags))
            }
        }
    }

    /// All tags of a member (<https://mailchimp.com/developer/marketing/api/list-member-tags/list-member-tags/>).
    async fn all_tags(&self, hash: &str) -> std::result::Result<Vec<TagName>, HttpError> {
        collect_pages(|offset| async move {
            let offset = offset.unwrap_or_else(|| "0".to_owned());
            let request = self
                .audience_request("/3.0/lists/{list}/members/{member}/tags")
                .arg("member", hash)
                .query("count", MAX_PAGE_TAGS)
                .query("offset", offset.as_str());
            let page: TagsPage = self.http.send(&request).await?.json()?;
            let behind = offset.parse::<u64>().unwrap_or(0).saturating_add(page.tags.len() as u64);
            if page.tags.is_empty() && behind < page.total_items {
                return Err(HttpError::protocol("a page of tags is empty, and more are announced"));
            }
            let next = (behind < page.total_items).then(|| behind.to_string());
            Ok(Paged { items: page.tags, next })
        })
        .await
    }
}

/// What a read found. Its id is the one that Mailchimp says now.
fn live(catalogue: &Catalogue, member: &Member) -> Found {
    let record: Record = catalogue.record(member);
    Found::Live { id: member.contact(), record: Box::new(record) }
}
