//! Bulk jobs, from their making to their results.

use super::super::Pace;
use super::*;

const INGEST: &str = "/jobs/ingest";

fn make(world: &World, body: Json) -> String {
    let told = world.ask("POST", INGEST, body).good(200);
    assert_eq!((&told["state"], &told["jobType"]), (&json!("Open"), &json!("V2Ingest")));
    told["id"].as_str().unwrap().to_owned()
}

fn upload(world: &World, job: &str, csv: &str) -> Told {
    world.send("PUT", &format!("{INGEST}/{job}/batches"), &[("Content-Type", "text/csv")], csv)
}

fn start(world: &World, job: &str) -> Json {
    world.ask("PATCH", &format!("{INGEST}/{job}"), json!({ "state": "UploadComplete" })).good(200)
}

/// Asks until the job is done; gives every state that it was told, and the job at last.
fn wait(world: &World, path: &str) -> (Vec<String>, Json) {
    const MAX_POLLS: usize = 10;
    let mut states = Vec::new();
    for _ in 0..MAX_POLLS {
        let job = world.get(path).good(200);
        let state = job["state"].as_str().unwrap().to_owned();
        let done = ["JobComplete", "Failed", "Aborted"].contains(&&*state);
        states.push(state);
        if done {
            return (states, job);
        }
    }
    panic!("not done after {MAX_POLLS} polls: {states:?}");
}

/// A whole job: how it ended.
fn run(world: &World, body: Json, csv: &str) -> (String, Json) {
    let id = make(world, body);
    assert_eq!(upload(world, &id, csv).status, 201);
    start(world, &id);
    let (_, job) = wait(world, &format!("{INGEST}/{id}"));
    (id, job)
}

/// The rows of a result, sorted: their order means nothing.
fn results(world: &World, job: &str, part: &str) -> Vec<String> {
    let text = world.get(&format!("{INGEST}/{job}/{part}"));
    assert_eq!(text.status, 200, "{:?}", text.body);
    let mut lines: Vec<String> = text.text.lines().map(str::to_owned).collect();
    lines[1..].sort();
    lines
}

fn insert(object: &str) -> Json {
    json!({ "object": object, "operation": "insert", "contentType": "CSV", "lineEnding": "LF" })
}

#[test]
fn a_job_goes_its_way_and_tells_each_rows_end() {
    let world = World::new();
    let id = make(&world, insert("Contact"));
    let csv = "LastName,Email,Birthdate\nA,a@mail.example,\n,b@mail.example,\nC,nonsense,\nD,,tomorrow\n\"E, F\",,#N/A\n";
    assert_eq!(upload(&world, &id, csv).status, 201);
    assert_eq!(world.org.counts().contacts, 0);
    assert_eq!(start(&world, &id)["state"], "UploadComplete");
    let (states, job) = wait(&world, &format!("{INGEST}/{id}"));
    assert_eq!(states, ["UploadComplete", "InProgress", "JobComplete"]);
    assert_eq!((&job["numberRecordsProcessed"], &job["numberRecordsFailed"]), (&json!(5), &json!(3)));
    let good = results(&world, &id, "successfulResults");
    assert_eq!(good[0], "\"sf__Id\",\"sf__Created\",\"LastName\",\"Email\",\"Birthdate\"");
    assert_eq!(good.len(), 3);
    assert!(good.iter().any(|row| row.ends_with("\"true\",\"E, F\",\"\",\"#N/A\"")), "{good:?}");
    let bad = results(&world, &id, "failedResults").join("\n");
    for told in [
        "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
        "INVALID_EMAIL_ADDRESS:",
        "INVALID_TYPE_ON_FIELD_IN_RECORD:",
    ] {
        assert!(bad.contains(told), "{bad}");
    }
    assert_eq!(results(&world, &id, "unprocessedRecords").len(), 1, "the header alone");
    assert_eq!(world.org.counts().contacts, 2);
}

