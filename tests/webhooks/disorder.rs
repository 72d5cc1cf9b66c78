//! Webhooks delivered twice, late or out of order end like webhooks in order (scenario 78), and lost ones like them once
//! everybody is read again.

use crate::world::{TAG, World};
use serde_json::json;
use syntony::run::Mode;
use syntony_sandbox::drift::Workspace;
use syntony_sandbox::luck::Fortune;

/// Days that are played for each kind of luck.
const SEEDS: u64 = 10;
const DAY_STEPS: usize = 12;

/// What people do: the same for each seed, whatever the webhooks do.
#[derive(Clone, Copy, Debug)]
enum Step {
    Arrives(usize),
    Renames(usize, u32),
    Calls(usize, u32),
    OptsOut(usize),
    Run,
}

fn day(seed: u64, opts_out: bool) -> Vec<Step> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut steps = vec![Step::Arrives(0), Step::Arrives(1), Step::Run];
    for _ in 0..DAY_STEPS {
        let (who, what) = (random.usize(0..4), random.u32(0..1000));
        steps.push(match random.u8(0..6) {
            0 => Step::Arrives(who),
            1 => Step::Renames(who, what),
            2 => Step::Calls(who, what),
            3 if opts_out => Step::OptsOut(who),
            _ => Step::Run,
        });
    }
    steps
}

fn address(who: usize) -> String {
    format!("person{who}@x.example")
}

fn id_of(chat: &Workspace, who: usize) -> Option<i64> {
    chat.ids_of(&address(who)).first().copied()
}

/// An agent edits somebody who is there.
fn edit(chat: &Workspace, who: usize, attribute: &str, to: String) {
    if let Some(id) = id_of(chat, who) {
        chat.edit(id, &[(attribute, json!(to))]).unwrap();
    }
}

/// Plays a day and gives what the address book holds at its end.
async fn play(seed: u64, opts_out: bool, fortune: Fortune, last: Mode) -> Vec<String> {
    let mut world = World::new(fortune, seed).await;
    for step in day(seed, opts_out) {
        match step {
            Step::Run => _ = world.run(Mode::Sync).await,
            Step::Arrives(who) => _ = world.chat.identify(&address(who), &[]),
            Step::Renames(who, to) => edit(&world.chat, who, "name", format!("Name {to}")),
            Step::Calls(who, number) => edit(&world.chat, who, "phone", format!("+3225550{number:03}")),
            Step::OptsOut(who) => {
                if let Some(id) = id_of(&world.chat, who) {
                    world.chat.unsubscribe(id).unwrap();
                }
            }
        }
        assert_eq!(world.deliver().await, 0);
    }
    // What was held back comes now, with nothing new.
    world.deliver().await;
    world.deliver().await;
    world.run(last).await;
    world.run(Mode::Sync).await;
    assert_eq!(world.waiting(), 0);
    world.book_lines()
}

#[tokio::test]
async fn late_repeated_and_reordered_webhooks_end_like_those_in_order() {
    let disorder = Fortune { lost_percent: 0, ..Fortune::bad() };
    let mut opted_out = 0;
    for seed in 0..SEEDS {
        let in_order = play(seed, true, Fortune::default(), Mode::Sync).await;
        opted_out += in_order.iter().filter(|line| line.contains(TAG)).count();
        assert_eq!(
            play(seed, true, disorder, Mode::Sync).await,
            in_order,
            "seed {seed}: {:?}",
            day(seed, true)
        );
    }
    assert!(opted_out > 0, "somebody opted out on these days");
}

/// Nothing but an opt-out is told by webhook alone, so nothing else is lost with one.
#[tokio::test]
async fn lost_webhooks_are_made_up_for_by_reading_everybody() {
    for seed in 0..SEEDS {
        let in_order = play(seed, false, Fortune::default(), Mode::Resync).await;
        let lost = Fortune { lost_percent: 60, ..Fortune::bad() };
        assert_eq!(
            play(seed, false, lost, Mode::Resync).await,
            in_order,
            "seed {seed}: {:?}",
            day(seed, false)
        );
    }
}
