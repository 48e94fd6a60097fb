//! A call while it is open, and the parts that devices have in it.

use smol_str::SmolStr;

use super::action::HoldKind;
use super::cause::Cause;
use super::fact::{CallInfo, LocalState, Side, View};
use crate::simulator::truth::{StayKey, StoryKey};
use crate::telephony::{DeviceId, SwitchCallId, Time};

/// A call's own number, never used again: older calls have smaller ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallKey(pub(super) u64);

/// A leg's own number, never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LegKey(pub(super) u64);

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) key: CallKey,
    pub(super) id: SwitchCallId,
    /// In order of appearance.
    pub(super) legs: Vec<Leg>,
    /// The calling side as presented.
    pub(super) calling: LegKey,
    pub(super) calling_side: Side,
    /// Its part in the truth, once there is something to tell.
    pub(super) story: Option<StoryKey>,
    /// Somebody answered, and is or was there: nothing is being offered any more.
    pub(super) is_established: bool,
    /// Somebody answered at some time.
    pub(super) was_established: bool,
    pub(super) is_conference: bool,
    pub(super) outside_name: Option<SmolStr>,
    pub(super) trunk_name: Option<SmolStr>,
    pub(super) trunk_number: Option<SmolStr>,
    pub(super) originally_called: Option<SmolStr>,
    pub(super) last_redirection: Option<DeviceId>,
    pub(super) account: Option<SmolStr>,
    /// It waits at this group, or the group offers it.
    pub(super) waiting: Option<Waiting>,
    /// To whom it comes back when the one that it was handed to does not answer, and the number of that promise.
    pub(super) recall: Option<(DeviceId, u64)>,
    /// It could not be set up: the caller hears a tone.
    pub(super) failure: Option<Failure>,
    /// The leg that hands it to another device of its user, and the number of that attempt.
    pub(super) handoff: Option<(LegKey, u64)>,
}

/// One device's part in a call.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one device's part")]
pub struct Leg {
    pub(super) key: LegKey,
    pub(super) device: DeviceId,
    pub(super) kind: LegKind,
    pub(super) id: SwitchCallId,
    /// Its number of the call before the present one.
    pub(super) former: Option<SwitchCallId>,
    pub(super) state: LocalState,
    pub(super) since: Time,
    pub(super) number: Option<SmolStr>,
    pub(super) offer: Offer,
    pub(super) hold: Option<HoldKind>,
    /// It takes part: it began the call, or it answered.
    pub(super) takes_part: bool,
    /// Outside: a person has to accept after the answer.
    pub(super) must_accept: bool,
    /// Outside: the network has said that it rings there.
    pub(super) rings_outside: bool,
    /// Outside: answered, not accepted yet.
    pub(super) is_routed: bool,
    pub(super) stay: Option<StayKey>,
}

/// What a leg's device is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LegKind {
    /// A telephone.
    Station,
    /// A trunk, with a party outside behind it.
    Trunk,
    /// A hunt group, where the call waits.
    HuntGroup,
    /// A voice mail application.
    VoiceMail,
}

/// How a device came into the call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Offer {
    /// It began the call.
    Calling,
    /// It was called, forwarded or transferred to, or took the call.
    Direct,
    /// It rings with a main extension, itself included.
    Dee,
    /// That hunt group offers it the call.
    Member(DeviceId),
    /// Another device of its user hands it the call.
    HandOff,
    /// The call comes back to it.
    Recall,
    /// It listens in at that leg.
    Monitor(LegKey),
}

/// A stay at a hunt group.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) group: DeviceId,
    pub(super) leg: LegKey,
    /// Members that did not answer in this round.
    pub(super) tried: Vec<DeviceId>,
    pub(super) is_overflow_due: bool,
}

/// Why a call could not be set up.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) cause: Cause,
    /// The device that is to blame, in the truth.
    pub(super) stay: Option<StayKey>,
}

impl Call {
    /// What the exchange numbers it. In a conference every leg has its own number.
    pub fn id(&self) -> &SwitchCallId {
        &self.id
    }

    /// The devices in it, in order of appearance.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// Somebody answered, and nothing is being offered any more.
    pub fn is_established(&self) -> bool {
        self.is_established
    }

    /// Three parties or more were brought together in it.
    pub fn is_conference(&self) -> bool {
        self.is_conference
    }

