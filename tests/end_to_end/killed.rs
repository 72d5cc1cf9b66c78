//! SIGKILL at many moments: started again, the end is that of a run that was left alone.

use crate::rig::Rig;
use std::time::Duration;

/// Moments at which the first sync is killed, in milliseconds after its start.
const KILL_AFTER_MS: [u64; 12] = [5, 20, 40, 60, 80, 110, 140, 180, 230, 300, 400, 550];

/// Scenarios 8 and 83.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sync_ends_like_an_undisturbed_one() {
    let calm = Rig::new(150, "").await;
    assert!(calm.run(&["sync"]).await.code <= 1);
    for after_ms in KILL_AFTER_MS {
        let rig = Rig::new(150, "").await;
        let mut child = rig.spawn(&["sync"]);
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let again = rig.run(&["sync"]).await;
        assert!(again.code <= 1, "killed after {after_ms} ms: {} {:#}", again.stderr, again.json);
        assert_eq!(rig.books(), calm.books(), "killed after {after_ms} ms");
        let quiet = rig.run(&["sync"]).await;
        for app in ["chat", "google"] {
            let counts = &quiet.json["connections"][0]["apps"][app];
            assert_eq!(
                (&counts["created"], &counts["updated"]),
                (&0.into(), &0.into()),
                "killed after {after_ms} ms"
            );
        }
    }
}

/// One killed again and again: each start goes on where the last one was.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_killed_over_and_over_still_gets_there() {
    let calm = Rig::new(150, "").await;
    calm.run(&["sync"]).await;
    let rig = Rig::new(150, "").await;
    for after_ms in KILL_AFTER_MS {
        let mut child = rig.spawn(&["sync"]);
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let end = rig.run(&["sync"]).await;
    assert!(end.code <= 1, "{} {:#}", end.stderr, end.json);
    assert_eq!(rig.books(), calm.books());
}
