//! Rules: who is in scope, and what coming and going does.

use crate::stage::{A, B, Cast, Edit, Stage, ann, casts, field, person, someone};
use crate::world::text;
use syntony::report::Status;
use syntony_core::policy::{Action, Condition, Effect, Rule, Test};

fn titled(cast: Cast, title: &str) -> Condition {
    Condition::Field(field(cast.a, "title"), Test::OneOf(vec![text(title)]))
}

fn rule(key: &str, cast: Cast, when: Vec<Condition>) -> Rule {
    Rule { key: key.into(), from: cast.a_sits, when, then: Vec::new() }
}

/// Ann is in step because she is the CEO: B gets a tag for it, which is taken back.
async fn tagged(cast: Cast) -> (Stage, syntony_core::ids::ContactId, syntony_core::ids::ContactId) {
    let mut stage = Stage::new(cast);
    let action = Action {
        key: "tag".into(),
        on: cast.a_sits.other(),
        effect: Effect::AddTag("VIP".into()),
        undo: true,
    };
    stage.policy().rules =
        vec![Rule { then: vec![action], ..rule("bosses", cast, vec![titled(cast, "CEO")]) }];
    stage.linked(&ann()).await
}

/// Scenario 47.
#[tokio::test(start_paused = true)]
async fn one_condition_of_two_selects_nobody() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        let phone = Condition::Field(field(cast.a, "phone"), Test::IsEmpty(false));
        stage.policy().rules = vec![rule("both", cast, vec![titled(cast, "CEO"), phone])];
        stage.add(A, &someone(1).title("CEO"));
        stage.add(A, &someone(2).phone("+3222222222"));
        let report = stage.assert_quiet().await;
        assert_eq!(report.excluded["no_rule"], 2, "{cast:?} {report:#?}");
        stage.add(A, &ann());
        stage.sync().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CEO"], "{cast:?}");
    }
}

/// Scenario 48.
#[tokio::test(start_paused = true)]
async fn whoever_must_exist_over_there_is_never_created_and_linked_once_there() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        stage.policy().rules = vec![rule("known", cast, vec![Condition::ExistsInOther])];
        stage.add(A, &ann());
        let report = stage.assert_quiet().await;
        assert_eq!(report.excluded["not_in_other"], 1, "{cast:?} {report:#?}");
        stage.add(B, &person("Ann", "Lee").email("ann@x.com"));
        let report = stage.sync().await;
        assert_eq!((report.linked, stage.created(&report)), (1, (0, 0)), "{cast:?} {report:#?}");
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CEO"], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenarios 49, 50 and 56.
#[tokio::test(start_paused = true)]
async fn who_leaves_the_scope_is_left_alone_and_merges_three_ways_on_return() {
    for cast in casts() {
        let (mut stage, a, b) = tagged(cast).await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CEO +VIP"], "{cast:?}");
        stage.edit(A, &a, Edit::Title("CFO"));
        let report = stage.sync().await;
        assert_eq!(report.excluded["no_rule"], 1, "{cast:?} {report:#?}");
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CEO"], "{cast:?}");
        // Out of scope both are edited, and neither edit goes anywhere.
        stage.edit(A, &a, Edit::Phone("+3222222222"));
        stage.edit(B, &b, Edit::Name("Ann", "Lee-Smith"));
        stage.assert_quiet().await;
        stage.edit(A, &a, Edit::Title("CEO"));
        let report = stage.sync().await;
        assert_eq!((report.linked, report.resolved, stage.created(&report)), (0, 0, (0, 0)), "{cast:?}");
        assert_eq!(stage.book(A), ["Ann Lee-Smith | ann@x.com | +3222222222 | CEO"], "{cast:?}");
        assert_eq!(stage.book(B), ["Ann Lee-Smith | ann@x.com | +3222222222 | CEO +VIP"], "{cast:?}");
        stage.assert_quiet().await;
        // The rule itself goes, and another selects nobody here.
        stage.policy().rules = vec![rule("others", cast, vec![titled(cast, "nobody")])];
        let report = stage.sync().await;
        assert_eq!((report.status, report.excluded["no_rule"]), (Status::Ok, 1), "{cast:?} {report:#?}");
        assert_eq!((stage.book(A).len(), stage.book(B).len()), (1, 1), "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenarios 52 and 53.
#[tokio::test(start_paused = true)]
async fn a_tag_that_a_person_took_off_or_put_on_is_theirs() {
    for cast in casts() {
        let (mut stage, a, b) = tagged(cast).await;
        stage.app(B).untag(&b, "VIP");
        stage.app(B).bump(&b);
        for _ in 0..3 {
            stage.assert_quiet().await;
        }
        stage.edit(A, &a, Edit::Phone("+3222222222"));
        stage.sync().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +3222222222 | CEO"], "{cast:?}: it came back");

        let mut stage = Stage::new(cast);
        let id = stage.add(B, &ann());
        stage.app(B).tag(&id, "VIP");
        let rules = tagged(cast).await.0.world.policy.rules;
        stage.policy().rules = rules;
        let a = stage.add(A, &ann());
        stage.sync().await;
        stage.edit(A, &a, Edit::Title("CFO"));
        stage.sync().await;
        assert_eq!(
            stage.book(B),
            ["Ann Lee | ann@x.com | +32471234567 | CEO +VIP"],
            "{cast:?}: not ours to take"
        );
    }
}

/// Scenario 55.
#[tokio::test(start_paused = true)]
async fn a_rule_that_makes_its_own_condition_false_comes_to_an_end() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        let effect = Effect::Set(field(cast.a, "title"), text("done"));
        let action = Action { key: "done".into(), on: cast.a_sits, effect, undo: false };
        let selects = rule("new", cast, vec![titled(cast, "CEO")]);
        stage.policy().rules = vec![Rule { then: vec![action], ..selects }];
        let a = stage.add(A, &ann());
        for _ in 0..3 {
            stage.sync().await;
        }
        let writes = stage.world.writes();
        for _ in 0..3 {
            // Looked at again and again, it is out of scope, and stays there.
            let report = stage.resync().await;
            assert_eq!(report.excluded["no_rule"], 1, "{cast:?} {report:#?}");
        }
        assert_eq!(stage.world.writes(), writes, "{cast:?}");
        assert_eq!(stage.book(A), ["Ann Lee | ann@x.com | +32471234567 | done"], "{cast:?}");
        // A person puts it back into scope: once more, and not for ever.
        stage.edit(A, &a, Edit::Title("CEO"));
        for _ in 0..3 {
            stage.sync().await;
        }
        assert_eq!(stage.book(A), ["Ann Lee | ann@x.com | +32471234567 | done"], "{cast:?}");
        stage.assert_quiet().await;
    }
}
