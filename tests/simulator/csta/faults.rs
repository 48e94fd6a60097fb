//! Random load by CSTA while things go wrong: events are lost, told twice or followed by bytes that mean nothing, the PBX ends monitors and
//! sessions, the link is cut, the daemon is killed.
//!
//! Judged as the faults of the other protocol are ([`crate::judge`]).

use std::fmt::Write as _;
use std::time::Duration;

use strowger::simulator::Traffic;
use strowger::simulator::csta::Dialect;
use strowger::simulator::exchange::HuntGroupKind;
use strowger::simulator::scenario::LinkFault;
use strowger::telephony::Time;

use super::{System, settings};
use crate::faults::{Sum, is_sound, judged, summary};
use crate::load::{calls, loaded, seeds, to_the_end, told};
use crate::spoken::Csta;
use crate::stage::{Ledger, Stage, Trouble};

/// Between two troubles, in seconds: calls are as long.
const APART_S: [u64; 4] = [60, 150, 20, 200];

/// Calls of one run: all of them are kept until its end.
const ROUND: u64 = 600;

/// As many of a thousand that gaps touch may have a record for each of their calls, where a hand-over was not seen.
const TIED_MAX: usize = 30;

/// As many of a thousand calls may be told so.
const ALLOWED: [(&str, usize); 8] = [
    ("call not seen", 150),
    ("half seen", 0),
    ("consultation over a gap", 15),
    ("outside party by its trunk", 20),
    ("call at a tone after the gap", 10),
    ("direction by what was seen", 10),
    ("outcome by what was seen", 10),
    ("machine not told", 10),
];

/// A session is granted or none, devices are listed or configured, calls have long numbers or short ones, bytes come in pieces.
fn systems() -> Vec<System> {
    // It cannot be asked for agents: who logged on or off unseen would not be known.
    let mut zultys = System::of("zultys", Dialect::Zultys);
    zultys.site.hunt_groups.retain(|group| group.kind != HuntGroupKind::AcdWithAgents);
    zultys.settings = settings(Dialect::Zultys, &zultys.profile, &zultys.site);
    vec![
        System::of("generic", Dialect::Generic),
        System::of("openscape", Dialect::OpenScape),
        System::of("mx-one", Dialect::MxOne),
        System::of("dmcc", Dialect::Dmcc),
        zultys,
        System::with("bytes", |profile| (profile.split, profile.snapshot_segment, profile.list_segment) = (700, 1, 7)),
    ]
}

/// What befalls in turn, and then again.
fn troubles() -> Vec<Trouble> {
    vec![
        Trouble::Link(LinkFault::LoseLines(3)),
        Trouble::Link(LinkFault::IdleReset),
        Trouble::Link(LinkFault::DoubleLines(40)),
        Trouble::Link(LinkFault::Cut(Duration::from_secs(5))),
        Trouble::Restart(Duration::from_secs(4)),
        Trouble::Link(LinkFault::LoseLines(1)),
        Trouble::Link(LinkFault::Garble),
        Trouble::Link(LinkFault::LoseLines(40)),
        Trouble::Link(LinkFault::IdleReset),
        Trouble::Link(LinkFault::Cut(Duration::from_mins(1))),
        Trouble::Restart(Duration::from_secs(40)),
    ]
}

/// Each run begins with another of them.
fn scheduled(from: Time, seed: u64) -> Vec<(Time, Trouble)> {
    let kinds = troubles();
    let first = usize::try_from(seed).unwrap_or_default() * 3 % kinds.len();
    let mut at = from.plus(Duration::from_mins(1));
    let mut all = Vec::new();
    for (kind, apart) in kinds.iter().cycle().skip(first).zip(APART_S.iter().cycle()) {
        if at > from.plus(Duration::from_secs(ROUND)) {
            return all;
        }
        all.push((at, kind.clone()));
        at = at.plus(Duration::from_secs(*apart));
    }
    all
}

fn troubled(system: &System, seed: u64) -> Stage<Csta> {
    let (site, load) = loaded(&system.site, seed, ROUND);
    let mut stage = system.staged(site, Traffic::Load(Box::new(load)));
    stage.ledger = Some(Ledger::default());
    stage.trouble(scheduled(stage.now, seed));
    to_the_end(&mut stage, ROUND);
    stage
}

#[test]
fn faults_change_only_what_the_gap_rules_say() {
    let wanted = std::env::var("STROWGER_SYSTEM").unwrap_or_default();
    let systems: Vec<System> = systems().into_iter().filter(|system| system.name.contains(&wanted)).collect();
    let (mut wrong, mut all) = (String::new(), Sum::default());
    for (number, system) in (0..(2 * calls()).div_ceil(ROUND)).zip(systems.iter().cycle()) {
        let seed = seeds()[0] + number;
        let stage = troubled(system, seed);
        let verdict = judged(&stage, false);
        if !verdict.wrong.is_empty() || !is_sound(&stage) {
            let summary = summary(&stage, &verdict);
            writeln!(wrong, "{}, seed {seed}: {summary}{}", system.name, told(&verdict.wrong)).expect("text");
        }
        all.add(&verdict);
    }
    assert!(wrong.is_empty(), "{wrong}");
    // The allowances are for the few that a gap touches: of a thousand calls, or of a thousand that are touched.
    assert!(all.untouched * 5 > all.calls * 3, "{all:?}");
    assert!(all.exact * 10 > all.calls - all.untouched, "{all:?}");
    assert!(all.of("tie not seen") * 1000 <= (all.calls - all.untouched) * TIED_MAX, "{all:?}");
    for (name, most) in ALLOWED {
        assert!(all.of(name) * 1000 <= all.calls * most, "{name}: {all:?}");
    }
}
