//! One PBX's session: who speaks first, application session, status, devices, monitors, snapshots, keep-alive.
//!
//! Active, it asks. Passive (replay), it sends nothing and takes what the capture has.
//!
//! **Gaps.** A closed connection and a status that says so put everything out of sight; then each device gets its monitor and its
//! snapshot anew, and what is present is told in one piece when the last snapshot is there. Events meanwhile are taken at once. A
//! monitor that ends by itself puts its device out of sight: it is placed again at once, and what is present is told again.
//!
//! **Damage.** A body that cannot be read is skipped and counted, and so is a frame with SOAP or of an unknown format; three of these in
//! a row end the connection, and so does a body that is shorter or longer than its header says: where the next frame begins is not
//! known then.
//!
//! **Bounds.** Open requests, monitors in flight, devices and long answers are bounded each where it is kept; what arrives is bounded
//! by the codec.

mod answer;
mod desk;
mod monitor;
mod parts;
mod startup;
#[cfg(test)]
mod tests;
mod told;
mod watch;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use smol_str::SmolStr;
use strowger_protocol::csta::request::ListedDevice;
use strowger_protocol::csta::response::{ErrorCode, SnapshotDeviceEntry};
use strowger_protocol::csta::{Decoder, Frame, InvokeId, Item, Limits, Message, Request, Style, XmlError};

use super::settings::{KeepAlive, Settings};
use super::switchboard::Switchboard;
use crate::pbx::session::{self, Fault, Notice, Output, Status};
use crate::telephony::{Event, Now, Time};
use desk::{Asked, Desk};
use parts::Parts;
use watch::Watches;

/// Different things that are said once for each connection at most.
const SAID_MAX: usize = 256;
/// Frames in a row that are none, after which the stream is taken for damaged.
const SKIPPED_MAX: u32 = 3;

/// One PBX's session.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and they mix freely")]
pub struct Session {
    settings: Settings,
    style: Style,
    passive: bool,
    decoder: Decoder,
    switchboard: Switchboard,
    phase: Phase,
    /// Deadline of the phase, where it has one.
    deadline: Option<Duration>,
    /// The application session: its identifier, and when it is to be refreshed.
    granted_id: Option<SmolStr>,
    refresh_at: Option<Duration>,
    desk: Desk,
    watches: Watches,
    snapshots: Parts<SnapshotDeviceEntry>,
    lists: Parts<ListedDevice>,
    /// The present state is to be told when all snapshots are there.
    is_stale: bool,
    /// The PBX said that it is not usable now.
    is_down: bool,
    /// It begins anew meanwhile, without the monitors that it had.
    is_anew: bool,
    said: BTreeSet<SmolStr>,
    skipped: u32,
    missed: u32,
    has_told: bool,
    /// The PBX has said something on this connection.
    has_heard: bool,
    last_received: Now,
    /// When it was last told what happens: other signs of life do not say that nothing was lost before them.
    last_event: Time,
    last_asked: Duration,
    /// In a capture: when the last snapshot came.
    captured_at: Option<Duration>,
    out: VecDeque<Output>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Down,
    /// The PBX's first words are awaited.
    Greeting,
    /// The application session is asked for.
    Session,
    /// The devices are asked for.
    Devices,
    Running,
    /// Given up, or stopped: the rest of what arrives is of no interest.
    Over,
}

impl Session {
    /// A session that asks.
    pub fn new(settings: Settings) -> Self {
        Self::with_mode(settings, false)
    }

    /// A session that only listens to a capture.
    pub fn passive(settings: Settings) -> Self {
        Self::with_mode(settings, true)
    }

