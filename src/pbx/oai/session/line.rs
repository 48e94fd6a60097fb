//! Each line: its place in the sequence, and who takes it.

use strowger_protocol::oai::{Event, EventBody, Line, Message, Resync as Code};

use super::sequence::Place;
use super::{Phase, Session};
use crate::telephony::Now;

impl Session {
    pub(super) fn take_line(&mut self, line: &Line, now: Now) {
        let message = match Message::parse(&self.settings.charset.text(line)) {
            Ok(message) => message,
            Err(error) => {
                self.malformed(error.to_string(), line.raw());
                self.last_received = now;
                return;
            }
        };
        let restarts = matches!(&message, Message::Event(event) if matches!(event.body, EventBody::ResyncResponse(_)));
        match self.numbers.take(message.sequence(), line.raw(), restarts) {
            Place::InOrder => {}
            Place::Again => {
                self.malformed("a line that came before", line.raw());
                self.last_received = now;
                return;
            }
            Place::Gap { due } => self.lines_lost(due, message.sequence(), now),
        }
        if message.odd().any() {
            self.malformed("a line with something odd in it; what can be read of it is taken", line.raw());
        }
        match message {
            Message::Confirmation(confirmation) => {
                self.count("confirmation");
                self.confirmed(&confirmation, line, now);
            }
            Message::Event(event) => self.take_event(&event, line, now),
        }
        self.last_received = now;
    }

    fn take_event(&mut self, event: &Event, line: &Line, now: Now) {
        let kind = self.dispatch(event, line, now);
        self.count(kind);
    }

    /// Gives the kind of the message, for the counters.
    fn dispatch(&mut self, event: &Event, line: &Line, now: Now) -> &'static str {
        match &event.body {
            EventBody::ResyncResponse(rs) => {
                match event.resync_kind() {
                    Code::Answer(_) if self.phase == Phase::Running => self.legacy_resync_began(now),
                    _ => self.began(rs, now),
                }
                return "control";
            }
            EventBody::PortsExceeded(pe) => {
                self.no_port(pe);
                return "control";
            }
            _ => {}
        }
        // Before RS nothing is expected; what a capture without its begin has is taken.
        if matches!(self.phase, Phase::Login) {
            if !self.passive {
                return "ignored";
            }
            self.phase = Phase::Running;
        }
        if let Code::Answer(code) = event.resync_kind() {
            self.heard_of_resync(code, &event.body, now);
        }
        match &event.body {
            EventBody::ResyncEnded(rd) => match event.resync_kind() {
                Code::PowerUp => self.ready(now),
                Code::Live => {
                    self.ready(now);
                    self.resync_ended(None, rd.device.as_ref(), now);
                }
                Code::Answer(code) => self.resync_ended(Some(code), rd.device.as_ref(), now),
            },
            EventBody::MonitorEnded(_) => self.monitor_ended(event.monitor.as_ref(), now),
            EventBody::LinkStatus(status) => self.link_status(status, now),
            EventBody::ConnectionStatus(status) => self.connection_status(status),
            EventBody::ExtensionChange(change) => self.extension_changed(change, now),
            EventBody::DatabaseChange(change) => self.database_changed(change, now),
            EventBody::Alarm(alarm) => self.alarm(alarm),
            EventBody::Malformed(_) => {
                self.malformed("an event that lacks what makes it one", line.raw());
                return "ignored";
            }
            EventBody::Unknown(_) => {
                self.malformed("an event of an unknown kind", line.raw());
                return "ignored";
            }
            _ => return self.happened(event, line, now),
        }
        "control"
    }

    /// Something of calls, agents or devices.
    fn happened(&mut self, event: &Event, line: &Line, now: Now) -> &'static str {
        if event.monitor.as_ref().is_some_and(|monitor| self.monitors.is_router(monitor)) {
            let text = format!("the Personal Router Device says: {}", self.settings.charset.text(line).escape_debug());
            self.info(text);
            return "router";
        }
        self.book.follow(&event.body);
        self.switchboard.event(now.wall, event);
        self.drain_switchboard();
        if event.resync_kind() == Code::Live { "event" } else { "resync" }
    }
}
