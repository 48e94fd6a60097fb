//! A call while it is up: its numbers, and each device's part in it.
//!
//! A part is told to the tracker when enough is known about it, at the moment at which it began: an outside caller's name
//! follows its number by a line, the digits of an outgoing call follow the trunk that they leave by.

use std::collections::{BTreeSet, VecDeque};

use smol_str::SmolStr;

use crate::telephony::{
    Cause, Clearing, ConnectionId, DeviceId, DeviceKind, Entry, Event, Party, Stamped, SwitchCallId, Time, TransferKind,
};

/// Numbers of one call at most; it does not go by further ones.
pub(super) const NUMBERS_MAX: usize = 64;
/// Parts in one call at a time at most; further devices are not followed there.
pub(super) const PARTS_MAX: usize = 200;
/// Hand-overs, and diversions, of one call that are remembered at most; older ones are forgotten.
const REMEMBERED_MAX: usize = 16;

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

/// The state of a part (OAI §6.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Dial tone; no call yet.
    DialTone,
    /// It calls, and was not put through yet.
    Calling,
    /// The call was sent there; whether it rings is not known.
    Reached,
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

/// It stopped ringing; why shows in what else is told of the same moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Unrung {
    pub(super) at: Time,
    pub(super) how: Clearing,
    pub(super) cause: Cause,
}

/// A device's part in a call.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// By what the PBX names it: an outside party by its trunk.
    pub(super) device: DeviceId,
    /// The number that the call has for it.
    pub(super) number: SwitchCallId,
    pub(super) connection: ConnectionId,
    pub(super) party: Party,
    pub(super) how: Entry,
    /// On whose behalf it is there.
    pub(super) by: Option<ConnectionId>,
    pub(super) state: State,
    pub(super) since: Time,
    pub(super) is_told: bool,
    pub(super) unrung: Option<Unrung>,
    /// When it was seen to answer.
    pub(super) answered_at: Option<Time>,
    /// The PBX said that it is over, but not yet what for.
    pub(super) is_gone: bool,
}

impl Part {
    pub(super) fn new(device: DeviceId, number: SwitchCallId, party: Party, how: Entry, state: State, since: Time) -> Self {
        let connection = ConnectionId::turn(device.as_str(), &number);
        Self {
            device,
            number,
            connection,
            party,
            how,
            by: None,
            state,
            since,
            is_told: false,
            unrung: None,
            answered_at: None,
            is_gone: false,
        }
    }

    /// Somebody is there: talks, holds or calls.
    pub(super) fn is_active(&self) -> bool {
        matches!(self.state, State::DialTone | State::Calling | State::Connected | State::Held)
    }

    pub(super) fn is_ringing(&self) -> bool {
        matches!(self.state, State::Reached | State::Alerting)
    }

    pub(super) fn is_talking(&self) -> bool {
        matches!(self.state, State::Connected | State::Held)
    }

    pub(super) fn is_outside(&self) -> bool {
        matches!(self.party.kind, DeviceKind::External | DeviceKind::Trunk)
    }

    /// A device that takes calls by itself: nobody is reached there.
    pub(super) fn is_machine(&self) -> bool {
        matches!(self.party.kind, DeviceKind::VoiceMail | DeviceKind::Ivr)
    }
}

/// The call was handed over, and who gets it is not there yet.
#[derive(Clone, Debug)]
pub(super) struct Handover {
    /// Who handed it over.
    pub(super) by: ConnectionId,
    pub(super) giver: DeviceId,
    /// Who gets it.
    pub(super) to: Option<DeviceId>,
    /// Who gets it was told.
    pub(super) is_reached: bool,
}

/// A part that left by handing over.
#[derive(Clone, Debug)]
pub(super) struct Giver {
    pub(super) device: DeviceId,
    pub(super) connection: ConnectionId,
}

/// The call was sent on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Diversion {
    pub(super) to: Option<DeviceId>,
    /// It goes to a party outside.
    pub(super) is_outside: bool,
    pub(super) cause: strowger_protocol::oai::Cause,
}

