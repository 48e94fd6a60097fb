//! Stores a batch and acknowledges it, in this order. Until it is stored nothing else is taken; what the database refuses for
//! itself is found by halving the batch, and put aside.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, Message};
use bytes::Bytes;
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::batch::{Content, Taken, delivery, moment};
use super::health::{End, Health};
use crate::daemon::clock::{SystemClock, wall};
use crate::daemon::pulse::Pulse;
use crate::pbx::backoff::{Backoff, Ladder};
use crate::store::postgres::{Postgres, PostgresError};
use crate::telemetry::hub::HubFacts;

/// What keeping needs.
pub(super) struct Keeper {
    pub(super) client: Client,
    pub(super) postgres: Postgres,
    pub(super) facts: Arc<HubFacts>,
    pub(super) health: Arc<Health>,
    pub(super) pulse: Pulse,
    pub(super) clock: SystemClock,
    pub(super) backoff: Backoff,
    pub(super) stop: CancellationToken,
}

/// The end was asked for before everything was stored.
pub(super) struct Stopped;

impl Keeper {
    /// Returns when all is stored, or when it is time to stop.
    pub(super) async fn keep(&mut self, messages: Vec<Message>) -> Result<(), Stopped> {
        let mut taken: Vec<Taken> = messages.into_iter().map(Taken::of).collect();
        let whole = 0..taken.len();
        let mut parts: Vec<Range<usize>> = vec![whole];
        while let Some(part) = parts.pop() {
            self.pulse.beat();
            let began = self.clock.monotonic();
            match self.postgres.receive(&delivery(&taken[part.clone()])).await {
                Ok(received) => {
                    self.backoff.reset();
                    self.well();
                    self.facts.stored(&received, self.clock.monotonic().saturating_sub(began));
                    self.told(&taken[part.clone()]);
                    self.acknowledge(&taken[part]).await;
                }
                Err(error) if error.is_about_the_data() && part.len() > 1 => {
                    let middle = part.start + part.len() / 2;
                    parts.extend([middle..part.end, part.start..middle]);
                }
                Err(error) if error.is_about_the_data() && matches!(taken[part.start].content, Content::Told(_)) => {
                    taken[part.start].put_aside(format!("{:#}", anyhow::Error::new(error)));
                    parts.push(part);
                }
                Err(error) => {
                    parts.push(part);
                    if self.wait(&error, &taken, &parts).await.is_err() {
                        // Whoever goes on shall not have to wait for what is held here.
                        self.answer(held(&taken, &parts), "-NAK").await;
                        return Err(Stopped);
                    }
                }
            }
        }
        Ok(())
    }

    /// The database is away: asks the server to keep for us what we hold, and waits a while.
    async fn wait(&mut self, error: &PostgresError, taken: &[Taken], parts: &[Range<usize>]) -> Result<(), Stopped> {
        let passing = error.is_passing();
        let what = format!("{error:#}");
        if self.health.set(End::Postgres, Err(what.clone())) {
            self.facts.database_away(&what, passing);
        }
        self.answer(held(taken, parts), "+WPI").await;
        let wait = self.backoff.next(Ladder::Quick);
        self.pulse.beat();
        tokio::select! {
            () = self.stop.cancelled() => Err(Stopped),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }

    fn well(&self) {
        if self.health.set(End::Postgres, Ok(())) {
            self.facts.database_back();
        }
    }

    fn told(&self, taken: &[Taken]) {
        let now = wall();
        for Taken { message, content } in taken {
            match content {
                Content::Told(told) => self.facts.site(told.body.site(), moment(&told.body), now),
                Content::Aside { reason, .. } => self.facts.put_aside(&message.subject, reason),
            }
        }
    }

    /// Asks the server to confirm every acknowledgement. One that is not confirmed means that the message comes again.
    async fn acknowledge(&self, taken: &[Taken]) {
        let ask = taken.iter().filter_map(|taken| taken.message.reply.clone()).map(|reply| async move {
            let asked = self.client.request(reply, Bytes::from_static(b"+ACK"));
            matches!(tokio::time::timeout(Duration::from_secs(10), asked).await, Ok(Ok(_)))
        });
        let unconfirmed = join_all(ask).await.into_iter().filter(|confirmed| !confirmed).count();
        if unconfirmed > 0 {
            self.facts.unconfirmed(unconfirmed);
        }
    }

    /// Without waiting for a confirmation: it is of no great matter.
    async fn answer(&self, messages: impl Iterator<Item = &Message>, word: &'static str) {
        for reply in messages.filter_map(|message| message.reply.clone()) {
            if self.client.publish(reply, Bytes::from_static(word.as_bytes())).await.is_err() {
                return;
            }
        }
    }
}

fn held<'a>(taken: &'a [Taken], parts: &'a [Range<usize>]) -> impl Iterator<Item = &'a Message> {
    parts.iter().flat_map(|part| taken[part.clone()].iter().map(|taken| &taken.message))
}
