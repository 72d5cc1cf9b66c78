//! From ops to rows: what is certain to be refused is refused here, before anything is sent.

use super::super::Salesforce;
use super::super::config::TagStore;
use super::super::wire::IS_PERSON_ACCOUNT;
use super::super::wire::describe::Describe;
use super::super::wire::object::SObject;
use super::super::wire::view::TagColumn;
use super::job::{NewContact, Ready, Update};
use super::payload::{Payload, Purpose, refusal};
use super::value::joined;
use crate::ledger::Ledger;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{ContactId, FieldName, OpKey, Tag};
use syntony_core::op::{Outcome, Rejection, Write};
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;

/// Things to do, by the object whose rows they are about.
pub(super) type ByObject<T> = BTreeMap<SObject, Vec<T>>;

/// What there is to do.
#[derive(Default)]
pub(super) struct Work {
    pub(super) creates: Vec<NewContact>,
    pub(super) updates: ByObject<Update>,
}

impl Salesforce {
    /// Sorts ops into creates and updates; what cannot be written is settled.
    pub(super) fn sort_ops(
        &self,
        describe: &Describe,
        ops: Vec<(OpKey, Write)>,
        ledger: &mut Ledger,
    ) -> Work {
        let mut work = Work::default();
        for (key, write) in ops {
            match write {
                Write::Create { fields, tags, .. } => match self.new_contact(describe, &key, fields, tags) {
                    Ok(contact) => work.creates.push(contact),
                    Err(rejection) => ledger.reject(key, rejection),
                },
                Write::Update { id, fields, add_tags, remove_tags, seen } => match self.updatable(&id, &seen)
                {
                    Ok(object) => {
                        let update =
                            Update { key, id, fields, add: add_tags, remove: remove_tags, basis: seen };
                        work.updates.entry(object).or_default().push(update);
                    }
                    Err(outcome) => ledger.settle(key, outcome),
                },
            }
        }
        work
    }

    fn new_contact(
        &self,
        describe: &Describe,
        key: &OpKey,
        fields: Fields,
        tags: BTreeSet<Tag>,
    ) -> Result<NewContact, Rejection> {
        let object = self.config.object;
        let mut payload = Payload::new(describe, object, Purpose::Create, &fields)?;
        if let Some(marker) = &self.config.marker_field {
            payload.set(marker, marker.as_str(), json!(key.as_str()));
        }
        let mut rows = BTreeSet::new();
        if !tags.is_empty() {
            match self.tag_field(describe, object)? {
                Some(field) => set_tags(&mut payload, field, &tags)?,
                None => rows = tags,
            }
        }
        Ok(NewContact { key: key.clone(), fields, tags: rows, payload })
    }

    /// The object of which this contact is a row, if it can be written at all.
    fn updatable(&self, id: &ContactId, seen: &Record) -> Result<SObject, Outcome> {
        let object = SObject::of(id).filter(|object| self.config.object.family().contains(object));
        // Whatever it is, it is not in this app.
        let object = object.ok_or(Outcome::Stale)?;
        if seen.fields.get(IS_PERSON_ACCOUNT) == Some(&Value::Bool(true)) {
            return Err(Outcome::Rejected(Rejection {
                field: None,
                reason: "the contact is a person account, which Salesforce lets nobody write as a contact"
                    .to_owned(),
                hint: Some("exclude person accounts by a rule on IsPersonAccount".to_owned()),
            }));
        }
        Ok(object)
    }

    /// An update with what is sent.
    pub(super) fn ready(
        &self,
        describe: &Describe,
        object: SObject,
        update: Update,
    ) -> Result<Ready, (OpKey, Rejection)> {
        let (payload, tags) = match self.row_of(describe, object, &update) {
            Ok(row) => row,
            Err(rejection) => return Err((update.key, rejection)),
        };
        let Update { key, id, fields, add, remove, basis } = update;
        // Tags that are a field of the row are in the payload, and nothing is left to be done about them.
        let (add, remove) = if self.tags_are_a_field() { Default::default() } else { (add, remove) };
        Ok(Ready { key, id, fields, add, remove, tags, basis, payload })
    }

    /// The row of an update, and the tags that it gives the contact where they are a field and change.
    fn row_of(
        &self,
        describe: &Describe,
        object: SObject,
        update: &Update,
    ) -> Result<(Payload, Option<BTreeSet<Tag>>), Rejection> {
        let mut payload = Payload::new(describe, object, Purpose::Update, &update.fields)?;
        let field = if update.has_tags() { self.tag_field(describe, object)? } else { None };
        let Some(field) = field else { return Ok((payload, None)) };
        // The field is written whole. What it holds now is certain: the write stands on this version, or on a read
        // right before it.
        let Some(before) = update.basis.tags.clone() else {
            // Written on what is not known, it would wipe out the tags of others.
            return Err(refusal(field, "Salesforce does not show which tags the contact has", None));
        };
        let kept = before.difference(&update.remove).cloned();
        let after: BTreeSet<Tag> = kept.chain(update.add.iter().cloned()).collect();
        if after == before {
            return Ok((payload, None));
        }
        set_tags(&mut payload, field, &after)?;
        Ok((payload, Some(after)))
    }

    /// The field that holds the tags of this object's rows; `None` where they are rows of their own.
    fn tag_field<'a>(
        &'a self,
        describe: &Describe,
        object: SObject,
    ) -> Result<Option<&'a FieldName>, Rejection> {
        let field = match &self.tags {
            TagStore::Topics | TagStore::Campaigns => return Ok(None),
            TagStore::Field(field) => field,
        };
        match describe.shape(object).map(|shape| self.tags.column(shape)) {
            Some(TagColumn::Field(_)) => Ok(Some(field)),
            Some(TagColumn::Rows { .. } | TagColumn::None) | None => Err(refusal(
                field,
                "tags are kept in this field, and Salesforce shows no such multi-select picklist",
                Some("check `tags` in the configuration, and that the user may see the field".to_owned()),
            )),
        }
    }

    /// Whether tags are a field of the row.
    pub(super) fn tags_are_a_field(&self) -> bool {
        self.tags.assignments().is_none()
    }
}

fn set_tags(payload: &mut Payload, field: &FieldName, tags: &BTreeSet<Tag>) -> Result<(), Rejection> {
    let joined = joined(tags.iter().map(Tag::as_str)).map_err(|reason| refusal(field, reason, None))?;
    payload.set(field, field.as_str(), joined);
    Ok(())
}
