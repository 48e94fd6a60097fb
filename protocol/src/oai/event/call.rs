//! Call events (OAI reference §5.1): one line for each monitor that sees it, told from that device's point of view.

use smol_str::SmolStr;

use super::super::id::Extension;
use super::super::table::{Cause, LocalState, PartyType};
use super::super::text::{CallId, Text};
use super::super::wire::{Field, Reader, Record, Writer, record};

record! {
    /// SI: dial tone was taken, or a callback prompts.
    ServiceInitiated {
        /// The call that begins.
        call: CallId,
        /// The device that began it.
        initiator: Option<Extension>,
        /// State of the monitored device.
        state: Option<LocalState>,
        /// Why.
        cause: Option<Cause>,
        /// Whom the callback is about; only with cause 4 (P ≥ 8.10).
        callback_target: Option<Extension>,
    }

    /// OR: the PBX tries to set the call up. Not sent for feature codes.
    Originated {
        /// The call.
        call: CallId,
        /// The caller; for an incoming trunk call the trunk.
        calling: Option<Extension>,
        /// The outside caller's number.
        outside_number: Option<SmolStr>,
        /// Whether the caller is inside or outside.
        calling_type: Option<PartyType>,
        /// Incoming: DNIS or where it is routed. Outgoing by hand: the trunk access code alone.
        dialled: Option<SmolStr>,
        /// Account code.
        account: Option<SmolStr>,
        /// State of the monitored device.
        state: Option<LocalState>,
        /// Why.
        cause: Option<Cause>,
    }

    /// DE: a device rings; one event for each. OF has the same fields.
    Delivered {
        /// The call.
        call: CallId,
        /// The device that rings; the trunk of an outgoing call.
        alerting: Option<Extension>,
        /// The digits that were sent out, of an outgoing call.
        alerting_outside_number: Option<SmolStr>,
        /// Whether what rings is inside or outside.
        alerting_type: Option<PartyType>,
        /// The caller; for an incoming trunk call the trunk.
        calling: Option<Extension>,
        /// The outside caller's name.
        outside_name: Option<Text>,
        /// The outside caller's number.
        outside_number: Option<SmolStr>,
        /// DDI label, else the trunk's description.
        trunk_name: Option<Text>,
        /// DNIS or DDI digits.
        trunk_outside_number: Option<SmolStr>,
        /// Whether the caller is inside or outside.
        calling_type: Option<PartyType>,
        /// First destination while nobody has answered; the target of a transfer or recall; the dialled digits of an outgoing call.
        originally_called: Option<Extension>,
        /// Who last forwarded, deflected, transferred or recalled.
        last_redirection: Option<Extension>,
        /// Account code.
        account: Option<SmolStr>,
        /// State of the monitored device.
        state: Option<LocalState>,
        /// Why.
        cause: Option<Cause>,
        /// The hunt group that hands the call out (P ≥ 7.00).
        group: Option<Extension>,
    }

    /// ES: the parties talk. ER has the same fields: an outside destination answered, but nobody has accepted yet; that is no answer.
    Established {
        /// The call.
        call: CallId,
        /// Who answered; the trunk of an outgoing call.
        answering: Option<Extension>,
        /// The digits that were sent out, of an outgoing call.
        answering_outside_number: Option<SmolStr>,
        /// Whether who answered is inside or outside.
        answering_type: Option<PartyType>,
        /// The caller; for an incoming trunk call the trunk.
        calling: Option<Extension>,
        /// The outside caller's number.
        outside_number: Option<SmolStr>,
        /// DNIS or DDI digits.
        trunk_outside_number: Option<SmolStr>,
        /// Whether the caller is inside or outside.
        calling_type: Option<PartyType>,
        /// As in [`Delivered`].
        originally_called: Option<Extension>,
        /// As in [`Delivered`].
        last_redirection: Option<Extension>,
        /// State of the monitored device.
        state: Option<LocalState>,
        /// 35 if the call was simply answered.
        cause: Option<Cause>,
    }

    /// HE: a device holds the others.
    Held {
        /// The call.
        call: CallId,
        /// Who holds.
        holding: Option<Extension>,
        /// `H` on the holder's copy, `C` on the held party's.
        state: Option<LocalState>,
        /// 37 system, 42 individual, 38 transfer, 39 conference.
        cause: Option<Cause>,
    }

