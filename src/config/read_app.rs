//! Reads `[apps.NAME]`: the keys that every app takes, and those of its vendor.

use super::app::{
    AppConfig, AppType, Credentials, Drift, DriftTags, Mailchimp, OAuth, OAuthFlow, REREAD_HOURS,
    RESERVE_PERCENT, Rate, RatePeriod, Salesforce, SalesforceObject, SalesforceTags, Vendor,
};
use super::located::Located;
use super::nearest::{hint_from, quoted};
use super::reader::{Entry, Node, Reader};
use super::secret::{self, SecretSource};
use super::{names, web};
use std::num::NonZeroU32;
use std::path::Path;
use syntony_core::ids::{AppName, FieldName};

/// More calls at once than this help nobody.
pub(super) const MAX_CONCURRENCY: u32 = 64;
/// A pace that no vendor allows.
pub(super) const MAX_CALLS: u32 = 100_000;
/// Leaving more than this of a quota to others leaves nothing to work with.
pub(super) const MAX_RESERVE_PERCENT: u32 = 90;
/// Longer than any vendor keeps a new contact out of sight.
pub(super) const MAX_LAG_SECONDS: u32 = 600;
/// A year.
pub(super) const MAX_REREAD_HOURS: u32 = 8_784;

/// Reads one app; `folder` is where the configuration lies.
pub(super) fn read(entry: Entry<'_>, folder: &Path) -> Option<AppConfig> {
    let named = names::check(&entry.key, entry.node.sink);
    let table = entry.node.table_at(entry.key.span)?;
    let app_type = table.required("type", "for example type = \"drift\"").and_then(app_type);
    let base_url = table.optional("base_url").map(web::base);
    let rate = table.optional("rate").map(rate);
    let concurrency = table.optional("concurrency").map(|node| positive(node, MAX_CONCURRENCY));
    let lag = table.optional("lag_seconds").map(|node| node.count(0..=MAX_LAG_SECONDS));
    let reserve = count_or(&table, "reserve_percent", 0, MAX_RESERVE_PERCENT, RESERVE_PERCENT);
    // Without its type there is no telling which other keys belong here.
    let app_type = app_type?;
    let vendor = match app_type {
        AppType::Drift => drift(&table, folder).map(Vendor::Drift),
        AppType::GoogleContacts => Some(Vendor::GoogleContacts),
        AppType::Salesforce => salesforce(&table).map(Vendor::Salesforce),
        AppType::Mailchimp => mailchimp(&table, folder).map(Vendor::Mailchimp),
    };
    let credentials = credentials(&table, app_type, folder);
    table.finish();
    named?;
    Some(AppConfig {
        name: entry.key.map(AppName::new),
        vendor: vendor?,
        credentials: credentials?,
        base_url: lift(base_url)?,
        rate: lift(rate)?,
        concurrency: lift(concurrency)?,
        lag_seconds: lift(lag)?,
        reserve_percent: reserve?,
    })
}

/// From "there, and perhaps wrong" to "wrong, or perhaps not there".
pub(super) fn lift<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(None) => None,
        Some(Some(value)) => Some(Some(value)),
    }
}

fn app_type(node: Node<'_>) -> Option<AppType> {
    let text = node.text()?;
    let found = AppType::ALL.into_iter().find(|known| known.as_str() == text.value);
    if found.is_none() {
        let hint = hint_from(&text, AppType::ALL.map(AppType::as_str));
        node.sink.error::<()>(node.span, format!("unknown app type `{}`", text.value), hint);
    }
    found
}

