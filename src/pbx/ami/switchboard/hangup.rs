//! The end of channels and of the connections that they stand for.

use strowger_protocol::ami::Message;

use super::Switchboard;
use super::channel::{Channel, Class, DialStatus};
use crate::telephony::{Cause, Clearing, ConnectionId, Event, Time};

impl Switchboard {
    pub(super) fn hangup_request(&mut self, message: &Message, at: Time) {
        let Some(channel) = Self::uid(message, "Uniqueid").and_then(|uid| self.channels.get_mut(uid)) else { return };
        // Once the PBX has stopped dialling it, its end is the PBX's doing.
        let dialling_over = channel.dial_end.is_some_and(|(status, _)| status != DialStatus::Answer);
        if !dialling_over || channel.established {
            channel.hangup_requested.get_or_insert(at);
        }
    }

    pub(super) fn hangup(&mut self, message: &Message, at: Time) {
        let Some(uid) = Self::uid(message, "Uniqueid") else { return };
        if !self.channels.contains_key(uid) {
            return;
        }
        let q850 = message.str("Cause").and_then(|c| c.parse().ok()).unwrap_or(0);
        let sip = message.str("TechCause").and_then(|c| c.parse().ok());
        self.end_channel(uid, at, q850, sip);
    }

    pub(super) fn end_channel(&mut self, uid: &str, at: Time, q850: u32, sip: Option<u32>) {
        self.announce_called(uid, at);
        let Some(channel) = self.channels.get(uid) else { return };
        let requested = channel.hangup_requested;
        let waiting_end = if requested.is_some() { Clearing::Abandoned } else { Clearing::TimedOut };
        if channel.class == Class::Device && (!channel.cleared || channel.line.is_some()) {
            let how = match clearing(channel, q850, sip) {
                Clearing::Cancelled if self.sibling_answered(channel) => Clearing::AnsweredElsewhere,
                how => how,
            };
            let end = match how {
                Clearing::HungUp | Clearing::Busy | Clearing::Rejected | Clearing::Failed | Clearing::Diverted => requested,
                Clearing::NoAnswer | Clearing::Cancelled => channel.dial_end.map(|(_, at)| at),
                _ => None,
            };
            let end = end.unwrap_or(at);
            self.leave_stays(uid, end, waiting_end);
            let cause = Cause::from_q850(q850);
            if self.channels.get(uid).is_some_and(|c| c.line.is_some()) {
                self.end_turn(uid, end, Some(if requested.is_some() { Clearing::HungUp } else { Clearing::Released }));
                self.line_gone(uid, end);
            } else {
                self.clear_connection(uid, end, how, cause);
            }
        } else {
            self.leave_stays(uid, at, waiting_end);
            self.tell_behind(uid);
        }
        if let Some(line) = self.channels.get(uid).and_then(|c| c.offers_to.clone()) {
            self.withdraw_turn(&line, at, Clearing::Cancelled);
        }
        self.remove(uid, at);
    }

    /// A half that goes because another device answered takes that news along to whom its other half rings.
    fn tell_behind(&mut self, uid: &str) {
        let Some(channel) = self.channels.get(uid) else { return };
        let was_answered = channel.dial_end.is_some_and(|(status, _)| status == DialStatus::Answer);
        if was_answered || !self.sibling_answered(channel) {
            return;
        }
        let partner = channel.partner.as_ref().and_then(|p| self.channels.get(p));
        for child in partner.map(|p| p.children.clone()).unwrap_or_default() {
            if let Some(child) = self.channels.get_mut(&child).filter(|c| !c.established) {
                child.clearing.get_or_insert(Clearing::AnsweredElsewhere);
            }
        }
    }

    /// Another device that was dialled on behalf of the same one has answered and is still there.
    fn sibling_answered(&self, channel: &Channel) -> bool {
        let Some(mut dialler) = channel.dialled_by.as_ref().and_then(|d| self.channels.get(d)) else { return false };
        let mut path = &channel.uid;
        for _ in 0..32 {
            let answered = |child: &&super::channel::Uid| {
                self.channels.get(*child).is_some_and(|c| c.dial_end.is_some_and(|(status, _)| status == DialStatus::Answer))
            };
            if dialler.children.iter().filter(|child| *child != path).any(|child| answered(&child)) {
                return true;
            }
            let Some(partner) = dialler.partner.as_ref().and_then(|p| self.channels.get(p)) else { return false };
            let Some(next) = partner.dialled_by.as_ref().and_then(|d| self.channels.get(d)) else { return false };
            (path, dialler) = (&partner.uid, next);
        }
        false
    }

