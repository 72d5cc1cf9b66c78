//! Why Salesforce refused a row, and what that means for it.
//!
//! Decided by the code alone: the words are in the language of the user whose credentials we have, and an
//! admin's own words where a validation rule or a trigger spoke. They are passed on without the contact's
//! values.
//! (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm>)

use crate::discreet;
use crate::salesforce::wire::fault::FaultError;
use std::collections::BTreeMap;
use syntony_core::ids::FieldName;
use syntony_core::op::Rejection;
use syntony_core::record::Fields;

/// The longest name of a code, in bytes.
const MAX_CODE_BYTES: usize = 80;

/// What an error means for its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Somebody else holds a lock. Nothing was written, and it is worth another try.
    Locked,
    /// The row is not there any more, or is not what it was. Nothing was written.
    Stale,
    /// The org has such a row already. Nothing was written.
    Duplicate,
    /// A limit or the credentials stand in the way, of this row and of every other. Nothing was written.
    Halted,
    /// Salesforce failed, perhaps after it wrote the row.
    InDoubt,
    /// It would refuse the row again.
    Refused,
}

/// An error as a bulk job writes it: `CODE:words:Field1,Field2 --`.
pub(super) fn error_of_cell(cell: &str) -> FaultError {
    let (code, rest) = cell.split_once(':').unwrap_or((cell, ""));
    let (words, fields) = match rest.rsplit_once(':') {
        Some((words, fields)) if fields.trim_end().ends_with("--") => (words, fields),
        Some(_) | None => (rest, ""),
    };
    let fields = fields.trim().trim_end_matches("--").split(',').map(str::trim);
    let code = if is_code(code.trim()) { code.trim() } else { "" };
    FaultError {
        code: code.to_owned(),
        message: words.trim().to_owned(),
        fields: fields.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        duplicates: Vec::new(),
    }
}

/// What an error means for its row.
fn meaning(error: &FaultError) -> Meaning {
    match error.code.as_str() {
        "UNABLE_TO_LOCK_ROW" => Meaning::Locked,
        "ENTITY_IS_DELETED"
        | "NOT_FOUND"
        | "CANNOT_UPDATE_CONVERTED_LEAD"
        | "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE" => Meaning::Stale,
        // Without a field it is the row itself that is not there.
        "INVALID_CROSS_REFERENCE_KEY" if error.fields.is_empty() => Meaning::Stale,
        "DUPLICATES_DETECTED" | "DUPLICATE_VALUE" => Meaning::Duplicate,
        "REQUEST_LIMIT_EXCEEDED"
        | "INVALID_SESSION_ID"
        | "API_DISABLED_FOR_ORG"
        | "PROCESSING_HALTED"
        | "ALL_OR_NONE_OPERATION_ROLLED_BACK" => Meaning::Halted,
        // An error without a code is no answer that is documented.
        "UNKNOWN_EXCEPTION" | "SERVER_UNAVAILABLE" | "" => Meaning::InDoubt,
        _ => Meaning::Refused,
    }
}

/// Whether an error stands in the way of every row, and not of its own alone.
pub(super) fn is_limit(error: &FaultError) -> bool {
    meaning(error) == Meaning::Halted
}

/// What the errors of one row mean together: one that says that nothing was written, and would not be, outweighs
/// one that might pass.
pub(super) fn meaning_of(errors: &[FaultError]) -> Meaning {
    let is = |meaning: Meaning| errors.iter().any(|error| self::meaning(error) == meaning);
    [Meaning::Refused, Meaning::Stale, Meaning::Duplicate, Meaning::Halted, Meaning::Locked]
        .into_iter()
        .find(|meaning| is(*meaning))
        .unwrap_or(Meaning::InDoubt)
}

/// Salesforce's refusal of one contact, in its words but without the contact's values. `columns` says which of
/// the op's fields each column of the row came from.
pub(super) fn rejection(
    errors: &[FaultError],
    fields: &Fields,
    columns: &BTreeMap<String, FieldName>,
) -> Rejection {
    let telling = errors.iter().find(|error| meaning(error) == Meaning::Refused).or(errors.first());
    let Some(error) = telling else {
        return Rejection { field: None, reason: "Salesforce gives no reason".to_owned(), hint: None };
    };
    let words = discreet::without_values(&error.message, fields);
    let code = if error.code.is_empty() { "no code" } else { &error.code };
    let reason = if words.is_empty() { code.to_owned() } else { format!("{words} ({code})") };
    Rejection { field: blamed_field(error, columns), reason, hint: hint(code).map(str::to_owned) }
}

/// The field that an error names; of several the first that the op writes.
fn blamed_field(error: &FaultError, columns: &BTreeMap<String, FieldName>) -> Option<FieldName> {
    let written = error.fields.iter().find_map(|named| {
        columns.iter().find(|(column, _)| column.eq_ignore_ascii_case(named)).map(|(_, field)| field.clone())
    });
    written.or_else(|| error.fields.first().map(|named| FieldName::new(named.as_str())))
}

