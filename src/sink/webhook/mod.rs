//! HTTP requests by Standard Webhooks 1.0.
//!
//! Of a batch several requests are under way at once, so receivers must not count on the order; each carries the message's own id,
//! by which they tell a repetition. While the receiver fails, only the message that is next is tried.
//!
//! Whether a message or the receiver is to blame is told by its neighbours: a message that is answered with an error again, while
//! others are accepted, is poisoned. Where none is accepted the receiver is unwell, and everything waits for it.

mod address;
mod answer;
mod payload;
mod request;
mod signature;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

pub use address::is_public;
pub use request::WebhookError;
pub use signature::{SecretError, SigningKey, signatures};

use super::destination::{Batch, Failure, Progress, Sink, Source};
use super::settings::Webhook;
use super::waits::STANDARD_LADDER;
use crate::spool::Clock;
use crate::spool::outbox::{Entry, Place};
use answer::Answer;
use request::Requests;

/// Sends webhooks to one receiver.
pub struct WebhookSink {
    requests: Requests,
    concurrency: usize,
    /// Accepted before one that comes earlier was: not to be sent again.
    done: BTreeSet<Place>,
    refusals: BTreeMap<Place, Refusal>,
    /// So many were accepted in all.
    accepted: u64,
    failing: bool,
}

/// How a message was refused so far.
struct Refusal {
    times: u32,
    patience: u32,
    /// What was accepted when the request that was refused first was sent.
    accepted_before: u64,
    why: String,
}

/// The first thing that speaks against going on.
#[derive(Default)]
struct Trouble {
    unwell: Option<(Option<Duration>, String)>,
    gone: bool,
}

impl WebhookSink {
    /// Reads the files of TLS. Blocks.
    ///
    /// # Errors
    /// They cannot be used.
    pub fn new(settings: &Webhook, clock: Clock) -> Result<Self, WebhookError> {
        Ok(Self {
            requests: Requests::new(settings, clock)?,
            concurrency: settings.concurrency.max(1),
            done: BTreeSet::new(),
            refusals: BTreeMap::new(),
            accepted: 0,
            failing: false,
        })
    }

    /// Sends what is not done yet, until something speaks against going on.
    async fn send(&mut self, batch: &[Entry]) -> Trouble {
        let mut left = batch.iter().filter(|entry| !self.done.contains(&entry.place)).cloned().collect::<Vec<_>>().into_iter();
        if self.failing {
            // One to see whether the receiver is well again; if that one was refused before, its neighbour as well.
            let first_was_refused = left.as_slice().first().is_some_and(|entry| self.refusals.contains_key(&entry.place));
            left = left.take(1 + usize::from(first_was_refused)).collect::<Vec<_>>().into_iter();
        }
        let mut under_way = JoinSet::new();
        let mut trouble = Trouble::default();
        loop {
            while under_way.len() < self.concurrency
                && trouble.is_none()
                && let Some(entry) = left.next()
            {
                let (requests, accepted_before) = (self.requests.clone(), self.accepted);
                under_way.spawn(async move {
                    let place = entry.place;
                    (place, accepted_before, requests.send(Arc::new(entry)).await)
                });
            }
            let Some(ended) = under_way.join_next().await else { return trouble };
            match ended {
                Ok((place, accepted_before, answer)) => self.note(place, accepted_before, answer, &mut trouble),
                Err(error) => trouble.unwell = Some((None, error.to_string())),
            }
        }
    }

    /// `accepted_before`: what was accepted when it was sent. Others that were accepted while the answer was waited for count.
    fn note(&mut self, place: Place, accepted_before: u64, answer: Answer, trouble: &mut Trouble) {
        match answer {
            Answer::Accepted => {
                self.accepted += 1;
                self.refusals.remove(&place);
                self.done.insert(place);
            }
            Answer::Refused { patience, why } => {
                let refusal = self.refusals.entry(place).or_insert(Refusal { times: 0, patience, accepted_before, why: String::new() });
                refusal.times += 1;
                (refusal.patience, refusal.why) = (patience, why);
            }
            Answer::Unwell { after, why } => trouble.unwell = trouble.unwell.take().or(Some((after, why))),
            Answer::Gone => trouble.gone = true,
        }
    }

    /// What holds up the message that is next.
    fn failure(&mut self, next: &Entry, trouble: Trouble) -> Failure {
        if trouble.gone {
            return Failure::Disabled { why: "the receiver answered 410 Gone: it wants nothing more".to_owned() };
        }
        if let Some(refusal) = self.refusals.get(&next.place) {
            let others_are_accepted = self.accepted > refusal.accepted_before && refusal.times >= refusal.patience;
            if others_are_accepted || refusal.times as usize > STANDARD_LADDER.len() {
                let why = refusal.why.clone();
                self.refusals.remove(&next.place);
                return Failure::Poisoned { why };
            }
        }
        let refused = self.refusals.get(&next.place).map(|refusal| (None, refusal.why.clone()));
        let only_this = trouble.unwell.is_none() && refused.is_some();
        let (after, why) = trouble.unwell.or(refused).unwrap_or_else(|| (None, "not tried yet".to_owned()));
        Failure::Retry { after, only_this, why }
    }
}

impl Trouble {
    fn is_none(&self) -> bool {
        self.unwell.is_none() && !self.gone
    }
}

impl Sink for WebhookSink {
    fn batch(&self) -> Batch {
        Batch { rows_max: 64, bytes_max: 1 << 20 }
    }

    async fn deliver(&mut self, batch: &[Entry], _: Source) -> Progress {
        let trouble = self.send(batch).await;
        let delivered = batch.iter().take_while(|entry| self.done.contains(&entry.place)).count();
        // What is no longer handed over need not be remembered: it was skipped, or put aside by hand.
        let current: BTreeSet<Place> = batch[delivered..].iter().map(|entry| entry.place).collect();
        self.done.retain(|place| current.contains(place));
        self.refusals.retain(|place, _| current.contains(place));
        let was_probe = self.failing && trouble.is_none() && delivered > 0;
        let failure = batch.get(delivered).filter(|_| !was_probe).map(|next| self.failure(next, trouble));
        self.failing = matches!(failure, Some(Failure::Retry { .. }));
        Progress { delivered, failure }
    }
}
