//! One PBX's way from the link to the spool: deliveries in, events and the records that they finish out, in order.
//!
//! While the spool has no room, deliveries wait, then the link, then the PBX: nothing is dropped. The loop beats while it waits,
//! because waiting for a disk is no standing still.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::clock::SystemClock;
use super::health::Health;
use super::people::People;
use super::pulse::{BEAT_EVERY, Pulse};
use super::report::OpenCalls;
use super::view::Viewed;
use crate::engine::{Engine, Outcome};
use crate::pbx::link::Delivery;
use crate::pbx::session::{DeeReport, Status};
use crate::spool::{self, Checkpoint, Closed, Entry, Input};
use crate::telemetry::fact::{CallFacts, LinkFacts};
use crate::telephony::{Stamped, Time};
use crate::tracker::{AgentEnd, Change};

/// A checkpoint is taken after so many events …
const CHECKPOINT_EVENTS: usize = 20_000;
/// … or after so long, if there was any event.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);
/// The sign of life is written so often while calls are open, because their end may have to be guessed from it …
const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// … and so often while none is.
const ALIVE_EVERY_IDLE: Duration = Duration::from_secs(10);

/// Why the way is blocked for good.
#[derive(Debug, thiserror::Error)]
pub(super) enum PumpError {
    /// The spool takes nothing more.
    #[error(transparent)]
    Spool(#[from] Closed),
    /// Something cannot be written down.
    #[error("the state of PBX {pbx:?} cannot be written down")]
    Unwritable {
        /// Which PBX.
        pbx: String,
        /// Why not.
        source: serde_json::Error,
    },
}

/// One PBX's way.
#[derive(Debug)]
pub(super) struct Pump {
    pub(super) pbx: Arc<str>,
    /// The place in the configuration.
    pub(super) index: usize,
    pub(super) engine: Engine,
    pub(super) deliveries: mpsc::Receiver<Vec<Delivery>>,
    pub(super) spool: spool::Handle,
    pub(super) people: Arc<People>,
    pub(super) link_facts: LinkFacts,
    pub(super) call_facts: Arc<CallFacts>,
    pub(super) open: Arc<OpenCalls>,
    pub(super) health: Arc<Health>,
    pub(super) pulse: Pulse,
    pub(super) clock: SystemClock,
    pub(super) progress: Progress,
    pub(super) view: Option<Viewed>,
}

/// What was written down when.
#[derive(Debug, Default)]
pub(super) struct Progress {
    status: Option<Status>,
    heard: Option<Time>,
    alive_written: Duration,
    checkpoint_taken: Duration,
    events_since_checkpoint: usize,
}

impl Pump {
    /// Works until the link has ended and everything it delivered is handed in.
    pub(super) async fn run(mut self, first: Option<Entry>) -> Result<(), PumpError> {
        if let Some(first) = first {
            self.hand_in(Input::Entry(first)).await?;
            self.checkpoint().await?;
        }
        self.tell_present();
        let mut tick = interval(BEAT_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut outcomes = Vec::new();
        loop {
            tokio::select! {
                biased;
                _ = tick.tick() => self.tick().await?,
                batch = self.deliveries.recv() => match batch {
                    Some(batch) => {
                        self.take(batch, &mut outcomes).await?;
                        self.pulse.beat();
                    }
                    None => break,
                }
            }
        }
        self.checkpoint().await?;
        self.pulse.end();
        Ok(())
    }

    async fn take(&mut self, batch: Vec<Delivery>, outcomes: &mut Vec<Outcome>) -> Result<(), PumpError> {
        let now = self.clock.now();
        let mut dee = Vec::new();
        for delivery in batch {
            match delivery {
                Delivery::Event(stamped) => self.event(stamped, outcomes).await?,
                Delivery::Notice(notice) => {
                    self.progress.heard = Some(now.wall);
                    self.link_facts.notice(&notice);
                }
                Delivery::Status(status) => {
                    self.progress.status = Some(status);
                    self.link_facts.status(status);
                    if let Some(health) = self.health.pbx(self.index) {
                        health.status(status, now.wall);
                    }
                }
                Delivery::Dee(report) => dee.push(report),
                Delivery::Connected { .. } => self.link_facts.connected(),
                Delivery::Disconnected { kind, reason, .. } => {
                    self.progress.status = Some(Status::Down);
                    self.link_facts.disconnected(kind);
                    if let Some(health) = self.health.pbx(self.index) {
                        health.status(Status::Down, now.wall);
                        health.error(&reason);
                    }
                }
            }
        }
        if !dee.is_empty() {
            self.members_reported(dee, now.wall).await;
        }
        self.tell_present();
        Ok(())
    }

    /// The next batch waits for it, so that calls and members stay in order.
    async fn members_reported(&self, reports: Vec<DeeReport>, now: Time) {
        let (people, pbx, mains) = (Arc::clone(&self.people), self.index, reports.len());
        let storing = spawn_blocking(move || people.members_reported(pbx, &reports, now).map_err(|error| error.to_string()));
        let stored = self.beating(storing).await.unwrap_or_else(|error| Err(error.to_string()));
        if let Err(error) = stored {
            self.call_facts.dee_not_stored(mains, &error);
        }
    }

    async fn event(&mut self, stamped: Stamped, outcomes: &mut Vec<Outcome>) -> Result<(), PumpError> {
        self.engine.handle(&stamped, &self.people.of(self.index), outcomes);
        let event = serde_json::to_vec(&stamped).map_err(|source| self.unwritable(source))?;
        let (mut records, mut gaps) = (Vec::new(), Vec::new());
        for outcome in outcomes.drain(..) {
            match outcome {
                Outcome::Record(record) => records.push(*record),
                Outcome::Gap(gap) => gaps.push(gap),
                Outcome::Change(change) => self.tell(&change),
            }
        }
        self.open.handed_in(records.len());
        self.hand_in(Input::Entry(Entry { pbx: Arc::clone(&self.pbx), event, records, gaps })).await?;
        self.progress.events_since_checkpoint += 1;
        if self.progress.events_since_checkpoint >= CHECKPOINT_EVENTS {
            self.checkpoint().await?;
        }
        Ok(())
    }

    fn tell(&self, change: &Change) {
        match change {
            Change::CallBegan { call, at } => self.call_facts.began(self.engine.record_id(call, *at), call.as_str()),
            Change::AgentLoggedOn { agent, device } => self.call_facts.agent_logged_on(agent.as_str(), device.as_str()),
            Change::AgentLoggedOff { agent, device, end } => {
                let how = match end {
                    AgentEnd::LoggedOff => "logged_off",
                    AgentEnd::Superseded => "superseded",
                    AgentEnd::Lost => "lost",
                };
                self.call_facts.agent_logged_off(agent.as_str(), device.as_str(), how);
            }
            Change::Stray => self.call_facts.stray(),
            Change::Overflow => self.call_facts.overflowed(),
            // A call that ended and a gap are handed in; the rest is of no interest here.
            Change::CallEnded(_)
            | Change::SightLost { .. }
            | Change::SightRegained { .. }
            | Change::AgentState { .. }
            | Change::Device(_) => {}
        }
    }

    async fn tick(&mut self) -> Result<(), PumpError> {
        self.pulse.beat();
        let now = self.clock.monotonic();
        let every = if self.engine.tracker().open_calls() > 0 { ALIVE_EVERY } else { ALIVE_EVERY_IDLE };
        if let (Some(Status::InStep), Some(at)) = (self.progress.status, self.progress.heard)
            && now.saturating_sub(self.progress.alive_written) >= every
        {
            self.progress.alive_written = now;
            self.progress.heard = None;
            self.hand_in(Input::Alive { pbx: Arc::clone(&self.pbx), at }).await?;
        }
        if self.progress.events_since_checkpoint > 0 && now.saturating_sub(self.progress.checkpoint_taken) >= CHECKPOINT_EVERY {
            self.checkpoint().await?;
        }
        Ok(())
    }

    async fn checkpoint(&mut self) -> Result<(), PumpError> {
        let state = self.engine.checkpoint().map_err(|source| self.unwritable(source))?;
        self.progress.events_since_checkpoint = 0;
        self.progress.checkpoint_taken = self.clock.monotonic();
        self.hand_in(Input::Checkpoint(Checkpoint { pbx: Arc::clone(&self.pbx), state })).await
    }

    /// Waits for room as long as it takes.
    async fn hand_in(&self, input: Input) -> Result<(), PumpError> {
        Ok(self.beating(self.spool.send(input)).await?)
    }

    /// Waits, and beats meanwhile.
    async fn beating<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                output = &mut future => return output,
                () = sleep(BEAT_EVERY) => self.pulse.beat(),
            }
        }
    }

    fn tell_present(&self) {
        let tracker = self.engine.tracker();
        self.open.tracked(tracker.open_calls(), tracker.agents_logged_on());
        if let Some(view) = &self.view {
            view.calls(&self.pbx, &self.engine, &self.people.of(self.index));
        }
    }

    fn unwritable(&self, source: serde_json::Error) -> PumpError {
        PumpError::Unwritable { pbx: self.pbx.to_string(), source }
    }
}
