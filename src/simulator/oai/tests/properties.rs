//! Whatever clients say and people do: lines that can be read, numbers without a gap, the same bytes for the same input.

use std::time::Duration;

use proptest::prelude::*;
use strowger_protocol::oai::{CommandBody, Item, Limits};

use super::super::{Ending, Fault, Profile, Whom};
use super::{ConnectionId, Site};
use crate::simulator::exchange::{Action, Deed, Dnd, HoldKind, Purpose};

#[derive(Clone, Debug)]
enum Step {
    Say(usize, String),
    Bytes(usize, Vec<u8>),
    Act(Action),
    Wait(u64),
    Doubled,
}

fn device() -> impl Strategy<Value = String> {
    prop_oneof![8 => (100..=106u16).prop_map(|number| number.to_string()), 1 => Just("97061".to_owned()), 1 => Just("273".to_owned()), 1 => Just("999".to_owned())]
}

fn argument() -> impl Strategy<Value = String> {
    prop_oneof![4 => device(), 4 => (0..30u8).prop_map(|number| number.to_string()), 1 => Just(String::new()), 1 => Just("|text, more|".to_owned()), 1 => Just("FFFF".to_owned()), 1 => Just("A:FFFF".to_owned()), 1 => Just("C:FFFF".to_owned())]
}

fn command() -> impl Strategy<Value = String> {
    (prop::sample::select(CommandBody::CODES), 0..99u16, prop::collection::vec(argument(), 0..5))
        .prop_map(|(code, invoke, arguments)| format!("{code},{invoke},{}", arguments.join(",")))
}

fn action() -> impl Strategy<Value = Action> {
    let call = || None;
    (0..14u8, device(), device()).prop_map(move |(kind, one, two)| {
        let (device, digits) = (one.as_str().into(), two.as_str().into());
        match kind {
            0..=2 => Action::Dial { device, digits, account: None },
            3 | 4 => Action::Answer { device, call: call() },
            5 => Action::HangUp { device, call: call() },
            6 => Action::Hold { device, call: call(), kind: HoldKind::System },
            7 => Action::Retrieve { device, call: call() },
            8 => Action::Consult { device, call: call(), digits, purpose: Purpose::Transfer, account: None },
            9 => Action::Transfer { device, held: None, consultation: None },
            10 => Action::Conference { device, calls: Vec::new() },
            11 => Action::TrunkCall { trunk: None, number: Some("5550100".into()), name: Some("A, B".into()), dnis: "8002225555".into() },
            12 => Action::Outside { trunk: "97061".into(), deed: Deed::HangsUp },
            _ => Action::SetDnd { device, dnd: Some(Dnd { message: 2, text: "x|y".into() }) },
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (0..3usize, command()).prop_map(|(client, command)| Step::Say(client, command)),
        1 => (0..3usize, prop::collection::vec(any::<u8>(), 0..20)).prop_map(|(client, bytes)| Step::Bytes(client, bytes)),
        10 => action().prop_map(Step::Act),
        2 => (0..100_000u64).prop_map(Step::Wait),
        1 => Just(Step::Doubled),
    ]
}

fn run(profile: &Profile, steps: &[Step]) -> Vec<(Vec<u8>, Option<Ending>)> {
    let mut site = Site::new(profile.clone());
    let watching = site.watching();
    let others = [watching, site.client(), site.client()];
    for step in steps {
        match step {
            Step::Say(client, command) => site.say(others[*client], command),
            Step::Bytes(client, bytes) => site.bytes(others[*client], bytes),
            Step::Act(action) => drop(site.tried(action.clone())),
            Step::Wait(time) => site.wait(Duration::from_millis(*time)),
            Step::Doubled => site.server.fault(Whom::One(ConnectionId(0)), &Fault::DoubleLines(1), site.at),
        }
    }
    site.clients.iter().map(|client| (client.writes.concat(), client.ended.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_line_can_be_read_and_none_is_missing(steps in prop::collection::vec(step(), 0..60), resync_ms in prop_oneof![Just(0u64), Just(5_000)]) {
        let profile = Profile { resync_ms, ..Profile::gateway() };
        let heard = run(&profile, &steps);
        prop_assert_eq!(&heard, &run(&profile, &steps), "the same input, the same bytes");
        for (bytes, _) in heard {
            let mut decoder = strowger_protocol::oai::Decoder::new(Limits::default());
            decoder.push(bytes.into());
            let mut expected = 0;
            while let Some(item) = decoder.next_item().expect("frames") {
                let Item::Line(line) = item else { panic!("a line: {item:?}") };
                let message = line.parse().expect("a message");
                prop_assert!(!message.odd().any(), "{:?}", line);
                let number = message.sequence().0;
                prop_assert!(number == expected || number == 0, "{:?} instead of {}", line, expected);
                expected = if number == 999 { 0 } else { number + 1 };
            }
        }
    }
}
