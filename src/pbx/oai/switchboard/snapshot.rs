//! The present state, told after a start or a gap (OAI §3): tagged events and answers to `_SP` say who is in which call.
//!
//! Stations tell theirs; what trunks and groups do is told only where they are asked by name. So an outside party that was there
//! stays while the one that it talked with says that the call is up.
//!
//! In life this takes time, and calls go on meanwhile. What a line tells that is no part of it came after what was told before, and
//! changes that; so the answers that come once the PBX has told what it tells of itself are taken up as they come.

use std::collections::{BTreeMap, BTreeSet};

use strowger_protocol::oai::{CallState, EventBody, LocalState};

use super::call::{Call, CallKey, Part, State};
use super::offer::Offer;
use super::{CALLS_MAX, Switchboard};
use crate::telephony::{Cause, Clearing, ConnectionState, DeviceId, DeviceKind, Entry, Event, Party, Present, Scope, SwitchCallId, Time};

/// Devices seen in one call at most; further ones are not taken up.
use super::call::PARTS_MAX;

/// The present state as far as it was told.
#[derive(Debug)]
pub(super) struct Replay {
    pub(super) scope: Scope,
    began_at: Time,
    calls: Vec<(SwitchCallId, Vec<Seen>)>,
    by_number: BTreeMap<SwitchCallId, usize>,
    /// The PBX has told all that it tells of itself.
    is_told: bool,
    /// The calls that it told so.
    told: BTreeSet<CallKey>,
    /// The devices that were told so far, by their calls.
    mentioned: BTreeMap<CallKey, Vec<DeviceId>>,
}

/// A device in a call.
#[derive(Debug)]
struct Seen {
    device: DeviceId,
    party: Party,
    how: Entry,
    state: State,
    /// When it was told.
    since: Time,
    /// Who waits, where the device is a group.
    waiting: Option<DeviceId>,
}

impl Replay {
    fn new(scope: Scope, began_at: Time) -> Self {
        let (calls, by_number) = (Vec::new(), BTreeMap::new());
        Self { scope, began_at, calls, by_number, is_told: false, told: BTreeSet::new(), mentioned: BTreeMap::new() }
    }

    fn see(&mut self, number: &SwitchCallId, seen: Seen) {
        let index = match self.by_number.get(number) {
            Some(&index) => index,
            None if self.calls.len() >= CALLS_MAX => return,
            None => {
                self.calls.push((number.clone(), Vec::new()));
                self.by_number.insert(number.clone(), self.calls.len() - 1);
                self.calls.len() - 1
            }
        };
        let devices = &mut self.calls[index].1;
        let is_full = devices.len() >= PARTS_MAX;
        match devices.iter_mut().find(|known| known.device == seen.device) {
            Some(known) => {
                if rank(&seen.state) > rank(&known.state) {
                    known.state = seen.state;
                }
                if known.party.number.is_none() {
                    known.party.number.clone_from(&seen.party.number);
                }
                if seen.how != Entry::Called && known.how == Entry::Called {
                    known.how = seen.how;
                }
            }
            None if is_full => {}
            None => devices.push(seen),
        }
    }
}

fn covers(scope: &Scope, part: &Part) -> bool {
    scope.covers(part.party.device.as_str(), part.party.trunk.as_deref())
}

fn talks(state: &State) -> bool {
    matches!(state, State::Connected | State::Held)
}

/// Since when that is known.
fn told_at(seen: &[Seen]) -> Time {
    seen.iter().map(|seen| seen.since).min().unwrap_or(Time::MIN)
}

/// Only one side is told: the other is the outside party that the call had before, and the one told took it over.
fn goes_on_outside(call: &Call, seen: &[Seen]) -> bool {
    let is_outside = |party: &Party| matches!(party.kind, DeviceKind::External | DeviceKind::Trunk);
    let is_alone = seen.iter().filter(|seen| talks(&seen.state)).count() == 1 && !seen.iter().any(|seen| is_outside(&seen.party));
    is_alone && call.parts.iter().any(|part| part.is_outside() && part.is_talking())
}

