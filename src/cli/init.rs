//! `init TYPE TYPE…`: writes a commented configuration to start from. `init --schema`: prints what an
//! editor needs to complete and check one.
//!
//! Invariants: what it writes passes our own check and the schema, as it is and with every commented key
//! switched on; and a file that is there is never overwritten without `--force`.

use super::args::InitArgs;
use super::{CliError, Exit, Globals};
use crate::config::app::AppType;
use crate::config::file;
use crate::output;
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

pub(super) fn run(args: &InitArgs, globals: &Globals) -> Result<Exit, CliError> {
    if args.schema {
        // One JSON document, with and without `--json`.
        output::print(&file::text())?;
        return Ok(Exit::Done);
    }
    let file = &globals.config;
    let draft = write(args, file)?;
    if globals.json {
        output::print_json(&json!({
            "written": file.to_string_lossy(),
            "apps": draft.apps.iter().map(|app| &app.name).collect::<Vec<_>>(),
            "connections": draft.connections().map(|(left, right)| pair_name(left, right)).collect::<Vec<_>>(),
            "variables": draft.variables(),
        }))?;
    } else {
        output::print(&draft.next_steps(file))?;
    }
    Ok(Exit::Done)
}

fn write(args: &InitArgs, file: &Path) -> Result<Draft, CliError> {
    let draft = Draft::of(&args.types);
    save(file, &draft.text(), args.force).map_err(|error| refusal(file, &error))?;
    Ok(draft)
}

fn refusal(file: &Path, error: &io::Error) -> CliError {
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            let message = format!("`{}` exists already", file.display());
            CliError::usage(message, "`--force` overwrites it, `--config FILE` names another")
        }
        _ => {
            let message = format!("`{}` cannot be written: {error}", file.display());
            CliError::stopped(message, "check the folder and its permissions")
        }
    }
}

