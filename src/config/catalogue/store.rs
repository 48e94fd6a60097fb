//! The keys of `[store]`: a PostgreSQL server.

use super::{Key, Kind, Preset, TLS, key, optional};

pub(super) const STORE: &[Key] = &[
    key(
        "url",
        Kind::Text,
        Preset::Absent("people and calls are kept in the SQLite database only"),
        "`postgres://USER@HOST:5432/DATABASE`, PostgreSQL 15 or later. Commands ask there, people are kept there, and every record is sent there; what was learnt while it was away follows. The site's own SQLite database goes on being written.",
    ),
    key("password_file", Kind::Path, Preset::Absent("see the next two"), "File with the password; a line end after it is ignored."),
    key(
        "password_credential",
        Kind::Text,
        Preset::Absent("see above and below"),
        "Name of a systemd credential with the password (`LoadCredential=`).",
    ),
    key(
        "password",
        Kind::Secret,
        Preset::Absent("see above; without any the server must let the user in as it is"),
        "The password itself. Works, with a warning: configuration files get copied.",
    ),
    key(
        "connect_timeout_s",
        Kind::Integer { min: 1, max: 300 },
        Preset::Value("10"),
        "For everything until a connection can be used, and for one to become free.",
    ),
    key("statement_timeout_s", Kind::Integer { min: 1, max: 3600 }, Preset::Value("30"), "For one question or one batch of records."),
    key("connections_max", Kind::Integer { min: 1, max: 64 }, Preset::Value("4"), "Connections at the same time."),
    optional("tls", TLS, "Present, even if empty: connect by TLS and nothing else, and trust the certification authorities of the system."),
];
