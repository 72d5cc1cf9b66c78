//! The apps of one example, the people in them, and the program.

use crate::hand::{Hand, Kind, Mailed, What, who};
use crate::page::{self, Part, Step};
use crate::rows::{Does, Fact, Row, Whom};
use crate::transcript;
use crate::values::{self, Typed};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// What goes by between two syncs: some vendors' stamps have whole seconds.
const PAUSE: Duration = Duration::from_secs(2);

/// The apps by the names that the pages give them.
const APPS: [(&str, Kind); 5] = [
    ("chat", Kind::Drift),
    ("google", Kind::Google),
    ("crm", Kind::Contact),
    ("leads", Kind::Lead),
    ("news", Kind::Mailchimp),
];

pub(crate) struct World {
    folder: TempDir,
    apps: BTreeMap<String, App>,
    /// Addresses of people that are not the usual ones.
    addresses: BTreeMap<String, String>,
    /// How the last command ended.
    status: Option<i32>,
    /// Whether nothing was done since the last sync.
    settled: bool,
}

struct App {
    kind: Kind,
    hand: Box<dyn Hand>,
    /// Who is who, by name.
    ids: BTreeMap<String, String>,
    typed: BTreeMap<String, Typed>,
}

/// What a command said, on both streams, and how it ended.
struct Ran {
    status: i32,
    said: String,
}

impl World {
    /// The apps that the example's configurations name, empty.
    pub(crate) async fn new(parts: &[Part]) -> Result<Self, String> {
        let texts = parts.iter().filter_map(|part| match &part.kind {
            page::Kind::Configuration(text) => Some(text),
            page::Kind::Console(_) | page::Kind::Rows(_) => None,
        });
        let mut names = BTreeSet::new();
        for text in texts {
            names.extend(between(text)?);
        }
        Self::with(names).await
    }

    /// The apps of one configuration, which is written down.
    pub(crate) async fn of(text: &str) -> Self {
        let names = between(text).unwrap().into_iter().collect();
        let world = Self::with(names).await.unwrap();
        world.configure(text);
        world
    }

