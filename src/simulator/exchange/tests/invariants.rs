//! Whatever people do, the exchange stays consistent and every call ends in one record.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::bench::{START, dev, settings, site};
use crate::record::{CallRecord, LeftBy, Role};
use crate::simulator::exchange::{
    Action, Call, CallFactKind, Deed, Dnd, Exchange, Fact, Forward, ForwardKind, HoldKind, LegKind, LocalState, Purpose, What,
};
use crate::telephony::{AgentId, DeviceId, SwitchCallId};

const STATIONS: [&str; 9] = ["1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008", "1011"];
const TRUNKS: [&str; 3] = ["94001", "94002", "94003"];
const DIGITS: [&str; 14] =
    ["1001", "1002", "1003", "1004", "1005", "1011", "2500", "3001", "3002", "3003", "3004", "3005", "95550123", "7777"];

fn station() -> impl Strategy<Value = DeviceId> {
    prop::sample::select(STATIONS.to_vec()).prop_map(dev)
}

fn digits() -> impl Strategy<Value = smol_str::SmolStr> {
    prop::sample::select(DIGITS.to_vec()).prop_map(smol_str::SmolStr::new)
}

fn deed() -> impl Strategy<Value = Action> {
    use Deed::{Accepts, Answers, Declines, DoesNotExist, HangsUp, IsBusy, IsCongested, Rings};
    let deeds = vec![Rings, Rings, Answers, Answers, Accepts, Accepts, Declines, IsBusy, IsCongested, DoesNotExist, HangsUp];
    (prop::sample::select(TRUNKS.to_vec()), prop::sample::select(deeds))
        .prop_map(|(trunk, deed)| Action::Outside { trunk: dev(trunk), deed })
}

fn telephone() -> impl Strategy<Value = Action> {
    let hold = prop::sample::select(vec![HoldKind::Individual, HoldKind::System, HoldKind::Transfer, HoldKind::Conference]);
    prop_oneof![
        1 => station().prop_map(|device| Action::OffHook { device }),
        2 => (station(), digits()).prop_map(|(device, digits)| Action::Dial { device, digits, account: None }),
        4 => (station(), digits()).prop_map(|(device, digits)| Action::MakeCall { device, digits, account: None }),
        2 => Just(Action::TrunkCall { trunk: None, number: Some("5550199".into()), name: None, dnis: "3003".into() }),
        2 => digits().prop_map(|dnis| Action::TrunkCall { trunk: None, number: None, name: None, dnis }),
        12 => station().prop_map(|device| Action::Answer { device, call: None }),
        3 => station().prop_map(|device| Action::HangUp { device, call: None }),
        4 => (station(), hold).prop_map(|(device, kind)| Action::Hold { device, call: None, kind }),
        2 => station().prop_map(|device| Action::Retrieve { device, call: None }),
        6 => (station(), digits()).prop_map(|(device, digits)| Action::Consult {
            device, call: None, digits, purpose: Purpose::Transfer, account: None
        }),
        6 => station().prop_map(|device| Action::Transfer { device, held: None, consultation: None }),
        3 => (station(), digits()).prop_map(|(device, digits)| Action::TransferOneStep { device, call: None, digits }),
        6 => station().prop_map(|device| Action::Conference { device, calls: Vec::new() }),
        2 => (station(), digits()).prop_map(|(device, digits)| Action::Deflect { device, call: None, digits }),
        2 => (station(), station()).prop_map(|(device, from)| Action::Pickup { device, from, call: None }),
        1 => station().prop_map(|device| Action::Reject { device, call: None, message: Dnd { message: 1, text: "".into() } }),
        1 => (station(), station()).prop_map(|(device, target)| Action::SilentMonitor { device, target }),
        2 => station().prop_map(|device| Action::HandOffPush { device, call: None }),
        2 => station().prop_map(|device| Action::HandOffPull { device }),
        12 => deed(),
    ]
}