/// Which of two things told of one device holds.
fn rank(state: &State) -> u8 {
    match state {
        State::DialTone => 0,
        State::Calling => 1,
        State::Reached | State::Failed(..) => 2,
        State::Alerting | State::Queued => 3,
        State::Connected => 4,
        State::Held => 5,
    }
}

fn connection_state(state: &State) -> ConnectionState {
    match state {
        State::DialTone | State::Calling => ConnectionState::Initiated,
        State::Reached | State::Alerting | State::Failed(..) => ConnectionState::Alerting,
        State::Connected => ConnectionState::Connected,
        State::Held => ConnectionState::Hold,
        State::Queued => ConnectionState::Queued,
    }
}

impl Switchboard {
    /// The PBX begins to tell the present state. What was told before of one that did not end counts for nothing.
    pub(in crate::pbx::oai) fn resync_began(&mut self, at: Time, scope: Scope) {
        self.settle_all();
        self.replay = Some(Replay::new(scope.clone(), at));
        self.features.resync_began();
        self.lost.iter_mut().for_each(|lost| lost.stays &= scope != Scope::All);
        self.out.tell(at, Event::ResyncBegan { scope });
    }

    /// Takes an event of a resync. False: it tells no state of a call.
    pub(super) fn replayed(&mut self, at: Time, body: &EventBody) -> bool {
        let devices = &self.devices;
        let mut seen: Vec<(SwitchCallId, Seen)> = Vec::new();
        let mut see = |number: &SwitchCallId,
                       device: Option<DeviceId>,
                       party: Option<Party>,
                       how: Entry,
                       state: State,
                       waiting: Option<&DeviceId>| {
            if let Some(device) = device {
                let party = party.unwrap_or_else(|| devices.party_of(&device));
                seen.push((number.clone(), Seen { device, party, how, state, since: at, waiting: waiting.cloned() }));
            }
        };
        let mut offered = |number: &SwitchCallId, offer: &Offer, calling: State, called: State, how: Entry| {
            let caller = &offer.caller.device;
            see(number, caller.clone(), caller.as_ref().map(|d| offer.caller.party(d, devices)), Entry::Calling, calling, None);
            if let Some(group) = &offer.path.group {
                see(number, Some(group.clone()), Some(super::device::Devices::group(group)), Entry::Queue, State::Queued, caller.as_ref());
            }
            let (device, waiting) = (&offer.called.device, caller.as_ref().filter(|_| called == State::Queued));
            let party = |device: &DeviceId| match called {
                State::Queued => super::device::Devices::group(device),
                _ => offer.called.party(device, devices),
            };
            see(number, device.clone(), device.as_ref().map(party), how, called.clone(), waiting);
        };
        match body {
            EventBody::ServiceInitiated(_) => {}
            EventBody::Originated(or) => {
                let caller = super::offer::Side::new(devices, or.calling.as_ref(), or.calling_type, or.outside_number.as_ref(), None);
                let party = caller.device.as_ref().map(|device| caller.party(device, devices));
                see(&SwitchCallId::new(&or.call), caller.device, party, Entry::Calling, State::Calling, None);
            }
            EventBody::Delivered(de) => {
                let offer = Offer::delivered(de, devices);
                let how = if offer.path.group.is_some() { Entry::Queue } else { Entry::Called };
                offered(&SwitchCallId::new(&de.call), &offer, State::Calling, State::Alerting, how);
            }
            EventBody::Established(es) => {
                let offer = Offer::established(es, devices);
                offered(&SwitchCallId::new(&es.call), &offer, State::Connected, State::Connected, Entry::Called);
            }
            EventBody::EstablishedRouting(er) => {
                let offer = Offer::established(er, devices);
                offered(&SwitchCallId::new(&er.call), &offer, State::Calling, State::Alerting, Entry::Called);
            }
            EventBody::Queued(qu) => {
                let offer = Offer::queued(qu, devices);
                offered(&SwitchCallId::new(&qu.call), &offer, State::Calling, State::Queued, Entry::Queue);
            }
            EventBody::Held(he) => {
                see(&SwitchCallId::new(&he.call), devices.party_id(he.holding.as_ref()), None, Entry::Called, State::Held, None);
            }
            EventBody::Retrieved(re) => {
                let number = SwitchCallId::new(&re.call);
                let other = devices.party_id(re.retrieved.as_ref().or(re.retrieved_trunk.as_ref()));
                see(&number, devices.party_id(re.retrieving.as_ref()), None, Entry::Called, State::Connected, None);
                see(&number, other, None, Entry::Called, State::Connected, None);
            }
            EventBody::Conferenced(co) => {
                for party in &co.parties {
                    if let Some(number) = party.call.as_ref().filter(|number| !number.is_empty()) {
                        let device = devices.party_id(party.device.as_ref());
                        see(&SwitchCallId::new(number), device, None, Entry::Conference, State::Connected, None);
                    }
                }
            }
            _ => return false,
        }
        if let Some(replay) = &mut self.replay {
            for (number, seen) in seen {
                replay.see(&number, seen);
            }
        }
        true
    }

