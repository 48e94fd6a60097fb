//! The connection: login, TLS, and a look at the stream before anything is sent.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream::context::{CreateStreamError, GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, ServerAddr};
use secrecy::ExposeSecret as _;

use super::wire::Wire;
use crate::sink::settings::{Nats, NatsLogin, Tls};
use crate::sink::tls::TlsError;

/// The client shows this name to the server's administrator.
const CLIENT: &str = "strowger";

/// How long the stream remembers ids, where we make it: the longest that an acknowledgement is waited for twice over, many times.
const DUPLICATE_WINDOW: Duration = Duration::from_mins(10);

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// A file of the login.
    #[error("the credentials file {} cannot be used: {source}", file.display())]
    Credentials {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The files of TLS were not read to the end.
    #[error("the files of TLS were not read: {0}")]
    Unread(#[from] tokio::task::JoinError),
    /// The files of TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A server's address.
    #[error("{0:?} is no address of a NATS server")]
    Address(String),
    /// The connection.
    #[error("no connection to NATS: {source}{advice}")]
    Connect {
        /// What the client says.
        source: ConnectError,
        /// What to look at.
        advice: String,
    },
    /// The connection takes too long.
    #[error("no connection to NATS in time")]
    Late,
    /// The stream cannot be asked for.
    #[error("the stream {stream} cannot be looked at: {source}")]
    Look {
        /// Its name.
        stream: String,
        /// Why not.
        source: GetStreamError,
    },
    /// There is no stream.
    #[error("there is no stream {0}: make it, or write `create_stream = true`")]
    NoStream(String),
    /// It cannot be made.
    #[error("the stream {stream} cannot be made: {source}")]
    Create {
        /// Its name.
        stream: String,
        /// Why not.
        source: CreateStreamError,
    },
    /// It would lose what it was given.
    #[error("the stream {stream} {what}")]
    Unfit {
        /// Its name.
        stream: String,
        /// What is wrong with it, and what to do.
        what: String,
    },
}

/// A connection, and a stream that was looked at.
pub(super) struct Connected {
    pub(super) context: Context,
}

impl Connected {
    pub(super) async fn open(settings: &Nats, wire: &Wire) -> Result<Self, NatsError> {
        let opened = tokio::time::timeout(settings.ack_timeout, open(settings, wire));
        opened.await.map_err(|_| NatsError::Late)?
    }
}

/// Connects to one of the servers; the client repairs a lost connection by itself. The files of login and TLS are read anew.
///
/// # Errors
/// A file cannot be used, or no server takes the client within `timeout` each.
pub async fn connect(servers: &[String], login: &NatsLogin, tls: Option<&Tls>, timeout: Duration) -> Result<Client, NatsError> {
    let addresses = servers.iter().map(|server| server.parse().map_err(|_| NatsError::Address(server.clone())));
    let addresses = addresses.collect::<Result<Vec<ServerAddr>, NatsError>>()?;
    let mut options = ConnectOptions::new().name(CLIENT).connection_timeout(timeout);
    options = match login {
        NatsLogin::None => options,
        NatsLogin::Credentials(file) => {
            let read = options.credentials_file(file).await;
            read.map_err(|source| NatsError::Credentials { file: file.clone(), source })?
        }
        NatsLogin::Nkey(seed) => options.nkey(seed.expose_secret().to_owned()),
        NatsLogin::Password { username, password } => options.user_and_password(username.clone(), password.expose_secret().to_owned()),
    };
    if let Some(tls) = tls.cloned() {
        let config = tokio::task::spawn_blocking(move || tls.client_config()).await??;
        options = options.tls_client_config(config).require_tls(true);
    }
    let connected = options.connect(addresses).await;
    connected.map_err(|source| NatsError::Connect { advice: advice(source.kind(), login, tls), source })
}

/// What an administrator has written that may be why.
fn advice(why: ConnectErrorKind, login: &NatsLogin, tls: Option<&Tls>) -> String {
    let client = tls.and_then(|tls| tls.client.as_ref()).map(|(certificate, _)| certificate.display());
    match (why, tls) {
        (ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication, _) => match (login, client) {
            (NatsLogin::Credentials(file), _) => format!("; check the credentials file {}", file.display()),
            (NatsLogin::Nkey(_), _) => "; check the nkey, and that the server knows its public half".to_owned(),
            (NatsLogin::Password { username, .. }, _) => format!("; check the password of {username:?}"),
            (NatsLogin::None, Some(certificate)) => format!("; check that the server knows whom {certificate} names"),
            (NatsLogin::None, None) => "; no login is configured".to_owned(),
        },
        // The client has both for what goes wrong in a handshake.
        (ConnectErrorKind::Tls | ConnectErrorKind::Io, Some(tls)) => {
            let ca = tls.ca_file.as_ref().map_or_else(|| "none".to_owned(), |file| file.display().to_string());
            let client = client.map_or_else(|| "none".to_owned(), |file| file.to_string());
            format!("; check the certificates: `ca_file` is {ca}, `client_cert_file` {client}")
        }
        _ => String::new(),
    }
}

async fn open(settings: &Nats, wire: &Wire) -> Result<Connected, NatsError> {
    let client = connect(&settings.servers, &settings.login, settings.tls.as_ref(), settings.ack_timeout).await?;
    let context = jetstream::context::ContextBuilder::new().timeout(settings.ack_timeout).ack_timeout(settings.ack_timeout);
    // Room for a whole window: the window itself is what bounds.
    let context = context.max_ack_inflight(settings.window.saturating_add(1));
    let context = match &settings.domain {
        Some(domain) => context.domain(domain).build(client),
        None => context.build(client),
    };
    let found = match context.get_stream(&settings.stream).await {
        Ok(stream) => stream.cached_info().config.clone(),
        Err(error) if is_missing(&error) => {
            if !settings.create_stream {
                return Err(NatsError::NoStream(settings.stream.clone()));
            }
            let made = context.create_stream(fresh(settings)).await;
            let made = made.map_err(|source| NatsError::Create { stream: settings.stream.clone(), source })?;
            tracing::info!(stream = settings.stream, replicas = settings.replicas, "made the stream");
            made.cached_info().config.clone()
        }
        Err(source) => return Err(NatsError::Look { stream: settings.stream.clone(), source }),
    };
    look(&found, settings, wire)?;
    Ok(Connected { context })
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// On disk, and refusing new messages rather than losing old ones.
fn fresh(settings: &Nats) -> Config {
    Config {
        name: settings.stream.clone(),
        subjects: vec![format!("{}.*.calls", settings.subject_prefix), format!("{}.*.gaps", settings.subject_prefix)],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        num_replicas: settings.replicas,
        duplicate_window: DUPLICATE_WINDOW,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_bytes: -1,
        max_consumers: -1,
        ..Config::default()
    }
}

/// What a stream must be, that an acknowledgement means something; what it should be is only warned about.
fn look(found: &Config, settings: &Nats, wire: &Wire) -> Result<(), NatsError> {
    let unfit = |what: String| NatsError::Unfit { stream: settings.stream.clone(), what };
    if found.storage != StorageType::File {
        return Err(unfit("keeps messages in memory, which a restart of the server loses: make it with `--storage=file`".to_owned()));
    }
    if found.no_ack {
        return Err(unfit("acknowledges nothing: make it anew without `--no-ack`".to_owned()));
    }
    if found.sealed {
        return Err(unfit("is sealed".to_owned()));
    }
    if found.mirror.is_some() {
        return Err(unfit("is a mirror, which takes no messages: name the stream that it mirrors".to_owned()));
    }
    if found.num_replicas < settings.replicas {
        let (is, wanted) = (found.num_replicas, settings.replicas);
        tracing::warn!(stream = settings.stream, is, wanted, "the stream has fewer copies than `replicas` says");
    }
    let is_bounded = found.max_messages > 0 || found.max_bytes > 0 || found.max_messages_per_subject > 0;
    if is_bounded && found.discard == DiscardPolicy::Old {
        tracing::warn!(
            stream = settings.stream,
            subjects = wire.subjects(),
            "the stream discards old messages for new ones when it is full"
        );
    }
    Ok(())
}
