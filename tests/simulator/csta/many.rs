//! Ten thousand devices: all get their monitor and their snapshot with a bounded number of requests open, calls are followed at 500
//! events a second and more, nothing of them stays, and what is refused is said.

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

const FIRST: u32 = 10_000;
const DEVICES: u32 = 10_000;
/// Each makes nine events: dial tone, origination, two that it rings, two that it is answered, three that it is over.
const CALLS_PER_S: u32 = 60;
const SECONDS: u32 = 20;
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

#[test]
fn ten_thousand_devices_are_followed() {
    let system = system(Vec::new());
    let mut stage = system.staged(system.site.clone(), Traffic::None);
    stage.run(stage.now.plus(Duration::from_secs(5)));
    assert_eq!((stage.status, stage.simulation.face().monitors()), (Status::InStep, DEVICES as usize), "{:?}", stage.complaints);
    assert_eq!(stage.complaints, Vec::<String>::new());
    // Registration and list beside them.
    assert!(stage.sent_at_once_max <= IN_FLIGHT + 2, "{} at once", stage.sent_at_once_max);
    let before = stage.lines;
    for second in 0..SECONDS {
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
    stage.run(stage.now.plus(Duration::from_secs(5)));
    stage.close();
    let wrong = difference(&stage, "ten thousand devices");
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(stage.books.equal, (CALLS_PER_S * SECONDS) as usize);
    assert!(stage.lines - before >= (500 * SECONDS) as usize, "{} events", stage.lines - before);
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