    /// The calls at a device, as it was asked for them.
    pub(super) fn found_at(&mut self, at: Time, device: &DeviceId, calls: &[CallState]) {
        let listed: Vec<(SwitchCallId, State)> = calls
            .iter()
            .filter_map(|entry| {
                let state = match entry.state? {
                    LocalState::Alerting => State::Alerting,
                    LocalState::Connected => State::Connected,
                    LocalState::Hold => State::Held,
                    LocalState::Queued => State::Queued,
                    LocalState::Failed => State::Calling,
                    LocalState::Null | LocalState::Initiated => return None,
                };
                Some((SwitchCallId::new(entry.call.as_ref()?), state))
            })
            .collect();
        if let Some(mut replay) = self.replay.take() {
            for (number, state) in listed {
                let party = self.devices.party_of(device);
                let how = if state == State::Queued { Entry::Queue } else { Entry::Called };
                // Who calls from outside is connected from its own point of view while it waits and while it rings.
                let rang = self.by_number.get(&number).and_then(|key| self.calls.get(key)?.part(device)).is_some_and(Part::is_ringing);
                let is_outside = party.kind == DeviceKind::External && !rang;
                let state = if is_outside && state == State::Connected { State::Calling } else { state };
                replay.see(&number, Seen { device: device.clone(), party, how, state, since: at, waiting: None });
            }
            if replay.is_told {
                self.take_up_all(&mut replay, at);
            }
            self.replay = Some(replay);
            return;
        }
        for key in self.at_device.get(device).cloned().unwrap_or_default() {
            let Some(mut call) = self.take(key) else { continue };
            let is_listed = |number: &SwitchCallId| listed.iter().any(|(listed, _)| listed == number);
            if call.numbers.iter().any(is_listed) {
                call.seen_at = call.seen_at.max(at);
            } else {
                let when = call.seen_at.max(self.last_sign(&call));
                while let Some(index) = call.find(device) {
                    call.clear(index, when, Clearing::Lost, Cause::UNKNOWN, &mut self.out);
                }
                if call.parts.iter().filter(|part| part.is_active()).count() < 2 {
                    call.lose(when, &mut self.out);
                }
            }
            self.put(call);
        }
    }

    /// The PBX has told what it tells of itself (RD). What it says from now on came after that, and changes it.
    pub(in crate::pbx::oai) fn resync_told(&mut self, at: Time) {
        let Some(mut replay) = self.replay.take() else { return };
        self.settle_all();
        replay.is_told = true;
        self.take_up_all(&mut replay, at);
        for (key, devices) in &replay.mentioned {
            if let Some(mut call) = self.take(*key) {
                call.seen_at = call.seen_at.max(at);
                self.drop_unmentioned(&mut call, at, &replay.scope, devices);
                self.put(call);
                replay.told.insert(*key);
            }
        }
        self.replay = Some(replay);
    }