    async fn with(names: BTreeSet<String>) -> Result<Self, String> {
        let mut apps = BTreeMap::new();
        for name in names {
            let kind = APPS.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind);
            let kind = kind.ok_or_else(|| format!("no app of these pages is called `{name}`"))?;
            let hand = kind.start().await;
            apps.insert(name, App { kind, hand, ids: BTreeMap::new(), typed: BTreeMap::new() });
        }
        let folder = tempfile::tempdir().unwrap();
        Ok(Self { folder, apps, addresses: BTreeMap::new(), status: None, settled: false })
    }

    pub(crate) async fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Configure(text) => {
                self.settled = false;
                self.configure(text);
                Ok(())
            }
            Step::Type(text) => self.console(text).await,
            Step::Look(row) => match row.does {
                Does::Make => self.make(row),
                Does::Look(command) => self.look(row, command).await,
            },
        }
    }

    /// A sync at the end writes nothing more, and there is nobody of whom the page does not speak.
    pub(crate) async fn comes_to_rest(&self) -> Result<(), String> {
        if !self.settled {
            return Ok(());
        }
        self.no_strangers()?;
        let ran = self.program(&["--json", "-q", "sync"]).await;
        let report: Value = serde_json::from_str(&ran.said).map_err(|_| ran.said.clone())?;
        let counts = report["connections"][0]["apps"].as_object().cloned().unwrap_or_default();
        let writes = |counts: &Value| {
            let number = |key: &str| counts[key].as_u64().unwrap_or_default();
            number("created") + number("updated") + number("tagged") + number("untagged")
        };
        match counts.values().map(writes).sum() {
            0_u64 if !counts.is_empty() => Ok(()),
            _ => Err(format!("another sync still writes:\n{}", ran.said)),
        }
    }

    /// The lines that `check` refuses, in order.
    pub(crate) async fn refused(&self) -> Vec<usize> {
        let ran = self.program(&["--json", "-q", "check"]).await;
        let report: Value = serde_json::from_str(&ran.said).unwrap_or_else(|_| panic!("{}", ran.said));
        let problems = report["problems"].as_array().cloned().unwrap_or_default();
        let errors = problems.iter().filter(|problem| problem["severity"] == "error");
        let mut lines: Vec<usize> =
            errors.filter_map(|problem| problem["line"].as_u64()?.try_into().ok()).collect();
        lines.sort_unstable();
        lines
    }

    /// The page's text comes first, so that lines are counted as a reader counts them; where the apps are and how
    /// to get in comes after it.
    fn configure(&self, text: &str) {
        let mut text = text.to_owned();
        for name in between(&text).unwrap_or_default() {
            let own = self.apps[&name].hand.config(&name, self.folder.path());
            text = with_app(&text, &name, &own);
        }
        std::fs::write(self.folder.path().join("syntony.toml"), text).unwrap();
    }

    async fn console(&mut self, text: &str) -> Result<(), String> {
        for exchange in transcript::read(text)? {
            let words: Vec<&str> = exchange.command.split_whitespace().collect();
            let ran = match words.as_slice() {
                ["echo", "$?"] => {
                    let status = self.status.ok_or("there was no command yet")?;
                    Ran { status, said: status.to_string() }
                }
                ["syntony", words @ ..] => self.command(words).await,
                _ => return Err(format!("`{}` is no command of ours", exchange.command)),
            };
            if !transcript::agrees(&exchange.said, &ran.said) {
                let missing = transcript::missing(&exchange.said, &ran.said);
                let missing = missing.map(|line| format!(" and not\n\n{line}")).unwrap_or_default();
                return Err(format!("`{}` says\n\n{}{missing}", exchange.command, ran.said));
            }
        }
        Ok(())
    }

    async fn command(&mut self, words: &[&str]) -> Ran {
        for app in self.apps.values() {
            app.hand.clock().advance(PAUSE);
        }
        let ran = self.program(words).await;
        self.status = Some(ran.status);
        if words.iter().any(|word| ["sync", "resync"].contains(word)) {
            self.settled = ran.status <= 2;
        }
        ran
    }

    async fn program(&self, words: &[&str]) -> Ran {
        let folder = self.folder.path().to_owned();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        tokio::task::spawn_blocking(move || run(&folder, &words)).await.unwrap()
    }

    fn make(&mut self, row: &Row) -> Result<(), String> {
        self.settled = false;
        for (name, facts) in &row.facts {
            let app =
                self.apps.get_mut(name).ok_or_else(|| format!("`{name}` is not in the configuration"))?;
            match &row.who {
                Whom::Fields => app.define(facts)?,
                Whom::Person(person) => {
                    let address = email(facts).unwrap_or_else(|| address(&self.addresses, person));
                    app.make(person, &address, facts)?;
                    self.addresses.insert(person.clone(), address);
                }
            }
        }
        Ok(())
    }

    async fn look(&mut self, row: &Row, command: Option<&str>) -> Result<(), String> {
        if let Some(command) = command {
            if self.settled {
                self.no_strangers()?;
            }
            let ran = self.command(&[command]).await;
            if ran.status > 2 {
                return Err(format!("`syntony {command}` ends with {}\n\n{}", ran.status, ran.said));
            }
        }
        let Whom::Person(person) = &row.who else {
            return Err("fields are made and not looked at".to_owned());
        };
        for (name, facts) in &row.facts {
            if let Some(told) = email(facts) {
                self.addresses.insert(person.clone(), told);
            }
            let address = address(&self.addresses, person);
            let app =
                self.apps.get_mut(name).ok_or_else(|| format!("`{name}` is not in the configuration"))?;
            app.look(person, &address, facts).map_err(|words| format!("in `{name}`, {person} {words}"))?;
        }
        Ok(())
    }

    fn no_strangers(&self) -> Result<(), String> {
        for (name, app) in &self.apps {
            let known: BTreeSet<&String> = app.ids.values().collect();
            if let Some(stranger) = app.hand.everybody().iter().find(|id| !known.contains(id)) {
                let shown = app.hand.see(stranger, What::Name);
                return Err(format!("in `{name}` there is {shown}, of whom the page does not speak"));
            }
        }
        Ok(())
    }
}

impl App {
    fn define(&mut self, facts: &[Fact]) -> Result<(), String> {
        for fact in facts {
            let Fact::Defined(name, holds) = fact else { return Err("this is no field".to_owned()) };
            let typed = values::define(self.kind, self.hand.as_ref(), name, holds)?;
            self.typed.insert(name.clone(), typed);
        }
        Ok(())
    }

    fn make(&mut self, person: &str, address: &str, facts: &[Fact]) -> Result<(), String> {
        let hand = self.hand.as_ref();
        let known = self.ids.get(person).cloned();
        if facts == [Fact::Absent] {
            if let Some(id) = known {
                hand.delete(&id);
            }
            return Ok(());
        }
        let id = match known {
            Some(id) if hand.everybody().contains(&id) => id,
            Some(id) => {
                hand.restore(&id);
                id
            }
            None => {
                let id = hand.add(who(address, person));
                self.ids.insert(person.to_owned(), id.clone());
                id
            }
        };
        facts.iter().try_for_each(|fact| self.make_one(&id, fact))
    }

    fn make_one(&self, id: &str, fact: &Fact) -> Result<(), String> {
        let hand = self.hand.as_ref();
        match fact {
            Fact::There => {}
            Fact::Tag(tag) => hand.tag(id, tag),
            Fact::NoTag(tag) => hand.untag(id, tag),
            Fact::Has(what, value) => hand.edit(id, self::what(what), value),
            Fact::Field(field, value) => {
                let typed = self.typed.get(field).copied().unwrap_or_default();
                values::fill(self.kind, hand, id, field, value, typed);
            }
            Fact::Mail(true) => hand.opt_in(id),
            Fact::Mail(false) => hand.opt_out(id),
            Fact::Absent | Fact::Defined(..) => return Err("this cannot be made of a person".to_owned()),
        }
        Ok(())
    }

