//! Stories: who calls whom, who answers, who is logged on where, who holds what.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;

/// Devices that are called. 1011 rings along with 1001, the number outside with 1002, 1012 with both of them.
const DEVICES: [&str; 8] = ["1001", "1002", "1003", "1004", "1005", "1011", "1012", "2025550109"];
const AGENTS: [&str; 3] = ["2001", "2002", "2003"];

#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) calls: Vec<Call>,
    pub(super) logins: Vec<Login>,
    pub(super) people: People,
    /// The link is down from then until then.
    pub(super) gap: Option<(u64, u64)>,
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) at: u64,
    pub(super) caller: &'static str,
    /// It waits in a queue, which the PBX answers.
    pub(super) queued: bool,
    /// Devices that rang in vain, one round after the other.
    pub(super) rounds: Vec<Round>,
    pub(super) last: Last,
}

#[derive(Clone, Debug)]
pub(super) struct Round {
    pub(super) devices: Vec<&'static str>,
    pub(super) ring: u64,
    pub(super) why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Why {
    NoAnswer,
    Busy,
    Rejected,
}

/// What comes after the rounds in vain.
#[derive(Clone, Debug)]
pub(super) enum Last {
    /// The first of the devices answers.
    Answered { devices: Vec<&'static str>, ring: u64, talk: Talk },
    /// The caller gives up while these ring.
    Abandoned { devices: Vec<&'static str>, ring: u64 },
    /// The PBX gives up.
    GivenUp,
}

#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) ms: u64,
    /// Who holds (the caller?), how long, one after the other from the answer on.
    pub(super) holds: Vec<(bool, u64)>,
    pub(super) end: End,
}

#[derive(Clone, Debug)]
pub(super) enum End {
    /// By the caller?
    HangUp(bool),
    /// Whoever answered hands the caller over unasked.
    Blind { to: &'static str, ring: u64, then: Then },
    /// Whoever answered asks first.
    Attended { to: &'static str, ring: u64, ask: u64, talk: u64 },
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    Talks(u64),
    NoAnswer,
    Abandoned,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Login {
    pub(super) at: u64,
    pub(super) agent: &'static str,
    pub(super) device: &'static str,
    pub(super) on: bool,
}

/// Who holds what from when until when; DEE is fixed.
#[derive(Clone, Debug)]
pub(super) struct People(pub(super) Vec<Holding>);

#[derive(Clone, Copy, Debug)]
pub(super) struct Holding {
    pub(super) user: &'static str,
    pub(super) kind: &'static str,
    pub(super) number: &'static str,
    pub(super) primary: bool,
    pub(super) from: u64,
    pub(super) until: u64,
}

pub(super) const DEE: [(&str, &str); 4] = [("1001", "1011"), ("1002", "2025550109"), ("1001", "1012"), ("1002", "1012")];

impl People {
    /// As scenes write it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for Holding { user, kind, number, primary, from, until } in &self.0 {
            let rank = if *primary { "primary" } else { "secondary" };
            writeln!(text, "{user} {kind} {number} {rank} from {} until {}", seconds(*from), seconds(*until)).expect("written");
        }
        for (main, member) in DEE {
            writeln!(text, "dee {main} {member}").expect("written");
        }
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few minutes")]
pub(super) fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

fn ms() -> impl Strategy<Value = u64> {
    (100_u64..1000).prop_map(|tens| tens * 10)
}

fn devices() -> impl Strategy<Value = Vec<&'static str>> {
    (select(&DEVICES[..]), prop::collection::vec(select(&DEVICES[..]), 0..2)).prop_map(|(first, mut others)| {
        others.retain(|other| *other != first);
        others.insert(0, first);
        others
    })
}

fn round() -> impl Strategy<Value = Round> {
    let why = prop_oneof![4 => Just(Why::NoAnswer), 1 => Just(Why::Busy), 1 => Just(Why::Rejected)];
    (devices(), ms(), why).prop_map(|(mut devices, ring, why)| {
        if why != Why::NoAnswer {
            devices.truncate(1);
        }
        Round { devices, ring, why }
    })
}

fn end() -> impl Strategy<Value = End> {
    let then = prop_oneof![2 => ms().prop_map(Then::Talks), 1 => Just(Then::NoAnswer), 1 => Just(Then::Abandoned)];
    prop_oneof![
        3 => any::<bool>().prop_map(End::HangUp),
        1 => (select(&DEVICES[..]), ms(), then).prop_map(|(to, ring, then)| End::Blind { to, ring, then }),
        1 => (select(&DEVICES[..]), ms(), ms(), ms()).prop_map(|(to, ring, ask, talk)| End::Attended { to, ring, ask, talk }),
    ]
}

fn call(simple: bool) -> impl Strategy<Value = Call> {
    let holds = prop::collection::vec((any::<bool>(), ms()), 0..if simple { 1 } else { 3 });
    let end = if simple { any::<bool>().prop_map(End::HangUp).boxed() } else { end().boxed() };
    let talk = (ms(), holds, end).prop_map(|(ms, holds, end)| Talk { ms, holds, end });
    let last = prop_oneof![
        4 => (devices(), ms(), talk).prop_map(|(devices, ring, talk)| Last::Answered { devices, ring, talk }),
        1 => (devices(), ms()).prop_map(|(devices, ring)| Last::Abandoned { devices, ring }),
        1 => Just(Last::GivenUp),
    ];
    let caller = select(vec!["1001", "1003", "1005", "2025550143"]);
    let queued = if simple { Just(false).boxed() } else { prop::bool::weighted(0.3).boxed() };
    (0..1000_u64, caller, queued, prop::collection::vec(round(), 0..3), last).prop_map(|(tens, caller, queued, mut rounds, last)| {
        if rounds.is_empty() && matches!(last, Last::GivenUp) {
            rounds.push(Round { devices: vec!["1004"], ring: 3000, why: Why::NoAnswer });
        }
        Call { at: tens * 10, caller, queued, rounds, last }
    })
}

fn logins(until: u64) -> impl Strategy<Value = Vec<Login>> {
    let login = (0..until / 10, select(&AGENTS[..]), select(&DEVICES[..7]), prop::bool::weighted(0.7));
    let login = login.prop_map(|(tens, agent, device, on)| Login { at: tens * 10 + 7, agent, device, on });
    prop::collection::vec(login, 0..8).prop_map(|mut logins| {
        logins.sort_by_key(|login| login.at);
        logins.dedup_by_key(|login| login.at);
        logins
    })
}

/// Two holders of each thing, one after the other, or none.
fn people() -> impl Strategy<Value = People> {
    const THINGS: [(&str, &str, bool); 7] = [
        ("extension", "1001", true),
        ("extension", "1002", true),
        ("extension", "1003", false),
        ("extension", "1004", true),
        ("extension", "1011", false),
        ("agent", "2001", true),
        ("agent", "2002", false),
    ];
    let moved = || (any::<bool>(), (0..4000_u64).prop_map(|tens| tens * 10 + 3), any::<bool>());
    prop::collection::vec(moved(), THINGS.len()).prop_map(|moves| {
        let mut holdings = Vec::new();
        for ((kind, number, primary), (before, at, after)) in THINGS.into_iter().zip(moves) {
            let holding = |user, from, until| Holding { user, kind, number, primary, from, until };
            holdings.extend(before.then(|| holding("Ann", 0, at)));
            holdings.extend(after.then(|| holding("Ben", at, 10_000_000)));
        }
        People(holdings)
    })
}

pub(super) fn story() -> impl Strategy<Value = Story> {
    (prop::collection::vec(call(false), 1..4), logins(60_000), people()).prop_map(|(mut calls, logins, people)| {
        // A call has its moment to itself.
        calls.sort_by_key(|call| call.at);
        calls.dedup_by_key(|call| call.at);
        Story { calls, logins, people, gap: None }
    })
}

/// Simple calls, agents who stay where they are, and a while out of sight.
pub(super) fn story_with_gap() -> impl Strategy<Value = Story> {
    let gap = (100..4000_u64, 1..2000_u64).prop_map(|(from, tens)| (from * 10 + 5, (from + tens) * 10 + 5));
    (prop::collection::vec(call(true), 1..4), logins(500), people(), gap).prop_map(|(mut calls, logins, people, gap)| {
        calls.sort_by_key(|call| call.at);
        calls.dedup_by_key(|call| call.at);
        Story { calls, logins, people, gap: Some(gap) }
    })
}