    fn with_mode(settings: Settings, passive: bool) -> Self {
        let zero = Now { wall: Time::MIN, monotonic: Duration::ZERO };
        let style = Style { frame_bytes: settings.frame_bytes_max, ..Style::of(settings.edition.clone()) };
        Self {
            switchboard: Switchboard::new(&settings),
            style,
            settings,
            passive,
            decoder: Decoder::new(Limits::default()),
            phase: Phase::Down,
            deadline: None,
            granted_id: None,
            refresh_at: None,
            desk: Desk::default(),
            watches: Watches::default(),
            snapshots: Parts::default(),
            lists: Parts::default(),
            is_stale: false,
            is_down: false,
            is_anew: false,
            said: BTreeSet::new(),
            skipped: 0,
            missed: 0,
            has_told: false,
            has_heard: false,
            last_received: zero,
            last_event: Time::MIN,
            last_asked: Duration::ZERO,
            captured_at: None,
            out: VecDeque::new(),
        }
    }

    fn ask(&mut self, asked: Asked, request: Request, now: Now) -> bool {
        let Some(invoke) = self.desk.open(asked, now.monotonic + self.settings.timers.answer) else { return false };
        self.last_asked = now.monotonic;
        let is_sent = self.send(invoke, &Message::Request(request));
        if !is_sent {
            self.desk.answered(invoke);
        }
        is_sent
    }

    /// False: it cannot be sent.
    fn send(&mut self, invoke: InvokeId, message: &Message) -> bool {
        if self.passive {
            return true;
        }
        match message.frame(invoke, &self.style) {
            Ok(bytes) => {
                let shown = message.frame(invoke, &self.style.masking()).ok().filter(|shown| *shown != bytes);
                self.out.push_back(Output::Send { bytes, shown });
                true
            }
            Err(error) => {
                self.degraded(message.name(), format!("{} cannot be sent: {error}", message.name()));
                false
            }
        }
    }

    fn frame(&mut self, frame: &Frame, now: Now) {
        self.skipped = 0;
        match frame.parse(&self.settings.xml) {
            Ok(received) => {
                if received.unreadable > 0 {
                    self.count("unreadable_element");
                }
                self.message(frame.invoke, received.message, now);
            }
            Err(error) => {
                self.malformed(error.to_string(), &frame.body);
                // What follows is no header any more, and would be swallowed by one that says so many bytes.
                let ends_early = matches!(error, XmlError::Malformed { .. }) && !frame.body.trim_ascii_end().ends_with(b">");
                if ends_early || matches!(error, XmlError::Unfinished(_) | XmlError::Trailing { .. }) {
                    self.give_up(Fault::Protocol(error.to_string()));
                }
            }
        }
    }

    /// Only a whole frame is a sign of life: bytes also come when it is lost where frames begin.
    fn is_alive(&mut self, now: Now) {
        self.last_received = now;
        self.missed = 0;
        self.has_heard = true;
    }

