//! Once a day: what was kept long enough is anonymised and deleted, here and for this site on the server.
//!
//! In small transactions on a connection of its own, each in turn with the writer (`Outbox::in_turn`): a transaction is short, and
//! the writer goes first in the pauses. Stopped or broken off, the next run goes on: what is done is not due any more.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned, civil};

use super::clock::SystemClock;
use super::health::{Health, RetentionReport};
use crate::config::Retention;
use crate::privacy::Tally;
use crate::spool::Outbox;
use crate::store::postgres::{Postgres, Settings};
use crate::store::{Mark, Step, Store, StoreError, Sweep};
use crate::telemetry::RetentionFacts;
use crate::telephony::Time;

/// The clock is looked at so often.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// After a failure it is tried again so much later.
const AGAIN_AFTER: Duration = Duration::from_mins(10);

/// What the task needs.
pub(super) struct RetentionTask {
    pub(super) retention: Retention,
    pub(super) directory: PathBuf,
    pub(super) site: String,
    pub(super) server: Option<Settings>,
    pub(super) outbox: Outbox,
    pub(super) health: Arc<Health>,
    pub(super) clock: SystemClock,
}

/// A note so far in the future is none: the clock was ahead when it was written. Less is a clock that runs a little otherwise.
const AHEAD_MAX: Duration = Duration::from_hours(1);

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Key(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it was broken off: {0}")]
    BrokenOff(#[from] tokio::task::JoinError),
}

impl RetentionTask {
    /// Looks after it for ever; at once and for ever nothing where nothing is configured.
    pub(super) async fn run(self) {
        if self.retention.policy.is_off() {
            return;
        }
        let facts = RetentionFacts::new();
        let started = self.clock.now().wall;
        loop {
            let now = self.clock.now().wall;
            let outcome = match self.is_due(&facts, now, started).await {
                Ok(false) => Ok(()),
                Ok(true) => self.once(&facts, now).await,
                Err(trouble) => Err(trouble),
            };
            let pause = match outcome {
                Ok(()) => LOOK_EVERY,
                Err(trouble) => {
                    facts.failed(&trouble.to_string());
                    self.health.retention(|report| report.error = Some(trouble.to_string()));
                    AGAIN_AFTER
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn is_due(&self, facts: &RetentionFacts, now: Time, started: Time) -> Result<bool, Trouble> {
        let directory = self.directory.clone();
        let noted = tokio::task::spawn_blocking(move || Store::open_existing(&directory)?.last_sweep()).await??;
        let (last, to_note) = counted_from(noted, started, now, facts);
        if to_note {
            let (directory, outbox) = (self.directory.clone(), self.outbox.clone());
            let note = move || Store::open_existing(&directory).and_then(|store| outbox.in_turn(|| store.note_sweep(last)));
            tokio::task::spawn_blocking(note).await??;
        }
        let zone = TimeZone::system();
        let local = |time: Time| time.timestamp().to_zoned(zone.clone());
        Ok(is_due(self.retention.at, &local(last), &local(now)))
    }

    /// Both databases: what still waits here reaches the server without numbers and names before the server's turn. The note that the
    /// day's run is done comes last.
    async fn once(&self, facts: &RetentionFacts, now: Time) -> Result<(), Trouble> {
        let retention = self.retention.clone();
        let numbers = tokio::task::spawn_blocking(move || retention.numbers()).await?.map_err(Trouble::Key)?;
        let (policy, batch, clock) = (self.retention.policy, self.retention.batch_calls, self.clock);
        // Each step by the time that it is then: a clock that was ahead may be set right meanwhile.
        let sweep = move || Sweep { policy, numbers: numbers.clone(), now: clock.now().wall, dry_run: false, batch };
        let directory = self.directory.clone();
        let store = Arc::new(tokio::task::spawn_blocking(move || Store::open_existing(&directory)).await??);
        let (mut tally, mut mark) = (Tally::default(), None);
        loop {
            let (own, outbox, sweep) = (Arc::clone(&store), self.outbox.clone(), sweep());
            let step = tokio::task::spawn_blocking(move || outbox.in_turn(|| own.sweep(&sweep, mark))).await??;
            mark = self.after(&mut tally, &step).await;
            if mark.is_none() {
                break;
            }
        }
        if let Some(settings) = &self.server {
            let server = Postgres::connect(settings).await.map_err(StoreError::from)?;
            let (mut tally, mut mark) = (Tally::default(), None);
            loop {
                let step = server.sweep(&self.site, &sweep(), mark).await.map_err(StoreError::from)?;
                mark = self.after(&mut tally, &step).await;
                if mark.is_none() {
                    break;
                }
            }
            server.swept(&self.site, &sweep(), &tally).await.map_err(StoreError::from)?;
            facts.ran(server.place(), &tally, now);
        }
        let (own, outbox, sweep) = (Arc::clone(&store), self.outbox.clone(), sweep());
        tokio::task::spawn_blocking(move || outbox.in_turn(|| own.swept(&sweep, &tally))).await??;
        facts.ran(&store.path().display().to_string(), &tally, now);
        self.health.retention(|report| *report = RetentionReport::of(&tally, now));
        Ok(())
    }

    async fn after(&self, tally: &mut Tally, step: &Step) -> Option<Mark> {
        tally.plus(&step.tally);
        // The writer, and whoever asks, come first.
        tokio::time::sleep(self.retention.pause).await;
        step.next
    }
}

/// From which moment on the next run is counted, and whether that is to be noted: where there is no note of a last run, so that a machine
/// that is off or restarted at that time of day makes up for it at its start, or where the note is of the future.
pub(crate) fn counted_from(last: Option<Time>, started: Time, now: Time, facts: &RetentionFacts) -> (Time, bool) {
    match last {
        None => (started.min(now), true),
        Some(last) if last > now.plus(AHEAD_MAX) => {
            facts.noted_ahead(last, now);
            (now, true)
        }
        Some(last) => (last, false),
    }
}

/// Whether the time of day has come since the last run, or since the first start: nothing goes in the moment in which it is configured.
pub(crate) fn is_due(at: civil::Time, last: &Zoned, now: &Zoned) -> bool {
    let today = now.date().to_datetime(at);
    let moment = if now.datetime() >= today { today } else { today.saturating_sub(1.day()) };
    last.datetime() < moment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_once_a_day_and_after_a_day_away() {
        let zoned = |text: &str| text.parse::<Zoned>().expect("a time");
        let due = |last: &str, now: &str| is_due(civil::time(3, 15, 0, 0), &zoned(last), &zoned(now));
        let cases = [
            ("2026-11-28T03:16:00+00:00[UTC]", "2026-11-29T03:14:59+00:00[UTC]", false),
            ("2026-11-28T03:16:00+00:00[UTC]", "2026-11-29T03:15:00+00:00[UTC]", true),
            ("2026-11-29T03:15:30+00:00[UTC]", "2026-11-29T23:00:00+00:00[UTC]", false),
            ("2026-11-27T23:00:00+00:00[UTC]", "2026-11-29T01:00:00+00:00[UTC]", true),
        ];
        for (last, now, expected) in cases {
            assert_eq!(due(last, now), expected, "{last:?} {now}");
        }
    }
}
