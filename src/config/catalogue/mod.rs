//! Every key that the configuration knows. Adding one: here, in `written`, and where it is given its meaning.

mod csta;
mod hub;
mod oai;
mod retention;
mod sink;
mod store;

use super::key::{Key, Kind, Preset};
pub(super) use hub::HUB_ROOT;
pub(super) use sink::SINK;

pub(super) const ROOT: &[Key] = &[
    section("site", SITE, "Where this program runs."),
    section("state", STATE, "What this program keeps: call records, people and the journal, in one SQLite database."),
    section("store", store::STORE, "A PostgreSQL server for people and calls, which many sites may share."),
    section("retention", retention::RETENTION, "How long calls are kept, and how long with numbers and names; nothing of it: for ever."),
    section("people", PEOPLE, "Who holds which extension and agent ID."),
    section("log", LOG, "What is told, and how."),
    section("http", HTTP, "Metrics and health for monitoring."),
    section("spool", SPOOL, "How events and records get to disk."),
    sections("pbx", PBX, "A telephone system to connect to. Repeat the section for each."),
    sections(
        "sinks",
        SINK,
        "Where records are delivered, besides the database of the state directory. Repeat the section for each; see [sinks.md](sinks.md).",
    ),
];

/// What a PBX may speak.
const DRIVERS: &[&str] = &[AMI, OAI, CSTA];
const AMI: &str = "ami";
const OAI: &str = "oai";
const CSTA: &str = "csta";

const SITE: &[Key] = &[
    key("name", Kind::Text, Preset::Required, "Name of the site. It stands in every record and is part of the record ids: choose it once."),
    key(
        "country",
        Kind::Text,
        Preset::Absent("numbers are not converted"),
        "Country of the site in two letters (ISO 3166), by which numbers are converted to E.164.",
    ),
];

const STATE: &[Key] = &[key(
    "directory",
    Kind::Path,
    Preset::Absent("`$STATE_DIRECTORY` as systemd sets it, else `/var/lib/strowger`"),
    "Directory of the database. It must be writable and on a local disk.",
)];

const PEOPLE: &[Key] = &[key(
    "file",
    Kind::Path,
    Preset::Absent("people come by `strowger users import` only"),
    "People file, imported at start and on reload (SIGHUP).",
)];

const LOG: &[Key] = &[
    key(
        "level",
        Kind::Text,
        Preset::Value("\"info\""),
        "`error`, `warn`, `info`, `debug` or `trace`; or a list such as `info,strowger::pbx=debug`. Taken anew on reload.",
    ),
    key(
        "format",
        Kind::Choice(&["auto", "human", "json", "journald"]),
        Preset::Value("\"auto\""),
        "`auto`: journald fields under systemd, for people on a terminal, JSON otherwise.",
    ),
    key("mask_numbers", Kind::Boolean, Preset::Value("false"), "Show only the last two digits of outside numbers in the log."),
];

const HTTP: &[Key] = &[key(
    "listen",
    Kind::Text,
    Preset::Value("\"127.0.0.1:9464\""),
    "Address and port for `/metrics`, `/health/live` and `/health/ready`, or `off`. There is no login: leave it on the loopback address or a management network.",
)];

const SPOOL: &[Key] = &[
    key(
        "group_commit_ms",
        Kind::Integer { min: 0, max: 1000 },
        Preset::Value("5"),
        "How long the writer waits for more to commit together. More is faster under load and later for each record.",
    ),
    key(
        "queue_rows_max",
        Kind::Integer { min: 16, max: 1_000_000 },
        Preset::Value("8192"),
        "How much may wait for the disk. Beyond it, reading from the PBX pauses; nothing is dropped.",
    ),
    key("batch_rows_max", Kind::Integer { min: 1, max: 1_000_000 }, Preset::Value("8192"), "How much is committed together at most."),
    key(
        "size_max_mib",
        Kind::Integer { min: 0, max: 1_000_000 },
        Preset::Value("4096"),
        "How much may wait on disk for sinks that do not take it. At the bound nothing is dropped: reading from the PBX pauses, and `/health/ready` says whom it waits for. 0: no bound. See [durability.md](durability.md).",
    ),
    key(
        "age_max_days",
        Kind::Integer { min: 0, max: 3650 },
        Preset::Value("0"),
        "How long the oldest of it may wait; at the bound the same happens. 0: no bound.",
    ),
];

