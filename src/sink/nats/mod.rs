//! NATS JetStream: messages published with their ids, and counted as delivered only by an acknowledgement that is looked at twice.
//!
//! Many are under way at once, in a bounded window. An acknowledgement counts if it comes from the stream that is configured and if
//! its sequence number goes on from the last: one that goes back means that the server has lost what it had acknowledged, which is
//! told and counted. The same message published again within the stream's window for duplicates is stored once, by its id.

mod connect;
mod wire;

use std::collections::VecDeque;
use std::error::Error as _;
use std::future::IntoFuture as _;

use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::{self, ErrorCode};

pub use connect::{NatsError, connect};

use super::destination::{Batch, Failure, Progress, Sink, Source};
use super::settings::Nats;
use crate::spool::outbox::{Entry, Sources};
use connect::Connected;
use wire::Wire;

/// Publishes to one stream.
pub struct NatsSink {
    settings: Nats,
    wire: Wire,
    /// `None`: not connected, or to be connected anew after an error.
    connected: Option<Connected>,
    /// The highest sequence number that was acknowledged.
    last_sequence: u64,
}

/// Why an acknowledgement does not count.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
enum AckError {
    #[error("acknowledged by the stream {found:?}, not by {wanted:?}: another stream has these subjects")]
    OtherStream { found: String, wanted: String },
    #[error("acknowledged without a sequence number")]
    NoSequence,
}

impl NatsSink {
    /// `site` is the site's name; `sources` name the database that numbers what is delivered.
    pub fn new(settings: Nats, site: &str, sources: &Sources) -> Self {
        let wire = Wire::new(&settings.subject_prefix, site, sources);
        Self { settings, wire, connected: None, last_sequence: 0 }
    }

    /// Publishes in order, up to a window ahead of the acknowledgements.
    async fn publish(&mut self, connected: &Connected, batch: &[Entry]) -> Progress {
        let mut waiting: VecDeque<PublishAckFuture> = VecDeque::with_capacity(self.settings.window.min(batch.len()));
        let mut delivered = 0;
        let mut entries = batch.iter();
        loop {
            while waiting.len() < self.settings.window
                && let Some(entry) = entries.next()
            {
                let sent = connected.context.send_publish(self.wire.subject(entry), self.wire.message(entry));
                match tokio::time::timeout(self.settings.ack_timeout, sent).await {
                    Ok(Ok(ack)) => waiting.push_back(ack),
                    // Those before it may still be acknowledged; it is the next one then, and fails again, or not.
                    Ok(Err(error)) if waiting.is_empty() => return self.failed(delivered, &error),
                    Err(_) if waiting.is_empty() => return Self::retry(delivered, "the server takes nothing in time".to_owned()),
                    Ok(Err(_)) | Err(_) => {
                        entries = [].iter();
                    }
                }
            }
            let Some(ack) = waiting.pop_front() else { break };
            match ack.into_future().await {
                Ok(ack) => match self.check(&ack) {
                    Ok(()) => delivered += 1,
                    Err(error) => return Self::retry(delivered, error.to_string()),
                },
                Err(error) => return self.failed(delivered, &error),
            }
        }
        Progress { delivered, failure: None }
    }

    /// Looks at an acknowledgement once more.
    fn check(&mut self, ack: &PublishAck) -> Result<(), AckError> {
        if ack.stream != self.settings.stream {
            return Err(AckError::OtherStream { found: ack.stream.clone(), wanted: self.settings.stream.clone() });
        }
        if ack.sequence == 0 {
            return Err(AckError::NoSequence);
        }
        if !ack.duplicate && ack.sequence <= self.last_sequence {
            tracing::error!(
                stream = ack.stream,
                was = self.last_sequence,
                is = ack.sequence,
                "the stream's numbers went back: the server lost messages that it had acknowledged, or the stream was made anew; \
                 deliver them once more with `strowger sinks replay`, and set `sync_interval: always` in the server"
            );
            self.last_sequence = ack.sequence;
        }
        self.last_sequence = self.last_sequence.max(ack.sequence);
        Ok(())
    }

    fn failed(&self, delivered: usize, error: &PublishError) -> Progress {
        let why = match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => {
                let why = "longer than the server takes (`max_payload`)".to_owned();
                return Progress { delivered, failure: Some(Failure::Poisoned { why }) };
            }
            _ if is_too_long_for_the_stream(error) => {
                let why = format!("longer than the stream {} takes (`max_msg_size`)", self.settings.stream);
                return Progress { delivered, failure: Some(Failure::Poisoned { why }) };
            }
            PublishErrorKind::StreamNotFound => format!("no stream has the subjects {}", self.wire.subjects()),
            PublishErrorKind::TimedOut => "no acknowledgement in time".to_owned(),
            _ => format!("{error}"),
        };
        Self::retry(delivered, why)
    }

    fn retry(delivered: usize, why: String) -> Progress {
        Progress { delivered, failure: Some(Failure::Retry { after: None, only_this: false, why }) }
    }
}

/// By the server's own answer, which counts headers as well and knows what the stream is like now.
fn is_too_long_for_the_stream(error: &PublishError) -> bool {
    let answer = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
    answer.is_some_and(|answer| answer.error_code() == ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM)
}

impl Sink for NatsSink {
    fn batch(&self) -> Batch {
        Batch { rows_max: 1000, bytes_max: 4 << 20 }
    }

    async fn deliver(&mut self, batch: &[Entry], _: Source) -> Progress {
        let connected = match self.connected.take() {
            Some(connected) => connected,
            None => match Connected::open(&self.settings, &self.wire).await {
                Ok(connected) => connected,
                Err(error) => return Self::retry(0, error.to_string()),
            },
        };
        let progress = self.publish(&connected, batch).await;
        // A connection that failed is made anew, with all that is looked at then: the client's own repairs are not waited for.
        if !matches!(progress.failure, Some(Failure::Retry { .. })) {
            self.connected = Some(connected);
        }
        progress
    }
}
