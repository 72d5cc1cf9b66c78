//! A field of each type that a vendor has, with what people type into it: what rules look at and write to.

use crate::hand::{Hand, Kind};
use serde_json::{Value, json};
use syntony_sandbox::drift::AttributeType;
use syntony_sandbox::mailchimp::FieldType;
use syntony_sandbox::salesforce::{Choice, Field, Kind as Holds, Object};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Phone,
    Number,
    Flag,
    Day,
    /// A day of no year.
    Birthday,
    Moment,
    /// One of Red, Blue and Green.
    Choice,
    List,
    Address,
}

/// What an empty field of this kind shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blank {
    /// Nothing.
    Null,
    /// `false`: there is no third state.
    No,
    /// Nothing; but what was filled once, the vendor's API does not empty.
    NeverAgain,
}

/// A field.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    /// As a configuration names it.
    pub(crate) name: &'static str,
    /// As [`Hand::fill`] and [`Hand::raw`] do.
    pub(crate) page: &'static str,
    pub(crate) shape: Shape,
    pub(crate) blank: Blank,
    pub(crate) access: Access,
    /// Three different values, as people type them in; of what has fewer, the last ones are the same.
    pub(crate) values: [Value; 3],
}

/// Whether rules may write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Writable,
    /// It can be read alone, or nobody writes such a thing in a rule.
    Read,
}

impl Typed {
    fn new(name: &'static str, shape: Shape, values: [Value; 3]) -> Self {
        Self { name, page: name, shape, blank: Blank::Null, access: Access::Writable, values }
    }

    fn page(self, page: &'static str) -> Self {
        Self { page, ..self }
    }

    fn blank(self, blank: Blank) -> Self {
        Self { blank, ..self }
    }

    fn read_only(self) -> Self {
        Self { access: Access::Read, ..self }
    }

    /// The first value, as a configuration says it.
    pub(crate) fn first_in_toml(&self) -> &'static str {
        match self.shape {
            Shape::Text => "\"Sales Director\"",
            Shape::Phone => "\"+32 471 23 45 67\"",
            Shape::Number => "5",
            Shape::Flag => "true",
            Shape::Day | Shape::Birthday => "2024-02-29",
            Shape::Moment => "2024-02-29T10:30:00Z",
            Shape::Choice => "\"Red\"",
            Shape::List | Shape::Address => unreachable!("no rule writes it"),
        }
    }
}

fn texts() -> [Value; 3] {
    ["Sales Director", "7", "Chef"].map(Value::from)
}

fn phones() -> [Value; 3] {
    ["+32 471 23 45 67", "+32 2 111 11 11", "+32 2 222 22 22"].map(Value::from)
}

/// Nought is a number.
fn numbers() -> [Value; 3] {
    [5, 0, 12].map(Value::from)
}

fn flags() -> [Value; 3] {
    [true, false, false].map(Value::from)
}

fn days() -> [Value; 3] {
    ["2024-02-29", "2023-01-31", "2020-12-01"].map(Value::from)
}

fn choices() -> [Value; 3] {
    CHOICES.map(Value::from)
}

const CHOICES: [&str; 3] = ["Red", "Blue", "Green"];

/// The fields of an app, once its administrator has added those of their own.
pub(crate) fn fields(kind: Kind, app: &dyn Hand) -> Vec<Typed> {
    match kind {
        Kind::Drift => drift(app),
        Kind::Google => google(),
        Kind::Contact | Kind::Lead => salesforce(kind, app),
        Kind::Mailchimp => mailchimp(app),
    }
}

fn drift(app: &dyn Hand) -> Vec<Typed> {
    // Milliseconds since 1970 of the days' first moments.
    let millis = [1_709_164_800_000_i64, 1_675_123_200_000, 1_606_780_800_000];
    let moments = [1_709_202_600_000_i64, 1_675_123_200_000, 1_606_780_800_000];
    for (name, kind) in [
        ("seats", AttributeType::Numeric),
        ("is_partner", AttributeType::Boolean),
        ("renewal", AttributeType::Date),
        ("demo_at", AttributeType::Datetime),
    ] {
        app.chat().define_attribute(name, kind);
    }
    vec![
        // Nobody defined it: whoever writes it first does.
        Typed::new("favourite", Shape::Text, texts()),
        Typed::new("phone", Shape::Phone, phones()),
        Typed::new("seats", Shape::Number, numbers()).blank(Blank::NeverAgain),
        Typed::new("is_partner", Shape::Flag, flags()).blank(Blank::NeverAgain),
        Typed::new("renewal", Shape::Day, millis.map(Value::from)).blank(Blank::NeverAgain),
        Typed::new("demo_at", Shape::Moment, moments.map(Value::from)).blank(Blank::NeverAgain),
    ]
}

