//! Calls that wait in a queue.

use strowger_protocol::ami::Message;

use super::bridge::path;
use super::channel::Stay;
use super::{Switchboard, text};
use crate::telephony::{Cause, Clearing, ConnectionId, DeviceKind, Event, Time};

impl Switchboard {
    pub(super) fn queue_join(&mut self, message: &Message, at: Time) {
        let (Some(uid), Some(queue)) = (Self::uid(message, "Uniqueid"), text(message, "Queue")) else { return };
        if !self.channels.contains_key(uid) {
            return;
        }
        self.note_dialled(uid, message, at);
        self.stay_in_queue(uid, queue, at);
    }

    pub(super) fn stay_in_queue(&mut self, uid: &str, queue: &str, at: Time) {
        if self.channels.get(uid).and_then(|c| c.queue.as_ref()).is_some_and(|stay| stay.name == queue) {
            return;
        }
        let Some(waiting) = self.waiting_connection(uid) else { return };
        let Some(call) = self.call_of(uid) else { return };
        if let Some(stay) = self.channels.get_mut(uid).and_then(|c| c.queue.take()) {
            self.emit(at, Event::Cleared { connection: stay.connection, how: Clearing::Diverted, cause: Cause::REDIRECTED });
        }
        let connection = ConnectionId::new(format!("{uid}/queue/{queue}"));
        self.emit(at, Event::Queued { call, connection: connection.clone(), party: path(queue, DeviceKind::HuntGroup), waiting });
        self.reached(uid, &connection, at);
        if let Some(channel) = self.channels.get_mut(uid) {
            channel.entry_hint = None;
            channel.child_answered = false;
            channel.queue = Some(Stay { connection, name: queue.into(), abandoned: false });
        }
    }

    pub(super) fn queue_abandon(&mut self, message: &Message) {
        if let Some(stay) = Self::uid(message, "Uniqueid").and_then(|uid| self.channels.get_mut(uid)).and_then(|c| c.queue.as_mut()) {
            stay.abandoned = true;
        }
    }

    pub(super) fn queue_leave(&mut self, message: &Message, at: Time) {
        let Some(channel) = Self::uid(message, "Uniqueid").and_then(|uid| self.channels.get_mut(uid)) else { return };
        let Some(stay) = channel.queue.take() else { return };
        let (how, cause) = if channel.child_answered {
            (Clearing::PutThrough, Cause::NORMAL_CLEARING)
        } else if stay.abandoned || channel.hangup_requested.is_some() {
            (Clearing::Abandoned, Cause::CALL_CANCELLED)
        } else {
            (Clearing::TimedOut, Cause::TIMEOUT)
        };
        self.emit(at, Event::Cleared { connection: stay.connection, how, cause });
    }
}
