//! Calls between two parties: answered, abandoned, failed, held, parked.

use super::bench::{Bench, dev};
use crate::record::CallOutcome::{Answered, LinkLost};
use crate::simulator::exchange::{Action, Deed, Dnd, HoldKind, Refusal};

#[test]
fn answered_and_the_caller_hangs_up() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "1002");
    bench.answer(3, "1002");
    bench.hang_up(10, "1001");
    assert_eq!(bench.kinds(), ["SI", "OR", "DE", "ES", "XC", "XC", "CC"]);
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>1002 0..10 a3",
            "  1001 caller 0..10 a3 answered/hangup/normalClearing Ann:primary_extension",
            "  1002 called 0..10 a3 ring3 answered/remote_hangup/normalClearing Bob:primary_extension",
        ]
    );
}

#[test]
fn a_dial_tone_alone_is_no_call() {
    let mut bench = Bench::new();
    bench.at(0, Action::OffHook { device: dev("1001") });
    bench.hang_up(2, "1001");
    assert_eq!(bench.kinds(), ["SI", "XC", "CC"]);
    assert!(bench.truth().is_empty());
}

#[test]
fn the_caller_gives_up() {
    let mut bench = Bench::new();
    bench.inbound(0, "5550100");
    bench.outside(9, "94001", Deed::HangsUp);
    assert_eq!(
        bench.truth(),
        [
            "inbound abandoned 5550199(Zoe)>5550100 by 94001 0..9",
            "  5550199 caller 0..9 abandoned/hangup/normalClearing",
            "  1001 called 0..9 ring9 abandoned/remote_hangup/normalClearing Ann:primary_extension",
        ]
    );
}

#[test]
fn a_caller_that_withholds_its_number_is_known_by_the_trunk() {
    let mut bench = Bench::new();
    bench.at(0, Action::TrunkCall { trunk: None, number: None, name: None, dnis: "1003".into() });
    bench.answer(2, "1003");
    bench.hang_up(5, "1003");
    assert_eq!(
        bench.truth(),
        [
            "inbound answered ->1003 by 94001 0..5 a2",
            "  94001 caller 0..5 a2 answered/remote_hangup/normalClearing",
            "  1003 called 0..5 a2 ring2 answered/hangup/normalClearing",
        ]
    );
}

#[test]
fn busy_and_do_not_disturb() {
    let mut bench = Bench::new();
    bench.at(0, Action::OffHook { device: dev("1002") });
    bench.dial(1, "1001", "1002");
    bench.hang_up(4, "1001");
    bench.at(5, Action::SetDnd { device: dev("1003"), dnd: Some(Dnd { message: 1, text: "LUNCH".into() }) });
    bench.dial(6, "1001", "1003");
    bench.hang_up(8, "1001");
    bench.hang_up(9, "1002");
    assert_eq!(
        bench.truth(),
        [
            "internal busy 1001>1002 1..4",
            "  1001 caller 1..4 busy/hangup/busy Ann:primary_extension",
            "  1002 called 1..4 busy/hangup/busy Bob:primary_extension",
            "internal rejected 1001>1003 6..8",
            "  1001 caller 6..8 rejected/hangup/doNotDisturb Ann:primary_extension",
            "  1003 called 6..8 rejected/hangup/doNotDisturb",
        ]
    );
}

#[test]
fn out_of_service_and_a_number_that_leads_nowhere() {
    let mut bench = Bench::new();
    bench.at(0, Action::SetOnline { device: dev("1003"), online: false });
    bench.dial(1, "1001", "1003");
    bench.hang_up(2, "1001");
    bench.at(3, Action::Dial { device: dev("1001"), digits: "7777".into(), account: None });
    let refused = bench.try_at(4, Action::MakeCall { device: dev("1001"), digits: "7777".into(), account: None });
    assert_eq!(refused, Err(Refusal::InvalidCalledDevice));
    assert_eq!(
        bench.truth(),
        [
            "internal failed 1001>1003 1..2",
            "  1001 caller 1..2 failed/hangup/destNotObtainable Ann:primary_extension",
            "  1003 called 1..2 failed/failure/destNotObtainable",
            "internal failed 1001>7777 3..3",
            "  1001 caller 3..3 failed/hangup/destNotObtainable Ann:primary_extension",
        ]
    );
}

