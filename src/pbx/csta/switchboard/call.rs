//! A call while it is up, and each device's part in it.

use std::collections::{BTreeMap, VecDeque};

use smol_str::SmolStr;

use crate::telephony::{
    Cause, Clearing, ConnectionId, ConnectionState, DeviceKind, Entry, Event, Party, Present, Stamped, SwitchCallId, Time, TransferKind,
};

/// Parts in one call at a time at most; further devices are not followed there.
pub(super) const PARTS_MAX: usize = 200;
/// Names of one part, and numbers of one call, at most; it does not go by further ones.
const NAMES_MAX: usize = 16;

/// So long what is told of a device that left may come late, in milliseconds.
const LATE_MS: u64 = 1000;

/// A call's number in this switchboard: older calls have smaller ones.
pub(super) type CallKey = u64;

/// What is to be told, in order.
#[derive(Default, Debug)]
pub(super) struct Out(VecDeque<Stamped>);

impl Out {
    pub(super) fn tell(&mut self, at: Time, event: Event) {
        self.0.push_back(Stamped { at, event });
    }

    pub(super) fn pop(&mut self) -> Option<Stamped> {
        self.0.pop_front()
    }
}

/// The state of a part (CSTA §6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Dial tone; no call yet.
    DialTone,
    /// It calls, and was not put through yet.
    Calling,
    /// The call was sent there; it does not ring yet.
    Offered,
    /// It rings.
    Alerting,
    /// It takes part.
    Connected,
    /// It holds the others.
    Held,
    /// Somebody waits there.
    Queued,
    /// It could not be reached; the caller hears so.
    Failed(Clearing, Cause),
}

/// A device's part in a call.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and they mix freely")]
pub(super) struct Part {
    /// What connections name it by: its number, and its trunk.
    pub(super) names: Vec<SmolStr>,
    pub(super) connection: ConnectionId,
    pub(super) party: Party,
    pub(super) how: Entry,
    /// On whose behalf it is there.
    pub(super) by: Option<ConnectionId>,
    pub(super) state: State,
    pub(super) since: Time,
    pub(super) is_told: bool,
    /// Its device has a monitor: its end will be told.
    pub(super) is_monitored: bool,
    /// It was seen since the last gap.
    pub(super) is_confirmed: bool,
    /// It is known by a snapshot and is told with the present state; events about it change nothing but what is told then.
    pub(super) is_silent: bool,
}

impl Part {
    pub(super) fn is_ringing(&self) -> bool {
        matches!(self.state, State::Offered | State::Alerting)
    }

    pub(super) fn is_talking(&self) -> bool {
        matches!(self.state, State::Connected | State::Held)
    }

    pub(super) fn is_active(&self) -> bool {
        matches!(self.state, State::DialTone | State::Calling | State::Connected | State::Held)
    }

    pub(super) fn is_outside(&self) -> bool {
        matches!(self.party.kind, DeviceKind::External | DeviceKind::Trunk)
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    pub(super) fn also_named(&mut self, name: &str) {
        if !name.is_empty() && !self.is_named(name) && self.names.len() < NAMES_MAX {
            self.names.push(SmolStr::new(name));
        }
    }

    fn connection_state(&self) -> ConnectionState {
        match self.state {
            // Where it failed nothing rings.
            State::DialTone | State::Calling | State::Failed(..) => ConnectionState::Initiated,
            State::Offered | State::Alerting => ConnectionState::Alerting,
            State::Connected => ConnectionState::Connected,
            State::Held => ConnectionState::Hold,
            State::Queued => ConnectionState::Queued,
        }
    }
}

/// The call was handed over, and who gets it did not answer yet.
#[derive(Clone, Debug)]
pub(super) struct Handover {
    pub(super) by: ConnectionId,
    pub(super) to: Option<SmolStr>,
    pub(super) is_reached: bool,
}

/// The call was sent on.
#[derive(Clone, Debug)]
pub(super) struct Diversion {
    pub(super) to: Option<SmolStr>,
    pub(super) from_queue: bool,
}

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) key: CallKey,
    /// What the tracker knows it by.
    pub(super) id: SwitchCallId,
    /// What the PBX names it by.
    pub(super) numbers: Vec<SmolStr>,
    pub(super) parts: Vec<Part>,
    pub(super) is_answered: bool,
    pub(super) handover: Option<Handover>,
    pub(super) diversion: Option<Diversion>,
    /// When somebody answered last.
    pub(super) answered_at: Option<Time>,
    /// The caller hears a tone, and no device is to blame.
    pub(super) tone: Option<Cause>,
    /// Who was in it before and is not any more, and since when.
    pub(super) departed: BTreeMap<SmolStr, Time>,
    /// Names of connections are made of it.
    turns: u32,
    pub(super) seen_at: Time,
    pub(super) is_told: bool,
    /// It went on where nothing is told of it: what is told of its number is no late word about it.
    pub(super) is_out_of_sight: bool,
    /// A snapshot told of it first, after the gap that began then.
    pub(super) found_after: Option<Time>,
}