/// What a person can do about a refusal of that code.
fn hint(code: &str) -> Option<&'static str> {
    Some(match code {
        "REQUIRED_FIELD_MISSING" => "map the field, or give it a placeholder in the configuration",
        "STRING_TOO_LONG" => "shorten the text, or let the mapping shorten it",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" => {
            "add the value to the picklist, or map it to one of its options"
        }
        "FIELD_CUSTOM_VALIDATION_EXCEPTION" => {
            "a validation rule of the org says so; its admin can change it"
        }
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" | "CANNOT_EXECUTE_FLOW_TRIGGER" => {
            "a trigger or flow of the org refused it; its admin can change it"
        }
        "INVALID_FIELD_FOR_INSERT_UPDATE" => "give the user of the credentials edit access to the field",
        "INSUFFICIENT_ACCESS_OR_READONLY" | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY" => {
            "give the user of the credentials edit access to the record"
        }
        "INACTIVE_OWNER_OR_USER" => "give the record an owner who is active",
        "FIELD_INTEGRITY_EXCEPTION" => "use a state and country that the org has, and that belong together",
        "STORAGE_LIMIT_EXCEEDED" => "the org's data storage is full; its admin can free or buy some",
        "DUPLICATES_DETECTED" => {
            "a duplicate rule of the org found a similar record; merge the two there, or give them the same e-mail \
             address so that they are linked"
        }
        "DUPLICATE_VALUE" => "another record holds this value, and it has to be unique",
        _ => return None,
    })
}

/// Whether this is a code's name, like `STRING_TOO_LONG`, and no sentence: it is shown to people as it is.
fn is_code(code: &str) -> bool {
    (1..=MAX_CODE_BYTES).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::wire::fault::Fault;
    use serde_json::json;
    use syntony_core::value::Value;

    fn errors(json: serde_json::Value) -> Vec<FaultError> {
        Fault::parse(400, &json).errors
    }

    fn check(json: serde_json::Value, expected: Meaning, field: Option<&str>, reason: &str) {
        let fields = Fields::from([
            ("Email".into(), Value::text("ada@example.com")),
            ("MailingAddress".into(), Value::text("Sackville Street")),
        ]);
        let columns = BTreeMap::from([
            ("Email".to_owned(), FieldName::from("Email")),
            ("MailingStreet".to_owned(), FieldName::from("MailingAddress")),
        ]);
        let errors = errors(json);
        let rejection = rejection(&errors, &fields, &columns);
        assert_eq!(meaning_of(&errors), expected, "{reason}");
        assert_eq!(rejection.field.as_ref().map(FieldName::as_str), field, "{reason}");
        assert_eq!(rejection.reason, reason);
    }

    #[test]
    fn a_reason_names_the_field_of_the_op_and_never_the_value() {
        check(
            json!([{ "statusCode": "INVALID_EMAIL_ADDRESS", "message": "Email: invalid: ada@example.com", "fields": ["Email"] }]),
            Meaning::Refused,
            Some("Email"),
            "Email: invalid: … (INVALID_EMAIL_ADDRESS)",
        );
        check(
            json!([{ "errorCode": "STRING_TOO_LONG", "message": "too large: Sackville Street", "fields": ["mailingstreet"] }]),
            Meaning::Refused,
            Some("MailingAddress"),
            "too large: … (STRING_TOO_LONG)",
        );
        check(
            json!([{ "statusCode": "REQUIRED_FIELD_MISSING", "message": "", "fields": ["Company"] }]),
            Meaning::Refused,
            Some("Company"),
            "REQUIRED_FIELD_MISSING",
        );
    }

    #[test]
    fn the_meaning_is_in_the_code_and_not_in_the_words() {
        for (code, fields, expected) in [
            ("UNABLE_TO_LOCK_ROW", json!([]), Meaning::Locked),
            ("ENTITY_IS_DELETED", json!([]), Meaning::Stale),
            ("CANNOT_UPDATE_CONVERTED_LEAD", json!(null), Meaning::Stale),
            ("INVALID_CROSS_REFERENCE_KEY", json!([]), Meaning::Stale),
            ("INVALID_CROSS_REFERENCE_KEY", json!(["AccountId"]), Meaning::Refused),
            ("DUPLICATES_DETECTED", json!([]), Meaning::Duplicate),
            ("REQUEST_LIMIT_EXCEEDED", json!([]), Meaning::Halted),
            ("UNKNOWN_EXCEPTION", json!([]), Meaning::InDoubt),
            ("A_CODE_OF_TOMORROW", json!([]), Meaning::Refused),
        ] {
            let errors =
                errors(json!([{ "statusCode": code, "message": "Não foi possível", "fields": fields }]));
            assert_eq!(meaning_of(&errors), expected, "{code}");
        }
        assert_eq!(meaning_of(&[]), Meaning::InDoubt);
    }

    #[test]
    fn of_several_errors_the_lasting_one_counts() {
        let both =
            errors(json!([{ "statusCode": "UNABLE_TO_LOCK_ROW" }, { "statusCode": "STRING_TOO_LONG" }]));
        assert_eq!(meaning_of(&both), Meaning::Refused);
        assert_eq!(rejection(&both, &Fields::new(), &BTreeMap::new()).reason, "STRING_TOO_LONG");
    }

    #[test]
    fn an_error_of_a_bulk_job_is_taken_apart() {
        for (cell, code, fields) in [
            (
                "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
                "REQUIRED_FIELD_MISSING",
                vec!["LastName"],
            ),
            ("STRING_TOO_LONG:a: b:First, Second --", "STRING_TOO_LONG", vec!["First", "Second"]),
            ("UNABLE_TO_LOCK_ROW:unable to obtain: 001:--", "UNABLE_TO_LOCK_ROW", vec![]),
            ("SOMETHING", "SOMETHING", vec![]),
            ("", "", vec![]),
        ] {
            let error = error_of_cell(cell);
            assert_eq!(error.code, code);
            assert_eq!(error.fields, fields);
        }
    }

    #[test]
    fn what_is_no_code_is_not_shown() {
        let odd = [error_of_cell("ada@example.com")];
        assert_eq!(rejection(&odd, &Fields::new(), &BTreeMap::new()).reason, "no code");
    }
}
