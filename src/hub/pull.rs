//! Takes messages from the consumer, a batch at a time, and notices when nothing comes because nobody is listening any more.
//!
//! What waits is asked for with a request that is answered at once, so that no request is ever left open with messages on the
//! way to it. Only when nothing waits one message is waited for; then the server sends a heartbeat every [`HEARTBEAT`], and
//! silence beyond two of them means that the server does not know the request any more, though the connection looks well.

use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::BatchConfig;
use async_nats::{Client, Message, StatusCode, Subscriber};
use futures_util::StreamExt as _;
use tokio::time::timeout;

/// How often the server tells that a request waits.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// How long a request for a first message waits at the server.
const WAIT: Duration = Duration::from_secs(20);

/// Silence beyond two heartbeats and a bit for the way.
const SILENCE: Duration = Duration::from_millis(2 * 2000 + 500);

/// Most bytes of one batch, where more than one message is asked for.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// Why nothing more comes.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stale {
    /// No heartbeat.
    #[error("the consumer went silent for {SILENCE:?}")]
    Silent,
    /// The server ended it.
    #[error("the server says: {0}")]
    Ended(String),
    /// Nobody serves JetStream at the moment.
    #[error("no server answers for JetStream")]
    Away,
    /// The client gave up.
    #[error("the connection is closed: {0}")]
    Closed(String),
}

/// One request after the other to one consumer.
pub(super) struct Puller {
    client: Client,
    consumer: PullConsumer,
    batch_max: usize,
}

/// What a request came to.
struct Answer {
    messages: Vec<Message>,
    too_large: bool,
}

impl Puller {
    pub(super) fn new(client: Client, consumer: PullConsumer, batch_max: usize) -> Self {
        Self { client, consumer, batch_max }
    }

    /// The next messages: all that wait, at most a batch; else the first that comes, and what came with it. Empty if none came
    /// within the server's patience.
    pub(super) async fn next(&self) -> Result<Vec<Message>, Stale> {
        let waiting = self.at_once(self.batch_max).await?;
        if !waiting.is_empty() {
            return Ok(waiting);
        }
        let one = BatchConfig { batch: 1, expires: Some(WAIT), idle_heartbeat: HEARTBEAT, ..BatchConfig::default() };
        let mut messages = self.ask(one).await?.messages;
        if !messages.is_empty() && self.batch_max > 1 {
            messages.extend(self.at_once(self.batch_max - 1).await?);
        }
        Ok(messages)
    }

    async fn at_once(&self, batch: usize) -> Result<Vec<Message>, Stale> {
        let request = BatchConfig { batch, no_wait: true, max_bytes: BATCH_BYTES_MAX, ..BatchConfig::default() };
        let answer = self.ask(request).await?;
        if answer.messages.is_empty() && answer.too_large {
            // A single message larger than a batch may be: it must not block those behind it.
            let request = BatchConfig { batch: 1, no_wait: true, ..BatchConfig::default() };
            return Ok(self.ask(request).await?.messages);
        }
        Ok(answer.messages)
    }

    async fn ask(&self, request: BatchConfig) -> Result<Answer, Stale> {
        let wanted = request.batch;
        let inbox = async_nats::Subject::from(self.client.new_inbox());
        let closed = |error: &dyn std::error::Error| Stale::Closed(error.to_string());
        let mut answers = self.client.subscribe(inbox.clone()).await.map_err(|error| closed(&error))?;
        self.consumer.request_batch(request, inbox).await.map_err(|error| closed(&error))?;
        collect(&mut answers, wanted).await
    }
}

async fn collect(answers: &mut Subscriber, wanted: usize) -> Result<Answer, Stale> {
    let mut answer = Answer { messages: Vec::new(), too_large: false };
    while answer.messages.len() < wanted {
        let message = match timeout(SILENCE, answers.next()).await {
            Ok(Some(message)) => message,
            Ok(None) => return Err(Stale::Closed("the subscription ended".to_owned())),
            // What has come already is not to be lost; the next request will notice.
            Err(_) if !answer.messages.is_empty() => return Ok(answer),
            Err(_) => return Err(Stale::Silent),
        };
        let said = message.description.as_deref().unwrap_or_default();
        match message.status {
            None | Some(StatusCode::OK) => answer.messages.push(message),
            Some(StatusCode::IDLE_HEARTBEAT) => {}
            Some(StatusCode::NOT_FOUND | StatusCode::TIMEOUT) => break,
            Some(StatusCode::NO_RESPONDERS) => return if answer.messages.is_empty() { Err(Stale::Away) } else { Ok(answer) },
            Some(_) if said.contains("Batch Completed") => break,
            Some(_) if said.contains("MaxBytes") => {
                answer.too_large = true;
                break;
            }
            // The rest of the words that a server has for it: consumer deleted, server shutdown, leadership change.
            Some(status) if answer.messages.is_empty() => return Err(Stale::Ended(format!("{status} {said}").trim_end().to_owned())),
            Some(_) => break,
        }
    }
    Ok(answer)
}
