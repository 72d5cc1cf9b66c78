//! Every condition on every app that has it, and on the others a refusal at its line.
//!
//! Each test of a rule is a row. Its people are three: what the row is about holds one thing for the first of
//! them, another for the second, and nothing for the third. The rule leaves a tag of its own on whom it selects,
//! in the other app.

use crate::hand::{Can, Hand, Kind, What, who};
use crate::rig::{Rig, counts};
use crate::table::scenario;
use crate::typed::{self, Shape, Typed};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::side::{Side, Sides};

/// Each app once, with one beside it that takes any contact and keeps many tags cheaply.
pub(crate) fn each_app_with_a_partner(can: Sides<Can>) -> bool {
    can.right.is == if can.left.is == Kind::Drift { Kind::Mailchimp } else { Kind::Drift }
}

/// The people of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Person {
    First,
    Second,
    /// The one who has nothing.
    Third,
}

use Person::{First, Second, Third};

/// A test of a field, and whom it selects.
type Tests = &'static [(&'static str, &'static [Person])];

/// The first holds `Sales Director`, the second `7`.
const TEXT: Tests = &[
    ("equals = \"sales DIRECTOR\"", &[First]),
    ("equals = 7", &[Second]),
    ("not_equals = \"sales DIRECTOR\"", &[Second, Third]),
    ("contains = \"LES dir\"", &[First]),
    ("starts_with = \"sAlEs\"", &[First]),
    ("starts_with = \"director\"", &[]),
    ("one_of = [\"nobody\", \"SALES director\"]", &[First]),
    ("at_least = 7", &[Second]),
    ("at_least = 8", &[]),
    ("at_most = 7", &[Second]),
    ("is_empty = true", &[Third]),
    ("is_empty = false", &[First, Second]),
];

/// `+32 471 23 45 67` and `+32 2 111 11 11`.
const PHONE: Tests = &[
    ("starts_with = \"+32\"", &[First, Second]),
    ("contains = \"471\"", &[First]),
    ("is_empty = true", &[Third]),
    ("is_empty = false", &[First, Second]),
];

/// 5 and 0, which is not nothing.
const NUMBER: Tests = &[
    ("equals = 5", &[First]),
    ("equals = \"5\"", &[First]),
    ("equals = 0", &[Second]),
    ("not_equals = 5", &[Second, Third]),
    ("one_of = [\"4\", 5.0]", &[First]),
    ("at_least = 5", &[First]),
    ("at_least = 5.5", &[]),
    ("at_most = 4", &[Second]),
    ("at_least = -1, at_most = 5", &[First, Second]),
    ("is_empty = true", &[Third]),
    ("is_empty = false", &[First, Second]),
];

const FLAG: Tests = &[
    ("equals = true", &[First]),
    ("equals = \"true\"", &[First]),
    ("equals = false", &[Second]),
    ("not_equals = true", &[Second, Third]),
    ("is_empty = true", &[Third]),
    ("is_empty = false", &[First, Second]),
];

/// What is not ticked is `false`.
const TICK: Tests = &[
    ("equals = true", &[First]),
    ("equals = false", &[Second, Third]),
    ("not_equals = true", &[Second, Third]),
    ("is_empty = false", &[First, Second, Third]),
];

const DAY: Tests = &[
    ("equals = 2024-02-29", &[First]),
    ("equals = \"2024-02-29\"", &[First]),
    ("not_equals = 2024-02-29", &[Second, Third]),
    ("one_of = [2024-02-28, 2023-01-31]", &[Second]),
    ("is_empty = true", &[Third]),
    ("is_empty = false", &[First, Second]),
];

const MOMENT: Tests = &[
    ("equals = 2024-02-29T10:30:00Z", &[First]),
    ("equals = 2024-02-29T12:30:00+02:00", &[First]),
    ("not_equals = 2024-02-29T10:30:00Z", &[Second, Third]),
    ("one_of = [2024-02-29T10:30:00Z, 2023-01-31T00:00:00Z]", &[First, Second]),
    ("is_empty = true", &[Third]),
    ("is_empty = false", &[First, Second]),
];

const CHOICE: Tests = &[
    ("equals = \"red\"", &[First]),
    ("not_equals = \"RED\"", &[Second, Third]),
    ("contains = \"lu\"", &[Second]),
    ("starts_with = \"r\"", &[First]),
    ("one_of = [\"Blue\", \"Green\"]", &[Second]),
    ("is_empty = true", &[Third]),
    ("is_empty = false", &[First, Second]),
];

