//! Channels that come to be, and how they become connections.

use smol_str::SmolStr;
use strowger_protocol::ami::Message;

use super::channel::{Channel, Class, Seen};
use super::{CHANNELS_MAX, Switchboard, presented, text};
use crate::pbx::ami::name::{ChannelName, dialled_number, is_dialled, local_number, local_pair};
use crate::telephony::{ConnectionId, DeviceId, DeviceKind, Entry, Event, Party, Time};

/// Steps through Local channels until whoever is behind them is given up.
const CHAIN_MAX: usize = 32;

impl Switchboard {
    pub(super) fn new_channel(&mut self, message: &Message, at: Time) {
        let (Some(uid), Some(name)) = (Self::uid(message, "Uniqueid"), text(message, "Channel")) else { return };
        if self.channels.contains_key(uid) || self.channels.len() >= CHANNELS_MAX {
            return;
        }
        let linked = text(message, "Linkedid").filter(|linked| *linked != uid);
        self.insert(uid, name, linked, at);
        let Some(channel) = self.channels.get_mut(uid) else { return };
        channel.own_number = presented(message, "CallerIDNum");
        channel.own_name = presented(message, "CallerIDName");
        channel.exten = text(message, "Exten").map(SmolStr::new).unwrap_or_default();
        if channel.class == Class::Device {
            self.note_device(uid);
        }
        let Some(channel) = self.channels.get(uid) else { return };
        if channel.class == Class::Device && message.get("ChannelState") == Some(b"4") {
            self.announce_calling(uid, at);
        }
    }

    /// Makes a channel and finds its component.
    pub(super) fn insert(&mut self, uid: &str, name: &str, linked: Option<&str>, at: Time) {
        let class = match ChannelName::parse(name) {
            parsed if parsed.technology == "Local" => Class::Local,
            parsed if parsed.is_internal() => Class::Internal,
            _ => Class::Device,
        };
        let tied = linked.and_then(|linked| self.components.numbered(linked));
        let tied = tied.filter(|key| self.components.get(*key).is_some_and(|c| !c.is_line));
        let component = tied.unwrap_or_else(|| self.components.begin(uid));
        if let Some(component) = self.components.get_mut(component) {
            component.channels.push(SmolStr::new(uid));
        }
        self.channels.insert(SmolStr::new(uid), Channel::new(SmolStr::new(uid), SmolStr::new(name), class, component, at));
        if let Some((stem, half)) = local_pair(name) {
            self.pair(uid, stem, half, at);
        }
    }

    fn note_device(&mut self, uid: &str) {
        if let Some(party) = self.party(uid, None).filter(|seen| seen.inside).map(|seen| seen.party) {
            self.is_device(party.device.as_str());
        }
    }

    fn pair(&mut self, uid: &str, stem: &str, half: u8, at: Time) {
        let other_name = format!("{stem};{}", if half == 1 { 2 } else { 1 });
        let component = self.channels.get(uid).map(|c| c.component);
        // The halves are born one after the other with the same Linkedid: the other one is nearly always in the same component.
        let near =
            component.and_then(|c| self.components.get(c)).and_then(|c| c.channels.iter().find(|o| self.is_named(o, &other_name)).cloned());
        if let Some(other) = near {
            self.marry(uid, &other, at);
        }
    }

    fn is_named(&self, uid: &str, name: &str) -> bool {
        self.channels.get(uid).is_some_and(|c| c.name == name)
    }

    pub(super) fn marry(&mut self, one: &str, two: &str, at: Time) {
        if let Some(channel) = self.channels.get_mut(one) {
            channel.partner = Some(SmolStr::new(two));
        }
        if let Some(channel) = self.channels.get_mut(two) {
            channel.partner = Some(SmolStr::new(one));
        }
        self.tie(at, one, two);
    }

    pub(super) fn local_bridge(&mut self, message: &Message, at: Time) {
        if let (Some(one), Some(two)) = (Self::uid(message, "LocalOneUniqueid"), Self::uid(message, "LocalTwoUniqueid"))
            && self.channels.contains_key(one)
            && self.channels.contains_key(two)
        {
            self.marry(one, two, at);
        }
    }

    pub(super) fn rename(&mut self, message: &Message) {
        if let (Some(uid), Some(name)) = (Self::uid(message, "Uniqueid"), text(message, "Newname"))
            && let Some(channel) = self.channels.get_mut(uid)
        {
            channel.name = SmolStr::new(name);
        }
    }

