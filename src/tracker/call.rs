//! A call while it is open.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::NewSegment;
use crate::telephony::{AgentId, Cause, Clearing, ConnectionId, DeviceKind, Entry, Party, SwitchCallId, Time, TransferKind};

/// Holds shorter than this are a side effect of a PBX swapping who is held, not somebody holding.
const SHORTEST_HOLD_MS: u64 = 5;
/// Holds kept of one segment at most; further ones are not told.
pub(super) const HOLDS_MAX: usize = 1_000;
/// Gaps kept of one call at most; further ones stretch the last.
pub(super) const GAPS_MAX: usize = 1_000;

/// A transfer told this long after a device left at most is why it left.
const LATE_TRANSFER_MS: u64 = 1000;

/// A call's number in this tracker: older calls have smaller ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
pub(super) struct CallKey(pub(super) u64);

/// A segment's number in this tracker.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
pub(super) struct SegmentKey(pub(super) u64);

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Call {
    /// What the PBX numbered it; the first one is its identity.
    pub(super) switch_calls: Vec<SwitchCallId>,
    /// Those of them that it goes by no more: the PBX may give them to other calls.
    #[serde(default)]
    pub(super) retired: Vec<SwitchCallId>,
    /// When it began under its first number.
    pub(super) began_at: Time,
    pub(super) segments: Vec<Segment>,
    pub(super) gaps: Vec<(Time, Time)>,
    /// It was there already when it was first seen.
    pub(super) start_uncertain: bool,
    pub(super) end_uncertain: bool,
    /// It goes on without a device: the PBX looks for one.
    pub(super) kept: bool,
}

impl Call {
    pub(super) fn new(id: SwitchCallId, at: Time) -> Self {
        Self {
            switch_calls: vec![id],
            retired: Vec::new(),
            began_at: at,
            segments: Vec::new(),
            gaps: Vec::new(),
            start_uncertain: false,
            end_uncertain: false,
            kept: false,
        }
    }

    /// The numbers that it goes by.
    pub(super) fn numbers(&self) -> impl Iterator<Item = &SwitchCallId> {
        self.switch_calls.iter().filter(|number| !self.retired.contains(number))
    }

    pub(super) fn segment_mut(&mut self, key: SegmentKey) -> Option<&mut Segment> {
        self.segments.iter_mut().rev().find(|s| s.key == key)
    }

    pub(super) fn is_over(&self) -> bool {
        !self.kept && !self.segments.is_empty() && !self.segments.iter().any(Segment::is_open)
    }

    /// The first moment of anybody in it.
    pub(super) fn first_at(&self) -> Time {
        self.segments.iter().map(|s| s.started_at).min().unwrap_or(self.began_at)
    }

    /// Takes in what was a call of its own until now. One call has one caller: who called in the other one came in so.
    pub(super) fn absorb(&mut self, mut other: Self, how: Entry) {
        // What began first began both.
        self.start_uncertain = match self.first_at().cmp(&other.first_at()) {
            Ordering::Less => self.start_uncertain,
            Ordering::Equal => self.start_uncertain || other.start_uncertain,
            Ordering::Greater => other.start_uncertain,
        };
        for segment in &mut other.segments {
            if segment.how == Entry::Calling && self.segments.iter().any(|s| s.how == Entry::Calling) {
                segment.how = how;
            }
        }
        // A number that one of them goes by no more may be the other's present one.
        self.retired.retain(|number| other.retired.contains(number) || !other.switch_calls.contains(number));
        other.retired.retain(|number| !self.retired.contains(number) && !self.switch_calls.contains(number));
        self.retired.append(&mut other.retired);
        other.switch_calls.retain(|number| !self.switch_calls.contains(number));
        self.switch_calls.append(&mut other.switch_calls);
        self.segments.append(&mut other.segments);
        self.kept |= other.kept;
        for gap in other.gaps {
            if !self.gaps.contains(&gap) {
                self.gap(gap.0, gap.1);
            }
        }
        self.gaps.sort_unstable();
    }

