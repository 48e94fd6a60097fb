//! One client: its session, what it registered for, its monitors, and what waits for it.

use std::time::Duration;

use bytes::Bytes;
use smol_str::SmolStr;
use strowger_protocol::csta::request::{ApplicationSessionTerminated, MonitorStop, Request, SystemStatus, TerminationReason};
use strowger_protocol::csta::word::{SessionEnd, SystemState};
use strowger_protocol::csta::{Decoder, Event, InvokeId, Limits, Message, Style};

use super::monitor::Monitors;
use super::outbox::Outbox;
use super::profile::{LoginForm, Profile, SessionOffer};
use crate::telephony::Time;

/// So many statuses may stay unanswered.
const UNANSWERED_MAX: u32 = 2;

/// Why the server closes a connection.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Ending {
    /// No session, or no login, in time.
    #[error("no session and no login came in time")]
    NoLogin,
    /// User or password is wrong.
    #[error("the login is wrong")]
    BadLogin,
    /// The session was not refreshed.
    #[error("the session was not refreshed")]
    SessionExpired,
    /// The client ended its session.
    #[error("the client ended its session")]
    SessionStopped,
    /// It does not answer.
    #[error("the client does not answer SystemStatus")]
    Silent,
    /// It does not read what is sent to it.
    #[error("the client does not read: more waits for it than there is room for")]
    TooSlow,
    /// What it sends cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A fault was asked for.
    #[error("cut on purpose")]
    Cut,
}

/// An application session.
#[derive(Clone, Debug)]
pub(super) struct Granted {
    pub(super) id: SmolStr,
    pub(super) until: Time,
}

/// One client.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) decoder: Decoder,
    outbox: Outbox,
    pub(super) monitors: Monitors,
    pub(super) session: Option<Granted>,
    pub(super) is_logged_in: bool,
    /// A session or login is due until then.
    login_until: Option<Time>,
    /// It wants to be told of the status, and that the devices are others.
    pub(super) registered: Option<(bool, bool)>,
    /// When the status is to be told next.
    status_at: Option<Time>,
    unanswered: u32,
    last_invoke: u16,
    /// The next so many events are not sent.
    pub(super) drop: u32,
    /// The next so many events are sent twice.
    pub(super) double: u32,
    pub(super) is_stalled: bool,
    pub(super) ending: Option<Ending>,
}

impl Connection {
    pub(super) fn new(at: Time, profile: &Profile, style: &Style) -> Self {
        let needs = profile.session == SessionOffer::Required || profile.login != LoginForm::None;
        let mut connection = Self {
            decoder: Decoder::new(Limits::default()),
            outbox: Outbox::default(),
            monitors: Monitors::default(),
            session: None,
            is_logged_in: profile.login == LoginForm::None,
            login_until: needs.then(|| at.plus(Duration::from_millis(profile.login_ms))),
            registered: None,
            status_at: (profile.status_every_s > 0).then(|| at.plus(Duration::from_secs(profile.status_every_s))),
            unanswered: 0,
            last_invoke: 0,
            drop: 0,
            double: 0,
            is_stalled: false,
            ending: None,
        };
        if profile.speaks_first {
            connection.tell_status(SystemState::Enabled, profile, style);
        }
        connection
    }

    /// It may ask for whatever there is.
    pub(super) fn is_open(&self, profile: &Profile) -> bool {
        self.ending.is_none() && self.is_logged_in && (self.session.is_some() || profile.session != SessionOffer::Required)
    }

    /// It has said who it is, as far as that is needed.
    pub(super) fn let_in(&mut self, profile: &Profile) {
        if self.is_open(profile) {
            self.login_until = None;
        }
    }

    pub(super) fn end(&mut self, why: Ending) {
        self.ending.get_or_insert(why);
    }

    pub(super) fn send(&mut self, invoke: InvokeId, message: &Message, profile: &Profile, style: &Style) {
        // What cannot be written, as a name with a control character, is not told.
        if let Ok(frame) = message.frame(invoke, style) {
            self.raw(frame, profile);
        }
    }

