//! A private branch exchange in the spirit of the MiVoice Office 250, pure and deterministic: actions and the time go in, facts and
//! the truth come out. It speaks no protocol; a face does ([`Fact`] says what happened, the accessors what is).
//!
//! An action is done or refused as a whole. Facts come in the order in which things happen; all that one action brings about has
//! the action's moment. Parties outside act by [`Action::Outside`], people at telephones and commands by the others.
//!
//! Rooms: `config` what there is · `action`, `refusal`, `fact` the vocabulary · `call`, `device` the state · `legs` coming and going ·
//! `route` where digits lead · `dial`, `answer`, `clear` a plain call · `divert`, `hold`, `transfer`, `conference`, `dee`, `hunt`, `agent` ·
//! `admin` features and programming · `number`, `timer`.

mod action;
mod admin;
mod agent;
mod answer;
mod call;
mod cause;
mod clear;
mod conference;
mod config;
mod dee;
mod device;
mod dial;
mod divert;
mod fact;
mod hold;
mod hunt;
mod legs;
mod number;
mod refusal;
mod route;
mod setup;
mod state;
#[cfg(test)]
mod tests;
mod timer;
mod transfer;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

pub use action::{Action, Deed, Done, HoldKind, Purpose};
pub use call::{Call, CallKey, Leg, LegKey, LegKind, Offer};
pub use cause::Cause;
pub use config::{
    Address, AgentConfig, Config, DeeConfig, DeeMember, Dnd, Forward, ForwardKind, HuntGroupConfig, HuntGroupKind, HuntOrder, Mistake,
    NodeConfig, Options, Overflow, Route, StationConfig, StationKind, Timers, TrunkConfig, TrunkGroupConfig, TrunkKind, VoiceMailConfig,
};
pub use device::{AgentMode, Dee, HuntGroup, Login, Station, Trunk, TrunkGroup};
pub use fact::{
    AgentFact, AgentFactKind, CallFact, CallFactKind, CallInfo, DeviceFact, DeviceFactKind, Fact, Leaving, LocalState, Side, SystemFact,
    View, What,
};
pub use refusal::Refusal;

use crate::directory::PeopleFile;
use crate::record::CallRecord;
use crate::simulator::truth::Ledger;
use crate::telephony::{DeviceId, Time};
use number::Numbers;
use timer::Timer;

/// Facts and records that wait to be fetched, at most: further actions are refused, and timers wait.
const WAITING_MAX: usize = 100_000;

/// The exchange.
#[derive(Debug)]
pub struct Exchange {
    config: Config,
    stations: BTreeMap<DeviceId, Station>,
    trunks: BTreeMap<DeviceId, Trunk>,
    trunk_groups: BTreeMap<DeviceId, TrunkGroup>,
    hunt_groups: BTreeMap<DeviceId, HuntGroup>,
    voice_mails: BTreeMap<DeviceId, VoiceMailConfig>,
    dee: BTreeMap<DeviceId, Dee>,
    logins: BTreeMap<DeviceId, Login>,
    night: BTreeSet<u16>,
    cut_off: BTreeSet<u16>,
    calls: BTreeMap<CallKey, Call>,
    call_of: BTreeMap<LegKey, CallKey>,
    legs_at: BTreeMap<DeviceId, Vec<LegKey>>,
    numbers: Numbers,
    timers: timer::Timers,
    now: Time,
    next: u64,
    /// Stations whose legs changed in this action.
    touched: BTreeSet<DeviceId>,
    /// Stations that left a group's call in this action, and for how long they have something left to do.
    wrap_ups: BTreeMap<DeviceId, Duration>,
    facts: VecDeque<Fact>,
    ledger: Ledger,
}

impl Exchange {
    /// Does something, or refuses and changes nothing. What is due by then is done first, as at that moment.
    ///
    /// `at` must not be earlier than before; an earlier one counts as the latest so far.
    pub fn act(&mut self, at: Time, action: Action) -> Result<Done, Refusal> {
        self.timeout(at);
        if self.is_full() {
            return Err(Refusal::FactsWaiting);
        }
        let done = self.perform(action);
        self.settle();
        done
    }