/// `red` and `green`, and `blue`. A list is what any of its entries is.
const LIST: Tests = &[
    ("equals = \"GREEN\"", &[First]),
    ("not_equals = \"green\"", &[Second, Third]),
    ("contains = \"ree\"", &[First]),
    ("starts_with = \"g\"", &[First]),
    ("one_of = [\"green\", \"blue\"]", &[First, Second]),
    ("is_empty = true", &[Third]),
    ("is_empty = false", &[First, Second]),
];

const FILLED: Tests = &[("is_empty = true", &[Third]), ("is_empty = false", &[First, Second])];

fn tests(field: &Typed) -> Tests {
    match (field.shape, field.blank) {
        (Shape::Text, _) => TEXT,
        (Shape::Phone, _) => PHONE,
        (Shape::Number, _) => NUMBER,
        (Shape::Flag, typed::Blank::No) => TICK,
        (Shape::Flag, typed::Blank::Null | typed::Blank::NeverAgain) => FLAG,
        (Shape::Day, _) => DAY,
        (Shape::Moment, _) => MOMENT,
        (Shape::Choice, _) => CHOICE,
        (Shape::List, _) => LIST,
        (Shape::Birthday | Shape::Address, _) => FILLED,
    }
}

/// What somebody does to one of the people, before the first sync.
#[derive(Clone, Debug)]
enum Deed {
    Nothing,
    Fill(&'static str, Value),
    Tag(&'static str),
    OptOut,
    /// Mail to them came back too often, which is no opting out.
    Clean,
    /// Somebody types them into the other app too.
    ThereAsWell,
}

/// Rows about one thing.
struct Group {
    first: Deed,
    second: Deed,
    rows: Vec<(String, &'static [Person])>,
}

impl Group {
    fn new(first: Deed, second: Deed, rows: &[(&str, &'static [Person])]) -> Self {
        let rows = rows.iter().map(|(condition, whom)| (format!("{{ {condition} }}"), *whom)).collect();
        Self { first, second, rows }
    }

    fn of(field: &Typed) -> Self {
        let [first, second, _] = field.values.clone().map(|value| Deed::Fill(field.page, value));
        let rows = tests(field).iter();
        let rows =
            rows.map(|(test, whom)| (format!("{{ field = \"{}\", {test} }}", field.name), *whom)).collect();
        Self { first, second, rows }
    }

    fn deed(&self, person: Person) -> Deed {
        match person {
            First => self.first.clone(),
            Second => self.second.clone(),
            Third => Deed::Nothing,
        }
    }
}

/// All that an app has.
fn groups(kind: Kind, app: &dyn Hand) -> Vec<Group> {
    let mut groups: Vec<Group> = typed::fields(kind, app).iter().map(Group::of).collect();
    groups.push(Group::new(
        Deed::Tag("Customer"),
        Deed::Tag("Partner"),
        &[
            ("has_tag = \"Customer\"", &[First]),
            ("has_tag = \"CUSTOMER\"", &[First]),
            ("lacks_tag = \"Customer\"", &[Second, Third]),
            ("lacks_tag = \"customer\"", &[Second, Third]),
        ],
    ));
    groups.push(Group::new(Deed::ThereAsWell, Deed::Nothing, &[("exists_in = \"right\"", &[First])]));
    if kind.can().opts_out {
        let rows: Tests = &[("unsubscribed = true", &[First]), ("unsubscribed = false", &[Second, Third])];
        groups.push(Group::new(Deed::OptOut, Deed::Nothing, rows));
    }
    if kind == Kind::Mailchimp {
        let rows: Tests = &[("unsubscribed = true", &[]), ("unsubscribed = false", &[Second, Third])];
        groups.push(Group::new(Deed::Clean, Deed::Nothing, rows));
    }
    if kind == Kind::Drift {
        let fill = |name, value: Value| Deed::Fill(name, value);
        let scores: Tests = &[
            ("cql_score = 3", &[First]),
            ("cql_score = [1, 3]", &[First]),
            ("cql_score = { at_least = 0 }", &[First]),
            ("cql_score = { at_most = 0 }", &[Second]),
            ("cql_score = { at_least = -1, at_most = 2 }", &[Second]),
        ];
        groups.push(Group::new(fill("cql_score", json!(3)), fill("cql_score", json!(-1)), scores));
        let stages: Tests =
            &[("lead_stage = \"mql\"", &[First]), ("lead_stage = [\"SQL\", \"customer\"]", &[Second])];
        groups.push(Group::new(
            fill("lead_stage", json!("MQL")),
            fill("lead_stage", json!("Customer")),
            stages,
        ));
    }
    groups
}

fn address(group: usize, person: Person) -> String {
    format!("{}{person:?}@x.example", start(group)).to_lowercase()
}

/// What the addresses of a group's people begin with: it keeps each rule to its own people.
fn start(group: usize) -> String {
    format!("g{group}-")
}

fn type_in(rig: &Rig, deed: &Deed, email: &str) {
    let app = &rig.apps.left;
    let id = app.add(who(email, "Ann Lee"));
    match deed {
        Deed::Nothing => {}
        Deed::Fill(field, value) => app.fill(&id, field, value),
        Deed::Tag(tag) => app.tag(&id, tag),
        Deed::OptOut => app.opt_out(&id),
        Deed::Clean => app.audience().clean(&id).unwrap(),
        Deed::ThereAsWell => _ = rig.apps.right.add(who(email, "Anna Lee")),
    }
}

/// Concepts that these scenarios are not about.
const OFF: &str = r#"
[connections.pair.defaults]
off = ["phone", "company", "title", "address", "website", "birthday", "notes"]
"#;

/// One rule for each row, each with a tag of its own.
fn rules(email_field: &str, groups: &[Group]) -> String {
    let mut text = String::new();
    let mut tag = 0;
    for (at, group) in groups.iter().enumerate() {
        for (condition, _) in &group.rows {
            let own = format!("{{ field = \"{email_field}\", starts_with = \"{}\" }}", start(at));
            text += &format!(
                "[[connections.pair.rules]]\nfrom = \"left\"\nif = [\n{own},\n{condition},\n]\nthen = [ {{ add_tag = \"t{tag}\" }} ]\n"
            );
            tag += 1;
        }
    }
    text
}

/// Who carries which tag on the right.
fn tagged(rig: &Rig, groups: usize) -> BTreeMap<(usize, Person), BTreeSet<String>> {
    let right = &rig.apps.right;
    let by_address: BTreeMap<String, String> =
        right.everybody().into_iter().map(|id| (right.see(&id, What::Email).to_lowercase(), id)).collect();
    let people = (0..groups).flat_map(|group| [First, Second, Third].map(|person| (group, person)));
    let found = people
        .filter_map(|(group, person)| Some(((group, person), by_address.get(&address(group, person))?)));
    found.map(|(who, id)| (who, right.tags(id))).collect()
}

scenario!(
    /// Scenario 47, and every condition: whom a rule selects is there and has its tag, whom none selects is not there.
    each_condition_selects_whom_it_says_and_nobody_else, each_app_with_a_partner, |rig| {
        let groups = groups(rig.kinds.left, &*rig.apps.left);
        for (at, group) in groups.iter().enumerate() {
            for person in [First, Second, Third] {
                type_in(&rig, &group.deed(person), &address(at, person));
            }
        }
        rig.configure(&format!("{}{OFF}", rules(rig.kinds.left.email_field(), &groups)));
        rig.settle().await;
        let tagged = tagged(&rig, groups.len());
        let mut wrong = Vec::new();
        let rows = groups.iter().enumerate().flat_map(|(at, group)| group.rows.iter().map(move |row| (at, row)));
        for (tag, (at, (condition, whom))) in rows.enumerate() {
            let has = |person: &Person| tagged.get(&(at, *person)).is_some_and(|tags| tags.contains(&format!("t{tag}")));
            let selected: Vec<Person> = [First, Second, Third].into_iter().filter(has).collect();
            if selected != **whom {
                wrong.push(format!("{condition} selects {selected:?} and not {whom:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for ((at, person), tags) in tagged {
            let was_there = matches!(groups[at].deed(person), Deed::ThereAsWell);
            assert!(!tags.is_empty() || was_there, "{} is there and nobody asked for it", address(at, person));
        }
    }
);

fn left_tells_deletions(can: Sides<Can>) -> bool {
    each_app_with_a_partner(can) && can.left.tells_deletions != crate::hand::Told::Never
}

scenario!(
    /// The condition `deleted`: whoever was in step and is deleted gets what the rule leaves, once, and nobody else does.
    a_rule_for_deleted_contacts_selects_them_alone, left_tells_deletions, |rig| {
        rig.configure(
            "[[connections.pair.rules]]\nfrom = \"left\"\n\
             [[connections.pair.rules]]\nfrom = \"left\"\nif = [ { deleted = true } ]\nthen = [ { add_tag = \"left us\" } ]\n",
        );
        let gone = rig.apps.left.add(who("gone@x.example", "Ann Lee"));
        rig.apps.left.add(who("here@x.example", "Bob Roe"));
        rig.in_step().await;
        rig.apps.left.delete(&gone);
        let report = rig.resync().await;
        assert_eq!(counts(&report, Side::Right).tagged, 1, "{report:#?}");
        rig.assert_quiet().await;
        let tags = |email: &str| rig.apps.right.tags(&rig.one(Side::Right, email));
        assert!(tags("gone@x.example").contains("left us"));
        assert!(tags("here@x.example").is_empty());
        rig.assert_only(Side::Left, &rig.one(Side::Left, "here@x.example"));
    }
);
