//! Taking up the present state from the PBX's lists: after login and after every gap.
//!
//! What was known before is thrown away and rebuilt from the lists; the tracker ties it to what it knows by connection. Times
//! before the connection are known to a second at best. Each list is a moment of its own: a channel that is only in some of them
//! is taken as it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use smol_str::SmolStr;
use strowger_protocol::ami::Message;

use super::bridge::{is_holding, path};
use super::channel::{Class, Stay, Uid};
use super::{Memberships, Switchboard, presented, text};
use crate::pbx::ami::name::{is_dialled, local_number};
use crate::telephony::{
    AgentId, AgentState, Cause, Clearing, ConnectionId, ConnectionState, DeviceId, DeviceKind, Entry as How, Event, Present, Scope, Time,
};

/// Items kept of one snapshot at most; more than a PBX of this size can have.
const ITEMS_MAX: usize = 400_000;

/// One item of a list.
#[derive(Clone, Debug)]
pub(crate) struct Entry(pub(crate) Message);

/// The lists of one snapshot.
#[derive(Default, Debug)]
pub(crate) struct Lists {
    items: Vec<Entry>,
    channels_told: bool,
}

#[derive(Default)]
struct Listed {
    name: SmolStr,
    linked: SmolStr,
    up: bool,
    state: u8,
    application: SmolStr,
    data: SmolStr,
    dnid: Option<SmolStr>,
    exten: SmolStr,
    number: Option<SmolStr>,
    person: Option<SmolStr>,
    seconds: u64,
    bridge: Option<SmolStr>,
}

impl Lists {
    /// Keeps an item; false when there are too many.
    pub(crate) fn push(&mut self, item: Entry) -> bool {
        if self.items.len() >= ITEMS_MAX {
            return false;
        }
        self.channels_told |= matches!(item.0.name(), b"CoreShowChannelsComplete" | b"StatusComplete");
        self.items.push(item);
        true
    }

    fn named<'a>(&'a self, names: &'a [&'a [u8]]) -> impl Iterator<Item = &'a Message> {
        self.items.iter().map(|item| &item.0).filter(|m| names.contains(&m.name()))
    }

    /// Whether the channels are told to the end.
    pub(crate) fn channels_are_told(&self) -> bool {
        self.channels_told
    }

    /// Whether a snapshot can be made of this: the channels are told, or nothing at all was.
    pub(crate) fn are_usable(&self) -> bool {
        self.channels_told || self.items.is_empty()
    }

    /// Uniqueids of all channels listed.
    pub(crate) fn channels(&self) -> BTreeSet<SmolStr> {
        self.named(&[b"CoreShowChannel", b"Status", b"BridgeInfoChannel"]).filter_map(|m| text(m, "Uniqueid")).map(SmolStr::new).collect()
    }
}

impl Switchboard {
    /// Takes up the lists. `fresh`: channels whose birth was seen since the question; they need no list.
    pub(crate) fn load(&mut self, lists: &Lists, fresh: &BTreeSet<SmolStr>, at: Time) {
        self.forget_calls();
        self.loading = true;
        self.emit(at, Event::ResyncBegan { scope: Scope::All });
        self.load_devices(lists, at);
        let listed = listed_channels(lists, fresh);
        let order = by_age(&listed);
        self.load_lines(lists, &listed, at);
        self.load_channels(&listed, &order, at);
        self.load_members(lists, &BTreeMap::new(), at);
        self.load_bridges(lists, &listed, &order, at);
        self.guess_dials(&listed, &order);
        self.tell_channels(&listed, &order, at);
        self.load_offers(&listed, &order, at);
        self.load_stays(lists, &listed, &order, at);
        self.loading = false;
        self.emit(at, Event::Resynchronised { scope: Scope::All });
    }

    /// After a reload: members that came or went without an event.
    pub(crate) fn refresh_members(&mut self, lists: &Lists, at: Time) {
        self.load_devices(lists, at);
        // A list that is not whole says nothing of who is missing in it.
        if lists.named(&[b"QueueStatusComplete"]).next().is_none() {
            return;
        }
        let before = std::mem::take(&mut self.memberships);
        self.load_members(lists, &before, at);
        for key in before.into_keys() {
            if !self.memberships.contains_key(&key) {
                self.emit(at, Event::AgentLoggedOff { agent: key.0, device: key.1 });
            }
        }
    }

