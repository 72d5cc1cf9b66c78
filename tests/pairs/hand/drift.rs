//! Drift: whatever happens to a contact comes to the top of the conversations, or nobody would hear of it.

use super::{Extra, Hand, What, Who, secret};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::drift::{AttributeType, Settings, Workspace};
use syntony_sandbox::faults::Faults;
use syntony_sandbox::serve::Running;

/// The attribute that tags live in.
const LABELS: &str = "labels";

pub(super) struct Chat {
    workspace: Workspace,
    running: Running,
}

impl Chat {
    pub(super) async fn start() -> Self {
        let faults = Faults::none();
        faults.set_lag_ms(0);
        let settings = Settings { rate_limit: None, ..Settings::default() };
        let workspace = Workspace::new(settings, Clock::machine(), faults);
        let running = workspace.serve(0).await.unwrap();
        Self { workspace, running }
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

    fn relabel(&self, id: &str, change: impl FnOnce(&mut BTreeSet<String>)) {
        let mut tags = self.tags(id);
        change(&mut tags);
        self.change(id, LABELS, &tags.into_iter().collect::<Vec<_>>().join(","));
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
tags = "attribute:{LABELS}"
rate = {{ per_second = 5000 }}
concurrency = 8
lag_seconds = 0
"#,
            url = self.running.base_url,
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
        let labels = self.text(id, LABELS);
        labels.split(',').map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect()
    }

    fn tag(&self, id: &str, tag: &str) {
        self.relabel(id, |tags| tags.extend([tag.to_owned()]));
    }

    fn untag(&self, id: &str, tag: &str) {
        self.relabel(id, |tags| tags.retain(|known| known != tag));
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
