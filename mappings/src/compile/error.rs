//! Why a mapping of the configuration cannot be.

use syntony_core::ids::FieldName;
use syntony_core::side::Side;

/// Why a custom mapping is refused. Says what is wrong and what would help; `side` tells the caller which
/// app is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// A side names no field.
    #[error("no field is named")]
    NoField {
        /// Which side.
        side: Side,
    },
    /// The app has no such field.
    #[error("there is no field `{field}`{}", hint(nearest.as_ref()))]
    UnknownField {
        /// Which side.
        side: Side,
        /// The name in the configuration.
        field: FieldName,
        /// The field that comes nearest by name.
        nearest: Option<FieldName>,
    },
    /// Several fields on both sides that are not the parts of a name.
    #[error("several fields can be mapped to one field; several to several are names alone")]
    SeveralToSeveral,
    /// A field that cannot be one of several.
    #[error("`{field}` holds a list and cannot be joined with other fields")]
    ListAmongSeveral {
        /// Which side.
        side: Side,
        /// The list.
        field: FieldName,
    },
    /// Several fields would be one entry of a list.
    #[error("`{field}` holds a list, and several fields become one text")]
    JoinedIntoList {
        /// Which side.
        side: Side,
        /// The list.
        field: FieldName,
    },
    /// The field that contacts match on, mapped to a field that they do not match on.
    #[error(
        "`{field}` is what contacts match on; it is mapped to the other app's e-mail addresses, and to nothing else"
    )]
    IdentityElsewhere {
        /// Which side.
        side: Side,
        /// The field that holds the address.
        field: FieldName,
    },
    /// Nothing flows in the direction that is asked for.
    #[error("nothing can flow into `{field}`: {reason}")]
    NoFlow {
        /// The side that nothing can flow into.
        side: Side,
        /// Its field.
        field: FieldName,
        /// Why not.
        reason: String,
    },
    /// Nothing flows in either direction.
    #[error("nothing can flow either way: {left}; {right}")]
    NoFlowAtAll {
        /// Why not into the left field.
        left: String,
        /// Why not into the right field.
        right: String,
    },
    /// An option map names an option that the picklist has not.
    #[error("`{option}` is no option of `{field}`; the options are {}", allowed.join(", "))]
    UnknownOption {
        /// Which side.
        side: Side,
        /// The picklist.
        field: FieldName,
        /// The option in the configuration.
        option: String,
        /// The options that there are.
        allowed: Vec<String>,
    },
    /// Shortening where there is more than one value.
    #[error("`{field}` holds a list; `truncate` shortens single texts alone")]
    TruncatedList {
        /// Which side.
        side: Side,
        /// The list.
        field: FieldName,
    },
    /// Shortening of a name, which has parts.
    #[error("a name is mapped part by part; `truncate` shortens single texts alone")]
    TruncatedName,
    /// An option map where there are no options.
    #[error("neither field is a picklist, so there is nothing for `options` to map")]
    NoPicklist,
}

impl MappingError {
    /// Which side is wrong, where it is one alone.
    #[must_use]
    pub fn side(&self) -> Option<Side> {
        match self {
            MappingError::NoField { side }
            | MappingError::UnknownField { side, .. }
            | MappingError::ListAmongSeveral { side, .. }
            | MappingError::JoinedIntoList { side, .. }
            | MappingError::IdentityElsewhere { side, .. }
            | MappingError::NoFlow { side, .. }
            | MappingError::TruncatedList { side, .. }
            | MappingError::UnknownOption { side, .. } => Some(*side),
            MappingError::SeveralToSeveral
            | MappingError::NoFlowAtAll { .. }
            | MappingError::TruncatedName
            | MappingError::NoPicklist => None,
        }
    }
}

impl MappingError {
    /// The field that is wrong, where it is one alone.
    #[must_use]
    pub fn field(&self) -> Option<&FieldName> {
        match self {
            MappingError::UnknownField { field, .. }
            | MappingError::ListAmongSeveral { field, .. }
            | MappingError::JoinedIntoList { field, .. }
            | MappingError::IdentityElsewhere { field, .. }
            | MappingError::NoFlow { field, .. }
            | MappingError::TruncatedList { field, .. }
            | MappingError::UnknownOption { field, .. } => Some(field),
            MappingError::NoField { .. }
            | MappingError::SeveralToSeveral
            | MappingError::NoFlowAtAll { .. }
            | MappingError::TruncatedName
            | MappingError::NoPicklist => None,
        }
    }

    /// The option of the configuration that is wrong, and on which side.
    #[must_use]
    pub fn option(&self) -> Option<(Side, &str)> {
        match self {
            MappingError::UnknownOption { side, option, .. } => Some((*side, option)),
            MappingError::NoField { .. }
            | MappingError::UnknownField { .. }
            | MappingError::SeveralToSeveral
            | MappingError::ListAmongSeveral { .. }
            | MappingError::JoinedIntoList { .. }
            | MappingError::IdentityElsewhere { .. }
            | MappingError::NoFlow { .. }
            | MappingError::NoFlowAtAll { .. }
            | MappingError::TruncatedName
            | MappingError::TruncatedList { .. }
            | MappingError::NoPicklist => None,
        }
    }
}

fn hint(nearest: Option<&FieldName>) -> String {
    nearest.map_or_else(String::new, |field| format!("; did you mean `{field}`?"))
}