fn feature() -> impl Strategy<Value = Action> {
    use ForwardKind::{All, Busy, NoAnswer, NoAnswerOrBusy};
    let kind = prop::sample::select(vec![All, Busy, NoAnswer, NoAnswerOrBusy]);
    let agent = prop::sample::select(vec![None, Some("2001"), Some("2002")]);
    prop_oneof![
        4 => (station(), agent).prop_map(|(device, agent)| Action::LogOn { device, agent: agent.map(AgentId::new), group: None }),
        1 => station().prop_map(|device| Action::LogOff { device, group: None }),
        1 => (station(), any::<bool>()).prop_map(|(device, ready)| Action::SetReady { device, ready }),
        1 => (station(), any::<bool>()).prop_map(|(device, on)| Action::SetDnd {
            device, dnd: on.then(|| Dnd { message: 1, text: "".into() })
        }),
        1 => (station(), kind, digits()).prop_map(|(device, kind, to)| Action::SetForward { device, forward: Some(Forward { kind, to }) }),
        1 => station().prop_map(|device| Action::SetForward { device, forward: None }),
        1 => (station(), prop::bool::weighted(0.8)).prop_map(|(device, online)| Action::SetOnline { device, online }),
        1 => any::<bool>().prop_map(|on| Action::SetDee { main: dev("1001"), on }),
        1 => any::<bool>().prop_map(|on| Action::SetNight { node: 1, on }),
    ]
}

/// What happens next.
#[derive(Clone, Debug)]
enum Move {
    /// Whatever it is.
    Act(Action),
    /// Whoever rings as the n-th takes the call.
    Take(usize),
    /// The n-th station that talks or holds does that: its own place in the action is filled in.
    AtWork(usize, Action),
}

fn work() -> impl Strategy<Value = Action> {
    let hold = prop::sample::select(vec![HoldKind::Individual, HoldKind::System, HoldKind::Transfer, HoldKind::Conference]);
    let purpose = prop::sample::select(vec![Purpose::Transfer, Purpose::Conference]);
    prop_oneof![
        2 => hold.prop_map(|kind| Action::Hold { device: dev(""), call: None, kind }),
        2 => Just(Action::Retrieve { device: dev(""), call: None }),
        6 => (digits(), purpose).prop_map(|(digits, purpose)| Action::Consult { device: dev(""), call: None, digits, purpose, account: None }),
        3 => Just(Action::Transfer { device: dev(""), held: None, consultation: None }),
        2 => digits().prop_map(|digits| Action::TransferOneStep { device: dev(""), call: None, digits }),
        4 => Just(Action::Conference { device: dev(""), calls: Vec::new() }),
        2 => Just(Action::HandOffPush { device: dev(""), call: None }),
        2 => Just(Action::HangUp { device: dev(""), call: None }),
    ]
}

/// Moves with the milliseconds before each.
fn story() -> impl Strategy<Value = Vec<(u64, Move)>> {
    let step = prop_oneof![
        8 => telephone().prop_map(Move::Act),
        2 => feature().prop_map(Move::Act),
        8 => (0..4_usize).prop_map(Move::Take),
        8 => (0..6_usize, work()).prop_map(|(place, action)| Move::AtWork(place, action)),
    ];
    prop::collection::vec((prop_oneof![Just(0), 1..3000_u64, 5000..20_000_u64], step), 1..250)
}

struct Run {
    exchange: Exchange,
    facts: Vec<Fact>,
    records: Vec<CallRecord>,
}

impl Run {
    fn new(call_ids: u32, camp_on: bool) -> Self {
        let mut config = site();
        config.options.call_ids = call_ids;
        config.options.transfer_renumbers = camp_on;
        config.stations.iter_mut().for_each(|station| station.has_camp_on = camp_on);
        config.dee[0].is_on = !camp_on;
        config.timers.ring_limit = camp_on.then(|| Duration::from_secs(90));
        let exchange = Exchange::new(config, settings()).expect("a sound site");
        Self { exchange, facts: Vec::new(), records: Vec::new() }
    }

    fn step(&mut self, wait_ms: u64, action: &Action) {
        let at = self.exchange.now().max(START).plus(Duration::from_millis(wait_ms));
        while let Some(due) = self.exchange.poll_timeout().filter(|due| *due <= at) {
            self.exchange.timeout(due);
            self.check();
        }
        let before = self.snapshot();
        let refused = self.exchange.act(at, action.clone()).is_err();
        self.check();
        if refused {
            assert_eq!(before, self.snapshot(), "{action:?} was refused but changed something");
        }
        self.facts.extend(std::iter::from_fn(|| self.exchange.poll_fact()));
        self.records.extend(std::iter::from_fn(|| self.exchange.poll_truth()));
    }

