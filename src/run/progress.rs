//! What a run tells whoever watches it. Numbers alone: no contact is in it.

use syntony_core::ids::{AppName, ConnectionName};

/// A watcher of a run.
pub trait Progress: Send + Sync {
    /// Contacts read from an app so far.
    fn read(&self, connection: &ConnectionName, app: &AppName, contacts: u64);
    /// Pairs planned so far, of about so many.
    fn planned(&self, connection: &ConnectionName, pairs: u64, of: u64);
    /// Pairs written so far, of about so many.
    fn written(&self, connection: &ConnectionName, pairs: u64, of: u64);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn read(&self, _: &ConnectionName, _: &AppName, _: u64) {}
    fn planned(&self, _: &ConnectionName, _: u64, _: u64) {}
    fn written(&self, _: &ConnectionName, _: u64, _: u64) {}
}
