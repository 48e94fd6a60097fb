//! One Mitel system's session: login, startup, sequence check, keep-alive, resync, nodes, lists, DEE.
//!
//! Active, it logs in and asks. Passive (replay), it sends nothing and takes confirmations whatever invoke ids they answer.
//!
//! **Gaps.** What is lost is noticed by the sequence numbers, by an RS that begins anew, by a node's link, by the closed connection.
//! The switchboard is told at once, with the last sign of life, and told again what there is by a resync ([`resync`]).
//! While a resync runs the PBX holds events back and delivers them after its RD, so they may be minutes old. They are taken at
//! their arrival, but the gap lasts until they are through: until a command that was sent after the RD is answered.
//!
//! **Bounds.** Tasks, late answers, remembered lines, lists, monitors and what was said once are bounded each where it is kept;
//! what arrives is bounded by the codec.

mod agent;
mod answer;
mod ask;
mod book;
mod dee;
mod desk;
mod line;
mod login;
mod monitor;
mod node;
mod refresh;
mod resync;
mod sequence;
mod startup;
mod task;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use smol_str::SmolStr;
use strowger_protocol::oai::{Decoder, DeviceType, Extension, Item, Limits, PremiumFeatures, Version};

use super::settings::Settings;
use super::switchboard::Switchboard;
use crate::pbx::session::{self, Fault, Notice, Output, Request, Status};
use crate::telephony::{Event, Now, Time};
use book::Book;
use dee::Members;
use desk::Desk;
use monitor::Monitors;
use node::Nodes;
use refresh::Stale;
use resync::Resync;
use sequence::Numbers;

/// Different things that are said once for each connection at most.
const SAID_MAX: usize = 256;

/// One Mitel system's session.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    passive: bool,
    decoder: Decoder,
    switchboard: Switchboard,
    phase: Phase,
    /// Deadline of the phase, where it has one.
    deadline: Option<Duration>,
    /// The first bytes on the connection, while they do not say that the login was accepted.
    prelude: Vec<u8>,
    /// Connections in a row that were closed before their login was answered.
    logins_closed: u32,
    pbx: Pbx,
    numbers: Numbers,
    desk: Desk,
    nodes: Nodes,
    book: Book,
    monitors: Monitors,
    resync: Resync,
    stale: Stale,
    members: Members,
    said: BTreeSet<SmolStr>,
    /// The tracker knows calls of this PBX that a gap would leave open.
    has_told: bool,
    /// The hunt groups' monitors are placed: one that appears later needs its own.
    groups_placed: bool,
    /// Signs of life that were asked for and did not come.
    missed: u32,
    last_sent: Duration,
    last_received: Now,
    /// Both clocks at the last input.
    clock: Now,
    /// When calls that nothing is heard of are looked for.
    next_audit: Option<Duration>,
    out: VecDeque<Output>,
}

/// What the PBX says of itself.
#[derive(Default, Debug)]
struct Pbx {
    version: Option<Version>,
    is_gateway: bool,
    /// What is licensed: where it is events only, what needs third-party call control may be refused.
    licence: Option<PremiumFeatures>,
    /// Extensions come with their node.
    is_networked: bool,
    /// Lists must be asked for in one piece.
    lists_whole: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Down,
    /// The login is sent; RS is awaited.
    Login,
    /// RS came; RD is awaited.
    Ready,
    Running,
    /// Given up, or stopped: the rest of what arrives is of no interest.
    Over,
}

impl Session {
    /// A session that logs in and asks.
    pub fn new(settings: Settings) -> Self {
        Self::with_mode(settings, false)
    }

    /// A session that only listens to a capture.
    pub fn passive(settings: Settings) -> Self {
        Self::with_mode(settings, true)
    }

    fn with_mode(settings: Settings, passive: bool) -> Self {
        let zero = Now { wall: Time::MIN, monotonic: Duration::ZERO };
        let mut switchboard = Switchboard::new(&settings);
        for extension in settings.voice_mail.iter().map(|extension| Extension::from(extension.as_str())) {
            switchboard.device(extension.node, &extension.number, DeviceType::VOICE_MAIL);
        }
        let limits = Limits { frame_bytes: settings.frame_bytes_max, line_bytes: settings.frame_bytes_max, ..Limits::default() };
        Self {
            decoder: Decoder::new(limits),
            switchboard,
            settings,
            passive,
            phase: Phase::Down,
            deadline: None,
            prelude: Vec::new(),
            logins_closed: 0,
            pbx: Pbx::default(),
            numbers: Numbers::default(),
            desk: Desk::default(),
            nodes: Nodes::default(),
            book: Book::default(),
            monitors: Monitors::default(),
            resync: Resync::default(),
            stale: Stale::default(),
            members: Members::default(),
            said: BTreeSet::new(),
            has_told: false,
            groups_placed: false,
            missed: 0,
            last_sent: Duration::ZERO,
            last_received: zero,
            clock: zero,
            next_audit: None,
            out: VecDeque::new(),
        }
    }

    /// Hands on what the switchboard made of what it was told.
    fn drain_switchboard(&mut self) {
        while let Some(stamped) = self.switchboard.poll() {
            let is_of_link = matches!(stamped.event, Event::LinkLost { .. } | Event::ResyncBegan { .. } | Event::Resynchronised { .. });
            self.has_told |= !is_of_link;
            self.out.push_back(Output::Event(stamped));
        }
    }

