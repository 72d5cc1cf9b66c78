//! Conversion: a lead becomes a contact at an account, and is frozen.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_convertlead.htm>

use super::super::id::RowId;
use super::super::moment;
use super::super::schema::{Object, ObjectType, Schema};
use super::{Act, Fields, Row, Store, fields};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// What became of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Converted {
    pub(in super::super) account: RowId,
    pub(in super::super) contact: RowId,
}

impl Store {
    /// Converts a lead: into this contact, whose empty fields it fills, or into a new one. `None` if there
    /// is no such lead to convert.
    pub(in super::super) fn convert(
        &mut self,
        lead: RowId,
        into: Option<RowId>,
        schema: &Schema,
        act: &Act,
    ) -> Option<Converted> {
        let row = self.row(lead).filter(|row| !row.is_deleted && !row.flag("IsConverted"))?.clone();
        let contact_type = schema.get(Object::Contact)?;
        let mut taken = carried(&row, contact_type);
        let contact = match into {
            Some(contact) => {
                let known = self.row(contact).filter(|row| !row.is_deleted)?;
                // An opt-out is carried over; any other value fills only what is empty.
                taken.retain(|name, value| *value == json!(true) || !known.fields.contains_key(name));
                contact
            }
            None => {
                let account = self.account_named(row.text("Company"), &row, act);
                taken.insert("AccountId".into(), account.as_str().into());
                self.insert(Object::Contact, taken.clone(), act)
            }
        };
        if into.is_some() {
            self.update(contact, taken, act);
        }
        let account = match self.row(contact)?.reference("AccountId") {
            Some(account) => account,
            None => {
                let account = self.account_named(row.text("Company"), &row, act);
                self.update(contact, fields([("AccountId", account.as_str().into())]), act);
                account
            }
        };
        for member in self.find(Object::CampaignMember, "LeadId", lead.as_str()) {
            self.update(member, fields([("ContactId", contact.as_str().into())]), act);
        }
        let frozen = fields([
            ("IsConverted", json!(true)),
            ("Status", json!("Closed - Converted")),
            ("ConvertedDate", moment::day(act.now_ms).into()),
            ("ConvertedContactId", contact.as_str().into()),
            ("ConvertedAccountId", account.as_str().into()),
        ]);
        self.update(lead, frozen, act);
        Some(Converted { account, contact })
    }

    fn account_named(&mut self, company: &str, lead: &Row, act: &Act) -> RowId {
        if let Some(known) = self.find(Object::Account, "Name", company).first() {
            return *known;
        }
        let owner = lead.fields.get("OwnerId").cloned().unwrap_or(Json::Null);
        self.insert(Object::Account, fields([("Name", company.into()), ("OwnerId", owner)]), act)
    }
}

/// What of a lead a contact has a field for. A lead's only address is the contact's mailing address.
fn carried(lead: &Row, contact: &ObjectType) -> Fields {
    const ADDRESS: [&str; 7] =
        ["Street", "City", "State", "StateCode", "PostalCode", "Country", "CountryCode"];
    let renamed = |name: &Arc<str>| -> Arc<str> {
        if ADDRESS.contains(&&**name) { format!("Mailing{name}").into() } else { Arc::clone(name) }
    };
    let pairs = lead.fields.iter().map(|(name, value)| (renamed(name), value.clone()));
    pairs.filter(|(name, _)| contact.any_field(name).is_some_and(|field| !field.computed)).collect()
}
