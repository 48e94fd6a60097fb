//! The retention of a hub: of every site that the database knows.
//!
//! Several hubs may do so at once: each site's note says that its day's run is done, and a call that two look at is locked by one.

use crate::retention::{Keeper, Run, Shared, Told, Trouble};
use crate::store::Stood;
use crate::store::postgres::Postgres;
use crate::telephony::Time;

/// What is the hub's.
pub(super) struct HubKeeper {
    pub(super) postgres: Postgres,
}

impl Keeper for HubKeeper {
    const BY_HAND: &'static str = "nothing need be done";

    async fn last_runs(&self) -> Result<Vec<(String, Option<Time>)>, Trouble> {
        Ok(self.postgres.last_sweeps().await?)
    }

    async fn note(&self, site: &str, at: Time) -> Result<(), Trouble> {
        Ok(self.postgres.note_sweep(site, at).await?)
    }

    async fn clock_stood(&self) -> Result<Option<Stood>, Trouble> {
        Ok(self.postgres.clock_stood().await?)
    }

    /// One for all hubs: another's is gone on from only where both clocks agree, and where the other forgets it, it is kept anew.
    async fn keep_clock_stood(&self, stood: Option<Stood>) -> Result<(), Trouble> {
        Ok(self.postgres.keep_clock_stood(stood).await?)
    }

    async fn run(&self, site: &str, run: &Run<'_>) -> Result<(), Trouble> {
        let place = format!("{}, site {site}", self.postgres.place());
        let database = Shared { postgres: &self.postgres, site, place };
        let tally = run.steps(&database).await?;
        run.note(&database, &tally).await
    }

    /// The log has said it; a hub is ready or not by its two ends.
    fn tell(&self, _: Told<'_>) {}
}
