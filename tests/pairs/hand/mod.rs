//! A person at an app's own pages: what they can type, and what they can see.

mod drift;
mod google;
mod mailchimp;
mod salesforce;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::drift::Workspace;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::google::Account as GoogleAccount;
use syntony_sandbox::mailchimp::Account as MailchimpAccount;
use syntony_sandbox::salesforce::Org;

/// An app of which there is a simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Drift,
    Google,
    /// Salesforce's contacts.
    Contact,
    /// Salesforce's leads.
    Lead,
    Mailchimp,
}

impl Kind {
    pub(crate) const ALL: [Kind; 5] = [Kind::Drift, Kind::Google, Kind::Contact, Kind::Lead, Kind::Mailchimp];

    /// What its people, and its connector, can do.
    pub(crate) fn can(self) -> Can {
        match self {
            Kind::Drift => Can {
                is: self,
                lists: false,
                has_picklists: false,
                tells_deletions: Told::Never,
                opts_out: false,
                ..Can::ALL
            },
            Kind::Google => {
                Can { is: self, single: false, opts_out: false, has_picklists: false, ..Can::ALL }
            }
            Kind::Contact | Kind::Lead => {
                Can { is: self, refuses_addresses: true, lacks_names: false, ..Can::ALL }
            }
            Kind::Mailchimp => Can {
                is: self,
                tells_deletions: Told::ByResync,
                shares_addresses: false,
                lacks_addresses: false,
                restores: false,
                refuses_addresses: true,
                ..Can::ALL
            },
        }
    }

    /// What the vendor wants of every new contact, as a configuration fills it.
    pub(crate) fn placeholders(self) -> Option<&'static str> {
        match self {
            Kind::Drift | Kind::Google | Kind::Mailchimp => None,
            Kind::Contact => Some("{ LastName = \"(unknown)\" }"),
            Kind::Lead => Some("{ LastName = \"(unknown)\", Company = \"(unknown)\" }"),
        }
    }

    /// The field that holds the address, by the vendor's name for it.
    pub(crate) fn email_field(self) -> &'static str {
        match self {
            Kind::Drift => "email",
            Kind::Google => "emailAddresses",
            Kind::Contact | Kind::Lead => "Email",
            Kind::Mailchimp => "email_address",
        }
    }

    /// Where its tags can live; the usual place comes first.
    pub(crate) fn tag_stores(self) -> &'static [TagStore] {
        match self {
            Kind::Google | Kind::Mailchimp => &[TagStore::Usual],
            Kind::Drift => &[TagStore::Usual, TagStore::Endpoint],
            Kind::Contact | Kind::Lead => &[TagStore::Usual, TagStore::Campaigns, TagStore::Field],
        }
    }

    /// An empty account that serves.
    pub(crate) async fn start(self) -> Box<dyn Hand> {
        match self {
            Kind::Drift => Box::new(drift::Chat::start().await),
            Kind::Google => Box::new(google::Book::start().await),
            Kind::Contact | Kind::Lead => Box::new(salesforce::Crm::start(self).await),
            Kind::Mailchimp => Box::new(mailchimp::Audience::start().await),
        }
    }
}

/// A place for tags, where an app has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagStore {
    /// Labels, topics, a mailing list's tags; at Drift an attribute.
    Usual,
    /// The tags that Drift once had.
    Endpoint,
    /// Members of campaigns.
    Campaigns,
    /// The options of a field that holds several.
    Field,
}

/// What an app and its connector can do, as far as scenarios depend on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Can {
    /// Which app it is, for what one vendor alone has.
    pub(crate) is: Kind,
    /// A contact has one e-mail address and one number; elsewhere it has lists of them.
    pub(crate) single: bool,
    /// All contacts are listed; elsewhere they have to be pointed at.
    pub(crate) lists: bool,
    /// How a deletion becomes known.
    pub(crate) tells_deletions: Told,
    /// People can opt out, and the app says so.
    pub(crate) opts_out: bool,
    /// Several contacts may have one e-mail address.
    pub(crate) shares_addresses: bool,
    /// A contact may have no e-mail address.
    pub(crate) lacks_addresses: bool,
    /// A contact may have no name.
    pub(crate) lacks_names: bool,
    /// An administrator can add typed fields: numbers, days, picklists.
    pub(crate) has_picklists: bool,
    /// People can take a deletion back.
    pub(crate) restores: bool,
    /// The app looks at addresses and refuses what is none.
    pub(crate) refuses_addresses: bool,
}

impl Can {
    const ALL: Can = Can {
        is: Kind::Google,
        single: true,
        lists: true,
        tells_deletions: Told::AtOnce,
        opts_out: true,
        shares_addresses: true,
        lacks_addresses: true,
        lacks_names: true,
        has_picklists: true,
        restores: true,
        refuses_addresses: false,
    };
}

