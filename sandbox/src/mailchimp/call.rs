//! Which resource a path is.
//!
//! <https://mailchimp.com/developer/marketing/api/>

use axum::http::Method;

/// Where the API lies.
pub(super) const VERSION: &str = "/3.0";

/// Something that has a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Root,
    Ping,
    Lists,
    List,
    Members,
    Member,
    DeletePermanent,
    MemberTags,
    TagSearch,
    Segments,
    Segment,
    SegmentMembers,
    SegmentMember,
    MergeFields,
    MergeField,
    Hooks,
    Hook,
    InterestCategories,
    Batches,
    Batch,
    /// Mailchimp has it, the simulator has not.
    Unsimulated,
}

/// The paths as the documents write them.
const PATHS: [(&str, Resource); 20] = [
    ("/", Resource::Root),
    ("/ping", Resource::Ping),
    ("/lists", Resource::Lists),
    ("/lists/{list_id}", Resource::List),
    ("/lists/{list_id}/members", Resource::Members),
    ("/lists/{list_id}/members/{subscriber_hash}", Resource::Member),
    ("/lists/{list_id}/members/{subscriber_hash}/actions/delete-permanent", Resource::DeletePermanent),
    ("/lists/{list_id}/members/{subscriber_hash}/tags", Resource::MemberTags),
    ("/lists/{list_id}/tag-search", Resource::TagSearch),
    ("/lists/{list_id}/segments", Resource::Segments),
    ("/lists/{list_id}/segments/{segment_id}", Resource::Segment),
    ("/lists/{list_id}/segments/{segment_id}/members", Resource::SegmentMembers),
    ("/lists/{list_id}/segments/{segment_id}/members/{subscriber_hash}", Resource::SegmentMember),
    ("/lists/{list_id}/merge-fields", Resource::MergeFields),
    ("/lists/{list_id}/merge-fields/{merge_id}", Resource::MergeField),
    ("/lists/{list_id}/webhooks", Resource::Hooks),
    ("/lists/{list_id}/webhooks/{webhook_id}", Resource::Hook),
    ("/lists/{list_id}/interest-categories", Resource::InterestCategories),
    ("/batches", Resource::Batches),
    ("/batches/{batch_id}", Resource::Batch),
];

/// What Mailchimp has beside these: the first segment, or what comes after a list or a member.
const UNSIMULATED: [&str; 20] = [
    "activity",
    "activity-feed",
    "abuse-reports",
    "audiences",
    "authorized-apps",
    "automations",
    "batch-webhooks",
    "campaigns",
    "clients",
    "ecommerce",
    "events",
    "goals",
    "growth-history",
    "interest-categories",
    "locations",
    "notes",
    "reports",
    "search-members",
    "signup-forms",
    "surveys",
];

/// A method on a resource, with the names in its path.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) resource: Resource,
    template: &'static str,
    names: Vec<String>,
}

impl Call {
    /// The call of a path below [`VERSION`], or `None` if there is no such path.
    pub(super) fn parse(method: &Method, path: &str) -> Option<Self> {
        let segments: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let call = |resource, template, names| Self { method: method.clone(), resource, template, names };
        let matched = PATHS.iter().find_map(|(template, resource)| {
            names_in(template, &segments).map(|names| call(*resource, template, names))
        });
        matched.or_else(|| {
            let known = [0, 2, 4].iter().filter_map(|at| segments.get(*at));
            let is_known = known.into_iter().any(|part| UNSIMULATED.contains(&part.as_str()));
            is_known.then(|| call(Resource::Unsimulated, "/…", segments))
        })
    }

    /// The path as the documents write it.
    pub(super) fn template(&self) -> String {
        format!("{VERSION}{}", self.template)
    }

    /// The name at this place of the path; the list is the first.
    pub(super) fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("", String::as_str)
    }

    /// The parameters that it takes.
    pub(super) fn parameters(&self) -> &'static [&'static str] {
        match (self.resource, self.method.as_str()) {
            (Resource::Members, "GET") => &MEMBERS,
            (Resource::Members, "POST") | (Resource::Member, "PUT" | "PATCH") => &["skip_merge_validation"],
            (Resource::List, "POST") => &["skip_merge_validation", "skip_duplicate_check"],
            (Resource::Root | Resource::Member | Resource::MergeField | Resource::Batch, "GET") => &SELECT,
            (Resource::Segment, "GET") => &SEGMENT,
            (Resource::List, "GET") => &["fields", "exclude_fields", "include_total_contacts"],
            (Resource::Lists, "GET") => &LISTS,
            (Resource::MemberTags | Resource::Batches, "GET") => &PAGE,
            (Resource::TagSearch, "GET") => &["name"],
            (Resource::Segments | Resource::SegmentMembers, "GET") => &SEGMENTS,
            (Resource::MergeFields | Resource::InterestCategories, "GET") => {
                &["fields", "exclude_fields", "count", "offset", "type", "required"]
            }
            (_, _) => &[],
        }
    }
}

const SELECT: [&str; 2] = ["fields", "exclude_fields"];
const SEGMENT: [&str; 5] =
    ["fields", "exclude_fields", "include_cleaned", "include_transactional", "include_unsubscribed"];
const PAGE: [&str; 4] = ["fields", "exclude_fields", "count", "offset"];
const SEGMENTS: [&str; 12] = [
    "fields",
    "exclude_fields",
    "count",
    "offset",
    "type",
    "since_created_at",
    "before_created_at",
    "since_updated_at",
    "before_updated_at",
    "include_cleaned",
    "include_transactional",
    "include_unsubscribed",
];
const LISTS: [&str; 13] = [
    "fields",
    "exclude_fields",
    "count",
    "offset",
    "email",
    "before_date_created",
    "since_date_created",
    "before_campaign_last_sent",
    "since_campaign_last_sent",
    "sort_field",
    "sort_dir",
    "has_ecommerce_store",
    "include_total_contacts",
];
const MEMBERS: [&str; 19] = [
    "fields",
    "exclude_fields",
    "count",
    "offset",
    "email_type",
    "status",
    "since_timestamp_opt",
    "before_timestamp_opt",
    "since_last_changed",
    "before_last_changed",
    "unique_email_id",
    "vip_only",
    "interest_category_id",
    "interest_ids",
    "interest_match",
    "sort_field",
    "sort_dir",
    "since_last_campaign",
    "unsubscribed_since",
];

/// The names that stand for the braces of a template, if it is this path.
fn names_in(template: &str, segments: &[String]) -> Option<Vec<String>> {
    let parts: Vec<&str> = template.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() != segments.len() {
        return None;
    }
    let mut names = Vec::new();
    for (part, segment) in parts.iter().zip(segments) {
        if part.starts_with('{') {
            names.push(segment.clone());
        } else if part != segment {
            return None;
        }
    }
    Some(names)
}

fn decode(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
