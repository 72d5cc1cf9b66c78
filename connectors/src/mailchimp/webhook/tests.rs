//! What is believed of Mailchimp's webhooks, and what is not.

use super::*;
use proptest::prelude::*;

const SECRET: &str = "9f2c1e7d";
const AUDIENCE: &str = "a6b5da1054";

fn read(body: &[u8], url_secret: Option<&str>) -> Result<Vec<Hint>, Refused> {
    let delivery = Delivery { body, token_header: None, url_secret: url_secret.map(str::as_bytes) };
    verify_and_read(delivery, &SecretString::from(SECRET), AUDIENCE)
}

fn check(body: &str, expected: Result<Vec<Hint>, Refused>) {
    assert_eq!(read(body.as_bytes(), Some(SECRET)), expected, "{body}");
}

fn at(address: &str) -> Result<Vec<Hint>, Refused> {
    Ok(vec![Hint::Address(address.to_owned())])
}

#[test]
fn each_event_points_at_an_address() {
    check(
        "type=unsubscribe&fired_at=2009-03-26+21%3A40%3A57&data%5Baction%5D=unsub&data%5Bid%5D=8a25ff1d98\
         &data%5Blist_id%5D=a6b5da1054&data%5Bemail%5D=api%2Bunsub%40x.example&data%5Bmerges%5D%5BEMAIL%5D=other%40x.example",
        at("api+unsub@x.example"),
    );
    for kind in ["subscribe", "profile", "cleaned"] {
        check(&format!("type={kind}&data[list_id]={AUDIENCE}&data[email]=a@x.example"), at("a@x.example"));
    }
    check(
        &format!(
            "type=upemail&data[list_id]={AUDIENCE}&data[old_email]=a@x.example&data[new_email]=b@x.example"
        ),
        at("b@x.example"),
    );
}

#[test]
fn what_says_nothing_of_a_contact_points_at_nobody() {
    check("", Ok(vec![]));
    check(&format!("type=campaign&data[list_id]={AUDIENCE}&data[id]=1"), Ok(vec![]));
    check("type=profile&data[list_id]=another&data[email]=a@x.example", Ok(vec![]));
    check("type=profile&data[email]=a@x.example", Ok(vec![]));
    check(&format!("type=profile&data[list_id]={AUDIENCE}&data[email]=nobody"), Ok(vec![Hint::Feed]));
    check("hello", Err(Refused::Malformed));
    check("{\"type\":\"profile\"}", Err(Refused::Malformed));
}

#[test]
fn nothing_is_believed_without_the_secret_in_the_address() {
    let body = format!("type=profile&data[list_id]={AUDIENCE}&data[email]=a@x.example");
    for secret in [None, Some(""), Some("9f2c1e7"), Some("9f2c1e7d "), Some("9F2C1E7D")] {
        assert_eq!(read(body.as_bytes(), secret), Err(Refused::Forged), "{secret:?}");
    }
    assert!(!knows_the_secret(Some(b""), &SecretString::from("")), "an empty secret opens nothing");
}

proptest! {
    #[test]
    fn no_bytes_crash_the_reader(body in proptest::collection::vec(any::<u8>(), 0..400), secret in ".{0,12}") {
        prop_assert_eq!(read(&body, Some(&secret)).is_err(), true);
        let _ = read(&body, Some(SECRET));
    }

    #[test]
    fn whatever_stands_in_a_form_the_first_address_of_the_audience_counts(
        pairs in proptest::collection::vec(("type|data\\[(email|list_id|merges\\]\\[EMAIL)\\]|.{0,10}", ".{0,30}"), 0..12)
    ) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        if let Ok(hints) = read(body.as_bytes(), Some(SECRET)) {
            prop_assert!(hints.len() <= 1);
            let ours = pairs.iter().find(|(key, _)| key == "data[list_id]").is_some_and(|(_, list)| list == AUDIENCE);
            prop_assert!(ours || hints.is_empty());
        }
    }
}
