//! What the writer reports.

use std::time::Duration;

use crate::record::CallRecord;
use crate::telephony::Time;

/// A fact from the writer.
#[derive(Clone, PartialEq, Debug)]
pub enum Report {
    /// This is on disk.
    Committed(Committed),
    /// Writing began to fail, or works again.
    State(State),
}

/// What one commit made durable.
#[derive(Clone, PartialEq, Debug)]
pub struct Committed {
    /// The records, in the order in which they were handed in.
    pub records: Vec<Durable>,
    /// How many entries.
    pub entries: usize,
    /// How long the one that waited longest waited, from being handed in to being durable.
    pub waited_max: Duration,
    /// How long the commit took.
    pub took: Duration,
    /// How many events are in the journal since the last checkpoints.
    pub journal_events: u64,
    /// How much waits for the next commit.
    pub queued: usize,
}

/// A record that is on disk.
#[derive(Clone, PartialEq, Debug)]
pub struct Durable {
    /// The record.
    pub record: CallRecord,
    /// From being handed in to being durable.
    pub waited: Duration,
}

/// How writing goes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum State {
    /// As it should.
    #[default]
    Ok,
    /// The disk refuses, or the outbox is full. Everything is kept and tried again; whoever hands in waits once the queue is full.
    Stalled {
        /// Since when.
        since: Time,
        /// What was refused or is full, how, and what to do.
        error: String,
        /// What to do, alone.
        to_do: &'static str,
    },
}
