//! Reading a table by its numbers around pages that are damaged.

use rusqlite::{Connection, OptionalExtension, Row, Statement};

/// Walks the rows of `table` with numbers from `from` to `to`, in order. `take` is given each row with its number first; what
/// cannot be read goes to `missing` as a span of numbers.
pub(super) fn walk<E: From<rusqlite::Error>>(
    connection: &Connection,
    (table, columns): (&str, &str),
    (from, to): (i64, i64),
    mut take: impl FnMut(&Row<'_>) -> Result<(), E>,
    mut missing: impl FnMut(i64, i64, &rusqlite::Error) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows = connection.prepare(&format!("SELECT {columns} FROM {table} WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq"))?;
    let mut probe = connection.prepare(&format!("SELECT {columns} FROM {table} WHERE seq >= ?1 ORDER BY seq LIMIT 1"))?;
    let mut next = from;
    while next <= to {
        let Some(error) = until_damage(&mut rows, &mut next, to, &mut take)? else { return Ok(()) };
        let good = first_good(&mut probe, next, to);
        missing(next, good - 1, &error)?;
        next = good;
    }
    Ok(())
}

/// `next` is then the first number that was not taken. `None`: everything was.
fn until_damage<E: From<rusqlite::Error>>(
    statement: &mut Statement<'_>,
    next: &mut i64,
    to: i64,
    take: &mut impl FnMut(&Row<'_>) -> Result<(), E>,
) -> Result<Option<rusqlite::Error>, E> {
    let mut rows = match statement.query([*next, to]) {
        Ok(rows) => rows,
        Err(error) => return Ok(Some(error)),
    };
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(None),
            Err(error) => return Ok(Some(error)),
        };
        let seq: i64 = match row.get(0) {
            Ok(seq) => seq,
            Err(error) => return Ok(Some(error)),
        };
        take(row)?;
        *next = seq + 1;
    }
}

/// The first number after `bad` from which something can be read, or the one beyond `to`.
fn first_good(probe: &mut Statement<'_>, bad: i64, to: i64) -> i64 {
    let mut readable = |seq: i64| seq > to || probe.query_row([seq], |row| row.get::<_, i64>(0)).optional().is_ok();
    let (mut low, mut step) = (bad, 1);
    let mut high = loop {
        let seq = low.saturating_add(step);
        if readable(seq) {
            break seq.min(to + 1);
        }
        (low, step) = (seq, step.saturating_mul(2));
    };
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if readable(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
