//! What can be made to go wrong, for tests and scenarios.

use std::time::Duration;

use bytes::Bytes;

use super::server::ConnectionId;

/// Whom a fault meets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whom {
    /// Every client that is connected now.
    Everyone,
    /// This one.
    One(ConnectionId),
}

/// What goes wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The next so many event lines get their number, and are not sent: a gap.
    DropLines(u32),
    /// The next so many event lines are sent twice, each with its own number.
    DoubleLines(u32),
    /// The connection is closed.
    Cut,
    /// The idle timer expires now (OAI reference §1.5).
    IdleReset,
    /// These bytes come amid the lines, without a frame.
    Garbage(Bytes),
    /// This line comes in a frame, with the next number before it.
    Line(String),
    /// From now on commands are refused: those with this code, or all; [`Fault::Obey`] ends it.
    Refuse {
        /// The code, by example `_MS`; `None`: all but `_NO`.
        command: Option<String>,
        /// The outcome that they meet.
        outcome: u16,
    },
    /// Commands are obeyed again.
    Obey,
    /// From now on commands are carried out so much later; zero: at once.
    Delay(Duration),
    /// From now on commands are neither carried out nor answered; [`Fault::Obey`] ends it.
    Deaf,
}

/// The faults in force at one connection.
#[derive(Clone, Default, Debug)]
pub(super) struct Faults {
    pub(super) drop: u32,
    pub(super) double: u32,
    pub(super) refuse: Option<(Option<String>, u16)>,
    pub(super) delay: Duration,
    pub(super) deaf: bool,
}

impl Faults {
    /// The outcome with which that command is refused.
    pub(super) fn refusal(&self, code: &str) -> Option<u16> {
        match &self.refuse {
            Some((Some(refused), outcome)) if refused == code => Some(*outcome),
            Some((None, outcome)) if code != "_NO" => Some(*outcome),
            _ => None,
        }
    }
}