    /// RE: a held call is taken back.
    Retrieved {
        /// The call.
        call: CallId,
        /// Who takes it back.
        retrieving: Option<Extension>,
        /// State of the monitored device.
        state: Option<LocalState>,
        /// Why.
        cause: Option<Cause>,
        /// Who was held; blank for a conference.
        retrieved: Option<Extension>,
        /// The held outside party's number.
        retrieved_outside_number: Option<SmolStr>,
        /// The held outside party's trunk.
        retrieved_trunk: Option<Extension>,
        /// Whether who was held is inside or outside.
        retrieved_type: Option<PartyType>,
    }

    /// DI: a ringing call goes on to another device: forward, deflect, recall, pick-up.
    Diverted {
        /// The call.
        call: CallId,
        /// Where it rang.
        from: Option<Extension>,
        /// Where it goes; a trunk if to the network.
        to: Option<Extension>,
        /// The outside number that it goes to.
        to_outside_number: Option<SmolStr>,
        /// State of the monitored device.
        state: Option<LocalState>,
        /// Why.
        cause: Option<Cause>,
    }

    /// TR: a call was handed over. What state follows is to be taken from here: DE, HE or ES may be missing.
    Transferred {
        /// The call that was handed over; its id stays.
        call: CallId,
        /// Who handed over.
        transferring: Option<Extension>,
        /// Who was handed over; blank for a conference.
        transferred: Option<Extension>,
        /// The call by which the destination was asked; its id ends. Blank on the transferred party's copy.
        announcement: Option<CallId>,
        /// Who gets the call.
        destination: Option<Extension>,
        /// The outside caller's name.
        outside_name: Option<Text>,
        /// The outside caller's number.
        outside_number: Option<SmolStr>,
        /// DDI label, else the trunk's description.
        trunk_name: Option<Text>,
        /// DNIS or DDI digits.
        trunk_outside_number: Option<SmolStr>,
        /// State of the monitored device.
        state: Option<LocalState>,
        /// Why.
        cause: Option<Cause>,
    }

    /// XC: a device's part in the call is over. It does not end the call by itself.
    ConnectionCleared {
        /// The call.
        call: CallId,
        /// Whose part is over.
        cleared: Option<Extension>,
        /// Who ended it.
        terminating: Option<Extension>,
        /// `N` if the monitored device's own part is over, blank if another party left.
        state: Option<LocalState>,
        /// Why.
        cause: Option<Cause>,
    }

    /// CC: the call is over. Only from call, calls-via and call-termination monitors.
    CallCleared {
        /// The call.
        call: CallId,
        /// Why.
        cause: Option<Cause>,
        /// The call that it became by a transfer (P ≥ 8.00).
        transferred: Option<CallId>,
        /// Who got it by the transfer (P ≥ 8.00).
        destination: Option<Extension>,
    }

    /// FA: the call did not come about. The caller mostly stays, hearing a tone, until XC.
    Failed {
        /// The call; blank for an invalid number.
        call: Option<CallId>,
        /// Where it failed.
        failed: Option<Extension>,
        /// What was called.
        called: Option<SmolStr>,
        /// State of the monitored device.
        state: Option<LocalState>,
        /// Why.
        cause: Option<Cause>,
    }

    /// NT: the call reached the network.
    NetworkReached {
        /// The call.
        call: CallId,
        /// The trunk.
        trunk: Option<Extension>,
        /// The digits that were sent out; may be blank on the station's copy.
        dialled: Option<SmolStr>,
        /// State of the monitored device.
        state: Option<LocalState>,
        /// Why.
        cause: Option<Cause>,
    }
}

