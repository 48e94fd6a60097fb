//! One Asterisk's session: greeting, login, snapshot, keep-alive, audit.
//!
//! Active, it logs in and asks. Passive (replay), it sends nothing and takes the answers of a capture whatever action ids they
//! answer: a snapshot is then over when the channels were listed and no list has gone on for [`QUIET`], or when no channels were
//! listed for [`PATIENCE`].
//!
//! Events that arrive during a snapshot wait until it is complete and are then applied on top of it; every handler takes an event
//! that says what the lists already said. At the bound of what may wait the connection is given up, and the gap rules apply.

mod clock;
mod login;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use smol_str::SmolStr;
use strowger_protocol::ami::{Action, Decoder, EncodeError, Greeting, Item, Kind, Message};

use super::question::Question;
use super::settings::Settings;
use super::switchboard::{ListEntry, Lists, Switchboard};
use crate::pbx::session::{self, Fault, Notice, Output, Status};
use crate::telephony::{Event, Now, Scope, Stamped, Time};
use clock::PbxClock;

/// A list in a capture is over when nothing of it came for this long: longer than any way to a PBX and back.
const QUIET: Duration = Duration::from_secs(2);
/// A capture in which nobody asks for channels is taken as it is after this long.
const PATIENCE: Duration = Duration::from_secs(5);
/// Events that wait for a snapshot at most.
const WAITING_MAX: usize = 100_000;
/// How long `FullyBooted` is waited for after login; it only comes to accounts that read `system`.
const BOOT_TIMEOUT: Duration = Duration::from_secs(5);

/// One Asterisk's session.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    passive: bool,
    decoder: Decoder,
    switchboard: Switchboard,
    clock: PbxClock,
    phase: Phase,
    /// Deadline of the phase, where it has one.
    deadline: Option<Duration>,
    /// The answer that is waited for.
    asked: Option<(String, Question)>,
    to_ask: VecDeque<Question>,
    purpose: Purpose,
    /// What is to be asked for once nothing else is asked.
    wanted: Option<Purpose>,
    lists: Lists,
    last_list: Now,
    waiting: Vec<(Message, Time)>,
    fresh: BTreeSet<SmolStr>,
    refused: Vec<Question>,
    /// The tracker knows calls of this PBX that a closed connection would leave open.
    told: bool,
    started: Option<String>,
    last_received: Now,
    last_sent: Duration,
    pinged: bool,
    next_audit: Option<Duration>,
    next_id: u64,
    out: VecDeque<Output>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Down,
    Greeting,
    Challenge,
    Login,
    Boot,
    Snapshot,
    InStep,
    /// Given up, or logged off: the rest of what arrives is of no interest.
    Over,
}

/// What questions are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Purpose {
    Snapshot,
    Refresh,
    Audit,
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
        Self {
            decoder: Decoder::new(settings.limits),
            switchboard: Switchboard::new(settings.naming.clone()),
            settings,
            passive,
            clock: PbxClock::default(),
            phase: Phase::Down,
            deadline: None,
            asked: None,
            to_ask: VecDeque::new(),
            purpose: Purpose::Snapshot,
            wanted: None,
            lists: Lists::default(),
            last_list: zero,
            waiting: Vec::new(),
            fresh: BTreeSet::new(),
            refused: Vec::new(),
            told: false,
            started: None,
            last_received: zero,
            last_sent: Duration::ZERO,
            pinged: false,
            next_audit: None,
            next_id: 0,
            out: VecDeque::new(),
        }
    }

    fn take_item(&mut self, item: Item, now: Now) {
        match item {
            Item::Greeting(greeting) => self.greeted(&greeting, now),
            Item::Message(message) => self.take_message(message, now),
            Item::Skipped(skipped) => {
                self.out.push_back(Output::Notice(Notice::Malformed { what: skipped.what.to_string(), bytes: skipped.bytes }));
            }
        }
    }

    fn take_message(&mut self, message: Message, now: Now) {
        match message.kind() {
            Kind::Event => self.take_event(message, now),
            Kind::Response => {
                self.count("response");
                self.take_response(&message, now);
            }
            Kind::Action | Kind::Other => self.count("other"),
        }
    }

    fn take_event(&mut self, message: Message, now: Now) {
        if self.phase == Phase::Over {
            return;
        }
        match message.name() {
            b"FullyBooted" => {
                self.count("event");
                if self.phase == Phase::Boot {
                    self.begin_snapshot(now);
                }
                return;
            }
            b"Shutdown" => self.out.push_back(Output::Notice(Notice::Info(format!(
                "Asterisk shuts down ({})",
                message.str("Shutdown").unwrap_or("no reason given")
            )))),
            b"Reload" => self.reloaded(now),
            b"OriginateResponse" => {
                self.count("event");
                return;
            }
            _ => {}
        }
        if message.get("ActionID").is_some() {
            self.count("list_item");
            self.take_list_item(message, now);
            return;
        }
        let at = self.clock.moment(&message, now.wall);
        if matches!(self.phase, Phase::Boot | Phase::Snapshot) {
            self.wait(message, at);
        } else {
            self.apply(&message, at);
        }
    }

    fn apply(&mut self, message: &Message, at: Time) {
        let kind = if self.switchboard.event(message, at) { "event" } else { "ignored" };
        self.count(kind);
        self.drain_switchboard();
    }

    fn wait(&mut self, message: Message, at: Time) {
        if message.name() == b"Newchannel"
            && let Some(uid) = message.str("Uniqueid")
        {
            self.fresh.insert(SmolStr::new(uid));
        }
        self.waiting.push((message, at));
        if self.waiting.len() > WAITING_MAX {
            let text = format!("more than {WAITING_MAX} events arrived before the snapshot was complete; connecting again");
            self.give_up(Fault::Unusable(text));
        }
    }

    fn drain_switchboard(&mut self) {
        while let Some(stamped) = self.switchboard.poll() {
            self.told = true;
            self.out.push_back(Output::Event(stamped));
        }
    }

    fn count(&mut self, kind: &'static str) {
        // A passive session serves replay and benches, which count for themselves.
        if !self.passive {
            self.out.push_back(Output::Notice(Notice::Message { kind }));
        }
    }

    fn send(&mut self, action: Result<Action, EncodeError>, now: Now) {
        if self.passive {
            return;
        }
        match action {
            Ok(action) => {
                self.last_sent = now.monotonic;
                let shown = action.has_secret().then(|| action.encode_masked());
                self.out.push_back(Output::Send { bytes: action.encode(), shown });
            }
            Err(error) => self.give_up(Fault::Unusable(format!("an action cannot be written: {error}; check the account's user name"))),
        }
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

    fn action_id(&mut self) -> String {
        self.next_id += 1;
        format!("strowger-{}", self.next_id)
    }

    /// Asks for a sign of life when there was none for a while; gives up a peer that is silent for too long.
    fn check_life(&mut self, now: Now) {
        let silent = now.monotonic.saturating_sub(self.last_received.monotonic);
        if silent >= self.settings.dead_after {
            let text = format!("Asterisk has been silent for {} s and does not answer Ping; the connection is given up", silent.as_secs());
            self.give_up(Fault::Silent(text));
        } else if silent >= self.settings.keep_alive && !self.pinged {
            self.pinged = true;
            let id = self.action_id();
            self.send(Action::new("Ping").and_then(|a| a.field("ActionID", id)), now);
        }
    }
}

