//! One PBX's way from telephony events to call records, in memory: tracker, attribution, record.
//!
//! Pure, as what it is made of. [`Engine::checkpoint`] writes its whole state down; an engine that is [`Engine::restored`] from it and
//! is given the events since makes the same records.

use uuid::Uuid;

use crate::directory::Directory;
use crate::record::{CallRecord, LinkGap, Naming, build};
use crate::telephony::{Event, Scope, Stamped, SwitchCallId, Time};
use crate::tracker::{Change, Limits, Tracker};

/// What came of an event.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// A call is over: its record.
    Record(Box<CallRecord>),
    /// The PBX or a part of it went out of sight, or is in sight again.
    Gap(LinkGap),
    /// Anything else that changed.
    Change(Change),
}

/// One PBX's engine.
#[derive(Debug)]
pub struct Engine {
    naming: Naming,
    tracker: Tracker,
    changes: Vec<Change>,
}

/// A checkpoint cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the checkpoint of PBX {pbx:?} cannot be read; the state directory was written by another version or is damaged")]
pub struct CheckpointError {
    pbx: String,
    #[source]
    source: serde_json::Error,
}

impl Engine {
    /// An engine that knows nothing yet.
    pub fn new(naming: Naming, limits: Limits) -> Self {
        Self { naming, tracker: Tracker::new(limits), changes: Vec::new() }
    }

    /// An engine that goes on where a checkpoint was taken.
    pub fn restored(naming: Naming, limits: Limits, checkpoint: &[u8]) -> Result<Self, CheckpointError> {
        let tracker: Tracker = serde_json::from_slice(checkpoint).map_err(|source| CheckpointError { pbx: naming.pbx.clone(), source })?;
        Ok(Self { naming, tracker: tracker.restored(limits), changes: Vec::new() })
    }

    /// The whole state.
    pub fn checkpoint(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.tracker)
    }

    /// The state, to look at.
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// The id of the record that a call will have, unless it turns out to be part of an older one.
    pub fn record_id(&self, switch_call: &SwitchCallId, began_at: Time) -> Uuid {
        self.naming.record_id(switch_call.as_str(), began_at)
    }

    /// What a restart feeds first: the PBX has been out of sight since the last sign of life.
    pub fn resume(last_sign_of_life: Time) -> Stamped {
        Stamped { at: last_sign_of_life, event: Event::LinkLost { scope: Scope::All } }
    }

    /// Takes one event.
    pub fn handle(&mut self, stamped: &Stamped, directory: &Directory, outcomes: &mut Vec<Outcome>) {
        let mut changes = std::mem::take(&mut self.changes);
        self.tracker.handle(stamped, &mut changes);
        for change in changes.drain(..) {
            outcomes.push(match change {
                Change::CallEnded(call) => Outcome::Record(Box::new(build(&call, &self.naming, directory))),
                Change::SightLost { scope, since } => Outcome::Gap(self.gap(scope, since, None)),
                Change::SightRegained { scope, from, until } => Outcome::Gap(self.gap(scope, from, Some(until))),
                other => Outcome::Change(other),
            });
        }
        self.changes = changes;
    }

    fn gap(&self, scope: Scope, from: Time, until: Option<Time>) -> LinkGap {
        LinkGap {
            site: self.naming.site.clone(),
            pbx: self.naming.pbx.clone(),
            scope,
            from: from.to_millisecond(),
            until: until.map(Time::to_millisecond),
        }
    }

    /// What is still open, as records that end at `at`: for the end of a capture.
    pub fn close(&mut self, at: Time, directory: &Directory, outcomes: &mut Vec<Outcome>) {
        for event in
            [Event::LinkLost { scope: Scope::All }, Event::ResyncBegan { scope: Scope::All }, Event::Resynchronised { scope: Scope::All }]
        {
            self.handle(&Stamped { at, event }, directory, outcomes);
        }
    }
}
