//! One worker: takes a batch, keeps it, takes the next. A consumer that went stale is made anew.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::consumer::{Consumers, HubError};
use super::health::{End, Health};
use super::keep::{Keeper, Stopped};
use super::pull::{Puller, Stale};
use crate::daemon::pulse::Pulse;
use crate::pbx::backoff::{Backoff, Ladder};
use crate::telemetry::hub::HubFacts;

/// A worker.
pub(super) struct Worker {
    pub(super) consumers: Consumers,
    pub(super) batch_max: usize,
    pub(super) keeper: Keeper,
    pub(super) facts: Arc<HubFacts>,
    pub(super) health: Arc<Health>,
    pub(super) pulse: Pulse,
    pub(super) backoff: Backoff,
    pub(super) stop: CancellationToken,
}

impl Worker {
    /// Until it is time to stop; what is held then is stored first, or handed back.
    pub(super) async fn run(mut self) {
        while !self.stop.is_cancelled() {
            self.pulse.beat();
            match self.consumers.consumer().await {
                Ok(consumer) => {
                    self.well();
                    let puller = Puller::new(self.consumers.client().clone(), consumer, self.batch_max);
                    match self.take(&puller).await {
                        Ok(()) => break,
                        Err(stale) => self.stale(&stale),
                    }
                }
                Err(error) => self.lost(&error),
            }
            let wait = self.backoff.next(Ladder::Quick);
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.pulse.end();
    }

    /// Until it is time to stop, or the consumer is to be made anew.
    async fn take(&mut self, puller: &Puller) -> Result<(), Stale> {
        loop {
            self.pulse.beat();
            let next = tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                next = puller.next() => next,
            };
            match next {
                Ok(messages) => {
                    self.backoff.reset();
                    if !messages.is_empty() {
                        let count = messages.len();
                        self.facts.taken(count);
                        let kept = self.keeper.keep(messages).await;
                        self.facts.released(count);
                        if let Err(Stopped) = kept {
                            return Ok(());
                        }
                    }
                }
                Err(stale) => return Err(stale),
            }
        }
    }

    fn well(&self) {
        if self.health.set(End::Nats, Ok(())) {
            self.facts.stream_back();
        }
    }

    fn lost(&self, error: &HubError) {
        let what = format!("{error:#}");
        if self.health.set(End::Nats, Err(what.clone())) {
            self.facts.stream_away(&what);
        }
    }

    fn stale(&self, stale: &Stale) {
        let what = stale.to_string();
        let reason = match stale {
            Stale::Silent => "silent",
            Stale::Ended(_) => "ended",
            Stale::Away => "away",
            Stale::Closed(_) => "closed",
        };
        self.facts.renewed(reason, &what);
    }
}