#[test]
fn rows_are_seen_before_the_job_is_complete() {
    let mut settings = Settings::unlimited();
    settings.write.pace = Pace { polls: 100, ms: 1_000 };
    let world = World::with(settings);
    let id = make(&world, insert("Contact"));
    upload(&world, &id, "LastName\nA\n");
    start(&world, &id);
    world.pass(1);
    let state = || world.get(&format!("{INGEST}/{id}")).good(200)["state"].clone();
    assert_eq!((state(), world.org.counts().contacts), (json!("InProgress"), 1));
    world.get(&format!("{INGEST}/{id}/successfulResults")).refused(400, "INVALIDJOBSTATE", &[]);
    let told = world.ask("PATCH", &format!("{INGEST}/{id}"), json!({ "state": "Aborted" })).good(200);
    assert_eq!(told["state"], "Aborted");
    assert_eq!(world.org.counts().contacts, 1, "what was written stays");
}

#[test]
fn nobody_has_to_ask_for_a_job_to_be_done() {
    let world = World::new();
    let id = make(&world, insert("Contact"));
    upload(&world, &id, "LastName\nA\n");
    start(&world, &id);
    world.pass(3_600);
    let told = world.ask("POST", "/composite", json!({ "compositeRequest": [] }));
    assert_eq!((told.status, world.org.counts().contacts), (200, 1));
    let (states, _) = wait(&world, &format!("{INGEST}/{id}"));
    assert_eq!(states, ["JobComplete"]);
}

#[test]
fn an_empty_value_is_left_alone_and_a_null_clears() {
    let world = World::new();
    let row = json!({ "LastName": "A", "Title": "Poet", "Phone": "1" });
    let (a, b) = (world.create("Contact", row.clone()), world.create("Contact", row));
    let csv = format!("Id,Title,Phone\n{a},,2\n{b},#N/A,\n0035e000009zzzzAAA,X,\n,X,\n");
    let (id, job) = run(&world, json!({ "object": "Contact", "operation": "update" }), &csv);
    assert_eq!(job["numberRecordsFailed"], 2);
    assert_eq!((world.value(&a, "Title"), world.value(&a, "Phone")), (json!("Poet"), json!("2")));
    assert_eq!((world.value(&b, "Title"), world.value(&b, "Phone")), (Json::Null, json!("1")));
    let bad = results(&world, &id, "failedResults").join("\n");
    assert!(bad.contains("INVALID_CROSS_REFERENCE_KEY:") && bad.contains("MISSING_ARGUMENT:"), "{bad}");
    let good = results(&world, &id, "successfulResults");
    assert!(good[1].contains("\"false\""), "{good:?}");
}

#[test]
fn an_upsert_by_key_makes_and_changes() {
    let world = World::new();
    let account = world.create("Account", json!({ "Name": "Works", KEY: "w" }));
    let body = json!({ "object": "Contact", "operation": "upsert", "externalIdFieldName": KEY });
    run(&world, body.clone(), "Key__c,LastName,Account.Key__c\na,A,w\nb,B,\n");
    let (id, job) = run(&world, body, "Key__c,LastName,Account.Key__c\na,A2,\nc,C,nobody\n");
    assert_eq!(job["numberRecordsFailed"], 1);
    assert_eq!(results(&world, &id, "successfulResults").len(), 2);
    assert_eq!(world.org.counts().contacts, 2);
    let read = world.get(&format!("/sobjects/Contact/{KEY}/a")).good(200);
    assert_eq!((&read["LastName"], &read["AccountId"]), (&json!("A2"), &json!(account)));
}

