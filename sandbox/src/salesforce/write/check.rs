//! What a row must keep to be saved, one rule a function, each on what will be saved.

use super::super::error::ApiError;
use super::super::id::RowId;
use super::super::org::State;
use super::super::schema::{Field, Kind, Object, ObjectType};
use super::super::store::Fields;
use super::save::{Refusals, Wanted};
use super::settings::{Refuses, ValidationRule};
use super::words;
use serde_json::Value as Json;

/// The status that only a conversion gives.
const CONVERTED_STATUS: &str = "Closed - Converted";

/// The user may write all of these fields.
pub(super) fn writable(described: &ObjectType, is_update: bool, fields: &Fields) -> Result<(), ApiError> {
    let may = |field: &Field| if is_update { field.updateable } else { field.createable };
    let refused: Vec<&str> = described
        .fields
        .iter()
        .filter(|field| fields.contains_key(&field.name) && !may(field))
        .map(|field| &*field.name)
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(words::not_writable(&refused)) }
}

/// Nothing that a row must have is missing or cleared.
pub(super) fn required(described: &ObjectType, is_update: bool, fields: &Fields) -> Result<(), ApiError> {
    let missing = |field: &&Field| match fields.get(&field.name) {
        Some(value) => value.is_null(),
        None => !is_update,
    };
    let needed =
        described.fields.iter().filter(|field| !field.nillable && field.createable && !field.computed);
    let missing: Vec<&str> = needed.filter(missing).map(|field| &*field.name).collect();
    if missing.is_empty() { Ok(()) } else { Err(words::required_missing(&missing)) }
}

/// Every text fits its field: its length, its form, its options.
pub(super) fn values(described: &ObjectType, fields: &mut Fields) -> Result<(), ApiError> {
    for field in &described.fields {
        let Some(Json::String(text)) = fields.get(&field.name) else { continue };
        if field.kind.is_text() && field.length > 0 && text.chars().count() > field.length {
            return Err(words::too_long(field, text));
        }
        match field.kind {
            Kind::Email if !is_email(text) => return Err(words::bad_email(field, text)),
            Kind::Picklist | Kind::MultiPicklist => options(described.object, field, text)?,
            Kind::Email
            | Kind::Id
            | Kind::Reference
            | Kind::Text
            | Kind::TextArea
            | Kind::Phone
            | Kind::Url
            | Kind::Boolean
            | Kind::Int
            | Kind::Double
            | Kind::Currency
            | Kind::Date
            | Kind::DateTime
            | Kind::Address => {}
        }
    }
    Ok(())
}

fn options(object: Object, field: &Field, text: &str) -> Result<(), ApiError> {
    if object == Object::Lead && &*field.name == "Status" && text == CONVERTED_STATUS {
        // That it is refused is known, in which words is not.
        return Err(words::refused(
            "INVALID_STATUS",
            "Status: cannot be set to a converted status",
            &["Status"],
        ));
    }
    // States and countries have words of their own.
    if !field.restricted || field.compound.is_some_and(|compound| compound.ends_with("Address")) {
        return Ok(());
    }
    let active = |value: &str| field.options.iter().any(|option| option.active && option.value == value);
    let separator = if field.kind == Kind::MultiPicklist { ";" } else { "\0" };
    match text.split(separator).find(|value| !active(value)) {
        Some(value) => Err(words::bad_option(field, value)),
        None => Ok(()),
    }
}

/// One `@` between a local part and a domain with a dot, all in the characters that Salesforce takes.
/// <https://help.salesforce.com/s/articleView?id=000386764>
fn is_email(text: &str) -> bool {
    const MORE_LOCAL: &str = "!#$%&'*/=?^_+-`{|}~.";
    const MOST_LOCAL_CHARACTERS: usize = 64;
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let dots_are_inside = |part: &str| !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
    let is_local = |char: char| char.is_ascii_alphanumeric() || MORE_LOCAL.contains(char);
    let is_domain = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '.';
    !local.is_empty()
        && local.chars().count() <= MOST_LOCAL_CHARACTERS
        && local.chars().all(is_local)
        && dots_are_inside(local)
        && domain.contains('.')
        && domain.chars().all(is_domain)
        && dots_are_inside(domain)
}

/// Every reference names a row of the right object that is there. Ids are stored with 18 characters.
pub(super) fn references(state: &State, described: &ObjectType, fields: &mut Fields) -> Result<(), ApiError> {
    for field in described.fields.iter().filter(|field| field.kind == Kind::Reference) {
        let Some(value) = fields.get_mut(&field.name) else { continue };
        let Some(text) = value.as_str() else { continue };
        let fits = |id: &RowId| id.object().is_some_and(|object| field.reference_to.contains(&object));
        let Some(id) = RowId::parse(text).filter(fits) else {
            return Err(words::malformed_id(&field.label, text, &field.name));
        };
        match state.store.row(id) {
            None => return Err(words::invalid_reference(&[&field.name])),
            Some(row) if row.is_deleted => return Err(words::deleted()),
            Some(row) if id.object() == Some(Object::Lead) && row.flag("IsConverted") => {
                return Err(words::converted());
            }
            Some(row) if &*field.name == "OwnerId" && !row.flag("IsActive") => {
                return Err(words::inactive_owner(text, &described.label.to_lowercase()));
            }
            Some(_) => *value = Json::from(id.as_str()),
        }
    }
    Ok(())
}

/// The administrator's rules; all that are broken speak.
pub(super) fn rules(rules: &[ValidationRule], wanted: &Wanted<'_>) -> Result<(), Refusals> {
    let broken = |rule: &&ValidationRule| {
        let value = wanted.text(&rule.field);
        rule.object == wanted.object.name()
            && match &rule.refuses {
                Refuses::Blank => value.is_empty(),
                Refuses::Containing(text) => value.contains(text),
            }
    };
    let refusals: Vec<ApiError> = rules
        .iter()
        .filter(broken)
        .map(|rule| words::broken_rule(&rule.message, rule.at_field.then_some(&*rule.field)))
        .collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// No other row has the same value where that must not be.
pub(super) fn unique(state: &State, described: &ObjectType, wanted: &Wanted<'_>) -> Result<(), ApiError> {
    for field in described.fields.iter().filter(|field| field.unique) {
        let text = match wanted.fields.get(&field.name) {
            Some(Json::String(text)) => text.clone(),
            Some(Json::Number(number)) => number.to_string(),
            Some(_) | None => continue,
        };
        let holders = state.store.find(wanted.object, &field.name, &text);
        if let Some(holder) = holders.into_iter().find(|id| Some(*id) != wanted.id()) {
            return Err(words::duplicate_value(&field.name, holder.as_str()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(is_email(text), expected, "{text}");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        check("ada@mail.example", true);
        check("o'neil+x@sub.mail.example", true);
        check("zoe@müller.example", false);
        for text in ["ada", "ada@", "@mail.example", "ada@mail", "a b@mail.example", "a..b@mail.example"] {
            check(text, false);
        }
        for text in ["ada@mail.example.", ".ada@mail.example", "ada@ma_il.example", "a@b@c.example"] {
            check(text, false);
        }
    }
}
