//! Items in another order: "items have no guaranteed order", and clients find that they have none.

use super::mask::READABLE;
use serde_json::Value as Json;

/// Turns every list of items in an answer around by `turn` places. Counted up with each answer, it gives
/// two reads of one contact two orders, and two runs of one test the same ones.
pub(super) fn items(answer: &mut Json, turn: usize) {
    match answer {
        Json::Array(list) => list.iter_mut().for_each(|item| items(item, turn)),
        Json::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value {
                    Json::Array(list) if READABLE.contains(&key.as_str()) => {
                        let by = turn % list.len().max(1);
                        list.rotate_left(by);
                    }
                    other => items(other, turn),
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
