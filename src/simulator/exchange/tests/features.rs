//! Forwarding, deflection, pickup, several devices of one user, listening in.

use super::bench::{Bench, dev, site};
use crate::simulator::exchange::{Action, Deed, Dnd, Forward, ForwardKind, Refusal};

fn forward(bench: &mut Bench, device: &str, kind: ForwardKind, to: &str) {
    bench.at(0, Action::SetForward { device: dev(device), forward: Some(Forward { kind, to: to.into() }) });
}

fn dee() -> Bench {
    let mut config = site();
    config.dee[0].is_on = true;
    Bench::of(config)
}

#[test]
fn forwarded_at_once_leaves_no_trace_of_who_forwards() {
    let mut bench = Bench::new();
    forward(&mut bench, "1003", ForwardKind::All, "1004");
    forward(&mut bench, "1004", ForwardKind::Busy, "2500");
    bench.at(0, Action::OffHook { device: dev("1004") });
    bench.dial(1, "1001", "1003");
    bench.hang_up(6, "1001");
    bench.hang_up(7, "1004");
    assert_eq!(bench.kinds()[1..], ["SI", "OR", "DI", "DI", "DE", "ES", "XC", "XC", "CC", "XC", "CC"]);
    assert_eq!(
        bench.truth(),
        [
            "internal no_answer 1001>1003 1..6",
            "  1001 caller 1..6 a1 no_answer/hangup/normalClearing Ann:primary_extension",
            "  2500 forward_target 1..6 a1 answered/remote_hangup/normalClearing",
        ]
    );
}

#[test]
fn forwarded_because_nobody_answers() {
    let mut bench = Bench::new();
    forward(&mut bench, "1003", ForwardKind::NoAnswer, "1004");
    bench.dial(1, "1001", "1003");
    bench.until(21);
    bench.answer(23, "1004");
    bench.hang_up(30, "1001");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>1003 1..30 a23",
            "  1001 caller 1..30 a23 answered/hangup/normalClearing Ann:primary_extension",
            "  1003 called 1..21 ring20 no_answer/timeout/callForwardNoAnswer",
            "  1004 forward_target 21..30 a23 ring2 answered/remote_hangup/normalClearing",
        ]
    );
}

#[test]
fn forwarding_in_a_circle_ends() {
    let mut bench = Bench::new();
    forward(&mut bench, "1003", ForwardKind::All, "1004");
    forward(&mut bench, "1004", ForwardKind::All, "1003");
    bench.dial(1, "1001", "1003");
    bench.hang_up(2, "1001");
    assert_eq!(bench.truth()[0], "internal failed 1001>1003 1..2");
}

#[test]
fn deflected_by_hand_declined_and_given_up_by_the_exchange() {
    let mut config = site();
    config.timers.ring_limit = Some(std::time::Duration::from_secs(40));
    let mut bench = Bench::of(config);
    bench.dial(0, "1001", "1003");
    bench.at(2, Action::Deflect { device: dev("1003"), call: None, digits: "1004".into() });
    bench.at(5, Action::Reject { device: dev("1004"), call: None, message: Dnd { message: 2, text: "".into() } });
    bench.hang_up(7, "1001");
    bench.dial(8, "1001", "1002");
    bench.until(48);
    assert_eq!(
        bench.truth(),
        [
            "internal rejected 1001>1003 0..7",
            "  1001 caller 0..7 rejected/hangup/doNotDisturb Ann:primary_extension",
            "  1003 called 0..2 ring2 diverted/diversion/redirected",
            "  1004 forward_target 2..7 ring3 rejected/hangup/doNotDisturb",
            "internal no_answer 1001>1002 8..48",
            "  1001 caller 8..48 no_answer/remote_hangup/callNotAnswered Ann:primary_extension",
            "  1002 called 8..48 ring40 no_answer/timeout/callNotAnswered Bob:primary_extension",
        ]
    );
}

#[test]
fn picked_up_elsewhere_also_from_a_group() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "3001");
    bench.at(3, Action::Pickup { device: dev("1008"), from: dev("1003"), call: None });
    bench.hang_up(9, "1008");
    assert_eq!(bench.kinds(), ["SI", "OR", "DE", "DI", "ES", "XC", "XC", "XC", "CC"]);
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>3001 0..9 a3",
            "  1001 caller 0..9 a3 answered/remote_hangup/normalClearing Ann:primary_extension",
            "  3001 queue 0..3 queue3 answered/put_through/normalClearing",
            "  1003 queue 0..3 ring3 answered_elsewhere/pickup/callPickup",
            "  1008 pickup 3..9 a3 answered/hangup/normalClearing",
        ]
    );
}

