//! How a sink stands, and what happens to it.

use std::time::Duration;

use crate::spool::outbox::Depth;
use crate::telephony::Time;

/// Where a sink stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nothing waits.
    Idle,
    /// Something is being delivered.
    Delivering,
    /// The destination fails; it is tried again later.
    Failing,
    /// The destination refuses one more message than the quarantine takes; it goes on when there is room there.
    QuarantineFull,
    /// Nothing is tried until somebody enables it.
    Disabled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Idle, Self::Delivering, Self::Failing, Self::QuarantineFull, Self::Disabled];

    /// As metrics, health and commands call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Delivering => "delivering",
            Self::Failing => "failing",
            Self::QuarantineFull => "quarantine_full",
            Self::Disabled => "disabled",
        }
    }

    /// By its name; `None` for what a newer program wrote.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How a sink stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// Its type, as the configuration calls it.
    pub kind: String,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: Time,
    /// What waits.
    pub depth: Depth,
    /// Messages in quarantine.
    pub quarantined: u64,
    /// Failures in a row.
    pub failures: u32,
    /// Messages delivered since the start of the process.
    pub delivered: u64,
    /// When something was delivered last.
    pub delivered_at: Option<Time>,
    /// The last error, and when.
    pub last_error: Option<(Time, String)>,
    /// When the destination is tried again, to be shown: what is waited for is kept by the monotonic clock.
    pub next_try_at: Option<Time>,
}

impl Status {
    /// Of a sink that has done nothing yet.
    pub fn new(name: &str, kind: &str, now: Time) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            state: State::Idle,
            since: now,
            depth: Depth::default(),
            quarantined: 0,
            failures: 0,
            delivered: 0,
            delivered_at: None,
            last_error: None,
            next_try_at: None,
        }
    }

    /// It stands there now, since `now` unless it did before.
    pub(super) fn enter(&mut self, state: State, now: Time) {
        if self.state != state {
            (self.state, self.since) = (state, now);
        }
        if !matches!(state, State::Failing | State::QuarantineFull) {
            self.next_try_at = None;
        }
    }
}

/// Something happened to a sink.
#[derive(Debug)]
pub enum Report<'a> {
    /// How it stands; comes every second or two.
    Status(&'a Status),
    /// A batch is handed to the destination.
    Attempted,
    /// So many messages were delivered.
    Delivered {
        /// Which sink.
        sink: &'a str,
        /// How many.
        count: u64,
    },
    /// The destination failed, and is tried again after `wait`.
    Failed {
        /// Which sink.
        sink: &'a str,
        /// What happened.
        why: &'a str,
        /// How long until the next attempt.
        wait: Duration,
        /// Failures in a row, this one included.
        failures: u32,
    },
    /// The destination works again.
    Recovered {
        /// Which sink.
        sink: &'a str,
    },
    /// A message was put aside.
    Quarantined {
        /// Which sink.
        sink: &'a str,
        /// Which message.
        message_id: &'a str,
        /// Why.
        why: &'a str,
    },
    /// A message is to be put aside, and there is no room.
    QuarantineFull {
        /// Which sink.
        sink: &'a str,
        /// Which message, why, and what to do.
        why: &'a str,
        /// It was not so before.
        is_news: bool,
    },
    /// There is room again.
    QuarantineHasRoom {
        /// Which sink.
        sink: &'a str,
    },
    /// The destination wants nothing more.
    Disabled {
        /// Which sink.
        sink: &'a str,
        /// What it says.
        why: &'a str,
    },
}