    /// The group that it waits at.
    pub fn waits_at(&self) -> Option<&DeviceId> {
        self.waiting.as_ref().map(|waiting| &waiting.group)
    }

    /// Why it could not be set up, while its caller hears the tone.
    pub fn failure(&self) -> Option<Cause> {
        self.failure.as_ref().map(|failure| failure.cause)
    }

    /// The data that go with it.
    pub fn info(&self) -> CallInfo {
        CallInfo {
            id: self.id.clone(),
            calling: self.calling_side.clone(),
            outside_name: self.outside_name.clone(),
            trunk_name: self.trunk_name.clone(),
            trunk_number: self.trunk_number.clone(),
            originally_called: self.originally_called.clone(),
            last_redirection: self.last_redirection.clone(),
            account: self.account.clone(),
            group: self.waiting.as_ref().map(|waiting| waiting.group.clone()),
        }
    }

    /// Everybody's view of it as it is now.
    pub fn views(&self) -> Vec<View> {
        self.legs.iter().map(Leg::view).collect()
    }

    pub(super) fn leg(&self, key: LegKey) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.key == key)
    }

    pub(super) fn leg_mut(&mut self, key: LegKey) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.key == key)
    }

    /// Those who take part, without who listens in.
    pub(super) fn participants(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(|leg| leg.takes_part && !leg.is_monitor())
    }

    /// The one other party of a call between two.
    pub(super) fn only_other(&self, than: LegKey) -> Option<&Leg> {
        let mut others = self.participants().filter(|leg| leg.key != than);
        let other = others.next()?;
        others.next().is_none().then_some(other)
    }

    pub(super) fn ringing(&self) -> Vec<LegKey> {
        self.legs.iter().filter(|leg| leg.is_ringing()).map(|leg| leg.key).collect()
    }

    pub(super) fn has_voice_mail(&self) -> bool {
        self.legs.iter().any(|leg| leg.kind == LegKind::VoiceMail)
    }

    /// Two or more talk with each other, and nothing else goes on.
    pub(super) fn is_talk(&self) -> bool {
        self.is_established && self.failure.is_none() && self.handoff.is_none() && !self.has_voice_mail()
    }
}

impl Leg {
    /// The station, hunt group or voice mail application, or the trunk that leads to the party outside.
    pub fn device(&self) -> &DeviceId {
        &self.device
    }

    /// What the device is.
    pub fn kind(&self) -> LegKind {
        self.kind
    }

    /// Its number of the call.
    pub fn call(&self) -> &SwitchCallId {
        &self.id
    }

    /// Its state.
    pub fn state(&self) -> LocalState {
        self.state
    }

    /// Since when it is in that state.
    pub fn since(&self) -> Time {
        self.since
    }

    /// The number of the party outside.
    pub fn number(&self) -> Option<&SmolStr> {
        self.number.as_ref()
    }

    /// How it came into the call.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// How it holds.
    pub fn hold(&self) -> Option<HoldKind> {
        self.hold
    }

    /// An outside party that answered and has not accepted yet.
    pub fn is_routed(&self) -> bool {
        self.is_routed
    }

    /// It as a side of the call.
    pub fn side(&self) -> Side {
        Side { device: self.device.clone(), is_outside: self.kind == LegKind::Trunk, number: self.number.clone() }
    }

    /// It was told to ring: a telephone at once, a party outside when the network says so.
    pub(super) fn is_delivered(&self) -> bool {
        self.is_ringing() && (self.kind != LegKind::Trunk || self.rings_outside)
    }

    /// It is being offered the call.
    pub fn is_ringing(&self) -> bool {
        self.state == LocalState::Alerting
    }

    pub(super) fn is_monitor(&self) -> bool {
        matches!(self.offer, Offer::Monitor(_))
    }

    /// It keeps its device from another conversation.
    pub(super) fn is_active(&self) -> bool {
        matches!(self.state, LocalState::Initiated | LocalState::Connected | LocalState::Failed)
    }

    pub(super) fn view(&self) -> View {
        View { device: self.device.clone(), call: self.id.clone(), state: self.state }
    }
}

impl Side {
    /// A device of the exchange.
    pub fn inside(device: DeviceId) -> Self {
        Self { device, is_outside: false, number: None }
    }
}