#[test]
fn outgoing_answered_engaged_and_all_trunks_taken() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "95550123");
    bench.outside(2, "94001", Deed::Rings);
    bench.outside(5, "94001", Deed::Answers);
    bench.dial(6, "1002", "95550124");
    bench.outside(7, "94002", Deed::IsBusy);
    bench.dial(8, "1003", "95550125");
    bench.dial(8, "1004", "95550126");
    bench.hang_up(9, "1002");
    bench.hang_up(9, "1003");
    bench.hang_up(9, "1004");
    bench.outside(20, "94001", Deed::HangsUp);
    assert_eq!(
        bench.truth(),
        [
            "outbound busy 1002>5550124 by 94002 6..9",
            "  1002 caller 6..9 busy/hangup/busy Bob:primary_extension",
            "  5550124 called 6..9 busy/hangup/busy",
            "outbound abandoned 1003>5550125 by 94003 8..9",
            "  1003 caller 8..9 abandoned/hangup/normalClearing",
            "  5550125 called 8..9 abandoned/remote_hangup/normalClearing",
            "outbound failed 1004>5550126 8..9",
            "  1004 caller 8..9 failed/hangup/trunksBusy",
            "outbound answered 1001>5550123 by 94001 0..20 a5",
            "  1001 caller 0..20 a5 answered/remote_hangup/normalClearing Ann:primary_extension",
            "  5550123 called 0..20 a5 ring3 answered/hangup/normalClearing",
        ]
    );
}

#[test]
fn a_second_call_waits_audibly_where_programmed() {
    let mut config = super::bench::site();
    config.stations[1].has_camp_on = true;
    let mut bench = Bench::of(config);
    bench.dial(0, "1002", "1003");
    bench.answer(1, "1003");
    bench.dial(2, "1001", "1002");
    bench.hang_up(5, "1002");
    bench.answer(6, "1002");
    bench.hang_up(9, "1002");
    let truth = bench.truth();
    assert_eq!(truth[4], "  1001 caller 2..9 a6 answered/remote_hangup/normalClearing Ann:primary_extension");
    assert_eq!(truth[5], "  1002 called 2..9 a6 ring4 answered/hangup/normalClearing Bob:primary_extension");
}

#[test]
fn held_twice_and_left_on_hold() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "1002");
    bench.answer(1, "1002");
    bench.at(3, Action::Hold { device: dev("1002"), call: None, kind: HoldKind::Individual });
    bench.at(5, Action::Retrieve { device: dev("1002"), call: None });
    bench.at(7, Action::Hold { device: dev("1002"), call: None, kind: HoldKind::System });
    assert_eq!(bench.try_at(8, Action::Retrieve { device: dev("1003"), call: None }), Err(Refusal::NoHeldCall));
    bench.hang_up(10, "1001");
    assert_eq!(bench.kinds(), ["SI", "OR", "DE", "ES", "HE", "RE", "HE", "XC", "XC", "CC"]);
    assert_eq!(bench.truth()[2], "  1002 called 0..10 a1 ring1 hold5 answered/remote_hangup/normalClearing Bob:primary_extension");
}

#[test]
fn parked_and_retrieved_elsewhere() {
    let mut bench = Bench::new();
    bench.inbound(0, "1002");
    bench.answer(2, "1002");
    let call = bench.at(4, Action::Hold { device: dev("1002"), call: None, kind: HoldKind::System }).call;
    bench.at(9, Action::Retrieve { device: dev("1003"), call });
    bench.hang_up(15, "1003");
    assert_eq!(
        bench.truth(),
        [
            "inbound answered 5550199(Zoe)>1002 by 94001 0..15 a2",
            "  5550199 caller 0..15 a2 answered/remote_hangup/normalClearing",
            "  1002 called 0..9 a2 ring2 hold5 answered/park/park Bob:primary_extension",
            "  1003 pickup 9..15 a9 answered/hangup/normalClearing",
        ]
    );
}

#[test]
fn what_is_open_counts_as_lost_out_of_sight() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "1002");
    bench.dial(1, "1003", "1004");
    bench.answer(2, "1004");
    let open = bench.exchange.open_truth(super::bench::at(7));
    let outcomes: Vec<_> = open.iter().map(|record| (record.outcome, record.end_uncertain, record.ended_at)).collect();
    assert_eq!(outcomes, [(LinkLost, true, super::bench::at(7)), (Answered, true, super::bench::at(7))]);
}
