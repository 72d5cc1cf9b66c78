//! A linked contact whose counterpart is gone: tag it once, keep it, never create the other again.

use super::draft::{Draft, TagChange};
use super::situation::News;
use super::{Exclusion, Note, PairPlan, actions};
use crate::op::Because;
use crate::pair::LinkStatus;
use crate::record::{Evidence, Record};
use crate::rules::{self, Counterpart, Subject};
use crate::side::{Side, Sides};

pub(super) fn plan(
    mut draft: Draft<'_>,
    gone: Side,
    evidence: &Evidence,
    survivor: &Record,
    news: News,
) -> PairPlan {
    let left_over = gone.other();
    if news == News::Known {
        return draft.excluded(Exclusion::CounterpartDeleted);
    }
    draft.status = Some(LinkStatus::Trashed(gone));
    match evidence {
        // A merge is no deletion: the survivor has another counterpart, or the link would have followed.
        Evidence::MergedInto(_) => {
            draft.notes.push(Note::MergeCounterpart(left_over));
            return draft.excluded(Exclusion::MergeCounterpart);
        }
        Evidence::Tombstone | Evidence::AbsentAndReadGone => {}
    }
    if edited(&draft, left_over, survivor) {
        draft.notes.push(Note::DeletedButEdited(gone));
        return draft.excluded(Exclusion::CounterpartDeleted);
    }
    tag(&mut draft, gone);
    let subject = Subject { record: None, counterpart: Counterpart::Present, deleted: true };
    let selecting = rules::selecting(draft.policy, gone, subject);
    actions::run(&mut draft, &selecting);
    draft.excluded(Exclusion::CounterpartDeleted)
}

/// Puts the deletion tag on the one that is left, if the connection asks for it.
fn tag(draft: &mut Draft<'_>, gone: Side) {
    let target = gone.other();
    let Some(mark) = draft.policy.deletions.as_ref().filter(|mark| mark.from == gone) else { return };
    if !draft.may_tag(target) {
        draft.notes.push(Note::NoTagThere(target, mark.tag.clone()));
        return;
    }
    if draft.has_tag(target, &mark.tag) == Some(true) {
        // It was there before us, so it is not ours to take off later.
        return;
    }
    // Tags that were not observed: it counts as ours (see `Marks`).
    draft.tag(target, mark.tag.clone(), TagChange::On, Because::Deleted);
    draft.marks[target].deleted = Some(mark.tag.clone());
    draft.tally.deletion_tags += 1;
}

/// Whether the one that is left was edited since both were in step.
fn edited(draft: &Draft<'_>, side: Side, record: &Record) -> bool {
    draft.policy.mappings.iter().any(|mapping| {
        let Some(base) = draft.pair.base.get(&mapping.key) else { return false };
        let mut now = Sides::new(Some(&base.left), Some(&base.right));
        now[side] = Some(&record.fields);
        let views = mapping.lens.views(now, Some(base));
        let (Some(view), Some(base)) = (&views.now[side], &views.base) else { return false };
        view.iter().any(|(part, atom)| base.get(part).is_some_and(|base| !atom.same(base)))
    })
}