/// A new file is made only where there is none; an old one is replaced in one step, so that there is
/// never half a configuration.
fn save(file: &Path, text: &str, force: bool) -> io::Result<()> {
    if !force {
        let mut out = fs::OpenOptions::new().write(true).create_new(true).open(file)?;
        return out.write_all(text.as_bytes());
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = file.with_file_name(name);
    fs::write(&fresh, text)?;
    fs::rename(&fresh, file).inspect_err(|_| {
        let _ = fs::remove_file(&fresh);
    })
}

/// The apps that are to be written down.
struct Draft {
    apps: Vec<App>,
}

/// One of them.
struct App {
    name: String,
    app_type: AppType,
    /// What its environment variables start with.
    prefix: String,
}

impl Draft {
    /// Apps named after their types; a second one of a type has a number.
    fn of(types: &[AppType]) -> Self {
        let mut apps: Vec<App> = Vec::new();
        for app_type in types {
            let (name, prefix) = match app_type {
                AppType::Drift => ("drift", "DRIFT"),
                AppType::GoogleContacts => ("google", "GOOGLE"),
                AppType::Salesforce => ("salesforce", "SALESFORCE"),
                AppType::Mailchimp => ("mailchimp", "MAILCHIMP"),
            };
            let (name, prefix) = match apps.iter().filter(|app| app.app_type == *app_type).count() {
                0 => (name.to_owned(), prefix.to_owned()),
                others => (format!("{name}-{}", others + 1), format!("{prefix}_{}", others + 1)),
            };
            apps.push(App { name, app_type: *app_type, prefix });
        }
        Self { apps }
    }

    /// The first app with each of the others: a star has no circles that a change could run around in.
    fn connections(&self) -> impl Iterator<Item = (&App, &App)> {
        let (first, others) =
            self.apps.split_first().map_or((None, &[][..]), |(first, others)| (Some(first), others));
        first.into_iter().flat_map(move |first| others.iter().map(move |other| (first, other)))
    }

    fn variables(&self) -> Vec<String> {
        let names = |app: &App| {
            app.variables().iter().map(|name| format!("{}_{name}", app.prefix)).collect::<Vec<_>>()
        };
        self.apps.iter().flat_map(names).collect()
    }

    fn text(&self) -> String {
        let mut text = HEAD.replace("@schema", file::FILE_NAME);
        for app in &self.apps {
            text.push('\n');
            text.push_str(&app.text());
        }
        for (left, right) in self.connections() {
            text.push('\n');
            text.push_str(&connection(left, right));
        }
        text
    }

    fn next_steps(&self, file: &Path) -> String {
        let mut text = format!("Wrote {}.\n\nNext:\n  1. Set ", file.display());
        text.push_str(&self.variables().join(", "));
        text.push('.');
        let mut number = 1;
        let mut step = |words: &str| {
            number += 1;
            let _ = write!(text, "\n  {number}. {words}");
        };
        for app in self.apps.iter().filter(|app| app.is_signed_in_to()) {
            step(&format!("`syntony auth login {}`: you allow the access in your browser.", app.name));
        }
        step("`syntony check` says what is still wrong.");
        step("`syntony plan` shows what a sync would do, and writes nothing.");
        step("`syntony sync`.\n");
        let schema = file::FILE_NAME;
        let _ = write!(
            text,
            "\nFor completion in your editor: `syntony init --schema > {schema}`, beside the file.\n"
        );
        text
    }
}

/// An editor takes its schema from a line before everything else:
/// <https://taplo.tamasfe.dev/configuration/directives.html>.
const HEAD: &str = "\
#:schema ./@schema
# That line is for your editor, which then completes and explains the keys. It wants a file beside this one:
#   syntony init --schema > @schema

# What Syntony keeps in step. `syntony check` says everything that is wrong with this file.
# Secrets never stand here, only where they are to be found:
#   { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"pass\", \"show\", \"name\"] }
# A line that starts with `#: ` is a key at its default or an example: take the `#: ` away to change it.

[state]
path = \"syntony.db\"  # relative to this file
";

impl App {
    /// What must be set before it works, without the prefix.
    fn variables(&self) -> &'static [&'static str] {
        match self.app_type {
            AppType::Drift => &["TOKEN"],
            AppType::GoogleContacts | AppType::Salesforce => &["CLIENT_ID", "CLIENT_SECRET"],
            AppType::Mailchimp => &["API_KEY"],
        }
    }

    /// Whether a person allows the access in a browser.
    fn is_signed_in_to(&self) -> bool {
        match self.app_type {
            AppType::GoogleContacts | AppType::Salesforce => true,
            AppType::Drift | AppType::Mailchimp => false,
        }
    }

    /// A field of the admin's own, as this vendor's API would name it.
    fn custom_field(&self) -> &'static str {
        match self.app_type {
            AppType::Drift => "favourite_colour",
            AppType::GoogleContacts => "userDefined.Favourite colour",
            AppType::Salesforce => "Favourite_Colour__c",
            AppType::Mailchimp => "COLOUR",
        }
    }

    /// Whether it reports deletions.
    fn tells_deletions(&self) -> bool {
        match self.app_type {
            AppType::GoogleContacts | AppType::Salesforce => true,
            AppType::Drift | AppType::Mailchimp => false,
        }
    }

    /// Whether it says who opted out.
    fn tells_unsubscribes(&self) -> bool {
        match self.app_type {
            AppType::Salesforce | AppType::Mailchimp => true,
            // Drift tells by webhook alone, and none is received yet.
            AppType::Drift | AppType::GoogleContacts => false,
        }
    }

    fn text(&self) -> String {
        let template = match self.app_type {
            AppType::Drift => DRIFT,
            AppType::GoogleContacts => GOOGLE_CONTACTS,
            AppType::Salesforce => SALESFORCE,
            AppType::Mailchimp => MAILCHIMP,
        };
        template.replace("@app", &self.name).replace("@PREFIX", &self.prefix)
    }
}

