//! Every action on every app that can do it, wherever that app keeps tags, and on the others a refusal at its line.
//!
//! An action is a row, and its people are as many as there are ways that what it writes can end: somebody new, who
//! had something else before, who had the very same, whom a person edits meanwhile. All come into scope, leave it,
//! and return.

use crate::hand::{Can, Hand, Kind, TagStore, who};
use crate::rig::Rig;
use crate::table::scenario;
use crate::typed::{self, Access, Blank, Shape, Typed};
use serde_json::{Value, json};
use syntony_core::side::{Side, Sides};
use syntony_sandbox::salesforce::{Refuses, ValidationRule};

/// What selects people while it is on them.
const GO: &str = "go";

/// Concepts that these scenarios are not about: what a mapping writes too is nobody's but the mapping's.
const OFF: &str = r#"
[connections.pair.defaults]
off = ["phone", "company", "title", "address", "website", "birthday", "notes"]
"#;

/// Each app once as the one that is acted on, beside one that costs little.
pub(crate) fn each_app_as_target(can: Sides<Can>) -> bool {
    can.left.is == if can.right.is == Kind::Drift { Kind::Google } else { Kind::Drift }
}

/// Each app that has several places for tags.
fn each_app_with_a_choice_of_tags(can: Sides<Can>) -> bool {
    each_app_as_target(can) && can.right.is.tag_stores().len() > 1
}