    /// When [`Exchange::timeout`] is wanted.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.timers.next_at()
    }

    /// Does what is due by that moment, as at that moment (harmless when early).
    pub fn timeout(&mut self, at: Time) {
        self.now = self.now.max(at);
        while !self.is_full()
            && let Some(timer) = self.timers.pop(self.now)
        {
            self.fire(timer);
            self.settle();
        }
    }

    /// The next fact.
    pub fn poll_fact(&mut self) -> Option<Fact> {
        self.facts.pop_front()
    }

    /// The truth of the next call that is over.
    pub fn poll_truth(&mut self) -> Option<CallRecord> {
        self.ledger.poll()
    }

    /// The truth of the calls that are open, as if they were lost out of sight at that moment: what was answered stays so, the rest is
    /// `link_lost`, everything ends then and `end_uncertain`.
    pub fn open_truth(&self, at: Time) -> Vec<CallRecord> {
        self.ledger.open(at)
    }

    /// From that moment on these people hold what they hold: the truth credits by the instant that counts. The exchange itself does not
    /// know people.
    pub fn change_people(&mut self, at: Time, people: &PeopleFile) {
        self.timeout(at);
        self.ledger.change_people(self.now, people);
    }

    /// The latest moment so far.
    pub fn now(&self) -> Time {
        self.now
    }

    fn is_full(&self) -> bool {
        self.facts.len() >= WAITING_MAX || self.ledger.waiting() >= WAITING_MAX
    }

    fn perform(&mut self, action: Action) -> Result<Done, Refusal> {
        match action {
            Action::OffHook { device } => self.off_hook(&device),
            Action::Dial { device, digits, account } => self.dial(&device, &digits, account),
            Action::MakeCall { device, digits, account } => self.make_call(&device, &digits, account),
            Action::TrunkCall { trunk, number, name, dnis } => self.trunk_call(trunk, number, name, &dnis),
            Action::Answer { device, call } => self.answer(&device, call.as_ref()),
            Action::Pickup { device, from, call } => self.pick_up(&device, &from, call.as_ref()),
            Action::Outside { trunk, deed } => self.outside(&trunk, deed),
            Action::SilentMonitor { device, target } => self.listen_in(&device, &target),
            Action::HangUp { device, call } => self.hang_up(&device, call.as_ref()),
            Action::ClearCall { device, call } => self.clear_call(&device, &call),
            Action::Reject { device, call, message } => self.reject(&device, call.as_ref(), message),
            Action::Deflect { device, call, digits } => self.deflect(&device, call.as_ref(), &digits),
            Action::Hold { device, call, kind } => self.hold(&device, call.as_ref(), kind),
            Action::Retrieve { device, call } => self.retrieve(&device, call.as_ref()),
            Action::Reconnect { device, clear, held } => self.reconnect(&device, &clear, &held),
            Action::Consult { device, call, digits, purpose, account } => self.consult(&device, call.as_ref(), &digits, purpose, account),
            Action::Transfer { device, held, consultation } => self.transfer(&device, held.as_ref(), consultation.as_ref()),
            Action::TransferOneStep { device, call, digits } => self.transfer_one_step(&device, call.as_ref(), &digits),
            Action::Conference { device, calls } => self.conference(&device, &calls),
            Action::HandOffPush { device, call } => self.hand_off_push(&device, call.as_ref()),
            Action::HandOffPull { device } => self.hand_off_pull(&device),
            Action::SetAccount { device, call, code } => self.set_account(&device, call.as_ref(), code),
            Action::Modify { device, call, name, number, trunk_name, trunk_number } => {
                self.modify(&device, &call, name, number, trunk_name, trunk_number)
            }
            Action::LogOn { device, agent, group } => self.log_on(&device, agent, group.as_ref()),
            Action::LogOff { device, group } => self.log_off(&device, group.as_ref()),
            Action::SetReady { device, ready } => self.set_ready(&device, ready),
            Action::SetDnd { device, dnd } => self.set_dnd(&device, dnd),
            Action::SetForward { device, forward } => self.set_forward(&device, forward),
            Action::SetOnline { device, online } => self.set_online(&device, online),
            Action::SetHuntGroups { device, on } => self.set_hunt_groups(&device, on),
            Action::HotDesk { device, at } => self.hot_desk(&device, at),
            Action::SetDee { main, on } => self.set_dee(&main, on),
            Action::SetMembers { group, members } => self.set_members(&group, members),
            Action::SetNight { node, on } => self.set_night(node, on),
            Action::Rename { device, name } => self.rename(&device, name),
            Action::CreateStation(config) => self.create_station(*config),
            Action::RemoveStation { device } => self.remove_station(&device),
            Action::RenumberStation { device, number } => self.renumber_station(&device, number),
            Action::NodeLink { node, up } => self.node_link(node, up),
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::ForwardNoAnswer(leg) => self.forward_no_answer(leg),
            Timer::MemberNoAnswer(leg) => self.member_did_not_answer(leg),
            Timer::HuntAgain(leg) => self.hunt_again(leg),
            Timer::Overflow(leg) => self.overflow_due(leg),
            Timer::Recall(call, promise) => self.recall(call, promise),
            Timer::RingLimit(call) => self.ring_limit(call),
            Timer::HandOff(call, attempt) => self.hand_off_in_vain(call, attempt),
            Timer::WrapUp(device, number) => self.wrap_up_done(&device, number),
        }
    }

    /// What follows from an action once it is done: agents' states, then waiting calls for whoever is free.
    fn settle(&mut self) {
        while let Some(device) = self.touched.pop_first() {
            self.agent_follows(&device);
        }
        self.wrap_ups.clear();
        self.offer_waiting();
        self.ledger.settle();
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}
