//! Which writing resource of the data API a path is.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_list.htm>

use axum::http::Method;

/// A resource with the things it is about. Object and field names are as the client wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Create {
        object: &'a str,
    },
    Update {
        object: &'a str,
        id: &'a str,
    },
    Delete {
        object: &'a str,
        id: &'a str,
    },
    ByKey {
        object: &'a str,
        field: &'a str,
        value: &'a str,
        action: KeyAction,
    },
    Collection(Collection<'a>),
    Composite,
    Batch,
    Tree {
        object: &'a str,
    },
    Graph,
    Topics {
        record: &'a str,
        action: TopicsAction,
    },
    Ingest(Ingest<'a>),
    QueryJob(QueryJob<'a>),
    /// The resource exists and does not take this method.
    NotAllowed {
        allowed: &'static str,
    },
}

/// What is done to the row that an external id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyAction {
    Read,
    Upsert,
    Delete,
}

/// sObject Collections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection<'a> {
    Create,
    Update,
    Delete,
    Upsert {
        object: &'a str,
        field: &'a str,
    },
    /// `ids` and `fields` in the query.
    Get {
        object: &'a str,
    },
    /// `ids` and `fields` in the body.
    Retrieve {
        object: &'a str,
    },
}

/// The topics of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TopicsAction {
    List,
    Add,
    Replace,
    Remove,
}

/// Bulk API 2.0, jobs that write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ingest<'a> {
    Create,
    List,
    Get { id: &'a str },
    Patch { id: &'a str },
    Delete { id: &'a str },
    Upload { id: &'a str },
    Successful { id: &'a str },
    Failed { id: &'a str },
    Unprocessed { id: &'a str },
}

/// Bulk API 2.0, jobs that read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueryJob<'a> {
    Create,
    List,
    Get { id: &'a str },
    Patch { id: &'a str },
    Delete { id: &'a str },
    Results { id: &'a str },
}

impl<'a> Route<'a> {
    /// The resource at these decoded segments behind the version; `None` if it is no writing one.
    pub(super) fn of(method: &Method, path: &[&'a str]) -> Option<Self> {
        match path {
            ["sobjects", rest @ ..] => row(method.as_str(), rest),
            ["composite", rest @ ..] => composite(method.as_str(), rest),
            ["connect", "records", record, "topics"] => Some(topics(method.as_str(), record)),
            ["jobs", "ingest", rest @ ..] => ingest(method.as_str(), rest),
            ["jobs", "query", rest @ ..] => query_job(method.as_str(), rest),
            _ => None,
        }
    }

    /// Whether it can be asked for within a call: never what holds calls itself, so that nesting ends.
    pub(super) fn may_be_nested(&self) -> bool {
        match self {
            Route::Create { .. }
            | Route::Update { .. }
            | Route::Delete { .. }
            | Route::ByKey { .. }
            | Route::Collection(_)
            | Route::Tree { .. }
            | Route::Topics { .. }
            | Route::NotAllowed { .. } => true,
            Route::Composite | Route::Batch | Route::Graph | Route::Ingest(_) | Route::QueryJob(_) => false,
        }
    }
}

/// Row resources; those that only read are not ours.
fn row<'a>(method: &str, rest: &[&'a str]) -> Option<Route<'a>> {
    let route = match (method, rest) {
        ("POST", &[object]) => Route::Create { object },
        ("PATCH", &[object, id]) => Route::Update { object, id },
        ("DELETE", &[object, id]) => Route::Delete { object, id },
        (_, &[_, "describe" | "updated" | "deleted", ..]) => return None,
        ("GET", &[object, field, value]) => Route::ByKey { object, field, value, action: KeyAction::Read },
        ("PATCH", &[object, field, value]) => {
            Route::ByKey { object, field, value, action: KeyAction::Upsert }
        }
        ("DELETE", &[object, field, value]) => {
            Route::ByKey { object, field, value, action: KeyAction::Delete }
        }
        ("GET" | "HEAD", _) => return None,
        (_, &[_]) => Route::NotAllowed { allowed: "GET,POST,HEAD" },
        (_, &[_, _] | &[_, _, _]) => Route::NotAllowed { allowed: "GET,PATCH,DELETE,HEAD" },
        _ => return None,
    };
    Some(route)
}

fn composite<'a>(method: &str, rest: &[&'a str]) -> Option<Route<'a>> {
    let route = match (method, rest) {
        ("POST", &[]) => Route::Composite,
        ("POST", &["batch"]) => Route::Batch,
        ("POST", &["graph"]) => Route::Graph,
        ("POST", &["tree", object]) => Route::Tree { object },
        ("POST", &["sobjects"]) => Route::Collection(Collection::Create),
        ("PATCH", &["sobjects"]) => Route::Collection(Collection::Update),
        ("DELETE", &["sobjects"]) => Route::Collection(Collection::Delete),
        ("GET", &["sobjects", object]) => Route::Collection(Collection::Get { object }),
        ("POST", &["sobjects", object]) => Route::Collection(Collection::Retrieve { object }),
        ("PATCH", &["sobjects", object, field]) => Route::Collection(Collection::Upsert { object, field }),
        ("GET", &[]) => return None,
        (_, &[] | ["batch" | "graph"] | ["tree", _]) => Route::NotAllowed { allowed: "POST" },
        (_, &["sobjects"]) => Route::NotAllowed { allowed: "POST,PATCH,DELETE" },
        (_, &["sobjects", _]) => Route::NotAllowed { allowed: "GET,POST" },
        (_, &["sobjects", _, _]) => Route::NotAllowed { allowed: "PATCH" },
        _ => return None,
    };
    Some(route)
}

fn topics<'a>(method: &str, record: &'a str) -> Route<'a> {
    let action = match method {
        "GET" => TopicsAction::List,
        "POST" => TopicsAction::Add,
        "PUT" => TopicsAction::Replace,
        "DELETE" => TopicsAction::Remove,
        _ => return Route::NotAllowed { allowed: "GET,POST,PUT,DELETE" },
    };
    Route::Topics { record, action }
}

fn ingest<'a>(method: &str, rest: &[&'a str]) -> Option<Route<'a>> {
    let route = match (method, rest) {
        ("POST", &[]) => Ingest::Create,
        ("GET", &[]) => Ingest::List,
        ("GET", &[id]) => Ingest::Get { id },
        ("PATCH", &[id]) => Ingest::Patch { id },
        ("DELETE", &[id]) => Ingest::Delete { id },
        ("PUT", &[id, "batches"]) => Ingest::Upload { id },
        // The documents and the clients do not agree on the case of these three.
        ("GET", &[id, part]) if part.eq_ignore_ascii_case("successfulResults") => Ingest::Successful { id },
        ("GET", &[id, part]) if part.eq_ignore_ascii_case("failedResults") => Ingest::Failed { id },
        ("GET", &[id, part]) if part.eq_ignore_ascii_case("unprocessedrecords") => Ingest::Unprocessed { id },
        (_, &[]) => return Some(Route::NotAllowed { allowed: "GET,POST" }),
        (_, &[_]) => return Some(Route::NotAllowed { allowed: "GET,PATCH,DELETE" }),
        (_, &[_, "batches"]) => return Some(Route::NotAllowed { allowed: "PUT" }),
        _ => return None,
    };
    Some(Route::Ingest(route))
}

