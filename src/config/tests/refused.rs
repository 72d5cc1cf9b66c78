//! What is refused, and how: one table for each kind of thing.

use super::{APPS, APPS_LINES, CONNECTION_LINES, check, connection, read_text, shown};

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
        ("if = [ 'vip' ]", &[(1, 8, "expected a table, found text", "if = [ { has_tag")]),
        ("if = { has_tag = 'x' }", &[(1, 6, "expected a list, found a table", "if = [ { has_tag")]),
        ("if = [ has_tag = 'x' ]", &[(1, 16, "unexpected `=`", "[ { key = value } ]")]),
        ("if = 'has_tag'", &[(1, 6, "expected a list, found text", "if = [ { has_tag")]),
        ("if = [ [ { has_tag = 'x' } ] ]", &[(1, 8, "expected a table, found a list", "if = [ { has_tag")]),
        ("if = [ { has_tag = ['x', 'y'] } ]", &[(1, 20, "expected text, found a list", "one tag in each")]),
        ("if = [ { hastag = 'x' } ]", &[(1, 10, "no condition that is known", "`has_tag`")]),
        ("if = [ { add_tag = 'x' } ]", &[(1, 10, "no condition that is known", "this is an action: then =")]),
        ("if = [ { company = 'x' } ]", &[(1, 10, "no condition that is known", "possible here: `has_tag`")]),
        ("if = [ { equals = 'x' } ]", &[(1, 10, "no condition that is known", "{ field = \"NAME\"")]),
        (
            "if = [ { has_tag = 'x', undo = true } ]",
            &[(1, 25, "unknown key `undo`", "the braces of an action")],
        ),
        (
            "if = [ { lead_stage = { equals = 'MQL' } } ]",
            &[(1, 23, "expected text, found a table", "[\"MQL\"")],
        ),
        ("has_tag = 'x'", &[(1, 1, "unknown key `has_tag`", "this is a condition: if = ")]),
        ("add_tag = 'x'", &[(1, 1, "unknown key `add_tag`", "this is an action: then = ")]),
        (
            "then = [ { add_tag = 'x' } ]\nundo = true",
            &[(2, 1, "unknown key `undo`", "the braces of an action")],
        ),
        ("then = 'add_tag'", &[(1, 8, "expected a list, found text", "then = [ { add_tag")]),
        ("then = { add_tag = 'x' }", &[(1, 8, "expected a list, found a table", "then = [ { add_tag")]),
        ("then = [ 'add_tag' ]", &[(1, 10, "expected a table, found text", "then = [ { add_tag")]),
        ("then = [ { has_tag = 'x' } ]", &[(1, 12, "no action that is known", "this is a condition: if =")]),
        (
            "then = [ { add_tag = 'x', in = 'mial' } ]",
            &[(1, 32, "`mial` is not an app", "did you mean `mail`?")],
        ),
        (
            "then = [ { set = { company = 'x' } } ]",
            &[(1, 10, "`to` is missing", ""), (1, 18, "expected text, found a table", "to = VALUE")],
        ),
        ("then = [ { set = 'company', to = ['x'] } ]", &[(1, 34, "expected a text, a number", "")]),
        ("[connections.c.rules.if]\nhas_tag = 'x'", &[(1, 1, "expected a list, found a table", "if = [ {")]),
        (
            "if = [ { has_tag = 'x', lacks_tag = 'y' } ]",
            &[(1, 8, "one condition in each entry", "`has_tag`, `lacks_tag`")],
        ),
        ("if = [ { has_tag = 3 } ]", &[(1, 20, "expected text, found a number", "")]),
        ("if = [ { cql_score = '>= 2' } ]", &[(1, 22, "expected a number, found text", "at_least = 2")]),
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
        ("if = [ { field = 'company', one_of = 'a' } ]", &[(1, 38, "expected a list", "one_of = [")]),
        ("if = [ { field = 'company', equals = ['a'] } ]", &[(1, 38, "expected a text, a number", "")]),
        ("if = [ { field = ' company', is_empty = true } ]", &[(1, 18, "not the name of a field", "")]),
        ("then = [ { ad_tag = 'x' } ]", &[(1, 12, "no action that is known", "`add_tag`")]),
        ("then = [ { add_tag = 'x', in = 'news' } ]", &[(1, 32, "`news` is not an app", "")]),
        ("then = [ { add_tag = 'x', undo = 1 } ]", &[(1, 34, "expected true or false", "")]),
        ("then = [ { set = 'company' } ]", &[(1, 10, "`to` is missing", "to = ")]),
        ("then = [ { add_tag = 'x', to = 'y' } ]", &[(1, 27, "unknown key `to`", "")]),
        ("frm = 'chat'", &[(1, 1, "unknown key `frm`", "`from`")]),
        (
            "frm = 'chat'\nfrmo = 'x'",
            &[(1, 1, "unknown key `frm`", "`from`"), (2, 1, "unknown key `frmo`", "`from`")],
        ),
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

