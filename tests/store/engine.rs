//! The two databases that a store may be: what is promised of one is promised of the other, by the same tests.

use std::cell::Cell;

use strowger::store::postgres::Settings;
use strowger::store::{Archive, OnServer};

use super::support::postgres::PostgresServer;
use super::{directory, open};

/// One kind of database, from which a test may have as many empty stores as it likes.
pub(crate) struct Engine {
    server: Option<PostgresServer>,
    state: tempfile::TempDir,
    given: Cell<usize>,
}

impl Engine {
    fn sqlite() -> Self {
        Self { server: None, state: directory(), given: Cell::new(0) }
    }

    fn postgres() -> Self {
        Self { server: Some(PostgresServer::start().expect("a server")), ..Self::sqlite() }
    }

    pub(crate) fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    /// A store without people; for PostgreSQL another site of one database, the first one `hq`.
    pub(crate) fn fresh(&self) -> Archive {
        let number = self.given.replace(self.given.get() + 1);
        let Some(server) = &self.server else {
            return Archive::Sqlite(open(&self.state.path().join(number.to_string())));
        };
        let settings = Settings::parse(&server.database("calls").expect("a database")).expect("a good URL");
        let site = if number == 0 { "hq".to_owned() } else { format!("site{number}") };
        Archive::Postgres(OnServer::connect(&settings, &site, false).expect("connected"))
    }
}

/// Runs the test on both.
pub(crate) fn on_both(test: impl Fn(&Engine)) {
    for engine in Engine::both() {
        test(&engine);
    }
}

/// SQLite has more that can be looked at.
pub(crate) fn is_sound(archive: &Archive) -> bool {
    match archive {
        Archive::Sqlite(store) => store.check().expect("checked").is_empty(),
        Archive::Postgres(_) => true,
    }
}
