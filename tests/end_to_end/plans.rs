//! What `plan` says of a changed file: exactly what the next `sync` does, with its cause, and without writing anything.

use crate::rig::Rig;
use serde_json::{Value, json};

/// Two people in both apps, in step.
struct World {
    rig: Rig,
    /// In Google.
    ann: String,
    /// In Drift.
    bob: i64,
}

async fn world() -> World {
    let rig = Rig::new(0, "").await;
    rig.apps.drift.define_attribute("favourite", syntony_sandbox::drift::AttributeType::String);
    let person = |given: &str, email: &str| json!({ "names": [{ "givenName": given, "familyName": "Olsen" }], "emailAddresses": [{ "value": email }] });
    let ann = rig.apps.google.add(&person("Ann", "ann@x.org")).unwrap();
    rig.apps.google.label(&ann, "customer").unwrap();
    rig.apps.google.add(&person("Bob", "bob@x.org")).unwrap();
    let first = rig.run(&["sync"]).await;
    assert_eq!(first.code, 0, "{} {:#}", first.stderr, first.json);
    let bob = rig.apps.drift.ids_of("bob@x.org")[0];
    World { rig, ann, bob }
}

/// Each change of one field as a line with its cause: `chat tag: null -> "VIP" | rule …`.
fn lines<'v>(changes: impl IntoIterator<Item = &'v Value>) -> Vec<String> {
    let mut lines: Vec<String> = changes
        .into_iter()
        .flat_map(|change| {
            let app = change["app"].as_str().unwrap();
            let line = move |field: &Value| {
                let (name, because) = (field["field"].as_str().unwrap(), field["because"].as_str().unwrap());
                format!("{app} {name}: {} -> {} | {because}", field["before"], field["after"])
            };
            change["fields"].as_array().unwrap().iter().map(line)
        })
        .collect();
    lines.sort();
    lines
}

fn planned(report: &Value) -> Vec<String> {
    lines(report["changes"].as_array().unwrap())
}

fn connection(report: &Value) -> &Value {
    &report["connections"][0]
}

impl World {
    /// Writes the file: the rig's own, with `winner`, and `more` behind the connection's keys.
    fn configure(&self, winner: &str, more: &str) {
        self.rig.write_config(more);
        let file = self.rig.path("syntony.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("winner = \"google\"", &format!("winner = \"{winner}\"")))
            .unwrap();
    }

    fn dump(&self) -> String {
        format!("{:?}\n{:?}", self.rig.apps.google.dump(), self.rig.apps.drift.dump())
    }

    /// Plans, which writes nothing anywhere.
    async fn plan(&self) -> Value {
        let before = self.dump();
        let plan = self.rig.run(&["plan"]).await;
        assert!(plan.code <= 1, "{} {:#}", plan.stderr, plan.json);
        assert_eq!(self.dump(), before, "a plan wrote something");
        plan.json
    }

    /// The plan is exactly this (of each line its beginning), a sync does exactly that, and then nothing is left.
    async fn check(&self, expected: &[&str]) -> Value {
        let plan = self.plan().await;
        let said = planned(&plan);
        let fits = said.len() == expected.len()
            && said.iter().zip(expected).all(|(said, expected)| said.starts_with(expected));
        assert!(fits, "{said:#?}\ninstead of\n{expected:#?}");
        let sync = self.rig.run(&["sync"]).await;
        assert_eq!(sync.code, 0, "{} {:#}", sync.stderr, sync.json);
        let run = sync.json["run"].as_str().unwrap();
        let written = self.rig.run(&["runs", run]).await.json;
        assert_eq!(lines(written["writes"].as_array().unwrap()), said, "the sync did something else");
        for count in ["excluded", "resolved", "in_sync", "conflicts"] {
            assert_eq!(connection(&sync.json)[count], connection(&plan)[count], "{count}");
        }
        assert_eq!(planned(&self.plan().await), Vec::<String>::new(), "something is left");
        plan
    }
}

const FAVOURITE: &str =
    "[[connections.chat-google.fields]]\nchat = \"favourite\"\ngoogle = \"userDefined.Colour\"\n";

fn rule(tag: &str) -> String {
    format!(
        "[[connections.chat-google.rules]]\nfrom = \"google\"\nif = [ {{ has_tag = \"customer\" }} ]\nthen = [ {{ add_tag = \"{tag}\", undo = true }} ]\n"
    )
}

