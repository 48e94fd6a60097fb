//! The configuration as typed: shapes for serde, filled with the defaults of the catalogue, nothing judged yet.

mod csta;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(super) use csta::Csta;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Written {
    pub(super) site: Site,
    pub(super) state: State,
    pub(super) store: Store,
    pub(super) retention: Retention,
    pub(super) people: People,
    pub(super) log: Log,
    pub(super) http: Http,
    pub(super) spool: Spool,
    pub(super) pbx: Vec<Pbx>,
    pub(super) sinks: Vec<Sink>,
}

/// The hub's own file.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct HubFile {
    pub(super) hub: Hub,
    pub(super) retention: Retention,
    pub(super) log: Log,
    pub(super) http: Http,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Hub {
    pub(super) servers: Vec<String>,
    pub(super) credentials_file: Option<String>,
    pub(super) nkey_file: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password_file: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) stream: String,
    pub(super) create_stream: bool,
    pub(super) subject_prefix: String,
    pub(super) replicas: usize,
    pub(super) leaf_domains: Vec<String>,
    pub(super) consumer: String,
    pub(super) workers: usize,
    pub(super) batch_messages_max: usize,
    pub(super) in_flight_messages_max: usize,
    pub(super) ack_wait_s: u64,
    pub(super) tls: Option<Tls>,
    pub(super) postgres: HubPostgres,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct HubPostgres {
    pub(super) url: Option<String>,
    pub(super) password_file: Option<String>,
    pub(super) tls: Option<Tls>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Site {
    pub(super) name: Option<String>,
    pub(super) country: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct State {
    pub(super) directory: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Store {
    pub(super) url: Option<String>,
    pub(super) password_file: Option<String>,
    pub(super) password_credential: Option<String>,
    pub(super) password: Option<secrecy::SecretString>,
    pub(super) connect_timeout_s: u64,
    pub(super) statement_timeout_s: u64,
    pub(super) connections_max: usize,
    pub(super) tls: Option<Tls>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Retention {
    pub(super) anonymise_after_days: Option<u64>,
    pub(super) delete_after_days: Option<u64>,
    pub(super) numbers: String,
    pub(super) pseudonym_key_file: Option<String>,
    pub(super) pseudonym_key_credential: Option<String>,
    pub(super) at: String,
    pub(super) batch_calls: usize,
    pub(super) pause_ms: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct People {
    pub(super) file: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Log {
    pub(super) level: String,
    pub(super) format: String,
    pub(super) mask_numbers: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Http {
    pub(super) listen: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Spool {
    pub(super) group_commit_ms: u64,
    pub(super) queue_rows_max: usize,
    pub(super) batch_rows_max: usize,
    pub(super) size_max_mib: u64,
    pub(super) age_max_days: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Pbx {
    pub(super) name: Option<String>,
    pub(super) driver: String,
    pub(super) address: Option<String>,
    pub(super) username: Option<String>,
    pub(super) secret_file: Option<String>,
    pub(super) secret_credential: Option<String>,
    pub(super) secret: Option<secrecy::SecretString>,
    pub(super) auth: String,
    pub(super) events: String,
    pub(super) connect_timeout_s: u64,
    pub(super) login_timeout_s: u64,
    pub(super) action_timeout_s: u64,
    pub(super) audit_interval_s: u64,
    pub(super) keep_alive_s: u64,
    pub(super) dead_after_s: u64,
    pub(super) reconnect_min_ms: u64,
    pub(super) reconnect_max_s: u64,
    pub(super) tls: Option<Tls>,
    pub(super) limits: Limits,
    pub(super) capture: Option<Capture>,
    pub(super) devices: Devices,
    pub(super) agents: Agents,
    pub(super) oai: Oai,
    pub(super) csta: Csta,
    pub(super) dee: Vec<Dee>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct Tls {
    pub(super) ca_file: Option<String>,
    pub(super) client_cert_file: Option<String>,
    pub(super) client_key_file: Option<String>,
    pub(super) server_name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
#[allow(clippy::struct_field_names, reason = "the unit and the bound stand in every name, here as elsewhere")]
pub(super) struct Limits {
    pub(super) line_bytes_max: usize,
    pub(super) message_bytes_max: usize,
    pub(super) fields_max: usize,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Capture {
    pub(super) directory: Option<String>,
    pub(super) max_mb: u64,
    pub(super) keep: usize,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Devices {
    pub(super) trunks: Vec<String>,
    pub(super) extensions: Vec<String>,
    pub(super) aliases: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Agents {
    pub(super) agent_ids: Vec<String>,
    pub(super) from: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Dee {
    pub(super) main: Option<String>,
    pub(super) members: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Oai {
    pub(super) application: String,
    pub(super) networked: String,
    pub(super) node_aware: bool,
    pub(super) expanded_extensions: String,
    pub(super) charset: String,
    pub(super) replay: String,
    pub(super) monitor_trunks: bool,
    pub(super) monitor_hunt_groups: bool,
    pub(super) list_mode: String,
    pub(super) list_chunk: u16,
    pub(super) voice_mail: Vec<String>,
    pub(super) copies_ms: u64,
    pub(super) frame_bytes_max: usize,
    pub(super) timers: OaiTimers,
    pub(super) dee: OaiDee,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct OaiTimers {
    pub(super) ready_s: u64,
    pub(super) reply_s: u64,
    pub(super) optional_reply_s: u64,
    pub(super) keep_alive_s: u64,
    pub(super) keep_alive_misses: u32,
    pub(super) resync_start_s: u64,
    pub(super) resync_s: u64,
    pub(super) resync_interval_s: u64,
    pub(super) refresh_pause_s: u64,
    pub(super) monitor_retry_s: u64,
    pub(super) monitor_retry_max_s: u64,
    pub(super) call_silence_s: u64,
    pub(super) audit_pause_s: u64,
    pub(super) capture_quiet_s: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct OaiDee {
    pub(super) users_query: bool,
    pub(super) users_mask: String,
    pub(super) destination_query: Option<String>,
    pub(super) interval_s: u64,
    pub(super) prd_extension: Option<String>,
    pub(super) fields: OaiDeeFields,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct OaiDeeFields {
    pub(super) start: usize,
    pub(super) stride: usize,
    pub(super) kind: i64,
    pub(super) extension: i64,
    pub(super) number: i64,
    pub(super) skipped_kinds: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Sink {
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) from: String,
    pub(super) retry_max_s: Option<u64>,
    pub(super) directory: Option<String>,
    pub(super) max_mb: u64,
    pub(super) max_age_h: u64,
    pub(super) keep: usize,
    pub(super) url: Option<String>,
    pub(super) secret_files: Vec<String>,
    pub(super) timeout_s: u64,
    pub(super) concurrency: usize,
    pub(super) allow_private_addresses: bool,
    pub(super) proxy: Option<String>,
    pub(super) servers: Vec<String>,
    pub(super) credentials_file: Option<String>,
    pub(super) nkey_file: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password_file: Option<String>,
    pub(super) stream: String,
    pub(super) subject_prefix: String,
    pub(super) domain: Option<String>,
    pub(super) create_stream: bool,
    pub(super) replicas: usize,
    pub(super) window: usize,
    pub(super) ack_timeout_s: u64,
    pub(super) tls: Option<Tls>,
}
