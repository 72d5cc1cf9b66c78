//! Tags: those that an app can hold, in the spelling that it has for them.

use super::Bench;
use crate::config::nearest::hint_from;
use crate::diagnostics::Span;
use syntony_connectors::contract::TagOrigin;
use syntony_core::ids::{FieldName, Tag};
use syntony_core::schema::{Access, Choices, FieldSpec, Kind};
use syntony_core::side::Side;

/// What is wished for with a tag.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// To know whether it is there.
    Look,
    /// To put it on.
    PutOn,
    /// To take it off.
    TakeOff,
}

impl Bench<'_> {
    /// The tag as the app has it; an error at `span` where it can hold none like it.
    pub(super) fn tag(&mut self, side: Side, tag: &Tag, span: Span, wish: Wish) -> Option<Tag> {
        let apps = self.apps;
        let Some(limits) = &apps[side].capabilities.tags else {
            self.cannot(side, span, "hold tags");
            return None;
        };
        if let Some(misfit) = limits.misfit(tag) {
            let message = format!("`{}` cannot hold this tag: {misfit}", self.app(side));
            self.error(span, message, "choose another name for it");
            return None;
        }
        match (limits.origin, &limits.field) {
            (TagOrigin::OnDemand, _) => {}
            (TagOrigin::ByHand, _) => self.by_hand(side, tag, span, wish),
            (TagOrigin::Options, Some(field)) => return self.tag_option(side, field, tag, span, wish),
            (TagOrigin::Options, None) => self.cannot(side, span, "hold tags"),
        }
        Some(tag.clone())
    }

    /// A tag that nobody made is refused for every contact, and which there are cannot be asked.
    fn by_hand(&mut self, side: Side, tag: &Tag, span: Span, wish: Wish) {
        if wish == Wish::PutOn && self.told_by_hand[side].insert(tag.clone()) {
            let message = format!(
                "`{}` takes a tag only if somebody made it there, and does not say which there are",
                self.app(side)
            );
            let hint = format!("make {:?} in its settings before the first sync", tag.as_str());
            self.warning(span, message, hint);
        }
    }

    /// A tag that is an option of a multi-select picklist, in the option's spelling.
    fn tag_option(&mut self, side: Side, name: &FieldName, tag: &Tag, span: Span, wish: Wish) -> Option<Tag> {
        let field = self.tag_field(side, name, span, wish)?;
        let same = |option: &&String| option.to_lowercase() == tag.as_str().to_lowercase();
        if let Some(option) = field.options.iter().find(same) {
            return Some(Tag::new(option));
        }
        let message =
            format!("{:?} is no option of `{name}`, where `{}` keeps its tags", tag.as_str(), self.app(side));
        let hint = hint_from(tag.as_str(), field.options.iter().map(String::as_str))
            .unwrap_or_else(|| format!("make it an option of `{name}`"));
        match field.choices {
            Choices::Closed => {
                self.error(span, message, hint);
                None
            }
            Choices::Open => {
                self.warning(span, message, hint);
                Some(tag.clone())
            }
        }
    }

    fn tag_field(&mut self, side: Side, name: &FieldName, span: Span, wish: Wish) -> Option<FieldSpec> {
        let app = &self.apps[side];
        let held = app.schema.field(name.as_str()).filter(|field| field.kind == Kind::Picklist && field.many);
        let hint = format!("`tags` of [apps.{}] names it; `syntony fields {}` lists all", app.name, app.name);
        match held {
            Some(field) if wish == Wish::Look || field.access == Access::ReadWrite => Some(field),
            Some(_) => {
                let message = format!("`{}` keeps its tags in `{name}`, which nobody may write", app.name);
                self.error(span, message, hint);
                None
            }
            None => {
                let message =
                    format!("`{}` keeps its tags in `{name}`, which is no multi-select picklist", app.name);
                self.error(span, message, hint);
                None
            }
        }
    }
}
