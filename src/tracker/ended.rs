//! A call that is over, with everything worked out but who is credited.

use crate::telephony::{AgentId, CallOutcome, Cause, Direction, LeftBy, Party, Role, SegmentOutcome, SwitchCallId, Time, TransferKind};

/// A call that is over.
#[derive(Clone, PartialEq, Debug)]
pub struct EndedCall {
    /// What the PBX numbered it; the first one is its identity.
    pub switch_calls: Vec<SwitchCallId>,
    /// When it began under its first number.
    pub began_at: Time,
    /// By who began it.
    pub direction: Direction,
    /// The index of the segment that began it.
    pub caller: usize,
    /// What that one dialled.
    pub dialled: Option<String>,
    /// The first trunk on its way.
    pub trunk: Option<String>,
    /// When it began.
    pub started_at: Time,
    /// When the first person on the called side answered.
    pub answered_at: Option<Time>,
    /// When the last device was gone.
    pub ended_at: Time,
    /// How it went.
    pub outcome: CallOutcome,
    /// It was there already when it was first seen.
    pub start_uncertain: bool,
    /// It ended unseen.
    pub end_uncertain: bool,
    /// When it was out of sight.
    pub gaps: Vec<(Time, Time)>,
    /// In order of appearance.
    pub segments: Vec<EndedSegment>,
}

/// One device's stay in it.
#[derive(Clone, PartialEq, Debug)]
pub struct EndedSegment {
    /// The device.
    pub party: Party,
    /// How it came into the call.
    pub role: Role,
    /// First state.
    pub started_at: Time,
    /// Answer.
    pub answered_at: Option<Time>,
    /// Last state.
    pub ended_at: Time,
    /// Milliseconds of ringing.
    pub ring_ms: u64,
    /// When it held the others.
    pub holds: Vec<(Time, Time)>,
    /// How it went.
    pub outcome: SegmentOutcome,
    /// How it left.
    pub left_by: LeftBy,
    /// Why.
    pub cause: Cause,
    /// The hand-over that it made.
    pub transfer: Option<EndedTransfer>,
    /// The instant that counts for the credit.
    pub instant: Time,
    /// The agent logged on there at that instant.
    pub agent: Option<AgentId>,
    /// That instant was not seen.
    pub uncertain: bool,
}

/// A hand-over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndedTransfer {
    /// With or without asking first.
    pub kind: TransferKind,
    /// The index of the segment that it went to.
    pub to: Option<usize>,
}
