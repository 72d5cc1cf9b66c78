//! The query language: what is found, and what is refused.

use super::*;

/// Five contacts and two leads that differ where queries look.
async fn world() -> World {
    let interests = Field::new("Interests__c", "Interests", Kind::MultiPicklist)
        .with_options(["Red", "Green", "Blue"].map(super::super::Choice::new).to_vec());
    let custom_fields = vec![(Object::Contact, interests)];
    let world = World::with(Settings { custom_fields, ..Settings::unlimited() }).await;
    let account = world.org.insert(Object::Account, &json!({ "Name": "Acme" })).unwrap();
    let add = |fields: Json| world.org.add(&fields).unwrap();
    add(json!({ "LastName": "Ada", "FirstName": "A", "Email": "ada@x.example", "AccountId": account,
        "Birthdate": "1815-12-10", "Interests__c": "Red;Blue" }));
    add(json!({ "LastName": "bob", "Email": "BOB@x.example", "HasOptedOutOfEmail": true,
        "Interests__c": "Green" }));
    add(json!({ "LastName": "O'Neill", "Title": "50% \\ off" }));
    add(json!({ "LastName": "Zoë", "Title": "Chief_Officer", "Birthdate": "1990-01-02" }));
    let gone = add(json!({ "LastName": "Gone" }));
    world.org.delete(&gone).unwrap();
    let lead = world.org.add_lead(&json!({ "LastName": "Lee", "Company": "Acme" })).unwrap();
    world.org.add_lead(&json!({ "LastName": "Open", "Company": "Open Ltd" })).unwrap();
    world.org.convert(&lead).unwrap();
    world
}

/// The last names that a condition on contacts finds, or the code of its refusal.
async fn check(world: &World, condition: &str, expected: Result<&[&str], &str>) {
    let soql = format!("SELECT LastName FROM Contact WHERE {condition} ORDER BY LastName");
    let got = match world.ask("query", &soql).await {
        Ok(page) => {
            let rows = rows_of(&page);
            assert_eq!(page["totalSize"], rows.len());
            Ok(each(&rows, "LastName").join(" "))
        }
        Err((_, code)) => Err(code),
    };
    assert_eq!(got, expected.map(|names| names.join(" ")).map_err(str::to_owned), "{condition}");
}

#[tokio::test]
async fn each_condition_finds_what_it_says() {
    let world = world().await;
    let all: &[&str] = &["Ada", "bob", "Lee", "O'Neill", "Zoë"];
    let cases: &[(&str, &[&str])] = &[
        ("LastName = 'ADA'", &["Ada"]),
        ("lastname = 'ada' AND FIRSTNAME != null", &["Ada"]),
        ("Email = null", &["Lee", "O'Neill", "Zoë"]),
        ("Email = ''", &["Lee", "O'Neill", "Zoë"]),
        ("Email != 'ada@x.example'", &["bob", "Lee", "O'Neill", "Zoë"]),
        ("Email IN ('ADA@X.example', 'nobody@x.example')", &["Ada"]),
        ("Email NOT IN ('ada@x.example')", &["bob", "Lee", "O'Neill", "Zoë"]),
        ("(LastName = 'ada' OR LastName = 'bob') AND HasOptedOutOfEmail = true", &["bob"]),
        ("NOT HasOptedOutOfEmail = false", &["bob"]),
        ("NOT (LastName = 'ada' OR LastName = 'bob')", &["Lee", "O'Neill", "Zoë"]),
        ("LastName LIKE '%E%'", &["Lee", "O'Neill"]),
        ("LastName LIKE '_da'", &["Ada"]),
        ("Title LIKE '50\\%%'", &["O'Neill"]),
        ("Title LIKE 'Chief\\_%'", &["Zoë"]),
        ("Title LIKE 'Chie\\__%'", &[]),
        ("LastName = 'O\\'Neill'", &["O'Neill"]),
        ("Title = '50% \\\\ off'", &["O'Neill"]),
        ("LastName = 'Zo\\u00eb'", &["Zoë"]),
        ("LastName > 'M'", &["O'Neill", "Zoë"]),
        ("Account.Name = 'acme'", &["Ada", "Lee"]),
        ("Account.Name = null", &["bob", "O'Neill", "Zoë"]),
        ("Contact.LastName = 'Ada'", &["Ada"]),
        ("Birthdate < 1900-01-01", &["Ada"]),
        ("Birthdate >= 1815-12-10 AND Birthdate != null", &["Ada", "Zoë"]),
        ("CreatedDate = TODAY", all),
        ("CreatedDate < TODAY", &[]),
        ("CreatedDate = LAST_N_DAYS:3", all),
        ("SystemModstamp >= 2026-01-05T08:00:00Z", all),
        ("SystemModstamp >= 2026-01-05T09:00:00.000+01:00", all),
        ("SystemModstamp > 2026-01-05T08:00:00.000Z", &[]),
        ("Interests__c INCLUDES ('red')", &["Ada"]),
        ("Interests__c INCLUDES ('Red;Blue', 'Green')", &["Ada", "bob"]),
        ("Interests__c INCLUDES ('Red;Green')", &[]),
        ("Interests__c EXCLUDES ('Red')", &["bob", "Lee", "O'Neill", "Zoë"]),
        ("Id IN (SELECT ConvertedContactId FROM Lead WHERE IsConverted = true)", &["Lee"]),
        ("AccountId IN (SELECT Id FROM Account) AND FirstName = 'A'", &["Ada"]),
        ("Id NOT IN (SELECT ConvertedContactId FROM Lead)", &["Ada", "bob", "O'Neill", "Zoë"]),
        ("IsDeleted = true", &[]),
    ];
    for (condition, expected) in cases {
        check(&world, condition, Ok(expected)).await;
    }
}

