//! An audience: its members, their tags and fields, and what follows from a change.
//!
//! The invariants: no two members have the same address, in whatever case; each change of a member moves
//! `last_changed`, goes to the [`Listing`], and is told to the [`Hooks`]; who was deleted for good leaves
//! nothing behind but the hash of the address, and comes back by the person's own hand alone.

use super::hooks::{self, Hooks};
use super::listing::Listing;
use super::member::{ContactId, Hash, Member, MergeId, Profile, Seconds, Source, TagId, looks_real};
use super::merge::{MergeFields, Strictness};
use super::problem::Problem;
use super::settings::Settings;
use super::standing::{Standing, Status};
use super::tags::Tags;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// How long an address that signs up everywhere is refused, in milliseconds: a day.
const CROWDED_MS: i64 = 24 * 3600 * 1000;

/// What a call has to know of the moment it comes in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// Milliseconds since 1970.
    pub(super) ms: i64,
    /// How much later listings learn of it.
    pub(super) lag_ms: u64,
    /// Whether values are reshaped beyond what is documented.
    pub(super) reshape: bool,
}

impl Now {
    pub(super) fn seconds(&self) -> Seconds {
        self.ms.div_euclid(1000)
    }
}

/// What is to be written of a member; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub(super) struct Edit {
    pub(super) email: Option<String>,
    pub(super) status: Option<Status>,
    pub(super) merge: Map<String, Json>,
    pub(super) profile: ProfileEdit,
    pub(super) signed_up: Option<Seconds>,
    pub(super) opted_in: Option<Seconds>,
    /// Whether required fields may stay empty.
    pub(super) skip_required: bool,
}

/// What is to be written of a profile.
#[derive(Clone, Debug, Default)]
pub(super) struct ProfileEdit {
    pub(super) email_type: Option<super::member::EmailType>,
    pub(super) language: Option<String>,
    pub(super) vip: Option<bool>,
    pub(super) ip_signup: Option<String>,
    pub(super) ip_opt: Option<String>,
    pub(super) location: Option<(f64, f64)>,
}

impl ProfileEdit {
    fn apply(&self, profile: &mut Profile) {
        fn set<T: Clone>(place: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                *place = value.clone();
            }
        }
        set(&mut profile.email_type, self.email_type.as_ref());
        set(&mut profile.language, self.language.as_ref());
        set(&mut profile.vip, self.vip.as_ref());
        set(&mut profile.ip_signup, self.ip_signup.as_ref());
        set(&mut profile.ip_opt, self.ip_opt.as_ref());
        if let Some((latitude, longitude)) = self.location {
            (profile.latitude, profile.longitude) = (latitude, longitude);
        }
    }
}

/// An audience.
#[derive(Debug)]
pub(super) struct Audience {
    pub(super) id: String,
    pub(super) web_id: u64,
    pub(super) created: Seconds,
    pub(super) fields: MergeFields,
    pub(super) tags: Tags,
    pub(super) listing: Listing,
    pub(super) hooks: Hooks,
    members: BTreeMap<ContactId, Arc<Member>>,
    by_hash: HashMap<Hash, ContactId>,
    forgotten: HashSet<Hash>,
    crowded: HashMap<Hash, i64>,
    random: fastrand::Rng,
    last_web_id: u64,
}

