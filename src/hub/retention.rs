//! Once a day: what was kept long enough is anonymised and deleted, of every site that the database knows.
//!
//! Several hubs may do so at once: each site's note says that its day's run is done, and a call that two look at is locked by one.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::config::Retention;
use crate::daemon::clock::SystemClock;
use crate::daemon::retention::{counted_from, is_due};
use crate::privacy::Tally;
use crate::store::Sweep;
use crate::store::postgres::{Postgres, PostgresError};
use crate::telemetry::RetentionFacts;
use crate::telephony::Time;

/// The clock is looked at so often.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// After a failure it is tried again so much later.
const AGAIN_AFTER: Duration = Duration::from_mins(10);

/// What the task needs.
pub(super) struct RetentionTask {
    pub(super) retention: Retention,
    pub(super) postgres: Postgres,
    pub(super) clock: SystemClock,
}

impl RetentionTask {
    /// Looks after it for ever; nothing where nothing is configured.
    pub(super) async fn run(self) {
        if self.retention.policy.is_off() {
            return;
        }
        let facts = RetentionFacts::new();
        let started = self.clock.now().wall;
        loop {
            let pause = match self.look(&facts, started).await {
                Ok(()) => LOOK_EVERY,
                Err(what) => {
                    facts.failed(&what);
                    AGAIN_AFTER
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn look(&self, facts: &RetentionFacts, started: Time) -> Result<(), String> {
        let now = self.clock.now().wall;
        let words = |error: PostgresError| error.to_string();
        let zone = TimeZone::system();
        let local = |time: Time| time.timestamp().to_zoned(zone.clone());
        for (site, last) in self.postgres.last_sweeps().await.map_err(words)? {
            let (last, to_note) = counted_from(last, started, now, facts);
            if to_note {
                self.postgres.note_sweep(&site, last).await.map_err(words)?;
            }
            if !is_due(self.retention.at, &local(last), &local(now)) {
                continue;
            }
            let retention = self.retention.clone();
            let numbers = tokio::task::spawn_blocking(move || retention.numbers()).await.map_err(|error| error.to_string())??;
            let (policy, batch) = (self.retention.policy, self.retention.batch_calls);
            // Each step by the time that it is then: a clock that was ahead may be set right meanwhile.
            let sweep = || Sweep { policy, numbers: numbers.clone(), now: self.clock.now().wall, dry_run: false, batch };
            let (mut tally, mut mark) = (Tally::default(), None);
            loop {
                let step = self.postgres.sweep(&site, &sweep(), mark).await.map_err(words)?;
                tally.plus(&step.tally);
                mark = step.next;
                // Storing comes first.
                tokio::time::sleep(self.retention.pause).await;
                if mark.is_none() {
                    break;
                }
            }
            self.postgres.swept(&site, &sweep(), &tally).await.map_err(words)?;
            facts.ran(&format!("{}, site {site}", self.postgres.place()), &tally, now);
        }
        Ok(())
    }
}
