//! Contacts as they are now, for writes that need to know.

use super::super::Google;
use super::job::Update;
use super::{Halt, Ledger};
use crate::contract::Found;
use crate::error::ConnectorError;
use std::collections::BTreeMap;
use syntony_core::ids::ContactId;

/// What each contact is now, by the id that was asked for.
pub(super) type Now = BTreeMap<ContactId, Found>;

impl Google {
    /// Reads the contacts of `updates` again; `None` when that cannot be done, and then nothing else is sent.
    pub(super) async fn reread(&self, updates: &[Update], ledger: &mut Ledger) -> Option<Now> {
        if !ledger.may_call() {
            return None;
        }
        let ids: Vec<ContactId> = updates.iter().map(|update| update.id.clone()).collect();
        match self.read_by_id(&ids).await {
            Ok(fetched) => Some(fetched.into_iter().map(|fetched| (fetched.asked, fetched.found)).collect()),
            Err(error @ ConnectorError::Auth { .. }) => {
                ledger.halt(Halt::Auth(error));
                None
            }
            Err(error) => {
                ledger.halt(Halt::Later(error.to_string()));
                None
            }
        }
    }
}
