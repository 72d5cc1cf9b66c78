//! What rules did is remembered: done once, taken back once, owed to whoever cannot be reached, and left alone
//! where a person said otherwise.

use crate::stage::{A, B, Cast, Edit, Stage, a_is_book, ann, casts, field};
use crate::world::text;
use syntony_connectors::memory::{Fault, Faults};
use syntony_core::ids::ContactId;
use syntony_core::op::Target;
use syntony_core::policy::{Action, Condition, Effect, Rule, Test};
use syntony_core::side::Side;

const ANN: &str = "Ann Lee | ann@x.com | +32471234567 | CEO";

/// Whoever has that title, with a tag for it on one side that is taken back.
fn titled(key: &str, from: (Cast, Side), title: &str, tag: (&str, Side)) -> Rule {
    let (cast, side) = from;
    let shape = if side == cast.a_sits { cast.a } else { cast.b };
    let when = vec![Condition::Field(field(shape, "title"), Test::OneOf(vec![text(title)]))];
    let (tag, on) = tag;
    let action =
        Action { key: format!("{key}/1").into(), on, effect: Effect::AddTag(tag.into()), undo: true };
    Rule { key: key.into(), from: side, when, then: vec![action] }
}

/// Bosses of A get a tag in B.
fn bosses(cast: Cast, key: &str, tag: &str) -> Rule {
    titled(key, (cast, cast.a_sits), "CEO", (tag, cast.a_sits.other()))
}

fn nobody(cast: Cast) -> Rule {
    titled("nobody", (cast, cast.a_sits), "nobody", ("none", cast.a_sits))
}

async fn tagged(cast: Cast) -> (Stage, ContactId, ContactId) {
    let mut stage = Stage::new(cast);
    stage.policy().rules = vec![bosses(cast, "bosses", "VIP")];
    let (stage, a, b) = stage.linked(&ann()).await;
    assert_eq!(stage.book(B), [format!("{ANN} +VIP")], "{cast:?}");
    (stage, a, b)
}

/// The tags that the last run put on and took off.
fn tag_changes(stage: &Stage) -> Vec<String> {
    let said = |change: &syntony_core::op::Change| match &change.target {
        Target::TagOn(tag) => Some(format!("+{tag}")),
        Target::TagOff(tag) => Some(format!("-{tag}")),
        Target::Field(_) => None,
    };
    let mut changes: Vec<String> = stage.history().iter().filter_map(said).collect();
    changes.sort();
    changes
}

fn is_reported(stage: &Stage) -> bool {
    stage.standings().iter().any(|row| row.standing.detail.to_string().contains("action_reversed"))
}

