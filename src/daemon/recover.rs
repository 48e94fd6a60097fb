//! Where a PBX's calls go on from: the newest checkpoint and the events after it.

use std::sync::Arc;

use super::people::People;
use crate::engine::{CheckpointError, Engine, Outcome};
use crate::record::Naming;
use crate::spool::{Entry, Recovered};
use crate::telephony::{Stamped, Time};
use crate::tracker::Limits;

/// Why the journal is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecoverError {
    /// The state cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// An event cannot be read.
    #[error(
        "event {number} of PBX {pbx:?} in the journal cannot be read; it was written by another version: run that version once more, and stop it properly"
    )]
    Event {
        /// Which PBX.
        pbx: String,
        /// Which event since the checkpoint.
        number: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// An engine that stands where the last process stood.
#[derive(Debug)]
pub(super) struct Resumed {
    pub(super) engine: Engine,
    /// How many events came after the checkpoint.
    pub(super) events: usize,
    /// When the PBX was last in sight; `None`: never.
    pub(super) last_alive: Option<Time>,
    /// What has to be journaled first: that the PBX has been out of sight since.
    pub(super) first: Option<Entry>,
}

/// Plays the journal. Records that come of it are on disk already: they were written with the event that finished them.
pub(super) fn resume(
    pbx: &Arc<str>,
    naming: Naming,
    recovered: &Recovered,
    people: &People,
    index: usize,
) -> Result<Resumed, RecoverError> {
    let directory = people.of(index);
    let mut outcomes = Vec::new();
    let mut last_alive = recovered.last_alive;
    let mut engine = match &recovered.checkpoint {
        Some(checkpoint) => Engine::restored(naming, Limits::default(), checkpoint)?,
        None => Engine::new(naming, Limits::default()),
    };
    for (index, bytes) in recovered.events.iter().enumerate() {
        let stamped: Stamped =
            serde_json::from_slice(bytes).map_err(|source| RecoverError::Event { pbx: pbx.to_string(), number: index + 1, source })?;
        engine.handle(&stamped, &directory, &mut outcomes);
        outcomes.clear();
        last_alive = last_alive.max(Some(stamped.at));
    }
    let was_here = recovered.checkpoint.is_some() || !recovered.events.is_empty();
    let mut first = None;
    if let (true, Some(at)) = (was_here, last_alive) {
        let lost = Engine::resume(at);
        engine.handle(&lost, &directory, &mut outcomes);
        let gap = |outcome| if let Outcome::Gap(gap) = outcome { Some(gap) } else { None };
        let gaps = outcomes.into_iter().filter_map(gap).collect();
        let event = serde_json::to_vec(&lost).map_err(|source| RecoverError::Event { pbx: pbx.to_string(), number: 0, source })?;
        first = Some(Entry { pbx: Arc::clone(pbx), event, records: Vec::new(), gaps });
    }
    Ok(Resumed { engine, events: recovered.events.len(), last_alive, first })
}
