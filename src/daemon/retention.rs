//! The retention of a site: here, and for this site on the server.

use std::path::PathBuf;
use std::sync::Arc;

use super::health::{Health, RetentionReport};
use crate::retention::{Keeper, Own, Run, Shared, Told, Trouble};
use crate::spool::Outbox;
use crate::store::postgres::{Postgres, Settings};
use crate::store::{Stood, Store, StoreError};
use crate::telephony::Time;

/// What is the site's.
pub(super) struct SiteKeeper {
    pub(super) directory: PathBuf,
    pub(super) site: String,
    pub(super) server: Option<Settings>,
    pub(super) outbox: Outbox,
    pub(super) health: Arc<Health>,
}

impl SiteKeeper {
    async fn store<T: Send + 'static>(&self, ask: impl FnOnce(Store) -> Result<T, StoreError> + Send + 'static) -> Result<T, Trouble> {
        let directory = self.directory.clone();
        Ok(tokio::task::spawn_blocking(move || Store::open_existing(&directory).and_then(ask)).await??)
    }
}

impl Keeper for SiteKeeper {
    const BY_HAND: &'static str = "`strowger retention run` does it now";

    async fn last_runs(&self) -> Result<Vec<(String, Option<Time>)>, Trouble> {
        Ok(vec![(self.site.clone(), self.store(|store| store.last_sweep()).await?)])
    }

    async fn note(&self, _: &str, at: Time) -> Result<(), Trouble> {
        let outbox = self.outbox.clone();
        self.store(move |store| outbox.in_turn(|| store.note_sweep(at))).await
    }

    async fn clock_stood(&self) -> Result<Option<Stood>, Trouble> {
        self.store(|store| store.clock_stood()).await
    }

    async fn keep_clock_stood(&self, stood: Option<Stood>) -> Result<(), Trouble> {
        let outbox = self.outbox.clone();
        self.store(move |store| outbox.in_turn(|| store.keep_clock_stood(stood))).await
    }

    /// Both databases: what still waits here reaches the server without numbers and names before the server's turn.
    async fn run(&self, _: &str, run: &Run<'_>) -> Result<(), Trouble> {
        let own = Own { store: Arc::new(self.store(Ok).await?), outbox: self.outbox.clone() };
        let tally = run.steps(&own).await?;
        if let Some(settings) = &self.server {
            let postgres = Postgres::connect(settings).await?;
            let server = Shared { postgres: &postgres, site: &self.site, place: postgres.place().to_owned() };
            let tally = run.steps(&server).await?;
            run.note(&server, &tally).await?;
        }
        run.note(&own, &tally).await?;
        self.health.retention(|report| *report = RetentionReport::of(&tally, run.began()));
        Ok(())
    }

    fn tell(&self, told: Told<'_>) {
        self.health.retention(|report| match told {
            Told::Failed(trouble) => report.error = Some(trouble.to_string()),
            Told::Waits(wait) => {
                report.waits =
                    Some(format!("until {}, because the last run was {} and this clock says {}", wait.until, wait.last, wait.now));
            }
            Told::GoesOn => report.waits = None,
        });
    }
}
