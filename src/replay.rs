//! From a capture to records, without a PBX: the session listens passively, its events go through the engine.
//!
//! Time is the capture's own, so that the same capture gives the same records, byte for byte, however its bytes are cut.

use std::sync::Arc;
use std::time::Duration;

use crate::directory::Directory;
use crate::engine::{Engine, Outcome};
use crate::pbx::capture::Entry;
use crate::pbx::session::{Fault, Notice, Output, Session};
use crate::record::{CallRecord, Naming};
use crate::telephony::{Now, Time};
use crate::tracker::{Change, Limits};

/// Counts of one replay.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Bytes from the PBX.
    pub bytes: u64,
    /// Telephony events.
    pub events: u64,
    /// Records made.
    pub records: u64,
    /// Lines and messages that could not be read.
    pub malformed: u64,
    /// Events about connections that are not known.
    pub stray: u64,
    /// Connections that the session gave up.
    pub faults: u64,
}

/// A replay under way.
pub struct Replay<S> {
    session: S,
    engine: Engine,
    directory: Arc<Directory>,
    began: Option<Time>,
    last: Time,
    is_open: bool,
    outcomes: Vec<Outcome>,
    counts: Counts,
    faults: Vec<Fault>,
}

impl<S: Session> Replay<S> {
    /// A replay through a passive session.
    pub fn new(session: S, naming: Naming, directory: Arc<Directory>) -> Self {
        Self {
            session,
            engine: Engine::new(naming, Limits::default()),
            directory,
            began: None,
            last: Time::MIN,
            is_open: false,
            outcomes: Vec::new(),
            counts: Counts::default(),
            faults: Vec::new(),
        }
    }

    /// Takes one line of a capture; finished records are handed to `record`.
    pub fn entry(&mut self, at: Time, entry: Entry, record: &mut impl FnMut(CallRecord)) {
        let now = self.now(at);
        while let Some(due) = self.session.poll_timeout().filter(|due| self.is_open && *due <= now.monotonic) {
            let began = self.began.unwrap_or(at);
            self.session.timeout(Now { wall: began.plus(due), monotonic: due });
            self.drain(record);
            if self.session.poll_timeout() == Some(due) {
                break;
            }
        }
        match entry {
            Entry::Open(_) => {
                self.close(record);
                self.is_open = true;
                self.session.connected(now);
            }
            Entry::In(bytes) => {
                // A rotated capture may begin in the middle of a connection.
                if !self.is_open {
                    self.is_open = true;
                    self.session.connected(now);
                }
                self.counts.bytes += bytes.len() as u64;
                self.last = at;
                self.session.received(bytes, now);
            }
            // What is missing in the capture may be anything: a gap, as a closed connection.
            Entry::Close(_) | Entry::Dropped(_) => self.close(record),
            Entry::Out(_) => {}
        }
        self.drain(record);
    }

    /// The capture is over: what is still open ends by the gap rules at the last sign of life.
    pub fn finish(mut self, record: &mut impl FnMut(CallRecord)) -> (Counts, Vec<Fault>) {
        self.close(record);
        let mut outcomes = std::mem::take(&mut self.outcomes);
        self.engine.close(self.last, &self.directory, &mut outcomes);
        self.outcomes = outcomes;
        self.hand_out(record);
        (self.counts, self.faults)
    }

    fn now(&mut self, at: Time) -> Now {
        let began = *self.began.get_or_insert(at);
        let micros = u64::try_from(at.as_micros().saturating_sub(began.as_micros())).unwrap_or(0);
        Now { wall: at, monotonic: Duration::from_micros(micros) }
    }

    fn close(&mut self, record: &mut impl FnMut(CallRecord)) {
        if std::mem::take(&mut self.is_open) {
            let now = self.now(self.last);
            self.session.closed(now);
            self.drain(record);
        }
    }

    fn drain(&mut self, record: &mut impl FnMut(CallRecord)) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Event(stamped) => {
                    self.counts.events += 1;
                    self.engine.handle(&stamped, &self.directory, &mut self.outcomes);
                }
                Output::Notice(Notice::Malformed { .. }) => self.counts.malformed += 1,
                Output::Disconnect(fault) => {
                    self.counts.faults += 1;
                    if self.faults.len() < 10 {
                        self.faults.push(fault);
                    }
                }
                // What the PBX says while it is captured holds from then on, as it would have live.
                Output::Dee(report) => Arc::make_mut(&mut self.directory).members_reported(&report, self.last),
                Output::Notice(_) | Output::Send { .. } | Output::Status(_) => {}
            }
        }
        self.hand_out(record);
    }

    fn hand_out(&mut self, record: &mut impl FnMut(CallRecord)) {
        for outcome in self.outcomes.drain(..) {
            match outcome {
                Outcome::Record(finished) => {
                    self.counts.records += 1;
                    record(*finished);
                }
                Outcome::Change(Change::Stray) => self.counts.stray += 1,
                Outcome::Change(_) | Outcome::Gap(_) => {}
            }
        }
    }
}
