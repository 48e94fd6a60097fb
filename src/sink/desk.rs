//! What the daemon and the commands tell each other of sinks, through tables of the database: how each stands, what was asked by hand.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use super::status::{State, Status};
use crate::spool::outbox::{Body, Depth, Entries, Entry, Place};
use crate::store::{self, Doing as _, StoreError};
use crate::telephony::Time;

/// One connection to the tables; clones share it. Every method blocks.
#[derive(Clone, Debug)]
pub struct Desk {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

/// What was asked of a sink by hand.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Asked {
    /// It is disabled, for this reason.
    pub disabled: Option<String>,
    /// The destination is to be tried now. Told once.
    pub try_now: bool,
}

/// Which calls are to be delivered once more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Again {
    /// Those that began from the one moment until before the other.
    Begun(Time, Time),
    /// Those whose ids begin so.
    Id(String),
}

const READING: &str = "read how the sinks stand";
const WRITING: &str = "write how the sinks stand";

impl Desk {
    /// In the database of a state directory, which must be there.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = store::database_path(directory);
        if !path.exists() {
            return Err(StoreError::Missing { path });
        }
        let connection = store::open_database(&path)?;
        // What is lost here with the power is asked for or shown again; what a command wrote is synced with the next record.
        connection.pragma_update(None, "synchronous", "NORMAL").doing(&path, READING)?;
        Ok(Self { path, connection: Arc::new(Mutex::new(connection)) })
    }

    /// What was asked of the sink.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub fn asked(&self, sink: &str) -> Result<Asked, StoreError> {
        let connection = self.connection();
        let sql = "SELECT disabled, try_now FROM sink_status WHERE sink = ?1";
        let row = |row: &Row<'_>| Ok(Asked { disabled: row.get(0)?, try_now: row.get(1)? });
        let mut statement = connection.prepare_cached(sql).doing(&self.path, READING)?;
        let asked = statement.query_row([sink], row).optional().doing(&self.path, READING)?.unwrap_or_default();
        if asked.try_now {
            let sql = "UPDATE sink_status SET try_now = 0 WHERE sink = ?1";
            connection.execute(sql, [sink]).doing(&self.path, WRITING)?;
        }
        Ok(asked)
    }

    /// Nothing is delivered to the sink any more, for this reason.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn disable(&self, sink: &str, why: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO sink_status (sink, disabled) VALUES (?1, ?2) ON CONFLICT (sink) DO UPDATE SET disabled = excluded.disabled";
        self.write(sql, params![sink, why]).map(drop)
    }

    /// The sink is delivered to, and tried at once.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn enable(&self, sink: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO sink_status (sink, try_now) VALUES (?1, 1) ON CONFLICT (sink) DO UPDATE SET disabled = NULL, try_now = 1";
        self.write(sql, params![sink]).map(drop)
    }

    /// Shows how a sink stands.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn note(&self, status: &Status) -> Result<(), StoreError> {
        let sql = "INSERT INTO sink_status (sink, kind, state, since, failures, delivered, delivered_at, last_error, last_error_at, next_try_at) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (sink) DO UPDATE SET kind = excluded.kind, state = excluded.state, \
            since = excluded.since, failures = excluded.failures, delivered = excluded.delivered, \
            delivered_at = coalesce(excluded.delivered_at, delivered_at), last_error = coalesce(excluded.last_error, last_error), \
            last_error_at = coalesce(excluded.last_error_at, last_error_at), next_try_at = excluded.next_try_at";
        let micros = |time: Option<Time>| time.map(Time::as_micros);
        let (error_at, error) = status.last_error.clone().unzip();
        let values = params![
            status.name,
            status.kind,
            status.state.name(),
            status.since.as_micros(),
            status.failures,
            i64::try_from(status.delivered).unwrap_or(i64::MAX),
            micros(status.delivered_at),
            error,
            micros(error_at),
            micros(status.next_try_at),
        ];
        self.write(sql, values).map(drop)
    }

    /// How the sink stood when that was shown last; `None`: it never ran. Depth and quarantine are not in it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn status(&self, sink: &str) -> Result<Option<Status>, StoreError> {
        let sql = "SELECT kind, state, since, failures, delivered, delivered_at, last_error, last_error_at, next_try_at, disabled \
            FROM sink_status WHERE sink = ?1";
        let connection = self.connection();
        connection.query_row(sql, [sink], |row| status(sink, row)).optional().doing(&self.path, READING)
    }

    /// How many messages are in the sink's quarantine.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn quarantined(&self, sink: &str) -> Result<u64, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT count(*) FROM quarantine WHERE sink = ?1").doing(&self.path, READING)?;
        statement.query_row([sink], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs).doing(&self.path, READING)
    }

    /// Asks for calls to be delivered to this sink once more. How many.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn ask_again(&self, sink: &str, which: &Again) -> Result<usize, StoreError> {
        let sql = "INSERT OR IGNORE INTO sink_replays (sink, call) SELECT ?1, seq FROM calls WHERE ";
        match which {
            Again::Begun(since, until) => {
                let sql = format!("{sql} started_at >= ?2 AND started_at < ?3 ORDER BY seq");
                self.write(&sql, params![sink, since.as_micros(), until.as_micros()])
            }
            Again::Id(id) => self.write(&format!("{sql} substr(id, 1, length(?2)) = ?2 ORDER BY seq"), params![sink, id]),
        }
    }

    /// What is to be delivered once more, in the order in which it was stored: no more than `rows_max` entries, nor than `bytes_max` of
    /// JSON beyond the first one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn replays(&self, sink: &str, rows_max: usize, bytes_max: usize) -> Result<Vec<Entry>, StoreError> {
        let sql = "SELECT calls.seq, ended_at, id, record FROM sink_replays JOIN calls ON calls.seq = sink_replays.call \
            WHERE sink = ?1 ORDER BY calls.seq LIMIT ?2";
        let connection = self.connection();
        let read = || {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![sink, i64::try_from(rows_max).unwrap_or(i64::MAX)])?;
            let mut entries = Entries::up_to(rows_max, bytes_max);
            entries.take(&mut rows, again)?;
            Ok(entries.into_vec())
        };
        read().doing(&self.path, READING)
    }

    /// That was done.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn replayed(&self, sink: &str, places: &[Place]) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&self.path, WRITING)?;
        for place in places {
            let (Place::History(call) | Place::Sequence(call)) = place;
            let sql = "DELETE FROM sink_replays WHERE sink = ?1 AND call = ?2";
            let call = i64::try_from(*call).unwrap_or(i64::MAX);
            transaction.execute(sql, params![sink, call]).doing(&self.path, WRITING)?;
        }
        transaction.commit().doing(&self.path, WRITING)
    }

    /// Forgets a sink that is no longer configured: where it was, what is in its quarantine, what was asked of it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn forget(&self, sink: &str) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&self.path, WRITING)?;
        let gone = transaction.execute("DELETE FROM sinks WHERE name = ?1 AND active = 0", [sink]).doing(&self.path, WRITING)?;
        if gone > 0 {
            for table in ["quarantine", "sink_status", "sink_replays"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE sink = ?1"), [sink]).doing(&self.path, WRITING)?;
            }
        }
        transaction.commit().doing(&self.path, WRITING)
    }

    /// How many calls are still to be delivered once more.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn replays_left(&self, sink: &str) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM sink_replays WHERE sink = ?1";
        self.connection().query_row(sql, [sink], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs).doing(&self.path, READING)
    }

    fn write(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, StoreError> {
        let connection = self.connection();
        connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).doing(&self.path, WRITING)
    }

    /// Nothing is left half done by a panic of its holder: what was begun is rolled back.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn status(sink: &str, row: &Row<'_>) -> rusqlite::Result<Status> {
    let time = |column| row.get::<_, Option<i64>>(column).map(|micros| micros.map(Time::from_micros));
    let disabled: Option<String> = row.get(9)?;
    let known = row.get::<_, Option<String>>(1)?.and_then(|state| State::of(&state)).unwrap_or(State::Idle);
    let error: Option<String> = row.get(6)?;
    Ok(Status {
        name: sink.to_owned(),
        kind: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
        state: match (&disabled, known) {
            (Some(_), _) => State::Disabled,
            (None, State::Disabled) => State::Idle,
            (None, known) => known,
        },
        since: time(2)?.unwrap_or(Time::MIN),
        depth: Depth::default(),
        quarantined: 0,
        failures: row.get(3)?,
        delivered: row.get::<_, i64>(4)?.unsigned_abs(),
        delivered_at: time(5)?,
        last_error: time(7)?.zip(error),
        next_try_at: time(8)?,
    })
}

fn again(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let id: String = row.get(2)?;
    let unreadable = |error: uuid::Error| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, error.into());
    Ok(Entry {
        place: Place::History(row.get::<_, i64>(0)?.unsigned_abs()),
        at: Time::from_micros(row.get(1)?),
        body: Body::Record(id.parse().map_err(unreadable)?),
        message_id: id,
        json: row.get(3)?,
    })
}
