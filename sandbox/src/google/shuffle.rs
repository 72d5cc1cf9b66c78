//! Items in another order: "items have no guaranteed order", and clients find that they have none.

use super::mask::READABLE;
use serde_json::Value as Json;

/// Gives every list of items in an answer another order. Which one depends on the moment and on what is
/// in it, so that two reads of one contact differ and two runs of one test do not.
pub(super) fn items(answer: &mut Json, now_ms: i64) {
    match answer {
        Json::Array(items_in) => items_in.iter_mut().for_each(|item| items(item, now_ms)),
        Json::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value {
                    Json::Array(list) if READABLE.contains(&key.as_str()) => rotate(list, now_ms),
                    other => items(other, now_ms),
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn rotate(list: &mut [Json], now_ms: i64) {
    let count = list.len().max(1);
    let by = usize::try_from(now_ms.rem_euclid(7)).unwrap_or_default() + 1;
    list.rotate_left(by % count);
}
