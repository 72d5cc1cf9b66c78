//! What objects say about themselves.

use super::*;

async fn field(world: &World, object: &str, name: &str) -> Option<Json> {
    let described = world.get(&format!("/sobjects/{object}/describe/")).await.unwrap();
    let fields = described["fields"].as_array().unwrap();
    fields.iter().find(|field| field["name"] == name).cloned()
}

fn required(field: &Json) -> bool {
    field["nillable"] == false && field["createable"] == true && field["defaultedOnCreate"] == false
}

#[tokio::test]
async fn a_description_says_what_a_create_must_bring() {
    let world = World::new().await;
    for (object, expected) in [("Contact", vec!["LastName"]), ("lead", vec!["LastName", "Company"])] {
        let described = world.get(&format!("/sobjects/{object}/describe")).await.unwrap();
        let fields = described["fields"].as_array().unwrap();
        let names: Vec<&str> = fields
            .iter()
            .filter(|field| required(field))
            .map(|field| field["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{object}");
    }
    let status = field(&world, "Lead", "Status").await.unwrap();
    assert_eq!(status["picklistValues"][0]["value"], "Open - Not Contacted");
    let street = field(&world, "Contact", "MailingStreet").await.unwrap();
    assert_eq!((&street["compoundFieldName"], &street["length"]), (&json!("MailingAddress"), &json!(255)));
    let whole = field(&world, "Contact", "MailingAddress").await.unwrap();
    assert_eq!((&whole["type"], &whole["updateable"]), (&json!("address"), &json!(false)));
}

#[tokio::test]
async fn a_hidden_field_is_not_there() {
    let world = World::new().await;
    assert!(field(&world, "Contact", "HasOptedOutOfEmail").await.is_some());
    world.org.configure(|settings| {
        settings.hidden_fields.insert("contact.HasOptedOutOfEmail".to_owned());
    });
    assert!(field(&world, "Contact", "HasOptedOutOfEmail").await.is_none());
    let asked = world.ask("query", "SELECT HasOptedOutOfEmail FROM Contact").await;
    assert_eq!(asked, Err((400, "INVALID_FIELD".to_owned())));
}

#[tokio::test]
async fn settings_and_administrators_add_fields() {
    let world = World::new().await;
    for absent in ["MailingStateCode", "IsPersonAccount", "MiddleName", "Key__c"] {
        assert!(field(&world, "Contact", absent).await.is_none(), "{absent}");
    }
    world.org.configure(|settings| {
        settings.state_and_country_picklists = true;
        settings.person_accounts = true;
        settings.middle_names_and_suffixes = true;
    });
    world.org.add_field(Object::Contact, Field::text("Key__c", "Key", 40).as_external_id());
    let code = field(&world, "Contact", "MailingStateCode").await.unwrap();
    assert_eq!((&code["type"], &code["restrictedPicklist"]), (&json!("picklist"), &json!(true)));
    let key = field(&world, "Contact", "Key__c").await.unwrap();
    assert_eq!((&key["externalId"], &key["custom"]), (&json!(true), &json!(true)));
    for present in ["IsPersonAccount", "MiddleName"] {
        assert!(field(&world, "Contact", present).await.is_some(), "{present}");
    }
}

#[tokio::test]
async fn a_description_that_has_not_changed_is_not_told_again() {
    let world = World::new().await;
    let path = format!("{BASE}/sobjects/Contact/describe");
    let changed = world.raw(&path).await.headers()["last-modified"].clone();
    let again = async || {
        let request = world.client.get(world.url(&path)).bearer_auth(&world.token);
        request.header("if-modified-since", &changed).send().await.unwrap().status().as_u16()
    };
    assert_eq!(again().await, 304);
    world.pass_seconds(5);
    world.org.add_field(Object::Contact, Field::text("New__c", "New", 10));
    assert_eq!(again().await, 200);
}

#[tokio::test]
async fn objects_are_listed_counted_and_may_be_missing() {
    let world = World::new().await;
    world.contact("Ada");
    let listed = world.get("/sobjects/").await.unwrap();
    let names = each(listed["sobjects"].as_array().unwrap(), "name").join(" ");
    assert_eq!(names, "Account Campaign CampaignMember Contact Lead Organization Topic TopicAssignment User");
    let basic = world.get("/sobjects/Contact/").await.unwrap();
    assert_eq!(basic["objectDescribe"]["keyPrefix"], "003");
    assert_eq!(basic["recentItems"][0]["Name"], "Ada");
    let counted = world.get("/limits/recordCount?sObjects=Contact,Lead").await.unwrap();
    assert_eq!(
        counted["sObjects"],
        json!([{ "count": 1, "name": "Contact" }, { "count": 0, "name": "Lead" }])
    );
    world.org.configure(|settings| {
        settings.hidden_objects.insert(Object::Topic);
    });
    assert_eq!(world.get("/sobjects/Topic/describe").await, Err((404, "NOT_FOUND".to_owned())));
    let asked = world.ask("query", "SELECT Id FROM Topic").await;
    assert_eq!(asked, Err((400, "INVALID_TYPE".to_owned())));
}

#[tokio::test]
async fn a_row_is_read_by_either_form_of_its_id() {
    let world = World::new().await;
    let id = world.org.add(&json!({ "LastName": "Ada", "MailingCity": "Ghent" })).unwrap();
    for given in [id.as_str(), &id[..15]] {
        let row =
            world.get(&format!("/sobjects/contact/{given}?fields=Id,lastname,MailingAddress")).await.unwrap();
        assert_eq!((&row["Id"], &row["LastName"]), (&json!(id), &json!("Ada")));
        assert_eq!(row["MailingAddress"]["city"], "Ghent");
    }
    let whole = world.get(&format!("/sobjects/Contact/{id}")).await.unwrap();
    assert_eq!((&whole["Email"], &whole["DoNotCall"]), (&Json::Null, &json!(false)));
    let unknown = world.get(&format!("/sobjects/Contact/{id}?fields=Nothing")).await;
    assert_eq!(unknown, Err((400, "INVALID_FIELD".to_owned())));
    assert_eq!(world.get(&format!("/sobjects/Lead/{id}")).await, Err((404, "NOT_FOUND".to_owned())));
}
