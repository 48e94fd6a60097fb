//! The stream and the durable consumer that all hubs share: made where they are not there, and kept as configured.

use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{CreateStreamError, GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::{self, RetentionPolicy, StorageType};
use async_nats::jetstream::{self, ErrorCode};

use crate::config::Hub;
use crate::sink;

/// For every question to JetStream.
const PATIENCE: Duration = Duration::from_secs(10);

/// For two messages of one id, which must come within this time to be told apart from new ones by the server. The database tells
/// them apart whenever they come.
const DUPLICATES: Duration = Duration::from_mins(2);

/// Why there is no consumer to take from.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// No connection.
    #[error("no connection to NATS at {servers}: {source}")]
    Connect {
        /// Where.
        servers: String,
        /// Why not.
        source: sink::NatsError,
    },
    /// The stream is not there, and is not to be made.
    #[error("there is no stream {0}: let a site or the administrator make it, or write `create_stream = true` in [hub]")]
    NoStream(String),
    /// The stream cannot be asked for.
    #[error("the stream {name} cannot be asked for: {source}")]
    Stream {
        /// Its name.
        name: String,
        /// Why not.
        source: GetStreamError,
    },
    /// The stream cannot be made or changed.
    #[error("the stream {name} cannot be made as configured: {source}")]
    CreateStream {
        /// Its name.
        name: String,
        /// Why not.
        source: CreateStreamError,
    },
    /// The consumer cannot be made.
    #[error("the consumer {name} of {stream} cannot be made: {why}")]
    Consumer {
        /// Its name.
        name: String,
        /// Whose.
        stream: String,
        /// Why not.
        why: String,
    },
}

/// Makes consumers over one connection.
#[derive(Clone, Debug)]
pub struct Consumers {
    settings: Hub,
    client: Client,
    context: jetstream::Context,
}

impl Consumers {
    /// Connects. Later losses of the connection mend themselves.
    pub async fn connect(settings: &Hub) -> Result<Self, HubError> {
        let connected = sink::connect_nats(&settings.nats.servers, &settings.nats.login, settings.nats.tls.as_ref(), PATIENCE).await;
        let client = connected.map_err(|source| HubError::Connect { servers: settings.nats.servers.join(", "), source })?;
        let mut context = match &settings.nats.domain {
            Some(domain) => jetstream::with_domain(client.clone(), domain),
            None => jetstream::new(client.clone()),
        };
        context.set_timeout(PATIENCE);
        Ok(Self { settings: settings.clone(), client, context })
    }

    /// The connection.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The consumer, which is made if it is not there, and so is the stream where that is wanted.
    pub(super) async fn consumer(&self) -> Result<PullConsumer, HubError> {
        let Hub { nats, consumer, ack_wait, in_flight_messages_max, .. } = &self.settings;
        let stream = &nats.stream;
        self.stream().await?;
        let config = pull::Config {
            durable_name: Some(consumer.clone()),
            description: Some("Strowger hubs: what sites sent, into the database".to_owned()),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: *ack_wait,
            // For ever: what cannot be read is put aside and acknowledged.
            max_deliver: -1,
            max_ack_pending: i64::try_from(*in_flight_messages_max).unwrap_or(i64::MAX),
            ..pull::Config::default()
        };
        let made = self.context.create_consumer_on_stream(config, stream.as_str()).await;
        made.map_err(|error| HubError::Consumer { name: consumer.clone(), stream: stream.clone(), why: error.to_string() })
    }

    /// Messages in the stream that nobody has stored yet, those under way included.
    pub(super) async fn waiting(&self) -> Result<u64, HubError> {
        let Hub { nats: sink::Nats { stream, .. }, consumer, .. } = &self.settings;
        let asked = self.context.get_consumer_from_stream::<pull::Config, _, _>(consumer.as_str(), stream.as_str()).await;
        let unknown =
            |error: &dyn std::error::Error| HubError::Consumer { name: consumer.clone(), stream: stream.clone(), why: error.to_string() };
        let consumer = asked.map_err(|error| unknown(&error))?;
        let info = consumer.cached_info();
        Ok(info.num_pending.saturating_add(u64::try_from(info.num_ack_pending).unwrap_or(u64::MAX)))
    }

    /// Sees to it that the stream is there, and that it copies from all sites that are named.
    async fn stream(&self) -> Result<(), HubError> {
        let name = &self.settings.nats.stream;
        match self.context.get_stream(name).await {
            Ok(stream) => {
                let mut config = stream.cached_info().config.clone();
                let sources = config.sources.get_or_insert_default();
                let copied = |domain: &str, sources: &[stream::Source]| sources.iter().any(|source| comes_from(source, domain));
                let missing: Vec<&String> = self.settings.leaf_domains.iter().filter(|domain| !copied(domain.as_str(), sources)).collect();
                if missing.is_empty() {
                    return Ok(());
                }
                sources.extend(missing.into_iter().map(|domain| self.source(domain)));
                let updated = self.context.create_or_update_stream(config).await;
                updated.map(drop).map_err(|source| HubError::CreateStream { name: name.clone(), source })
            }
            Err(error) if is_missing(&error) && self.settings.nats.create_stream => {
                let made = self.context.create_stream(self.config()).await;
                made.map(drop).map_err(|source| HubError::CreateStream { name: name.clone(), source })
            }
            Err(error) if is_missing(&error) => Err(HubError::NoStream(name.clone())),
            Err(source) => Err(HubError::Stream { name: name.clone(), source }),
        }
    }

    /// On disk, nothing discarded. Copying from the sites' own streams and listening to subjects exclude each other: what a leaf
    /// node passes on by its subject would come twice.
    fn config(&self) -> stream::Config {
        let Hub { nats: sink::Nats { stream, subject_prefix, replicas, .. }, leaf_domains, .. } = &self.settings;
        let subjects = match leaf_domains.as_slice() {
            [] => vec![format!("{subject_prefix}.*.calls"), format!("{subject_prefix}.*.gaps")],
            _ => Vec::new(),
        };
        stream::Config {
            name: stream.clone(),
            subjects,
            storage: StorageType::File,
            retention: RetentionPolicy::Limits,
            discard: stream::DiscardPolicy::New,
            max_messages: -1,
            max_bytes: -1,
            num_replicas: *replicas,
            duplicate_window: DUPLICATES,
            sources: (!leaf_domains.is_empty()).then(|| leaf_domains.iter().map(|domain| self.source(domain)).collect()),
            ..stream::Config::default()
        }
    }

    fn source(&self, domain: &str) -> stream::Source {
        // The server knows a domain only by the prefix of its API.
        let external = stream::External { api_prefix: format!("$JS.{domain}.API"), delivery_prefix: None };
        stream::Source { name: self.settings.nats.stream.clone(), external: Some(external), ..stream::Source::default() }
    }
}

/// Whether a source is the stream of that domain.
fn comes_from(source: &stream::Source, domain: &str) -> bool {
    source.external.as_ref().is_some_and(|external| external.api_prefix == format!("$JS.{domain}.API"))
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// Connects and looks at stream and consumer, as the hub does at its start.
pub async fn probe(settings: &Hub) -> Result<(), HubError> {
    Consumers::connect(settings).await?.consumer().await.map(drop)
}