/// Somebody left, which ends the call unless it was by handing over: that shows in what else is told of the same moment.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) at: Time,
    /// Who ended it, where told.
    pub(super) by: Option<DeviceId>,
    pub(super) cause: Option<strowger_protocol::oai::Cause>,
}

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) key: CallKey,
    /// The numbers that it goes by; it is told by the first.
    pub(super) numbers: Vec<SwitchCallId>,
    pub(super) parts: Vec<Part>,
    /// It has, or had, a calling side.
    pub(super) has_caller: bool,
    /// Somebody answered.
    pub(super) is_answered: bool,
    /// What the caller dialled, until it is told.
    pub(super) dialled: Option<SmolStr>,
    /// Who was in it before and is not any more.
    pub(super) departed: BTreeSet<DeviceId>,
    pub(super) handover: Option<Handover>,
    pub(super) givers: VecDeque<Giver>,
    pub(super) diversions: VecDeque<Diversion>,
    /// From whom to whom a connected party moves among its own devices.
    pub(super) handoff: Option<(DeviceId, Option<DeviceId>)>,
    /// A device that rang while others talked, in order to take over, and when it answered.
    pub(super) taken_over: Option<(Time, DeviceId)>,
    /// Why the caller hears a tone.
    pub(super) failure: Option<Cause>,
    /// It failed and bears no number any more: it ended then, unless a line says when the caller left the tone.
    pub(super) unnumbered_since: Option<Time>,
    pub(super) ending: Option<Ending>,
    /// When its numbers changed last, by a hand-over or a conference.
    pub(super) reshaped_at: Option<Time>,
    /// The last sign of it.
    pub(super) seen_at: Time,
    /// Something of it was told.
    pub(super) is_told: bool,
    /// When it is to be settled, as it is noted in the switchboard's timetable.
    pub(super) due: Option<Time>,
    /// Devices by which the switchboard finds it.
    pub(super) indexed: BTreeSet<DeviceId>,
}

impl Call {
    pub(super) fn new(key: CallKey, number: SwitchCallId, at: Time) -> Self {
        Self {
            key,
            numbers: vec![number],
            parts: Vec::new(),
            has_caller: false,
            is_answered: false,
            dialled: None,
            departed: BTreeSet::new(),
            handover: None,
            givers: VecDeque::new(),
            diversions: VecDeque::new(),
            handoff: None,
            taken_over: None,
            failure: None,
            unnumbered_since: None,
            ending: None,
            reshaped_at: None,
            seen_at: at,
            is_told: false,
            due: None,
            indexed: BTreeSet::new(),
        }
    }

    /// The number that it is told by.
    pub(super) fn number(&self) -> &SwitchCallId {
        &self.numbers[0]
    }

    pub(super) fn find(&self, device: &DeviceId) -> Option<usize> {
        self.parts.iter().position(|part| part.device == *device)
    }

    /// The part of who gets the call: a party outside is named by its number.
    pub(super) fn target(&self, to: &DeviceId) -> Option<usize> {
        self.find(to).or_else(|| self.parts.iter().position(|part| part.is_outside() && part.party.device == *to))
    }

    pub(super) fn part(&self, device: &DeviceId) -> Option<&Part> {
        self.parts.iter().find(|part| part.device == *device)
    }

    /// The calling side, while it is there.
    pub(super) fn caller(&self) -> Option<usize> {
        self.parts.iter().position(|part| matches!(part.how, Entry::Calling | Entry::Consultation))
    }

    pub(super) fn talkers(&self) -> usize {
        self.parts.iter().filter(|part| part.is_talking() && part.how != Entry::Monitor).count()
    }

    pub(super) fn gave(&self, device: &DeviceId) -> Option<&Giver> {
        self.givers.iter().rev().find(|giver| giver.device == *device)
    }

    /// Whether the device has something to do with it.
    pub(super) fn knows(&self, device: &DeviceId) -> bool {
        self.part(device).is_some()
            || self.handover.as_ref().is_some_and(|handover| handover.to.as_ref() == Some(device))
            || self.diversions.iter().any(|diversion| diversion.to.as_ref() == Some(device))
    }

    /// How the call was sent to that device, outside by whatever trunk.
    pub(super) fn last_diversion_to(&self, device: &DeviceId, is_outside: bool) -> Option<&Diversion> {
        self.diversions.iter().rev().find(|diversion| diversion.to.as_ref() == Some(device) || is_outside && diversion.is_outside)
    }

    /// The device takes the call from where it rings.
    pub(super) fn is_picked_up_by(&self, device: &DeviceId) -> bool {
        let is_pickup = |diversion: &Diversion| diversion.cause == strowger_protocol::oai::Cause::CALL_PICKUP;
        self.diversions.iter().any(|diversion| is_pickup(diversion) && diversion.to.as_ref() == Some(device))
    }