const DRIFT: &str = r#"[apps.@app]
type  = "drift"
token = { env = "@PREFIX_TOKEN" }  # of a private app: https://dev.drift.com, your app, Install
# Where tags live: Drift's contact tags, or a custom attribute ("attribute:NAME").
#: tags = "endpoint"
# For webhooks: the verification token that Drift shows beside them.
#: webhook_token = { env = "@PREFIX_WEBHOOK_TOKEN" }
# The attributes that hold these, if yours have other names.
#: fields = { cql_score = "cql_score", cql_source = "cql_source", lead_stage = "lead_stage" }
"#;

const GOOGLE_CONTACTS: &str = r#"[apps.@app]
type = "google_contacts"
[apps.@app.oauth]  # a client of the type "Desktop app": https://console.cloud.google.com, People API
client_id     = { env = "@PREFIX_CLIENT_ID" }
client_secret = { env = "@PREFIX_CLIENT_SECRET" }
# Then `syntony auth login @app`; or a refresh token that you have already:
#: refresh_token = { env = "@PREFIX_REFRESH_TOKEN" }
"#;

const SALESFORCE: &str = r#"[apps.@app]
type = "salesforce"
# What is synced: "contact" or "lead".
#: object = "contact"
# Where tags live: "topics", "campaigns", or a multi-select picklist ("field:API_Name__c").
#: tags = "topics"
# A custom text field that is a unique external id: it keeps our key of each contact we create, so that a lost
# answer never makes a second one.
#: external_id = "Syntony_Key__c"
# How much of the daily quota is left to other users of the account, in percent.
#: reserve_percent = 10
[apps.@app.oauth]  # a connected app, or an external client app
client_id     = { env = "@PREFIX_CLIENT_ID" }
client_secret = { env = "@PREFIX_CLIENT_SECRET" }
# Then `syntony auth login @app`; or a refresh token that you have already:
#: refresh_token = { env = "@PREFIX_REFRESH_TOKEN" }
#: login_url = "https://login.salesforce.com"
#: flow = "refresh_token"
"#;

const MAILCHIMP: &str = r#"[apps.@app]
type     = "mailchimp"
audience = "your-audience-id"  # Audience, Settings, Audience name and defaults
api_key  = { env = "@PREFIX_API_KEY" }
# New members are asked to confirm, and are pending until they do.
#: double_opt_in = true
"#;

fn pair_name(left: &App, right: &App) -> String {
    format!("{}-{}", left.name, right.name)
}

fn connection(left: &App, right: &App) -> String {
    let name = pair_name(left, right);
    let mut text =
        CONNECTION.replace("@name", &name).replace("@left", &left.name).replace("@right", &right.name);
    // Only what at least one of the two can tell; the first one that can is the example.
    if let Some(from) = [right, left].into_iter().find(|app| app.tells_deletions()) {
        text.push_str("# A contact deleted there gets a tag here. Nothing is ever deleted.\n");
        let _ = writeln!(text, "#: deletions = {{ from = \"{}\", tag = \"PieSync Trash\" }}", from.name);
    }
    if let Some(from) = [right, left].into_iter().find(|app| app.tells_unsubscribes()) {
        text.push_str("# A person who opts out there gets a tag here.\n");
        let _ = writeln!(
            text,
            "#: unsubscribes = {{ from = \"{}\", tag = \"PieSync Unsubscribes\" }}",
            from.name
        );
    }
    let mailing = [left, right].iter().any(|app| app.app_type == AppType::Mailchimp);
    let rules = RULES.replace("@defaults", if mailing { DEFAULTS_OF_MAILCHIMP } else { DEFAULTS });
    let rules = rules.replace("@ours", left.custom_field()).replace("@theirs", right.custom_field());
    text.push_str(&rules.replace("@name", &name).replace("@left", &left.name).replace("@right", &right.name));
    let requiring: Vec<&App> =
        [left, right].into_iter().filter(|app| app.app_type == AppType::Salesforce).collect();
    if !requiring.is_empty() {
        let _ = writeln!(
            text,
            "\n[connections.{name}.placeholders]  # on create only, for fields the app requires"
        );
        for app in requiring {
            let _ = writeln!(text, "{} = {{ LastName = \"(unknown)\" }}", app.name);
        }
    }
    text
}

