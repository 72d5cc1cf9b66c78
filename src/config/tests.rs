use super::app::{Credentials, DriftTags, RatePeriod, Vendor};
use super::connection::Direction;
use super::rule::{ConditionConfig, EffectConfig};
use super::*;
use crate::diagnostics::Span;
use proptest::prelude::*;
use syntony_core::policy::{Duplicates, GuardLimits, OnClear, Test, Winner};
use syntony_core::side::Side;
use syntony_core::value::{Number, Value};

const FULL: &str = include_str!("../../docs/examples/full.toml");

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
fn apps_that_cannot_work_are_refused() {
    let drift = "[apps.a]\ntype = 'drift'\n";
    let of = |head: &str, body: &str| format!("{head}{body}\n");
    for (text, expected) in [
        (String::new(), &[(1, 1, "there are no apps", "syntony init")][..]),
        ("[apps.a]\n".into(), &[(1, 7, "`type` is missing", "type = \"drift\"")]),
        ("[apps.a]\ntype = 7\n".into(), &[(2, 8, "expected text, found a number", "")]),
        ("apps = 3\n".into(), &[(1, 8, "expected a table", "")]),
        ("[apps.'my app']\ntype = 'drift'\ntoken = { env = 'T' }\n".into(), &[(1, 7, "`my app` cannot be a name", "letters")]),
        ("[apps.ask]\ntype = 'drift'\ntoken = { env = 'T' }\n".into(), &[(1, 7, "`ask` cannot be a name", "another")]),
        (drift.into(), &[(1, 7, "no credentials", "token = ")]),
        (of(drift, "token = {}"), &[(3, 9, "exactly one place", "{ file = \"PATH\" }")]),
        (of(drift, "token = { env = 'A', file = 'b' }"), &[(3, 9, "exactly one place", "")]),
        (of(drift, "token = { evn = 'A' }"), &[(3, 9, "exactly one place", ""), (3, 11, "unknown key `evn`", "`env`")]),
        (of(drift, "token = { env = 'A B' }"), &[(3, 17, "not the name of an environment variable", "")]),
        (of(drift, "token = { command = [] }"), &[(3, 21, "must not be empty", "")]),
        (of(drift, "token = { command = 'pass show x' }"), &[(3, 21, "expected a list, found text", "")]),
        (of(drift, "token = { env = 'A' }\noauth = { client_id = { env = 'A' }, client_secret = { env = 'A' } }"),
            &[(1, 7, "one way in is enough", "`token`, `oauth`")]),
        (of(drift, "[apps.a.oauth]"), &[(3, 9, "`client_id` is missing", ""), (3, 9, "`client_secret` is missing", "")]),
        (of(drift, "token = { env = 'A' }\ntags = 'attribute:'"), &[(4, 8, "not a place for tags", "`attribute:NAME`")]),
        (of(drift, "token = { env = 'A' }\nfields = { cql_scor = 'x', lead_stage = '' }"),
            &[(4, 12, "unknown key `cql_scor`", "`cql_score`"), (4, 41, "must not be empty", "")]),
        (of(drift, "token = { env = 'A' }\nrate = { per_hour = 3 }"),
            &[(4, 8, "either `per_second` or `per_minute`", "per_minute = 90"), (4, 10, "unknown key `per_hour`", "")]),
        (of(drift, "token = { env = 'A' }\nrate = { per_second = 0 }\nconcurrency = 65"),
            &[(4, 23, "from 1 to 100000", ""), (5, 15, "from 1 to 64", "")]),
        (of(drift, "token = { env = 'A' }\nobject = 'lead'"), &[(4, 1, "unknown key `object`", "")]),
        (of(drift, "token = { env = 'A' }\nbase_url = 'example'"), &[(4, 12, "not an address", "https://")]),
        (of(drift, "token = { env = 'A' }\nbase_url = 'ftp://example.com'"), &[(4, 12, "`ftp`", "https")]),
        (of(drift, "token = { env = 'A' }\nbase_url = 'https://example.com/?a=b'"), &[(4, 12, "no query", "")]),
        (of(drift, "token = { env = 'A' }\nbase_url = 'https://example.com/v1/'"), &[(4, 12, "ends with a version", "")]),
        (of(drift, "token = { env = 'A' }\nbase_url = 'https://example.com/proxy7'"), &[]),
        ("[apps.a]\ntype = 'salesforce'\ntoken = { env = 'T' }\nobject = 'person'\n".into(),
            &[(1, 7, "`instance_url` is missing", "salesforce.com"), (4, 10, "`person` is not possible", "`contact`, `lead`")]),
        ("[apps.a]\ntype = 'salesforce'\n[apps.a.oauth]\nflow = 'client_credentials'\nclient_id = { env = 'A' }\n".into(),
            &[(3, 9, "`client_secret` is missing", "")]),
        ("[apps.a]\ntype = 'mailchimp'\napi_key = 'abc-us21'\n".into(),
            &[(1, 7, "`audience` is missing", "settings"), (3, 11, "a secret must not stand", "")]),
        ("[daemon]\nlisten = '0.0.0.0:80'\n".to_owned() + APPS, &[(2, 10, "needs an admin token", "admin_token")]),
        ("[daemon]\nlisten = 'here'\n".to_owned() + APPS, &[(2, 10, "not an address to listen on", "8385")]),
    ] {
        check(&text, 0, expected);
    }
}

