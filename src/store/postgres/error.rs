//! What can go wrong with PostgreSQL: what, where, what to do; and whether it passes by itself.

use std::error::Error;
use std::time::Duration;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use crate::pbx::link::TlsSettingsError;

/// A refusal of PostgreSQL or of the way to it. `at` is the place, as [`super::Settings::place`] has it.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The URL cannot be used.
    #[error("the URL of the database cannot be used: {0}; write it as postgres://USER@HOST:5432/DATABASE")]
    Url(String),
    /// A certificate or key file cannot be used.
    #[error("{at}: TLS cannot be used as it is configured: {source}")]
    TlsSettings {
        /// Where.
        at: String,
        /// Why.
        source: TlsSettingsError,
    },
    /// No connection.
    #[error("{at}: cannot connect: {why}: {to_do}")]
    Unreachable {
        /// Where.
        at: String,
        /// What the system, TLS or the server said.
        why: String,
        /// What to do.
        to_do: &'static str,
        /// Whether a later attempt may succeed without anybody's doing.
        passing: bool,
    },
    /// No answer in time.
    #[error("{at}: cannot {doing}: no answer within {after:?}: look at the server's load and locks, and at the network between")]
    TimedOut {
        /// Where.
        at: String,
        /// What was tried.
        doing: &'static str,
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection broke.
    #[error("{at}: cannot {doing}: the connection broke ({why}): is the server running?")]
    Broken {
        /// Where.
        at: String,
        /// What was tried.
        doing: &'static str,
        /// What was noticed.
        why: String,
    },
    /// The server refuses a statement.
    #[error("{at}: cannot {doing}: {message} (SQLSTATE {}): {}", code.code(), advice(code))]
    Refused {
        /// Where.
        at: String,
        /// What was tried.
        doing: &'static str,
        /// PostgreSQL's code.
        code: SqlState,
        /// Its message, with the detail where there is one.
        message: String,
    },
    /// What was stored cannot be read back, or not be sent.
    #[error("{at}: cannot {doing}: {why}: report this")]
    Unfit {
        /// Where.
        at: String,
        /// What was tried.
        doing: &'static str,
        /// Which value.
        why: String,
    },
    /// The server is too old.
    #[error("{at} is PostgreSQL {found}; strowger needs {needed} or later")]
    TooOld {
        /// Where.
        at: String,
        /// Its version.
        found: String,
        /// The oldest that will do.
        needed: u32,
    },
    /// A newer strowger has written it.
    #[error(
        "{at} has schema version {found} ({name}), this strowger knows versions up to {known}: run the newer strowger that made it, or give this one its own database"
    )]
    NewerSchema {
        /// Where.
        at: String,
        /// The newest migration there.
        found: i32,
        /// What it is called.
        name: String,
        /// The newest version that this program knows.
        known: i32,
    },
    /// The schema is not there yet, or an older one, and this was only a question.
    #[error(
        "{at} has schema version {found}, this strowger needs {needed}: start the daemon, or run `strowger users import`, as a user who may create tables there"
    )]
    OlderSchema {
        /// Where.
        at: String,
        /// 0: none at all.
        found: i32,
        /// What is needed.
        needed: i32,
    },
    /// The schema's history differs from this program's.
    #[error(
        "{at}: migration {version} was another one than this strowger's: run the strowger that made this database, or use another database"
    )]
    OtherHistory {
        /// Where.
        at: String,
        /// The migration.
        version: i32,
    },
}