/// What an action writes.
#[derive(Clone, Debug)]
enum Place {
    Tag(&'static str),
    Field(&'static str),
}

impl Place {
    fn put(&self, app: &dyn Hand, id: &str, value: &Value) {
        match self {
            Place::Tag(tag) if *value == true => app.tag(id, tag),
            Place::Tag(tag) => app.untag(id, tag),
            Place::Field(field) => app.fill(id, field, value),
        }
    }

    fn see(&self, app: &dyn Hand, id: &str) -> Value {
        match self {
            Place::Tag(tag) => app.tags(id).contains(*tag).into(),
            Place::Field(field) => app.raw(id, field),
        }
    }
}

/// Whether two values are one on a page: empty is empty, and 5 is 5.0.
fn same(one: &Value, other: &Value) -> bool {
    let empty = |value: &Value| value.is_null() || value == "" || *value == json!([]);
    one == other || (empty(one) && empty(other)) || (one.is_number() && one.as_f64() == other.as_f64())
}

/// One action.
struct Row {
    /// As it stands in a rule.
    action: String,
    place: Place,
    /// What it writes.
    to: Value,
    /// Something else, that may have been there before.
    before: Value,
    /// Something else, that a person may write after it.
    after: Value,
    /// What is there where nobody wrote; `None` where the vendor takes no clear.
    blank: Option<Value>,
}

impl Row {
    fn add_tag(tag: &'static str) -> Self {
        Self {
            action: format!("add_tag = \"{tag}\""),
            place: Place::Tag(tag),
            to: true.into(),
            before: false.into(),
            after: false.into(),
            blank: Some(false.into()),
        }
    }

    fn remove_tag(tag: &'static str) -> Self {
        Self {
            action: format!("remove_tag = \"{tag}\""),
            place: Place::Tag(tag),
            to: false.into(),
            before: true.into(),
            after: true.into(),
            blank: Some(false.into()),
        }
    }

    fn set(field: &Typed) -> Self {
        let [to, before, after] = field.values.clone();
        Self {
            action: format!("set = \"{}\", to = {}", field.name, field.first_in_toml()),
            place: Place::Field(field.page),
            to,
            before,
            after,
            blank: match field.blank {
                Blank::Null => Some(Value::Null),
                Blank::No => Some(false.into()),
                Blank::NeverAgain => None,
            },
        }
    }

    fn word(action: &str, field: &'static str) -> Self {
        Self {
            action: action.to_owned(),
            place: Place::Field(field),
            to: "Synced".into(),
            before: "MQL".into(),
            after: "SQL".into(),
            blank: Some(Value::Null),
        }
    }
}

/// One of the people of a row.
#[derive(Clone, Debug)]
struct Person {
    email: String,
    /// The side whose contact the rule selects; it acts on the right.
    from: Side,
    /// What is there before the first sync; `None`: they are not in that app.
    start: Option<Value>,
    /// What a person writes after the action.
    edit: Option<Value>,
    /// What is there after they left the scope.
    end: Value,
}

/// The rules of a row with their people. What a rule does is undone, or not.
fn cast(at: usize, row: &Row) -> Vec<(String, Vec<Person>)> {
    let rule = |rule: &str, from: Side, undo: bool| {
        let (name, here) = if from == Side::Left { ("left", "") } else { ("right", ", in = \"right\"") };
        let undo = if undo { ", undo = true" } else { "" };
        format!(
            "[[connections.pair.rules]]\nfrom = \"{name}\"\n\
             if = [ {{ has_tag = \"{GO}\" }}, {{ field = \"{name} email\", starts_with = \"r{at}{rule}-\" }} ]\n\
             then = [ {{ {}{here}{undo} }} ]\n",
            row.action
        )
    };
    let person =
        |rule: &str, name: &str, from: Side, start: Option<&Value>, edit: Option<&Value>, end: &Value| {
            let email = format!("r{at}{rule}-{name}@x.example");
            Person { email, from, start: start.cloned(), edit: edit.cloned(), end: end.clone() }
        };
    let Row { to, before, after, blank, .. } = row;
    let across = |name: &str, start, edit, end| person("u", name, Side::Left, start, edit, end);
    let mut undone = vec![
        across("had", Some(before), None, before),
        across("same", Some(to), None, to),
        across("edited", Some(before), Some(after), after),
    ];
    // Somebody new is made with it; left behind is what a new contact has by itself.
    undone.extend(blank.as_ref().map(|blank| across("new", None, None, blank)));
    vec![
        (rule("u", Side::Left, true), undone),
        (rule("k", Side::Left, false), vec![person("k", "kept", Side::Left, Some(before), None, to)]),
        (rule("o", Side::Right, true), vec![person("o", "own", Side::Right, Some(before), None, before)]),
    ]
}

/// Puts the names of the apps' own fields into a rule.
fn with_fields(rules: &str, kinds: Sides<Kind>) -> String {
    rules.replace("left email", kinds.left.email_field()).replace("right email", kinds.right.email_field())
}

fn type_in(rig: &Rig, row: &Row, person: &Person) {
    let add = |side: Side| rig.apps[side].add(who(&person.email, "Ann Lee"));
    if let Some(start) = &person.start {
        let id = add(Side::Right);
        row.place.put(&*rig.apps.right, &id, start);
    }
    if person.from == Side::Left {
        add(Side::Left);
    }
    go(rig, person);
}

fn go(rig: &Rig, person: &Person) {
    rig.apps[person.from].tag(&rig.one(person.from, &person.email), GO);
}

fn stop(rig: &Rig, person: &Person) {
    rig.apps[person.from].untag(&rig.one(person.from, &person.email), GO);
}

/// Everybody's place, and what is wrong with it.
fn examine(rig: &Rig, people: &[(&Row, Person)], when: &str, wanted: impl Fn(&Row, &Person) -> Value) {
    let wrong = people.iter().filter_map(|(row, person)| {
        let found = row.place.see(&*rig.apps.right, &rig.one(Side::Right, &person.email));
        let wanted = wanted(row, person);
        let Person { email, .. } = person;
        (!same(&found, &wanted))
            .then(|| format!("{when}: `{}` leaves {found} with {email}, and not {wanted}", row.action))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All people of all rows come into scope, leave it and return.
async fn play(rig: &Rig, rows: &[Row]) {
    let cast: Vec<_> = rows.iter().enumerate().map(|(at, row)| (row, cast(at, row))).collect();
    let rules: String = cast.iter().flat_map(|(_, rules)| rules).map(|(rule, _)| rule.as_str()).collect();
    let people = cast.into_iter().flat_map(|(row, rules)| rules.into_iter().map(move |rule| (row, rule.1)));
    let people: Vec<(&Row, Person)> =
        people.flat_map(|(row, people)| people.into_iter().map(move |person| (row, person))).collect();
    rig.configure(&format!("{}{OFF}", with_fields(&rules, rig.kinds)));
    people.iter().for_each(|(row, person)| type_in(rig, row, person));
    rig.settle().await;
    examine(rig, &people, "at first", |row, _| row.to.clone());
    rig.pass();
    for (row, person) in &people {
        if let Some(edit) = &person.edit {
            row.place.put(&*rig.apps.right, &rig.one(Side::Right, &person.email), edit);
        }
    }
    rig.settle().await;
    examine(rig, &people, "edited", |row, person| person.edit.clone().unwrap_or(row.to.clone()));
    rig.pass();
    people.iter().for_each(|(_, person)| stop(rig, person));
    rig.settle().await;
    examine(rig, &people, "out of scope", |_, person| person.end.clone());
    rig.pass();
    people.iter().for_each(|(_, person)| go(rig, person));
    rig.settle().await;
    examine(rig, &people, "back in scope", |row, _| row.to.clone());
}

scenario!(
    /// Scenarios 49, 50, 52 and 53, for each action: it is done once; what is taken back is what was ours, to what was
    /// there before; what a person wrote since stays.
    each_action_is_done_once_and_taken_back_to_what_was_there, each_app_as_target, |rig| {
        let fields = typed::fields(rig.kinds.right, &*rig.apps.right);
        let mut rows = vec![Row::add_tag("put on"), Row::remove_tag("taken off")];
        rows.extend(fields.iter().filter(|field| field.access == Access::Writable).map(Row::set));
        if rig.kinds.right == Kind::Drift {
            rows.push(Row::word("set_lead_stage = \"Synced\"", "lead_stage"));
            rows.push(Row::word("set_cql_source = \"Synced\"", "cql_source"));
        }
        play(&rig, &rows).await;
    }
);

scenario!(
    /// Scenario 44, for actions: a vendor that stores a value in another spelling has not edited it.
    what_a_vendor_reshaped_is_still_ours_to_take_back, each_app_as_target, |rig| {
        rig.apps.right.faults().set_normalise(true);
        let fields = typed::fields(rig.kinds.right, &*rig.apps.right);
        let spelled = fields.iter().filter(|field| field.access == Access::Writable).filter_map(|field| {
            let spelling = match field.shape {
                Shape::Text => "Sales  Director",
                // Mailchimp keeps numbers as they come.
                Shape::Phone if rig.kinds.right == Kind::Mailchimp => return None,
                Shape::Phone => "+32471234567",
                Shape::Number | Shape::Flag | Shape::Day | Shape::Birthday | Shape::Moment | Shape::Choice => return None,
                Shape::List | Shape::Address => return None,
            };
            Some(Row { action: format!("set = \"{}\", to = \"{spelling}\"", field.name), ..Row::set(field) })
        });
        play(&rig, &spelled.collect::<Vec<_>>()).await;
    }
);

scenario!(
    /// The same for tags, where they live in the second of an app's places.
    tags_of_the_second_place_are_put_on_once_and_taken_back, each_app_with_a_choice_of_tags, |rig| {
        rig.apps.right.keep_tags_in(rig.kinds.right.tag_stores()[1]);
        play(&rig, &[Row::add_tag("put on"), Row::remove_tag("taken off")]).await;
    }
);

scenario!(
    /// And where they are options of a field.
    tags_that_are_options_are_put_on_once_and_taken_back, |can| each_app_as_target(can) && can.right.is.tag_stores().contains(&TagStore::Field), |rig| {
        rig.apps.right.keep_tags_in(TagStore::Field);
        play(&rig, &[Row::add_tag("put on"), Row::remove_tag("taken off")]).await;
    }
);

scenario!(
    /// Drift's API empties no number. What cannot be taken back is told, and not tried for ever.
    what_a_vendor_does_not_empty_is_told_and_not_tried_for_ever, |can| each_app_as_target(can) && can.right.is == Kind::Drift, |rig| {
        typed::fields(rig.kinds.right, &*rig.apps.right);
        rig.configure(&format!(
            "[[connections.pair.rules]]\nfrom = \"left\"\nif = [ {{ has_tag = \"{GO}\" }} ]\n\
             then = [ {{ set = \"seats\", to = 5, undo = true }}, {{ add_tag = \"put on\", undo = true }} ]\n"
        ));
        let left = rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        rig.apps.left.tag(&left, GO);
        rig.settle().await;
        let right = rig.one(Side::Right, "ann@x.example");
        rig.apps.left.untag(&left, GO);
        let report = rig.sync().await;
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        assert_eq!(report.failures[0].field.as_deref(), Some("seats"));
        rig.sync().await;
        assert!(rig.apps.right.tags(&right).is_empty(), "what can be taken back is");
        let calls = rig.apps.right.calls();
        rig.sync().await;
        let quiet = rig.apps.right.calls() - calls;
        let calls = rig.apps.right.calls();
        rig.sync().await;
        assert_eq!(rig.apps.right.calls() - calls, quiet, "each run costs what an idle one does");
        assert!(same(&rig.apps.right.raw(&right, "seats"), &json!(5)));
    }
);

scenario!(
    /// A value of a rule's that the vendor's own rules refuse keeps nobody out: the rest of the contact goes on.
    a_refused_value_of_a_rule_costs_that_field_alone, |can| each_app_as_target(can) && matches!(can.right.is, Kind::Contact | Kind::Lead), |rig| {
        typed::fields(rig.kinds.right, &*rig.apps.right);
        let object = if rig.kinds.right == Kind::Lead { "Lead" } else { "Contact" };
        rig.apps.right.org().configure(|settings| {
            settings.write.validation_rules.push(ValidationRule {
                object: object.to_owned(),
                field: "Favourite__c".to_owned(),
                refuses: Refuses::Containing("Blue".to_owned()),
                message: "not this colour".to_owned(),
                at_field: true,
            });
        });
        rig.configure(
            "[[connections.pair.rules]]\nfrom = \"left\"\n\
             then = [ { set = \"Favourite__c\", to = \"Blue\" }, { add_tag = \"put on\" } ]\n",
        );
        rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        let report = rig.sync().await;
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        assert_eq!(report.failures[0].field.as_deref(), Some("Favourite__c"));
        let right = rig.one(Side::Right, "ann@x.example");
        assert!(rig.apps.right.tags(&right).contains("put on"));
        assert!(same(&rig.apps.right.raw(&right, "Favourite__c"), &Value::Null));
    }
);
