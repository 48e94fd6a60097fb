//! Dialling: who calls whom, and how that goes.

use smol_str::SmolStr;
use strowger_protocol::ami::Message;

use super::channel::{Class, DialStatus};
use super::{Switchboard, presented, text};
use crate::pbx::ami::name::local_number;
use crate::telephony::{Clearing, Entry, Event, Time};

impl Switchboard {
    pub(super) fn dial_begin(&mut self, message: &Message, at: Time) {
        let Some(dest) = Self::uid(message, "DestUniqueid") else { return };
        if !self.channels.contains_key(dest) {
            return;
        }
        let dialler = Self::uid(message, "Uniqueid").filter(|u| self.channels.contains_key(*u));
        if let Some(channel) = self.channels.get_mut(dest) {
            channel.dial_string = text(message, "DialString").map(SmolStr::new).unwrap_or_default();
            channel.shown_number = presented(message, "DestCallerIDNum");
            channel.dialled_by_nobody = dialler.is_none();
        }
        if let Some(dialler) = dialler {
            self.note_dialled(dialler, message, at);
            self.note_forwarding(dialler, dest, message);
            self.adopt(dialler, dest, at);
        }
        self.announce_called(dest, at);
    }

    /// `dest` is dialled by `dialler`.
    pub(super) fn adopt(&mut self, dialler: &str, dest: &str, at: Time) {
        if let Some(channel) = self.channels.get_mut(dest) {
            channel.dialled_by = Some(SmolStr::new(dialler));
            channel.dial_end = None;
        }
        if let Some(channel) = self.channels.get_mut(dialler)
            && !channel.children.iter().any(|c| c == dest)
        {
            channel.children.push(SmolStr::new(dest));
        }
        self.tie(at, dialler, dest);
    }

    /// Forwarding set in the PBX: an extension was called, and a Local channel to another number is dialled instead.
    fn note_forwarding(&mut self, dialler: &str, dest: &str, message: &Message) {
        let Some(called) = text(message, "Exten").filter(|e| self.naming.is_extension(e)) else { return };
        let Some(target) = self.channels.get(dest).filter(|c| c.class == Class::Local).and_then(|c| local_number(&c.name)) else { return };
        let is_device = !self.naming.extensions.is_empty() || self.known_devices.contains(called);
        let in_queue = self.channels.get(dialler).is_some_and(|c| c.queue.is_some());
        if target != called
            && is_device
            && !in_queue
            && let Some(channel) = self.channels.get_mut(dest)
        {
            channel.entry_hint = Some(Entry::Forward);
        }
    }

    pub(super) fn dial_state(&mut self, message: &Message, at: Time) {
        let Some(dest) = Self::uid(message, "DestUniqueid") else { return };
        if matches!(message.get("DialStatus"), Some(b"RINGING" | b"PROGRESS" | b"PROCEEDING"))
            && self.channels.get(dest).is_some_and(|c| c.class == Class::Device)
        {
            if let Some(dialler) = Self::uid(message, "Uniqueid").filter(|u| self.channels.contains_key(*u))
                && self.channels.get(dest).is_some_and(|c| c.dialled_by.is_none())
            {
                self.adopt(dialler, dest, at);
            }
            self.announce_called(dest, at);
            self.rings(dest, at);
        }
    }

    pub(super) fn dial_end(&mut self, message: &Message, at: Time) {
        let Some(dest) = Self::uid(message, "DestUniqueid") else { return };
        if !self.channels.contains_key(dest) {
            return;
        }
        let dialler = Self::uid(message, "Uniqueid").filter(|u| self.channels.contains_key(*u)).map(SmolStr::new);
        let mut status = DialStatus::parse(message.get("DialStatus").unwrap_or_default());
        let forward = text(message, "Forward");
        if forward.is_some() {
            status = DialStatus::Forwarded;
        }
        if let Some(dialler) = &dialler
            && status == DialStatus::Answer
            && self.is_stranger(dialler, dest)
        {
            self.picked_up_by_stranger(dialler, dest, at);
        }
        let Some(channel) = self.channels.get_mut(dest) else { return };
        if channel.dial_end.is_none() {
            channel.dial_end = Some((status, at));
        }
        let offers_to = channel.offers_to.clone();
        if status == DialStatus::Answer {
            if channel.class == Class::Device {
                channel.up = true;
                self.announce_called(dest, at);
                self.establish(dest, at);
            }
            if let Some(channel) = dialler.as_ref().and_then(|d| self.channels.get_mut(d)) {
                channel.child_answered = true;
            }
            return;
        }
        self.announce_called(dest, at);
        if let Some(line) = offers_to {
            let how = if status == DialStatus::NoAnswer { Clearing::NoAnswer } else { Clearing::Cancelled };
            self.withdraw_turn(&line, at, how);
        }
        if let Some(to) = forward {
            if let Some(connection) = self.connection_of(dest) {
                self.emit(at, Event::Diverted { connection, to: Some(SmolStr::new(to)) });
            }
            if let Some(channel) = dialler.as_ref().and_then(|d| self.channels.get_mut(d)) {
                channel.entry_hint = Some(Entry::Forward);
            }
        }
        if let Some(channel) = dialler.as_ref().and_then(|d| self.channels.get_mut(d)) {
            channel.children.retain(|c| c != dest);
        }
    }

    /// A device that answers a dial it was never part of: it picked the call up (SIP Replaces tells no Pickup).
    fn is_stranger(&self, dialler: &str, dest: &str) -> bool {
        let Some(channel) = self.channels.get(dest) else { return false };
        channel.class == Class::Device && channel.originated && channel.dialled_by.as_deref() != Some(dialler)
    }

    fn picked_up_by_stranger(&mut self, dialler: &str, dest: &str, at: Time) {
        self.tie(at, dialler, dest);
        if let Some(channel) = self.channels.get_mut(dest) {
            channel.dialled_by = Some(SmolStr::new(dialler));
        }
        let others = self.channels.get(dialler).map(|c| c.children.clone()).unwrap_or_default();
        for other in others.iter().filter(|o| *o != dest) {
            if let Some(channel) = self.channels.get_mut(other)
                && !channel.established
            {
                channel.clearing = Some(Clearing::PickedUp);
            }
        }
        if let Some(channel) = self.channels.get_mut(dialler) {
            channel.children.push(SmolStr::new(dest));
        }
        if let Some(connection) = self.connection_of(dest) {
            self.emit(at, Event::Entered { connection, how: Entry::Pickup });
        }
    }
}