    fn look(&mut self, person: &str, address: &str, facts: &[Fact]) -> Result<(), String> {
        let found = self.find(person, address)?;
        if facts == [Fact::Absent] {
            return if found.is_none() { Ok(()) } else { Err("is there".to_owned()) };
        }
        let id = found.ok_or("is not there")?;
        self.ids.insert(person.to_owned(), id.clone());
        facts.iter().try_for_each(|fact| self.look_at(&id, fact))
    }

    fn find(&self, person: &str, address: &str) -> Result<Option<String>, String> {
        let there = self.hand.everybody();
        if let Some(id) = self.ids.get(person) {
            return Ok(there.contains(id).then(|| id.clone()));
        }
        let others: BTreeSet<&String> = self.ids.values().collect();
        let is_person = |id: &&String| {
            let email = self.hand.see(id, What::Email);
            !others.contains(id)
                && if address.is_empty() { self.hand.see(id, What::Name) == person } else { email == address }
        };
        let found: Vec<&String> = there.iter().filter(is_person).collect();
        match found.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some((*id).clone())),
            several => Err(format!("is there {} times", several.len())),
        }
    }

    fn look_at(&self, id: &str, fact: &Fact) -> Result<(), String> {
        let hand = self.hand.as_ref();
        let same = |what: &str, seen: String, wanted: &str| {
            if seen == wanted {
                Ok(())
            } else {
                Err(format!("has the {what} \"{seen}\" and not \"{wanted}\""))
            }
        };
        match fact {
            Fact::There => Ok(()),
            Fact::Tag(tag) if hand.tags(id).contains(tag) => Ok(()),
            Fact::Tag(tag) => Err(format!("has not the tag \"{tag}\" but {:?}", hand.tags(id))),
            Fact::NoTag(tag) if hand.tags(id).contains(tag) => Err(format!("has the tag \"{tag}\"")),
            Fact::NoTag(_) => Ok(()),
            Fact::Has(what, wanted) => same(what, hand.see(id, self::what(what)), wanted),
            Fact::Field(field, wanted) => {
                same(&format!("`{field}`"), values::see(self.kind, hand, id, field), wanted)
            }
            Fact::Mail(wanted) => match (hand.mailed(id), wanted) {
                (Mailed::Yes, true) | (Mailed::No, false) => Ok(()),
                (seen, _) => Err(format!("is mailed: {seen:?}")),
            },
            Fact::Absent | Fact::Defined(..) => Err("this cannot be looked at in a person".to_owned()),
        }
    }
}

fn what(word: &str) -> What {
    match word {
        "name" => What::Name,
        "phone" => What::Phone,
        _ => What::Email,
    }
}

/// The address that a cell speaks of.
fn email(facts: &[Fact]) -> Option<String> {
    facts.iter().find_map(|fact| match fact {
        Fact::Has("e-mail", address) => Some(address.clone()),
        _ => None,
    })
}

/// The usual address is made of the first name.
fn address(known: &BTreeMap<String, String>, person: &str) -> String {
    let usual = || format!("{}@x.example", person.split(' ').next().unwrap_or_default().to_lowercase());
    known.get(person).cloned().unwrap_or_else(usual)
}

/// The two apps of a configuration.
fn between(text: &str) -> Result<Vec<String>, String> {
    let file: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let connections = file.get("connections").and_then(toml::Value::as_table);
    let lists = connections.into_iter().flat_map(toml::Table::values).filter_map(|one| one.get("between"));
    let names: Vec<String> = lists
        .filter_map(toml::Value::as_array)
        .flatten()
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect();
    if names.is_empty() { Err("this configuration connects nothing".to_owned()) } else { Ok(names) }
}

/// The configuration with what an app needs beside the keys that the page gives it.
fn with_app(text: &str, name: &str, own: &str) -> String {
    let head = format!("[apps.{name}]");
    let Some((before, after)) = text.split_once(&format!("{head}\n")) else { return format!("{text}{own}") };
    let (given, behind) = match after.find("\n[") {
        Some(at) => after.split_at(at + 1),
        None => (after, ""),
    };
    let own = own.trim_start().strip_prefix(&head).unwrap_or(own);
    let (keys, tables) = own.split_once("\n[").unwrap_or((own, ""));
    let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
    let taken: BTreeSet<String> = given.lines().map(key).collect();
    let keys: String =
        keys.lines().filter(|line| !taken.contains(&key(line))).map(|line| format!("{line}\n")).collect();
    let tables = if tables.is_empty() { String::new() } else { format!("[{tables}") };
    format!("{before}{head}\n{given}{keys}{behind}\n{tables}")
}

/// A command in the example's folder, as on a terminal: both streams in the order they come.
fn run(folder: &Path, words: &[String]) -> Ran {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let program: PathBuf = assert_cmd::cargo::cargo_bin!("syntony").into();
    let mut command = Command::new(program);
    command.current_dir(folder).args(words).env_remove("SYNTONY_CONFIG").env_remove("SYNTONY_LOG");
    command.env_remove("COLUMNS").env("NO_COLOR", "1");
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    drop(command); // and with it our ends of the pipe
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    Ran { status: child.wait().unwrap().code().unwrap_or(-1), said }
}
