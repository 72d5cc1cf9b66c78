//! From wished-for fields to the body of a write.
//!
//! A body never carries a `status`: what exists is never given one, because there is no way to say it here. A
//! new member gets one from [`Draft::into_new_member`] alone.

use super::super::config::AddressClear;
use super::field::{Catalogue, EMAIL, Field, Standard};
use super::merge::Misfit;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use syntony_core::ids::{FieldName, Tag};
use syntony_core::op::Rejection;
use syntony_core::record::Fields;
use syntony_core::schema::{Access, Kind};
use syntony_core::value::Value;

/// What a member may be when it is made. There is no other use of these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mailchimp) enum NewStatus {
    /// May be mailed.
    Subscribed,
    /// Is asked by mail whether it wants to be.
    Pending,
    /// Is known, and never mailed.
    Unsubscribed,
}

impl NewStatus {
    fn as_str(self) -> &'static str {
        match self {
            NewStatus::Subscribed => "subscribed",
            NewStatus::Pending => "pending",
            NewStatus::Unsubscribed => "unsubscribed",
        }
    }
}

/// A member, or the changed part of one, on its way to Mailchimp.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::mailchimp) struct Draft {
    top: Map<String, Json>,
    merge: Map<String, Json>,
}

impl Draft {
    /// A new member with these fields.
    ///
    /// # Errors
    /// The field that cannot be written.
    pub(in crate::mailchimp) fn create(catalogue: &Catalogue, fields: &Fields) -> Result<Self, Rejection> {
        let mut draft = Self::default();
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
            draft.set(catalogue, name, value)?;
        }
        if draft.address().is_none() {
            let hint = Some("map the e-mail address");
            return Err(refusal(
                &EMAIL.into(),
                Misfit::new("Mailchimp makes no member without an address", hint),
            ));
        }
        Ok(draft)
    }

    /// What is to change of a member that is there.
    ///
    /// # Errors
    /// The field that cannot be written.
    pub(in crate::mailchimp) fn update(
        catalogue: &Catalogue,
        fields: &Fields,
        address_clear: AddressClear,
    ) -> Result<Self, Rejection> {
        let mut draft = Self::default();
        for (name, value) in fields {
            if value.is_empty() {
                draft.clear(catalogue, name, address_clear)?;
            } else {
                draft.set(catalogue, name, value)?;
            }
        }
        Ok(draft)
    }

    pub(in crate::mailchimp) fn is_empty(&self) -> bool {
        self.top.is_empty() && self.merge.is_empty()
    }

    /// The address that is written, if one is.
    pub(in crate::mailchimp) fn address(&self) -> Option<&str> {
        self.top.get(EMAIL).and_then(Json::as_str)
    }

    /// The body of an update.
    pub(in crate::mailchimp) fn into_change(self) -> Json {
        let mut body = self.top;
        if !self.merge.is_empty() {
            body.insert("merge_fields".to_owned(), Json::Object(self.merge));
        }
        Json::Object(body)
    }

    /// An entry of a batch of new members.
    pub(in crate::mailchimp) fn into_new_member(self, status: NewStatus, tags: &BTreeSet<Tag>) -> Json {
        let mut body = self.into_change();
        if let Some(body) = body.as_object_mut() {
            body.insert("status".to_owned(), Json::from(status.as_str()));
            if !tags.is_empty() {
                body.insert("tags".to_owned(), tags.iter().map(Tag::as_str).collect());
            }
        }
        body
    }

    fn set(&mut self, catalogue: &Catalogue, name: &FieldName, value: &Value) -> Result<(), Rejection> {
        let json = match catalogue.field(name) {
            Some(Field::Merge(field)) => field.write(value),
            Some(Field::Standard(standard)) => write_standard(standard, value),
            None => Err(no_such_field()),
        };
        self.put(catalogue, name, json)
    }

    fn clear(&mut self, catalogue: &Catalogue, name: &FieldName, how: AddressClear) -> Result<(), Rejection> {
        let json = match catalogue.field(name) {
            Some(Field::Merge(field)) if field.is_required() => {
                Err(Misfit::new("the audience requires this field, so it cannot be emptied", None))
            }
            Some(Field::Merge(field)) => Ok(field.clear(how)),
            Some(Field::Standard(standard)) => clear_standard(standard),
            None => Err(no_such_field()),
        };
        self.put(catalogue, name, json)
    }

    fn put(
        &mut self,
        catalogue: &Catalogue,
        name: &FieldName,
        json: Result<Json, Misfit>,
    ) -> Result<(), Rejection> {
        let json = json.map_err(|misfit| refusal(name, misfit))?;
        let part = match catalogue.field(name) {
            Some(Field::Merge(_)) => &mut self.merge,
            Some(Field::Standard(_)) | None => &mut self.top,
        };
        part.insert(name.to_string(), json);
        Ok(())
    }
}

fn write_standard(standard: &Standard, value: &Value) -> Result<Json, Misfit> {
    match (standard.access, standard.kind, value) {
        (Access::ReadOnly | Access::CreateOnly, _, _) => Err(read_only()),
        (Access::ReadWrite, Kind::Boolean, Value::Bool(yes)) => Ok(Json::from(*yes)),
        (Access::ReadWrite, Kind::Text | Kind::Email | Kind::Picklist, Value::Text(text)) => {
            Ok(Json::from(text.trim()))
        }
        (Access::ReadWrite, _, _) => Err(Misfit::other_kind()),
    }
}

fn clear_standard(standard: &Standard) -> Result<Json, Misfit> {
    match (standard.access, standard.name) {
        (Access::ReadOnly | Access::CreateOnly, _) => Err(read_only()),
        (Access::ReadWrite, "language") => Ok(Json::from("")),
        (Access::ReadWrite, _) => Err(Misfit::new("Mailchimp keeps no member without it", None)),
    }
}

fn read_only() -> Misfit {
    Misfit::new("Mailchimp keeps this field itself", Some("map it in one direction, out of Mailchimp"))
}

fn no_such_field() -> Misfit {
    Misfit::new(
        "the audience has no such field",
        Some("add the merge field in Mailchimp, or map another one"),
    )
}

/// A refusal of ours.
fn refusal(name: &FieldName, misfit: Misfit) -> Rejection {
    Rejection { field: Some(name.clone()), reason: misfit.reason, hint: misfit.hint.map(str::to_owned) }
}