impl PostgresError {
    /// Whether the same may succeed later without anybody's doing anything about it: the server is away, busy, full or out of turn.
    /// False: the statement, its data or the configuration must change first.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Broken { .. } => true,
            Self::Unreachable { passing, .. } => *passing,
            Self::Refused { code, .. } => passes(code),
            _ => false,
        }
    }

    /// Whether what was sent is at fault, and would be refused again whenever it is sent.
    pub fn is_about_the_data(&self) -> bool {
        match self {
            // 22: values, 23: constraints, 54: limits, such as a text that no index can hold.
            Self::Refused { code, .. } => ["22", "23", "54"].contains(&code.code().get(..2).unwrap_or_default()),
            Self::Unfit { .. } => true,
            _ => false,
        }
    }

    /// An answer of the server or its lack.
    pub(super) fn of(at: &str, doing: &'static str, error: &tokio_postgres::Error) -> Self {
        let at = at.to_owned();
        if let Some(refusal) = error.as_db_error() {
            let detail = refusal.detail().map_or_else(String::new, |detail| format!(" ({detail})"));
            let message = format!("{}{detail}", refusal.message());
            return Self::Refused { at, doing, code: refusal.code().clone(), message };
        }
        // What cannot be sent or read has a cause; without one the server's answers are not those of its protocol.
        if error.is_closed() || error.source().is_none_or(<dyn Error>::is::<std::io::Error>) {
            return Self::Broken { at, doing, why: chain(error) };
        }
        Self::Unfit { at, doing, why: chain(error) }
    }

    /// No connection from the pool.
    pub(super) fn unreachable(at: &str, error: &PoolError) -> Self {
        let at = at.to_owned();
        let refusal = match error {
            PoolError::Backend(error) => error.as_db_error(),
            _ => None,
        };
        if let Some(refusal) = refusal {
            let code = refusal.code();
            let why = refusal.message().to_owned();
            return Self::Unreachable { at, why, to_do: advice(code), passing: passes(code) };
        }
        match error {
            PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => Self::Unreachable {
                at,
                why: "all connections are in use".to_owned(),
                to_do: "allow more connections, or wait",
                passing: true,
            },
            PoolError::Timeout(_) => Self::Unreachable { at, why: "no answer in time".to_owned(), to_do: AWAY, passing: true },
            PoolError::Backend(error) => {
                let why = chain(error);
                // What the server's certificate lacks is no matter of waiting.
                let is_tls = why.contains("certificate") || why.contains("TLS") || why.contains("tls");
                let is_password = why.contains("password");
                let to_do = match (is_tls, is_password) {
                    (true, _) => "check the certificates, `ca_file` and `server_name`, and that the server speaks TLS (`ssl = on`)",
                    (_, true) => "configure the password that the server asks for",
                    _ => AWAY,
                };
                Self::Unreachable { at, why, to_do, passing: !is_tls && !is_password }
            }
            other => Self::Unreachable { at, why: other.to_string(), to_do: AWAY, passing: true },
        }
    }
}

const AWAY: &str = "is the server running, and does it listen there for this machine (listen_addresses, pg_hba.conf, firewall)?";

/// An error with what lies beneath it, each said once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}

/// What ends by itself: connections, resources, the operator's stop, and being out of turn.
fn passes(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    let code = code.code();
    matches!(class, "08" | "40" | "53" | "57" | "58" | "55" | "25") || matches!(code, "XX000")
}

/// What to do when PostgreSQL refuses.
fn advice(code: &SqlState) -> &'static str {
    let class = code.code().get(..2).unwrap_or_default();
    match (code.code(), class) {
        ("28P01" | "28000", _) => "check user and password, and the server's pg_hba.conf",
        ("3D000", _) => "create the database, or name another in the URL",
        ("42501", _) => "give the user the rights on the database that the guide on storage names",
        ("0A000" | "58P01", _) => "install PostgreSQL's contrib modules on the server (btree_gist is needed)",
        ("53300", _) => "raise max_connections on the server, or lower the number of connections here",
        ("53100", _) => "make room on the disk of the server",
        ("57014", _) => "the server took too long: look at its load and locks, or allow more time",
        ("57P01" | "57P02" | "57P03", _) => "the server is starting or stopping: wait",
        ("25006", _) => "this is a standby or is read-only: name the primary in the URL",
        (_, "40" | "55") => "another transaction was in the way: try again",
        (_, "22" | "23") => "nothing was changed",
        (_, "42") => "the schema is not as strowger made it: restore it, or use another database",
        _ => "see the server's log",
    }
}
