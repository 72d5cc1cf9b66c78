//! The text form of a script, as `--faults` takes it.
//!
//! A part that is not understood is an error that says so: a mistyped fault that silently did nothing
//! would make every test that relies on it pass.

use super::{Calls, Fault, Refusal, Rule, When};
use axum::http::Method;

/// The grammar, for people.
pub(super) const HELP: &str = "\
faults are separated by commas; each is KIND, KIND@CALLS, and then *N (the next N calls; *1 if nothing is \
said), /N (every Nth call) or >N (all calls but the first N).
KIND: 429, 429+SECONDS (with Retry-After), 500 to 599, html (a proxy's 502 page), drop-before, drop-after, \
slow=MS, expired-token, expired-cursor.
CALLS: reads, writes, or METHOD:PATH as the documents write it, such as POST:/contacts.
settings: lag=MS (the change feed shows writes later), normalise (the app reshapes what is written).
example: 429+2/20,503@writes/50,drop-after*1,lag=10000";

/// One part of a specification.
pub(super) enum Part {
    Rule(Rule),
    Lag { ms: u64 },
    Normalise,
}

pub(super) fn part(text: &str) -> Result<Part, String> {
    if text == "normalise" {
        return Ok(Part::Normalise);
    }
    if let Some(ms) = text.strip_prefix("lag=") {
        return Ok(Part::Lag { ms: number(ms, text)? });
    }
    let (what, when) = split_when(text)?;
    let (kind, calls) = match what.split_once('@') {
        None => (what, Calls::Any),
        Some((kind, calls)) => (kind, calls_of(calls, text)?),
    };
    Ok(Part::Rule(Rule { calls, when, fault: fault(kind, text)? }))
}

/// Splits at the last `*`, `/` or `>` that a whole number follows: a path has slashes as well.
fn split_when(text: &str) -> Result<(&str, When), String> {
    let Some(at) = text.rfind(['*', '/', '>']) else { return Ok((text, When::Next(1))) };
    let (what, rest) = text.split_at(at);
    let (mark, count) = rest.split_at(1);
    let Ok(count) = count.parse::<u32>() else { return Ok((text, When::Next(1))) };
    match (mark, count) {
        (">", count) => Ok((what, When::After(count))),
        (_, 0) => Err(misunderstood(text, "a count of 0 would never happen")),
        ("*", count) => Ok((what, When::Next(count))),
        (_, count) => Ok((what, When::Every(count))),
    }
}

fn calls_of(calls: &str, part: &str) -> Result<Calls, String> {
    match calls {
        "reads" => Ok(Calls::Reads),
        "writes" => Ok(Calls::Writes),
        _ => {
            let route = calls.split_once(':').filter(|(_, path)| path.starts_with('/'));
            let (method, path) = route.ok_or_else(|| misunderstood(part, "which calls are meant"))?;
            let method = Method::from_bytes(method.as_bytes())
                .map_err(|_| misunderstood(part, "that is no HTTP method"))?;
            Ok(Calls::Route(method, path.to_owned()))
        }
    }
}

fn fault(kind: &str, part: &str) -> Result<Fault, String> {
    let refuse = |refusal| Ok(Fault::Refuse(refusal));
    match kind {
        "429" => refuse(Refusal::RateLimited { retry_after_seconds: None }),
        "html" => Ok(Fault::Html),
        "drop-before" => Ok(Fault::DropBefore),
        "drop-after" => Ok(Fault::DropAfter),
        "expired-token" => refuse(Refusal::ExpiredToken),
        "expired-cursor" => refuse(Refusal::ExpiredCursor),
        _ => {
            if let Some(seconds) = kind.strip_prefix("429+") {
                return refuse(Refusal::RateLimited { retry_after_seconds: Some(number(seconds, part)?) });
            }
            if let Some(ms) = kind.strip_prefix("slow=") {
                return Ok(Fault::Slow { ms: number(ms, part)? });
            }
            match kind.parse::<u16>() {
                Ok(status @ 500..=599) => refuse(Refusal::ServerError(status)),
                Ok(_) | Err(_) => Err(misunderstood(part, "there is no such fault")),
            }
        }
    }
}

fn number<N: std::str::FromStr>(digits: &str, part: &str) -> Result<N, String> {
    digits.parse().map_err(|_| misunderstood(part, "a whole number was expected"))
}

fn misunderstood(part: &str, why: &str) -> String {
    format!("cannot read the fault \"{part}\": {why}\n{HELP}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<Rule, &str>) {
        match (part(text), expected) {
            (Ok(Part::Rule(rule)), Ok(expected)) => assert_eq!(rule, expected, "{text}"),
            (Err(error), Err(expected)) => {
                assert!(error.contains(expected), "{text}: {error}");
                assert!(error.contains(text), "{text} is not named: {error}");
            }
            (_, expected) => panic!("{text} should have been {expected:?}"),
        }
    }

    fn rule(calls: Calls, when: When, fault: Fault) -> Result<Rule, &'static str> {
        Ok(Rule { calls, when, fault })
    }

    #[test]
    fn each_form_is_read() {
        let limited = |retry_after_seconds| Fault::Refuse(Refusal::RateLimited { retry_after_seconds });
        let any = || Calls::Any;
        let post = || Calls::Route(Method::POST, "/contacts/{id}/tags".to_owned());
        check("429/20", rule(any(), When::Every(20), limited(None)));
        check("429+30", rule(any(), When::Next(1), limited(Some(30))));
        check("503@writes*2", rule(Calls::Writes, When::Next(2), Fault::Refuse(Refusal::ServerError(503))));
        check("expired-token>3", rule(any(), When::After(3), Fault::Refuse(Refusal::ExpiredToken)));
        check("html@reads>0", rule(Calls::Reads, When::After(0), Fault::Html));
        check("html@reads", rule(Calls::Reads, When::Next(1), Fault::Html));
        check("drop-before", rule(any(), When::Next(1), Fault::DropBefore));
        check("drop-after@POST:/contacts/{id}/tags", rule(post(), When::Next(1), Fault::DropAfter));
        check("drop-after@POST:/contacts/{id}/tags/9", rule(post(), When::Every(9), Fault::DropAfter));
        check("slow=250/3", rule(any(), When::Every(3), Fault::Slow { ms: 250 }));
        check("expired-token", rule(any(), When::Next(1), Fault::Refuse(Refusal::ExpiredToken)));
        check("expired-cursor*2", rule(any(), When::Next(2), Fault::Refuse(Refusal::ExpiredCursor)));
    }

    #[test]
    fn a_mistyped_fault_is_an_error_and_not_silence() {
        check("drop", Err("no such fault"));
        check("404", Err("no such fault"));
        check("429/0", Err("never happen"));
        check("429+soon", Err("whole number"));
        check("slow=", Err("whole number"));
        check("lag=x", Err("whole number"));
        check("500@somewhere", Err("which calls"));
        check("500@G T:/x", Err("no HTTP method"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}|[a-z0-9=@*/:+-]{0,20}") {
            // An error that does not name its part would leave people searching.
            if let Err(error) = part(&text) {
                proptest::prop_assert!(error.contains(&text));
            }
        }
    }
}
