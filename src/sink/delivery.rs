//! The one loop that every sink is run by: read, deliver, advance; wait, and longer each time, while the destination fails.
//!
//! # Promises
//!
//! 1. *In order, and nothing passed over.* What is next is tried until it is delivered, put into quarantine, or skipped by hand.
//! 2. *At least once.* The cursor moves when the destination has confirmed, not before: after a crash, what was under way is
//!    delivered again, with the same message id.
//! 3. *Bounded.* One batch is in memory, whatever waits. At the bound of the quarantine nothing is delivered but what is asked for by
//!    hand from there: what would be put aside next holds the sink up until there is room, or the destination takes it.
//! 4. *Alone.* Nothing here waits for another sink.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::desk::{Asked, Desk};
use super::destination::{Failure, Progress, Sink, Source};
use super::status::{Report, State, Status};
use super::waits::Waits;
use crate::spool::outbox::{Entry, Place};
use crate::spool::{Clock, Outbox};
use crate::store::StoreError;
use crate::telephony::Now;

/// How often the loop looks for what was asked of it by hand.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often a status that changes in figures only is written down.
const NOTE_EVERY: Duration = Duration::from_secs(2);

/// How a loop is told to end.
#[derive(Clone, Default, Debug)]
pub struct Stop {
    /// Deliver what is left; end when there is nothing more, or when the destination fails.
    pub after_all: CancellationToken,
    /// End after the batch that is under way.
    pub at_once: CancellationToken,
}

impl Stop {
    async fn wait(&self, time: Duration) {
        tokio::select! {
            () = self.after_all.cancelled() => {}
            () = self.at_once.cancelled() => {}
            () = sleep(time) => {}
        }
    }
}

/// A sink with its loop.
pub struct Delivery<S> {
    /// Where records go.
    pub sink: S,
    /// What waits.
    pub outbox: Outbox,
    /// What is asked by hand, and where the status is shown.
    pub desk: Desk,
    /// How long to wait while the destination fails.
    pub waits: Waits,
    /// Most messages in quarantine.
    pub quarantine_max: u64,
    /// Both clocks.
    pub clock: Clock,
    /// Told whatever happens.
    pub report: Arc<dyn Fn(&Report<'_>) + Send + Sync>,
    /// The status so far.
    pub status: Status,
    /// What holds the sink up while its quarantine is full; nothing at first.
    pub stuck: Option<Stuck>,
}

/// A message that was refused when the quarantine had no room for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stuck {
    source: Source,
    place: Place,
    why: String,
}

impl Stuck {
    fn is_at(&self, source: Source, entry: &Entry) -> bool {
        (self.source, self.place) == (source, entry.place)
    }
}

/// What there is to do.
struct Work {
    asked: Asked,
    source: Source,
    batch: Vec<Entry>,
    /// Looked at only while something is stuck.
    has_room: bool,
}

