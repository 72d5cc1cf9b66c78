mod refused;
pub(crate) mod schema;

use super::app::{Credentials, DriftTags, RatePeriod, Vendor};
use super::connection::Direction;
use super::rule::{ConditionConfig, EffectConfig};
use super::*;
use crate::diagnostics::Span;
use proptest::prelude::*;
use syntony_core::policy::{Duplicates, GuardLimits, OnClear, Test, Winner};
use syntony_core::side::Side;
use syntony_core::value::{Number, Value};

const FULL: &str = include_str!("../../../docs/examples/full.toml");

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn read_text(text: &str) -> Loaded {
    parse(Path::new("etc/syntony.toml"), text.as_bytes(), now())
}

fn shown(problems: &[Problem]) -> Vec<String> {
    let place = |problem: &Problem| match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        _ => "-".to_owned(),
    };
    problems
        .iter()
        .map(|it| format!("{} {} ({})", place(it), it.message, it.hint.as_deref().unwrap_or("-")))
        .collect()
}

/// A sound configuration, as `text` with these heads before it: two apps `chat` and `mail`.
const APPS: &str = "[apps.chat]\ntype = 'drift'\ntoken = { env = 'T' }\n[apps.mail]\ntype = 'google_contacts'\ntoken = { env = 'T' }\n";
const APPS_LINES: usize = 6;

fn config(text: &str) -> Config {
    let loaded = read_text(text);
    schema::agrees(text, &loaded.problems);
    loaded.config.unwrap_or_else(|| panic!("{:#?}\nin\n{text}", shown(&loaded.problems)))
}

/// A connection with `body`, beneath the two apps; its first line is line 1 of what is expected.
fn connection(body: &str) -> String {
    format!("{APPS}[connections.c]\nbetween = ['chat', 'mail']\n{body}\n")
}
const CONNECTION_LINES: usize = APPS_LINES + 2;

/// Exactly these problems, in this order: line (counted after `skipped` lines), column, what the message
/// says, what the hint says.
fn check(text: &str, skipped: usize, expected: &[(usize, usize, &str, &str)]) {
    let loaded = read_text(text);
    let got = shown(&loaded.problems);
    assert_eq!(got.len(), expected.len(), "{got:#?}\nin\n{text}");
    for (problem, (line, column, message, hint)) in loaded.problems.iter().zip(expected) {
        assert_eq!(
            (problem.line, problem.column),
            (Some(line + skipped), Some(*column)),
            "{got:#?}\nin\n{text}"
        );
        assert!(problem.message.contains(message), "{message:?} is not in {got:#?}");
        assert!(problem.hint.as_deref().unwrap_or("").contains(hint), "{hint:?} is not in {got:#?}");
    }
    assert_eq!(loaded.config.is_some(), !loaded.problems.iter().any(Problem::is_error));
    schema::agrees(text, &loaded.problems);
}

#[test]
fn the_full_example_is_read_whole() {
    let loaded = read_text(FULL);
    assert_eq!(shown(&loaded.problems), Vec::<String>::new());
    let config = loaded.config.unwrap();
    assert_eq!(config.state, Path::new("etc/syntony.db"));
    assert_eq!(config.daemon.listen, LISTEN);
    let VaultKey::Given(key) = &config.vault.key else { panic!("{:?}", config.vault) };
    assert_eq!(key.value, SecretSource::File("etc/keys/syntony.key".into()));

    let app = |name: &str| config.apps.get(name).unwrap();
    let Vendor::Drift(drift) = &app("chat").vendor else { panic!() };
    assert_eq!((&drift.tags.value, drift.cql_score.as_str()), (&DriftTags::Endpoint, "cql_score"));
    let rate = app("chat").rate.unwrap();
    assert_eq!((rate.calls.get(), rate.per), (90, RatePeriod::Minute));
    let Credentials::OAuth(oauth) = &app("google").credentials else { panic!() };
    assert_eq!(oauth.client_id.value, SecretSource::Env("GOOGLE_CLIENT_ID".into()));
    assert_eq!(app("crm").reserve_percent, 20);
    let Vendor::Mailchimp(news) = &app("news").vendor else { panic!() };
    assert!(news.double_opt_in);

    let chat = config.connections.get("chat-google").unwrap();
    assert_eq!(chat.direction.value, Direction::Both);
    assert_eq!(chat.winner.value, Winner::Side(Side::Right));
    assert_eq!(chat.timezone, chrono_tz::Europe::Brussels);
    assert_eq!(
        (chat.duplicates, chat.on_clear, chat.guard),
        (Duplicates::Hold, OnClear::Propagate, GuardLimits::default())
    );
    let deletions = chat.deletions.as_ref().unwrap();
    assert_eq!((deletions.from.value, deletions.tag.as_str()), (Side::Right, "PieSync Trash"));
    let rule = &chat.rules[0];
    assert_eq!(rule.from.value, Side::Left);
    assert_eq!(rule.when[1].value, ConditionConfig::CqlScore(Test::Between(Number::new(2.0), None)));
    assert_eq!((rule.then[0].on.value, rule.then[0].undo), (Side::Right, true));
    assert_eq!((rule.then[1].on.value, rule.then[1].undo), (Side::Left, false));
    assert_eq!(
        rule.words,
        "from chat if cql_score is at least 2 and has_tag \"customer\" and lead_stage is \"MQL\" or \"SQL\" \
         then add_tag \"From chat\" in google (with undo), set_lead_stage \"Synced\" in chat"
    );
    assert_eq!(chat.fields[0].key().as_str(), "favourite_colour=userDefined.Favourite colour");
    assert_eq!(chat.fields[1].key().as_str(), "nickname_and_job=nicknames+occupations");
    assert_eq!(chat.defaults_off[0].as_str(), "phone");

    let news = config.connections.get("crm-news").unwrap();
    assert!(
        matches!(&news.rules[0].then[1].effect, EffectConfig::Set(field, Value::Bool(true)) if field.as_str() == "Newsletter__c")
    );
    assert_eq!(news.placeholders.left.len(), 2);
    assert_eq!(news.fields[0].options.len(), 2);
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let config = config(&connection(""));
    assert_eq!(config.vault.key, VaultKey::Own("etc/syntony.key".into()));
    let it = config.connections.get("c").unwrap();
    assert_eq!(
        (it.direction.value, it.winner.value, it.timezone),
        (Direction::Both, Winner::Ask, chrono_tz::UTC)
    );
    assert!(it.schedule.is_none() && it.avoid_duplicates && it.deletions.is_none() && it.rules.is_empty());
    // A default can be complained of too, at the connection's name.
    assert_eq!(config.source.position(it.winner.span.start), (APPS_LINES + 1, 14));
}