/// QU: the call waits at a hunt group or trunk group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Queued {
    /// The call.
    pub call: CallId,
    /// Where it waits.
    pub queue: Option<Extension>,
    /// What stands between the queue and the caller: nothing in the syntax, two fields in the documented example.
    pub between: Vec<Field>,
    /// The caller; for an incoming trunk call the trunk.
    pub calling: Option<Extension>,
    /// The outside caller's name.
    pub outside_name: Option<Text>,
    /// The outside caller's number.
    pub outside_number: Option<SmolStr>,
    /// DDI label, else the trunk's description.
    pub trunk_name: Option<Text>,
    /// DNIS or DDI digits.
    pub trunk_outside_number: Option<SmolStr>,
    /// Whether the caller is inside or outside.
    pub calling_type: Option<PartyType>,
    /// As in [`Delivered`].
    pub originally_called: Option<Extension>,
    /// As in [`Delivered`].
    pub last_redirection: Option<Extension>,
    /// Its place in the queue: 1 is the head, 65535 the most.
    pub position: Option<u16>,
    /// Account code.
    pub account: Option<SmolStr>,
    /// State of the monitored device.
    pub state: Option<LocalState>,
    /// 23, 30, 33 or 40.
    pub cause: Option<Cause>,
}

impl Queued {
    /// Fields from the caller on.
    const FROM_CALLING: usize = 12;
}

/// The syntax has 18 parts, the one documented example 20, with two more fields before the caller as in DE: so the caller
/// and what follows are taken from the end.
impl Record for Queued {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let (call, queue) = (fields.take()?, fields.take()?);
        let between = fields.remaining().saturating_sub(Self::FROM_CALLING);
        let between = (0..between).filter_map(|_| fields.next()).map(Field::of).collect();
        Some(Self {
            call,
            queue,
            between,
            calling: fields.take()?,
            outside_name: fields.take()?,
            outside_number: fields.take()?,
            trunk_name: fields.take()?,
            trunk_outside_number: fields.take()?,
            calling_type: fields.take()?,
            originally_called: fields.take()?,
            last_redirection: fields.take()?,
            position: fields.take()?,
            account: fields.take()?,
            state: fields.take()?,
            cause: fields.take()?,
        })
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.call);
        out.put(&self.queue);
        if self.between.is_empty() && out.style().long_queued {
            out.bare("");
            out.put(&PartyType::Internal);
        }
        out.fields(&self.between);
        out.put(&self.calling);
        out.put(&self.outside_name);
        out.put(&self.outside_number);
        out.put(&self.trunk_name);
        out.put(&self.trunk_outside_number);
        out.put(&self.calling_type);
        out.put(&self.originally_called);
        out.put(&self.last_redirection);
        out.put(&self.position);
        out.put(&self.account);
        out.put(&self.state);
        out.put(&self.cause);
    }
}

/// CO: several parties are in one conference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conferenced {
    /// Whose copy this is.
    pub subject: Option<Extension>,
    /// The call that was held.
    pub primary: Option<CallId>,
    /// The other call; blank for all but the controller.
    pub secondary: Option<CallId>,
    /// Who brought them together.
    pub controller: Option<Extension>,
    /// Who takes part: the controller under a fresh Call_ID, the others under theirs. Up to 8.
    pub parties: Vec<ConferenceParty>,
    /// State of the monitored device.
    pub state: Option<LocalState>,
    /// Why.
    pub cause: Option<Cause>,
}

record! {
    /// A party of a conference.
    ConferenceParty {
        /// The device.
        device: Option<Extension>,
        /// Its call.
        call: Option<CallId>,
    }
}

impl Record for Conferenced {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let (subject, primary, secondary, controller) = (fields.take()?, fields.take()?, fields.take()?, fields.take()?);
        let told: Option<u16> = fields.take()?;
        let room = fields.remaining().saturating_sub(2) / 2;
        let parties = told.map_or(room, usize::from);
        if parties > room {
            fields.unreadable += 1;
        }
        let parties = (0..parties.min(room)).map(|_| ConferenceParty::read(fields)).collect::<Option<Vec<_>>>()?;
        Some(Self { subject, primary, secondary, controller, parties, state: fields.take()?, cause: fields.take()? })
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.subject);
        out.put(&self.primary);
        out.put(&self.secondary);
        out.put(&self.controller);
        out.number(u32::try_from(self.parties.len()).unwrap_or(u32::MAX), 1);
        for party in &self.parties {
            party.write(out);
        }
        out.put(&self.state);
        out.put(&self.cause);
    }
}