/// How a deletion becomes known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The change feed says so.
    AtOnce,
    /// A complete listing lacks the contact, and a read by id says that it is gone.
    ByResync,
    /// Not at all.
    Never,
}

/// Whether somebody gets mail from an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mailed {
    Yes,
    No,
    /// The app mails nobody.
    Unsaid,
}

/// A field that an administrator adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extra<'a> {
    /// A line of text, of at most so many characters where the vendor limits it.
    Text(usize),
    Number,
    Day,
    Moment,
    /// A picklist that takes nothing else.
    Options(&'a [&'a str]),
}

/// What people see of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Email,
    /// Given and family name, one word each.
    Name,
    Phone,
}

/// Somebody, as they are typed into an app.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who<'a> {
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
    pub(crate) phone: &'a str,
}

/// Somebody with a name and an address.
pub(crate) fn who<'a>(email: &'a str, name: &'a str) -> Who<'a> {
    Who { email, name, phone: "" }
}

/// An account at a vendor, from the side of the people who use it.
pub(crate) trait Hand: Send + Sync {
    /// The app's table in a configuration, under `name`; secrets go into files of `folder`.
    fn config(&self, name: &str, folder: &Path) -> String;

    /// A person types somebody in.
    fn add(&self, who: Who<'_>) -> String;

    /// A person changes one thing; an empty text clears it.
    fn edit(&self, id: &str, what: What, value: &str);

    /// What is to be seen; empty where there is nothing.
    fn see(&self, id: &str, what: What) -> String;

    /// All that is to be seen, where several can be held.
    fn see_all(&self, id: &str, what: What) -> Vec<String> {
        vec![self.see(id, what)]
    }

    /// Whether a number or an address is among what is to be seen; a part of it will do.
    fn holds(&self, id: &str, what: What, text: &str) -> bool {
        self.see_all(id, what).iter().any(|seen| seen.contains(text))
    }

    /// Everybody who is there, by id.
    fn everybody(&self) -> Vec<String>;

    /// A person deletes a contact.
    fn delete(&self, id: &str);

    /// A person takes a deletion back.
    fn restore(&self, id: &str);

    /// The tags on a contact.
    fn tags(&self, id: &str) -> BTreeSet<String>;

    /// A person puts a tag on.
    fn tag(&self, id: &str, tag: &str);

    /// A person takes a tag off.
    fn untag(&self, id: &str, tag: &str);

    /// Whether the contact gets mail.
    fn mailed(&self, _id: &str) -> Mailed {
        Mailed::Unsaid
    }

    /// Whether somebody new, of whom nothing is known, does.
    fn mailed_when_new(&self) -> Mailed {
        Mailed::Unsaid
    }

    /// The contact opts out.
    fn opt_out(&self, id: &str);

    /// The contact comes back.
    fn opt_in(&self, id: &str);

    /// What a field holds, by the vendor's name for it; null where there is nothing.
    fn raw(&self, id: &str, field: &str) -> Value;

    /// A person fills a field, by the vendor's name for it; null clears it.
    fn fill(&self, id: &str, field: &str, value: &Value);

    /// The administrator adds the field [`Self::extra`], or changes what it takes.
    fn define(&self, extra: Extra<'_>);

    /// The name of the administrator's own field.
    fn extra(&self) -> &'static str;

    /// The administrator chooses where tags live.
    fn keep_tags_in(&self, store: TagStore) {
        assert_eq!(store, TagStore::Usual, "there is one place for tags");
    }

    /// The Drift workspace, for what it alone has.
    fn chat(&self) -> &Workspace {
        panic!("this is no Drift");
    }

    /// The Salesforce organisation, for what it alone has.
    fn org(&self) -> &Org {
        panic!("this is no Salesforce");
    }

    /// The Mailchimp account, for what it alone has.
    fn audience(&self) -> &MailchimpAccount {
        panic!("this is no Mailchimp");
    }

    /// The Google account, for what it alone has.
    fn book(&self) -> &GoogleAccount {
        panic!("this is no Google");
    }

    /// Whatever makes the cursors of the change feed useless.
    fn expire_cursors(&self);

    /// How many calls there were.
    fn calls(&self) -> u64;

    /// What goes wrong on the wire.
    fn faults(&self) -> &Faults;

    /// The time that the app lives by.
    fn clock(&self) -> &Clock;

    /// Whoever has this address, in any case.
    fn with_email(&self, email: &str) -> Vec<String> {
        let same = |id: &String| self.see(id, What::Email).trim().eq_ignore_ascii_case(email);
        self.everybody().into_iter().filter(same).collect()
    }
}

/// A secret in a file of its own, and how a configuration names it.
fn secret(folder: &Path, name: &str, text: &str) -> String {
    std::fs::write(folder.join(name), text).unwrap();
    format!("{{ file = \"{name}\" }}")
}
