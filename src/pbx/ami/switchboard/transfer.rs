//! Transfers and pickup: who hands a call to whom, and who takes whose place.

use smol_str::SmolStr;
use strowger_protocol::ami::Message;

use super::channel::{Class, Uid};
use super::{Switchboard, text};
use crate::telephony::{Cause, Clearing, ConnectionId, Entry, Event, Time, TransferKind};

/// Steps through Local channels until whoever is behind them is given up.
const CHAIN_MAX: usize = 32;

impl Switchboard {
    pub(super) fn blind_transfer(&mut self, message: &Message, at: Time) {
        if text(message, "Result").is_some_and(|r| r != "Success") {
            return;
        }
        let Some(by) = Self::uid(message, "TransfererUniqueid").map(|uid| self.transferring(uid)) else { return };
        let Some(connection) = self.connection_of(&by).or_else(|| self.connection_before(&by)) else { return };
        self.emit(at, Event::Transferred { kind: TransferKind::Blind, by: connection.clone(), consultation: None, to: None });
        if let Some(transferee) = Self::uid(message, "TransfereeUniqueid") {
            let behind = self.device_behind(transferee).unwrap_or_else(|| SmolStr::new(transferee));
            for uid in [SmolStr::new(transferee), behind] {
                if let Some(channel) = self.channels.get_mut(&uid) {
                    channel.entry_hint = Some(Entry::Transfer);
                    channel.transferred_by = Some(connection.clone());
                    channel.children.clear();
                }
            }
        }
        self.hand_over(&by, at, &Cause::SINGLE_STEP_TRANSFER);
    }

    /// The device that transfers: the channel itself, or who stands behind it where that is half of a Local channel.
    fn transferring(&self, uid: &str) -> Uid {
        self.device_behind(uid).unwrap_or_else(|| SmolStr::new(uid))
    }

    pub(super) fn attended_transfer(&mut self, message: &Message, at: Time) {
        if text(message, "Result").is_some_and(|r| r != "Success") || text(message, "DestType") == Some("Fail") {
            return;
        }
        let first = Self::uid(message, "OrigTransfererUniqueid");
        let second = Self::uid(message, "SecondTransfererUniqueid").or(first);
        let (Some(first), Some(second)) = (first, second) else { return };
        let transferee = Self::uid(message, "TransfereeUniqueid");
        let target = Self::uid(message, "TransferTargetUniqueid");
        // The channel that was not in a bridge is the one whose place in an application the transferee takes.
        let first_in_bridge = text(message, "OrigBridgeUniqueid").is_some();
        let (app_side, other_side) = if first_in_bridge { (second, first) } else { (first, second) };
        let is_app = text(message, "DestType") == Some("App");

        let peers: Vec<SmolStr> = [Some(second), transferee, target].into_iter().flatten().map(SmolStr::new).collect();
        for peer in &peers {
            self.tie(at, first, peer);
        }
        let to = match target.filter(|t| Some(*t) != transferee) {
            Some(target) => self.reaches(target),
            // The transferee begins a wait of its own in a queue.
            None if is_app && self.channels.get(app_side).is_some_and(|c| c.queue.is_some()) => None,
            None if is_app => self.reaches_from(app_side),
            None => None,
        };
        let (first_device, second_device) = (self.transferring(first), self.transferring(second));
        let consultation = self.connection_of(&second_device);
        let before = || self.connection_before(&first_device);
        let Some(by) = self.connection_of(&first_device).or_else(|| consultation.clone()).or_else(before) else { return };
        if text(message, "DestType") == Some("Threeway") {
            self.three_way(first, second, at);
            return;
        }
        let consultation = consultation.filter(|c| *c != by);
        let known = to.is_some();
        self.emit(at, Event::Transferred { kind: TransferKind::Attended, by: by.clone(), consultation, to });
        if is_app && let Some(transferee) = transferee.map(SmolStr::new).or_else(|| self.other_in_bridge(other_side)) {
            if !known && let Some(channel) = self.channels.get_mut(&transferee) {
                channel.transferred_by = Some(by);
                channel.entry_hint = Some(Entry::Transfer);
            }
            self.take_place(app_side, &transferee, at);
        }
        self.hand_over(&first_device, at, &Cause::TRANSFER);
        if second_device != first_device {
            self.hand_over(&second_device, at, &Cause::TRANSFER);
        }
    }

    /// What a channel stood for until just now: a transfer may be told after the transferring telephone has left.
    fn connection_before(&self, uid: &str) -> Option<ConnectionId> {
        match self.channels.get(uid) {
            Some(channel) => channel.line.as_ref().and_then(|line| line.last_turn.clone()),
            None => Some(ConnectionId::new(uid)),
        }
    }