    fn message(&mut self, invoke: InvokeId, message: Message, now: Now) {
        match message {
            Message::Event(event) => {
                self.count("event");
                self.last_event = now.wall;
                if self.phase != Phase::Over {
                    self.switchboard.event(now.wall, &event);
                    self.drain_switchboard();
                }
            }
            Message::Request(request) => {
                self.count("request");
                self.request_of_pbx(invoke, request, now);
            }
            Message::Other(raw) if !Message::Other(raw.clone()).is_answer() => {
                self.count("unknown");
                self.degraded(raw.name(), format!("the PBX sends {}, which is not known here", raw.name()));
                if !raw.name().ends_with("Event") && invoke != InvokeId::EVENT && raw.name() != "keepalive" {
                    self.send(invoke, &Message::Error(ErrorCode::not_supported()));
                }
            }
            answer => {
                self.count("response");
                self.answer(invoke, answer, now);
            }
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

    /// Without a session there is nothing to be refreshed.
    fn keeps_alive_by(&self) -> &KeepAlive {
        match &self.settings.keep_alive {
            KeepAlive::Session if self.granted_id.is_none() => &KeepAlive::Status,
            other => other,
        }
    }

    /// Since when there was no sign of life. An element of the product's own is one for the PBX, which may speak all the time.
    fn silent_since(&self) -> Duration {
        match self.keeps_alive_by() {
            KeepAlive::Element(_) => self.last_asked,
            KeepAlive::Status | KeepAlive::Session => self.last_received.monotonic.max(self.last_asked),
        }
    }

    /// Asks for a sign of life where none came for long.
    fn keep_alive(&mut self, now: Now) {
        if now.monotonic < self.silent_since() + self.settings.timers.keep_alive {
            return;
        }
        match self.keeps_alive_by().clone() {
            KeepAlive::Status => {
                if !self.desk.is_open(Asked::Status) {
                    self.ask(Asked::Status, Request::RequestSystemStatus(Box::default()), now);
                }
            }
            KeepAlive::Session => {}
            KeepAlive::Element(element) => self.send_element(&element),
        }
        self.last_asked = now.monotonic;
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
        self.granted_id = None;
        self.refresh_at = None;
        self.desk.clear();
        self.watches.paused();
        self.snapshots.clear();
        self.lists.clear();
        self.is_stale = false;
        (self.is_down, self.is_anew) = (false, false);
        self.said.clear();
        self.skipped = 0;
        self.missed = 0;
        self.has_heard = false;
        self.captured_at = None;
    }
}

impl session::Session for Session {
    fn connected(&mut self, now: Now) {
        self.forget_connection();
        (self.last_received, self.last_event) = (now, now.wall);
        self.last_asked = now.monotonic;
        self.status(Status::LoggingIn);
        self.begin(now);
    }

    fn received(&mut self, bytes: Bytes, now: Now) {
        self.decoder.push(bytes);
        while self.phase != Phase::Over {
            match self.decoder.next_item() {
                Ok(Some(Item::Frame(frame))) => {
                    self.is_alive(now);
                    self.frame(&frame, now);
                }
                Ok(Some(Item::Skipped(skipped))) => {
                    self.is_alive(now);
                    self.malformed(skipped.what.to_string(), &skipped.bytes);
                    self.skipped += 1;
                    if self.skipped >= SKIPPED_MAX {
                        self.give_up(Fault::Protocol(skipped.what.to_string()));
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    let is_first = !self.has_heard;
                    let fault = if is_first { Fault::WrongPeer } else { Fault::Protocol };
                    self.give_up(fault(error.to_string()));
                }
            }
        }
        self.advance(now);
    }

    fn closed(&mut self, now: Now) {
        if self.captured_at.take().is_some() {
            self.tell_present(self.last_received);
        }
        let last_sign = self.last_received.wall.min(now.wall);
        let was_open = self.phase != Phase::Down;
        self.phase = Phase::Down;
        self.deadline = None;
        self.forget_connection();
        if was_open && (self.has_told || self.switchboard.has_calls()) {
            self.switchboard.lost(last_sign);
            self.drain_switchboard();
        }
        self.status(Status::Down);
    }

    fn timeout(&mut self, now: Now) {
        if self.passive {
            if self.captured_at.is_some_and(|at| now.monotonic >= at + self.settings.timers.capture_quiet) {
                self.captured_at = None;
                self.tell_present(now);
            }
            return;
        }
        if matches!(self.phase, Phase::Down | Phase::Over) {
            return;
        }
        while let Some(asked) = self.desk.overdue(now.monotonic) {
            self.unanswered(asked, now);
        }
        if self.deadline.is_some_and(|deadline| now.monotonic >= deadline) {
            self.phase_timed_out(now);
        }
        if self.refresh_at.is_some_and(|at| now.monotonic >= at) {
            self.refresh(now);
        }
        if self.phase == Phase::Running {
            self.keep_alive(now);
        }
        self.advance(now);
    }

    fn stop(&mut self, now: Now) {
        self.end_session(now);
    }

    fn poll_timeout(&self) -> Option<Duration> {
        if self.passive {
            return self.captured_at.map(|at| at + self.settings.timers.capture_quiet);
        }
        if matches!(self.phase, Phase::Down | Phase::Over) {
            return None;
        }
        let alive = self.silent_since() + self.settings.timers.keep_alive;
        let alive = (self.phase == Phase::Running && *self.keeps_alive_by() != KeepAlive::Session).then_some(alive);
        let retry = if self.phase == Phase::Running { self.watches.next_retry() } else { None };
        [self.desk.next_deadline(), self.deadline, self.refresh_at, alive, retry].into_iter().flatten().min()
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }
}