fn drift(table: &Reader<'_>, folder: &Path) -> Option<Drift> {
    let tags = match table.optional("tags") {
        None => Some(Located::new(DriftTags::Endpoint, table.at())),
        Some(node) => node.text().and_then(|text| match text.split_once(':') {
            None if text.value == "endpoint" => Some(text.with(DriftTags::Endpoint)),
            Some(("attribute", name)) if is_field_name(name) => {
                Some(text.with(DriftTags::Attribute(FieldName::new(name))))
            }
            _ => wrong_tags(node, &["endpoint", "attribute:NAME"]),
        }),
    };
    let webhook_token = table.optional("webhook_token").map(|node| secret::read(node, folder));
    let reread_hours = count_or(table, "reread_hours", 1, MAX_REREAD_HOURS, REREAD_HOURS);
    let names = table.table("fields");
    let attribute = |key: &str| {
        names.as_ref().and_then(|names| names.optional(key)).map_or_else(
            || Some(Located::new(FieldName::new(key), table.at())),
            |node| node.text().map(|name| name.map(FieldName::new)),
        )
    };
    let (cql_score, cql_source, lead_stage) =
        (attribute("cql_score"), attribute("cql_source"), attribute("lead_stage"));
    if let Some(names) = names {
        names.finish();
    }
    Some(Drift {
        tags: tags?,
        webhook_token: lift(webhook_token)?,
        cql_score: cql_score?,
        cql_source: cql_source?,
        lead_stage: lead_stage?,
        reread_hours: reread_hours?,
    })
}

fn salesforce(table: &Reader<'_>) -> Option<Salesforce> {
    let objects = [("contact", SalesforceObject::Contact), ("lead", SalesforceObject::Lead)];
    let object = match table.optional("object") {
        None => Some(Located::new(SalesforceObject::Contact, table.at())),
        Some(node) => node.choice(&objects),
    };
    let tags = match table.optional("tags") {
        None => Some(Located::new(SalesforceTags::Topics, table.at())),
        Some(node) => node.text().and_then(|text| match text.split_once(':') {
            None if text.value == "topics" => Some(text.with(SalesforceTags::Topics)),
            None if text.value == "campaigns" => Some(text.with(SalesforceTags::Campaigns)),
            Some(("field", name)) if is_field_name(name) => {
                Some(text.with(SalesforceTags::Field(FieldName::new(name))))
            }
            _ => wrong_tags(node, &["topics", "campaigns", "field:API_Name__c"]),
        }),
    };
    let instance_url = table.optional("instance_url").map(web::address);
    let external_id =
        table.optional("external_id").map(|node| node.text().map(|name| name.map(FieldName::new)));
    if table.optional("token").is_some() && instance_url.is_none() {
        let hint = "instance_url = \"https://example.my.salesforce.com\"; a token alone does not tell";
        table.required("instance_url", hint)?;
    }
    Some(Salesforce {
        object: object?,
        tags: tags?,
        instance_url: lift(instance_url)?,
        external_id: lift(external_id)?,
    })
}

fn mailchimp(table: &Reader<'_>, folder: &Path) -> Option<Mailchimp> {
    let audience = table
        .required("audience", "the audience's id, as Mailchimp shows it under the audience's settings")
        .and_then(Node::text);
    let webhook_token = table.optional("webhook_token").map(|node| secret::read(node, folder));
    let double_opt_in = table.optional("double_opt_in").map(Node::flag);
    Some(Mailchimp {
        audience: audience?,
        webhook_token: lift(webhook_token)?,
        double_opt_in: lift(double_opt_in)?.is_some_and(|flag| flag.value),
    })
}

/// A name as a vendor's API would take it: something, and no blanks around it.
pub(super) fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.contains(char::is_control)
}

fn wrong_tags<T>(node: Node<'_>, possible: &[&str]) -> Option<T> {
    let hint = format!("possible here: {}", quoted(possible.iter().copied()));
    node.sink.error(node.span, "this is not a place for tags", hint)
}