impl Audience {
    pub(super) fn new(seed: u64, now_ms: i64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ 0x6368_696d_7070);
        Self {
            id: format!("{:010x}", random.u64(1 << 36..1 << 40)),
            web_id: 417_001,
            created: now_ms.div_euclid(1000),
            fields: MergeFields::new(),
            tags: Tags::new(),
            listing: Listing::default(),
            hooks: Hooks::default(),
            members: BTreeMap::new(),
            by_hash: HashMap::new(),
            forgotten: HashSet::new(),
            crowded: HashMap::new(),
            random,
            last_web_id: 417_000_000,
        }
    }

    /// The member of this name: the hash or the address itself, in whatever case, or the contact id.
    pub(super) fn find(&self, name: &str) -> Option<&Arc<Member>> {
        let by_hash = self.by_hash.get(&Hash(name.to_lowercase()));
        let by_email = || self.by_hash.get(&Hash::of(name)).filter(|_| name.contains('@'));
        let id = by_hash.or_else(by_email);
        id.and_then(|id| self.members.get(id)).or_else(|| self.members.get(&ContactId(Arc::from(name))))
    }

    pub(super) fn get(&self, name: &str) -> Result<Arc<Member>, Problem> {
        self.find(name).cloned().ok_or_else(Problem::not_found)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.values()
    }

    /// How many were deleted for good.
    pub(super) fn forgotten(&self) -> usize {
        self.forgotten.len()
    }

    /// Somebody new. `tags` are names.
    pub(super) fn create(
        &mut self,
        edit: &Edit,
        status: Status,
        tags: &[String],
        source: Source,
        settings: &Settings,
        now: &Now,
    ) -> Result<Arc<Member>, Problem> {
        let email = self.new_address(edit.email.as_deref().unwrap_or_default(), None, now)?;
        let merge = self.fields.merged(&BTreeMap::new(), &edit.merge, strictness(edit, true, now))?;
        tags.iter().try_for_each(|tag| Tags::check_name(tag))?;
        let mut profile = Profile::default();
        edit.profile.apply(&mut profile);
        self.last_web_id += 1;
        let at = now.seconds();
        let mut member = Member {
            contact_id: self.free_id(),
            web_id: self.last_web_id,
            email,
            standing: Standing::new(status),
            merge,
            tags: BTreeMap::new(),
            profile,
            signed_up: edit.signed_up,
            opted_in: edit.opted_in.or((status == Status::Subscribed).then_some(at)),
            left: (status == Status::Unsubscribed).then_some(at),
            reason: None,
            source: told_source(source, settings),
            changed: at,
        };
        for tag in tags {
            member.tags.insert(self.tags.ensure(tag, at)?, at);
        }
        Ok(self.store(None, member, source, now))
    }

    /// Changes a member.
    pub(super) fn update(
        &mut self,
        old: &Arc<Member>,
        edit: &Edit,
        source: Source,
        settings: &Settings,
        now: &Now,
    ) -> Result<Arc<Member>, Problem> {
        let mut member = (**old).clone();
        if let Some(email) = &edit.email
            && *email != old.email
        {
            member.email = self.new_address(email, Some(old), now)?;
        }
        let whole = settings.rechecks_whole_member;
        member.merge = self.fields.merged(&old.merge, &edit.merge, strictness(edit, whole, now))?;
        if let Some(wanted) = edit.status {
            let revives = !matches!(old.status(), Status::Subscribed | Status::Pending);
            if revives && matches!(wanted, Status::Subscribed | Status::Pending) {
                self.not_crowded(&member.email, now)?;
            }
            let standing = old.standing.set(wanted).map_err(|_| Problem::compliance(&member.email))?;
            stand(&mut member, standing, None, now);
        }
        edit.profile.apply(&mut member.profile);
        member.signed_up = edit.signed_up.or(member.signed_up);
        member.opted_in = edit.opted_in.or(member.opted_in);
        if member.same_content(old) && !settings.idle_writes_touch {
            return Ok(Arc::clone(old));
        }
        Ok(self.store(Some(old), member, source, now))
    }

    /// Gives a member another standing; nothing is checked.
    pub(super) fn place(
        &mut self,
        old: &Arc<Member>,
        standing: Standing,
        reason: Option<&str>,
        source: Source,
        now: &Now,
    ) -> Arc<Member> {
        let mut member = (**old).clone();
        stand(&mut member, standing, reason, now);
        self.store(Some(old), member, source, now)
    }

    /// Puts tags on and takes them off, by number.
    pub(super) fn retag(&mut self, old: &Arc<Member>, on: &[TagId], off: &[TagId], now: &Now) -> Arc<Member> {
        let mut member = (**old).clone();
        for id in on {
            member.tags.entry(*id).or_insert_with(|| now.seconds());
        }
        member.tags.retain(|id, _| !off.contains(id));
        if member.tags == old.tags {
            return Arc::clone(old);
        }
        self.store(Some(old), member, Source::Api, now)
    }

    /// Stores values that nobody examined, as imports and old screens did; `None` empties a field.
    pub(super) fn put_raw(
        &mut self,
        old: &Arc<Member>,
        values: impl IntoIterator<Item = (MergeId, Option<Json>)>,
        now: &Now,
    ) -> Arc<Member> {
        let mut member = (**old).clone();
        for (field, value) in values {
            match value {
                Some(value) => drop(member.merge.insert(field, value)),
                None => drop(member.merge.remove(&field)),
            }
        }
        self.store(Some(old), member, Source::Admin, now)
    }

    /// Deletes a member for good: the address cannot be imported again.
    pub(super) fn forget(&mut self, old: &Arc<Member>, source: Source, now: &Now) {
        self.members.remove(&old.contact_id);
        self.by_hash.remove(&old.hash());
        self.tags.recount(old.tags.keys(), std::iter::empty());
        self.forgotten.insert(old.hash());
        self.listing.publish(due_ms(now), old.contact_id.clone(), None);
        self.hooks.tell(&hooks::deleted(old), old, &self.fields, source, &self.id, now.ms);
    }

    /// A forgotten person came back by the form.
    pub(super) fn remember(&mut self, email: &str) {
        self.forgotten.remove(&Hash::of(email));
    }

    /// This address signed up at very many audiences.
    pub(super) fn crowd(&mut self, email: &str, now: &Now) {
        self.crowded.insert(Hash::of(email), now.ms.saturating_add(CROWDED_MS));
    }

    /// A static segment goes, and the tag that it is with it.
    pub(super) fn drop_tag(&mut self, id: TagId, now: &Now) {
        let tagged: Vec<Arc<Member>> =
            self.members.values().filter(|member| member.tags.contains_key(&id)).cloned().collect();
        for member in tagged {
            self.retag(&member, &[], &[id], now);
        }
        self.tags.remove(id);
    }

    /// An address that a member may take. `holder` has another one now.
    fn new_address(&self, email: &str, holder: Option<&Member>, now: &Now) -> Result<String, Problem> {
        let email = email.trim();
        if !looks_real(email) {
            return Err(Problem::fake_email(email));
        }
        let hash = Hash::of(email);
        let taken = self.by_hash.get(&hash);
        if taken.is_some_and(|id| holder.is_none_or(|holder| holder.contact_id != *id)) {
            return Err(Problem::member_exists(email));
        }
        if self.forgotten.contains(&hash) {
            return Err(Problem::forgotten(email));
        }
        if holder.is_none() {
            self.not_crowded(email, now)?;
        }
        Ok(if now.reshape { email.to_lowercase() } else { email.to_owned() })
    }

    fn not_crowded(&self, email: &str, now: &Now) -> Result<(), Problem> {
        let until_ms = self.crowded.get(&Hash::of(email));
        if until_ms.is_some_and(|until_ms| now.ms < *until_ms) {
            return Err(Problem::too_many_sign_ups(email));
        }
        Ok(())
    }

    /// Makes a checked change true, and tells whoever has to know.
    fn store(
        &mut self,
        old: Option<&Arc<Member>>,
        mut member: Member,
        source: Source,
        now: &Now,
    ) -> Arc<Member> {
        member.changed = now.seconds();
        let member = Arc::new(member);
        let id = member.contact_id.clone();
        if let Some(old) = old {
            self.by_hash.remove(&old.hash());
            self.tags.recount(old.tags.keys(), member.tags.keys());
        } else {
            self.tags.recount(std::iter::empty(), member.tags.keys());
        }
        self.by_hash.insert(member.hash(), id.clone());
        self.members.insert(id.clone(), Arc::clone(&member));
        self.listing.publish(due_ms(now), id, Some(Arc::clone(&member)));
        let happenings = hooks::happenings(old.map(|old| &**old), &member);
        self.hooks.tell(&happenings, &member, &self.fields, source, &self.id, now.ms);
        member
    }

    /// A number that no member has.
    fn free_id(&mut self) -> ContactId {
        loop {
            let id = ContactId(Arc::from(format!("{:032x}", self.random.u128(1 << 124..))));
            if !self.members.contains_key(&id) && !self.by_hash.contains_key(&Hash(id.to_string())) {
                return id; // one of 2^127: a second round is not to be expected
            }
        }
    }
}