#[test]
fn all_problems_are_found_at_once() {
    let text = "[stat]\n[apps.chat]\ntype = 'drift'\ntoken = 'sk-live-1234'\nbase_url = 'http://example.com'\n\
        tagz = 'endpoint'\n[apps.mail]\ntype = 'gogle_contacts'\n[connections.c]\nbetween = ['chat', 'male']\n\
        direction = 'to nowhere'\nschedule = '0 99 * * * *'\ntimezone = 'Europe/Brusels'\nwinner = 3\n";
    check(
        text,
        0,
        &[
            (1, 2, "unknown key `stat`", "`state`"),
            (4, 9, "a secret must not stand in this file", "{ env = \"NAME\" }"),
            (5, 12, "in the open", "https"),
            (6, 1, "unknown key `tagz`", "`tags`"),
            (8, 8, "unknown app type `gogle_contacts`", "`google_contacts`"),
            (10, 20, "no app `male`", "`mail`"),
            (12, 12, "`99` is not valid as the minute", "0 to 59"),
            (13, 12, "no time zone `Europe/Brusels`", "`Europe/Brussels`"),
            (14, 10, "expected text, found a number", ""),
        ],
    );
}

#[test]
fn syntax_errors_come_with_everything_else_and_blame_nothing_that_could_not_be_read() {
    let text =
        "[apps.chat]\ntype = \ntoken = { env = 'T' }\n[apps.mail]\ntype = 'drift'\ntokn = 3\nx = = 2\n";
    let loaded = read_text(text);
    let got = shown(&loaded.problems);
    assert!(loaded.config.is_none());
    let lines: Vec<_> = loaded.problems.iter().filter_map(|problem| problem.line).collect();
    assert_eq!(lines, [2, 6, 7], "{got:#?}");
    assert!(got[1].contains("unknown key `tokn` (did you mean `token`?)"), "{got:#?}");
}

#[test]
fn a_literal_secret_is_shown_nowhere() {
    for text in [
        "[apps.chat]\ntype = 'drift'\ntoken = 's3cret-value'\n",
        "[apps.chat]\ntype = 'drift'\ntoken = { env = 's3cret-value' }\n",
        "[apps.chat]\ntype = 'drift'\ntoken = ['s3cret-value']\nx = 1\n",
        "[apps.chat]\ntype = 'drift'\noauth = { client_id = { env = 'A' }, client_secret = 's3cret-value', foo = 1 }\n",
        "[apps.chat]\ntype = 'drift'\ntoken = { env = 'T' }\nbase_url = 'https://me:s3cret-value@example.com'\n",
        "[apps.chat]\ntype = 'drift'\ntoken = 's3cret-value\n",
        "[apps.chat]\ntype = 'drift'\ntoken = s3cret-value\n",
        "[apps.chat]\ntype = 'drift'\ntoken = 's3cret-value' x\n",
        "[vault]\nkey = '''\ns3cret-value\n'''\n",
    ] {
        let loaded = read_text(text);
        assert!(loaded.config.is_none(), "{text}");
        let everything = format!(
            "{:?} {} {}",
            loaded.problems,
            crate::diagnostics::render(&loaded.problems, &loaded.source),
            serde_json::to_string(&loaded.problems).unwrap()
        );
        assert!(!everything.contains("s3cret"), "{everything}");
        assert!(!loaded.source.text().contains("s3cret"));
    }
}

