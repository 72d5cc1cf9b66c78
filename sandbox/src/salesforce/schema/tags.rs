//! What contacts and leads belong to: accounts, campaigns, topics; and the org's users.

use super::people::{description, name, options, owner, phone, reference};
use super::places::address;
use super::{Field, Kind, Object};
use crate::salesforce::settings::Settings;

pub(super) fn account(settings: &Settings) -> Vec<Field> {
    let mut fields = vec![Field::text("Name", "Account Name", 255).required().indexed()];
    fields.extend(address("Billing", "Billing", settings));
    fields.extend([
        phone("Phone", "Account Phone"),
        Field::new("Website", "Website", Kind::Url).long(255),
        options("Industry", "Industry", &["Banking", "Consulting", "Technology", "Other"]),
        Field::new("AnnualRevenue", "Annual Revenue", Kind::Currency),
        Field::new("NumberOfEmployees", "Employees", Kind::Int),
        description("Account Description"),
        owner(),
    ]);
    if settings.person_accounts {
        // An account of a company has no names: here they are not required.
        let names = name(settings).into_iter().filter(|field| !field.computed);
        fields.extend(names.map(|mut field| {
            field.nillable = true;
            field
        }));
        fields.extend([
            Field::new("IsPersonAccount", "Is Person Account", Kind::Boolean).read_only(),
            reference("PersonContactId", "Contact ID").read_only(),
            Field::new("PersonEmail", "Email", Kind::Email).long(80),
            phone("PersonMobilePhone", "Mobile"),
        ]);
    }
    fields
}

pub(super) fn campaign() -> Vec<Field> {
    vec![
        Field::text("Name", "Name", 80).required().indexed(),
        options("Type", "Type", &["Conference", "Email", "Webinar", "Other"]),
        options("Status", "Status", &["Planned", "In Progress", "Completed", "Aborted"]),
        Field::new("IsActive", "Active", Kind::Boolean),
        description("Description"),
        owner(),
    ]
}

pub(super) fn campaign_member() -> Vec<Field> {
    let to =
        |name, label, relationship, object| reference(name, label).to(relationship, &[object]).create_only();
    vec![
        to("CampaignId", "Campaign ID", "Campaign", Object::Campaign).required(),
        to("LeadId", "Lead ID", "Lead", Object::Lead),
        to("ContactId", "Contact ID", "Contact", Object::Contact),
        reference("LeadOrContactId", "Lead or Contact ID").computed(),
        Field::text("Type", "Type", 40).computed(),
        options("Status", "Status", &["Sent", "Responded"]),
        Field::new("HasResponded", "Responded", Kind::Boolean).read_only(),
    ]
}

pub(super) fn topic() -> Vec<Field> {
    vec![
        Field::text("Name", "Name", 150).required().indexed(),
        Field::text("Description", "Description", 32_000),
        Field::new("TalkingAbout", "Talking About", Kind::Int).read_only(),
    ]
}

pub(super) fn topic_assignment() -> Vec<Field> {
    let entities = [Object::Account, Object::Campaign, Object::Contact, Object::Lead];
    vec![
        reference("TopicId", "Topic ID").to("Topic", &[Object::Topic]).required().create_only(),
        reference("EntityId", "Entity ID").to("Entity", &entities).required().create_only(),
        Field::text("EntityKeyPrefix", "Record Key Prefix", 3).computed(),
        Field::text("EntityType", "Record Type", 40).computed(),
    ]
}

pub(super) fn organization() -> Vec<Field> {
    vec![
        Field::text("Name", "Name", 80).required(),
        options("OrganizationType", "Edition", &["Developer Edition", "Enterprise Edition"]).read_only(),
        Field::text("InstanceName", "Instance Name", 5).read_only(),
        Field::new("IsSandbox", "Is Sandbox", Kind::Boolean).read_only(),
        Field::text("TimeZoneSidKey", "Time Zone", 40),
        Field::text("LanguageLocaleKey", "Language", 40),
    ]
}

pub(super) fn user() -> Vec<Field> {
    vec![
        Field::text("Username", "Username", 80).required(),
        Field::text("LastName", "Last Name", 80).required().part_of("Name"),
        Field::text("FirstName", "First Name", 40).part_of("Name"),
        Field::text("Name", "Full Name", 121).required().computed(),
        Field::new("Email", "Email", Kind::Email).long(128).required(),
        Field::new("IsActive", "Active", Kind::Boolean),
        Field::text("TimeZoneSidKey", "Time Zone", 40),
        Field::text("LanguageLocaleKey", "Language", 40),
    ]
}