#[test]
fn plain_http_stays_on_this_machine() {
    for (url, fine) in [
        ("http://localhost:8080", true),
        ("http://127.0.0.1:1/x", true),
        ("http://127.9.9.9", true),
        ("http://[::1]:9", true),
        ("https://example.com", true),
        ("http://localhost.example.com", false),
        ("http://10.0.0.1", false),
        ("http://0.0.0.0:80", false),
        ("http://[fe80::1]", false),
    ] {
        let text = format!("[apps.a]\ntype = 'drift'\ntoken = {{ env = 'T' }}\nbase_url = '{url}'\n");
        assert_eq!(read_text(&text).config.is_some(), fine, "{url}");
    }
}

#[test]
fn connections_that_cannot_work_are_refused() {
    let raw = |body: &str| format!("{APPS}[connections.c]\n{body}\n");
    for (body, expected) in [
        ("", &[(1, 14, "`between` is missing", "between = ")][..]),
        ("between = 'chat'", &[(2, 11, "expected a list, found text", "")]),
        ("between = ['chat']", &[(2, 11, "exactly two apps", "")]),
        ("between = ['chat', 'chat']", &[(2, 20, "synced with itself", "two different apps")]),
        ("between = ['chat', 'news']", &[(2, 20, "no app `news`", "possible here: `chat`, `mail`")]),
    ] {
        check(&raw(body), APPS_LINES, expected);
    }
    for (body, expected) in [
        ("direction = 'to maill'", &[(1, 13, "`maill` is not an app of this connection", "`mail`")][..]),
        ("direction = 'left'", &[(1, 13, "`left` is no direction", "`to chat`")]),
        ("schedule = '0 0 30 2 *'", &[(1, 12, "never fires", "no such day")]),
        ("schedule = 'hourly'", &[(1, 12, "this one has 1", "crontab")]),
        ("schedule = '0 0 9 * * 1-5'", &[(1, 12, "weekday 1 is Sunday", "MON-FRI")]),
        ("timezone = 'Mars/Olympus'", &[(1, 12, "no time zone", "")]),
        ("winner = 'news'", &[(1, 10, "`news` cannot win", "`chat`, `mail`, `ask`")]),
        ("duplicates = 'merge'", &[(1, 14, "`merge` is not possible here", "`hold`, `best`")]),
        ("on_clear = true", &[(1, 12, "expected text, found true or false", "")]),
        ("avoid_duplicates = 'yes'", &[(1, 20, "expected true or false, found text", "")]),
        ("avoid_duplicate = true", &[(1, 1, "unknown key `avoid_duplicate`", "`avoid_duplicates`")]),
        ("deletions = { tag = 'x' }", &[(1, 13, "`from` is missing", "")]),
        ("deletions = { from = 'news' }", &[(1, 22, "`news` is not an app", "")]),
        ("unsubscribes = { from = 'mail', tag = ' x' }", &[(1, 39, "no blanks around it", "`x`")]),
        (
            "guard = { max_changes_percent = 101, max_change = 3 }",
            &[(1, 33, "from 0 to 100", ""), (1, 38, "unknown key `max_change`", "`max_changes`")],
        ),
        (
            "defaults = { off = ['phone', 'fone', 'zip'] }",
            &[
                (1, 30, "no default mapping `fone`", "`phone`"),
                (1, 38, "no default mapping `zip`", "possible here"),
            ],
        ),
        (
            "placeholders = { news = { a = 'x' }, chat = { b = [1] } }",
            &[(1, 18, "`news` is not an app", ""), (1, 51, "expected a text, a number", "")],
        ),
        (
            "direction = 'to mail'\ndeletions = { from = 'mail' }",
            &[(2, 13, "`direction` rules out", "remove")],
        ),
    ] {
        check(&connection(body), CONNECTION_LINES, expected);
    }
}

