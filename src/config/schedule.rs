//! When a connection runs: cron expressions in the admin's own time zone.
//!
//! Two dialects are taken. Six or seven fields are *cron with seconds*, as the `cron` crate reads them
//! (day of month **and** day of week; weekday 1 is Sunday). Five fields are a crontab line and mean what
//! crontab(5) says (<https://man7.org/linux/man-pages/man5/crontab.5.html>): weekday 0 and 7 are Sunday,
//! and where both the day of month and the day of week are restricted, either is enough.
//!
//! Invariant: [`Schedule::next_run`] is later than what it is asked about, whatever the clocks do. Where
//! the clocks change, a schedule for every hour runs in both passes of a repeated hour; one for certain
//! hours runs once, and a run in a skipped hour takes place when the clocks have jumped.

use chrono::{
    DateTime, FixedOffset, NaiveDateTime, Offset as _, SubsecRound as _, TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::{GapInfo, Tz};
use cron::TimeUnitSpec as _;
use std::str::FromStr as _;

use super::nearest::quoted;

/// How many of a day's hours make a schedule one for every hour.
const HOURS_A_DAY: u32 = 24;
/// How many candidates of a schedule may fall before the clocks were set back: a whole day of seconds.
const MAX_CANDIDATES: usize = 100_000;
/// How many changes of the clocks are passed on the way to a run: cron ends with the year 2100.
const MAX_CLOCK_CHANGES: usize = 1_000;

/// What a field of an expression is, for messages: its name, and what it takes.
const FIELDS: [(&str, &str); 7] = [
    ("second", "0 to 59"),
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31"),
    ("month", "1 to 12 or JAN to DEC"),
    ("day of the week", "SUN to SAT"),
    ("year", "1970 to 2100"),
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A schedule that fires at least once more.
#[derive(Clone, Debug)]
pub struct Schedule {
    text: String,
    /// The run is at the earliest of these; more than one only for a crontab line with two kinds of days.
    alternatives: Vec<cron::Schedule>,
    caution: Option<String>,
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Schedule {}

/// Why a text is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// It has neither five nor six nor seven fields.
    #[error("a schedule has five, six or seven fields, this one has {0}")]
    FieldCount(usize),
    /// A field is not valid.
    #[error("`{text}` is not valid as the {name}")]
    Field {
        /// The field as it was written.
        text: String,
        /// Which field it is.
        name: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// It is one of cron's abbreviations, but not one that is known.
    #[error("`{0}` is not a known abbreviation")]
    Abbreviation(String),
    /// It names days that do not exist, or years that are over.
    #[error("this schedule never fires")]
    NeverFires,
}

impl ScheduleError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            ScheduleError::FieldCount(_) => {
                "second minute hour day month weekday, for example \"0 */5 * * * *\"; or five fields as in a crontab"
                    .to_owned()
            }
            ScheduleError::Field { takes, .. } => format!("{takes}; lists 1,2, ranges 1-5, steps */5"),
            ScheduleError::Abbreviation(_) => {
                format!("known: {}", quoted(["@hourly", "@daily", "@weekly", "@monthly", "@yearly"]))
            }
            ScheduleError::NeverFires => "there is no such day, or the year is over".to_owned(),
        }
    }
}

impl Schedule {
    /// Reads an expression, and refuses one that does not fire any more after `now`.
    ///
    /// # Errors
    /// See [`ScheduleError`].
    pub fn parse(text: &str, now: DateTime<Utc>) -> Result<Self, ScheduleError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let (expressions, caution) = match fields.as_slice() {
            [word] if word.starts_with('@') => (vec![abbreviation(word)?], None),
            [minute, hour, day, month, weekday] => (crontab(minute, hour, day, month, weekday)?, None),
            [_, _, _, _, _, weekday] | [_, _, _, _, _, weekday, _] => {
                (vec![fields.join(" ")], numbered_weekday(weekday))
            }
            other => return Err(ScheduleError::FieldCount(other.len())),
        };
        let alternatives = expressions.iter().map(|text| compile(text)).collect::<Result<Vec<_>, _>>()?;
        let schedule = Self { text: text.to_owned(), alternatives, caution };
        match schedule.next_run(Tz::UTC, now) {
            Some(_) => Ok(schedule),
            None => Err(ScheduleError::NeverFires),
        }
    }

    /// The expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What an admin should know who expects another dialect, if there is something.
    #[must_use]
    pub fn caution(&self) -> Option<&str> {
        self.caution.as_deref()
    }

    /// The first run strictly after `after`, by the clocks of `zone`; `None` if there is none any more.
    #[must_use]
    pub fn next_run(&self, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.alternatives
            .iter()
            .filter_map(|schedule| {
                if schedule.hours().count() == HOURS_A_DAY {
                    next_of_every_hour(schedule, zone, after)
                } else {
                    next_of_certain_hours(schedule, zone, after)
                }
            })
            .min()
    }
}

/// Time that goes on evenly: the wall clock is followed from one change of the clocks to the next, so
/// that an hour that comes twice is gone through twice.
fn next_of_every_hour(schedule: &cron::Schedule, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let second = TimeDelta::seconds(1);
    let mut earliest = after.trunc_subsecs(0) + second;
    for _ in 0..MAX_CLOCK_CHANGES {
        let offset = offset_at(zone, earliest);
        let run = schedule.after(&(earliest - second).with_timezone(&offset)).next()?.to_utc();
        match first_change(zone, earliest, run) {
            None => return Some(run),
            Some(change) => earliest = change,
        }
    }
    None
}

