//! Writing: creates, updates and tags.

use super::Salesforce;
use super::config::SalesforceConfig;
use crate::contract::{Result, WriteCounts};
use syntony_core::ids::{FieldName, OpKey};
use syntony_core::op::{Outcome, Write};
use syntony_core::value::Value;

/// What writing remembers between two calls.
#[derive(Default)]
pub(super) struct Writer {}

impl Salesforce {
    /// Not there yet: nothing is sent.
    pub(super) async fn write_ops(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>> {
        let _turn = self.turn.acquire().await;
        let _ = &self.writer;
        Ok(ops.into_iter().map(|(key, _)| (key, Outcome::Deferred("not written yet".to_owned()))).collect())
    }
}

/// The value as Salesforce would hold it.
pub(super) fn normalise(_field: &FieldName, value: &Value) -> Value {
    value.clone()
}

/// How many calls writing this much would take.
pub(super) fn forecast(_config: &SalesforceConfig, _writes: &WriteCounts) -> u64 {
    0
}
