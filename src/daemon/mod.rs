//! The daemon: runs every connection on its schedule, and stays up whatever happens to one of them.
//!
//! ```text
//! supervisor: one task for each connection
//!   tend: due by ticks, retry or nudge -> accounts: may its apps be called? -> turns: nobody else uses them
//!     -> lease: no command runs -> a run -> what it means for the next one -> board
//! ```
//!
//! A reload replaces the [`Generation`]: configuration and work together. Runs of the old one finish by it.
//!
//! It must never run a connection twice at once, write what a guard stopped, or let one connection's trouble stop
//! another.

mod accounts;
mod backoff;
mod board;
mod health;
mod lease;
mod notes;
mod reload;
mod shared;
mod supervisor;
mod tend;
mod ticks;
mod turns;
pub mod webhooks;
mod work;

pub use board::{Board, Card, Doing, Last, STUCK_AFTER_SECONDS, Trouble, TroubleKind};
pub use health::router as health;
pub use lease::{Lease, only_one};
pub use reload::{Loaded, Loader, NotLoaded};
pub use shared::Handle;
pub use tend::LOOK_SECONDS;
pub use ticks::{MAX_JITTER_SECONDS, due};
pub use work::{Ended, Generation, Work};

use crate::run::{Clock, Db};
use shared::Shared;
use std::sync::Arc;
use syntony_state::StateError;

/// The daemon.
pub struct Daemon(Arc<Shared>);

impl Daemon {
    /// A daemon that goes by this configuration, over a state that no other one works on.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn new(
        generation: Generation,
        db: Arc<Db>,
        lease: Arc<Lease>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StateError> {
        Shared::new(generation, db, lease, clock).map(|shared| Self(Arc::new(shared)))
    }

    /// By which others reach it.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.0))
    }

    /// Runs until [`Handle::stop`]; returns when what was in flight is settled.
    pub async fn run(self) {
        supervisor::supervise(self.0).await;
    }
}
