//! Calls within calls: composite, graph, batch and tree.

use super::*;

fn sub(method: &str, path: &str, id: &str, body: Json) -> Json {
    json!({ "method": method, "url": format!("{BASE}{path}"), "referenceId": id, "body": body })
}

fn composite(world: &World, all_or_none: bool, subrequests: &[Json]) -> Told {
    world.ask("POST", "/composite", json!({ "allOrNone": all_or_none, "compositeRequest": subrequests }))
}

/// Status and code of each subrequest.
fn endings(told: &Json) -> Vec<(u64, String)> {
    let answers = told["compositeResponse"].as_array().unwrap().iter();
    answers
        .map(|answer| {
            let code = answer["body"][0]["errorCode"].as_str().unwrap_or_default();
            (answer["httpStatusCode"].as_u64().unwrap(), code.to_owned())
        })
        .collect()
}

fn codes(told: &Json) -> Vec<String> {
    endings(told)
        .into_iter()
        .map(|(status, code)| if code.is_empty() { status.to_string() } else { code })
        .collect()
}

#[test]
fn guarded_updates_of_one_call_stand_each_for_itself() {
    let world = World::new();
    let (a, b) = (world.contact("A"), world.contact("B"));
    world.pass(2);
    world.org.edit(&b, &json!({ "Phone": "2" })).unwrap();
    let guarded = |id: &str, reference: &str| {
        let mut sub = sub("PATCH", &format!("/sobjects/Contact/{id}"), reference, json!({ "Title": "X" }));
        sub["httpHeaders"] = json!({ "If-Unmodified-Since": "Mon, 05 Jan 2026 08:00:00 GMT" });
        sub
    };
    let query = "/query?q=SELECT+Id,Title,LastModifiedDate+FROM+Contact+ORDER+BY+Id";
    let subs = [guarded(&a, "r1"), guarded(&b, "r2"), sub("GET", query, "all", Json::Null)];
    let told = composite(&world, false, &subs).good(200);
    assert_eq!(codes(&told), ["204", "PRECONDITION_FAILED", "200"]);
    assert_eq!(endings(&told)[1].0, 412);
    let answers = &told["compositeResponse"];
    assert_eq!((&answers[0]["body"], &answers[0]["referenceId"]), (&Json::Null, &json!("r1")));
    let titles: Vec<&Json> =
        answers[2]["body"]["records"].as_array().unwrap().iter().map(|row| &row["Title"]).collect();
    assert_eq!(titles, [&json!("X"), &Json::Null], "a query in the same call sees what was written");
}

#[test]
fn a_subrequest_uses_what_an_earlier_one_answered() {
    let world = World::new();
    let subs = [
        sub("POST", "/sobjects/Account", "works", json!({ "Name": "Works" })),
        sub("POST", "/sobjects/Contact", "ada", json!({ "LastName": "Ada", "AccountId": "@{works.id}" })),
        sub("GET", "/sobjects/Contact/@{ada.id}", "read", Json::Null),
        sub("PATCH", "/sobjects/Contact/@{nobody.id}", "lost", json!({ "Title": "X" })),
    ];
    let told = composite(&world, false, &subs).good(200);
    assert_eq!(codes(&told), ["201", "201", "200", "PROCESSING_HALTED"]);
    let answers = &told["compositeResponse"];
    assert_eq!(answers[2]["body"]["AccountId"], answers[0]["body"]["id"]);
    assert!(answers[0]["httpHeaders"]["Location"].as_str().unwrap().contains("/sobjects/Account/001"));
}

#[test]
fn one_failure_takes_back_all_when_the_client_wants_all_or_none() {
    let world = World::new();
    let subs = [
        sub("POST", "/sobjects/Contact", "a", json!({ "LastName": "A" })),
        sub("POST", "/sobjects/Contact", "b", json!({})),
        sub("POST", "/sobjects/Contact", "c", json!({ "LastName": "C" })),
    ];
    let told = composite(&world, true, &subs).good(200);
    assert_eq!(codes(&told), ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]);
    assert_eq!(world.org.counts().contacts, 0);
    let told = composite(&world, false, &subs).good(200);
    assert_eq!(codes(&told), ["201", "REQUIRED_FIELD_MISSING", "201"]);
    let failing = json!({ "records": [
        { "attributes": { "type": "Contact" }, "LastName": "D" },
        { "attributes": { "type": "Contact" } },
    ] });
    let told = composite(&world, true, &[sub("POST", "/composite/sobjects", "many", failing)]).good(200);
    assert_eq!(told["compositeResponse"][0]["body"][0]["success"], true, "it says so, and it is not so");
    assert_eq!(world.org.counts().contacts, 2);
}