/// Exactly one of the ways in that the vendor has.
fn credentials(table: &Reader<'_>, app_type: AppType, folder: &Path) -> Option<Credentials> {
    let ways: &[&str] = match app_type {
        AppType::Drift | AppType::GoogleContacts | AppType::Salesforce => &["token", "oauth"],
        AppType::Mailchimp => &["api_key", "token", "oauth"],
    };
    let secret_of = |key: &str| table.optional(key).map(|node| secret::read(node, folder));
    let token = secret_of("token").map(|source| source.map(Credentials::Token));
    let key = if ways.contains(&"api_key") {
        secret_of("api_key").map(|source| source.map(Credentials::ApiKey))
    } else {
        None
    };
    let oauth = table.table("oauth").map(|inner| oauth(inner, app_type, folder));
    let oauth = oauth.map(|oauth| oauth.map(|oauth| Credentials::OAuth(Box::new(oauth))));
    let present = table.present(ways);
    match present.as_slice() {
        [] => {
            let hint = match app_type {
                AppType::Mailchimp => "api_key = { env = \"MAILCHIMP_API_KEY\" }",
                AppType::Drift | AppType::GoogleContacts | AppType::Salesforce => {
                    "token = { env = \"NAME\" }, or an oauth table with client_id and client_secret"
                }
            };
            table.sink().missing(table.at(), "this app has no credentials", hint.to_owned())
        }
        [_] => token.or(key).or(oauth).flatten(),
        several => {
            let message = format!("one way in is enough, here are {}", several.len());
            table.sink().error(
                table.at(),
                message,
                format!("keep one of {}", quoted(several.iter().copied())),
            )
        }
    }
}

fn oauth(table: Reader<'_>, app_type: AppType, folder: &Path) -> Option<OAuth> {
    let secret_of = |key: &str| table.optional(key).map(|node| secret::read(node, folder));
    let flows =
        [("refresh_token", OAuthFlow::RefreshToken), ("client_credentials", OAuthFlow::ClientCredentials)];
    let of_salesforce = app_type == AppType::Salesforce;
    let flow = if of_salesforce { table.optional("flow").map(|node| node.choice(&flows)) } else { None };
    let login_url = if of_salesforce { table.optional("login_url").map(web::address) } else { None };
    let flow = lift(flow).map(|flow| flow.map_or(OAuthFlow::RefreshToken, |flow| flow.value));
    let client_id = table
        .required("client_id", "client_id = { env = \"NAME\" }")
        .and_then(|node| secret::read(node, folder));
    // A Salesforce app may be a public client; every other vendor gives each client a secret, and a client
    // that stands for itself has nothing else to show.
    let client_secret = if of_salesforce && flow != Some(OAuthFlow::ClientCredentials) {
        secret_of("client_secret")
    } else {
        let node = table.required("client_secret", "client_secret = { env = \"NAME\" }");
        Some(node.and_then(|node| secret::read(node, folder)))
    };
    let refresh_token: Option<Option<Located<SecretSource>>> = secret_of("refresh_token");
    let [token_url, authorize_url, revoke_url] =
        ["token_url", "authorize_url", "revoke_url"].map(|key| table.optional(key).map(web::address));
    let span = table.at();
    table.finish();
    Some(OAuth {
        span,
        flow: flow?,
        client_id: client_id?,
        client_secret: lift(client_secret)?,
        refresh_token: lift(refresh_token)?,
        login_url: lift(login_url)?,
        token_url: lift(token_url)?,
        authorize_url: lift(authorize_url)?,
        revoke_url: lift(revoke_url)?,
    })
}

fn rate(node: Node<'_>) -> Option<Located<Rate>> {
    let table = node.table()?;
    let hint = "for example rate = { per_minute = 90 }, or { per_second = 10 }";
    // Asked for whatever comes, so that neither of them is called an unknown key.
    let (second, minute) = (table.optional("per_second"), table.optional("per_minute"));
    let rate = match (second, minute) {
        (Some(calls), None) => positive(calls, MAX_CALLS).map(|calls| (calls.value, RatePeriod::Second)),
        (None, Some(calls)) => positive(calls, MAX_CALLS).map(|calls| (calls.value, RatePeriod::Minute)),
        (None, None) | (Some(_), Some(_)) => {
            table.sink().error(node.span, "a rate is either `per_second` or `per_minute`", hint.to_owned())
        }
    };
    table.finish();
    rate.map(|(calls, per)| Located::new(Rate { calls, per }, node.span))
}

fn positive(node: Node<'_>, most: u32) -> Option<Located<NonZeroU32>> {
    let number = node.count(1..=most)?;
    NonZeroU32::new(number.value).map(|positive| number.with(positive))
}

/// A whole number with a default.
pub(super) fn count_or(table: &Reader<'_>, key: &str, least: u32, most: u32, default: u32) -> Option<u32> {
    match table.optional(key) {
        None => Some(default),
        Some(node) => node.count(least..=most).map(|number| number.value),
    }
}