impl<S: Sink> Delivery<S> {
    /// Delivers until `stop`. May be dropped at any moment.
    pub async fn run(mut self, stop: Stop) {
        let mut newest = self.outbox.newest();
        let mut noted = Duration::ZERO;
        loop {
            newest.mark_unchanged();
            let work = match self.look().await {
                Ok(work) => work,
                Err(why) => {
                    // The disk of the state directory: the spool says what is wrong with it.
                    self.failed(format!("the outbox cannot be read: {why}"), LOOK_EVERY);
                    if stop.after_all.is_cancelled() {
                        return;
                    }
                    stop.wait(LOOK_EVERY).await;
                    continue;
                }
            };
            if let Some(why) = &work.asked.disabled {
                self.waits.at_once();
                self.status.enter(State::Disabled, (self.clock)().wall);
                self.status.last_error = Some(((self.clock)().wall, why.clone()));
            } else if work.asked.try_now {
                self.waits.reset();
                self.status.next_try_at = None;
            } else if self.status.state == State::Disabled {
                self.status.enter(State::Idle, (self.clock)().wall);
            }
            if work.asked.disabled.is_none() && self.unstick(&work).await {
                continue;
            }
            let is_due = self.waits.left((self.clock)().monotonic).is_none_or(|left| left.is_zero());
            // What is asked for out of a full quarantine makes room.
            let makes_room = work.source == Source::Quarantine && self.status.state == State::QuarantineFull;
            let can_deliver = work.asked.disabled.is_none() && (is_due || makes_room) && !work.batch.is_empty();
            let goes_on = can_deliver && self.deliver(work).await;
            let now = (self.clock)().monotonic;
            if !goes_on || now >= noted + NOTE_EVERY {
                noted = now;
                self.note().await;
            }
            if stop.at_once.is_cancelled() || (!goes_on && stop.after_all.is_cancelled()) {
                return;
            }
            if goes_on {
                continue;
            }
            let until_due = self.waits.left((self.clock)().monotonic);
            let look = until_due.map_or(LOOK_EVERY, |wait| wait.min(LOOK_EVERY)).max(Duration::from_millis(1));
            tokio::select! {
                () = stop.after_all.cancelled() => {}
                () = stop.at_once.cancelled() => {}
                // While the destination fails, what is new changes nothing.
                changed = newest.changed(), if until_due.is_none() => if changed.is_err() { sleep(look).await },
                () = sleep(look) => {}
            }
        }
    }

    /// What is asked for, and what to deliver next.
    async fn look(&mut self) -> Result<Work, String> {
        let (desk, outbox, sink, size) = (self.desk.clone(), self.outbox.clone(), self.status.name.clone(), self.sink.batch());
        let (is_stuck, quarantine_max) = (self.stuck.is_some(), self.quarantine_max);
        let is_replay_stuck = self.stuck.as_ref().is_some_and(|stuck| stuck.source == Source::Replay);
        blocking(move || {
            let asked = desk.asked(&sink)?;
            let has_room = is_stuck && desk.quarantined(&sink)? < quarantine_max;
            let retries = outbox.retries(&sink, size.rows_max, size.bytes_max)?;
            if !retries.is_empty() {
                return Ok(Work { asked, source: Source::Quarantine, batch: retries, has_room });
            }
            let replays = desk.replays(&sink, size.rows_max, size.bytes_max)?;
            let batch = outbox.read(&sink, None, size.rows_max, size.bytes_max)?;
            // Of what is asked for by hand, what is stuck does not hold up what comes by itself.
            if replays.is_empty() || (is_replay_stuck && !has_room && !batch.is_empty()) {
                return Ok(Work { asked, source: Source::Outbox, batch, has_room });
            }
            Ok(Work { asked, source: Source::Replay, batch: replays, has_room })
        })
        .await
    }

