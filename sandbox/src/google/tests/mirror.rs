//! A client that applies every delta holds what the account holds, whatever happened in between.
//!
//! This is the promise that a sync rests on; here it is checked for any story of edits, deletions,
//! restorations, renamings, lags and pages, without HTTP.

use super::super::contact::Key;
use super::super::listing;
use super::super::query::Query;
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What happens. The numbers choose a contact.
#[derive(Clone, Debug)]
enum Step {
    Add,
    Edit(usize),
    Delete(usize),
    Restore(usize),
    Rename(usize),
    Label(usize),
    TouchAll,
    /// From now on writes are shown after so many milliseconds.
    Lag(u64),
    /// So many milliseconds pass.
    Wait(u64),
    /// The client reads what changed, this many at a time.
    Sync(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..6_usize;
    prop_oneof![
        3 => Just(Step::Add),
        4 => which.clone().prop_map(Step::Edit),
        2 => which.clone().prop_map(Step::Delete),
        2 => which.clone().prop_map(Step::Restore),
        1 => which.clone().prop_map(Step::Rename),
        1 => which.prop_map(Step::Label),
        1 => Just(Step::TouchAll),
        1 => prop_oneof![Just(0), Just(10_000_u64)].prop_map(Step::Lag),
        3 => (0..12_000_u64).prop_map(Step::Wait),
        3 => (1..4_usize).prop_map(Step::Sync),
    ]
}

/// The client: what it knows, and its token.
#[derive(Default)]
struct Mirror {
    people: BTreeMap<String, Json>,
    token: Option<String>,
}

impl Mirror {
    /// Reads all pages of what changed. Between two pages `meanwhile` happens.
    fn sync(&mut self, account: &Account, page_size: usize, mut meanwhile: impl FnMut()) {
        let mut page_token = String::new();
        loop {
            let sync_token =
                self.token.as_ref().map(|token| format!("&syncToken={token}")).unwrap_or_default();
            let page = page(account, &format!("&pageSize={page_size}{sync_token}{page_token}"));
            for person in page["connections"].as_array().into_iter().flatten() {
                self.take(person);
            }
            match page.get("nextPageToken").and_then(Json::as_str) {
                Some(token) => page_token = format!("&pageToken={token}"),
                None => {
                    self.token = Some(text(&page, "/nextSyncToken").to_owned());
                    return;
                }
            }
            meanwhile();
        }
    }

    fn take(&mut self, person: &Json) {
        let name = text(person, "/resourceName").to_owned();
        for former in person["metadata"]["previousResourceNames"].as_array().into_iter().flatten() {
            self.people.remove(former.as_str().unwrap());
        }
        if person["metadata"]["deleted"] == true {
            self.people.remove(&name);
        } else {
            let mut person = person.clone();
            person["metadata"].as_object_mut().unwrap().remove("previousResourceNames");
            self.people.insert(name, person);
        }
    }
}

fn page(account: &Account, more: &str) -> Json {
    let (_, query) =
        sync_path(more).split_once('?').map(|(path, query)| (path.to_owned(), query.to_owned())).unwrap();
    let query = Query::decode(query.as_bytes());
    account
        .with(|state, now| {
            let manner = state.manner();
            listing::list(&mut state.book.feed, &query, now.ms, manner)
        })
        .unwrap()
}

/// The account as the mask of a sync shows it.
fn truth(account: &Account) -> BTreeMap<String, Json> {
    let shown = |(name, mut person): (String, Json)| {
        let asked = |key: &str| MASK.split(',').any(|path| path == key) || key == "resourceName";
        person.as_object_mut().unwrap().retain(|key, _| asked(key));
        (name, person)
    };
    account.dump().into_iter().map(shown).collect()
}

fn act(account: &Account, known: &mut Vec<String>, step: &Step) {
    let chosen = |which: usize| known.get(which % known.len().max(1)).cloned().unwrap_or_default();
    // What is not there cannot be edited: the refusal is part of the story.
    match step {
        Step::Add => known.push(account.add(&ada()).unwrap()),
        Step::Edit(which) => {
            let given = format!("E{}", account.clock().now_ms() % 1_000);
            let _ = account.edit(&chosen(*which), &json!({ "names": [{ "givenName": given }] }));
        }
        Step::Delete(which) => drop(account.delete(&chosen(*which))),
        Step::Restore(which) => drop(account.restore(&chosen(*which))),
        Step::Rename(which) => {
            if let Ok(name) = account.rename(&chosen(*which)) {
                known.push(name);
            }
        }
        Step::Label(which) => drop(account.label(&chosen(*which), "VIP")),
        Step::TouchAll => account.touch_all(),
        Step::Lag(ms) => account.faults().set_lag_ms(*ms),
        Step::Wait(ms) => account.clock().advance(Duration::from_millis(*ms)),
        Step::Sync(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_mirror_of_the_deltas_holds_what_the_account_holds(steps in proptest::collection::vec(step(), 0..40)) {
        let account = Account::new(lenient(), Clock::fixed(), Faults::none());
        let mut mirror = Mirror::default();
        let mut known = Vec::new();
        for (nth, step) in steps.iter().enumerate() {
            act(&account, &mut known, step);
            if let Step::Sync(page_size) = step {
                // While the pages are read, the next step of the story happens already.
                let mut next = steps.get(nth + 1).filter(|next| !matches!(next, Step::Sync(_)));
                let known = &mut known;
                mirror.sync(&account, *page_size, || {
                    if let Some(step) = next.take() {
                        act(&account, known, step);
                    }
                });
            }
        }
        account.clock().advance(Duration::from_millis(20_000));
        mirror.sync(&account, 3, || {});
        let truth = truth(&account);
        prop_assert_eq!(mirror.people.keys().collect::<Vec<_>>(), truth.keys().collect::<Vec<_>>());
        for (name, person) in &truth {
            for path in ["names", "emailAddresses", "memberships", "metadata"] {
                prop_assert_eq!(&mirror.people[name][path], &person[path]);
            }
        }
        let mut fresh = Mirror::default();
        fresh.sync(&account, 1_000, || {});
        prop_assert_eq!(&fresh.people, &mirror.people, "a full listing and the deltas disagree");
        mirror.sync(&account, 1, || {});
        prop_assert!(mirror.people.keys().all(|name| Key::parse(name).is_some()));
    }
}
