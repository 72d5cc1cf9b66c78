//! Merging: one row survives, the others go to the recycle bin and say into whom.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_merge.htm>

use super::super::id::RowId;
use super::{Act, Fields, Store, fields};
use serde_json::Value as Json;

impl Store {
    /// Merges `loser` into `survivor`, whose empty fields it fills, and moves what belongs to it over.
    /// Nothing happens unless both are there and of one object.
    pub(in super::super) fn merge(&mut self, survivor: RowId, loser: RowId, act: &Act) {
        let Some(object) = survivor.object() else { return };
        let (Some(kept), Some(lost)) = (self.row(survivor), self.row(loser)) else { return };
        if loser.object() != Some(object) || loser == survivor {
            return;
        }
        let filled: Fields = lost
            .fields
            .iter()
            .filter(|(name, _)| !kept.fields.contains_key(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for child in object.children() {
            for id in self.find(child.object, child.field, loser.as_str()) {
                let moved = fields([(child.field, Json::from(survivor.as_str()))]);
                self.update(id, moved, act);
            }
        }
        // Deleting moves the stamps; the pointer to the survivor is written with it, not after it.
        self.delete(loser, act);
        if let Some(mut row) = self.row(loser).cloned() {
            row.master = Some(survivor);
            self.put(row, act);
        }
        self.update(survivor, filled, act);
    }
}