pub(super) const PBX: &[Key] = &[
    key("name", Kind::Text, Preset::Required, "Name of the PBX. It stands in every record and is part of the record ids."),
    key(
        "driver",
        Kind::Choice(DRIVERS),
        Preset::Value("\"ami\""),
        "`ami`: Asterisk 16 to 22 and the PBXs built on it. `oai`: Mitel MiVoice Office 250, Mitel 5000, Inter-Tel 5000 and Axxess by System OAI, directly or through the CT Gateway. `csta`: systems that speak CSTA phase III in XML, each by its dialect.",
    ),
    key(
        "address",
        Kind::Text,
        Preset::Absent("only `replay` works"),
        "Host and port; without a port 5038, with TLS 5039; for `oai` 4000; for `csta` by its dialect: `openscape` 1040, `dmcc` 4721, with TLS 4722, `zultys` 7777, with TLS 7778, for the others it must be written.",
    ),
    only(
        &[AMI, CSTA],
        key(
            "username",
            Kind::Text,
            Preset::Absent("only `replay` works; for `csta`, no login"),
            "User of the manager interface (`manager.conf`); for `csta` the user that logs in, where the product wants one.",
        ),
    ),
    key(
        "secret_file",
        Kind::Path,
        Preset::Absent("see the next two"),
        "File with the secret, for `oai` the OAI password, for `csta` that of `username`; a line end after it is ignored. Keep it readable by this program only.",
    ),
    key(
        "secret_credential",
        Kind::Text,
        Preset::Absent("see above and below"),
        "Name of a systemd credential with the secret (`LoadCredential=`).",
    ),
    key(
        "secret",
        Kind::Secret,
        Preset::Absent("see above; for `oai`, and for `csta` without `username`, none"),
        "The secret itself. Works, with a warning: configuration files get copied.",
    ),
    only(
        &[AMI],
        key(
            "auth",
            Kind::Choice(&["md5", "plain"]),
            Preset::Value("\"md5\""),
            "How to log in: `md5` sends a digest, `plain` the secret as it is. Use `plain` with TLS only.",
        ),
    ),
    only(
        &[AMI],
        key(
            "events",
            Kind::Text,
            Preset::Value("\"system,call,agent,user\""),
            "Event classes to ask for. Fewer than these cost detail; `strowger check --connect` tells what is missing.",
        ),
    ),
    key("connect_timeout_s", Kind::Integer { min: 1, max: 300 }, Preset::Value("10"), "For the connection and the TLS handshake."),
    only(&[AMI, OAI], key("login_timeout_s", Kind::Integer { min: 1, max: 300 }, Preset::Value("10"), "For the greeting and the login.")),
    only(
        &[AMI],
        key(
            "action_timeout_s",
            Kind::Integer { min: 1, max: 600 },
            Preset::Value("15"),
            "For each answer of the PBX while its present state is read.",
        ),
    ),
    only(
        &[AMI],
        key(
            "audit_interval_s",
            Kind::Integer { min: 60, max: 86_400 },
            Preset::Value("600"),
            "How often the PBX is asked which calls there are, so that one it forgot is closed.",
        ),
    ),
    only(
        &[AMI],
        key(
            "keep_alive_s",
            Kind::Integer { min: 1, max: 3600 },
            Preset::Value("10"),
            "After this silence the PBX is asked for a sign of life.",
        ),
    ),
    only(
        &[AMI],
        key(
            "dead_after_s",
            Kind::Integer { min: 2, max: 7200 },
            Preset::Value("30"),
            "After this silence the connection is given up and made anew.",
        ),
    ),
    key(
        "reconnect_min_ms",
        Kind::Integer { min: 50, max: 60_000 },
        Preset::Value("500"),
        "First pause before connecting again; it doubles, with jitter.",
    ),
    key("reconnect_max_s", Kind::Integer { min: 1, max: 3600 }, Preset::Value("60"), "Longest pause before connecting again."),
    optional(
        "tls",
        TLS,
        "Present, even if empty: connect by TLS, and trust the certification authorities of the system. Mitel systems speak no TLS themselves: for `oai` it leads to a proxy in front of one.",
    ),
    only(&[AMI], section("limits", LIMITS, "What the PBX may send at most before the connection is given up.")),
    optional(
        "capture",
        CAPTURE,
        "Present: keep all traffic in files that `strowger replay` reads. Secrets are blanked; numbers and names are not.",
    ),
    only(&[AMI], section("devices", DEVICES, "Which device is what, where the PBX does not say.")),
    only(&[AMI], section("agents", AGENTS, "Which queue members are agents.")),
    only(&[OAI], section("oai", oai::OAI, "What is particular to System OAI.")),
    only(&[CSTA], section("csta", csta::CSTA, "What is particular to CSTA: see [csta.md](csta.md) for what is known of each product.")),
    sections("dee", DEE, "An extension whose calls also ring other devices (twinning), where the PBX does not say."),
];