impl Call {
    pub(super) fn new(key: CallKey, number: &str, id: SwitchCallId, at: Time) -> Self {
        Self {
            key,
            id,
            numbers: vec![SmolStr::new(number)],
            parts: Vec::new(),
            is_answered: false,
            handover: None,
            diversion: None,
            answered_at: None,
            tone: None,
            departed: BTreeMap::new(),
            turns: 0,
            seen_at: at,
            is_told: false,
            is_out_of_sight: false,
            found_after: None,
        }
    }

    pub(super) fn also_numbered(&mut self, number: &str) {
        if !self.numbers.iter().any(|known| known == number) {
            if self.numbers.len() >= NAMES_MAX {
                self.numbers.remove(0);
            }
            self.numbers.push(SmolStr::new(number));
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.parts.iter().position(|part| part.is_named(name))
    }

    /// The calling side, while it is there.
    pub(super) fn caller(&self) -> Option<usize> {
        self.parts.iter().position(|part| matches!(part.how, Entry::Calling | Entry::Consultation))
    }

    /// Somebody answered since then, and two talk.
    pub(super) fn is_answered_since(&self, at: Time) -> bool {
        self.answered_at.is_some_and(|answered_at| answered_at >= at) && self.talkers() >= 2
    }

    /// That device left just now: what is told of it may come late.
    pub(super) fn has_just_left(&self, name: &str, at: Time) -> bool {
        self.departed.get(name).is_some_and(|left| at.millis_since(*left) <= LATE_MS)
    }

    pub(super) fn talkers(&self) -> usize {
        self.parts.iter().filter(|part| part.is_talking()).count()
    }

    /// On whose behalf somebody comes in: the caller, else who is there.
    pub(super) fn waiting(&self) -> Option<ConnectionId> {
        let present = || self.parts.iter().position(Part::is_active);
        self.caller().or_else(present).and_then(|index| self.parts.get(index)).map(|part| part.connection.clone())
    }

    /// A device comes in. `None`: too many are in it already.
    pub(super) fn add(&mut self, name: &str, party: Party, how: Entry, state: State, at: Time) -> Option<usize> {
        if self.parts.len() >= PARTS_MAX {
            return None;
        }
        self.turns += 1;
        let connection = self.connection(&party, name);
        let by = self.waiting().filter(|_| how != Entry::Calling);
        let mut names = vec![SmolStr::new(name)];
        names.extend(party.trunk.clone().filter(|trunk| trunk != name));
        self.parts.push(Part {
            names,
            connection,
            party,
            how,
            by,
            state,
            since: at,
            is_told: false,
            is_monitored: false,
            is_confirmed: true,
            is_silent: false,
        });
        Some(self.parts.len() - 1)
    }

    /// What the tracker knows a new part by: its trunk, which whoever sees the call later learns as well, else its name.
    fn connection(&self, party: &Party, name: &str) -> ConnectionId {
        let line = party.trunk.as_deref().unwrap_or(name);
        let connection = ConnectionId::turn(line, &self.id);
        let is_again = self.turns > 1 && self.departed.contains_key(line) || self.parts.iter().any(|part| part.connection == connection);
        if is_again { ConnectionId::turn(&format!("{line}/{}", self.turns), &self.id) } else { connection }
    }

    /// The trunk by which a party outside is reached.
    pub(super) fn reached_by(&mut self, index: usize, trunk: &str) {
        let part = &mut self.parts[index];
        part.also_named(trunk);
        if part.party.trunk.is_some() || part.is_told && !part.is_silent {
            return;
        }
        part.party.trunk = Some(SmolStr::new(trunk));
        let (party, name) = (part.party.clone(), part.names.first().cloned().unwrap_or_default());
        self.parts[index].connection = self.connection(&party, &name);
    }

    /// The number of a party outside that was known by its trunk only.
    pub(super) fn identify(&mut self, index: usize, at: Time, party: Party, out: &mut Out) {
        let part = &mut self.parts[index];
        if part.party.number.is_some() || !part.is_outside() {
            return;
        }
        part.also_named(party.device.as_str());
        part.party = Party { trunk: part.party.trunk.clone(), ..party };
        if part.is_told && !part.is_silent {
            out.tell(at, Event::Identified { connection: part.connection.clone(), party: part.party.clone() });
        }
    }

    /// Tells a part that was held back, and who called before it.
    pub(super) fn tell(&mut self, index: usize, out: &mut Out) {
        let Some(part) = self.parts.get(index).filter(|part| !part.is_told && !part.is_silent && part.state != State::DialTone) else {
            return;
        };
        if part.how != Entry::Calling
            && let Some(caller) = self.caller().filter(|caller| *caller != index)
        {
            self.tell(caller, out);
        }
        let (call, waiting) = (self.id.clone(), self.waiting());
        let Some(part) = self.parts.get_mut(index) else { return };
        part.is_told = true;
        let (connection, party) = (part.connection.clone(), part.party.clone());
        let by = part.by.clone().or_else(|| waiting.filter(|waiting| *waiting != connection));
        let event = match (part.how, part.party.kind) {
            (Entry::Calling, _) => Event::Originated { call, connection, party, dialled: None },
            (_, DeviceKind::HuntGroup) => Event::Queued { call, waiting: by.unwrap_or_else(|| connection.clone()), connection, party },
            (how, _) => Event::Offered { call, connection, party, how, by },
        };
        out.tell(part.since, event);
        self.is_told = true;
    }

    /// What the caller dialled.
    pub(super) fn dialled(&mut self, index: usize, at: Time, number: &str, out: &mut Out) {
        self.tell(index, out);
        if let Some(part) = self.parts.get(index).filter(|part| part.is_told && !part.is_silent) {
            out.tell(at, Event::Dialled { connection: part.connection.clone(), number: SmolStr::new(number) });
        }
    }

    pub(super) fn deliver(&mut self, index: usize, at: Time, out: &mut Out) {
        self.change(index, at, State::Alerting, out, |connection| Event::Delivered { connection });
    }

    pub(super) fn establish(&mut self, index: usize, at: Time, out: &mut Out) {
        self.change(index, at, State::Connected, out, |connection| Event::Established { connection });
    }

    /// The device holds the others, or is back with them.
    pub(super) fn hold(&mut self, index: usize, at: Time, is_held: bool, out: &mut Out) {
        let (state, event): (_, fn(ConnectionId) -> Event) = if is_held {
            (State::Held, |connection| Event::Held { connection })
        } else {
            (State::Connected, |connection| Event::Retrieved { connection })
        };
        self.change(index, at, state, out, event);
    }

    pub(super) fn fail(&mut self, index: usize, at: Time, how: Clearing, cause: Cause, out: &mut Out) {
        self.change(index, at, State::Failed(how, cause), out, |connection| Event::Failed { connection });
    }

    fn change(&mut self, index: usize, at: Time, state: State, out: &mut Out, event: impl Fn(ConnectionId) -> Event) {
        self.tell(index, out);
        if let Some(part) = self.parts.get_mut(index) {
            part.state = state;
            if part.is_told && !part.is_silent {
                out.tell(at, event(part.connection.clone()));
            }
        }
    }

    /// The part is over.
    pub(super) fn clear(&mut self, index: usize, at: Time, how: Clearing, cause: Cause, out: &mut Out) {
        self.tell(index, out);
        if index >= self.parts.len() {
            return;
        }
        let part = self.parts.remove(index);
        for name in &part.names {
            if self.departed.len() < PARTS_MAX {
                self.departed.insert(name.clone(), at);
            }
        }
        if part.is_told && !part.is_silent {
            out.tell(at, Event::Cleared { connection: part.connection, how, cause });
        }
    }

    /// The device turns out to have come in otherwise.
    pub(super) fn enter_as(&mut self, index: usize, at: Time, how: Entry, out: &mut Out) {
        if let Some(part) = self.parts.get_mut(index).filter(|part| part.how != how) {
            part.how = how;
            if part.is_told && !part.is_silent {
                out.tell(at, Event::Entered { connection: part.connection.clone(), how });
            }
        }
    }

    /// Who gets a call that was handed over has come.
    pub(super) fn reach(&mut self, index: usize, at: Time, out: &mut Out) {
        let Some(part) = self.parts.get(index).filter(|part| part.is_told && !part.is_silent) else { return };
        if let Some(handover) = self.handover.as_mut().filter(|handover| !handover.is_reached) {
            handover.is_reached = true;
            out.tell(at, Event::TransferReached { by: handover.by.clone(), to: part.connection.clone() });
        }
    }

    /// The device hands the call over and leaves; what it asked the target in was not seen.
    pub(super) fn give(&mut self, index: usize, at: Time, is_announced: bool, to: Option<ConnectionId>, out: &mut Out) {
        self.tell(index, out);
        let Some(part) = self.parts.get(index) else { return };
        let kind = if is_announced || part.state == State::Held { TransferKind::Attended } else { TransferKind::Blind };
        if part.is_told && !part.is_silent {
            out.tell(at, Event::Transferred { kind, by: part.connection.clone(), consultation: None, to });
        }
        let cause = if kind == TransferKind::Blind { Cause::SINGLE_STEP_TRANSFER } else { Cause::TRANSFER };
        self.clear(index, at, Clearing::Transferred, cause, out);
    }

    /// All that is open is over, and what became of it was not seen.
    pub(super) fn lose(&mut self, out: &mut Out) {
        let at = self.seen_at;
        while !self.parts.is_empty() {
            self.clear(0, at, Clearing::Lost, Cause::UNKNOWN, out);
        }
    }

    /// Each part as it is there now, the caller first.
    pub(super) fn present(&mut self, at: Time, out: &mut Out) {
        let (call, waiting) = (self.id.clone(), self.waiting());
        let mut order: Vec<usize> = (0..self.parts.len()).filter(|index| self.parts[*index].state != State::DialTone).collect();
        order.sort_by_key(|index| self.parts[*index].how != Entry::Calling);
        for index in order {
            let Some(part) = self.parts.get_mut(index) else { continue };
            (part.is_told, part.is_silent) = (true, false);
            let waiting = waiting.clone().filter(|waiting| *waiting != part.connection && part.party.kind == DeviceKind::HuntGroup);
            let state = part.connection_state();
            let present = Present {
                call: call.clone(),
                connection: part.connection.clone(),
                party: part.party.clone(),
                how: part.how,
                state,
                since: part.since,
                dialled: None,
                waiting,
            };
            // The PBX tells who holds: who is connected does not, whatever was told before.
            let back = (state == ConnectionState::Connected).then(|| Event::Retrieved { connection: present.connection.clone() });
            out.tell(at, Event::Present(present));
            if let Some(back) = back {
                out.tell(at, back);
            }
            self.is_told = true;
        }
    }
}
