//! `[[connections.NAME.rules]]`: IF conditions and THEN actions.

use super::text::{AppName, FieldName, Scalar, Tag, Text};
use schemars::JsonSchema;

/// A search on one app: every contact that meets all of its conditions is selected. Any rule is enough.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rule {
    /// The app whose contacts the rule selects.
    pub from: AppName,
    /// What must hold, all of it. None: every contact.
    #[schemars(extend("default" = [], "examples" = [[{ "has_tag": "customer" }]]))]
    pub r#if: Option<Vec<Condition>>,
    /// What is done to a contact that comes into scope, once, beside creating or updating it.
    #[schemars(extend("default" = [], "examples" = [[{ "add_tag": "From chat", "undo": true }]]))]
    pub then: Option<Vec<Action>>,
}

/// Something that must hold of a contact. Text compares without case.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged, deny_unknown_fields)]
pub enum Condition {
    /// The contact has a tag.
    #[schemars(title = "has_tag")]
    HasTag {
        /// The contact has this tag.
        has_tag: Tag,
    },
    /// The contact does not have a tag.
    #[schemars(title = "lacks_tag")]
    LacksTag {
        /// The contact does not have this tag.
        lacks_tag: Tag,
    },
    /// The contact's score.
    #[schemars(title = "cql_score")]
    CqlScore {
        /// The score is this number, one of these, or within `{ at_least = 2, at_most = 3 }`.
        cql_score: Score,
    },
    /// The contact's lead stage.
    #[schemars(title = "lead_stage")]
    LeadStage {
        /// The lead stage is this, or one of these.
        lead_stage: Stages,
    },
    /// The contact's counterpart.
    #[schemars(title = "exists_in")]
    ExistsIn {
        /// The contact has a counterpart in this app, the other one. Such a rule never creates.
        exists_in: AppName,
    },
    /// What the person says to mail.
    #[schemars(title = "unsubscribed")]
    Unsubscribed {
        /// Whether the person is known to have opted out (`true`), or to be subscribed (`false`), where the app tells. Whose state is
        /// another (pending, cleaned, archived, not visible) meets neither.
        unsubscribed: bool,
    },
    /// The contact's end.
    #[schemars(title = "deleted")]
    Deleted {
        /// The contact was deleted, where the app tells.
        #[schemars(extend("const" = true))]
        deleted: bool,
    },
    /// A field, with one test.
    #[schemars(title = "field")]
    Field(FieldTest),
}

/// A field and the one test that it has to pass.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["equals"] }, { "required": ["not_equals"] }, { "required": ["contains"] },
    { "required": ["starts_with"] }, { "required": ["one_of"] }, { "required": ["is_empty"] },
    { "anyOf": [{ "required": ["at_least"] }, { "required": ["at_most"] }] },
]))]
pub struct FieldTest {
    /// A field, as the vendor's API names it, that passes the one test beside it. A field that was not read passes none.
    pub field: FieldName,
    /// A test: the field is this.
    pub equals: Option<Scalar>,
    /// A test: the field is not this.
    pub not_equals: Option<Scalar>,
    /// A test: the field has this in it.
    pub contains: Option<Text>,
    /// A test: the field begins with this.
    pub starts_with: Option<Text>,
    /// A test: the field is one of these.
    #[schemars(length(min = 1))]
    pub one_of: Option<Vec<Scalar>>,
    /// A test: the field is empty, or is not.
    pub is_empty: Option<bool>,
    /// A test: the field is this number or more. It may stand beside `at_most`.
    pub at_least: Option<f64>,
    /// A test: the field is this number or less. It may stand beside `at_least`.
    pub at_most: Option<f64>,
}

/// A number, several, or a range.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Score {
    /// This number.
    One(f64),
    /// One of these numbers.
    Several(#[schemars(length(min = 1))] Vec<f64>),
    /// A range.
    Range(Range),
}

/// A range with at least one end.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
pub struct Range {
    /// This number or more.
    pub at_least: Option<f64>,
    /// This number or less.
    pub at_most: Option<f64>,
}

/// One stage or several.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Stages {
    /// This stage.
    One(Text),
    /// One of these stages.
    Several(#[schemars(length(min = 1))] Vec<Text>),
}

/// Something that is done to a contact.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged, deny_unknown_fields)]
pub enum Action {
    /// Puts a tag on.
    #[schemars(title = "add_tag")]
    AddTag {
        /// Puts this tag on.
        add_tag: Tag,
        /// The app where it is done. By default the other one.
        r#in: Option<AppName>,
        /// Whether it is taken back when no rule with this action selects the contact any more: only what we did.
        #[schemars(extend("default" = false))]
        undo: Option<bool>,
    },
    /// Takes a tag off.
    #[schemars(title = "remove_tag")]
    RemoveTag {
        /// Takes this tag off.
        remove_tag: Tag,
        /// The app where it is done. By default the other one.
        r#in: Option<AppName>,
        /// Whether it is taken back when no rule with this action selects the contact any more: only what we did.
        #[schemars(extend("default" = false))]
        undo: Option<bool>,
    },
    /// Sets the lead stage.
    #[schemars(title = "set_lead_stage")]
    SetLeadStage {
        /// Sets the lead stage to this.
        set_lead_stage: Text,
        /// The app where it is done. By default the other one.
        r#in: Option<AppName>,
        /// Whether it is taken back when no rule with this action selects the contact any more: only what we did.
        #[schemars(extend("default" = false))]
        undo: Option<bool>,
    },
    /// Sets the CQL source.
    #[schemars(title = "set_cql_source")]
    SetCqlSource {
        /// Sets the CQL source to this.
        set_cql_source: Text,
        /// The app where it is done. By default the other one.
        r#in: Option<AppName>,
        /// Whether it is taken back when no rule with this action selects the contact any more: only what we did.
        #[schemars(extend("default" = false))]
        undo: Option<bool>,
    },
    /// Sets a field.
    #[schemars(title = "set")]
    Set {
        /// Sets this field, as the vendor's API names it, to the value of `to`.
        set: FieldName,
        /// The value that `set` sets the field to.
        to: Scalar,
        /// The app where it is done. By default the other one.
        r#in: Option<AppName>,
        /// Whether it is taken back when no rule with this action selects the contact any more: only what we did.
        #[schemars(extend("default" = false))]
        undo: Option<bool>,
    },
}
