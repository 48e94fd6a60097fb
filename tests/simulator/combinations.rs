//! The reference leaves many shapes open, each by itself: whatever a system makes of all of them together, each call is told as it was.
//!
//! `STROWGER_SEED` picks one combination, `STROWGER_CALLS` makes each longer (that many calls altogether).

use std::fmt::Write as _;

use fastrand::Rng;
use strowger::pbx::oai::Replay;
use strowger::simulator::exchange::Options;
use strowger::simulator::oai::{DeeRing, Forms, Handoff, LineEnd, Losers, NotReadyPlace, Profile, QueueExit, Wire};

use crate::load::{ROUTER, System, calls, difference, played};
use crate::stage::Pieces;

/// Combinations in a usual run.
const COMBINATIONS: u64 = 10;

/// Causes that a diversion may have which only shows that another device answered.
const ANSWER_CAUSES: [u8; 5] = [10, 22, 28, 35, 36];

#[test]
fn any_combination_of_forms() {
    let seed = std::env::var("STROWGER_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seeds = seed.map_or_else(|| (1..=COMBINATIONS).collect(), |seed| vec![seed]);
    let calls = calls() / seeds.len() as u64;
    let mut wrong = String::new();
    for seed in seeds {
        let system = combination(seed);
        let stage = played(&system, seed, calls, Pieces::Whole, |_| {});
        let different = difference(&stage, &format!("combination {seed}"));
        if !different.is_empty() {
            write!(wrong, "{:#?}\n{:#?}\n{different}", system.profile, system.site.options).expect("text");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Every choice drawn by itself.
fn combination(seed: u64) -> System {
    let random = &mut Rng::with_seed(seed);
    let mut system = if random.u8(..) < 64 { System::gateway() } else { System::plain() };
    system.profile = Profile { forms: forms(random), wire: wire(random), resync_ms: pick(random, &[0, 40]), ..system.profile };
    system.site.options = options(random);
    system.site.timers.ring_limit = pick(random, &[None, Some(std::time::Duration::from_secs(50))]);
    system.settings.replay = pick(random, &[Replay::WithMonitor, Replay::Asked]);
    system.settings.dee.prd_extension = pick(random, &[None, Some(system.profile.forms.personal_router.clone())]);
    if system.profile.forms.personal_router != ROUTER {
        // It has no extension that could be watched.
        system.settings.dee.prd_extension = None;
    }
    system
}

fn forms(random: &mut Rng) -> Forms {
    let diverted = pick(random, &ANSWER_CAUSES);
    let left_for = pick(random, &ANSWER_CAUSES);
    let mut yes = || random.bool();
    let bools = [yes(), yes(), yes(), yes(), yes(), yes(), yes(), yes()];
    let [
        resync_tells_ringing,
        group_sees_members,
        long_queued,
        transfer_tells_established,
        user_destinations,
        elapsed_time,
        conference_own_ids,
        hunt_group_tail,
    ] = bools;
    Forms {
        resync_tells_ringing,
        losers: pick(random, &[Losers::Cleared, Losers::ClearedFirst, Losers::Diverted(diverted)]),
        group_sees_members,
        queue_exit: pick(random, &[QueueExit::Nothing, QueueExit::Diverted(left_for), QueueExit::Cleared, QueueExit::Established]),
        queue_deliver_cause: pick(random, &[22, 28, 40]),
        not_ready: pick(
            random,
            &[
                NotReadyPlace::BeforeDelivered,
                NotReadyPlace::AfterDelivered,
                NotReadyPlace::BeforeEstablished,
                NotReadyPlace::AfterEstablished,
            ],
        ),
        long_queued,
        transfer_tells_established,
        transfer_cleared_cause: pick(random, &[32, 36]),
        handoff: pick(random, &[Handoff::Diverted, Handoff::Established]),
        dee_ring: pick(random, &[DeeRing::Plain, DeeRing::InGroup, DeeRing::Redirected]),
        personal_router: pick(random, &["PP065", ROUTER]).to_owned(),
        user_destinations,
        dee_feature: pick(random, &[None, Some(364)]),
        elapsed_time,
        conference_own_ids,
        hunt_group_tail,
        ..Forms::default()
    }
}

fn wire(random: &mut Rng) -> Wire {
    Wire {
        line_end: pick(random, &[LineEnd::CrLf, LineEnd::Cr, LineEnd::CrLfNul, LineEnd::None]),
        lines_per_frame: pick(random, &[1, 7]),
        split: pick(random, &[None, Some(11)]),
        wrap_to: pick(random, &[0, 1]),
        monitor_digits: pick(random, &[None, Some(4)]),
        count_digits: pick(random, &[1, 4]),
        mask_digits: pick(random, &[1, 4]),
        cause_digits: pick(random, &[1, 2]),
    }
}

fn options(random: &mut Rng) -> Options {
    Options {
        call_ids: pick(random, &[60, 500, 4000]),
        call_id_prefix: pick(random, &["", "@"]).into(),
        invalid_number_keeps_call: random.bool(),
        superseded_logs_off: random.bool(),
        transfer_renumbers: random.bool(),
        ..Options::default()
    }
}

fn pick<T: Clone, const N: usize>(random: &mut Rng, choices: &[T; N]) -> T {
    choices[random.usize(..N)].clone()
}