    /// Ends channels that two audits on end did not find: their end was not told. True: none is missing for the first time.
    pub(crate) fn end_unlisted(&mut self, listed: &BTreeSet<SmolStr>, at: Time) -> bool {
        let missing: BTreeSet<Uid> = self.channels.keys().filter(|uid| !listed.contains(*uid)).cloned().collect();
        let (gone, suspected): (BTreeSet<Uid>, BTreeSet<Uid>) = missing.into_iter().partition(|uid| self.missing.contains(uid));
        for uid in gone {
            self.clear_connection(&uid, at, Clearing::Lost, Cause::UNKNOWN);
            self.leave_stays(&uid, at, Clearing::Lost);
            self.end_channel(&uid, at, 0, None);
        }
        self.missing = suspected;
        self.missing.is_empty()
    }

    fn forget_calls(&mut self) {
        self.channels.clear();
        self.components.clear();
        self.bridges.clear();
        self.lines.clear();
        self.memberships.clear();
        self.missing.clear();
    }

    fn load_devices(&mut self, lists: &Lists, at: Time) {
        for message in lists.named(&[b"EndpointList"]) {
            if let Some(endpoint) = text(message, "ObjectName")
                && let Some(extension) = self.naming.extension_of(endpoint, None).map(SmolStr::new)
            {
                self.is_device(&extension);
            }
        }
        for message in lists.named(&[b"DeviceStateChange"]) {
            if let (Some(device), Some(state)) = (text(message, "Device"), text(message, "State")) {
                self.device_is(device, state, at);
            }
        }
    }

    /// Agents who wait on the line, told by the list of agents or by the application that their channel is in.
    fn load_lines(&mut self, lists: &Lists, listed: &BTreeMap<Uid, Listed>, at: Time) {
        let mut lines: BTreeMap<Uid, SmolStr> = BTreeMap::new();
        for message in lists.named(&[b"Agents"]) {
            if let (Some(agent), Some(uid)) = (text(message, "Agent"), text(message, "Uniqueid")) {
                lines.insert(uid.into(), agent.into());
            }
        }
        for (uid, channel) in listed.iter().filter(|(_, c)| c.application == "AgentLogin") {
            if let Some(agent) = channel.data.split(',').next().filter(|a| !a.is_empty()) {
                lines.entry(uid.clone()).or_insert_with(|| agent.into());
            }
        }
        for (uid, agent) in lines {
            let Some(channel) = listed.get(&uid) else { continue };
            self.insert_listed(&uid, channel, None, at);
            self.line_begins(&uid, &agent, at);
        }
    }

    fn insert_listed(&mut self, uid: &str, channel: &Listed, linked: Option<&str>, at: Time) {
        let created_at = at.minus(Duration::from_secs(channel.seconds));
        self.insert(uid, &channel.name, linked, created_at);
        if let Some(own) = self.channels.get_mut(uid) {
            own.own_number.clone_from(&channel.number);
            own.own_name.clone_from(&channel.person);
            own.exten = channel.exten.clone();
            own.up = channel.up;
        }
    }

    fn load_channels(&mut self, listed: &BTreeMap<Uid, Listed>, order: &[Uid], at: Time) {
        let line_links: BTreeSet<&str> = self
            .lines
            .values()
            .filter_map(|uid| listed.get(uid))
            .map(|c| c.linked.as_str())
            .chain(self.lines.values().map(SmolStr::as_str))
            .collect();
        let line_links: BTreeSet<String> = line_links.into_iter().map(ToOwned::to_owned).collect();
        let lines: BTreeSet<Uid> = self.lines.values().cloned().collect();
        for uid in order.iter().filter(|uid| !lines.contains(*uid)) {
            let channel = &listed[uid];
            let linked = Some(channel.linked.as_str()).filter(|l| !l.is_empty() && !line_links.contains(*l));
            if let Some(linked) = linked.filter(|l| *l != uid)
                && self.components.numbered(linked).is_none()
            {
                // The first channel of the call is gone; its number is still the call's.
                self.components.begin(linked);
                self.insert_listed(uid, channel, Some(linked), at);
            } else {
                self.insert_listed(uid, channel, linked.filter(|l| *l != uid), at);
            }
        }
        for uid in order {
            if let Some((stem, half)) = crate::pbx::ami::name::local_pair(&listed[uid].name)
                && half == 1
            {
                let other = format!("{stem};2");
                if let Some(other) = order.iter().find(|o| listed[*o].name == other) {
                    self.marry(uid, other, at);
                }
            }
        }
    }