    fn take_up_all(&mut self, replay: &mut Replay, at: Time) {
        replay.by_number.clear();
        let mut calls = std::mem::take(&mut replay.calls);
        // A number that is new may be a further one of a call that is known, as in a conference.
        calls.sort_by_key(|(number, _)| !self.by_number.contains_key(number));
        for (number, mut seen) in calls {
            let Some(mut call) = self.call_seen(replay, &number, &seen) else { continue };
            // Who left just now did so before this was told.
            self.goes_on(&mut call, at, None);
            // Who is outside while somebody talks in the call is talked with.
            let call_key = call.key;
            let is_told = replay.told.contains(&call_key);
            if seen.iter().any(|seen| talks(&seen.state)) || call.parts.iter().any(|part| is_told && part.is_talking()) {
                for outside in seen.iter_mut().filter(|seen| seen.party.kind == DeviceKind::External && seen.state == State::Calling) {
                    outside.state = State::Connected;
                }
            }
            self.take_up(call, at, &number, seen, replay.mentioned.entry(call_key).or_default());
        }
    }

    /// The present state is told: what was not mentioned within that part is gone.
    pub(in crate::pbx::oai) fn resync_ended(&mut self, at: Time, scope: Scope) {
        let Some(mut replay) = self.replay.take() else { return };
        self.settle_all();
        let is_heard = |call: &&Call| call.seen_at >= replay.began_at && !replay.told.contains(&call.key);
        let heard: BTreeSet<CallKey> = self.calls.values().filter(is_heard).map(|call| call.key).collect();
        self.take_up_all(&mut replay, at);
        let keys: Vec<CallKey> = self.calls.keys().copied().filter(|key| !replay.told.contains(key)).collect();
        for key in keys {
            let Some(mut call) = self.take(key) else { continue };
            let mentioned = replay.mentioned.get(&key);
            if heard.contains(&key) || mentioned.is_none() && self.is_in_sight_untold(&call) {
                for index in 0..call.parts.len() {
                    self.present(&mut call, index, at, None);
                }
            } else {
                self.drop_unmentioned(&mut call, at, &scope, mentioned.map_or(&[], Vec::as_slice));
            }
            if mentioned.is_some() {
                call.seen_at = call.seen_at.max(at);
            }
            self.put(call);
        }
        self.agents.tell_again(at, &scope, &mut self.out);
        self.features.resync_ended(at, &scope, &mut self.out);
        self.lost.retain(|lost| lost.scope != scope && (lost.stays || scope != Scope::All));
        self.out.tell(at, Event::Resynchronised { scope });
    }

    /// It was heard of since the gap, so its end would have been, too; and nobody talks in it: such calls need not be told.
    fn is_in_sight_untold(&self, call: &Call) -> bool {
        call.talkers() < 2 && self.last_loss(call).is_some_and(|lost| call.seen_at > lost)
    }

    /// The call that a number stands for. Where nobody is in it who was there before, the former one is over.
    fn call_seen(&mut self, replay: &Replay, number: &SwitchCallId, seen: &[Seen]) -> Option<Call> {
        let (began_at, since, mentioned) = (replay.began_at, told_at(seen), &replay.mentioned);
        if let Some(&key) = self.by_number.get(number) {
            let call = self.calls.get(&key)?;
            let is_same = seen.iter().any(|seen| call.part(&seen.device).is_some())
                || call.seen_at >= began_at
                || mentioned.contains_key(&key)
                || call.parts.iter().any(|part| !covers(&replay.scope, part))
                || goes_on_outside(call, seen);
            if is_same {
                return self.take(key);
            }
            self.begin_anew(key, number);
        } else {
            // A telephone or a trunk talks in one call at a time: two numbers of it are a conference. Voice mail talks in many.
            let is_one = |seen: &&Seen| matches!(seen.party.kind, DeviceKind::Extension | DeviceKind::External | DeviceKind::Trunk);
            let talks = seen.iter().filter(|seen| seen.state == State::Connected).filter(is_one);
            let keys = talks.filter_map(|seen| {
                let keys = self.at_device.get(&seen.device)?;
                let talks_there = |key: &&CallKey| self.calls[key].part(&seen.device).is_some_and(|part| part.state == State::Connected);
                keys.iter().filter(|key| mentioned.contains_key(key)).find(talks_there).copied()
            });
            if let Some(key) = keys.min().or_else(|| self.same_pair(seen)) {
                let mut call = self.take(key)?;
                self.also_numbered(&mut call, since, number);
                return Some(call);
            }
        }
        Some(self.new_call(since, number.clone()))
    }

