//! Addresses: Google writes the label for an envelope, unless the client did.

use super::{text, words};
use serde_json::{Map, Value as Json};

/// Adds what is derived. False if the address holds nothing but its type.
pub(super) fn complete(item: &mut Map<String, Json>) -> bool {
    if item.keys().all(|key| key == "type" || key == super::PREFERRED) {
        return false;
    }
    if !item.contains_key("formattedValue") {
        let part = |name: &str| text(item, name).unwrap_or_default();
        let words = |parts: &[&str]| {
            let kept: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
            kept.join(" ")
        };
        let town = match (part("city"), words(&[part("region"), part("postalCode")])) {
            ("", rest) => rest,
            (city, rest) if rest.is_empty() => city.to_owned(),
            (city, rest) => format!("{city}, {rest}"),
        };
        let country = if part("country").is_empty() { part("countryCode") } else { part("country") };
        let lines = [part("streetAddress"), part("extendedAddress"), part("poBox"), &town, country];
        let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            let label = lines.join("\n");
            item.insert("formattedValue".to_owned(), Json::from(label));
        }
    }
    let formatted = text(item, "type").map(words::formatted);
    item.extend(formatted.map(|word| ("formattedType".to_owned(), Json::from(word))));
    true
}