#[test]
fn a_rule_is_the_same_rule_wherever_it_stands_and_however_it_is_laid_out() {
    let keys = |body: &str| {
        let config = config(&connection(body));
        let rules = &config.connections.get("c").unwrap().rules;
        let mut keys: Vec<_> = rules
            .iter()
            .map(|rule| (rule.key.clone(), rule.then.iter().map(|it| it.key.clone()).collect::<Vec<_>>()))
            .collect();
        keys.sort();
        keys
    };
    let one = "[[connections.c.rules]]\nfrom = 'chat'\nif = [ { has_tag = 'x' }, { field = 'a', one_of = ['p', 'q'] } ]\nthen = [ { add_tag = 'y', undo = true } ]\n";
    let same = "[[connections.c.rules]]\nthen = [ { undo = true, in = \"mail\", add_tag = \"y\" } ]\nif = [\n  { one_of = ['q', 'p'], field = 'a' },\n  { has_tag = 'x' },\n]\nfrom = 'chat' # moved\n";
    let other = "[[connections.c.rules]]\nfrom = 'mail'\n";
    assert_eq!(keys(one), keys(same));
    assert_eq!(keys(&format!("{one}{other}")), keys(&format!("{other}{same}")));
    for changed in [
        one.replace("'x'", "'X'"),
        one.replace("one_of = ['p', 'q']", "equals = 'p'"),
        one.replace(", undo = true", ""),
        one.replace("add_tag", "remove_tag"),
        one.replace("from = 'chat'", "from = 'mail'"),
        one.replace("has_tag", "lacks_tag"),
        one.replace("'a'", "'b'"),
    ] {
        assert!(keys(one)[0].0 != keys(&changed)[0].0, "{changed}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_one_clear_problem() {
    let loaded = load(Path::new("/no/such/syntony.toml"), now());
    assert!(loaded.config.is_none());
    assert!(shown(&loaded.problems)[0].contains("cannot be read"), "{:?}", loaded.problems);
    assert!(shown(&loaded.problems)[0].contains("syntony init"));
    let large = vec![b'#'; 2 * 1024 * 1024];
    let loaded = parse(Path::new("x"), &large, now());
    assert!(shown(&loaded.problems)[0].contains("larger than"));
    let loaded = parse(Path::new("x"), b"# fine\nx = \"\xff\xfe\"\n", now());
    assert!(
        shown(&loaded.problems).iter().any(|it| it.starts_with("2:6 this is not UTF-8")),
        "{:?}",
        loaded.problems
    );
}

#[test]
fn a_later_check_can_point_at_what_it_complains_of() {
    let config = config(FULL);
    let chat = config.connections.get("chat-google").unwrap();
    let text = |span: Span| &config.source.text()[span.start..span.end];
    assert_eq!(text(chat.fields[0].fields.right[0].span), "\"userDefined.Favourite colour\"");
    assert_eq!(text(chat.rules[0].when[0].span), "{ has_tag = \"customer\" }");
    assert_eq!(text(chat.rules[0].then[0].span), "{ add_tag = \"From chat\", undo = true }");
    assert_eq!(text(chat.winner.span), "\"google\"");
    assert_eq!(text(chat.name.span), "chat-google");
    assert_eq!(text(config.apps.get("chat").unwrap().name.span), "chat");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let loaded = parse(Path::new("x"), &bytes, now());
        let _ = crate::diagnostics::render(&loaded.problems, &loaded.source);
    }

    /// Damage to a sound file: a stretch replaced by something else.
    #[test]
    fn no_damaged_file_makes_the_reader_panic(
        at in 0..FULL.len(), length in 0..60_usize,
        patch in prop_oneof!["[\\[\\]{}='\"#\n,.é0-9a-z ]{0,8}", Just("[apps]".to_owned()), Just("\"\"\"".to_owned())],
    ) {
        let start = FULL.floor_char_boundary(at);
        let end = FULL.floor_char_boundary((at + length).min(FULL.len())).max(start);
        let text = format!("{}{patch}{}", &FULL[..start], &FULL[end..]);
        let loaded = read_text(&text);
        let _ = crate::diagnostics::render(&loaded.problems, &loaded.source);
        prop_assert_eq!(loaded.config.is_some(), !loaded.problems.iter().any(Problem::is_error), "{:?}", loaded.problems);
    }
}