    fn load_members(&mut self, lists: &Lists, before: &Memberships, at: Time) {
        let mut members: Vec<(u64, AgentId, DeviceId, SmolStr, &Message)> = Vec::new();
        for message in lists.named(&[b"QueueMember"]) {
            if let Some((agent, device, queue)) = self.member(message) {
                let since = text(message, "LoginTime").and_then(|t| t.parse().ok()).unwrap_or(0);
                members.push((since, agent, device, queue, message));
            }
        }
        // The newest login holds.
        members.sort_by_key(|(since, ..)| *since);
        for (_, agent, device, queue, message) in members {
            self.note_wrap_up(&agent, message);
            let key = (agent.clone(), device.clone());
            let is_new = !self.memberships.contains_key(&key) && !before.contains_key(&key);
            self.memberships.entry(key).or_default().insert(queue);
            if is_new {
                self.emit(at, Event::AgentLoggedOn { agent: agent.clone(), device });
            }
            if text(message, "Paused") == Some("1") {
                let reason = text(message, "PausedReason").map(SmolStr::new);
                self.emit(at, Event::AgentState { agent, state: AgentState::NotReady, reason });
            }
        }
    }

    fn load_bridges(&mut self, lists: &Lists, listed: &BTreeMap<Uid, Listed>, order: &[Uid], at: Time) {
        let holding: BTreeSet<&str> = lists
            .named(&[b"BridgeListItem", b"BridgeInfoComplete"])
            .filter(|m| is_holding(text(m, "BridgeType"), text(m, "BridgeTechnology")))
            .filter_map(|m| text(m, "BridgeUniqueid"))
            .collect();
        for uid in order {
            if let Some(bridge) = listed[uid].bridge.as_deref().filter(|b| !holding.contains(b)) {
                self.join_bridge(uid, bridge, at);
            }
        }
    }

    /// Who rings on whose behalf: a calling channel of the same call whose application names the endpoint, else any.
    fn guess_dials(&mut self, listed: &BTreeMap<Uid, Listed>, order: &[Uid]) {
        for uid in order.iter().filter(|uid| is_called(&listed[*uid])) {
            let Some(channel) = self.channels.get(uid) else { continue };
            let endpoint = crate::pbx::ami::name::ChannelName::parse(&channel.name).endpoint;
            let Some(component) = self.components.get(channel.component) else { continue };
            let calling = || component.channels.iter().filter(|o| *o != uid && listed.get(*o).is_some_and(|c| !is_called(c)));
            let dialler = calling().find(|o| listed[*o].data.contains(endpoint)).or_else(|| calling().next()).cloned();
            if let Some(dialler) = dialler {
                if let Some(channel) = self.channels.get_mut(uid) {
                    channel.dialled_by = Some(dialler.clone());
                }
                if let Some(channel) = self.channels.get_mut(&dialler) {
                    channel.children.push(uid.clone());
                }
            }
        }
    }

