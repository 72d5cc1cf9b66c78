//! Which contacts are the same person: by e-mail address, exactly, or not at all.
//!
//! A group is everything that shares addresses, directly or over others. Exactly one candidate on each
//! side is a match; several are a duplicate (one app) or ambiguous (across apps), and by default nothing
//! of such a group is linked or written. Names, phones and companies rank the candidates for a person to
//! read; they never decide.

use crate::ids::{ContactId, EmailKey};
use crate::policy::Duplicates;
use crate::side::{Side, Sides};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Groups with more members than this are not ranked, only listed.
const MAX_RANKED_MEMBERS: usize = 20;

/// One contact of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Where it is.
    pub side: Side,
    /// Which contact.
    pub id: ContactId,
    /// Its e-mail addresses, in comparison form.
    pub keys: BTreeSet<EmailKey>,
    /// Whether it has a link in this connection already.
    pub linked: bool,
    /// How many of its fields hold something.
    pub filled_fields: usize,
    /// When it was created, in milliseconds since 1970, if the vendor says so.
    pub created_ms: Option<i64>,
    /// What a person would compare.
    pub facts: Facts,
}

/// What a person would compare when two contacts might be the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The full name.
    pub name: String,
    /// Phone numbers in comparison form.
    pub phones: BTreeSet<String>,
    /// The company.
    pub company: String,
}

/// What a group comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Match {
    /// Exactly one on each side.
    Pair(Sides<ContactId>),
    /// One contact, and nobody on the other side.
    Alone(Side, ContactId),
    /// Several contacts of one app share an address.
    Duplicate(Crowd),
    /// One contact's addresses lead to several contacts of the other app.
    Ambiguous(Crowd),
}

/// Contacts that cannot be told apart by address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Crowd {
    /// Its contacts that have no link, per side.
    pub members: Sides<Vec<ContactId>>,
    /// Contacts of the group that are linked already, per side.
    pub linked: Sides<Vec<ContactId>>,
    /// Likely pairs among the unlinked, best first: advice, nothing more.
    pub advice: Vec<Advice>,
}

/// How alike two contacts are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// One of them.
    pub left: ContactId,
    /// The other.
    pub right: ContactId,
    /// 0 to 100.
    pub likeness_percent: u8,
}

/// What to do with a group: all contacts of both apps that share addresses. Deterministic in any order
/// of `group`.
#[must_use]
pub fn decide(group: &[Candidate], duplicates: Duplicates) -> Vec<Match> {
    let mut group: Vec<&Candidate> = group.iter().collect();
    group.sort_by(|a, b| (a.side, &a.id).cmp(&(b.side, &b.id)));
    let free = Sides::from_fn(|side| of(&group, side, false));
    let linked = Sides::from_fn(|side| of(&group, side, true));
    let bound = !linked.left.is_empty() || !linked.right.is_empty();
    match (bound, free.left.as_slice(), free.right.as_slice()) {
        (_, [], []) => Vec::new(),
        (false, [left], [right]) => vec![Match::Pair(Sides::new(left.id.clone(), right.id.clone()))],
        (false, [one], []) => vec![Match::Alone(Side::Left, one.id.clone())],
        (false, [], [one]) => vec![Match::Alone(Side::Right, one.id.clone())],
        (_, left, right) => crowd(left, right, &linked, duplicates),
    }
}

fn of<'c>(group: &[&'c Candidate], side: Side, linked: bool) -> Vec<&'c Candidate> {
    group.iter().filter(|one| one.side == side && one.linked == linked).copied().collect()
}

fn crowd(
    left: &[&Candidate],
    right: &[&Candidate],
    linked: &Sides<Vec<&Candidate>>,
    duplicates: Duplicates,
) -> Vec<Match> {
    let ids = |members: &[&Candidate]| members.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    let mut crowd = Crowd {
        members: Sides::new(ids(left), ids(right)),
        linked: Sides::new(ids(&linked.left), ids(&linked.right)),
        advice: advice(left, right),
    };
    let bound = !linked.left.is_empty() || !linked.right.is_empty();
    // One contact whose own addresses lead to several others is ambiguous whatever the setting: "the most
    // complete" would choose between two different people.
    if is_ambiguous(left, right) {
        return vec![Match::Ambiguous(crowd)];
    }
    if bound || duplicates == Duplicates::Hold {
        return vec![Match::Duplicate(crowd)];
    }
    let chosen = match (best(left), best(right)) {
        (Some(_), Some(_)) => match best_pair(left, right) {
            Some(pair) => Match::Pair(pair.map(|one| one.id.clone())),
            // Only over somebody else do they share anything: that makes no two of them the same person.
            None => return vec![Match::Ambiguous(crowd)],
        },
        (Some(one), None) | (None, Some(one)) => Match::Alone(one.side, one.id.clone()),
        (None, None) => return vec![Match::Duplicate(crowd)],
    };
    for side in Side::BOTH {
        crowd.members[side].retain(|id| match &chosen {
            Match::Pair(ids) => ids[side] != *id,
            Match::Alone(at, one) => *at != side || one != id,
            Match::Duplicate(_) | Match::Ambiguous(_) => true,
        });
    }
    vec![chosen, Match::Duplicate(crowd)]
}

