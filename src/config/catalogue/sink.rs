//! The keys of `[[sinks]]`.

use super::{Key, Kind, Preset, key, only, optional};

const FILE: &str = "file";
const NATS: &str = "nats";
const POSTGRES: &str = "postgres";
const WEBHOOK: &str = "webhook";

/// What a sink may be.
const TYPES: &[&str] = &[FILE, NATS, POSTGRES, WEBHOOK];

pub(in crate::config) const SINK: &[Key] = &[
    key(
        "name",
        Kind::Text,
        Preset::Required,
        "Name of the sink. What was delivered is remembered by it: a sink of another name begins anew.",
    ),
    key(
        "type",
        Kind::Choice(TYPES),
        Preset::Required,
        "`file`: JSON Lines for log shippers. `nats`: a JetStream stream. `postgres`: a PostgreSQL database. `webhook`: HTTP requests by Standard Webhooks 1.0.",
    ),
    key(
        "from",
        Kind::Choice(&["now", "beginning"]),
        Preset::Value("\"now\""),
        "Where a sink of a new name begins: with what comes from now on, or with all calls that are stored.",
    ),
    key(
        "retry_max_s",
        Kind::Integer { min: 1, max: 86_400 },
        Preset::Absent("60; for `webhook` 86400, the whole ladder of the standard"),
        "Longest pause between two attempts while the destination fails.",
    ),
    only(
        &[FILE],
        key(
            "directory",
            Kind::Path,
            Preset::Absent("must be written"),
            "Where the files are: `NAME.jsonl`, and beside it those that are full.",
        ),
    ),
    only(&[FILE], key("max_mb", Kind::Integer { min: 1, max: 100_000 }, Preset::Value("100"), "Size at which the next file begins.")),
    only(
        &[FILE],
        key(
            "max_age_h",
            Kind::Integer { min: 1, max: 8784 },
            Preset::Value("24"),
            "Age at which the next file begins, if anything is in this one.",
        ),
    ),
    only(
        &[FILE],
        key(
            "keep",
            Kind::Integer { min: 1, max: 10_000 },
            Preset::Value("30"),
            "How many full files to keep; the oldest go first, shipped or not.",
        ),
    ),
    only(
        &[POSTGRES, WEBHOOK],
        key(
            "url",
            Kind::Text,
            Preset::Absent("must be written"),
            "Where to: `https://…` (`http://` works with a warning); `postgres://user@host:5432/database`.",
        ),
    ),
    only(
        &[WEBHOOK],
        key(
            "secret_files",
            Kind::List,
            Preset::Absent("must be written"),
            "Files with a secret each (`whsec_` and 24 to 64 bytes in base64). Every request is signed with all of them: the new one first, then those that receivers may still use.",
        ),
    ),
    only(&[WEBHOOK], key("timeout_s", Kind::Integer { min: 1, max: 300 }, Preset::Value("20"), "For a request and its answer.")),
    only(
        &[WEBHOOK],
        key("concurrency", Kind::Integer { min: 1, max: 64 }, Preset::Value("4"), "How many requests may be under way at once."),
    ),
    only(
        &[WEBHOOK],
        key(
            "allow_private_addresses",
            Kind::Boolean,
            Preset::Value("false"),
            "Connect to private, loopback and link-local addresses as well. Without it they are refused, also where a name leads there.",
        ),
    ),
    only(
        &[WEBHOOK],
        key(
            "proxy",
            Kind::Text,
            Preset::Absent("none"),
            "HTTP proxy, such as `http://proxy.example.com:3128`. It resolves names itself, so keeping private addresses out is its business.",
        ),
    ),
    only(
        &[NATS],
        key(
            "servers",
            Kind::List,
            Preset::Absent("must be written"),
            "Servers of one cluster, or a leaf node: `nats://host:4222`, or `tls://…`.",
        ),
    ),
    only(&[NATS], key("credentials_file", Kind::Path, Preset::Absent("none"), "Credentials file (JWT and nkey seed) as `nsc` writes it.")),
    only(&[NATS], key("nkey_file", Kind::Path, Preset::Absent("none"), "File with an nkey seed (`SU…`).")),
    only(&[NATS], key("username", Kind::Text, Preset::Absent("none"), "User, with `password_file`.")),
    only(
        &[NATS, POSTGRES],
        key("password_file", Kind::Path, Preset::Absent("none"), "File with the password of `username`, or of the user in `url`."),
    ),
    only(&[NATS], key("stream", Kind::Text, Preset::Value("\"STROWGER\""), "The JetStream stream.")),
    only(
        &[NATS],
        key("subject_prefix", Kind::Text, Preset::Value("\"strowger\""), "Subjects are `PREFIX.SITE.calls` and `PREFIX.SITE.gaps`."),
    ),
    only(
        &[NATS],
        key("domain", Kind::Text, Preset::Absent("that of the server"), "JetStream domain, where the stream is behind a leaf node's hub."),
    ),
    only(
        &[NATS],
        key(
            "create_stream",
            Kind::Boolean,
            Preset::Value("true"),
            "Make the stream if it is not there: on disk, nothing ever discarded for new messages.",
        ),
    ),
    only(
        &[NATS],
        key(
            "replicas",
            Kind::Integer { min: 1, max: 5 },
            Preset::Value("1"),
            "Copies of the stream in a cluster: asked for when it is made, warned about when there are fewer.",
        ),
    ),
    only(
        &[NATS],
        key(
            "window",
            Kind::Integer { min: 1, max: 4096 },
            Preset::Value("256"),
            "How many messages may wait for their acknowledgement at once.",
        ),
    ),
    only(
        &[NATS],
        key("ack_timeout_s", Kind::Integer { min: 1, max: 300 }, Preset::Value("10"), "For each acknowledgement, and for the connection."),
    ),
    only(
        &[NATS, POSTGRES, WEBHOOK],
        optional("tls", TLS, "Present: these authorities, this certificate. For `nats`, present, even if empty: nothing but TLS."),
    ),
];

const TLS: &[Key] = &[
    key("ca_file", Kind::Path, Preset::Absent("the system's authorities"), "PEM file of the authorities to trust instead of the system's."),
    key("client_cert_file", Kind::Path, Preset::Absent("none"), "PEM file of our certificate chain, if the server asks for one."),
    key("client_key_file", Kind::Path, Preset::Absent("none"), "PEM file of its private key."),
];
