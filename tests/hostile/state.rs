//! A state database that is not what it was: the program says so and leaves it alone, or it works.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests and their helpers

use crate::program::{Ended, run};
use crate::rig::Rig;
use std::path::Path;

/// Copies in which some bytes are turned over.
const FLIPPED_COPIES: u64 = 24;
/// The most bytes that are turned over in one of them.
const MAX_FLIPPED_BYTES: usize = 12;
/// Where SQLite's header ends, in bytes; damage within it is tried on its own.
const HEADER_BYTES: usize = 100;

const DATABASE: &str = "syntony.db";

/// A database that two runs have filled, in one file.
async fn good(rig: &Rig) -> Vec<u8> {
    for _ in 0..2 {
        let ended = run(rig.folder.path(), &["sync"], &[]).await;
        assert!(ended.code <= Some(1), "{ended:?}");
    }
    assert!(!rig.path("syntony.db-wal").exists(), "the log is part of the state");
    std::fs::read(rig.path(DATABASE)).unwrap()
}

/// Puts `bytes` in the place of the state and runs everything that reads it.
async fn check(rig: &Rig, bytes: &[u8], what: &str) -> Vec<i32> {
    let mut codes = Vec::new();
    for words in [&["status"][..], &["runs"], &["plan"], &["sync"]] {
        put(rig.folder.path(), bytes);
        let ended = run(rig.folder.path(), words, &[]).await;
        let code = ended.code.unwrap_or(-1);
        let is_untouched = std::fs::read(rig.path(DATABASE)).unwrap() == bytes;
        check_end(&ended, code, is_untouched, &format!("{what} {words:?}"));
        codes.push(code);
    }
    codes
}

fn check_end(ended: &Ended, code: i32, is_untouched: bool, what: &str) {
    assert!([0, 1, 2, 3].contains(&code), "{what}: {ended:?}");
    let said = format!("{}{}", ended.stdout, ended.stderr);
    if code == 3 {
        assert!(
            said.contains("state database") || said.contains("database of another program"),
            "{what}: {ended:?}"
        );
        assert!(!said.contains("please report this"), "{what}: damage is no mistake of ours: {ended:?}");
    }
    if said.contains("it is left as it was") || said.contains("nothing was written to it") {
        assert_eq!(code, 3, "{what}: {ended:?}");
        assert!(is_untouched, "{what}: it says that the file was left alone, and it was not: {ended:?}");
    }
}

fn put(folder: &Path, bytes: &[u8]) {
    for name in ["syntony.db-wal", "syntony.db-shm"] {
        let _ = std::fs::remove_file(folder.join(name));
    }
    std::fs::write(folder.join(DATABASE), bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn turned_over_bytes_never_make_the_program_panic() {
    let rig = Rig::new(15, "").await;
    let good = good(&rig).await;
    let mut refused = 0;
    for seed in 0..FLIPPED_COPIES {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut bytes = good.clone();
        for _ in 0..rng.usize(1..=MAX_FLIPPED_BYTES) {
            let at = rng.usize(HEADER_BYTES..bytes.len());
            bytes[at] ^= rng.u8(1..);
        }
        refused +=
            check(&rig, &bytes, &format!("seed {seed}")).await.iter().filter(|code| **code == 3).count();
    }
    assert!(refused > 0, "no damage was ever noticed");
}

/// Damage that SQLite cannot see: the texts inside are not what this program writes.
#[tokio::test(flavor = "multi_thread")]
async fn texts_that_cannot_be_read_back_are_named_and_not_quoted() {
    let rig = Rig::new(15, "").await;
    let good = good(&rig).await;
    for seed in 0..FLIPPED_COPIES / 4 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut bytes = good.clone();
        // Every brace of some page is one no longer.
        let braces: Vec<usize> =
            (HEADER_BYTES..bytes.len()).filter(|at| matches!(bytes[*at], b'{' | b'}')).collect();
        let from = rng.usize(0..braces.len());
        for at in braces.iter().skip(from).take(60) {
            bytes[*at] = b'#';
        }
        check(&rig, &bytes, &format!("seed {seed}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_or_foreign_file_is_left_as_it_was() {
    let rig = Rig::new(15, "").await;
    let good = good(&rig).await;
    let half_a_page = good.len() - 2_048;
    let mut files: Vec<(String, Vec<u8>)> =
        [1, 15, 16, 99, 100, 101, 4_096, 4_097, good.len() / 2, half_a_page]
            .into_iter()
            .map(|length| (format!("the first {length} bytes"), good[..length].to_vec()))
            .collect();
    let mut rng = fastrand::Rng::with_seed(1);
    files.push(("noise".to_owned(), (0..10_000).map(|_| rng.u8(..)).collect()));
    for at in [0, 16, 18, 19, 28, 56, 60, 68] {
        let mut bytes = good.clone();
        bytes[at] ^= 0x7F;
        files.push((format!("byte {at} of the header"), bytes));
    }
    for (what, bytes) in files {
        for words in [["status"], ["sync"]] {
            put(rig.folder.path(), &bytes);
            let ended = run(rig.folder.path(), &words, &[]).await;
            let now = std::fs::read(rig.path(DATABASE)).unwrap();
            check_end(&ended, ended.code.unwrap_or(-1), now == bytes, &format!("{what} {words:?}"));
            if what.starts_with("the first") || what == "noise" {
                // A look at the state reads no more of it than it shows.
                let may_work = words == ["status"] && ended.code == Some(0);
                assert!(may_work || ended.code == Some(3), "{what} {words:?}: {ended:?}");
                assert!(now == bytes, "{what} {words:?}: the file was touched");
            }
        }
    }
}