#[test]
fn devices_of_one_user_ring_together() {
    let mut bench = dee();
    bench.dial(0, "1003", "1001");
    bench.outside(1, "94001", Deed::Rings);
    bench.outside(4, "94001", Deed::Answers);
    bench.outside(6, "94001", Deed::Accepts);
    bench.hang_up(10, "1003");
    assert_eq!(bench.kinds(), ["SI", "OR", "DE", "DE", "NT", "DE", "ER", "ES", "XC", "XC", "XC", "XC", "CC"]);
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1003>1001 by 94001 0..10 a6",
            "  1003 caller 0..10 a6 answered/hangup/normalClearing",
            "  1001 called 0..6 ring6 answered_elsewhere/answered_elsewhere/answeredElsewhere Ann:primary_extension",
            "  1011 called 0..6 ring6 answered_elsewhere/answered_elsewhere/answeredElsewhere Ann:dee",
            "  5550111 called 0..10 a6 ring5 answered/remote_hangup/normalClearing Ann:dee",
        ]
    );
}

#[test]
fn a_member_outside_that_does_not_accept_leaves_the_others_ringing() {
    let mut bench = dee();
    bench.dial(0, "1003", "1001");
    bench.outside(1, "94001", Deed::Rings);
    bench.outside(2, "94001", Deed::Answers);
    bench.outside(5, "94001", Deed::Declines);
    bench.answer(7, "1011");
    bench.hang_up(9, "1011");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1003>1001 by 94001 0..9 a7",
            "  1003 caller 0..9 a7 answered/remote_hangup/normalClearing",
            "  5550111 called 0..5 ring4 rejected/hangup/normalClearing Ann:dee",
            "  1001 called 0..7 ring7 answered_elsewhere/answered_elsewhere/answeredElsewhere Ann:primary_extension",
            "  1011 called 0..9 a7 ring7 answered/hangup/normalClearing Ann:dee",
        ]
    );
}

#[test]
fn handed_to_another_device_and_fetched_back() {
    let mut bench = dee();
    bench.inbound(0, "1001");
    bench.answer(2, "1001");
    bench.at(5, Action::HandOffPush { device: dev("1001"), call: None });
    bench.outside(6, "94002", Deed::Rings);
    bench.outside(8, "94002", Deed::Answers);
    bench.outside(9, "94002", Deed::Accepts);
    bench.at(12, Action::HandOffPull { device: dev("1011") });
    bench.outside(20, "94001", Deed::HangsUp);
    assert_eq!(
        bench.truth(),
        [
            "inbound answered 5550199(Zoe)>1001 by 94001 0..20 a2",
            "  5550199 caller 0..20 a2 answered/hangup/normalClearing",
            "  1011 called 0..2 ring2 answered_elsewhere/answered_elsewhere/answeredElsewhere Ann:dee",
            "  5550111 called 0..2 answered_elsewhere/answered_elsewhere/answeredElsewhere Ann:dee",
            "  1001 called 0..9 a2 ring2 answered/transfer/singleStepTransfer blind>6 Ann:primary_extension",
            "  1011 transfer_target 5..9 ring4 answered_elsewhere/answered_elsewhere/answeredElsewhere Ann:dee",
            "  5550111 transfer_target 5..12 a9 ring3 answered/transfer/singleStepTransfer blind>7 Ann:dee",
            "  1011 transfer_target 12..20 a12 answered/remote_hangup/normalClearing Ann:dee",
        ]
    );
}

#[test]
fn a_hand_off_that_nobody_takes() {
    let mut bench = dee();
    bench.dial(0, "1003", "1011");
    bench.answer(1, "1011");
    bench.at(5, Action::HandOffPush { device: dev("1011"), call: None });
    assert_eq!(
        bench.try_at(6, Action::TransferOneStep { device: dev("1011"), call: None, digits: "1002".into() }),
        Err(Refusal::NoActiveCall)
    );
    bench.until(35);
    bench.hang_up(40, "1011");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1003>1011 by 94001 0..40 a1",
            "  1003 caller 0..40 a1 answered/remote_hangup/normalClearing",
            "  1011 called 0..40 a1 ring1 answered/hangup/normalClearing Ann:dee",
            "  1001 transfer_target 5..35 ring30 no_answer/timeout/callNotAnswered Ann:primary_extension",
            "  5550111 transfer_target 5..35 no_answer/timeout/callNotAnswered Ann:dee",
        ]
    );
}

#[test]
fn listening_in() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "1002");
    bench.answer(1, "1002");
    bench.at(3, Action::SilentMonitor { device: dev("1008"), target: dev("1002") });
    bench.hang_up(9, "1001");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>1002 0..9 a1",
            "  1001 caller 0..9 a1 answered/hangup/normalClearing Ann:primary_extension",
            "  1002 called 0..9 a1 ring1 answered/remote_hangup/normalClearing Bob:primary_extension",
            "  1008 monitor 3..9 a3 answered/remote_hangup/normalClearing",
        ]
    );
}
