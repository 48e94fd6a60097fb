//! The hub's own file as meant.

use std::path::Path;
use std::time::Duration;

use secrecy::SecretString;
use toml::de::DeTable;

use super::catalogue::HUB_ROOT;
use super::diagnose::Diagnosis;
use super::meant::{HttpListen, Judge, Log, listen, log};
use super::{Retention, Surroundings, Use, layers, secret, sink as sinks, written};
use crate::pbx::link::TlsSettings;
use crate::sink;
use crate::store::postgres;

/// A hub's configuration that can be used.
#[derive(Clone, Debug)]
pub struct HubConfig {
    hub: Hub,
    retention: Retention,
    log: Log,
    http: HttpListen,
}

impl HubConfig {
    /// What it takes from, and where it stores.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// How long calls of every site are kept.
    pub fn retention(&self) -> &Retention {
        &self.retention
    }

    /// What is told, and how.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Where metrics and health are served.
    pub fn http(&self) -> HttpListen {
        self.http
    }
}

/// What the hub takes from, and where it stores.
#[derive(Clone, Debug)]
pub struct Hub {
    /// The stream and the way to it. Its `window` is of no meaning here.
    pub nats: sink::Nats,
    /// JetStream domains whose streams are copied into this one.
    pub leaf_domains: Vec<String>,
    /// The durable consumer.
    pub consumer: String,
    /// How many batches may be under way at once, at least 1.
    pub workers: usize,
    /// Most messages of one batch, at least 1.
    pub batch_messages_max: usize,
    /// Most messages that all hubs may hold, at least 1.
    pub in_flight_messages_max: usize,
    /// After this time without a word a message is given to another.
    pub ack_wait: Duration,
    /// The database.
    pub postgres: postgres::Settings,
}

/// Whether the file at `path` is one of a hub: whether it has a section `[hub]`.
pub fn is_hub(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    DeTable::parse_recoverable(&text).0.get_ref().contains_key("hub")
}

/// Reads a hub's file and the overrides from `surroundings`; what deserves a warning all the same comes with it.
///
/// # Errors
/// All mistakes found, in the order of the file.
pub fn load(path: &Path, surroundings: &Surroundings) -> Result<(HubConfig, Diagnosis), Diagnosis> {
    let text = std::fs::read_to_string(path).map_err(|error| Diagnosis::unreadable(path, &error))?;
    let mut diagnosis = Diagnosis::of(path);
    let typed = layers::read::<written::HubFile>(&text, HUB_ROOT, surroundings, &mut diagnosis);
    let config = typed.and_then(|typed| {
        let directory = path.parent().map_or_else(Default::default, Path::to_owned);
        let mut judge = Judge { directory, purpose: Use::Connect, surroundings, places: &typed.places, diagnosis: &mut diagnosis };
        understand(&typed.written, &mut judge)
    });
    diagnosis.sort();
    match config {
        Some(config) if !diagnosis.has_mistakes() => Ok((config, diagnosis)),
        _ => Err(diagnosis),
    }
}

fn understand(written: &written::HubFile, judge: &mut Judge<'_>) -> Option<HubConfig> {
    let log = log(&written.log, judge);
    let http = listen(&written.http.listen, judge);
    let retention = super::retention::understand(&written.retention, judge);
    let hub = &written.hub;
    let like_a_sink = written::Sink {
        servers: hub.servers.clone(),
        credentials_file: hub.credentials_file.clone(),
        nkey_file: hub.nkey_file.clone(),
        username: hub.username.clone(),
        password_file: hub.password_file.clone(),
        domain: hub.domain.clone(),
        stream: hub.stream.clone(),
        subject_prefix: hub.subject_prefix.clone(),
        create_stream: hub.create_stream,
        replicas: hub.replicas,
        tls: hub.tls.clone(),
        window: 1,
        ack_timeout_s: 10,
        ..written::Sink::default()
    };
    let nats = sinks::nats(&like_a_sink, "hub", judge);
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_name(&hub.consumer) {
        judge.error("hub.consumer", format!("`hub.consumer` is {:?}; it must be letters, digits, `-` and `_`", hub.consumer));
    }
    for (index, domain) in hub.leaf_domains.iter().enumerate() {
        let at = format!("hub.leaf_domains[{index}]");
        if !is_name(domain) {
            judge.error(
                &at,
                format!("`{at}` is {domain:?}; it must be letters, digits, `-` and `_`, as `domain` in the leaf's `jetstream`"),
            );
        } else if hub.leaf_domains[..index].contains(domain) {
            judge.error(&at, format!("`{at}` is {domain:?}, which is in the list already"));
        }
    }
    if hub.workers.saturating_mul(hub.batch_messages_max) > hub.in_flight_messages_max {
        let all = hub.workers.saturating_mul(hub.batch_messages_max);
        judge.error(
            "hub.in_flight_messages_max",
            format!(
                "`hub.in_flight_messages_max` is {}, less than this hub's workers take at once ({} × {} = {all})",
                hub.in_flight_messages_max, hub.workers, hub.batch_messages_max
            ),
        );
    }
    let postgres = postgres(&hub.postgres, hub.workers, judge);
    let hub = Hub {
        nats: nats?,
        leaf_domains: hub.leaf_domains.clone(),
        consumer: hub.consumer.clone(),
        workers: hub.workers,
        batch_messages_max: hub.batch_messages_max,
        in_flight_messages_max: hub.in_flight_messages_max,
        ack_wait: Duration::from_secs(hub.ack_wait_s),
        postgres: postgres?,
    };
    Some(HubConfig { hub, retention, log, http: http? })
}

fn postgres(written: &written::HubPostgres, workers: usize, judge: &mut Judge<'_>) -> Option<postgres::Settings> {
    let mut settings = match postgres::Settings::parse(written.url.as_deref()?) {
        Ok(settings) => settings,
        Err(error) => {
            judge.error("hub.postgres.url", format!("`hub.postgres.url`: {error}"));
            return None;
        }
    };
    if settings.has_password_in_url() {
        judge.warning("hub.postgres.url", "`hub.postgres.url` holds a password; move it to a file and name that by `password_file`");
    }
    if let Some(file) = &written.password_file {
        match secret::from_file(&judge.path(file), false) {
            Ok((secret, warning)) => {
                settings.password = Some(SecretString::from(secret.expose()));
                if let Some(warning) = warning {
                    judge.warning("hub.postgres.password_file", format!("`hub.postgres.password_file`: {warning}"));
                }
            }
            Err(what) => judge.error("hub.postgres.password_file", format!("`hub.postgres.password_file`: {what}")),
        }
    }
    settings.tls = written.tls.as_ref().map(|tls| {
        let meant = sinks::tls(tls, "hub.postgres", judge);
        let (certificate_file, key_file) = meant.client.unzip();
        TlsSettings { ca_file: meant.ca_file, certificate_file, key_file, server_name: tls.server_name.clone() }
    });
    if settings.tls.is_none() && !settings.is_local() {
        judge.warning(
            "hub.postgres",
            "`hub.postgres` is on another machine and `[hub.postgres.tls]` is missing: whoever is on the way can read the calls",
        );
    }
    // One for each worker, one for looking, one to spare.
    settings.connections_max = workers.saturating_add(2);
    Some(settings)
}
