//! A run over one database, in small transactions with pauses between.
//!
//! Stopped or broken off, the next run goes on: what is done is not due any more.

use std::sync::Arc;

use crate::config::Retention;
use crate::privacy::{Numbers, Tally};
use crate::spool::{Clock, Outbox};
use crate::store::postgres::{Postgres, PostgresError};
use crate::store::{Mark, Step, Store, StoreError, Sweep};
use crate::telemetry::RetentionFacts;
use crate::telephony::{Now, Time};

use super::turn::amid;

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("{0}")]
    Key(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it was broken off: {0}")]
    BrokenOff(#[from] tokio::task::JoinError),
}

impl From<PostgresError> for Trouble {
    fn from(error: PostgresError) -> Self {
        Self::Store(error.into())
    }
}

/// Where calls of a site are.
pub(crate) trait Database: Sync {
    /// Which database, for people.
    fn place(&self) -> String;

    /// The next batch.
    fn step(&self, sweep: Sweep, after: Option<Mark>) -> impl Future<Output = Result<Step, Trouble>> + Send;

    /// Notes that the run is over.
    fn note(&self, sweep: Sweep, tally: Tally) -> impl Future<Output = Result<(), Trouble>> + Send;
}

/// In the state directory. Each transaction is in turn with the writer, which goes first in the pauses.
pub(crate) struct Own {
    pub(crate) store: Arc<Store>,
    pub(crate) outbox: Outbox,
}

impl Database for Own {
    fn place(&self) -> String {
        self.store.path().display().to_string()
    }

    async fn step(&self, sweep: Sweep, after: Option<Mark>) -> Result<Step, Trouble> {
        let (store, outbox) = (Arc::clone(&self.store), self.outbox.clone());
        Ok(tokio::task::spawn_blocking(move || outbox.in_turn(|| store.sweep(&sweep, after))).await??)
    }

    async fn note(&self, sweep: Sweep, tally: Tally) -> Result<(), Trouble> {
        let (store, outbox) = (Arc::clone(&self.store), self.outbox.clone());
        Ok(tokio::task::spawn_blocking(move || outbox.in_turn(|| store.swept(&sweep, &tally))).await??)
    }
}

/// One site's on a server.
pub(crate) struct Shared<'a> {
    pub(crate) postgres: &'a Postgres,
    pub(crate) site: &'a str,
    /// For people.
    pub(crate) place: String,
}

impl Database for Shared<'_> {
    fn place(&self) -> String {
        self.place.clone()
    }

    async fn step(&self, sweep: Sweep, after: Option<Mark>) -> Result<Step, Trouble> {
        Ok(self.postgres.sweep(self.site, &sweep, after).await?)
    }

    async fn note(&self, sweep: Sweep, tally: Tally) -> Result<(), Trouble> {
        Ok(self.postgres.swept(self.site, &sweep, &tally).await?)
    }
}

/// A run that has begun.
pub(crate) struct Run<'a> {
    pub(super) retention: &'a Retention,
    pub(super) numbers: Numbers,
    pub(super) began: Now,
    pub(super) clock: &'a Clock,
    pub(super) facts: &'a RetentionFacts,
}

impl Run<'_> {
    /// By the clock that was believed then.
    pub(crate) fn began(&self) -> Time {
        self.began.wall
    }

    /// All that is due.
    pub(crate) async fn steps(&self, database: &impl Database) -> Result<Tally, Trouble> {
        let (mut tally, mut mark) = (Tally::default(), None);
        loop {
            let step = database.step(self.sweep(), mark).await?;
            tally.plus(&step.tally);
            mark = step.next;
            // The writer, and whoever asks, come first.
            tokio::time::sleep(self.retention.pause).await;
            if mark.is_none() {
                return Ok(tally);
            }
        }
    }

    /// All that is due is done.
    pub(crate) async fn note(&self, database: &impl Database, tally: &Tally) -> Result<(), Trouble> {
        database.note(self.sweep(), *tally).await?;
        self.facts.ran(&database.place(), tally, self.began());
        Ok(())
    }

    /// Each step by the time that it is then: a clock that was ahead may be set right meanwhile.
    fn sweep(&self) -> Sweep {
        let Retention { policy, batch_calls, .. } = *self.retention;
        Sweep { policy, numbers: self.numbers.clone(), now: amid(self.began, (self.clock)()), dry_run: false, batch: batch_calls }
    }
}
