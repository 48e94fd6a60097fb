//! A call as people would tell it, while it lasts: all switch calls that belong together, with each device's stay.

use smol_str::SmolStr;

use crate::simulator::exchange::Cause;
use crate::telephony::{
    AgentId, CallOutcome, DeviceId, DeviceKind, Direction, LeftBy, Role, SegmentOutcome, SwitchCallId, Time, TransferKind,
};

/// A story's number: older ones have smaller ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(in crate::simulator) struct StoryKey(pub(super) u64);

/// A stay's number: those that began earlier have smaller ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(in crate::simulator) struct StayKey(pub(super) u64);

#[derive(Clone, Debug)]
pub(super) struct Story {
    /// In order of appearance.
    pub(super) switch_calls: Vec<SwitchCallId>,
    pub(super) stays: Vec<Stay>,
    pub(super) caller: StayKey,
    pub(super) direction: Direction,
    pub(super) dialled: Option<SmolStr>,
    /// How it went if nobody answers.
    pub(super) unanswered: CallOutcome,
}

/// One device's stay.
#[derive(Clone, Debug)]
pub(super) struct Stay {
    pub(super) key: StayKey,
    pub(super) device: DeviceId,
    pub(super) kind: DeviceKind,
    pub(super) number: Option<SmolStr>,
    pub(super) name: Option<SmolStr>,
    pub(super) trunk: Option<DeviceId>,
    pub(super) role: Role,
    /// It began a switch call.
    pub(super) is_originator: bool,
    pub(super) started_at: Time,
    pub(super) alerted_at: Option<Time>,
    /// It stopped ringing before it left or answered.
    pub(super) rang_until: Option<Time>,
    pub(super) answered_at: Option<Time>,
    pub(super) holds: Vec<(Time, Option<Time>)>,
    /// With whom it can have gone to.
    pub(super) transfer: Option<(TransferKind, Vec<StayKey>)>,
    /// Who was logged on at the instant that counts, so far.
    pub(super) agent: Option<AgentId>,
    pub(super) left: Option<(Time, Exit)>,
}

/// How a stay ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::simulator) struct Exit {
    /// `None`: answered, if it was; else abandoned.
    pub(super) outcome: Option<SegmentOutcome>,
    pub(super) left_by: LeftBy,
    pub(super) cause: Cause,
}

impl Exit {
    /// Its own party hung up, or gave up.
    pub(in crate::simulator) const HUNG_UP: Self = Self::plain(LeftBy::Hangup, Cause::NormalClearing);
    /// Others ended it.
    pub(in crate::simulator) const RELEASED: Self = Self::plain(LeftBy::RemoteHangup, Cause::NormalClearing);
    /// Who waited there gave up.
    pub(in crate::simulator) const ABANDONED_QUEUE: Self = Self::with(SegmentOutcome::Abandoned, LeftBy::Hangup, Cause::NormalClearing);
    /// Who waited there was put through.
    pub(in crate::simulator) const PUT_THROUGH: Self = Self::with(SegmentOutcome::Answered, LeftBy::PutThrough, Cause::NormalClearing);
    /// Another device answered.
    pub(in crate::simulator) const ELSEWHERE: Self =
        Self::with(SegmentOutcome::AnsweredElsewhere, LeftBy::AnsweredElsewhere, Cause::AnsweredElsewhere);
    /// Another station picked up.
    pub(in crate::simulator) const PICKED_UP: Self = Self::with(SegmentOutcome::AnsweredElsewhere, LeftBy::Pickup, Cause::CallPickup);
    /// Deflected or moved by hand.
    pub(in crate::simulator) const REDIRECTED: Self = Self::with(SegmentOutcome::Diverted, LeftBy::Diversion, Cause::Redirected);
    /// Waited too long at a group.
    pub(in crate::simulator) const OVERFLOWED: Self = Self::with(SegmentOutcome::Diverted, LeftBy::Timeout, Cause::Overflow);
    /// Parked and retrieved elsewhere.
    pub(in crate::simulator) const PARKED: Self = Self::with(SegmentOutcome::Answered, LeftBy::Park, Cause::Park);
    /// Handed over in one step, or to another device of the same user.
    pub(in crate::simulator) const HANDED_OVER: Self = Self::with(SegmentOutcome::Answered, LeftBy::Transfer, Cause::SingleStepTransfer);
    /// Declined, or not accepted.
    pub(in crate::simulator) const DECLINED: Self = Self::with(SegmentOutcome::Rejected, LeftBy::Hangup, Cause::NormalClearing);
    /// The exchange gave up for the caller.
    pub(in crate::simulator) const GIVEN_UP: Self = Self::plain(LeftBy::RemoteHangup, Cause::CallNotAnswered);

    /// Handed over after asking: one of the two parts of who did.
    pub(in crate::simulator) const fn transferred(was_answered: bool) -> Self {
        let outcome = if was_answered { SegmentOutcome::Answered } else { SegmentOutcome::Diverted };
        Self::with(outcome, LeftBy::Transfer, Cause::Transfer)
    }

    /// Its parties went into a conference.
    pub(in crate::simulator) const CONFERENCED: Self = Self::with(SegmentOutcome::Answered, LeftBy::Conference, Cause::Conference);

    /// Rang in vain.
    pub(in crate::simulator) const fn no_answer(cause: Cause) -> Self {
        Self::with(SegmentOutcome::NoAnswer, LeftBy::Timeout, cause)
    }

    /// The caller hung up after a tone of failure.
    pub(in crate::simulator) const fn after_tone(cause: Cause) -> Self {
        Self::plain(LeftBy::Hangup, cause)
    }

    /// The device that the call failed at.
    pub(in crate::simulator) const fn failed(cause: Cause) -> Self {
        match cause {
            Cause::Busy => Self::with(SegmentOutcome::Busy, LeftBy::Hangup, cause),
            Cause::DoNotDisturb => Self::with(SegmentOutcome::Rejected, LeftBy::Hangup, cause),
            _ => Self::with(SegmentOutcome::Failed, LeftBy::Failure, cause),
        }
    }

    const fn plain(left_by: LeftBy, cause: Cause) -> Self {
        Self { outcome: None, left_by, cause }
    }

    const fn with(outcome: SegmentOutcome, left_by: LeftBy, cause: Cause) -> Self {
        Self { outcome: Some(outcome), left_by, cause }
    }
}

impl Stay {
    /// A device where a person answers for the called side.
    pub(super) fn is_called_person(&self) -> bool {
        matches!(self.kind, DeviceKind::Extension | DeviceKind::External)
            && !matches!(self.role, Role::Caller | Role::Consultation | Role::Conference | Role::Monitor)
    }

    pub(super) fn is_open(&self) -> bool {
        self.left.is_none()
    }

    pub(super) fn release_hold(&mut self, at: Time) {
        if let Some((_, until @ None)) = self.holds.last_mut() {
            *until = Some(at);
        }
    }
}
