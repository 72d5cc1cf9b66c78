//! What people do on the screen, and the people whom an org begins with.

use super::*;
use crate::people::people;

#[tokio::test]
async fn an_org_is_filled_with_people_at_their_accounts() {
    let world = World::new().await;
    let people = people(7, 60);
    let ids = world.org.seed(&people);
    assert_eq!(ids.len(), 60, "everybody can be taken");
    let leads = world.org.seed_leads(&people);
    assert_eq!(leads.len(), 60);
    let counts = world.org.counts();
    assert_eq!((counts.contacts, counts.leads), (60, 60));
    assert!(counts.accounts > 0);
    let rows = world.rows("SELECT Id, LastName, Account.Name, CreatedDate FROM Contact ORDER BY Id").await;
    assert_eq!(rows.len(), 60);
    assert!(rows.iter().all(|row| row["LastName"].is_string()));
    assert!(each(&rows, "CreatedDate").is_sorted());
    assert!(!world.rows("SELECT Id FROM TopicAssignment").await.is_empty());
}

#[tokio::test]
async fn the_same_seed_is_the_same_org() {
    let dump = || {
        let org = Org::new(Settings::default(), Clock::fixed(), Faults::none());
        org.seed(&people(3, 40));
        (org.dump(), org.credentials())
    };
    assert_eq!(dump(), dump());
}

#[tokio::test]
async fn values_come_back_as_they_are_stored() {
    let world = World::new().await;
    let fields =
        json!({ "LastName": "  Ada ", "FirstName": " ", "Email": "ADA@X.example", "Phone": "+1 (2) 3" });
    let id = world.org.add(&fields).unwrap();
    let row = world.org.contact(&id).unwrap();
    assert_eq!((&row["LastName"], &row["FirstName"]), (&json!("Ada"), &Json::Null));
    assert_eq!((&row["Email"], &row["Phone"]), (&json!("ada@x.example"), &json!("+1 (2) 3")));
    assert_eq!((&row["Name"], &row["HasOptedOutOfEmail"]), (&json!("Ada"), &json!(false)));
    world.org.opt_out(&id).unwrap();
    assert_eq!(world.org.contact(&id).unwrap()["HasOptedOutOfEmail"], true);
    assert!(world.org.add(&json!({ "FirstName": "x" })).is_err());
    assert!(world.org.add(&json!({ "LastName": "x", "Nothing": 1 })).is_err());
    assert!(world.org.add_lead(&json!({ "LastName": "x" })).is_err());
}

#[tokio::test]
async fn a_row_that_is_not_shared_is_in_no_answer_and_was_not_deleted() {
    let world = World::new().await;
    let id = world.contact("Ada");
    let shown = || world.rows("SELECT Id, LastName FROM Contact");
    assert_eq!(shown().await.len(), 1);
    world.org.unshare(&id).unwrap();
    assert!(shown().await.is_empty());
    assert!(world.all_rows("SELECT Id FROM Contact").await.is_empty(), "it is in no recycle bin either");
    assert_eq!(world.org.dump().len(), 1, "nobody deleted it");
    world.org.share(&id).unwrap();
    assert_eq!(each(&shown().await, "Id"), [id]);
}

#[tokio::test]
async fn an_org_with_habits_stores_values_in_its_own_form() {
    let world = World::new().await;
    world.org.faults().set_normalise(true);
    let fields = json!({ "LastName": "van  der Berg", "Phone": "650-253-0000", "LeadSource": "Web" });
    let id = world.org.add(&fields).unwrap();
    world.org.edit(&id, &json!({ "Description": "one\r\ntwo" })).unwrap();
    let row = world.org.contact(&id).unwrap();
    assert_eq!((&row["LastName"], &row["Phone"]), (&json!("van der Berg"), &json!("+1 650-253-0000")));
    assert_eq!((&row["Description"], &row["LeadSource"]), (&json!("one\ntwo"), &json!("Web")));
}

#[tokio::test]
async fn where_places_have_codes_people_pick_both() {
    let settings = Settings { state_and_country_picklists: true, ..Settings::unlimited() };
    let world = World::with(settings).await;
    let typed = json!({ "LastName": "A", "MailingCountry": "united states", "MailingStateCode": "NY" });
    let id = world.org.add(&typed).unwrap();
    let address = world.org.contact(&id).unwrap()["MailingAddress"].clone();
    assert_eq!((&address["country"], &address["countryCode"]), (&json!("United States"), &json!("US")));
    assert_eq!((&address["state"], &address["stateCode"]), (&json!("New York"), &json!("NY")));
    assert!(world.org.add(&json!({ "LastName": "B", "MailingCountry": "Nowhere" })).is_err());
    world.org.edit(&id, &json!({ "MailingCountry": "Germany", "MailingState": null })).unwrap();
    let address = world.org.contact(&id).unwrap()["MailingAddress"].clone();
    assert_eq!((&address["countryCode"], &address["stateCode"]), (&json!("DE"), &Json::Null));
    assert_eq!(world.org.seed(&people(7, 60)).len(), 60);
}

#[tokio::test]
async fn tags_are_where_the_org_has_them() {
    let world = World::new().await;
    for object in [Object::Contact, Object::Lead] {
        world
            .org
            .add_field(object, Field::new("Tags__c", "Tags", Kind::MultiPicklist).with_options(Vec::new()));
    }
    let contact = world.contact("Ada");
    let lead = world.org.add_lead(&json!({ "LastName": "Lee", "Company": "Acme" })).unwrap();
    for place in [TagPlace::Topics, TagPlace::Campaigns, TagPlace::Field("Tags__c".to_owned())] {
        world.org.configure(|settings| settings.tags = place.clone());
        for id in [&contact, &lead] {
            for tag in ["VIP", "Fair", "VIP"] {
                world.org.tag(id, tag).unwrap();
            }
            assert_eq!(world.org.tags(id).into_iter().collect::<Vec<_>>(), ["Fair", "VIP"], "{place:?}");
            world.org.untag(id, "Fair").unwrap();
            assert_eq!(world.org.tags(id).into_iter().collect::<Vec<_>>(), ["VIP"], "{place:?}");
        }
    }
    let soql = "SELECT IsDeleted, Topic.Name FROM TopicAssignment WHERE IsDeleted = true";
    assert_eq!(world.all_rows(soql).await.len(), 2, "the end of a tag is told as well");
    world.org.configure(|settings| settings.views_all_data = false);
    for (rest, allowed) in [
        ("", false),
        ("WHERE EntityType IN ('Contact') LIMIT 1101", false),
        ("WHERE EntityType IN ('Contact') LIMIT 1100", true),
        (&*format!("WHERE EntityId IN ('{contact}')"), false),
        (&*format!("WHERE EntityId = '{contact}' AND Topic.Name != null"), true),
    ] {
        let asked = world.ask("query", &format!("SELECT Id FROM TopicAssignment {rest}")).await;
        assert_eq!(asked.is_ok(), allowed, "{rest}");
    }
    assert_eq!(world.rows("SELECT Id FROM CampaignMember WHERE LeadId != null").await.len(), 1);
}