#[test]
fn rules_that_mean_nothing_are_refused() {
    let rule = |body: &str| connection(&format!("[[connections.c.rules]]\nfrom = 'chat'\n{body}"));
    let lines = CONNECTION_LINES + 2;
    for (body, expected) in [
        ("if = [ { has_tagg = 'x' } ]", &[(1, 10, "no condition that is known", "`has_tag`")][..]),
        ("if = [ {} ]", &[(1, 8, "no condition that is known", "possible here")]),
        ("if = [ 'vip' ]", &[(1, 8, "expected a table, found text", "")]),
        ("if = { has_tag = 'x' }", &[(1, 6, "expected a list, found a table", "")]),
        (
            "if = [ { has_tag = 'x', lacks_tag = 'y' } ]",
            &[(1, 8, "one condition in each entry", "`has_tag`, `lacks_tag`")],
        ),
        ("if = [ { has_tag = 3 } ]", &[(1, 20, "expected text, found a number", "")]),
        ("if = [ { cql_score = 'high' } ]", &[(1, 22, "expected a number, found text", "")]),
        ("if = [ { cql_score = {} } ]", &[(1, 22, "no ends", "`at_least`")]),
        ("if = [ { cql_score = { at_least = 3, at_most = 1 } } ]", &[(1, 35, "matches nothing", "above")]),
        ("if = [ { cql_score = inf } ]", &[(1, 22, "not finite", "")]),
        ("if = [ { cql_score = [] } ]", &[(1, 22, "an empty list matches nothing", "")]),
        ("if = [ { lead_stage = [1] } ]", &[(1, 24, "expected text", "")]),
        ("if = [ { exists_in = 'chat' } ]", &[(1, 22, "always exists in that app", "other app")]),
        ("if = [ { exists_in = 'news' } ]", &[(1, 22, "`news` is not an app", "")]),
        ("if = [ { deleted = false } ]", &[(1, 20, "can only be true", "leave")]),
        ("if = [ { field = 'company' } ]", &[(1, 8, "tests nothing", "`equals`")]),
        (
            "if = [ { field = 'company', equals = 'a', contains = 'b' } ]",
            &[(1, 8, "one test in each condition", "")],
        ),
        (
            "if = [ { field = 'company', equal = 'a' } ]",
            &[(1, 8, "tests nothing", ""), (1, 29, "unknown key `equal`", "`equals`")],
        ),
        ("if = [ { field = 'company', one_of = 'a' } ]", &[(1, 38, "expected a list", "")]),
        ("if = [ { field = 'company', equals = ['a'] } ]", &[(1, 38, "expected a text, a number", "")]),
        ("if = [ { field = ' company', is_empty = true } ]", &[(1, 18, "not the name of a field", "")]),
        ("then = [ { ad_tag = 'x' } ]", &[(1, 12, "no action that is known", "`add_tag`")]),
        ("then = [ { add_tag = 'x', in = 'news' } ]", &[(1, 32, "`news` is not an app", "")]),
        ("then = [ { add_tag = 'x', undo = 1 } ]", &[(1, 34, "expected true or false", "")]),
        ("then = [ { set = 'company' } ]", &[(1, 10, "`to` is missing", "to = ")]),
        ("then = [ { add_tag = 'x', to = 'y' } ]", &[(1, 27, "unknown key `to`", "")]),
        ("frm = 'chat'", &[(1, 1, "unknown key `frm`", "`from`")]),
        ("[[connections.c.rules]]\nfrom='chat'", &[(1, 1, "the same rule already", "remove")]),
    ] {
        check(&rule(body), lines, expected);
    }
    let text = connection("[[connections.c.rules]]\nif = []");
    check(&text, CONNECTION_LINES, &[(1, 1, "`from` is missing", "")]);
    let text = connection(
        "direction = 'to mail'\n[[connections.c.rules]]\nfrom = 'mail'\n[[connections.c.rules]]\n\
        from = 'chat'\nthen = [ { add_tag = 'x' }, { add_tag = 'y', in = 'chat' } ]",
    );
    check(
        &text,
        CONNECTION_LINES,
        &[(3, 8, "`direction` rules out", ""), (6, 29, "`direction` rules out", "")],
    );
}