#[test]
fn a_composite_call_has_its_limits() {
    let world = World::new();
    let create =
        |nth: usize| sub("POST", "/sobjects/Contact", &format!("r{nth}"), json!({ "LastName": "A" }));
    let many = |count: usize| (0..count).map(create).collect::<Vec<_>>();
    composite(&world, false, &many(26)).refused(400, "LIMIT_EXCEEDED", &[]);
    assert_eq!(world.org.counts().contacts, 0);
    composite(&world, false, &many(25)).good(200);
    let queries: Vec<Json> = (0..6)
        .map(|nth| sub("GET", "/query?q=SELECT+Id+FROM+Contact", &format!("q{nth}"), Json::Null))
        .collect();
    composite(&world, false, &queries).refused(400, "LIMIT_EXCEEDED", &[]);
    composite(&world, false, &queries[..5]).good(200);
    composite(&world, false, &[create(1), create(1)]).refused(400, "INVALID_INPUT", &[]);
    let mut bold = create(1);
    bold["httpHeaders"] = json!({ "Authorization": "Bearer x" });
    composite(&world, false, &[bold]).refused(400, "INVALID_INPUT", &[]);
    let nested = sub("POST", "/composite", "n", json!({ "compositeRequest": [] }));
    assert_eq!(codes(&composite(&world, false, &[nested]).good(200)), ["INVALID_INPUT"]);
}

#[test]
fn a_batch_goes_on_after_a_failure_unless_it_is_told_not_to() {
    let world = World::new();
    let requests = json!([
        { "method": "POST", "url": "v62.0/sobjects/Contact", "richInput": { "LastName": "A" } },
        { "method": "GET", "url": "v62.0/sobjects/Unicorn/describe" },
        { "method": "GET", "url": "v62.0/query?q=SELECT+Id+FROM+Contact" },
    ]);
    let batch = |halt: bool| {
        let told =
            world.ask("POST", "/composite/batch", json!({ "haltOnError": halt, "batchRequests": requests }));
        let told = told.good(200);
        assert_eq!(told["hasErrors"], true);
        let results = told["results"].as_array().unwrap().iter();
        results.map(|result| result["statusCode"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(batch(false), [201, 404, 200]);
    assert_eq!(batch(true), [201, 404, 412]);
    let one = json!({ "method": "GET", "url": "v62.0/limits" });
    let many = json!({ "batchRequests": vec![one; 26] });
    world.ask("POST", "/composite/batch", many).refused(400, "LIMIT_EXCEEDED", &[]);
}

#[test]
fn each_graph_is_done_or_not() {
    let world = World::new();
    let good = [
        sub("POST", "/sobjects/Account", "a", json!({ "Name": "A" })),
        sub("POST", "/sobjects/Contact", "c", json!({ "LastName": "C", "AccountId": "@{a.id}" })),
    ];
    let bad = [good[0].clone(), sub("POST", "/sobjects/Contact", "c", json!({}))];
    let graphs = json!({ "graphs": [
        { "graphId": "good", "compositeRequest": good }, { "graphId": "bad", "compositeRequest": bad },
    ] });
    let told = world.ask("POST", "/composite/graph", graphs).good(200);
    let successes: Vec<&Json> =
        told["graphs"].as_array().unwrap().iter().map(|graph| &graph["isSuccessful"]).collect();
    assert_eq!(successes, [&json!(true), &json!(false)]);
    assert_eq!(codes(&told["graphs"][1]["graphResponse"]), ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]);
    assert_eq!((world.org.counts().accounts, world.org.counts().contacts), (1, 1));
}

#[test]
fn a_tree_is_made_whole_or_not_at_all() {
    let world = World::new();
    let record = |id: &str, fields: Json| {
        let mut record = json!({ "attributes": { "type": "Contact", "referenceId": id } });
        record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        record
    };
    let (a, b) = (record("a", json!({ "LastName": "A" })), record("b", json!({})));
    let tree =
        |records: &[&Json]| world.ask("POST", "/composite/tree/Contact", json!({ "records": records }));
    let told = tree(&[&a, &b]);
    assert_eq!((told.status, &told.body["results"][0]["referenceId"]), (400, &json!("b")));
    assert_eq!(world.org.counts().contacts, 0);
    let told = tree(&[&a]).good(201);
    assert_eq!(told["results"][0]["referenceId"], "a");
}
