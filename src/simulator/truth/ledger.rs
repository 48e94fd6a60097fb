//! The book that the exchange keeps of what it does.

use std::collections::{BTreeMap, VecDeque};

use smol_str::SmolStr;

use super::Settings;
use super::conclude::conclude;
use super::credit::History;
use super::story::{Exit, Stay, StayKey, Story, StoryKey};
use crate::directory::PeopleFile;
use crate::record::CallRecord;
use crate::simulator::exchange::Cause;
use crate::telephony::{
    AgentId, CallOutcome, DeviceId, DeviceKind, Direction, LeftBy, Role, SegmentOutcome, SwitchCallId, Time, TransferKind,
};

/// Holds noted of one stay at most; further ones are not told.
const HOLDS_MAX: usize = 1000;

/// Stories that are open, and the records of those that are over.
#[derive(Debug)]
pub(in crate::simulator) struct Ledger {
    settings: Settings,
    credits: History,
    stories: BTreeMap<StoryKey, Story>,
    story_of: BTreeMap<StayKey, StoryKey>,
    /// Perhaps over: everybody left at some moment.
    left: Vec<StoryKey>,
    records: VecDeque<CallRecord>,
    next: u64,
}

/// A device that comes into a call.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct NewStay {
    /// The device as records name it: the number of an outside party, its trunk where that is withheld.
    pub(in crate::simulator) device: DeviceId,
    /// What it is.
    pub(in crate::simulator) kind: DeviceKind,
    /// What it presents.
    pub(in crate::simulator) number: Option<SmolStr>,
    /// The name that it presents.
    pub(in crate::simulator) name: Option<SmolStr>,
    /// The trunk that leads to it.
    pub(in crate::simulator) trunk: Option<DeviceId>,
    /// Who is logged on there.
    pub(in crate::simulator) agent: Option<AgentId>,
}

impl Ledger {
    pub(in crate::simulator) fn new(settings: Settings) -> Self {
        let credits = History::new(&settings.people);
        Self { settings, credits, stories: BTreeMap::new(), story_of: BTreeMap::new(), left: Vec::new(), records: VecDeque::new(), next: 0 }
    }

    /// From that moment on these people hold what they hold.
    pub(in crate::simulator) fn change_people(&mut self, at: Time, people: &PeopleFile) {
        self.credits.change(at, people);
    }

    /// A call begins with its caller.
    pub(in crate::simulator) fn begin(
        &mut self,
        at: Time,
        id: &SwitchCallId,
        direction: Direction,
        dialled: Option<SmolStr>,
        caller: NewStay,
    ) -> (StoryKey, StayKey) {
        let key = StoryKey(self.number());
        let stay = self.stay(at, Role::Caller, caller);
        let caller = stay.key;
        let story =
            Story { switch_calls: vec![id.clone()], stays: vec![stay], caller, direction, dialled, unanswered: CallOutcome::Abandoned };
        self.story_of.insert(caller, key);
        self.stories.insert(key, story);
        (key, caller)
    }

    /// A further device comes into it.
    pub(in crate::simulator) fn enter(&mut self, story: StoryKey, at: Time, role: Role, new: NewStay) -> StayKey {
        let stay = self.stay(at, role, new);
        let key = stay.key;
        if let Some(story) = self.stories.get_mut(&story) {
            story.stays.push(stay);
        }
        self.story_of.insert(key, story);
        key
    }

    /// The device rings.
    pub(in crate::simulator) fn alert(&mut self, stay: StayKey, at: Time, agent: Option<AgentId>) {
        self.change(stay, |stay| {
            stay.alerted_at = Some(at);
            stay.agent = agent;
        });
    }

    /// It rings no more, but is not gone.
    pub(in crate::simulator) fn stop_ringing(&mut self, stay: StayKey, at: Time) {
        self.change(stay, |stay| stay.rang_until = Some(at));
    }

    /// It answered; the calling side: was put through, for the first time.
    pub(in crate::simulator) fn answer(&mut self, stay: StayKey, at: Time, agent: Option<AgentId>) {
        self.change(stay, |stay| {
            if stay.answered_at.is_none() {
                stay.answered_at = Some(at);
                if !stay.is_originator {
                    stay.agent = agent;
                }
            }
        });
    }

    pub(in crate::simulator) fn hold(&mut self, stay: StayKey, at: Time) {
        self.change(stay, |stay| {
            if stay.holds.len() < HOLDS_MAX {
                stay.holds.push((at, None));
            }
        });
    }

    pub(in crate::simulator) fn retrieve(&mut self, stay: StayKey, at: Time) {
        self.change(stay, |stay| stay.release_hold(at));
    }

    /// It hands the call over, perhaps to one of several; which ones, may show only when it has left.
    pub(in crate::simulator) fn hand_over(&mut self, stay: StayKey, kind: TransferKind, to: Vec<StayKey>) {
        if let Some(stay) = self.stay_mut(stay) {
            stay.transfer = Some((kind, to));
        }
    }

