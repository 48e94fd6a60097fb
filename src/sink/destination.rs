//! What a destination does, and how it answers: the only part that differs from sink to sink.

use std::future::Future;
use std::time::Duration;

use crate::spool::outbox::Entry;

/// Where records go.
pub trait Sink: Send {
    /// How much is handed over at once.
    fn batch(&self) -> Batch;

    /// Delivers the first of the batch, as many as it can, in order; never empty. What is counted as delivered is safe there.
    ///
    /// May be dropped at any moment: what it did not report is delivered again.
    fn deliver(&mut self, batch: &[Entry], source: Source) -> impl Future<Output = Progress> + Send;
}

/// How much is handed over at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Most entries.
    pub rows_max: usize,
    /// Most bytes of JSON, but for a single entry that is longer.
    pub bytes_max: usize,
}

/// How far a batch got.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Progress {
    /// So many of its first entries are delivered.
    pub delivered: usize,
    /// What holds up the next one; `None`: go on at once.
    pub failure: Option<Failure>,
}

/// What holds an entry up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The destination fails; it may work later.
    Retry {
        /// As the destination asks; the loop's own wait if that is longer.
        after: Option<Duration>,
        /// It refused this entry and may take others.
        only_this: bool,
        /// What happened.
        why: String,
    },
    /// The destination will never take this entry.
    Poisoned {
        /// What it says.
        why: String,
    },
    /// The destination wants nothing more: nothing is tried until somebody enables it.
    Disabled {
        /// What it says.
        why: String,
    },
}

/// Where a batch came from, and so what to do with what was delivered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// It comes by itself, in order.
    Outbox,
    /// It was put aside, and is to be tried again.
    Quarantine,
    /// It is asked for once more.
    Replay,
}