/// Readings of the wall clock, each of which counts once: the first time it is shown, or when the clocks
/// have jumped over it.
fn next_of_certain_hours(schedule: &cron::Schedule, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let wall = after.with_timezone(&zone).naive_local().and_utc();
    schedule
        .after(&wall)
        .take(MAX_CANDIDATES)
        .map(|reading| first_shown(zone, reading.naive_utc()))
        .find(|run| *run > after)
}

fn first_shown(zone: Tz, reading: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&reading).earliest() {
        Some(moment) => moment.to_utc(),
        None => GapInfo::new(&reading, &zone)
            .and_then(|gap| gap.end)
            .map_or_else(|| reading.and_utc(), |end| end.to_utc()),
    }
}

fn offset_at(zone: Tz, moment: DateTime<Utc>) -> FixedOffset {
    zone.offset_from_utc_datetime(&moment.naive_utc()).fix()
}

/// The first second after `from`, up to `to`, with another offset than `from` has. Zones do not change
/// twice within a day.
fn first_change(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let before = offset_at(zone, from);
    let mut same = from;
    while same < to {
        let mut other = (same + TimeDelta::days(1)).min(to);
        if offset_at(zone, other) == before {
            same = other;
            continue;
        }
        while (other - same).num_seconds() > 1 {
            let middle = same + TimeDelta::seconds((other - same).num_seconds() / 2);
            if offset_at(zone, middle) == before { same = middle } else { other = middle }
        }
        return Some(other);
    }
    None
}

fn abbreviation(word: &str) -> Result<String, ScheduleError> {
    match word {
        "@hourly" | "@daily" | "@weekly" | "@monthly" | "@yearly" => Ok(word.to_owned()),
        "@midnight" => Ok("@daily".to_owned()),
        "@annually" => Ok("@yearly".to_owned()),
        other => Err(ScheduleError::Abbreviation(other.to_owned())),
    }
}

/// A crontab line as expressions with seconds. Both kinds of days given means either of them, as in
/// crontab(5); a field that starts with a star is not "given", whatever follows.
fn crontab(
    minute: &str,
    hour: &str,
    day: &str,
    month: &str,
    weekday: &str,
) -> Result<Vec<String>, ScheduleError> {
    let weekdays = crontab_weekdays(weekday)?;
    let line = |day: &str, weekday: &str| format!("0 {minute} {hour} {day} {month} {weekday}");
    if day.starts_with(['*', '?']) || weekday.starts_with(['*', '?']) {
        Ok(vec![line(day, &weekdays)])
    } else {
        Ok(vec![line(day, "*"), line("*", &weekdays)])
    }
}

/// A crontab's weekdays (0 and 7 are Sunday) by name, so that no dialect can take them for others.
fn crontab_weekdays(field: &str) -> Result<String, ScheduleError> {
    let wrong = || field_error(field, 5);
    if matches!(field, "*" | "?") {
        return Ok("*".to_owned());
    }
    let mut days = [false; 7];
    for item in field.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                (range, step.parse::<usize>().ok().filter(|step| *step > 0).ok_or_else(wrong)?)
            }
            None => (item, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (0, 6),
            Some((first, last)) => (weekday(first).ok_or_else(wrong)?, weekday(last).ok_or_else(wrong)?),
            None if item.contains('/') => return Err(wrong()),
            None => weekday(range).map(|day| (day, day)).ok_or_else(wrong)?,
        };
        if first > last {
            return Err(wrong());
        }
        for day in (first..=last).step_by(step) {
            if let Some(chosen) = days.get_mut(day % 7) {
                *chosen = true;
            }
        }
    }
    Ok(named(days))
}

fn weekday(text: &str) -> Option<usize> {
    match text.parse() {
        Ok(number @ 0..=7) => Some(number),
        Ok(_) => None,
        Err(_) => WEEKDAYS.iter().position(|name| name.eq_ignore_ascii_case(text)),
    }
}

fn named(days: [bool; 7]) -> String {
    let chosen = WEEKDAYS.iter().zip(days).filter(|(_, chosen)| *chosen).map(|(name, _)| *name);
    chosen.collect::<Vec<_>>().join(",")
}

/// With seconds, weekday 1 is Sunday. Most who write a number there mean something else.
fn numbered_weekday(field: &str) -> Option<String> {
    let (range, _) = field.split_once('/').unwrap_or((field, ""));
    if !range.contains(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let schedule = compile(&format!("0 0 0 * * {field}")).ok()?;
    let mut days = [false; 7];
    for ordinal in schedule.days_of_week().iter() {
        if let Some(chosen) = days.get_mut(usize::try_from(ordinal).ok()?.checked_sub(1)?) {
            *chosen = true;
        }
    }
    Some(format!("with seconds, weekday 1 is Sunday: `{field}` means {}", named(days)))
}

/// The crate's messages are pictures of several lines; ours name the field that is wrong.
fn compile(expression: &str) -> Result<cron::Schedule, ScheduleError> {
    cron::Schedule::from_str(expression).map_err(|_| {
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let wrong = fields.iter().enumerate().find(|(at, field)| {
            let alone: Vec<&str> =
                (0..fields.len()).map(|other| if other == *at { **field } else { "*" }).collect();
            cron::Schedule::from_str(&alone.join(" ")).is_err()
        });
        match wrong {
            Some((at, field)) => field_error(field, at),
            None => ScheduleError::FieldCount(fields.len()),
        }
    })
}

fn field_error(text: &str, at: usize) -> ScheduleError {
    let (name, takes) = FIELDS.get(at).copied().unwrap_or(("field", "a number"));
    ScheduleError::Field { text: text.to_owned(), name, takes }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