/// Scenario 46: whoever is selected from both sides is linked once, and what two rules ask for is done once.
#[tokio::test(start_paused = true)]
async fn two_rules_that_want_one_tag_put_it_on_once_and_the_last_takes_it_off() {
    for cast in casts() {
        let (a_sits, b_sits) = (cast.a_sits, cast.a_sits.other());
        let mut stage = Stage::new(cast);
        stage.policy().rules = vec![
            titled("here", (cast, a_sits), "CEO", ("VIP", b_sits)),
            titled("there", (cast, b_sits), "CEO", ("vip", b_sits)),
        ];
        let a = stage.add(A, &ann());
        stage.add(B, &ann());
        let report = stage.sync().await;
        assert_eq!((report.linked, stage.created(&report)), (1, (0, 0)), "{cast:?} {report:#?}");
        assert_eq!(tag_changes(&stage).len(), 1, "{cast:?}");
        stage.assert_quiet().await;
        // One of the two goes: the other still wants it.
        for left in stage.policy().rules.clone() {
            stage.policy().rules = vec![left];
            stage.assert_quiet().await;
        }
        stage.edit(A, &a, Edit::Title("CFO"));
        stage.sync().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CFO"], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 53.
#[tokio::test(start_paused = true)]
async fn a_removal_is_reported_once_and_outlives_a_resync_and_a_change_elsewhere_in_the_file() {
    for cast in casts() {
        let (mut stage, _, b) = tagged(cast).await;
        stage.app(B).untag(&b, "VIP");
        stage.app(B).bump(&b);
        assert!(!is_reported(&stage), "{cast:?}");
        stage.assert_quiet().await;
        assert!(is_reported(&stage), "{cast:?}");
        let writes = stage.world.writes();
        stage.resync().await;
        stage.policy().rules.push(nobody(cast));
        stage.sync().await;
        stage.policy().guard.max_changes += 1;
        stage.sync().await;
        assert_eq!((stage.world.writes(), stage.book(B)), (writes, vec![ANN.to_owned()]), "{cast:?}");
        assert!(!is_reported(&stage), "{cast:?}: once is enough");
    }
}

/// Another rule in the words of the file, and the same person in its scope: one write takes the old tag off and puts
/// the new one on, and where the tag is the same there is none.
#[tokio::test(start_paused = true)]
async fn a_rule_that_is_written_anew_does_not_flicker() {
    for cast in casts() {
        let (mut stage, a, _) = tagged(cast).await;
        for same in ["VIP", "vip"] {
            stage.policy().rules = vec![bosses(cast, &format!("bosses anew, {same}"), same)];
            stage.assert_quiet().await;
        }
        stage.policy().rules = vec![bosses(cast, "bosses at last", "Boss")];
        let writes = stage.world.writes();
        stage.sync().await;
        assert_eq!(
            (stage.world.writes() - writes, tag_changes(&stage)),
            (1, vec!["+Boss".into(), "-VIP".into()])
        );
        stage.assert_quiet().await;
        stage.edit(A, &a, Edit::Title("CFO"));
        stage.sync().await;
        assert_eq!(stage.book(B), [ANN], "{cast:?}: out of scope, the title stays behind");
    }
}

/// A person who moves a contact into scope and out of it, again and again, is no quarrel.
#[tokio::test(start_paused = true)]
async fn coming_and_going_is_no_flapping() {
    for cast in casts() {
        let (mut stage, a, _) = tagged(cast).await;
        for _ in 0..5 {
            stage.edit(A, &a, Edit::Title("CFO"));
            let report = stage.sync().await;
            assert_eq!((stage.book(B), report.held), (vec![ANN.to_owned()], 0), "{cast:?}");
            stage.edit(A, &a, Edit::Title("CEO"));
            let report = stage.sync().await;
            assert_eq!((stage.book(B), report.held), (vec![format!("{ANN} +VIP")], 0), "{cast:?}");
        }
    }
}

/// Scenario 56: the rule goes while nobody can be reached; what it did is owed, and put back when it can be.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_reached_is_taken_back_later() {
    for cast in casts() {
        let (mut stage, _, b) = tagged(cast).await;
        stage.policy().rules = vec![nobody(cast)];
        stage.app(B).set_faults(Faults::none().with(Fault::Transient, 100));
        stage.sync().await;
        assert_eq!(stage.book(B), [format!("{ANN} +VIP")], "{cast:?}");
        stage.app(B).set_faults(Faults::none().with(Fault::Rejection, 100));
        stage.sync().await;
        assert_eq!(stage.book(B), [format!("{ANN} +VIP")], "{cast:?}");
        stage.app(B).set_faults(Faults::none());
        stage.resync().await;
        assert_eq!(stage.book(B), [ANN], "{cast:?}");

        // Nobody may see it for a while.
        let (mut stage, _, c) = tagged(cast).await;
        stage.app(B).hide(&c);
        stage.resync().await;
        stage.policy().rules = vec![nobody(cast)];
        stage.resync().await;
        stage.app(B).show(&c);
        stage.resync().await;
        assert_eq!(stage.book(B), [ANN], "{cast:?}");
        stage.assert_quiet().await;
        assert_eq!(b, c);
    }
}

/// Scenario 60: what a rule did to the counterpart of a deleted contact stays with it, and is taken back on a return
/// to a configuration without that rule.
#[tokio::test(start_paused = true)]
async fn what_is_owed_to_the_counterpart_of_a_deleted_contact_is_taken_back_on_its_return() {
    for cast in a_is_book() {
        for stays in [true, false] {
            let (mut stage, a, _) = tagged(cast).await;
            stage.app(A).delete(&a);
            stage.sync().await;
            assert_eq!(stage.book(B), [format!("{ANN} +PieSync Trash +VIP")], "{cast:?}");
            if !stays {
                stage.policy().rules = vec![nobody(cast)];
                stage.sync().await;
            }
            stage.app(A).restore(&a);
            stage.sync().await;
            let tag = if stays { " +VIP" } else { "" };
            assert_eq!(stage.book(B), [format!("{ANN}{tag}")], "{cast:?}");
            stage.assert_quiet().await;
        }
    }
}

/// Our own writes come back as no change: whatever follows from them is done in the same run, or nobody would do it
/// before the next resync.
#[tokio::test(start_paused = true)]
async fn what_follows_from_our_own_write_is_done_in_the_same_run() {
    for cast in casts() {
        let done = |key: &str| Action {
            key: format!("{key}/done").into(),
            on: cast.a_sits,
            effect: Effect::Set(field(cast.a, "title"), text("done")),
            undo: false,
        };
        // The contact leaves the scope by what the rule does: the tag is taken back, nothing is carried on.
        let mut stage = Stage::new(cast);
        let mut ends = bosses(cast, "ends", "VIP");
        ends.then.push(done("ends"));
        stage.policy().rules = vec![ends];
        stage.add(A, &ann());
        let report = stage.sync().await;
        assert_eq!(report.excluded["no_rule"], 1, "{cast:?} {report:#?}");
        let books = (stage.book(A), stage.book(B));
        assert_eq!(books.1, [ANN], "{cast:?}");
        assert_eq!(books.0, ["Ann Lee | ann@x.com | +32471234567 | done"], "{cast:?}");
        let writes = stage.world.writes();
        stage.resync().await;
        assert_eq!(stage.world.writes(), writes, "{cast:?}: a resync found something to do");

        // It stays in scope: the mapping carries on what the rule set.
        let mut stage = Stage::new(cast);
        let everybody = Rule { when: Vec::new(), then: vec![done("all")], ..nobody(cast) };
        stage.policy().rules = vec![everybody];
        stage.add(A, &ann());
        stage.sync().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | done"], "{cast:?}");
        let writes = stage.world.writes();
        stage.resync().await;
        assert_eq!(stage.world.writes(), writes, "{cast:?}: a resync found something to do");
    }
}
