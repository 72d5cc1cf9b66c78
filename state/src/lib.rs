//! The state of a sync on SQLite: what was observed, what is linked, what was written and why.
//!
//! Everything is a method of [`Store`]. A method is one read or one transaction: no transaction, no
//! statement and no callback that could wait for something is ever handed out, so the network is never
//! waited for while the database is held. There is no clock here either: the caller says what time it
//! is. (The lock file is the one exception: it tells people since when it is held.)
//!
//! # The four transactions of a run
//! 1. **page** ([`Store::stage`]): one page of a listing, set aside.
//! 2. **observe** ([`Store::observe`]): what was set aside becomes what is known, together with the
//!    cursor that covers it.
//! 3. **intend** ([`Store::intend`]): ops, written down before they are sent.
//! 4. **settle** ([`Store::settle`]): what came of them: ops closed, links, bases, standings moved.
//!
//! # What it keeps
//! - A cursor never stands past what is stored.
//! - An old observation never undoes a newer one.
//! - A contact is in one pair of a connection at the most.
//! - A change that comes while its contact is being looked at is looked at again.
//!
//! # What it must never do
//! Delete a contact's link because the contact was not seen; put a contact's value or a secret into an
//! error or a log; overwrite or delete a file that it does not understand.

mod apps;
mod codec;
mod contacts;
mod error;
mod forget;
mod fulllook;
mod inbox;
mod judge;
mod links;
mod load;
mod lock;
mod observe;
mod ops;
mod optout;
mod pairs;
mod runs;
mod schema;
mod seal;
mod settle;
mod staging;
mod standing;
mod store;
mod todo;
mod tokens;

pub use contacts::StoredContact;
pub use error::{Result, StateError};
pub use forget::Forgotten;
pub use fulllook::FullLook;
pub use inbox::{Letter, LetterNo, MAX_LETTERS, MAX_TRIES, Received, Tip, Whom};
pub use links::{LinkCounts, LinkRow, Repointed};
pub use lock::RunLock;
pub use observe::Observed;
pub use ops::{Bind, Collision, Intended, Intent, LastWrite, OpStatus, OpenIntent, WriteKind, WriteRow};
pub use optout::OptOut;
pub use runs::{RunEnd, RunRow};
pub use settle::{OpOutcome, Settled, Settlement};
pub use staging::Staged;
pub use standing::{Standing, StandingRow, SubjectId};
pub use store::Store;
pub use todo::{TodoItem, TodoPos};
pub use tokens::{Kept, SealedToken, Seed, TokenLock};