/// Whether some contact shares addresses with several contacts of the other app that share none with each
/// other.
fn is_ambiguous(left: &[&Candidate], right: &[&Candidate]) -> bool {
    let leads_to_strangers = |one: &Candidate, others: &[&Candidate]| {
        let reached: Vec<&&Candidate> =
            others.iter().filter(|other| !one.keys.is_disjoint(&other.keys)).collect();
        reached
            .iter()
            .enumerate()
            .any(|(at, a)| reached.iter().skip(at + 1).any(|b| a.keys.is_disjoint(&b.keys)))
    };
    left.iter().any(|one| leads_to_strangers(one, right))
        || right.iter().any(|one| leads_to_strangers(one, left))
}

/// The most complete, then the oldest, then the first by id.
fn best<'c>(members: &[&'c Candidate]) -> Option<&'c Candidate> {
    members.iter().copied().min_by_key(|one| (Reverse(one.filled_fields), age(one), &one.id))
}

/// The same of two contacts that share an address. A group hangs together over third ones too (Ann and Bob
/// both hold the address of their office), so the best of either side need not be the same person.
/// Each measure takes both contacts in one order, whichever side they are on, so that swapping the sides
/// swaps the choice.
fn best_pair<'c>(left: &[&'c Candidate], right: &[&'c Candidate]) -> Option<Sides<&'c Candidate>> {
    let pairs = left.iter().flat_map(|one| right.iter().map(|two| Sides::new(*one, *two)));
    pairs.filter(|pair| !pair.left.keys.is_disjoint(&pair.right.keys)).min_by_key(|pair| {
        let filled_fields = pair.left.filled_fields.saturating_add(pair.right.filled_fields);
        let (one, two) = (age(pair.left), age(pair.right));
        let (first, second) = (&pair.left.id, &pair.right.id);
        (Reverse(filled_fields), one.min(two), one.max(two), first.min(second), first.max(second), first)
    })
}

/// Sorts the oldest first, and those of whom it is not known last.
fn age(one: &Candidate) -> i64 {
    one.created_ms.unwrap_or(i64::MAX)
}

fn advice(left: &[&Candidate], right: &[&Candidate]) -> Vec<Advice> {
    if left.len() + right.len() > MAX_RANKED_MEMBERS {
        return Vec::new();
    }
    let mut advice: Vec<Advice> = left
        .iter()
        .flat_map(|one| right.iter().map(move |two| (one, two)))
        .map(|(one, two)| Advice {
            left: one.id.clone(),
            right: two.id.clone(),
            likeness_percent: likeness_percent(&one.facts, &two.facts),
        })
        .collect();
    advice.sort_by(|a, b| {
        b.likeness_percent
            .cmp(&a.likeness_percent)
            .then_with(|| (&a.left, &a.right).cmp(&(&b.left, &b.right)))
    });
    advice
}

/// How alike two contacts are, 0 to 100: names by Jaro-Winkler in either word order, a shared phone
/// number, the company. What either lacks is left out, not counted as different.
#[must_use]
pub fn likeness_percent(one: &Facts, two: &Facts) -> u8 {
    const NAME_WEIGHT: f64 = 3.0;
    const PHONE_WEIGHT: f64 = 2.0;
    const COMPANY_WEIGHT: f64 = 1.0;
    let mut score = 0.0;
    let mut weight = 0.0;
    let mut add = |likeness: Option<f64>, of: f64| {
        if let Some(likeness) = likeness {
            score += likeness * of;
            weight += of;
        }
    };
    add(names(&one.name, &two.name), NAME_WEIGHT);
    let phones = !one.phones.is_empty() && !two.phones.is_empty();
    add(phones.then(|| f64::from(u8::from(!one.phones.is_disjoint(&two.phones)))), PHONE_WEIGHT);
    add(texts(&one.company, &two.company), COMPANY_WEIGHT);
    if weight == 0.0 {
        return 0;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 0 and 100
    let percent = (score / weight * 100.0).round().clamp(0.0, 100.0) as u8;
    percent
}

fn texts(one: &str, two: &str) -> Option<f64> {
    let (one, two) = (one.trim().to_lowercase(), two.trim().to_lowercase());
    // Two empty texts are alike to the algorithm and unknown to us.
    (!one.is_empty() && !two.is_empty()).then(|| strsim::jaro_winkler(&one, &two))
}

fn names(one: &str, two: &str) -> Option<f64> {
    let sorted = |name: &str| {
        let mut words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
        words.sort_unstable();
        words.join(" ")
    };
    let as_written = texts(one, two)?;
    Some(as_written.max(texts(&sorted(one), &sorted(two)).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::{Candidate, Facts, Match, decide, likeness_percent};
    use crate::ids::EmailKey;
    use crate::policy::Duplicates;
    use crate::side::Side;

    /// `l1:a,b` is a left contact with two addresses; a `*` behind the name says that it is linked, a
    /// `+n` how many fields it fills.
    fn candidate(text: &str) -> Candidate {
        let (name, keys) = text.split_once(':').unwrap();
        let (name, filled) = name.split_once('+').unwrap_or((name, "0"));
        Candidate {
            side: if name.starts_with('l') { Side::Left } else { Side::Right },
            id: name.trim_end_matches('*').into(),
            keys: keys.split(',').map(EmailKey::new).collect(),
            linked: name.ends_with('*'),
            filled_fields: filled.parse().unwrap(),
            created_ms: None,
            facts: Facts::default(),
        }
    }

    fn check(group: &[&str], duplicates: Duplicates, wanted: &[&str]) {
        let mut group: Vec<Candidate> = group.iter().map(|text| candidate(text)).collect();
        for _ in 0..group.len() {
            group.rotate_left(1);
            let found: Vec<String> = decide(&group, duplicates)
                .into_iter()
                .map(|found| match found {
                    Match::Pair(ids) => format!("{}={}", ids.left, ids.right),
                    Match::Alone(_, id) => format!("{id} alone"),
                    Match::Duplicate(crowd) => {
                        format!("duplicate {:?}", crowd.members).replace("ContactId", "")
                    }
                    Match::Ambiguous(crowd) => {
                        format!("ambiguous {:?}", crowd.members).replace("ContactId", "")
                    }
                })
                .collect();
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn exactly_one_on_each_side_binds() {
        check(&["l1:a", "r1:a"], Duplicates::Hold, &["l1=r1"]);
        check(&["l1:a,b", "r1:b"], Duplicates::Hold, &["l1=r1"]);
        check(&["l1:a"], Duplicates::Hold, &["l1 alone"]);
    }

    /// Scenario 4.
    #[test]
    fn two_contacts_with_one_address_are_not_both_written_to_the_other_side() {
        let group = ["l1+2:a", "l2+5:a", "r1:a"];
        let held = r#"duplicate Sides { left: [("l1"), ("l2")], right: [("r1")] }"#;
        check(&group, Duplicates::Hold, &[held]);
        let rest = r#"duplicate Sides { left: [("l1")], right: [] }"#;
        check(&group, Duplicates::Best, &["l2=r1", rest]);
    }

    /// Scenario 5.
    #[test]
    fn one_contact_that_leads_to_two_people_binds_to_neither() {
        let held = r#"ambiguous Sides { left: [("l1")], right: [("r1"), ("r2")] }"#;
        for duplicates in [Duplicates::Hold, Duplicates::Best] {
            check(&["l1:a,b", "r1:a", "r2:b"], duplicates, &[held]);
        }
    }

    /// Ann and Bob hold the office's address, and the other app knows Bob alone: Ann, the more complete, is not
    /// he.
    #[test]
    fn people_with_an_office_in_common_are_not_taken_for_each_other() {
        let rest = r#"duplicate Sides { left: [("lann")], right: [] }"#;
        check(&["lann+4:info,ann", "lbob+2:info,bob", "rbob+2:bob"], Duplicates::Best, &["lbob=rbob", rest]);
        let rest = r#"duplicate Sides { left: [], right: [("rann")] }"#;
        check(&["lbob+2:bob", "rann+4:info,ann", "rbob+2:info,bob"], Duplicates::Best, &["lbob=rbob", rest]);
    }

    /// The group was put together over somebody who is not in it.
    #[test]
    fn contacts_that_share_nothing_are_never_the_best_pair() {
        let held = r#"ambiguous Sides { left: [("l1"), ("l2")], right: [("r1")] }"#;
        check(&["l1:a", "l2:a", "r1:b"], Duplicates::Best, &[held]);
    }

    #[test]
    fn a_late_duplicate_of_a_linked_contact_is_listed_and_not_linked() {
        let held = r#"duplicate Sides { left: [("l2")], right: [] }"#;
        for duplicates in [Duplicates::Hold, Duplicates::Best] {
            check(&["l1*:a", "l2:a", "r1*:a"], duplicates, &[held]);
        }
        check(&["l1*:a", "r1*:a"], Duplicates::Hold, &[]);
    }

    #[test]
    fn likeness_ignores_word_order_and_what_is_unknown() {
        let facts = |name: &str, company: &str| Facts {
            name: name.into(),
            company: company.into(),
            ..Facts::default()
        };
        assert_eq!(likeness_percent(&facts("Zhang Wei", ""), &facts("wei zhang", "Acme")), 100);
        assert_eq!(likeness_percent(&Facts::default(), &facts("Ann Lee", "Acme")), 0);
        assert!(likeness_percent(&facts("Ann Lee", ""), &facts("Bob Stone", "")) < 60);
    }
}
