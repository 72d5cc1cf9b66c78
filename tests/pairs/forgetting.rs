//! Somebody who asked to be forgotten: nothing of them is kept, and nobody brings them back.

use crate::hand::{What, Who};
use crate::rig::{Rig, counts};
use crate::table::{once_turned, scenario};
use syntony::run::{Mode, Permission};
use syntony_core::side::Side;

const EMAIL: &str = "mina@x.example";
const NAME: &str = "Wilhelmina Harker";

/// Whether a text is anywhere in the folder of the configuration, the state and the secrets.
fn is_stored(rig: &Rig, text: &str) -> bool {
    let files = std::fs::read_dir(rig.folder()).unwrap();
    let mut files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    files.any(|path| std::fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()))
}

scenario!(
    /// Scenario 68: by another spelling, an edit, or a complete listing.
    a_forgotten_person_is_erased_and_comes_back_in_no_spelling, once_turned, |rig| {
        let mina = rig.apps.left.add(Who { email: EMAIL, name: NAME, phone: "+32 471 23 45 67" });
        let bob = rig.apps.left.add(Who { email: "bob@x.example", name: "Bob Roe", phone: "" });
        rig.settle().await;
        rig.end();
        assert!(is_stored(&rig, "Wilhelmina"));
        let forgotten = rig.command(&["forget", "MINA@x.example"]).await;
        assert_eq!(forgotten["forgotten"]["contacts"], 2, "{forgotten:#}");
        for text in ["Wilhelmina", EMAIL] {
            assert!(!is_stored(&rig, text), "{text} is left");
        }
        // The right one grants the wish as well, the left one does not know of it.
        rig.apps.right.delete(&rig.one(Side::Right, EMAIL));
        rig.apps.left.edit(&mina, What::Email, "MINA@X.EXAMPLE");
        rig.apps.left.edit(&mina, What::Phone, "+32 2 999 99 99");
        rig.apps.left.edit(&bob, What::Phone, "+32 2 111 11 11");
        for mode in [Mode::Sync, Mode::Resync, Mode::Sync] {
            let report = rig.run(mode, Permission::Guarded).await;
            assert_eq!(counts(&report.connections[0], Side::Right).created, 0, "{report:#?}");
        }
        assert!(rig.apps.right.with_email(EMAIL).is_empty());
        let theirs = rig.one(Side::Right, "bob@x.example");
        assert!(rig.apps.right.holds(&theirs, What::Phone, "111"), "nobody else is touched");
        rig.end();
        for text in ["Wilhelmina", EMAIL, "MINA@X.EXAMPLE"] {
            assert!(!is_stored(&rig, text), "{text} is back");
        }
    }
);
