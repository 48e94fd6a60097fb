//! The loop: looks at the clock and at the notes of the last runs, and lets those runs be done whose turn it is.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::database::{Run, Trouble};
use super::turn::{News, Turns, Wait};
use crate::config::Retention;
use crate::spool::Clock;
use crate::store::Stood;
use crate::telemetry::RetentionFacts;
use crate::telephony::{Now, Time};

/// The clock is looked at so often.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// After a failure it is tried again so much later.
const AGAIN_AFTER: Duration = Duration::from_mins(10);

/// How long the clock has stood is kept so often.
const KEEP_EVERY: Duration = Duration::from_mins(10);

/// Who knows the databases and the notes in them.
pub(crate) trait Keeper: Send + Sync {
    /// What somebody who knows the clock to be right can do instead of waiting: the end of a sentence.
    const BY_HAND: &'static str;

    /// Every site whose runs are noted here, and when its last run was over.
    fn last_runs(&self) -> impl Future<Output = Result<Vec<(String, Option<Time>)>, Trouble>> + Send;

    /// Notes a moment from which on the site's next run is counted.
    fn note(&self, site: &str, at: Time) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// How long the clock has stood that is doubted, as an earlier process kept it.
    fn clock_stood(&self) -> impl Future<Output = Result<Option<Stood>, Trouble>> + Send;

    /// Keeps that, or forgets it.
    fn keep_clock_stood(&self, stood: Option<Stood>) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Does a site's run in its databases; the note that the day's run is done comes last.
    fn run(&self, site: &str, run: &Run<'_>) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Shows how it stands.
    fn tell(&self, told: Told<'_>);
}

/// How it stands.
#[derive(Debug)]
pub(crate) enum Told<'a> {
    /// It could not be done; it is tried again.
    Failed(&'a Trouble),
    /// Runs wait because the clock is doubted.
    Waits(&'a Wait),
    /// They need not wait any longer.
    GoesOn,
}

/// Looks after it for ever; at once and for ever nothing where nothing is configured.
pub(crate) async fn look_after(retention: Retention, clock: Clock, keeper: impl Keeper) {
    if retention.policy.is_off() {
        return;
    }
    let began = clock();
    let mut task = Task { retention, clock, keeper, began, turns: None, kept: None, is_first_told: false, facts: RetentionFacts::new() };
    loop {
        let pause = match task.look().await {
            Ok(()) => LOOK_EVERY,
            Err(trouble) => {
                task.facts.failed(&trouble.to_string());
                task.keeper.tell(Told::Failed(&trouble));
                AGAIN_AFTER
            }
        };
        tokio::time::sleep(pause).await;
    }
}

struct Task<K> {
    retention: Retention,
    clock: Clock,
    keeper: K,
    began: Now,
    /// From the moment on in which it could be read what was kept.
    turns: Option<Turns>,
    kept: Option<Stood>,
    is_first_told: bool,
    facts: RetentionFacts,
}

impl<K: Keeper> Task<K> {
    async fn look(&mut self) -> Result<(), Trouble> {
        let sites = self.keeper.last_runs().await?;
        let mut turns = if let Some(turns) = self.turns.take() {
            turns
        } else {
            self.kept = self.keeper.clock_stood().await?;
            Turns::new(self.retention.at, self.began, self.kept)
        };
        let now = (self.clock)();
        let notes: Vec<Option<Time>> = sites.iter().map(|(_, last)| *last).collect();
        let (due, news, stood) = turns.look(now, &TimeZone::system(), &notes);
        self.turns = Some(turns);
        if let Some(news) = news {
            self.tell(news);
        }
        self.keep(stood).await?;
        for ((site, last), turn) in sites.iter().zip(due) {
            if let Some(at) = turn.note {
                if let Some(last) = last {
                    self.facts.noted_ahead(*last, now.wall);
                }
                self.keeper.note(site, at).await?;
            }
            if last.is_none() && turn.note.is_none() && !self.is_first_told {
                self.is_first_told = true;
                self.facts.first_waits(now.wall);
            }
            if turn.is_now {
                self.run(site, now).await?;
            }
        }
        Ok(())
    }

    /// A write every so often is enough: what is lost of the wait by a restart is no more than that.
    async fn keep(&mut self, stood: Option<Stood>) -> Result<(), Trouble> {
        let is_old = match (self.kept, stood) {
            (Some(kept), Some(stood)) => {
                stood.standing < kept.standing || stood.seen < kept.seen || stood.seen >= kept.seen.plus(KEEP_EVERY)
            }
            (kept, stood) => kept != stood,
        };
        if is_old {
            self.keeper.keep_clock_stood(stood).await?;
            self.kept = stood;
        }
        Ok(())
    }

    async fn run(&self, site: &str, began: Now) -> Result<(), Trouble> {
        let retention = self.retention.clone();
        let numbers = tokio::task::spawn_blocking(move || retention.numbers()).await?.map_err(Trouble::Key)?;
        let run = Run { retention: &self.retention, numbers, began, clock: &self.clock, facts: &self.facts };
        self.keeper.run(site, &run).await
    }

    fn tell(&self, news: News) {
        match news {
            News::Waits(wait) => {
                self.facts.waits(wait.last, wait.now, wait.until, K::BY_HAND);
                self.keeper.tell(Told::Waits(&wait));
            }
            News::Dropped => {
                self.facts.waits_no_longer();
                self.keeper.tell(Told::GoesOn);
            }
            News::Stood => {
                self.facts.waited();
                self.keeper.tell(Told::GoesOn);
            }
        }
    }
}