fn query_job<'a>(method: &str, rest: &[&'a str]) -> Option<Route<'a>> {
    let route = match (method, rest) {
        ("POST", &[]) => QueryJob::Create,
        ("GET", &[]) => QueryJob::List,
        ("GET", &[id]) => QueryJob::Get { id },
        ("PATCH", &[id]) => QueryJob::Patch { id },
        ("DELETE", &[id]) => QueryJob::Delete { id },
        ("GET", &[id, "results"]) => QueryJob::Results { id },
        (_, &[]) => return Some(Route::NotAllowed { allowed: "GET,POST" }),
        (_, &[_]) => return Some(Route::NotAllowed { allowed: "GET,PATCH,DELETE" }),
        _ => return None,
    };
    Some(Route::QueryJob(route))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, path: &str, expected: Option<Route<'_>>) {
        let segments: Vec<&str> = path.split('/').collect();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert_eq!(Route::of(&method, &segments), expected, "{method} {path}");
    }

    #[test]
    fn what_only_reads_is_left_to_others() {
        for path in ["sobjects", "sobjects/Contact", "sobjects/Contact/describe", "sobjects/Contact/003"] {
            check("GET", path, None);
        }
        check("GET", "sobjects/Contact/describe/layouts", None);
        check("GET", "sobjects/Contact/updated", None);
        check("GET", "query", None);
    }

    #[test]
    fn each_writing_path_is_found() {
        let (object, field, id) = ("Contact", "Key__c", "750");
        check("POST", "sobjects/Contact", Some(Route::Create { object }));
        check("PATCH", "sobjects/Contact/750", Some(Route::Update { object, id }));
        let upsert = Route::ByKey { object, field, value: "a", action: KeyAction::Upsert };
        check("PATCH", "sobjects/Contact/Key__c/a", Some(upsert));
        let collection = Collection::Upsert { object, field };
        check("PATCH", "composite/sobjects/Contact/Key__c", Some(Route::Collection(collection)));
        check("PUT", "jobs/ingest/750/batches", Some(Route::Ingest(Ingest::Upload { id })));
        check("GET", "jobs/query/750/results", Some(Route::QueryJob(QueryJob::Results { id })));
        let topics = Route::Topics { record: "003", action: TopicsAction::Replace };
        check("PUT", "connect/records/003/topics", Some(topics));
    }

    #[test]
    fn clients_do_not_agree_on_the_case_of_the_results() {
        let unprocessed = Some(Route::Ingest(Ingest::Unprocessed { id: "750" }));
        for name in ["unprocessedrecords", "unprocessedRecords", "UnprocessedRecords"] {
            check("GET", &format!("jobs/ingest/750/{name}"), unprocessed);
        }
    }

    #[test]
    fn a_method_that_a_resource_does_not_take_is_no_other_resource() {
        check("PUT", "sobjects/Contact", Some(Route::NotAllowed { allowed: "GET,POST,HEAD" }));
        check("GET", "composite/batch", Some(Route::NotAllowed { allowed: "POST" }));
        check("DELETE", "jobs/ingest", Some(Route::NotAllowed { allowed: "GET,POST" }));
    }
}