    pub(super) fn new_state(&mut self, message: &Message, at: Time) {
        let Some(uid) = Self::uid(message, "Uniqueid") else { return };
        let Some(channel) = self.channels.get_mut(uid) else { return };
        if channel.class != Class::Device {
            return;
        }
        match message.get("ChannelState") {
            Some(b"4") if !channel.announced && channel.dialled_by.is_none() => {
                channel.exten = text(message, "Exten").map_or_else(|| channel.exten.clone(), SmolStr::new);
                self.announce_calling(uid, at);
            }
            Some(b"5") => self.rings(uid, at),
            Some(b"6") => {
                channel.up = true;
                if !channel.announced {
                    self.announce_called(uid, at);
                }
                self.establish(uid, at);
            }
            Some(b"7" | b"8") => channel.refused_by_pbx = true,
            _ => {}
        }
        self.note_meant(uid, message);
        self.note_dialled(uid, message, at);
    }

    /// The sign of ringing. A device that nobody is known to dial yet is told with the dial, which is on its way.
    pub(super) fn rings(&mut self, uid: &str, at: Time) {
        let Some(channel) = self.channels.get_mut(uid) else { return };
        channel.rang_at.get_or_insert(at);
        if channel.announced && !channel.delivered && !channel.established && !channel.cleared {
            channel.delivered = true;
            if let Some(connection) = channel.connection() {
                self.emit(at, Event::Delivered { connection });
            }
        }
    }

    pub(super) fn establish(&mut self, uid: &str, at: Time) {
        let Some(channel) = self.channels.get_mut(uid) else { return };
        if channel.announced && !channel.established && !channel.cleared && channel.line.is_none() {
            channel.established = true;
            self.emit(at, Event::Established { connection: ConnectionId::new(uid) });
        }
    }

    /// Originate puts what is to be dialled into the caller ID of the user's own channel.
    fn note_meant(&mut self, uid: &str, message: &Message) {
        let Some(channel) = self.channels.get_mut(uid) else { return };
        if !channel.dialled_known && channel.meant_number.is_none() {
            channel.meant_number = presented(message, "CallerIDNum").filter(|number| channel.own_number.as_ref() != Some(number));
        }
    }

