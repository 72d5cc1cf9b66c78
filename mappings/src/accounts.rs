//! Accounts of the four vendors, as their schemas tell of them: what the tests map.

use syntony_core::schema::{Access, FieldSpec, Kind, Schema, Years};

fn text(name: &str) -> FieldSpec {
    FieldSpec::new(name, Kind::Text)
}

fn picklist(name: &str, options: &[&str]) -> FieldSpec {
    let options = options.iter().map(ToString::to_string).collect();
    FieldSpec { options, ..FieldSpec::new(name, Kind::Picklist) }
}

/// An account and its vendor's name in the configuration.
pub(crate) struct Account {
    /// What people call it.
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) vendor: &'static str,
    /// Its fields.
    pub(crate) schema: Schema,
}

/// Every sort of account that there is.
pub(crate) fn all() -> Vec<Account> {
    let account = |name, vendor, schema| Account { name, vendor, schema };
    vec![
        account("Drift", "drift", drift()),
        account("Google Contacts", "google_contacts", google()),
        account("Salesforce contact", "salesforce", contact()),
        account("Salesforce lead", "salesforce", lead()),
        account("Mailchimp", "mailchimp", audience()),
    ]
}

/// The fields of an account at Google.
pub(crate) fn google() -> Schema {
    Schema::new(vec![
        text("names.honorificPrefix"),
        text("names.givenName"),
        text("names.middleName"),
        text("names.familyName"),
        text("names.honorificSuffix"),
        FieldSpec::new("emailAddresses", Kind::Email).many(),
        FieldSpec::new("phoneNumbers", Kind::Phone).many(),
        FieldSpec::new("urls", Kind::Url).many(),
        FieldSpec::new("addresses", Kind::Address).many(),
        text("organizations.name"),
        text("organizations.title"),
        text("biographies"),
        FieldSpec::new("birthdays", Kind::Date).years(Years::Optional),
    ])
    .open("userDefined.")
}

/// The fields of an account at Drift, with some custom attributes.
pub(crate) fn drift() -> Schema {
    Schema::new(vec![
        FieldSpec::new("email", Kind::Email),
        text("name"),
        FieldSpec::new("phone", Kind::Phone),
        FieldSpec::new("age", Kind::Number),
        FieldSpec::new("seen", Kind::DateTime),
        FieldSpec::new("born", Kind::Date),
        text("short").max_length_chars(12),
        text("employment_name"),
    ])
    .open("")
}

/// What contacts and leads of Salesforce have in common.
fn person() -> Vec<FieldSpec> {
    vec![
        picklist("Salutation", &["Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx."]),
        text("FirstName").max_length_chars(40),
        text("LastName").max_length_chars(80).required(),
        text("Name").access(Access::ReadOnly).max_length_chars(121),
        FieldSpec::new("Email", Kind::Email).max_length_chars(80),
        FieldSpec::new("Phone", Kind::Phone).max_length_chars(40),
        FieldSpec::new("MobilePhone", Kind::Phone).max_length_chars(40),
        text("Title").max_length_chars(128),
        text("Description").max_length_chars(32_000),
        picklist("Level__c", &["Gold", "Silver"]),
        FieldSpec { many: true, ..picklist("Interests__c", &["Art", "Books", "Chess"]) },
        FieldSpec::new("Score__c", Kind::Number),
    ]
}

/// The fields of a Salesforce org's contacts, with some custom ones.
pub(crate) fn contact() -> Schema {
    let own = [
        text("Account.Name").access(Access::ReadOnly).max_length_chars(255),
        FieldSpec::new("MailingAddress", Kind::Address),
        text("MailingCity").max_length_chars(40),
        FieldSpec::new("OtherAddress", Kind::Address),
        FieldSpec::new("Birthdate", Kind::Date),
        text("MiddleName").max_length_chars(40),
        text("Suffix").max_length_chars(40),
    ];
    Schema::new(person().into_iter().chain(own).collect())
}

/// The fields of a Salesforce org's leads; this org has switched no middle names on.
pub(crate) fn lead() -> Schema {
    let own = [
        text("Company").max_length_chars(255).required(),
        FieldSpec::new("Address", Kind::Address),
        text("City").max_length_chars(40),
        FieldSpec::new("Website", Kind::Url).max_length_chars(255),
    ];
    Schema::new(person().into_iter().chain(own).collect())
}

/// The fields of a Mailchimp audience, with merge fields that its owner made.
pub(crate) fn audience() -> Schema {
    Schema::new(vec![
        FieldSpec::new("email_address", Kind::Email).required(),
        picklist("status", &["subscribed", "unsubscribed"]).access(Access::ReadOnly),
        text("FNAME").max_length_chars(255),
        text("LNAME").max_length_chars(255),
        FieldSpec::new("PHONE", Kind::Phone).max_length_chars(255),
        FieldSpec::new("ADDRESS", Kind::Address),
        text("COMPANY").max_length_chars(255),
        FieldSpec::new("BIRTHDAY", Kind::Date).years(Years::Never),
        FieldSpec::new("WEBSITE", Kind::Url).max_length_chars(255),
        picklist("LEVEL", &["gold", "silver"]),
        picklist("INTEREST", &["Art", "Books"]),
        text("SCORE").max_length_chars(255),
    ])
}
