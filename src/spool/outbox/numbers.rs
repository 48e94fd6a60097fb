//! Who numbers: a database file, which goes by another name after an older copy of it was put back. Its numbers run on, and each belongs to
//! the name under which it was given.

use rusqlite::Connection;

use super::{Place, signed};

/// By what names numbers go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sources {
    current: String,
    /// In order.
    earlier: Vec<Earlier>,
}

/// A name by which numbers went that were given before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::spool) struct Earlier {
    pub(in crate::spool) source: String,
    /// Numbers of the outbox up to here.
    pub(in crate::spool) seq: i64,
    /// Numbers of calls up to here.
    pub(in crate::spool) call: i64,
}

impl Sources {
    /// All numbers go by one name.
    pub fn one(source: &str) -> Self {
        Self { current: source.to_owned(), earlier: Vec::new() }
    }

    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let current = connection.query_row("SELECT source FROM outbox_head", [], |row| row.get(0))?;
        Ok(Self { current, earlier: earlier(connection)? })
    }

    /// By which name numbers go that are given now.
    pub fn current(&self) -> &str {
        &self.current
    }

    /// By which name that number goes.
    pub fn of(&self, place: Place) -> &str {
        let is_of = |earlier: &&Earlier| match place {
            Place::History(call) => signed(call) <= earlier.call,
            Place::Sequence(seq) => signed(seq) <= earlier.seq,
        };
        self.earlier.iter().find(is_of).map_or(&self.current, |earlier| &earlier.source)
    }

    /// Whether numbers went by another name before.
    pub fn is_renumbered(&self) -> bool {
        !self.earlier.is_empty()
    }

    /// Whether numbers went by that name before.
    pub fn was(&self, source: &str) -> bool {
        self.earlier.iter().any(|earlier| earlier.source == source)
    }
}

/// The names before the present one, in order.
pub(in crate::spool) fn earlier(connection: &Connection) -> rusqlite::Result<Vec<Earlier>> {
    let mut statement = connection.prepare("SELECT source, seq, call FROM earlier_sources ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok(Earlier { source: row.get(0)?, seq: row.get(1)?, call: row.get(2)? }))?;
    rows.collect()
}

/// The greatest number that a call had of which somebody may know; also in a file of an older version.
pub(in crate::spool) fn calls_upto(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT max(coalesce((SELECT max(seq) FROM calls), 0), coalesce((SELECT value FROM meta WHERE key = 'calls_upto'), 0), \
        coalesce((SELECT max(history_until) FROM sinks), 0), coalesce((SELECT max(seq) FROM quarantine WHERE history = 1), 0))";
    connection.query_row(sql, [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_goes_by_the_name_under_which_it_was_given() {
        let earlier = |source: &str, seq, call| Earlier { source: source.to_owned(), seq, call };
        let sources = Sources { current: "c".to_owned(), earlier: vec![earlier("a", 3, 10), earlier("b", 5, 10)] };
        let of = |numbers: std::ops::RangeInclusive<u64>, place: fn(u64) -> Place| -> String {
            numbers.map(|number| sources.of(place(number))).collect()
        };
        assert_eq!((of(2..=7, Place::Sequence), of(9..=12, Place::History)), ("aabbcc".to_owned(), "aacc".to_owned()));
        assert_eq!((sources.was("b"), sources.was("c"), Sources::one("d").of(Place::Sequence(1))), (true, false, "d"));
    }
}
