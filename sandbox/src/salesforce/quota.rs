//! How often the org may be asked in 24 hours, and what it says about that.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm>
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_limits.htm>

use super::error::ApiError;
use super::org::State;
use super::schema::Object;
use super::settings::Settings;
use super::wire::Request;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;

/// What a developer's org has, and what is told where nothing is refused.
const DEVELOPER_CALLS: u32 = 15_000;
const WINDOW_MS: i64 = 24 * 3600 * 1_000;
/// Calls are counted by the minute: that is as exact as 24 hours need.
const BUCKET_MS: i64 = 60_000;
/// What somebody else's app has used, so that the two counts are told apart.
const APP_SHARE: u32 = 250;

/// The calls of the last 24 hours.
#[derive(Debug, Default)]
pub(super) struct Quota {
    buckets: VecDeque<(i64, u32)>,
    used: u32,
    /// Calls of others, which count as well.
    others: u32,
}

impl Quota {
    /// Takes one call, or refuses it.
    pub(super) fn take(&mut self, settings: &Settings, now_ms: i64) -> Result<(), ApiError> {
        self.forget(now_ms);
        if settings.daily_calls.is_some_and(|most| self.used() >= most) {
            return Err(ApiError::over_quota());
        }
        let bucket = now_ms.div_euclid(BUCKET_MS);
        match self.buckets.back_mut() {
            Some((last, count)) if *last == bucket => *count += 1,
            Some(_) | None => self.buckets.push_back((bucket, 1)),
        }
        self.used += 1;
        Ok(())
    }

    /// Calls of others in the last 24 hours.
    pub(super) fn set_others(&mut self, calls: u32) {
        self.others = calls;
    }

    fn used(&self) -> u32 {
        self.used.saturating_add(self.others)
    }

    fn forget(&mut self, now_ms: i64) {
        let oldest = (now_ms - WINDOW_MS).div_euclid(BUCKET_MS);
        while let Some((_, count)) = self.buckets.front().filter(|(bucket, _)| *bucket <= oldest) {
            self.used = self.used.saturating_sub(*count);
            self.buckets.pop_front();
        }
    }

    /// The header of every answer with data.
    pub(super) fn header(&self, settings: &Settings) -> String {
        let most = settings.daily_calls.unwrap_or(DEVELOPER_CALLS);
        let all = format!("api-usage={}/{most}", self.used());
        if settings.tells_calls_per_app {
            return format!(
                "{all}; per-app-api-usage={}/{APP_SHARE}(appName=sandbox-connected-app)",
                self.used
            );
        }
        all
    }
}

/// `GET /limits`
pub(super) fn limits(state: &State) -> Json {
    let most = state.settings.daily_calls.unwrap_or(DEVELOPER_CALLS);
    let limit = |most: u32, used: u32| json!({ "Max": most, "Remaining": most.saturating_sub(used) });
    json!({
        "DailyApiRequests": limit(most, state.quota.used()),
        "DailyBulkApiBatches": limit(15_000, 0),
        "DailyBulkV2QueryJobs": limit(10_000, 0),
        "DailyBulkV2QueryFileStorageMB": limit(976_562, 0),
        "DataStorageMB": limit(5, 0),
        "FileStorageMB": limit(20, 0),
        "DailyAsyncApexExecutions": limit(250_000, 0),
        "DailyStreamingApiEvents": limit(10_000, 0),
        "SingleEmail": limit(15, 0),
    })
}

/// `GET /limits/recordCount?sObjects=Contact,Lead`. Rows in the recycle bin are not counted.
pub(super) fn record_count(state: &State, request: &Request) -> Json {
    let wanted = request.parameter("sObjects").filter(|names| !names.is_empty());
    let objects: Vec<Object> = match wanted {
        Some(names) => names.split(',').filter_map(|name| Object::parse(name.trim())).collect(),
        None => Object::ALL.to_vec(),
    };
    let visible = objects.into_iter().filter(|object| state.schema.get(*object).is_some());
    let counted = visible.map(|object| {
        let count = state.store.table(object).rows().filter(|row| !row.is_deleted).count();
        json!({ "count": count, "name": object.name() })
    });
    json!({ "sObjects": counted.collect::<Vec<Json>>() })
}
