//! The journal of each PBX: out of one state directory, and into another that has none of that PBX.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::TransferError;
use super::export::Export;
use super::import::{DOING, Import, Lines};
use super::line::{Alive, Line, State};
use crate::spool::journal;
use crate::store::Doing;

impl Export<'_> {
    /// All of it, PBX by PBX.
    pub(super) fn journals(&mut self) -> Result<(), TransferError> {
        let sql = "SELECT pbx FROM checkpoints UNION SELECT pbx FROM liveness UNION SELECT pbx FROM journal ORDER BY pbx";
        let names = || -> rusqlite::Result<Vec<String>> { self.connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect() };
        let pbxs = match names() {
            Ok(pbxs) => pbxs,
            Err(error) => {
                self.exported
                    .damage
                    .push(format!("the journal cannot be read ({error}): calls that were open begin anew at the next resync"));
                Vec::new()
            }
        };
        for pbx in pbxs {
            // Half a journal would tell calls wrongly: all of it or none.
            let recovered = match journal::recover_in(self.connection, self.path, &pbx) {
                Ok(recovered) => recovered,
                Err(error) => {
                    let lost = "calls of this PBX that were open begin anew at the next resync";
                    self.exported.damage.push(format!("the journal of PBX {pbx:?} cannot be read ({error}): {lost}"));
                    continue;
                }
            };
            self.exported.pbxs += 1;
            if let Some(state) = &recovered.checkpoint {
                self.line(&Line::Checkpoint(State::of(&pbx, state)))?;
            }
            for event in &recovered.events {
                self.exported.events += 1;
                self.line(&Line::Event(State::of(&pbx, event)))?;
            }
            if let Some(at) = recovered.last_alive {
                self.line(&Line::Alive(Alive { pbx, at }))?;
            }
        }
        Ok(())
    }
}

impl Import<'_> {
    /// Whether that PBX's journal is to be taken over.
    fn takes_journal(&mut self, pbx: &str) -> bool {
        let takes = !self.there.contains(pbx);
        let told = if takes { &mut self.taken } else { &mut self.left };
        if !told.contains(pbx) {
            told.insert(pbx.to_owned());
        }
        takes
    }

    pub(super) fn checkpoint(&mut self, state: &State, lines: &Lines<'_>) -> Result<(), TransferError> {
        if !self.takes_journal(&state.pbx) {
            return Ok(());
        }
        let bytes = state.bytes().map_err(|error| lines.refused(&error))?;
        let sql = "INSERT INTO checkpoints (pbx, state) VALUES (?1, ?2)";
        self.connection.execute(sql, params![state.pbx, bytes]).doing(self.path, DOING)?;
        Ok(())
    }

    pub(super) fn event(&mut self, state: &State, lines: &Lines<'_>) -> Result<(), TransferError> {
        if !self.takes_journal(&state.pbx) {
            return Ok(());
        }
        let event = state.bytes().map_err(|error| lines.refused(&error))?;
        let length = u32::try_from(event.len()).map_err(|error| lines.refused(&error))?;
        let body: Vec<u8> = length.to_le_bytes().into_iter().chain(event).collect();
        let sql = "INSERT INTO journal (pbx, events, body) VALUES (?1, 1, ?2)";
        self.connection.prepare_cached(sql).and_then(|mut insert| insert.execute(params![state.pbx, body])).doing(self.path, DOING)?;
        Ok(())
    }

    pub(super) fn alive(&mut self, alive: &Alive) -> Result<(), TransferError> {
        if self.takes_journal(&alive.pbx) {
            let sql = "INSERT INTO liveness (pbx, alive_at) VALUES (?1, ?2) \
                ON CONFLICT (pbx) DO UPDATE SET alive_at = max(alive_at, excluded.alive_at)";
            self.connection.execute(sql, params![alive.pbx, alive.at.as_micros()]).doing(self.path, DOING)?;
        }
        Ok(())
    }
}

/// PBXs that have one.
pub(super) fn with_journal(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    connection.prepare("SELECT pbx FROM checkpoints UNION SELECT pbx FROM journal")?.query_map([], |row| row.get(0))?.collect()
}