fn strictness(edit: &Edit, whole: bool, now: &Now) -> Strictness {
    Strictness { skip_required: edit.skip_required, whole, reshape: now.reshape }
}

/// Writes a standing and its times down.
fn stand(member: &mut Member, standing: Standing, reason: Option<&str>, now: &Now) {
    let before = member.status();
    member.standing = standing;
    match standing.status {
        Status::Subscribed if before != Status::Subscribed => {
            (member.opted_in, member.left, member.reason) = (Some(now.seconds()), None, None);
        }
        Status::Unsubscribed if before != Status::Unsubscribed || reason.is_some() => {
            member.left = Some(now.seconds());
            member.reason = reason.map(str::to_owned);
        }
        Status::Subscribed
        | Status::Unsubscribed
        | Status::Cleaned
        | Status::Pending
        | Status::Transactional
        | Status::Archived => {}
    }
}

fn told_source(source: Source, settings: &Settings) -> String {
    match source {
        Source::User => "Hosted Signup Form".to_owned(),
        Source::Admin => "Admin Add".to_owned(),
        Source::Api => format!("API - {}", settings.account_name),
    }
}

fn due_ms(now: &Now) -> i64 {
    now.ms.saturating_add(i64::try_from(now.lag_ms).unwrap_or(i64::MAX))
}
