//! Changes to contacts that are there: first what is to be empty, then what is to hold a value, then tags.
//!
//! Drift takes some writes and does not do them. So what is to be confirmed is looked for in its answer, and
//! read again before it is called refused. And a refusal says that nothing was written: of an op that was done
//! in part it is said only if the contact shows nothing of that part.

use super::super::config::TagStore;
use super::super::wire::Contact;
use super::super::wire::catalogue::join_tags;
use super::super::wire::value::AttributeType;
use super::job::{Answered, Job, refused};
use super::{Step, attributes, refuse, rejection};
use crate::http::{Repeat, Request};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use syntony_core::ids::{ContactId, FieldName, Tag};
use syntony_core::op::Outcome;
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;

const NOT_CLEARED: &str = "Drift keeps the value";
const CLEAR_HINT: &str = "Drift's API empties some attributes neither by null nor by an empty text; empty it in Drift, or map it one way";
const NOT_KEPT: &str = "Drift accepted the write and did not keep the value";
const NOT_KEPT_HINT: &str = "the attribute may be Drift's own; map it in one direction, out of Drift";
const NO_TAGS_HINT: &str = "keep tags in an attribute: tags = \"attribute:NAME\"; where `syntony check` misses the scope contact_write, it is that";

/// What a contact is to be.
pub(super) struct Wish<'a> {
    pub(super) id: &'a ContactId,
    pub(super) fields: &'a Fields,
    pub(super) add: &'a BTreeSet<Tag>,
    pub(super) remove: &'a BTreeSet<Tag>,
    pub(super) seen: &'a Record,
}

impl Wish<'_> {
    fn has_tags(&self) -> bool {
        !(self.add.is_empty() && self.remove.is_empty())
    }

    /// Whether it can be done in part.
    fn has_parts(&self) -> bool {
        self.fields.len() + self.add.len() + self.remove.len() > 1
    }

    /// Whether anything that it touches is not what the plan saw. What was not observed is no difference.
    fn is_outdated(&self, now: &Record) -> bool {
        let field_moved = |name: &FieldName| {
            let (was, is) = (self.seen.fields.get(name), now.fields.get(name));
            is.is_some_and(|is| was != Some(is) && !(is.is_empty() && was.is_none_or(Value::is_empty)))
        };
        let was_on = |tag: &Tag| self.seen.tags.as_ref().map(|tags| tags.contains(tag));
        let is_on = |tag: &Tag| now.tags.as_ref().map(|tags| tags.contains(tag));
        // Of tags that the plan did not see, it took those to put on for missing, those to take off for there.
        let moved =
            |tag: &Tag, unseen: bool| is_on(tag).is_some_and(|is| was_on(tag).unwrap_or(unseen) != is);
        self.fields.keys().any(field_moved)
            || self.add.iter().any(|tag| moved(tag, false))
            || self.remove.iter().any(|tag| moved(tag, true))
    }
}

