//! Writing, as strictly as a vendor: what does not fit is refused, and nothing of it is applied.

use super::app::Written;
use super::faults::Fault;
use super::store::{Contact, Life, Source, Store};
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, FieldName, OpKey, Tag};
use syntony_core::op::{Outcome, Rejection, Write};
use syntony_core::record::{Fields, Record};
use syntony_core::schema::{Access, FieldSpec, Kind};
use syntony_core::value::Value;

impl Store {
    /// One op, with whatever befalls it.
    pub(super) fn attempt(&mut self, op: &OpKey, write: &Write) -> Outcome {
        if self.fate.strikes(Fault::Deferred) {
            return Outcome::Deferred("the app takes no more for now".to_owned());
        }
        if self.fate.strikes(Fault::TimeoutBefore) {
            return Outcome::Unknown;
        }
        if self.fate.strikes(Fault::Rejection) {
            return reject(None, "the app refuses this contact for a reason of its own");
        }
        if write.contact().is_some() && self.fate.strikes(Fault::FalseStale) {
            return Outcome::Stale;
        }
        let mut outcome = self.apply(op, write).unwrap_or_else(|outcome| outcome);
        if let (Some(_), Outcome::Applied { id, .. }) = (write.contact(), &mut outcome)
            && self.fate.strikes(Fault::Rename)
        {
            *id = self.rename(id).unwrap_or_else(|| id.clone());
        }
        if self.fate.strikes(Fault::TimeoutAfter) { Outcome::Unknown } else { outcome }
    }

    /// `Err` is an outcome too: the one of a write that was not applied.
    fn apply(&mut self, op: &OpKey, write: &Write) -> Result<Outcome, Outcome> {
        let none = BTreeSet::new();
        match write {
            Write::Create { fields, tags, .. } => {
                self.check_tags(tags)?;
                self.check_create(fields)?;
                let marker = self.traits.markers.then(|| op.clone());
                let left_off = !tags.is_empty() && self.fate.strikes(Fault::TagsLeftOff);
                let tags = if left_off { &none } else { tags };
                let id = self.insert(fields.clone(), tags.clone(), marker, Source::Book);
                Ok(self.confirm(op, id, write, tags, &none))
            }
            Write::Update { id, fields, add_tags, remove_tags, seen } => {
                self.check_tags(add_tags)?;
                self.check_tags(remove_tags)?;
                self.check_update(id, fields, seen)?;
                self.change(id, Source::Book, |contact| {
                    contact.fields.extend(fields.clone());
                    contact.tags.extend(add_tags.iter().cloned());
                    contact.tags.retain(|tag| !remove_tags.contains(tag));
                });
                Ok(self.confirm(op, id.clone(), write, add_tags, remove_tags))
            }
        }
    }

    fn check_tags(&self, tags: &BTreeSet<Tag>) -> Result<(), Outcome> {
        if !self.traits.tags && !tags.is_empty() {
            return Err(reject(None, "contacts of this app hold no tags"));
        }
        match tags.iter().find_map(|tag| self.traits.tag_limits.misfit(tag)) {
            Some(misfit) => Err(reject(None, &misfit.to_string())),
            None => Ok(()),
        }
    }

    fn check_create(&self, fields: &Fields) -> Result<(), Outcome> {
        for (name, value) in fields {
            self.check_field(name, value, Moment::Create)?;
        }
        for spec in self.traits.schema.fields().iter().filter(|spec| spec.required) {
            if fields.get(&spec.name).is_none_or(Value::is_empty) {
                return Err(reject(Some(&spec.name), "the field is required"));
            }
        }
        // The plan thought that there is no such contact, and there is: it has to look again.
        let addresses = self.addresses(fields);
        let mut living = self.contacts().filter(|(_, contact)| contact.life == Life::Live);
        if self.traits.unique_emails && living.any(|(_, contact)| self.holds_address(contact, &addresses)) {
            return Err(Outcome::Stale);
        }
        Ok(())
    }