/// Scenario 54.
#[test]
fn rules_that_put_a_tag_on_and_take_it_off_are_refused_where_they_can_meet() {
    let pair = |one: &str, other: &str| {
        let rule = |when: &str, verb: &str| {
            format!(
                "[[connections.c.rules]]\nfrom = 'chat'\nif = [ {when} ]\nthen = [ {{ {verb} = 'x' }} ]\n"
            )
        };
        read_text(&connection(&format!("{}{}", rule(one, "add_tag"), rule(other, "remove_tag"))))
    };
    for (one, other, can_meet) in [
        ("", "{ has_tag = 'a' }", true),
        ("{ has_tag = 'a' }", "{ has_tag = 'b' }", true),
        ("{ has_tag = 'a' }", "{ lacks_tag = 'a' }", false),
        ("{ has_tag = 'a' }, { cql_score = 1 }", "{ lacks_tag = 'b' }, { cql_score = 2 }", false),
        ("{ unsubscribed = true }", "{ unsubscribed = false }", false),
        ("{ deleted = true }", "", false),
        ("{ deleted = true }", "{ deleted = true }, { has_tag = 'a' }", true),
        ("{ exists_in = 'mail' }", "{ has_tag = 'a' }", true),
        ("{ cql_score = { at_least = 3 } }", "{ cql_score = { at_most = 2 } }", false),
        ("{ cql_score = { at_least = 3 } }", "{ cql_score = { at_most = 3 } }", true),
        ("{ cql_score = [1, 2] }", "{ cql_score = { at_least = 3 } }", false),
        ("{ lead_stage = 'MQL' }", "{ lead_stage = ['mql', 'SQL'] }", true),
        ("{ lead_stage = 'MQL' }", "{ lead_stage = 'SQL' }", false),
        ("{ lead_stage = 'MQL' }", "{ cql_score = 1 }", true),
        ("{ field = 'a', equals = 'x' }", "{ field = 'b', equals = 'y' }", true),
        ("{ field = 'a', equals = 'x' }", "{ field = 'a', not_equals = 'x' }", false),
        ("{ field = 'a', equals = 'x' }", "{ field = 'a', not_equals = 'X' }", false),
        ("{ field = 'a', equals = 1 }", "{ field = 'a', not_equals = '1' }", true),
        ("{ field = 'a', equals = 'x' }", "{ field = 'a', contains = 'y' }", false),
        ("{ field = 'a', equals = 'xY' }", "{ field = 'a', contains = 'y' }", true),
        ("{ field = 'a', starts_with = 'ab' }", "{ field = 'a', starts_with = 'A' }", true),
        ("{ field = 'a', starts_with = 'ab' }", "{ field = 'a', starts_with = 'b' }", false),
        ("{ field = 'a', is_empty = true }", "{ field = 'a', contains = 'y' }", false),
        ("{ field = 'a', is_empty = true }", "{ field = 'a', not_equals = 'y' }", true),
        ("{ field = 'a', equals = 1 }", "{ field = 'a', equals = '1' }", true),
        ("{ field = 'a', equals = 1 }", "{ field = 'a', equals = 2 }", false),
    ] {
        let loaded = pair(one, other);
        let refused =
            shown(&loaded.problems).iter().any(|it| it.contains("this contradicts the action in line 12"));
        assert_eq!(
            (refused, loaded.config.is_none()),
            (can_meet, can_meet),
            "{one} / {other}: {:?}",
            shown(&loaded.problems)
        );
    }
    let text = connection(
        "[[connections.c.rules]]\nfrom = 'chat'\nthen = [ { add_tag = 'x' }, { remove_tag = 'x' } ]",
    );
    check(
        &text,
        CONNECTION_LINES,
        &[(3, 29, "this contradicts the action in line 11", "exclude each other")],
    );
    // The same word on two apps is two tags; rules of two sides meet at a link.
    let text = connection(
        "[[connections.c.rules]]\nfrom = 'chat'\nthen = [ { add_tag = 'x' }, { remove_tag = 'x', in = 'chat' } ]",
    );
    check(&text, CONNECTION_LINES, &[]);
    let text = connection(
        "[[connections.c.rules]]\nfrom = 'chat'\nthen = [ { add_tag = 'x' } ]\n\
        [[connections.c.rules]]\nfrom = 'mail'\nthen = [ { remove_tag = 'x', in = 'mail' } ]",
    );
    check(&text, CONNECTION_LINES, &[(6, 10, "this contradicts the action in line 11", "")]);
}

#[test]
fn mappings_that_cannot_be_are_refused() {
    let mapping = |body: &str| connection(&format!("[[connections.c.fields]]\n{body}"));
    let lines = CONNECTION_LINES + 1;
    for (body, expected) in [
        ("chat = 'a'", &[(0, 1, "`mail` is missing", "mail = ")][..]),
        (
            "chat = 'a'\nmial = 'b'",
            &[(0, 1, "`mail` is missing", ""), (2, 1, "unknown key `mial`", "`mail`")],
        ),
        ("chat = ['a', 'b']\nmail = ['c', 'd']", &[(0, 1, "several fields cannot be mapped to several", "")]),
        ("chat = []\nmail = 'c'", &[(1, 8, "must not be empty", "")]),
        ("chat = 'a'\nmail = 'b'\noptions = { Open = 3 }", &[(3, 20, "expected text", "")]),
        (
            "chat = 'a'\nmail = 'b'\n[[connections.c.fields]]\nchat = 'a'\nmail = 'd'",
            &[(4, 8, "`a` is mapped already", "")],
        ),
    ] {
        check(&mapping(body), lines, expected);
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