    /// The action that the move means now.
    fn meant(&self, step: &Move) -> Option<Action> {
        let legs = || self.exchange.calls().flat_map(Call::legs);
        match step {
            Move::Act(action) => Some(action.clone()),
            Move::Take(place) => {
                let ringing: Vec<_> = legs().filter(|leg| leg.is_ringing()).collect();
                let leg = ringing.get(place % ringing.len().max(1))?;
                let device = leg.device().clone();
                Some(match (leg.kind(), leg.is_routed()) {
                    (LegKind::Trunk, true) => Action::Outside { trunk: device, deed: Deed::Accepts },
                    (LegKind::Trunk, false) => Action::Outside { trunk: device, deed: Deed::Answers },
                    _ => Action::Answer { device, call: None },
                })
            }
            Move::AtWork(place, action) => {
                let is_at_work = |state| matches!(state, LocalState::Connected | LocalState::Hold);
                let at_work: Vec<_> = legs().filter(|leg| leg.kind() == LegKind::Station && is_at_work(leg.state())).collect();
                let who = at_work.get(place % at_work.len().max(1))?.device().clone();
                let mut action = action.clone();
                if let Action::Hold { device, .. }
                | Action::Retrieve { device, .. }
                | Action::Consult { device, .. }
                | Action::Transfer { device, .. }
                | Action::TransferOneStep { device, .. }
                | Action::Conference { device, .. }
                | Action::HandOffPush { device, .. }
                | Action::HangUp { device, .. } = &mut action
                {
                    *device = who;
                }
                Some(action)
            }
        }
    }

    fn snapshot(&self) -> Vec<String> {
        self.exchange.calls().map(|call| format!("{call:?}")).collect()
    }

    /// What holds at every moment.
    fn check(&self) {
        let mut bearers: BTreeMap<&SwitchCallId, BTreeSet<String>> = BTreeMap::new();
        let mut active: BTreeSet<&DeviceId> = BTreeSet::new();
        for call in self.exchange.calls() {
            assert!(!call.legs().is_empty(), "a call without anybody: {call:?}");
            let name = format!("{:?}", call.info().calling);
            let mut in_call: BTreeSet<&DeviceId> = BTreeSet::new();
            for leg in call.legs() {
                bearers.entry(leg.call()).or_default().insert(format!("{name} {:?}", call.id()));
                assert!(in_call.insert(leg.device()), "twice in one call: {call:?}");
                let (_, found) = self.exchange.legs_of(leg.device()).find(|(_, other)| other.key == leg.key).expect("found by its device");
                assert_eq!(found.state(), leg.state());
                if leg.kind() == LegKind::Station && leg.is_active() {
                    assert!(active.insert(leg.device()), "{} talks twice", leg.device());
                }
                if leg.kind() == LegKind::Trunk {
                    assert_eq!(self.exchange.legs_of(leg.device()).count(), 1);
                }
                assert_ne!(leg.state(), LocalState::None);
            }
            let parties = call.participants().count();
            assert!(!call.is_established() || parties >= 2, "somebody talks alone: {call:?}");
            assert!(parties >= 1, "nobody is in the call: {call:?}");
            let is_alone = parties == 1 && call.failure().is_none() && call.story.is_some();
            assert!(!is_alone || call.waits_at().is_some() || !call.ringing().is_empty(), "nothing will come of it: {call:?}");
        }
        for (id, calls) in bearers {
            assert_eq!(calls.len(), 1, "several calls bear {id}: {calls:?}");
        }
    }

    /// Everybody hangs up.
    fn end(&mut self) {
        for _ in 0..20 {
            let legs: Vec<(DeviceId, LegKind, LocalState, SwitchCallId)> = self
                .exchange
                .calls()
                .flat_map(Call::legs)
                .map(|leg| (leg.device().clone(), leg.kind(), leg.state(), leg.call().clone()))
                .collect();
            for (device, kind, state, call) in legs {
                match (kind, state) {
                    (_, LocalState::Alerting | LocalState::Queued) | (LegKind::VoiceMail | LegKind::HuntGroup, _) => {}
                    (LegKind::Trunk, _) => self.step(0, &Action::Outside { trunk: device, deed: Deed::HangsUp }),
                    (LegKind::Station, _) => {
                        self.step(0, &Action::SetOnline { device: device.clone(), online: true });
                        self.step(0, &Action::HangUp { device, call: Some(call) });
                    }
                }
            }
        }
        assert_eq!(self.exchange.calls().count(), 0, "not all calls end: {:?}", self.snapshot());
        assert!(self.exchange.open_truth(self.exchange.now()).is_empty());
    }