const CONNECTION: &str = r#"[connections.@name]
between  = ["@left", "@right"]
schedule = "0 */5 * * * *"  # every five minutes: second minute hour day month weekday
timezone = "UTC"
# Both sides changed one field to different values: an app's name wins, "ask" leaves it to you.
winner   = "ask"
# "both", "to @right" or "to @left".
#: direction = "both"
# Only contacts with an e-mail address.
#: avoid_duplicates = true
# Several contacts of one app share an address: "hold" links none, "best" the most complete.
#: duplicates = "hold"
# An emptied field empties the other side ("propagate"), or does not ("keep").
#: on_clear = "propagate"
# A run that would tag, clear or drop more than this stops and asks.
#: guard = { max_changes_percent = 30, max_changes = 500 }
"#;

const DEFAULTS: &str = "\
#: [connections.@name.defaults]
#: off = [\"notes\"]
";

const DEFAULTS_OF_MAILCHIMP: &str = "\
[connections.@name.defaults]
off = [\"address\"]  # Mailchimp takes whole addresses alone, with a state or region
";

const RULES: &str = r#"
# Which contacts: no rules at all means every contact, both ways. Any rule is enough; in a rule, all
# conditions must hold.
#: [[connections.@name.rules]]
#: from = "@left"
#: if   = [ { has_tag = "customer" } ]
#: then = [ { add_tag = "From @left", undo = true } ]

# Mappings beside the default ones, and default ones that you do not want.
#: [[connections.@name.fields]]
#: @left = "@ours"
#: @right = "@theirs"

@defaults"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use chrono::DateTime;

    fn problems(text: &str) -> Vec<String> {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let loaded = config::parse(Path::new("syntony.toml"), text.as_bytes(), now);
        assert_eq!(loaded.config.is_some(), loaded.problems.is_empty());
        let ours = loaded.problems.iter().map(|it| format!("{:?}: {}", it.line, it.message));
        ours.chain(config::tests::schema::complaints(text)).collect()
    }

    fn check(types: &[AppType]) {
        let draft = Draft::of(types);
        let text = draft.text();
        assert_eq!(problems(&text), Vec::<String>::new(), "{types:?}\n{text}");
        let switched_on = text.replace("#: ", "");
        assert_ne!(text, switched_on);
        assert_eq!(problems(&switched_on), Vec::<String>::new(), "{types:?}, all keys on\n{switched_on}");
        for variable in draft.variables() {
            assert!(text.contains(&format!("{{ env = \"{variable}\" }}")), "{variable}\n{text}");
        }
        assert!(!text.contains('@'), "{text}");
    }

    #[test]
    fn what_is_written_for_every_pair_of_types_passes_our_own_check() {
        for left in AppType::ALL {
            for right in AppType::ALL {
                check(&[left, right]);
            }
        }
        check(&AppType::ALL);
        check(&[AppType::GoogleContacts; 4]);
    }

    #[test]
    fn the_first_app_is_connected_with_each_of_the_others() {
        let draft = Draft::of(&[AppType::Drift, AppType::GoogleContacts, AppType::GoogleContacts]);
        let names: Vec<_> = draft.connections().map(|(left, right)| pair_name(left, right)).collect();
        assert_eq!(names, ["drift-google", "drift-google-2"]);
    }

    #[test]
    fn a_file_that_is_there_is_not_overwritten_unless_it_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("syntony.toml");
        let args =
            |force| InitArgs { types: vec![AppType::Drift, AppType::GoogleContacts], force, schema: false };
        let status =
            |force, file: &Path| write(&args(force), file).map_or_else(|error| error.exit(), |_| Exit::Done);
        fs::write(&file, "mine").unwrap();
        assert_eq!(status(false, &file), Exit::Usage);
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");

        assert_eq!(status(true, &file), Exit::Done);
        assert!(fs::read_to_string(&file).unwrap().contains("[apps.drift]"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a left-over file");
        assert_eq!(status(false, &folder.path().join("no/such/folder/x.toml")), Exit::Stopped);
    }
}
