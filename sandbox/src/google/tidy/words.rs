//! Types as people read them: `homeFax` is "Home Fax"; a type of one's own is itself.

/// Fields whose items have a type that Google translates.
pub(super) fn has_formatted_type(path: &str) -> bool {
    matches!(
        path,
        "calendarUrls"
            | "emailAddresses"
            | "events"
            | "externalIds"
            | "imClients"
            | "miscKeywords"
            | "organizations"
            | "phoneNumbers"
            | "relations"
            | "sipAddresses"
            | "urls"
    )
}

/// The words that Google knows, over all fields.
const KNOWN: &[(&str, &str)] = &[
    ("account", "Account"),
    ("anniversary", "Anniversary"),
    ("appInstallPage", "App Install Page"),
    ("assistant", "Assistant"),
    ("blog", "Blog"),
    ("brother", "Brother"),
    ("child", "Child"),
    ("customer", "Customer"),
    ("domesticPartner", "Domestic Partner"),
    ("father", "Father"),
    ("friend", "Friend"),
    ("ftp", "FTP"),
    ("googleVoice", "Google Voice"),
    ("home", "Home"),
    ("homeFax", "Home Fax"),
    ("homePage", "Home Page"),
    ("loginId", "Login ID"),
    ("main", "Main"),
    ("manager", "Manager"),
    ("mobile", "Mobile"),
    ("mother", "Mother"),
    ("network", "Network"),
    ("organization", "Organization"),
    ("other", "Other"),
    ("otherFax", "Other Fax"),
    ("pager", "Pager"),
    ("parent", "Parent"),
    ("partner", "Partner"),
    ("profile", "Profile"),
    ("referredBy", "Referred By"),
    ("relative", "Relative"),
    ("reservations", "Reservations"),
    ("school", "School"),
    ("sister", "Sister"),
    ("spouse", "Spouse"),
    ("work", "Work"),
    ("workFax", "Work Fax"),
    ("workMobile", "Work Mobile"),
    ("workPager", "Work Pager"),
];

/// `formattedType` of a type.
pub(super) fn formatted(word: &str) -> String {
    lookup(KNOWN, word)
}

/// `formattedProtocol` of a messenger's protocol.
pub(super) fn protocol(word: &str) -> String {
    const KNOWN: &[(&str, &str)] = &[
        ("aim", "AIM"),
        ("googleTalk", "Google Talk"),
        ("icq", "ICQ"),
        ("jabber", "Jabber"),
        ("msn", "MSN"),
        ("netMeeting", "NetMeeting"),
        ("qq", "QQ"),
        ("skype", "Skype"),
        ("yahoo", "Yahoo"),
    ];
    lookup(KNOWN, word)
}

fn lookup(known: &[(&str, &str)], word: &str) -> String {
    known.iter().find(|(key, _)| *key == word).map_or(word, |(_, shown)| shown).to_owned()
}
