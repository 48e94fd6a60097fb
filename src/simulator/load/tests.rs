//! Random load, without anybody watching.

use super::*;
use crate::record::CallRecord;
use crate::simulator::exchange::Exchange;
use crate::simulator::truth;
use crate::simulator::{Faceless, Simulation, Start, Traffic, default_people, default_site};

/// Runs until everything is over; the records, and the load as it ended.
fn run(settings: Settings) -> (Vec<CallRecord>, Simulation<Faceless>) {
    let people = default_people().expect("sound");
    let mut site = default_site(&people);
    compress(&mut site, settings.pace);
    let truth = truth::Settings { site: "hq".into(), pbx: "mitel".into(), country: None, people };
    let exchange = Exchange::new(site, truth).expect("sound");
    let mut simulation = Simulation::new(exchange, Faceless, Traffic::Load(Box::new(Load::new(settings))), Start::AtOnce);
    simulation.advance(Time::parse("2026-11-22T08:00:00Z").expect("valid"));
    let mut records = Vec::new();
    for _ in 0..10_000_000 {
        if simulation.is_done() {
            break;
        }
        let next = simulation.poll_timeout().expect("something is due until everything is over");
        simulation.advance(next);
        records.extend(std::iter::from_fn(|| simulation.poll_truth()));
    }
    assert!(simulation.is_done(), "it never ends");
    (records, simulation)
}

#[test]
fn two_thousand_calls_leave_nothing_open_and_are_all_told() {
    let (records, simulation) = run(Settings { calls_per_s: 2.0, calls: Some(2_000), seed: 7, pace: 0.05 });
    assert_eq!(simulation.exchange().calls().count(), 0);
    assert_eq!(simulation.exchange().open_truth(simulation.now()).len(), 0);
    let load = match simulation.traffic() {
        Traffic::Load(load) => load,
        other => panic!("{other:?}"),
    };
    assert_eq!(load.placed(), 2_000);
    assert!(records.len() >= 2_000 && load.refused() < 400, "{} records, {} refused", records.len(), load.refused());
    let sorted_by_end = records.windows(2).all(|pair| pair[0].ended_at <= pair[1].ended_at);
    assert!(sorted_by_end, "records come as calls end");
    let segments = || records.iter().flat_map(|record| &record.segments);
    let is_named = segments().filter(|segment| segment.cause == "singleStepTransfer").all(|segment| segment.transfer.is_some());
    assert!(is_named, "who hands a call over without asking, hands it to somebody");
}

/// Whatever a record can say of a call is said of some.
#[test]
fn every_feature_of_the_exchange_is_used() {
    let (records, simulation) = run(Settings { calls_per_s: 2.0, calls: Some(3_000), seed: 3, pace: 0.05 });
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    let mut say = |what: String| *said.entry(what).or_default() += 1;
    for record in &records {
        say(format!("{:?} {:?}", record.direction, record.outcome));
        for segment in &record.segments {
            say(format!("{:?}", segment.role));
            say(format!("{:?} {:?}", segment.outcome, segment.left_by));
            say(segment.cause.clone());
            say(format!("{:?} {}", segment.attribution.rule, segment.attribution.reason));
            say(format!("{:?}", segment.device_kind));
            segment.transfer.iter().for_each(|transfer| say(format!("{:?}", transfer.kind)));
        }
    }
    let Traffic::Load(load) = simulation.traffic() else { panic!("it is load") };
    for (_, action) in load.log() {
        let name = format!("{action:?}");
        say(format!("did {}", name.split([' ', '(', '{']).next().unwrap_or_default()));
    }
    for what in WANTED {
        assert!(said.contains_key(*what), "nothing was ever {what}: {said:#?}");
    }
}

const WANTED: &[&str] = &[
    "Inbound Answered",
    "Inbound Abandoned",
    "Inbound NoAnswer",
    "Outbound Answered",
    "Outbound Busy",
    "Outbound Failed",
    "Internal Answered",
    "Internal Busy",
    "Internal Rejected",
    "Internal Failed",
    "Queue",
    "Consultation",
    "TransferTarget",
    "ForwardTarget",
    "Pickup",
    "Conference",
    "Monitor",
    "Blind",
    "Attended",
    "VoiceMail",
    "HuntGroup",
    "Answered Transfer",
    "Answered Park",
    "AnsweredElsewhere AnsweredElsewhere",
    "AnsweredElsewhere Pickup",
    "Diverted Diversion",
    "Diverted Timeout",
    "NoAnswer Timeout",
    "Abandoned RemoteHangup",
    "callForwardNoAnswer",
    "callNotAnswered",
    "callPickup",
    "overflow",
    "recall",
    "redirected",
    "singleStepTransfer",
    "park",
    "Agent agent_logged_on",
    "Dee dee_member",
    "SecondaryExtension associated",
    "None unassigned",
    "None external",
    "did HandOffPush",
    "did SilentMonitor",
    "did SetAccount",
    "did LogOn",
    "did LogOff",
    "did SetReady",
    "did SetDnd",
    "did SetForward",
    "did SetDee",
    "did SetHuntGroups",
    "did SetOnline",
    "did HotDesk",
    "did SetNight",
    "did Rename",
    "did Reconnect",
    "did Conference",
];

#[test]
fn the_same_seed_does_the_same_and_another_seed_something_else() {
    let actions = |seed| {
        let (records, simulation) = run(Settings { calls_per_s: 5.0, calls: Some(200), seed, pace: 0.02 });
        let Traffic::Load(load) = simulation.traffic() else { panic!("it is load") };
        (load.log().cloned().collect::<Vec<_>>(), records)
    };
    let (first, again, other) = (actions(11), actions(11), actions(12));
    assert!(first == again, "the same seed");
    assert!(first.0 != other.0, "another seed");
}

#[test]
fn a_rate_that_the_site_cannot_carry_in_real_time_is_paced() {
    let site = default_site(&default_people().expect("sound"));
    assert!((Settings::pace_for(0.1, &site) - 1.0).abs() < f64::EPSILON);
    let pace = Settings::pace_for(30.0, &site);
    assert!(pace < 0.01, "{pace}");
    let (records, simulation) = run(Settings { calls_per_s: 30.0, calls: Some(500), seed: 1, pace });
    assert!(records.len() >= 500);
    let seconds = simulation.now().millis_since(simulation.began().expect("it began")) / 1000;
    assert!((14..25).contains(&seconds), "500 calls at 30 a second took {seconds} s");
}