#[tokio::test]
async fn each_mistake_is_refused_by_its_code() {
    let world = world().await;
    let cases = [
        ("Nothing = 'x'", "INVALID_FIELD"),
        ("Nobody.Name = 'x'", "INVALID_FIELD"),
        ("LastName = 5", "INVALID_FIELD"),
        ("LastName = true", "INVALID_FIELD"),
        ("HasOptedOutOfEmail = 'true'", "INVALID_FIELD"),
        ("SystemModstamp > '2026-01-05T08:00:00Z'", "INVALID_FIELD"),
        ("SystemModstamp > 2026-01-05", "INVALID_FIELD"),
        ("Birthdate > 2026-01-05T08:00:00Z", "MALFORMED_QUERY"),
        ("Description = 'x'", "INVALID_FIELD"),
        ("MailingAddress != null", "INVALID_FIELD"),
        ("Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("Id LIKE '003%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("HasOptedOutOfEmail > true", "INVALID_QUERY_FILTER_OPERATOR"),
        ("LastName INCLUDES ('x')", "INVALID_QUERY_FILTER_OPERATOR"),
        ("LastName = 'a' AND LastName = 'b' OR LastName = 'c'", "MALFORMED_QUERY"),
        ("LastName = 'O'Neill'", "MALFORMED_QUERY"),
        ("LastName = 'x\\'", "MALFORMED_QUERY"),
        ("LastName = 'a\\qb'", "MALFORMED_QUERY"),
        ("LastName = 'a\\%b'", "MALFORMED_QUERY"),
        ("LastName = \"x\"", "MALFORMED_QUERY"),
        ("LastName = Ada", "MALFORMED_QUERY"),
        ("LastName = :name", "MALFORMED_QUERY"),
        ("LastName IN ()", "MALFORMED_QUERY"),
        ("Id IN (SELECT Id FROM Contact)", "MALFORMED_QUERY"),
        ("LastName = 'x' OR Id IN (SELECT ConvertedContactId FROM Lead)", "MALFORMED_QUERY"),
        ("Id IN (SELECT LastName FROM Lead)", "MALFORMED_QUERY"),
        ("LastName IN (SELECT Id FROM Lead)", "MALFORMED_QUERY"),
        ("Id IN (SELECT Id FROM Nothing)", "INVALID_TYPE"),
    ];
    for (condition, code) in cases {
        check(&world, condition, Err(code)).await;
    }
}

#[tokio::test]
async fn each_whole_query_that_is_none_is_refused() {
    let world = world().await;
    let cases = [
        ("", "MALFORMED_QUERY"),
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT FROM Contact", "MALFORMED_QUERY"),
        ("SELECT * FROM Contact", "MALFORMED_QUERY"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Id, Id FROM Contact", "INVALID_FIELD"),
        ("SELECT Id, Nothing FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact LIMIT x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Id FROM Contact; DELETE", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Contact", "MALFORMED_QUERY"),
        ("SELECT Id, COUNT() FROM Contact", "MALFORMED_QUERY"),
        ("SELECT Id, (SELECT Id FROM Nothings) FROM Contact", "INVALID_TYPE"),
        ("SELECT Id FROM Contact ORDER BY MailingAddress", "INVALID_FIELD"),
        ("SELECT Id FROM Contact GROUP BY Id", "MALFORMED_QUERY"),
    ];
    for (soql, code) in cases {
        assert_eq!(world.ask("query", soql).await, Err((400, code.to_owned())), "{soql}");
    }
    assert_eq!(world.get("/query").await, Err((400, "MALFORMED_QUERY".to_owned())));
}

#[tokio::test]
async fn rows_come_in_the_order_that_was_asked_for() {
    let world = world().await;
    let cases = [
        ("LastName DESC", "Zoë O'Neill Lee bob Ada"),
        ("Title, LastName", "Ada bob Lee O'Neill Zoë"),
        ("Title NULLS LAST, LastName DESC", "O'Neill Zoë Lee bob Ada"),
        ("Account.Name DESC NULLS LAST, LastName LIMIT 3", "Ada Lee bob"),
        ("Id LIMIT 2 OFFSET 1", "bob O'Neill"),
        ("SystemModstamp, Id", "Ada bob O'Neill Zoë Lee"),
    ];
    for (order, expected) in cases {
        let rows = world.rows(&format!("SELECT LastName FROM Contact ORDER BY {order}")).await;
        assert_eq!(each(&rows, "LastName").join(" "), expected, "{order}");
    }
}

#[tokio::test]
async fn what_was_not_ordered_comes_in_any_order() {
    let world = World::new().await;
    for nth in 0..20 {
        world.contact(&format!("N{nth:02}"));
    }
    let ask = async || world.rows("SELECT LastName FROM Contact").await;
    let (one, two) = (ask().await, ask().await);
    assert_eq!((one.len(), two.len()), (20, 20));
    assert_ne!(one, two, "nobody may rely on an order that was not asked for");
}

#[tokio::test]
async fn rows_tell_what_they_refer_to_and_what_is_below_them() {
    let world = world().await;
    let id = world.org.ids_of("ada@x.example").remove(0);
    world.org.tag(&id, "VIP").unwrap();
    world.org.configure(|settings| settings.tags = TagPlace::Campaigns);
    world.org.tag(&id, "Fair").unwrap();
    let soql = "SELECT Id, Account.Name, Owner.Name, MailingAddress, (SELECT Topic.Name FROM TopicAssignments), \
                (SELECT Campaign.Name, Status FROM CampaignMembers WHERE Status = 'Sent') FROM Contact \
                WHERE LastName IN ('Ada', 'bob') ORDER BY LastName";
    let rows = world.rows(soql).await;
    let [ada, bob] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(ada["attributes"]["url"], format!("{BASE}/sobjects/Contact/{id}"));
    assert_eq!(ada["Account"]["Name"], "Acme");
    assert_eq!(ada["Account"]["attributes"]["type"], "Account");
    assert_eq!(ada["Owner"]["Name"], "Sam Sales");
    assert_eq!(ada["TopicAssignments"]["records"][0]["Topic"]["Name"], "VIP");
    assert_eq!(ada["CampaignMembers"]["totalSize"], 1);
    assert_eq!(ada["CampaignMembers"]["records"][0]["Campaign"]["Name"], "Fair");
    for empty in ["Account", "TopicAssignments", "CampaignMembers", "MailingAddress"] {
        assert_eq!(bob[empty], Json::Null, "{empty}");
    }
}

#[tokio::test]
async fn clients_write_a_query_in_many_ways() {
    let world = world().await;
    let paths = [
        "/query?q=SELECT%20Id%20FROM%20Contact%20WHERE%20LastName%20%3D%20'Ada'",
        "/query/?q=SELECT+Id+FROM+Contact+WHERE+LastName+=+'Ada'",
        "/query?q=select+id+from+contact+c+where+c.lastname='ADA'",
        "/query/?q=SELECT+FIELDS(STANDARD)+FROM+Contact+WHERE+LastName='Ada'+LIMIT+1",
    ];
    for path in paths {
        assert_eq!(world.get(path).await.unwrap()["totalSize"], 1, "{path}");
    }
    let count = world.ask("query", "SELECT COUNT() FROM Contact").await.unwrap();
    assert_eq!(count, json!({ "totalSize": 5, "done": true, "records": [] }));
    let count = world.ask("queryAll", "SELECT COUNT() FROM Contact").await.unwrap();
    assert_eq!(count["totalSize"], 6);
}