    /// The role of one that was merely called, now that more is known.
    pub(in crate::simulator) fn turn_out(&mut self, stay: StayKey, role: Role) {
        self.change(stay, |stay| {
            if stay.role == Role::Called {
                stay.role = role;
            }
        });
    }

    /// It is gone.
    pub(in crate::simulator) fn leave(&mut self, stay: StayKey, at: Time, exit: Exit) {
        self.change(stay, |stay| {
            stay.release_hold(at);
            stay.left = Some((at, exit));
        });
        if let Some(story) = self.story_of.get(&stay) {
            self.left.push(*story);
        }
    }

    /// How the call went, if nobody answers.
    pub(in crate::simulator) fn unanswered(&mut self, story: StoryKey, outcome: CallOutcome) {
        if let Some(story) = self.stories.get_mut(&story) {
            story.unanswered = outcome;
        }
    }

    /// The exchange numbers the call, or a part of it, also so.
    pub(in crate::simulator) fn also_numbered(&mut self, story: StoryKey, id: &SwitchCallId) {
        // A number that it gave up may be given to it once more.
        if let Some(story) = self.stories.get_mut(&story).filter(|story| !story.switch_calls.contains(id)) {
            story.switch_calls.push(id.clone());
        }
    }

    /// Two calls are one from here on. `by` are the stays of who brings them together; a second caller that is none of these has
    /// from here on the role given.
    pub(in crate::simulator) fn join(&mut self, one: StoryKey, other: StoryKey, by: &[StayKey], role: Role) -> StoryKey {
        let (older, younger) = (one.min(other), one.max(other));
        if older == younger {
            return older;
        }
        let Some(mut joined) = self.stories.remove(&younger) else { return older };
        for stay in &mut joined.stays {
            if stay.role == Role::Caller {
                stay.role = if by.contains(&stay.key) { Role::Consultation } else { role };
            }
            self.story_of.insert(stay.key, older);
        }
        if let Some(story) = self.stories.get_mut(&older) {
            story.stays.append(&mut joined.stays);
            joined.switch_calls.retain(|id| !story.switch_calls.contains(id));
            story.switch_calls.append(&mut joined.switch_calls);
        }
        older
    }

    /// Whether a further stay would be more than a record should bear.
    pub(in crate::simulator) fn is_full(&self, story: StoryKey, stays_max: usize) -> bool {
        self.stories.get(&story).is_some_and(|story| story.stays.len() >= stays_max)
    }

    /// Makes the records of what is over. Between actions, nothing is half done.
    pub(in crate::simulator) fn settle(&mut self) {
        for key in std::mem::take(&mut self.left) {
            if self.stories.get(&key).is_some_and(|story| !story.stays.iter().any(Stay::is_open))
                && let Some(story) = self.stories.remove(&key)
            {
                for stay in &story.stays {
                    self.story_of.remove(&stay.key);
                }
                self.records.push_back(conclude(story, &self.settings, &self.credits, false));
            }
        }
    }

    pub(in crate::simulator) fn poll(&mut self) -> Option<CallRecord> {
        self.records.pop_front()
    }

    pub(in crate::simulator) fn waiting(&self) -> usize {
        self.records.len()
    }

    /// What is open, as if it were lost out of sight at that moment.
    pub(in crate::simulator) fn open(&self, at: Time) -> Vec<CallRecord> {
        let lost = Exit { outcome: None, left_by: LeftBy::LinkLost, cause: Cause::Unknown };
        let cut = |story: &Story| {
            let mut story = story.clone();
            story.unanswered = CallOutcome::LinkLost;
            for stay in story.stays.iter_mut().filter(|stay| stay.is_open()) {
                stay.release_hold(at);
                let outcome = if stay.answered_at.is_some() { SegmentOutcome::Answered } else { SegmentOutcome::LinkLost };
                stay.left = Some((at, Exit { outcome: Some(outcome), ..lost }));
            }
            conclude(story, &self.settings, &self.credits, true)
        };
        self.stories.values().map(cut).collect()
    }

    fn stay(&mut self, at: Time, role: Role, new: NewStay) -> Stay {
        Stay {
            key: StayKey(self.number()),
            device: new.device,
            kind: new.kind,
            number: new.number,
            name: new.name,
            trunk: new.trunk,
            role,
            is_originator: role == Role::Caller,
            started_at: at,
            alerted_at: None,
            rang_until: None,
            answered_at: None,
            holds: Vec::new(),
            transfer: None,
            agent: new.agent,
            left: None,
        }
    }

    fn change(&mut self, key: StayKey, change: impl FnOnce(&mut Stay)) {
        if let Some(stay) = self.stay_mut(key).filter(|stay| stay.is_open()) {
            change(stay);
        }
    }

    /// Also one that has left, while others are still in the call.
    fn stay_mut(&mut self, key: StayKey) -> Option<&mut Stay> {
        let story = self.stories.get_mut(self.story_of.get(&key)?)?;
        story.stays.iter_mut().rev().find(|stay| stay.key == key)
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}
