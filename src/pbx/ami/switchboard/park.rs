//! Park slots.

use strowger_protocol::ami::Message;

use super::bridge::path;
use super::channel::{Channel, Class, Stay};
use super::{Switchboard, text};
use crate::pbx::ami::name::ChannelName;
use crate::telephony::{Cause, Clearing, ConnectionId, DeviceKind, Entry, Event, Time};

impl Switchboard {
    pub(super) fn parked(&mut self, message: &Message, at: Time) {
        let (Some(uid), Some(slot)) = (Self::uid(message, "ParkeeUniqueid"), text(message, "ParkingSpace")) else { return };
        if !self.channels.contains_key(uid) {
            return;
        }
        self.stay_in_park(uid, slot, at);
        let parker = text(message, "ParkerDialString").and_then(|parker| self.parker_of(uid, parker));
        if let Some(parker) = parker {
            self.clear_connection(&parker, at, Clearing::Parked, Cause::PARK);
        }
    }

    pub(super) fn stay_in_park(&mut self, uid: &str, slot: &str, at: Time) {
        let Some(waiting) = self.waiting_connection(uid) else { return };
        let Some(call) = self.call_of(uid) else { return };
        if self.channels.get(uid).is_some_and(|c| c.park.is_some()) {
            return;
        }
        let connection = ConnectionId::new(format!("{uid}/park"));
        self.emit(at, Event::Queued { call, connection: connection.clone(), party: path(slot, DeviceKind::Park), waiting });
        self.reached(uid, &connection, at);
        if let Some(channel) = self.channels.get_mut(uid) {
            channel.entry_hint = None;
            channel.park = Some(Stay { connection, name: slot.into(), abandoned: false });
        }
    }

    /// The connection of who waits, through Local channels.
    pub(super) fn waiting_connection(&self, uid: &str) -> Option<ConnectionId> {
        self.connection_of(uid).or_else(|| {
            let device = self.follow(uid.into()).0.or_else(|| self.device_behind(uid))?;
            self.connection_of(&device)
        })
    }

    /// Only the dial string tells who parked: a device of the same call whose endpoint it names.
    fn parker_of(&self, parkee: &str, dial_string: &str) -> Option<String> {
        let component = self.components.get(self.component_of(parkee)?)?;
        let is_parker = |uid: &&smol_str::SmolStr| {
            self.channels.get(*uid).is_some_and(|c| {
                let name = ChannelName::parse(&c.name);
                c.class == Class::Device
                    && c.uid != parkee
                    && !c.cleared
                    && dial_string.split_once('/') == Some((name.technology, name.endpoint))
            })
        };
        component.channels.iter().rev().find(is_parker).map(ToString::to_string)
    }

    pub(super) fn unparked(&mut self, message: &Message, at: Time) {
        let Some(uid) = Self::uid(message, "ParkeeUniqueid") else { return };
        self.end_park(uid, at, Clearing::PutThrough);
        if let Some(retriever) = Self::uid(message, "RetrieverUniqueid") {
            self.tie(at, retriever, uid);
            if let Some(connection) = self.connection_of(retriever) {
                self.emit(at, Event::Entered { connection, how: Entry::Pickup });
            }
        }
    }

    pub(super) fn park_ended(&mut self, message: &Message, at: Time, how: Clearing) {
        if let Some(uid) = Self::uid(message, "ParkeeUniqueid") {
            self.end_park(uid, at, how);
        }
    }

    fn end_park(&mut self, uid: &str, at: Time, how: Clearing) {
        if let Some(stay) = self.channels.get_mut(uid).and_then(|c| c.park.take()) {
            let cause = if how == Clearing::TimedOut { Cause::TIMEOUT } else { Cause::NORMAL_CLEARING };
            self.emit(at, Event::Cleared { connection: stay.connection, how, cause });
        }
    }

    /// Another channel lies in the slot from here on.
    pub(super) fn park_swap(&mut self, message: &Message) {
        let (Some(uid), Some(slot)) = (Self::uid(message, "ParkeeUniqueid"), text(message, "ParkingSpace")) else { return };
        let lies_there = |c: &&Channel| c.uid != uid && c.park.as_ref().is_some_and(|stay| stay.name == slot);
        let from = self.channels.values().filter(lies_there).map(|c| c.uid.clone()).min();
        let is_free = self.channels.get(uid).is_some_and(|c| c.park.is_none());
        if is_free
            && let Some(stay) = from.and_then(|from| self.channels.get_mut(&from)).and_then(|c| c.park.take())
            && let Some(channel) = self.channels.get_mut(uid)
        {
            channel.park = Some(stay);
        }
    }
}
