//! Reading the state without disturbing a run that may be under way.

use super::CliError;
use crate::config::Config;
use syntony_state::{StateError, Store};

/// The state, to be read; `None` if nothing ever ran.
pub(super) fn open(config: &Config) -> Result<Option<Store>, CliError> {
    if !config.state.exists() {
        return Ok(None);
    }
    Store::open_read_only(&config.state).map(Some).map_err(stopped)
}

/// What the state has to complain about.
pub(super) fn stopped(error: StateError) -> CliError {
    CliError::Stopped { message: error.to_string(), hint: None }
}