impl Job<'_> {
    pub(super) async fn update(&self, wish: &Wish<'_>) -> Step<Contact> {
        // Everything is looked at before anything is sent.
        let mut sets = attributes(self.catalogue, wish.fields, self.drift.config.date_form)?;
        if let (TagStore::Attribute(name), true) = (&self.drift.config.tags, wish.has_tags()) {
            let joined = self.merged_tags(wish.id, wish.add, wish.remove).await?;
            sets.insert(name.to_string(), Json::from(joined));
        }
        match self.carry_out(wish, sets).await {
            Err(Outcome::Rejected(rejection)) if wish.has_parts() => {
                let now = self.catalogue.record(&self.read(wish.id).await?);
                // The plan is made again from what is there now, and what was refused stands alone in it.
                Err(if wish.is_outdated(&now) { Outcome::Stale } else { Outcome::Rejected(rejection) })
            }
            ended => ended,
        }
    }

    /// Clears, sets, tags.
    async fn carry_out(&self, wish: &Wish<'_>, sets: Map<String, Json>) -> Step<Contact> {
        let clears: Vec<&FieldName> =
            wish.fields.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| name).collect();
        let mut contact = None;
        if !clears.is_empty() {
            contact = Some(self.clear(wish.id, &clears, wish.fields).await?);
        }
        if !sets.is_empty() {
            contact = Some(self.set(wish.id, sets, wish.fields, wish.seen).await?);
        }
        if self.drift.config.tags == TagStore::Endpoint && wish.has_tags() {
            self.tag(wish.id, wish.add, wish.remove, wish.fields).await?;
            contact = None;
        }
        let contact = match contact {
            Some(contact) => contact,
            None => self.read(wish.id).await?,
        };
        self.check_tags(&contact, wish.add, wish.remove)?;
        Ok(contact)
    }

    /// Tags that Drift shows otherwise than they were written were refused, whatever it answered.
    pub(super) fn check_tags(
        &self,
        contact: &Contact,
        add: &BTreeSet<Tag>,
        remove: &BTreeSet<Tag>,
    ) -> Step<()> {
        let Some(tags) = self.catalogue.tags_of(contact) else { return Ok(()) };
        if add.is_subset(&tags) && remove.is_disjoint(&tags) {
            return Ok(());
        }
        Err(refuse(None, "Drift accepted the change of tags and did not keep it", None))
    }

    /// The text of the tag attribute with the change made to what is there now: what the plan saw may lack a
    /// tag that somebody put on meanwhile.
    async fn merged_tags(&self, id: &ContactId, add: &BTreeSet<Tag>, remove: &BTreeSet<Tag>) -> Step<String> {
        let request = Request::get("/contacts/{id}").arg("id", id.as_str());
        let now = match self.call(&request).await? {
            Answered::Done(answer) => Contact::of(&answer).map_err(|_| Outcome::Stale)?,
            Answered::Refused(fault) => return Err(refused(&fault, &Fields::new())),
        };
        let Some(mut tags) = self.catalogue.tags_of(&now) else {
            let hint =
                "`tags` of the app names an attribute that holds something else; name one for tags alone";
            return Err(refuse(
                None,
                "the attribute for tags holds something that is no list of tags",
                Some(hint),
            ));
        };
        tags.extend(add.iter().cloned());
        tags.retain(|tag| !remove.contains(tag));
        join_tags(&tags).map_err(|reason| refuse(None, reason, None))
    }

    /// Empties attributes. Whether a `null` does it is not documented: it is tried first, then the empty text,
    /// each where the value is still there; a value that outlives both is refused, once.
    async fn clear(&self, id: &ContactId, names: &[&FieldName], fields: &Fields) -> Step<Contact> {
        let mut left: Vec<&FieldName> = names.to_vec();
        let mut last = None;
        if !self.drift.null_is_ignored.load(Ordering::Relaxed) {
            let nulls = left.iter().map(|name| (name.to_string(), Json::Null)).collect();
            match self.patch(id, nulls).await? {
                Answered::Done(answer) => {
                    let contact = self.emptied(id, Contact::of(&answer), &left).await?;
                    left.retain(|name| !self.catalogue.value(&contact, name).is_empty());
                    last = Some(contact);
                }
                Answered::Refused(fault) if fault.is_bad_request() || fault.is_bad_value() => {}
                Answered::Refused(fault) => return Err(self.refused(id, &fault, fields).await),
            }
            if left.len() == names.len() {
                self.drift.null_is_ignored.store(true, Ordering::Relaxed);
            }
        }
        // An empty text is no number, and Drift answers what does not fit with a 500.
        let is_text = |name: &&&FieldName| self.catalogue.type_of(name) == AttributeType::Text;
        if let Some(name) = left.iter().find(|name| !is_text(name)) {
            return Err(refuse(Some(name), NOT_CLEARED, Some(CLEAR_HINT)));
        }
        for name in left {
            let empty = Map::from_iter([(name.to_string(), Json::from(""))]);
            let contact = match self.patch(id, empty).await? {
                Answered::Done(answer) => self.emptied(id, Contact::of(&answer), &[name]).await?,
                Answered::Refused(fault) if fault.is_missing() => {
                    return Err(self.refused(id, &fault, fields).await);
                }
                Answered::Refused(_) => return Err(refuse(Some(name), NOT_CLEARED, Some(CLEAR_HINT))),
            };
            if !self.catalogue.value(&contact, name).is_empty() {
                return Err(refuse(Some(name), NOT_CLEARED, Some(CLEAR_HINT)));
            }
            last = Some(contact);
        }
        match last {
            Some(contact) => Ok(contact),
            None => self.read(id).await,
        }
    }

    /// The contact after a clear: as answered, or read again where the answer still shows a value.
    async fn emptied(
        &self,
        id: &ContactId,
        answered: Result<Contact, &'static str>,
        names: &[&FieldName],
    ) -> Step<Contact> {
        match answered {
            Ok(contact) if names.iter().all(|name| self.catalogue.value(&contact, name).is_empty()) => {
                Ok(contact)
            }
            Ok(_) | Err(_) => self.read(id).await,
        }
    }

    /// Gives attributes values. Where Drift refuses several without naming one, each is sent alone, so that the
    /// one at fault does not take the others with it.
    async fn set(
        &self,
        id: &ContactId,
        sets: Map<String, Json>,
        fields: &Fields,
        seen: &Record,
    ) -> Step<Contact> {
        let answered = match self.patch(id, sets.clone()).await? {
            Answered::Done(answer) => Contact::of(&answer).ok(),
            Answered::Refused(fault) => {
                let names_none =
                    matches!(refused(&fault, fields), Outcome::Rejected(it) if it.field.is_none());
                if !names_none || sets.len() == 1 {
                    return Err(self.refused(id, &fault, fields).await);
                }
                self.set_one_by_one(id, &sets, fields).await?;
                None
            }
        };
        let shown = match answered {
            Some(contact) if self.not_kept(&contact, &sets, fields, seen).is_none() => contact,
            Some(_) | None => self.read(id).await?,
        };
        match self.not_kept(&shown, &sets, fields, seen) {
            None => Ok(shown),
            Some(name) => Err(refuse(Some(&name), NOT_KEPT, Some(NOT_KEPT_HINT))),
        }
    }

    /// Sends attributes one by one until one is refused.
    async fn set_one_by_one(&self, id: &ContactId, sets: &Map<String, Json>, fields: &Fields) -> Step<()> {
        for (name, json) in sets {
            if let Answered::Refused(fault) =
                self.patch(id, Map::from_iter([(name.clone(), json.clone())])).await?
            {
                let mut alone = fields.clone();
                alone.retain(|field, _| field.as_str() == name);
                return Err(self.refused(id, &fault, &alone).await);
            }
        }
        Ok(())
    }

    /// The first attribute that was written and is not there, or still what it was before.
    fn not_kept(
        &self,
        contact: &Contact,
        sets: &Map<String, Json>,
        fields: &Fields,
        seen: &Record,
    ) -> Option<FieldName> {
        let kept = |name: &FieldName| {
            let now = self.catalogue.value(contact, name);
            let wanted = fields.get(name);
            let unchanged = seen.fields.get(name).is_some_and(|before| *before == now);
            // Where the old value is the new one in Drift's spelling, nobody can see a difference.
            !now.is_empty() && (!unchanged || wanted.is_some_and(|wanted| is_alike(wanted, &now)))
        };
        let written = sets.keys().map(|name| FieldName::new(name.clone()));
        written.filter(|name| fields.contains_key(name)).find(|name| !kept(name))
    }

    /// Puts tags on and takes tags off, through Drift's older endpoints
    /// (<https://github.com/Driftt/drift-python>).
    pub(super) async fn tag(
        &self,
        id: &ContactId,
        add: &BTreeSet<Tag>,
        remove: &BTreeSet<Tag>,
        fields: &Fields,
    ) -> Step<()> {
        let named: Vec<Json> = add.iter().map(|tag| json!({ "name": tag.as_str() })).collect();
        let plain: Vec<Json> = remove.iter().map(|tag| Json::from(tag.as_str())).collect();
        for (path, tags) in [("/contacts/{id}/tags", named), ("/contacts/{id}/tags/delete/_bulk", plain)] {
            if tags.is_empty() {
                continue;
            }
            let request =
                Request::post(path, Repeat::Idempotent).arg("id", id.as_str()).json(&Json::Array(tags));
            match self.call(&request).await? {
                Answered::Done(_) => {}
                Answered::Refused(fault) if fault.is_bad_tag() || fault.is_bad_request() => {
                    return Err(Outcome::Rejected(rejection(&fault, fields)));
                }
                Answered::Refused(fault) => return Err(self.no_tags(id, &fault, fields).await),
            }
        }
        Ok(())
    }

    /// Whether it is the contact or the endpoint that is not there.
    async fn no_tags(
        &self,
        id: &ContactId,
        fault: &super::super::wire::fault::Fault,
        fields: &Fields,
    ) -> Outcome {
        if !fault.is_missing() {
            return self.refused(id, fault, fields).await;
        }
        match self.read(id).await {
            Ok(_) => refuse(
                None,
                "this account has no contact tags: Drift replaced them by attributes",
                Some(NO_TAGS_HINT),
            ),
            Err(_) => Outcome::Stale,
        }
    }
}

/// Whether two values differ in blanks and punctuation alone.
fn is_alike(one: &Value, other: &Value) -> bool {
    let key = |text: &str| text.chars().filter(|it| it.is_alphanumeric()).collect::<String>();
    match (one.as_text(), other.as_text()) {
        (Some(one), Some(other)) => one == other || (key(one) == key(other) && !key(one).is_empty()),
        (Some(_), None) | (None, Some(_)) | (None, None) => one == other,
    }
}