    /// Every number that a call began with is in a record, and none is named oftener than it was given. Where numbers are used again, two
    /// calls that became one may have had the same: it is named once.
    fn check_records(&self) {
        let numbered = |fact: &&Fact| match &fact.what {
            What::Call(fact) => match &fact.kind {
                CallFactKind::Originated { .. } | CallFactKind::Conferenced { .. } => true,
                CallFactKind::Failed { is_numbered, .. } => !is_numbered,
                CallFactKind::Transferred { primary, .. } => *primary != fact.call.id,
                _ => false,
            },
            _ => false,
        };
        let began = self.facts.iter().filter_map(|fact| match &fact.what {
            What::Call(call) => matches!(call.kind, CallFactKind::Originated { .. }).then_some(call.call.id.as_str()),
            _ => None,
        });
        let named: Vec<&str> = self.records.iter().flat_map(|record| &record.switch_calls).map(String::as_str).collect();
        assert!(named.len() <= self.facts.iter().filter(numbered).count(), "{named:?}");
        assert_eq!(began.filter(|number| !named.contains(number)).collect::<Vec<_>>(), Vec::<&str>::new());
        self.records.iter().for_each(check_record);
    }
}

fn check_record(record: &CallRecord) {
    assert_eq!(record.segments.iter().filter(|segment| segment.role == Role::Caller).count(), 1, "{record:?}");
    assert_eq!(record.segments.iter().map(|segment| segment.ended_at).max(), Some(record.ended_at));
    assert_eq!(record.segments.iter().map(|segment| segment.started_at).min(), Some(record.started_at));
    for segment in &record.segments {
        let answered_ms = segment.answered_at.map_or(0, |at| segment.ended_at.millis_since(at));
        assert_eq!(segment.talk_ms + segment.hold_ms, answered_ms, "{segment:?}");
        assert!(segment.started_at <= segment.ended_at && segment.ring_ms <= segment.ended_at.millis_since(segment.started_at));
        assert!(segment.answered_at.is_none_or(|at| segment.started_at <= at && at <= segment.ended_at));
        assert!(segment.holds.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        let is_giver = segment.left_by == LeftBy::Transfer && segment.role != Role::Consultation && segment.cause == "singleStepTransfer";
        assert!(!is_giver || segment.transfer.is_some(), "{record:?}");
        if let Some(to) = segment.transfer.as_ref().and_then(|transfer| transfer.to_seq) {
            assert!(to != segment.seq && record.segments.iter().any(|other| other.seq == to));
        }
    }
}

fn run(story: &[(u64, Move)], call_ids: u32, camp_on: bool) -> Run {
    let mut run = Run::new(call_ids, camp_on);
    for (wait_ms, step) in story {
        if let Some(action) = run.meant(step) {
            run.step(*wait_ms, &action);
        }
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_it_stays_consistent_and_every_call_ends_in_one_record(
        story in story(),
        call_ids in prop_oneof![Just(3_u32), Just(40), Just(4000)],
        camp_on in any::<bool>(),
    ) {
        let mut first = run(&story, call_ids, camp_on);
        first.end();
        first.check_records();
        let mut second = run(&story, call_ids, camp_on);
        second.end();
        prop_assert_eq!(first.facts, second.facts);
        prop_assert_eq!(first.records, second.records);
    }
}

/// A run that does nothing would prove nothing: what the stories above bring about, all taken together.
#[test]
fn the_stories_reach_every_kind_of_fact() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut causes = BTreeSet::new();
    for turn in 0..150 {
        let story = story().new_tree(&mut runner).expect("a story").current();
        let mut run = run(&story, 4000, turn % 2 == 0);
        run.end();
        for fact in &run.facts {
            if let What::Call(fact) = &fact.what {
                *seen.entry(super::bench::name(&fact.kind)).or_default() += 1;
                causes.insert(fact.cause);
            }
        }
    }
    let rare: Vec<_> = seen.iter().filter(|(_, count)| **count < 5).collect();
    assert!(seen.len() >= 16 && rare.is_empty(), "{seen:?} {causes:?}");
}