    pub(super) fn raw(&mut self, bytes: Bytes, profile: &Profile) {
        if self.outbox.push(bytes, profile.output_limit).is_err() {
            self.end(Ending::TooSlow);
        }
    }

    /// A request of the server's own, with the next of its numbers.
    pub(super) fn ask(&mut self, request: Request, profile: &Profile, style: &Style) {
        self.last_invoke = if self.last_invoke >= 9998 { 0 } else { self.last_invoke + 1 };
        let invoke = InvokeId::new(self.last_invoke).unwrap_or(InvokeId::EVENT);
        self.send(invoke, &Message::Request(request), profile, style);
    }

    pub(super) fn tell_status(&mut self, state: SystemState, profile: &Profile, style: &Style) {
        self.unanswered += 1;
        let status = SystemStatus { state: Some(state), ..SystemStatus::default() };
        self.ask(Request::SystemStatus(Box::new(status)), profile, style);
    }

    /// It answered a status.
    pub(super) fn status_heard(&mut self) {
        self.unanswered = 0;
    }

    /// An event, unless a fault swallows it. What is lost is told as lost when the last of it is.
    pub(super) fn event(&mut self, event: Event, profile: &Profile, style: &Style) {
        if self.drop > 0 {
            self.drop -= 1;
            if self.drop == 0 {
                self.tell_status(SystemState::MessagesLost, profile, style);
            }
            return;
        }
        let message = Message::Event(event);
        self.send(InvokeId::EVENT, &message, profile, style);
        if self.double > 0 {
            self.double -= 1;
            self.send(InvokeId::EVENT, &message, profile, style);
        }
    }

    /// The monitor ends by the server's doing.
    pub(super) fn end_monitor(&mut self, monitor: &SmolStr, profile: &Profile, style: &Style) {
        if self.monitors.stop(monitor) {
            let stop = MonitorStop { monitor: monitor.clone(), ..MonitorStop::default() };
            self.ask(Request::MonitorStop(Box::new(stop)), profile, style);
        }
    }

    /// There are other devices than before.
    pub(super) fn devices_changed(&mut self, profile: &Profile, style: &Style) {
        if self.registered.is_some_and(|(_, wants_devices)| wants_devices) {
            self.ask(Request::SwFunctionDevicesChanged(Box::default()), profile, style);
        }
    }

    /// Its session is over, if it has one.
    pub(super) fn expire(&mut self, profile: &Profile, style: &Style) {
        if let Some(granted) = self.session.take() {
            let reason = Some(TerminationReason::Defined(SessionEnd::SessionTimerExpired));
            let terminated = ApplicationSessionTerminated { session: granted.id, reason, ..ApplicationSessionTerminated::default() };
            self.ask(Request::ApplicationSessionTerminated(Box::new(terminated)), profile, style);
            self.end(Ending::SessionExpired);
        }
    }

    /// What is to be written next.
    pub(super) fn write(&mut self, profile: &Profile) -> Option<Bytes> {
        if self.is_stalled && self.ending.is_none() || self.ending == Some(Ending::TooSlow) {
            return None;
        }
        self.outbox.write(profile.split)
    }

    /// When something is to be done without its client's doing.
    pub(super) fn poll_timeout(&self) -> Option<Time> {
        if self.ending.is_some() {
            return None;
        }
        [self.login_until, self.status_at, self.session.as_ref().map(|session| session.until)].into_iter().flatten().min()
    }

    pub(super) fn timeout(&mut self, at: Time, profile: &Profile, style: &Style) {
        if self.login_until.is_some_and(|until| until <= at) {
            return self.end(Ending::NoLogin);
        }
        if self.session.as_ref().is_some_and(|session| session.until <= at) {
            return self.expire(profile, style);
        }
        if self.status_at.is_some_and(|due| due <= at) {
            if self.unanswered >= UNANSWERED_MAX {
                return self.end(Ending::Silent);
            }
            self.status_at = Some(at.plus(Duration::from_secs(profile.status_every_s.max(1))));
            self.tell_status(SystemState::Normal, profile, style);
        }
    }
}
