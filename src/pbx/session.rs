//! The shape that every protocol's session has: a state machine without I/O and without a clock.
//!
//! The link feeds it what happens to one connection at a time ([`Session::connected`], [`Session::received`],
//! [`Session::closed`], [`Session::timeout`]) and after each drains [`Session::poll_output`] to the end.
//! A session outlives its connections: what a PBX said before a gap is weighed against what it says after it.
//! What the rest of the program wants to know of the PBX comes as a [`Request`], with or without a connection.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::telephony::{DeviceId, Now, Stamped};

/// One PBX's session, as the link and the replay drive it.
pub trait Session: Send {
    /// A connection is open; nothing was read from it yet.
    fn connected(&mut self, now: Now);
    /// Bytes arrived, in any chunking.
    fn received(&mut self, bytes: Bytes, now: Now);
    /// The connection is gone. `now.wall` is the last sign of life where that is known to be earlier.
    fn closed(&mut self, now: Now);
    /// The moment of [`Session::poll_timeout`] has come (harmless when early).
    fn timeout(&mut self, now: Now);
    /// The program goes: say good-bye where the protocol knows how (a log-off). The link sends what comes of it, waits a moment
    /// for the PBX to close, then closes itself; [`Session::closed`] follows. Without a connection nothing is to be done.
    fn stop(&mut self, now: Now);
    /// The rest of the program wants something. A protocol that has no such question does nothing.
    fn request(&mut self, _request: Request, _now: Now) {}
    /// When [`Session::timeout`] is wanted, on the monotonic clock.
    fn poll_timeout(&self) -> Option<Duration>;
    /// What the session wants done, in order. `None`: nothing more until the next input.
    fn poll_output(&mut self) -> Option<Output>;
}

/// Which protocol a session speaks may be decided by a configuration.
impl<S: Session + ?Sized> Session for Box<S> {
    fn connected(&mut self, now: Now) {
        (**self).connected(now);
    }

    fn received(&mut self, bytes: Bytes, now: Now) {
        (**self).received(bytes, now);
    }

    fn closed(&mut self, now: Now) {
        (**self).closed(now);
    }

    fn timeout(&mut self, now: Now) {
        (**self).timeout(now);
    }

    fn stop(&mut self, now: Now) {
        (**self).stop(now);
    }

    fn request(&mut self, request: Request, now: Now) {
        (**self).request(request, now);
    }

    fn poll_timeout(&self) -> Option<Duration> {
        (**self).poll_timeout()
    }

    fn poll_output(&mut self) -> Option<Output> {
        (**self).poll_output()
    }
}

/// What a session wants done.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// Bytes for the PBX. `shown` is what a capture may keep of them where they hold a secret.
    Send {
        /// The bytes.
        bytes: Bytes,
        /// The same with secrets blanked; `None` where there are none.
        shown: Option<Bytes>,
    },
    /// A telephony event for the tracker.
    Event(Stamped),
    /// Where the session stands now.
    Status(Status),
    /// Something for the log and the counters.
    Notice(Notice),
    /// Which devices ring with a main extension, as the PBX says now.
    Dee(DeeReport),
    /// Close the connection, and connect again: soon (back-off) or only after the long delay of a configuration fault.
    Disconnect(Fault),
}

/// What the rest of the program wants of a session. It holds for all its connections, until the next of the same kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// Ask the PBX which devices ring with these main extensions, now and whenever the answer may have changed.
    DeeMains(Arc<[DeviceId]>),
}

/// The members of one main extension, all of them. It takes the place of what the PBX said of that main before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeeReport {
    /// The extension that is dialled.
    pub main: DeviceId,
    /// The devices that ring with it, in the PBX's order; empty: none.
    pub members: Vec<DeviceId>,
    /// What the PBX was asked.
    pub source: DeeQuerySource,
}

/// What a PBX was asked to learn the members of a main extension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeeQuerySource {
    /// Its list of users, which tells of all mains at once.
    List,
    /// About this one main.
    Query,
}

/// Where a session stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Not connected.
    Down,
    /// Connected, greeting or login under way.
    LoggingIn,
    /// Logged in, reading the present state.
    Resynchronising,
    /// In step with the PBX.
    InStep,
}

/// Why a session gives a connection up.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// The peer is not what the configuration says.
    #[error("{0}")]
    WrongPeer(String),
    /// The PBX refuses user name or secret.
    #[error("{0}")]
    LoginRefused(String),
    /// The connection ended before the login was answered: a protocol without a word for a refusal may mean one, or a network broke it.
    #[error("{0}")]
    ClosedAtLogin(String),
    /// The PBX lacks something that this program cannot do without.
    #[error("{0}")]
    Unusable(String),
    /// No sign of life for too long.
    #[error("{0}")]
    Silent(String),
    /// The PBX says that it goes down.
    #[error("{0}")]
    ShuttingDown(String),
    /// What arrives breaks the limits of the protocol.
    #[error("{0}")]
    Protocol(String),
}

impl Fault {
    /// True for faults that a retry will not mend until somebody changes a configuration: they are retried slowly.
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::WrongPeer(_) | Self::LoginRefused(_) | Self::Unusable(_))
    }
}

/// A fact for the log and the counters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// A message was taken.
    Message {
        /// Its kind, from a closed set: `event`, `response`, `list_item` …
        kind: &'static str,
    },
    /// A line or a message could not be read and was skipped.
    Malformed {
        /// What is wrong with it.
        what: String,
        /// Its first bytes.
        bytes: Bytes,
    },
    /// Something works less well than it could; said once for each connection.
    Degraded(String),
    /// The PBX does not permit what is asked of it; said once for each connection.
    Denied(String),
    /// Something worth knowing.
    Info(String),
}
