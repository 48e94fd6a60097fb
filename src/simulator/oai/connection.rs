//! One client: its numbers, options, monitors, and what waits for it.

use std::collections::VecDeque;

use bytes::Bytes;
use smol_str::SmolStr;
use strowger_protocol::oai::{Decoder, Limits, Line, Sequence};

use super::fault::Faults;
use super::monitor::Monitors;
use super::outbox::Outbox;
use super::profile::Profile;
use super::server::Ending;
use crate::telephony::Time;

/// How many commands may wait for their turn; a client that sends more is cut off.
const WAITING_MAX: usize = 1_000;

/// One client.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) decoder: Decoder,
    pub(super) stage: Stage,
    pub(super) outbox: Outbox,
    next: Sequence,
    pub(super) options: Options,
    pub(super) monitors: Monitors,
    /// When the idle timer expires.
    pub(super) idle_at: Time,
    /// Commands that wait for their turn, and since when they may be carried out.
    pub(super) waiting: VecDeque<(Time, Line)>,
    /// A resync that is not over.
    resync: Option<Resync>,
    /// When the last global resync was honoured.
    pub(super) resynced_at: Option<Time>,
    /// Confirmations that come behind the events that their commands cause.
    late: Vec<Vec<u8>>,
    pub(super) faults: Faults,
    /// True: it does not read; what is for it waits.
    pub(super) is_stalled: bool,
    /// Why it is to be closed once what waits for it is sent.
    pub(super) ending: Option<Ending>,
    /// How it called itself at login.
    pub(super) application: SmolStr,
}

/// How far a client is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// Its login frame is due until then.
    Login(Time),
    /// Logged in.
    Open,
    /// It was let down without a word, and waits.
    Ignored,
}

/// What a client may set for itself (OAI reference §1.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Options {
    /// `_NA`: it copes with the loss of a node.
    pub(super) node_aware: bool,
    /// `_XE`: devices are told as `node:extension`.
    pub(super) expanded: bool,
    /// `_AP`: events wait for the confirmation of the command that causes them.
    pub(super) events_wait: bool,
    /// `_USS`: only this node is of interest.
    pub(super) scope: Option<u16>,
}

impl Default for Options {
    fn default() -> Self {
        Self { node_aware: false, expanded: false, events_wait: true, scope: None }
    }
}

#[derive(Debug)]
struct Resync {
    ends: Time,
    /// The RD, without its number.
    end: Vec<u8>,
    /// Live events that come behind it.
    held: Vec<Vec<u8>>,
    bytes: usize,
}

impl Connection {
    pub(super) fn new(at: Time, profile: &Profile) -> Self {
        let limits = Limits { frame_bytes: profile.frame_limit, line_bytes: profile.frame_limit, ..Limits::default() };
        Self {
            decoder: Decoder::for_client(limits),
            stage: Stage::Login(at.plus(profile.login())),
            outbox: Outbox::default(),
            next: Sequence(0),
            options: Options::default(),
            monitors: Monitors::default(),
            idle_at: at.plus(profile.idle()),
            waiting: VecDeque::new(),
            resync: None,
            resynced_at: None,
            late: Vec::new(),
            faults: Faults::default(),
            is_stalled: false,
            ending: None,
            application: SmolStr::default(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open && self.ending.is_none()
    }

    /// The next line is number 000.
    pub(super) fn restart_numbers(&mut self) {
        self.next = Sequence(0);
    }

    /// Sends a line, given without its number: `CF,_NO,…`.
    pub(super) fn line(&mut self, line: &[u8], profile: &Profile) {
        let number = self.number(profile);
        self.push(number, line, profile);
    }

    /// Sends a live event, unless a resync holds it back; or what a fault makes of it.
    pub(super) fn event(&mut self, line: Vec<u8>, profile: &Profile) {
        if let Some(resync) = &mut self.resync {
            resync.bytes += line.len();
            if resync.bytes > profile.output_limit {
                self.end(Ending::TooSlow);
            } else {
                resync.held.push(line);
            }
            return;
        }
        let number = self.number(profile);
        if self.faults.drop > 0 {
            self.faults.drop -= 1;
            return;
        }
        self.push(number, &line, profile);
        if self.faults.double > 0 {
            self.faults.double -= 1;
            self.line(&line, profile);
        }
    }

    /// Sends a confirmation behind the events that follow it, where the client wants it so.
    pub(super) fn late_line(&mut self, line: Vec<u8>) {
        self.late.push(line);
    }

    /// Sends the confirmations that waited for events.
    pub(super) fn flush_late(&mut self, profile: &Profile) {
        for line in std::mem::take(&mut self.late) {
            self.line(&line, profile);
        }
    }

    fn number(&mut self, profile: &Profile) -> Sequence {
        let number = self.next;
        self.next = number.next(Sequence(profile.wire.wrap_to));
        number
    }

    fn push(&mut self, number: Sequence, line: &[u8], profile: &Profile) {
        let mut whole = Vec::with_capacity(4 + line.len());
        whole.extend_from_slice(number.to_string().as_bytes());
        whole.push(b',');
        whole.extend_from_slice(line);
        if self.outbox.line(whole, profile.output_limit).is_err() {
            self.end(Ending::TooSlow);
        }
    }

    pub(super) fn raw(&mut self, bytes: Bytes, profile: &Profile) {
        if self.outbox.raw(bytes, profile.output_limit).is_err() {
            self.end(Ending::TooSlow);
        }
    }

    /// It is to be closed: at once if it does not read, else when it has what waits for it.
    pub(super) fn end(&mut self, why: Ending) {
        self.ending.get_or_insert(why);
    }

    /// A command that arrived.
    pub(super) fn queue(&mut self, line: Line, at: Time) {
        if self.waiting.len() >= WAITING_MAX {
            self.end(Ending::TooManyCommands);
        } else {
            self.waiting.push_back((at.plus(self.faults.delay), line));
        }
    }

    /// The next command whose turn it is.
    pub(super) fn due(&mut self, at: Time) -> Option<Line> {
        if !self.is_open() || self.resync.is_some() {
            return None;
        }
        self.waiting.pop_front_if(|(since, _)| *since <= at).map(|(_, line)| line)
    }

    /// A resync is under way: live events and commands wait until then, when `end` is sent.
    pub(super) fn resync_until(&mut self, ends: Time, end: Vec<u8>) {
        self.resync = Some(Resync { ends, end, held: Vec::new(), bytes: 0 });
    }

    /// Ends a resync whose time has come; what waited goes out.
    pub(super) fn end_resync(&mut self, at: Time, profile: &Profile) {
        if let Some(resync) = self.resync.take_if(|resync| resync.ends <= at) {
            self.line(&resync.end, profile);
            for event in resync.held {
                self.event(event, profile);
            }
        }
    }

    /// Everything as after the login: monitors, options and what waited are gone (OAI reference §1.5).
    pub(super) fn reset(&mut self) {
        self.monitors.clear();
        self.options = Options::default();
        self.resync = None;
        self.waiting.clear();
        self.late.clear();
        self.restart_numbers();
    }

    /// When something is to be done without its client's doing.
    pub(super) fn timeout(&self) -> Option<Time> {
        if self.ending.is_some() {
            return None;
        }
        match self.stage {
            Stage::Login(until) => Some(until),
            Stage::Ignored => None,
            Stage::Open => {
                let turn = match &self.resync {
                    Some(resync) => Some(resync.ends),
                    None => self.waiting.front().map(|(since, _)| *since),
                };
                Some(turn.map_or(self.idle_at, |turn| turn.min(self.idle_at)))
            }
        }
    }
}
