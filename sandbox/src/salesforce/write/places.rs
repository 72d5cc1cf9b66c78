//! States and countries, in orgs that have picklists of them: a name and a code for each, which must agree.
//!
//! On a create the code wins over a name that says otherwise; on an update that is an error. Clearing a
//! country clears its state. A state without a country is refused.
//!
//! <https://help.salesforce.com/s/articleView?id=sf.admin_state_country_picklists_field_syncing.htm>

use super::super::error::ApiError;
use super::super::schema::{COUNTRIES, Country, Field, ObjectType};
use super::super::store::{Fields, Row};
use super::words;
use serde_json::Value as Json;

const BAD_COUNTRY: &str = "There's a problem with this country, even though it may appear correct. Please select a \
                           country/territory from the list of valid countries.";
const BAD_STATE: &str = "There's a problem with this state, even though it may appear correct. Please select a \
                         state from the list of valid states.";
const NO_COUNTRY: &str = "A country/territory must be specified before specifying a state value";

/// Brings the names and the codes of every address together in what will be written.
///
/// # Errors
/// `FIELD_INTEGRITY_EXCEPTION` for a place that there is not, or for two that do not agree.
pub(in super::super) fn settle(
    described: &ObjectType,
    before: Option<&Row>,
    fields: &mut Fields,
) -> Result<(), ApiError> {
    for country_code in described.fields.iter().filter(|field| field.name.ends_with("CountryCode")) {
        let prefix = country_code.name.trim_end_matches("CountryCode");
        let part = |name: &str| described.any_field(&format!("{prefix}{name}"));
        let (Some(country), Some(state), Some(state_code)) =
            (part("Country"), part("State"), part("StateCode"))
        else {
            continue;
        };
        Address { country, country_code, state, state_code, before }.settle(fields)?;
    }
    Ok(())
}

/// The four fields of one address, and what they held.
struct Address<'a> {
    country: &'a Field,
    country_code: &'a Field,
    state: &'a Field,
    state_code: &'a Field,
    before: Option<&'a Row>,
}

/// A name with its code.
type Place = (&'static str, &'static str);

impl Address<'_> {
    fn settle(&self, fields: &mut Fields) -> Result<(), ApiError> {
        let parts = [self.country, self.country_code, self.state, self.state_code];
        if !parts.iter().any(|field| fields.contains_key(&field.name)) {
            return Ok(());
        }
        let country = match self.place(fields, self.country, self.country_code, &country_of, BAD_COUNTRY)? {
            Sent::Nothing => self.country_before(),
            Sent::Null => None,
            Sent::Place(place) => Some(place),
        };
        let states =
            country.and_then(|(_, code)| known(code)).map(|country| country.states).unwrap_or_default();
        let find = |text: &str, by: By| pick(states.iter().map(|(code, name)| (*name, *code)), text, by);
        let told = country.is_some()
            || self.text(fields, self.state).or(self.text(fields, self.state_code)).is_none();
        if !told {
            return Err(words::bad_place(NO_COUNTRY, self.state));
        }
        let state = match self.place(fields, self.state, self.state_code, &find, BAD_STATE)? {
            Sent::Place(place) => Some(place),
            Sent::Null => None,
            // A state that stays must be one of the country that comes.
            Sent::Nothing => match self.stored(self.state_code).filter(|_| country.is_some()) {
                Some(code) => {
                    Some(find(&code, By::Code).ok_or_else(|| words::bad_place(BAD_STATE, self.state))?)
                }
                None => None,
            },
        };
        for (place, name, code) in
            [(country, self.country, self.country_code), (state, self.state, self.state_code)]
        {
            let text = |text: Option<&str>| text.map_or(Json::Null, Json::from);
            fields.insert(name.name.clone(), text(place.map(|(name, _)| name)));
            fields.insert(code.name.clone(), text(place.map(|(_, code)| code)));
        }
        Ok(())
    }

    /// What the client says of a country or of a state.
    fn place(
        &self,
        fields: &Fields,
        name: &Field,
        code: &Field,
        find: &dyn Fn(&str, By) -> Option<Place>,
        problem: &str,
    ) -> Result<Sent, ApiError> {
        let by_code = match self.text(fields, code) {
            Some(text) => Some(find(text, By::Code).ok_or_else(|| words::bad_place(problem, code))?),
            None => None,
        };
        let by_name = match (self.text(fields, name), by_code) {
            // On a create the code decides, whatever the name is.
            (Some(_), Some(place)) if self.before.is_none() => Some(place),
            (Some(text), _) => Some(find(text, By::Name).ok_or_else(|| words::bad_place(problem, name))?),
            (None, _) => None,
        };
        match (by_code, by_name) {
            (Some(one), Some(other)) if one != other => Err(words::bad_place(problem, name)),
            (Some(place), _) | (None, Some(place)) => Ok(Sent::Place(place)),
            (None, None) if fields.contains_key(&name.name) || fields.contains_key(&code.name) => {
                Ok(Sent::Null)
            }
            (None, None) => Ok(Sent::Nothing),
        }
    }

    fn country_before(&self) -> Option<Place> {
        country_of(&self.stored(self.country_code)?, By::Code)
    }

    fn stored(&self, field: &Field) -> Option<String> {
        self.before?.fields.get(&field.name).and_then(Json::as_str).map(str::to_owned)
    }

    fn text<'f>(&self, fields: &'f Fields, field: &Field) -> Option<&'f str> {
        fields.get(&field.name).and_then(Json::as_str)
    }
}

/// What a client says of a place.
enum Sent {
    Nothing,
    Null,
    Place(Place),
}

#[derive(Clone, Copy)]
enum By {
    Code,
    Name,
}

fn country_of(text: &str, by: By) -> Option<Place> {
    pick(COUNTRIES.iter().map(|country| (country.name, country.code)), text, by)
}

fn known(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code == code)
}

fn pick(places: impl Iterator<Item = Place>, text: &str, by: By) -> Option<Place> {
    let mut places = places;
    places.find(|(name, code)| match by {
        By::Code => *code == text,
        By::Name => name.to_lowercase() == text.to_lowercase(),
    })
}