#[test]
fn a_table_in_the_wrong_place_is_told_where_it_belongs() {
    for (body, expected) in [
        (
            "[connections.c.rules]\nfrom = 'chat'",
            &[(1, 1, "expected a list, found a table", "[[connections.NAME.rules]]")][..],
        ),
        (
            "[connections.c.fields]\nchat = 'a'\nmail = 'b'",
            &[(1, 1, "expected a list, found a table", "[[connections.NAME.fields]]")],
        ),
        ("rules = 'all'", &[(1, 9, "expected a list, found text", "[[connections.NAME.rules]]")]),
        ("[[connections.c.rule]]\nfrom = 'chat'", &[(1, 17, "unknown key `rule`", "did you mean `rules`?")]),
        ("[[rules]]\nfrom = 'chat'", &[(1, 3, "unknown key `rules`", "belongs to a connection")]),
        (
            "[[connection.c.rules]]\nfrom = 'chat'",
            &[(1, 3, "unknown key `connection`", "did you mean `connections`?")],
        ),
        ("if = [ { has_tag = 'x' } ]", &[(1, 1, "unknown key `if`", "belongs to a rule")]),
        ("options = { a = 'b' }", &[(1, 1, "unknown key `options`", "belongs to a mapping")]),
        ("off = ['phone']", &[(1, 1, "unknown key `off`", "[connections.NAME.defaults]")]),
        ("defaults = ['phone']", &[(1, 12, "expected a table, found a list", "")]),
        ("defaults = { off = 'phone' }", &[(1, 20, "expected a list, found text", "off = [")]),
        (
            "placeholders = { chat = 'x' }",
            &[(1, 25, "expected a table, found text", "APP = { FIELD = VALUE }")],
        ),
        ("deletions = 'mail'", &[(1, 13, "expected a table, found text", "{ from = \"APP\"")]),
        ("max_changes = 3", &[(1, 1, "unknown key `max_changes`", "guard = {")]),
    ] {
        check(&connection(body), CONNECTION_LINES, expected);
    }
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
            "chat = 'a'\nmail = 'b'\noptions = ['Open']",
            &[(3, 11, "expected a table", "\"left value\" = \"right value\"")],
        ),
        ("chat = 'a'\nmail = 'b'\nto = 'mail'", &[(3, 1, "unknown key `to`", "a mapping has `direction`")]),
        ("chat = 'a'\nmail = 'b'\ndirection = 'mail'", &[(3, 13, "`mail` is no direction", "`to mail`")]),
        ("chat = { field = 'a' }\nmail = 'b'", &[(1, 8, "expected text, found a table", "")]),
        (
            "chat = 'a'\nmail = 'b'\n[[connections.c.fields]]\nchat = 'a'\nmail = 'd'",
            &[(4, 8, "`a` is mapped already", "")],
        ),
    ] {
        check(&mapping(body), lines, expected);
    }
}
