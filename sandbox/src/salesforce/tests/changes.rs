//! What a sync hears of: stamps, late commits, the recycle bin, merges, conversions.

use super::*;

const STAMPS: &str =
    "SELECT Id, LastName, IsDeleted, MasterRecordId, SystemModstamp, LastModifiedDate FROM Contact";

#[tokio::test]
async fn a_late_commit_shows_up_behind_stamps_that_were_seen_before() {
    let world = World::new().await;
    let changed = world.contact("Before");
    world.pass_seconds(3_600);
    world.org.configure(|settings| settings.late_commit_ms = 300_000);
    let late = world.contact("Late");
    world.org.edit(&changed, &json!({ "LastName": "After" })).unwrap();
    world.org.configure(|settings| settings.late_commit_ms = 0);
    world.pass_seconds(60);
    let early = world.contact("Early");
    let seen = world.rows(&format!("{STAMPS} ORDER BY Id")).await;
    assert_eq!(each(&seen, "LastName"), ["Before", "Early"]);
    assert_eq!(world.rows("SELECT Id FROM Contact WHERE LastName = 'After'").await.len(), 0);
    assert_eq!(world.rows("SELECT Id FROM Contact WHERE LastName = 'Before'").await.len(), 1);
    assert_eq!(world.get(&format!("/sobjects/Contact/{late}")).await, Err((404, "NOT_FOUND".to_owned())));
    world.pass_seconds(240);
    let seen = world.rows(&format!("{STAMPS} ORDER BY SystemModstamp, Id")).await;
    assert_eq!(each(&seen, "LastName"), ["After", "Late", "Early"]);
    assert!(seen[1]["SystemModstamp"].as_str() < seen[2]["SystemModstamp"].as_str());
    assert_eq!(each(&seen, "Id"), [&*changed, &*late, &*early]);
}

#[tokio::test]
async fn the_system_moves_a_stamp_without_an_edit() {
    let world = World::new().await;
    let id = world.contact("Still");
    world.pass_seconds(60);
    world.org.bump(&id).unwrap();
    let row = world.rows(STAMPS).await.remove(0);
    assert_eq!(row["LastModifiedDate"], "2026-01-05T08:00:00.000+0000");
    assert_eq!(row["SystemModstamp"], "2026-01-05T08:01:00.000+0000");
}

#[tokio::test]
async fn a_deleted_row_rests_in_the_bin_comes_back_and_at_last_is_gone() {
    let world = World::new().await;
    let id = world.contact("Ada");
    world.org.tag(&id, "VIP").unwrap();
    world.pass_seconds(60);
    world.org.delete(&id).unwrap();
    assert_eq!(world.rows(STAMPS).await.len(), 0);
    let row = world.all_rows(STAMPS).await.remove(0);
    assert_eq!((&row["IsDeleted"], &row["MasterRecordId"]), (&json!(true), &Json::Null));
    assert_eq!(row["SystemModstamp"], "2026-01-05T08:01:00.000+0000");
    let code = Err((404, "ENTITY_IS_DELETED".to_owned()));
    assert_eq!(world.get(&format!("/sobjects/Contact/{id}")).await, code);
    world.org.restore(&id).unwrap();
    assert_eq!(each(&world.rows(STAMPS).await, "Id"), [&*id]);
    assert_eq!(world.org.tags(&id).into_iter().collect::<Vec<_>>(), ["VIP"]);
    world.org.delete(&id).unwrap();
    world.pass_seconds(15 * 24 * 3600);
    assert_eq!(world.all_rows(STAMPS).await.len(), 0, "after 15 days nothing tells of it");
}

#[tokio::test]
async fn the_loser_of_a_merge_points_at_the_survivor() {
    let world = World::new().await;
    let kept = world.org.add(&json!({ "LastName": "Ada", "Title": "Countess" })).unwrap();
    let lost = world.org.add(&json!({ "LastName": "A.", "Title": "Ms", "Email": "a@x.example" })).unwrap();
    world.org.tag(&lost, "VIP").unwrap();
    world.pass_seconds(60);
    world.org.merge(&lost, &kept).unwrap();
    let rows = world.all_rows(&format!("{STAMPS} WHERE IsDeleted = true AND MasterRecordId != null")).await;
    assert_eq!((each(&rows, "Id"), each(&rows, "MasterRecordId")), (vec![&*lost], vec![&*kept]));
    let row = world.rows("SELECT Id, LastName, Title, Email, SystemModstamp FROM Contact").await.remove(0);
    assert_eq!((&row["Title"], &row["Email"]), (&json!("Countess"), &json!("a@x.example")));
    assert_eq!(row["SystemModstamp"], "2026-01-05T08:01:00.000+0000");
    assert!(world.org.tags(&kept).contains("VIP"), "what belonged to the loser is the survivor's");
}