    fn remove(&mut self, uid: &str, at: Time) {
        self.leave_bridge(uid);
        let Some(channel) = self.channels.remove(uid) else { return };
        self.leave_component(channel.component, uid, at);
        if let Some(dialler) = channel.dialled_by.as_ref().and_then(|d| self.channels.get_mut(d)) {
            // Whoever is put through has left the queue before: an answer that is gone while the caller still waits came to nothing.
            let had_answered = channel.dial_end.is_some_and(|(status, _)| status == DialStatus::Answer);
            if had_answered && dialler.queue.is_some() && dialler.children.iter().any(|c| c == uid) {
                dialler.child_answered = false;
            }
            dialler.children.retain(|c| c != uid);
        }
        if let Some(partner) = channel.partner.as_ref().and_then(|p| self.channels.get_mut(p)) {
            partner.partner = None;
        }
    }

    /// Tells the end of a channel's connection, once.
    pub(super) fn clear_connection(&mut self, uid: &str, at: Time, how: Clearing, cause: Cause) {
        if self.channels.get(uid).is_some_and(|c| c.line.is_some()) {
            self.end_turn(uid, at, Some(how));
            return;
        }
        let Some(channel) = self.channels.get_mut(uid) else { return };
        if channel.announced && !channel.cleared {
            channel.cleared = true;
            let key = channel.component;
            self.emit_cleared(key, at, Event::Cleared { connection: ConnectionId::new(uid), how, cause });
        }
    }

    /// Whoever leaves a call no longer waits anywhere for it.
    pub(super) fn leave_stays(&mut self, uid: &str, at: Time, how: Clearing) {
        let Some(channel) = self.channels.get_mut(uid) else { return };
        let stays = [channel.queue.take(), channel.park.take(), channel.conference.take()];
        for (index, stay) in stays.into_iter().enumerate() {
            let Some(stay) = stay else { continue };
            let how = if index == 2 {
                Clearing::HungUp
            } else if stay.abandoned {
                Clearing::Abandoned
            } else {
                how
            };
            self.emit(at, Event::Cleared { connection: stay.connection, how, cause: Cause::NORMAL_CLEARING });
        }
    }
}

/// How the connection of a channel ends that hangs up.
fn clearing(channel: &Channel, q850: u32, sip: Option<u32>) -> Clearing {
    if let Some(decided) = channel.clearing {
        return decided;
    }
    let by_own_party = channel.hangup_requested.is_some() && (channel.established || !channel.refused_by_pbx);
    if channel.established || channel.originated {
        let refused_click_to_dial = channel.originated && !channel.established && channel.dialled_by_nobody;
        return match (by_own_party, refused_click_to_dial) {
            (true, true) => refused(q850, sip),
            (true, false) => Clearing::HungUp,
            (false, true) => unanswered(channel, q850),
            (false, false) => match q850 {
                17 if !channel.established => Clearing::Busy,
                21 if !channel.established => Clearing::Rejected,
                _ => Clearing::Released,
            },
        };
    }
    if by_own_party { refused(q850, sip) } else { unanswered(channel, q850) }
}

/// The called device itself said no.
fn refused(q850: u32, sip: Option<u32>) -> Clearing {
    match (q850, sip) {
        (23, _) | (_, Some(301 | 302 | 305 | 380)) => Clearing::Diverted,
        (17, _) | (_, Some(486 | 600)) => Clearing::Busy,
        (21, _) | (_, Some(603)) => Clearing::Rejected,
        _ => Clearing::Failed,
    }
}

/// The PBX stopped offering the call.
fn unanswered(channel: &Channel, q850: u32) -> Clearing {
    match (channel.dial_end.map(|(status, _)| status), q850) {
        (_, 26) => Clearing::AnsweredElsewhere,
        (Some(DialStatus::Forwarded), _) | (_, 23) => Clearing::Diverted,
        (Some(DialStatus::Busy), _) | (Some(DialStatus::Unavailable) | None, 17) => Clearing::Busy,
        (_, 21) => Clearing::Rejected,
        (Some(DialStatus::Unavailable), _) | (None, 1..=3 | 20 | 27 | 34 | 38 | 41 | 42) => Clearing::Failed,
        (Some(DialStatus::NoAnswer), _) => Clearing::NoAnswer,
        (Some(DialStatus::Cancel | DialStatus::Answer) | None, _) => Clearing::Cancelled,
    }
}
