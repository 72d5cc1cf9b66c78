//! What stops a run before it does harm: accounts, listings and numbers that look like a mistake.
//!
//! The rules themselves are pure ([`syntony_core::guard`]); here they are fed from the state, in every run
//! and before every walk, so that nothing gets past them by coming late or by coming twice.

use super::{Mode, Permission, Run, Stop};
use crate::report::ConnectionReport;
use std::collections::BTreeSet;
use syntony_core::guard;
use syntony_core::ids::ConnectionName;

/// Under which name the state keeps what the guard showed and nobody answered yet.
pub(super) const SHOWN: &str = "guard";

impl Run<'_> {
    /// Whose accounts these are, asked only when the credentials are not those of the last run: a token
    /// belongs to one account for as long as it lives.
    pub(super) async fn accounts(&self) -> Result<(), Stop> {
        const WHAT: &str = "credentials";
        for (side, app) in self.apps.iter() {
            let key = ConnectionName::new(format!("app:{}", app.name));
            let known = self.db.with(|store| store.fingerprint(&key, WHAT))?;
            if known.as_deref() == Some(app.credentials.as_str()) {
                continue;
            }
            let health = app.connector.check().await.map_err(|error| self.failed(side, error))?;
            let before = self.db.with(|store| store.account(&app.name))?;
            if before.is_some_and(|before| before != health.account) {
                // Before anything of that account is read, whatever the mode.
                self.release(vec![guard::Trip::OtherAccount { app: app.name.to_string() }])?;
            }
            self.db.with(|store| {
                store.set_account(&app.name, &health.account)?;
                store.set_fingerprint(&key, WHAT, &app.credentials)
            })?;
        }
        Ok(())
    }

    /// Why complete listings are not to be believed, if they are not. Asked of the state in every run, so
    /// that a listing that was not believed once is not believed in the next run either, unless a better
    /// one came.
    pub(super) fn guard_listings(&self) -> Result<Vec<guard::Trip>, Stop> {
        let mut listings = Vec::new();
        for (_, app) in self.apps.iter() {
            let (known, missing) = self.db.with(|store| {
                Ok::<_, Stop>((store.count_live(&app.name)?, store.suspect_count(&app.name)?))
            })?;
            if missing > 0 {
                let listed = known.saturating_sub(missing);
                listings.push(guard::ListingCount { app: app.name.to_string(), known, listed, missing });
            }
        }
        let situation = guard::Situation { listings, ..guard::Situation::default() };
        Ok(guard::check(&situation, self.policy.guard))
    }

    /// Stops the run if what it would do looks like a mistake.
    pub(super) fn guard(
        &self,
        tally: guard::Tally,
        rules_changed: bool,
        report: &mut ConnectionReport,
    ) -> Result<(), Stop> {
        let links = self.db.with(|store| store.link_count(&self.policy.connection))?;
        let situation = guard::Situation { tally, links, rules_changed, ..guard::Situation::default() };
        let trips = guard::check(&situation, self.policy.guard);
        if matches!(self.mode, Mode::Plan(_)) {
            self.tell(&trips, report);
            return Ok(());
        }
        self.release(trips)
    }

    /// Says in a plan what would stop a sync.
    pub(super) fn tell(&self, trips: &[guard::Trip], report: &mut ConnectionReport) {
        if !trips.is_empty() {
            let stop = Stop::Guard { connection: self.policy.connection.clone(), trips: trips.to_vec() };
            report.reason = Some(format!("a sync would stop: {stop}"));
            report.guard.extend_from_slice(trips);
        }
    }

    /// Goes on despite these trips if an admin said so. After a run that was stopped, `--yes` releases what
    /// that run showed and nothing else: nobody agrees to what they have not seen.
    pub(super) fn release(&self, trips: Vec<guard::Trip>) -> Result<(), Stop> {
        if trips.is_empty() {
            return Ok(());
        }
        let connection = &self.policy.connection;
        let shown = self.db.with(|store| store.fingerprint(connection, SHOWN))?;
        let mut shown: BTreeSet<String> =
            shown.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let seen = shown.is_empty() || trips.iter().all(|trip| shown.contains(&kind(trip)));
        if self.permission == Permission::Given && seen {
            return Ok(());
        }
        shown.extend(trips.iter().map(kind));
        let text = serde_json::to_string(&shown).unwrap_or_default();
        self.db.with(|store| store.set_fingerprint(connection, SHOWN, &text))?;
        Err(Stop::Guard { connection: connection.clone(), trips })
    }
}

/// What a trip is about, without its numbers: those may grow between the look and the `--yes`.
fn kind(trip: &guard::Trip) -> String {
    match trip {
        guard::Trip::TooMany { what, .. } => what.clone(),
        guard::Trip::ListsNothing { app, .. } => format!("`{app}` lists nothing"),
        guard::Trip::OtherAccount { app } => format!("another account behind `{app}`"),
        guard::Trip::EverythingChanged { .. } => "everything changed".to_owned(),
    }
}
