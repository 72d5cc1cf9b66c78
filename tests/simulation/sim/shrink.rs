//! Takes out of a failing scenario whatever it fails without.

use super::scenario::Scenario;
use super::step::Step;
use super::{Broken, check};
use syntony_core::side::Side;

/// How often all parts of a scenario are tried once more.
const MAX_ROUNDS: usize = 6;

/// The smallest scenario found that breaks the same law, and how it does.
pub(crate) fn shrink(scenario: &Scenario, broken: Box<Broken>) -> (Scenario, Box<Broken>) {
    let mut best = (scenario.clone(), broken);
    for _ in 0..MAX_ROUNDS {
        let before = size(&best.0);
        for at in (0..best.0.steps.len()).rev() {
            attempt(&mut best, |scenario| drop(scenario.steps.remove(at)));
            for side in Side::BOTH {
                for fault in (0..odds(&best.0, at, side)).rev() {
                    attempt(&mut best, |scenario| soothe(scenario.steps.get_mut(at), side, fault));
                }
            }
            attempt(&mut best, |scenario| survive(scenario.steps.get_mut(at)));
        }
        for at in (0..best.0.people.len()).rev() {
            attempt(&mut best, |scenario| drop(scenario.people.remove(at)));
        }
        for at in 0..best.0.people.len() {
            let names: Vec<_> = best.0.people[at].1.keys().cloned().collect();
            for name in names {
                attempt(&mut best, |scenario| drop(scenario.people[at].1.remove(&name)));
            }
        }
        if size(&best.0) == before {
            break;
        }
    }
    best
}

fn attempt(best: &mut (Scenario, Box<Broken>), change: impl FnOnce(&mut Scenario)) {
    let mut smaller = best.0.clone();
    change(&mut smaller);
    if size(&smaller) >= size(&best.0) {
        return;
    }
    match check(&smaller) {
        Err(broken) if broken.law == best.1.law => *best = (smaller, broken),
        Err(_) | Ok(_) => {}
    }
}

/// How many faults a vendor has in a step.
fn odds(scenario: &Scenario, at: usize, side: Side) -> usize {
    match scenario.steps.get(at) {
        Some(Step::Run { odds, .. }) => odds[side].len(),
        _ => 0,
    }
}

/// A run in which a vendor has one fault less.
fn soothe(step: Option<&mut Step>, side: Side, fault: usize) {
    if let Some(Step::Run { odds, .. }) = step
        && fault < odds[side].len()
    {
        odds[side].remove(fault);
    }
}

/// A run that is not cut off.
fn survive(step: Option<&mut Step>) {
    if let Some(Step::Run { crash, .. }) = step {
        *crash = None;
    }
}

/// How much there is to read.
fn size(scenario: &Scenario) -> usize {
    let trouble = |step: &Step| match step {
        Step::Run { odds, crash, .. } => {
            1 + odds.left.len() + odds.right.len() + usize::from(crash.is_some())
        }
        _ => 1,
    };
    let steps: usize = scenario.steps.iter().map(trouble).sum();
    let people: usize = scenario.people.iter().map(|(_, fields)| 1 + fields.len()).sum();
    steps * 100 + people
}
