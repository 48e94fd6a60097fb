//! Hunt groups: a call waits there, or is handed out by one (QU, DE's group; OAI §5.1, §10.2).
//!
//! How a call leaves a group is not documented. It waits until a member answers, until it goes on elsewhere, or until the caller
//! goes; a line that says that the group's part is over only prepares for one of these.

use strowger_protocol::oai;

use super::Switchboard;
use super::call::{Call, Part, State};
use super::device::{Devices, number_of};
use super::offer::Offer;
use crate::telephony::{Cause, Clearing, DeviceId, DeviceKind, Entry, SwitchCallId, Time};

impl Switchboard {
    /// QU: a call waits.
    pub(super) fn queued(&mut self, at: Time, qu: &oai::Queued) {
        let number = SwitchCallId::new(&qu.call);
        let offer = Offer::queued(qu, &self.devices);
        let Some(mut call) = self.offered_call(at, &number, &offer) else { return };
        self.meet_caller(&mut call, at, &number, &offer);
        if let Some(device) = offer.called.device.clone() {
            match self.devices.kind(&device) {
                // An outgoing call that waits for a trunk is at no device yet.
                Some(DeviceKind::Trunk) => {}
                None if matches!(qu.cause, Some(oai::Cause::TRUNKS_BUSY | oai::Cause::RESOURCES_NOT_AVAILABLE)) => {}
                Some(DeviceKind::HuntGroup) | None => self.wait_at(&mut call, at, &number, &device, &offer),
                // It camps on a device that is busy.
                Some(_) if call.find(&device).is_some() => {}
                Some(_) => {
                    if let Some(index) = self.come_in(&mut call, at, &number, &device, &offer, State::Reached) {
                        call.tell(index, &mut self.out);
                    }
                }
            }
        }
        self.goes_on(&mut call, at, offer.path.redirected_by.as_ref());
        self.put(call);
    }

    /// The group that a ringing device is called for has the call, whether or not that was told. Before P7.00 lines name it only as
    /// what was called first.
    pub(super) fn meet_group(&mut self, call: &mut Call, at: Time, number: &SwitchCallId, offer: &Offer) {
        let original = || {
            let named = DeviceId::new(offer.path.original.as_ref()?);
            let group = Some(named).filter(|named| self.devices.kind(named) == Some(DeviceKind::HuntGroup))?;
            let is_fresh = call.parts.iter().all(|part| matches!(part.how, Entry::Calling)) && call.givers.is_empty();
            (is_fresh && offer.path.redirected_by.is_none() && call.diversions.is_empty()).then_some(group)
        };
        let Some(group) = offer.path.group.clone().or_else(original) else { return };
        if offer.called.device.as_ref() != Some(&group) {
            self.wait_at(call, at, number, &group, offer);
        }
    }

    fn wait_at(&mut self, call: &mut Call, at: Time, number: &SwitchCallId, group: &DeviceId, offer: &Offer) {
        if call.find(group).is_some() {
            return;
        }
        let mut part = Part::new(group.clone(), number.clone(), Devices::group(group), Entry::Queue, State::Queued, at);
        part.by = call.waiting(offer.caller.device.as_ref());
        let Some(index) = call.add(part) else { return };
        call.tell(index, &mut self.out);
        let is_meant = |to: &DeviceId| number_of(to) == number_of(group) || call.last_diversion_to(group, false).is_some();
        if call.handover.as_ref().is_some_and(|handover| handover.to.as_ref().is_none_or(is_meant)) {
            call.reach(index, &mut self.out);
        }
    }

    /// The call left the groups where it waited, for somewhere else.
    pub(super) fn leave_groups(call: &mut Call, at: Time, how: Clearing, cause: &Cause, out: &mut super::Out) {
        while let Some(index) = call.parts.iter().position(|part| part.state == State::Queued) {
            call.clear(index, at, how, cause.clone(), out);
        }
    }
}
