//! What the planner notes once, told once: in the log, by app and id, with the command that says more.
//!
//! Never a value of a contact.

use super::Context;
use syntony_core::plan::{Note, PairPlan};
use syntony_core::side::Side;

/// Says in the log what a person should know of the pair; the planner notes it once.
pub(super) fn tell(context: &Context<'_>, plan: &PairPlan) {
    let connection = &context.policy.connection;
    for note in &plan.notes {
        let (side, what) = match note {
            Note::DeletedButEdited(gone) => {
                (gone.other(), "its counterpart was deleted, and it was edited: the edit stays".to_owned())
            }
            Note::ActionReversed(action) => {
                let side = context.policy.action(action).map_or(Side::Left, |action| action.on);
                (side, format!("a person reversed what `{action}` did: it is not done again"))
            }
            Note::NoTagThere(side, tag) => (*side, format!("it cannot have the tag {:?}", tag.as_str())),
            Note::MergeCounterpart(_) | Note::Restored(_) => continue,
        };
        let (app, contact) = (&context.apps[side].name, super::contact(plan, side));
        tracing::warn!(%connection, %app, %contact, "{what}; `syntony explain {app}:{contact}` says more");
    }
}
