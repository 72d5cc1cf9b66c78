//! Field masks: what is read, what is replaced, and from which sources.
//!
//! Lists of Google's discovery document: 29 paths can be read, 24 written.

use super::error::ApiError;
use std::collections::BTreeSet;

/// What `personFields` and `readMask` may name.
pub(super) const READABLE: [&str; 29] = [
    "addresses",
    "ageRanges",
    "biographies",
    "birthdays",
    "calendarUrls",
    "clientData",
    "coverPhotos",
    "emailAddresses",
    "events",
    "externalIds",
    "genders",
    "imClients",
    "interests",
    "locales",
    "locations",
    "memberships",
    "metadata",
    "miscKeywords",
    "names",
    "nicknames",
    "occupations",
    "organizations",
    "phoneNumbers",
    "photos",
    "relations",
    "sipAddresses",
    "skills",
    "urls",
    "userDefined",
];

/// What can be read and not written.
const READ_ONLY: [&str; 5] = ["ageRanges", "coverPhotos", "metadata", "photos", "skills"];

/// `ReadSourceType`.
pub(super) const READ_SOURCES: [&str; 5] = [
    "READ_SOURCE_TYPE_UNSPECIFIED",
    "READ_SOURCE_TYPE_PROFILE",
    "READ_SOURCE_TYPE_CONTACT",
    "READ_SOURCE_TYPE_DOMAIN_CONTACT",
    "READ_SOURCE_TYPE_OTHER_CONTACT",
];

/// A set of paths, all of them valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask(BTreeSet<&'static str>);

impl Mask {
    /// Everything that can be read.
    pub(super) fn everything() -> Self {
        Self(READABLE.into_iter().collect())
    }

    /// A mask for reading, from a comma-separated text.
    pub(super) fn read(text: &str, parameter: &str) -> Result<Self, ApiError> {
        Self::parse(text, parameter, |_| true)
    }

    /// A mask for writing.
    pub(super) fn update(text: &str, parameter: &str) -> Result<Self, ApiError> {
        Self::parse(text, parameter, |path| !READ_ONLY.contains(&path))
    }

    fn parse(text: &str, parameter: &str, allowed: impl Fn(&str) -> bool) -> Result<Self, ApiError> {
        let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
        let mask: Result<BTreeSet<&'static str>, ApiError> = paths
            .map(|path| {
                let known = READABLE.into_iter().find(|known| *known == path && allowed(known));
                known.ok_or_else(|| ApiError::bad_mask(parameter, path))
            })
            .collect();
        let mask = mask?;
        if mask.is_empty() {
            return Err(ApiError::violation(parameter, format!("{parameter} mask is required.")));
        }
        Ok(Self(mask))
    }

    /// Whether this path is in it.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains(path)
    }

    /// Its paths, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied()
    }

    /// The paths that can be written, for what is created.
    pub(super) fn writable() -> impl Iterator<Item = &'static str> {
        READABLE.into_iter().filter(|path| !READ_ONLY.contains(path))
    }

    /// Its paths as the numbers that an etag carries.
    pub(super) fn numbers(&self) -> Vec<u8> {
        (0_u8..).zip(READABLE).filter(|(_, path)| self.has(path)).map(|(number, _)| number).collect()
    }
}

/// Which kinds of source a read merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sources {
    /// The contact itself.
    pub(super) contact: bool,
    /// The public profile that Google found for it.
    pub(super) profile: bool,
}

impl Sources {
    /// What is read unless the caller says otherwise: the profile comes unasked.
    pub(super) const DEFAULT: Self = Self { contact: true, profile: true };

    /// From the repeated parameter; none at all is the default.
    pub(super) fn parse<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, ApiError> {
        let mut sources = Self { contact: false, profile: false };
        let mut given = false;
        for name in names {
            given = true;
            match name {
                "READ_SOURCE_TYPE_CONTACT" => sources.contact = true,
                "READ_SOURCE_TYPE_PROFILE" => sources.profile = true,
                known if READ_SOURCES.contains(&known) => {}
                other => {
                    let text = format!("Invalid value at 'sources' (TYPE_ENUM), \"{other}\"");
                    return Err(ApiError::violation("sources", text));
                }
            }
        }
        Ok(if given { sources } else { Self::DEFAULT })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parsed: Result<Mask, ApiError>, expected: Result<&[&str], &str>) {
        match (parsed, expected) {
            (Ok(mask), Ok(paths)) => assert_eq!(mask.paths().collect::<Vec<_>>(), paths),
            (Err(error), Err(text)) => {
                assert_eq!(error.code, 400);
                assert!(error.message.contains(text), "{}", error.message);
            }
            (parsed, _) => panic!("{parsed:?}"),
        }
    }

    #[test]
    fn a_path_that_is_none_is_refused_and_not_ignored() {
        check(Mask::read("names,emailAddresses", "personFields"), Ok(&["emailAddresses", "names"]));
        check(Mask::read("names,displayName", "personFields"), Err("mask path: \"displayName\""));
        check(Mask::read("names.givenName", "personFields"), Err("mask path"));
        check(Mask::read("fileAses", "personFields"), Err("mask path"));
        check(Mask::read("", "personFields"), Err("required"));
    }

    #[test]
    fn what_is_only_read_cannot_be_written() {
        check(Mask::update("names,memberships", "updatePersonFields"), Ok(&["memberships", "names"]));
        check(Mask::update("metadata", "updatePersonFields"), Err("mask path: \"metadata\""));
        check(Mask::update("photos", "updatePersonFields"), Err("mask path"));
        assert_eq!(Mask::writable().count(), 24);
    }
}