const TLS: &[Key] = &[
    key("ca_file", Kind::Path, Preset::Absent("the system's authorities"), "PEM file of the authorities to trust instead of the system's."),
    key("client_cert_file", Kind::Path, Preset::Absent("none"), "PEM file of our certificate chain, if the PBX asks for one."),
    key("client_key_file", Kind::Path, Preset::Absent("none"), "PEM file of its private key."),
    key("server_name", Kind::Text, Preset::Absent("the host of `address`"), "Name that the certificate must bear."),
];

const LIMITS: &[Key] = &[
    key("line_bytes_max", Kind::Integer { min: 1024, max: 16_777_216 }, Preset::Value("65536"), "Longest line."),
    key("message_bytes_max", Kind::Integer { min: 4096, max: 67_108_864 }, Preset::Value("1048576"), "Longest message."),
    key("fields_max", Kind::Integer { min: 32, max: 65_536 }, Preset::Value("512"), "Most fields in a message."),
];

const CAPTURE: &[Key] = &[
    key("directory", Kind::Path, Preset::Required, "Where to."),
    key("max_mb", Kind::Integer { min: 1, max: 100_000 }, Preset::Value("100"), "Size at which the next file begins."),
    key("keep", Kind::Integer { min: 1, max: 10_000 }, Preset::Value("10"), "How many files to keep; the oldest go first."),
];

const DEVICES: &[Key] = &[
    key(
        "trunks",
        Kind::List,
        Preset::Value("[]"),
        "Endpoints that lead to other systems; none: those that are no extension. `*` and `?` stand for any characters, any one character.",
    ),
    key(
        "extensions",
        Kind::List,
        Preset::Value("[]"),
        "Numbers that are extensions; none: all of two to six digits. With a leading underscore a dialplan pattern: `X` 0-9, `Z` 1-9, `N` 2-9, `[1-5]`, `.` the rest.",
    ),
    key("aliases", Kind::Map, Preset::Value("{}"), "Extension of endpoints that are named otherwise: `\"1001-desk\" = \"1001\"`."),
];

const AGENTS: &[Key] = &[
    key(
        "agent_ids",
        Kind::List,
        Preset::Value("[]"),
        "Which member names or interfaces are agent IDs: numbers or patterns as in `extensions`. None: only what AgentLogin names.",
    ),
    key(
        "from",
        Kind::Choice(&["member_name", "interface", "both"]),
        Preset::Value("\"both\""),
        "Where the agent ID of a queue member stands: in its name, in its interface, or in either, the name first.",
    ),
];

const DEE: &[Key] = &[
    key("main", Kind::Text, Preset::Required, "The extension that is dialled."),
    key("members", Kind::List, Preset::Required, "The devices that ring with it: extensions, endpoints or outside numbers."),
];

const fn key(name: &'static str, kind: Kind, preset: Preset, about: &'static str) -> Key {
    Key { name, kind, preset, about, of: &[] }
}

/// A key that only PBXs of these drivers, or sinks of these types, have.
const fn only(of: &'static [&'static str], key: Key) -> Key {
    Key { of, ..key }
}

const fn section(name: &'static str, keys: &'static [Key], about: &'static str) -> Key {
    Key { name, kind: Kind::Section { keys, optional: false }, preset: Preset::None, about, of: &[] }
}

const fn optional(name: &'static str, keys: &'static [Key], about: &'static str) -> Key {
    Key { name, kind: Kind::Section { keys, optional: true }, preset: Preset::None, about, of: &[] }
}

const fn sections(name: &'static str, keys: &'static [Key], about: &'static str) -> Key {
    Key { name, kind: Kind::Sections(keys), preset: Preset::None, about, of: &[] }
}
