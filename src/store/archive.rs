//! Where people and calls are asked for: SQLite in the state directory, or PostgreSQL; the same questions, the same answers.

use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use super::filter::{CallFilter, GroupCount};
use super::postgres::{Postgres, PostgresError, Settings};
use super::{DeeEntry, ImportReport, ReceivedRecord, Store, StoreError, UserEntry};
use crate::directory::{Association, Directory, PeopleFile};
use crate::record::CallRecord;
use crate::telephony::Time;

/// One site's people, and its calls; with PostgreSQL other sites' calls as well. All methods block.
#[derive(Debug)]
pub enum Archive {
    /// In the state directory.
    Sqlite(Store),
    /// On a server.
    Postgres(OnServer),
}

/// PostgreSQL for callers that wait.
#[derive(Debug)]
pub struct OnServer {
    pub(super) postgres: Postgres,
    pub(super) site: String,
    pub(super) runtime: Runtime,
}

impl OnServer {
    /// Connects; `existing`: for questions only, nothing is made there.
    pub fn connect(settings: &Settings, site: &str, existing: bool) -> Result<Self, StoreError> {
        let built = Builder::new_current_thread().enable_all().build();
        let runtime = built.map_err(|error| PostgresError::Unreachable {
            at: settings.place(),
            why: error.to_string(),
            to_do: "this process may open too few files",
            passing: true,
        })?;
        let connect = async { if existing { Postgres::connect_existing(settings).await } else { Postgres::connect(settings).await } };
        let postgres = runtime.block_on(connect)?;
        Ok(Self { postgres, site: site.to_owned(), runtime })
    }
}

impl Archive {
    /// Stores finished calls; see [`Store::put`] and [`Postgres::put`].
    pub fn put(&self, records: &[CallRecord]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.put(records),
            Self::Postgres(OnServer { postgres, runtime, .. }) => {
                let unwritable = |record: &CallRecord, source| StoreError::Unwritable { id: record.id, source };
                let received = records.iter().map(|record| ReceivedRecord::of(record.clone()).map_err(|error| unwritable(record, error)));
                runtime.block_on(postgres.put(&received.collect::<Result<Vec<_>, _>>()?))?;
                Ok(())
            }
        }
    }

    /// The calls that match, newest first.
    pub fn calls(&self, filter: &CallFilter) -> Result<Vec<CallRecord>, StoreError> {
        match self {
            Self::Sqlite(store) => store.calls(filter),
            Self::Postgres(OnServer { postgres, runtime, .. }) => runtime.block_on(postgres.calls(filter)),
        }
    }

    /// The call whose id begins so, with or without hyphens; `None` where there is none.
    pub fn call(&self, prefix: &str) -> Result<Option<CallRecord>, StoreError> {
        match self {
            Self::Sqlite(store) => store.call(prefix),
            Self::Postgres(OnServer { postgres, runtime, .. }) => runtime.block_on(postgres.call(prefix)),
        }
    }

    /// How many of this site's calls that began in this time count for each group; by the groups' names, and only those with calls.
    pub fn count_by_group(&self, since: Option<Time>, until: Option<Time>) -> Result<Vec<GroupCount>, StoreError> {
        match self {
            Self::Sqlite(store) => store.count_by_group(since, until),
            Self::Postgres(OnServer { postgres, site, runtime }) => runtime.block_on(postgres.count_by_group(site, since, until)),
        }
    }

    /// Everybody as of now, sorted by name; those who are gone only if asked for.
    pub fn users(&self, with_gone: bool) -> Result<Vec<UserEntry>, StoreError> {
        match self {
            Self::Sqlite(store) => store.users(with_gone),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.users(site, with_gone))?),
        }
    }

    /// What a user holds and ever held, oldest first.
    pub fn associations(&self, user: Uuid) -> Result<Vec<Association>, StoreError> {
        match self {
            Self::Sqlite(store) => store.associations(user),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.associations(site, user))?),
        }
    }

    /// Every DEE membership ever, by main, then member, oldest first.
    pub fn dee_memberships(&self) -> Result<Vec<DeeEntry>, StoreError> {
        match self {
            Self::Sqlite(store) => store.dee_memberships(),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.dee_memberships(site))?),
        }
    }

    /// Everything known about people, at every moment, with what this PBX says.
    pub fn load_directory_of(&self, pbx: &str) -> Result<Directory, StoreError> {
        match self {
            Self::Sqlite(store) => store.load_directory_of(pbx),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.load_directory_of(site, pbx))?),
        }
    }

    /// The people of the site that a call was at, for what has changed since.
    pub fn people_of_call(&self, record: &CallRecord) -> Result<Directory, StoreError> {
        match self {
            Self::Sqlite(store) => store.load_directory(),
            Self::Postgres(OnServer { postgres, runtime, .. }) => Ok(runtime.block_on(postgres.load_directory_of(&record.site, ""))?),
        }
    }

    /// The site that is asked about where nothing else is said; `None`: there is one only.
    pub fn site(&self) -> Option<&str> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(server) => Some(&server.site),
        }
    }

    /// Changes whenever the people change, whoever changed them.
    pub fn directory_version(&self) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(store) => store.directory_version(),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.directory_version(site))?),
        }
    }

    /// Makes the file the truth from `at` on; see [`Store::import_people`].
    pub fn import_people(&self, file: &PeopleFile, at: Time) -> Result<ImportReport, StoreError> {
        match self {
            Self::Sqlite(store) => store.import_people(file, at),
            Self::Postgres(OnServer { postgres, site, runtime }) => Ok(runtime.block_on(postgres.import_people(site, file, at))?),
        }
    }

    /// How the database would answer, for the test that no question walks through all calls.
    #[doc(hidden)]
    pub fn explain_query(&self, filter: &CallFilter) -> Result<String, StoreError> {
        match self {
            Self::Sqlite(store) => store.explain_query(filter),
            Self::Postgres(OnServer { postgres, runtime, .. }) => runtime.block_on(postgres.explain_query(filter)),
        }
    }

    /// The same for the count by group.
    #[doc(hidden)]
    pub fn explain_count(&self) -> Result<String, StoreError> {
        match self {
            Self::Sqlite(store) => store.explain_count(),
            Self::Postgres(OnServer { postgres, site, runtime }) => runtime.block_on(postgres.explain_count(site)),
        }
    }
}