    /// It was out of sight.
    pub(super) fn gap(&mut self, from: Time, until: Time) {
        let until = until.max(from);
        if self.gaps.len() < GAPS_MAX {
            self.gaps.push((from, until));
        } else if let Some(last) = self.gaps.last_mut() {
            last.1 = last.1.max(until);
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one stay, each told by another event")]
pub(super) struct Segment {
    pub(super) key: SegmentKey,
    pub(super) connection: ConnectionId,
    pub(super) party: Party,
    pub(super) how: Entry,
    /// It began the connection itself (a calling side), whatever it turned out to be later.
    pub(super) originated: bool,
    /// It had answered as one that was called before it became the target of a transfer.
    #[serde(default)]
    pub(super) was_called: bool,
    pub(super) by: Option<SegmentKey>,
    pub(super) dialled: Option<SmolStr>,
    pub(super) started_at: Time,
    pub(super) delivered_at: Option<Time>,
    /// It stopped alerting before it was cleared.
    #[serde(default)]
    pub(super) failed_at: Option<Time>,
    pub(super) answered_at: Option<Time>,
    pub(super) holds: Vec<(Time, Option<Time>)>,
    pub(super) diverted: bool,
    pub(super) transfer: Option<Transfer>,
    pub(super) cleared: Option<Cleared>,
    /// Who was logged on there when it began, and when it answered.
    pub(super) agent_at_start: Option<AgentId>,
    pub(super) agent_at_answer: Option<AgentId>,
    /// The beginning was not seen.
    pub(super) start_uncertain: bool,
    /// The answer was not seen, or seen while something was out of sight.
    pub(super) answer_uncertain: bool,
    /// What counts of the beginning was seen while something was out of sight.
    #[serde(default)]
    pub(super) start_doubtful: bool,
    /// Mentioned in the resync that is under way.
    pub(super) confirmed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Transfer {
    pub(super) kind: TransferKind,
    pub(super) to: Option<SegmentKey>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Cleared {
    pub(super) at: Time,
    pub(super) how: Clearing,
    pub(super) cause: Cause,
}

impl Segment {
    pub(super) fn new(key: SegmentKey, at: Time, new: NewSegment<'_>) -> Self {
        Self {
            key,
            connection: new.connection.clone(),
            party: new.party.clone(),
            originated: new.how == Entry::Calling,
            how: new.how,
            was_called: false,
            by: new.by,
            dialled: None,
            started_at: at,
            delivered_at: None,
            failed_at: None,
            answered_at: None,
            holds: Vec::new(),
            diverted: false,
            transfer: None,
            cleared: None,
            agent_at_start: new.agent,
            agent_at_answer: None,
            start_uncertain: false,
            answer_uncertain: false,
            start_doubtful: new.is_doubtful,
            confirmed: true,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.cleared.is_none()
    }

    /// Conference, mailbox and attendant take a call by themselves; a queue and a park slot only keep it.
    pub(super) fn answers_by_itself(&self) -> bool {
        matches!(self.party.kind, DeviceKind::Conference | DeviceKind::VoiceMail | DeviceKind::Ivr)
    }

    pub(super) fn delivered(&mut self, at: Time, agent: Option<&AgentId>, is_doubtful: bool) {
        if self.delivered_at.is_some() || self.answered_at.is_some() {
            return;
        }
        self.delivered_at = Some(at.max(self.started_at));
        if !self.originated {
            self.agent_at_start = agent.cloned();
            self.start_doubtful = is_doubtful;
        }
    }

    pub(super) fn established(&mut self, at: Time, agent: Option<&AgentId>, is_doubtful: bool) {
        if self.answered_at.is_none() {
            self.answered_at = Some(self.not_before(at));
            self.agent_at_answer = agent.cloned();
            self.answer_uncertain = is_doubtful;
        }
    }

    /// It alerts no more, though it stays in the call.
    pub(super) fn failed(&mut self, at: Time) {
        if self.answered_at.is_none() {
            let at = self.not_before(at);
            self.failed_at.get_or_insert(at);
        }
    }

    pub(super) fn transferred(&mut self, at: Time, kind: TransferKind, to: Option<SegmentKey>) {
        self.transfer = Some(Transfer { kind, to });
        if let Some(cleared) = &mut self.cleared
            && at.millis_since(cleared.at) < LATE_TRANSFER_MS
        {
            cleared.how = Clearing::Transferred;
        }
    }

    /// Moments may step back, but never behind what this segment was told last.
    fn not_before(&self, at: Time) -> Time {
        let held = self.holds.last().map(|&(from, until)| until.unwrap_or(from));
        at.max(held.or(self.answered_at).or(self.delivered_at).unwrap_or(self.started_at))
    }

    /// It came in otherwise than it seemed. Who drew somebody into a conference may not have seen how that one came into its call.
    pub(super) fn enter(&mut self, how: Entry) {
        let is_known = matches!(self.how, Entry::Calling | Entry::Queue | Entry::Pickup | Entry::Forward);
        if how != Entry::Conference || !is_known {
            self.how = how;
        }
    }

    pub(super) fn enter_by_transfer(&mut self) {
        if matches!(self.how, Entry::Called) {
            self.was_called = self.answered_at.is_some();
            self.how = Entry::Transfer;
        }
    }

    pub(super) fn held(&mut self, at: Time) {
        let is_holding = self.holds.last().is_some_and(|(_, until)| until.is_none());
        if self.answered_at.is_some() && !is_holding && self.holds.len() < HOLDS_MAX {
            self.holds.push((self.not_before(at), None));
        }
    }

    pub(super) fn retrieved(&mut self, at: Time) {
        if let Some((from, until @ None)) = self.holds.last_mut() {
            if at.millis_since(*from) < SHORTEST_HOLD_MS {
                self.holds.pop();
            } else {
                *until = Some(at);
            }
        }
    }

    pub(super) fn clear(&mut self, at: Time, how: Clearing, cause: Cause) {
        self.retrieved(at);
        let at = self.not_before(at);
        self.cleared = Some(Cleared { at, how, cause });
    }
}
