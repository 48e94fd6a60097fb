//! Bridges: who talks with whom; conferences; holding.

use smol_str::SmolStr;
use strowger_protocol::ami::Message;

use super::channel::{Class, Stay};
use super::{Switchboard, text};
use crate::telephony::{Cause, Clearing, ConnectionId, DeviceId, DeviceKind, Entry, Event, Party, Time};

/// Bridges where channels wait and do not hear each other.
pub(super) fn is_holding(kind: Option<&str>, technology: Option<&str>) -> bool {
    matches!(kind, Some("parking" | "agent_hold")) || technology == Some("holding_bridge")
}

impl Switchboard {
    pub(super) fn bridge_enter(&mut self, message: &Message, at: Time) {
        let (Some(uid), Some(bridge)) = (Self::uid(message, "Uniqueid"), text(message, "BridgeUniqueid")) else { return };
        if !self.channels.contains_key(uid) {
            return;
        }
        self.note_dialled(uid, message, at);
        if is_holding(text(message, "BridgeType"), text(message, "BridgeTechnology")) {
            self.leave_bridge(uid);
            self.end_turn(uid, at, None);
            return;
        }
        self.enter_bridge(uid, bridge, at);
    }

    pub(super) fn enter_bridge(&mut self, uid: &str, bridge: &str, at: Time) {
        self.join_bridge(uid, bridge, at);
        if self.channels.get(uid).is_some_and(|c| c.class == Class::Device && c.up) {
            self.announce_called(uid, at);
            self.establish(uid, at);
        }
    }

    /// Membership in the bridge and what it ties, without telling of the channel itself.
    pub(super) fn join_bridge(&mut self, uid: &str, bridge: &str, at: Time) {
        self.leave_bridge(uid);
        let members = self.bridges.entry(SmolStr::new(bridge)).or_default();
        let others = members.clone();
        members.push(SmolStr::new(uid));
        let Some(channel) = self.channels.get_mut(uid) else { return };
        channel.bridge = Some(SmolStr::new(bridge));
        if channel.line.is_some() {
            self.line_enters(uid, &others, at);
        }
        for other in &others {
            // A waiting line that was in the bridge first takes its turn from whoever comes.
            if self.channels.get(other).is_some_and(|c| c.line.as_ref().is_some_and(|l| l.turn.as_ref().is_none_or(|t| !t.established))) {
                self.line_enters(other, &[SmolStr::new(uid)], at);
            }
            self.tie(at, uid, other);
        }
    }

    pub(super) fn bridge_leave(&mut self, message: &Message, at: Time) {
        let Some(uid) = Self::uid(message, "Uniqueid") else { return };
        let Some(channel) = self.channels.get_mut(uid) else { return };
        if text(message, "BridgeUniqueid").is_some_and(|b| channel.bridge.as_deref() == Some(b)) {
            if let Some(turn) = channel.line.as_mut().and_then(|line| line.turn.as_mut()) {
                turn.left_at = Some(at);
            }
            self.leave_bridge(uid);
        }
    }

    pub(super) fn leave_bridge(&mut self, uid: &str) {
        let Some(bridge) = self.channels.get_mut(uid).and_then(|c| c.bridge.take()) else { return };
        if let Some(members) = self.bridges.get_mut(&bridge) {
            members.retain(|m| m != uid);
            if members.is_empty() {
                self.bridges.remove(&bridge);
            }
        }
    }

    pub(super) fn hold(&mut self, message: &Message, at: Time, on: bool) {
        let Some(uid) = Self::uid(message, "Uniqueid") else { return };
        if self.channels.get(uid).is_some_and(|c| c.class == Class::Device)
            && let Some(connection) = self.connection_of(uid)
        {
            self.emit(at, if on { Event::Held { connection } } else { Event::Retrieved { connection } });
        }
    }

    pub(super) fn conference_join(&mut self, message: &Message, at: Time) {
        let (Some(uid), Some(name)) = (Self::uid(message, "Uniqueid"), text(message, "Conference")) else { return };
        if !self.channels.contains_key(uid) {
            return;
        }
        self.note_dialled(uid, message, at);
        self.stay_in_conference(uid, name, at);
        if let Some(bridge) = text(message, "BridgeUniqueid")
            && self.channels.get(uid).is_some_and(|c| c.bridge.as_deref() != Some(bridge))
        {
            self.enter_bridge(uid, bridge, at);
        }
    }

    pub(super) fn stay_in_conference(&mut self, uid: &str, name: &str, at: Time) {
        let Some(waiting) = self.connection_of(uid) else { return };
        if self.channels.get(uid).is_some_and(|c| c.conference.is_some()) {
            return;
        }
        let Some(call) = self.call_of(uid) else { return };
        let connection = ConnectionId::new(format!("{uid}/conference"));
        let party = path(name, DeviceKind::Conference);
        self.emit(at, Event::Queued { call, connection: connection.clone(), party, waiting });
        self.reached(uid, &connection, at);
        if let Some(channel) = self.channels.get_mut(uid) {
            channel.conference = Some(Stay { connection, name: name.into(), abandoned: false });
        }
    }

    pub(super) fn conference_leave(&mut self, message: &Message, at: Time) {
        let Some(uid) = Self::uid(message, "Uniqueid") else { return };
        if let Some(stay) = self.channels.get_mut(uid).and_then(|c| c.conference.take()) {
            self.emit(at, Event::Cleared { connection: stay.connection, how: Clearing::HungUp, cause: Cause::NORMAL_CLEARING });
        }
    }

    pub(super) fn spy_start(&mut self, message: &Message, at: Time) {
        if let Some(connection) = Self::uid(message, "SpyerUniqueid").and_then(|uid| self.connection_of(uid)) {
            self.emit(at, Event::Entered { connection, how: Entry::Monitor });
        }
    }
}

/// A path device.
pub(super) fn path(name: &str, kind: DeviceKind) -> Party {
    Party { device: DeviceId::new(name), kind, number: None, name: None, trunk: None }
}