#[test]
fn a_file_that_cannot_be_read_fails_the_job_and_touches_nothing() {
    let world = World::new();
    for (csv, told) in [
        ("LastName,Nothing__c\nA,x\n", "InvalidBatch : Field name not found : Nothing__c"),
        ("LastName\r\nA\r\n", "ClientInputError : LineEnding is invalid on user data"),
        ("LastName\n\"A\n", "InvalidBatch"),
    ] {
        let (id, job) = run(&world, insert("Contact"), csv);
        assert_eq!(job["state"], "Failed", "{csv}");
        assert!(job["errorMessage"].as_str().unwrap().starts_with(told), "{job}");
        assert!(results(&world, &id, "successfulResults").len() == 1);
    }
    let (id, _) = run(&world, json!({ "object": "Contact", "operation": "update" }), "LastName\nA\n");
    assert_eq!(results(&world, &id, "unprocessedrecords"), ["\"LastName\"", "\"A\""]);
    assert_eq!(world.org.counts().contacts, 0);
}

#[test]
fn a_file_is_written_as_the_job_says() {
    let world = World::new();
    let body = json!({ "object": "Contact", "operation": "insert", "columnDelimiter": "SEMICOLON", "lineEnding": "CRLF" });
    let (id, job) = run(&world, body, "LastName;Title\r\nA;\"x;y\"\r\n");
    assert_eq!((&job["state"], &job["columnDelimiter"]), (&json!("JobComplete"), &json!("SEMICOLON")));
    let text = world.get(&format!("{INGEST}/{id}/successfulResults")).text;
    assert!(text.contains(";\"A\";\"x;y\"\r\n"), "{text}");
}

#[test]
fn results_come_in_another_order_than_the_rows() {
    let world = World::new();
    let csv: String =
        std::iter::once("LastName\n".to_owned()).chain((0..9).map(|nth| format!("N{nth}\n"))).collect();
    let (id, _) = run(&world, insert("Contact"), &csv);
    let text = world.get(&format!("{INGEST}/{id}/successfulResults")).text;
    let names: Vec<&str> = text.lines().skip(1).filter_map(|line| line.rsplit(',').next()).collect();
    assert_eq!(names.len(), 9);
    assert!(!names.is_sorted(), "{names:?}");
}

#[test]
fn a_lead_of_a_job_is_given_away_only_by_a_rule_that_the_job_names() {
    let world = World::new();
    run(&world, insert("Lead"), "LastName,Company\nA,B\n");
    let mut body = insert("Lead");
    body["assignmentRuleId"] = json!("01Q000000000001AAA");
    run(&world, body, "LastName,Company\nC,D\n");
    let rows = world.get("/query?q=SELECT+OwnerId+FROM+Lead+ORDER+BY+Id").good(200);
    assert_ne!(rows["records"][0]["OwnerId"], rows["records"][1]["OwnerId"]);
}

#[test]
fn a_job_that_makes_no_sense_is_refused() {
    let world = World::new();
    for (body, code) in [
        (json!({ "object": "Unicorn", "operation": "insert" }), "INVALIDENTITY"),
        (json!({ "object": "Contact", "operation": "sync" }), "INVALIDJOB"),
        (json!({ "object": "Contact", "operation": "upsert" }), "INVALIDJOB"),
        (json!({ "object": "Contact", "operation": "upsert", "externalIdFieldName": "Email" }), "INVALIDJOB"),
        (json!({ "object": "Contact", "operation": "insert", "columnDelimiter": "SPACE" }), "INVALIDJOB"),
        (json!({ "object": "Contact", "operation": "insert", "lineending": "LF" }), "JSON_PARSER_ERROR"),
    ] {
        world.ask("POST", INGEST, body).refused(400, code, &[]);
    }
}

#[test]
fn a_job_takes_one_upload_and_each_step_once() {
    let world = World::new();
    let id = make(&world, insert("Contact"));
    let path = format!("{INGEST}/{id}");
    let state = |state: &str| world.ask("PATCH", &path, json!({ "state": state }));
    state("UploadComplete").refused(400, "INVALIDJOBSTATE", &[]);
    world.ask("DELETE", &path, Json::Null).refused(400, "INVALIDJOBSTATE", &[]);
    let json_upload =
        world.send("PUT", &format!("{path}/batches"), &[("Content-Type", "application/json")], "[]");
    assert_eq!(json_upload.status, 415);
    assert_eq!(upload(&world, &id, "LastName\nA\n").status, 201);
    upload(&world, &id, "LastName\nB\n").refused(400, "INVALIDJOBSTATE", &[]);
    state("Aborted").good(200);
    state("UploadComplete").refused(400, "INVALIDJOBSTATE", &[]);
    assert_eq!(results(&world, &id, "unprocessedrecords").len(), 2);
    let listed = world.get(INGEST).good(200);
    assert_eq!((&listed["done"], &listed["records"][0]["id"]), (&json!(true), &json!(id)));
    world.ask("DELETE", &path, Json::Null).good(204);
    world.get(&path).refused(404, "NOT_FOUND", &[]);
}