    fn tell_channels(&mut self, listed: &BTreeMap<Uid, Listed>, order: &[Uid], at: Time) {
        for uid in order {
            let Some(channel) = self.channels.get(uid) else { continue };
            if channel.class != Class::Device || channel.line.is_some() {
                continue;
            }
            let source = &listed[uid];
            let calling = channel.dialled_by.is_none();
            let Some(seen) = self.party(uid, None) else { continue };
            let (since, component) = (channel.created_at, channel.component);
            let Some(component) = self.components.get_mut(component) else { continue };
            component.announced = true;
            let call = component.id.clone();
            let state = match (source.up, source.state) {
                (true, _) => ConnectionState::Connected,
                (_, 5) => ConnectionState::Alerting,
                _ => ConnectionState::Initiated,
            };
            let dialled = calling.then(|| source.dnid.clone().or_else(|| Some(source.exten.clone()).filter(|e| is_dialled(e)))).flatten();
            let Some(channel) = self.channels.get_mut(uid) else { continue };
            channel.announced = true;
            channel.originated = calling;
            channel.dialled_known = dialled.is_some();
            channel.delivered = state != ConnectionState::Initiated;
            channel.established = channel.up;
            let how = if calling { How::Calling } else { How::Called };
            let connection = ConnectionId::new(uid);
            self.emit(at, Event::Present(Present { call, connection, party: seen.party, how, state, since, dialled, waiting: None }));
        }
    }

    fn load_stays(&mut self, lists: &Lists, listed: &BTreeMap<Uid, Listed>, order: &[Uid], at: Time) {
        let mut stays: Vec<(Uid, SmolStr, DeviceKind, u64)> = Vec::new();
        for message in lists.named(&[b"QueueEntry"]) {
            if let (Some(uid), Some(queue)) = (text(message, "Uniqueid"), text(message, "Queue")) {
                let waited = text(message, "Wait").and_then(|w| w.parse().ok()).unwrap_or(0);
                stays.push((uid.into(), queue.into(), DeviceKind::HuntGroup, waited));
            }
        }
        for message in lists.named(&[b"ParkedCall"]) {
            if let (Some(uid), Some(slot)) = (text(message, "ParkeeUniqueid"), text(message, "ParkingSpace")) {
                let parked = text(message, "ParkingDuration").and_then(|d| d.parse().ok()).unwrap_or(0);
                stays.push((uid.into(), slot.into(), DeviceKind::Park, parked));
            }
        }
        for uid in order.iter().filter(|uid| listed[*uid].application == "ConfBridge") {
            let room = listed[uid].data.split(',').next().unwrap_or_default();
            stays.push((uid.clone(), room.into(), DeviceKind::Conference, listed[uid].seconds));
        }
        self.tell_queues_left(listed, order, &stays, at);
        for (uid, name, kind, seconds) in stays {
            let (Some(waiting), Some(call)) = (self.waiting_connection(&uid), self.call_of(&uid)) else { continue };
            let connection = ConnectionId::new(match kind {
                DeviceKind::HuntGroup => format!("{uid}/queue/{name}"),
                DeviceKind::Park => format!("{uid}/park"),
                _ => format!("{uid}/conference"),
            });
            let state = if kind == DeviceKind::Conference { ConnectionState::Connected } else { ConnectionState::Queued };
            let since = at.minus(Duration::from_secs(seconds));
            let (party, waiting) = (path(&name, kind), Some(waiting));
            let how = How::Queue;
            self.emit(
                at,
                Event::Present(Present { call, connection: connection.clone(), party, how, state, since, dialled: None, waiting }),
            );
            let Some(channel) = self.channels.get_mut(&uid) else { continue };
            let stay = Some(Stay { connection, name: name.clone(), abandoned: false });
            match kind {
                DeviceKind::HuntGroup => channel.queue = stay,
                DeviceKind::Park => channel.park = stay,
                _ => channel.conference = stay,
            }
        }
    }
}

impl Switchboard {
    /// Queue calls that are offered to an agent who waits on the line and has not taken them yet.
    fn load_offers(&mut self, listed: &BTreeMap<Uid, Listed>, order: &[Uid], at: Time) {
        for uid in order.iter().filter(|uid| is_called(&listed[*uid]) && !listed[*uid].up) {
            let Some(channel) = self.channels.get(uid).filter(|c| c.class == Class::Local) else { continue };
            let line = local_number(&channel.name).and_then(|agent| self.lines.get(agent)).cloned();
            if let (Some(line), Some(caller)) = (line, channel.dialled_by.clone()) {
                self.offer_turn(&line, uid, &caller, at);
            }
        }
    }

