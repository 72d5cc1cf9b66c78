//! Drift: whatever happens to a contact comes to the top of the conversations, or nobody would hear of it.

use super::{Extra, Hand, TagStore, What, Who, secret};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::drift::{AttributeType, LegacyTags, Settings, Workspace};
use syntony_sandbox::faults::Faults;
use syntony_sandbox::serve::Running;

/// The attribute that tags live in.
const LABELS: &str = "labels";
/// What stands between two of them.
const BETWEEN: char = ';';

pub(super) struct Chat {
    workspace: Workspace,
    running: Running,
    tags: OnceLock<TagStore>,
}

impl Chat {
    pub(super) async fn start() -> Self {
        let faults = Faults::none();
        faults.set_lag_ms(0);
        let settings = Settings { rate_limit: None, ..Settings::default() };
        let workspace = Workspace::new(settings, Clock::machine(), faults);
        let running = workspace.serve(0).await.unwrap();
        Self { workspace, running, tags: OnceLock::new() }
    }

    fn text(&self, id: &str, attribute: &str) -> String {
        let contact = self.workspace.contact(id.parse().unwrap()).unwrap();
        contact["attributes"][attribute].as_str().unwrap_or_default().to_owned()
    }

    fn change(&self, id: &str, attribute: &str, value: &str) {
        let value = if value.is_empty() { Value::Null } else { json!(value) };
        let id = id.parse().unwrap();
        self.workspace.edit(id, &[(attribute, value)]).unwrap();
        self.workspace.start_conversation(id).unwrap();
    }

    fn has_own_tags(&self) -> bool {
        self.tags.get() == Some(&TagStore::Endpoint)
    }

    fn retag(&self, id: &str, on: &[&str], off: &[&str]) {
        if self.has_own_tags() {
            let id = id.parse().unwrap();
            self.workspace.retag(id, on, off).unwrap();
            self.workspace.start_conversation(id).unwrap();
            return;
        }
        let mut tags = self.tags(id);
        tags.extend(on.iter().map(|tag| (*tag).to_owned()));
        tags.retain(|tag| !off.contains(&tag.as_str()));
        let tags: Vec<String> = tags.into_iter().collect();
        self.change(id, LABELS, &tags.join(&BETWEEN.to_string()));
    }
}

fn attribute(what: What) -> &'static str {
    match what {
        What::Email => "email",
        What::Name => "name",
        What::Phone => "phone",
    }
}

impl Hand for Chat {
    fn config(&self, name: &str, folder: &Path) -> String {
        format!(
            r#"
[apps.{name}]
type = "drift"
base_url = "{url}"
token = {token}
tags = "{tags}"
rate = {{ per_second = 5000 }}
concurrency = 8
lag_seconds = 0
"#,
            url = self.running.base_url,
            tags = if self.has_own_tags() { "endpoint".to_owned() } else { format!("attribute:{LABELS}") },
            token = secret(folder, &format!("{name}.token"), &self.workspace.settings().private_token),
        )
    }

    fn add(&self, who: Who<'_>) -> String {
        let given = [(What::Email, who.email), (What::Name, who.name), (What::Phone, who.phone)];
        let attributes: Vec<(&str, Value)> = given
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(what, value)| (attribute(what), json!(value)))
            .collect();
        let id = self.workspace.add(&attributes);
        self.workspace.start_conversation(id).unwrap();
        id.to_string()
    }

    fn edit(&self, id: &str, what: What, value: &str) {
        self.change(id, attribute(what), value);
    }

    fn see(&self, id: &str, what: What) -> String {
        self.text(id, attribute(what))
    }

    fn everybody(&self) -> Vec<String> {
        self.workspace.dump().into_keys().map(|id| id.to_string()).collect()
    }

    fn delete(&self, id: &str) {
        self.workspace.delete(id.parse().unwrap()).unwrap();
    }

    fn restore(&self, id: &str) {
        self.workspace.restore(id.parse().unwrap()).unwrap();
    }

    fn tags(&self, id: &str) -> BTreeSet<String> {
        if self.has_own_tags() {
            let tags = self.raw(id, "tags").as_array().cloned().unwrap_or_default();
            return tags.iter().filter_map(|tag| tag["name"].as_str().map(str::to_owned)).collect();
        }
        let labels = self.text(id, LABELS);
        labels.split(BETWEEN).map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect()
    }

    fn tag(&self, id: &str, tag: &str) {
        self.retag(id, &[tag], &[]);
    }

    fn untag(&self, id: &str, tag: &str) {
        self.retag(id, &[], &[tag]);
    }

    fn keep_tags_in(&self, store: TagStore) {
        self.workspace.configure(|settings| {
            settings.legacy_tags =
                if store == TagStore::Endpoint { LegacyTags::On } else { LegacyTags::Gone };
        });
        self.tags.set(store).unwrap();
    }

    fn chat(&self) -> &Workspace {
        &self.workspace
    }

    fn opt_out(&self, _: &str) {
        unreachable!("an unsubscribe in Drift is told by webhook alone");
    }

    fn opt_in(&self, _: &str) {
        unreachable!("an unsubscribe in Drift is told by webhook alone");
    }

    fn raw(&self, id: &str, field: &str) -> Value {
        self.workspace.contact(id.parse().unwrap()).unwrap()["attributes"][field].clone()
    }

    fn fill(&self, id: &str, field: &str, value: &Value) {
        let id = id.parse().unwrap();
        self.workspace.edit(id, &[(field, value.clone())]).unwrap();
        self.workspace.start_conversation(id).unwrap();
    }

    fn define(&self, extra: Extra<'_>) {
        let kind = match extra {
            Extra::Text(_) | Extra::Options(_) => AttributeType::String,
            Extra::Number => AttributeType::Numeric,
            Extra::Day => AttributeType::Date,
            Extra::Moment => AttributeType::Datetime,
        };
        self.workspace.define_attribute(self.extra(), kind);
    }

    fn extra(&self) -> &'static str {
        "extra"
    }

    fn expire_cursors(&self) {
        unreachable!("a watermark of conversations does not expire");
    }

    fn calls(&self) -> u64 {
        self.workspace.traffic().total()
    }

    fn faults(&self) -> &Faults {
        self.workspace.faults()
    }

    fn clock(&self) -> &Clock {
        self.workspace.clock()
    }
}
