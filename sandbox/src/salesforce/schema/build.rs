//! The standard objects, put together as the org's settings want them.

use super::people::{contact, lead};
use super::tags::{account, campaign, campaign_member, organization, topic, topic_assignment, user};
use super::{Field, Kind, Object, ObjectType};
use crate::salesforce::settings::Settings;
use std::collections::BTreeMap;

pub(super) fn standard(settings: &Settings) -> BTreeMap<Object, ObjectType> {
    let types = [
        described(Object::Account, "Account", "Accounts", account(settings)),
        described(Object::Campaign, "Campaign", "Campaigns", campaign()),
        described(Object::CampaignMember, "Campaign Member", "Campaign Members", campaign_member()),
        described(Object::Contact, "Contact", "Contacts", contact(settings)),
        described(Object::Lead, "Lead", "Leads", lead(settings)),
        described(Object::Organization, "Organization", "Organizations", organization()),
        described(Object::Topic, "Topic", "Topics", topic()),
        described(Object::TopicAssignment, "Topic Assignment", "Topic Assignments", topic_assignment()),
        described(Object::User, "User", "Users", user()),
    ];
    types.into_iter().map(|described| (described.object, described)).collect()
}

/// Adds what every object has.
fn described(object: Object, label: &'static str, label_plural: &'static str, own: Vec<Field>) -> ObjectType {
    let mut fields = vec![system("Id", &format!("{label} ID"), Kind::Id)];
    if object.has_recycle_bin() {
        fields.push(system("IsDeleted", "Deleted", Kind::Boolean));
    }
    if matches!(object, Object::Account | Object::Contact | Object::Lead) {
        let mut master =
            system("MasterRecordId", "Master Record ID", Kind::Reference).to("MasterRecord", &[object]);
        master.nillable = true;
        master.indexed = false;
        fields.push(master);
    }
    fields.extend(own);
    let by = |name: &'static str, label: &str, relationship: &'static str| {
        system(name, label, Kind::Reference).to(relationship, &[Object::User])
    };
    fields.extend([
        system("CreatedDate", "Created Date", Kind::DateTime),
        by("CreatedById", "Created By ID", "CreatedBy"),
    ]);
    if object != Object::Topic && object != Object::TopicAssignment {
        fields.extend([
            system("LastModifiedDate", "Last Modified Date", Kind::DateTime),
            by("LastModifiedById", "Last Modified By ID", "LastModifiedBy"),
        ]);
    }
    fields.push(system("SystemModstamp", "System Modstamp", Kind::DateTime));
    ObjectType { object, label, label_plural, fields }
}

fn system(name: &str, label: &str, kind: Kind) -> Field {
    let length = if matches!(kind, Kind::Id | Kind::Reference) { 18 } else { 0 };
    let mut field = Field::new(name, label, kind).long(length).required().computed();
    // Describe says of these that the system fills them in.
    field.default = (kind == Kind::Boolean).then_some(serde_json::Value::Bool(false));
    field
}
