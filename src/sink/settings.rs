//! What an administrator can set for a sink.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::webhook::SigningKey;
use crate::store::postgres;

/// Settings of one sink.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name: what was delivered is remembered by it.
    pub name: String,
    /// Where it begins when its name is new.
    pub from: From,
    /// Longest pause between two attempts; `None`: what suits its type.
    pub retry_max: Option<Duration>,
    /// What it is.
    pub kind: Kind,
}

/// Where a sink of a new name begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    /// With what comes from now on.
    Now,
    /// With all calls that are stored.
    Beginning,
}

/// What a sink is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// JSON Lines.
    File(File),
    /// JetStream.
    Nats(Nats),
    /// PostgreSQL.
    Postgres(Box<postgres::Settings>),
    /// Standard Webhooks.
    Webhook(Webhook),
}

impl Kind {
    /// As the configuration calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Nats(_) => "nats",
            Self::Postgres(_) => "postgres",
            Self::Webhook(_) => "webhook",
        }
    }
}

/// Settings of JSON Lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Where the files are.
    pub directory: PathBuf,
    /// Size in bytes at which the next file begins.
    pub bytes_max: u64,
    /// Age at which the next file begins.
    pub age_max: Duration,
    /// How many full files to keep.
    pub keep: usize,
}

/// Settings of webhooks.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Where to.
    pub url: Url,
    /// Every request is signed with each of them, in this order; at least one.
    pub keys: Vec<SigningKey>,
    /// For a request and its answer.
    pub timeout: Duration,
    /// How many requests may be under way at once, at least 1.
    pub concurrency: usize,
    /// Whether private, loopback and link-local addresses may be connected to.
    pub allow_private_addresses: bool,
    /// HTTP proxy.
    pub proxy: Option<Url>,
    /// `None`: the system's authorities, no certificate of ours.
    pub tls: Option<Tls>,
}

/// Settings of JetStream.
#[derive(Clone, Debug)]
pub struct Nats {
    /// Servers of one cluster; at least one.
    pub servers: Vec<String>,
    /// How to log in.
    pub login: NatsLogin,
    /// `None`: as the servers want it.
    pub tls: Option<Tls>,
    /// The stream.
    pub stream: String,
    /// Subjects are `PREFIX.SITE.calls` and `PREFIX.SITE.gaps`.
    pub subject_prefix: String,
    /// JetStream domain; `None`: the server's own.
    pub domain: Option<String>,
    /// Whether to make a stream that is not there.
    pub create_stream: bool,
    /// Copies in a cluster, 1 to 5.
    pub replicas: usize,
    /// How many messages may wait for their acknowledgement at once, at least 1.
    pub window: usize,
    /// For each acknowledgement, and for the connection.
    pub ack_timeout: Duration,
}

/// How to log in to NATS.
#[derive(Clone, Debug)]
pub enum NatsLogin {
    /// Not at all, or by the client certificate.
    None,
    /// By a file with a JWT and an nkey seed, read at each connection.
    Credentials(PathBuf),
    /// By an nkey seed.
    Nkey(SecretString),
    /// By user and password.
    Password {
        /// User.
        username: String,
        /// Password.
        password: SecretString,
    },
}

/// TLS towards a destination.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tls {
    /// Authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Our certificate chain and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}