#[tokio::test]
async fn a_converted_lead_says_which_contact_it_became() {
    let world = World::new().await;
    let fields = json!({ "LastName": "Lee", "Company": "Acme", "City": "Ghent", "HasOptedOutOfEmail": true });
    let lead = world.org.add_lead(&fields).unwrap();
    world.org.tag(&lead, "VIP").unwrap();
    let done = world.org.convert(&lead).unwrap();
    let soql = "SELECT Id, IsConverted, ConvertedContactId, ConvertedAccountId, ConvertedDate FROM Lead";
    let row = world.rows(soql).await.remove(0);
    assert_eq!(row["IsConverted"], true);
    assert_eq!(row["ConvertedContactId"], done.contact);
    assert_eq!(row["ConvertedAccountId"], done.account);
    assert_eq!(row["ConvertedDate"], "2026-01-05");
    let contact = world.org.contact(&done.contact).unwrap();
    assert_eq!((&contact["LastName"], &contact["MailingCity"]), (&json!("Lee"), &json!("Ghent")));
    assert_eq!(contact["HasOptedOutOfEmail"], true);
    assert!(world.org.convert(&lead).is_err(), "twice is not possible");
}

#[tokio::test]
async fn conversion_into_a_contact_fills_what_is_empty_and_carries_the_opt_out() {
    let world = World::new().await;
    let contact = world.org.add(&json!({ "LastName": "Lee", "Title": "CEO" })).unwrap();
    let fields = json!({ "LastName": "L.", "Company": "Acme", "Title": "x", "Phone": "1",
        "HasOptedOutOfEmail": true });
    let lead = world.org.add_lead(&fields).unwrap();
    assert_eq!(world.org.convert_into(&lead, &contact).unwrap().contact, contact);
    let row = world.org.contact(&contact).unwrap();
    assert_eq!(
        (&row["LastName"], &row["Title"], &row["Phone"], &row["HasOptedOutOfEmail"]),
        (&json!("Lee"), &json!("CEO"), &json!("1"), &json!(true))
    );
}

#[tokio::test]
async fn updated_and_deleted_tell_whole_minutes_and_what_may_still_come() {
    let world = World::new().await;
    let (kept, gone) = (world.contact("Kept"), world.contact("Gone"));
    world.pass_seconds(600);
    world.org.delete(&gone).unwrap();
    world.org.configure(|settings| settings.late_commit_ms = 120_000);
    world.contact("Late");
    world.pass_seconds(60);
    let span = "?start=2026-01-05T07:50:30%2B00:00&end=2026-01-05T08:10:59%2B00:00";
    let updated = world.get(&format!("/sobjects/Contact/updated/{span}")).await.unwrap();
    assert_eq!(updated["ids"], json!([kept]));
    assert_eq!(updated["latestDateCovered"], "2026-01-05T08:10:00.000+0000");
    let deleted = world.get(&format!("/sobjects/contact/deleted{span}")).await.unwrap();
    let record = json!({ "id": gone, "deletedDate": "2026-01-05T08:10:00.000+0000" });
    assert_eq!(deleted["deletedRecords"], json!([record]));
    let refused = Err((400, "INVALID_REPLICATION_DATE".to_owned()));
    for (call, start, end) in [
        ("updated", "2025-12-01T00:00:00Z", "2026-01-05T08:00:00Z"),
        ("deleted", "2025-12-20T00:00:00Z", "2026-01-05T08:00:00Z"),
        ("updated", "2026-01-05T08:00:05Z", "2026-01-05T08:00:55Z"),
    ] {
        let path = format!("/sobjects/Contact/{call}?start={start}&end={end}");
        assert_eq!(world.get(&path).await, refused, "{path}");
    }
    let unread = world.get("/sobjects/Contact/updated?start=yesterday&end=today").await;
    assert_eq!(unread, Err((400, "INVALID_FIELD".to_owned())));
}
