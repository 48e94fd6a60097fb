//! What can go wrong with the state directory and the database: what, where, what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use uuid::Uuid;

/// A refusal of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The state directory cannot be used as it is.
    #[error("state directory {}: {what} ({source}); {facts}: {to_do}", path.display())]
    StateDirectory {
        /// The directory.
        path: PathBuf,
        /// What could not be done.
        what: &'static str,
        /// Whose it is, its mode, and who asks.
        facts: String,
        /// What to do.
        to_do: String,
        /// The system's answer.
        source: io::Error,
    },
    /// Another daemon works there.
    #[error("state directory {}: another strowger daemon works there ({holder}): stop it first, or give this one its own state directory", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// `process 1234`, or that it left no number.
        holder: String,
    },
    /// Nothing was ever stored there.
    #[error("no database at {}: check the state directory in the configuration; the daemon and `strowger users import` create it", path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
    },
    /// The file is some other program's.
    #[error("{} is not a strowger database ({why}): move it away, or set another state directory", path.display())]
    Foreign {
        /// The database file.
        path: PathBuf,
        /// How that shows.
        why: String,
    },
    /// A newer strowger has written it.
    #[error(
        "{} has schema version {found}, this strowger knows versions up to {known}: run the newer strowger that wrote it, or restore the copy from before that upgrade",
        path.display()
    )]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// The file's version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The schema's history differs from this program's.
    #[error("{}: migration {version} was another one than this strowger's: run the strowger that made this file, or restore a copy", path.display())]
    OtherHistory {
        /// The database file.
        path: PathBuf,
        /// The migration.
        version: i64,
    },
    /// The integrity check failed.
    #[error(
        "{} is damaged ({detail}): stop strowger, keep a copy of the file, then restore a backup or try `sqlite3 {0} .recover`",
        path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// SQLite's first finding.
        detail: String,
    },
    /// SQLite refuses.
    #[error("{}: cannot {doing}: {source}: {}", path.display(), advice(source))]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// SQLite's answer.
        source: rusqlite::Error,
    },
    /// What was stored cannot be read back.
    #[error("{}: {what} cannot be read back ({detail}): run `strowger check`, keep the file and report this", path.display())]
    Unreadable {
        /// The database file.
        path: PathBuf,
        /// Which row.
        what: String,
        /// Why not.
        detail: String,
    },
    /// A record cannot be written as JSON.
    #[error("call {id} cannot be written as JSON: {source}: report this")]
    Unwritable {
        /// The call.
        id: Uuid,
        /// Why not.
        source: serde_json::Error,
    },
    /// PostgreSQL refuses, or cannot be reached.
    #[error(transparent)]
    Postgres(#[from] super::postgres::PostgresError),
    /// Nobody is called that.
    #[error("no user {wanted:?}{}: give a name, an email or an id as `strowger users` lists them", suggestion.as_ref().map_or_else(String::new, |close| format!(" (did you mean {close:?}?)")))]
    UnknownUser {
        /// As asked.
        wanted: String,
        /// The closest name or email.
        suggestion: Option<String>,
    },
    /// Several are called that.
    #[error("several users are called {wanted:?}: {}: give one of these ids, or the email", candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    AmbiguousUser {
        /// As asked.
        wanted: String,
        /// Their ids.
        candidates: Vec<Uuid>,
    },
    /// No sink of that name was ever registered.
    #[error("{}: no sink {sink:?} is registered: the daemon registers those that are configured when it starts", path.display())]
    UnknownSink {
        /// The database file.
        path: PathBuf,
        /// As asked.
        sink: String,
    },
    /// Several calls begin with that id.
    #[error("call {prefix:?} could be any of {}: write more of it", candidates.iter().map(Uuid::to_string).collect::<Vec<_>>().join(", "))]
    AmbiguousCall {
        /// As asked.
        prefix: String,
        /// The first few.
        candidates: Vec<Uuid>,
    },
    /// That cannot be the beginning of a call's id.
    #[error("{prefix:?} is not a call id: write the id, or its first characters, as `strowger calls` shows it")]
    NotACallId {
        /// As asked.
        prefix: String,
    },
}

impl StoreError {
    /// The same refusal of SQLite with where and what for; damage is told as damage.
    pub(crate) fn sqlite(path: &Path, doing: &'static str, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path: path.to_owned(), detail: source.to_string() },
            Some(ErrorCode::NotADatabase) => Self::Foreign { path: path.to_owned(), why: source.to_string() },
            _ => Self::Sqlite { path: path.to_owned(), doing, source },
        }
    }
}

/// What to do when SQLite refuses.
pub(crate) fn advice(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "make room on the disk of the state directory",
        Some(ErrorCode::SystemIoFailure) => "check the disk of the state directory, its free space and the kernel's messages",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another process holds the database: end it, or wait until it is done",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "run as the user that owns the state directory and its files",
        Some(ErrorCode::CannotOpen) => "check that the state directory is there and belongs to this user",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "keep a copy of the file, then restore a backup",
        Some(ErrorCode::ConstraintViolation) => "nothing was changed",
        Some(ErrorCode::OutOfMemory) => "give the process more memory",
        _ => "report this",
    }
}

/// Says what was tried when SQLite refuses.
pub(crate) trait Doing<T> {
    /// Attaches the file and the attempt.
    fn doing(self, path: &Path, doing: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for rusqlite::Result<T> {
    fn doing(self, path: &Path, doing: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::sqlite(path, doing, source))
    }
}