    fn count(&mut self, kind: &'static str) {
        // A passive session serves replay and benches, which count for themselves.
        if !self.passive {
            self.out.push_back(Output::Notice(Notice::Message { kind }));
        }
    }

    fn malformed(&mut self, what: impl Into<String>, bytes: &[u8]) {
        let bytes = Bytes::copy_from_slice(&bytes[..bytes.len().min(256)]);
        self.out.push_back(Output::Notice(Notice::Malformed { what: what.into(), bytes }));
    }

    fn info(&mut self, text: impl Into<String>) {
        self.out.push_back(Output::Notice(Notice::Info(text.into())));
    }

    fn degraded(&mut self, about: impl Into<SmolStr>, text: impl Into<String>) {
        if self.is_news(about.into()) {
            self.out.push_back(Output::Notice(Notice::Degraded(text.into())));
        }
    }

    fn denied(&mut self, about: impl Into<SmolStr>, text: impl Into<String>) {
        if self.is_news(about.into()) {
            self.out.push_back(Output::Notice(Notice::Denied(text.into())));
        }
    }

    /// Whether this was not said on this connection yet. Beyond the bound nothing is news.
    fn is_news(&mut self, about: SmolStr) -> bool {
        self.said.len() < SAID_MAX && self.said.insert(about)
    }

    fn give_up(&mut self, fault: Fault) {
        if self.phase != Phase::Over {
            self.phase = Phase::Over;
            self.deadline = None;
            self.out.push_back(Output::Disconnect(fault));
        }
    }

    fn status(&mut self, status: Status) {
        self.out.push_back(Output::Status(status));
    }

    /// Everything that one connection knows and the next must not.
    fn forget_connection(&mut self) {
        self.decoder.reset();
        self.prelude.clear();
        self.numbers.reset();
        self.desk.clear();
        self.monitors.clear();
        self.resync.interrupted();
        self.stale.clear();
        self.members.paused();
        self.next_audit = None;
        self.said.clear();
        self.groups_placed = false;
        self.missed = 0;
    }

    /// Time has passed: what the switchboard left open is decided.
    fn tick(&mut self, now: Now) {
        self.clock = now;
        self.switchboard.timeout(now.wall);
        self.drain_switchboard();
        self.close_quiet_resync(now);
    }

    /// When the switchboard decides what it left open: its moments are the wall clock's.
    fn switchboard_timer(&self) -> Option<Duration> {
        let due = self.switchboard.poll_timeout()?;
        let micros = due.as_micros().saturating_sub(self.clock.wall.as_micros());
        Some(self.clock.monotonic + Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }

    fn is_passive_or_over(&self) -> bool {
        self.passive || matches!(self.phase, Phase::Down | Phase::Over)
    }
}

impl session::Session for Session {
    fn connected(&mut self, now: Now) {
        self.tick(now);
        self.forget_connection();
        self.last_received = now;
        self.last_sent = now.monotonic;
        self.status(Status::LoggingIn);
        self.log_in(now);
    }

    fn received(&mut self, bytes: Bytes, now: Now) {
        self.tick(now);
        self.keep_prelude(&bytes);
        self.decoder.push(bytes);
        while self.phase != Phase::Over {
            match self.decoder.next_item() {
                Ok(Some(Item::Line(line))) => self.take_line(&line, now),
                Ok(Some(Item::Skipped(skipped))) => self.malformed(skipped.what.to_string(), &skipped.bytes),
                Ok(Some(Item::Login(_))) => self.malformed("a login frame, which only clients send", b""),
                Ok(None) => break,
                Err(error) => {
                    let fault = if self.phase == Phase::Login { Fault::WrongPeer } else { Fault::Protocol };
                    self.tell_prelude();
                    self.give_up(fault(error.to_string()));
                }
            }
        }
        self.advance(now);
    }

    fn closed(&mut self, now: Now) {
        if self.passive {
            self.end_told_resync(self.last_received);
        }
        self.closed_at_login();
        let last_sign = self.last_received.wall.min(now.wall);
        self.phase = Phase::Down;
        self.deadline = None;
        self.forget_connection();
        self.out_of_sight(last_sign, now);
        self.status(Status::Down);
    }

    fn timeout(&mut self, now: Now) {
        self.tick(now);
        if self.is_passive_or_over() {
            return;
        }
        if self.deadline.is_some_and(|deadline| now.monotonic >= deadline) {
            self.phase_timed_out(now);
        }
        if self.phase == Phase::Running {
            self.resync_timed_out(now);
            self.reply_timed_out(now);
            self.advance(now);
        }
    }

    fn stop(&mut self, _now: Now) {
        // The protocol knows no log-off: the connection is closed.
    }

    fn request(&mut self, request: Request, now: Now) {
        match request {
            Request::DeeMains(mains) => self.members.want(mains),
        }
        self.advance(now);
    }

    fn poll_timeout(&self) -> Option<Duration> {
        let own = match self.phase {
            Phase::Down | Phase::Over => None,
            Phase::Running if self.passive => self.resync.quiet_until(&self.settings.timers),
            Phase::Login | Phase::Ready => self.deadline,
            Phase::Running => self.next_timer(),
        };
        [own, self.switchboard_timer()].into_iter().flatten().min()
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }
}