    /// True if there may be more to do at once.
    async fn deliver(&mut self, work: Work) -> bool {
        let Work { source, batch, .. } = work;
        (self.report)(&Report::Attempted);
        let Progress { delivered, failure } = self.sink.deliver(&batch, source).await;
        if delivered > 0 {
            let count = u64::try_from(delivered).unwrap_or(u64::MAX);
            if let Err(why) = self.settle(source, &batch[..delivered]).await {
                // It will be delivered again, as after a crash.
                self.failed(format!("what was delivered cannot be noted: {why}"), LOOK_EVERY);
                return false;
            }
            let now = (self.clock)().wall;
            self.status.delivered += count;
            self.status.delivered_at = Some(now);
            self.recovered();
            (self.report)(&Report::Delivered { sink: &self.status.name, count });
        }
        match (failure, batch.get(delivered)) {
            (None, _) | (_, None) => {
                self.recovered();
                true
            }
            (Some(Failure::Retry { only_this: true, why, .. }), Some(entry)) if source != Source::Outbox => {
                // Asked for by hand: it does not hold up what comes by itself.
                self.quarantine(source, entry, why).await
            }
            (Some(Failure::Poisoned { why }), Some(entry)) => self.quarantine(source, entry, why).await,
            (Some(Failure::Retry { only_this: true, why, .. }), Some(entry)) if self.is_stuck_at(source, entry) => {
                self.no_room(source, entry, why);
                false
            }
            (Some(Failure::Retry { after, why, .. }), Some(_)) => {
                let wait = self.waits.after_failure().max(after.unwrap_or_default());
                self.failed(why, wait);
                false
            }
            (Some(Failure::Disabled { why }), Some(_)) => {
                let (desk, sink, reason) = (self.desk.clone(), self.status.name.clone(), why.clone());
                if let Err(error) = blocking(move || desk.disable(&sink, &reason)).await {
                    self.failed(format!("{why}; that cannot be noted: {error}"), LOOK_EVERY);
                    return false;
                }
                self.status.enter(State::Disabled, (self.clock)().wall);
                self.status.last_error = Some(((self.clock)().wall, why.clone()));
                (self.report)(&Report::Disabled { sink: &self.status.name, why: &why });
                false
            }
        }
    }

    /// What was delivered need not be delivered again.
    async fn settle(&mut self, source: Source, done: &[Entry]) -> Result<(), String> {
        let (desk, outbox, sink) = (self.desk.clone(), self.outbox.clone(), self.status.name.clone());
        let places: Vec<Place> = done.iter().map(|entry| entry.place).collect();
        blocking(move || match source {
            Source::Outbox => places.last().map_or(Ok(()), |last| outbox.advance(&sink, *last)),
            Source::Quarantine => places.iter().try_for_each(|place| outbox.settle(&sink, *place).map(drop)),
            Source::Replay => desk.replayed(&sink, &places),
        })
        .await
    }

    /// Into quarantine, and on with the next one; false if it cannot be put there.
    async fn quarantine(&mut self, source: Source, entry: &Entry, why: String) -> bool {
        match self.put_aside(source, entry.clone(), why.clone()).await {
            Ok(true) => {}
            Ok(false) => {
                self.no_room(source, entry, why);
                return false;
            }
            Err(error) => {
                self.failed(format!("a message cannot be put into quarantine: {error}"), LOOK_EVERY);
                return false;
            }
        }
        if source != Source::Quarantine {
            self.stuck = None;
        }
        // What came out of a full quarantine and goes back there has made no room.
        if self.stuck.is_none() {
            self.waits.at_once();
            self.status.next_try_at = None;
        }
        (self.report)(&Report::Quarantined { sink: &self.status.name, message_id: &entry.message_id, why: &why });
        true
    }

    /// False: there is no room.
    async fn put_aside(&mut self, source: Source, entry: Entry, why: String) -> Result<bool, String> {
        let (desk, outbox, sink, now) = (self.desk.clone(), self.outbox.clone(), self.status.name.clone(), (self.clock)().wall);
        let quarantine_max = self.quarantine_max;
        blocking(move || {
            if !outbox.quarantine(&sink, &entry, &why, now, quarantine_max)? {
                return Ok(false);
            }
            match source {
                Source::Outbox => outbox.advance(&sink, entry.place),
                Source::Quarantine => Ok(()),
                Source::Replay => desk.replayed(&sink, &[entry.place]),
            }?;
            Ok(true)
        })
        .await
    }

    fn is_stuck_at(&self, source: Source, entry: &Entry) -> bool {
        self.stuck.as_ref().is_some_and(|stuck| stuck.is_at(source, entry))
    }

