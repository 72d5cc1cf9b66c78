//! A client that polls by the time of the last change holds what the audience holds, whatever happened in
//! between: the promise that a sync rests on, checked for any story, without HTTP.

use super::super::api::{self, Ask, Reply};
use super::super::call::Call;
use super::super::query::{Query, moment};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What happens. The numbers choose a member.
#[derive(Clone, Debug)]
enum Step {
    Add,
    Rename(usize),
    Move(usize),
    Tag(usize),
    Leave(usize),
    Archive(usize),
    Restore(usize),
    Wait(u16),
    Poll,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Add),
        2 => any::<usize>().prop_map(Step::Rename),
        1 => any::<usize>().prop_map(Step::Move),
        2 => any::<usize>().prop_map(Step::Tag),
        1 => any::<usize>().prop_map(Step::Leave),
        1 => any::<usize>().prop_map(Step::Archive),
        1 => any::<usize>().prop_map(Step::Restore),
        3 => (0_u16..4_000).prop_map(Step::Wait),
        2 => Just(Step::Poll),
    ]
}

/// Polls the members of all statuses and the archived ones, each from its newest time on, less a second.
#[derive(Default)]
struct Client {
    held: BTreeMap<String, Json>,
    newest: [Option<i64>; 2],
}

impl Client {
    fn poll(&mut self, account: &Account, page: usize) {
        for (at, status) in ["", "&status=archived"].into_iter().enumerate() {
            let since = self.newest[at].map_or(0, |newest| newest - 1);
            let mut offset = 0;
            loop {
                let query = format!(
                    "count={page}&offset={offset}&sort_field=last_changed&sort_dir=ASC&since_last_changed={}{status}",
                    chrono::DateTime::from_timestamp(since, 0).unwrap().format("%Y-%m-%dT%H:%M:%SZ")
                );
                let answer = list(account, &query);
                let members = answer["members"].as_array().unwrap();
                for member in members {
                    self.newest[at] = self.newest[at].max(moment(text(member, "/last_changed")));
                    self.held.insert(text(member, "/contact_id").to_owned(), member.clone());
                }
                offset += members.len();
                if members.len() < page {
                    break;
                }
            }
        }
    }
}

fn list(account: &Account, query: &str) -> Json {
    let path = format!("/lists/{}/members", account.credentials().audience_id);
    let ask = Ask {
        call: Call::parse(&Method::GET, &path).unwrap(),
        query: Query::decode(query.as_bytes()),
        body: serde_json::Map::new(),
        origin: "",
    };
    match account.with(|state, now| api::run(state, &ask, now)) {
        Ok(Reply::Json(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

proptest! {
    // Each story is long and every poll of it renders whole members: some dozens say as much as hundreds.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_client_that_polls_by_time_misses_nothing(
        steps in prop::collection::vec(step(), 1..60),
        lag_ms in 0_u64..5_000,
        page in 1_usize..5,
    ) {
        let settings = Settings { lag_ms, ..Settings::default() };
        let account = Account::new(settings, Clock::fixed(), Faults::none());
        let (mut client, mut ids) = (Client::default(), Vec::<String>::new());
        for (nth, step) in steps.into_iter().enumerate() {
            let pick = |at: usize| ids.get(at % ids.len().max(1)).cloned();
            let done = match step {
                Step::Add => account.add(&json!({ "email_address": format!("p{nth}@x.example") })).map(|id| ids.push(id)),
                Step::Rename(at) => pick(at).map_or(Ok(()), |id| account.edit(&id, &json!({ "merge_fields": { "FNAME": nth.to_string() } }))),
                Step::Move(at) => pick(at).map_or(Ok(()), |id| account.edit(&id, &json!({ "email_address": format!("m{nth}@x.example") }))),
                Step::Tag(at) => pick(at).map_or(Ok(()), |id| account.tag(&id, &format!("t{}", nth % 3))),
                Step::Leave(at) => pick(at).map_or(Ok(()), |id| account.unsubscribe(&id)),
                Step::Archive(at) => pick(at).map_or(Ok(()), |id| account.archive(&id)),
                Step::Restore(at) => pick(at).map_or(Ok(()), |id| account.restore(&id)),
                Step::Wait(ms) => {
                    account.clock().advance(Duration::from_millis(u64::from(ms)));
                    Ok(())
                }
                Step::Poll => {
                    client.poll(&account, page);
                    Ok(())
                }
            };
            prop_assert!(done.is_ok(), "{:?}", done);
        }
        account.clock().advance(Duration::from_millis(lag_ms));
        client.poll(&account, page);
        prop_assert_eq!(client.held, account.dump());
    }
}
