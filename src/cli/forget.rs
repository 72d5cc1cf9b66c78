//! `forget EMAIL`: erases everything stored about a person; a salted hash keeps a later run from bringing them
//! back.
//!
//! It asks no app and deletes nothing there. It takes the run lock, so that no run learns of the person while
//! they are being forgotten.

use super::args::ForgetArgs;
use super::state::stopped;
use super::{CliError, Exit, Globals};
use crate::output::{self, counted};
use chrono::Utc;
use serde_json::json;
use syntony_mappings::normalise::email;
use syntony_state::{Forgotten, RunLock, Store};

pub(super) fn run(args: &ForgetArgs, globals: &Globals) -> Result<Exit, CliError> {
    let config = globals.load_config()?;
    let Some(mailbox) = email::key(&args.email) else {
        return Err(CliError::usage(
            "this is no e-mail address",
            "for example `syntony forget ann@example.com`",
        ));
    };
    let _lock = RunLock::acquire(&config.state, "syntony forget").map_err(stopped)?;
    // Also where nothing ever ran: whoever is forgotten beforehand is never learned.
    let mut store = Store::open(&config.state).map_err(stopped)?;
    let forgotten = store.forget(&mailbox, Utc::now().timestamp_millis()).map_err(stopped)?;
    if globals.json {
        output::print_json(&json!({
            "forgotten": { "contacts": forgotten.contacts, "links": forgotten.links, "writes": forgotten.writes },
        }))?;
    } else {
        let erased = if forgotten == Forgotten::default() {
            "Nothing was known of this person.".to_owned()
        } else {
            format!(
                "Erased: {}, {}, {} of the history.",
                counted(forgotten.contacts, "contact", "contacts"),
                counted(forgotten.links, "link", "links"),
                counted(forgotten.writes, "write", "writes"),
            )
        };
        output::print(&format!(
            "{erased} A salted hash keeps later runs from bringing them in.\n\
             The apps themselves are as they were: delete the person there as well. Backups of the state, and \
             files of `plan --out` and `export`, are yours to delete.\n",
        ))?;
    }
    Ok(Exit::Done)
}