    /// Callers whose application is the queue though they do not wait there any more: they were put through.
    fn tell_queues_left(&mut self, listed: &BTreeMap<Uid, Listed>, order: &[Uid], stays: &[(Uid, SmolStr, DeviceKind, u64)], at: Time) {
        for uid in order.iter().filter(|uid| listed[*uid].application == "Queue" && !stays.iter().any(|(waits, ..)| waits == *uid)) {
            let Some(queue) = listed[uid].data.split(',').next().filter(|q| !q.is_empty()) else { continue };
            let (Some(waiting), Some(call)) = (self.waiting_connection(uid), self.call_of(uid)) else { continue };
            let connection = ConnectionId::new(format!("{uid}/queue/{queue}"));
            // How long it waited is not known: the stay is told without length.
            let since = at.minus(Duration::from_secs(listed[uid].seconds));
            let (party, how, state) = (path(queue, DeviceKind::HuntGroup), How::Queue, ConnectionState::Null);
            let waiting = Some(waiting);
            self.emit(at, Event::Present(Present { call, connection, party, how, state, since, dialled: None, waiting }));
        }
    }
}

fn is_called(channel: &Listed) -> bool {
    matches!(channel.application.as_str(), "AppDial" | "AppDial2" | "AppQueue")
}

/// All channels of the lists, each with what every list says of it.
fn listed_channels(lists: &Lists, fresh: &BTreeSet<SmolStr>) -> BTreeMap<Uid, Listed> {
    let mut all: BTreeMap<Uid, Listed> = BTreeMap::new();
    for message in lists.named(&[b"CoreShowChannel", b"Status", b"BridgeInfoChannel"]) {
        let (Some(uid), Some(name)) = (text(message, "Uniqueid"), text(message, "Channel")) else { continue };
        if fresh.contains(uid) {
            continue;
        }
        let channel = all.entry(uid.into()).or_default();
        let keep = |to: &mut SmolStr, key: &str| {
            if let Some(value) = text(message, key) {
                *to = value.into();
            }
        };
        channel.name = name.into();
        keep(&mut channel.linked, "Linkedid");
        keep(&mut channel.application, "Application");
        keep(&mut channel.data, "ApplicationData");
        if let Some(state) = text(message, "ChannelState").and_then(|s| s.parse().ok()) {
            channel.state = state;
            channel.up = state == 6;
        }
        if message.name() == b"CoreShowChannel" || channel.exten.is_empty() {
            keep(&mut channel.exten, "Exten");
        }
        channel.number = presented(message, "CallerIDNum").or(channel.number.take());
        channel.person = presented(message, "CallerIDName").or(channel.person.take());
        channel.dnid = text(message, "DNID").map(SmolStr::new).or(channel.dnid.take());
        let bridge = ["BridgeId", "BridgeID", "BridgeUniqueid"].into_iter().find_map(|key| text(message, key));
        channel.bridge = bridge.map(SmolStr::new).or(channel.bridge.take());
        let seconds = text(message, "Seconds").and_then(|s| s.parse().ok()).or_else(|| text(message, "Duration").and_then(clock_seconds));
        channel.seconds = channel.seconds.max(seconds.unwrap_or(0));
    }
    all
}

/// `01:02:03` in seconds.
fn clock_seconds(text: &str) -> Option<u64> {
    text.split(':').try_fold(0u64, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))
}

/// Oldest first: Uniqueids count up (`[system-]seconds.counter`).
fn by_age(listed: &BTreeMap<Uid, Listed>) -> Vec<Uid> {
    let age = |uid: &str| {
        let stamp = uid.rsplit_once('-').map_or(uid, |(_, stamp)| stamp);
        let (seconds, count) = stamp.split_once('.').unwrap_or((stamp, "0"));
        (seconds.parse::<u64>().unwrap_or(0), count.parse::<u64>().unwrap_or(0))
    };
    let mut order: Vec<Uid> = listed.keys().cloned().collect();
    order.sort_by_key(|uid| age(uid));
    order
}