/// Scenario 49.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_who_a_changed_rule_tags_and_who_leaves_the_scope() {
    let world = world().await;
    // A rule that selects Ann alone: Bob leaves, and nothing of his is touched.
    world.configure("google", &rule("VIP"));
    let shown = world.rig.text(&["plan"]).await;
    let left = "To leave the scope, because no rule selects them any more; nobody is deleted: 1";
    assert!(shown.contains(left) && shown.contains(&format!("chat:{}", world.bob)), "{shown}");
    assert!(
        shown.contains("The rules that are named above:") && shown.contains("has_tag \"customer\""),
        "{shown}"
    );
    let plan = world.check(&["chat tag: null -> \"VIP\" | rule google#"]).await;
    assert_eq!(connection(&plan)["excluded"]["no_rule"], 1, "{plan:#}");
    // Another text is another rule: what the former one did is taken back.
    world.configure("google", &rule("Gold"));
    let taken_back = "chat tag: \"VIP\" -> null | no rule selects it any more; takes back google#";
    world.check(&[taken_back, "chat tag: null -> \"Gold\" | rule google#"]).await;
    // Without rules everybody is in it again.
    world.configure("google", "");
    let shown = world.rig.text(&["plan"]).await;
    assert!(shown.contains("To come back into the scope, and be merged: 1"), "{shown}");
    let taken_back = "chat tag: \"Gold\" -> null | no rule selects it any more; takes back google#";
    let plan = world.check(&[taken_back]).await;
    assert_eq!(connection(&plan)["excluded"], json!({}), "{plan:#}");
}

/// Scenarios 24, 31 and 32.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_a_changed_mapping_fills_and_a_changed_winner_decides() {
    let world = world().await;
    let colour = |colour: &str| json!({ "userDefined": [{ "key": "Colour", "value": colour }] });
    let favour = |colour: &str| {
        world.rig.apps.drift.edit(world.bob, &[("favourite", json!(colour))]).unwrap();
        world.rig.apps.drift.start_conversation(world.bob).unwrap();
    };
    world.rig.apps.google.edit(&world.ann, &colour("red")).unwrap();
    favour("blue");
    world.check(&[]).await;
    // A mapping that is added fills what is empty, each way, and opens nothing else.
    world.configure("google", FAVOURITE);
    let by = "mapping favourite <-> userDefined.Colour";
    let to_google = format!("google userDefined.Colour: null -> \"blue\" | {by}");
    world.check(&[&format!("chat favourite: null -> \"red\" | {by}"), &to_google]).await;
    // Two edits of one field: whoever the file names wins, and nobody if it says to ask.
    let bob = world.rig.apps.google.names_of("bob@x.org").remove(0);
    world.rig.apps.google.edit(&bob, &colour("green")).unwrap();
    favour("yellow");
    assert_eq!(planned(&world.plan().await), [format!("chat favourite: \"yellow\" -> \"green\" | {by}")]);
    world.configure("ask", FAVOURITE);
    let asked = world.plan().await;
    assert_eq!((planned(&asked), &connection(&asked)["conflicts"]), (Vec::new(), &json!(1)));
    world.configure("chat", FAVOURITE);
    world.check(&[&format!("google userDefined.Colour: \"green\" -> \"yellow\" | {by}")]).await;
    // A mapping that is taken out clears nothing.
    world.configure("google", "");
    world.check(&[]).await;
    assert!(world.dump().contains("yellow") && world.dump().contains("red"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turned_direction_holds_edits_back_and_opens_none_of_them_again() {
    let world = world().await;
    let colour = |colour: &str| {
        let fields = json!({ "userDefined": [{ "key": "Colour", "value": colour }] });
        world.rig.apps.google.edit(&world.ann, &fields).unwrap();
    };
    let by = "mapping favourite <-> userDefined.Colour";
    let one_way = format!("direction = \"to google\"\n{FAVOURITE}");
    colour("red");
    world.configure("google", FAVOURITE);
    world.check(&[&format!("chat favourite: null -> \"red\" | {by}")]).await;
    world.configure("google", &one_way);
    // Deletions of Google's would be tags in Drift, which is not written any more.
    let refused = world.rig.run(&["plan"]).await;
    assert_eq!(refused.code, 64, "{:#}", refused.json);
    let file = world.rig.path("syntony.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("deletions = { from = \"google\" }", "")).unwrap();
    colour("green");
    world.rig.apps.drift.edit(world.bob, &[("favourite", json!("blue"))]).unwrap();
    world.rig.apps.drift.start_conversation(world.bob).unwrap();
    world.check(&[&format!("google userDefined.Colour: null -> \"blue\" | {by}")]).await;
    // Both ways again: what was let be stays so, and the next edit goes over.
    world.configure("google", FAVOURITE);
    world.check(&[]).await;
    colour("yellow");
    world.check(&[&format!("chat favourite: \"red\" -> \"yellow\" | {by}")]).await;
}