    /// Copies of one diversion are one.
    pub(super) fn remember_diversion(&mut self, diversion: Diversion) {
        self.diversions.retain(|known| *known != diversion);
        if self.diversions.len() >= REMEMBERED_MAX {
            self.diversions.pop_front();
        }
        self.diversions.push_back(diversion);
    }

    pub(super) fn remember_giver(&mut self, giver: Giver) {
        if self.givers.len() >= REMEMBERED_MAX {
            self.givers.pop_front();
        }
        self.givers.push_back(giver);
    }

    /// A device comes in. `None`: too many are in it already.
    pub(super) fn add(&mut self, mut part: Part) -> Option<usize> {
        if self.parts.len() >= PARTS_MAX {
            return None;
        }
        if part.how == Entry::Calling {
            self.has_caller = true;
        }
        self.departed.remove(&part.device);
        // A device that comes in while an earlier part of it is there under the same name would be taken for it.
        if self.parts.iter().any(|other| other.connection == part.connection) {
            part.connection = ConnectionId::turn(&format!("{}/{}", part.device, self.parts.len()), &part.number);
        }
        self.parts.push(part);
        Some(self.parts.len() - 1)
    }

    /// The part goes by the number that the PBX gives it now.
    pub(super) fn renumber(&mut self, index: usize, number: &SwitchCallId) {
        if let Some(part) = self.parts.get_mut(index) {
            part.number.clone_from(number);
        }
    }

    /// Who waits, or is handed over: on whose behalf somebody is called.
    pub(super) fn waiting(&self, caller: Option<&DeviceId>) -> Option<ConnectionId> {
        let named = caller.and_then(|caller| self.part(caller));
        let calling = || self.caller().and_then(|index| self.parts.get(index));
        let present = || self.parts.iter().find(|part| part.is_active());
        named.or_else(calling).or_else(present).map(|part| part.connection.clone())
    }

    /// Tells a part that was held back, and who called before it.
    pub(super) fn tell(&mut self, index: usize, out: &mut Out) {
        let Some(part) = self.parts.get(index).filter(|part| !part.is_told && part.state != State::DialTone) else { return };
        if part.how != Entry::Calling
            && let Some(caller) = self.caller().filter(|caller| *caller != index)
        {
            self.tell(caller, out);
        }
        let call = self.numbers[0].clone();
        let waiting = self.waiting(None);
        let Some(part) = self.parts.get_mut(index) else { return };
        part.is_told = true;
        let (connection, party) = (part.connection.clone(), part.party.clone());
        let by = part.by.clone().or_else(|| waiting.filter(|waiting| *waiting != connection));
        let event = match (part.how, part.party.kind) {
            (Entry::Calling, _) => Event::Originated { call, connection, party, dialled: None },
            (_, DeviceKind::HuntGroup) => Event::Queued { call, waiting: by.unwrap_or_else(|| connection.clone()), connection, party },
            (how, _) => Event::Offered { call, connection, party, how, by },
        };
        let since = part.since;
        out.tell(since, event);
        if !std::mem::replace(&mut self.is_told, true) {
            for further in &self.numbers[1..] {
                out.tell(since, Event::CallsJoined { call: self.numbers[0].clone(), with: further.clone(), how: Entry::Conference });
            }
        }
        if self.parts.get(index).is_some_and(|part| part.how != Entry::Calling) {
            self.tell_dialled(index, out);
        }
    }

    /// What was dialled is known for sure once something was reached.
    fn tell_dialled(&mut self, reached: usize, out: &mut Out) {
        let Some(dialled) = self.dialled.take() else { return };
        let Some(caller) = self.caller().and_then(|index| self.parts.get(index)) else { return };
        let Some(part) = self.parts.get(reached) else { return };
        let is_direct = part.how == Entry::Called && part.is_outside() && !caller.is_outside();
        let sent_out = part.party.number.clone().filter(|_| is_direct);
        out.tell(part.since, Event::Dialled { connection: caller.connection.clone(), number: sent_out.unwrap_or(dialled) });
    }

