//! The two ends of the connection that is being read: app names become sides.

use super::located::Located;
use super::nearest::hint_from;
use super::reader::{Node, Sink};
use std::collections::BTreeSet;
use syntony_core::ids::AppName;
use syntony_core::side::{Side, Sides};

/// The two apps, if they could be told.
pub(super) struct Ends<'a> {
    /// The apps of `between`; `None` after a complaint about it: then nothing is said of names that
    /// cannot be judged.
    pub(super) apps: Option<Sides<Located<AppName>>>,
    /// Where to complain.
    pub(super) sink: &'a Sink<'a>,
}

impl Ends<'_> {
    /// Which side an app is, if it is one of the two.
    pub(super) fn find(&self, name: &str) -> Option<Side> {
        let apps = self.apps.as_ref()?;
        Side::BOTH.into_iter().find(|side| apps[*side].as_str() == name)
    }

    /// Which side an app is; another name is an error.
    pub(super) fn side(&self, name: &Located<String>) -> Option<Located<Side>> {
        let apps = self.apps.as_ref()?;
        match self.find(name) {
            Some(side) => Some(name.with(side)),
            None => {
                let hint = hint_from(name, [apps.left.as_str(), apps.right.as_str()]);
                self.sink.error(name.span, format!("`{}` is not an app of this connection", name.value), hint)
            }
        }
    }

    /// The same, for a value.
    pub(super) fn side_at(&self, node: Node<'_>) -> Option<Located<Side>> {
        self.side(&node.text()?)
    }

    /// The two names, in order.
    pub(super) fn names(&self) -> Option<Sides<AppName>> {
        let apps = self.apps.as_ref()?;
        Some(Sides::new(apps.left.value.clone(), apps.right.value.clone()))
    }
}

/// Reads `between`: two different apps that exist.
pub(super) fn between(node: Node<'_>, apps: &BTreeSet<String>) -> Option<Sides<Located<AppName>>> {
    let entries = node.hinted("between = [\"one\", \"other\"]").list()?;
    let names: Vec<_> = entries.into_iter().map(|entry| known(entry, apps)).collect();
    let [left, right] = <[_; 2]>::try_from(names).ok().or_else(|| {
        let hint = "between = [\"one\", \"other\"]".to_owned();
        node.sink.error(node.span, "a connection is between exactly two apps", hint)
    })?;
    let (left, right) = (left?, right?);
    if left.value == right.value {
        let hint = "two different apps; for two accounts of one vendor, configure two apps".to_owned();
        return node.sink.error(right.span, "an app cannot be synced with itself", hint);
    }
    Some(Sides::new(left, right))
}

fn known(node: Node<'_>, apps: &BTreeSet<String>) -> Option<Located<AppName>> {
    let name = node.text()?;
    if apps.contains(&name.value) {
        return Some(name.map(AppName::new));
    }
    let hint = hint_from(&name, apps.iter().map(String::as_str));
    let hint = hint.unwrap_or_else(|| format!("add [apps.{}]", name.value));
    node.sink.error(node.span, format!("there is no app `{}`", name.value), hint)
}
