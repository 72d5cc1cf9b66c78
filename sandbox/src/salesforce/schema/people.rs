//! Contact and Lead.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_contact.htm>
//! <https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_lead.htm>

use super::places::address;
use super::{Choice, Field, Kind, Object};
use crate::salesforce::settings::Settings;

const SOURCES: [&str; 5] = ["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"];
const RATINGS: [&str; 3] = ["Hot", "Warm", "Cold"];
const INDUSTRIES: [&str; 6] = ["Agriculture", "Banking", "Consulting", "Education", "Technology", "Other"];
const SALUTATIONS: [&str; 5] = ["Mr.", "Ms.", "Mrs.", "Dr.", "Prof."];
const PHONE_LENGTH: usize = 40;
const EMAIL_LENGTH: usize = 80;
const DESCRIPTION_LENGTH: usize = 32_000;

pub(super) fn contact(settings: &Settings) -> Vec<Field> {
    let mut fields = vec![reference("AccountId", "Account ID").to("Account", &[Object::Account])];
    fields.extend(name(settings));
    fields.extend(address("Other", "Other", settings));
    fields.extend(address("Mailing", "Mailing", settings));
    fields.extend([
        phone("Phone", "Business Phone"),
        phone("Fax", "Business Fax"),
        phone("MobilePhone", "Mobile Phone"),
        phone("HomePhone", "Home Phone"),
        phone("OtherPhone", "Other Phone"),
        phone("AssistantPhone", "Asst. Phone"),
        reference("ReportsToId", "Reports To ID").to("ReportsTo", &[Object::Contact]),
        email(),
        Field::text("Title", "Title", 128),
        Field::text("Department", "Department", 80),
        Field::text("AssistantName", "Assistant's Name", 40),
        options("LeadSource", "Lead Source", &SOURCES),
        Field::new("Birthdate", "Birthdate", Kind::Date),
        description("Contact Description"),
        owner(),
    ]);
    fields.extend(consent());
    fields.extend(activity());
    fields.push(Field::new("IsEmailBounced", "Is Email Bounced", Kind::Boolean).computed());
    if settings.person_accounts {
        fields.push(Field::new("IsPersonAccount", "Is Person Account", Kind::Boolean).read_only());
    }
    fields
}

pub(super) fn lead(settings: &Settings) -> Vec<Field> {
    let mut fields = name(settings);
    let mut company = Field::text("Company", "Company", 255);
    // Where there are person accounts, a lead without a company becomes one.
    company.nillable = settings.person_accounts;
    fields.extend([Field::text("Title", "Title", 128), company]);
    fields.extend(address("", "", settings));
    let mut status = options("Status", "Status", &[]).required();
    let values =
        ["Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted"];
    let mut choices: Vec<Choice> = values.into_iter().map(Choice::new).collect();
    for first in choices.iter_mut().take(1) {
        first.default = true;
    }
    status = status.with_options(choices);
    fields.extend([
        phone("Phone", "Phone"),
        phone("MobilePhone", "Mobile Phone"),
        phone("Fax", "Fax"),
        email(),
        Field::new("Website", "Website", Kind::Url).long(255),
        description("Description"),
        options("LeadSource", "Lead Source", &SOURCES),
        status,
        options("Industry", "Industry", &INDUSTRIES),
        options("Rating", "Rating", &RATINGS),
        Field::new("AnnualRevenue", "Annual Revenue", Kind::Currency),
        Field::new("NumberOfEmployees", "Employees", Kind::Int),
        owner(),
        Field::new("IsConverted", "Converted", Kind::Boolean).required().read_only(),
        Field::new("ConvertedDate", "Converted Date", Kind::Date).read_only(),
        reference("ConvertedAccountId", "Converted Account ID")
            .to("ConvertedAccount", &[Object::Account])
            .read_only(),
        reference("ConvertedContactId", "Converted Contact ID")
            .to("ConvertedContact", &[Object::Contact])
            .read_only(),
        reference("ConvertedOpportunityId", "Converted Opportunity ID").read_only(),
        Field::new("IsUnreadByOwner", "Unread By Owner", Kind::Boolean),
    ]);
    fields.extend(consent());
    fields.extend(activity());
    fields
}

/// The parts of a name, and the name as a whole, which is made of them.
pub(super) fn name(settings: &Settings) -> Vec<Field> {
    let mut fields = vec![
        Field::text("LastName", "Last Name", 80).required().part_of("Name"),
        Field::text("FirstName", "First Name", 40).part_of("Name"),
        options("Salutation", "Salutation", &SALUTATIONS).part_of("Name"),
    ];
    if settings.middle_names_and_suffixes {
        fields.push(Field::text("MiddleName", "Middle Name", 40).part_of("Name"));
        fields.push(Field::text("Suffix", "Suffix", 40).part_of("Name"));
    }
    fields.push(Field::text("Name", "Full Name", 121).required().computed());
    fields
}

fn consent() -> [Field; 3] {
    [
        Field::new("HasOptedOutOfEmail", "Email Opt Out", Kind::Boolean),
        Field::new("HasOptedOutOfFax", "Fax Opt Out", Kind::Boolean),
        Field::new("DoNotCall", "Do Not Call", Kind::Boolean),
    ]
}

fn activity() -> [Field; 5] {
    [
        Field::text("EmailBouncedReason", "Email Bounced Reason", 255),
        Field::new("EmailBouncedDate", "Email Bounced Date", Kind::DateTime),
        Field::new("LastActivityDate", "Last Activity", Kind::Date).read_only(),
        Field::new("LastViewedDate", "Last Viewed Date", Kind::DateTime).read_only(),
        Field::new("LastReferencedDate", "Last Referenced Date", Kind::DateTime).read_only(),
    ]
}

pub(super) fn email() -> Field {
    Field::new("Email", "Email", Kind::Email).long(EMAIL_LENGTH)
}

pub(super) fn phone(name: &str, label: &str) -> Field {
    Field::new(name, label, Kind::Phone).long(PHONE_LENGTH)
}

pub(super) fn description(label: &str) -> Field {
    Field::new("Description", label, Kind::TextArea).long(DESCRIPTION_LENGTH)
}

pub(super) fn reference(name: &str, label: &str) -> Field {
    Field::new(name, label, Kind::Reference).long(18)
}

/// Who owns it: the caller, unless said otherwise.
pub(super) fn owner() -> Field {
    reference("OwnerId", "Owner ID").to("Owner", &[Object::User]).required()
}

pub(super) fn options(name: &str, label: &str, values: &[&str]) -> Field {
    let options = values.iter().copied().map(Choice::new).collect();
    Field::new(name, label, Kind::Picklist).with_options(options)
}
