//! The daemon as it is run: by signals, beside commands, and over HTTP.

use crate::rig::{Rig, ran, syntony};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A daemon at work, which ends with its test.
struct Running {
    child: Child,
    address: String,
    said: Arc<Mutex<String>>,
    listens: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts it on a free port, and waits until it answers.
    fn start(rig: &Rig) -> Self {
        let mut command = syntony(rig.folder.path());
        command.args(["-v", "daemon"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.rsplit("http://").next().unwrap().split('/').next().unwrap().to_owned();
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, all) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&said));
        let listens = std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                all.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Self { child, address, said, listens: Some(listens) }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Its exit status, and everything that it said on standard error.
    async fn ended(mut self) -> (i32, String) {
        let begun = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code().unwrap_or(-1);
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            tokio::time::sleep(LOOK_EVERY).await;
        };
        self.listens.take().unwrap().join().unwrap();
        (code, self.said())
    }

    /// What it said on standard error so far.
    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    async fn get(&self, path: &str) -> u16 {
        let answer = reqwest::get(format!("http://{}{path}", self.address)).await.unwrap();
        answer.status().as_u16()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A rig whose daemon listens on a free port, and whose connection has a schedule.
async fn rig(contacts: usize, schedule: &str) -> Rig {
    let rig = Rig::new(contacts, "").await;
    configure(&rig, &format!("schedule = \"{schedule}\""));
    rig
}

fn configure(rig: &Rig, more: &str) {
    rig.write_config(more);
    let text = std::fs::read_to_string(rig.path("syntony.toml")).unwrap();
    std::fs::write(rig.path("syntony.toml"), format!("[daemon]\nlisten = \"127.0.0.1:0\"\n{text}")).unwrap();
}

/// Runs that got through, as `runs` tells them.
async fn runs(rig: &Rig) -> Vec<Value> {
    let answer = rig.run(&["runs"]).await.json;
    answer["runs"].as_array().unwrap().iter().filter(|run| run["ended"].is_string()).cloned().collect()
}

async fn until<F: AsyncFnMut() -> bool>(what: &str, mut holds: F) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_syncs_what_never_ran_and_ends_with_0_when_it_is_told_to() {
    let rig = rig(20, "0 0 0 1 1 *").await;
    let daemon = Running::start(&rig);
    assert_eq!(daemon.get("/healthz").await, 200);
    assert_eq!(daemon.get("/readyz").await, 200);
    until("the first run", async || runs(&rig).await.len() == 1).await;
    let status = rig.run(&["status"]).await.json;
    assert!(status["connections"][0]["next_run"].as_str().unwrap().contains("-01-01T00:00:00"), "{status:#}");
    assert!(status["connections"][0]["in_sync"].as_u64().unwrap() > 0, "{status:#}");
    daemon.signal("TERM");
    let (code, said) = daemon.ended().await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(runs(&rig).await.len(), 1, "nothing was missed, nothing runs twice");
    let again = Running::start(&rig);
    assert_eq!(again.get("/readyz").await, 200);
    again.signal("INT");
    assert_eq!(again.ended().await.0, 0);
    assert_eq!(runs(&rig).await.len(), 1, "a start is no tick");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_is_refused_and_commands_work_between_runs() {
    let rig = rig(5, "0 0 0 1 1 *").await;
    let daemon = Running::start(&rig);
    until("the first run", async || runs(&rig).await.len() == 1).await;
    let mut second = syntony(rig.folder.path());
    second.args(["--json", "daemon"]);
    let second = ran(&tokio::task::spawn_blocking(move || second.output().unwrap()).await.unwrap());
    assert_eq!(second.code, 3, "{}", second.stderr);
    assert!(second.stderr.contains("syntony daemon"), "{}", second.stderr);
    until("a command's turn", async || rig.run(&["sync"]).await.code <= 1).await;
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_refused_with_its_line_and_a_sound_one_taken() {
    let rig = rig(5, "0 0 0 1 1 *").await;
    let daemon = Running::start(&rig);
    until("the first run", async || runs(&rig).await.len() == 1).await;
    configure(&rig, "schedule = \"never\"");
    daemon.signal("HUP");
    until("a refusal", async || daemon.said().contains("the former one holds")).await;
    assert_eq!(daemon.get("/healthz").await, 200);
    configure(&rig, "schedule = \"* * * * * *\"");
    daemon.signal("HUP");
    until("ticks of the new schedule", async || runs(&rig).await.len() >= 3).await;
    daemon.signal("TERM");
    let (code, said) = daemon.ended().await;
    assert_eq!(code, 0, "{said}");
    let text = std::fs::read_to_string(rig.path("syntony.toml")).unwrap();
    let line = 1 + text.lines().position(|line| line.starts_with("schedule")).unwrap();
    assert!(said.contains(&format!("line={line}")), "{said}");
}

/// Asked to end in the middle of its first run, and started again: nobody is there twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_middle_of_a_run_loses_nothing() {
    let calm = rig(150, "0 0 0 1 1 *").await;
    assert!(calm.run(&["sync"]).await.code <= 1);
    let rig = rig(150, "0 0 0 1 1 *").await;
    for after_ms in [30, 120, 250] {
        let daemon = Running::start(&rig);
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        daemon.signal("TERM");
        let (code, said) = daemon.ended().await;
        assert_eq!(code, 0, "{said}");
    }
    let end = rig.run(&["sync"]).await;
    assert!(end.code <= 1, "{} {:#}", end.stderr, end.json);
    assert_eq!(rig.books(), calm.books());
}
