//! Looks at whom webhooks pointed at, before anything is planned.
//!
//! A letter of the inbox is a place to look, so what is learned comes from the app, by id or by address, and passes the same
//! door as every other observation. A letter goes once what was read is stored: a run that is cut off in between looks
//! again, which does no harm. Whoever cannot be reached is tried in a few more runs, then given up.

use super::{Run, Stop, discover, pull};
use syntony_core::ids::{ContactId, EmailKey};
use syntony_core::side::Side;
use syntony_state::{Letter, LetterNo, OptOut, Whom};

/// Letters looked at between two looks at the stop flag.
const CHUNK_LETTERS: usize = 200;

/// Answers every letter of one app that waits now.
pub(super) async fn answer(run: &Run<'_>, side: Side) -> Result<(), Stop> {
    let app = &run.apps[side].name;
    let mut after = None;
    // Letters that come meanwhile have higher numbers, and each number is passed once; the inbox itself has a limit.
    loop {
        run.stop.check()?;
        let letters = run.db.with(|store| store.letters(app, after, CHUNK_LETTERS))?;
        let Some(last) = letters.last() else { return Ok(()) };
        after = Some(last.no);
        let unreached = look(run, side, &letters).await?;
        let (unanswered, answered): (Vec<LetterNo>, Vec<LetterNo>) =
            letters.iter().map(|letter| letter.no).partition(|no| unreached.contains(no));
        let given_up = run.db.with(|store| {
            store.letters_answered(&answered)?;
            store.letters_unanswered(&unanswered)
        })?;
        if given_up > 0 {
            tracing::warn!(%app, given_up, "webhooks pointed at contacts that the app does not show; they are given up");
        }
    }
}

/// Reads whom the letters name. Says which of them could not be reached.
async fn look(run: &Run<'_>, side: Side, letters: &[Letter]) -> Result<Vec<LetterNo>, Stop> {
    let mut ids: Vec<(LetterNo, ContactId)> = Vec::new();
    let mut addresses = Vec::new();
    let mut opted_out = Vec::new();
    for letter in letters {
        match (&letter.tip.whom, &letter.tip.opted_out) {
            (Whom::Contact(id), _) => ids.push((letter.no, id.clone())),
            (Whom::Address { address, .. }, None) => addresses.push(address.clone()),
            (Whom::Address { address, key }, Some(opt_out)) => {
                addresses.push(address.clone());
                opted_out.push((letter.no, key.clone(), opt_out.clone()));
            }
        }
    }
    let wanted: Vec<ContactId> = ids.iter().map(|(_, id)| id.clone()).collect();
    let missing = pull::fetch(run, side, &wanted, pull::Absence::Unproven).await?;
    let mut unreached: Vec<LetterNo> =
        ids.iter().filter(|(_, id)| missing.contains(id)).map(|(no, _)| *no).collect();
    // Whoever is not found by an address is not there: the next reading of the app's feed says what became of them.
    discover::find(run, side, &addresses).await?;
    for (no, key, opt_out) in opted_out {
        if !note_opt_out(run, side, &key, &opt_out).await? {
            unreached.push(no);
        }
    }
    Ok(unreached)
}

/// Notes that everybody who holds an address opted out, and looks at them again. Says whether there was anybody.
async fn note_opt_out(run: &Run<'_>, side: Side, key: &EmailKey, opt_out: &OptOut) -> Result<bool, Stop> {
    let app = &run.apps[side].name;
    let holders: Vec<ContactId> = run.db.with(|store| {
        let known = store.contacts_by_keys(app, std::slice::from_ref(key))?;
        let ids: Vec<ContactId> = known.into_iter().map(|contact| contact.id).collect();
        store.note_opt_out(app, &ids, opt_out).map(|()| ids)
    })?;
    pull::fetch(run, side, &holders, pull::Absence::Unproven).await?;
    Ok(!holders.is_empty())
}