    /// Nothing was reached; what was dialled is all that is known.
    pub(super) fn tell_dialled_in_vain(&mut self, at: Time, out: &mut Out) {
        if let Some(caller) = self.caller()
            && let Some(dialled) = self.dialled.take()
        {
            self.tell(caller, out);
            out.tell(at, Event::Dialled { connection: self.parts[caller].connection.clone(), number: dialled });
        }
    }

    /// What a part presents is known better.
    pub(super) fn identify(&mut self, index: usize, at: Time, number: Option<&SmolStr>, name: Option<&SmolStr>, out: &mut Out) {
        let Some(part) = self.parts.get_mut(index) else { return };
        let before = part.party.clone();
        if let Some(number) = number
            && part.is_outside()
        {
            part.party.device = DeviceId::new(number);
            part.party.number = Some(number.clone());
        }
        if let Some(name) = name {
            part.party.name = Some(name.clone());
        }
        if part.is_told && part.party != before {
            out.tell(at, Event::Identified { connection: part.connection.clone(), party: part.party.clone() });
        }
    }

    pub(super) fn deliver(&mut self, index: usize, at: Time, out: &mut Out) {
        self.tell(index, out);
        if let Some(part) = self.parts.get_mut(index) {
            part.state = State::Alerting;
            part.unrung = None;
            out.tell(at, Event::Delivered { connection: part.connection.clone() });
        }
    }

    pub(super) fn establish(&mut self, index: usize, at: Time, out: &mut Out) {
        self.tell(index, out);
        if let Some(part) = self.parts.get_mut(index) {
            part.state = State::Connected;
            part.unrung = None;
            part.answered_at.get_or_insert(at);
            out.tell(at, Event::Established { connection: part.connection.clone() });
        }
    }

    /// The device holds the others, or is back with them.
    pub(super) fn hold(&mut self, index: usize, at: Time, is_held: bool, out: &mut Out) {
        if let Some(part) = self.parts.get_mut(index).filter(|part| part.is_told) {
            part.state = if is_held { State::Held } else { State::Connected };
            let connection = part.connection.clone();
            out.tell(at, if is_held { Event::Held { connection } } else { Event::Retrieved { connection } });
        }
    }

    /// The part is over.
    pub(super) fn clear(&mut self, index: usize, at: Time, how: Clearing, cause: Cause, out: &mut Out) {
        self.tell(index, out);
        let part = self.parts.remove(index);
        if self.departed.len() < PARTS_MAX {
            self.departed.insert(part.device.clone());
        }
        if part.is_told {
            out.tell(at, Event::Cleared { connection: part.connection, how, cause });
        }
    }

    /// The device hands the call over and leaves.
    pub(super) fn give(&mut self, index: usize, at: Time, kind: TransferKind, to: Option<ConnectionId>, out: &mut Out) {
        self.tell(index, out);
        let (by, device) = (self.parts[index].connection.clone(), self.parts[index].device.clone());
        out.tell(at, Event::Transferred { kind, by: by.clone(), consultation: None, to });
        let cause = if kind == TransferKind::Blind { Cause::SINGLE_STEP_TRANSFER } else { Cause::TRANSFER };
        self.clear(index, at, Clearing::Transferred, cause, out);
        self.remember_giver(Giver { device, connection: by });
    }

    /// The device turns out to have come in otherwise.
    pub(super) fn enter_as(&mut self, index: usize, at: Time, how: Entry, out: &mut Out) {
        if let Some(part) = self.parts.get_mut(index).filter(|part| part.how != how) {
            part.how = how;
            if part.is_told {
                out.tell(at, Event::Entered { connection: part.connection.clone(), how });
            }
        }
    }

    /// Who gets a call that was handed over has come.
    pub(super) fn reach(&mut self, index: usize, out: &mut Out) {
        let Some(handover) = self.handover.as_mut().filter(|handover| !handover.is_reached) else { return };
        let Some(part) = self.parts.get_mut(index).filter(|part| part.is_told) else { return };
        handover.is_reached = true;
        if part.how == Entry::Called {
            part.how = Entry::Transfer;
        }
        out.tell(part.since, Event::TransferReached { by: handover.by.clone(), to: part.connection.clone() });
    }

    /// All that is open is over, and what became of it was not seen.
    pub(super) fn lose(&mut self, at: Time, out: &mut Out) {
        while !self.parts.is_empty() {
            self.clear(0, at, Clearing::Lost, Cause::UNKNOWN, out);
        }
    }
}
