//! Labels: Google's contact groups, by id on a contact, by name as a tag.
//!
//! Known per connector, read again where a name or an id is not known. A label that is missing is made;
//! none is ever renamed or deleted here.

use crate::http::{Http, HttpError, Paged, Repeat, Request, collect_pages};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use syntony_core::ids::Tag;
use tokio::time::Instant;

/// The most labels on a page (<https://developers.google.com/people/api/rest/v1/contactGroups/list>).
const PAGE_GROUPS: &str = "1000";
/// For how long the list of labels is believed before a write, in seconds.
const FRESH_SECONDS: u64 = 60;
const FIELDS: &str = "groupType,metadata,name";
const USER_GROUP: &str = "USER_CONTACT_GROUP";

/// The labels of one account.
pub(super) struct Groups {
    http: Http,
    settle: Duration,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Users' labels: resource name to name.
    names: BTreeMap<String, String>,
    /// Everything else that contacts point at: system groups, and ids that Google does not list.
    ignored: BTreeSet<String>,
    read_at: Option<Instant>,
    made_at: Option<Instant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupPage {
    #[serde(default)]
    contact_groups: Vec<Group>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    resource_name: String,
    #[serde(default)]
    group_type: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    metadata: GroupMetadata,
}

#[derive(Default, Deserialize)]
struct GroupMetadata {
    #[serde(default)]
    deleted: bool,
}

impl Groups {
    pub(super) fn new(http: Http, settle: Duration) -> Self {
        Self { http, settle, known: Mutex::default() }
    }

    /// Reads all labels again.
    pub(super) async fn refresh(&self) -> Result<(), HttpError> {
        let groups = collect_pages(|token| async move {
            let mut request =
                Request::get("/v1/contactGroups").query("pageSize", PAGE_GROUPS).query("groupFields", FIELDS);
            if let Some(token) = token {
                request = request.query("pageToken", token);
            }
            let page: GroupPage = self.http.send(&request).await?.json()?;
            Ok(Paged { items: page.contact_groups, next: page.next_page_token })
        })
        .await?;
        let (mut names, mut ignored) = (BTreeMap::new(), BTreeSet::new());
        for group in groups.into_iter().filter(|group| !group.metadata.deleted) {
            if group.group_type == USER_GROUP {
                names.insert(group.resource_name, group.name);
            } else {
                ignored.insert(group.resource_name);
            }
        }
        let mut known = self.lock();
        known.names = names;
        known.ignored = ignored;
        known.read_at = Some(Instant::now());
        Ok(())
    }

    /// Reads the labels again if they were not read lately.
    pub(super) async fn refresh_if_old(&self) -> Result<(), HttpError> {
        let fresh = Duration::from_secs(FRESH_SECONDS);
        let is_fresh = self.lock().read_at.is_some_and(|read_at| read_at.elapsed() < fresh);
        if is_fresh { Ok(()) } else { self.refresh().await }
    }

    /// Whether the labels were read since this connector was built.
    pub(super) fn were_read(&self) -> bool {
        self.lock().read_at.is_some()
    }

    /// Something is not as we believe: the next one who asks reads all labels again.
    pub(super) fn forget(&self) {
        *self.lock() = Known::default();
    }

    /// Makes sure that these ids can be told apart. An id that Google does not list either (a label that was
    /// just deleted) is no tag, and is not asked for again until the next refresh.
    pub(super) async fn learn<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Result<(), HttpError> {
        let unknown: BTreeSet<String> = {
            let known = self.lock();
            let is_known = |id: &&str| known.names.contains_key(*id) || known.ignored.contains(*id);
            ids.filter(|id| !is_known(id)).map(str::to_owned).collect()
        };
        if unknown.is_empty() {
            return Ok(());
        }
        self.refresh().await?;
        let mut known = self.lock();
        for id in unknown {
            if !known.names.contains_key(&id) {
                known.ignored.insert(id);
            }
        }
        Ok(())
    }

    /// The tag that an id stands for.
    pub(super) fn tag(&self, id: &str) -> Option<Tag> {
        self.lock().names.get(id).map(Tag::new)
    }

    /// All labels of users: resource name to name.
    pub(super) fn names(&self) -> BTreeMap<String, String> {
        self.lock().names.clone()
    }

    /// The id of the label of that name, if there is one: of one in other capitals where none is spelled like
    /// that, because to the engine they are one tag.
    pub(super) fn id(&self, tag: &Tag) -> Option<String> {
        let known = self.lock();
        let spelled = known.names.iter().find(|(_, name)| *name == tag.as_str());
        let label = spelled.or_else(|| known.names.iter().find(|(_, name)| Tag::new(name.as_str()) == *tag));
        label.map(|(id, _)| id.clone())
    }

    /// The id of the label of that name, made if it is not there.
    ///
    /// # Errors
    /// A refusal when Google does not take the name.
    pub(super) async fn ensure(&self, tag: &Tag) -> Result<String, HttpError> {
        if let Some(id) = self.id(tag) {
            return Ok(id);
        }
        let body = serde_json::json!({
            "contactGroup": { "name": tag.as_str() },
            "readGroupFields": FIELDS,
        });
        // Repeatable, although it is a create: Google refuses a second label of one name.
        let request = Request::post("/v1/contactGroups", Repeat::Idempotent).json(&body);
        match self.http.send(&request).await {
            Ok(answer) => {
                let group: Group = answer.json()?;
                let mut known = self.lock();
                known.names.insert(group.resource_name.clone(), tag.as_str().to_owned());
                known.made_at = Some(Instant::now());
                Ok(group.resource_name)
            }
            // Somebody made it meanwhile; or an earlier attempt of ours did.
            Err(error) if error.refusal().is_some_and(|answer| answer.status() == 409) => {
                self.refresh().await?;
                self.id(tag).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Waits until a label that was just made can be given to contacts.
    pub(super) async fn settle(&self) {
        let rest = self.lock().made_at.and_then(|made_at| self.settle.checked_sub(made_at.elapsed()));
        if let Some(rest) = rest {
            tokio::time::sleep(rest).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