    fn check_update(&self, id: &ContactId, fields: &Fields, seen: &Record) -> Result<(), Outcome> {
        let visible = |contact: &&Contact| contact.life == Life::Live && !contact.hidden;
        let Some(contact) = self.contact(id).filter(visible) else {
            return Err(Outcome::Stale);
        };
        if self.traits.conditional_writes && seen.version != self.observe(contact).version {
            return Err(Outcome::Stale);
        }
        fields.iter().try_for_each(|(name, value)| self.check_field(name, value, Moment::Update))
    }

    fn check_field(&self, name: &FieldName, value: &Value, moment: Moment) -> Result<(), Outcome> {
        let Some(spec) = self.traits.schema.field(name.as_str()) else {
            return Err(reject(Some(name), "there is no such field"));
        };
        let refusal = match spec.access {
            Access::ReadOnly => Some("the field cannot be written"),
            Access::CreateOnly if moment == Moment::Update => Some("the field is set on create only"),
            Access::CreateOnly | Access::ReadWrite if !value.is_empty() => misfit(&spec, value),
            Access::CreateOnly | Access::ReadWrite if spec.required => Some("the field is required"),
            Access::CreateOnly | Access::ReadWrite => {
                (!self.traits.clears && moment == Moment::Update).then_some("the field cannot be emptied")
            }
        };
        refusal.map_or(Ok(()), |reason| Err(reject(Some(name), reason)))
    }

    /// Logs an applied write and answers with what is held now.
    fn confirm(
        &mut self,
        op: &OpKey,
        id: ContactId,
        write: &Write,
        add_tags: &BTreeSet<Tag>,
        remove_tags: &BTreeSet<Tag>,
    ) -> Outcome {
        self.written.push(Written {
            at_ms: self.now_ms(),
            op: op.clone(),
            id: id.clone(),
            created: write.contact().is_none(),
            fields: write.fields().clone(),
            add_tags: add_tags.clone(),
            remove_tags: remove_tags.clone(),
        });
        match self.contact(&id) {
            Some(contact) => Outcome::Applied { record: Box::new(self.observe(contact)), id },
            None => Outcome::Stale,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    Create,
    Update,
}

fn reject(field: Option<&FieldName>, reason: &str) -> Outcome {
    Outcome::Rejected(Rejection { field: field.cloned(), reason: reason.to_owned(), hint: None })
}

/// Whether a value that is not empty is of the kind, and within the limits, that its field allows.
pub(crate) fn fits(spec: &FieldSpec, value: &Value) -> bool {
    misfit(spec, value).is_none()
}

/// Why a value that is not empty does not fit its field.
fn misfit(spec: &FieldSpec, value: &Value) -> Option<&'static str> {
    match (spec.many, value) {
        (true, Value::List(items)) => items.iter().find_map(|item| single_misfit(spec, &item.value)),
        (true, _) => Some("the field holds a list"),
        (false, single) => single_misfit(spec, single),
    }
}

fn single_misfit(spec: &FieldSpec, value: &Value) -> Option<&'static str> {
    let right_kind = match spec.kind {
        Kind::Text | Kind::Email | Kind::Phone | Kind::Url | Kind::Picklist => {
            matches!(value, Value::Text(_))
        }
        Kind::Number => matches!(value, Value::Number(_)),
        Kind::Boolean => matches!(value, Value::Bool(_)),
        Kind::Date => matches!(value, Value::Date(_)),
        Kind::DateTime => matches!(value, Value::DateTime(_)),
        Kind::Address => matches!(value, Value::Address(_)),
    };
    if !right_kind {
        return Some("the value is of another kind than the field");
    }
    let text = value.as_text()?;
    let too_long = |max: u32| text.chars().count() > usize::try_from(max).unwrap_or(usize::MAX);
    if spec.max_length_chars.is_some_and(too_long) {
        return Some("the value is too long");
    }
    if spec.kind == Kind::Email && !text.contains('@') {
        return Some("the value is not an e-mail address");
    }
    if spec.kind == Kind::Picklist && !spec.options.iter().any(|option| option == text) {
        return Some("the value is none of the options");
    }
    None
}
