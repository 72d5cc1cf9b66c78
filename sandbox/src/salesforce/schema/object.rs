//! The objects that are simulated.

/// A standard object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A company; its contacts belong to it.
    Account,
    /// A mailing or an event, used by many as a list of people.
    Campaign,
    /// A contact or a lead in a campaign.
    CampaignMember,
    /// A person at an account.
    Contact,
    /// A person who is no customer yet.
    Lead,
    /// The org itself: one row.
    Organization,
    /// A topic, which can be put on records.
    Topic,
    /// A topic on a record.
    TopicAssignment,
    /// Who logs in.
    User,
}

use Object::{Account, Campaign, CampaignMember, Contact, Lead, Organization, Topic, TopicAssignment, User};

/// A child relationship: `(SELECT … FROM name)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Child {
    /// Its name in a query.
    pub(in super::super) name: &'static str,
    /// Whose rows these are.
    pub(in super::super) object: Object,
    /// The child's field that holds the parent's id.
    pub(in super::super) field: &'static str,
    /// Whether the children go to the recycle bin with their parent.
    pub(in super::super) cascades: bool,
}

const fn child(name: &'static str, object: Object, field: &'static str, cascades: bool) -> Child {
    Child { name, object, field, cascades }
}

impl Object {
    /// Every object.
    pub const ALL: [Self; 9] =
        [Account, Campaign, CampaignMember, Contact, Lead, Organization, Topic, TopicAssignment, User];

    /// Its API name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Account => "Account",
            Campaign => "Campaign",
            CampaignMember => "CampaignMember",
            Contact => "Contact",
            Lead => "Lead",
            Organization => "Organization",
            Topic => "Topic",
            TopicAssignment => "TopicAssignment",
            User => "User",
        }
    }

    /// What its rows' ids begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Account => "001",
            Campaign => "701",
            CampaignMember => "00v",
            Contact => "003",
            Lead => "00Q",
            Organization => "00D",
            Topic => "0TO",
            TopicAssignment => "0Th",
            User => "005",
        }
    }

    /// By its name in any case, as in URIs and queries.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.name().eq_ignore_ascii_case(name))
    }

    /// By the first three characters of an id.
    #[must_use]
    pub fn of_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.prefix() == prefix)
    }

    /// What rows of it can have below them.
    pub(in super::super) fn children(self) -> &'static [Child] {
        match self {
            Account => const { &[child("Contacts", Contact, "AccountId", true)] },
            Campaign => const { &[child("CampaignMembers", CampaignMember, "CampaignId", true)] },
            Contact => {
                const {
                    &[
                        child("CampaignMembers", CampaignMember, "ContactId", true),
                        child("TopicAssignments", TopicAssignment, "EntityId", true),
                    ]
                }
            }
            Lead => {
                const {
                    &[
                        child("CampaignMembers", CampaignMember, "LeadId", true),
                        child("TopicAssignments", TopicAssignment, "EntityId", true),
                    ]
                }
            }
            Topic => const { &[child("TopicAssignments", TopicAssignment, "TopicId", true)] },
            CampaignMember | Organization | TopicAssignment | User => &[],
        }
    }

    /// Whether its rows rest in the recycle bin when they are deleted. The others are gone at once.
    pub(in super::super) fn has_recycle_bin(self) -> bool {
        match self {
            Account | Campaign | CampaignMember | Contact | Lead | TopicAssignment => true,
            Organization | Topic | User => false,
        }
    }
}