fn google() -> Vec<Typed> {
    let day = |year, month, day| json!({ "year": year, "month": month, "day": day });
    let days = [day(2024, 2, 29), day(2023, 1, 31), day(2020, 12, 1)];
    let urls = [json!([{ "value": "red" }, { "value": "green" }]), json!([{ "value": "blue" }]), json!([])];
    let numbers = phones().map(|number| json!([{ "value": number }]));
    let address = |city: &str| json!([{ "city": city, "streetAddress": "Main Street 1" }]);
    vec![
        Typed::new("organizations.title", Shape::Text, texts()),
        Typed::new("userDefined.Favourite", Shape::Text, texts()),
        Typed::new("nicknames", Shape::Text, texts()).page("nicknames.value"),
        Typed::new("phoneNumbers", Shape::Phone, numbers).read_only(),
        Typed::new("birthdays", Shape::Day, days).page("birthdays.date"),
        Typed::new("urls", Shape::List, urls).read_only(),
        Typed::new("addresses", Shape::Address, [address("Ghent"), address("Genk"), json!([])]).read_only(),
    ]
}

fn salesforce(kind: Kind, app: &dyn Hand) -> Vec<Typed> {
    let choices_of = || CHOICES.into_iter().map(Choice::new).collect();
    let colours = ["red", "green", "blue"].into_iter().map(Choice::new).collect();
    let object = if kind == Kind::Lead { Object::Lead } else { Object::Contact };
    for field in [
        Field::text("Favourite__c", "Favourite", 40),
        Field::new("Seats__c", "Seats", Holds::Double),
        Field::new("Partner__c", "Partner", Holds::Boolean),
        Field::new("Renewal__c", "Renewal", Holds::Date),
        Field::new("Demo__c", "Demo", Holds::DateTime),
        Field::new("Stage__c", "Stage", Holds::Picklist).restricted_to(choices_of()),
        Field::new("Colours__c", "Colours", Holds::MultiPicklist).restricted_to(colours),
    ] {
        app.org().add_field(object, field);
    }
    let moments =
        ["2024-02-29T10:30:00.000+0000", "2023-01-31T00:00:00.000+0000", "2020-12-01T00:00:00.000+0000"];
    let lists = ["red;green", "blue", ""];
    let mut fields = vec![
        Typed::new("Title", Shape::Text, texts()),
        Typed::new("Favourite__c", Shape::Text, texts()),
        Typed::new("MobilePhone", Shape::Phone, phones()),
        Typed::new("Seats__c", Shape::Number, numbers()),
        Typed::new("Partner__c", Shape::Flag, flags()).blank(Blank::No),
        Typed::new("Renewal__c", Shape::Day, days()),
        Typed::new("Demo__c", Shape::Moment, moments.map(Value::from)),
        Typed::new("Stage__c", Shape::Choice, choices()),
        Typed::new("Colours__c", Shape::List, lists.map(Value::from)).read_only(),
    ];
    let cities = ["Ghent", "Genk", "Ypres"].map(Value::from);
    if kind == Kind::Lead {
        fields.push(Typed::new("Address", Shape::Address, cities).page("City").read_only());
    } else {
        fields.push(Typed::new("MailingAddress", Shape::Address, cities).page("MailingCity").read_only());
        let account = |name: Value| app.org().insert(Object::Account, &json!({ "Name": name })).unwrap();
        let accounts = texts().map(|name| Value::from(account(name)));
        fields.push(Typed::new("Account.Name", Shape::Text, accounts).page("AccountId").read_only());
    }
    fields
}

fn mailchimp(app: &dyn Hand) -> Vec<Typed> {
    for (tag, kind, options) in [
        ("FAVOURITE", "text", json!({})),
        ("SEATS", "number", json!({})),
        ("RENEWAL", "date", json!({})),
        ("STAGE", "dropdown", json!({ "choices": CHOICES })),
    ] {
        app.audience().add_field(tag, tag, FieldType::parse(kind).unwrap(), &options).unwrap();
    }
    let address = |city: &str| json!({ "addr1": "Main Street 1", "city": city, "state": "East", "zip": "9000", "country": "BE" });
    let birthdays = ["02/29", "01/31", "12/01"];
    vec![
        Typed::new("FAVOURITE", Shape::Text, texts()),
        Typed::new("PHONE", Shape::Phone, phones()),
        Typed::new("SEATS", Shape::Number, numbers()),
        Typed::new("vip", Shape::Flag, flags()).blank(Blank::No),
        Typed::new("RENEWAL", Shape::Day, days()),
        Typed::new("BIRTHDAY", Shape::Birthday, birthdays.map(Value::from)),
        Typed::new("STAGE", Shape::Choice, choices()),
        Typed::new("ADDRESS", Shape::Address, [address("Ghent"), address("Genk"), json!("")]).read_only(),
    ]
}