    /// What a calling channel dialled shows late where the PBX called it first (Originate).
    pub(super) fn note_dialled(&mut self, uid: &str, message: &Message, at: Time) {
        let Some(channel) = self.channels.get_mut(uid) else { return };
        if !channel.originated || channel.dialled_known || channel.cleared || channel.line.is_some() {
            return;
        }
        if let Some(exten) = text(message, "Exten").filter(|e| is_dialled(e)) {
            channel.dialled_known = true;
            // A name of the dialplan says less than the number that the click-to-dial was for.
            let is_name = !exten.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | '+'));
            let meant = channel.meant_number.clone().filter(|_| is_name);
            let number = meant.unwrap_or_else(|| SmolStr::new(exten));
            self.emit(at, Event::Dialled { connection: ConnectionId::new(uid), number });
        }
    }

    pub(super) fn announce_calling(&mut self, uid: &str, at: Time) {
        let Some(seen) = self.party(uid, None) else { return };
        let Some(key) = self.channels.get(uid).filter(|c| !c.announced).map(|c| c.component) else { return };
        let Some(call) = self.begin_call(key, uid) else { return };
        let Some(channel) = self.channels.get_mut(uid) else { return };
        channel.announced = true;
        channel.originated = true;
        let dialled = Some(channel.exten.clone()).filter(|e| is_dialled(e));
        channel.dialled_known = dialled.is_some();
        let created_at = channel.created_at.min(at);
        self.emit(created_at, Event::Originated { call, connection: ConnectionId::new(uid), party: seen.party, dialled });
    }

    /// Tells that a device is offered a call; for whom it is, and how it comes into the call, is read from the wiring.
    pub(super) fn announce_called(&mut self, uid: &str, at: Time) {
        let Some(channel) = self.channels.get(uid) else { return };
        if channel.announced || channel.class != Class::Device {
            return;
        }
        let (behind, hint) = self.behind(uid);
        let has_caller = self.components.get(channel.component).is_some_and(|c| c.announced);
        if behind.is_none() && !has_caller {
            // Nobody calls it but the PBX: it is the one that begins the call (click-to-dial).
            self.announce_calling(uid, at);
            if let Some(channel) = self.channels.get_mut(uid) {
                channel.dialled_known = false;
            }
            self.deliver_if_rang(uid);
            return;
        }
        let by = behind.as_deref().and_then(|b| self.connection_of(b));
        let how = hint.unwrap_or_else(|| {
            let queued = behind.as_deref().and_then(|b| self.channels.get(b)).is_some_and(|b| b.queue.is_some());
            if queued { Entry::Queue } else { Entry::Called }
        });
        let Some(seen) = self.party(uid, behind.as_deref()) else { return };
        let Some((created_at, key)) = self.channels.get(uid).map(|c| (c.created_at, c.component)) else { return };
        let Some(call) = self.begin_call(key, uid) else { return };
        if let Some(channel) = self.channels.get_mut(uid) {
            channel.announced = true;
        }
        let connection = ConnectionId::new(uid);
        self.emit(created_at, Event::Offered { call, connection: connection.clone(), party: seen.party, how, by });
        if let Some(behind) = behind {
            self.reached(&behind, &connection, at);
        }
        self.deliver_if_rang(uid);
    }

    fn deliver_if_rang(&mut self, uid: &str) {
        if let Some(at) = self.channels.get(uid).and_then(|c| c.rang_at) {
            self.rings(uid, at);
        }
    }

    /// Whoever was transferred has reached somebody.
    pub(super) fn reached(&mut self, transferee: &str, to: &ConnectionId, at: Time) {
        let Some(channel) = self.channels.get_mut(transferee) else { return };
        if let Some(by) = channel.transferred_by.take() {
            self.emit(at, Event::TransferReached { by, to: to.clone() });
        }
    }

    /// The device on whose behalf a channel is dialled, through Local channels; and how that wiring says it comes into the call.
    pub(super) fn behind(&self, uid: &str) -> (Option<SmolStr>, Option<Entry>) {
        match self.channels.get(uid).and_then(|c| c.dialled_by.clone()) {
            Some(dialler) => self.follow(dialler),
            None => (None, None),
        }
    }

    /// The device that stands behind a dialling channel: itself, or through Local channels who had them dialled.
    pub(super) fn follow(&self, dialler: SmolStr) -> (Option<SmolStr>, Option<Entry>) {
        let (mut at, mut hint) = (dialler, None);
        for _ in 0..CHAIN_MAX {
            let Some(channel) = self.channels.get(&at) else { return (None, hint) };
            hint = hint.or(channel.entry_hint);
            if channel.class == Class::Device {
                return (Some(at), hint);
            }
            let Some(partner) = channel.partner.as_ref().and_then(|p| self.channels.get(p)) else { return (None, hint) };
            hint = hint.or(partner.entry_hint);
            if let Some(next) = &partner.dialled_by {
                at = next.clone();
                continue;
            }
            // A consultation by feature code: its Local channel is not dialled but bridged with who consults.
            let consulting = partner
                .bridge
                .as_ref()
                .and_then(|b| self.bridges.get(b))
                .and_then(|members| members.iter().find(|m| self.channels.get(*m).is_some_and(|c| c.class == Class::Device)).cloned());
            return match consulting {
                Some(device) => {
                    let consults = self.channels.get(&device).is_some_and(|c| !partner.children.contains(&c.uid));
                    (Some(device), hint.or(consults.then_some(Entry::Transfer)))
                }
                None => (None, hint),
            };
        }
        (None, hint)
    }

    /// The device that a channel stands for.
    pub(super) fn party(&self, uid: &str, called_by: Option<&str>) -> Option<Seen> {
        let channel = self.channels.get(uid)?;
        let endpoint = ChannelName::parse(&channel.name).endpoint;
        let number = channel.own_number.clone();
        if let Some(extension) = self.naming.extension_of(endpoint, number.as_deref()) {
            let party = Party {
                device: DeviceId::new(extension),
                kind: DeviceKind::Extension,
                number: Some(number.clone().unwrap_or_else(|| SmolStr::new(extension))),
                name: channel.own_name.clone(),
                trunk: None,
            };
            return Some(Seen { party, inside: true });
        }
        let is_called = channel.dialled_by.is_some() || called_by.is_some();
        let dialled = is_called.then(|| self.outside_number(channel, endpoint)).flatten();
        let shown = dialled.or(number);
        let party = Party {
            device: DeviceId::new(shown.as_deref().unwrap_or(endpoint)),
            kind: DeviceKind::External,
            number: shown,
            name: channel.own_name.clone(),
            trunk: Some(SmolStr::new(endpoint)),
        };
        Some(Seen { party, inside: false })
    }

    /// A number outside as it was dialled. The dial string may lack a prefix that the dialplan took away for the trunk; a channel
    /// that presents no number of its own presents what was dialled.
    fn outside_number(&self, channel: &Channel, endpoint: &str) -> Option<SmolStr> {
        let by_dial_string = dialled_number(&channel.dial_string, endpoint).map(SmolStr::new);
        let as_dialled = channel.shown_number.clone().or_else(|| channel.own_number.clone());
        let by_dial_string = match (by_dial_string, as_dialled) {
            (Some(sent), Some(dialled)) if dialled.ends_with(sent.as_str()) => Some(dialled),
            (sent, _) => sent,
        };
        by_dial_string.or_else(|| {
            let dialler = channel.dialled_by.as_ref().and_then(|d| self.channels.get(d))?;
            local_number(&dialler.name).map(SmolStr::new)
        })
    }
}
