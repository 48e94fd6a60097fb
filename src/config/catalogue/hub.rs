//! The keys of the hub's own file.

use super::retention::RETENTION;
use super::{Key, Kind, LOG, Preset, key, optional, section};

pub(in crate::config) const HUB_ROOT: &[Key] = &[
    section("hub", HUB, "What the hub takes from, and where it stores."),
    section(
        "retention",
        RETENTION,
        "How long calls of every site are kept in this database, and how long with numbers and names; nothing of it: as the sites have it, else for ever.",
    ),
    section("log", LOG, "What is told, and how."),
    section("http", HTTP, "Metrics and health for monitoring."),
];

const HUB: &[Key] = &[
    key("servers", Kind::List, Preset::Required, "NATS servers of one cluster: `nats://host:4222`, or `tls://…`."),
    key("credentials_file", Kind::Path, Preset::Absent("none"), "Credentials file (JWT and nkey seed) as `nsc` writes it."),
    key("nkey_file", Kind::Path, Preset::Absent("none"), "File with an nkey seed (`SU…`)."),
    key("username", Kind::Text, Preset::Absent("none"), "User, with `password_file`."),
    key("password_file", Kind::Path, Preset::Absent("none"), "File with the password of `username`."),
    key("domain", Kind::Text, Preset::Absent("that of the server"), "JetStream domain of the stream."),
    key("stream", Kind::Text, Preset::Value("\"STROWGER\""), "The JetStream stream that the sites publish to, or that copies from theirs."),
    key(
        "create_stream",
        Kind::Boolean,
        Preset::Value("true"),
        "Make the stream if it is not there: on disk, nothing ever discarded for new messages.",
    ),
    key(
        "subject_prefix",
        Kind::Text,
        Preset::Value("\"strowger\""),
        "A stream that the hub makes listens to `PREFIX.*.calls` and `PREFIX.*.gaps`.",
    ),
    key("replicas", Kind::Integer { min: 1, max: 5 }, Preset::Value("1"), "Copies of a stream that the hub makes, in a cluster."),
    key(
        "leaf_domains",
        Kind::List,
        Preset::Value("[]"),
        "JetStream domains of site servers (leaf nodes) whose streams of the same name are copied into this one. A stream that the hub makes then listens to no subjects; what is added here later is added to the stream at the next start.",
    ),
    key("consumer", Kind::Text, Preset::Value("\"hub\""), "The durable consumer. Hubs that name the same one share the messages."),
    key("workers", Kind::Integer { min: 1, max: 64 }, Preset::Value("2"), "How many batches may be under way at once in this hub."),
    key("batch_messages_max", Kind::Integer { min: 1, max: 10_000 }, Preset::Value("500"), "Most messages in one transaction."),
    key(
        "in_flight_messages_max",
        Kind::Integer { min: 1, max: 1_000_000 },
        Preset::Value("20000"),
        "Most messages that all hubs of the consumer may have taken without having stored them.",
    ),
    key(
        "ack_wait_s",
        Kind::Integer { min: 5, max: 3600 },
        Preset::Value("60"),
        "After this time without a word a message that was taken is given to another hub. It must be longer than a transaction takes; a hub that waits for its database says so in time.",
    ),
    optional("tls", TLS, "Present, even if empty: nothing but TLS to NATS."),
    section("postgres", POSTGRES, "The database of all sites."),
];

const POSTGRES: &[Key] = &[
    key(
        "url",
        Kind::Text,
        Preset::Required,
        "`postgres://USER@HOST:5432/DATABASE`, PostgreSQL 15 or later. The hub brings the schema up to date.",
    ),
    key("password_file", Kind::Path, Preset::Absent("none"), "File with the password of that user."),
    optional("tls", TLS_NAMED, "Present, even if empty: connect by TLS."),
];

const TLS: &[Key] = &[
    key("ca_file", Kind::Path, Preset::Absent("the system's authorities"), "PEM file of the authorities to trust instead of the system's."),
    key("client_cert_file", Kind::Path, Preset::Absent("none"), "PEM file of our certificate chain, if the server asks for one."),
    key("client_key_file", Kind::Path, Preset::Absent("none"), "PEM file of its private key."),
];

const TLS_NAMED: &[Key] = &[
    key("ca_file", Kind::Path, Preset::Absent("the system's authorities"), "PEM file of the authorities to trust instead of the system's."),
    key("client_cert_file", Kind::Path, Preset::Absent("none"), "PEM file of our certificate chain, if the server asks for one."),
    key("client_key_file", Kind::Path, Preset::Absent("none"), "PEM file of its private key."),
    key("server_name", Kind::Text, Preset::Absent("the host of `url`"), "Name that the certificate must bear."),
];

const HTTP: &[Key] = &[key(
    "listen",
    Kind::Text,
    Preset::Value("\"127.0.0.1:9465\""),
    "Address and port for `/metrics`, `/health/live` and `/health/ready`, or `off`. There is no login: leave it on the loopback address or a management network.",
)];