impl session::Session for Session {
    fn connected(&mut self, now: Now) {
        self.decoder.reset();
        self.phase = Phase::Greeting;
        self.deadline = Some(now.monotonic + self.settings.login_timeout);
        self.asked = None;
        self.to_ask.clear();
        self.lists = Lists::default();
        self.waiting.clear();
        self.fresh.clear();
        self.refused.clear();
        self.wanted = None;
        self.last_received = now;
        self.pinged = false;
        self.next_audit = None;
        self.status(Status::LoggingIn);
    }

    fn received(&mut self, bytes: Bytes, now: Now) {
        self.close_quiet_snapshot(now);
        self.last_received = now;
        self.pinged = false;
        self.decoder.push(bytes);
        loop {
            match self.decoder.next_item() {
                Ok(Some(item)) => self.take_item(item, now),
                Ok(None) => break,
                Err(error) => {
                    let fault = if self.phase == Phase::Greeting { Fault::WrongPeer } else { Fault::Protocol };
                    self.give_up(fault(error.to_string()));
                    break;
                }
            }
        }
    }

    fn closed(&mut self, now: Now) {
        if self.passive && self.phase == Phase::Snapshot && self.lists.are_usable() {
            self.finish_snapshot(self.last_list);
        }
        // What waits for a snapshot that never became complete is true all the same.
        for (message, at) in std::mem::take(&mut self.waiting) {
            self.apply(&message, at);
        }
        self.phase = Phase::Down;
        self.deadline = None;
        if self.told {
            let last_sign = self.last_received.wall.min(now.wall);
            let at = self.clock.at_arrival(last_sign);
            self.out.push_back(Output::Event(Stamped { at, event: Event::LinkLost { scope: Scope::All } }));
        }
        self.status(Status::Down);
    }

    fn timeout(&mut self, now: Now) {
        self.close_quiet_snapshot(now);
        if self.passive {
            return;
        }
        let late = self.deadline.is_some_and(|deadline| now.monotonic >= deadline);
        match self.phase {
            Phase::Greeting if late => self.give_up(Fault::WrongPeer(format!(
                "no greeting within {} s; is this the Manager Interface (manager.conf: enabled, port, bindaddr), and if it is its TLS port, is TLS on here?",
                self.settings.login_timeout.as_secs()
            ))),
            Phase::Challenge | Phase::Login if late => {
                self.give_up(Fault::Unusable(format!("no answer to the login within {} s", self.settings.login_timeout.as_secs())));
            }
            Phase::Boot if late => {
                self.degraded("FullyBooted did not come: the account does not read `system`, or Asterisk is still loading; lists may be incomplete. Give the account `read = system,call,agent,user`");
                self.begin_snapshot(now);
            }
            Phase::Snapshot | Phase::InStep if late && self.asked.is_some() => self.unanswered(now),
            Phase::Down | Phase::Over | Phase::Greeting | Phase::Challenge | Phase::Login => {}
            Phase::Boot | Phase::Snapshot => self.check_life(now),
            Phase::InStep => {
                self.check_life(now);
                self.audit_if_due(now);
            }
        }
    }

    fn stop(&mut self, now: Now) {
        if !matches!(self.phase, Phase::Down | Phase::Greeting | Phase::Over) {
            self.send(Action::new("Logoff"), now);
        }
    }

    fn poll_timeout(&self) -> Option<Duration> {
        if matches!(self.phase, Phase::Down | Phase::Over) {
            return None;
        }
        if self.passive {
            return (self.phase == Phase::Snapshot).then(|| self.last_list.monotonic + self.quiet());
        }
        let silence = if self.pinged { self.settings.dead_after } else { self.settings.keep_alive.min(self.settings.dead_after) };
        let is_known = matches!(self.phase, Phase::Boot | Phase::Snapshot | Phase::InStep);
        let life = is_known.then(|| self.last_received.monotonic + silence);
        let audit = self.next_audit.filter(|_| self.asked.is_none());
        [self.deadline, life, audit].into_iter().flatten().min()
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }
}
