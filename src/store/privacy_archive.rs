//! Retention, holds and erasure, whatever the database is.

use uuid::Uuid;

use super::StoreError;
use super::archive::{Archive, OnServer};
use super::privacy::{Concerned, Dossier, Erased, Hold, Mark, Receipt, Shown, Step, Sweep};
use crate::privacy::{Erasure, Tally};
use crate::telephony::Time;

impl Archive {
    /// Which database, for people.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(store) => store.path().display().to_string(),
            Self::Postgres(OnServer { postgres, .. }) => postgres.place().to_owned(),
        }
    }

    /// Does the next batch of what is due; see [`super::Store::sweep`].
    pub fn sweep(&self, sweep: &Sweep, after: Option<Mark>) -> Result<Step, StoreError> {
        match self {
            Self::Sqlite(store) => store.sweep(sweep, after),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.sweep(site, sweep, after))?),
        }
    }

    /// Notes that a run is over.
    pub fn swept(&self, sweep: &Sweep, tally: &Tally) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.swept(sweep, tally),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.swept(site, sweep, tally))?),
        }
    }

    /// When the last run was over.
    pub fn last_sweep(&self) -> Result<Option<Time>, StoreError> {
        match self {
            Self::Sqlite(store) => store.last_sweep(),
            Self::Postgres(OnServer { postgres, site, runtime }) => {
                let all = runtime.block_on(postgres.last_sweeps())?;
                Ok(all.into_iter().find(|(name, _)| name == site).and_then(|(_, last)| last))
            }
        }
    }

    /// What is known of the user of that name, email or id.
    pub fn dossier(&self, wanted: &str) -> Result<Dossier, StoreError> {
        match self {
            Self::Sqlite(store) => store.dossier(wanted),
            Self::Postgres(OnServer { postgres, site, runtime }) => runtime.block_on(postgres.dossier(site, wanted)),
        }
    }

    /// Every call with a part that is credited to that user, oldest first.
    pub fn calls_of(&self, user: Uuid, show: Shown<'_>) -> Result<std::io::Result<()>, StoreError> {
        match self {
            Self::Sqlite(store) => store.calls_of(user, show),
            Self::Postgres(OnServer { postgres, site, runtime }) => runtime.block_on(postgres.calls_of(site, user, show)),
        }
    }

    /// How many calls are credited to that user.
    pub fn concerned(&self, user: Uuid) -> Result<Concerned, StoreError> {
        match self {
            Self::Sqlite(store) => store.concerned(user),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.concerned(site, user))?),
        }
    }

    /// Puts a hold on that user; false: one stands already, and stays as it is.
    pub fn add_hold(&self, user: Uuid, reason: &str, by: &str, at: Time) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(store) => store.add_hold(user, reason, by, at),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.add_hold(site, user, reason, by, at))?),
        }
    }

    /// Ends the hold on that user; false: none stood.
    pub fn remove_hold(&self, user: Uuid, by: &str, at: Time) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(store) => store.remove_hold(user, by, at),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.remove_hold(site, user, by, at))?),
        }
    }

    /// Every hold, the oldest first; those that ended only if asked for.
    pub fn holds(&self, with_ended: bool) -> Result<Vec<Hold>, StoreError> {
        match self {
            Self::Sqlite(store) => store.holds(with_ended),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.holds(site, with_ended))?),
        }
    }

    /// Notes that the person is to be erased; the steps do it. `id` will be the receipt's.
    pub fn begin_erasure(&self, id: Uuid, erasure: &Erasure, export_sha256: Option<String>, at: Time) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.begin_erasure(id, erasure, export_sha256, at),
            Self::Postgres(OnServer { postgres, site, runtime }) => {
                Ok(runtime.block_on(postgres.begin_erasure(site, id, erasure, export_sha256, at))?)
            }
        }
    }

    /// Erasures that were begun and are not done.
    pub fn pending_erasures(&self) -> Result<Vec<Uuid>, StoreError> {
        match self {
            Self::Sqlite(store) => store.pending_erasures(),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.pending_erasures(site))?),
        }
    }

    /// Whom a pending erasure is about.
    pub fn pending_erasure(&self, id: Uuid) -> Result<Option<(Erasure, Option<String>)>, StoreError> {
        match self {
            Self::Sqlite(store) => store.pending_erasure(id),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.pending_erasure(site, id))?),
        }
    }

    /// Does the next step of an erasure.
    pub fn erase_step(&self, id: Uuid, batch: usize, now: Time) -> Result<Erased, StoreError> {
        match self {
            Self::Sqlite(store) => store.erase_step(id, batch, now),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.erase_step(site, id, batch, now))?),
        }
    }

    /// Receipts of everybody who was erased, the oldest first.
    pub fn receipts(&self) -> Result<Vec<Receipt>, StoreError> {
        match self {
            Self::Sqlite(store) => store.receipts(),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.receipts(site))?),
        }
    }

    /// How the database finds what is due, for the test that it walks through no other calls.
    #[doc(hidden)]
    pub fn explain_sweep(&self) -> Result<String, StoreError> {
        match self {
            Self::Sqlite(store) => store.explain_sweep(),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.explain_sweep(site))?),
        }
    }
}
