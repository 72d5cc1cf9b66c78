//! Whether the credentials work, what they may do, and how much of the quota is left.

use super::Salesforce;
use super::api::{Ask, Miss, Part};
use super::config::{SObject, TagStore};
use super::protocol;
use super::wire::describe::{Describe, Shape};
use super::wire::view::TagColumn;
use super::wire::{OPTED_OUT, text};
use crate::contract::{Health, Result};
use syntony_core::ids::AccountId;

/// Who the organisation is.
const ORGANISATION: &str = "SELECT Id FROM Organization LIMIT 1";

impl Salesforce {
    /// One call, from the reserve if need be: it is what tells that only the reserve is left.
    pub(super) async fn health(&self) -> Result<Health> {
        let family = self.config.object.family();
        let mut asks = vec![Ask::Query(ORGANISATION.to_owned())];
        asks.extend(family.iter().map(|object| Ask::Describe(object.name())));
        let mut parts = self.ask_from_the_reserve(&asks).await?.parts.into_iter();
        let account = self.organisation(parts.next())?;
        let missing_permissions = match self.keep_description(family.iter().copied().zip(parts)) {
            Ok(describe) => self.missing(&describe),
            Err(crate::error::ConnectorError::Auth { .. }) => vec![permission(self.config.object, "Read")],
            Err(error) => return Err(error),
        };
        Ok(Health { account, missing_permissions, quota: self.quota.left() })
    }

    fn organisation(&self, part: Option<Part>) -> Result<AccountId> {
        let part = part.ok_or(protocol("a query without an answer"))?;
        let rows = part.rows().map_err(|miss: Miss| self.explain_miss(miss))?;
        let id = rows.records.first().and_then(|row| text(row, "Id"));
        id.map(AccountId::from).ok_or(protocol("an organisation without an id"))
    }

    /// What this user lacks, as Salesforce names it.
    fn missing(&self, describe: &Describe) -> Vec<String> {
        let mut missing = Vec::new();
        for object in self.config.object.family() {
            let Some(shape) = describe.shape(*object) else {
                missing.push(permission(*object, "Read"));
                continue;
            };
            // The contact of a converted lead is there already.
            if !shape.createable && *object == self.config.object {
                missing.push(permission(*object, "Create"));
            }
            if !shape.updateable {
                missing.push(permission(*object, "Edit"));
            }
            if shape.field(OPTED_OUT).is_none() {
                missing.push(format!("Read on {}.{OPTED_OUT}", object.name()));
            }
            missing.extend(self.missing_tags(*object, shape));
            missing.extend(self.missing_marker(*object, shape));
        }
        missing
    }

    fn missing_tags(&self, object: SObject, shape: &Shape) -> Option<String> {
        // A field of leads need not be one of contacts too.
        let is_own = object == self.config.object;
        match (self.tags.column(shape), &self.tags) {
            (TagColumn::None, TagStore::Field(_)) if !is_own => None,
            (TagColumn::Rows { .. } | TagColumn::Field(_), _) => None,
            (TagColumn::None, TagStore::Topics) => Some(format!("Topics for {}s", object.name())),
            (TagColumn::None, TagStore::Campaigns) => Some(format!("Campaign members of {}s", object.name())),
            (TagColumn::None, TagStore::Field(name)) => {
                Some(format!("{}.{name} as a multi-select picklist", object.name()))
            }
        }
    }

    /// New contacts are told apart by their marker, so the field has to be one that can do that.
    fn missing_marker(&self, object: SObject, shape: &Shape) -> Option<String> {
        let name = self.config.marker_field.as_ref().filter(|_| object == self.config.object)?;
        let field = shape.field(name.as_str());
        let serves = field.is_some_and(|field| field.external_id && field.is_writable());
        (!serves).then(|| format!("{}.{name} as a writable external id", object.name()))
    }
}

fn permission(object: SObject, what: &str) -> String {
    format!("{what} on {}", object.name())
}