#[test]
fn a_finished_job_is_forgotten_after_a_week() {
    let world = World::new();
    let (id, _) = run(&world, insert("Contact"), "LastName\nA\n");
    world.pass(7 * 24 * 3600 - 1);
    world.get(&format!("{INGEST}/{id}")).good(200);
    world.pass(1);
    world.get(&format!("{INGEST}/{id}")).refused(404, "NOT_FOUND", &[]);
}

#[test]
fn a_hard_delete_leaves_nothing_in_the_bin() {
    let world = World::new();
    let (a, b) = (world.contact("A"), world.contact("B"));
    run(&world, json!({ "object": "Contact", "operation": "delete" }), &format!("Id\n{a}\n"));
    run(&world, json!({ "object": "Contact", "operation": "hardDelete" }), &format!("Id\n{b}\n"));
    let rows = world.get("/queryAll?q=SELECT+Id+FROM+Contact").good(200);
    assert_eq!((rows["records"].as_array().unwrap().len(), &rows["records"][0]["Id"]), (1, &json!(a)));
}

#[test]
fn a_query_job_is_read_page_by_page() {
    let world = World::new();
    let account = world.create("Account", json!({ "Name": "Works" }));
    for name in ["A", "B", "C"] {
        world.create("Contact", json!({ "LastName": name, "AccountId": account }));
    }
    let query = "SELECT LastName, Title, Account.Name, DoNotCall FROM Contact ORDER BY Id";
    let job = world.ask("POST", "/jobs/query", json!({ "operation": "query", "query": query })).good(200);
    assert_eq!((&job["state"], &job["jobType"]), (&json!("UploadComplete"), &json!("V2Query")));
    let path = format!("/jobs/query/{}", job["id"].as_str().unwrap());
    world.get(&format!("{path}/results")).refused(400, "INVALIDJOBSTATE", &[]);
    let (states, job) = wait(&world, &path);
    assert_eq!(states, ["UploadComplete", "InProgress", "JobComplete"]);
    assert_eq!(job["numberRecordsProcessed"], 3);
    let first = world.get(&format!("{path}/results?maxRecords=2"));
    assert_eq!(first.text.lines().next(), Some("\"LastName\",\"Title\",\"Account.Name\",\"DoNotCall\""));
    assert_eq!(first.text.lines().nth(1), Some("\"A\",\"\",\"Works\",\"false\""));
    assert_eq!(first.header("Sforce-NumberOfRecords"), Some("2"));
    let locator = first.header("Sforce-Locator").unwrap();
    let last = world.get(&format!("{path}/results?maxRecords=2&locator={locator}"));
    assert_eq!((last.text.lines().count(), last.header("Sforce-Locator")), (2, Some("null")));
    assert_eq!(world.get(&format!("{path}/results?locator=null")).status, 400);
}

#[test]
fn a_query_that_cannot_be_done_is_refused_at_once() {
    let world = World::new();
    for (query, code) in [
        ("SELECT Nothing__c FROM Contact", "INVALID_FIELD"),
        ("SELECT FROM", "MALFORMED_QUERY"),
        ("SELECT MailingAddress FROM Contact", "API_ERROR"),
    ] {
        let told = world.ask("POST", "/jobs/query", json!({ "operation": "query", "query": query }));
        told.refused(400, code, &[]);
    }
}
