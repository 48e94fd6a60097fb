//! Ten thousand devices: all get their monitor and their snapshot with a bounded number of requests open, calls are followed at 500
//! events a second and more, nothing of them stays, memory does not grow with them, and what is refused is said.

use std::fs;
use std::ops::Range;
use std::process::Command;
use std::time::Duration;

use strowger::directory::PeopleFile;
use strowger::pbx::csta::Settings;
use strowger::pbx::session::Status;
use strowger::simulator::Traffic;
use strowger::simulator::csta::{Dialect, Profile};
use strowger::simulator::exchange::{Action, Address, Config, StationConfig};
use strowger::telephony::DeviceId;

use super::System;
use crate::load::difference;
use crate::spoken::Csta;
use crate::stage::Stage;

const FIRST: u32 = 10_000;
const DEVICES: u32 = 10_000;
/// Each makes nine events: dial tone, origination, two that it rings, two that it is answered, three that it is over.
const CALLS_PER_S: u32 = 60;
const SECONDS: u32 = 20;
/// Until then tables that are bounded fill up: the exchange gives its numbers anew after 4000 calls.
const WARM_SECONDS: u32 = 80;
/// 65,000 events more.
const MORE_SECONDS: u32 = 120;
/// By so much may differ what an allocator keeps, in KiB; 64 bytes kept of each of these events would be as much.
const FLAT_KIB: u64 = 4 * 1024;
/// Set where the program runs for one measurement.
const ALONE: &str = "STROWGER_ALONE";
/// Requests that may be open at a time.
const IN_FLIGHT: usize = 16;

fn device(number: u32) -> DeviceId {
    DeviceId::new(number.to_string())
}

fn system(refused: Vec<String>) -> System {
    let stations = (FIRST..FIRST + DEVICES).map(|number| StationConfig::new(Address::new(1, number.to_string()), "Room"));
    let site = Config { stations: stations.collect(), ..Config::default() };
    let profile = Profile { refused, ..Profile::of(Dialect::Generic) };
    let settings = Settings { in_flight_max: IN_FLIGHT, agents: false, ..Settings::default() };
    System { name: "many", people: PeopleFile::default(), site, profile, settings }
}

/// All of them are monitored, and nothing was said against it.
fn monitored() -> Stage<Csta> {
    let system = system(Vec::new());
    let mut stage = system.staged(system.site.clone(), Traffic::None);
    stage.run(stage.now.plus(Duration::from_secs(5)));
    assert_eq!((stage.status, stage.simulation.face().monitors()), (Status::InStep, DEVICES as usize), "{:?}", stage.complaints);
    assert_eq!(stage.complaints, Vec::<String>::new());
    stage
}

/// Calls of one second each; the devices take their turns.
fn call(stage: &mut Stage<Csta>, seconds: Range<u32>) {
    for second in seconds {
        let callers = (0..CALLS_PER_S).map(|call| FIRST + 2 * ((second * CALLS_PER_S + call) % (DEVICES / 2)));
        for caller in callers.clone() {
            let call = Action::MakeCall { device: device(caller), digits: (caller + 1).to_string().into(), account: None };
            stage.simulation.perform(call, stage.now).expect("idle");
        }
        stage.run(stage.now.plus(Duration::from_millis(400)));
        for caller in callers.clone() {
            stage.simulation.perform(Action::Answer { device: device(caller + 1), call: None }, stage.now).expect("it rings");
        }
        stage.run(stage.now.plus(Duration::from_millis(400)));
        for caller in callers {
            stage.simulation.perform(Action::HangUp { device: device(caller), call: None }, stage.now).expect("it talks");
        }
        stage.run(stage.now.plus(Duration::from_millis(200)));
        assert_eq!(stage.open_calls(), 0, "second {second}: nothing stays");
    }
}

#[test]
fn ten_thousand_devices_are_followed() {
    let mut stage = monitored();
    // Registration and list beside them.
    assert!(stage.sent_at_once_max <= IN_FLIGHT + 2, "{} at once", stage.sent_at_once_max);
    let before = stage.lines;
    call(&mut stage, 0..SECONDS);
    stage.run(stage.now.plus(Duration::from_secs(5)));
    stage.close();
    let wrong = difference(&stage, "ten thousand devices");
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(stage.books.equal, (CALLS_PER_S * SECONDS) as usize);
    assert!(stage.lines - before >= (500 * SECONDS) as usize, "{} events", stage.lines - before);
}

/// In a program of its own, so that the memory is its own.
#[test]
fn memory_does_not_grow_with_what_ten_thousand_devices_do() {
    if std::env::var_os(ALONE).is_none() {
        let own = std::env::current_exe().expect("this program");
        let name = "csta::many::memory_does_not_grow_with_what_ten_thousand_devices_do";
        let output = Command::new(own).args(["--exact", name, "--nocapture"]).env(ALONE, "1").output().expect("it starts");
        assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        return;
    }
    let mut stage = monitored();
    stage.keeps_lines = false;
    call(&mut stage, 0..WARM_SECONDS);
    let (before, warm) = (stage.lines, resident_kib());
    call(&mut stage, WARM_SECONDS..WARM_SECONDS + MORE_SECONDS);
    let end = resident_kib();
    assert!(stage.lines - before >= (500 * MORE_SECONDS) as usize, "{} events", stage.lines - before);
    assert!(end <= warm + FLAT_KIB, "memory grew from {warm} to {end} KiB");
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn what_is_refused_is_said_and_the_rest_is_followed() {
    let refused = ["10003", "10004"].map(str::to_owned);
    let system = system(refused.to_vec());
    let mut stage = system.staged(system.site.clone(), Traffic::None);
    stage.run(stage.now.plus(Duration::from_secs(5)));
    assert_eq!((stage.status, stage.simulation.face().monitors()), (Status::InStep, DEVICES as usize - refused.len()));
    for number in &refused {
        let is_said = stage.complaints.iter().any(|text| text.contains(number) && text.contains("invalidMonitorObject"));
        assert!(is_said, "{number}: {:?}", stage.complaints);
    }
    assert_eq!(stage.complaints.len(), refused.len());
    for (caller, called) in [(10_005, 10_006), (10_003, 10_007)] {
        let call = Action::MakeCall { device: device(caller), digits: called.to_string().into(), account: None };
        stage.simulation.perform(call, stage.now).expect("idle");
        stage.run(stage.now.plus(Duration::from_secs(2)));
        stage.simulation.perform(Action::Answer { device: device(called), call: None }, stage.now).expect("it rings");
        stage.run(stage.now.plus(Duration::from_secs(5)));
        stage.simulation.perform(Action::HangUp { device: device(caller), call: None }, stage.now).expect("it talks");
        stage.run(stage.now.plus(Duration::from_secs(1)));
    }
    stage.close();
    assert_eq!((stage.books.equal, stage.books.calls), (2, 2), "{}", difference(&stage, "refused"));
}