    /// All stay together: the consulting telephone's second channel shows a conference.
    fn three_way(&mut self, first: &str, second: &str, at: Time) {
        if first != second
            && let Some(connection) = self.connection_of(second)
        {
            self.emit(at, Event::Entered { connection, how: Entry::Consultation });
        }
    }

    /// The transferring telephone is out of the call from here on, whatever its channel does until it hangs up.
    fn hand_over(&mut self, uid: &str, at: Time, cause: &Cause) {
        let requested = self.channels.get(uid).and_then(|c| c.hangup_requested);
        let at = requested.map_or(at, |requested| requested.min(at));
        self.clear_connection(uid, at, Clearing::Transferred, cause.clone());
        self.leave_stays(uid, at, Clearing::Diverted);
    }

    /// The first device behind a channel: itself, or through Local channels who was dialled or is bridged there.
    pub(super) fn device_behind(&self, uid: &str) -> Option<Uid> {
        let mut at = SmolStr::new(uid);
        for _ in 0..CHAIN_MAX {
            let channel = self.channels.get(&at)?;
            if channel.class == Class::Device {
                return Some(at);
            }
            let partner = self.channels.get(channel.partner.as_ref()?)?;
            let answered = partner.children.iter().find(|c| self.channels.get(*c).is_some_and(|c| c.up));
            let bridged = partner.bridge.as_ref().and_then(|b| self.bridges.get(b)).and_then(|m| m.iter().find(|m| **m != partner.uid));
            at = bridged.or(answered).or(partner.children.first())?.clone();
        }
        None
    }

    /// The connection that a transfer to this channel reaches.
    fn reaches(&self, uid: &str) -> Option<ConnectionId> {
        let device = self.device_behind(uid);
        device.and_then(|device| self.connection_of(&device)).or_else(|| {
            // Behind a Local channel that is still on its way: where it waits, or whom it rings.
            let partner = self.channels.get(uid)?.partner.clone()?;
            self.reaches_from(&partner)
        })
    }

    /// Where a channel that is in no bridge has got to: a queue, a conference, a park slot, or a device that it rings.
    fn reaches_from(&self, uid: &str) -> Option<ConnectionId> {
        let channel = self.channels.get(uid)?;
        let ringing = channel.children.iter().rev().filter_map(|c| self.device_behind(c)).find_map(|device| self.connection_of(&device));
        let stay = channel.queue.as_ref().or(channel.conference.as_ref()).or(channel.park.as_ref());
        stay.map(|s| s.connection.clone()).or(ringing)
    }

    fn other_in_bridge(&self, uid: &str) -> Option<Uid> {
        let bridge = self.channels.get(uid)?.bridge.as_ref()?;
        self.bridges.get(bridge)?.iter().find(|m| *m != uid).cloned()
    }

    /// `heir` stands from here on where `from` stood: in its dial, queue, conference and park slot.
    pub(super) fn take_place(&mut self, from: &str, heir: &str, at: Time) {
        if from == heir {
            return;
        }
        let Some(channel) = self.channels.get_mut(from) else { return };
        let children = std::mem::take(&mut channel.children);
        let (queue, conference, park) = (channel.queue.take(), channel.conference.take(), channel.park.take());
        let child_answered = channel.child_answered;
        for child in &children {
            if let Some(child) = self.channels.get_mut(child) {
                child.dialled_by = Some(SmolStr::new(heir));
            }
        }
        if let Some(channel) = self.channels.get_mut(heir) {
            channel.children = children;
            channel.child_answered = child_answered;
            channel.conference = conference.or(channel.conference.take());
            channel.park = park.or(channel.park.take());
        }
        self.tie(at, from, heir);
        if let Some(stay) = queue {
            self.emit(at, Event::Cleared { connection: stay.connection, how: Clearing::Diverted, cause: Cause::TRANSFER });
            self.stay_in_queue(heir, &stay.name, at);
        }
    }

    pub(super) fn pickup(&mut self, message: &Message, at: Time) {
        let (Some(uid), Some(target)) = (Self::uid(message, "Uniqueid"), Self::uid(message, "TargetUniqueid")) else { return };
        if !self.channels.contains_key(uid) {
            return;
        }
        self.tie(at, uid, target);
        let dialler = self.channels.get(target).and_then(|c| c.dialled_by.clone());
        self.clear_connection(target, at, Clearing::PickedUp, Cause::CALL_PICKUP);
        if let Some(dialler) = dialler {
            if let Some(channel) = self.channels.get_mut(&dialler) {
                channel.children.retain(|c| c != target);
                channel.children.push(SmolStr::new(uid));
            }
            if let Some(channel) = self.channels.get_mut(uid) {
                channel.dialled_by = Some(dialler);
            }
        }
        if let Some(channel) = self.channels.get_mut(uid) {
            channel.up = true;
        }
        if let Some(connection) = self.connection_of(uid) {
            self.emit(at, Event::Entered { connection, how: Entry::Pickup });
        }
        self.establish(uid, at);
    }
}
