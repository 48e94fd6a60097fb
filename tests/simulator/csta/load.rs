//! Random load in each dialect, and in forms that the reference leaves open: records equal the truth.

use strowger::simulator::Traffic;
use strowger::simulator::csta::{Dialect, Joined, Losers, QueueArrival};

use super::System;
use crate::load::{calls, difference, loaded, seeds, to_the_end};

fn systems() -> Vec<System> {
    vec![
        System::of("generic", Dialect::Generic),
        System::of("openscape", Dialect::OpenScape),
        System::of("mx-one", Dialect::MxOne),
        System::of("dmcc", Dialect::Dmcc),
        System::of("zultys", Dialect::Zultys),
        System::with("joined under the consultation's number", |profile| profile.joined = Joined::Consultation),
        System::with("joined under a new number", |profile| profile.joined = Joined::New),
        System::with("losers cleared before the answer", |profile| profile.losers = Losers::ClearedFirst),
        System::with("losers diverted", |profile| profile.losers = Losers::Diverted),
        System::with("groups by Queued", |profile| profile.queue_arrival = QueueArrival::Queued),
        System::with("groups divert to their members", |profile| profile.queue_diverts = true),
        System::with("groups left untold", |profile| profile.queue_cleared = false),
        System::with("Established behind transfers", |profile| profile.transfer_established = true),
        System::with("bytes", |profile| {
            (profile.split, profile.latin1, profile.indent, profile.device_before_call) = (11, true, true, true);
            "csta".clone_into(&mut profile.prefix);
        }),
    ]
}

#[test]
fn random_load_equals_the_truth() {
    let wanted = std::env::var("STROWGER_SYSTEM").unwrap_or_default();
    let systems: Vec<System> = systems().into_iter().filter(|system| system.name.contains(&wanted)).collect();
    let seeds = seeds();
    // XML is much to read: half of what the other protocol has in a usual run.
    let calls = calls() / (2 * systems.len() * seeds.len()) as u64;
    let mut wrong = String::new();
    for system in &systems {
        for &seed in &seeds {
            let (site, load) = loaded(&system.site, seed, calls);
            let mut stage = system.staged(site, Traffic::Load(Box::new(load)));
            to_the_end(&mut stage, calls);
            wrong.push_str(&difference(&stage, &format!("{}, seed {seed}", system.name)));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
