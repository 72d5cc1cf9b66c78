//! What is told on the way, on standard error.
//!
//! By default warnings; `-v` and `-q` move the level of our own code, `SYNTONY_LOG` takes the filter of
//! `tracing-subscriber` instead. Invariant: libraries below us (HTTP, TLS) never log more than
//! [`FOREIGN_LEVEL`], whatever the filter says: at their lower levels stand headers and bodies, and with
//! them tokens and contacts.

use super::args::LogFormat;
use crate::output::Progress;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, ParseError, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// The variable that holds a filter.
pub(super) const VARIABLE: &str = "SYNTONY_LOG";
/// The most that other people's code may say.
const FOREIGN_LEVEL: Level = Level::INFO;

/// Starts logging. Does nothing if this process logs already.
pub(super) fn start(verbosity: i8, format: LogFormat, progress: &Progress) -> Result<(), ParseError> {
    let wanted = filter(verbosity, std::env::var(VARIABLE).ok().as_deref())?.and(filter_fn(is_speakable));
    let colours = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let layer = tracing_subscriber::fmt::layer().with_writer(progress.log_writer());
    let layer = match format {
        LogFormat::Text => layer.compact().with_ansi(colours).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_ansi(false).boxed(),
    };
    let _ = tracing_subscriber::registry().with(layer.with_filter(wanted)).try_init();
    Ok(())
}

fn filter(verbosity: i8, variable: Option<&str>) -> Result<EnvFilter, ParseError> {
    if let Some(directives) = variable.filter(|text| !text.trim().is_empty()) {
        return EnvFilter::try_new(directives);
    }
    let (others, ours) = match verbosity {
        ..=-2 => (LevelFilter::OFF, LevelFilter::OFF),
        -1 => (LevelFilter::ERROR, LevelFilter::ERROR),
        0 => (LevelFilter::WARN, LevelFilter::WARN),
        1 => (LevelFilter::WARN, LevelFilter::INFO),
        2 => (LevelFilter::WARN, LevelFilter::DEBUG),
        3.. => (LevelFilter::INFO, LevelFilter::TRACE),
    };
    EnvFilter::try_new(format!("{others},syntony={ours}"))
}

fn is_speakable(event: &Metadata<'_>) -> bool {
    let target = event.target();
    let ours = target == "syntony" || target.starts_with("syntony::") || target.starts_with("syntony_");
    ours || *event.level() <= FOREIGN_LEVEL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbosity_moves_our_own_level_and_the_variable_wins() {
        for (verbosity, variable, expected) in [
            (0, None, "warn,syntony=warn"),
            (1, None, "warn,syntony=info"),
            (9, None, "info,syntony=trace"),
            (-1, None, "error,syntony=error"),
            (-3, None, "off,syntony=off"),
            (2, Some(" "), "warn,syntony=debug"),
            (2, Some("syntony_state=trace"), "syntony_state=trace"),
        ] {
            let got = filter(verbosity, variable).unwrap().to_string();
            let sorted = |text: &str| {
                let mut parts: Vec<_> = text.split(',').map(str::to_owned).collect();
                parts.sort();
                parts
            };
            assert_eq!(sorted(&got), sorted(expected), "{verbosity} {variable:?}");
        }
        assert!(filter(0, Some("syntony=loud")).is_err());
    }

    /// A subscriber of the wanted filters that only notes which targets got through.
    #[test]
    fn a_library_never_tells_what_is_in_a_request() {
        use std::sync::{Arc, Mutex};
        use tracing_subscriber::layer::Context;
        struct Notes(Arc<Mutex<Vec<String>>>);
        impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Notes {
            fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
                self.0.lock().unwrap().push(event.metadata().target().to_owned());
            }
        }
        let heard = Arc::new(Mutex::new(Vec::new()));
        let layer = Notes(Arc::clone(&heard))
            .with_filter(filter(0, Some("trace")).unwrap().and(filter_fn(is_speakable)));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::debug!(target: "hyper::proto", "authorization: Bearer …");
            tracing::trace!(target: "h2::codec", "frame");
            tracing::trace!(target: "syntonyx", "not ours");
            tracing::info!(target: "rustls", "fine");
            tracing::trace!(target: "syntony_state::store", "ours");
            tracing::trace!(target: "syntony::cli", "ours");
        });
        assert_eq!(*heard.lock().unwrap(), ["rustls", "syntony_state::store", "syntony::cli"]);
    }
}