    /// The quarantine is full: the message stays where it is, and the sink with it. It is tried again as when the destination fails,
    /// which may be mended meanwhile; as soon as there is room it is put aside.
    fn no_room(&mut self, source: Source, entry: &Entry, why: String) {
        let Now { wall: now, monotonic } = (self.clock)();
        let wait = self.waits.after_failure();
        self.waits.hold_until(monotonic.saturating_add(wait));
        let is_news = self.status.state != State::QuarantineFull && !self.is_stuck_at(source, entry);
        self.status.enter(State::QuarantineFull, now);
        self.status.failures = self.waits.failures();
        self.status.next_try_at = Some(now.plus(wait));
        let Status { name, .. } = &self.status;
        let text = format!(
            "the quarantine is full ({} messages), and {} is refused as well: {why}. Nothing more is delivered until there is room: mend the \
             destination and `strowger sinks quarantine retry {name}`, or give up some with `strowger sinks quarantine drop {name} ID`",
            self.quarantine_max, entry.message_id
        );
        (self.report)(&Report::QuarantineFull { sink: name, why: &text, is_news });
        self.status.last_error = Some((now, text));
        self.stuck = Some(Stuck { source, place: entry.place, why });
    }

    /// Puts aside what was stuck if there is room now, and is done with it if somebody skipped it. True if there may be more to do.
    async fn unstick(&mut self, work: &Work) -> bool {
        let Some(stuck) = self.stuck.take() else { return false };
        match work.batch.first() {
            Some(entry) if stuck.is_at(work.source, entry) => {
                if work.has_room {
                    let (sink, now) = (self.status.name.clone(), (self.clock)().wall);
                    self.status.enter(State::Delivering, now);
                    (self.report)(&Report::QuarantineHasRoom { sink: &sink });
                    return self.quarantine(work.source, entry, stuck.why).await;
                }
                self.stuck = Some(stuck);
            }
            // It waits for room by itself.
            Some(_) if stuck.source == Source::Replay && work.source == Source::Outbox => {
                self.waits.at_once();
                self.stuck = Some(stuck);
            }
            _ if work.source == stuck.source || work.source == Source::Outbox => {
                self.waits.at_once();
                self.status.next_try_at = None;
                self.status.enter(State::Delivering, (self.clock)().wall);
            }
            // What is asked for by hand comes first, and is not what is stuck.
            _ => self.stuck = Some(stuck),
        }
        false
    }

    fn failed(&mut self, why: String, wait: Duration) {
        let Now { wall: now, monotonic } = (self.clock)();
        self.waits.hold_until(monotonic.saturating_add(wait));
        self.status.enter(State::Failing, now);
        self.status.failures = self.waits.failures();
        self.status.next_try_at = Some(now.plus(wait));
        (self.report)(&Report::Failed { sink: &self.status.name, why: &why, wait, failures: self.status.failures });
        self.status.last_error = Some((now, why));
    }

    fn recovered(&mut self) {
        let was_failing = matches!(self.status.state, State::Failing | State::QuarantineFull);
        self.waits.reset();
        self.status.failures = 0;
        self.status.next_try_at = None;
        self.status.enter(State::Delivering, (self.clock)().wall);
        if was_failing {
            (self.report)(&Report::Recovered { sink: &self.status.name });
        }
    }

    /// Shows how it stands.
    async fn note(&mut self) {
        let (desk, outbox, mut status, now) = (self.desk.clone(), self.outbox.clone(), self.status.clone(), (self.clock)().wall);
        let noted = blocking(move || {
            status.depth = outbox.depth(&status.name)?;
            status.quarantined = desk.quarantined(&status.name)?;
            if status.state == State::Delivering && status.depth.rows + status.depth.history == 0 {
                status.enter(State::Idle, now);
            }
            desk.note(&status)?;
            Ok(status)
        });
        // What cannot be read or written here is told where records are read and written.
        if let Ok(status) = noted.await {
            self.status = status;
        }
        (self.report)(&Report::Status(&self.status));
    }
}

/// On a thread where waiting for the disk holds nobody up.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, String> {
    let ended: Result<Result<T, StoreError>, JoinError> = tokio::task::spawn_blocking(work).await;
    ended.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}