    /// The call in which the same talk with the same party outside before: it has a new number, as in a conference.
    fn same_pair(&self, seen: &[Seen]) -> Option<CallKey> {
        let outside = seen.iter().find(|seen| seen.party.kind == DeviceKind::External && talks(&seen.state))?;
        let is_same = |call: &Call| {
            let outside_is = |part: &Part| part.is_talking() && part.party.device == outside.party.device;
            let inside_is = |seen: &Seen| talks(&seen.state) && call.part(&seen.device).is_some_and(Part::is_talking);
            call.part(&outside.device).is_some_and(outside_is) && seen.iter().filter(|s| s.device != outside.device).any(inside_is)
        };
        self.at_device.get(&outside.device)?.iter().find(|key| self.calls.get(key).is_some_and(is_same)).copied()
    }

    fn take_up(&mut self, mut call: Call, at: Time, number: &SwitchCallId, seen: Vec<Seen>, devices: &mut Vec<DeviceId>) {
        let since = told_at(&seen);
        for seen in seen {
            if !devices.contains(&seen.device) {
                devices.push(seen.device.clone());
            }
            let index = call.find(&seen.device).or_else(|| {
                let how = if seen.how == Entry::Calling && call.has_caller { Entry::Called } else { seen.how };
                call.add(Part::new(seen.device.clone(), number.clone(), seen.party.clone(), how, State::DialTone, since))
            });
            let Some(index) = index else { continue };
            let part = &mut call.parts[index];
            // A caller that is connected with nobody yet only waits.
            if rank(&seen.state) > rank(&State::Calling) || !part.is_talking() {
                part.state = seen.state;
            }
            part.unrung = None;
            part.is_gone = false;
            self.present(&mut call, index, at, seen.waiting.as_ref());
        }
        call.is_answered |= call.talkers() >= 2;
        call.ending = None;
        self.put(call);
    }

    fn present(&mut self, call: &mut Call, index: usize, at: Time, waiting: Option<&DeviceId>) {
        let waiting = call.waiting(waiting);
        let number = call.number().clone();
        let part = &mut call.parts[index];
        if part.state == State::DialTone {
            return;
        }
        let present = Present {
            call: number,
            connection: part.connection.clone(),
            party: part.party.clone(),
            how: part.how,
            state: connection_state(&part.state),
            since: part.since,
            dialled: None,
            waiting: waiting.filter(|waiting| part.state == State::Queued && *waiting != part.connection),
        };
        part.is_told = true;
        call.is_told = true;
        let back = (part.state == State::Connected).then(|| Event::Retrieved { connection: part.connection.clone() });
        self.out.tell(at, Event::Present(present));
        // The PBX lists who holds: who is connected does not, whatever was seen before.
        if let Some(back) = back {
            self.out.tell(at, back);
        }
    }

    /// Parts of which nothing was told, in the part of the PBX that told everything.
    fn drop_unmentioned(&mut self, call: &mut Call, at: Time, scope: &Scope, mentioned: &[DeviceId]) {
        let stays = |part: &&Part| part.is_talking() && (mentioned.contains(&part.device) || !covers(scope, part));
        let talk = call.parts.iter().filter(stays).count();
        let mut index = 0;
        while index < call.parts.len() {
            let part = &call.parts[index];
            if mentioned.contains(&part.device) || !covers(scope, part) {
                index += 1;
            } else if talk == 1 && part.is_talking() && (part.is_outside() || part.is_machine()) {
                self.present(call, index, at, None);
                index += 1;
            } else {
                let gone = call.parts.remove(index);
                if gone.state == State::Queued && talk >= 2 && gone.is_told {
                    let present = Present {
                        call: call.number().clone(),
                        connection: gone.connection,
                        party: gone.party,
                        how: gone.how,
                        state: ConnectionState::Null,
                        since: gone.since,
                        dialled: None,
                        waiting: None,
                    };
                    self.out.tell(at, Event::Present(present));
                }
            }
        }
    }
}
