//! People and calls in PostgreSQL, 15 and later: one database for a site, or for many.
//!
//! Each id is stored once, in one transaction with all its rows, whoever sends it and how often. Calls are partitioned by month.
//! Everything has its time limit, on the server and here, and every error says where, what and what to do; whether it passes by
//! itself says [`PostgresError::is_passing`].

mod completeness;
mod dossier;
mod erasure;
mod error;
mod history;
mod holds;
mod import;
mod migration;
mod months;
mod people;
mod put;
mod query;
mod receive;
mod retention;
mod rows;
mod seed;
mod settings;
mod time;
mod tls;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deadpool_postgres::{Client, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio::time::timeout;
use tokio_postgres::NoTls;

pub use completeness::{Completeness, CompletenessFilter, Hole, OutOfSight, SiteDay, SiteHeard};
pub use error::PostgresError;
use months::Months;
pub use put::{PutReport, put_in};
pub use receive::{Delivery, NumberedBy, PutAside, Received};
pub use settings::Settings;

use super::ReceivedRecord;
use crate::telephony::Time;

/// What dropping months and moving rows may take at most.
const MAINTENANCE: Duration = Duration::from_hours(1);

/// A few connections to one database; cheap to clone, and connected anew by itself.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
    at: Arc<str>,
    patience: Duration,
    months: Arc<Mutex<Months>>,
}

impl Postgres {
    /// Connects and brings the schema up to date. Several may do so at once.
    pub async fn connect(settings: &Settings) -> Result<Self, PostgresError> {
        let postgres = Self::prepare(settings)?;
        let mut client = postgres.client().await?;
        // Waiting for other starters and making indexes have their own limits.
        migration::migrate(&mut client, &postgres.at).await?;
        drop(client);
        postgres.make_months(std::iter::empty()).await?;
        Ok(postgres)
    }

    /// Connects for questions only: the schema must be there, and nothing is changed.
    pub async fn connect_existing(settings: &Settings) -> Result<Self, PostgresError> {
        let postgres = Self::prepare(settings)?;
        let client = postgres.client().await?;
        postgres.within("read the history of the schema", migration::require(&client, &postgres.at)).await??;
        Ok(postgres)
    }

    /// The pool, without a connection yet. Reads certificate files.
    fn prepare(settings: &Settings) -> Result<Self, PostgresError> {
        let at: Arc<str> = settings.place().into();
        let recycle = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match settings.tls() {
            None => Manager::from_config(settings.config(), NoTls, recycle),
            Some(tls) => {
                let config = tls.client(settings.host());
                let config = config.map_err(|source| PostgresError::TlsSettings { at: at.to_string(), source })?;
                Manager::from_config(settings.config(), tls::Named::new((*config).clone(), tls.server_name), recycle)
            }
        };
        let limit = Some(settings.connect_timeout);
        let pool = Pool::builder(manager)
            .max_size(settings.connections_max.max(1))
            .wait_timeout(limit)
            .create_timeout(limit)
            .recycle_timeout(limit)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| PostgresError::Url(error.to_string()))?;
        // The server is given the chance to say that it took too long, before it is given up.
        let patience = settings.statement_timeout.saturating_add(Duration::from_secs(5));
        Ok(Self { pool, at, patience, months: Arc::default() })
    }

    /// Where, for people.
    pub fn place(&self) -> &str {
        &self.at
    }

    /// Stores finished calls, all of them or, where it fails, none. A call that is there stays, unless its end was uncertain and the
    /// new one's is not; so the same calls may be sent again after any failure. Best in batches of some hundreds.
    pub async fn put(&self, records: &[ReceivedRecord]) -> Result<PutReport, PostgresError> {
        if records.is_empty() {
            return Ok(PutReport::default());
        }
        self.prepare_months(records).await?;
        let mut client = self.client().await?;
        let outcome = timeout(self.patience, put::put(&mut client, records)).await;
        self.judge("store calls", client, self.patience, outcome)
    }

    /// A connection of the pool, for a caller's own transaction.
    pub async fn client(&self) -> Result<Client, PostgresError> {
        self.pool.get().await.map_err(|error| PostgresError::unreachable(&self.at, &error))
    }

    /// Makes the partitions that these calls need, before a caller's own transaction stores them with [`put_in`].
    pub async fn prepare_months(&self, records: &[ReceivedRecord]) -> Result<(), PostgresError> {
        let began = || records.iter().map(|received| received.record().started_at);
        if self.months().missing(began()) { self.make_months(began()).await } else { Ok(()) }
    }

    /// What came of a caller's own work, in our words.
    pub fn refusal(&self, doing: &'static str, error: &tokio_postgres::Error) -> PostgresError {
        PostgresError::of(&self.at, doing, error)
    }

    /// Drops every month of calls that ended at `before` or earlier; how many. What began in them is not taken again.
    pub async fn drop_months_before(&self, before: Time) -> Result<usize, PostgresError> {
        let mut client = self.client().await?;
        let outcome = timeout(MAINTENANCE, months::drop_before(&mut client, before)).await;
        let dropped = self.judge("drop old months", client, MAINTENANCE, outcome)?;
        *self.months() = Months::default();
        Ok(dropped)
    }

    /// Makes the partitions that are missing for these calls and for the months ahead.
    async fn make_months(&self, began: impl Iterator<Item = Time>) -> Result<(), PostgresError> {
        let wanted = months::of(began);
        let mut client = self.client().await?;
        let outcome = timeout(self.patience, months::make(&mut client, &wanted)).await;
        *self.months() = self.judge("make the month's partitions", client, self.patience, outcome)?;
        Ok(())
    }

    async fn within<T>(&self, doing: &'static str, work: impl Future<Output = T>) -> Result<T, PostgresError> {
        let late = |_| PostgresError::TimedOut { at: self.at.to_string(), doing, after: self.patience };
        timeout(self.patience, work).await.map_err(late)
    }

    /// What came of the work on that connection, which goes back to the pool unless something failed on it: where a COPY is refused before it
    /// begins, the server answers once more than the driver expects, and whoever had the connection next would take that for theirs.
    fn judge<T>(
        &self,
        doing: &'static str,
        client: Client,
        after: Duration,
        outcome: Result<Result<T, tokio_postgres::Error>, tokio::time::error::Elapsed>,
    ) -> Result<T, PostgresError> {
        let error = match outcome {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) => PostgresError::of(&self.at, doing, &error),
            Err(_) => PostgresError::TimedOut { at: self.at.to_string(), doing, after },
        };
        drop(Object::take(client));
        Err(error)
    }

    /// Whole at any moment: it is only ever replaced.
    fn months(&self) -> MutexGuard<'_, Months> {
        self.months.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("at", &self.at).finish_non_exhaustive()
    }
}
