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

    /// The two, made when they are asked for: for tests that are long enough to run apart.
    pub(crate) fn lazy() -> [fn() -> Self; 2] {
        [Self::sqlite, Self::postgres]
    }

    /// Every value of every table, as text; of PostgreSQL of all sites.
    pub(crate) fn dump(&self, store: &Archive) -> String {
        match (store, &self.server) {
            (Archive::Sqlite(store), _) => dump(&rusqlite::Connection::open(store.path()).expect("opens")),
            (Archive::Postgres(_), Some(server)) => {
                let names = server.sql("calls", "SELECT tablename FROM pg_tables WHERE schemaname = 'public'").expect("listed");
                let rows = |name: &str| server.sql("calls", &format!("SELECT t::text FROM \"{name}\" AS t")).expect("read");
                names.lines().map(rows).collect::<Vec<_>>().join("\n")
            }
            (Archive::Postgres(_), None) => panic!("no server"),
        }
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

/// Every value of every table of SQLite, as text.
pub(crate) fn dump(connection: &rusqlite::Connection) -> String {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let mut tables = connection.prepare(tables).expect("asked");
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).and_then(Iterator::collect).expect("read");
    let mut text = String::new();
    for name in names {
        let mut rows = connection.prepare(&format!("SELECT * FROM \"{name}\"")).expect("asked");
        let columns = rows.column_count();
        let mut rows = rows.query([]).expect("asked");
        while let Some(row) = rows.next().expect("read") {
            for column in 0..columns {
                match row.get_ref(column).expect("read") {
                    rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                        text.push_str(&String::from_utf8_lossy(bytes));
                    }
                    rusqlite::types::ValueRef::Integer(number) => text.push_str(&number.to_string()),
                    rusqlite::types::ValueRef::Real(_) | rusqlite::types::ValueRef::Null => {}
                }
                text.push('\n');
            }
        }
    }
    text
}
