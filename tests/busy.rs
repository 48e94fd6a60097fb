//! A large node under load for a long time: nothing is lost, every record is true, and memory does not grow.
//!
//! The simulated system, the session and the engine in one process, in virtual time. `STROWGER_MINUTES` makes the run longer:
//! `STROWGER_MINUTES=60 cargo test --profile ci --test busy -- --nocapture`. Alone in its program, so that the memory is its own.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

#[allow(dead_code, reason = "each test program uses its part")]
#[path = "simulator/compare.rs"]
mod compare;
#[allow(dead_code, reason = "each test program uses its part")]
#[path = "simulator/spoken.rs"]
mod spoken;
#[allow(dead_code, reason = "each test program uses its part")]
#[path = "simulator/stage.rs"]
mod stage;
#[path = "support/mod.rs"]
mod support;
#[allow(dead_code, reason = "each test program uses its part")]
#[path = "simulator/windows.rs"]
mod windows;

use std::fmt::Write as _;
use std::fs;
use std::io::{Write as _, stdout};
use std::time::Duration;

use strowger::directory::{Directory, PeopleFile};
use strowger::pbx::oai::Settings;
use strowger::simulator::exchange::Exchange;
use strowger::simulator::load::{self, Load};
use strowger::simulator::oai::{Profile, Server};
use strowger::simulator::{Simulation, Size, Start, Traffic, default_people_text, site_of, truth};

use self::stage::{PBX, SITE, Stage};

const STATIONS: u32 = 250;
/// Half of them may be taken, as half of the extensions.
const TRUNKS: u32 = 120;
const CALLS_PER_S: f64 = 30.0;
const CALLS_PER_MINUTE: u64 = 1800;

/// Without `STROWGER_MINUTES`.
const MINUTES: u64 = 3;
/// Until then tables that are bounded fill up: the simulator remembers its latest 100 000 actions, those of some 19 minutes.
const WARM_AFTER: usize = 20;
/// By so much memory may differ between the warm process and the end, in KiB: what an allocator does.
const FLAT_KIB: u64 = 4 * 1024;

#[test]
fn a_large_node_under_load_has_no_gap_and_flat_memory() {
    let minutes = std::env::var("STROWGER_MINUTES").ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(MINUTES);
    let mut stage = staged(minutes * CALLS_PER_MINUTE);
    let mut resident = Vec::new();
    for minute in 1..=minutes {
        stage.run(stage.now.plus(Duration::from_mins(1)));
        resident.push(resident_kib());
        let (lines, calls, memory) = (stage.lines, stage.books.equal, resident_kib());
        writeln!(stdout(), "minute {minute}: {lines} lines, {calls} calls told as they were, {memory} KiB resident").expect("written");
    }
    stage.run(stage.now.plus(Duration::from_mins(10)));
    stage.close();
    let wrong = wrong(&stage, minutes * CALLS_PER_MINUTE);
    assert!(wrong.is_empty(), "{wrong}");
    if let (Some(warm), Some(end)) = (resident.get(WARM_AFTER - 1), resident.last()) {
        assert!(*end <= warm + FLAT_KIB, "memory grew from {warm} to {end} KiB: {resident:?}");
    }
}

/// A node of that size, everybody with a name.
fn staged(calls: u64) -> Stage {
    let mut text = default_people_text().to_owned();
    for extension in 1061..=1000 + STATIONS {
        writeln!(text, "\n[[users]]\nname = \"Person {extension}\"\nprimary = {{ extension = \"{extension}\" }}").expect("text");
    }
    let people = PeopleFile::parse(&text).expect("people");
    let mut site = site_of(Size { stations: STATIONS, trunks: TRUNKS, nodes: 1 }, &people);
    let pace = load::Settings::pace_for(CALLS_PER_S, &site);
    load::compress(&mut site, pace);
    let load = Load::new(load::Settings { calls_per_s: CALLS_PER_S, calls: Some(calls), seed: 1, pace });
    let told = truth::Settings { site: SITE.into(), pbx: PBX.into(), country: None, people: people.clone() };
    let exchange = Exchange::new(site, told).expect("a site");
    let start = Start::Watched(Duration::from_secs(1));
    let simulation = Simulation::new(exchange, Server::new(Profile::default()), Traffic::Load(Box::new(load)), start);
    let mut stage = Stage::new(simulation, Settings::default(), Directory::from_people(&people));
    stage.lines_kept_for = Duration::from_mins(1);
    stage
}

/// What is otherwise than it should be; empty: nothing.
fn wrong(stage: &Stage, calls: u64) -> String {
    let mut text = String::new();
    for difference in stage.books.differing.iter().take(5) {
        text.push_str(&difference.text());
    }
    let soundness = (stage.open_calls(), stage.strays, stage.overflows, stage.connections, stage.windows.closed.len(), stage.faults.len());
    if !stage.books.differing.is_empty() || soundness != (0, 0, 0, 1, 0, 0) {
        writeln!(text, "{} of {} calls differ", stage.books.differing.len(), stage.books.calls).expect("text");
        writeln!(text, "open calls, strays, overflows, connections, gaps, faults: {soundness:?}").expect("text");
    }
    if (stage.books.calls as u64) < calls {
        writeln!(text, "only {} of {calls} calls took place", stage.books.calls).expect("text");
    }
    for complaint in stage.complaints.iter().take(5) {
        writeln!(text, "{complaint}").expect("text");
    }
    text
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
